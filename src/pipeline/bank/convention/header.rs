//! Which of a statement's columns are ours: by the words of its header in the languages of `words.tsv`, by a person's map,
//! and where a word may be two columns or stands twice, by its cells and its place.

use std::io;

use super::super::form::{AMOUNT, BOOKED, COLUMNS, CURRENCY, DEPOSIT, DETAILS, FEE, VALUED, WITHDRAWAL};
use super::super::profile::Profile;
use super::asked::Asked;
use super::candidates::{Candidates, at, is_known, place_currencies, set};
use super::{joined, lost};
use crate::text::day;
use crate::text::decode::Encoding;
use crate::text::fixed;
use crate::text::header::{self, HeaderError, Map};
use crate::text::records::{Item, Records};
use crate::text::scan::{Layout, Refusal};
use crate::text::trimmed;

/// What may stand between cells; another character is given.
const DELIMITERS: [u8; 6] = [b',', b';', b'\t', b'|', b'~', b'^'];
/// Banks put lines above the header.
const ABOVE: usize = 40;
/// Rows that are looked at for what a word means.
const BELOW: usize = 20;
/// Rows that tell how wide columns of fixed width are.
const WIDTHS: usize = 500;

const MAP_HINT: &str = "name the columns with --map FILE, a CSV of lines `their header,our column`";
const NET_HINT: &str = "with --map FILE a line `its header,amount` names the one by which the balance of the account changes, as a rule \
                        that after fees, and `its header,-` keeps the other and the fees out";
const NO_HEADER_HINT: &str = "a file without a header is read with --no-header and a --map of lines \
                              `number of their column,our column`";
const BESIDE_HINT: &str = "give each table as a file of its own, or name the columns of one with --map FILE; of a workbook, --sheet \
                           names the sheets that are meant";
pub const FORMATS_HINT: &str = "what is read is a text of cells (CSV), XLSX, XLS, camt.052 to .054, MT940, MT942, OFX or QFX, also \
                            in a .zip or .gz: ask the bank for one of them";

/// What a start of a file shows.
pub struct Start {
    pub layout: Layout,
    /// Names of columns that are kept out.
    pub unknown: Vec<String>,
    /// The currency that the header names beside its amounts.
    pub currency: Option<String>,
    /// The profile whose header it is.
    pub profile: Option<Profile>,
    /// The cells of the lines above the header.
    pub above: Vec<Vec<String>>,
}

/// Finds delimiter and header in the decoded start of a file.
///
/// # Errors
/// When reading fails; inside, a file without a header is refused.
pub fn find(start: &[u8], encoding: Encoding, asked: &Asked) -> io::Result<Result<Start, Refusal>> {
    let found = match first_known(start, encoding, asked)? {
        Ok(found) => found,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let Layout { header_line, delimiter, .. } = &found.layout;
    let mut above = u8::try_from(*delimiter).map_or(Ok(Vec::new()), |delimiter| records(start, delimiter))?;
    above.retain(|(line, _)| line < header_line);
    let lost = lost::refusal(&above, *header_line, asked.last_year);
    Ok(lost.map_or(Ok(found), Err))
}

/// Whether a cell is a day, be it with a time and a zone of any spelling behind it.
fn begins_with_day(cell: &str, last_year: i32) -> bool {
    let start = cell.get(..day::LONG).filter(|_| cell.starts_with(|letter: char| letter.is_ascii_digit()));
    day::day(cell, last_year).or_else(|| day::day(start?, last_year)).is_some()
}

/// The first line that is a header between any of the delimiters, else one of columns of fixed width.
fn first_known(start: &[u8], encoding: Encoding, asked: &Asked) -> io::Result<Result<Start, Refusal>> {
    let Asked { map, given, profiles, last_year, .. } = *asked;
    let mut found: Option<(usize, Start)> = None;
    let mut nearest: Option<(usize, HeaderError)> = None;
    let mut has_data = false;
    for delimiter in delimiters(start, asked) {
        let records = records(start, delimiter)?;
        if given.no_header {
            let profile = profiles.said(given);
            let map = &profile.map_or_else(|| map.clone(), |profile| profile.map(map));
            let Some(start) = headerless(&records, delimiter, encoding, map, last_year) else { continue };
            match start {
                Ok(start) => return Ok(Ok(Start { profile: profile.cloned(), ..start })),
                Err(error) => nearest = Some((usize::MAX, error)),
            }
            continue;
        }
        for (at, (line, cells)) in records.iter().enumerate().take(ABOVE) {
            let below = records.get(at + 1..).unwrap_or_default();
            let names: Vec<_> = cells.iter().map(String::as_str).collect();
            let of_two = below.first().filter(|(next, _)| *next == line + 1);
            let of_two = of_two.and_then(|(next, second)| Some((next, joined::joined(&names, second, map)?)));
            let (line, cells) = of_two.as_ref().map_or((line, cells), |(next, names)| (*next, names));
            let names: Vec<_> = cells.iter().map(String::as_str).collect();
            let profile = profiles.of(&names, given);
            let map = &profile.map_or_else(|| map.clone(), |profile| profile.map(map));
            let resolved = resolve(&names, below, map, last_year);
            if cells.iter().any(|cell| begins_with_day(cell, last_year)) {
                has_data |= resolved.is_ok();
                continue;
            }
            match resolved {
                Ok(columns) => {
                    let known = columns.places.iter().flatten().count();
                    let better = |(most, start): &(usize, Start)| {
                        (*line, std::cmp::Reverse(known))
                            < (start.layout.header_line, std::cmp::Reverse(*most))
                    };
                    if found.as_ref().is_none_or(better) {
                        let above = records.iter().take(at).map(|(_, cells)| cells.clone()).collect();
                        let start = columns.start(*line, delimiter, encoding, cells.clone(), above);
                        found = Some((known, Start { profile: profile.cloned(), ..start }));
                    }
                    break;
                }
                Err(error) => {
                    let known = names.iter().filter(|name| is_known(name, map)).count();
                    if known > nearest.as_ref().map_or(1, |(most, _)| *most) {
                        nearest = Some((known, error));
                    }
                }
            }
        }
    }
    let found = found.map(|(_, start)| Ok(start)).or_else(|| of_fixed_width(start, encoding, asked));
    match found {
        Some(found) => Ok(found),
        None => refusal(start, nearest, has_data, asked).map(Err),
    }
}

/// What may stand between cells: what is said, else what the first line says.
fn delimiters(start: &[u8], asked: &Asked) -> Vec<u8> {
    let sep =
        start.strip_prefix(b"sep=").or_else(|| start.strip_prefix(b"SEP=")).and_then(|rest| rest.first());
    let said = asked.given.delimiter.and_then(|letter| u8::try_from(letter).ok());
    let one = said.or(sep.copied()).map(|byte| vec![byte]);
    one.unwrap_or_else(|| DELIMITERS.to_vec())
}

/// A header below whose words cells stand between blanks; nothing where a person says what stands between them. A file whose
/// numbers stand below no word of it, and may be of two, is refused.
fn of_fixed_width(start: &[u8], encoding: Encoding, asked: &Asked) -> Option<Result<Start, Refusal>> {
    let Asked { map, given, profiles, last_year, .. } = *asked;
    if given.no_header || given.delimiter.is_some() {
        return None;
    }
    let text = String::from_utf8_lossy(start);
    let lines: Vec<_> = text.lines().map(|line| line.trim_end_matches('\r')).collect();
    let mut headers = lines.iter().enumerate().take(ABOVE);
    headers.find_map(|(at, header)| {
        let names = fixed::words(header);
        if names.len() < 3 || header.contains(|letter: char| letter.is_ascii_digit()) {
            return None;
        }
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let profile = profiles.of(&names, given);
        let map = &profile.map_or_else(|| map.clone(), |profile| profile.map(map));
        let has_day = |line: &&str| fixed::words(line).iter().any(|word| day::day(word, last_year).is_some());
        let rows: Vec<_> = lines.iter().skip(at + 1).copied().filter(has_day).take(WIDTHS).collect();
        let below: Vec<_> = rows
            .iter()
            .map(|row| (0, fixed::words(row)))
            .filter(|(_, cells): &(u64, Vec<String>)| cells.len() == names.len())
            .collect();
        let columns = resolve(&names, &below, map, last_year).ok()?;
        let line = u64::try_from(at).ok()? + 1;
        let gaps = match fixed::gaps(header, &rows).filter(|_| !rows.is_empty())? {
            Ok(gaps) => gaps,
            Err(number) => {
                return Some(Err(Refusal {
                    error: "open_column",
                    message: format!(
                        "{number} stands below no word of the header in line {line}, and may be of the column before it or behind it"
                    ),
                    hint: "ask the bank for a file with a mark between the cells, such as CSV",
                }));
            }
        };
        let above = lines.iter().take(at).map(|line| fixed::words(line));
        let names = names.into_iter().map(str::to_owned).collect();
        let mut start = columns.start(line, b',', encoding, names, above.collect());
        start.layout.gaps = gaps;
        Some(Ok(Start { profile: profile.cloned(), ..start }))
    })
}

/// Why no line is the header.
fn refusal(
    start: &[u8],
    nearest: Option<(usize, HeaderError)>,
    has_data: bool,
    asked: &Asked,
) -> io::Result<Refusal> {
    let Asked { given, last_year, .. } = *asked;
    if has_data {
        return Ok(Refusal {
            error: "no_header",
            message: "the line that would be the header looks like a transaction".into(),
            hint: NO_HEADER_HINT,
        });
    }
    if let Some((_, error)) = nearest {
        // Such a sheet of a workbook holds statements, so that it is not left out beside others.
        let (code, hint) = match error {
            HeaderError::Beside { .. } => ("open_header", BESIDE_HINT),
            HeaderError::Net { .. } if !given.no_header => ("bad_header", NET_HINT),
            _ if given.no_header => ("bad_header", NO_HEADER_HINT),
            _ => ("bad_header", MAP_HINT),
        };
        let message = format!("the header is not a bank statement's: {error}");
        return Ok(Refusal { error: code, message, hint });
    }
    if start.contains(&0) {
        return Ok(Refusal {
            error: "no_header",
            message: format!(
                "no line of the first {ABOVE} is the header of a bank statement: the file looks like a binary one"
            ),
            hint: FORMATS_HINT,
        });
    }
    if let Some(what) = other_format(start)? {
        let message = format!("no line of the first {ABOVE} is the header of a bank statement: {what}");
        return Ok(Refusal { error: "no_header", message, hint: FORMATS_HINT });
    }
    let first = records(start, b',')?;
    let is_data = first.iter().any(|(_, cells)| cells.iter().any(|cell| day::day(cell, last_year).is_some()));
    Ok(Refusal {
        error: "no_header",
        message: format!("no line of the first {ABOVE} is the header of a bank statement"),
        hint: if is_data { NO_HEADER_HINT } else { MAP_HINT },
    })
}

/// What a text is that is not one of cells, by its first lines.
fn other_format(start: &[u8]) -> io::Result<Option<&'static str>> {
    let is_record = |line: &[u8]| {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        line.len() == 80 && line.starts_with(b"11") && line.iter().take(20).all(u8::is_ascii_digit)
    };
    if start.starts_with(b"!Type:") || start.starts_with(b"!Account") {
        return Ok(Some("the file looks like QIF"));
    }
    if start.split(|byte| *byte == b'\n').next().is_some_and(is_record) {
        return Ok(Some("the file looks like Norma 43"));
    }
    for delimiter in DELIMITERS {
        let has_cells = |(_, cells): &(u64, Vec<String>)| cells.len() > 2;
        if records(start, delimiter)?.iter().any(has_cells) {
            return Ok(None);
        }
    }
    Ok(Some("no line has three cells"))
}

/// The first records that are not blank, each with its line.
fn records(start: &[u8], delimiter: u8) -> io::Result<Vec<(u64, Vec<String>)>> {
    let mut records = Records::new(start, delimiter, start.len());
    let mut found = Vec::new();
    while found.len() < ABOVE + BELOW {
        match records.next_record()? {
            None => break,
            Some((line, Item::Cells(cells))) if !cells.is_blank() => {
                found.push((line, cells.iter().map(str::to_owned).collect()));
            }
            Some(_) => {}
        }
    }
    Ok(found)
}

/// Columns of a file without a header: a map names them by their number, or by the cells of the first line.
fn headerless(
    records: &[(u64, Vec<String>)],
    delimiter: u8,
    encoding: Encoding,
    map: &Map,
    last_year: i32,
) -> Option<Result<Start, HeaderError>> {
    let (_, first) = records
        .iter()
        .find(|(_, cells)| cells.len() > 2 && cells.iter().any(|cell| day::day(cell, last_year).is_some()))?;
    let column = |(place, cell): (usize, &String)| {
        let by_number = map.get(&(place + 1).to_string());
        by_number
            .or_else(|| map.get(&header::key(cell)))
            .map_or_else(|| format!("column {}", place + 1), Clone::clone)
    };
    let ours: Vec<String> = first.iter().enumerate().map(column).collect();
    let names: Vec<_> = ours.iter().map(String::as_str).collect();
    Some(resolve(&names, &[], &Map::new(), last_year).map(|columns| {
        let shown = (1..=first.len()).map(|number| format!("column {number}")).collect();
        columns.start(0, delimiter, encoding, shown, Vec::new())
    }))
}

/// The columns that a header has.
#[derive(Debug, PartialEq, Eq)]
struct Columns {
    places: Vec<Option<usize>>,
    currency: Option<String>,
}

impl Columns {
    fn start(
        self,
        header_line: u64,
        delimiter: u8,
        encoding: Encoding,
        names: Vec<String>,
        above: Vec<Vec<String>>,
    ) -> Start {
        let Self { places, currency } = self;
        // A cell without a name of letters, such as the last one called `.`, holds nothing worth telling.
        let is_unknown = |(place, name): &(usize, &String)| {
            !places.contains(&Some(*place)) && !header::key(name).is_empty()
        };
        let unknown =
            names.iter().enumerate().filter(is_unknown).map(|(_, name)| trimmed(name).to_owned()).collect();
        let delimiter = char::from(delimiter);
        let layout = Layout { encoding, delimiter, header_line, names, places, gaps: Vec::new() };
        Start { layout, unknown, currency, profile: None, above }
    }
}

/// The places of our columns among the names of a header below the first one, and the currency that it names.
///
/// # Errors
/// When it is none.
pub fn columns_of(
    names: &[&str],
    map: &Map,
    last_year: i32,
) -> Result<(Vec<Option<usize>>, Option<String>), HeaderError> {
    resolve(names, &[], map, last_year).map(|Columns { places, currency }| (places, currency))
}

/// Finds our columns among names; `below` are rows that tell what a word of two meanings is.
fn resolve(
    names: &[&str],
    below: &[(u64, Vec<String>)],
    map: &Map,
    last_year: i32,
) -> Result<Columns, HeaderError> {
    let mut candidates = Candidates::of(names, below, map, last_year);
    let net = candidates.net();
    let best = |found: &Vec<(usize, usize)>| found.first().map(|(_, place)| *place);
    let mut places: Vec<Option<usize>> = candidates.columns.iter().map(best).collect();
    set(&mut places, CURRENCY, None);
    if let Some(tables) = candidates.tables() {
        let [first, second] = shown(names, tables);
        return Err(HeaderError::Beside { first, second });
    }
    let mut twins = (0..COLUMNS.len()).filter_map(|column| Some((column, candidates.twins(column)?)));
    // Of two dates of one name the first is that of the booking, and of two texts the first is taken.
    let of_value = candidates.twins(BOOKED).filter(|_| at(&places, VALUED).is_none());
    let is_taken =
        |column: usize| matches!(column, CURRENCY | DETAILS) || (column == BOOKED && of_value.is_some());
    if let Some((column, (first, second))) = twins.find(|(column, _)| !is_taken(*column)) {
        return Err(twice(names, column, first, second));
    }
    // The second would be lost in silence.
    if let Some([(_, first), (1.., second), ..]) = candidates.columns.get(FEE).map(Vec::as_slice) {
        return Err(twice(names, FEE, *first, *second));
    }
    if let Some((_, second)) = of_value {
        set(&mut places, VALUED, Some(second));
    }
    // What a map names goes before what a word does.
    let has_sides = at(&places, WITHDRAWAL).is_some() && at(&places, DEPOSIT).is_some();
    let is_amount_mapped = candidates.is_mapped(AMOUNT);
    let is_side_mapped = candidates.is_mapped(WITHDRAWAL) || candidates.is_mapped(DEPOSIT);
    let are_sides = if is_side_mapped == is_amount_mapped { has_sides } else { is_side_mapped };
    if are_sides {
        set(&mut places, AMOUNT, None);
    } else if at(&places, AMOUNT).is_some() {
        set(&mut places, WITHDRAWAL, None);
        set(&mut places, DEPOSIT, None);
    }
    if let (Some(amount), Some(net)) = (at(&places, AMOUNT), net) {
        let [first, second] = shown(names, [amount, net]);
        return Err(HeaderError::Net { first, second });
    }
    let currencies = candidates.of_account(&places, names);
    place_currencies(&mut places, &currencies);
    if at(&places, DETAILS).is_none() {
        set(&mut places, DETAILS, candidates.payees.iter().min().map(|(_, place)| *place));
    }
    let has = |column: usize| at(&places, column).is_some();
    if !has(BOOKED) {
        return Err(HeaderError::Missing(vec!["date"]));
    }
    if !has(WITHDRAWAL) && !has(DEPOSIT) && !has(AMOUNT) {
        return Err(HeaderError::Missing(vec!["withdrawal_amt", "deposit_amt", "amount"]));
    }
    let currency = <[String; 1]>::try_from(candidates.currencies).ok().map(|[code]| code);
    Ok(Columns { places, currency })
}

fn twice(names: &[&str], column: usize, first: usize, second: usize) -> HeaderError {
    let [first, second] = shown(names, [first, second]);
    HeaderError::Twice { column: COLUMNS.get(column).map_or("", |column| column.name), first, second }
}

fn shown(names: &[&str], places: [usize; 2]) -> [String; 2] {
    places.map(|place| trimmed(names.get(place).copied().unwrap_or_default()).to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::candidates;
    use super::*;

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table")]
    fn headers_of_nine_languages_are_known() {
        // A header, and what of ours its columns are.
        for (names, wanted) in [
            (
                "Account|Date|Description|Amount|Currency",
                "account_no|date|transaction_details|amount|currency",
            ),
            (
                "Cuenta|Fecha operación|Fecha valor|Concepto|Importe|Saldo|Divisa",
                "account_no|date|value_date|transaction_details|amount|balance_amt|currency",
            ),
            (
                "Konto|Buchungstag|Wertstellung|Verwendungszweck|Soll|Haben|Währung",
                "account_no|date|value_date|transaction_details|withdrawal_amt|deposit_amt|currency",
            ),
            (
                "Compte|Date opération|Date de valeur|Libellé|Débit euros|Crédit euros|Solde",
                "account_no|date|value_date|transaction_details|withdrawal_amt|deposit_amt|balance_amt",
            ),
            (
                "Conto|Data contabile|Data valuta|Descrizione|Dare|Avere|Divisa",
                "account_no|date|value_date|transaction_details|withdrawal_amt|deposit_amt|currency",
            ),
            (
                "Rekening|Boekdatum|Omschrijving|Bedrag|Af Bij",
                "account_no|date|transaction_details|amount|direction",
            ),
            (
                "Conta|Data Mov.|Data Valor|Descrição|Montante|Moeda",
                "account_no|date|value_date|transaction_details|amount|currency",
            ),
            (
                "Rachunek|Data księgowania|Opis operacji|Kwota|Saldo po operacji|Waluta",
                "account_no|date|transaction_details|amount|balance_amt|currency",
            ),
            (
                "Číslo účtu|Datum zaúčtování|Datum valuty|Částka|Měna|Zůstatek|Popis",
                "account_no|date|value_date|amount|currency|balance_amt|transaction_details",
            ),
            (
                "Date|Payee|Account number|Payment reference|Amount (EUR)",
                "date|transaction_details|-|-|amount",
            ),
            ("Date|Date|Text|Amount", "date|value_date|transaction_details|amount"),
            ("Date|Text|Currency Amount|Rate|Currency|Amount", "date|transaction_details|-|-|-|amount"),
            ("Date|Original amount|Amount|Currency", "date|-|amount|currency"),
            ("Date|Amount|Currency|Original amount", "date|amount|currency|-"),
            ("Date|Transaction amount|Transaction currency|Billing amount", "date|-|-|amount"),
            ("Date|Billing amount|Transaction currency|Transaction amount", "date|amount|-|-"),
            (
                "Date|Transaction currency|Transaction amount|Billing currency|Billing amount",
                "date|-|-|currency|amount",
            ),
            ("Datum|Betrag in EUR|Währung|Fremdwährungsbetrag", "date|amount|-|-"),
            ("Date|Amount (GBP)|Currency|Local amount", "date|amount|-|-"),
            ("Date|Amount|Currency|Local amount", "date|amount|currency|-"),
            ("Date|Amount (GBP)|Currency", "date|amount|currency"),
            (
                "Buchung|Valuta|Saldo|Währung|Betrag|Währung|Text",
                "date|value_date|balance_amt|-|amount|currency|transaction_details",
            ),
        ] {
            let names: Vec<_> = names.split('|').collect();
            let columns = resolve(&names, &[(2, vec!["01.02.2024".into(); 9])], &Map::new(), 2027).unwrap();
            let ours = |place| {
                let column = columns.places.iter().position(|found| *found == Some(place));
                column.map_or("-", |column| COLUMNS[column].name)
            };
            assert_eq!((0..names.len()).map(ours).collect::<Vec<_>>().join("|"), wanted, "{names:?}");
        }
        for fee in
            ["Fee (EUR)", "Gebühr (EUR)", "Frais (EUR)", "Fee amount", "Transaction fee", "Commission amount"]
                .into_iter()
                .chain([
                    "Entgelt",
                    "Service charge",
                    "Charges",
                    "Total fees",
                    "Poplatek v měně účtu",
                    "VAT",
                    "Tax (USD)",
                ])
        {
            let found = resolve(&["Date", "Amount (GBP)", fee], &[], &Map::new(), 2027).unwrap();
            assert_eq!((found.places[FEE], found.currency.as_deref()), (Some(2), Some("GBP")), "{fee}");
        }
        let cut = resolve(&["Date", "Value Dax", "Debit", "Credit"], &[], &Map::new(), 2027).unwrap();
        assert_eq!((cut.currency, cut.places[AMOUNT]), (None, None), "no currency is called DAX");
        let former = resolve(&["Datum", "Betrag (DEM)"], &[], &Map::new(), 2027).unwrap();
        assert_eq!(former.currency.as_deref(), Some("DEM"));
        let valuta = resolve(
            &["Data", "Valuta", "Importo"],
            &[(2, vec!["1".into(), "EUR".into()])],
            &Map::new(),
            2027,
        );
        assert_eq!(valuta.unwrap().places[CURRENCY], Some(1));
        let named = resolve(&["Date", "Amount in USD", "Balance (USD)"], &[], &Map::new(), 2027).unwrap();
        assert_eq!(named.currency.as_deref(), Some("USD"));
        let map = Map::from([("gut".into(), "deposit_amt".into())]);
        let mapped = resolve(&["Tag", "Datum", "Betrag", "Gut", "Soll"], &[], &map, 2027).unwrap().places;
        assert_eq!((mapped[DEPOSIT], mapped[AMOUNT], mapped[WITHDRAWAL]), (Some(3), None, Some(4)));
        let map = Map::from([("betrag".into(), "amount".into()), ("text".into(), String::new())]);
        let mapped = resolve(&["Datum", "Betrag", "Soll", "Haben", "Text"], &[], &map, 2027).unwrap().places;
        assert_eq!((mapped[AMOUNT], mapped[DEPOSIT], mapped[DETAILS]), (Some(1), None, None));
        let twice = resolve(&["Date", "Amount", "amount"], &[], &Map::new(), 2027).unwrap_err().to_string();
        assert_eq!(twice, "two columns, Amount and amount, are both amount");
    }

    #[test]
    fn every_word_is_spelled_as_a_key_and_names_a_column() {
        for (word, columns) in candidates::WORDS.iter() {
            assert_eq!(header::key(word), *word);
            for (column, _) in columns {
                assert!(
                    matches!(*column, "payee" | "original_amount" | "net_amount")
                        || COLUMNS.iter().any(|ours| ours.name == *column),
                    "{column}"
                );
            }
        }
    }
}

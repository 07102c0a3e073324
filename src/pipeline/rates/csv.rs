//! CSV with a row a day and a column a currency: the ECB's in both dialects, and the Federal Reserve's H.10.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::answer::{Answer, Rate, Refusal, Unread, day};
use super::source::Source;

/// H.10's series. `…US` counts units for one USD; `US…` counts USD for one unit.
const H10: [(&str, &str, bool); 23] = [
    ("BZUS", "BRL", false),
    ("CAUS", "CAD", false),
    ("CHUS", "CNY", false),
    ("DNUS", "DKK", false),
    ("HKUS", "HKD", false),
    ("INUS", "INR", false),
    ("JPUS", "JPY", false),
    ("KOUS", "KRW", false),
    ("MAUS", "MYR", false),
    ("MXUS", "MXN", false),
    ("NOUS", "NOK", false),
    ("SDUS", "SEK", false),
    ("SFUS", "ZAR", false),
    ("SIUS", "SGD", false),
    ("SLUS", "LKR", false),
    ("SZUS", "CHF", false),
    ("TAUS", "TWD", false),
    ("THUS", "THB", false),
    ("USAL", "AUD", true),
    ("USEU", "EUR", true),
    ("USNZ", "NZD", true),
    ("USUK", "GBP", true),
    ("VZUS", "VES", false),
];

/// A column: the currency, and whether its numbers are the other way round.
type Column = (String, bool);

pub(super) fn answer(text: &str) -> Result<Answer, Refusal> {
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap_or_default().split(',').map(str::trim).collect();
    let (source, base, columns) = columns(&header)?;
    let mut days: BTreeMap<NaiveDate, Vec<Rate>> = BTreeMap::new();
    let mut unread = Vec::new();
    for (line, line_no) in lines.zip(2..) {
        if line.trim().is_empty() {
            continue;
        }
        let cells: Vec<&str> = line.split(',').map(str::trim).collect();
        let bad = |error, message| Unread { error, message, line_no, column: None, text: head(line) };
        let Some(date) = cells.first().and_then(|text| date(text)) else {
            unread.push(bad("bad_date", "the line does not begin with a date"));
            continue;
        };
        // A line that is too short was cut, and its last number may be too.
        if cells.len() != header.len() {
            unread.push(bad("ragged_line", "the line has more or fewer cells than the header"));
            continue;
        }
        let rates = columns.iter().zip(cells.iter().skip(1)).filter_map(|(column, cell)| {
            let (currency, inverted) = column.as_ref()?;
            let text = (!matches!(*cell, "" | "N/A" | "ND" | ".")).then(|| (*cell).to_owned())?;
            Some(Rate::new(currency, text, *inverted))
        });
        let (own, rates): (Vec<Rate>, Vec<Rate>) = rates.partition(|rate| rate.currency == base);
        if own.iter().any(|rate| rate.text.parse() != Ok(1.0)) {
            let why = format!("its {base} is not 1, so its rates are of another base");
            return Err(Refusal::new("unknown_format", format!("the file is no CSV of rates: {why}")));
        }
        if !rates.is_empty() {
            // Where lines of one day differ, no rate of it is taken.
            days.entry(date).or_default().extend(rates);
        }
    }
    let days = days.into_iter().map(|(date, rates)| day(source, date, base, rates)).collect();
    Ok(Answer { source, days, unread, extension: "csv", sha256: String::new() })
}

/// Whose header it is, and the columns behind the date. The ECB ends its lines with a comma, so its last column is nameless.
fn columns(header: &[&str]) -> Result<(Source, &'static str, Vec<Option<Column>>), Refusal> {
    let unknown = |what: &str| Refusal::new("unknown_format", format!("the file is no CSV of rates: {what}"));
    let [first, names @ ..] = header else { return Err(unknown("it is empty")) };
    // FRED, which gives H.10's series one by one or together, calls it so.
    let is_fred = first.eq_ignore_ascii_case("observation_date");
    if !(is_fred || first.eq_ignore_ascii_case("date")) || names.is_empty() {
        return Err(unknown("its header does not begin with Date"));
    }
    let series = |name: &str| H10.iter().find(|(code, ..)| name.strip_prefix("DEX").unwrap_or(name) == *code);
    if is_fred || names.iter().any(|name| series(name).is_some()) {
        let columns = names.iter().map(|name| {
            let (_, currency, inverted) =
                series(name).ok_or_else(|| unknown(&format!("there is no H.10 series {name}")))?;
            Ok(Some(((*currency).to_owned(), *inverted)))
        });
        return Ok((Source::H10, "USD", columns.collect::<Result<_, Refusal>>()?));
    }
    let columns = names.iter().map(|name| match name.as_bytes() {
        [] => Ok(None),
        [a, b, c] if [a, b, c].iter().all(|mark| mark.is_ascii_uppercase()) => {
            Ok(Some(((*name).to_owned(), false)))
        }
        _ => Err(unknown(&format!("its header has a column {name}"))),
    });
    Ok((Source::Ecb, "EUR", columns.collect::<Result<_, Refusal>>()?))
}

/// `2026-10-30`, or as the daily file has it, `30 October 2026`.
fn date(text: &str) -> Option<NaiveDate> {
    text.parse().ok().or_else(|| NaiveDate::parse_from_str(text, "%d %B %Y").ok())
}

fn head(line: &str) -> String {
    line.chars().take(500).collect()
}

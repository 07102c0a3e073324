//! Rows as a workbook (Office Open XML, ECMA-376): a sheet of the rows and one that says what they are.
//!
//! Everything is written as it comes; nothing but the row in hand is in memory. A spreadsheet's number is a binary
//! float of 15 decimal digits, so one that has more is written as text, and the second sheet says how many are. No
//! cell is a formula: texts are inline strings, and one that would be a formula once it is edited has the mark that
//! a typed apostrophe leaves.

use std::fmt::Write as _;
use std::io::{self, Write};

use duckdb::arrow::array::{Array, AsArray};
use duckdb::arrow::datatypes::{DataType, Date32Type, SchemaRef};
use duckdb::arrow::record_batch::RecordBatch;
use unicode_width::UnicodeWidthStr;
use zip::write::{SimpleFileOptions, StreamWriter, ZipWriter};

use super::is_formula;
use crate::value;

/// Rows and columns of a sheet, its first row being the header.
pub const ROWS: u64 = 1_048_576;
const COLUMNS: usize = 16_384;
/// UTF-16 units of a cell.
const CELL: usize = 32_767;
/// Digits that a number keeps.
const DIGITS: usize = 15;
/// Bytes of a sheet that every reader takes.
const SHEET: u64 = u32::MAX as u64;
/// Characters of a column's width at the most.
const WIDEST: usize = 60;
/// Days from 1899-12-30, where a spreadsheet counts from, to 1970-01-01; and its first day without a doubt: it takes
/// 1900 for a leap year.
const EPOCH: i64 = 25_569;
const FIRST_DAY: i64 = 61;

/// Styles of cells by their places in [`styles`]; those of decimals begin with that of one place.
const HEADER: usize = 1;
const DATE: usize = 2;
const TIMESTAMP: usize = 3;
const QUOTED: usize = 4;
const DECIMALS: usize = 5;

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";

/// Writes batches to a workbook: `start`, `batch`…, `finish`.
pub(super) struct Workbook<W: Write> {
    title: String,
    columns: Vec<Column>,
    rows: u64,
    bytes: u64,
    begun: bool,
    zip: Option<ZipWriter<StreamWriter<W>>>,
}

struct Column {
    name: String,
    data_type: DataType,
    /// Numbers that are texts, because they have too many digits; dates and times, because a spreadsheet has none such.
    digits: u64,
    times: u64,
}

impl<W: Write> Workbook<W> {
    pub fn new(title: &str, out: W) -> Self {
        let zip = Some(ZipWriter::new_stream(out));
        Self { title: title.to_owned(), columns: Vec::new(), rows: 0, bytes: 0, begun: false, zip }
    }

    pub fn start(&mut self, schema: &SchemaRef) -> io::Result<()> {
        if schema.fields().len() > COLUMNS {
            return Err(io::Error::other(format!("a sheet has {COLUMNS} columns, the result has more")));
        }
        let column = |field: &duckdb::arrow::datatypes::FieldRef| Column {
            name: field.name().clone(),
            data_type: field.data_type().clone(),
            digits: 0,
            times: 0,
        };
        self.columns = schema.fields().iter().map(column).collect();
        for (name, text) in [
            ("[Content_Types].xml", CONTENT_TYPES.to_owned()),
            ("_rels/.rels", PACKAGE.to_owned()),
            (
                "xl/workbook.xml",
                format!("{DECLARATION}<workbook xmlns=\"{MAIN}\" {RELATIONS}>{SHEETS}</workbook>"),
            ),
            ("xl/_rels/workbook.xml.rels", WORKBOOK.to_owned()),
            ("xl/styles.xml", styles()),
        ] {
            self.file(name)?;
            self.put(&text)?;
        }
        Ok(())
    }

    pub fn batch(&mut self, batch: &RecordBatch) -> io::Result<()> {
        self.begin(Some(batch))?;
        for row in 0..batch.num_rows() {
            if self.rows + 1 >= ROWS {
                return Err(io::Error::other(too_many()));
            }
            self.rows += 1;
            let number = self.rows + 1;
            let mut line = format!("<row r=\"{number}\">");
            for (index, array) in batch.columns().iter().enumerate() {
                let Some(column) = self.columns.get_mut(index) else { continue };
                let place = format!("{}{number}", letters(index));
                column.cell(&place, array.as_ref(), row, &mut line).map_err(|why| {
                    let name = value::visible(&column.name);
                    io::Error::other(format!("row {}, column {name}: {why}", self.rows))
                })?;
            }
            line.push_str("</row>\n");
            self.bytes += line.len() as u64;
            if self.bytes > SHEET {
                return Err(io::Error::other("the sheet would have more than 4 GiB: choose another format"));
            }
            self.put(&line)?;
        }
        Ok(())
    }

    pub fn finish(&mut self) -> io::Result<()> {
        self.begin(None)?;
        let last = format!("{}{}", letters(self.columns.len().saturating_sub(1)), self.rows + 1);
        self.put(&format!("</sheetData><autoFilter ref=\"A1:{last}\"/></worksheet>"))?;
        let about = self.about();
        self.file("xl/worksheets/sheet2.xml")?;
        self.put(&about)?;
        let Some(zip) = self.zip.take() else { return Ok(()) };
        zip.finish().map_err(io::Error::other)?.into_inner().flush()
    }

    /// What a person must know of the cells.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        for column in &self.columns {
            let name = value::visible(&column.name);
            if column.digits > 0 {
                notes.push(format!(
                    "{name}: {} numbers of more than {DIGITS} digits are texts, which a sum leaves out",
                    value::grouped(&column.digits.to_string())
                ));
            }
            if column.times > 0 {
                notes.push(format!(
                    "{name}: {} dates or times that a spreadsheet has no number for are texts",
                    value::grouped(&column.times.to_string())
                ));
            }
        }
        notes
    }

    /// Begins the sheet, its columns as wide as the first rows.
    fn begin(&mut self, batch: Option<&RecordBatch>) -> io::Result<()> {
        if std::mem::replace(&mut self.begun, true) {
            return Ok(());
        }
        let mut text = format!(
            "{DECLARATION}<worksheet xmlns=\"{MAIN}\"><sheetViews><sheetView tabSelected=\"1\" workbookViewId=\"0\">\
             <pane ySplit=\"1\" topLeftCell=\"A2\" activePane=\"bottomLeft\" state=\"frozen\"/></sheetView></sheetViews>"
        );
        text.push_str(if self.columns.is_empty() { "" } else { "<cols>" });
        for (index, column) in self.columns.iter().enumerate() {
            let cells = batch.into_iter().flat_map(|batch| {
                let array = batch.column(index);
                (0..batch.num_rows().min(200))
                    .map(|row| value::beginning("", array.as_ref(), row, 4 * WIDEST).0.width())
            });
            let width = cells.chain([column.name.width() + 3]).max().unwrap_or(0).clamp(6, WIDEST) + 2;
            let number = index + 1;
            let _ =
                write!(text, "<col min=\"{number}\" max=\"{number}\" width=\"{width}\" customWidth=\"1\"/>");
        }
        text.push_str(if self.columns.is_empty() { "<sheetData>" } else { "</cols><sheetData>" });
        text.push_str("<row r=\"1\">");
        for (index, column) in self.columns.iter().enumerate() {
            inline(&format!("{}1", letters(index)), HEADER, &column.name, &mut text);
        }
        text.push_str("</row>\n");
        self.file("xl/worksheets/sheet1.xml")?;
        self.put(&text)
    }

    fn about(&self) -> String {
        let mut lines = vec![
            ("result".to_owned(), self.title.clone()),
            ("rows".to_owned(), self.rows.to_string()),
            ("written by".to_owned(), concat!("saldo ", env!("CARGO_PKG_VERSION")).to_owned()),
        ];
        lines.extend(self.notes().into_iter().map(|note| ("note".to_owned(), note)));
        let types = self.columns.iter();
        lines.extend(types.map(|column| (column.name.clone(), value::type_label(&column.data_type))));
        let mut text = format!(
            "{DECLARATION}<worksheet xmlns=\"{MAIN}\"><cols><col min=\"1\" max=\"1\" width=\"24\" customWidth=\"1\"/>\
             <col min=\"2\" max=\"2\" width=\"90\" customWidth=\"1\"/></cols><sheetData>"
        );
        for (index, (name, said)) in lines.iter().enumerate() {
            let number = index + 1;
            let _ = write!(text, "<row r=\"{number}\">");
            inline(&format!("A{number}"), HEADER, name, &mut text);
            inline(&format!("B{number}"), style_of(said), said, &mut text);
            text.push_str("</row>\n");
        }
        text.push_str("</sheetData></worksheet>");
        text
    }

    fn file(&mut self, name: &str) -> io::Result<()> {
        // The time is that of no clock: the same rows are the same bytes.
        let options = SimpleFileOptions::default().last_modified_time(zip::DateTime::default());
        let zip = self.zip.as_mut().ok_or_else(|| io::Error::other("the file has ended already"))?;
        zip.start_file(name, options).map_err(io::Error::other)
    }

    fn put(&mut self, text: &str) -> io::Result<()> {
        self.zip.as_mut().map_or(Ok(()), |zip| zip.write_all(text.as_bytes()))
    }
}

impl Column {
    fn cell(&mut self, place: &str, array: &dyn Array, row: usize, out: &mut String) -> Result<(), String> {
        let Some(text) = value::plain(array, row) else { return Ok(()) };
        let number = |style: usize, out: &mut String| {
            let _ = write!(out, "<c r=\"{place}\" s=\"{style}\"><v>{text}</v></c>");
        };
        match &self.data_type {
            kind if kind.is_floating() && text.ends_with(|mark: char| mark.is_ascii_digit()) => {
                number(0, out);
                return Ok(());
            }
            kind if value::is_number(kind) && !kind.is_floating() => {
                if digits(&text) <= DIGITS {
                    number(decimal_style(kind), out);
                    return Ok(());
                }
                self.digits += 1;
            }
            DataType::Boolean => {
                let word = u8::from(text == "true");
                let _ = write!(out, "<c r=\"{place}\" t=\"b\"><v>{word}</v></c>");
                return Ok(());
            }
            DataType::Date32 => {
                let day = i64::from(array.as_primitive::<Date32Type>().value(row)) + EPOCH;
                if let Some(day) = serial(day, &text) {
                    let _ = write!(out, "<c r=\"{place}\" s=\"{DATE}\"><v>{day}</v></c>");
                    return Ok(());
                }
                self.times += 1;
            }
            DataType::Timestamp(_, None) => {
                if let Some(number) = moment(&text) {
                    let _ = write!(out, "<c r=\"{place}\" s=\"{TIMESTAMP}\"><v>{number}</v></c>");
                    return Ok(());
                }
                self.times += 1;
            }
            _ => {}
        }
        if text.encode_utf16().count() > CELL {
            return Err(format!(
                "a cell of a sheet holds {CELL} characters, the text has more: choose another format"
            ));
        }
        inline(place, style_of(&text), &text, out);
        Ok(())
    }
}

/// Why there are too many rows for a sheet.
pub(super) fn too_many() -> String {
    let rows = value::grouped(&(ROWS - 1).to_string());
    format!("a sheet holds {rows} rows, the result has more: choose another format")
}

fn style_of(text: &str) -> usize {
    if is_formula(text) { QUOTED } else { 0 }
}

/// A text as an inline string.
fn inline(place: &str, style: usize, text: &str, out: &mut String) {
    let _ = write!(out, "<c r=\"{place}\" s=\"{style}\" t=\"inlineStr\"><is><t xml:space=\"preserve\">");
    escape(text, out);
    out.push_str("</t></is></c>");
}

/// XML has no words for control bytes; a workbook writes them `_x001B_`, and what only looks so `_x005F_x001B_`.
fn escape(text: &str, out: &mut String) {
    for (at, mark) in text.char_indices() {
        match mark {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\n' | '\t' => out.push(mark),
            '\0'..='\x1f' | '\u{7f}' | '\u{fffe}' | '\u{ffff}' => {
                let _ = write!(out, "_x{:04X}_", u32::from(mark));
            }
            '_' if is_escape(&text[at..]) => out.push_str("_x005F_"),
            _ => out.push(mark),
        }
    }
}

fn is_escape(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 7 && bytes[1] == b'x' && bytes[2..6].iter().all(u8::is_ascii_hexdigit) && bytes[6] == b'_'
}

/// Digits that a number's text needs.
fn digits(text: &str) -> usize {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    digits.trim_start_matches('0').trim_end_matches('0').len()
}

/// The number of a day, where a spreadsheet has one; years of more than four digits it has not.
fn serial(day: i64, text: &str) -> Option<i64> {
    (day >= FIRST_DAY && text.len() == 10).then_some(day)
}

/// The number of a moment of whole seconds: days, and the part of a day in decimal digits.
fn moment(text: &str) -> Option<String> {
    let time = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").ok()?;
    let seconds = time.and_utc().timestamp();
    let day = serial(seconds.div_euclid(86_400) + EPOCH, &text[..10])?;
    // Ten digits tell the seconds of a day apart.
    let part = (seconds.rem_euclid(86_400) * 10_000_000_000 + 43_200) / 86_400;
    Some(format!("{day}.{part:010}"))
}

fn decimal_style(data_type: &DataType) -> usize {
    match data_type {
        DataType::Decimal128(_, places) | DataType::Decimal256(_, places) => match usize::try_from(*places) {
            Ok(places @ 1..=DIGITS) => DECIMALS + places - 1,
            _ => 0,
        },
        _ => 0,
    }
}

/// `A` to `XFD`.
fn letters(index: usize) -> String {
    let (mut rest, mut name) = (index + 1, String::new());
    while rest > 0 {
        let letter = u8::try_from((rest - 1) % 26).unwrap_or(0);
        name.insert(0, char::from(b'A' + letter));
        rest = (rest - 1) / 26;
    }
    name
}

/// The formats of numbers, then the styles in the order of their constants.
fn styles() -> String {
    let mut formats = String::from(
        "<numFmt numFmtId=\"164\" formatCode=\"yyyy\\-mm\\-dd\"/>\
         <numFmt numFmtId=\"165\" formatCode=\"yyyy\\-mm\\-dd\\ hh:mm:ss\"/>",
    );
    let mut cells = String::from(
        "<xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\"/>\
         <xf numFmtId=\"49\" fontId=\"1\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyFont=\"1\" quotePrefix=\"1\"/>\
         <xf numFmtId=\"164\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\"/>\
         <xf numFmtId=\"165\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\"/>\
         <xf numFmtId=\"49\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" quotePrefix=\"1\"/>",
    );
    for places in 1..=DIGITS {
        let id = 165 + places;
        let _ = write!(formats, "<numFmt numFmtId=\"{id}\" formatCode=\"#,##0.{}\"/>", "0".repeat(places));
        let _ = write!(
            cells,
            "<xf numFmtId=\"{id}\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\"/>"
        );
    }
    format!(
        "{DECLARATION}<styleSheet xmlns=\"{MAIN}\"><numFmts count=\"{}\">{formats}</numFmts>\
         <fonts count=\"2\"><font><sz val=\"11\"/><name val=\"Calibri\"/></font>\
         <font><b/><sz val=\"11\"/><name val=\"Calibri\"/></font></fonts>\
         <fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill>\
         <fill><patternFill patternType=\"gray125\"/></fill></fills>\
         <borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders>\
         <cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/></cellStyleXfs>\
         <cellXfs count=\"{}\">{cells}</cellXfs>\
         <cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles></styleSheet>",
        2 + DIGITS,
        DECIMALS + DIGITS
    )
}

const RELATIONS: &str = "xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"";
const SHEETS: &str = "<sheets><sheet name=\"Result\" sheetId=\"1\" r:id=\"rId1\"/>\
    <sheet name=\"About\" sheetId=\"2\" r:id=\"rId2\"/></sheets>";
const CONTENT_TYPES: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
    <Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
    <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
    <Default Extension=\"xml\" ContentType=\"application/xml\"/>\
    <Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/>\
    <Override PartName=\"/xl/worksheets/sheet1.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/>\
    <Override PartName=\"/xl/worksheets/sheet2.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/>\
    <Override PartName=\"/xl/styles.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml\"/>\
    </Types>";
const PACKAGE: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
    <Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
    <Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/>\
    </Relationships>";
const WORKBOOK: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
    <Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
    <Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet1.xml\"/>\
    <Relationship Id=\"rId2\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet2.xml\"/>\
    <Relationship Id=\"rId3\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles\" Target=\"styles.xml\"/>\
    </Relationships>";

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::engine::duckdb::{DuckDb, Settings};

    fn written(sql: &str) -> (Result<Vec<u8>, String>, Vec<String>) {
        let engine = DuckDb::new(Settings::default());
        let (schema, batches) = engine.rows(sql, &CancellationToken::new()).unwrap();
        let mut out = Vec::new();
        let mut book = Workbook::new("Title & more", &mut out);
        let mut write = || -> io::Result<()> {
            book.start(&schema)?;
            batches.iter().try_for_each(|batch| book.batch(batch))?;
            book.finish()
        };
        let ended = write().map_err(|why| why.to_string());
        let notes = book.notes();
        drop(book);
        (ended.map(|()| out), notes)
    }

    fn part(book: &[u8], name: &str) -> String {
        let mut archive = zip::ZipArchive::new(Cursor::new(book)).unwrap();
        let mut text = String::new();
        archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    /// The text of each cell of a row as an XML reader finds it, with its style and type.
    fn row(sheet: &str, number: usize) -> Vec<String> {
        let from = sheet.find(&format!("<row r=\"{number}\">")).unwrap();
        let line = &sheet[from..from + sheet[from..].find("</row>").unwrap()];
        line.split("<c ").skip(1).map(|cell| cell.replace(" xml:space=\"preserve\"", "")).collect()
    }

    #[test]
    fn cells_are_what_a_spreadsheet_has_or_exact_texts() {
        let (book, notes) = written(
            "SELECT * FROM (VALUES (1234.50::DECIMAL(18, 2), 9007199254740993::BIGINT, DATE '2024-02-29', \
             TIMESTAMP '2024-02-29 12:00:00', true, 0.1::DOUBLE, '409000362497'), (NULL, 3, DATE '1850-01-01', \
             TIMESTAMP '2024-02-29 12:00:00.5', NULL, 'nan', ''), (1234567890123456.78, 1000000000000000000, NULL, NULL, \
             false, NULL, NULL)) AS t(m, n, d, t, b, f, account_no)",
        );
        let book = book.unwrap();
        let sheet = part(&book, "xl/worksheets/sheet1.xml");
        assert_eq!(row(&sheet, 1).len(), 7);
        assert_eq!(
            row(&sheet, 2),
            [
                "r=\"A2\" s=\"6\"><v>1234.50</v></c>",
                "r=\"B2\" s=\"0\" t=\"inlineStr\"><is><t>9007199254740993</t></is></c>",
                "r=\"C2\" s=\"2\"><v>45351</v></c>",
                "r=\"D2\" s=\"3\"><v>45351.5000000000</v></c>",
                "r=\"E2\" t=\"b\"><v>1</v></c>",
                "r=\"F2\" s=\"0\"><v>0.1</v></c>",
                "r=\"G2\" s=\"0\" t=\"inlineStr\"><is><t>409000362497</t></is></c>",
            ]
        );
        assert_eq!(
            row(&sheet, 3),
            [
                "r=\"B3\" s=\"0\"><v>3</v></c>",
                "r=\"C3\" s=\"0\" t=\"inlineStr\"><is><t>1850-01-01</t></is></c>",
                "r=\"D3\" s=\"0\" t=\"inlineStr\"><is><t>2024-02-29 12:00:00.500</t></is></c>",
                "r=\"F3\" s=\"0\" t=\"inlineStr\"><is><t>NaN</t></is></c>",
                "r=\"G3\" s=\"0\" t=\"inlineStr\"><is><t></t></is></c>",
            ],
            "NULL has no cell, an empty text has one"
        );
        assert_eq!(
            row(&sheet, 4)[0],
            "r=\"A4\" s=\"0\" t=\"inlineStr\"><is><t>1234567890123456.78</t></is></c>"
        );
        assert_eq!(
            row(&sheet, 4)[1],
            "r=\"B4\" s=\"0\"><v>1000000000000000000</v></c>",
            "one digit and zeros"
        );
        assert_eq!(notes.len(), 4, "{notes:?}");
        assert!(notes[0].starts_with("m: 1 numbers of more than 15 digits are texts"), "{notes:?}");
        let about = part(&book, "xl/worksheets/sheet2.xml");
        assert!(about.contains("Title &amp; more") && about.contains("more than 15 digits"), "{about}");
    }

    #[test]
    fn no_text_is_a_formula_or_breaks_the_file() {
        let (book, _) = written(
            "SELECT unnest(['=1+1', '+1', '-1', '@x', chr(9) || 'x', 'a<b>&', chr(27) || '[2J' || chr(0), '_x0041_', \
             'two' || chr(13) || chr(10) || 'lines']) AS t",
        );
        let sheet = part(&book.unwrap(), "xl/worksheets/sheet1.xml");
        assert!(!sheet.contains("<f>"));
        for number in 2..7 {
            assert!(row(&sheet, number)[0].contains("s=\"4\" t=\"inlineStr\""), "{}", row(&sheet, number)[0]);
        }
        let texts: Vec<_> = (7..11).map(|number| row(&sheet, number)[0].clone()).collect();
        assert!(texts[0].contains("<t>a&lt;b&gt;&amp;</t>"), "{texts:?}");
        assert!(texts[1].contains("<t>_x001B_[2J_x0000_</t>"), "{texts:?}");
        assert!(texts[2].contains("<t>_x005F_x0041_</t>"), "{texts:?}");
        assert!(texts[3].contains("<t>two_x000D_\nlines</t>"), "{texts:?}");
        assert!(sheet.chars().all(|mark| !mark.is_control() || mark == '\n' || mark == '\t'));
    }

    #[test]
    fn what_a_sheet_does_not_hold_is_refused() {
        assert!(written("SELECT repeat('x', 32768) AS t").0.unwrap_err().contains("holds 32767 characters"));
        let mut book = Workbook::new("", Vec::new());
        let engine = DuckDb::new(Settings::default());
        let (schema, batches) = engine.rows("SELECT 1 AS n", &CancellationToken::new()).unwrap();
        book.start(&schema).unwrap();
        book.rows = ROWS - 2;
        book.batch(&batches[0]).unwrap();
        assert!(book.batch(&batches[0]).unwrap_err().to_string().contains("1,048,575 rows"));
        let empty = written("SELECT 1 AS n WHERE false").0.unwrap();
        assert_eq!(row(&part(&empty, "xl/worksheets/sheet1.xml"), 1).len(), 1);
    }

    #[test]
    fn columns_are_named_as_spreadsheets_name_them() {
        assert_eq!([0, 25, 26, 701, 702, 16_383].map(letters), ["A", "Z", "AA", "ZZ", "AAA", "XFD"]);
    }
}

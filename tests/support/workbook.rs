//! Workbooks as spreadsheets write them.

use std::io::{Cursor, Write as _};

/// A cell; numbers and days are digits as the file has them.
#[derive(Clone, Copy)]
#[allow(dead_code, reason = "not every test needs each")]
pub enum Cell {
    Empty,
    /// Shared with other cells.
    Text(&'static str),
    Inline(&'static str),
    Number(&'static str),
    Day(&'static str),
    /// XML of the cell's element, behind its name.
    Raw(&'static str),
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// A workbook of sheets, each a name with its rows.
pub fn of(sheets: &[(&str, &Vec<Vec<Cell>>)]) -> Vec<u8> {
    let mut shared: Vec<&str> = Vec::new();
    let mut parts = Vec::new();
    let (mut names, mut relations) = (String::new(), String::new());
    for (place, (name, rows)) in (1..).zip(sheets) {
        let name = format!("<sheet name=\"{}\" sheetId=\"{place}\" r:id=\"rId{place}\"/>", escaped(name));
        names += &name;
        let relation = format!(
            "<Relationship Id=\"rId{place}\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" \
             Target=\"worksheets/sheet{place}.xml\"/>"
        );
        relations += &relation;
        parts.push((format!("xl/worksheets/sheet{place}.xml"), sheet(rows, &mut shared)));
    }
    for (id, kind) in [("rId901", "styles"), ("rId902", "sharedStrings")] {
        let relation = format!(
            "<Relationship Id=\"{id}\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}\" \
             Target=\"{kind}.xml\"/>"
        );
        relations += &relation;
    }
    let texts: Vec<_> = shared.iter().map(|text| format!("<si><t>{}</t></si>", escaped(text))).collect();
    let texts = texts.concat();
    let main = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";
    let of_package = "xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"";
    parts.extend([
        ("[Content_Types].xml".into(), "<Types/>".into()),
        (
            "_rels/.rels".into(),
            format!(
                "<Relationships {of_package}><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" \
                 Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml".into(),
            format!(
                "<workbook {main} xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets>{names}</sheets></workbook>"
            ),
        ),
        ("xl/_rels/workbook.xml.rels".into(), format!("<Relationships {of_package}>{relations}</Relationships>")),
        (
            "xl/styles.xml".into(),
            format!(
                "<styleSheet {main}><numFmts count=\"1\"><numFmt numFmtId=\"164\" formatCode=\"dd/mm/yyyy;@\"/></numFmts>\
                 <cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"164\"/></cellXfs></styleSheet>"
            ),
        ),
        ("xl/sharedStrings.xml".into(), format!("<sst {main}>{texts}</sst>")),
    ]);
    zip(&parts)
}

fn sheet(rows: &[Vec<Cell>], shared: &mut Vec<&'static str>) -> String {
    let mut text = String::from(
        "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>",
    );
    for (number, row) in (1..).zip(rows).filter(|(_, row)| !row.is_empty()) {
        let start = format!("<row r=\"{number}\">");
        text += &start;
        for (cell, column) in row.iter().zip('A'..) {
            let place = format!("r=\"{column}{number}\"");
            let piece = match cell {
                Cell::Empty => String::new(),
                Cell::Text(cell) => {
                    let known = shared.iter().position(|known| known == cell);
                    let known = known.unwrap_or_else(|| {
                        shared.push(cell);
                        shared.len() - 1
                    });
                    format!("<c {place} t=\"s\"><v>{known}</v></c>")
                }
                Cell::Inline(cell) => {
                    format!("<c {place} t=\"inlineStr\"><is><t>{}</t></is></c>", escaped(cell))
                }
                Cell::Number(digits) => format!("<c {place}><v>{digits}</v></c>"),
                Cell::Day(digits) => format!("<c {place} s=\"1\"><v>{digits}</v></c>"),
                Cell::Raw(xml) => format!("<c {place} {xml}"),
            };
            text += &piece;
        }
        text += "</row>";
    }
    text + "</sheetData></worksheet>"
}

/// Parts with their names, packed.
pub fn zip(parts: &[(String, String)]) -> Vec<u8> {
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        out.start_file(name.as_str(), zip::write::SimpleFileOptions::default()).unwrap();
        out.write_all(content.as_bytes()).unwrap();
    }
    out.finish().unwrap().into_inner()
}

/// The parts of a workbook with their names.
#[allow(dead_code, reason = "not every test needs it")]
pub fn unzipped(book: &[u8]) -> Vec<(String, String)> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(book)).unwrap();
    (0..archive.len())
        .map(|place| {
            let mut file = archive.by_index(place).unwrap();
            let mut text = String::new();
            std::io::Read::read_to_string(&mut file, &mut text).unwrap();
            (file.name().unwrap().into_owned(), text)
        })
        .collect()
}

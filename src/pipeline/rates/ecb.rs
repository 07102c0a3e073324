//! What people download from the ECB beside its zip: the data portal's CSV, and XML in three forms.
//!
//! ```text
//! CSV    KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE,…   columns by name, in any order
//! XML    <Cube time="2026-10-30"><Cube currency="USD" rate="1.15"/>                      daily, 90 days, history
//! SDMX   <Series FREQ="D" CURRENCY="USD" …><Obs TIME_PERIOD="2026-10-30" OBS_VALUE="1.15"/>
//!        the same with generic:Value id="…" value="…", generic:ObsDimension, generic:ObsValue
//! ```
//! The portal has other series of the same name: monthly averages, effective rates. Only daily reference rates are taken.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::answer::{Answer, Day, Rate, Refusal, Unread, day};
use super::source::Source;
use crate::text::lines::{CAP, HEAD};
use crate::text::records::{Cells, Item, Records};

/// What the dimensions of a daily reference rate say, where they are there.
const DAILY: [(&str, &str, &str); 4] = [
    ("FREQ", "D", "the line is not of a daily series"),
    ("EXR_TYPE", "SP00", "the line is not of a reference rate"),
    ("EXR_SUFFIX", "A", "the line is not of a rate but of a change or an index"),
    ("CURRENCY_DENOM", "EUR", "the rate is not against the euro"),
];

/// An observation as its fields come: `CURRENCY`, `TIME_PERIOD`, `OBS_VALUE` and the dimensions.
type Fields = BTreeMap<String, String>;

#[derive(Default)]
struct Found {
    days: BTreeMap<NaiveDate, Vec<Rate>>,
    unread: Vec<Unread>,
    /// A place in the text of XML, and the line breaks before it.
    at: (usize, u64),
}

impl Found {
    /// Takes an observation; days without one have an empty value, or NaN.
    fn add(&mut self, field: &dyn Fn(&str) -> Option<String>, line_no: u64) {
        let text = |name| field(name).unwrap_or_default();
        let mut bad = |error, message, column: Option<&str>, text: String| {
            let (column, text) = (column.map(str::to_owned), text.chars().take(HEAD).collect());
            self.unread.push(Unread { error, message, line_no, column, text });
        };
        for (name, wanted, message) in DAILY {
            if field(name).is_some_and(|found| found != wanted) {
                return bad("other_series", message, Some(name), text(name));
            }
        }
        let (value, period) = (text("OBS_VALUE"), text("TIME_PERIOD"));
        if matches!(value.as_str(), "" | "NaN") {
            return;
        }
        match period.parse() {
            Ok(date) => self.days.entry(date).or_default().push(Rate::new(text("CURRENCY"), value, false)),
            Err(_) => bad("bad_date", "the period is not a date", Some("TIME_PERIOD"), period),
        }
    }

    fn answer(self, extension: &'static str) -> Answer {
        let day = |(date, rates): (NaiveDate, Vec<Rate>)| -> Day { day(Source::Ecb, date, "EUR", rates) };
        let days = self.days.into_iter().map(day).collect();
        Answer { source: Source::Ecb, days, unread: self.unread, extension, sha256: String::new() }
    }
}

/// Whether a header is that of the data portal.
pub(super) fn is_portal(header: &str) -> bool {
    let names: Vec<&str> = header.split(',').map(|name| name.trim().trim_matches('"')).collect();
    ["CURRENCY", "TIME_PERIOD", "OBS_VALUE"].iter().all(|name| names.contains(name))
}

/// The portal's CSV.
pub(super) fn portal(text: &str) -> Result<Answer, Refusal> {
    let broken = |error: std::io::Error| Refusal::new("unreadable", error.to_string());
    let mut records = Records::new(text.as_bytes(), b',', CAP);
    let names: Vec<String> = match records.next_record().map_err(broken)? {
        Some((_, Item::Cells(cells))) => cells.iter().map(|name| name.trim().to_owned()).collect(),
        _ => return Err(Refusal::new("unknown_format", "the header of the CSV cannot be read")),
    };
    let mut found = Found::default();
    while let Some((line_no, item)) = records.next_record().map_err(broken)? {
        let cells: &Cells = match item {
            Item::Cells(cells) if cells.is_blank() => continue,
            Item::Cells(cells) => cells,
            Item::Bad { bad, text } => {
                let column = None;
                found.unread.push(Unread { error: bad.error, message: bad.message, line_no, column, text });
                continue;
            }
        };
        // A line that is too short was cut, and its last number may be too.
        if cells.count() != names.len() {
            let (error, message) = ("ragged_line", "the line has more or fewer cells than the header");
            let text = cells.iter().collect::<Vec<_>>().join(",").chars().take(HEAD).collect();
            found.unread.push(Unread { error, message, line_no, column: None, text });
            continue;
        }
        let field = |name: &str| {
            let place = names.iter().position(|known| known == name)?;
            Some(cells.get(place).trim().to_owned())
        };
        found.add(&field, line_no);
    }
    Ok(found.answer("csv"))
}

/// XML in each of the three forms.
pub(super) fn xml(text: &str) -> Result<Answer, Refusal> {
    let mut reader = Reader::from_str(text);
    let mut found = Found::default();
    // What the elements around the observation say, and the observation itself.
    let (mut around, mut own) = (Fields::new(), Fields::new());
    let mut known = false;
    loop {
        let place = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let event = reader.read_event().map_err(|error| {
            Refusal::new("bad_xml", format!("the XML cannot be read behind byte {place}: {error}"))
        })?;
        match event {
            Event::Start(element) | Event::Empty(element) => {
                let fields = attributes(&element)?;
                let value = |name: &str| fields.get(name).cloned();
                match element.local_name().as_ref() {
                    b"Cube" => {
                        known = true;
                        if let Some(date) = value("time") {
                            around = Fields::from([("TIME_PERIOD".into(), date)]);
                        }
                        if let Some(((currency, rate), date)) =
                            value("currency").zip(value("rate")).zip(around.get("TIME_PERIOD").cloned())
                        {
                            let names = ["CURRENCY", "OBS_VALUE", "TIME_PERIOD"].map(str::to_owned);
                            own = names.into_iter().zip([currency, rate, date]).collect();
                            add(&mut found, &mut own, &around, text, place);
                        }
                    }
                    b"Series" => around = fields,
                    b"Value" => {
                        if let Some((name, text)) = value("id").zip(value("value")) {
                            around.insert(name, text);
                        }
                    }
                    b"ObsDimension" => {
                        drop(value("value").map(|date| own.insert("TIME_PERIOD".into(), date)));
                    }
                    b"ObsValue" => {
                        known = true;
                        drop(value("value").map(|number| own.insert("OBS_VALUE".into(), number)));
                        add(&mut found, &mut own, &around, text, place);
                    }
                    b"Obs" if fields.contains_key("OBS_VALUE") => {
                        known = true;
                        own = fields;
                        add(&mut found, &mut own, &around, text, place);
                    }
                    _ => {}
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    if known {
        Ok(found.answer("xml"))
    } else {
        Err(Refusal::new("unknown_format", "the XML holds no exchange rates of the ECB"))
    }
}

/// Adds an observation of XML; its own fields go before those around it.
fn add(found: &mut Found, own: &mut Fields, around: &Fields, text: &str, place: usize) {
    let own = std::mem::take(own);
    let field = |name: &str| own.get(name).or_else(|| around.get(name)).cloned();
    let before = found.unread.len();
    found.add(&field, 0);
    // Lines are counted for what could not be read alone, each once.
    if let Some(unread) = found.unread.get_mut(before) {
        let (from, lines) = found.at;
        let more = text.as_bytes().get(from..place).unwrap_or_default().iter().filter(|byte| **byte == b'\n');
        found.at = (place, lines + more.count() as u64);
        unread.line_no = found.at.1 + 1;
    }
}

fn attributes(element: &BytesStart) -> Result<Fields, Refusal> {
    let bad = || Refusal::new("bad_xml", "an attribute of the XML cannot be read");
    let mut fields = Fields::new();
    for attribute in element.attributes() {
        let attribute = attribute.map_err(|_| bad())?;
        let name = String::from_utf8_lossy(attribute.key.local_name().as_ref()).into_owned();
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|_| bad())?;
        fields.insert(name, value.trim().to_owned());
    }
    Ok(fields)
}

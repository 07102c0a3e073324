//! The file of a scenario.

use std::fs;
use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::super::Failure;
use crate::config::fault_of;
use crate::forecast::Scenario;

/// What a person added: TOML, or JSON by the file's ending.
pub(super) fn read(path: &Path) -> Result<Scenario, Failure> {
    let text = fs::read_to_string(path).map_err(|error| Failure::unreadable(path, &error))?;
    let read = if path.extension().is_some_and(|end| end.eq_ignore_ascii_case("json")) {
        serde_json::from_str(&text).map_err(|error| error.to_string())
    } else {
        let quoted = dates_as_text(&text);
        toml::from_str(&quoted).map_err(|error| fault_of(&quoted, &error))
    };
    read.map_err(|why| {
        Failure::new(3, format!("{} is no scenario: {why}", path.display())).with_hint(
            "it holds `drift = 0.0` and items: [[item]] with label, date = \"2024-12-31\", amount, and if it comes \
             again every = \"week\", \"month\" or \"year\" and until",
        )
    })
}

/// `date = 2024-12-31` is as good as `date = "2024-12-31"`; every line stays where it is. What is no TOML stays as it is.
fn dates_as_text(text: &str) -> String {
    let mut dates = Vec::new();
    if let Ok(table) = DeTable::parse(text) {
        table.get_ref().values().for_each(|value| find_dates(value, &mut dates));
    }
    dates.sort_by_key(|date| date.start);
    let mut quoted = text.to_owned();
    for date in dates.into_iter().rev() {
        quoted.insert(date.end, '"');
        quoted.insert(date.start, '"');
    }
    quoted
}

fn find_dates(value: &Spanned<DeValue<'_>>, found: &mut Vec<Range<usize>>) {
    match value.get_ref() {
        DeValue::Datetime(_) => found.push(value.span()),
        DeValue::Array(values) => values.iter().for_each(|value| find_dates(value, found)),
        DeValue::Table(table) => table.values().for_each(|value| find_dates(value, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_may_stand_with_and_without_quotes() {
        let folder = tempfile::tempdir().unwrap();
        let read = |text: &str| {
            let path = folder.path().join("what_if.toml");
            fs::write(&path, text).unwrap();
            read(&path)
        };
        let of = |date: &str| {
            format!("drift = -1.0\n[[item]]\nlabel = 'Rent'\ndate = {date}\namount = -50\nuntil = {date}\n")
        };
        let (bare, quoted) = (read(&of("2024-12-31")).unwrap(), read(&of("\"2024-12-31\"")).unwrap());
        assert_eq!(bare, quoted);
        assert_eq!(bare.items[0].date.to_string(), "2024-12-31");
        assert!(read(&of("12:30:00")).is_err());
        // A key that nobody knows is named with its line, whatever dates stand before it.
        let wrong = read(&format!("{}etiquette = 'Rent'\n", of("2024-12-31"))).unwrap_err().message;
        assert!(wrong.contains("line 7: unknown field `etiquette`"), "{wrong}");
    }
}

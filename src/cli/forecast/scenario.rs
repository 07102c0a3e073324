//! The file of a scenario.

use std::fs;
use std::path::Path;

use super::super::Failure;
use crate::config::fault_of;
use crate::forecast::Scenario;

/// What a person added: TOML, or JSON by the file's ending.
pub(super) fn read(path: &Path) -> Result<Scenario, Failure> {
    let text = fs::read_to_string(path)
        .map_err(|error| Failure::new(1, format!("cannot read {}: {error}", path.display())))?;
    let read = if path.extension().is_some_and(|end| end.eq_ignore_ascii_case("json")) {
        serde_json::from_str(&text).map_err(|error| error.to_string())
    } else {
        let table = toml::from_str::<toml::Table>(&text).map_err(|error| fault_of(&text, &error));
        table.and_then(|table| {
            let mut table = toml::Value::Table(table);
            dates_as_text(&mut table);
            table.try_into().map_err(|error: toml::de::Error| error.message().to_owned())
        })
    };
    read.map_err(|why| {
        Failure::new(3, format!("{} is no scenario: {why}", path.display())).with_hint(
            "it holds `drift = 0.0` and items: [[item]] with label, date = \"2024-12-31\", amount, and if it comes \
             again every = \"week\", \"month\" or \"year\" and until",
        )
    })
}

/// `date = 2024-12-31` is as good as `date = "2024-12-31"`.
fn dates_as_text(value: &mut toml::Value) {
    match value {
        toml::Value::Datetime(date) => *value = toml::Value::String(date.to_string()),
        toml::Value::Array(values) => values.iter_mut().for_each(dates_as_text),
        toml::Value::Table(table) => table.iter_mut().for_each(|(_, value)| dates_as_text(value)),
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
    }
}

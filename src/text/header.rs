//! Column names as people write them, matched with ours: case, accents, blanks, dots and mojibake are forgiven.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::mem;

/// Their name, as [`key`] spells it, to our column: for headers that forgiveness does not reach.
pub type Map = BTreeMap<String, String>;

/// What stands for our column in a map where theirs is kept out.
const KEPT_OUT: &str = "-";

/// Which of a file's cells hold which of our columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// For each of our columns the place of its cell, from 0.
    pub places: Vec<Option<usize>>,
    /// The names as the file has them.
    pub names: Vec<String>,
    /// Names of cells that are kept out.
    pub unknown: Vec<String>,
}

/// Why cells are no header.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    #[error("no column is called {}", .0.join(" or "))]
    Missing(Vec<&'static str>),
    #[error("two columns, {first} and {second}, are both {column}")]
    Twice { column: &'static str, first: String, second: String },
    #[error(
        "two columns, {first} and {second}, are both amount: one may be before fees and the other after them"
    )]
    Net { first: String, second: String },
    #[error("two tables stand side by side: {first}, and {second} with amounts of its own behind it")]
    Beside { first: String, second: String },
}

/// A column of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name as [`key`] spells it.
    pub name: &'static str,
    /// Other spellings of the same word.
    pub also: &'static [&'static str],
}

/// A name without what differs from writer to writer: `" CHQ.NO."` is `chq_no`, `aÃ±o` and `Año` are `ano`.
#[must_use]
pub fn key(name: &str) -> String {
    let mut key = String::with_capacity(name.len());
    let mut is_apart = false;
    let mut put = |letter: char| {
        // A mark that combines with the letter before it, the other way of writing an accent.
        if ('\u{300}'..='\u{36f}').contains(&letter) {
            return;
        }
        if !letter.is_alphanumeric() {
            is_apart = true;
            return;
        }
        if mem::take(&mut is_apart) && !key.is_empty() {
            key.push('_');
        }
        key.push(letter);
    };
    for letter in repaired(name).chars() {
        // The text of every line may be asked about, and most have no other letters.
        if letter.is_ascii() {
            put(letter.to_ascii_lowercase());
        } else {
            letter.to_lowercase().map(plain).for_each(&mut put);
        }
    }
    key
}

/// Undoes UTF-8 that was read as Latin-1 or Windows-1252, once or several times.
fn repaired(name: &str) -> Cow<'_, str> {
    if name.is_ascii() {
        return Cow::Borrowed(name);
    }
    let mut text = name.to_owned();
    for _ in 0..3 {
        let bytes: Option<Vec<u8>> = text.chars().map(super::decode::windows_byte).collect();
        match bytes.and_then(|bytes| String::from_utf8(bytes).ok()) {
            Some(better) if better != text => text = better,
            _ => break,
        }
    }
    Cow::Owned(text)
}

/// Reads a map from lines `their header,our column`, or `their header,-` for a column that is kept out; the first line may be a header of its own.
///
/// # Errors
/// When a line has not two cells, or the second is none of our columns; one sentence.
pub fn read_map(text: &str, columns: &[Column]) -> Result<Map, String> {
    let mut map = Map::new();
    let text = text.trim_start_matches('\u{feff}').as_bytes();
    let mut records = super::records::Records::new(text, b',', super::lines::CAP);
    while let Some((line, item)) = records.next_record().map_err(|error| error.to_string())? {
        let super::records::Item::Cells(cells) = item else {
            return Err(format!("line {line} cannot be read"));
        };
        if cells.is_blank() {
            continue;
        }
        if cells.count() != 2 {
            return Err(format!("line {line} has not two cells"));
        }
        let (theirs, ours) = (key(cells.get(0)), key(cells.get(1)));
        if cells.get(1).trim() == KEPT_OUT {
            map.insert(theirs, String::new());
            continue;
        }
        match columns.iter().find(|column| column.name == ours || column.also.contains(&ours.as_str())) {
            Some(column) => drop(map.insert(theirs, column.name.to_owned())),
            None if line == 1 => {}
            None => return Err(format!("line {line}: {} is none of our columns", cells.get(1).trim())),
        }
    }
    if map.is_empty() { Err("it names no column of ours".into()) } else { Ok(map) }
}

/// A letter without its accent.
fn plain(letter: char) -> char {
    const ACCENTS: [(&str, char); 15] = [
        ("áàâäãåą", 'a'),
        ("éèêëęě", 'e'),
        ("íìîï", 'i'),
        ("óòôöõøő", 'o'),
        ("úùûüůű", 'u'),
        ("ñńň", 'n'),
        ("çćč", 'c'),
        ("ýÿ", 'y'),
        ("łľ", 'l'),
        ("śšșş", 's'),
        ("źżž", 'z'),
        ("řŕ", 'r'),
        ("ťţț", 't'),
        ("ď", 'd'),
        ("ğ", 'g'),
    ];
    ACCENTS.iter().find(|(with, _)| with.contains(letter)).map_or(letter, |(_, without)| *without)
}

/// Finds our columns among a file's names; of each group in `needed` one column must be there. A name that the map
/// gives goes before one that is ours by itself.
///
/// # Errors
/// When a needed column is missing, or two names are the same column.
pub fn resolve(
    names: &[&str],
    columns: &[Column],
    needed: &[&[&'static str]],
    map: &Map,
) -> Result<Header, HeaderError> {
    let keys: Vec<_> = names.iter().map(|name| key(name)).collect();
    let mut places = vec![None; columns.len()];
    for (column, place) in columns.iter().zip(&mut places) {
        let is_mapped = |key: &&String| map.get(*key).is_some_and(|ours| ours == column.name);
        let is_ours = |key: &&String| {
            !map.contains_key(*key) && (**key == column.name || column.also.contains(&key.as_str()))
        };
        for wanted in [&is_mapped as &dyn Fn(&&String) -> bool, &is_ours] {
            let mut found = keys.iter().enumerate().filter(|(_, key)| wanted(key));
            let Some((first, _)) = found.next() else { continue };
            if let Some((second, _)) = found.next() {
                let name = |place: usize| names.get(place).copied().unwrap_or_default().trim().to_owned();
                return Err(HeaderError::Twice {
                    column: column.name,
                    first: name(first),
                    second: name(second),
                });
            }
            *place = Some(first);
            break;
        }
    }
    let is_there = |name: &str| {
        columns.iter().zip(&places).any(|(column, place)| column.name == name && place.is_some())
    };
    if let Some(group) = needed.iter().find(|group| !group.iter().any(|name| is_there(name))) {
        return Err(HeaderError::Missing(group.to_vec()));
    }
    let unknown = names.iter().enumerate().filter(|(place, name)| {
        // A cell without a name of letters, such as the last one called `.`, holds nothing worth telling.
        !places.contains(&Some(*place)) && !key(name).is_empty()
    });
    let unknown = unknown.map(|(_, name)| name.trim().to_owned()).collect();
    Ok(Header { places, names: names.iter().map(|name| (*name).to_owned()).collect(), unknown })
}

/// How many names are columns of ours.
#[must_use]
pub fn known(names: &[&str], columns: &[Column], map: &Map) -> usize {
    let is_known = |name: &&&str| {
        let key = key(name);
        let ours = |column: &Column| column.name == key || column.also.contains(&key.as_str());
        map.contains_key(&key) || columns.iter().any(ours)
    };
    names.iter().filter(is_known).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_forgiven_their_writer() {
        for name in ["año", "aÃ±o", "AÑO", "an\u{303}o", " ano ", "aÃƒÂ±o"] {
            assert_eq!(key(name), "ano", "{name}");
        }
        assert_eq!(key(" CHQ.NO."), "chq_no");
        assert_eq!(key("Account No"), "account_no");
        assert_eq!(key("."), "");
        assert_eq!(key("Saldo Inversión (€)"), "saldo_inversion");
    }

    #[test]
    fn the_map_goes_before_the_name_itself() {
        const COLUMNS: [Column; 2] =
            [Column { name: "date", also: &["fecha"] }, Column { name: "amount", also: &[] }];
        let map = Map::from([("booked".to_owned(), "date".to_owned())]);
        let found = |names: &[&str], map: &Map| resolve(names, &COLUMNS, &[&["date"]], map);
        assert_eq!(found(&["Date", "Booked", "x"], &map).unwrap().places, [Some(1), None]);
        assert_eq!(found(&["Date", "Booked", "x"], &map).unwrap().unknown, ["Date", "x"]);
        let none = Map::new();
        assert_eq!(found(&["FECHA", "Booked"], &none).unwrap().places, [Some(0), None]);
        assert_eq!(found(&["amount"], &map), Err(HeaderError::Missing(vec!["date"])));
        let twice = found(&["Date", "fecha"], &map).unwrap_err().to_string();
        assert_eq!(twice, "two columns, Date and fecha, are both date");
    }
}

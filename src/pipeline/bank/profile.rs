//! Profiles of banks: what the columns of a bank's file are and what its marks, dates and signs mean, a file of `banks/` each.
//! A profile is known by words of its header; a person may name one too, and have own ones in a folder.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::{Deserialize, Serialize};

use super::account;
use super::form::COLUMNS;
use crate::config::fault_of;
use crate::text::amounts::Mark;
use crate::text::dates::Order;
use crate::text::decode::Encoding;
use crate::text::given::{BelowHeading, Given, Minus};
use crate::text::header::{Map, key};

mod built_in {
    include!(concat!(env!("OUT_DIR"), "/banks.rs"));
}
pub use built_in::BUILT_IN;

/// The form of a bank's file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// That of its file.
    pub name: String,
    /// The bank and its product.
    pub title: String,
    /// Words that all stand in its header.
    pub header: Vec<String>,
    /// What the cells of a file leave open.
    #[serde(default, skip_serializing_if = "Given::is_empty")]
    pub given: Given,
    /// Our column of each of theirs; those of the header that are not here are kept out.
    pub columns: BTreeMap<String, String>,
}

/// A profile as its file has it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    title: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    header: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decimal: Option<Mark>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dates: Option<Order>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signs: Option<Minus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    below_heading: Option<BelowHeading>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delimiter: Option<char>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    no_header: bool,
    /// Theirs of each of our columns.
    columns: BTreeMap<String, String>,
}

/// Why a profile cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    #[error("cannot read {path}: {error}")]
    Read { path: PathBuf, error: io::Error },
    #[error("cannot write {path}: {error}")]
    Write { path: PathBuf, error: io::Error },
    #[error("{path}: {why}")]
    Wrong { path: PathBuf, why: String },
}

impl Profile {
    /// # Errors
    /// When the text is no profile: one sentence, which names the line where the text is to blame.
    pub fn parse(name: &str, text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| fault_of(text, &error))?;
        let File { title, header, columns, no_header, .. } = file;
        if let Some(other) = columns.keys().find(|ours| !COLUMNS.iter().any(|column| column.name == **ours)) {
            return Err(format!("{other} is none of our columns"));
        }
        let keys: BTreeSet<_> = header.iter().map(|word| key(word)).collect();
        if header.is_empty() != no_header {
            return Err("it has either words of a header or `no_header = true`".into());
        }
        if let Some(theirs) = columns.values().find(|theirs| !no_header && key(theirs).is_empty()) {
            return Err(format!("`{theirs}` has no letter that a header could be known by"));
        }
        if keys.contains("") {
            return Err("a word of the header has no letter".into());
        }
        let encoding = |name: String| {
            let known = Encoding::NAMES.iter().find(|(known, _)| *known == name);
            known.map(|(_, encoding)| *encoding).ok_or_else(|| format!("there is no encoding {name}"))
        };
        let count = columns.len();
        let columns: BTreeMap<_, _> = columns.into_iter().map(|(ours, theirs)| (theirs, ours)).collect();
        if columns.len() < count {
            return Err("one of their columns is two of ours".into());
        }
        let given = Given {
            decimal: file.decimal,
            dates: file.dates,
            signs: file.signs,
            below_heading: file.below_heading,
            account: file.account,
            currency: file.currency,
            encoding: file.encoding.map(encoding).transpose()?,
            delimiter: file.delimiter,
            no_header,
            sheet: None,
            bank: None,
        };
        Ok(Self { name: name.to_owned(), title, header, given, columns })
    }

    /// Writes it as a file of the folder, which is made where it is not there; one that is there stays.
    ///
    /// # Errors
    /// When there is one of that name, or the disk fails.
    pub fn write(&self, folder: &Path) -> Result<PathBuf, ProfileError> {
        let path = folder.join(format!("{}.toml", self.name));
        let given = self.given.clone();
        let Given { decimal, dates, signs, below_heading, account, currency, encoding, .. } = given;
        let Given { delimiter, no_header, .. } = given;
        let columns = self.columns.iter().map(|(theirs, ours)| (ours.clone(), theirs.clone())).collect();
        let file = File {
            title: self.title.clone(),
            header: self.header.clone(),
            decimal,
            dates,
            signs,
            below_heading,
            account,
            currency,
            encoding: encoding.map(|encoding| encoding.name().to_owned()),
            delimiter,
            no_header,
            columns,
        };
        let wrong = |why: String| ProfileError::Wrong { path: path.clone(), why };
        let text = toml::to_string(&file).map_err(|error| wrong(error.to_string()))?;
        let failed = |error| ProfileError::Write { path: path.clone(), error };
        fs::create_dir_all(folder).map_err(failed)?;
        let mut open = fs::File::create_new(&path).map_err(failed)?;
        io::Write::write_all(&mut open, text.as_bytes()).map_err(failed)?;
        Ok(path)
    }

    /// The names of its columns, over which those of a person's map go; a name without a column of ours is kept out.
    #[must_use]
    pub fn map(&self, own: &Map) -> Map {
        let mut map: Map = self.header.iter().map(|word| (key(word), String::new())).collect();
        map.extend(self.columns.iter().map(|(theirs, ours)| (key(theirs), ours.clone())));
        map.extend(own.iter().map(|(theirs, ours)| (theirs.clone(), ours.clone())));
        map
    }

    /// How a person is told that it was used.
    #[must_use]
    pub fn told(&self) -> String {
        format!("{} ({})", self.name, self.title)
    }
}

/// The profiles that a file may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profiles {
    all: Vec<Profile>,
    /// Those with which the file was read before: their words are enough, however few they are.
    before: BTreeSet<String>,
    /// Those of the person's folder.
    own: BTreeSet<String>,
}

impl Profiles {
    /// No profile, or the one that a file was read with.
    #[must_use]
    pub fn only(profile: Option<&Profile>) -> Self {
        Self {
            all: profile.cloned().into_iter().collect(),
            before: profile.map(|profile| profile.name.clone()).into_iter().collect(),
            own: BTreeSet::new(),
        }
    }

    /// Those built in, overlaid by the files of the person's folder.
    ///
    /// # Errors
    /// When a file of the folder is no profile.
    pub fn load(folder: Option<&Path>) -> Result<Self, ProfileError> {
        let (mut found, mut own) = (Self::built_in()?, BTreeSet::new());
        for entry in folder.and_then(|folder| fs::read_dir(folder).ok()).into_iter().flatten().flatten() {
            let path = entry.path();
            let (Some(name), true) =
                (path.file_stem(), path.extension().is_some_and(|ending| ending == "toml"))
            else {
                continue;
            };
            let name = name.to_string_lossy().into_owned();
            let text = fs::read_to_string(&path)
                .map_err(|error| ProfileError::Read { path: path.clone(), error })?;
            let wrong = |why| ProfileError::Wrong { path: path.clone(), why };
            found.insert(name.clone(), Profile::parse(&name, &text).map_err(wrong)?);
            own.insert(name);
        }
        Ok(Self { all: found.into_values().collect(), before: BTreeSet::new(), own })
    }

    fn built_in() -> Result<BTreeMap<String, Profile>, ProfileError> {
        let parse = |(name, text): &(&str, &str)| {
            let wrong = |why| ProfileError::Wrong { path: format!("banks/{name}.toml").into(), why };
            Ok(((*name).to_owned(), Profile::parse(name, text).map_err(wrong)?))
        };
        BUILT_IN.iter().map(parse).collect()
    }

    /// Those built in, and in their place the `others` with which a file was read before, unless they know the same header and say
    /// the same of it: such a one was built in, and may name more columns by now.
    ///
    /// # Errors
    /// Not with what is built in: a test reads it.
    pub fn built_in_and(others: impl Iterator<Item = Profile>) -> Result<Self, ProfileError> {
        let (mut found, mut before) = (Self::built_in()?, BTreeSet::new());
        for other in others {
            before.insert(other.name.clone());
            let is_same = |known: &Profile| known.header == other.header && known.given == other.given;
            if !found.get(&other.name).is_some_and(is_same) {
                found.insert(other.name.clone(), other);
            }
        }
        Ok(Self { all: found.into_values().collect(), before, own: BTreeSet::new() })
    }

    /// Their names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(|profile| profile.name.as_str())
    }

    /// The one that a person named.
    #[must_use]
    pub fn said(&self, given: &Given) -> Option<&Profile> {
        let bank = given.bank.as_deref()?;
        self.all.iter().find(|profile| profile.name == bank)
    }

    /// What was said, and of what was not what the profile says that a person named; the account as the table has it.
    #[must_use]
    pub fn filled(&self, given: &Given) -> Given {
        let given = self.said(given).map_or_else(|| given.clone(), |profile| given.or(&profile.given));
        let account = given.account.map(|account| account::without_blanks(&account).into_owned());
        Given { account, ..given }
    }

    /// The one of which all words stand among the names of a header, and most of them; or the one that a person named. Its
    /// words are three of four names of the header, or six of them and half: a few common ones would be in nearly any.
    #[must_use]
    pub fn of(&self, names: &[&str], given: &Given) -> Option<&Profile> {
        if given.bank.is_some() {
            return self.said(given);
        }
        let names = Names::of(names);
        let are_enough = |profile: &&Profile| {
            let words = profile.header.len();
            words * 4 >= names.columns * 3
                || (words >= 6 && words * 2 >= names.columns)
                || self.before.contains(&profile.name)
        };
        // Of as many words the first name, so that it is the same one each time.
        let whole = self.all.iter().rev().filter(|profile| names.have_all_of(profile));
        whole.filter(are_enough).max_by_key(|profile| profile.header.len())
    }

    /// The person's own of which all words stand among the names of a header that is not known by them: what is told of it.
    #[must_use]
    pub fn hint(&self, names: &[&str], given: &Given) -> Option<String> {
        if given.bank.is_some() || self.of(names, given).is_some() {
            return None;
        }
        let names = Names::of(names);
        let own = self.all.iter().rev().filter(|profile| self.own.contains(&profile.name));
        let near =
            own.filter(|profile| names.have_all_of(profile)).max_by_key(|profile| profile.header.len())?;
        Some(format!(
            "the header has the words of your profile {name}, which are too few of its {columns} columns to know a bank by; \
             `--bank {name}` reads it by that",
            name = near.name,
            columns = names.columns
        ))
    }
}

/// The names of a header as keys.
struct Names {
    keys: BTreeSet<String>,
    /// Those with letters.
    columns: usize,
}

impl Names {
    fn of(names: &[&str]) -> Self {
        let keys: BTreeSet<_> = names.iter().map(|name| key(name)).collect();
        let columns = keys.iter().filter(|key| !key.is_empty()).count();
        Self { keys, columns }
    }

    fn have_all_of(&self, profile: &Profile) -> bool {
        !profile.header.is_empty() && profile.header.iter().all(|word| self.keys.contains(&key(word)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(name: &str, header: &[&str]) -> Profile {
        let header = header.iter().map(|word| (*word).to_owned()).collect();
        let columns = BTreeMap::from([("Tag".into(), "date".into())]);
        Profile { name: name.into(), title: "T".into(), header, given: Given::default(), columns }
    }

    #[test]
    fn those_built_in_can_be_read() {
        let all = Profiles::load(None).unwrap();
        assert!(all.names().count() >= 20);
        assert!(all.all.iter().all(|profile| !profile.title.is_empty() && profile.columns.len() > 2));
    }

    #[test]
    fn a_file_is_read_anew_with_the_profile_that_it_was_read_with() {
        let own = profile("revolut", &["Tag", "Betrag"]);
        let names = ["Tag", "Betrag", "Text", "Konto"];
        for profiles in
            [Profiles::built_in_and([own.clone()].into_iter()).unwrap(), Profiles::only(Some(&own))]
        {
            let found = profiles.of(&names, &Given::default());
            assert_eq!(found, Some(&own), "its few words are enough, and one built in has its name");
        }
        // One that was built in may name more columns by now.
        let known = Profiles::built_in().unwrap().remove("revolut").unwrap();
        let former = Profile { columns: BTreeMap::new(), ..known.clone() };
        let profiles = Profiles::built_in_and([former].into_iter()).unwrap();
        let given = Given { bank: Some("revolut".into()), ..Given::default() };
        assert_eq!(profiles.said(&given), Some(&known));
    }

    #[test]
    fn the_one_with_most_words_of_the_header_is_taken() {
        let all = vec![
            profile("a", &["Tag", "Betrag"]),
            profile("b", &["TAG", "Betrag", "Währung"]),
            profile("c", &["Tag", "Betrag", "Nie"]),
            profile("d", &[]),
        ];
        let all = Profiles { all, before: BTreeSet::new(), own: BTreeSet::from(["a".into()]) };
        let of = |names: &[&str], bank: Option<&str>| {
            let given = Given { bank: bank.map(str::to_owned), ..Given::default() };
            all.of(names, &given).map(|profile| profile.name.clone())
        };
        assert_eq!(of(&["Tag", " betrag "], None).as_deref(), Some("a"));
        assert_eq!(of(&["tag", "Betrag", "Wahrung", "x"], None).as_deref(), Some("b"));
        assert_eq!(of(&["Tag"], None), None);
        let many = ["Tag", "Betrag", "Text", "Konto"];
        assert_eq!(of(&many, None), None, "two common words are not enough to know a bank by");
        let hint = all.hint(&many, &Given::default()).unwrap_or_default();
        assert!(hint.contains("your profile a") && hint.ends_with("`--bank a` reads it by that"), "{hint}");
        assert_eq!(all.hint(&["Tag", "Betrag"], &Given::default()), None, "that one is known");
        assert_eq!(of(&many, Some("a")).as_deref(), Some("a"));
        assert_eq!(of(&["x"], Some("d")).as_deref(), Some("d"));
        assert_eq!(of(&["Tag", "Betrag"], Some("z")), None);
    }

    #[test]
    fn a_profile_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let given = Given {
            decimal: Some(Mark::Comma),
            dates: Some(Order::Mdy),
            signs: Some(Minus::In),
            currency: Some("EUR".into()),
            encoding: Some(Encoding::Windows1252),
            delimiter: Some(';'),
            ..Given::default()
        };
        let written = Profile { given, ..profile("mine", &["Tag", "B\"e\n"]) };
        let path = written.write(folder.path()).unwrap();
        assert_eq!(Profile::parse("mine", &fs::read_to_string(&path).unwrap()), Ok(written.clone()));
        assert!(written.write(folder.path()).is_err(), "one that is there stays");
        assert_eq!(
            Profiles::load(Some(folder.path())).unwrap().names().filter(|name| *name == "mine").count(),
            1
        );
        fs::write(&path, "title = 'x'\nheader = ['a']\n[columns]\nday = 'Tag'\n").unwrap();
        let error = Profiles::load(Some(folder.path())).unwrap_err().to_string();
        assert!(error.ends_with("mine.toml: day is none of our columns"), "{error}");
        fs::write(&path, "title = 'x'\nheader = ['a']\nsigns = 'up'\n[columns]\ndate = 'Tag'\n").unwrap();
        let error = Profiles::load(Some(folder.path())).unwrap_err().to_string();
        assert!(error.contains("mine.toml: line 3: "), "{error}");
    }
}

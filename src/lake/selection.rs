//! Which tables and partitions of a lake a snapshot has, and what it takes to make it so.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::manifest::{File, Manifest, Table};

/// Tables by name, in lower case, with the condition that their partitions meet; `*` stands for all others.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Selection(BTreeMap<String, Filter>);

/// The name that stands for every table.
const ALL: &str = "*";

impl Selection {
    /// The selection with these tables, or all, under a condition; what was selected of others stays.
    #[must_use]
    pub fn with(mut self, tables: &[String], filter: &Filter) -> Self {
        if tables.is_empty() {
            self.0 = BTreeMap::from([(ALL.to_owned(), filter.clone())]);
        }
        self.0.extend(tables.iter().map(|name| (name.to_ascii_lowercase(), filter.clone())));
        self
    }

    /// Whether nothing was selected yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn filter(&self, table: &Table) -> Option<&Filter> {
        self.0.get(&table.name.to_ascii_lowercase()).or_else(|| self.0.get(ALL))
    }

    /// What of the selection the lake does not have: a table, a column of its partitions, or a partition that meets the condition.
    #[must_use]
    pub fn lacking(&self, manifest: &Manifest) -> Option<Lacking> {
        let names = || manifest.tables.iter().map(|table| table.name.clone()).collect();
        let unknown = self.0.keys().find(|name| *name != ALL && manifest.table(name).is_none());
        if let Some(name) = unknown {
            return Some(Lacking { what: format!("table {name}"), has: names() });
        }
        let column = manifest.tables.iter().find_map(|table| {
            let conditions = &self.filter(table)?.conditions;
            let keys: BTreeSet<_> = partition(&table.files.first()?.path).map(|(key, _)| key).collect();
            let missing = conditions.iter().find(|one| !keys.is_empty() && !keys.contains(&*one.column))?;
            Some(Lacking {
                what: format!("partition column {} in {}", missing.column, table.name),
                has: keys.into_iter().map(str::to_owned).collect(),
            })
        });
        column.or_else(|| self.without_rows(manifest))
    }

    /// The partitions under conditions that none of the selected tables meets.
    fn without_rows(&self, manifest: &Manifest) -> Option<Lacking> {
        let selected = manifest.tables.iter().filter_map(|table| Some((self.filter(table)?, &table.files)));
        let files = selected.flat_map(|(filter, files)| files.iter().map(move |file| (filter, &*file.path)));
        let files: Vec<_> = files.filter(|(_, path)| partition(path).next().is_some()).collect();
        let folders: BTreeSet<_> = files.iter().map(|(_, path)| folder(path)).collect();
        let (first, last) = (folders.first()?, folders.last()?);
        let is_met = files.iter().any(|(filter, path)| filter.wants(path));
        let (filter, _) = files.first().filter(|_| !is_met)?;
        Some(Lacking { what: format!("partition where {filter}"), has: vec![format!("{first} to {last}")] })
    }
}

/// `year=2017/month=06` of a file of a table.
fn folder(path: &str) -> &str {
    path.split_once('/').and_then(|(_, path)| path.rsplit_once('/')).map_or("", |(folder, _)| folder)
}

/// Something that was asked for and is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lacking {
    /// `table x`, `partition column y in x`, `partition where year=2030`.
    pub what: String,
    /// What there is instead.
    pub has: Vec<String>,
}

/// A condition on partitions, `year=2017 and month<=06`; without one, all.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Filter {
    conditions: Vec<Condition>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Condition {
    column: String,
    sign: &'static str,
    value: String,
}

/// Signs of comparison, longer ones first, and which orders they allow.
const SIGNS: &[(&str, &[Ordering])] = &[
    ("<=", &[Ordering::Less, Ordering::Equal]),
    (">=", &[Ordering::Greater, Ordering::Equal]),
    ("!=", &[Ordering::Less, Ordering::Greater]),
    ("=", &[Ordering::Equal]),
    ("<", &[Ordering::Less]),
    (">", &[Ordering::Greater]),
];

impl TryFrom<String> for Filter {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl std::str::FromStr for Filter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = vec![Vec::new()];
        for word in text.split_whitespace() {
            if word.eq_ignore_ascii_case("and") {
                parts.push(Vec::new());
            } else if let Some(part) = parts.last_mut() {
                part.push(word);
            }
        }
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        parts
            .into_iter()
            .map(|words| condition(&words.concat()))
            .collect::<Result<_, _>>()
            .map(|conditions| Self { conditions })
    }
}

fn condition(text: &str) -> Result<Condition, String> {
    let wrong = || format!("`{text}` is no condition on a partition; write it as year=2017 and month<=6");
    let at = text.find(['<', '>', '!', '=']).ok_or_else(wrong)?;
    let (column, rest) = text.split_at(at);
    let (sign, _) = SIGNS.iter().find(|(sign, _)| rest.starts_with(sign)).ok_or_else(wrong)?;
    let value = rest[sign.len()..].trim_matches('\'');
    let is_word = |word: &str| {
        !word.is_empty() && word.chars().all(|mark| mark.is_alphanumeric() || matches!(mark, '_' | '-' | '.'))
    };
    if is_word(column) && is_word(value) {
        Ok(Condition { column: column.to_ascii_lowercase(), sign, value: value.to_owned() })
    } else {
        Err(wrong())
    }
}

impl std::fmt::Display for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (number, Condition { column, sign, value }) in self.conditions.iter().enumerate() {
            write!(f, "{}{column}{sign}{value}", if number == 0 { "" } else { " and " })?;
        }
        Ok(())
    }
}

impl From<Filter> for String {
    fn from(filter: Filter) -> Self {
        filter.to_string()
    }
}

impl Filter {
    /// Whether a file of a table is wanted; one of a table without partitions always is.
    fn wants(&self, path: &str) -> bool {
        self.conditions.iter().all(|condition| {
            partition(path)
                .filter(|(key, _)| *key == condition.column)
                .all(|(_, value)| condition.holds(value))
        })
    }
}

impl Condition {
    fn holds(&self, value: &str) -> bool {
        if value == NO_VALUE {
            return false;
        }
        let number = |text: &str| text.parse::<i64>().ok();
        let order = match (number(value), number(&self.value)) {
            (Some(found), Some(wanted)) => found.cmp(&wanted),
            _ => value.cmp(&self.value),
        };
        SIGNS.iter().any(|(sign, orders)| *sign == self.sign && orders.contains(&order))
    }
}

/// The folder of rows that have no value for a partition; no condition holds for it.
pub const NO_VALUE: &str = "__HIVE_DEFAULT_PARTITION__";

/// The `name=value` folders in a path.
pub fn partition(path: &str) -> impl Iterator<Item = (&str, &str)> {
    path.split('/').filter_map(|part| part.split_once('='))
}

/// What it takes to make a local lake the selected part of another one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// What the local lake holds then. Rows and newest date of a table in [`Plan::parts`] are those of all of it.
    pub manifest: Manifest,
    /// A line for each table on either side, in the order of the pipeline.
    pub tables: Vec<Line>,
    /// Files to be brought.
    pub fetch: Vec<File>,
    /// Files that go.
    pub remove: Vec<String>,
    /// Tables of which some files only are wanted.
    pub parts: Vec<String>,
}

/// What becomes of one table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Line {
    pub table: String,
    /// Files that it has then, and their bytes.
    pub files: u64,
    pub bytes: u64,
    /// Of these, what is to be brought.
    pub new_files: u64,
    pub new_bytes: u64,
    /// Files that go.
    pub gone: u64,
}

impl Plan {
    /// Compares the other lake with the local one, whose files are there as far as `is_here` says.
    #[must_use]
    pub fn of(
        other: &Manifest,
        local: &Manifest,
        selection: &Selection,
        is_here: &dyn Fn(&File) -> bool,
    ) -> Self {
        // A snapshot is no lake to make tables in: it has no raw files.
        let mut plan = Self {
            manifest: Manifest { raw: Vec::new(), demo: None, tables: Vec::new(), ..other.clone() },
            ..Self::default()
        };
        let old: BTreeMap<&str, &File> = local.files().map(|file| (&*file.path, file)).collect();
        for table in &other.tables {
            let Some(filter) = selection.filter(table) else { continue };
            let mut part = Table { files: Vec::new(), ..table.clone() };
            let mut line = Line { table: table.name.clone(), ..Line::default() };
            for file in table.files.iter().filter(|file| filter.wants(&file.path)) {
                line.files += 1;
                line.bytes += file.size;
                if old.get(&*file.path).is_none_or(|old| *old != file) || !is_here(file) {
                    line.new_files += 1;
                    line.new_bytes += file.size;
                    plan.fetch.push(file.clone());
                }
                part.files.push(file.clone());
            }
            if part.files.len() < table.files.len() {
                plan.parts.push(table.name.clone());
            }
            plan.manifest.tables.push(part);
            plan.tables.push(line);
        }
        plan.go(local);
        plan
    }

    /// Notes what the local lake has and the plan does not.
    fn go(&mut self, local: &Manifest) {
        let wanted: BTreeSet<&str> = self.manifest.files().map(|file| &*file.path).collect();
        for table in &local.tables {
            let gone = table.files.iter().filter(|file| !wanted.contains(&*file.path));
            let gone: Vec<String> = gone.map(|file| file.path.clone()).collect();
            if gone.is_empty() {
                continue;
            }
            let at = self.tables.iter().position(|line| line.table == table.name).unwrap_or_else(|| {
                self.tables.push(Line { table: table.name.clone(), ..Line::default() });
                self.tables.len() - 1
            });
            self.tables[at].gone += gone.len() as u64;
            self.remove.extend(gone);
        }
    }

    /// Files and bytes to be brought.
    #[must_use]
    pub fn amount(&self) -> (usize, u64) {
        (self.fetch.len(), self.fetch.iter().map(|file| file.size).sum())
    }

    /// Whether both are the same already.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fetch.is_empty() && self.remove.is_empty()
    }
}

/// `3 files, 1.2 MB`
#[must_use]
pub fn amount(files: usize, bytes: u64) -> String {
    let word = if files == 1 { "file" } else { "files" };
    let tenths = bytes.div_ceil(100_000);
    format!("{files} {word}, {}.{} MB", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(text: &str) -> Filter {
        text.parse().unwrap()
    }

    fn manifest(tables: &[(&str, &[(&str, &str)])]) -> Manifest {
        let file =
            |(path, sha256): &(&str, &str)| File { path: (*path).into(), size: 10, sha256: (*sha256).into() };
        let table = |(name, files): &(&str, &[(&str, &str)])| Table {
            name: (*name).into(),
            files: files.iter().map(file).collect(),
            ..Table::default()
        };
        Manifest { tables: tables.iter().map(table).collect(), ..Manifest::default() }
    }

    #[test]
    fn a_condition_compares_numbers_as_numbers_and_leaves_tables_without_partitions_whole() {
        let path = "processed/year=2017/month=06/a.parquet";
        for (text, wanted) in [
            ("", true),
            ("year=2017", true),
            ("YEAR = 2017", true),
            ("year=2017 AND month=6", true),
            ("month=06", true),
            ("month<=6 and month >= 6", true),
            ("month<10", true),
            ("month>10", false),
            ("year!=2017", false),
            ("year='2017' and month<6", false),
        ] {
            assert_eq!(filter(text).wants(path), wanted, "{text}");
            assert!(filter(text).wants("dates/a.parquet"), "{text}");
            let no_value = format!("processed/year={NO_VALUE}/month={NO_VALUE}/a.parquet");
            assert_eq!(filter(text).wants(&no_value), text.is_empty(), "{text}");
            assert_eq!(filter(&filter(text).to_string()), filter(text));
        }
        for wrong in
            ["year", "=2017", "year=", "year=2017 and", "year==2017", "year=2017; drop", "year like 2"]
        {
            assert!(wrong.parse::<Filter>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_plan_brings_what_differs_and_keeps_what_was_selected_before() {
        let other = manifest(&[
            ("a", &[("a/year=1/x", "1"), ("a/year=2/x", "2")]),
            ("b", &[("b/x", "3")]),
            ("c", &[("c/x", "4")]),
        ]);
        let local = manifest(&[("a", &[("a/year=1/x", "old"), ("a/year=3/x", "5")]), ("b", &[("b/x", "3")])]);
        let selection = Selection::default().with(&["B".into()], &Filter::default());
        let selection = selection.with(&["a".into()], &filter("year<3"));
        let plan = Plan::of(&other, &local, &selection, &|_| true);
        let paths: Vec<_> = plan.fetch.iter().map(|file| &*file.path).collect();
        assert_eq!(paths, ["a/year=1/x", "a/year=2/x"]);
        assert_eq!(
            (plan.remove.as_slice(), plan.parts.as_slice()),
            (&["a/year=3/x".to_owned()][..], &[][..])
        );
        assert_eq!(plan.manifest.tables.iter().map(|table| &*table.name).collect::<Vec<_>>(), ["a", "b"]);
        let line = |table: &str, files, new_files, gone| Line {
            table: table.into(),
            files,
            bytes: 10 * files,
            new_files,
            new_bytes: 10 * new_files,
            gone,
        };
        assert_eq!(plan.tables, [line("a", 2, 2, 1), line("b", 1, 0, 0)]);
        // A file that is lost here is brought again; a part is told as one.
        let part =
            Plan::of(&other, &other, &selection.clone().with(&["a".into()], &filter("year=2")), &|_| false);
        assert_eq!((part.fetch.len(), part.parts.as_slice()), (2, &["a".to_owned()][..]));
        assert_eq!(part.remove, ["a/year=1/x", "c/x"]);
        let all = selection.with(&[], &Filter::default());
        assert!(Plan::of(&other, &other, &all, &|_| true).is_empty());
    }

    #[test]
    fn what_the_lake_does_not_have_is_told_with_what_it_has() {
        let other = manifest(&[("a", &[("a/year=1/x", "1")]), ("b", &[("b/x", "3")])]);
        let lacking = |tables: &[&str], condition: &str| {
            let tables: Vec<_> = tables.iter().map(|name| (*name).to_owned()).collect();
            Selection::default().with(&tables, &filter(condition)).lacking(&other).map(|lacking| lacking.what)
        };
        assert_eq!(lacking(&["A", "b"], "year=1"), None);
        assert_eq!(lacking(&["a", "d"], ""), Some("table d".into()));
        assert_eq!(lacking(&[], "month=1"), Some("partition column month in a".into()));
        assert_eq!(lacking(&["a"], "year>1"), Some("partition where year>1".into()));
        assert_eq!(lacking(&[], "year=2030"), Some("partition where year=2030".into()));
        assert_eq!(lacking(&["b"], "year=2030"), None, "it has no partitions");
    }
}

//! What a catalogue says and should not, and what it does not say and should.

use std::collections::BTreeSet;

use super::{Catalogue, Entry, Field, Part};
use crate::lake::TABLES;

/// How a line differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    New,
    Changed,
    Gone,
}

impl Kind {
    /// As a person reads it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Gone => "gone",
        }
    }
}

/// A difference, for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub kind: Kind,
    /// Table, or nothing for the database.
    pub table: String,
    /// `table`, `column fecha`, `3 partitions`, `location`.
    pub what: String,
    pub is: String,
    pub will_be: String,
}

/// What makes the catalogue say what it should.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Steps {
    pub create_database: bool,
    /// Names of tables.
    pub create: Vec<String>,
    pub update: Vec<String>,
    pub delete: Vec<String>,
    /// Tables with values of partitions.
    pub add: Vec<(String, Vec<String>)>,
    pub alter: Vec<(String, Vec<String>)>,
    pub drop: Vec<(String, Vec<String>)>,
}

/// Compares what a catalogue should say with what it says; `None` when there is no such database. Of the tables that it
/// should not have, only those of a lake's own names, where this lake would have them, are the lake's to remove: others
/// may have put theirs below it, and so may another lake, a crawler of raw files and a run under way.
#[must_use]
pub fn diff(wanted: &Catalogue, found: Option<&Catalogue>, url: &str) -> (Vec<Change>, Steps) {
    let (mut changes, mut steps) = (Vec::new(), Steps::default());
    if found.is_none() {
        steps.create_database = true;
        changes.push(change(Kind::New, "", "database", "", &wanted.database));
    }
    let none = Catalogue::default();
    let found = found.unwrap_or(&none);
    for (name, entry) in &wanted.tables {
        let there = found.tables.get(name);
        if let Some(there) = there {
            let before = changes.len();
            tables(name, entry, there, &mut changes);
            if changes.len() > before {
                steps.update.push(name.clone());
            }
        } else {
            steps.create.push(name.clone());
            changes.push(change(Kind::New, name, "table", "", &format!("{} columns", entry.columns.len())));
        }
        partitions(name, entry, there, &mut changes, &mut steps);
    }
    for (name, there) in &found.tables {
        let is_of_lake = TABLES.contains(&name.as_str())
            && there.location.trim_end_matches('/') == format!("{}/{name}", url.trim_end_matches('/'));
        if !wanted.tables.contains_key(name) && is_of_lake {
            steps.delete.push(name.clone());
            changes.push(change(Kind::Gone, name, "table", &there.location, ""));
        }
    }
    (changes, steps)
}

fn change(kind: Kind, table: &str, what: &str, is: &str, will_be: &str) -> Change {
    let own = str::to_owned;
    Change { kind, table: own(table), what: own(what), is: own(is), will_be: own(will_be) }
}

fn tables(name: &str, wanted: &Entry, found: &Entry, changes: &mut Vec<Change>) {
    let mut told = |what: &str, is: &str, will_be: &str| {
        if is != will_be {
            changes.push(change(Kind::Changed, name, what, is, will_be));
        }
    };
    told("comment", &found.comment, &wanted.comment);
    told("location", found.location.trim_end_matches('/'), wanted.location.trim_end_matches('/'));
    let names: BTreeSet<_> = found.properties.keys().chain(wanted.properties.keys()).collect();
    for property in names {
        let value = |entry: &Entry| entry.properties.get(property).cloned().unwrap_or_default();
        told(&format!("property {property}"), &value(found), &value(wanted));
    }
    for (what, found, wanted) in
        [("column", &found.columns, &wanted.columns), ("partition column", &found.keys, &wanted.keys)]
    {
        fields(name, what, found, wanted, changes);
    }
}

fn fields(table: &str, what: &str, found: &[Field], wanted: &[Field], changes: &mut Vec<Change>) {
    let text = |field: &Field| match field.comment.as_str() {
        "" => field.hive.clone(),
        comment => format!("{}, {comment}", field.hive),
    };
    let named = |fields: &[Field], name: &str| fields.iter().find(|field| field.name == name).cloned();
    let before = changes.len();
    for field in wanted {
        let what = format!("{what} {}", field.name);
        match named(found, &field.name) {
            None => changes.push(change(Kind::New, table, &what, "", &text(field))),
            Some(there) if there == *field => {}
            Some(there) => changes.push(change(Kind::Changed, table, &what, &text(&there), &text(field))),
        }
    }
    for field in found.iter().filter(|field| named(wanted, &field.name).is_none()) {
        changes.push(change(Kind::Gone, table, &format!("{what} {}", field.name), &text(field), ""));
    }
    let order =
        |fields: &[Field]| fields.iter().map(|field| field.name.clone()).collect::<Vec<_>>().join(", ");
    if changes.len() == before && order(found) != order(wanted) {
        changes.push(change(
            Kind::Changed,
            table,
            &format!("order of {what}s"),
            &order(found),
            &order(wanted),
        ));
    }
}

fn partitions(
    name: &str,
    wanted: &Entry,
    found: Option<&Entry>,
    changes: &mut Vec<Change>,
    steps: &mut Steps,
) {
    // Where they are projected, nobody asks which there are.
    if wanted.properties.contains_key("projection.enabled") {
        return;
    }
    let none = Entry::default();
    let found = found.unwrap_or(&none);
    let same = |one: &Part, other: &Part| {
        one.location.trim_end_matches('/') == other.location.trim_end_matches('/')
            && (one.columns.is_empty() || other.columns.is_empty() || one.columns == other.columns)
    };
    let key = |values: &Vec<String>| (name.to_owned(), values.clone());
    let (add, there): (Vec<_>, Vec<_>) =
        wanted.partitions.iter().partition(|(values, _)| !found.partitions.contains_key(*values));
    let alter = there.into_iter().filter(|(values, part)| !same(&found.partitions[*values], part));
    let drop = found.partitions.keys().filter(|values| !wanted.partitions.contains_key(*values));
    let (add, alter, drop): (Vec<_>, Vec<_>, Vec<_>) = (
        add.into_iter().map(|(values, _)| key(values)).collect(),
        alter.map(|(values, _)| key(values)).collect(),
        drop.map(key).collect(),
    );
    for (kind, list) in [(Kind::New, &add), (Kind::Changed, &alter), (Kind::Gone, &drop)] {
        if list.is_empty() {
            continue;
        }
        let which = listed(wanted, list);
        let what =
            if list.len() == 1 { "1 partition".to_owned() } else { format!("{} partitions", list.len()) };
        let (is, will_be) = if kind == Kind::New { ("", which.as_str()) } else { (which.as_str(), "") };
        let will_be = if kind == Kind::Changed { "another place or other columns" } else { will_be };
        changes.push(change(kind, name, &what, is, will_be));
    }
    steps.add.extend(add);
    steps.alter.extend(alter);
    steps.drop.extend(drop);
}

/// The first and the last partition of a list.
fn listed(entry: &Entry, list: &[(String, Vec<String>)]) -> String {
    let text = |(_, values): &(String, Vec<String>)| {
        let named = entry.keys.iter().zip(values).map(|(key, value)| format!("{}={value}", key.name));
        named.collect::<Vec<_>>().join("/")
    };
    match list {
        [] => String::new(),
        [one] => text(one),
        [first, .., last] => format!("{} … {}", text(first), text(last)),
    }
}

impl Steps {
    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether something that exists is changed or goes.
    #[must_use]
    pub fn touches(&self) -> bool {
        !(self.update.is_empty() && self.delete.is_empty() && self.alter.is_empty() && self.drop.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::catalogue;
    use super::*;

    const URL: &str = "s3://fin-lake/prod";

    fn lines(wanted: &Catalogue, found: Option<&Catalogue>) -> (Vec<String>, Steps) {
        let (changes, steps) = diff(wanted, found, URL);
        let line = |change: Change| {
            let Change { kind, table, what, is, will_be } = change;
            format!("{} {table} {what}: {is} -> {will_be}", kind.word())
        };
        (changes.into_iter().map(line).collect(), steps)
    }

    #[test]
    fn a_catalogue_that_is_not_there_is_all_new_and_one_that_is_the_same_is_left_alone() {
        let wanted = catalogue(false);
        let (told, steps) = lines(&wanted, None);
        assert_eq!(
            told,
            [
                "new  database:  -> pyspark-database",
                "new dates table:  -> 3 columns",
                "new processed table:  -> 3 columns",
                "new processed 2 partitions:  -> year=2017/month=06 … year=2018/month=11",
            ]
        );
        assert!(steps.create_database && steps.create.len() == 2 && steps.add.len() == 2 && !steps.touches());
        assert_eq!(lines(&wanted, Some(&wanted)), (vec![], Steps::default()));
        let projected = catalogue(true);
        assert_eq!(lines(&projected, Some(&projected)), (vec![], Steps::default()));
    }

    #[test]
    fn each_difference_is_one_line_and_one_step() {
        let wanted = catalogue(false);
        let mut found = wanted.clone();
        let processed = found.tables.get_mut("processed").unwrap();
        processed.columns[1].hive = "double".into();
        processed.columns.remove(2);
        processed.columns.push(Field { name: "old".into(), hive: "int".into(), comment: String::new() });
        processed.location = "s3://fin-lake/other/processed".into();
        processed.properties.insert("projection.enabled".into(), "true".into());
        let part = processed.partitions.remove(&vec!["2018".to_owned(), "11".to_owned()]).unwrap();
        processed.partitions.insert(vec!["2016".into(), "01".into()], part);
        processed.partitions.values_mut().next_back().unwrap().columns[1].1 = "double".into();
        let dates = found.tables["dates"].clone();
        found.tables.insert("response".into(), Entry { location: format!("{URL}/response/"), ..dates });
        let (told, steps) = lines(&wanted, Some(&found));
        assert_eq!(
            told,
            [
                "changed processed location: s3://fin-lake/other/processed -> s3://fin-lake/prod/processed",
                "changed processed property projection.enabled: true -> ",
                "changed processed column deposit_sgd_amt: double, Amount deposited, in the base currency -> \
                 decimal(28,6), Amount deposited, in the base currency",
                "new processed column line_no:  -> bigint, Line of the file",
                "gone processed column old: int -> ",
                "new processed 1 partition:  -> year=2018/month=11",
                "changed processed 1 partition: year=2017/month=06 -> another place or other columns",
                "gone processed 1 partition: year=2016/month=01 -> ",
                "gone response table: s3://fin-lake/prod/response/ -> ",
            ]
        );
        assert!(steps.touches());
        assert_eq!(
            (steps.update.as_slice(), steps.delete.as_slice()),
            (&["processed".to_owned()][..], &["response".to_owned()][..])
        );
        assert_eq!((steps.add.len(), steps.alter.len(), steps.drop.len()), (1, 1, 1));
    }

    #[test]
    fn tables_of_others_below_the_lake_are_left_alone() {
        let wanted = catalogue(false);
        let mut found = wanted.clone();
        let others = [
            ("analyst_scores", format!("{URL}/exports/scores/")),
            // Another lake's, whose place is below this one's.
            ("banktxn", format!("{URL}/test/banktxn/")),
            ("error_error", "s3://fin-lake/production/error_error/".into()),
            ("my_dates", format!("{URL}/dates/")),
            ("saldo_run_0_dates", format!("{URL}/dates/")),
            // A crawler's.
            ("bank", format!("{URL}/raw/bank/")),
            ("raw", format!("{URL}/raw")),
        ];
        for (name, location) in others {
            found.tables.insert(name.into(), Entry { location, ..found.tables["dates"].clone() });
        }
        assert_eq!(lines(&wanted, Some(&found)), (vec![], Steps::default()));
        let own = Entry { location: format!("{URL}/transactions"), ..found.tables["dates"].clone() };
        found.tables.insert("transactions".into(), own);
        assert_eq!(lines(&wanted, Some(&found)).1.delete, ["transactions"]);
    }
}

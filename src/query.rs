//! A saved query: the header in its leading comments, its typed parameters, its statement.
//!
//! A text may hold sections, `-- dialect: NAME`; an engine runs the one for its dialect, else what stands before them.

mod base;
pub mod compose;
pub mod narrations;
mod newest;
mod parameter;
mod statement;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::str::FromStr;

use chrono::NaiveDate;

pub use base::renamed;
pub use parameter::{FROM, Parameter, ParameterKind, TO};
pub use statement::{Bound, Rendered, Statement, Value};

use crate::dialect::{self, Dialect};
use crate::sql::{self, Kind};

/// The table whose `account_no` holds every account.
pub const ACCOUNTS: &str = "banktxn";

/// The tables that name currencies: those of statements, and those with rates.
pub const CURRENCIES: [&str; 2] = [ACCOUNTS, "response"];

/// The newest date of each table of the lake, by its name in lower case.
pub type Newest = BTreeMap<String, NaiveDate>;

/// A saved query, as its file describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// File name without `.sql`: what the command line calls it.
    pub name: String,
    pub title: String,
    pub group: String,
    pub description: String,
    pub parameters: Vec<Parameter>,
    pub chart: Option<Chart>,
    /// The whole file, header included, and what it reads with it: what the editor shows.
    pub text: String,
}

/// The chart that a saved query asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    pub kind: ChartKind,
    /// Column of the labels.
    pub x: String,
    /// Columns of the values.
    pub y: Vec<String>,
}

/// How a chart is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChartKind {
    Bar,
    Line,
}

/// Why a saved query or a value for it is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    #[error("{file}:{line}: {what}")]
    Header { file: String, line: usize, what: String },
    #[error("parameter {name} needs a value of type {kind}")]
    Missing { name: String, kind: String },
    #[error("{value:?} is not a valid {kind} for parameter {name}")]
    Value { name: String, kind: String, value: String },
    #[error("{name} is 0 or more, and {value} is less")]
    Negative { name: String, value: String },
    #[error("from {from} is after to {to}, so there is no day between them")]
    Reversed { from: String, to: String },
    #[error("the query has no parameter {name}")]
    Unknown { name: String },
    #[error("the query has no statement for {dialect}")]
    Dialect { dialect: Dialect },
    #[error("cannot read {path}: {why}")]
    File { path: String, why: String },
    #[error("there is no part {name}: `-- with:` names {}", compose::names())]
    Part { name: String },
    #[error("{why}")]
    Narrations { why: String },
}

include!(concat!(env!("OUT_DIR"), "/queries.rs"));

/// The queries built into the program, overlaid by the `.sql` files of the user's own folder, by group and title.
/// A user's file that cannot be parsed is reported and left out; the others load.
///
/// Those of the program name amounts in SGD; in a lake with another base currency they name that one's. Defaults that
/// count from the newest date are dates afterwards.
#[must_use]
pub fn all(folder: Option<&Path>, base: &str, newest: &Newest) -> (Vec<Query>, Vec<QueryError>) {
    let mut found = BTreeMap::new();
    let mut errors = Vec::new();
    let mut add = |query: Result<Query, QueryError>| match query {
        Ok(query) => drop(found.insert(query.name.clone(), query.dated(newest))),
        Err(error) => errors.push(error),
    };
    for (name, text) in BUILT_IN {
        let whole = compose::composed(text);
        add(whole.and_then(|text| Query::parse(name, &base::renamed(&text, base))));
    }
    for entry in folder.and_then(|folder| fs::read_dir(folder).ok()).into_iter().flatten().flatten() {
        if entry.path().extension().is_some_and(|end| end == "sql") {
            add(Query::read(&entry.path()));
        }
    }
    let mut queries: Vec<_> = found.into_values().collect();
    queries.sort_by(|a, b| (&a.group, &a.title).cmp(&(&b.group, &b.title)));
    (queries, errors)
}

impl Query {
    /// Reads a query from a file.
    ///
    /// # Errors
    /// When the file or its header cannot be read.
    pub fn read(path: &Path) -> Result<Self, QueryError> {
        let text = fs::read_to_string(path)
            .map_err(|error| QueryError::File { path: path.display().to_string(), why: error.to_string() })?;
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        Self::parse(&stem, &compose::composed(&text)?)
    }

    /// A query that the program comes with, amounts in SGD.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn shipped(name: &str) -> Result<Self, QueryError> {
        let known = BUILT_IN.iter().find(|(known, _)| *known == name);
        let (_, text) = known.ok_or_else(|| QueryError::Part { name: name.to_owned() })?;
        Self::parse(name, &compose::composed(text)?)
    }

    /// Parses the header and keeps the text.
    ///
    /// # Errors
    /// When a header line is malformed; the error names the line.
    pub fn parse(name: &str, text: &str) -> Result<Self, QueryError> {
        let mut query = Self {
            name: name.to_owned(),
            title: name.replace(['_', '-'], " "),
            group: "Mine".to_owned(),
            description: String::new(),
            parameters: Vec::new(),
            chart: None,
            text: text.to_owned(),
        };
        let wrong = |line, what| QueryError::Header { file: format!("{name}.sql"), line, what };
        for (index, line) in text.lines().enumerate() {
            let Some(comment) = line.trim().strip_prefix("--") else { break };
            let Some((key, value)) = comment.split_once(':') else { continue };
            let value = value.trim();
            let header = |what| wrong(index + 1, what);
            match key.trim() {
                "title" => value.clone_into(&mut query.title),
                "group" => value.clone_into(&mut query.group),
                "description" => value.clone_into(&mut query.description),
                "param" => query.parameters.push(value.parse().map_err(header)?),
                "chart" => query.chart = Some(value.parse().map_err(header)?),
                _ => {}
            }
        }
        dialect::sections(text).map_err(|(at, what)| wrong(text[..at].matches('\n').count() + 1, what))?;
        Ok(query)
    }

    /// The query with dates for the defaults that count from the newest date of the tables that its text names. Where
    /// none of them has one, such a default is none.
    #[must_use]
    pub fn dated(mut self, newest: &Newest) -> Self {
        let newest = newest::of_tables(&self.text, newest);
        for parameter in &mut self.parameters {
            if let Some(back) = parameter.default.as_deref().and_then(newest::Back::parse) {
                parameter.default =
                    newest.and_then(|newest| back.from(newest)).map(|date| match parameter.kind {
                        ParameterKind::Month => date.format("%Y-%m").to_string(),
                        _ => date.to_string(),
                    });
            }
        }
        self
    }

    /// The accounts among the values: those given, else the defaults.
    pub fn accounts<'a>(&'a self, given: &'a BTreeMap<String, String>) -> impl Iterator<Item = &'a str> {
        let accounts = self.parameters.iter().filter(|parameter| parameter.kind == ParameterKind::Account);
        let value = |parameter: &'a Parameter| given.get(&parameter.name).or(parameter.default.as_ref());
        accounts.filter_map(value).map(|text| text.trim()).filter(|text| !text.is_empty())
    }

    /// The statement for an engine with its values: those given, else the defaults.
    ///
    /// # Errors
    /// When there is none for it, or a value is missing, is not of its parameter's type, or names no parameter.
    pub fn bind(&self, dialect: Dialect, given: &BTreeMap<String, String>) -> Result<Statement, QueryError> {
        if let Some(name) =
            given.keys().find(|name| !self.parameters.iter().any(|known| known.name == **name))
        {
            return Err(QueryError::Unknown { name: name.clone() });
        }
        bind(&self.text, dialect, &self.parameters, given)
    }
}

/// The statement of a text for an engine, with its values: each `:name` that is declared. Others are the engine's:
/// `list[:last]` names a column.
///
/// # Errors
/// When there is no statement for the engine, or a value is missing or malformed.
pub fn bind(
    text: &str,
    dialect: Dialect,
    parameters: &[Parameter],
    given: &BTreeMap<String, String>,
) -> Result<Statement, QueryError> {
    let part = dialect::section(text, dialect).ok_or(QueryError::Dialect { dialect })?;
    let mut statement = Statement { text: text.to_owned(), part: part.clone(), ..Statement::default() };
    for token in sql::tokens(&text[part.clone()]).into_iter().filter(|token| token.kind == Kind::Parameter) {
        let range = token.range.start + part.start..token.range.end + part.start;
        let name = &text[range.start + 1..range.end];
        let Some(parameter) = parameters.iter().find(|parameter| parameter.name == name) else { continue };
        let values = &mut statement.values;
        let at = values.iter().position(|known| known.name == name).unwrap_or(values.len());
        if at == values.len() {
            let text = parameter.value(given.get(name).map(String::as_str))?;
            values.push(Value { name: name.to_owned(), kind: parameter.kind.clone(), text });
        }
        statement.places.push((range, at));
    }
    let bound = |name: &str| {
        let is_it = |value: &&Value| value.name == name && value.kind.is_of_time();
        statement.values.iter().find(is_it).and_then(|value| value.text.as_deref())
    };
    match [FROM, TO].map(bound) {
        [Some(from), Some(to)] if from > to => {
            Err(QueryError::Reversed { from: from.to_owned(), to: to.to_owned() })
        }
        _ => Ok(statement),
    }
}

impl FromStr for Chart {
    type Err = String;

    /// `bar x=account_no y=credit_ratio`, `line x=fecha y=a,b`.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut words = text.split_whitespace();
        let kind = match words.next() {
            Some("bar") => ChartKind::Bar,
            Some("line") => ChartKind::Line,
            other => return Err(format!("a chart is bar or line, not {:?}", other.unwrap_or_default())),
        };
        let mut chart = Self { kind, x: String::new(), y: Vec::new() };
        for word in words {
            match word.split_once('=') {
                Some(("x", column)) => column.clone_into(&mut chart.x),
                Some(("y", columns)) => chart.y = columns.split(',').map(str::to_owned).collect(),
                _ => return Err(format!("a chart takes x=COLUMN and y=COLUMN, not {word:?}")),
            }
        }
        if chart.x.is_empty() || chart.y.is_empty() {
            return Err("a chart needs x=COLUMN and y=COLUMN".into());
        }
        Ok(chart)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::Names;

    const TEXT: &str = "-- title: Totals\n-- group: Credit\n-- param: from date = 2015-01-01\n\
        -- param: account account?\n-- chart: bar x=a y=b,c\nSELECT ':from', x::date FROM t\n\
        WHERE d >= :from AND (:account IS NULL OR a = :account)";

    fn given(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_header_is_read_and_values_are_bound() -> Result<(), QueryError> {
        let query = Query::parse("totals", TEXT)?;
        assert_eq!((query.title.as_str(), query.group.as_str()), ("Totals", "Credit"));
        assert_eq!(query.chart.as_ref().map(|chart| chart.y.len()), Some(2));
        let statement = query.bind(Dialect::DuckDb, &given(&[("account", "12'; DROP")]))?;
        let texts: Vec<_> = statement.values.iter().map(|value| value.text.as_deref()).collect();
        assert_eq!(texts, [Some("2015-01-01"), Some("12'; DROP")]);
        assert!(statement.render(Dialect::DuckDb, &Names::default()).sql.ends_with(
            "SELECT ':from', x::date FROM t\nWHERE d >= CAST($1 AS DATE) AND (CAST($2 AS VARCHAR) IS NULL OR a = CAST($2 AS VARCHAR))"
        ));
        assert_eq!(query.bind(Dialect::DuckDb, &given(&[]))?.values[1].text, None);
        Ok(())
    }

    #[test]
    fn an_engine_needs_the_values_of_its_own_section() -> Result<(), QueryError> {
        let text = "-- param: a text = x\n-- param: b text\nSELECT :a -- one\n-- dialect: athena\nSELECT :b";
        let query = Query::parse("q", text)?;
        let shared = query.bind(Dialect::DuckDb, &given(&[]))?;
        assert_eq!(
            shared.render(Dialect::DuckDb, &Names::default()).sql.lines().last(),
            Some("SELECT CAST($1 AS VARCHAR) -- one")
        );
        let missing = QueryError::Missing { name: "b".into(), kind: "text".into() };
        assert_eq!(query.bind(Dialect::Athena, &given(&[])), Err(missing));
        let none = Query::parse("q", "-- dialect: athena\nSELECT 1")?.bind(Dialect::DuckDb, &given(&[]));
        assert_eq!(
            none.map_err(|error| error.to_string()),
            Err("the query has no statement for duckdb".into())
        );
        Ok(())
    }

    #[test]
    fn only_declared_parameters_are_bound() -> Result<(), QueryError> {
        let text = "-- param: d date = 2015-01-01\nSELECT {'d':d}, list[:n], :other WHERE d = :d";
        let statement = Query::parse("q", text)?.bind(Dialect::DuckDb, &given(&[]))?;
        let rendered = statement.render(Dialect::DuckDb, &Names::default());
        let bound = text.replace("= :d", "= CAST($1 AS DATE)");
        assert_eq!((rendered.sql, rendered.values.len()), (bound, 1));
        Ok(())
    }

    #[test]
    fn values_are_checked() {
        let cases = [
            ("n integer", "1.5"),
            ("n decimal", "1e5"),
            ("n decimal", "1,5"),
            ("n date", "2015-2-30"),
            ("n date", "2015-2-3"),
            ("n month", "2015-13"),
            ("n boolean", "yes"),
            ("n choice(a|b)", "c"),
            ("n text", " "),
        ];
        for (declared, value) in cases {
            let parameter: Parameter = declared.parse().expect(declared);
            assert!(parameter.value(Some(value)).is_err(), "{declared} {value}");
        }
    }

    #[test]
    fn a_time_that_ends_before_it_begins_and_a_count_below_zero_are_refused() {
        let text =
            "-- param: from date\n-- param: to date\n-- param: count integer = 5\nSELECT :from, :to, :count";
        let query = Query::parse("q", text).unwrap();
        let bind = |from: &str, to: &str, count: &str| {
            let given = [("from", from), ("to", to), ("count", count)];
            let given = given.map(|(name, value)| (name.to_owned(), value.to_owned()));
            query.bind(Dialect::DuckDb, &given.into()).map(drop).map_err(|error| error.to_string())
        };
        assert_eq!(bind("2020-01-01", "2020-01-01", "0"), Ok(()));
        let reversed = "from 2020-01-02 is after to 2020-01-01, so there is no day between them";
        assert_eq!(bind("2020-01-02", "2020-01-01", "5"), Err(reversed.into()));
        assert_eq!(bind("2020-01-01", "2020-01-02", "-5"), Err("count is 0 or more, and -5 is less".into()));
    }

    #[test]
    fn a_bad_header_names_its_line() {
        for (text, line) in [
            ("-- title: x\n-- param: from", 2),
            ("-- chart: pie x=a y=b", 1),
            ("-- param: d date = soon", 1),
            ("SELECT 1\n\n-- dialect: mysql\nSELECT 2", 3),
        ] {
            match Query::parse("q", text) {
                Err(QueryError::Header { line: found, .. }) => assert_eq!(found, line, "{text}"),
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    #[test]
    fn every_built_in_query_parses_and_renders() {
        let newest = NaiveDate::from_ymd_opt(2020, 2, 29).unwrap_or_default();
        let newest =
            ["banktxn", "processed", "response", "transactions"].map(|name| (name.to_owned(), newest));
        let (queries, errors) = all(None, "SGD", &Newest::from(newest));
        assert_eq!(errors, []);
        assert_eq!(queries.len(), BUILT_IN.len());
        for query in queries {
            assert_ne!(query.group, "Mine", "{} has a group", query.name);
            let asks = |parameter: &&Parameter| !parameter.optional && parameter.default.is_none();
            let asked = query.parameters.iter().filter(asks).map(|parameter| (parameter.name.as_str(), "1"));
            let asked = given(&asked.collect::<Vec<_>>());
            assert!(asked.keys().all(|name| name == "account"), "{} runs as it is", query.name);
            for dialect in Dialect::ALL {
                query
                    .bind(dialect, &asked)
                    .unwrap_or_else(|error| panic!("{} {dialect}: {error}", query.name));
            }
            let dates = query.parameters.iter().filter(|parameter| parameter.kind == ParameterKind::Date);
            for default in dates.filter_map(|parameter| parameter.default.as_deref()) {
                assert!(("2015-02-28".."2020-03-01").contains(&default), "{}: {default}", query.name);
            }
        }
    }
}

//! A saved query: the header in its leading comments, its typed parameters, its statement.
//!
//! Values are never pasted into SQL: `:name` becomes `CAST($n AS TYPE)` and the value is bound.

mod base;
mod newest;

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::Path;
use std::str::FromStr;

use chrono::NaiveDate;

use crate::sql::{self, Kind};

/// The table whose `account_no` holds every account.
pub const ACCOUNTS: &str = "banktxn";

/// The newest date of each table of the lake, by its name in lower case.
pub type Newest = BTreeMap<String, NaiveDate>;

/// A statement ready for an engine, with the values of its `$1`, `$2`, …; `None` binds NULL.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Statement {
    pub sql: String,
    pub values: Vec<Option<String>>,
}

impl Statement {
    /// A statement without values.
    #[must_use]
    pub fn plain(sql: &str) -> Self {
        Self { sql: sql.to_owned(), values: Vec::new() }
    }
}

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
    /// The whole file, header included: what the editor shows.
    pub text: String,
}

/// A parameter of a saved query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    pub name: String,
    pub kind: ParameterKind,
    /// An optional parameter that is left empty binds NULL.
    pub optional: bool,
    /// A value, or for a date or month `newest - 1 year`, which [`Query::dated`] replaces.
    pub default: Option<String>,
}

/// The type of a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParameterKind {
    Text,
    Integer,
    Decimal,
    Date,
    /// `2019-07`, bound as the first day of the month.
    Month,
    Boolean,
    Choice(Vec<String>),
    Account,
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
    #[error("the query has no parameter {name}")]
    Unknown { name: String },
    #[error("cannot read {path}: {why}")]
    File { path: String, why: String },
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
        add(Query::parse(name, &base::renamed(text, base)));
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
        Self::parse(&stem, &text)
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
        for (index, line) in text.lines().enumerate() {
            let Some(comment) = line.trim().strip_prefix("--") else { break };
            let Some((key, value)) = comment.split_once(':') else { continue };
            let value = value.trim();
            let header = |what| QueryError::Header { file: format!("{name}.sql"), line: index + 1, what };
            match key.trim() {
                "title" => value.clone_into(&mut query.title),
                "group" => value.clone_into(&mut query.group),
                "description" => value.clone_into(&mut query.description),
                "param" => query.parameters.push(value.parse().map_err(header)?),
                "chart" => query.chart = Some(value.parse().map_err(header)?),
                _ => {}
            }
        }
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

    /// The statement with its values: those given, else the defaults.
    ///
    /// # Errors
    /// When a value is missing, is not of its parameter's type, or names no parameter.
    pub fn render(&self, given: &BTreeMap<String, String>) -> Result<Statement, QueryError> {
        if let Some(name) =
            given.keys().find(|name| !self.parameters.iter().any(|known| known.name == **name))
        {
            return Err(QueryError::Unknown { name: name.clone() });
        }
        render(&self.text, &self.parameters, given)
    }
}

/// Binds the parameters of a text: each `:name` that is declared becomes a typed placeholder. Others are the engine's:
/// `list[:last]` names a column.
///
/// # Errors
/// When a value is missing or malformed.
pub fn render(
    text: &str,
    parameters: &[Parameter],
    given: &BTreeMap<String, String>,
) -> Result<Statement, QueryError> {
    let (places, order) = placeholders(text, parameters);
    let mut statement = Statement::default();
    for parameter in order {
        statement.values.push(parameter.value(given.get(&parameter.name).map(String::as_str))?);
    }
    let mut copied = 0;
    for (range, placeholder) in places {
        statement.sql.push_str(&text[copied..range.start]);
        statement.sql.push_str(&placeholder);
        copied = range.end;
    }
    statement.sql.push_str(&text[copied..]);
    Ok(statement)
}

/// The column of a text, in characters, at which a column of the line that [`render`] made of it stands; both count
/// from 0. Lines keep their numbers.
#[must_use]
pub fn column_in_text(text: &str, parameters: &[Parameter], line: usize, column: usize) -> usize {
    let (places, _) = placeholders(text, parameters);
    let start = text.split_inclusive('\n').take(line).map(str::len).sum::<usize>();
    let end = text[start..].find('\n').map_or(text.len(), |length| start + length);
    let (mut done, mut rendered) = (start, 0);
    for (range, placeholder) in places.into_iter().filter(|(range, _)| (start..end).contains(&range.start)) {
        let between = text[done..range.start].chars().count();
        if column < rendered + between {
            break;
        }
        if column < rendered + between + placeholder.len() {
            return text[start..range.start].chars().count();
        }
        rendered += between + placeholder.len();
        done = range.end;
    }
    text[start..done].chars().count() + column - rendered
}

/// The places of the parameters with what stands there for the engine, and the parameters in the order of `$1`, `$2`.
fn placeholders<'a>(
    text: &str,
    parameters: &'a [Parameter],
) -> (Vec<(Range<usize>, String)>, Vec<&'a Parameter>) {
    let mut places = Vec::new();
    let mut order: Vec<&Parameter> = Vec::new();
    for token in sql::tokens(text).into_iter().filter(|token| token.kind == Kind::Parameter) {
        let name = &text[token.range.start + 1..token.range.end];
        let Some(parameter) = parameters.iter().find(|parameter| parameter.name == name) else { continue };
        let known = order.iter().position(|known| known.name == name);
        let place = known.unwrap_or_else(|| {
            order.push(parameter);
            order.len() - 1
        });
        places.push((token.range, format!("CAST(${} AS {})", place + 1, parameter.kind.sql_type())));
    }
    (places, order)
}

impl Parameter {
    /// The text to bind: what was given, else the default, checked; `None` is NULL.
    ///
    /// # Errors
    /// When nothing is given and there is no default, or the text is not of the type.
    pub fn value(&self, given: Option<&str>) -> Result<Option<String>, QueryError> {
        let text = given.or(self.default.as_deref()).map(str::trim).filter(|text| !text.is_empty());
        let Some(text) = text else {
            let missing = || QueryError::Missing { name: self.name.clone(), kind: self.kind.label() };
            return if self.optional { Ok(None) } else { Err(missing()) };
        };
        self.kind.check(text).map(Some).ok_or_else(|| QueryError::Value {
            name: self.name.clone(),
            kind: self.kind.label(),
            value: text.to_owned(),
        })
    }
}

impl ParameterKind {
    /// The SQL type the value is cast to.
    #[must_use]
    pub fn sql_type(&self) -> &'static str {
        match self {
            Self::Text | Self::Choice(_) | Self::Account => "VARCHAR",
            Self::Integer => "BIGINT",
            Self::Decimal => "DECIMAL(38,10)",
            Self::Date | Self::Month => "DATE",
            Self::Boolean => "BOOLEAN",
        }
    }

    /// The type's name for a person.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::Text => "text".into(),
            Self::Integer => "integer".into(),
            Self::Decimal => "decimal".into(),
            Self::Date => "date (YYYY-MM-DD)".into(),
            Self::Month => "month (YYYY-MM)".into(),
            Self::Boolean => "boolean".into(),
            Self::Choice(options) => options.join(" | "),
            Self::Account => "account".into(),
        }
    }

    /// The text as it is bound, or nothing when it is not of this type.
    fn check(&self, text: &str) -> Option<String> {
        let valid = match self {
            Self::Text | Self::Account => true,
            Self::Integer => text.parse::<i64>().is_ok(),
            Self::Decimal => is_decimal(text),
            Self::Date => text.len() == 10 && NaiveDate::from_str(text).is_ok(),
            Self::Month => {
                let first = format!("{text}-01");
                return (first.len() == 10 && NaiveDate::from_str(&first).is_ok()).then_some(first);
            }
            Self::Boolean => matches!(text, "true" | "false"),
            Self::Choice(options) => options.iter().any(|option| option == text),
        };
        valid.then(|| text.to_owned())
    }
}

fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    all_digits(whole) && all_digits(fraction) && whole.len() <= 28 && fraction.len() <= 10
}

impl FromStr for Parameter {
    type Err = String;

    /// `from date = 2015-01-01`, `account text?`, `side choice(in|out) = in`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (left, default) = match text.split_once('=') {
            Some((left, default)) => (left.trim(), Some(default.trim().to_owned())),
            None => (text.trim(), None),
        };
        let Some((name, kind)) = left.split_once(char::is_whitespace) else {
            return Err(format!("a parameter is written `name type`, not {left:?}"));
        };
        let (kind, optional) =
            kind.trim().strip_suffix('?').map_or((kind.trim(), false), |kind| (kind, true));
        let kind = match kind {
            "text" => ParameterKind::Text,
            "integer" => ParameterKind::Integer,
            "decimal" => ParameterKind::Decimal,
            "date" => ParameterKind::Date,
            "month" => ParameterKind::Month,
            "boolean" => ParameterKind::Boolean,
            "account" => ParameterKind::Account,
            other => match other.strip_prefix("choice(").and_then(|rest| rest.strip_suffix(')')) {
                Some(options) => {
                    ParameterKind::Choice(options.split('|').map(|it| it.trim().to_owned()).collect())
                }
                None => return Err(format!("unknown parameter type {other:?}")),
            },
        };
        let parameter = Self { name: name.to_owned(), kind, optional, default };
        let of_time = matches!(parameter.kind, ParameterKind::Date | ParameterKind::Month);
        let counts = parameter.default.as_deref().and_then(newest::Back::parse).is_some();
        if parameter.default.is_some() && !(of_time && counts) {
            parameter.value(None).map_err(|error| error.to_string())?;
        }
        Ok(parameter)
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

    const TEXT: &str = "-- title: Totals\n-- group: Credit\n-- param: from date = 2015-01-01\n\
        -- param: account account?\n-- chart: bar x=a y=b,c\nSELECT ':from', x::date FROM t\n\
        WHERE d >= :from AND (:account IS NULL OR a = :account)";

    fn given(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_place_in_the_statement_is_found_in_the_text() {
        let text = "-- param: from date = 2019-01-01\n-- param: a_name_longer_than_its_placeholder text?\n\
                    SELECT é, :from, :a_name_longer_than_its_placeholder, oops, :from + x";
        let query = Query::parse("q", text).expect("it parses");
        let rendered = query.render(&BTreeMap::new()).expect("it renders").sql;
        for word in ["é", "oops", "x"] {
            let line = rendered.lines().nth(2).expect("the statement");
            let column = line[..line.rfind(word).expect("it is there")].chars().count();
            let line = text.lines().nth(2).expect("the statement");
            let wanted = line[..line.rfind(word).expect("it is there")].chars().count();
            assert_eq!(column_in_text(text, &query.parameters, 2, column), wanted, "{word}");
        }
        assert_eq!(column_in_text(text, &query.parameters, 2, 15), 10, "inside a placeholder is at its name");
    }

    #[test]
    fn a_header_is_read_and_values_are_bound() -> Result<(), QueryError> {
        let query = Query::parse("totals", TEXT)?;
        assert_eq!((query.title.as_str(), query.group.as_str()), ("Totals", "Credit"));
        assert_eq!(query.chart.as_ref().map(|chart| chart.y.len()), Some(2));
        let statement = query.render(&given(&[("account", "12'; DROP")]))?;
        assert_eq!(statement.values, [Some("2015-01-01".to_owned()), Some("12'; DROP".to_owned())]);
        assert!(statement.sql.ends_with(
            "SELECT ':from', x::date FROM t\nWHERE d >= CAST($1 AS DATE) AND (CAST($2 AS VARCHAR) IS NULL OR a = CAST($2 AS VARCHAR))"
        ));
        assert_eq!(query.render(&given(&[]))?.values[1], None);
        Ok(())
    }

    #[test]
    fn only_declared_parameters_are_bound() -> Result<(), QueryError> {
        let text = "-- param: d date = 2015-01-01\nSELECT {'d':d}, list[:n], :other WHERE d = :d";
        let statement = Query::parse("q", text)?.render(&given(&[]))?;
        let bound = text.replace("= :d", "= CAST($1 AS DATE)");
        assert_eq!((statement.sql, statement.values.len()), (bound, 1));
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
    fn a_bad_header_names_its_line() {
        for (text, line) in
            [("-- title: x\n-- param: from", 2), ("-- chart: pie x=a y=b", 1), ("-- param: d date = soon", 1)]
        {
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
            query.render(&asked).unwrap_or_else(|error| panic!("{}: {error}", query.name));
            let dates = query.parameters.iter().filter(|parameter| parameter.kind == ParameterKind::Date);
            for default in dates.filter_map(|parameter| parameter.default.as_deref()) {
                assert!(("2015-02-28".."2020-03-01").contains(&default), "{}: {default}", query.name);
            }
        }
    }
}

//! A statement of DuckDB's SQL in the words of another engine, for a person to read and edit: never sent unseen.
//!
//! Only what means the same there is rewritten. What is left, and the words that are known to mean something else there,
//! are named above the statement. Comments are left out.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::ops::ControlFlow;

use sqlparser::ast::{
    CastKind, CharacterLength, DataType, DateTimeField, ExactNumberInfo, Expr, Fetch, FunctionArg,
    FunctionArgExpr, FunctionArgumentList, FunctionArguments, Ident, LimitClause, Query, Select,
    SelectFlavor, SelectItem, SetExpr, Statement, TableFactor, TimezoneInfo, Value, Visit, VisitMut, Visitor,
    VisitorMut, WildcardAdditionalOptions,
};
use sqlparser::dialect::DuckDbDialect;
use sqlparser::parser::{Parser, ParserError, ParserOptions};

use super::{Dialect, ForeignWord, foreign, foreign_words};
use crate::sql::{self, MOST_WORDS};

/// Functions of DuckDB that are the same under another name, and what Trino and Redshift call them.
const FUNCTIONS: &[(&str, Option<&str>, Option<&str>)] = &[
    ("epoch", Some("to_unixtime"), None),
    ("ifnull", Some("coalesce"), Some("coalesce")),
    ("list", Some("array_agg"), None),
    ("nvl", Some("coalesce"), None),
];

/// Words that Trino has too and that mean something else there.
const OTHER_IN_TRINO: foreign::Words = &[
    ("/", "7 / 2 is 3, and decimals keep few places: 2.00 / 3 is 0.67"),
    ("AVG (", "the mean of decimals keeps their places: of 0.01 and 0.02 it is 0.02"),
    ("CONCAT (", "one NULL makes it NULL"),
    ("DATE_DIFF (", "it counts whole units: from 31 January to 1 February is no month"),
    ("EXTRACT ( DOW", "Sunday is 7"),
    ("GREATEST (", "one NULL makes it NULL"),
    ("LEAST (", "one NULL makes it NULL"),
    ("AS TIMESTAMP", "it has milliseconds: write TIMESTAMP(6)"),
];

/// The same of Redshift.
const OTHER_IN_REDSHIFT: foreign::Words = &[
    ("/", "7 / 2 is 3, and decimals keep few places"),
    ("AVG (", "the mean of decimals keeps few places"),
    ("CONCAT (", "one NULL makes it NULL"),
    ("DESC", "NULLs come first: write NULLS LAST"),
    ("~", "it looks for a part of the text"),
];

/// The column that tells which rows of a subquery stay.
const KEPT: &str = "is_kept";

/// Bytes of the longest text of Redshift; a VARCHAR without a length has 256, and a cast cuts.
const LONGEST_TEXT: u64 = 65_535;

/// The statement in the words of an engine, below a line that says so and one for each thing to look at.
///
/// # Errors
/// Why it cannot be translated, in a sentence.
pub fn translated(text: &str, to: Dialect) -> Result<String, String> {
    let not = |why: &dyn std::fmt::Display| format!("the statement cannot be translated: {why}");
    if sql::tokens(text).len() > MOST_WORDS {
        return Err(not(&"it is too long"));
    }
    let mut statements = parsed(text).map_err(|error| not(&error))?;
    let [statement] = statements.as_mut_slice() else {
        return Err("one statement at a time is translated".into());
    };
    let mut words = Words { to, has_line_break: false };
    let _ = VisitMut::visit(statement, &mut words);
    // In lines of its own, unless a text is a line break, which would be moved too.
    let statement = if words.has_line_break { statement.to_string() } else { format!("{statement:#}") };
    let mut all = format!("-- translated from DuckDB's SQL for {to}: read it before it runs\n");
    for found in foreign_words(&statement, to) {
        let _ = writeln!(all, "-- not translated: {}; instead: {}", found.shown(), found.instead);
    }
    let others = match to {
        Dialect::DuckDb => &[],
        Dialect::Trino | Dialect::Athena => OTHER_IN_TRINO,
        Dialect::Redshift => OTHER_IN_REDSHIFT,
    };
    for found in ForeignWord::once(foreign::words(&statement, &[others])) {
        let _ = writeln!(all, "-- not the same there: {}; {}", found.shown(), found.instead);
    }
    Ok(all + &statement)
}

/// The statements of a text, whose texts stay as they are written.
fn parsed(text: &str) -> Result<Vec<Statement>, ParserError> {
    let options = ParserOptions::new().with_unescape(false);
    Parser::new(&DuckDbDialect {}).with_options(options).try_with_sql(text)?.parse_statements()
}

struct Words {
    to: Dialect,
    /// A text of the statement is nothing but a line break.
    has_line_break: bool,
}

impl Words {
    fn is_trino(&self) -> bool {
        matches!(self.to, Dialect::Trino | Dialect::Athena)
    }

    /// What DuckDB takes a type for.
    fn data_type(&self, data_type: &mut DataType) {
        let text = || {
            let length = CharacterLength::IntegerLength { length: LONGEST_TEXT, unit: None };
            DataType::Varchar((self.to == Dialect::Redshift).then_some(length))
        };
        let new = match data_type {
            DataType::Text | DataType::String(_) | DataType::Varchar(None) => text(),
            DataType::Decimal(ExactNumberInfo::None)
            | DataType::Numeric(ExactNumberInfo::None)
            | DataType::Dec(ExactNumberInfo::None) => decimal(18, 3),
            DataType::HugeInt => decimal(38, 0),
            DataType::UBigInt => decimal(20, 0),
            DataType::Timestamp(precision, TimezoneInfo::Tz) => {
                DataType::Timestamp(*precision, TimezoneInfo::WithTimeZone)
            }
            _ => return,
        };
        *data_type = new;
    }

    fn interval(&self, value: &mut Expr, unit: &mut Option<DateTimeField>) {
        let Expr::Value(number) = &*value else { return };
        let (Value::Number(number, _) | Value::SingleQuotedString(number)) = &number.value else { return };
        let number = number.clone();
        let text = match unit {
            // Redshift reads the unit in the text.
            Some(field) if !self.is_trino() => format!("{number} {}", field.to_string().to_lowercase()),
            _ => number,
        };
        *unit = unit.take().filter(|_| self.is_trino()).map(|field| match field {
            DateTimeField::Years => DateTimeField::Year,
            DateTimeField::Months => DateTimeField::Month,
            DateTimeField::Days => DateTimeField::Day,
            DateTimeField::Hours => DateTimeField::Hour,
            DateTimeField::Minutes => DateTimeField::Minute,
            DateTimeField::Seconds => DateTimeField::Second,
            other => other,
        });
        *value = Expr::value(Value::SingleQuotedString(text));
    }

    /// Athena reads a bare decimal as a float.
    fn exact(&self, value: &Value) -> Option<Expr> {
        let Value::Number(number, _) = value else { return None };
        let (whole, places) = number.split_once('.').filter(|_| self.to == Dialect::Athena)?;
        if !(whole.to_owned() + places).bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let scale = places.len() as u64;
        let text = Value::SingleQuotedString(number.clone());
        Some(Expr::Cast {
            kind: CastKind::Cast,
            expr: Box::new(Expr::value(text)),
            data_type: decimal((whole.len() as u64 + scale).max(1), i64::try_from(scale).ok()?),
            format: None,
        })
    }
}

impl VisitorMut for Words {
    type Break = ();

    fn post_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        if !self.is_trino() {
            return ControlFlow::Continue(());
        }
        // OFFSET stands before what limits, which is at least one row there.
        if query.fetch.is_none()
            && let Some(LimitClause::LimitOffset { limit: limit @ Some(_), offset: Some(_), limit_by }) =
                &mut query.limit_clause
            && limit_by.is_empty()
            && limit.as_ref().is_some_and(|limit| limit.to_string() != "0")
        {
            query.fetch = Some(Fetch { with_ties: false, percent: false, quantity: limit.take() });
        }
        // What rows are ordered by may be gone outside of the subquery.
        if query.order_by.is_none()
            && let SetExpr::Select(select) = &mut *query.body
            && let Some(outside) = without_qualify(select)
        {
            **select = outside;
        }
        ControlFlow::Continue(())
    }

    fn post_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        if select.flavor == SelectFlavor::FromFirstNoSelect {
            select.projection = vec![SelectItem::Wildcard(WildcardAdditionalOptions::default())];
        }
        select.flavor = SelectFlavor::Standard;
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        match expr {
            Expr::Cast { kind, data_type, .. } => {
                if *kind == CastKind::DoubleColon && self.is_trino() {
                    *kind = CastKind::Cast;
                }
                self.data_type(data_type);
            }
            Expr::Array(array) => array.named = true,
            Expr::Interval(interval) => self.interval(&mut interval.value, &mut interval.leading_field),
            Expr::ILike { any: false, expr: text, pattern, negated, escape_char: None }
                if self.is_trino() =>
            {
                let lower = |of: &Expr| Box::new(called("lower", of.clone()));
                let negated = *negated;
                *expr = Expr::Like {
                    negated,
                    any: false,
                    expr: lower(text),
                    pattern: lower(pattern),
                    escape_char: None,
                };
            }
            Expr::Value(value) => {
                let line_break = matches!(&value.value, Value::SingleQuotedString(text) if text == "\n");
                self.has_line_break |= line_break;
                if let Some(exact) = self.exact(&value.value) {
                    *expr = exact;
                }
            }
            Expr::Function(function) => {
                let name = function.name.to_string();
                let known = FUNCTIONS.iter().find(|(of, ..)| name.eq_ignore_ascii_case(of));
                let new =
                    known.and_then(|(_, trino, redshift)| if self.is_trino() { *trino } else { *redshift });
                if let Some(new) = new {
                    function.name = Ident::new(new).into();
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

fn decimal(digits: u64, scale: i64) -> DataType {
    DataType::Decimal(ExactNumberInfo::PrecisionAndScale(digits, scale))
}

fn called(name: &str, argument: Expr) -> Expr {
    let args = vec![FunctionArg::Unnamed(FunctionArgExpr::Expr(argument))];
    let args = FunctionArgumentList { duplicate_treatment: None, args, clauses: Vec::new() };
    Expr::Function(sqlparser::ast::Function {
        name: Ident::new(name).into(),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(args),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

/// A subquery that tells which rows stay, and around it what selects them: where each column has a name of its own, and
/// what decides names none that the list makes.
fn without_qualify(select: &mut Select) -> Option<Select> {
    if select.qualify.is_none() || select.distinct.is_some() || !select.named_window.is_empty() {
        return None;
    }
    let name = |item: &SelectItem| match item {
        SelectItem::UnnamedExpr(Expr::Identifier(name)) | SelectItem::ExprWithAlias { alias: name, .. } => {
            Some(name.clone())
        }
        SelectItem::UnnamedExpr(Expr::CompoundIdentifier(names)) => names.last().cloned(),
        _ => None,
    };
    let names: Vec<_> = select.projection.iter().map(name).collect::<Option<_>>()?;
    let of_list: HashSet<_> = names.iter().map(|name| name.value.to_lowercase()).collect();
    let made = select.projection.iter().filter_map(|item| match item {
        SelectItem::ExprWithAlias { alias, .. } => Some(alias.value.to_lowercase()),
        _ => None,
    });
    let mut made = Named { made: made.collect(), is_named: false };
    let _ = select.qualify.visit(&mut made);
    if of_list.len() < names.len() || made.is_named {
        return None;
    }
    let list = names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let outside = format!("SELECT {list} FROM (SELECT 1) AS rows_of WHERE {KEPT}");
    let mut statements = parsed(&outside).ok()?;
    let Some(Statement::Query(query)) = statements.pop() else { return None };
    let SetExpr::Select(mut outside) = *query.body else { return None };
    let mut inside = select.clone();
    let alias = Ident::new(KEPT);
    inside.projection.push(SelectItem::ExprWithAlias { expr: inside.qualify.take()?, alias });
    if let Some(TableFactor::Derived { subquery, .. }) =
        outside.from.first_mut().map(|table| &mut table.relation)
    {
        *subquery.body = SetExpr::Select(Box::new(inside));
    }
    Some(*outside)
}

/// Whether an expression names what a list makes.
struct Named {
    made: HashSet<String>,
    is_named: bool,
}

impl Visitor for Named {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if let Expr::Identifier(name) = expr {
            self.is_named |= self.made.contains(&name.value.to_lowercase());
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The statement in one line, and how many lines stand above it beside the first, which is always the same.
    fn short(text: &str, to: Dialect) -> Result<(String, usize), String> {
        let text = translated(text, to)?;
        let (first, rest) = text.split_once('\n').unwrap();
        assert_eq!(first, format!("-- translated from DuckDB's SQL for {to}: read it before it runs"));
        let notes = rest.lines().filter(|line| line.starts_with("--")).count();
        let body: Vec<_> = rest.lines().filter(|line| !line.starts_with("--")).map(str::trim).collect();
        Ok((body.join(" "), notes))
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table of cases")]
    fn words_of_duckdb_become_those_of_the_engine() {
        use Dialect::{Athena, Redshift, Trino};
        let cases = [
            ("SELECT a::INT FROM t", Athena, "SELECT CAST(a AS INT) FROM t", 0),
            ("FROM t", Trino, "SELECT * FROM t", 0),
            (
                "SELECT a FROM t LIMIT 10 OFFSET 5",
                Trino,
                "SELECT a FROM t OFFSET 5 FETCH FIRST 10 ROWS ONLY",
                0,
            ),
            ("SELECT a FROM t LIMIT 10 OFFSET 5", Redshift, "SELECT a FROM t LIMIT 10 OFFSET 5", 0),
            (
                "SELECT a FROM t WHERE d BETWEEN :from AND :to AND b NOT ILIKE 'x%'",
                Athena,
                "SELECT a FROM t WHERE d BETWEEN :from AND :to AND lower(b) NOT LIKE lower('x%')",
                0,
            ),
            ("SELECT d + INTERVAL 1 DAY FROM t", Trino, "SELECT d + INTERVAL '1' DAY FROM t", 0),
            ("SELECT d + INTERVAL 1 DAY FROM t", Redshift, "SELECT d + INTERVAL '1 day' FROM t", 0),
            (
                "SELECT list(c), [1, 2], CAST(d AS STRING), e::HUGEINT, f::DECIMAL FROM t",
                Trino,
                "SELECT array_agg(c), ARRAY[1, 2], CAST(d AS VARCHAR), CAST(e AS DECIMAL(38,0)), CAST(f AS DECIMAL(18,3)) FROM t",
                0,
            ),
            (
                "SELECT SUM(a::DECIMAL(18,2)) * 0.1 FROM \"pyspark-database\".\"processed\"",
                Redshift,
                "SELECT SUM(a::DECIMAL(18,2)) * 0.1 FROM \"pyspark-database\".\"processed\"",
                0,
            ),
            (
                "WITH w AS (SELECT t.a, b AS c FROM t QUALIFY ROW_NUMBER() OVER (PARTITION BY a ORDER BY b) = 1) SELECT * FROM w ORDER BY a",
                Trino,
                "WITH w AS ( SELECT a, c FROM ( SELECT t.a, b AS c, ROW_NUMBER() OVER (PARTITION BY a ORDER BY b) = 1 AS is_kept FROM t ) AS rows_of WHERE is_kept ) SELECT * FROM w ORDER BY a",
                0,
            ),
            (
                "SELECT SUM(a) * 0.01, 1.5e3 FROM t",
                Athena,
                "SELECT SUM(a) * CAST('0.01' AS DECIMAL(3,2)), 1.5e3 FROM t",
                0,
            ),
            ("SELECT SUM(a) * 0.01 FROM t", Trino, "SELECT SUM(a) * 0.01 FROM t", 0),
            ("SELECT CAST(a AS TEXT) FROM t", Redshift, "SELECT CAST(a AS VARCHAR(65535)) FROM t", 0),
            ("SELECT d + INTERVAL 2 MONTHS FROM t", Trino, "SELECT d + INTERVAL '2' MONTH FROM t", 0),
            // A text stays as it is written.
            ("SELECT 'a''''b', replace(x, '\n', ' ')", Trino, "SELECT 'a''''b', replace(x, ' ', ' ')", 0),
            // What cannot be told by its words alone is left, and named.
            (
                "SELECT a FROM t WHERE b ILIKE 'aX%' ESCAPE 'X'",
                Trino,
                "SELECT a FROM t WHERE b ILIKE 'aX%' ESCAPE 'X'",
                1,
            ),
            ("SELECT arg_max(a, b) FROM t", Trino, "SELECT arg_max(a, b) FROM t", 1),
            (
                "SELECT a, ROW_NUMBER() OVER (ORDER BY b) AS rn FROM t QUALIFY rn = 1",
                Trino,
                "SELECT a, ROW_NUMBER() OVER ( ORDER BY b ) AS rn FROM t QUALIFY rn = 1",
                1,
            ),
            (
                "SELECT a FROM t QUALIFY COUNT(*) OVER () = 1 ORDER BY b",
                Trino,
                "SELECT a FROM t QUALIFY COUNT(*) OVER () = 1 ORDER BY b",
                1,
            ),
            ("SELECT a FROM t ORDER BY a DESC", Redshift, "SELECT a FROM t ORDER BY a DESC", 1),
            ("SELECT AVG(a), GREATEST(b, c) FROM t", Trino, "SELECT AVG(a), GREATEST(b, c) FROM t", 2),
            (
                "SELECT * FROM t QUALIFY ROW_NUMBER() OVER (ORDER BY a) = 1",
                Trino,
                "SELECT * FROM t QUALIFY ROW_NUMBER() OVER (ORDER BY a) = 1",
                1,
            ),
            ("SELECT a / b FROM t", Trino, "SELECT a / b FROM t", 1),
            ("SELECT MEDIAN(b) FROM t GROUP BY ALL", Trino, "SELECT MEDIAN(b) FROM t GROUP BY ALL", 2),
        ];
        for (text, to, expected, notes) in cases {
            let (found, count) = short(text, to).unwrap();
            let found = found.split_whitespace().collect::<Vec<_>>().join(" ");
            assert_eq!((found.as_str(), count), (expected, notes), "{text}");
        }
    }

    #[test]
    fn what_is_not_understood_is_refused_in_a_sentence() {
        for text in ["SELECT * FORM t", "SELECT 1; SELECT 2", "", "SELECT 'open"] {
            assert!(translated(text, Dialect::Trino).is_err(), "{text}");
        }
        let deep = format!("SELECT {}1{}", "(".repeat(5_000), ")".repeat(5_000));
        assert!(translated(&deep, Dialect::Trino).is_err());
    }
}

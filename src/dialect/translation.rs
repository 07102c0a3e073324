//! A statement of DuckDB's SQL in the words of another engine, for a person to read and edit: never sent unseen.
//!
//! Only what means the same there is rewritten; all else stays as it was and is named above the statement. Comments are
//! left out.

use std::fmt::Write as _;
use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, CastKind, DataType, Expr, Fetch, FunctionArg, FunctionArgExpr, FunctionArgumentList,
    FunctionArguments, Ident, LimitClause, Query, Select, SelectFlavor, SelectItem, SetExpr, Statement,
    TimezoneInfo, Value, VisitMut, VisitorMut,
};
use sqlparser::dialect::DuckDbDialect;
use sqlparser::parser::Parser;

use super::{Dialect, foreign_words};

/// Functions of DuckDB with the same arguments, and what Trino and Redshift call them; none where it has no such.
const FUNCTIONS: &[(&str, Option<&str>, Option<&str>)] = &[
    ("arg_max", Some("max_by"), None),
    ("arg_min", Some("min_by"), None),
    ("epoch", Some("to_unixtime"), None),
    ("ifnull", Some("coalesce"), Some("coalesce")),
    ("len", Some("length"), None),
    ("list", Some("array_agg"), None),
    ("nvl", Some("coalesce"), None),
];

/// The column that tells which rows of a subquery stay.
const KEPT: &str = "is_kept";

/// The statement in the words of an engine, below a line that says so and one for each thing that is left.
///
/// # Errors
/// Why it cannot be translated, in a sentence.
pub fn translated(text: &str, to: Dialect) -> Result<String, String> {
    let not = |why: &dyn std::fmt::Display| format!("the statement cannot be translated: {why}");
    let mut statements = Parser::parse_sql(&DuckDbDialect {}, text).map_err(|error| not(&error))?;
    let [statement] = statements.as_mut_slice() else {
        return Err("one statement at a time is translated".into());
    };
    let mut words = Words { to, divides: false };
    let _ = VisitMut::visit(statement, &mut words);
    let statement = format!("{statement:#}");
    let mut all = format!("-- translated from DuckDB's SQL for {to}: read it before it runs\n");
    for found in foreign_words(&statement, to) {
        let _ = writeln!(all, "-- not translated: {}; instead: {}", found.shown(), found.instead);
    }
    if words.divides && to != Dialect::DuckDb {
        all.push_str("-- not translated: /; there it divides whole numbers to whole numbers, 7 / 2 is 3\n");
    }
    Ok(all + &statement)
}

struct Words {
    to: Dialect,
    /// The statement divides.
    divides: bool,
}

impl Words {
    fn is_trino(&self) -> bool {
        matches!(self.to, Dialect::Trino | Dialect::Athena)
    }

    fn data_type(data_type: &mut DataType) {
        let new = match data_type {
            DataType::Text | DataType::String(_) => DataType::Varchar(None),
            DataType::HugeInt => decimal(38),
            DataType::UBigInt => decimal(20),
            DataType::Timestamp(precision, TimezoneInfo::Tz) => {
                DataType::Timestamp(*precision, TimezoneInfo::WithTimeZone)
            }
            _ => return,
        };
        *data_type = new;
    }

    fn interval(&self, value: &mut Expr, unit: &mut Option<sqlparser::ast::DateTimeField>) {
        let Expr::Value(number) = &*value else { return };
        let Value::Number(number, _) = &number.value else { return };
        let text = match unit {
            // Redshift reads the unit in the text.
            Some(field) if !self.is_trino() => format!("{number} {}", field.to_string().to_lowercase()),
            _ => number.clone(),
        };
        if !self.is_trino() {
            *unit = None;
        }
        *value = Expr::value(Value::SingleQuotedString(text));
    }
}

impl VisitorMut for Words {
    type Break = ();

    /// Trino wants OFFSET before what limits.
    fn post_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        if self.is_trino()
            && query.fetch.is_none()
            && let Some(LimitClause::LimitOffset { limit: limit @ Some(_), offset: Some(_), limit_by }) =
                &mut query.limit_clause
            && limit_by.is_empty()
        {
            query.fetch = Some(Fetch { with_ties: false, percent: false, quantity: limit.take() });
        }
        ControlFlow::Continue(())
    }

    fn post_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        if select.flavor == SelectFlavor::FromFirstNoSelect {
            let star = sqlparser::ast::WildcardAdditionalOptions::default();
            select.projection = vec![SelectItem::Wildcard(star)];
        }
        select.flavor = SelectFlavor::Standard;
        if self.is_trino()
            && let Some(outside) = without_qualify(select)
        {
            *select = outside;
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        match expr {
            Expr::Cast { kind, data_type, .. } => {
                if *kind == CastKind::DoubleColon && self.is_trino() {
                    *kind = CastKind::Cast;
                }
                Self::data_type(data_type);
            }
            Expr::Array(array) => array.named = true,
            Expr::Interval(interval) => self.interval(&mut interval.value, &mut interval.leading_field),
            Expr::ILike { any: false, expr: text, pattern, negated, escape_char } if self.is_trino() => {
                let lower = |of: &Expr| Box::new(called("lower", of.clone()));
                let (negated, escape_char) = (*negated, escape_char.take());
                *expr = Expr::Like {
                    negated,
                    any: false,
                    expr: lower(text),
                    pattern: lower(pattern),
                    escape_char,
                };
            }
            Expr::BinaryOp { op: BinaryOperator::Divide, .. } => self.divides = true,
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

fn decimal(digits: u64) -> DataType {
    DataType::Decimal(sqlparser::ast::ExactNumberInfo::PrecisionAndScale(digits, 0))
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

/// A subquery that tells which rows stay, and around it what selects them, where each column has a name of its own.
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
    let list = names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let outside = format!("SELECT {list} FROM (SELECT 1) AS rows_of WHERE {KEPT}");
    let mut statements = Parser::parse_sql(&DuckDbDialect {}, &outside).ok()?;
    let Some(Statement::Query(query)) = statements.pop() else { return None };
    let SetExpr::Select(mut outside) = *query.body else { return None };
    let mut inside = select.clone();
    let alias = Ident::new(KEPT);
    inside.projection.push(SelectItem::ExprWithAlias { expr: inside.qualify.take()?, alias });
    if let Some(sqlparser::ast::TableFactor::Derived { subquery, .. }) =
        outside.from.first_mut().map(|table| &mut table.relation)
    {
        *subquery.body = SetExpr::Select(Box::new(inside));
    }
    Some(*outside)
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
                "SELECT arg_max(a, b), list(c), [1, 2], CAST(d AS STRING), e::HUGEINT FROM t",
                Trino,
                "SELECT max_by(a, b), array_agg(c), ARRAY[1, 2], CAST(d AS VARCHAR), CAST(e AS DECIMAL(38,0)) FROM t",
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
            // What cannot be told by its words alone is left, and named.
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

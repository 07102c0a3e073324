//! Which tables a statement reads, how often, and what it asks of their columns: from its syntax alone.
//!
//! A query named by WITH is read again wherever it is named, as the engine does it.

use std::collections::{BTreeSet, HashMap};
use std::ops::ControlFlow;
use std::rc::Rc;

use sqlparser::ast::{
    BinaryOperator, Expr, Ident, InTarget, ObjectName, Query, Select, SelectItem, SetExpr, Statement,
    TableFactor, Value, Visit, Visitor,
};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;

/// All that a statement reads.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) scans: Vec<Scan>,
    /// Every name in it, in lower case: a column that is not among them is not read, unless by `*`.
    pub(super) names: BTreeSet<String>,
    /// A query that reads its own rows, nobody knows how often.
    pub(super) is_recursive: bool,
}

/// A table that is read once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scan {
    /// The parts of its name, in lower case.
    pub(super) table: Vec<String>,
    pub(super) has_star: bool,
    /// All of them hold for each row that counts.
    pub(super) tests: Vec<Test>,
}

/// A comparison of a column with values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Test {
    pub(super) column: String,
    pub(super) is: Is,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Is {
    OneOf(Vec<String>),
    /// From one value to the other; the flags say whether the ends count.
    Within(Option<(String, bool)>, Option<(String, bool)>),
}

/// What a statement reads; none when its syntax is not understood.
pub(super) fn of(sql: &str) -> Option<Reading> {
    let statements = Parser::parse_sql(&GenericDialect {}, sql).ok()?;
    let [statement] = statements.as_slice() else { return None };
    let mut names = Names::default();
    let _ = statement.visit(&mut names);
    let mut finder = Finder::default();
    let _ = statement.visit(&mut finder);
    let is_free = matches!(statement, Statement::Explain { analyze: false, .. });
    let scans = if is_free { Vec::new() } else { finder.scans };
    Some(Reading { scans, names: names.0, is_recursive: finder.is_recursive })
}

#[derive(Default)]
struct Names(BTreeSet<String>);

impl Visitor for Names {
    type Break = ();

    fn pre_visit_ident(&mut self, ident: &Ident) -> ControlFlow<()> {
        self.0.insert(ident.value.to_lowercase());
        ControlFlow::Continue(())
    }
}

/// Queries that have a name, with what each reads.
type Scope = HashMap<String, Rc<Vec<Scan>>>;

#[derive(Default)]
struct Finder {
    scope: Scope,
    /// Queries around what is visited; those below the first are found with it.
    depth: usize,
    /// Of the select that is visited.
    tests: Vec<(Option<String>, Test)>,
    has_star: bool,
    scans: Vec<Scan>,
    is_recursive: bool,
}

impl Finder {
    fn query(&mut self, query: &Query) {
        let mut inner = Self { scope: self.scope.clone(), ..Self::default() };
        for named in query.with.iter().flat_map(|with| &with.cte_tables) {
            let mut own = Self { scope: inner.scope.clone(), ..Self::default() };
            own.query(&named.query);
            let is_recursive = query.with.as_ref().is_some_and(|with| with.recursive);
            inner.is_recursive |= own.is_recursive || is_recursive;
            inner.scope.insert(named.alias.name.value.to_lowercase(), Rc::new(own.scans));
        }
        inner.tables(&query.body);
        let _ = query.body.visit(&mut inner);
        let _ = query.order_by.visit(&mut inner);
        self.scans.append(&mut inner.scans);
        self.is_recursive |= inner.is_recursive;
    }

    /// `TABLE t`, which no visitor sees.
    fn tables(&mut self, body: &SetExpr) {
        match body {
            SetExpr::SetOperation { left, right, .. } => {
                self.tables(left);
                self.tables(right);
            }
            SetExpr::Table(table) => {
                let parts = [&table.schema_name, &table.table_name].into_iter().flatten();
                let table: Vec<_> = parts.map(|part| part.value.to_lowercase()).collect();
                self.read(Scan { table, has_star: true, tests: Vec::new() });
            }
            _ => {}
        }
    }

    fn read(&mut self, scan: Scan) {
        match scan.table.as_slice() {
            [name] if self.scope.contains_key(name) => self.scans.extend(self.scope[name].iter().cloned()),
            _ => self.scans.push(scan),
        }
    }
}

impl Visitor for Finder {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        if self.depth == 0 {
            self.query(query);
        }
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        if self.depth == 0 {
            let is_star = |item: &SelectItem| {
                matches!(item, SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..))
            };
            self.has_star = select.projection.iter().any(is_star);
            self.tests = select.selection.as_ref().map(tests).unwrap_or_default();
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        if let (0, TableFactor::Table { name, alias, args: None, .. }) = (self.depth, factor) {
            let table = parts(name);
            let alias = alias.as_ref().map(|alias| alias.name.value.to_lowercase());
            let called = alias.as_ref().or(table.last());
            let is_of_it = |qualifier: &Option<String>| qualifier.is_none() || qualifier.as_ref() == called;
            let own = self.tests.iter().filter(|(qualifier, _)| is_of_it(qualifier));
            let tests = own.map(|(_, test)| test.clone()).collect();
            self.read(Scan { has_star: self.has_star, tests, table });
        }
        ControlFlow::Continue(())
    }
}

fn parts(name: &ObjectName) -> Vec<String> {
    name.0.iter().filter_map(|part| part.as_ident()).map(|part| part.value.to_lowercase()).collect()
}

/// The comparisons that hold for every row that a condition keeps, each with the table's name where it stands there.
fn tests(condition: &Expr) -> Vec<(Option<String>, Test)> {
    match condition {
        Expr::Nested(inner) => tests(inner),
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => [tests(left), tests(right)].concat(),
        Expr::BinaryOp { left, op, right } => {
            let found = match (column(left), literal(right), column(right), literal(left)) {
                (Some(column), Some(value), ..) => compared(op, value).map(|is| (column, is)),
                (_, _, Some(column), Some(value)) => {
                    turned(op).and_then(|op| compared(&op, value)).map(|is| (column, is))
                }
                _ => None,
            };
            found.map(test).into_iter().collect()
        }
        Expr::In { expr, target: InTarget::List(list), negated: false, .. } => {
            let values: Option<Vec<_>> = list.iter().map(literal).collect();
            column(expr).zip(values.map(Is::OneOf)).map(test).into_iter().collect()
        }
        Expr::Between { expr, negated: false, low, high } => {
            let ends = literal(low).zip(literal(high));
            let is = ends.map(|(low, high)| Is::Within(Some((low, true)), Some((high, true))));
            column(expr).zip(is).map(test).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

fn test(((qualifier, column), is): ((Option<String>, String), Is)) -> (Option<String>, Test) {
    (qualifier, Test { column, is })
}

fn compared(op: &BinaryOperator, value: String) -> Option<Is> {
    Some(match op {
        BinaryOperator::Eq => Is::OneOf(vec![value]),
        BinaryOperator::Lt => Is::Within(None, Some((value, false))),
        BinaryOperator::LtEq => Is::Within(None, Some((value, true))),
        BinaryOperator::Gt => Is::Within(Some((value, false)), None),
        BinaryOperator::GtEq => Is::Within(Some((value, true)), None),
        _ => return None,
    })
}

/// The operator that says the same with its sides changed.
fn turned(op: &BinaryOperator) -> Option<BinaryOperator> {
    Some(match op {
        BinaryOperator::Eq => BinaryOperator::Eq,
        BinaryOperator::Lt => BinaryOperator::Gt,
        BinaryOperator::LtEq => BinaryOperator::GtEq,
        BinaryOperator::Gt => BinaryOperator::Lt,
        BinaryOperator::GtEq => BinaryOperator::LtEq,
        _ => return None,
    })
}

fn column(expr: &Expr) -> Option<(Option<String>, String)> {
    match expr {
        Expr::Nested(inner) => column(inner),
        Expr::Identifier(name) => Some((None, name.value.to_lowercase())),
        Expr::CompoundIdentifier(parts) => match parts.as_slice() {
            [.., table, name] => Some((Some(table.value.to_lowercase()), name.value.to_lowercase())),
            _ => None,
        },
        _ => None,
    }
}

fn literal(expr: &Expr) -> Option<String> {
    let value = match expr {
        Expr::Nested(inner) => return literal(inner),
        Expr::Value(value) => &value.value,
        Expr::TypedString(typed) => &typed.value.value,
        _ => return None,
    };
    match value {
        Value::Number(digits, _) => Some(digits.clone()),
        Value::SingleQuotedString(text) => Some(text.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(sql: &str) -> Vec<String> {
        let shown = |scan: &Scan| {
            let tests: Vec<_> =
                scan.tests.iter().map(|test| format!("{}{:?}", test.column, test.is)).collect();
            format!("{}{} {}", scan.table.join("."), if scan.has_star { "*" } else { "" }, tests.join(" "))
        };
        let mut scans: Vec<_> =
            of(sql).unwrap().scans.iter().map(|scan| shown(scan).trim().to_owned()).collect();
        scans.sort();
        scans
    }

    #[test]
    fn every_table_is_found_as_often_as_it_is_read() {
        let cases: &[(&str, &[&str])] = &[
            ("SELECT a FROM \"l\".\"T\"", &["l.t"]),
            ("SELECT * FROM t, u x", &["t*", "u*"]),
            ("SELECT a FROM t a JOIN t b ON a.x = b.x", &["t", "t"]),
            ("WITH c AS (SELECT a FROM t) SELECT 1 FROM c JOIN c d ON true", &["t", "t"]),
            (
                "WITH c AS (SELECT a FROM t), d AS (SELECT a FROM c UNION ALL SELECT a FROM c) SELECT 1 FROM d, d e",
                &["t", "t", "t", "t"],
            ),
            ("WITH c AS (SELECT a FROM t) SELECT 1", &[]),
            (
                "SELECT (SELECT max(a) FROM u) FROM t WHERE a IN (SELECT b FROM v) ORDER BY (SELECT 1 FROM w)",
                &["t", "u", "v", "w"],
            ),
            ("SELECT 1 FROM (SELECT * FROM t WHERE x = 1) WHERE y = 2", &["t* xOneOf([\"1\"])"]),
            ("SELECT 1 FROM UNNEST(ARRAY[1]) AS t(x)", &[]),
            ("SELECT a FROM u UNION TABLE t", &["t*", "u"]),
            ("EXPLAIN SELECT a FROM t", &[]),
            ("EXPLAIN ANALYZE SELECT a FROM t", &["t"]),
            ("CREATE TABLE x AS SELECT a FROM t", &["t"]),
            ("SHOW TABLES", &[]),
        ];
        for (sql, expected) in cases {
            assert_eq!(read(sql), *expected, "{sql}");
        }
        assert!(
            of("WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c")
                .unwrap()
                .is_recursive
        );
        assert!(of("SELECT FROM WHERE").is_none() && of("SELECT 1; SELECT 2").is_none());
        assert!(
            of("SELECT t.\"A\", b + c FROM t")
                .unwrap()
                .names
                .is_superset(&["a", "b", "c"].map(str::to_owned).into())
        );
    }

    #[test]
    fn only_what_holds_for_every_row_is_a_test() {
        let cases = [
            ("year = 2017 AND (month = '01')", "yearOneOf([\"2017\"]) monthOneOf([\"01\"])"),
            ("2017 <= year", "yearWithin(Some((\"2017\", true)), None)"),
            (
                "t.day BETWEEN DATE '2017-01-01' AND DATE '2017-02-01'",
                "dayWithin(Some((\"2017-01-01\", true)), Some((\"2017-02-01\", true)))",
            ),
            ("year IN (2016, 2017)", "yearOneOf([\"2016\", \"2017\"])"),
            ("year = 2017 OR month = 1", ""),
            ("NOT year = 2017", ""),
            ("year NOT IN (2017)", ""),
            ("year <> 2017", ""),
            ("year = month", ""),
            ("year + 1 = 2017", ""),
            ("other.year = 2017", ""),
            ("year = -1", ""),
        ];
        for (condition, expected) in cases {
            let sql = format!("SELECT a FROM t WHERE {condition}");
            assert_eq!(read(&sql), [format!("t {expected}").trim()], "{condition}");
        }
    }
}

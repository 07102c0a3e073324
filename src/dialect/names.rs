//! How the tables of the lake are named on a target.

use std::ops::Range;

use crate::sql::{self, Kind, Token, quote_name};

/// Where a target holds the lake's tables. The empty one leaves every name as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Names {
    /// The schema (Athena: database) that holds the tables there.
    pub schema: String,
    /// Schemas that stand for it in saved queries: `"pyspark-database"`, `spectrum_schema`.
    pub known_schemas: Vec<String>,
    /// The tables of the lake, which are also named without a schema.
    pub tables: Vec<String>,
}

impl Names {
    /// The names of a text that are written otherwise on the target: their bytes, and what stands there. A table that
    /// is named without a schema gets one only where the target needs it.
    ///
    /// What a CTE is called is no table, from its end to the end of the query around it.
    #[must_use]
    pub fn edits(&self, text: &str, qualifies: bool) -> Vec<(Range<usize>, String)> {
        if self.known_schemas.is_empty() && self.tables.is_empty() {
            return Vec::new();
        }
        let tokens = sql::tokens(text).into_iter().filter(|token| token.kind != Kind::Comment).collect();
        let mut reader = Reader { text, tokens, scopes: vec![Scope::default()] };
        let mut edits = Vec::new();
        let mut at = 0;
        while at < reader.tokens.len() {
            let Some(name) = reader.name_at(at) else {
                reader.mark(at);
                at += 1;
                continue;
            };
            let is_table = reader.takes_table(&name);
            let edit = match name.parts.as_slice() {
                [table] if is_table && qualifies => {
                    let is_ours = has(&self.tables, table) && !reader.is_cte(table);
                    is_ours.then(|| {
                        (name.first.start..name.first.start, format!("{}.", quote_name(&self.schema)))
                    })
                }
                [schema, _] if is_table => self.moved(schema, &name, &reader),
                // A column with the table's whole name.
                [schema, table, _, ..] if !is_table && has(&self.tables, table) => {
                    self.moved(schema, &name, &reader)
                }
                _ => None,
            };
            edits.extend(edit);
            at = name.end;
            if is_table {
                at = reader.alias(at);
            }
        }
        edits
    }

    /// The target's schema in the place of one that stands for it.
    fn moved(&self, schema: &str, name: &Name, reader: &Reader<'_>) -> Option<(Range<usize>, String)> {
        let is_ours = has(&self.known_schemas, schema) && !schema.eq_ignore_ascii_case(&self.schema);
        (is_ours && !reader.is_alias(schema)).then(|| (name.first.clone(), quote_name(&self.schema)))
    }
}

fn has(list: &[String], name: &str) -> bool {
    list.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// A name with its dots.
struct Name {
    parts: Vec<String>,
    /// The bytes of its first part.
    first: Range<usize>,
    /// The token after it.
    end: usize,
    is_call: bool,
}

/// What stands between two parentheses, or the whole text.
#[derive(Default)]
struct Scope {
    clause: Clause,
    ctes: Vec<String>,
    aliases: Vec<String>,
    /// The CTE whose body comes next.
    naming: Option<String>,
    /// The CTE that this is the body of.
    body_of: Option<String>,
    /// Whether it stands where a table does.
    is_table: bool,
}

/// Where in a query the reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Clause {
    #[default]
    Start,
    /// Names of CTEs follow, known in their own bodies or not.
    With {
        is_recursive: bool,
    },
    Select,
    /// A table comes next.
    Table,
    From,
    Other,
}

/// Words after which no table comes until the next FROM.
const AFTER_FROM: &[&str] = &[
    "WHERE",
    "GROUP",
    "HAVING",
    "ORDER",
    "LIMIT",
    "OFFSET",
    "FETCH",
    "UNION",
    "EXCEPT",
    "INTERSECT",
    "MINUS",
    "WINDOW",
    "QUALIFY",
    "VALUES",
    "SELECT",
    "SET",
];

/// Words that follow a table and are no alias of it.
const AFTER_TABLE: &[&str] =
    &["CROSS", "FULL", "INNER", "JOIN", "LEFT", "NATURAL", "ON", "RIGHT", "TABLESAMPLE", "USING"];

struct Reader<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    /// The innermost last; never empty.
    scopes: Vec<Scope>,
}

impl Reader<'_> {
    fn word(&self, at: usize) -> String {
        self.tokens
            .get(at)
            .map(|token| self.text[token.range.clone()].to_ascii_uppercase())
            .unwrap_or_default()
    }

    /// A name that begins at a token: keywords are none.
    fn part(&self, at: usize) -> Option<String> {
        let token = self.tokens.get(at)?;
        let text = &self.text[token.range.clone()];
        let reserved = |word: &str| AFTER_FROM.contains(&word) || AFTER_TABLE.contains(&word);
        match token.kind {
            Kind::Quoted => Some(text.trim_matches('"').replace("\"\"", "\"")),
            Kind::Name if !reserved(&text.to_ascii_uppercase()) => Some(text.to_owned()),
            _ => None,
        }
    }

    fn name_at(&self, at: usize) -> Option<Name> {
        let mut parts = vec![self.part(at)?];
        let mut end = at + 1;
        // Behind a dot a keyword is a name too.
        while self.word(end) == "." && self.tokens.len() > end + 1 {
            let text = &self.text[self.tokens[end + 1].range.clone()];
            parts.push(self.part(end + 1).unwrap_or_else(|| text.to_owned()));
            end += 2;
        }
        Some(Name { parts, first: self.tokens[at].range.clone(), end, is_call: self.word(end) == "(" })
    }

    /// Whether the name of a table stands here.
    fn takes_table(&mut self, name: &Name) -> bool {
        let Some(scope) = self.scopes.last_mut() else { return false };
        let is_wanted = scope.clause == Clause::Table;
        match scope.clause {
            Clause::Table => scope.clause = Clause::From,
            Clause::Start => scope.clause = Clause::Other,
            _ => {}
        }
        is_wanted && !name.is_call
    }

    /// Remembers the alias of a table, and gives the token after it.
    fn alias(&mut self, at: usize) -> usize {
        let after = if self.word(at) == "AS" { at + 1 } else { at };
        match (self.part(after), self.scopes.last_mut()) {
            (Some(alias), Some(scope)) => {
                scope.aliases.push(alias);
                after + 1
            }
            _ => at,
        }
    }

    fn is_cte(&self, name: &str) -> bool {
        self.scopes.iter().any(|scope| has(&scope.ctes, name))
    }

    fn is_alias(&self, name: &str) -> bool {
        self.scopes.iter().any(|scope| has(&scope.aliases, name))
    }

    /// Takes in a token that is no name.
    fn mark(&mut self, at: usize) {
        let word = self.word(at);
        let before = self.word(at.wrapping_sub(1));
        // IS DISTINCT FROM names no table.
        let compares = before == "DISTINCT" && matches!(self.word(at.wrapping_sub(2)).as_str(), "IS" | "NOT");
        let Some(scope) = self.scopes.last_mut() else { return };
        match (word.as_str(), scope.clause) {
            ("(", clause) => {
                let is_table = clause == Clause::Table;
                if is_table {
                    scope.clause = Clause::From;
                }
                let body_of = scope.naming.take_if(|_| matches!(before.as_str(), "AS" | "MATERIALIZED"));
                let clause = if is_table { Clause::Table } else { Clause::Start };
                self.scopes.push(Scope { clause, body_of, is_table, ..Scope::default() });
            }
            (")", _) => self.close(at),
            (",", Clause::With { .. }) => self.cte(at + 1),
            ("," | "JOIN", Clause::From) | ("TABLE", Clause::Start) => scope.clause = Clause::Table,
            ("WITH", Clause::Start | Clause::Table | Clause::Other) => self.with(at + 1),
            // EXTRACT(YEAR FROM …) is in no query of its own.
            ("FROM", Clause::Start | Clause::Table | Clause::Select) if !compares => {
                scope.clause = Clause::Table;
            }
            ("FROM", _) if before == "DELETE" => scope.clause = Clause::Table,
            ("SELECT", _) => scope.clause = Clause::Select,
            (_, Clause::Start) => scope.clause = Clause::Other,
            (word, _) if AFTER_FROM.contains(&word) => scope.clause = Clause::Other,
            _ => {}
        }
    }

    fn close(&mut self, at: usize) {
        // A parenthesis too many closes nothing.
        if self.scopes.len() < 2 {
            return;
        }
        let Some(closed) = self.scopes.pop() else { return };
        if let Some(scope) = self.scopes.last_mut() {
            scope.ctes.extend(closed.body_of);
        }
        if closed.is_table {
            self.alias(at + 1);
        }
    }

    /// `WITH [RECURSIVE] name AS (`, `WITH name (columns) AS (`; nothing else that WITH begins.
    fn with(&mut self, at: usize) {
        let is_recursive = self.word(at) == "RECURSIVE";
        let at = at + usize::from(is_recursive);
        let is_list = self.part(at).is_some() && matches!(self.word(at + 1).as_str(), "AS" | "(");
        if let (true, Some(scope)) = (is_list, self.scopes.last_mut()) {
            scope.clause = Clause::With { is_recursive };
            self.cte(at);
        }
    }

    fn cte(&mut self, at: usize) {
        let name = self.part(at);
        let Some(scope) = self.scopes.last_mut() else { return };
        if scope.clause == (Clause::With { is_recursive: true }) {
            scope.ctes.extend(name.clone());
        }
        scope.naming = name;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text with its names as a target named `lake` has them.
    fn renamed(text: &str, qualifies: bool) -> String {
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let names = Names {
            schema: "lake".into(),
            known_schemas: list(&["pyspark-database", "spectrum_schema"]),
            tables: list(&["processed", "dates", "transactions"]),
        };
        let mut out = text.to_owned();
        for (range, new) in names.edits(text, qualifies).into_iter().rev() {
            out.replace_range(range, &new);
        }
        out
    }

    #[test]
    fn a_schema_that_stands_for_the_targets_is_replaced() {
        for (text, wanted) in [
            ("SELECT * FROM \"pyspark-database\".\"processed\"", "SELECT * FROM \"lake\".\"processed\""),
            (
                "SELECT * FROM Spectrum_Schema . dates AS d, spectrum_schema.other",
                "SELECT * FROM \"lake\" . dates AS d, \"lake\".other",
            ),
            ("FROM spectrum_schema.dates", "FROM \"lake\".dates"),
            (
                "SELECT spectrum_schema.dates.fecha FROM spectrum_schema.dates",
                "SELECT \"lake\".dates.fecha FROM \"lake\".dates",
            ),
            (
                "SELECT (SELECT max(x) FROM (a JOIN spectrum_schema.b USING (x)))",
                "SELECT (SELECT max(x) FROM (a JOIN \"lake\".b USING (x)))",
            ),
        ] {
            assert_eq!(renamed(text, false), wanted);
            assert_eq!(renamed(text, true), wanted);
        }
    }

    #[test]
    fn what_only_looks_like_a_schema_stays() {
        for text in [
            "SELECT ' FROM spectrum_schema.dates', \"FROM spectrum_schema.dates\" -- FROM spectrum_schema.dates",
            "SELECT /* FROM spectrum_schema.dates */ $$FROM spectrum_schema.dates$$",
            "SELECT spectrum_schema.x FROM other AS spectrum_schema",
            "SELECT 1 FROM other spectrum_schema, spectrum_schema.dates",
            "SELECT 1 FROM (SELECT 2) AS spectrum_schema, spectrum_schema.dates",
            "SELECT spectrum_schema FROM other.spectrum_schema.dates",
            "SELECT * FROM \"LAKE\".dates, elsewhere.dates",
            "SELECT spectrum_schema.f(1), 1 AS spectrum_schema FROM spectrum_schema.f(2)",
        ] {
            assert_eq!(renamed(text, false), text);
        }
    }

    #[test]
    fn a_bare_table_is_qualified_where_it_must_be() {
        for (text, wanted) in [
            ("SELECT processed.x FROM processed", "SELECT processed.x FROM \"lake\".processed"),
            (
                "SELECT * FROM Processed, dates AS d JOIN \"transactions\" ON dates.x = d.x, dates",
                "SELECT * FROM \"lake\".Processed, \"lake\".dates AS d JOIN \"lake\".\"transactions\" ON dates.x = d.x, \"lake\".dates",
            ),
            (
                "WITH processed AS (SELECT * FROM processed) SELECT * FROM processed",
                "WITH processed AS (SELECT * FROM \"lake\".processed) SELECT * FROM processed",
            ),
            (
                "WITH a(x, y) AS (SELECT 1), dates AS NOT MATERIALIZED (SELECT * FROM dates), b AS (SELECT * FROM dates) SELECT * FROM a, dates, processed",
                "WITH a(x, y) AS (SELECT 1), dates AS NOT MATERIALIZED (SELECT * FROM \"lake\".dates), b AS (SELECT * FROM dates) SELECT * FROM a, dates, \"lake\".processed",
            ),
            (
                "WITH RECURSIVE dates(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM dates) SELECT * FROM dates",
                "WITH RECURSIVE dates(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM dates) SELECT * FROM dates",
            ),
            (
                "SELECT * FROM (WITH dates AS (SELECT 1) SELECT * FROM dates) AS a JOIN dates ON true",
                "SELECT * FROM (WITH dates AS (SELECT 1) SELECT * FROM dates) AS a JOIN \"lake\".dates ON true",
            ),
            (
                "SELECT EXTRACT(YEAR FROM dates), TRIM(BOTH FROM processed), a IS NOT DISTINCT FROM dates FROM dates WHERE x IN (dates, processed)",
                "SELECT EXTRACT(YEAR FROM dates), TRIM(BOTH FROM processed), a IS NOT DISTINCT FROM dates FROM \"lake\".dates WHERE x IN (dates, processed)",
            ),
            (
                "SELECT dates, processed FROM other AS dates ORDER BY dates, processed",
                "SELECT dates, processed FROM other AS dates ORDER BY dates, processed",
            ),
            (
                "SELECT SUM(x) OVER (PARTITION BY a, dates ORDER BY processed) FROM dates GROUP BY a, processed",
                "SELECT SUM(x) OVER (PARTITION BY a, dates ORDER BY processed) FROM \"lake\".dates GROUP BY a, processed",
            ),
            (
                "SELECT 1 FROM (VALUES (dates, processed)) AS v(dates, processed), dates",
                "SELECT 1 FROM (VALUES (dates, processed)) AS v(dates, processed), \"lake\".dates",
            ),
            (
                "SELECT * FROM t CROSS JOIN UNNEST(dates) WITH ORDINALITY AS u(a, b), dates",
                "SELECT * FROM t CROSS JOIN UNNEST(dates) WITH ORDINALITY AS u(a, b), \"lake\".dates",
            ),
            (
                "SELECT CASE WHEN EXISTS (SELECT 1 FROM dates) THEN 1 END FROM (dates CROSS JOIN (processed))",
                "SELECT CASE WHEN EXISTS (SELECT 1 FROM \"lake\".dates) THEN 1 END FROM (\"lake\".dates CROSS JOIN (\"lake\".processed))",
            ),
            (
                "SELECT 1 FROM dates UNION ALL SELECT 2 FROM processed WHERE dates = 1",
                "SELECT 1 FROM \"lake\".dates UNION ALL SELECT 2 FROM \"lake\".processed WHERE dates = 1",
            ),
            (
                "EXPLAIN WITH a AS (TABLE dates) SELECT * FROM a, main.dates",
                "EXPLAIN WITH a AS (TABLE \"lake\".dates) SELECT * FROM a, main.dates",
            ),
            (") ) FROM dates", ") ) FROM \"lake\".dates"),
        ] {
            assert_eq!(renamed(text, true), wanted);
            assert_eq!(renamed(text, false), text, "only where it must be");
        }
    }
}

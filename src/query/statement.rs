//! A statement with its typed values, and how it is written for an engine.
//!
//! Values are bound where an engine binds them: `CAST($1 AS DATE)`, `?`, `:name`. Elsewhere [`literal`] writes them.

use std::ops::Range;

use super::ParameterKind;
use crate::dialect::{Dialect, Names};
use crate::sql::{self, Kind, quote_text};

/// Bytes of one parameter that Athena takes.
const LONGEST_VALUE: usize = 1024;

/// A text of which one part runs, with its typed values.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Statement {
    /// The text that the person sees; places of errors are places in it.
    pub text: String,
    /// The bytes of it that run.
    pub part: Range<usize>,
    /// The bytes of each `:name`, and which of the values stands there.
    pub places: Vec<(Range<usize>, usize)>,
    pub values: Vec<Value>,
}

/// A checked value of a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    pub name: String,
    pub kind: ParameterKind,
    /// `None` is NULL.
    pub text: Option<String>,
}

/// A statement as it is written for one engine.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rendered {
    pub sql: String,
    /// What the engine binds, in the order of its placeholders.
    pub values: Vec<Bound>,
    /// Bytes of the text with what stands for them in the SQL, from left to right.
    edits: Vec<(Range<usize>, String)>,
}

/// One value that an engine binds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// What the placeholder is called, where the engine binds by name.
    pub name: String,
    /// DuckDB and Redshift: the bare text, where `None` is NULL. Athena: a literal.
    pub text: Option<String>,
}

impl Statement {
    /// A statement without values.
    #[must_use]
    pub fn plain(sql: &str) -> Self {
        Self { text: sql.to_owned(), part: 0..sql.len(), ..Self::default() }
    }

    /// The text that runs, as the person wrote it.
    #[must_use]
    pub fn running(&self) -> &str {
        self.text.get(self.part.clone()).unwrap_or_default()
    }

    /// The statement in the words of an engine, its tables named as the target names them.
    #[must_use]
    pub fn render(&self, dialect: Dialect, names: &Names) -> Rendered {
        let mut values = Vec::new();
        let is_explained = self.begins_with("EXPLAIN");
        let mut edits = vec![(0..self.part.start, String::new())];
        if dialect == Dialect::DuckDb {
            let bound = |value: &Value| Bound { name: value.name.clone(), text: value.text.clone() };
            values.extend(self.values.iter().map(bound));
        }
        for (range, at) in &self.places {
            let Some(value) = self.values.get(*at) else { continue };
            edits.push((range.clone(), value.placeholder(dialect, *at, is_explained, &mut values)));
        }
        if dialect != Dialect::DuckDb {
            // Where statements come one by one a semicolon is an error.
            edits.extend(self.last_semicolons().map(|range| (range, String::new())));
        }
        let moved = |range: Range<usize>| range.start + self.part.start..range.end + self.part.start;
        let renamed = names.edits(self.running(), dialect.qualifies()).into_iter();
        edits.extend(renamed.map(|(range, name)| (moved(range), name)));
        edits.push((self.part.end..self.text.len(), String::new()));
        edits.sort_by_key(|(range, _)| (range.start, range.end));
        Rendered { sql: spliced(&self.text, &edits), values, edits }
    }

    /// The statement in the words of DuckDB, its values written into it: planned once, for what they are. What is bound is planned
    /// without them first.
    #[must_use]
    pub fn render_values(&self) -> Rendered {
        let written = self.places.iter().filter_map(|(range, at)| {
            let value = self.values.get(*at)?;
            let text = value.text.as_deref().map_or_else(|| "NULL".to_owned(), quote_text);
            Some((range.clone(), format!("CAST({text} AS {})", value.kind.sql_type())))
        });
        let ends = [0..self.part.start, self.part.end..self.text.len()].map(|range| (range, String::new()));
        let mut edits: Vec<_> = written.chain(ends).collect();
        edits.sort_by_key(|(range, _)| (range.start, range.end));
        Rendered { sql: spliced(&self.text, &edits), values: Vec::new(), edits }
    }

    fn begins_with(&self, word: &str) -> bool {
        let text = self.running();
        let first = sql::tokens(text).into_iter().find(|token| token.kind != Kind::Comment);
        first.is_some_and(|token| text[token.range].eq_ignore_ascii_case(word))
    }

    /// The semicolons after which only comments follow.
    fn last_semicolons(&self) -> impl Iterator<Item = Range<usize>> {
        let tokens = sql::tokens(self.running()).into_iter().rev();
        let last = tokens.take_while(|token| matches!(token.kind, Kind::Comment | Kind::Semicolon));
        let start = self.part.start;
        last.filter(|token| token.kind == Kind::Semicolon)
            .map(move |token| token.range.start + start..token.range.end + start)
    }
}

impl Value {
    /// What stands for the value in the statement; what the engine has to bind for it is added to `bound`.
    fn placeholder(&self, dialect: Dialect, at: usize, is_explained: bool, bound: &mut Vec<Bound>) -> String {
        let sql_type = self.kind.sql_type();
        let named = |name: &str, text: &str| Bound { name: name.to_owned(), text: Some(text.to_owned()) };
        match (dialect, self.text.as_deref()) {
            (Dialect::DuckDb, _) => format!("CAST(${} AS {sql_type})", at + 1),
            (_, None) => format!("CAST(NULL AS {sql_type})"),
            // EXECUTE … USING would misplace the errors of its text, and binds nothing in an EXPLAIN.
            (Dialect::Trino, Some(text)) => literal(&self.kind, text),
            (Dialect::Athena, Some(text)) => {
                let literal = literal(&self.kind, text);
                if is_explained || literal.len() > LONGEST_VALUE {
                    return literal;
                }
                bound.push(named(&self.name, &literal));
                "?".to_owned()
            }
            // Redshift casts no text to a truth value.
            (Dialect::Redshift, Some(text)) if self.kind == ParameterKind::Boolean => {
                literal(&self.kind, text)
            }
            (Dialect::Redshift, Some(text)) => {
                let is_plain = self.name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
                let name = if is_plain { self.name.clone() } else { format!("value_{}", at + 1) };
                if bound.iter().all(|known| known.name != name) {
                    bound.push(named(&name, text));
                }
                // A VARCHAR without a length ends after 256 bytes there.
                let sql_type = if sql_type == "VARCHAR" { "VARCHAR(65535)" } else { sql_type };
                format!("CAST(:{name} AS {sql_type})")
            }
        }
    }
}

/// A checked value as it stands in SQL.
fn literal(kind: &ParameterKind, text: &str) -> String {
    match kind {
        ParameterKind::Text | ParameterKind::Choice(_) | ParameterKind::Account | ParameterKind::Currency => {
            quote_text(text)
        }
        // A bare minus after another one would begin a comment; LIMIT takes nothing but bare digits.
        ParameterKind::Integer if text.starts_with(['-', '+']) => format!("BIGINT {}", quote_text(text)),
        ParameterKind::Integer | ParameterKind::Boolean => text.to_owned(),
        ParameterKind::Decimal => format!("DECIMAL {}", quote_text(text)),
        ParameterKind::Date | ParameterKind::Month => format!("DATE {}", quote_text(text)),
    }
}

fn spliced(text: &str, edits: &[(Range<usize>, String)]) -> String {
    let mut sql = String::with_capacity(text.len());
    let mut copied = 0;
    for (range, new) in edits {
        sql.push_str(text.get(copied..range.start).unwrap_or_default());
        sql.push_str(new);
        copied = range.end;
    }
    sql.push_str(text.get(copied..).unwrap_or_default());
    sql
}

impl Rendered {
    /// The line and column of the statement's text at which those of the SQL stand. All count from 0, columns in
    /// characters.
    #[must_use]
    pub fn place(&self, text: &str, line: usize, column: usize) -> (usize, usize) {
        let start: usize = self.sql.split_inclusive('\n').take(line).map(str::len).sum();
        let rest = self.sql.get(start..).unwrap_or_default();
        let mut marks = rest.char_indices().take_while(|(_, mark)| *mark != '\n');
        let end = rest.find('\n').unwrap_or(rest.len());
        let wanted = start + marks.nth(column).map_or(end, |(byte, _)| byte);
        let at = self.byte_in_text(wanted).min(text.len());
        let before = text.get(..at).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |found| found + 1);
        (before.matches('\n').count(), before[line_start..].chars().count())
    }

    fn byte_in_text(&self, wanted: usize) -> usize {
        let (mut done, mut written) = (0, 0);
        for (range, new) in &self.edits {
            let between = range.start - done;
            if wanted < written + between {
                break;
            }
            written += between;
            if wanted < written + new.len() {
                return range.start;
            }
            written += new.len();
            done = range.end;
        }
        done + (wanted - written)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::query::Query;

    const TEXT: &str = "-- param: from date = 2019-01-01\n-- param: a_name_longer_than_its_placeholder text?\n\
                        SELECT é, :from, :a_name_longer_than_its_placeholder, oops, :from + x";

    fn bound(text: &str, dialect: Dialect, given: &[(&str, &str)]) -> Statement {
        let given: BTreeMap<_, _> =
            given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Query::parse("q", text).expect("it parses").bind(dialect, &given).expect("it binds")
    }

    /// The line and column of a byte.
    fn place(text: &str, byte: usize) -> (usize, usize) {
        let before = &text[..byte];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count(), before[line_start..].chars().count())
    }

    #[test]
    fn a_place_in_the_sql_is_found_in_the_text() {
        let shared = TEXT.to_owned();
        for dialect in Dialect::ALL {
            let section = format!("SELECT 'other', :from\n-- dialect: {dialect}\nSELECT é");
            for text in [&shared, &TEXT.replace("SELECT é", &section)] {
                let rendered = bound(text, dialect, &[]).render(dialect, &Names::default());
                let found = |byte| {
                    let (line, column) = place(&rendered.sql, byte);
                    rendered.place(text, line, column)
                };
                for word in ["é", "oops", "x"] {
                    let of_text = place(text, text.rfind(word).expect("it is there"));
                    let of_sql = rendered.sql.rfind(word).expect("it is there");
                    assert_eq!(found(of_sql), of_text, "{word} {dialect}");
                }
                if let Some(inside) = rendered.sql.rfind("DATE") {
                    let name = text.rfind(":from").expect("it is there");
                    assert_eq!(found(inside), place(text, name), "inside a value is at its name");
                }
                assert_eq!(
                    rendered.place(text, 999, 999),
                    place(text, text.len()),
                    "past the end is the end"
                );
            }
        }
    }

    #[test]
    fn each_engine_gets_values_in_its_own_way() {
        let text = "-- param: a text\n-- param: b text?\n-- param: c integer\n-- param: d decimal\n-- param: é month\n\
                    -- param: f boolean\nSELECT :a, :a, :b, :c, :d, :é, :f, ':a', x::date; -- :a";
        let given = [("a", "o'; DROP --"), ("c", "-7"), ("d", "+0.10"), ("é", "2019-07"), ("f", "true")];
        let cases = [
            (
                Dialect::DuckDb,
                "SELECT CAST($1 AS VARCHAR), CAST($1 AS VARCHAR), CAST($2 AS VARCHAR), CAST($3 AS BIGINT), \
                 CAST($4 AS DECIMAL(38,10)), CAST($5 AS DATE), CAST($6 AS BOOLEAN), ':a', x::date; -- :a",
                "a=o'; DROP --|b=NULL|c=-7|d=+0.10|é=2019-07-01|f=true",
            ),
            (
                Dialect::Trino,
                "SELECT 'o''; DROP --', 'o''; DROP --', CAST(NULL AS VARCHAR), BIGINT '-7', DECIMAL '+0.10', \
                 DATE '2019-07-01', true, ':a', x::date -- :a",
                "",
            ),
            (
                Dialect::Athena,
                "SELECT ?, ?, CAST(NULL AS VARCHAR), ?, ?, ?, ?, ':a', x::date -- :a",
                "a='o''; DROP --'|a='o''; DROP --'|c=BIGINT '-7'|d=DECIMAL '+0.10'|é=DATE '2019-07-01'|f=true",
            ),
            (
                Dialect::Redshift,
                "SELECT CAST(:a AS VARCHAR(65535)), CAST(:a AS VARCHAR(65535)), CAST(NULL AS VARCHAR), \
                 CAST(:c AS BIGINT), CAST(:d AS DECIMAL(38,10)), CAST(:value_5 AS DATE), true, ':a', x::date -- :a",
                "a=o'; DROP --|c=-7|d=+0.10|value_5=2019-07-01",
            ),
        ];
        for (dialect, sql, values) in cases {
            let rendered = bound(text, dialect, &given).render(dialect, &Names::default());
            assert_eq!(rendered.sql.lines().last(), Some(sql), "{dialect}");
            let shown = |bound: &Bound| format!("{}={}", bound.name, bound.text.as_deref().unwrap_or("NULL"));
            assert_eq!(rendered.values.iter().map(shown).collect::<Vec<_>>().join("|"), values, "{dialect}");
        }
    }

    #[test]
    fn athena_binds_what_it_can() {
        let long = "x".repeat(2000);
        let text = "-- param: a text\n-- param: b text = y\nSELECT :a, :b";
        let rendered =
            bound(text, Dialect::Athena, &[("a", &long)]).render(Dialect::Athena, &Names::default());
        assert!(rendered.sql.ends_with(&format!("SELECT '{long}', ?")));
        assert_eq!(rendered.values.len(), 1);
        let explained = text.replace("SELECT", "/* why */ explain SELECT");
        let rendered =
            bound(&explained, Dialect::Athena, &[("a", "x")]).render(Dialect::Athena, &Names::default());
        assert!(rendered.sql.ends_with("explain SELECT 'x', 'y'") && rendered.values.is_empty());
    }
}

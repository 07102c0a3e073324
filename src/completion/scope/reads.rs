//! What the queries of a statement read, and which columns they give.

use std::collections::HashSet;
use std::ops::Range;

use super::{Reader, Source, Word};
use crate::completion::names::{Column, Table};
use crate::completion::words;
use crate::sql::Kind;

/// Queries within queries that are followed; deeper ones have no columns here.
const DEEPEST: usize = 24;

/// A part of the statement with a name, and its columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cte {
    pub name: String,
    pub columns: Vec<Column>,
}

/// A named part as it is written: its name, the names of its columns, its words.
type Part<'a> = (Word<'a>, Vec<String>, Range<usize>);

/// What a query reads.
#[derive(Default)]
struct Reads {
    sources: Vec<Source>,
    /// The opening parentheses of queries that stand in place of a table.
    groups: Vec<usize>,
}

impl<'a> Reader<'a> {
    /// Where the query proper of a range begins, and the named parts before it: name, its column names, its words.
    pub(super) fn parts(&self, range: &Range<usize>) -> (usize, Vec<Part<'a>>) {
        let (mut at, mut parts) = (range.start, Vec::new());
        let word = |at: usize| self.word(at, range.end);
        if !word(at).is_some_and(|word| word.is("WITH")) {
            return (at, parts);
        }
        at += 1;
        at += usize::from(word(at).is_some_and(|word| word.is("RECURSIVE")));
        while let Some(name) = word(at).filter(|word| word.is_word()) {
            at += 1;
            let mut columns = Vec::new();
            if word(at).is_some_and(|word| word.text == "(") {
                columns = self.names(at);
                at = self.next(at);
            }
            while word(at).is_some_and(|word| word.is_any(&["AS", "NOT", "MATERIALIZED"])) {
                at += 1;
            }
            if word(at).is_none_or(|word| word.text != "(") {
                return (range.end, parts);
            }
            parts.push((*name, columns, at + 1..self.close[at]));
            at = self.next(at);
            if word(at).is_none_or(|word| word.text != ",") {
                return (at, parts);
            }
            at += 1;
        }
        (range.end, parts)
    }

    /// The names in a pair of parentheses.
    fn names(&self, open: usize) -> Vec<String> {
        self.all[open + 1..self.close[open]].iter().filter(|word| word.is_name()).map(Word::name).collect()
    }

    /// The named parts of a range, each with its columns; of those after a place only that it is not there yet.
    pub(super) fn ctes(
        &self,
        range: &Range<usize>,
        known: &[Cte],
        until: usize,
        depth: usize,
    ) -> (usize, Vec<Cte>) {
        let (body, parts) = self.parts(range);
        let is_recursive = self.word(range.start + 1, range.end).is_some_and(|word| word.is("RECURSIVE"));
        let mut found = known.to_vec();
        for (name, names, inside) in parts {
            let is_within = inside.contains(&until) || inside.end == until;
            if inside.start > until || is_within && !is_recursive {
                break;
            }
            let mut columns = if is_within { Vec::new() } else { self.outputs(&inside, &found, depth + 1) };
            if !names.is_empty() {
                let mut types = columns.into_iter().map(|column| column.sql_type);
                let column = |name: String| Column { name, sql_type: types.next().unwrap_or_default() };
                columns = names.into_iter().map(column).collect();
            }
            found.push(Cte { name: name.name(), columns });
        }
        (body, found)
    }

    /// What counts at a place: tables, named parts, and the names that the query gives to its columns.
    pub(super) fn visible(&self, cursor: usize) -> (Vec<Source>, Vec<Cte>, Vec<Column>) {
        let (mut sources, mut known, mut own) = (Vec::<Source>::new(), Vec::new(), Vec::new());
        let around = self.around(cursor);
        for (depth, range) in around.iter().enumerate() {
            let (body, ctes) = self.ctes(range, &known, cursor, depth);
            known = ctes;
            if cursor < body {
                sources.clear();
                continue;
            }
            let block = self.block(&(body..range.end), cursor);
            let opener = range.start.checked_sub(2).map(|at| self.all[at]);
            if opener.is_some_and(|word| word.is_any(words::FROM_INSIDE)) {
                continue;
            }
            let reads = self.reads(&block, &known, depth);
            // A query in place of a table does not see its neighbours.
            let hides = around.get(depth + 1).is_some_and(|inner| reads.groups.contains(&(inner.start - 1)));
            if hides {
                sources.clear();
                continue;
            }
            if !reads.sources.is_empty() {
                for source in &mut sources {
                    source.is_outer = true;
                }
                sources.splice(0..0, reads.sources);
            }
            if self.word(block.start, block.end).is_some_and(|word| word.is("SELECT")) {
                own = self.given_names(&block, cursor);
            }
        }
        (sources, known, own)
    }

    /// The tables that a query reads.
    fn reads(&self, block: &Range<usize>, known: &[Cte], depth: usize) -> Reads {
        let mut reads = Reads::default();
        let (mut expects, mut joins, mut at) = (false, false, block.start);
        while at < block.end {
            let word = self.all[at];
            if expects
                && !word.is("LATERAL")
                && (word.is_name() || word.text == "(" || word.kind == Kind::Text)
            {
                expects = false;
                at = self.source(at, block.end, known, depth, &mut reads);
                continue;
            }
            match word.kind {
                Kind::Keyword if word.is("FROM") => (expects, joins) = (true, true),
                Kind::Keyword
                    if word.is_any(&["JOIN", "INTO", "UPDATE", "TABLE", "DESCRIBE", "SUMMARIZE"]) =>
                {
                    expects = true;
                }
                Kind::Keyword
                    if word.is_any(&[
                        "WHERE", "GROUP", "ORDER", "HAVING", "LIMIT", "WINDOW", "QUALIFY", "SET",
                    ]) =>
                {
                    (expects, joins) = (false, false);
                }
                Kind::Other if word.text == "," && joins => expects = true,
                Kind::Keyword if word.is("LATERAL") => {}
                _ => expects = false,
            }
            at = self.next(at);
        }
        reads
    }

    /// Reads one table with its alias; gives the place after it.
    fn source(&self, at: usize, end: usize, known: &[Cte], depth: usize, reads: &mut Reads) -> usize {
        let mut source = Source::default();
        let mut after = self.next(at).min(end);
        let mut joined = None;
        if self.all[at].text == "(" {
            reads.groups.push(at);
            let inside = at + 1..self.close[at].min(end);
            let is_query = self
                .word(inside.start, inside.end)
                .is_some_and(|word| word.kind == Kind::Keyword || word.text == "(");
            if is_query {
                source.columns = self.outputs(&inside, known, depth + 1);
            } else if depth < DEEPEST {
                joined = Some(self.joined(&inside, known, depth + 1));
            }
        } else {
            let mut names = vec![self.all[at].name()];
            while self.word(after, end).is_some_and(|word| word.text == ".")
                && self.word(after + 1, end).is_some()
            {
                names.push(self.all[after + 1].name());
                after += 2;
            }
            if self.word(after, end).is_some_and(|word| word.text == "(") {
                after = self.next(after).min(end);
            } else {
                source.columns = self.columns_of(&names, known);
            }
            source.name = names.pop().unwrap_or_default();
            source.origin.clone_from(&source.name);
        }
        let mut alias = after + usize::from(self.word(after, end).is_some_and(|word| word.is("AS")));
        if let Some(name) =
            self.word(alias, end).filter(|word| word.is_name() && !word.is_any(words::NO_ALIAS))
        {
            source.name = name.name();
            alias += 1;
            if self.word(alias, end).is_some_and(|word| word.text == "(") {
                for (column, name) in source.columns.iter_mut().zip(self.names(alias)) {
                    column.name = name;
                }
                if source.columns.is_empty() {
                    let column = |name| Column { name, ..Column::default() };
                    source.columns = self.names(alias).into_iter().map(column).collect();
                }
                alias = self.next(alias).min(end);
            }
            after = alias;
        }
        match joined {
            Some(sources) => reads.sources.extend(sources),
            None => reads.sources.push(source),
        }
        after
    }

    /// The tables of a join in parentheses.
    fn joined(&self, inside: &Range<usize>, known: &[Cte], depth: usize) -> Vec<Source> {
        let mut reads = Reads::default();
        if self.word(inside.start, inside.end).is_some() {
            let after = self.source(inside.start, inside.end, known, depth, &mut reads);
            let rest = self.reads(&(after.max(inside.start)..inside.end), known, depth);
            reads.sources.extend(rest.sources);
        }
        reads.sources
    }

    fn columns_of(&self, names: &[String], known: &[Cte]) -> Vec<Column> {
        let name = names.last().map_or("", String::as_str);
        if let (1, Some(cte)) =
            (names.len(), known.iter().rev().find(|cte| cte.name.eq_ignore_ascii_case(name)))
        {
            return cte.columns.clone();
        }
        let fits = |table: &&Table| {
            let schema = names.len().checked_sub(2).and_then(|at| names.get(at));
            let is_there = table
                .schema
                .as_ref()
                .zip(schema)
                .is_none_or(|(own, schema)| own.eq_ignore_ascii_case(schema));
            table.name.eq_ignore_ascii_case(name) && is_there
        };
        self.dictionary.tables.iter().find(fits).map(|table| table.columns.clone()).unwrap_or_default()
    }

    /// The columns that a query gives.
    fn outputs(&self, range: &Range<usize>, known: &[Cte], depth: usize) -> Vec<Column> {
        if depth > DEEPEST || range.start >= range.end {
            return Vec::new();
        }
        let (body, known) = self.ctes(range, known, range.end.saturating_add(1), depth);
        let block = self.block(&(body..range.end), body);
        let reads = self.reads(&block, &known, depth);
        let all =
            |sources: &[Source]| sources.iter().flat_map(|source| source.columns.clone()).collect::<Vec<_>>();
        match self.word(block.start, block.end) {
            Some(word) if word.is("SELECT") => {}
            Some(word) if word.text == "(" => {
                return self.outputs(&(block.start + 1..self.close[block.start]), &known, depth + 1);
            }
            Some(word) if word.is("FROM") => return all(&reads.sources),
            _ => return Vec::new(),
        }
        let mut columns = Vec::new();
        for item in self.items(&block) {
            match self.all[item.clone()] {
                [star] if star.text == "*" => columns.extend(all(&reads.sources)),
                [star, ..] if star.text == "*" => columns.extend(self.starred(&item, &all(&reads.sources))),
                [table, dot, star, ..] if dot.text == "." && star.text == "*" => {
                    let name = table.name();
                    let of = reads.sources.iter().filter(|source| source.name.eq_ignore_ascii_case(&name));
                    columns.extend(of.flat_map(|source| source.columns.clone()));
                }
                _ => columns.extend(self.output(&item, &reads.sources)),
            }
        }
        let mut seen = HashSet::new();
        columns.retain(|column| seen.insert(column.name.to_lowercase()));
        columns
    }

    /// `* EXCLUDE (a, b)`: all but those that are named.
    fn starred(&self, item: &Range<usize>, all: &[Column]) -> Vec<Column> {
        let is_without =
            self.word(item.start + 1, item.end).is_some_and(|word| word.is_any(&["EXCLUDE", "EXCEPT"]));
        let gone: Vec<_> = self.all[item.start + 2..item.end.max(item.start + 2)]
            .iter()
            .filter(|word| is_without && word.is_name())
            .map(Word::name)
            .collect();
        all.iter()
            .filter(|column| !gone.iter().any(|name| name.eq_ignore_ascii_case(&column.name)))
            .cloned()
            .collect()
    }

    /// The expressions after SELECT.
    fn items(&self, block: &Range<usize>) -> Vec<Range<usize>> {
        let mut items = Vec::new();
        let mut at = block.start + 1;
        if self.word(at, block.end).is_some_and(|word| word.is_any(&["DISTINCT", "ALL"])) {
            at += 1;
            if self.word(at, block.end).is_some_and(|word| word.is("ON")) {
                at = self.next((at + 1).min(block.end - 1));
            }
        }
        let mut start = at;
        while at < block.end {
            let word = &self.all[at];
            let ends = word.kind == Kind::Keyword
                && word.is_any(&[
                    "FROM", "WHERE", "GROUP", "ORDER", "HAVING", "LIMIT", "WINDOW", "QUALIFY", "INTO",
                ]);
            if ends {
                break;
            }
            if word.text == "," {
                items.push(start..at);
                start = at + 1;
            }
            at = self.next(at);
        }
        items.push(start..at.min(block.end));
        items.retain(|item| item.start < item.end);
        items
    }

    /// The name that an expression has as a column, and its type where that can be told.
    fn output(&self, item: &Range<usize>, sources: &[Source]) -> Option<Column> {
        let last = self.all[item.end - 1];
        let before = (item.len() > 1).then(|| self.all[item.end - 2]);
        let is_named = last.is_name()
            && before.is_none_or(|word| {
                word.text == "."
                    || word.is("AS")
                    || word.text == ")"
                    || word.is("END")
                    || word.kind == Kind::Number
                    || word.kind == Kind::Text
                    || word.is_name()
            });
        if !is_named {
            return None;
        }
        let name = last.name();
        let is_plain = before.is_none_or(|word| word.text == ".");
        // What stands before the name that it is given.
        let rest = item.end - 1 - usize::from(before.is_some_and(|word| word.is("AS")));
        let expression = if is_plain { item.clone() } else { item.start..rest };
        let sql_type = self.type_of(&expression, sources);
        Some(Column { name, sql_type })
    }

    /// The type of a column, or of a CAST.
    fn type_of(&self, expression: &Range<usize>, sources: &[Source]) -> String {
        let words = &self.all[expression.clone()];
        if let [cast, open, .., _] = words
            && cast.is_any(&["CAST", "TRY_CAST"])
            && open.text == "("
            && self.close[expression.start + 1] + 1 == expression.end
        {
            let inside = expression.start + 2..expression.end - 1;
            let marks = inside.clone().rfind(|at| self.all[*at].is("AS"));
            return marks
                .map(|at| self.all[at + 1..inside.end].iter().map(|word| word.text).collect())
                .unwrap_or_default();
        }
        let (table, column) = match words {
            [column] if column.is_name() => (None, column),
            [table, dot, column] if dot.text == "." => (Some(table.name()), column),
            _ => return String::new(),
        };
        let of = sources
            .iter()
            .filter(|source| table.as_ref().is_none_or(|name| source.name.eq_ignore_ascii_case(name)));
        let mut columns = of.flat_map(|source| &source.columns);
        let name = column.name();
        columns
            .find(|column| column.name.eq_ignore_ascii_case(&name))
            .map(|column| column.sql_type.clone())
            .unwrap_or_default()
    }

    /// The names that the query around the cursor gives to its columns; those before the cursor.
    fn given_names(&self, block: &Range<usize>, cursor: usize) -> Vec<Column> {
        let items = self.items(block).into_iter().filter(|item| item.end < cursor && item.len() > 2);
        let named = items.filter(|item| self.all[item.end - 2].is("AS"));
        named.map(|item| Column { name: self.all[item.end - 1].name(), ..Column::default() }).collect()
    }
}

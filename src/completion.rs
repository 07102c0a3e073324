//! What a person may mean by the word that is being typed: names that fit the place in the statement, the likeliest
//! first.
//!
//! A pure function over what can be named: it asks nobody, so that the answer stands there with the key's own frame.

mod fit;
mod names;
mod scope;
mod words;

use std::collections::HashMap;
use std::ops::Range;

use crate::sql;
pub use fit::fit;
use scope::{Place, Scope, Source};

pub use names::{Column, Dictionary, Function, Table};

/// What a name belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    Column,
    /// Another name for a table or an expression, given in the statement.
    Alias,
    /// A named part of the statement: `WITH name AS (…)`.
    Cte,
    Table,
    Schema,
    Keyword,
    Function,
    Type,
}

/// One thing that may be meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub what: What,
    pub label: String,
    /// What stands in the text when it is taken.
    pub text: String,
    /// A column's type, a function's signature; else what it is.
    pub detail: String,
    /// Where it comes from: the table of a column.
    pub origin: String,
}

/// What may be meant, and which bytes of the text it stands for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Completion {
    pub range: Range<usize>,
    /// What was typed of it, without quotes.
    pub word: String,
    /// Whether a dot stands before it.
    pub is_qualified: bool,
    pub items: Vec<Item>,
}

/// An item on its way, with what decides its place: the lower the earlier.
struct Ranked {
    item: Item,
    fit: u8,
    tier: u8,
    order: usize,
}

/// What may be meant at a byte of a text; nothing in a comment, in a literal, and where a new name is given.
#[must_use]
pub fn complete(text: &str, at: usize, dictionary: &Dictionary) -> Completion {
    let Some(scope) = scope::read(text, at, dictionary) else { return Completion::default() };
    let mut found = Found { scope: &scope, ranked: Vec::new() };
    if scope.qualifier.is_empty() {
        found.bare(dictionary);
    } else {
        found.qualified(dictionary);
    }
    let is_typed = !scope.word.is_empty();
    let typed_text = &text[scope.range.clone()];
    let mut ranked = found.ranked;
    // Of an empty word the columns stay in the order of their table.
    ranked.sort_by(|a, b| {
        let length = |one: &Ranked| if is_typed { one.item.label.len() } else { one.order };
        // What stands there already would change nothing when it is taken.
        let is_there = |one: &Ranked| is_typed && typed_text.eq_ignore_ascii_case(&one.item.text);
        (is_there(a), a.fit, a.tier, length(a))
            .cmp(&(is_there(b), b.fit, b.tier, length(b)))
            .then_with(|| a.item.label.cmp(&b.item.label))
    });
    Completion {
        range: scope.range.clone(),
        word: scope.word.clone(),
        is_qualified: !scope.qualifier.is_empty(),
        items: ranked.into_iter().map(|one| one.item).collect(),
    }
}

/// The functions that DuckDB, Trino and Redshift share: offered where an engine does not tell its own.
#[must_use]
pub fn shared_functions() -> Vec<Function> {
    let function = |name: &&str| Function { name: (*name).to_owned(), signature: String::new() };
    words::SHARED_FUNCTIONS.iter().map(function).collect()
}

/// What fits a place, so far.
struct Found<'a> {
    scope: &'a Scope,
    ranked: Vec<Ranked>,
}

impl Found<'_> {
    fn add(&mut self, tier: u8, loosest: u8, name: &str, item: impl FnOnce() -> Item) {
        if let Some(fit) = fit(&self.scope.word, name).filter(|fit| *fit <= loosest) {
            let order = self.ranked.len();
            self.ranked.push(Ranked { item: item(), fit, tier, order });
        }
    }

    /// A name as it must be written here.
    fn written(&self, name: &str) -> String {
        if self.scope.is_quoted { sql::quote_name(name) } else { sql::name(name) }
    }

    /// Names without a dot before them.
    fn bare(&mut self, dictionary: &Dictionary) {
        match self.scope.place {
            Place::Start => self.keywords(words::STARTS),
            Place::AfterTable => self.keywords(words::AFTER_TABLE),
            Place::Type => self.types(),
            Place::Table => {
                self.ctes(0);
                self.tables(0, dictionary);
                self.keywords(words::BEFORE_TABLE);
                self.functions(dictionary, &|name| words::is_table_function(name));
            }
            Place::Expression => {
                self.columns();
                self.aliases();
                self.keywords(words::IN_EXPRESSION);
                self.functions(dictionary, &|name| !words::is_table_function(name));
                self.ctes(4);
                self.tables(4, dictionary);
                self.columns_elsewhere(dictionary);
            }
        }
    }

    /// Columns of the tables of the statement; where two have one of a name, each is written with its table.
    fn columns(&mut self) {
        let scope = self.scope;
        let mut counts = HashMap::<String, usize>::new();
        for source in &scope.sources {
            for column in &source.columns {
                *counts.entry(column.name.to_lowercase()).or_default() += 1;
            }
        }
        for source in &scope.sources {
            let tier = u8::from(source.is_outer);
            for column in &source.columns {
                let is_twice = counts.get(&column.name.to_lowercase()).is_some_and(|count| *count > 1);
                let name = self.written(&column.name);
                let text = if is_twice && !source.name.is_empty() {
                    format!("{}.{name}", sql::name(&source.name))
                } else {
                    name
                };
                self.add(tier, fit::LOOSE, &column.name, || item_of(column, source.place(), text));
            }
        }
    }

    fn aliases(&mut self) {
        let scope = self.scope;
        for source in scope.sources.iter().filter(|source| !source.name.is_empty()) {
            let (what, detail) =
                if source.name == source.origin { (What::Table, "table") } else { (What::Alias, "alias") };
            let text = self.written(&source.name);
            self.add(1, fit::LOOSE, &source.name, || Item {
                what,
                label: source.name.clone(),
                text,
                detail: detail.to_owned(),
                origin: if what == What::Alias { source.origin.clone() } else { String::new() },
            });
        }
        for column in &scope.outputs {
            let text = self.written(&column.name);
            self.add(1, fit::LOOSE, &column.name, || Item {
                what: What::Alias,
                ..item_of(column, "SELECT", text)
            });
        }
    }

    fn ctes(&mut self, tier: u8) {
        let scope = self.scope;
        for name in &scope.ctes {
            let text = self.written(name);
            self.add(tier, fit::LOOSE, name, || plain(What::Cte, name, text, "with"));
        }
    }

    fn tables(&mut self, tier: u8, dictionary: &Dictionary) {
        let is_named = |table: &Table| self.scope.sources.iter().any(|source| source.name == table.name);
        let named: Vec<_> = dictionary.tables.iter().map(is_named).collect();
        for (table, named) in dictionary.tables.iter().zip(named) {
            if named && self.scope.place == Place::Expression {
                continue;
            }
            let mut text = self.written(&table.name);
            if let Some(schema) = &table.schema {
                text = format!("{}.{text}", sql::name(schema));
            }
            self.add(tier, fit::LOOSE, &table.name, || Item {
                origin: table.schema.clone().unwrap_or_default(),
                ..plain(What::Table, &table.name, text, "table")
            });
        }
        for schema in schemas(dictionary) {
            let text = self.written(schema);
            self.add(tier + 1, fit::LOOSE, schema, || {
                plain(What::Schema, schema, format!("{text}."), "schema")
            });
        }
    }

    fn keywords(&mut self, keywords: &[&str]) {
        for keyword in keywords {
            let lower = self.scope.is_lower;
            self.add(2, fit::BEGINS, keyword, || {
                let label = if lower { keyword.to_lowercase() } else { (*keyword).to_owned() };
                plain(What::Keyword, &label, label.clone(), "")
            });
        }
    }

    fn types(&mut self) {
        for name in words::TYPES {
            let text = if self.scope.is_lower { name.to_lowercase() } else { (*name).to_owned() };
            self.add(0, fit::PART, name, || plain(What::Type, &text, text.clone(), "type"));
        }
    }

    fn functions(&mut self, dictionary: &Dictionary, is_meant: &dyn Fn(&str) -> bool) {
        // A list of hundreds without a letter to go by would be noise.
        if self.scope.word.is_empty() {
            return;
        }
        let open = if self.scope.is_called { "" } else { "(" };
        for function in dictionary.functions.iter().filter(|function| is_meant(&function.name)) {
            self.add(3, fit::PART, &function.name, || Item {
                origin: "function".to_owned(),
                ..plain(
                    What::Function,
                    &function.name,
                    format!("{}{open}", sql::function_name(&function.name)),
                    &function.signature,
                )
            });
        }
    }

    /// Columns of tables that the statement does not name yet.
    fn columns_elsewhere(&mut self, dictionary: &Dictionary) {
        if self.scope.word.is_empty() {
            return;
        }
        for table in &dictionary.tables {
            if self.scope.sources.iter().any(|source| source.origin == table.name) {
                continue;
            }
            for column in &table.columns {
                let text = self.written(&column.name);
                self.add(5, fit::PART, &column.name, || item_of(column, &table.name, text));
            }
        }
    }

    /// Names after a dot: columns of a table or alias, tables of a schema.
    fn qualified(&mut self, dictionary: &Dictionary) {
        let qualifier = &self.scope.qualifier;
        let last = qualifier.last().map_or("", String::as_str);
        // A schema, too, is read as a table that has no columns while its table is not typed.
        let is_it = |source: &&Source| source.name.eq_ignore_ascii_case(last) && !source.columns.is_empty();
        if let (1, Some(source)) = (qualifier.len(), self.scope.sources.iter().find(is_it)) {
            return self.columns_of(&source.columns, source.place());
        }
        let stands_in = |table: &Table, schema: &str| match &table.schema {
            Some(own) => own.eq_ignore_ascii_case(schema),
            None => dictionary.schemas.iter().any(|known| known.eq_ignore_ascii_case(schema)),
        };
        if schemas(dictionary).any(|schema| schema.eq_ignore_ascii_case(last)) {
            for table in dictionary.tables.iter().filter(|table| stands_in(table, last)) {
                let text = self.written(&table.name);
                self.add(0, fit::LOOSE, &table.name, || plain(What::Table, &table.name, text, "table"));
            }
            return;
        }
        let schema = qualifier.len().checked_sub(2).and_then(|at| qualifier.get(at));
        let table = dictionary.tables.iter().find(|table| {
            table.name.eq_ignore_ascii_case(last) && schema.is_none_or(|schema| stands_in(table, schema))
        });
        if let Some(table) = table {
            self.columns_of(&table.columns, &table.name);
        }
    }

    fn columns_of(&mut self, columns: &[Column], origin: &str) {
        for column in columns {
            let text = self.written(&column.name);
            self.add(0, fit::LOOSE, &column.name, || item_of(column, origin, text));
        }
    }
}

/// The schemas that may stand before a table's name, each once.
fn schemas(dictionary: &Dictionary) -> impl Iterator<Item = &str> {
    let mut seen: Vec<&str> = dictionary.schemas.iter().map(String::as_str).collect();
    for schema in dictionary.tables.iter().filter_map(|table| table.schema.as_deref()) {
        if !seen.contains(&schema) {
            seen.push(schema);
        }
    }
    seen.into_iter()
}

fn item_of(column: &Column, origin: &str, text: String) -> Item {
    Item { origin: origin.to_owned(), ..plain(What::Column, &column.name, text, &column.sql_type) }
}

fn plain(what: What, label: &str, text: String, detail: &str) -> Item {
    Item { what, label: label.to_owned(), text, detail: detail.to_owned(), origin: String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, sql_type: &str) -> Column {
        Column { name: name.into(), sql_type: sql_type.into() }
    }

    fn dictionary() -> Dictionary {
        let table = |name: &str, columns: &[(&str, &str)]| Table {
            schema: None,
            name: name.into(),
            columns: columns.iter().map(|(name, sql_type)| column(name, sql_type)).collect(),
        };
        let function = |name: &str| Function { name: name.into(), signature: String::new() };
        Dictionary {
            schemas: vec!["pyspark-database".into()],
            tables: vec![
                table(
                    "processed",
                    &[
                        ("account_no", "varchar"),
                        ("deposit_sgd_amt", "decimal(18,2)"),
                        ("Value Date", "date"),
                    ],
                ),
                table("dates", &[("date", "date"), ("account_no", "varchar")]),
                Table { schema: Some("results".into()), ..table("mine", &[("order", "integer")]) },
            ],
            functions: ["sum", "count", "coalesce", "read_parquet"].map(function).into(),
        }
    }

    /// What is offered at the bar of a text, in order, with types and origins where they are told.
    fn offered(text: &str) -> Vec<String> {
        let at = text.find('|').expect("a bar");
        complete(&text.replacen('|', "", 1), at, &dictionary())
            .items
            .into_iter()
            .map(|item| item.text)
            .collect()
    }

    fn begins(text: &str, wanted: &[&str]) {
        let offered = offered(text);
        assert_eq!(&offered[..wanted.len().min(offered.len())], wanted, "{text}: {offered:?}");
    }

    fn is(text: &str, wanted: &[&str]) {
        assert_eq!(offered(text), wanted, "{text}");
    }

    const PROCESSED: [&str; 3] = ["account_no", "deposit_sgd_amt", "\"Value Date\""];

    #[test]
    fn what_is_typed_already_stands_behind_what_is_longer() {
        begins("select sum(as| from dates", &["asc"]);
        begins("SELECT sum(AS| FROM dates", &["ASC"]);
        begins("select sum(or| from dates", &["order by"]);
        assert!(offered("select sum(or| from dates").iter().any(|item| item == "or"));
    }

    #[test]
    fn after_a_dot_stand_the_columns_of_the_alias_and_the_tables_of_the_schema() {
        is("SELECT a.| FROM processed a", &PROCESSED);
        is("SELECT a.dep| FROM processed AS a", &["deposit_sgd_amt"]);
        is("SELECT processed.\"Val| FROM processed", &["\"Value Date\""]);
        is("SELECT * FROM processed a JOIN dates b ON a.account_no = b.|", &["\"date\"", "account_no"]);
        is("SELECT * FROM \"pyspark-database\".|", &["processed", "dates"]);
        is("SELECT * FROM \"pyspark-database\".processed p WHERE p.|", &PROCESSED);
        is("SELECT * FROM results.|", &["mine"]);
        is("SELECT x.| FROM processed a", &[]);
        is(
            "SELECT o.|\nFROM (SELECT account_no AS konto, SUM(deposit_sgd_amt) total FROM processed) o",
            &["konto", "total"],
        );
        is("SELECT v.| FROM (VALUES (1, 2)) AS v(one, two)", &["one", "two"]);
        is("UPDATE processed p SET x = p.|", &PROCESSED);
    }

    #[test]
    fn named_parts_of_the_statement_are_known() {
        begins("WITH x AS (SELECT 1 AS y) SELECT | FROM x", &["y"]);
        begins(
            "WITH x(a, b) AS (SELECT 1, 2), z AS (SELECT *, a AS c FROM x) SELECT | FROM z",
            &["a", "b", "c"],
        );
        is("WITH one AS (SELECT 1), second AS (SELECT 2) SELECT * FROM one|", &["one"]);
        is("WITH first AS (SELECT * FROM sec|), second AS (SELECT 2) SELECT 1", &[]);
        is("WITH RECURSIVE series AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM ser|) SELECT 1", &["series"]);
        is(
            "WITH x AS (SELECT * EXCLUDE (account_no) FROM processed) SELECT x.| FROM x",
            &["deposit_sgd_amt", "\"Value Date\""],
        );
        is("WITH x AS (SELECT p.* FROM processed p, dates) SELECT x.| FROM x", &PROCESSED);
        let text =
            "WITH x AS (SELECT CAST(a AS DECIMAL(18,2)) AS amt, account_no FROM processed) SELECT x. FROM x";
        let at = text.find("x. ").expect("a place") + 2;
        let items = complete(text, at, &dictionary()).items;
        let told: Vec<_> = items
            .iter()
            .map(|item| (item.label.as_str(), item.detail.as_str(), item.origin.as_str()))
            .collect();
        assert_eq!(told, [("amt", "DECIMAL(18,2)", "x"), ("account_no", "varchar", "x")]);
    }

    #[test]
    fn columns_of_the_tables_in_from_come_first() {
        begins("SELECT | FROM processed", &PROCESSED);
        begins("SELECT dat| FROM processed", &["DATE '"]);
        begins("SELECT acc| FROM processed", &["account_no"]);
        begins("SELECT acc| FROM processed p, dates d", &["p.account_no", "d.account_no"]);
        begins("SELECT amt| FROM processed", &["deposit_sgd_amt"]);
        begins("SELECT dsa| FROM processed", &["deposit_sgd_amt"]);
        begins("SELECT su| FROM processed", &["sum("]);
        begins("SELECT cou|(*) FROM processed", &["count"]);
        begins("select x fr|", &["from"]);
        begins("SELECT x fr|", &["FROM"]);
        begins("SELECT 1 FROM processed WHERE EXISTS (SELECT 1 FROM dates WHERE da|", &["\"date\""]);
        begins("SELECT 1 FROM dates WHERE EXISTS (SELECT 1 FROM processed WHERE dat|", &["\"date\""]);
        begins("SELECT SUM(deposit_sgd_amt) AS total FROM processed ORDER BY tot|", &["total"]);
        begins("SELECT EXTRACT(YEAR FROM dat|) FROM dates", &["\"date\""]);
    }

    #[test]
    fn a_place_has_its_own_words() {
        begins("|", &["SELECT"]);
        begins("SELECT 1; wi|", &["with"]);
        is("SELECT * FROM pro|", &["processed"]);
        begins("SELECT * FROM processed, da|", &["dates"]);
        is("SELECT * FROM mi|", &["results.mine"]);
        is("SELECT * FROM processed wh|", &["WHERE"]);
        is("SELECT * FROM processed p LE|", &["LEFT JOIN"]);
        is("SELECT * FROM rea|", &["read_parquet("]);
        is("SELECT * FROM (sel|", &["SELECT"]);
        is("SELECT CAST(x AS var|)", &["VARCHAR"]);
        is("SELECT x::dec|", &["DECIMAL("]);
        begins("SELECT * FROM processed UNION ALL SEL|", &["SELECT"]);
    }

    #[test]
    fn nothing_is_offered_in_literals_comments_and_new_names() {
        for text in [
            "SELECT 'pro|",
            "SELECT 'pro|'",
            "SELECT -- pro|",
            "SELECT /* pro|",
            "SELECT $$pro|",
            "SELECT 12|",
            "SELECT :fro|",
            "SELECT x AS pro|",
            "WITH pro|",
            "SELECT 1 AS|x",
            "SELECT E'it\\'s pro|",
        ] {
            let offered = offered(text);
            assert!(offered.is_empty() || text.contains("AS|"), "{text}: {offered:?}");
        }
        is("SELECT 'x' /* c */ FROM pro|", &["processed"]);
    }

    #[test]
    fn the_whole_word_around_the_cursor_is_replaced() {
        let completion = complete("SELECT * FROM prouct WHERE", 17, &dictionary());
        assert_eq!((completion.range, completion.word.as_str()), (14..20, "pro"));
        let completion = complete("SELECT é.\"a\"\"b FROM t", 15, &Dictionary::default());
        assert_eq!((completion.word.as_str(), completion.is_qualified), ("a\"b", true));
    }

    #[test]
    fn any_text_at_any_place_is_read() {
        let texts = [
            "WITH a AS (SELECT * FROM (b JOIN c)) , SELECT ((( FROM",
            ")))(((",
            "SELECT DISTINCT ON (",
            "WITH",
            "WITH RECURSIVE x(",
            "SELECT * EXCLUDE",
            "FROM (((((((SELECT 1)))))))",
            "a.b.c.d.",
            "\"",
            "SELECT 'é' FROM é AS \"ñ",
            "UNION ALL",
            "CAST(AS)",
            "SELECT CAST(x AS",
        ];
        for text in texts {
            for at in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
                let completion = complete(text, at, &dictionary());
                assert!(
                    completion.range.end <= text.len() && text.get(completion.range.clone()).is_some(),
                    "{text} {at}"
                );
            }
        }
        let deep = "FROM (SELECT * ".repeat(500);
        let _ = complete(&deep, deep.len(), &dictionary());
    }
}

//! Where statements run: the target that is chosen, its tables, and whether an earlier result will do.

use std::collections::BTreeMap;
use std::time::Duration;

use super::App;
use crate::completion::{self, Dictionary, Table};
use crate::dialect::Dialect;
use crate::engine::{CatalogTable, EngineError, ErrorKind};
use crate::explorer::effect::Effect;
use crate::explorer::message::{Catalog, CatalogEvent, KeptTable, Notice};
use crate::explorer::overlays::{Overlay, list::List};
use crate::explorer::panes::lake::LakePane;
use crate::explorer::panes::queries::{Entry, Queries};
use crate::target::LOCAL;

/// Rows of a table elsewhere that are read to look at it.
const LOOK: u32 = 1_000;
/// The age of a result that will do, where the target does not say.
const REUSE: Duration = Duration::from_hours(1);

/// A place where statements can run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Known {
    pub name: String,
    /// What runs there.
    pub kind: String,
    /// The SQL that it speaks.
    pub dialect: Dialect,
    /// The age of a result that will do, where the settings say.
    pub reuse: Option<Duration>,
}

/// All of them, and the one that is chosen.
#[derive(Debug, Default)]
pub struct Targets {
    known: Vec<Known>,
    at: usize,
    /// The age of a result that will do instead of asking again.
    pub reuse: Option<Duration>,
    /// Lines of the tree: the saved queries, and all that `local` has.
    saved: Vec<Entry>,
    local: Vec<Entry>,
    /// Results from elsewhere that are tables here.
    kept: Vec<KeptTable>,
    /// The tables of the targets, as far as they are known.
    catalogs: BTreeMap<String, Catalog>,
    /// How asking the chosen one for its tables stands, where it is not done.
    trouble: Option<Trouble>,
}

/// Why the tables of a target may not be those that it has now.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Trouble {
    Asking,
    Slow,
    Failed(EngineError),
}

impl Targets {
    /// The targets of the settings beside `local`, which is chosen, and the lines of the tree.
    #[must_use]
    pub fn new(elsewhere: Vec<Known>, saved: Vec<Entry>, local: Vec<Entry>, kept: Vec<KeptTable>) -> Self {
        let here = Known { name: LOCAL.into(), kind: "DuckDB, here".into(), ..Known::default() };
        let known = std::iter::once(here).chain(elsewhere).collect();
        Self { known, saved, local, kept, ..Self::default() }
    }

    /// What the chosen one is called.
    #[must_use]
    pub fn name(&self) -> &str {
        self.known.get(self.at).map_or(LOCAL, |known| &known.name)
    }

    /// For the status line; nothing where statements run here.
    #[must_use]
    pub fn label(&self) -> Option<String> {
        let known = self.known.get(self.at).filter(|_| !self.is_local())?;
        Some(format!("{} ({})", known.name, known.kind))
    }

    /// Place of a target among all.
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        self.known.iter().position(|known| known.name == name)
    }

    /// Whether statements run in the program.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.name() == LOCAL
    }

    /// Whether the lake or the files here have a table of that name.
    #[must_use]
    pub fn has_local_table(&self, name: &str) -> bool {
        self.local.iter().any(|entry| matches!(entry, Entry::Table { name: table, .. } if table == name))
    }

    /// The lines of the tree for the chosen target.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        let mut lines = if self.is_local() { self.local.clone() } else { self.elsewhere() };
        if !self.kept.is_empty() {
            lines.push(Entry::Heading("Results".into()));
        }
        let table = |kept: &KeptTable| Entry::Table { name: kept.name.clone(), rows: Some(kept.rows) };
        lines.extend(self.kept.iter().map(table));
        lines
    }

    fn elsewhere(&self) -> Vec<Entry> {
        let catalog = self.catalogs.get(self.name());
        let mut lines = self.saved.clone();
        let age = catalog.map(|catalog| format!(", {}", catalog.read.format("%d %b %H:%M")));
        lines.push(Entry::Heading(format!("Tables of {}{}", self.name(), age.unwrap_or_default())));
        lines.extend(self.trouble.as_ref().map(|trouble| match trouble {
            Trouble::Asking => Entry::Note { text: "asking …".into(), bad: false },
            Trouble::Slow => Entry::Note { text: "no answer yet".into(), bad: true },
            Trouble::Failed(error) => {
                let word = match error.kind {
                    ErrorKind::Unreachable | ErrorKind::TimedOut => "offline: ",
                    ErrorKind::Denied => "denied: ",
                    ErrorKind::Expired => "login expired: ",
                    _ => "",
                };
                Entry::Note { text: format!("{word}{}", error.message), bad: true }
            }
        }));
        let tables = catalog.map(|catalog| catalog.tables.as_slice()).unwrap_or_default();
        let qualified = !tables.iter().all(|table| table.schema == tables[0].schema);
        lines.extend(tables.iter().map(|table| Entry::Table { name: shown(table, qualified), rows: None }));
        lines
    }

    /// The target whose table of the tree this is.
    #[must_use]
    pub fn owner(&self, table: &str) -> &str {
        if self.sql_name(table).is_some() { self.name() } else { LOCAL }
    }

    /// What can be named on the chosen target, as far as it is known here: its tables, and the columns of those that
    /// were looked at.
    pub(super) fn dictionary(&self, tree: &Queries) -> Dictionary {
        let tables =
            self.catalogs.get(self.name()).map(|catalog| catalog.tables.as_slice()).unwrap_or_default();
        let qualified = !tables.iter().all(|table| table.schema == tables[0].schema);
        let dialect = self.known.get(self.at).map_or_else(Dialect::default, |known| known.dialect);
        let must_qualify = qualified || dialect.qualifies();
        let table = |table: &CatalogTable| Table {
            schema: must_qualify.then(|| table.schema.clone()),
            name: table.name.clone(),
            columns: tree.columns(&shown(table, qualified)),
        };
        Dictionary {
            schemas: tables
                .first()
                .filter(|_| !must_qualify)
                .map(|table| table.schema.clone())
                .into_iter()
                .collect(),
            tables: tables.iter().map(table).collect(),
            functions: completion::shared_functions(),
        }
    }

    /// A table of the tree as the chosen target's SQL names it; nothing for one of `local`.
    pub(super) fn sql_name(&self, name: &str) -> Option<String> {
        let tables = &self.catalogs.get(self.name()).filter(|_| !self.is_local())?.tables;
        let is_it = |table: &&CatalogTable| table.name == name || shown(table, true) == name;
        let table = tables.iter().find(is_it)?;
        Some(format!("{}.{}", super::run::sql_name(&table.schema), super::run::sql_name(&table.name)))
    }
}

fn shown(table: &CatalogTable, qualified: bool) -> String {
    if qualified { format!("{}.{}", table.schema, table.name) } else { table.name.clone() }
}

impl App {
    /// The list of the targets.
    pub(super) fn choose_target(&mut self) {
        let row = |known: &Known| vec![known.name.clone(), known.kind.clone()];
        let rows = self.targets.known.iter().map(row).collect();
        let list = List::new("Where statements run", &["target", "runs on"], rows, self.targets.at);
        self.overlay = Some(Overlay::Targets(list));
    }

    /// Statements run there from now on. The editor keeps its text; what waits for an answer here is let go.
    pub(super) fn switch_to(&mut self, at: usize) -> Vec<Effect> {
        let Some(known) = self.targets.known.get(at) else { return Vec::new() };
        let name = known.name.clone();
        self.targets.reuse = known.reuse;
        self.source.dialect = known.dialect;
        self.targets.at = at;
        self.pending = None;
        self.lake = LakePane::default();
        let mut effects = Vec::new();
        self.targets.trouble = None;
        if !self.targets.is_local() {
            self.targets.trouble = Some(Trouble::Asking);
            effects.push(Effect::Catalog { target: name.clone() });
        }
        self.queries.replace(self.targets.entries());
        self.gather_words();
        self.notice = Some(Notice { text: format!("statements run on {name} now"), bad: false });
        effects.extend(self.refresh());
        effects
    }

    /// Asks for an earlier result of the same statement, or no longer.
    pub(super) fn toggle_reuse(&mut self) {
        let known = self.targets.known.get(self.targets.at);
        let text = if self.targets.is_local() {
            "here every statement runs anew: nothing is billed".to_owned()
        } else if let Some(Known { kind, .. }) = known.filter(|known| known.dialect != Dialect::Athena) {
            format!("every statement runs anew: {kind} takes no earlier results")
        } else if self.targets.reuse.take().is_some() {
            "every statement runs anew".to_owned()
        } else {
            let age = known.and_then(|known| known.reuse).unwrap_or(REUSE);
            self.targets.reuse = Some(age);
            format!("a result of the same statement that is no older than {} will do", minutes(age))
        };
        self.notice = Some(Notice { text, bad: false });
    }

    /// Tables of a target came, or why they did not.
    pub(super) fn take_catalog(&mut self, target: &str, event: CatalogEvent) -> Vec<Effect> {
        let trouble = match event {
            CatalogEvent::Kept(catalog) => {
                self.targets.catalogs.entry(target.to_owned()).or_insert(catalog);
                Some(Trouble::Asking)
            }
            CatalogEvent::Read(catalog) => {
                self.targets.catalogs.insert(target.to_owned(), catalog);
                None
            }
            CatalogEvent::Slow => Some(Trouble::Slow),
            CatalogEvent::Failed(error) => Some(Trouble::Failed(error)),
        };
        if target == self.targets.name() && !self.targets.is_local() {
            // The tree has no room for a sentence.
            if let Some(Trouble::Failed(error)) = &trouble {
                self.notice = Some(Notice { text: error.message.clone(), bad: true });
            }
            self.targets.trouble = trouble;
            self.queries.replace(self.targets.entries());
            self.gather_words();
        }
        self.refresh()
    }

    /// A result from elsewhere became a table here.
    pub(super) fn take_kept(&mut self, table: KeptTable, gone: &[String]) -> Vec<Effect> {
        let went = match gone.len() {
            0 => String::new(),
            count => format!("; {count} older made room"),
        };
        self.notice = Some(Notice { text: format!("kept as {}{went}", table.name), bad: false });
        self.targets.kept.retain(|kept| !gone.contains(&kept.name) && kept.name != table.name);
        self.targets.kept.push(table);
        self.queries.replace(self.targets.entries());
        self.words.asked = false;
        self.gather_words();
        self.refresh()
    }

    /// A kept result has another name.
    pub(super) fn take_renamed(&mut self, from: &str, table: KeptTable) -> Vec<Effect> {
        self.notice = Some(Notice { text: format!("{from} is {} now", table.name), bad: false });
        self.targets.kept.retain(|kept| kept.name != from && kept.name != table.name);
        self.targets.kept.push(table);
        self.queries.replace(self.targets.entries());
        self.refresh()
    }

    /// The lines of the tree that `local` has, read again.
    pub(super) fn replace_local(&mut self, entries: Vec<Entry>) {
        self.targets.local = entries;
        self.queries.replace(self.targets.entries());
        self.words.asked = false;
    }

    /// Looks at the first rows of a table elsewhere.
    pub(super) fn look(&mut self, table: &str, name: &str) -> Vec<Effect> {
        let sql = format!("SELECT *\nFROM {name}\nLIMIT {LOOK}");
        self.pending = None;
        self.run(table, crate::query::Statement::plain(&sql), crate::engine::Access::ReadOnly, None)
    }
}

/// An age in minutes, for a person.
#[must_use]
pub fn minutes(age: Duration) -> String {
    format!("{} min", age.as_secs() / 60)
}

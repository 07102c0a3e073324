//! The tree: saved queries by group, then tables with their columns.

use std::collections::BTreeSet;

use duckdb::arrow::datatypes::Schema;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::super::action::Action;
use super::super::theme::Theme;
use super::super::widgets::grid::cut;
use crate::completion::{self, Column, Dictionary};
use crate::lake::{Lake, Table};
use crate::query::Query;
use crate::value;

/// One line of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    Heading(String),
    Query(Query),
    /// A table with the count of its rows, where it is known.
    Table {
        name: String,
        rows: Option<u64>,
    },
    Column {
        table: String,
        name: String,
        sql_type: String,
    },
    /// How asking for the tables below stands.
    Note {
        text: String,
        bad: bool,
    },
}

/// The pane.
#[derive(Debug, Default)]
pub struct Queries {
    entries: Vec<Entry>,
    /// Tables whose columns are shown.
    open: BTreeSet<String>,
    /// Only lines that contain this text are shown.
    pub needle: String,
    /// Place of the cursor among the lines shown.
    at: usize,
    top: usize,
}

/// The lines of the tree for saved queries and the tables of a lake.
#[must_use]
pub fn entries(queries: Vec<Query>, lake: Option<&Lake>) -> Vec<Entry> {
    let mut lines = Vec::new();
    let mut group = String::new();
    for query in queries {
        if query.group != group {
            group.clone_from(&query.group);
            lines.push(Entry::Heading(group.clone()));
        }
        lines.push(Entry::Query(query));
    }
    let tables = lake.map(|lake| lake.manifest.tables.as_slice()).unwrap_or_default();
    if !tables.is_empty() {
        lines.push(Entry::Heading("Tables".into()));
    }
    lines.extend(tables.iter().flat_map(table_entries));
    lines
}

/// The lines of one table.
pub fn table_entries(table: &Table) -> impl Iterator<Item = Entry> {
    let name = table.name.clone();
    let columns = table.columns.iter().map(move |column| Entry::Column {
        table: name.clone(),
        name: column.name.clone(),
        sql_type: column.sql_type.to_ascii_lowercase(),
    });
    std::iter::once(Entry::Table { name: table.name.clone(), rows: Some(table.rows) }).chain(columns)
}

impl Queries {
    /// A tree with its cursor on the first query.
    #[must_use]
    pub fn new(entries: Vec<Entry>) -> Self {
        let mut queries = Self { entries, ..Self::default() };
        queries.settle(1);
        queries
    }

    /// Other lines, after the lake was read again; what was unfolded and the cursor's place stay.
    pub fn replace(&mut self, entries: Vec<Entry>) {
        self.entries = entries;
        self.settle(1);
    }

    /// The lines shown now.
    fn shown(&self) -> Vec<&Entry> {
        let needle = self.needle.to_lowercase();
        let visible = |entry: &&Entry| match entry {
            Entry::Heading(_) | Entry::Note { .. } => needle.is_empty(),
            Entry::Query(query) => {
                query.title.to_lowercase().contains(&needle) || query.group.to_lowercase().contains(&needle)
            }
            Entry::Table { name, .. } => name.to_lowercase().contains(&needle),
            Entry::Column { table, name, .. } => {
                self.open.contains(table) || (!needle.is_empty() && name.to_lowercase().contains(&needle))
            }
        };
        self.entries.iter().filter(visible).collect()
    }

    /// What the cursor is on.
    #[must_use]
    pub fn selected(&self) -> Option<&Entry> {
        self.shown().get(self.at).copied()
    }

    /// Shows only what contains a text.
    pub fn filter(&mut self, needle: &str) {
        needle.clone_into(&mut self.needle);
        self.at = 0;
        self.settle(1);
    }

    /// The saved query of that name.
    #[must_use]
    pub fn saved(&self, name: &str) -> Option<Query> {
        self.entries.iter().find_map(|entry| match entry {
            Entry::Query(query) if query.name == name => Some(query.clone()),
            _ => None,
        })
    }

    /// The saved query of that title.
    #[must_use]
    pub fn titled(&self, title: &str) -> Option<Query> {
        self.entries.iter().find_map(|entry| match entry {
            Entry::Query(query) if query.title == title => Some(query.clone()),
            _ => None,
        })
    }

    /// Whether the lake or the files have a table of that name.
    #[must_use]
    pub fn has_table(&self, name: &str) -> bool {
        self.entries.iter().any(|entry| matches!(entry, Entry::Table { name: table, .. } if table == name))
    }

    /// Puts the cursor on the first query of that name, or the table.
    pub fn select(&mut self, name: &str) {
        let is_it = |entry: &&Entry| match entry {
            Entry::Query(query) => query.name == name,
            Entry::Table { name: table, .. } => table == name,
            _ => false,
        };
        self.at = self.shown().iter().position(is_it).unwrap_or(self.at);
    }

    /// Moves the cursor, unfolds or folds a table.
    pub fn act(&mut self, action: Action, page: usize) {
        let last = self.shown().len().saturating_sub(1);
        let (to, direction) = match action {
            Action::Up => (self.at.saturating_sub(1), -1),
            Action::Down => (self.at + 1, 1),
            Action::PageUp => (self.at.saturating_sub(page), -1),
            Action::PageDown => (self.at + page, 1),
            Action::First => (0, 1),
            Action::Last => (last, -1),
            Action::Left | Action::Right => return self.fold(action == Action::Right),
            _ => return,
        };
        self.at = to.min(last);
        self.settle(direction);
    }

    /// Puts the cursor on the entry of a line of the pane; says whether it stood there already.
    pub fn point(&mut self, line: usize, area: Rect) -> bool {
        let shown = self.shown();
        let (lines, _) = split(area, shown.len().saturating_sub(self.top));
        let at = self.top + line;
        let is_entry =
            shown.get(at).is_some_and(|entry| !matches!(entry, Entry::Heading(_) | Entry::Note { .. }));
        if line >= usize::from(lines.height) || !is_entry {
            return false;
        }
        std::mem::replace(&mut self.at, at) == at
    }

    fn fold(&mut self, open: bool) {
        let table = match self.selected() {
            Some(Entry::Table { name, .. }) => name.clone(),
            Some(Entry::Column { table, .. }) => table.clone(),
            _ => return,
        };
        if open {
            self.open.insert(table);
        } else {
            self.open.remove(&table);
            self.select(&table);
        }
    }

    /// The cursor never rests on a heading: it goes on in its direction, else back.
    fn settle(&mut self, direction: i8) {
        let headings: Vec<_> = self
            .shown()
            .iter()
            .map(|entry| matches!(entry, Entry::Heading(_) | Entry::Note { .. }))
            .collect();
        self.at = self.at.min(headings.len().saturating_sub(1));
        let after = (self.at..headings.len()).find(|at| !headings[*at]);
        let before = (0..headings.len().min(self.at + 1)).rev().find(|at| !headings[*at]);
        let found = if direction > 0 { after.or(before) } else { before.or(after) };
        self.at = found.unwrap_or(0);
    }

    /// The table under the cursor when it is unfolded and its columns are not known.
    #[must_use]
    pub fn undescribed(&self) -> Option<String> {
        let Some(Entry::Table { name, .. }) = self.selected() else { return None };
        let known = |entry: &Entry| matches!(entry, Entry::Column { table, .. } if table == name);
        (self.open.contains(name) && !self.entries.iter().any(known)).then(|| name.clone())
    }

    /// Puts the columns of a table below it.
    pub fn describe(&mut self, name: &str, schema: &Schema) {
        let is_it = |entry: &Entry| matches!(entry, Entry::Table { name: table, .. } if table == name);
        let Some(at) = self.entries.iter().position(is_it) else { return };
        self.entries.retain(|entry| !matches!(entry, Entry::Column { table, .. } if table == name));
        let columns = schema.fields().iter().map(|field| Entry::Column {
            table: name.to_owned(),
            name: field.name().clone(),
            sql_type: value::type_label(field.data_type()),
        });
        self.entries.splice(at + 1..=at, columns);
    }

    /// The columns of a table that are known here.
    #[must_use]
    pub fn columns(&self, table: &str) -> Vec<Column> {
        let columns = self.entries.iter().filter_map(|entry| match entry {
            Entry::Column { table: of, name, sql_type } if of == table => {
                Some(Column { name: name.clone(), sql_type: sql_type.clone() })
            }
            _ => None,
        });
        columns.collect()
    }

    /// Adds the tables and columns of the tree to what can be named, where it lacks them.
    pub fn complete(&self, dictionary: &mut Dictionary) {
        for entry in &self.entries {
            let Entry::Table { name, .. } = entry else { continue };
            let shown = |table: &completion::Table| match &table.schema {
                Some(schema) => format!("{schema}.{}", table.name),
                None => table.name.clone(),
            };
            let known = dictionary.tables.iter_mut().find(|table| shown(table) == *name);
            let columns = self.columns(name);
            match known {
                Some(table) if table.columns.is_empty() => table.columns = columns,
                Some(_) => {}
                None => {
                    let (schema, bare) = match name.strip_prefix("results.") {
                        Some(bare) => (Some("results".to_owned()), bare),
                        None => (None, name.as_str()),
                    };
                    dictionary.tables.push(completion::Table { schema, name: bare.to_owned(), columns });
                }
            }
        }
    }

    /// Brings the cursor into view, with the heading above the first entry.
    pub fn scroll(&mut self, height: usize) {
        let height = height.saturating_sub(1).max(1);
        if self.at <= self.top {
            self.top = self.at.saturating_sub(1);
        } else if self.at >= self.top + height {
            self.top = self.at + 1 - height;
        }
        self.top = self.top.min(self.shown().len().saturating_sub(height));
    }
}

/// Where entries stand, and where not all fit, the line that says how many are below.
fn split(area: Rect, entries: usize) -> (Rect, Option<(Rect, usize)>) {
    let height = usize::from(area.height);
    if entries <= height || height < 2 {
        return (area, None);
    }
    let last = Rect { y: area.bottom() - 1, height: 1, ..area };
    (Rect { height: area.height - 1, ..area }, Some((last, entries + 1 - height)))
}

/// Draws the tree.
pub fn draw(frame: &mut Frame, area: Rect, queries: &Queries, focused: bool, theme: &Theme) {
    let shown = queries.shown();
    if shown.is_empty() {
        let needle = value::visible(&queries.needle);
        let lines = if needle.is_empty() {
            vec!["no saved query and no table".to_owned()]
        } else {
            vec![format!("no query or table fits “{needle}”"), "Esc shows all".to_owned()]
        };
        for (place, text) in area.rows().zip(&lines) {
            frame.render_widget(Line::styled(cut(text, place.width.into()), theme.muted), place);
        }
        return;
    }
    let width = usize::from(area.width);
    let (area, below) = split(area, shown.len().saturating_sub(queries.top));
    let hidden = shown.iter().skip(queries.top + usize::from(area.height));
    let tables = hidden.filter(|entry| matches!(entry, Entry::Table { .. })).count();
    if let Some((place, more)) = below {
        let tables = if tables > 0 { format!(", {tables} of them tables") } else { String::new() };
        frame.render_widget(theme.below(&format!("{more} more{tables}")), place);
    }
    for (place, (index, entry)) in area.rows().zip(shown.into_iter().enumerate().skip(queries.top)) {
        let current = index == queries.at;
        let (left, right, style) = match entry {
            Entry::Heading(title) => (title.clone(), String::new(), theme.muted),
            Entry::Note { text, bad } => {
                let style = if *bad { theme.error } else { theme.muted };
                (format!("  {}", value::visible(text)), String::new(), style)
            }
            Entry::Query(query) => (format!("  {}", query.title), String::new(), theme.text),
            Entry::Table { name, rows } => {
                let mark = if queries.open.contains(name) { "▾" } else { "▸" };
                let rows = rows.map(|rows| value::grouped(&rows.to_string())).unwrap_or_default();
                (format!("{mark} {}", value::visible(name)), rows, theme.text)
            }
            Entry::Column { name, sql_type, .. } => {
                (format!("    {}", value::visible(name)), value::visible(sql_type).into_owned(), theme.muted)
            }
        };
        let left_width = width.saturating_sub(if right.is_empty() { 0 } else { right.width() + 1 });
        let left = cut(&left, left_width).into_owned();
        let gap = " ".repeat(width.saturating_sub(left.width() + right.width()));
        let (style, right_style) = match (current, focused) {
            (true, true) => (theme.cursor, theme.cursor),
            (true, false) => (theme.accent, theme.muted),
            (false, _) => (style, theme.muted),
        };
        let line = Line::from(vec![
            Span::styled(left, style),
            Span::styled(gap, style),
            Span::styled(right, right_style),
        ]);
        frame.render_widget(line, place);
    }
}

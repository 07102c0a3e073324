//! Where to write the result, in which format, and with what beside it.

use std::path::{Path, PathBuf};

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::super::theme::Theme;
use super::super::widgets::grid::cut;
use super::line::Input;
use super::pointed::Listed;
use super::{Answer, boxed, wrapped};
use crate::export::Format;
use crate::value;

/// Columns of the fields' names, and lines below the fields: the path, and what is wrong.
const NAMES: u16 = 10;
const BELOW: u16 = 3;
/// Columns of the box.
const WIDTH: u16 = 74;

/// The formats that a file can have; a table for the eye is the last.
const FORMATS: [Format; 11] = [
    Format::Csv,
    Format::Tsv,
    Format::Xlsx,
    Format::Parquet,
    Format::Arrow,
    Format::Json,
    Format::Jsonl,
    Format::Md,
    Format::Html,
    Format::Sql,
    Format::Table,
];

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    File,
    Format,
    Guard,
    Sidecar,
}

/// What the person chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub path: PathBuf,
    pub guard: bool,
    pub sidecar: bool,
}

/// The dialog.
#[derive(Debug)]
pub struct Dialog {
    title: String,
    input: Input,
    at: Field,
    guard: bool,
    sidecar: bool,
    /// Where a name without a folder ends up.
    folder: PathBuf,
    rows: u64,
    problem: Option<String>,
}

impl Dialog {
    /// Asks for a file in a folder, with a name made from the result's title; `part` are the rows
    /// that came where those are not all.
    #[must_use]
    pub fn new(title: &str, rows: u64, part: Option<u64>, folder: &Path) -> Self {
        let words = title.split(|mark: char| !mark.is_alphanumeric()).filter(|word| !word.is_empty());
        let name = words.take(6).collect::<Vec<_>>().join("_").to_lowercase();
        let name = if name.is_empty() { "result".to_owned() } else { name };
        let part = part.map(|came| format!(".first-{came}-rows")).unwrap_or_default();
        Self {
            title: format!("Export {}", value::rows(rows)),
            input: Input::offered(&format!("{name}{part}.csv")),
            at: Field::File,
            guard: false,
            sidecar: false,
            folder: folder.to_owned(),
            rows,
            problem: None,
        }
    }

    /// Takes pasted text into the name.
    pub fn paste(&mut self, text: &str) {
        self.at = Field::File;
        self.input.paste(text);
    }

    /// Whether ← and → choose.
    #[must_use]
    pub fn chooses(&self) -> bool {
        self.at != Field::File
    }

    fn format(&self) -> Option<Format> {
        Format::of_path(Path::new(self.input.text().trim()))
    }

    fn fields(&self) -> &'static [Field] {
        match self.format() {
            Some(format) if format.can_guard() => &[Field::File, Field::Format, Field::Guard, Field::Sidecar],
            _ => &[Field::File, Field::Format, Field::Sidecar],
        }
    }

    pub(super) fn listed(&self) -> Listed {
        let fields = self.fields();
        let at = fields.iter().position(|field| *field == self.at).unwrap_or(0);
        Listed { height: self.height(), above: 0, below: self.below(), count: fields.len(), at, top: Some(0) }
    }

    /// Lines of it all.
    fn height(&self) -> u16 {
        u16::try_from(self.fields().len()).unwrap_or(4) + self.below()
    }

    /// Lines below the fields: what is wrong may need more than one.
    fn below(&self) -> u16 {
        let problem = self.problem.as_deref().unwrap_or_default();
        let more = wrapped(problem, usize::from(WIDTH)).len().saturating_sub(1);
        BELOW + u16::try_from(more).unwrap_or(0)
    }

    pub fn key(&mut self, key: &KeyEvent) -> Answer {
        self.problem = None;
        match key.code {
            KeyCode::Enter => return self.submit(),
            KeyCode::Tab | KeyCode::Down => self.step(true),
            KeyCode::BackTab | KeyCode::Up => self.step(false),
            KeyCode::Left | KeyCode::Right | KeyCode::Char(' ') if self.chooses() => {
                self.choose(key.code != KeyCode::Left);
            }
            _ => {
                // Whoever types means the name.
                self.at = Field::File;
                self.input.key(key);
            }
        }
        Answer::Stay
    }

    fn step(&mut self, forward: bool) {
        let fields = self.fields();
        let at = fields.iter().position(|field| *field == self.at).unwrap_or(0);
        let step = if forward { 1 } else { fields.len() - 1 };
        self.at = fields[(at + step) % fields.len()];
    }

    fn choose(&mut self, forward: bool) {
        match self.at {
            Field::File => {}
            Field::Guard => self.guard = !self.guard,
            Field::Sidecar => self.sidecar = !self.sidecar,
            Field::Format => {
                let now = self.format();
                let at = FORMATS.iter().position(|format| Some(*format) == now);
                let step = if forward { 1 } else { FORMATS.len() - 1 };
                let next = FORMATS[at.map_or(0, |at| (at + step) % FORMATS.len())];
                let name = self.input.text().trim().to_owned();
                // Only an ending that names a format is replaced: `a.2024` has none.
                let stem = now.and_then(|_| name.rsplit_once('.')).map_or(name.as_str(), |(stem, _)| stem);
                self.input.change(&format!("{stem}.{}", next.ending()));
            }
        }
    }

    fn submit(&mut self) -> Answer {
        let path = PathBuf::from(self.input.text().trim());
        let refusal = self.format().and_then(|format| format.refusal(self.rows));
        let problem = if path.as_os_str().is_empty() {
            "a file needs a name".to_owned()
        } else if self.format().is_none() {
            let endings = FORMATS.map(|format| format!(".{}", format.ending())).join(" ");
            format!("the ending names no format: {endings}")
        } else if let Some(refusal) = refusal {
            refusal
        } else {
            let guard = self.guard && self.format().is_some_and(Format::can_guard);
            return Answer::ExportAs(Choice { path, guard, sidecar: self.sidecar });
        };
        self.problem = Some(problem);
        Answer::Stay
    }

    /// The whole path, as far as it is known here.
    fn place(&self) -> String {
        let text = self.input.text().trim();
        let path = if text.starts_with('~') { PathBuf::from(text) } else { self.folder.join(text) };
        path.display().to_string()
    }
}

/// What must be known of a format, in a sentence.
fn about(format: Option<Format>) -> &'static str {
    match format {
        None => "the ending says the format",
        Some(Format::Csv) => "every digit and byte; NULL is empty, an empty text is \"\"",
        Some(Format::Tsv) => "every digit; NULL is \\N, a tab is \\t, a line break \\n",
        Some(Format::Xlsx) => "no text is a formula; over 15 digits a number is a text",
        Some(Format::Parquet) => "every type and digit; for engines",
        Some(Format::Arrow) => "every type and digit; for Python, R and engines",
        Some(Format::Json) => "one array of objects, every digit",
        Some(Format::Jsonl) => "one object a line, every digit",
        Some(Format::Md) => "a table as the grid shows it, for a page of text",
        Some(Format::Html) => "a table as the grid shows it, for a browser or a mail",
        Some(Format::Sql) => "INSERT statements into \"result\", 500 rows each",
        Some(Format::Table) => "columns of text as the grid shows them",
    }
}

/// Draws the fields, the whole path, and what is wrong.
pub fn draw(frame: &mut Frame, dialog: &Dialog, theme: &Theme) {
    let fields = dialog.fields();
    let inside = boxed(frame, &dialog.title, WIDTH, dialog.height(), theme);
    let right = |place: Rect| Rect {
        x: place.x + NAMES.min(place.width),
        width: place.width.saturating_sub(NAMES),
        ..place
    };
    let yes = |is_on: bool| if is_on { "‹ yes › " } else { "‹ no ›  " };
    for (place, field) in inside.rows().zip(fields) {
        let focused = *field == dialog.at;
        let style = if focused { theme.accent } else { theme.text };
        let chosen = if focused { theme.accent } else { theme.number };
        let (name, value, more) = match field {
            Field::File => {
                frame.render_widget(Span::styled("file", style), place);
                dialog.input.draw(frame, right(place), focused, theme);
                continue;
            }
            Field::Format => {
                let name = dialog.format().map_or("none", Format::ending);
                ("format", format!("‹ {name} › "), about(dialog.format()))
            }
            Field::Guard => (
                "formulas",
                yes(dialog.guard).to_owned(),
                "an apostrophe before texts like =1+1, for spreadsheets",
            ),
            Field::Sidecar => (
                "beside it",
                yes(dialog.sidecar).to_owned(),
                "NAME.meta.json with the statement, engine, age and rows",
            ),
        };
        frame.render_widget(Span::styled(name, style), place);
        let line = Line::from(vec![Span::styled(value, chosen), Span::styled(more, theme.muted)]);
        frame.render_widget(line, right(place));
    }
    let below = inside.rows().skip(fields.len() + 1);
    let path = value::visible(&dialog.place()).into_owned();
    let path = cut(&path, usize::from(inside.width.saturating_sub(3))).into_owned();
    let problem = value::visible(dialog.problem.as_deref().unwrap_or_default()).into_owned();
    let problem = wrapped(&problem, usize::from(inside.width));
    let lines = std::iter::once(Line::styled(format!("to {path}"), theme.muted))
        .chain(problem.into_iter().map(|line| Line::styled(line.to_owned(), theme.error)));
    for (place, line) in below.zip(lines) {
        frame.render_widget(line, place);
    }
}

//! A card laid out for a screen: a headline that stays, and columns of entries that the mark goes over.

use unicode_width::UnicodeWidthStr;

use crate::credit::card::text::{Line, Role, Span, sign, wrap};
use crate::credit::card::{Card, Cell, Row, WHAT_IF, sparkline};
use crate::credit::figures::{PERIOD_WORDS, Period};
use crate::credit::reasons::Reason;
use crate::value::visible;

/// From here on there are two columns.
const TWO: usize = 120;
/// The widest text.
const WIDEST: usize = 100;
/// Columns between two columns.
const GAP: usize = 3;

/// A value that an entry tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About {
    pub indicator: &'static str,
    pub period: Period,
}

/// Lines that belong together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    pub lines: Vec<Line>,
    pub about: Option<About>,
    /// The mark goes past it.
    is_title: bool,
}

/// What is laid out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sheet {
    pub head: Vec<Line>,
    pub columns: Vec<Vec<Entry>>,
    /// Columns of one column.
    pub width: usize,
}

impl Sheet {
    /// An entry's value; entries are counted through all columns.
    pub fn about(&self, at: usize) -> Option<About> {
        self.columns.iter().flatten().nth(at)?.about
    }

    /// The entries that the mark stops at.
    pub fn stops(&self) -> Vec<usize> {
        let entries = self.columns.iter().flatten().enumerate();
        entries.filter(|(_, entry)| !entry.is_title).map(|(at, _)| at).collect()
    }

    /// The column of an entry and its first line there.
    pub fn place(&self, at: usize) -> (usize, usize) {
        let mut rest = at;
        for (number, column) in self.columns.iter().enumerate() {
            if let Some(before) = column.get(..rest).filter(|_| rest < column.len()) {
                return (number, lines_of(before));
            }
            rest -= column.len();
        }
        (0, 0)
    }

    pub fn height(&self, at: usize) -> usize {
        self.columns.iter().flatten().nth(at).map_or(0, |entry| entry.lines.len())
    }

    /// Lines that the columns have on a screen of so many.
    pub fn page(&self, height: usize) -> usize {
        height.saturating_sub(self.head.len() + usize::from(!self.head.is_empty())).max(1)
    }
}

/// Lines of entries.
pub fn lines_of(entries: &[Entry]) -> usize {
    entries.iter().map(|entry| entry.lines.len()).sum()
}

/// A card, with the figures over a period where they have one.
pub fn of(card: &Card, window: Option<Period>, width: usize, height: usize) -> Sheet {
    let is_wide = width >= TWO;
    let column = if is_wide { (width - GAP) / 2 } else { width }.clamp(8, WIDEST);
    let page = Page { width: column };
    let reasons = page.reasons(card);
    let figures = page.figures(card, window);
    let foot = page.foot(card);
    let columns = if is_wide {
        vec![[reasons, foot].concat(), figures]
    } else {
        vec![[reasons, figures, foot].concat()]
    };
    Sheet { head: Page { width: width.clamp(8, 2 * WIDEST) }.head(card), columns, width: column }
        .fitted(height)
}

/// Two cards, the values of each beside the other's.
pub fn beside(cards: [&Card; 2], width: usize, height: usize) -> Sheet {
    let width = width.clamp(20, 2 * WIDEST);
    let half = (width - GAP) / 2;
    let [one, other] = cards.map(|card| Page { width: half }.head(card));
    let head = (0..one.len().max(other.len())).map(|at| {
        let left = one.get(at).cloned().unwrap_or_default();
        let gap = " ".repeat((half + GAP).saturating_sub(width_of(&left)));
        let right = other.get(at).cloned().unwrap_or_default();
        [left, vec![plain(&gap, Role::Plain)], right].concat()
    });
    let head = head.collect();
    let page = Page { width };
    Sheet { head, columns: vec![page.compared(cards)], width }.fitted(height)
}

impl Sheet {
    /// Where the headline would leave no room for the rest, it goes with it.
    fn fitted(mut self, height: usize) -> Self {
        if self.head.len() + 4 > height {
            let head = Entry { lines: std::mem::take(&mut self.head), ..Entry::default() };
            if let Some(column) = self.columns.first_mut() {
                column.insert(0, head);
            }
        }
        self
    }
}

fn plain(text: &str, role: Role) -> Span {
    Span { text: visible(text).into_owned(), role }
}

/// Columns of a line.
pub fn width_of(line: &Line) -> usize {
    line.iter().map(|span| span.text.width()).sum()
}

fn title(text: &str) -> Entry {
    let lines = vec![Vec::new(), vec![plain(text, Role::Heading)]];
    Entry { lines, about: None, is_title: true }
}

struct Page {
    width: usize,
}

impl Page {
    /// A text over as many lines as it needs, after a sign of the first.
    fn wrapped(&self, start: &Span, text: &str, role: Role) -> Vec<Line> {
        let room = self.width.saturating_sub(start.text.width()).max(2);
        let mut lines = Vec::new();
        for (index, line) in wrap(&visible(text), room).into_iter().enumerate() {
            let start =
                if index == 0 { start.clone() } else { plain(&" ".repeat(start.text.width()), Role::Plain) };
            lines.push(vec![start, Span { text: line, role }]);
        }
        lines
    }

    fn indented(&self, text: &str, role: Role) -> Vec<Line> {
        self.wrapped(&plain("    ", Role::Plain), text, role)
    }

    /// The grade, what weighs most, the second job's ratio, when and in which currencies.
    fn head(&self, card: &Card) -> Vec<Line> {
        let band = card.headline.band;
        let role = band.map_or(Role::Warning, Role::Band);
        let word = format!("{} {}  ", sign(band), card.headline.word.to_uppercase());
        let mut lines = self.wrapped(&plain(&word, role), &card.called(), Role::Heading);
        lines.extend(self.wrapped(&plain("  ", Role::Plain), &card.headline.sentence, Role::Plain));
        let ratio =
            format!("Deposits over withdrawals, whole history: {} · {}", card.ratio.shown, card.ratio.label);
        lines.extend(self.wrapped(&plain("  ", Role::Plain), &ratio, Role::Plain));
        if card.instalment.is_some() {
            lines.extend(self.wrapped(&plain("! ", Role::Warning), WHAT_IF, Role::Warning));
        }
        let about = format!("{} · policy {} · {}", card.about(), card.policy.version, card.disclaimer);
        lines.extend(self.wrapped(&plain("  ", Role::Plain), &about, Role::Muted));
        lines
    }

    /// What must be known of the data, then what speaks against and for.
    fn reasons(&self, card: &Card) -> Vec<Entry> {
        let mut entries = vec![Entry {
            lines: vec![vec![plain("Data", Role::Heading)]],
            is_title: true,
            ..Entry::default()
        }];
        let (warnings, others): (Vec<_>, Vec<_>) = card.notes.iter().partition(|note| note.is_warning);
        for note in warnings.into_iter().chain(others) {
            let (start, role) = if note.is_warning { ("! ", Role::Warning) } else { ("  ", Role::Plain) };
            let lines = self.wrapped(&plain(start, role), &note.text, role);
            entries.push(Entry { lines, ..Entry::default() });
        }
        for (word, reasons) in [("Against", &card.against), ("For", &card.in_favour)] {
            if !reasons.is_empty() {
                entries.push(title(word));
                entries.extend(reasons.iter().map(|reason| self.reason(reason)));
            }
        }
        if !card.unknown.is_empty() {
            entries.push(title("Not known, neither for nor against"));
            let lines = self.wrapped(&plain("  ", Role::Plain), &card.unknown.join(", "), Role::Plain);
            entries.push(Entry { lines, ..Entry::default() });
        }
        if let Some(points) = &card.points {
            entries.push(title("How the grade comes"));
            let lines = self.wrapped(&plain("  ", Role::Plain), &points.sentence(), Role::Plain);
            entries.push(Entry { lines, ..Entry::default() });
        }
        entries
    }

    fn reason(&self, reason: &Reason) -> Entry {
        let start = format!("{} {:+3}  ", sign(Some(reason.band)), reason.points);
        let mut lines = self.wrapped(&plain(&start, Role::Band(reason.band)), &reason.sentence, Role::Plain);
        let words = reason.detail();
        lines.extend(self.wrapped(&plain(&" ".repeat(start.width()), Role::Plain), &words, Role::Muted));
        let about = Some(About { indicator: reason.indicator, period: reason.period });
        Entry { lines, about, is_title: false }
    }

    fn figures(&self, card: &Card, window: Option<Period>) -> Vec<Entry> {
        let mut entries = Vec::new();
        for group in card.figures.chunk_by(|one, next| one.group == next.group) {
            let Some(first) = group.first() else { continue };
            entries.push(title(first.group));
            entries.extend(group.iter().filter_map(|row| self.figure(row, window)));
        }
        let lines = self.wrapped(&plain("  ", Role::Plain), PERIOD_WORDS, Role::Muted);
        entries.push(Entry { lines: [vec![Vec::new()], lines].concat(), ..Entry::default() });
        // The first title of a column needs no line above it.
        if let Some(first) = entries.first_mut() {
            first.lines.remove(0);
        }
        entries
    }

    fn figure(&self, row: &Row, window: Option<Period>) -> Option<Entry> {
        let chosen = row.cells.iter().find(|cell| Some(cell.period) == window);
        let cell = chosen.or_else(|| row.main())?;
        let (mark, role) = marked(cell);
        let value = format!("{} {:>4}", visible(&cell.shown), cell.period.to_string());
        let gap = self.width.saturating_sub(2 + row.label.width() + value.width());
        let mut lines = if gap > 0 {
            vec![vec![
                plain(&mark, role),
                plain(row.label, Role::Plain),
                plain(&" ".repeat(gap), Role::Plain),
                plain(&value, Role::Plain),
            ]]
        } else {
            let label = self.wrapped(&plain(&mark, role), row.label, Role::Plain);
            [label, self.indented(&value, Role::Plain)].concat()
        };
        let bars = sparkline::bars(&row.history);
        let others = row.cells.iter().filter(|other| other.period != cell.period);
        let others: Vec<_> =
            others.map(|other| format!("{} {}", other.period, visible(&other.shown))).collect();
        let beside: Vec<_> = [bars, others.join(" · ")].into_iter().filter(|text| !text.is_empty()).collect();
        if !beside.is_empty() {
            lines.extend(self.indented(&beside.join("  "), Role::Muted));
        }
        // What cannot be told has been said.
        if row.meaning.is_some() && cell.value.is_some() {
            lines.extend(self.indented(&row.sentence, Role::Muted));
        }
        Some(Entry {
            lines,
            about: Some(About { indicator: row.indicator, period: cell.period }),
            is_title: false,
        })
    }

    fn foot(&self, card: &Card) -> Vec<Entry> {
        let inputs = &card.inputs;
        let texts = [
            format!("run {} · rates {}", card.run_id, inputs.rate_words()),
            format!("policy {} · sha256 {}", card.policy.version, card.policy.sha256),
            format!("lake · sha256 {}", inputs.manifest_sha256),
        ];
        let lines = texts.iter().map(|text| self.wrapped(&plain("  ", Role::Plain), text, Role::Muted));
        let entries = lines.map(|lines| Entry { lines, ..Entry::default() });
        std::iter::once(title("Made from")).chain(entries).collect()
    }

    /// A line an indicator: what it is of the one and of the other.
    fn compared(&self, [one, other]: [&Card; 2]) -> Vec<Entry> {
        let column = (self.width / 3).clamp(8, 40);
        let label = self.width.saturating_sub(2 * column);
        let mut entries = Vec::new();
        for group in one.figures.chunk_by(|one, next| one.group == next.group) {
            entries.extend(group.first().map(|row| title(row.group)));
            for row in group {
                let Some(cell) = row.main() else { continue };
                let twin = other.row(row.indicator);
                let twin = twin.and_then(|row| row.cells.iter().find(|twin| twin.period == cell.period));
                let values = [Some(cell), twin].map(|cell| {
                    let (mark, role) = cell.map_or_else(|| ("  ".to_owned(), Role::Muted), marked);
                    let shown = cell.map_or_else(String::new, |cell| cell.shown.clone());
                    let gap = " ".repeat(column.saturating_sub(mark.width() + visible(&shown).width()));
                    vec![plain(&mark, role), plain(&shown, Role::Plain), plain(&gap, Role::Plain)]
                });
                let name = format!("  {} {}", row.label, cell.period);
                let gap = " ".repeat(label.saturating_sub(name.width()));
                let named = vec![plain(&format!("{name}{gap}"), Role::Plain)];
                let is_one_line =
                    name.width() < label && values.iter().all(|value| width_of(value) <= column);
                let lines = if is_one_line {
                    vec![[named, values.concat()].concat()]
                } else {
                    let values =
                        values.into_iter().map(|value| [vec![plain("    ", Role::Plain)], value].concat());
                    std::iter::once(named).chain(values).collect()
                };
                let about = Some(About { indicator: row.indicator, period: cell.period });
                entries.push(Entry { lines, about, is_title: false });
            }
        }
        if let Some(first) = entries.first_mut() {
            first.lines.remove(0);
        }
        entries
    }
}

/// The sign of a value's band.
fn marked(cell: &Cell) -> (String, Role) {
    match cell.band {
        Some(band) => (format!("{} ", sign(Some(band))), Role::Band(band)),
        None => ("  ".to_owned(), Role::Muted),
    }
}

//! Taking in a bank's statement: a file is chosen, how it would be read is looked at, and what it does not tell itself is
//! said.

mod draw;
mod files;

use std::path::PathBuf;

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::Rect;

use super::super::statement_request::{Folder, Looked};
use super::line::Input;
use super::pointed::Listed;
use super::{Answer, largest, not_typed};
use crate::encoding::Encoding;
use crate::text::amounts::Mark;
use crate::text::dates::Order;
use crate::text::given::{self, BelowHeading, Given, Minus};

use files::Files;

pub use draw::draw;

/// Lines inside the frame that the dialog asks for, and its columns.
const HEIGHT: u16 = 44;
const WIDTH: u16 = 150;
/// Lines above the files: the path, and how many there are.
const ABOVE: u16 = 2;

/// What a person can say about a statement, in the order of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Decimal,
    Dates,
    Signs,
    Account,
    Currency,
    Delimiter,
    Encoding,
    Bank,
    Header,
    BelowHeading,
}

/// Each with its name, three in a row; the last has one of its own.
const FIELDS: [(Field, &str); 10] = [
    (Field::Decimal, "decimal"),
    (Field::Dates, "dates"),
    (Field::Signs, "signs"),
    (Field::Account, "account"),
    (Field::Currency, "currency"),
    (Field::Delimiter, "delimiter"),
    (Field::Encoding, "encoding"),
    (Field::Bank, "bank"),
    (Field::Header, "header"),
    (Field::BelowHeading, "below-heading"),
];

/// The dialog.
#[derive(Debug)]
pub struct Dialog {
    files: Files,
    /// The file that was chosen, with all that is said about it.
    chosen: Option<Reading>,
    /// What became of the one before.
    report: Vec<String>,
}

/// How a file would be read.
#[derive(Debug)]
struct Reading {
    path: PathBuf,
    given: Given,
    at: usize,
    /// What is typed for the account, the currency and the delimiter.
    typed: [Input; 3],
    /// What was said when it was looked at last, and what came of that.
    asked: Given,
    looked: Option<Looked>,
    /// The profiles that there are, once the file was looked at.
    profiles: Vec<String>,
    top: usize,
    problem: Option<String>,
    /// Nothing was pressed since it was asked for: the cursor may go to the field that the answer is about.
    awaits: bool,
}

impl Dialog {
    /// Asks for a file, with what became of the one before.
    #[must_use]
    pub fn new(report: Vec<String>) -> Self {
        Self { files: Files::default(), chosen: None, report }
    }

    /// Whether something that was asked for has not come.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.chosen.as_ref().is_some_and(|reading| reading.looked.is_none())
    }

    /// The keys that it names in the footer.
    #[must_use]
    pub fn keys(&self) -> &'static [(&'static str, &'static str)] {
        match &self.chosen {
            None => &[
                ("Enter", "take it"),
                ("Tab", "complete"),
                ("←", "folder above"),
                ("↑ ↓", "choose"),
                ("Esc", "close"),
            ],
            Some(reading) => reading.keys(),
        }
    }

    /// Whether a file is chosen still.
    #[must_use]
    pub fn is_choosing(&self) -> bool {
        self.chosen.is_none()
    }

    /// What lies in the folder that was asked for last.
    pub fn take_folder(&mut self, folder: Folder) {
        if folder.asked == self.files.asked() {
            self.files.folder = folder;
            self.files.is_read = true;
            self.files.find();
        }
    }

    /// How the file would be read.
    pub fn take_look(&mut self, looked: Looked) {
        if let Some(reading) = &mut self.chosen {
            if !looked.profiles.is_empty() {
                reading.profiles.clone_from(&looked.profiles);
            }
            let asked_about = looked.refusals.iter().find_map(|text| field_of(text));
            if let Some(at) = asked_about.filter(|_| reading.awaits) {
                reading.at = at;
            }
            reading.awaits = false;
            reading.looked = Some(looked);
            reading.top = 0;
        }
    }

    /// Takes pasted text.
    pub fn paste(&mut self, text: &str) -> Answer {
        match &mut self.chosen {
            None => self.files.change(|input| input.paste(text)),
            Some(reading) => {
                reading.awaits = false;
                match reading.input() {
                    Some(input) => input.paste(text),
                    None => reading.problem = Some(not_typed(FIELDS[reading.at].1)),
                }
                Answer::Stay
            }
        }
    }

    pub(super) fn listed(&self, most: u16) -> Option<Listed> {
        let below = u16::try_from(self.report.len()).unwrap_or(0).min(most / 3);
        let (count, at) = (self.files.found.len(), self.files.at);
        self.chosen.is_none().then_some(Listed { height: HEIGHT, above: ABOVE, below, count, at, top: None })
    }

    pub fn key(&mut self, key: &KeyEvent, screen: Rect) -> Answer {
        let page = usize::from(largest(screen).1.min(HEIGHT)).saturating_sub(9).max(1);
        match &mut self.chosen {
            Some(reading) => reading.key(key, page, usize::from(largest(screen).0.min(WIDTH))),
            None => {
                let (answer, chosen) = self.files.key(key, page);
                if let Some(path) = chosen {
                    self.chosen = Some(Reading::new(path.clone()));
                    return Answer::LookAt(path, Given::default());
                }
                answer
            }
        }
    }

    /// From what is said about a file back to the files.
    pub fn back(&mut self) {
        self.chosen = None;
    }
}

impl Reading {
    fn new(path: PathBuf) -> Self {
        Self {
            path,
            given: Given::default(),
            at: 0,
            typed: [Input::default(), Input::default(), Input::default()],
            asked: Given::default(),
            looked: None,
            profiles: Vec::new(),
            top: 0,
            problem: None,
            awaits: true,
        }
    }

    /// The keys that it names in the footer.
    fn keys(&self) -> &'static [(&'static str, &'static str)] {
        const KEYS: [(&str, &str); 6] = [
            ("Enter", "look again"),
            ("Enter", "take it in"),
            ("Tab", "next field"),
            ("← →", "choose"),
            ("PgDn", "scroll"),
            ("Esc", "other file"),
        ];
        const LOOK: &[(&str, &str)] = &[KEYS[0], KEYS[2], KEYS[3], KEYS[4], KEYS[5]];
        if self.is_changed() {
            LOOK
        } else if self.is_read() {
            KEYS.split_at(1).1
        } else {
            KEYS.split_at(2).1
        }
    }

    /// Whether something else is said than when it was looked at last.
    fn is_changed(&self) -> bool {
        self.said().as_ref() != Ok(&self.asked)
    }

    /// Whether it was looked at and can be read.
    fn is_read(&self) -> bool {
        self.looked.as_ref().is_some_and(|looked| !looked.lines.is_empty())
    }

    fn field(&self) -> Field {
        FIELDS[self.at].0
    }

    /// The line of the field under the cursor, where it is typed.
    fn input(&mut self) -> Option<&mut Input> {
        let place = place(self.field())?;
        Some(&mut self.typed[place])
    }

    /// What stands in a field that is chosen.
    fn value(&self, field: Field) -> Option<&str> {
        match field {
            Field::Decimal => self.given.decimal.map(Mark::word),
            Field::Dates => self.given.dates.map(Order::word),
            Field::Signs => self.given.signs.map(Minus::word),
            Field::BelowHeading => self.given.below_heading.map(BelowHeading::word),
            Field::Encoding => self.given.encoding.map(Encoding::name),
            Field::Bank => self.given.bank.as_deref(),
            Field::Header => self.given.no_header.then_some("none"),
            Field::Account | Field::Currency | Field::Delimiter => None,
        }
    }

    /// The next value of the field, or the one before; nothing said comes between the last and the first.
    fn step(&mut self, forward: bool) {
        let given = &mut self.given;
        match FIELDS[self.at].0 {
            Field::Decimal => cycle(&mut given.decimal, &Mark::BOTH, forward),
            Field::Dates => cycle(&mut given.dates, &Order::ALL, forward),
            Field::Signs => cycle(&mut given.signs, &[Minus::Out, Minus::In], forward),
            Field::BelowHeading => cycle(&mut given.below_heading, &BelowHeading::BOTH, forward),
            Field::Encoding => {
                cycle(&mut given.encoding, &Encoding::NAMES.map(|(_, encoding)| encoding), forward);
            }
            Field::Bank => cycle(&mut given.bank, &self.profiles, forward),
            Field::Header => given.no_header = !given.no_header,
            Field::Account | Field::Currency | Field::Delimiter => {}
        }
    }

    /// All that is said, with what is typed; or what is wrong with that.
    fn said(&self) -> Result<Given, String> {
        let [account, currency, delimiter] = self.typed.each_ref().map(|input| input.text().trim());
        let said = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Ok(Given {
            account: said(account),
            currency: said(currency).map(|text| given::currency(&text)).transpose()?,
            delimiter: said(delimiter).map(|text| given::delimiter(&text)).transpose()?,
            ..self.given.clone()
        })
    }

    /// Looks at the file again where something else is said now.
    fn look(&mut self) -> Option<Answer> {
        match self.said() {
            Ok(said) => self.given = said,
            Err(why) => {
                self.problem = Some(why);
                return Some(Answer::Stay);
            }
        }
        if self.given == self.asked {
            return None;
        }
        self.asked = self.given.clone();
        self.looked = None;
        Some(Answer::LookAt(self.path.clone(), self.given.clone()))
    }

    fn key(&mut self, key: &KeyEvent, page: usize, width: usize) -> Answer {
        self.problem = None;
        self.awaits = key.code == KeyCode::Enter;
        let told = self.looked.iter().flat_map(|looked| looked.refusals.iter().chain(&looked.lines));
        let (last, lines) =
            (FIELDS.len() - 1, told.map(|text| draw::whole(text, width).len()).sum::<usize>());
        let to = match key.code {
            KeyCode::Enter => return self.submit(),
            KeyCode::Tab => Some(if self.at == last { 0 } else { self.at + 1 }),
            KeyCode::BackTab => Some(if self.at == 0 { last } else { self.at - 1 }),
            KeyCode::Down => Some((self.at + 3) % FIELDS.len()),
            KeyCode::Up => Some((self.at + FIELDS.len() - 3) % FIELDS.len()),
            _ => None,
        };
        if let Some(to) = to {
            let answer = self.look();
            // What is wrong is mended where it stands.
            if self.problem.is_none() {
                self.at = to;
            }
            return answer.unwrap_or(Answer::Stay);
        }
        match key.code {
            KeyCode::PageDown => self.top = (self.top + page).min(lines.saturating_sub(page)),
            KeyCode::PageUp => self.top = self.top.saturating_sub(page),
            KeyCode::Left | KeyCode::Right | KeyCode::Char(' ') if place(self.field()).is_none() => {
                self.step(key.code != KeyCode::Left);
                return self.look().unwrap_or(Answer::Stay);
            }
            _ => match self.input() {
                Some(input) => input.key(key),
                None if matches!(key.code, KeyCode::Char(_)) => {
                    self.problem = Some(not_typed(FIELDS[self.at].1));
                }
                None => {}
            },
        }
        Answer::Stay
    }

    /// Takes the file in, once it was looked at with all that is said.
    fn submit(&mut self) -> Answer {
        if let Some(answer) = self.look() {
            return answer;
        }
        let why = match &self.looked {
            None => "it is being looked at",
            Some(looked) if looked.lines.is_empty() => "it cannot be read so",
            Some(_) => return Answer::TakeIn(self.path.clone(), self.given.clone()),
        };
        self.problem = Some(why.into());
        Answer::Stay
    }
}

/// Which of the lines that are typed a field is.
fn place(field: Field) -> Option<usize> {
    match field {
        Field::Account => Some(0),
        Field::Currency => Some(1),
        Field::Delimiter => Some(2),
        _ => None,
    }
}

/// The place of the field that a refusal asks for: the first whose option on the command line it names.
fn field_of(refusal: &str) -> Option<usize> {
    let mut options = refusal.split("--").skip(1).map(|rest| {
        let name = rest.split(|mark: char| !(mark.is_ascii_lowercase() || mark == '-')).next().unwrap_or("");
        name.strip_prefix("no-").unwrap_or(name)
    });
    options.find_map(|option| FIELDS.iter().position(|(_, name)| *name == option))
}

/// The value after one, or before it; nothing comes between the last and the first.
fn cycle<T: Clone + PartialEq>(now: &mut Option<T>, all: &[T], forward: bool) {
    let at = now.as_ref().and_then(|now| all.iter().position(|one| one == now));
    *now = match (at, forward) {
        (None, true) => all.first(),
        (None, false) => all.last(),
        (Some(at), true) => all.get(at + 1),
        (Some(at), false) => at.checked_sub(1).and_then(|at| all.get(at)),
    }
    .cloned();
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::super::statement_request::FolderEntry;
    use super::*;

    fn entry(name: &str, is_folder: bool) -> FolderEntry {
        FolderEntry { name: name.into(), path: Path::new("/x").join(name), is_folder, bytes: 1 }
    }

    fn dialog() -> Dialog {
        let mut dialog = Dialog::new(Vec::new());
        let entries = vec![entry("sub", true), entry(".hidden.csv", false), entry("jan-2024.csv", false)];
        dialog.take_folder(Folder { entries, ..Folder::default() });
        dialog
    }

    fn press(dialog: &mut Dialog, code: KeyCode) -> Answer {
        dialog.key(&KeyEvent::from(code), Rect::new(0, 0, 80, 24))
    }

    fn type_in(dialog: &mut Dialog, text: &str) -> Answer {
        text.chars().fold(Answer::Stay, |_, letter| press(dialog, KeyCode::Char(letter)))
    }

    fn found(dialog: &Dialog) -> Vec<&str> {
        dialog.files.found.iter().map(|at| dialog.files.folder.entries[*at].name.as_str()).collect()
    }

    #[test]
    fn a_file_is_found_by_parts_of_its_name_and_a_folder_is_gone_into() {
        let mut dialog = dialog();
        assert_eq!(found(&dialog), ["sub", "jan-2024.csv"]);
        type_in(&mut dialog, "j24");
        assert_eq!(found(&dialog), ["jan-2024.csv"]);
        let look = press(&mut dialog, KeyCode::Enter);
        assert_eq!(look, Answer::LookAt("/x/jan-2024.csv".into(), Given::default()));
        dialog.back();
        assert!(dialog.is_choosing());
        press(&mut dialog, KeyCode::Backspace);
        (0..2).for_each(|_| drop(press(&mut dialog, KeyCode::Backspace)));
        type_in(&mut dialog, ".");
        assert_eq!(found(&dialog)[0], ".hidden.csv", "they are found by the point that they begin with");
        press(&mut dialog, KeyCode::Backspace);
        assert_eq!(press(&mut dialog, KeyCode::Tab), Answer::ListFolder("sub/".into()));
        assert!(found(&dialog).is_empty(), "nothing of the folder before");
        // What comes late of another folder is not this one's.
        dialog.take_folder(Folder { entries: vec![entry("old.csv", false)], ..Folder::default() });
        assert!(found(&dialog).is_empty());
        for (typed, above) in
            [("sub/", ""), ("", "../"), ("../", "../../"), ("/a/b/", "/a/"), ("/", "/"), ("~/", "~/../")]
        {
            dialog.files.input.set(typed);
            press(&mut dialog, KeyCode::Left);
            assert_eq!(dialog.files.input.text(), above, "above {typed:?}");
        }
    }

    #[test]
    fn what_is_said_is_looked_at_before_the_file_is_taken_in() {
        let mut dialog = dialog();
        type_in(&mut dialog, "jan");
        press(&mut dialog, KeyCode::Enter);
        assert!(dialog.is_waiting());
        assert_eq!(press(&mut dialog, KeyCode::Enter), Answer::Stay, "nobody has looked at it yet");
        let refused = Looked { refusals: vec!["two readings".into()], ..Looked::default() };
        dialog.take_look(refused);
        assert_eq!(press(&mut dialog, KeyCode::Enter), Answer::Stay, "it cannot be read");
        let comma = Given { decimal: Some(Mark::Comma), ..Given::default() };
        press(&mut dialog, KeyCode::Right);
        let path = PathBuf::from("/x/jan-2024.csv");
        assert_eq!(press(&mut dialog, KeyCode::Right), Answer::LookAt(path.clone(), comma.clone()));
        // A currency that is none stays where it is mended.
        (0..4).for_each(|_| drop(press(&mut dialog, KeyCode::Tab)));
        type_in(&mut dialog, "EURO");
        assert_eq!(press(&mut dialog, KeyCode::Tab), Answer::Stay);
        assert!(dialog.chosen.as_ref().unwrap().problem.is_some());
        press(&mut dialog, KeyCode::Backspace);
        let said = Given { currency: Some("EUR".into()), ..comma };
        assert_eq!(press(&mut dialog, KeyCode::Enter), Answer::LookAt(path.clone(), said.clone()));
        dialog.take_look(Looked { lines: vec!["12 lines".into()], ..Looked::default() });
        assert_eq!(press(&mut dialog, KeyCode::Enter), Answer::TakeIn(path, said));
    }

    #[test]
    fn the_field_that_is_asked_for_has_the_cursor_unless_a_person_went_on() {
        let refused = |text: &str| Looked { refusals: vec![text.to_owned()], ..Looked::default() };
        let opened = || {
            let mut dialog = dialog();
            type_in(&mut dialog, "jan");
            press(&mut dialog, KeyCode::Enter);
            dialog
        };
        let field = |dialog: &Dialog| dialog.chosen.as_ref().unwrap().field();
        for (text, wanted) in [
            ("no account; hint: name it, or give it with --account NUMBER", Field::Account),
            ("two readings; hint: say which with --dates dmy, --dates mdy or --dates ymd", Field::Dates),
            ("hint: name the column with --map FILE; else say --signs minus-out", Field::Signs),
            ("hint: say --below-heading booked if they are booked", Field::BelowHeading),
            ("hint: a file without a header is read with --no-header", Field::Header),
            ("it has no lines", Field::Decimal),
        ] {
            let mut dialog = opened();
            dialog.take_look(refused(text));
            assert_eq!(field(&dialog), wanted, "{text}");
        }
        let mut dialog = opened();
        press(&mut dialog, KeyCode::Tab);
        dialog.take_look(refused("say --account NUMBER"));
        assert_eq!(field(&dialog), Field::Dates);
        // Letters are nothing to a field that is chosen, and that is said.
        type_in(&mut dialog, "DE");
        let problem = dialog.chosen.as_ref().unwrap().problem.clone();
        assert!(problem.is_some_and(|text| text.starts_with("dates is chosen with ← and →")));
        dialog.paste("DE77");
        assert!(dialog.chosen.as_ref().unwrap().problem.is_some());
    }
}

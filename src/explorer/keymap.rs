//! The keys: one table, read forwards to find an action and backwards to show hints.
//!
//! No action stands only on an F-key, on Alt or on Ctrl+Enter: those do not arrive everywhere.

use std::fmt::Write as _;

use crossterm::event::{KeyCode, KeyEvent};

use super::action::{Action, Pane};
use key::{ctrl, key, letter, shift};
use own::OwnKeys;

mod key;
pub mod own;

pub use key::{Key, KeyError};

pub mod editing;

/// Where a key counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Everywhere, while typing too.
    Everywhere,
    /// In every pane but the editor.
    Browsing,
    Queries,
    Editor,
    Results,
    Charts,
    Forecast,
    Lake,
    Credit,
}

/// All of them, the widest first.
pub const SCOPES: [Scope; 9] = [
    Scope::Everywhere,
    Scope::Browsing,
    Scope::Queries,
    Scope::Editor,
    Scope::Results,
    Scope::Charts,
    Scope::Forecast,
    Scope::Lake,
    Scope::Credit,
];

/// A key, where it counts, and what it asks for.
pub type Binding = (Scope, Key, Action);

/// Every binding before a person has changed it; the first of an action is the one that hints name.
pub const BINDINGS: &[Binding] = &[
    (Scope::Everywhere, ctrl('r'), Action::Run),
    (Scope::Everywhere, key(KeyCode::F(5)), Action::Run),
    (Scope::Everywhere, ctrl('c'), Action::Cancel),
    (Scope::Everywhere, key(KeyCode::Tab), Action::NextPane),
    (Scope::Everywhere, key(KeyCode::BackTab), Action::PreviousPane),
    (Scope::Everywhere, ctrl('p'), Action::Palette),
    (Scope::Everywhere, key(KeyCode::F(1)), Action::Help),
    (Scope::Everywhere, key(KeyCode::F(8)), Action::History),
    (Scope::Everywhere, ctrl('z'), Action::Suspend),
    (Scope::Everywhere, ctrl('q'), Action::Quit),
    (Scope::Editor, key(KeyCode::Esc), Action::GoResults),
    (Scope::Editor, ctrl('b'), Action::RunAll),
    (Scope::Editor, ctrl(' '), Action::Complete),
    (Scope::Editor, ctrl('u'), Action::Undo),
    (Scope::Editor, ctrl('y'), Action::Redo),
    (Scope::Editor, ctrl('f'), Action::FindText),
    (Scope::Editor, ctrl('\\'), Action::FindTextNext),
    (Scope::Editor, key(KeyCode::F(3)), Action::FindTextNext),
    (Scope::Editor, ctrl('g'), Action::GoToLine),
    (Scope::Editor, ctrl('l'), Action::LayOut),
    (Scope::Editor, key(KeyCode::F(4)), Action::LayOut),
    (Scope::Editor, ctrl('/'), Action::Comment),
    (Scope::Editor, ctrl('a'), Action::SelectAll),
    (Scope::Editor, ctrl('c'), Action::CopyText),
    (Scope::Editor, ctrl('x'), Action::CutText),
    (Scope::Editor, ctrl('v'), Action::PasteText),
    (Scope::Editor, ctrl('e'), Action::EditOutside),
    (Scope::Editor, ctrl('n'), Action::NextBuffer),
    (Scope::Editor, ctrl('o'), Action::PreviousBuffer),
    (Scope::Editor, ctrl('t'), Action::NewBuffer),
    (Scope::Editor, ctrl('s'), Action::NameBuffer),
    (Scope::Editor, ctrl('d'), Action::CloseBuffer),
    (Scope::Browsing, letter('q'), Action::Quit),
    (Scope::Browsing, letter('?'), Action::Help),
    (Scope::Browsing, letter(':'), Action::Palette),
    (Scope::Browsing, letter('1'), Action::GoQueries),
    (Scope::Browsing, letter('2'), Action::GoEditor),
    (Scope::Browsing, letter('3'), Action::GoResults),
    (Scope::Browsing, letter('4'), Action::GoCharts),
    (Scope::Browsing, letter('5'), Action::GoForecast),
    (Scope::Browsing, letter('6'), Action::GoLake),
    (Scope::Browsing, letter('7'), Action::GoCredit),
    (Scope::Browsing, letter('r'), Action::Reload),
    (Scope::Browsing, letter('B'), Action::Statement),
    (Scope::Browsing, letter('z'), Action::Zoom),
    (Scope::Browsing, letter('t'), Action::NextTheme),
    (Scope::Browsing, letter('M'), Action::Vim),
    (Scope::Browsing, letter('v'), Action::ToggleView),
    (Scope::Browsing, letter('V'), Action::PreviousView),
    (Scope::Browsing, letter('T'), Action::Target),
    (Scope::Browsing, letter('R'), Action::Runs),
    (Scope::Browsing, letter('P'), Action::History),
    (Scope::Browsing, letter('u'), Action::Reuse),
    (Scope::Browsing, letter('['), Action::PreviousResult),
    (Scope::Browsing, letter(']'), Action::NextResult),
    (Scope::Browsing, key(KeyCode::Up), Action::Up),
    (Scope::Browsing, letter('k'), Action::Up),
    (Scope::Browsing, key(KeyCode::Down), Action::Down),
    (Scope::Browsing, letter('j'), Action::Down),
    (Scope::Browsing, key(KeyCode::Left), Action::Left),
    (Scope::Browsing, letter('h'), Action::Left),
    (Scope::Browsing, key(KeyCode::Right), Action::Right),
    (Scope::Browsing, letter('l'), Action::Right),
    (Scope::Browsing, key(KeyCode::PageUp), Action::PageUp),
    (Scope::Browsing, ctrl('b'), Action::PageUp),
    (Scope::Browsing, key(KeyCode::PageDown), Action::PageDown),
    (Scope::Browsing, ctrl('f'), Action::PageDown),
    (Scope::Browsing, key(KeyCode::Home), Action::First),
    (Scope::Browsing, letter('g'), Action::First),
    (Scope::Browsing, key(KeyCode::End), Action::Last),
    (Scope::Browsing, letter('G'), Action::Last),
    (Scope::Browsing, ctrl('k'), Action::Keys),
    (Scope::Queries, key(KeyCode::Enter), Action::Open),
    (Scope::Queries, letter('e'), Action::Edit),
    (Scope::Queries, letter('/'), Action::Filter),
    (Scope::Queries, key(KeyCode::Esc), Action::ShowAll),
    (Scope::Results, key(KeyCode::Enter), Action::Inspect),
    (Scope::Results, letter('s'), Action::SortRows),
    (Scope::Results, letter('S'), Action::SortAlso),
    (Scope::Results, letter('+'), Action::KeepSame),
    (Scope::Results, letter('-'), Action::DropSame),
    (Scope::Results, letter('&'), Action::Condition),
    (Scope::Results, key(KeyCode::Esc), Action::AsItCame),
    (Scope::Results, letter('/'), Action::Find),
    (Scope::Results, letter('n'), Action::FindNext),
    (Scope::Results, letter('N'), Action::FindPrevious),
    (Scope::Results, letter(' '), Action::Mark),
    (Scope::Results, shift(KeyCode::Up), Action::ExtendUp),
    (Scope::Results, shift(KeyCode::Down), Action::ExtendDown),
    (Scope::Results, shift(KeyCode::Left), Action::ExtendLeft),
    (Scope::Results, shift(KeyCode::Right), Action::ExtendRight),
    (Scope::Results, letter('p'), Action::Profile),
    (Scope::Results, letter('m'), Action::Figures),
    (Scope::Results, letter('C'), Action::Columns),
    (Scope::Results, letter('F'), Action::Freeze),
    (Scope::Results, letter('d'), Action::Hide),
    (Scope::Results, letter('H'), Action::MoveLeft),
    (Scope::Results, letter('L'), Action::MoveRight),
    (Scope::Results, letter('<'), Action::Narrower),
    (Scope::Results, letter('>'), Action::Wider),
    (Scope::Results, letter('#'), Action::GoToRow),
    (Scope::Results, letter('w'), Action::CloseResult),
    (Scope::Results, letter('D'), Action::Detach),
    (Scope::Results, letter('y'), Action::CopyCell),
    (Scope::Results, letter('Y'), Action::CopyRow),
    (Scope::Results, letter('c'), Action::CopyAs),
    (Scope::Results, letter('x'), Action::Export),
    (Scope::Results, letter('K'), Action::Keep),
    (Scope::Results, letter('='), Action::CompareResults),
    (Scope::Results, letter('*'), Action::Pivot),
    (Scope::Results, letter('^'), Action::FirstColumn),
    (Scope::Results, letter('$'), Action::LastColumn),
    (Scope::Results, letter('f'), Action::Forecast),
    (Scope::Charts, letter('f'), Action::Forecast),
    (Scope::Forecast, key(KeyCode::Enter), Action::Rows),
    (Scope::Forecast, key(KeyCode::Left), Action::Earlier),
    (Scope::Forecast, key(KeyCode::Right), Action::Later),
    (Scope::Forecast, letter('h'), Action::Horizon),
    (Scope::Forecast, letter('o'), Action::Origin),
    (Scope::Forecast, letter('c'), Action::Country),
    (Scope::Forecast, letter('m'), Action::Member),
    (Scope::Forecast, letter('b'), Action::Kind),
    (Scope::Forecast, letter('<'), Action::Threshold),
    (Scope::Forecast, letter('a'), Action::AddItem),
    (Scope::Forecast, letter('d'), Action::RemoveItem),
    (Scope::Forecast, letter('A'), Action::Averages),
    (Scope::Forecast, letter('I'), Action::InTransit),
    (Scope::Forecast, letter('C'), Action::Compare),
    (Scope::Credit, key(KeyCode::Enter), Action::LookInto),
    (Scope::Credit, letter('a'), Action::Account),
    (Scope::Credit, letter('m'), Action::Meaning),
    (Scope::Credit, letter('f'), Action::Forecast),
    (Scope::Credit, letter('i'), Action::Instalment),
    (Scope::Credit, letter('d'), Action::AsOf),
    (Scope::Credit, letter('c'), Action::Currency),
    (Scope::Credit, letter('w'), Action::Window),
    (Scope::Credit, letter('h'), Action::Page),
    (Scope::Credit, letter('v'), Action::Beside),
    (Scope::Credit, letter('p'), Action::Portfolio),
    (Scope::Credit, letter('W'), Action::Watch),
    (Scope::Credit, letter('s'), Action::Sort),
    (Scope::Credit, letter('/'), Action::Filter),
    (Scope::Credit, key(KeyCode::Esc), Action::Back),
];

/// The scopes that count in a pane, the narrowest first.
#[must_use]
pub fn scopes(pane: Pane) -> &'static [Scope] {
    match pane {
        Pane::Queries => &[Scope::Queries, Scope::Browsing, Scope::Everywhere],
        Pane::Editor => &[Scope::Editor, Scope::Everywhere],
        Pane::Results => &[Scope::Results, Scope::Browsing, Scope::Everywhere],
        Pane::Charts => &[Scope::Charts, Scope::Browsing, Scope::Everywhere],
        Pane::Forecast => &[Scope::Forecast, Scope::Browsing, Scope::Everywhere],
        Pane::Lake => &[Scope::Lake, Scope::Browsing, Scope::Everywhere],
        Pane::Credit => &[Scope::Credit, Scope::Browsing, Scope::Everywhere],
    }
}

/// The pane in which an action asked for from a pane is done; nothing where only keys of another pane make sense of
/// it.
#[must_use]
pub fn home(from: Pane, action: Action) -> Option<Pane> {
    if matches!(action, Action::ToggleView | Action::PreviousView) {
        return Some(if from == Pane::Forecast { from } else { Pane::Charts });
    }
    let is_movement = MOVEMENTS.contains(&action);
    if counts(from, action) {
        return Some(from);
    }
    let mut scopes = BINDINGS.iter().filter(|(.., bound)| *bound == action).map(|(scope, ..)| *scope);
    scopes.find_map(|scope| match scope {
        // What counts in every pane but the editor needs no other pane, unless it moves a cursor there.
        Scope::Browsing | Scope::Everywhere => (!is_movement).then_some(from),
        Scope::Queries => Some(Pane::Queries),
        Scope::Editor => Some(Pane::Editor),
        Scope::Results => Some(Pane::Results),
        Scope::Charts => Some(Pane::Charts),
        Scope::Forecast => Some(Pane::Forecast),
        Scope::Lake => Some(Pane::Lake),
        Scope::Credit => Some(Pane::Credit),
    })
}

/// What moves a cursor of the pane that has the keys.
const MOVEMENTS: [Action; 8] = [
    Action::Up,
    Action::Down,
    Action::Left,
    Action::Right,
    Action::PageUp,
    Action::PageDown,
    Action::First,
    Action::Last,
];

/// Whether an action is one of a pane's.
fn counts(pane: Pane, action: Action) -> bool {
    BINDINGS.iter().any(|(scope, _, bound)| *bound == action && scopes(pane).contains(scope))
}

/// The scopes with their actions, in the order of the table.
pub fn actions() -> impl Iterator<Item = (Scope, Action)> {
    let first = |(index, (scope, _, action)): &(usize, &Binding)| {
        !BINDINGS[..*index].iter().any(|(at, _, bound)| at == scope && bound == action)
    };
    BINDINGS.iter().enumerate().filter(first).map(|(_, (scope, _, action))| (*scope, *action))
}

/// The keys as they count: the table, with what a person has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keymap {
    bindings: Vec<Binding>,
    own: OwnKeys,
}

impl Default for Keymap {
    fn default() -> Self {
        Self { bindings: BINDINGS.to_vec(), own: OwnKeys::default() }
    }
}

impl Keymap {
    /// What a key asks for in a pane.
    #[must_use]
    pub fn lookup(&self, pane: Pane, event: &KeyEvent) -> Option<Action> {
        let key = Key::of(event)?;
        let found = |key| scopes(pane).iter().find_map(|scope| self.bound(*scope, key));
        // A key that nobody bound with Shift is what it is without.
        found(key).or_else(|| found(Key { shift: false, ..key }))
    }

    /// What a key asks for while something is typed over the panes.
    #[must_use]
    pub fn everywhere(&self, event: &KeyEvent) -> Option<Action> {
        self.bound(Scope::Everywhere, Key::of(event)?)
    }

    /// What a key asks for where it counts.
    #[must_use]
    pub fn bound(&self, scope: Scope, key: Key) -> Option<Action> {
        let is_it = |(at, bound, _): &&Binding| *at == scope && *bound == key;
        self.bindings.iter().find(is_it).map(|(.., action)| *action)
    }

    /// The key that a hint names for an action in a pane.
    #[must_use]
    pub fn hint(&self, pane: Pane, action: Action) -> Option<Key> {
        let in_scope =
            |scope: &Scope| self.bindings.iter().find(|(at, _, bound)| at == scope && *bound == action);
        scopes(pane).iter().find_map(in_scope).map(|(_, key, _)| *key)
    }

    /// What a person has changed.
    #[must_use]
    pub fn own(&self) -> &OwnKeys {
        &self.own
    }

    /// All keys of an action, wherever they count.
    #[must_use]
    pub fn all(&self, action: Action) -> Vec<Key> {
        let mut keys = Vec::new();
        for (_, key, _) in self.bindings.iter().filter(|(.., bound)| *bound == action) {
            if !keys.contains(key) {
                keys.push(*key);
            }
        }
        keys
    }

    /// All keys of an action in a scope, as text: `↓ j`.
    #[must_use]
    pub fn keys(&self, scope: Scope, action: Action) -> String {
        let bound = self.bindings.iter().filter(|(at, _, bound)| *at == scope && *bound == action);
        bound.map(|(_, key, _)| key.to_string()).collect::<Vec<_>>().join(" ")
    }

    /// The table of keys as Markdown, for the documentation.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut text = String::from("| where | keys | what |\n|---|---|---|\n");
        for (scope, action) in actions() {
            let keys = self.keys(scope, action);
            let keys = keys.split(' ').map(|key| format!("`{key}`")).collect::<Vec<_>>().join(" ");
            let _ = writeln!(text, "| {} | {keys} | {} |", scope.label(), action.help());
        }
        text
    }
}

impl Scope {
    /// Its name for a person.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Everywhere => "everywhere",
            Self::Browsing => "outside the editor",
            Self::Queries => "queries",
            Self::Editor => "editor",
            Self::Results => "results",
            Self::Charts => "charts",
            Self::Forecast => "forecast",
            Self::Lake => "lake",
            Self::Credit => "credit",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::action::ACTIONS;
    use super::*;

    #[test]
    fn no_key_means_two_things_and_every_action_has_a_key() {
        for (index, (scope, key, _)) in BINDINGS.iter().enumerate() {
            let twice = BINDINGS[index + 1..].iter().any(|(other, again, _)| other == scope && again == key);
            assert!(!twice, "{key} twice in {scope:?}");
        }
        for (action, name, _) in ACTIONS {
            assert!(BINDINGS.iter().any(|(.., bound)| bound == action), "{name} has no key");
            assert!(
                BINDINGS.iter().any(|(_, key, bound)| bound == action && !key.is_function()),
                "{name} stands only on an F-key"
            );
        }
        for (.., action) in BINDINGS {
            assert!(ACTIONS.iter().any(|(known, ..)| known == action), "{action:?} has no name");
        }
    }

    #[test]
    fn an_action_of_another_pane_is_done_there_or_not_offered() {
        assert_eq!(home(Pane::Queries, Action::Export), Some(Pane::Results));
        assert_eq!(home(Pane::Editor, Action::Threshold), Some(Pane::Forecast));
        assert_eq!(home(Pane::Editor, Action::Zoom), Some(Pane::Editor));
        assert_eq!(home(Pane::Editor, Action::PageDown), None);
        assert_eq!(home(Pane::Lake, Action::PageDown), Some(Pane::Lake));
        assert_eq!(home(Pane::Editor, Action::ToggleView), Some(Pane::Charts));
        for (action, name, _) in ACTIONS {
            for (pane, _) in super::super::action::PANES {
                let Some(home) = home(pane, *action) else { continue };
                let is_known = counts(home, *action) || home == Pane::Editor;
                assert!(is_known, "{name} from {pane:?} goes to {home:?}");
            }
        }
    }

    #[test]
    fn letters_are_text_in_the_editor() {
        let press = KeyEvent::from(KeyCode::Char('q'));
        let keymap = Keymap::default();
        assert_eq!(keymap.lookup(Pane::Editor, &press), None);
        assert_eq!(keymap.lookup(Pane::Results, &press), Some(Action::Quit));
    }

    #[test]
    fn the_documentation_names_the_same_keys() {
        let page = include_str!("../../docs/keys.md");
        let table = Keymap::default().markdown();
        assert!(page.contains(&table), "put this into docs/keys.md:\n{table}");
    }
}

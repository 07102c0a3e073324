//! A person's own keys: `keys.toml`, a line for each action with the keys that it has instead of ours.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use toml::Spanned;

use super::super::action::{ACTIONS, Action};
use super::{BINDINGS, Binding, Key, Keymap, Scope};

/// Without a key for these nobody would find a way on.
const NEEDED: [Action; 3] = [Action::Palette, Action::Help, Action::Quit];

/// The keys that a person gave to actions, in the order of the file; an action without one has no key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OwnKeys {
    given: Vec<(Action, Vec<Key>)>,
}

/// What is wrong with the keys of an action.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct KeyFault {
    /// Whose keys are at fault.
    pub action: Action,
    /// The action that has the key already.
    pub taken_from: Option<Action>,
    message: String,
}

impl OwnKeys {
    /// Reads the file's text.
    ///
    /// # Errors
    /// With the first line that is not an action with its keys, and what is wrong with it.
    pub fn keymap(text: &str) -> Result<Keymap, (usize, String)> {
        let line = |at: usize| 1 + text[..at.min(text.len())].matches('\n').count();
        let parsed: BTreeMap<Spanned<String>, Vec<Spanned<String>>> = toml::from_str(text)
            .map_err(|error| (line(error.span().map_or(0, |span| span.start)), error.message().to_owned()))?;
        let mut lines: Vec<_> = parsed.into_iter().collect();
        lines.sort_by_key(|(name, _)| name.span().start);
        let mut own = Self::default();
        let mut places = Vec::new();
        for (name, keys) in lines {
            let known =
                ACTIONS.iter().find(|(_, known, _)| known == name.get_ref()).map(|(action, ..)| *action);
            let at = line(name.span().start);
            let action = known.ok_or_else(|| (at, format!("{:?} is not an action", name.get_ref())))?;
            let parse = |key: &Spanned<String>| {
                key.get_ref()
                    .parse()
                    .map_err(|error: super::KeyError| (line(key.span().start), error.to_string()))
            };
            own.given.push((action, keys.iter().map(parse).collect::<Result<_, _>>()?));
            places.push(at);
        }
        // What one line gives up another may take, so all count at once.
        match Keymap::with(own.clone()) {
            Ok(keymap) => Ok(keymap),
            Err(fault) => {
                let given = own.given.iter().position(|(action, _)| *action == fault.action);
                Err((given.map_or(1, |index| places[index]), fault.to_string()))
            }
        }
    }

    /// The file's text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text =
            String::from("# Keys of the explorer that are not as they came: `saldo keys` lists all.\n");
        for (action, keys) in &self.given {
            let keys: Vec<_> = keys.iter().map(ToString::to_string).collect();
            let _ = writeln!(text, "{} = {}", toml::Value::from(action.name()), toml::Value::from(keys));
        }
        text
    }

    /// These keys with others for an action; with ours where there are none.
    #[must_use]
    pub fn with(mut self, action: Action, keys: Option<Vec<Key>>) -> Self {
        self.given.retain(|(given, _)| *given != action);
        self.given.extend(keys.map(|keys| (action, keys)));
        self
    }

    fn of(&self, action: Action) -> Option<&[Key]> {
        self.given.iter().find(|(given, _)| *given == action).map(|(_, keys)| keys.as_slice())
    }
}

impl Keymap {
    /// The table with a person's own keys.
    ///
    /// # Errors
    /// When a key would mean two things in one place, is text where text is typed, or an action without which there is
    /// no way on has none.
    pub fn with(own: OwnKeys) -> Result<Self, KeyFault> {
        let fault = |action: Action, taken_from, message| Err(KeyFault { action, taken_from, message });
        if let Some(action) = NEEDED.into_iter().find(|action| own.of(*action).is_some_and(<[_]>::is_empty)) {
            let message = format!("{:?} needs a key, as there would be no way on without one", action.name());
            return fault(action, None, message);
        }
        let mut bindings: Vec<Binding> = Vec::with_capacity(BINDINGS.len());
        for (scope, action) in super::actions() {
            let ours = BINDINGS.iter().filter(|(at, _, bound)| *at == scope && *bound == action);
            let keys: Vec<Key> =
                own.of(action).map_or_else(|| ours.map(|(_, key, _)| *key).collect(), <[_]>::to_vec);
            bindings.extend(keys.into_iter().map(|key| (scope, key, action)));
        }
        for (index, (scope, key, action)) in bindings.iter().enumerate() {
            if matches!(scope, Scope::Everywhere | Scope::Editor) && key.is_text() {
                let message = format!(
                    "{key} is text in the editor; {:?} needs a key such as Ctrl-{key}",
                    action.name()
                );
                return fault(*action, None, message);
            }
            let twice = |(at, bound, other): &&Binding| at == scope && bound == key && other != action;
            if let Some((.., other)) = bindings[index + 1..].iter().find(twice) {
                // The person's key is at fault, not the one that was there before.
                let (own, had) = if own.of(*other).is_some() { (other, action) } else { (action, other) };
                let message = format!("{key} already means {:?} ({})", had.name(), scope.label());
                return fault(*own, Some(*had), message);
            }
        }
        Ok(Self { bindings, own })
    }
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

    use super::super::super::action::Pane;
    use super::*;

    #[test]
    fn every_key_is_read_as_it_is_shown() {
        for (_, key, _) in BINDINGS {
            assert_eq!(key.to_string().parse(), Ok(*key));
        }
        assert_eq!("ctrl".parse::<Key>().unwrap_err().to_string().split(' ').next(), Some("\"ctrl\""));
        for (written, shown) in
            [("F12", "F12"), ("Up", "↑"), ("space", "Space"), ("Ctrl-x", "Ctrl-X"), ("é", "é")]
        {
            assert_eq!(written.parse::<Key>().unwrap().to_string(), shown);
        }
        for text in ["", "F13", "Ctrl-", "Alt-x", "xy", "\u{1b}", "Ctrl-I", "Ctrl-m", "Ctrl-[", "Shift-x"] {
            assert!(text.parse::<Key>().is_err(), "{text:?} was taken for a key");
        }
    }

    #[test]
    fn own_keys_go_before_ours() {
        let keymap = OwnKeys::keymap("export = [\"X\", \"F9\"]\n\"copy row\" = []\n").unwrap();
        let own = keymap.own();
        let press = |code| KeyEvent::new(code, KeyModifiers::NONE);
        assert_eq!(keymap.lookup(Pane::Results, &press(KeyCode::Char('X'))), Some(Action::Export));
        assert_eq!(keymap.lookup(Pane::Results, &press(KeyCode::F(9))), Some(Action::Export));
        assert_eq!(keymap.lookup(Pane::Results, &press(KeyCode::Char('x'))), None);
        assert_eq!(keymap.hint(Pane::Results, Action::CopyRow), None);
        assert_eq!(OwnKeys::keymap(&own.text()).as_ref(), Ok(&keymap));
        assert_eq!(
            Keymap::with(own.clone().with(Action::Export, None).with(Action::CopyRow, None)),
            Ok(Keymap::default())
        );
    }

    #[test]
    fn what_cannot_be_is_named_by_its_line() {
        let fault = |text: &str| OwnKeys::keymap(text).unwrap_err();
        assert_eq!(fault("export = [\"X\"]\nexports = [\"X\"]"), (2, "\"exports\" is not an action".into()));
        assert_eq!(fault("\n\nexport = [\"y\"]"), (3, "y already means \"copy cell\" (results)".into()));
        assert_eq!(fault("help = []").1, "\"help\" needs a key, as there would be no way on without one");
        assert!(fault("run = [\"x\"]").1.contains("text in the editor"));
        assert!(fault("export = [\"Alt-x\"]").1.contains("is not a key"));
        assert_eq!(fault("export = 3").0, 1);
        // Both changed at once: what the other gave up can be taken.
        assert!(OwnKeys::keymap("\"copy cell\" = [\"Y\"]\n\"copy row\" = [\"y\"]").is_ok());
        assert!(OwnKeys::keymap("\"copy cell\" = [\"Y\"]").is_err());
    }
}

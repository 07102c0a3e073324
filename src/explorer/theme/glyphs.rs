//! The signs of the screen where the terminal has only plain ones: panes draw in full, and what is drawn is replaced
//! here, sign by sign, so that nobody else needs to know.

use std::borrow::Cow;
use std::env;

use ratatui::buffer::Buffer;
use serde::{Deserialize, Serialize};

/// What signs the terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Glyphs {
    #[default]
    Full,
    /// All but Braille, which not every font has: charts are drawn in quarters of a sign.
    Blocks,
    /// Letters of any script, but neither lines nor blocks: the console of Linux.
    Letters,
    /// ASCII: a character set that is not UTF-8, or a terminal of which nothing is known.
    Ascii,
}

/// Signs of the screen, and what stands for them; both one column wide. NULL is `~`, and `>` says that there is more.
const PLAIN: &[(&str, char)] = &[
    ("─┄╌╍╸━", '-'),
    ("│┃┊┆", '|'),
    ("╭╮╰╯┌┐└┘├┤┬┴┼", '+'),
    ("▁", '_'),
    ("▂░·•", '.'),
    ("▃", '-'),
    ("▄═", '='),
    ("▅", '+'),
    ("▆", '*'),
    ("▇", '%'),
    ("█", '#'),
    ("▀", '"'),
    ("▒", ':'),
    ("∅", '~'),
    ("…›⇥", '>'),
    ("‹", '<'),
    ("▲", '^'),
    ("▼", 'v'),
    ("▸", '+'),
    ("▾", '-'),
    ("⏎", '$'),
    ("“”", '"'),
    ("‘’", '\''),
    ("–—−", '-'),
    ("×", 'x'),
    ("≈", '~'),
    ("≠", '!'),
    ("�○", '?'),
    ("●", 'o'),
    ("■", '#'),
];
/// Keys that are named by a sign. None has a twin among the plain ones, which are keys too: they are words there.
const KEYS: [(char, &str); 4] = [('←', "Left"), ('→', "Right"), ('↑', "Up"), ('↓', "Down")];
/// Braille signs by the count of their dots.
const DOTS: [char; 9] = [' ', '.', '.', ':', ':', '*', '*', '#', '#'];

impl Glyphs {
    /// What the environment says: `SALDO_GLYPHS` (`braille`, `block`, `ascii`), else `TERM`, and the character set of
    /// `LC_ALL`, `LC_CTYPE` or `LANG`.
    #[must_use]
    pub fn detect() -> Self {
        let variable = |name| env::var(name).unwrap_or_default();
        if let Some(named) = Self::named(&variable("SALDO_GLYPHS")) {
            return named;
        }
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].map(variable).into_iter().find(|text| !text.is_empty());
        Self::of(&variable("TERM"), locale.as_deref())
    }

    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "braille" => Self::Full,
            "block" => Self::Blocks,
            "ascii" => Self::Ascii,
            _ => return None,
        })
    }

    fn of(term: &str, locale: Option<&str>) -> Self {
        let is_utf8 = |locale: &str| {
            let locale = locale.to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        };
        // Containers and services set no locale at all, and their terminals show UTF-8.
        match (term, locale) {
            (term, _) if term == "dumb" || super::is_plain(term) => Self::Ascii,
            (_, Some(locale)) if !is_utf8(locale) => Self::Ascii,
            ("linux", _) => Self::Letters,
            _ => Self::Full,
        }
    }

    /// A text with what the terminal shows in place of what it lacks.
    #[must_use]
    pub fn text(self, text: &str) -> String {
        text.chars().map(|mark| self.sign(mark)).collect()
    }

    /// A text that names keys, as it is said where the terminal has plain signs only: `Left` for `←`.
    #[must_use]
    pub fn keys(self, text: &str) -> Cow<'_, str> {
        let is_key = |mark| KEYS.iter().find(|(sign, _)| *sign == mark);
        if matches!(self, Self::Full | Self::Blocks) || !text.contains(|mark| is_key(mark).is_some()) {
            return text.into();
        }
        let mut said = String::with_capacity(text.len());
        for mark in text.chars() {
            match is_key(mark) {
                Some((_, word)) => said.push_str(word),
                None => said.push(mark),
            }
        }
        said.into()
    }

    fn sign(self, mark: char) -> char {
        if self == Self::Blocks {
            return quarters(mark).unwrap_or(mark);
        }
        match plain(mark) {
            _ if self == Self::Full || mark.is_ascii() => mark,
            Some(plain) => plain,
            None if self == Self::Ascii => '?',
            None => mark,
        }
    }

    /// Replaces what was drawn by what the terminal shows.
    pub fn apply(self, buffer: &mut Buffer) {
        if self == Self::Full {
            return;
        }
        for cell in &mut buffer.content {
            let symbol = cell.symbol();
            if symbol.is_ascii() {
                continue;
            }
            let mark = symbol.chars().next().unwrap_or(' ');
            match self.sign(mark) {
                same if same == mark => {}
                plain => _ = cell.set_char(plain),
            }
        }
    }
}

/// The quarters of a sign in which a Braille sign has dots.
fn quarters(mark: char) -> Option<char> {
    const SIGNS: [char; 16] =
        [' ', '▘', '▝', '▀', '▖', '▌', '▞', '▛', '▗', '▚', '▐', '▜', '▄', '▙', '▟', '█'];
    /// Bits of the dots of each quarter: above to the left and right, then below.
    const DOTS: [u32; 4] = [0x03, 0x18, 0x44, 0xa0];
    let dots = u32::from(mark).checked_sub(0x2800).filter(|dots| *dots <= 0xff)?;
    let at = (0..4).filter(|quarter| dots & DOTS[*quarter] > 0).map(|quarter| 1 << quarter).sum::<usize>();
    SIGNS.get(at).copied()
}

fn plain(mark: char) -> Option<char> {
    if let 0x2800..=0x28ff = u32::from(mark) {
        return DOTS.get((u32::from(mark) & 0xff).count_ones() as usize).copied();
    }
    PLAIN.iter().find(|(signs, _)| signs.contains(mark)).map(|(_, plain)| *plain)
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    #[test]
    fn the_terminal_and_the_locale_tell_the_signs() {
        for (term, locale, glyphs) in [
            ("xterm-256color", Some("en_GB.UTF-8"), Glyphs::Full),
            ("xterm-256color", Some("de_DE.utf8"), Glyphs::Full),
            ("xterm-256color", None, Glyphs::Full),
            ("xterm-256color", Some("C"), Glyphs::Ascii),
            ("xterm", Some("de_DE.ISO-8859-1"), Glyphs::Ascii),
            ("linux", Some("en_GB.UTF-8"), Glyphs::Letters),
            ("dumb", Some("en_GB.UTF-8"), Glyphs::Ascii),
        ] {
            assert_eq!(Glyphs::of(term, locale), glyphs, "{term} {locale:?}");
        }
    }

    #[test]
    fn dots_of_a_chart_become_the_quarters_that_they_stand_in() {
        for (braille, block) in [
            ('⠀', ' '),
            ('⠁', '▘'),
            ('⠈', '▝'),
            ('⡀', '▖'),
            ('⢀', '▗'),
            ('⠉', '▀'),
            ('⣀', '▄'),
            ('⡇', '▌'),
            ('⠢', '▚'),
        ] {
            assert_eq!(quarters(braille), Some(block), "{braille}");
        }
        assert_eq!((quarters('a'), quarters('█')), (None, None));
        let named = ["braille", "block", "ascii", "", "x"].map(Glyphs::named);
        assert_eq!(named, [Some(Glyphs::Full), Some(Glyphs::Blocks), Some(Glyphs::Ascii), None, None]);
    }

    #[test]
    fn a_printed_line_has_the_signs_that_a_drawn_one_has() {
        let text = "● green ▲ amber ■ red ○ none · é";
        assert_eq!(Glyphs::Full.text(text), text);
        assert_eq!(Glyphs::Letters.text(text), "o green ^ amber # red ? none . é");
        assert_eq!(Glyphs::Ascii.text(text), "o green ^ amber # red ? none . ?");
    }

    #[test]
    fn keys_named_by_a_sign_are_words_where_signs_are_plain() {
        let text = "Ctrl-← Alt-B  ↓ j  < narrower";
        for glyphs in [Glyphs::Full, Glyphs::Blocks] {
            assert_eq!(glyphs.keys(text), text);
        }
        for glyphs in [Glyphs::Letters, Glyphs::Ascii] {
            assert_eq!(glyphs.keys(text), "Ctrl-Left Alt-B  Down j  < narrower");
            assert_eq!(glyphs.keys("Enter"), "Enter");
        }
    }

    #[test]
    fn signs_become_plain_and_letters_stay_where_there_are_letters() {
        let drawn = |glyphs: Glyphs| {
            let mut buffer = Buffer::empty(Rect::new(0, 0, 16, 1));
            buffer.set_string(0, 0, "─│∅ 1… ▁█ é日 ⣿⠁", Style::default());
            glyphs.apply(&mut buffer);
            buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect::<String>()
        };
        assert_eq!(drawn(Glyphs::Blocks), "─│∅ 1… ▁█ é日  █▘");
        assert_eq!(drawn(Glyphs::Letters), "-|~ 1> _# é日  #.");
        assert_eq!(drawn(Glyphs::Ascii), "-|~ 1> _# ??  #.");
    }
}

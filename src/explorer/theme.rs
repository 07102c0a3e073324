//! Roles from a TOML file to styles: a pane asks for a meaning, never for a colour.
//!
//! A terminal's own background is never painted over: it costs bytes and breaks transparency.

mod glyphs;

use std::env;
use std::path::Path;

use anstyle::{Ansi256Color, RgbColor};
use anstyle_lossy::palette;
use ratatui::backend::IntoCrossterm as _;
use ratatui::crossterm::style::ContentStyle;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Line;
use serde::{Deserialize, Serialize};

use crate::config::fault_of;

pub use glyphs::Glyphs;

include!(concat!(env!("OUT_DIR"), "/themes.rs"));

/// The styles of the explorer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    pub name: String,
    /// What stands for the signs of the screen where the terminal lacks them.
    pub glyphs: Glyphs,
    /// What the theme is meant to stand on; not painted.
    pub background: Color,
    pub text: Style,
    pub muted: Style,
    pub heading: Style,
    /// The focused pane, keys in hints.
    pub accent: Style,
    pub border: Style,
    /// The cell or entry under the cursor.
    pub cursor: Style,
    /// Marked text and the current row.
    pub selection: Style,
    pub number: Style,
    pub null: Style,
    pub keyword: Style,
    pub literal: Style,
    pub comment: Style,
    pub good: Style,
    pub warning: Style,
    pub error: Style,
    /// Lines and bars, in order.
    pub series: [Style; 4],
    /// Where four of five outcomes lie, and nearly all; a pattern where there is no ground.
    pub bands: [Style; 2],
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    background: String,
    text: Role,
    muted: Role,
    heading: Role,
    accent: Role,
    border: Role,
    cursor: Role,
    selection: Role,
    number: Role,
    null: Role,
    keyword: Role,
    literal: Role,
    comment: Role,
    good: Role,
    warning: Role,
    error: Role,
    series: [Role; 4],
    bands: [Role; 2],
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch in a theme's file")]
struct Role {
    fg: Option<String>,
    bg: Option<String>,
    bold: bool,
    dim: bool,
    italic: bool,
    underlined: bool,
    reversed: bool,
}

/// How many colours the terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Depth {
    True,
    Palette,
    Sixteen,
    None,
}

/// Why a theme cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ThemeError {
    #[error("there is no theme {0}")]
    Unknown(String),
    #[error("theme {name} is not valid: {why}")]
    Invalid { name: String, why: String },
}

impl Depth {
    /// No more than sixteen colours: each change of one takes a fourth of the bytes.
    #[must_use]
    pub fn few(self) -> Self {
        if self == Self::None { self } else { Self::Sixteen }
    }

    /// What the environment says: `NO_COLOR`, `COLORTERM`, `TERM`.
    #[must_use]
    pub fn detect() -> Self {
        let variable = |name| env::var(name).unwrap_or_default();
        let term = variable("TERM");
        if !variable("NO_COLOR").is_empty() || term == "dumb" || is_plain(&term) {
            Self::None
        } else if matches!(variable("COLORTERM").as_str(), "truecolor" | "24bit") {
            Self::True
        } else if term.contains("256") {
            Self::Palette
        } else {
            Self::Sixteen
        }
    }
}

/// A terminal from before colours: a DEC VT100 or one of its kin.
#[must_use]
pub fn is_plain(term: &str) -> bool {
    term.strip_prefix("vt").is_some_and(|number| number.starts_with(|mark: char| mark.is_ascii_digit()))
}

/// Names of the built-in themes.
pub fn names() -> impl Iterator<Item = &'static str> {
    BUILT_IN.iter().map(|(name, _)| *name)
}

impl Theme {
    /// A built-in theme by name, or a `.toml` file, in the colours that the terminal has.
    ///
    /// # Errors
    /// When there is no such theme, or the file is not valid.
    pub fn load(name: &str, depth: Depth) -> Result<Self, ThemeError> {
        let invalid = |why: String| ThemeError::Invalid { name: name.to_owned(), why };
        let text = match BUILT_IN.iter().find(|(known, _)| *known == name) {
            Some((_, text)) => (*text).to_owned(),
            None if Path::new(name).extension().is_some_and(|end| end == "toml") => {
                std::fs::read_to_string(name).map_err(|error| invalid(error.to_string()))?
            }
            None => return Err(ThemeError::Unknown(name.to_owned())),
        };
        let file: File = toml::from_str(&text).map_err(|error| invalid(fault_of(&text, &error)))?;
        Self::from_file(name, &file, depth).map_err(invalid)
    }

    /// The theme with the signs that the terminal has.
    #[must_use]
    pub fn with(self, glyphs: Glyphs) -> Self {
        Self { glyphs, ..self }
    }

    /// The ground of a band, if there is one.
    #[must_use]
    pub fn ground(&self, band: Option<usize>) -> Style {
        band.and_then(|band| self.bands.get(band)).copied().unwrap_or_default()
    }

    /// A line that says what the key for down brings.
    #[must_use]
    pub fn below(&self, what: &str) -> Line<'static> {
        Line::styled(format!("{} {what}", self.glyphs.keys("↓")), self.muted)
    }

    /// The cell under the cursor where it is marked too: where both look alike, it is what is not reversed.
    #[must_use]
    pub fn cursor_in_marked(&self) -> Style {
        let ground = |style: Style| (style.bg, style.add_modifier.contains(Modifier::REVERSED));
        if ground(self.cursor) != ground(self.selection) {
            return self.cursor;
        }
        self.cursor.remove_modifier(Modifier::REVERSED).add_modifier(Modifier::BOLD | Modifier::UNDERLINED)
    }

    /// A cell whose upper and lower half lie in bands: grounds, or one pattern where there are none.
    #[must_use]
    pub fn halves(&self, [upper, lower]: [Option<usize>; 2]) -> (char, Style) {
        if self.bands[0].bg.is_none() {
            return match upper.or(lower) {
                Some(0) => ('▒', self.bands[0]),
                Some(_) => ('░', self.bands[1]),
                None => (' ', Style::default()),
            };
        }
        let (over, under) = (self.ground(upper), self.ground(lower));
        match (over.bg, under.bg) {
            (over, under) if over == under => (' ', Style { bg: under, ..Style::default() }),
            (None, under) => ('▄', Style { fg: under, ..Style::default() }),
            (over, under) => ('▀', Style { fg: over, bg: under, ..Style::default() }),
        }
    }

    fn from_file(name: &str, file: &File, depth: Depth) -> Result<Self, String> {
        let background = colour(&file.background, Depth::True)?;
        // Where few colours make text and what is muted one grey, text is the brighter one.
        let is_flat = depth == Depth::Sixteen
            && [&file.text, &file.muted].map(|role| role.style(depth).map(|style| style.fg))
                == [Ok(Some(Color::Gray)), Ok(Some(Color::Gray))];
        let style = |role: &Role| {
            let mut style = role.style(depth)?;
            if is_flat && role.fg == file.text.fg {
                style.fg = Some(Color::White);
            }
            Ok::<_, String>(if depth == Depth::Sixteen { seen(style, is_light(background)) } else { style })
        };
        let [first, second, third, fourth] = &file.series;
        Ok(Self {
            name: name.to_owned(),
            glyphs: Glyphs::default(),
            background,
            text: style(&file.text)?,
            muted: style(&file.muted)?,
            heading: style(&file.heading)?,
            accent: style(&file.accent)?,
            border: style(&file.border)?,
            cursor: style(&file.cursor)?,
            selection: style(&file.selection)?,
            number: style(&file.number)?,
            null: style(&file.null)?,
            keyword: style(&file.keyword)?,
            literal: style(&file.literal)?,
            comment: style(&file.comment)?,
            good: style(&file.good)?,
            warning: style(&file.warning)?,
            error: style(&file.error)?,
            series: [style(first)?, style(second)?, style(third)?, style(fourth)?],
            bands: [file.bands[0].ground(depth)?, file.bands[1].ground(depth)?],
        })
    }
}

/// A text in a style, for a line that is printed outside of the explorer.
#[must_use]
pub fn painted(text: &str, style: Style) -> String {
    let style: ContentStyle = style.into_crossterm();
    style.apply(text).to_string()
}

impl Role {
    fn style(&self, depth: Depth) -> Result<Style, String> {
        let mut style = Style::new();
        if depth != Depth::None {
            style.fg = self.fg.as_deref().map(|text| colour(text, depth)).transpose()?;
            style.bg = self.bg.as_deref().map(|text| colour(text, depth)).transpose()?;
        }
        // Without colours, what would stand on a ground of its own is reversed, so that the cursor is never lost.
        let reversed = self.reversed || (depth == Depth::None && self.bg.is_some());
        let modifiers = [
            (self.bold, Modifier::BOLD),
            (self.dim, Modifier::DIM),
            (self.italic, Modifier::ITALIC),
            (self.underlined, Modifier::UNDERLINED),
            (reversed, Modifier::REVERSED),
        ];
        for (wanted, modifier) in modifiers {
            if wanted {
                style = style.add_modifier(modifier);
            }
        }
        Ok(style)
    }
}

impl Role {
    /// A quiet ground; sixteen colours have none, so there and without colours its pattern says which of the two it is.
    fn ground(&self, depth: Depth) -> Result<Style, String> {
        if matches!(depth, Depth::True | Depth::Palette) {
            return self.style(depth);
        }
        Ok(Style::new().add_modifier(Modifier::DIM))
    }
}

/// The sixteen colours in the order of their numbers.
const SIXTEEN: [Color; 16] = [
    Color::Black,
    Color::Red,
    Color::Green,
    Color::Yellow,
    Color::Blue,
    Color::Magenta,
    Color::Cyan,
    Color::Gray,
    Color::DarkGray,
    Color::LightRed,
    Color::LightGreen,
    Color::LightYellow,
    Color::LightBlue,
    Color::LightMagenta,
    Color::LightCyan,
    Color::White,
];

/// `#rrggbb`, or a name of the sixteen, in the colours that the terminal has.
fn colour(text: &str, depth: Depth) -> Result<Color, String> {
    let colour: Color = text.parse().map_err(|_| format!("{text:?} is not a colour"))?;
    let Color::Rgb(red, green, blue) = colour else { return Ok(colour) };
    let rgb = RgbColor(red, green, blue);
    Ok(match depth {
        Depth::True | Depth::None => colour,
        Depth::Palette => Color::Indexed(anstyle_lossy::rgb_to_xterm(rgb).0),
        Depth::Sixteen => {
            let named = Ansi256Color::from_ansi(anstyle_lossy::rgb_to_ansi(rgb, palette::VGA));
            SIXTEEN[usize::from(hue_of(rgb).filter(|_| GREYS.contains(&named.0)).unwrap_or(named.0) % 16)]
        }
    })
}

fn is_light(background: Color) -> bool {
    matches!(background, Color::Rgb(red, green, blue) if u32::from(red) + u32::from(green) + u32::from(blue) > 3 * 128)
}

/// A style of sixteen colours that is seen on the terminal's own ground: on a light one greys are darker by one, and a ground of
/// its own that is the terminal's would mark nothing.
fn seen(mut style: Style, is_light: bool) -> Style {
    if is_light && style.bg.is_none() {
        style.fg = style.fg.map(|colour| match colour {
            Color::Gray | Color::White => Color::DarkGray,
            Color::DarkGray => Color::Black,
            colour => colour,
        });
    }
    if style.bg == Some(if is_light { Color::White } else { Color::Black }) {
        style.bg = None;
        style = style.add_modifier(Modifier::REVERSED);
    }
    style
}

/// Those of the sixteen that have no hue.
const GREYS: [u8; 4] = [0, 7, 8, 15];
/// How far the parts of a colour are apart, of 255, where it is more than a tinge of grey.
const HUE: u32 = 75;

/// The number of the colour among the sixteen that has the hue of this one; none for what is near to a grey. A light green is
/// nearer to the grey of sixteen colours than to their green, and would be told from nothing.
fn hue_of(RgbColor(red, green, blue): RgbColor) -> Option<u8> {
    let (least, most) = (red.min(green).min(blue), red.max(green).max(blue));
    let range = u32::from(most - least);
    if range < HUE {
        return None;
    }
    let is_on = |part: u8| u8::from(u32::from(part - least) * 10 >= range * 6);
    let bright = if most >= 170 { 8 } else { 0 };
    Some(is_on(red) + 2 * is_on(green) + 4 * is_on(blue) + bright)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(colour: Color) -> Option<f64> {
        let Color::Rgb(red, green, blue) = colour else { return None };
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        Some(0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue))
    }

    /// WCAG contrast: 4.5 for what is read, 3 for what is seen; 7 and 4.5 in the high-contrast theme.
    #[test]
    fn every_theme_is_readable() {
        for name in names() {
            let theme = Theme::load(name, Depth::True).unwrap_or_else(|error| panic!("{error}"));
            let (read, seen) = if name == "high-contrast" { (7.0, 4.5) } else { (4.5, 3.0) };
            let roles = [
                ("text", theme.text, read),
                ("heading", theme.heading, read),
                ("accent", theme.accent, read),
                ("number", theme.number, read),
                ("keyword", theme.keyword, read),
                ("literal", theme.literal, read),
                ("good", theme.good, read),
                ("warning", theme.warning, read),
                ("error", theme.error, read),
                ("cursor", theme.cursor, read),
                ("muted", theme.muted, seen),
                ("comment", theme.comment, seen),
                ("null", theme.null, seen),
                ("series", theme.series[0], seen),
                ("series", theme.series[1], seen),
                ("series", theme.series[2], seen),
                ("series", theme.series[3], seen),
            ];
            for (role, style, least) in roles {
                let front = style.fg.and_then(luminance);
                let back = luminance(style.bg.unwrap_or(theme.background));
                let (Some(front), Some(back)) = (front, back) else { continue };
                let contrast = (front.max(back) + 0.05) / (front.min(back) + 0.05);
                assert!(contrast >= least, "{name}: {role} has contrast {contrast:.1}, not {least}");
            }
            // The lines of a forecast are seen on its bands.
            for (band, line) in
                theme.bands.iter().flat_map(|band| theme.series[..2].iter().map(move |line| (band, line)))
            {
                let (front, back) = (line.fg.and_then(luminance), band.bg.and_then(luminance));
                let (Some(front), Some(back)) = (front, back) else { continue };
                let contrast = (front.max(back) + 0.05) / (front.min(back) + 0.05);
                assert!(contrast >= 3.0, "{name}: a line on a band has contrast {contrast:.1}");
            }
        }
    }

    #[test]
    fn without_colours_the_cursor_is_still_seen() {
        for name in names() {
            let theme = Theme::load(name, Depth::None).unwrap_or_else(|error| panic!("{error}"));
            assert!(theme.cursor.add_modifier.contains(Modifier::REVERSED), "{name}");
            assert_eq!((theme.cursor.fg, theme.text.fg, theme.error.fg), (None, None, None));
        }
    }

    #[test]
    fn the_cursor_is_seen_among_marked_cells() {
        for name in names() {
            for depth in [Depth::True, Depth::Palette, Depth::Sixteen, Depth::None] {
                let theme = Theme::load(name, depth).unwrap_or_else(|error| panic!("{error}"));
                let (cursor, marked) = (theme.cursor_in_marked(), theme.selection);
                assert_ne!(cursor, marked, "{name} {depth:?}");
                let reversed = |style: Style| style.add_modifier.contains(Modifier::REVERSED);
                let is_told = cursor.bg != marked.bg || reversed(cursor) != reversed(marked);
                assert!(is_told, "{name} {depth:?}: {cursor:?} {marked:?}");
            }
        }
    }

    #[test]
    fn the_bands_are_told_apart_in_sixteen_colours() {
        for name in names().filter(|name| *name != "mono") {
            let theme = Theme::load(name, Depth::Sixteen).unwrap_or_else(|error| panic!("{error}"));
            let bands = [theme.good.fg, theme.warning.fg, theme.error.fg, theme.muted.fg, theme.text.fg];
            for (at, band) in bands.iter().take(3).enumerate() {
                assert!(
                    bands.iter().enumerate().all(|(other, style)| other == at || style != band),
                    "{name}: {bands:?}"
                );
            }
        }
    }

    #[test]
    fn what_is_marked_or_muted_is_seen_in_sixteen_colours() {
        for name in names() {
            let theme = Theme::load(name, Depth::Sixteen).unwrap_or_else(|error| panic!("{error}"));
            let ground = if is_light(theme.background) { Color::White } else { Color::Black };
            let styles = [theme.text, theme.heading, theme.muted, theme.comment, theme.null, theme.number];
            for style in styles {
                let is_pale = ground == Color::White && style.fg == Some(Color::Gray);
                assert!(style.bg.is_some() || (style.fg != Some(ground) && !is_pale), "{name}: {style:?}");
            }
            for style in [theme.selection, theme.cursor] {
                let is_marked = style.bg.is_some_and(|colour| colour != ground);
                assert!(is_marked || style.add_modifier.contains(Modifier::REVERSED), "{name}: {style:?}");
            }
        }
        for name in names() {
            let theme = Theme::load(name, Depth::Sixteen).unwrap_or_else(|error| panic!("{error}"));
            assert_ne!(theme.muted, theme.text, "{name}");
            if matches!(name, "dark" | "colour-blind") {
                let two = (theme.text.fg, theme.muted.fg);
                assert_eq!(two, (Some(Color::White), Some(Color::Gray)), "{name}");
            }
        }
        let light = Theme::load("light", Depth::Sixteen).unwrap();
        assert_eq!((light.text.fg, light.muted.fg), (Some(Color::Black), Some(Color::DarkGray)));
    }

    #[test]
    fn fewer_colours_stay_near() {
        assert_eq!(colour("#ff0000", Depth::Palette), Ok(Color::Indexed(196)));
        assert_eq!(colour("#fefefe", Depth::Sixteen), Ok(Color::White));
        assert_eq!(colour("#9aa5ce", Depth::Sixteen), Ok(Color::Gray));
        assert_eq!(colour("#9ece6a", Depth::Sixteen), Ok(Color::LightGreen));
        assert_eq!(colour("#33691e", Depth::Sixteen), Ok(Color::Green));
        assert!(colour("reddish", Depth::True).is_err());
    }
}

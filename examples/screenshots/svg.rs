//! A terminal buffer as a picture: `svg` draws the cells inside a quiet window, `png` rasterises that drawing.
//!
//! Every glyph stands on a grid of whole pixels. Text is laid with a font whose advance is exactly one cell;
//! box, block and braille characters are drawn as shapes, because a font's own versions leave gaps between rows.
//! The same buffer and the same font files give the same bytes.

mod glyphs;

use std::collections::BTreeMap;
use std::fmt::{self, Display, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result};
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use resvg::{tiny_skia, usvg};
use unicode_width::UnicodeWidthStr as _;

/// One cell, in pixels. Both are odd, so that a line one pixel wide through the middle is sharp.
const CELL_WIDTH: u16 = 9;
const CELL_HEIGHT: u16 = 19;
/// From the top of a cell to the feet of its letters.
const BASELINE: u16 = 14;
/// The font advances 1233 of 2048 units: at this size that is exactly `CELL_WIDTH`.
const FONT_SIZE: f32 = 9.0 * 2048.0 / 1233.0;
const FONT_FAMILY: &str = "DejaVu Sans Mono";
const FONT_STACK: &str = "'DejaVu Sans Mono',Menlo,Consolas,'Liberation Mono',monospace";

const TITLE_BAR: u16 = 36;
const MARGIN: u16 = 14;
const CORNER: u16 = 9;
/// Pixels of the PNG for one of the SVG: sharp on the dense screens that most people have.
const SCALE: f32 = 2.0;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rgb(u8, u8, u8);

impl Display for Rgb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

impl Rgb {
    /// This colour with `percent` of `other` mixed in.
    fn blend(self, other: Self, percent: u16) -> Self {
        let mix = |a: u8, b: u8| {
            let sum = u16::from(a) * (100 - percent) + u16::from(b) * percent;
            u8::try_from(sum / 100).unwrap_or(u8::MAX)
        };
        Self(mix(self.0, other.0), mix(self.1, other.1), mix(self.2, other.2))
    }

    /// Perceived lightness, 0 to 255.
    fn lightness(self) -> u32 {
        (u32::from(self.0) * 299 + u32::from(self.1) * 587 + u32::from(self.2) * 114) / 1000
    }
}

/// What the terminal itself brings: its two default colours and its sixteen named ones.
struct Terminal {
    foreground: Rgb,
    background: Rgb,
    named: [Rgb; 16],
}

const DARK: Terminal = Terminal {
    foreground: Rgb(0xd5, 0xda, 0xe3),
    background: Rgb(0x12, 0x16, 0x1e),
    named: [
        Rgb(0x2a, 0x30, 0x3c),
        Rgb(0xe8, 0x6c, 0x75),
        Rgb(0x8c, 0xc2, 0x73),
        Rgb(0xe2, 0xb8, 0x6b),
        Rgb(0x6c, 0xaf, 0xf2),
        Rgb(0xc6, 0x8a, 0xea),
        Rgb(0x5a, 0xbf, 0xc4),
        Rgb(0xb9, 0xc0, 0xcc),
        Rgb(0x6b, 0x74, 0x86),
        Rgb(0xf5, 0x8a, 0x92),
        Rgb(0xa8, 0xda, 0x8f),
        Rgb(0xf2, 0xcf, 0x8a),
        Rgb(0x93, 0xc7, 0xfa),
        Rgb(0xd9, 0xa9, 0xf5),
        Rgb(0x7f, 0xd8, 0xdc),
        Rgb(0xf2, 0xf5, 0xf9),
    ],
};

const LIGHT: Terminal = Terminal {
    foreground: Rgb(0x24, 0x2a, 0x35),
    background: Rgb(0xfb, 0xfb, 0xf9),
    named: [
        Rgb(0x24, 0x2a, 0x35),
        Rgb(0xb3, 0x26, 0x2f),
        Rgb(0x3a, 0x75, 0x20),
        Rgb(0x8c, 0x62, 0x05),
        Rgb(0x1f, 0x5f, 0xae),
        Rgb(0x85, 0x38, 0xa8),
        Rgb(0x0d, 0x6f, 0x78),
        Rgb(0xc9, 0xcc, 0xd2),
        Rgb(0x6e, 0x75, 0x83),
        Rgb(0xcf, 0x37, 0x41),
        Rgb(0x4a, 0x8f, 0x2b),
        Rgb(0xa8, 0x78, 0x0b),
        Rgb(0x2d, 0x75, 0xcf),
        Rgb(0x9d, 0x4c, 0xc2),
        Rgb(0x15, 0x88, 0x93),
        Rgb(0xfb, 0xfb, 0xf9),
    ],
};

impl Terminal {
    /// The terminal that suits a buffer: light when its own backgrounds are light or, where it leaves the
    /// background to the terminal, when its colours are made to be read on white.
    fn of(buffer: &Buffer) -> &'static Self {
        let light = if let Some(color) = dominant_background(buffer) {
            color.lightness() > 127
        } else {
            let written = buffer.content().iter().filter(|cell| cell.symbol() != " ");
            let inks: Vec<u32> =
                written.filter_map(|cell| DARK.explicit(cell.fg)).map(Rgb::lightness).collect();
            let count = u32::try_from(inks.len()).unwrap_or(u32::MAX);
            inks.iter().sum::<u32>() < 100 * count
        };
        if light { &LIGHT } else { &DARK }
    }

    /// The colour, or none where the cell leaves it to the terminal.
    fn explicit(&self, color: Color) -> Option<Rgb> {
        let index = match color {
            Color::Reset => return None,
            Color::Rgb(r, g, b) => return Some(Rgb(r, g, b)),
            Color::Indexed(index) => index,
            Color::Black => 0,
            Color::Red => 1,
            Color::Green => 2,
            Color::Yellow => 3,
            Color::Blue => 4,
            Color::Magenta => 5,
            Color::Cyan => 6,
            Color::Gray => 7,
            Color::DarkGray => 8,
            Color::LightRed => 9,
            Color::LightGreen => 10,
            Color::LightYellow => 11,
            Color::LightBlue => 12,
            Color::LightMagenta => 13,
            Color::LightCyan => 14,
            Color::White => 15,
        };
        Some(match index {
            0..=15 => self.named[usize::from(index)],
            // A cube of six steps a side: 0, 95, 135, 175, 215, 255.
            16..=231 => {
                let step = |n: u8| if n == 0 { 0 } else { 55 + n * 40 };
                let cube = index - 16;
                Rgb(step(cube / 36), step(cube / 6 % 6), step(cube % 6))
            }
            232..=255 => {
                let grey = 8 + (index - 232) * 10;
                Rgb(grey, grey, grey)
            }
        })
    }

    fn look(&self, cell: &Cell) -> Look {
        let has = |modifier| cell.modifier.contains(modifier);
        let mut ink = self.explicit(cell.fg).unwrap_or(self.foreground);
        let mut paper = self.explicit(cell.bg).unwrap_or(self.background);
        if has(Modifier::REVERSED) {
            std::mem::swap(&mut ink, &mut paper);
        }
        if has(Modifier::DIM) {
            ink = ink.blend(paper, 45);
        }
        if has(Modifier::HIDDEN) {
            ink = paper;
        }
        Look { ink, paper, modifier: cell.modifier }
    }
}

/// The background of more than a third of the cells, when they name one.
fn dominant_background(buffer: &Buffer) -> Option<Rgb> {
    let mut counts: BTreeMap<Option<Rgb>, usize> = BTreeMap::new();
    for cell in buffer.content() {
        *counts.entry(DARK.explicit(cell.bg)).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(_, count)| *count)?.0
}

/// How a cell looks once the terminal's colours and the modifiers are applied.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Look {
    ink: Rgb,
    paper: Rgb,
    modifier: Modifier,
}

/// The layers of a picture, lowest first.
#[derive(Default)]
struct Layers {
    backgrounds: String,
    shapes: glyphs::Shapes,
    text: String,
}

/// Text in one style, on neighbouring cells of one row.
struct Run {
    x: u16,
    cells: u16,
    text: String,
    look: Look,
}

/// Draws a buffer as an SVG picture of a terminal window.
pub fn svg(buffer: &Buffer, title: &str) -> String {
    let terminal = Terminal::of(buffer);
    let window = dominant_background(buffer).unwrap_or(terminal.background);
    let area = buffer.area;
    let mut layers = Layers::default();
    for row in 0..area.height {
        let start = usize::from(row) * usize::from(area.width);
        draw_row(
            &buffer.content()[start..start + usize::from(area.width)],
            row,
            terminal,
            window,
            &mut layers,
        );
    }
    let width = area.width * CELL_WIDTH + 2 * MARGIN;
    let height = area.height * CELL_HEIGHT + TITLE_BAR + MARGIN;
    let border = window.blend(terminal.foreground, 24);
    let quiet = window.blend(terminal.foreground, 58);
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write!(
        out,
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" font-family="{FONT_STACK}" font-size="{FONT_SIZE:.3}">
<title>{title}</title>
<rect x="0.5" y="0.5" width="{}" height="{}" rx="{CORNER}" fill="{window}" stroke="{border}"/>
"#,
        width - 1,
        height - 1,
        title = escape(title),
    );
    for dot in 0..3 {
        let _ = writeln!(
            out,
            r#"<circle cx="{}" cy="{}" r="5" fill="{}"/>"#,
            MARGIN + 6 + dot * 17,
            TITLE_BAR / 2,
            window.blend(terminal.foreground, 20)
        );
    }
    let _ = writeln!(
        out,
        r#"<text x="{}" y="{}" text-anchor="middle" font-size="12.5" fill="{quiet}">{}</text>"#,
        width / 2,
        TITLE_BAR / 2 + 4,
        escape(title)
    );
    let _ = writeln!(out, r#"<g transform="translate({MARGIN} {TITLE_BAR})" xml:space="preserve">"#);
    out.push_str(&layers.backgrounds);
    layers.shapes.write(&mut out);
    out.push_str(&layers.text);
    out.push_str("</g>\n</svg>\n");
    out
}

fn draw_row(cells: &[Cell], row: u16, terminal: &Terminal, window: Rgb, layers: &mut Layers) {
    let y = row * CELL_HEIGHT;
    let mut papers: Vec<(u16, u16, Rgb)> = Vec::new();
    let mut run: Option<Run> = None;
    let mut x = 0;
    let mut rest = cells.iter();
    while let Some(cell) = rest.next() {
        let look = terminal.look(cell);
        let cells = u16::try_from(cell.symbol().width()).unwrap_or(1).max(1);
        // What a wide character covers is not drawn.
        for _ in 1..cells {
            rest.next();
        }
        match papers.last_mut() {
            Some((_, width, paper)) if *paper == look.paper => *width += cells,
            _ => papers.push((x, cells, look.paper)),
        }
        let shaped = layers.shapes.add(cell.symbol(), x * CELL_WIDTH, y, look.ink);
        let text = if shaped { " " } else { cell.symbol() };
        // A wide character stands alone: its glyph is seldom exactly two cells wide.
        let joins = |run: &Run| run.look == look && cells == 1 && run.x + run.cells == x && !ends_wide(run);
        if let Some(run) = run.as_mut().filter(|run| joins(run)) {
            run.text.push_str(text);
            run.cells += 1;
        } else if let Some(done) = run.replace(Run { x, cells, text: text.to_owned(), look }) {
            draw_text(&done, y, layers);
        }
        x += cells;
    }
    if let Some(done) = run {
        draw_text(&done, y, layers);
    }
    for (x, cells, paper) in papers.into_iter().filter(|(_, _, paper)| *paper != window) {
        let _ = writeln!(
            layers.backgrounds,
            r#"<rect x="{}" y="{y}" width="{}" height="{CELL_HEIGHT}" fill="{paper}"/>"#,
            x * CELL_WIDTH,
            cells * CELL_WIDTH
        );
    }
}

fn ends_wide(run: &Run) -> bool {
    run.cells == 2 && run.text.width() == 2 && run.text.chars().count() == 1
}

/// Writes a run word by word: two or more blanks part it, so that no viewer's own spacing can move what follows.
fn draw_text(run: &Run, y: u16, layers: &mut Layers) {
    let Look { ink, modifier, .. } = run.look;
    let has = |wanted| modifier.contains(wanted);
    for (text, offset, cells) in pieces(run) {
        let x = (run.x + offset) * CELL_WIDTH;
        let baseline = y + BASELINE;
        let length = cells * CELL_WIDTH;
        let weight = if has(Modifier::BOLD) { r#" font-weight="bold""# } else { "" };
        // The slant is drawn, not asked of the font: the italic files are not installed everywhere.
        let place = if has(Modifier::ITALIC) {
            format!(r#"transform="translate({x} {baseline}) skewX(-11)""#)
        } else {
            format!(r#"x="{x}" y="{baseline}""#)
        };
        let _ = writeln!(
            layers.text,
            r#"<text {place} fill="{ink}"{weight} textLength="{length}" lengthAdjust="spacingAndGlyphs">{}</text>"#,
            escape(&text)
        );
    }
    let lines = [(has(Modifier::UNDERLINED), BASELINE + 2), (has(Modifier::CROSSED_OUT), CELL_HEIGHT / 2)];
    for (_, offset) in lines.into_iter().filter(|(drawn, _)| *drawn) {
        let _ = writeln!(
            layers.text,
            r#"<rect x="{}" y="{}" width="{}" height="1" fill="{ink}"/>"#,
            run.x * CELL_WIDTH,
            y + offset,
            run.cells * CELL_WIDTH
        );
    }
}

/// The words of a run: text, cells from the run's start, cells wide.
fn pieces(run: &Run) -> Vec<(String, u16, u16)> {
    if ends_wide(run) {
        return vec![(run.text.clone(), 0, run.cells)];
    }
    let mut found = Vec::new();
    let mut offset = 0;
    for part in run.text.split("  ") {
        let cells = u16::try_from(part.width()).unwrap_or(0);
        let word = part.trim();
        if !word.is_empty() {
            let lead = u16::try_from(part.len() - part.trim_start().len()).unwrap_or(0);
            found.push((word.to_owned(), offset + lead, u16::try_from(word.width()).unwrap_or(0)));
        }
        offset += cells + 2;
    }
    found
}

/// Text as XML: markup escaped, and what XML cannot hold shown as the replacement character.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            control if control.is_control() => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}

/// Rasterises a picture made by [`svg`], at twice its size.
///
/// Only `font` and the files of its family that lie beside it are used, never what else the machine has, so that
/// the same drawing gives the same bytes everywhere.
///
/// # Errors
/// When the font cannot be read, or the drawing is not valid SVG.
pub fn png(svg: &str, font: &Path) -> Result<Vec<u8>> {
    let mut options = usvg::Options { font_family: FONT_FAMILY.to_owned(), ..usvg::Options::default() };
    let fonts = options.fontdb_mut();
    let read =
        |path: &Path| std::fs::read(path).with_context(|| format!("cannot read the font {}", path.display()));
    fonts.load_font_data(read(font)?);
    // Bold, and the proportional face that has the symbols which the monospaced one lacks.
    for sibling in ["DejaVuSansMono-Bold.ttf", "DejaVuSans.ttf"] {
        let path = font.with_file_name(sibling);
        if path.exists() {
            fonts.load_font_data(read(&path)?);
        }
    }
    fonts.set_monospace_family(FONT_FAMILY);
    let tree = usvg::Tree::from_str(svg, &options).context("the drawing is not valid SVG")?;
    let size = tree.size().to_int_size().scale_by(SCALE).context("the drawing has no size")?;
    let mut pixels =
        tiny_skia::Pixmap::new(size.width(), size.height()).context("the drawing is too large")?;
    resvg::render(&tree, tiny_skia::Transform::from_scale(SCALE, SCALE), &mut pixels.as_mut());
    pixels.encode_png().context("cannot encode the picture")
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    fn drawn(text: &str, style: Style) -> String {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 1));
        buffer.set_string(0, 0, text, style);
        svg(&buffer, "test")
    }

    #[test]
    fn text_stands_on_the_grid_and_is_escaped() {
        let drawing = drawn(" a<b  c", Style::new().fg(Color::Rgb(1, 2, 3)));
        assert!(drawing.contains(r##"<text x="9" y="14" fill="#010203" textLength="27" lengthAdjust="spacingAndGlyphs">a&lt;b</text>"##), "{drawing}");
        assert!(drawing.contains(r##"<text x="54" y="14" fill="#010203" textLength="9""##), "{drawing}");
    }

    #[test]
    fn a_wide_character_takes_two_cells_and_moves_nothing() {
        let drawing = drawn("a漢b", Style::new());
        assert!(drawing.contains(r#"<text x="9" y="14" "#), "{drawing}");
        assert!(drawing.contains(r#"textLength="18""#), "{drawing}");
        assert!(drawing.contains(r#"<text x="27" y="14" "#), "{drawing}");
    }

    #[test]
    fn a_reversed_cell_swaps_ink_and_paper() {
        let style =
            Style::new().fg(Color::Rgb(9, 9, 9)).bg(Color::Rgb(8, 8, 8)).add_modifier(Modifier::REVERSED);
        let drawing = drawn("ab", style);
        assert!(
            drawing.contains(r##"<rect x="0" y="0" width="18" height="19" fill="#090909"/>"##),
            "{drawing}"
        );
        assert!(drawing.contains(r##"fill="#080808" textLength"##), "{drawing}");
    }

    #[test]
    fn the_palette_of_256_colours_is_the_usual_one() {
        assert!(DARK.explicit(Color::Indexed(16)) == Some(Rgb(0, 0, 0)));
        assert!(DARK.explicit(Color::Indexed(208)) == Some(Rgb(255, 135, 0)));
        assert!(DARK.explicit(Color::Indexed(231)) == Some(Rgb(255, 255, 255)));
        assert!(DARK.explicit(Color::Indexed(244)) == Some(Rgb(128, 128, 128)));
    }

    #[test]
    fn no_control_character_reaches_the_picture() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 2, 1));
        buffer[(0, 0)].set_symbol("\u{1b}");
        assert!(!svg(&buffer, "\u{7}").contains(['\u{1b}', '\u{7}']));
    }
}

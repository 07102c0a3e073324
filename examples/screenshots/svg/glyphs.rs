//! Characters that are drawn, not typeset: boxes, blocks and braille.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{CELL_HEIGHT, CELL_WIDTH, Rgb};

const WIDTH: f32 = CELL_WIDTH as f32;
const HEIGHT: f32 = CELL_HEIGHT as f32;

/// From the middle of a double line to either of its strokes.
const DOUBLE: f32 = 2.0;
/// The radius of a rounded corner.
const ARC: f32 = 4.5;

/// The arms of U+2500..=U+257F: left, up, right, down; 0 is none, 1 light, 2 heavy, 3 double, `-` a diagonal.
const ARMS: &str = "\
    1010 2020 0101 0202 1010 2020 0101 0202 1010 2020 0101 0202 0011 0021 0012 0022 \
    1001 2001 1002 2002 0110 0120 0210 0220 1100 2100 1200 2200 0111 0121 0211 0112 \
    0212 0221 0122 0222 1101 2101 1201 1102 1202 2201 2102 2202 1011 2011 1021 2021 \
    1012 2012 1022 2022 1110 2110 1120 2120 1210 2210 1220 2220 1111 2111 1121 2121 \
    1211 1112 1212 2211 1221 2112 1122 2221 2122 2212 1222 2222 1010 2020 0101 0202 \
    3030 0303 0031 0013 0033 3001 1003 3003 0130 0310 0330 3100 1300 3300 0131 0313 \
    0333 3101 1303 3303 3031 1013 3033 3130 1310 3330 3131 1313 3333 0011 1001 1100 \
    0110 ---- ---- ---- 1000 0100 0010 0001 2000 0200 0020 0002 1020 0102 2010 0201 ";

/// How a path is painted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Paint {
    Fill,
    /// Filled at so many percent.
    Shade(u8),
    /// A line so many pixels wide; the second figure is the dashes in a cell, 0 for a whole line.
    Stroke(u8, u8),
}

/// One path for each colour and way of painting.
#[derive(Default)]
pub(super) struct Shapes {
    paths: BTreeMap<(Paint, Rgb), String>,
}

impl Shapes {
    /// Adds the shape of a character in the cell whose corner is at `x`, `y`; false when it is not one that is drawn.
    pub(super) fn add(&mut self, symbol: &str, x: u16, y: u16, ink: Rgb) -> bool {
        let mut characters = symbol.chars();
        let (Some(character), None) = (characters.next(), characters.next()) else { return false };
        let code = u32::from(character);
        let (x, y) = (f32::from(x), f32::from(y));
        match code {
            0x2500..=0x257f => self.boxed(code - 0x2500, x, y, ink),
            0x2580..=0x259f => self.block(code, x, y, ink),
            0x2800..=0x28ff => self.braille(code - 0x2800, x, y, ink),
            0x1fb00..=0x1fb3b => self.sextant(code - 0x1fb00, x, y, ink),
            _ => return false,
        }
        true
    }

    /// Writes the paths as SVG.
    pub(super) fn write(&self, out: &mut String) {
        for ((paint, ink), path) in &self.paths {
            let style = match paint {
                Paint::Fill => format!(r#"fill="{ink}""#),
                Paint::Shade(percent) => format!(r#"fill="{ink}" fill-opacity="0.{percent}""#),
                Paint::Stroke(width, 0) => format!(r#"fill="none" stroke="{ink}" stroke-width="{width}""#),
                Paint::Stroke(width, dashes) => {
                    let dash = if *dashes > 2 { WIDTH / f32::from(*dashes) } else { WIDTH / 2.0 };
                    let (on, off) = (dash * 0.6, dash * 0.4);
                    format!(
                        r#"fill="none" stroke="{ink}" stroke-width="{width}" stroke-dasharray="{on:.2} {off:.2}""#
                    )
                }
            };
            let _ = writeln!(out, r#"<path {style} d="{path}"/>"#);
        }
    }

    fn path(&mut self, paint: Paint, ink: Rgb) -> &mut String {
        self.paths.entry((paint, ink)).or_default()
    }

    fn line(&mut self, paint: Paint, ink: Rgb, from: (f32, f32), to: (f32, f32)) {
        let _ = write!(self.path(paint, ink), "M{} {}L{} {}", from.0, from.1, to.0, to.1);
    }

    /// A filled rectangle: left, top, right and bottom in eighths of a cell.
    fn eighths(&mut self, paint: Paint, ink: Rgb, (x, y): (f32, f32), sides: [f32; 4]) {
        let [left, top, right, bottom] = sides;
        let (x, y) = (x + left * WIDTH / 8.0, y + top * HEIGHT / 8.0);
        let (width, height) = ((right - left) * WIDTH / 8.0, (bottom - top) * HEIGHT / 8.0);
        let _ = write!(self.path(paint, ink), "M{x} {y}h{width}v{height}h-{width}z");
    }

    fn boxed(&mut self, index: u32, x: f32, y: f32, ink: Rgb) {
        let (middle, centre) = (x + WIDTH / 2.0, y + HEIGHT / 2.0);
        let (right, bottom) = (x + WIDTH, y + HEIGHT);
        let light = Paint::Stroke(1, 0);
        match index {
            // ╭ ╮ ╯ ╰
            0x6d..=0x70 => {
                let (side, toward) = if matches!(index, 0x6d | 0x70) { (right, ARC) } else { (x, -ARC) };
                let (end, down) = if matches!(index, 0x6d | 0x6e) { (bottom, ARC) } else { (y, -ARC) };
                let _ = write!(
                    self.path(light, ink),
                    "M{middle} {end}V{}Q{middle} {centre} {} {centre}H{side}",
                    centre + down,
                    middle + toward
                );
            }
            // ╱ ╲ ╳
            0x71..=0x73 => {
                if index != 0x72 {
                    self.line(light, ink, (x, bottom), (right, y));
                }
                if index != 0x71 {
                    self.line(light, ink, (x, y), (right, bottom));
                }
            }
            _ => {
                let start = usize::try_from(index).unwrap_or(0) * 5;
                let weight =
                    |arm: usize| ARMS.as_bytes().get(start + arm).map_or(0, |digit| digit.wrapping_sub(b'0'));
                let dashes = match index {
                    0x04..=0x07 => 3,
                    0x08..=0x0b => 4,
                    0x4c..=0x4f => 2,
                    _ => 0,
                };
                self.arms([weight(0), weight(1), weight(2), weight(3)], dashes, (x, y), ink);
            }
        }
    }

    /// The arms of a box character, each from its edge to the middle.
    fn arms(&mut self, weights: [u8; 4], dashes: u8, (x, y): (f32, f32), ink: Rgb) {
        let (middle, centre) = (x + WIDTH / 2.0, y + HEIGHT / 2.0);
        let edges = [(x, centre), (middle, y), (x + WIDTH, centre), (middle, y + HEIGHT)];
        for (arm, (&weight, edge)) in
            weights.iter().zip(edges).enumerate().filter(|(_, (weight, _))| **weight > 0)
        {
            // The arms across this one, and the way from the middle to the edge.
            let (before, after) = (weights[(arm + 1) % 4], weights[(arm + 3) % 4]);
            let horizontal = arm % 2 == 0;
            let (before, after) = if arm == 0 || arm == 3 { (before, after) } else { (after, before) };
            let outward = if arm >= 2 { 1.0 } else { -1.0 };
            // `offset` is the place of a stroke across the arm, `stop` how far from the middle it ends.
            let mut stroke = |width: u8, offset: f32, stop: f32| {
                let (from, to) = if horizontal {
                    ((edge.0, centre + offset), (middle + outward * stop, centre + offset))
                } else {
                    ((middle + offset, edge.1), (middle + offset, centre + outward * stop))
                };
                self.line(Paint::Stroke(width, dashes), ink, from, to);
            };
            if weight == 3 {
                for (offset, near, far) in [(-DOUBLE, before, after), (DOUBLE, after, before)] {
                    // A double line turns at the near stroke of a double line on its own side, at the far one else.
                    let stop = match (near, far) {
                        (3, _) => DOUBLE - 0.5,
                        (0, 3) => -DOUBLE - 0.5,
                        (0, 0) => 0.0,
                        _ => -0.5,
                    };
                    stroke(1, offset, stop);
                }
            } else {
                let width = if weight == 2 { 3 } else { 1 };
                let across = before.max(after);
                let opposite = weights[(arm + 2) % 4];
                let stop = match (before, after) {
                    (3, 3) if opposite == 0 => DOUBLE,
                    (3, 0) | (0, 3) if opposite == 0 => -DOUBLE - 0.5,
                    // Corners overlap by half the other line, so that none is notched.
                    _ if across == 2 => -1.5,
                    _ if across == 1 => -0.5,
                    _ => 0.0,
                };
                stroke(width, 0.0, stop);
            }
        }
    }

    fn block(&mut self, code: u32, x: f32, y: f32, ink: Rgb) {
        let at = (x, y);
        // Whole eighths below ten: exact in any float.
        let count = |n: u32| f32::from(u8::try_from(n).unwrap_or(8));
        match code {
            0x2580 => self.eighths(Paint::Fill, ink, at, [0.0, 0.0, 8.0, 4.0]),
            // ▁ ▂ ▃ ▄ ▅ ▆ ▇ █
            0x2581..=0x2588 => {
                let top = 8.0 - count(code - 0x2580);
                self.eighths(Paint::Fill, ink, at, [0.0, top, 8.0, 8.0]);
            }
            // ▉ ▊ ▋ ▌ ▍ ▎ ▏
            0x2589..=0x258f => self.eighths(Paint::Fill, ink, at, [0.0, 0.0, count(0x2590 - code), 8.0]),
            0x2590 => self.eighths(Paint::Fill, ink, at, [4.0, 0.0, 8.0, 8.0]),
            // ░ ▒ ▓
            0x2591..=0x2593 => {
                let percent = [25, 50, 75][usize::try_from(code - 0x2591).unwrap_or(0)];
                self.eighths(Paint::Shade(percent), ink, at, [0.0, 0.0, 8.0, 8.0]);
            }
            0x2594 => self.eighths(Paint::Fill, ink, at, [0.0, 0.0, 8.0, 1.0]),
            0x2595 => self.eighths(Paint::Fill, ink, at, [7.0, 0.0, 8.0, 8.0]),
            _ => {
                // Quadrants, as bits: upper left 1, upper right 2, lower left 4, lower right 8.
                let quadrants = [4u8, 8, 1, 13, 9, 7, 11, 2, 6, 14];
                let bits = quadrants.get(usize::try_from(code - 0x2596).unwrap_or(0)).copied().unwrap_or(0);
                for (bit, left, top) in [(1, 0.0, 0.0), (2, 4.0, 0.0), (4, 0.0, 4.0), (8, 4.0, 4.0)] {
                    if bits & bit != 0 {
                        self.eighths(Paint::Fill, ink, at, [left, top, left + 4.0, top + 4.0]);
                    }
                }
            }
        }
    }

    /// Dots evenly spaced across cells, so that a line of them has no seams.
    fn braille(&mut self, bits: u32, x: f32, y: f32, ink: Rgb) {
        let places: [(u8, u8); 8] = [(1, 1), (1, 3), (1, 5), (3, 1), (3, 3), (3, 5), (1, 7), (3, 7)];
        for (bit, (across, down)) in places.into_iter().enumerate() {
            if bits & (1 << bit) != 0 {
                let (cx, cy) = (x + f32::from(across) * WIDTH / 4.0, y + f32::from(down) * HEIGHT / 8.0);
                let _ = write!(
                    self.path(Paint::Fill, ink),
                    "M{} {cy}a1.5 1.5 0 1 0 3 0a1.5 1.5 0 1 0 -3 0z",
                    cx - 1.5
                );
            }
        }
    }

    /// Two by three blocks; the code points leave out the empty, the left, the right and the full one.
    fn sextant(&mut self, index: u32, x: f32, y: f32, ink: Rgb) {
        let bits = index + 1 + u32::from(index >= 20) + u32::from(index >= 40);
        for bit in 0..6u8 {
            if bits & (1 << bit) != 0 {
                let (left, top) = (f32::from(bit % 2) * 4.0, f32::from(bit / 2) * 8.0 / 3.0);
                self.eighths(Paint::Fill, ink, (x, y), [left, top, left + 4.0, top + 8.0 / 3.0]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> String {
        let mut shapes = Shapes::default();
        for (x, character) in (0..).zip(text.chars()) {
            assert!(
                shapes.add(&character.to_string(), x * CELL_WIDTH, 0, Rgb(0, 0, 0)),
                "{character} is not drawn"
            );
        }
        shapes.paths.into_values().collect()
    }

    #[test]
    fn every_box_character_has_its_arms() {
        assert_eq!(ARMS.split_whitespace().count(), 128);
        for character in '\u{2500}'..='\u{259f}' {
            assert!(!path(&character.to_string()).is_empty(), "{character}");
        }
    }

    #[test]
    fn lines_meet_at_the_edge_of_their_cells() {
        assert_eq!(path("──"), "M0 9.5L4.5 9.5M9 9.5L4.5 9.5M9 9.5L13.5 9.5M18 9.5L13.5 9.5");
    }

    #[test]
    fn neighbouring_blocks_touch_and_stand_on_the_floor() {
        assert_eq!(path("▄█"), "M0 9.5h9v9.5h-9zM9 0h9v19h-9z");
    }

    #[test]
    fn letters_are_left_to_the_font() {
        assert!(!Shapes::default().add("a", 0, 0, Rgb(0, 0, 0)));
    }
}

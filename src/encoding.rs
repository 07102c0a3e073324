//! Encodings: which one a file has, and a reader that makes UTF-8 of it.
//!
//! What cannot be decoded becomes the byte FF, which is in no UTF-8 text: the line it stands in is then not text, and
//! the line's reader says so. No character is ever replaced in silence.

use std::io::{self, Read};
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

mod pages;

/// How the characters of a file are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    Utf8,
    Utf16Le,
    Utf16Be,
    /// Latin-1 with the printable characters that Windows puts at 80..9F.
    Windows1252,
    /// These are known only where a person says so: every byte is a letter in most of them.
    Windows1250,
    Windows1251,
    Windows1253,
    Windows1254,
    Windows1257,
    Latin2,
    Latin9,
    Cp437,
    Cp850,
    Cp852,
    MacRoman,
}

impl Encoding {
    /// All, by the words for them on the command line.
    pub const NAMES: [(&'static str, Self); 15] = [
        ("utf-8", Self::Utf8),
        ("utf-16le", Self::Utf16Le),
        ("utf-16be", Self::Utf16Be),
        ("windows-1250", Self::Windows1250),
        ("windows-1251", Self::Windows1251),
        ("windows-1252", Self::Windows1252),
        ("windows-1253", Self::Windows1253),
        ("windows-1254", Self::Windows1254),
        ("windows-1257", Self::Windows1257),
        ("iso-8859-2", Self::Latin2),
        ("iso-8859-15", Self::Latin9),
        ("cp437", Self::Cp437),
        ("cp850", Self::Cp850),
        ("cp852", Self::Cp852),
        ("mac-roman", Self::MacRoman),
    ];

    /// The word for it on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, encoding)| *encoding == self).map_or("", |(name, _)| name)
    }
}

static WINDOWS: LazyLock<Vec<Option<char>>> =
    LazyLock::new(|| pages::characters(Encoding::Windows1252.name()));

const PIECE: usize = 1 << 18;

/// Finds the encoding by reading all of a file: by its mark, else UTF-8 when that explains more of the bytes beyond
/// ASCII than it leaves unexplained, else the one that XML says, else Windows-1252.
///
/// # Errors
/// When reading fails.
pub fn sniff(reader: &mut dyn Read) -> io::Result<Encoding> {
    let mut piece = vec![0; PIECE];
    let (mut held, mut explained, mut unexplained) = (0, 0_u64, 0_u64);
    let (mut first, mut said) = (true, None);
    loop {
        let read = reader.read(piece.get_mut(held..).unwrap_or_default())?;
        let bytes = piece.get(..held + read).unwrap_or_default();
        if first && (bytes.len() >= 3 || read == 0) {
            first = false;
            said = of_xml(bytes);
            match bytes {
                [0xFF, 0xFE, ..] => return Ok(Encoding::Utf16Le),
                [0xFE, 0xFF, ..] => return Ok(Encoding::Utf16Be),
                _ => {
                    if let Some(wide) = unmarked(bytes) {
                        return Ok(wide);
                    }
                }
            }
        }
        let mut rest = bytes;
        let mut open = 0;
        while let Err(error) = std::str::from_utf8(rest) {
            let (good, bad) = rest.split_at(error.valid_up_to());
            explained += beyond_ascii(good);
            match error.error_len() {
                Some(length) => {
                    unexplained += 1;
                    rest = bad.get(length..).unwrap_or_default();
                }
                // A character that goes on in the next piece, unless there is none.
                None if read > 0 => {
                    open = bad.len();
                    rest = &[];
                }
                None => {
                    unexplained += 1;
                    rest = &[];
                }
            }
        }
        explained += beyond_ascii(rest);
        if read == 0 {
            let utf8 = unexplained == 0 || explained > unexplained;
            return Ok(if utf8 { Encoding::Utf8 } else { said.unwrap_or(Encoding::Windows1252) });
        }
        let end = held + read;
        piece.copy_within(end - open..end, 0);
        held = open;
    }
}

/// The encoding that the first line of XML says, where it is one that has a name here: `<?xml version="1.0" encoding="ISO-8859-2"?>`.
fn of_xml(bytes: &[u8]) -> Option<Encoding> {
    let start = String::from_utf8_lossy(bytes.get(..256).unwrap_or(bytes));
    let (said, _) = start.trim_start().strip_prefix("<?xml")?.split_once("?>")?;
    let (_, said) = said.split_once("encoding")?;
    let name = said.trim_start_matches(['=', ' ', '"', '\'']).split(['"', '\'']).next()?;
    let known = Encoding::NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    known.map(|(_, encoding)| *encoding)
}

/// UTF-16 without a mark: nearly all characters of a statement's start are of ASCII, so that every other byte is 0.
fn unmarked(bytes: &[u8]) -> Option<Encoding> {
    let (pairs, _) = bytes.get(..bytes.len().min(256)).unwrap_or_default().as_chunks::<2>();
    let zeros = |place: usize| pairs.iter().filter(|pair| pair.get(place) == Some(&0)).count();
    let (high, low) = (zeros(0), zeros(1));
    match pairs.len() {
        4.. if low * 10 >= pairs.len() * 9 && high == 0 => Some(Encoding::Utf16Le),
        4.. if high * 10 >= pairs.len() * 9 && low == 0 => Some(Encoding::Utf16Be),
        _ => None,
    }
}

/// Characters beyond ASCII in valid UTF-8.
fn beyond_ascii(text: &[u8]) -> u64 {
    if text.is_ascii() {
        return 0;
    }
    text.iter().filter(|byte| **byte >= 0xC0).count() as u64
}

/// The byte that writes a character in Windows-1252; where that has none, Latin-1's.
#[must_use]
pub fn windows_byte(character: char) -> Option<u8> {
    let place = || WINDOWS.iter().position(|known| *known == Some(character));
    match (!character.is_ascii()).then(place).flatten() {
        Some(place) => u8::try_from(place + 0x80).ok(),
        None => u8::try_from(u32::from(character)).ok(),
    }
}

/// Reads UTF-8 out of a file of any encoding; a byte order mark at its start is left out.
pub struct Decoder<R> {
    reader: R,
    encoding: Encoding,
    /// What the bytes beyond ASCII are, where each is a character.
    page: Vec<Option<char>>,
    /// Bytes of the file that are not decoded yet.
    raw: Vec<u8>,
    /// Decoded and not yet handed out, from `given` on.
    text: Vec<u8>,
    given: usize,
    at_start: bool,
    high: Option<u16>,
}

impl<R: Read> Decoder<R> {
    pub fn new(reader: R, encoding: Encoding) -> Self {
        Self {
            reader,
            encoding,
            page: pages::characters(encoding.name()),
            raw: Vec::new(),
            text: Vec::new(),
            given: 0,
            at_start: true,
            high: None,
        }
    }

    /// Decodes the next piece; nothing is left at the end of the file.
    fn fill(&mut self) -> io::Result<()> {
        self.text.clear();
        self.given = 0;
        while self.text.is_empty() {
            let held = self.raw.len();
            self.raw.resize(held + PIECE, 0);
            let read = self.reader.read(self.raw.get_mut(held..).unwrap_or_default())?;
            self.raw.truncate(held + read);
            let is_end = read == 0;
            if self.at_start && !is_end && self.raw.len() < 3 {
                continue;
            }
            match self.encoding {
                Encoding::Utf8 => self.text.append(&mut self.raw),
                Encoding::Utf16Le => self.utf16(u16::from_le_bytes, is_end),
                Encoding::Utf16Be => self.utf16(u16::from_be_bytes, is_end),
                _ => self.bytes(),
            }
            if self.at_start && !self.text.is_empty() {
                self.at_start = false;
                if self.text.starts_with("\u{feff}".as_bytes()) {
                    self.text.drain(..3);
                }
            }
            if is_end {
                return Ok(());
            }
        }
        Ok(())
    }

    fn bytes(&mut self) {
        for byte in self.raw.drain(..) {
            let character = match byte.checked_sub(0x80) {
                Some(place) => self.page.get(usize::from(place)).copied().flatten(),
                None => Some(char::from(byte)),
            };
            push(&mut self.text, character);
        }
    }

    fn utf16(&mut self, unit: fn([u8; 2]) -> u16, is_end: bool) {
        let (pairs, rest) = self.raw.as_chunks::<2>();
        for pair in pairs {
            let unit = unit(*pair);
            match (self.high.take(), unit) {
                (None, 0xD800..=0xDBFF) => self.high = Some(unit),
                (high, 0xD800..=0xDBFF) => {
                    push(&mut self.text, None);
                    self.high = high.map(|_| unit);
                }
                (Some(high), 0xDC00..=0xDFFF) => {
                    let character = char::decode_utf16([high, unit]).next().and_then(Result::ok);
                    push(&mut self.text, character);
                }
                (high, _) => {
                    if high.is_some() {
                        push(&mut self.text, None);
                    }
                    push(&mut self.text, char::from_u32(u32::from(unit)));
                }
            }
        }
        let rest = rest.to_vec();
        if is_end && (!rest.is_empty() || self.high.is_some()) {
            self.high = None;
            push(&mut self.text, None);
            self.raw.clear();
            return;
        }
        self.raw = rest;
    }
}

fn push(text: &mut Vec<u8>, character: Option<char>) {
    match character {
        Some(character) => text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        None => text.push(0xFF),
    }
}

impl<R: Read> Read for Decoder<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.given >= self.text.len() {
            // Behind a byte order mark there is nothing to decode in UTF-8.
            if self.encoding == Encoding::Utf8 && !self.at_start {
                return self.reader.read(out);
            }
            self.fill()?;
        }
        let ready = self.text.get(self.given..).unwrap_or_default();
        let count = ready.len().min(out.len());
        if let (Some(target), Some(source)) = (out.get_mut(..count), ready.get(..count)) {
            target.copy_from_slice(source);
        }
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8]) -> Vec<u8> {
        let encoding = sniff(&mut &*bytes).unwrap();
        let mut text = Vec::new();
        Decoder::new(bytes, encoding).read_to_end(&mut text).unwrap();
        text
    }

    #[test]
    fn xml_says_its_encoding() {
        let xml = |name: &str, text: &[u8]| {
            [format!("<?xml version=\"1.0\" encoding=\"{name}\"?>").as_bytes(), text].concat()
        };
        for (name, text, wanted) in [
            ("ISO-8859-2", &b"\xA3\xF3d\xBC"[..], "Łódź"),
            ("windows-1250", b"\xA3\xF3d\x9F", "Łódź"),
            ("ISO-8859-15", b"5 \xA4", "5 €"),
            ("ISO-8859-1", b"A\xF1o", "Año"),
            // What the bytes say goes before it.
            ("ISO-8859-2", "Año".as_bytes(), "Año"),
        ] {
            let read = String::from_utf8(decoded(&xml(name, text))).unwrap();
            assert!(read.ends_with(&format!("?>{wanted}")), "{name}: {read}");
        }
    }

    #[test]
    fn utf16_is_known_without_its_mark() {
        let bytes =
            |text: &str, bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<_>>();
        for text in ["Konto\tDatum", "Konto\tDatum\nKőbánya Áruház"] {
            assert_eq!(decoded(&bytes(text, u16::to_le_bytes)), text.as_bytes());
            assert_eq!(decoded(&bytes(text, u16::to_be_bytes)), text.as_bytes());
        }
        assert_eq!(decoded(b"a\0b\0"), b"a\0b\0", "too little to tell");
    }

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(bytes).collect()
    }

    #[test]
    fn every_encoding_gives_the_same_text() {
        let text = "año,€,𝄞\nñ";
        assert_eq!(decoded(text.as_bytes()), text.as_bytes());
        assert_eq!(decoded(format!("\u{feff}{text}").as_bytes()), text.as_bytes());
        assert_eq!(decoded(&utf16(text, u16::to_le_bytes)), text.as_bytes());
        assert_eq!(decoded(&utf16(text, u16::to_be_bytes)), text.as_bytes());
        assert_eq!(decoded(b"a\xF1o,\x80\nx"), "año,€\nx".as_bytes());
        assert_eq!(decoded(b""), b"");
    }

    #[test]
    fn an_encoding_that_was_said_has_its_characters() {
        // The same word as each writes it, from tables of another program.
        for (name, bytes, wanted) in [
            ("windows-1250", b"za\xBF\xF3\xB3\xE6".as_slice(), "zażółć"),
            ("iso-8859-2", b"za\xBF\xF3\xB3\xE6", "zażółć"),
            ("cp852", b"za\xBE\xA2\x88\x86", "zażółć"),
            ("windows-1251", b"\xF1\xF7\xB8\xF2", "счёт"),
            ("windows-1253", b"\xE5\xF5\xF1\xFE", "ευρώ"),
            ("windows-1254", b"\xFE\xDD", "şİ"),
            ("windows-1257", b"\xF0\xE0", "šą"),
            ("iso-8859-15", b"5 \xA4", "5 €"),
            ("cp437", b"\x84\x94\x81\xE1", "äöüß"),
            ("cp850", b"\x84\x94\x81\xE1\xB8", "äöüß©"),
            ("mac-roman", b"\x8A\x9A\x9F\xA7\xDB", "äöüß€"),
        ] {
            let encoding = Encoding::NAMES.iter().find(|(known, _)| *known == name).unwrap().1;
            let mut text = String::new();
            Decoder::new(bytes, encoding).read_to_string(&mut text).unwrap();
            assert_eq!(text, wanted, "{name}");
        }
        for (name, encoding) in Encoding::NAMES {
            assert_eq!(pages::characters(name).is_empty(), name.starts_with("utf"), "{encoding:?}");
        }
        assert_eq!(windows_byte('€'), Some(0x80));
        assert_eq!(
            (windows_byte('a'), windows_byte('ñ'), windows_byte('\u{81}')),
            (Some(b'a'), Some(0xF1), Some(0x81))
        );
        assert_eq!(windows_byte('ł'), None);
    }

    #[test]
    fn what_is_no_character_is_no_text() {
        assert_eq!(decoded(b"a\x81b"), b"a\xFFb", "Windows-1252 has no character there");
        assert_eq!(
            decoded("ñññ".bytes().chain([0xFF, b'x']).collect::<Vec<_>>().as_slice()).last(),
            Some(&b'x')
        );
        let mut half = utf16("ab", u16::to_le_bytes);
        half.push(7);
        assert_eq!(decoded(&half), b"ab\xFF");
        let lone: Vec<u8> = [0xFEFF, 0xD800, 0x61].into_iter().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decoded(&lone), b"\xFFa");
    }

    #[test]
    fn a_mark_that_comes_alone_is_not_the_end() {
        let mut text = String::new();
        let reader = "\u{feff}".as_bytes().chain("a,b".as_bytes());
        Decoder::new(reader, Encoding::Utf8).read_to_string(&mut text).unwrap();
        assert_eq!(text, "a,b");
    }

    #[test]
    fn a_character_across_two_pieces_is_one() {
        let text = format!("{}ñ{}", "x".repeat(PIECE - 1), "y".repeat(PIECE));
        assert_eq!(sniff(&mut text.as_bytes()).unwrap(), Encoding::Utf8);
        assert_eq!(decoded(text.as_bytes()), text.as_bytes());
        let wide = utf16(&"𝄞".repeat(PIECE), u16::to_le_bytes);
        assert_eq!(decoded(&wide), "𝄞".repeat(PIECE).as_bytes());
    }
}

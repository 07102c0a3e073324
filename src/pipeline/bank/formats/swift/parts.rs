//! The parts that banks put into the field `:86:`, numbered or named.

use std::ops::Range;

use super::super::entry::joined;

/// What stands before a part of a `:86:` of German banks, inside its text.
const SEPA: &[&str] = &[
    "EREF+", "KREF+", "MREF+", "CRED+", "DEBT+", "COAM+", "OAMT+", "SVWZ+", "ABWA+", "ABWE+", "IBAN+",
    "BIC+", "PURP+",
];
/// What stands between slashes before a part of a `:86:` of Dutch and Belgian banks.
const SLASHED: &[&str] = &[
    "ACCW", "BENM", "BIC", "CNTP", "CREF", "CSID", "EREF", "IBAN", "ID", "IREF", "ISDT", "MARF", "NAME",
    "ORDP", "OCMT", "PREF", "PURP", "REMI", "RTRN", "RTYP", "SVCL", "TRCD", "TRTP", "ULTB", "ULTD",
];

/// What stands before the parts of a text, in their order: a name and its place, as they are found at each of a sign.
fn marks<'a>(
    text: &str,
    sign: u8,
    at: impl Fn(usize) -> Option<(&'a str, Range<usize>)>,
) -> Vec<(&'a str, Range<usize>)> {
    memchr::memchr_iter(sign, text.as_bytes()).filter_map(at).collect()
}

/// The part of a text behind the first mark of a name, up to the next mark.
fn part<'a>(text: &'a str, marks: &[(&str, Range<usize>)], name: &str) -> Option<&'a str> {
    let (_, mark) = marks.iter().find(|(of, _)| *of == name)?;
    let next = marks.iter().map(|(_, next)| next.start).find(|start| *start >= mark.end);
    text.get(mark.end..next.unwrap_or(text.len()))
}

pub(super) fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The code that a `:86:` of numbered parts begins with, and the mark before each part.
pub(super) fn coded(text: &str) -> Option<(&str, char)> {
    // Of most texts the first letter tells.
    if !text.as_bytes().first().is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let (code, rest) = text.split_at_checked(3)?;
    let mark = rest.chars().next().filter(|mark| mark.is_ascii_punctuation() && *mark != '/')?;
    let is_one = is_number(code) && rest.get(1..3).is_some_and(is_number);
    is_one.then_some((code, mark))
}

/// `166?00GUTSCHRIFT?20EREF+1?21SVWZ+Rent?32Name`: party, text, reference.
pub(super) fn german(text: &str) -> Option<(String, String, String)> {
    let mark = coded(text)?.1;
    // Party, purpose, posting, and what is left out.
    let mut parts = [const { String::new() }; 4];
    let mut place = 3;
    for part in text.get(3..)?.split(mark).skip(1) {
        let number = part.split_at_checked(2).filter(|(number, _)| is_number(number));
        let Some((number, text)) = number else {
            // The mark is a letter of the text here.
            parts.get_mut(place)?.push(mark);
            parts.get_mut(place)?.push_str(part);
            continue;
        };
        place = match number.as_bytes() {
            b"32" | b"33" => 0,
            [b'2' | b'6', _] => 1,
            b"00" => 2,
            _ => 3,
        };
        parts.get_mut(place)?.push_str(text);
    }
    let [party, purpose, posting, _] = parts;
    let marks = marks(&purpose, b'+', |at| {
        let (before, _) = purpose.split_at_checked(at + 1)?;
        SEPA.iter().find(|name| before.ends_with(**name)).map(|name| (*name, at + 1 - name.len()..at + 1))
    });
    let part = |name: &str| part(&purpose, &marks, name).map(|text| text.trim().to_owned());
    let reference = part("EREF+").unwrap_or_default();
    // A text may stand before all names.
    let plain =
        marks.first().map_or(purpose.as_str(), |(_, mark)| purpose.get(..mark.start).unwrap_or_default());
    let told = part("SVWZ+");
    let text = if told.is_none() && reference.is_empty() {
        purpose.clone()
    } else {
        joined(&[plain, told.as_deref().unwrap_or_default()], " ")
    };
    let text = if text.trim().is_empty() { posting } else { text };
    Some((party.trim().to_owned(), text.trim().to_owned(), reference))
}

/// `/TRTP/SEPA/NAME/Somebody/REMI/USTD//Rent/EREF/1`: party, text, reference.
pub(super) fn slashed(text: &str) -> Option<(String, String, String)> {
    let marks = marks(text, b'/', |at| {
        let (name, _) = text.get(at + 1..)?.split_once('/')?;
        SLASHED.contains(&name).then(|| (name, at..at + name.len() + 2))
    });
    if marks.is_empty() {
        return None;
    }
    let whole = |name: &str| part(text, &marks, name);
    let part = |name: &str| whole(name).map(|text| text.trim_matches(['/', ' ']).to_owned());
    let (remittance, reference) = (part("REMI"), part("EREF"));
    if remittance.is_none() && reference.is_none() {
        return None;
    }
    let remittance = remittance.unwrap_or_default();
    // Its kind stands before it, and behind it who issued a structured one.
    let remittance =
        ["USTD//", "STRD/"].iter().find_map(|kind| remittance.strip_prefix(kind)).unwrap_or(&remittance);
    // Of the other side's account, bank and name in one.
    let name = part("NAME").or_else(|| Some(whole("CNTP")?.split('/').nth(2)?.trim().to_owned()));
    Some((name.unwrap_or_default(), remittance.to_owned(), reference.unwrap_or_default()))
}

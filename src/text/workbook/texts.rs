//! The texts that cells share.

use std::io::{self, Read};

use quick_xml::events::Event;

use super::super::limits::damaged;
use super::super::xml::{Events, push_text};

/// Bytes of them, and how many they may be.
const TEXTS: usize = 64 << 20;
const COUNT: usize = 8 << 20;

/// The texts that cells share, one behind the other.
#[derive(Default)]
pub struct Texts {
    text: String,
    ends: Vec<u32>,
}

impl Texts {
    /// # Errors
    /// When reading fails, or there are more than any statement has.
    pub fn read(reader: impl Read) -> io::Result<Self> {
        let mut events = Events::new(reader);
        let (mut texts, mut one) = (Self::default(), String::new());
        let (mut is_text, mut is_sound) = (false, false);
        loop {
            let event = events.next_event()?;
            match &event {
                Event::Start(element) => match element.local_name().as_ref() {
                    b"t" => is_text = !is_sound,
                    b"rPh" => is_sound = true,
                    _ => {}
                },
                Event::End(element) => match element.local_name().as_ref() {
                    b"t" => is_text = false,
                    b"rPh" => is_sound = false,
                    b"si" => texts.push(&mut one)?,
                    _ => {}
                },
                Event::Empty(element) if element.local_name().as_ref() == b"si" => texts.push(&mut one)?,
                Event::Eof => return Ok(texts),
                event => {
                    if is_text {
                        push_text(&mut one, event)?;
                    }
                }
            }
        }
    }

    /// Adds one, and leaves it empty.
    ///
    /// # Errors
    /// When there are more than any statement has.
    pub fn push(&mut self, one: &mut String) -> io::Result<()> {
        self.text.push_str(one);
        one.clear();
        self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
        if self.text.len() > TEXTS || self.ends.len() > COUNT {
            return Err(damaged("the workbook has more texts than any statement"));
        }
        Ok(())
    }

    pub fn get(&self, place: usize) -> Option<&str> {
        let start = place.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        self.text.get(start as usize..*self.ends.get(place)? as usize)
    }
}

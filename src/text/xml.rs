//! XML of files from outside: events whose texts are bounded, and what is wrong in words.

use std::borrow::Cow;
use std::io::{self, BufReader, Read};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::limits::{Damaged, damaged};
use super::lines::CAP;

/// A reader of events.
pub struct Events<R: Read> {
    xml: Reader<BufReader<Bounded<R>>>,
    buffer: Vec<u8>,
}

impl<R: Read> Events<R> {
    pub fn new(reader: R) -> Self {
        let xml = Reader::from_reader(BufReader::new(Bounded { reader, since: 0 }));
        Self { xml, buffer: Vec::new() }
    }

    /// Bytes that were read.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.xml.buffer_position()
    }

    /// The next event.
    ///
    /// # Errors
    /// When reading fails, or what was read is no XML, or has entities of its own.
    pub fn next_event(&mut self) -> io::Result<Event<'_>> {
        self.buffer.clear();
        let at = self.xml.buffer_position();
        let event = self.xml.read_event_into(&mut self.buffer).map_err(|error| match error {
            quick_xml::Error::Io(error) => match error.get_ref().and_then(|inner| inner.downcast_ref()) {
                Some(Damaged(message)) => damaged(message),
                None => io::Error::new(error.kind(), error.to_string()),
            },
            error => damaged(format!("the XML cannot be read behind byte {at}: {error}")),
        })?;
        // Entities of one's own are what makes bombs, and no bank has any.
        if matches!(event, Event::DocType(_)) {
            return Err(damaged("the XML has a document type, which no statement has"));
        }
        Ok(event)
    }
}

/// Takes what an event has of text; false for one that has none.
///
/// # Errors
/// When it is no text, or names an entity that XML does not have, or is longer than a line may be.
pub fn push_text(to: &mut String, event: &Event) -> io::Result<bool> {
    match event {
        Event::Text(text) => to.push_str(utf8(text)?),
        Event::CData(text) => to.push_str(utf8(text)?),
        Event::GeneralRef(name) => {
            let name = utf8(name)?;
            let text = quick_xml::escape::unescape(&format!("&{name};")).map(Cow::into_owned);
            to.push_str(&text.map_err(|_| damaged(format!("the XML has the entity {name}")))?);
        }
        _ => return Ok(false),
    }
    if to.len() > CAP {
        return Err(damaged(format!("the XML has a text of more than {CAP} bytes")));
    }
    Ok(true)
}

fn utf8(bytes: &[u8]) -> io::Result<&str> {
    std::str::from_utf8(bytes).map_err(|_| damaged("the XML has bytes that are no text"))
}

/// An attribute of an element by its local name; nothing where it has none, or none that is a text.
#[must_use]
pub fn attribute(element: &BytesStart, name: &str) -> Option<String> {
    let mut attributes = element.attributes();
    let found = attributes
        .with_checks(false)
        .flatten()
        .find(|found| found.key.local_name().as_ref() == name.as_bytes())?;
    let text = std::str::from_utf8(&found.value).ok()?;
    quick_xml::escape::unescape(text).ok().map(Cow::into_owned)
}

/// Ends with an error when a piece of text without an end would fill the memory.
struct Bounded<R> {
    reader: R,
    /// Bytes since the last element began or ended.
    since: usize,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(out)?;
        let bytes = out.get(..read).unwrap_or_default();
        self.since = match memchr::memrchr2(b'<', b'>', bytes) {
            Some(last) => read - last,
            None => self.since + read,
        };
        if self.since > 4 * CAP {
            return Err(damaged("the XML has a text or an element without an end"));
        }
        Ok(read)
    }
}

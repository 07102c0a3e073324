//! How a manifest is laid out for people: what belongs to one column, file or partition stands in one line.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};

/// From so many brackets on nothing begins a line: columns of a table and its files lie so deep.
const DEEP: usize = 5;

/// A value as JSON in lines.
pub(super) fn text(value: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut text = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut text, Lines::default()))?;
    text.push(b'\n');
    Ok(text)
}

/// Lines as `serde_json` makes them, but for an array in an array and what lies deep.
#[derive(Default)]
struct Lines {
    pretty: PrettyFormatter<'static>,
    /// The brackets that are open, and whether what they hold stands in one line.
    open: Vec<Bracket>,
}

struct Bracket {
    is_array: bool,
    is_one_line: bool,
}

impl Lines {
    /// Opens a bracket; whether it stands in one line.
    fn begin(&mut self, is_array: bool) -> bool {
        let is_in = |outer: &Bracket| outer.is_one_line || (outer.is_array && is_array);
        let is_one_line = self.open.len() + 1 >= DEEP || self.open.last().is_some_and(is_in);
        self.open.push(Bracket { is_array, is_one_line });
        is_one_line
    }

    fn end(&mut self) -> bool {
        self.open.pop().is_some_and(|bracket| bracket.is_one_line)
    }

    fn is_one_line(&self) -> bool {
        self.open.last().is_some_and(|bracket| bracket.is_one_line)
    }
}

/// Between two values in one line.
fn comma<W: ?Sized + Write>(to: &mut W, is_first: bool) -> io::Result<()> {
    if is_first { Ok(()) } else { to.write_all(b", ") }
}

impl Formatter for Lines {
    fn begin_array<W: ?Sized + Write>(&mut self, to: &mut W) -> io::Result<()> {
        if self.begin(true) { to.write_all(b"[") } else { self.pretty.begin_array(to) }
    }

    fn end_array<W: ?Sized + Write>(&mut self, to: &mut W) -> io::Result<()> {
        if self.end() { to.write_all(b"]") } else { self.pretty.end_array(to) }
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, to: &mut W, is_first: bool) -> io::Result<()> {
        if self.is_one_line() { comma(to, is_first) } else { self.pretty.begin_array_value(to, is_first) }
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, to: &mut W) -> io::Result<()> {
        if self.is_one_line() { Ok(()) } else { self.pretty.end_array_value(to) }
    }

    fn begin_object<W: ?Sized + Write>(&mut self, to: &mut W) -> io::Result<()> {
        if self.begin(false) { to.write_all(b"{") } else { self.pretty.begin_object(to) }
    }

    fn end_object<W: ?Sized + Write>(&mut self, to: &mut W) -> io::Result<()> {
        if self.end() { to.write_all(b"}") } else { self.pretty.end_object(to) }
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, to: &mut W, is_first: bool) -> io::Result<()> {
        if self.is_one_line() { comma(to, is_first) } else { self.pretty.begin_object_key(to, is_first) }
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, to: &mut W) -> io::Result<()> {
        self.pretty.begin_object_value(to)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, to: &mut W) -> io::Result<()> {
        if self.is_one_line() { Ok(()) } else { self.pretty.end_object_value(to) }
    }
}

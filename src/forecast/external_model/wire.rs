//! Protocol Buffers as they lie in a file: fields behind each other, borrowed, each checked against the bytes there are.
//!
//! <https://protobuf.dev/programming-guides/encoding/>. Messages are walked, never built, so nothing is recursive.

use super::PredictorError;

const CUT: PredictorError = PredictorError::Damaged("it ends in the middle of a field");
const TYPE: PredictorError = PredictorError::Damaged("a field has another type than it should");

/// What a field holds.
#[derive(Debug, Clone, Copy)]
enum Value<'a> {
    Varint(u64),
    Eight,
    Bytes(&'a [u8]),
    Four([u8; 4]),
}

/// The bytes of one message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Message<'a>(pub(super) &'a [u8]);

/// The fields of a message, in the order of the file; ends after an error.
struct Fields<'a>(&'a [u8]);

impl<'a> Message<'a> {
    fn fields(self, number: u64) -> impl Iterator<Item = Result<Value<'a>, PredictorError>> {
        Fields(self.0).filter_map(move |field| match field {
            Ok((found, value)) => (found == number).then_some(Ok(value)),
            Err(error) => Some(Err(error)),
        })
    }

    /// The bytes of each field of this number.
    pub(super) fn bytes(self, number: u64) -> impl Iterator<Item = Result<&'a [u8], PredictorError>> {
        self.fields(number).map(|value| match value? {
            Value::Bytes(bytes) => Ok(bytes),
            _ => Err(TYPE),
        })
    }

    /// The messages of this number.
    pub(super) fn parts(self, number: u64) -> impl Iterator<Item = Result<Self, PredictorError>> {
        self.bytes(number).map(|bytes| bytes.map(Message))
    }

    /// The last message of this number; an empty one when there is none.
    pub(super) fn part(self, number: u64) -> Result<Self, PredictorError> {
        self.parts(number).last().unwrap_or(Ok(Message(&[])))
    }

    /// The texts of this number.
    pub(super) fn texts(self, number: u64) -> impl Iterator<Item = Result<&'a str, PredictorError>> {
        self.bytes(number).map(|bytes| {
            std::str::from_utf8(bytes?).map_err(|_| PredictorError::Damaged("a text is not UTF-8"))
        })
    }

    /// The first text of this number; empty when there is none. What follows is not read: it may be long.
    pub(super) fn text(self, number: u64) -> Result<&'a str, PredictorError> {
        self.texts(number).next().unwrap_or(Ok(""))
    }

    /// The last whole number of this number.
    pub(super) fn integer(self, number: u64) -> Result<Option<i64>, PredictorError> {
        Ok(self.integers(number)?.last().copied())
    }

    /// All whole numbers of this number, packed or not.
    pub(super) fn integers(self, number: u64) -> Result<Vec<i64>, PredictorError> {
        let mut found = Vec::new();
        for value in self.fields(number) {
            match value? {
                Value::Varint(value) => found.push(value.cast_signed()),
                Value::Bytes(mut packed) => {
                    while !packed.is_empty() {
                        found.push(varint(&mut packed)?.cast_signed());
                    }
                }
                _ => return Err(TYPE),
            }
        }
        Ok(found)
    }

    /// All numbers of single precision of this number, packed or not.
    pub(super) fn floats(self, number: u64) -> Result<Vec<f64>, PredictorError> {
        let mut found = Vec::new();
        for value in self.fields(number) {
            match value? {
                Value::Four(bytes) => found.push(f32::from_le_bytes(bytes).into()),
                Value::Bytes(packed) => {
                    found.extend(pieces(packed)?.iter().map(|bytes| f64::from(f32::from_le_bytes(*bytes))));
                }
                _ => return Err(TYPE),
            }
        }
        finite(found)
    }
}

/// Bytes in pieces of one size.
pub(super) fn pieces<const SIZE: usize>(bytes: &[u8]) -> Result<&[[u8; SIZE]], PredictorError> {
    match bytes.as_chunks() {
        (pieces, []) => Ok(pieces),
        _ => Err(CUT),
    }
}

/// The numbers, if each is one.
pub(super) fn finite(numbers: Vec<f64>) -> Result<Vec<f64>, PredictorError> {
    if numbers.iter().all(|number| number.is_finite()) {
        return Ok(numbers);
    }
    Err(PredictorError::Damaged("a parameter is not a number"))
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Value<'a>), PredictorError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = field(&mut self.0);
        if field.is_err() {
            self.0 = &[];
        }
        Some(field)
    }
}

fn field<'a>(rest: &mut &'a [u8]) -> Result<(u64, Value<'a>), PredictorError> {
    let tag = varint(rest)?;
    let value = match tag & 7 {
        0 => Value::Varint(varint(rest)?),
        1 => take(rest, 8).map(|_| Value::Eight)?,
        2 => {
            let length = usize::try_from(varint(rest)?).map_err(|_| CUT)?;
            Value::Bytes(take(rest, length)?)
        }
        5 => Value::Four(take(rest, 4)?.try_into().map_err(|_| CUT)?),
        _ => return Err(PredictorError::Damaged("a field is of no known type")),
    };
    match tag >> 3 {
        0 => Err(PredictorError::Damaged("a field has the number 0")),
        number => Ok((number, value)),
    }
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Result<&'a [u8], PredictorError> {
    rest.split_off(..length).ok_or(CUT)
}

fn varint(rest: &mut &[u8]) -> Result<u64, PredictorError> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = *rest.split_off_first().ok_or(CUT)?;
        let part = u64::from(byte & 0x7f);
        if shift == 63 && part > 1 {
            break;
        }
        value |= part << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(PredictorError::Damaged("a number is too long"))
}

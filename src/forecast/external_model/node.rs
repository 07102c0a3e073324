//! An operation of an ONNX file with its attributes, as it is written.

use super::PredictorError;
use super::wire::Message;

/// A node of the file's graph.
pub(super) struct Node<'a> {
    pub(super) name: &'static str,
    pub(super) message: Message<'a>,
}

impl<'a> Node<'a> {
    /// The attribute of that name; an empty one when there is none.
    fn attribute(&self, name: &str) -> Result<Message<'a>, PredictorError> {
        for attribute in self.message.parts(5) {
            let attribute = attribute?;
            if attribute.text(1)? == name {
                return Ok(attribute);
            }
        }
        Ok(Message(&[]))
    }

    pub(super) fn integer(&self, name: &str) -> Result<Option<i64>, PredictorError> {
        self.attribute(name)?.integer(3)
    }

    pub(super) fn text(&self, name: &str) -> Result<&'a str, PredictorError> {
        self.attribute(name)?.text(4)
    }

    pub(super) fn floats(&self, name: &str) -> Result<Vec<f64>, PredictorError> {
        self.attribute(name)?.floats(7)
    }

    pub(super) fn integers(&self, name: &str) -> Result<Vec<i64>, PredictorError> {
        self.attribute(name)?.integers(8)
    }

    pub(super) fn texts(&self, name: &str) -> Result<Vec<&'a str>, PredictorError> {
        self.attribute(name)?.texts(9).collect()
    }

    /// The refusal of an operation that is known, in this form of it.
    pub(super) fn misfit(&self, why: &'static str) -> PredictorError {
        PredictorError::Misfit { operation: self.name, why }
    }
}

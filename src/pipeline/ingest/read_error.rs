//! Why a part of a file was not read.

use std::io;
use std::path::Path;

use super::super::error::{PipelineError, io_at};
use crate::text::scan::Refusal;
use crate::text::unpack::Damaged;

/// Why a part was not read.
#[derive(Debug)]
pub enum ReadError {
    Refused(Refusal),
    Pipeline(PipelineError),
}

impl From<PipelineError> for ReadError {
    fn from(error: PipelineError) -> Self {
        Self::Pipeline(error)
    }
}

/// Of a damaged file that it is refused; other trouble is the disk's.
pub(super) fn read_error(error: io::Error, path: &Path) -> ReadError {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Damaged>()) {
        Some(damaged) => ReadError::Refused(Refusal {
            error: "damaged_file",
            message: damaged.0.clone(),
            hint: "ask for the file again",
        }),
        None => ReadError::Pipeline(io_at(path)(error)),
    }
}

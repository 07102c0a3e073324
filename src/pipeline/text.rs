//! Text files as banks send them, packed or not, in whatever encoding: cells by record, and what cannot be read.

pub mod header;
pub mod lines;
pub mod numbers;
pub mod records;
pub mod scan;
pub mod unpack;

pub use crate::encoding as decode;

//! Exchange rates by date: what sources say, kept as received and read as text.
//!
//! ```text
//! fetch, import ─► raw/rates/source=…/ ─► read ─► gates ─► raw_rates ─► response
//!          accept ─► raw/rates/accepted/ ────────────┘
//! ```
//! A rate is text until SQL casts it to DECIMAL; the one float here is the gates' comparison.

mod accepted;
pub mod alarms;
mod answer;
pub mod coverage;
mod csv;
mod ecb;
pub mod fetch;
mod gates;
pub mod held;
pub mod http;
mod import;
mod json;
pub mod kept;
mod plan;
pub mod read;
mod source;
pub(super) mod table;

pub use answer::Refusal;
pub use gates::record_refused;
pub use import::{Imported, Known, import};
pub use kept::origins;
pub use source::Source;
pub use table::is_there;

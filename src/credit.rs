//! The credit check: an account's figures in, a card with its grade and the reasons out.
//!
//! ```text
//! queries/credit/*.sql ─► figures ─► grade ─► card ─► text, JSON, Markdown, HTML, CSV
//!                            policy ───┘
//! ```
//!
//! All but the reading is pure: no clock, no engine, no screen. The same figures and policy give the same bytes.

pub mod decimal;
pub mod figures;

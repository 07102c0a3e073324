//! What the panes draw with; these know nothing of the application's state as a whole.

pub mod band_chart;
pub mod bars;
pub mod cell;
pub mod grid;
pub mod sparkline;
pub mod status;
pub mod strip;

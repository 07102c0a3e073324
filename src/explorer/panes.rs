//! The panes: each has its state, its own answer to actions, and a drawing of itself.

pub mod buffers;
pub mod charts;
pub mod choices;
pub mod credit;
pub mod editor;
pub mod forecast;
pub mod lake;
pub mod queries;
pub mod results;
pub mod viewport;

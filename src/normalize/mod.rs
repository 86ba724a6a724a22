//! A cell's text made the field's valid value, or the reason why it cannot be.
//!
//! Each file holds one kind of value and the only way to get it, so a value that exists is valid.
//! Everything here is pure: no clock, no file, no network; nothing is guessed silently, every repair is
//! named so that it can be counted.

mod value;

pub use value::{Clean, Value};

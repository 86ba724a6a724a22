//! Where the wings meet: files become staged records, staged records become requests, answers are
//! settled. The only room that knows more than one wing; it knows no terminal and no exit code.

mod error;
mod event;
mod gather;
mod guard;
mod inputs;
mod key_index;
mod map_rows;
mod queue;
mod send;
mod stage;
mod telling;
mod traffic;
mod verdict;

pub use error::Error;
pub use event::{Event, Progress};
pub use guard::{Checked, Guard, GuardStop};
pub use inputs::{Destination, Inputs};
pub use send::{SendOptions, send};
pub use stage::{StageOptions, stage};
pub use verdict::Stopped;

//! Where the wings meet: files become staged records, staged records become requests, answers are
//! settled. The only room that knows more than one wing; it knows no terminal and no exit code.

mod carriers;
mod error;
mod event;
mod export_age;
mod gather;
mod grace;
mod guard;
mod inputs;
mod isolation;
mod judge;
mod key_index;
mod lookup;
mod map_rows;
mod merge_rows;
mod merge_tally;
mod nothing_new;
mod pace;
mod pauses;
mod queue;
mod resolve;
mod send;
mod shared_ids;
mod stage;
mod suppression;
mod telling;
mod told;
mod traffic;
mod verdict;
mod verify;

pub use carriers::{CarrierNames, Strange, carrier_names};
pub use error::Error;
pub use event::{Event, Progress, Window};
pub use guard::{Allowance, Guard, GuardReport, GuardStop};
pub use inputs::{Destination, Inputs};
pub use nothing_new::nothing_new;
pub use pace::Pace;
pub use resolve::{Asking, Left, Resolved, Word, resolve_by_reading, resolve_by_word};
pub use send::{SendOptions, send};
pub use stage::{StageOptions, Staged, stage};
pub use suppression::Suppression;
pub use verdict::Stopped;
pub use verify::{ReadBack, read_customer};

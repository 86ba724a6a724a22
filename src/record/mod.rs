//! What is sent, and what can become of it: one customer with its policies.

mod draft;
mod fields;
mod outcome;

pub use draft::Draft;
pub use fields::Fields;
pub use outcome::{Doubt, Halt, Outcome, Reason, Refusal, Reply};

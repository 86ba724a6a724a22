//! What is sent, and what can become of it: one customer with its policies.

mod draft;
mod fields;

pub use draft::Draft;
pub use fields::Fields;

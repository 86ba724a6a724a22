//! Files that people write in TOML: every key with its place, every mistake in one go, and what was meant.
//!
//! Mappings and the configuration are read with it. It knows no key of either.

pub(crate) mod document;
pub(crate) mod length;
mod mistake;
pub(crate) mod mistakes;
pub(crate) mod suggest;
pub(crate) mod walk;

pub use mistake::Mistake;
pub(crate) use mistake::told;

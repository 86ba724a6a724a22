//! A person's name: its case is kept, since only its owner knows how it is spelled.

use super::{Clean, text};
use crate::problem::Code;

/// A name: clean text that holds a letter.
///
/// # Errors
///
/// [`Code::NameUnreadable`] for text without any letter, [`Code::TextTooLong`].
pub(super) fn normalize(name: &str, max: usize) -> Result<Clean, Code> {
    let clean = text::normalize(name, max)?;
    match clean.value.as_ref().and_then(|value| value.as_text()) {
        Some(name) if !name.chars().any(char::is_alphabetic) => Err(Code::NameUnreadable),
        _ => Ok(clean),
    }
}

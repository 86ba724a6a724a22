//! A cell's text made clean: outer white space, invisible characters.

use std::borrow::Cow;

use super::{Clean, Holds, Value, unprotect};
use crate::problem::{Code, Repair};

/// Free text: trimmed, inner white space collapsed to single spaces, control characters and text
/// protection removed.
/// Nothing is ever cut to fit.
///
/// # Errors
///
/// [`Code::TextTooLong`].
pub(super) fn normalize(text: &str, max: usize) -> Result<Clean, Code> {
    let (tidy, control) = tidy(text);
    let (bare, is_protected) = unprotect(&tidy, Holds::Prose);
    let repair = is_protected.then_some(Repair::TextProtection).or(control);
    if bare.is_empty() {
        return Ok(nothing(repair));
    }
    check_length(&bare, max)?;
    Ok(Clean::mended(Value::text(bare), repair))
}

/// What a cell without content gives.
pub(super) const fn nothing(repair: Option<Repair>) -> Clean {
    Clean {
        value: None,
        repair,
    }
}

/// The text without white space, byte order marks, zero-width and direction marks around it.
/// Phone numbers copied from contact cards carry direction marks, workbooks no-break spaces.
#[inline]
pub(super) fn trim(text: &str) -> &str {
    let shows = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_graphic);
    let bytes = text.as_bytes();
    // Nearly every cell shows something at both ends.
    if shows(bytes.first()) && shows(bytes.last()) {
        return text;
    }
    trim_blanks(text)
}

fn trim_blanks(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || is_mark(c))
}

/// The text trimmed, with runs of white space as one space each and control characters removed.
/// Borrows when there is nothing to do.
pub(super) fn tidy(text: &str) -> (Cow<'_, str>, Option<Repair>) {
    let text = trim(text);
    if is_tidy(text) {
        return (Cow::Borrowed(text), None);
    }
    let (mut tidy, mut repair) = (String::with_capacity(text.len()), None);
    for c in text.chars() {
        if c.is_whitespace() {
            if !tidy.ends_with(' ') {
                tidy.push(' ');
            }
        } else if is_control(c) {
            repair = Some(Repair::ControlCharacters);
        } else {
            tidy.push(c);
        }
    }
    if trim(&tidy).len() != tidy.len() {
        tidy = trim(&tidy).to_owned();
    }
    (Cow::Owned(tidy), repair)
}

/// The text trimmed and without control characters; white space inside stays as it is.
pub(super) fn visible(text: &str) -> (Cow<'_, str>, Option<Repair>) {
    let text = trim(text);
    if !has_controls(text) {
        return (Cow::Borrowed(text), None);
    }
    let kept: String = text.chars().filter(|c| !is_control(*c)).collect();
    (
        Cow::Owned(trim(&kept).to_owned()),
        Some(Repair::ControlCharacters),
    )
}

/// Checks a clean text against the contract's limit, counted in UTF-16 units.
pub(super) fn check_length(text: &str, max: usize) -> Result<(), Code> {
    // A text never has more UTF-16 units than bytes.
    if text.len() <= max || text.encode_utf16().count() <= max {
        Ok(())
    } else {
        Err(Code::TextTooLong)
    }
}

/// The letters and digits of a text in lower case: how words are compared with lists.
pub(super) fn fold(text: &str) -> String {
    if text.is_ascii() {
        folded_bytes(text).map(char::from).collect()
    } else {
        folded_chars(text).collect()
    }
}

/// True when a text folds to that folded text.
pub(super) fn folds_to(text: &str, folded: &str) -> bool {
    // The lists are ASCII, and walking bytes is several times faster.
    if text.is_ascii() {
        folded_bytes(text).eq(folded.bytes())
    } else {
        folded_chars(text).eq(folded.chars())
    }
}

fn folded_bytes(text: &str) -> impl Iterator<Item = u8> {
    text.bytes()
        .filter(u8::is_ascii_alphanumeric)
        .map(|byte| byte.to_ascii_lowercase())
}

fn folded_chars(text: &str) -> impl Iterator<Item = char> {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
}

/// True for a cell made only of asterisks with `-`, `/` or spaces: `***-**-****`, `******`.
/// Exports mask what the marketplace may not show this way; such a cell means nothing.
pub fn is_masked(text: &str) -> bool {
    text.contains('*')
        && text
            .chars()
            .all(|c| matches!(c, '*' | '-' | '/') || c.is_whitespace() || is_mark(c))
}

/// Printable ASCII with single spaces, which nearly every cell is.
fn is_tidy(text: &str) -> bool {
    let mut after_space = false;
    text.bytes().all(|byte| {
        let double = after_space && byte == b' ';
        after_space = byte == b' ';
        matches!(byte, b' '..=b'~') && !double
    })
}

fn has_controls(text: &str) -> bool {
    !text.bytes().all(|byte| matches!(byte, b' '..=b'~')) && text.chars().any(is_control)
}

/// Characters that show nothing and change nothing at a text's ends.
const fn is_mark(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}') || is_hidden(c)
}

/// Characters that have no place inside a value. The joiners (U+200C, U+200D) have one, in some scripts.
fn is_control(c: char) -> bool {
    (c.is_control() && !c.is_whitespace()) || c == '\u{200b}' || is_hidden(c)
}

/// Direction overrides, word joiners and byte order marks.
const fn is_hidden(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::tidy;

    #[test]
    fn clean_text_is_borrowed() {
        assert!(matches!(
            tidy("  1 Main St, Apt 4 "),
            (Cow::Borrowed("1 Main St, Apt 4"), None)
        ));
    }
}

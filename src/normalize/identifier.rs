//! Codes that name something elsewhere: kept as they are, but for what a spreadsheet did to them.

use compact_str::CompactString;

use super::{Clean, Value, number, text};
use crate::problem::{Code, Repair};

/// An identifier: case and inner characters are kept; a `.0` behind digits is cut. Lost leading zeros
/// are not restored, since nothing tells how many there were; [`padded`] restores them where the mapping
/// knows.
///
/// # Errors
///
/// [`Code::IdentifierScientific`], [`Code::TextTooLong`].
pub(super) fn normalize(id: &str, max: usize) -> Result<Clean, Code> {
    if is_damaged_number(id) {
        return Err(Code::IdentifierScientific);
    }
    text::check_length(id, max)?;
    Ok(match id.strip_suffix(".0") {
        Some(digits) if is_digits(digits) => {
            Clean::mended(Value::text(digits), Some(Repair::FloatTail))
        }
        _ => Clean::of(Value::text(id)),
    })
}

/// The digits with the zeros before them that make them `width` digits long; none where the text is long
/// enough already or holds anything but digits.
pub fn padded(text: &str, width: usize) -> Option<CompactString> {
    let zeros = width.checked_sub(text.len()).filter(|zeros| *zeros > 0)?;
    is_digits(text).then(|| {
        let mut padded = CompactString::with_capacity(width);
        padded.extend(std::iter::repeat_n('0', zeros));
        padded.push_str(text);
        padded
    })
}

/// True when an identifier's cell holds several: parts between `,`, `;`, `|`, line ends or a free-standing
/// `/`, or tokens between white space that each look like an id (four characters or more, a digit
/// among them). An id that comes and goes among others would make a new customer each time.
pub fn several_ids(text: &str) -> bool {
    let parts = text
        .split([',', ';', '|', '\n', '\r'])
        .flat_map(|part| part.split(" / "))
        .filter(|part| !text::trim(part).is_empty());
    let tokens = || text.split_whitespace();
    parts.count() > 1 || (tokens().count() > 1 && tokens().all(looks_like_id))
}

fn looks_like_id(token: &str) -> bool {
    token.len() >= 4
        && token.bytes().any(|byte| byte.is_ascii_digit())
        && token
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// True for `1.23457E+11`, `-1.23457E+11` and `1E+11`, false for codes such as `12E4` and `1E11`.
///
/// Programs that print a number scientifically put one digit before the point, and write a point, a
/// signed exponent, or both. A code with neither is left alone: losing a true id would be as bad.
fn is_damaged_number(id: &str) -> bool {
    let id = id.strip_prefix('-').unwrap_or(id);
    let normalized = id.starts_with(|c: char| c.is_ascii_digit())
        && id
            .chars()
            .nth(1)
            .is_some_and(|c| matches!(c, '.' | 'e' | 'E'));
    normalized && id.contains(['.', '+', '-']) && number::is_scientific(id)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

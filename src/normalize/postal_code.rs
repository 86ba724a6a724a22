//! Postal codes of the United States: five digits, wherever a spreadsheet left them.

use compact_str::CompactString;

use crate::{
    private::Private,
    problem::{Code, Repair},
};

/// The lowest and the highest code in use (Holtsville, New York; Ketchikan, Alaska). What lies outside
/// is a placeholder such as 00000 or 99999.
const IN_USE: std::ops::RangeInclusive<&str> = "00501"..="99950";

/// A five-digit postal code.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PostalCode(Private<CompactString>);

impl PostalCode {
    /// Reads a postal code: five digits, five and four, or what a number column made of them (`.0`
    /// behind, leading zeros lost).
    ///
    /// # Errors
    ///
    /// [`Code::PostalCodeUnreadable`].
    pub fn parse(text: &str) -> Result<(Self, Option<Repair>), Code> {
        let (code, repair) = five_digits(text).ok_or(Code::PostalCodeUnreadable)?;
        if IN_USE.contains(&code.as_str()) {
            Ok((Self(Private::new(code)), repair))
        } else {
            Err(Code::PostalCodeUnreadable)
        }
    }

    /// The five digits.
    pub fn as_str(&self) -> &str {
        self.0.expose()
    }
}

fn five_digits(text: &str) -> Option<(CompactString, Option<Repair>)> {
    let (text, float_tail) = match text.trim_end_matches('0').strip_suffix('.') {
        Some(number) if number.len() + 1 < text.len() => (number, Some(Repair::FloatTail)),
        _ => (text, None),
    };
    let (head, tail) = split(text)?;
    let zeros = 5_usize.checked_sub(head.len())?;
    let repair = if zeros > 0 {
        Some(Repair::LeadingZero)
    } else if tail {
        Some(Repair::PlusFourDropped)
    } else {
        float_tail
    };
    let mut code = CompactString::with_capacity(5);
    code.extend(std::iter::repeat_n('0', zeros));
    code.push_str(head);
    Some((code, repair))
}

/// The first part, three to five digits, and whether four more follow.
fn split(text: &str) -> Option<(&str, bool)> {
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let (head, tail) = match text.split_once(['-', '\u{2013}', ' ']) {
        Some((head, tail)) => (head, Some(tail)),
        // Written together; 8 digits are 9 that lost their leading zero.
        None if matches!(text.len(), 8..=9) => {
            let (head, tail) = text.split_at_checked(text.len() - 4)?;
            (head, Some(tail))
        }
        None => (text, None),
    };
    let tail_fits = tail.is_none_or(|tail| matches!(tail.len(), 0 | 4) && is_digits(tail));
    (matches!(head.len(), 3..=5) && is_digits(head) && tail_fits)
        .then(|| (head, tail.is_some_and(|tail| !tail.is_empty())))
}

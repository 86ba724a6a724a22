//! Whole numbers as people and spreadsheets write them: `$1,234`, `(123)`, `7-`, `3.0`.

use crate::problem::{Code, Repair};

/// A whole number that fits 32 bits. A fraction of zeros is cut; any other is refused, since rounding
/// somebody's income is not ours to do.
///
/// # Errors
///
/// The `Number…` codes.
pub(super) fn parse(text: &str) -> Result<(i32, Option<Repair>), Code> {
    let (negative, amount) = sign(text)?;
    let (whole, fraction) = match amount.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (amount, None),
    };
    if is_scientific(amount) {
        return Err(Code::NumberScientific);
    }
    let magnitude = grouped(whole).ok_or(Code::NumberUnreadable)?;
    let repair = fraction.map(cut).transpose()?;
    let value = if negative { -magnitude } else { magnitude };
    match i32::try_from(value) {
        Ok(value) => Ok((value, repair)),
        Err(_) => Err(Code::NumberOutOfRange),
    }
}

/// Takes sign and currency off: a minus before or after, or an accountant's parentheses, but only one of them.
pub(super) fn sign(text: &str) -> Result<(bool, &str), Code> {
    let (text, dollar_first) = dollar(text);
    let (negative, rest) = if let Some(inner) = enclosed(text) {
        (true, inner)
    } else if let Some(rest) = text.strip_prefix(['-', '\u{2212}']) {
        (true, rest)
    } else if let Some(rest) = text.strip_suffix(['-', '\u{2212}']) {
        (true, rest)
    } else {
        (false, text.strip_prefix('+').unwrap_or(text))
    };
    let (amount, dollar_second) = dollar(rest.trim());
    if dollar_first && dollar_second {
        return Err(Code::NumberUnreadable);
    }
    Ok((negative, amount))
}

fn dollar(text: &str) -> (&str, bool) {
    match text.strip_prefix('$') {
        Some(rest) => (rest.trim(), true),
        None => (text, false),
    }
}

fn enclosed(text: &str) -> Option<&str> {
    text.strip_prefix('(')?.strip_suffix(')')
}

/// Digits, or digits in groups of three; `1,23` and `1.234,5` are no numbers here. Too many digits
/// saturate, which is out of range all the same.
pub(super) fn grouped(whole: &str) -> Option<i64> {
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let has_groups = first.len() < whole.len();
    if first.is_empty() || (has_groups && first.len() > 3) {
        return None;
    }
    groups.try_fold(digits(first)?, |value, group| {
        let group = digits(group).filter(|_| group.len() == 3)?;
        Some(value.saturating_mul(1000).saturating_add(group))
    })
}

fn digits(text: &str) -> Option<i64> {
    text.bytes().try_fold(0_i64, |value, byte| {
        let digit = byte.is_ascii_digit().then(|| i64::from(byte - b'0'))?;
        Some(value.saturating_mul(10).saturating_add(digit))
    })
}

/// What cutting a fraction means: nothing lost when it is all zeros.
fn cut(fraction: &str) -> Result<Repair, Code> {
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        Err(Code::NumberUnreadable)
    } else if fraction.bytes().all(|byte| byte == b'0') {
        Ok(Repair::FloatTail)
    } else {
        Err(Code::NumberFraction)
    }
}

/// `1.5E+05`, `-1.5E+05`, `1e5`: a number whose last digits a spreadsheet may have rounded away.
pub(super) fn is_scientific(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else {
        return false;
    };
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    match mantissa.split_once('.') {
        Some((whole, fraction)) => is_digits(whole) && is_digits(fraction) && is_digits(exponent),
        None => is_digits(mantissa) && is_digits(exponent),
    }
}

//! Amounts of money that the API takes as text: the digits stay as they are written.

use super::number::{grouped, is_scientific, sign};
use crate::problem::Code;

/// An amount without `$`, commas and white space; a minus stands before it, however it was written. The
/// number of decimals is kept, since nobody here knows what the API makes of another one.
///
/// # Errors
///
/// [`Code::NumberUnreadable`], [`Code::NumberScientific`].
pub(super) fn parse(text: &str) -> Result<String, Code> {
    let (negative, amount) = sign(text)?;
    if is_scientific(amount) {
        return Err(Code::NumberScientific);
    }
    let (whole, fraction) = match amount.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (amount, None),
    };
    let is_fraction =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if grouped(whole).is_none() || !fraction.is_none_or(is_fraction) {
        return Err(Code::NumberUnreadable);
    }
    let minus = if negative { "-" } else { "" };
    let digits = whole.replace(',', "");
    Ok(match fraction {
        Some(fraction) => format!("{minus}{digits}.{fraction}"),
        None => format!("{minus}{digits}"),
    })
}

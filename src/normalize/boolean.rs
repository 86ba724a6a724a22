//! Yes and no, in the spellings that exports use.

use super::text;
use crate::problem::Code;

/// True or false.
///
/// # Errors
///
/// [`Code::BooleanUnknown`] for anything but the spellings below: a mark such as `x` or a status such
/// as `Active` needs `values` in the mapping.
pub(super) fn parse(text: &str) -> Result<bool, Code> {
    // A spreadsheet's number column writes 1 and 0 as floats.
    if matches!(text, "1.0" | "0.0") {
        return Ok(text == "1.0");
    }
    match text::fold(text).as_str() {
        "yes" | "y" | "true" | "t" | "1" | "on" => Ok(true),
        "no" | "n" | "false" | "f" | "0" | "off" => Ok(false),
        _ => Err(Code::BooleanUnknown),
    }
}

//! Values of cells as text: what a person would have typed to get them.

use std::fmt::Write as _;

use calamine::CellErrorType;

/// Numbers of at least so much have digits that a spreadsheet may have lost: it keeps fifteen.
const INEXACT_FROM: f64 = 1e15;

/// What stands for an error of a kind that is not known here.
pub(super) const UNKNOWN_ERROR: &str = "#ERROR!";

/// Writes a number: whole ones without decimals, others in the shortest form that reads back the same.
///
/// From 10^15 on a number goes in scientific notation with all its digits, as `1.234567890123456E+15`.
/// Its last digits may not be those that were typed, and an identifier in scientific notation is refused
/// as damaged where it is normalized, while 16 plain digits would pass for a good one.
pub(super) fn push_float(text: &mut String, number: f64) {
    if !number.is_finite() {
        text.push_str("#NUM!");
    } else if number.abs() >= INEXACT_FROM {
        let scientific = format!("{number:E}");
        let signed = scientific.replace('E', "E+");
        text.push_str(&signed);
    } else if let Some(whole) = whole(number) {
        push_int(text, whole);
    } else {
        // A String takes everything.
        let _ = write!(text, "{number}");
    }
}

/// The number as an integer, when it is one that is held exactly.
#[expect(
    clippy::cast_possible_truncation,
    reason = "below 10^15 and without a fraction it fits"
)]
pub(super) fn whole(number: f64) -> Option<i64> {
    let is_whole = number.abs() < INEXACT_FROM && number.fract() == 0.0;
    is_whole.then_some(number as i64)
}

pub(super) fn push_int(text: &mut String, number: i64) {
    // Beyond this the float of another format would have lost digits: one rule for both.
    if number.unsigned_abs() >= 1_000_000_000_000_000 {
        #[expect(
            clippy::cast_precision_loss,
            reason = "it goes as a number that may have lost digits"
        )]
        push_float(text, number as f64);
    } else {
        let _ = write!(text, "{number}");
    }
}

pub(super) fn push_bool(text: &mut String, value: bool) {
    text.push_str(if value { "TRUE" } else { "FALSE" });
}

/// Writes an error as spreadsheets spell it.
pub(super) fn push_error(text: &mut String, error: &CellErrorType) {
    text.push_str(match error {
        CellErrorType::Div0 => "#DIV/0!",
        CellErrorType::NA => "#N/A",
        CellErrorType::Name => "#NAME?",
        CellErrorType::Null => "#NULL!",
        CellErrorType::Num => "#NUM!",
        CellErrorType::Ref => "#REF!",
        CellErrorType::Value => "#VALUE!",
        CellErrorType::GettingData => "#GETTING_DATA",
    });
}

#[cfg(test)]
mod tests {
    use super::{push_float, push_int};

    #[test]
    fn numbers_read_as_they_were_typed() {
        let cases = [
            (0.0, "0"),
            (-0.0, "0"),
            (10_072_723.0, "10072723"),
            (-5.0, "-5"),
            (12.5, "12.5"),
            (0.1, "0.1"),
            (1e-7, "0.0000001"),
            (199.99, "199.99"),
            (999_999_999_999_999.0, "999999999999999"),
            (1e15, "1E+15"),
            (1_234_567_890_123_456.0, "1.234567890123456E+15"),
            (-1_234_567_890_123_456.0, "-1.234567890123456E+15"),
            (1e300, "1E+300"),
            (f64::NAN, "#NUM!"),
            (f64::NEG_INFINITY, "#NUM!"),
        ];
        for (number, expected) in cases {
            let mut text = String::new();
            push_float(&mut text, number);
            assert_eq!(text, expected);
        }
        let mut text = String::new();
        push_int(&mut text, 42);
        push_int(&mut text, i64::MIN);
        assert_eq!(text, "42-9.223372036854776E+18");
    }
}

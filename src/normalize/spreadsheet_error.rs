//! What a spreadsheet shows in place of a value that it could not calculate.

use crate::problem::Code;

/// What our workbook reader gives for a formula of which the workbook holds no result.
pub const UNCALCULATED: &str = "#UNCALCULATED!";

/// The words, and what each means for the cell.
const WORDS: &[(&str, Code)] = &[
    ("#N/A", Code::SpreadsheetError),
    ("#REF!", Code::SpreadsheetError),
    ("#DIV/0!", Code::SpreadsheetError),
    ("#VALUE!", Code::SpreadsheetError),
    ("#NAME?", Code::SpreadsheetError),
    ("#NUM!", Code::SpreadsheetError),
    ("#NULL!", Code::SpreadsheetError),
    ("#ERROR!", Code::SpreadsheetError),
    ("#SPILL!", Code::SpreadsheetError),
    ("#CALC!", Code::SpreadsheetError),
    ("#GETTING_DATA", Code::SpreadsheetError),
    ("#FIELD!", Code::SpreadsheetError),
    ("#BLOCKED!", Code::SpreadsheetError),
    ("#CONNECT!", Code::SpreadsheetError),
    ("#BUSY!", Code::SpreadsheetError),
    ("#UNKNOWN!", Code::SpreadsheetError),
    ("#EXTERNAL!", Code::SpreadsheetError),
    ("#PYTHON!", Code::SpreadsheetError),
    ("#TIMEOUT!", Code::SpreadsheetError),
    (UNCALCULATED, Code::NotCalculated),
];

/// Why a cell holds no value, where its whole text is one of a spreadsheet's error values. The text has
/// nothing around it.
#[inline]
pub fn spreadsheet_error(text: &str) -> Option<Code> {
    if text.starts_with('#') {
        code_of(text)
    } else {
        None
    }
}

fn code_of(text: &str) -> Option<Code> {
    let found = WORDS
        .iter()
        .find(|(word, _)| word.eq_ignore_ascii_case(text));
    found.map(|(_, code)| *code)
}

#[cfg(test)]
mod tests {
    use super::{UNCALCULATED, WORDS, spreadsheet_error};
    use crate::problem::Code;

    #[test]
    fn only_a_whole_error_value_is_one() {
        for (word, code) in WORDS {
            assert_eq!(spreadsheet_error(word), Some(*code), "{word}");
        }
        assert_eq!(spreadsheet_error("#n/a"), Some(Code::SpreadsheetError));
        assert_eq!(spreadsheet_error(UNCALCULATED), Some(Code::NotCalculated));
        for text in ["", "#", "N/A", "#N/A yet", "#12 Main St", "REF!", "# N/A"] {
            assert_eq!(spreadsheet_error(text), None, "{text}");
        }
    }
}

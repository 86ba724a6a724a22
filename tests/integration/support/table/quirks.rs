//! Workbooks with one quirk each, and files that only look like workbooks.

use rust_xlsxwriter::{Format, Formula, Workbook};

use super::{
    Epoch, Table,
    xls::compound,
    xlsx::{write_table, xlsx, xlsx_of_rows},
    zipped::{marked_as_encrypted, zip},
};

/// These titles in the first column of the first rows, the header right below them.
pub(crate) fn below_titles(table: &Table, titles: &[&str]) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (row, title) in (0..).zip(titles) {
        sheet.write_string(row, 0, *title).unwrap();
    }
    let first_row = u32::try_from(titles.len()).unwrap();
    write_table(sheet, first_row, table, Epoch::Y1900);
    book.save_to_buffer().unwrap()
}

/// The first table in the first sheet `Summary`, the second in the sheet `Clients` after it.
pub(crate) fn on_two_sheets(first: &Table, second: &Table) -> Vec<u8> {
    two_sheets(first, second, false)
}

/// As [`on_two_sheets`], with the first sheet hidden.
pub(crate) fn behind_a_hidden_sheet(hidden: &Table, shown: &Table) -> Vec<u8> {
    two_sheets(hidden, shown, true)
}

fn two_sheets(first: &Table, second: &Table, is_first_hidden: bool) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("Summary").unwrap();
    sheet.set_hidden(is_first_hidden);
    write_table(sheet, 0, first, Epoch::Y1900);
    let sheet = book.add_worksheet().set_name("Clients").unwrap();
    // A hidden sheet cannot be the one that is shown first.
    sheet.set_active(is_first_hidden);
    write_table(sheet, 0, second, Epoch::Y1900);
    book.save_to_buffer().unwrap()
}

/// One row hidden, as a filter leaves it; `row` is its number as a spreadsheet shows it.
pub(crate) fn with_a_hidden_row(table: &Table, row: u32) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    write_table(sheet, 0, table, Epoch::Y1900);
    sheet.set_row_hidden(row - 1).unwrap();
    book.save_to_buffer().unwrap()
}

/// A text in row 3, two columns to the right of the last one.
pub(crate) fn with_a_stray_note(table: &Table, note: &str) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    write_table(sheet, 0, table, Epoch::Y1900);
    let column = u16::try_from(table.header.len()).unwrap() + 1;
    sheet.write_string(2, column, note).unwrap();
    book.save_to_buffer().unwrap()
}

/// Columns `first_name`, `number`: rows 2 and 5 are there, 3 and 4 are absent.
pub(crate) fn with_absent_rows() -> Vec<u8> {
    named_numbers(&[(1, 1.0, "General"), (4, 4.0, "General")])
}

/// Columns `first_name`, `number`: 501 shown as `00501`, 12345678 as `012-34-5678`.
pub(crate) fn with_padded_numbers() -> Vec<u8> {
    named_numbers(&[(1, 501.0, "00000"), (2, 12_345_678.0, "000-00-0000")])
}

/// Columns `first_name`, `number`: a number of 16 digits, one more than Excel keeps of what is typed.
pub(crate) fn with_a_number_of_sixteen_digits() -> Vec<u8> {
    named_numbers(&[(1, 1_234_567_890_123_456.0, "0")])
}

/// Numbers in the second column beside a name, each in a row counted from 0 and with its format.
fn named_numbers(numbers: &[(u32, f64, &str)]) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    write_table(sheet, 0, &named_column("number"), Epoch::Y1900);
    for (row, number, format) in numbers {
        let format = Format::new().set_num_format(*format);
        sheet.write_string(*row, 0, "Ana").unwrap();
        sheet
            .write_number_with_format(*row, 1, *number, &format)
            .unwrap();
    }
    book.save_to_buffer().unwrap()
}

fn named_column(name: &str) -> Table {
    Table::of_texts(&["first_name", name], &[])
}

/// Columns `first_name`, `result`: formulas that gave the number 3, the text `Ana Lee`, `TRUE`, and the
/// errors `#DIV/0!` and `#N/A`, in rows 2 to 6.
pub(crate) fn with_formulas() -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    write_table(sheet, 0, &named_column("result"), Epoch::Y1900);
    let formulas = [
        ("=1+2", "3"),
        ("=\"Ana\"&\" \"&\"Lee\"", "Ana Lee"),
        ("=1=1", "TRUE"),
        ("=1/0", "#DIV/0!"),
        ("=NA()", "#N/A"),
    ];
    for (row, (formula, result)) in (1..).zip(formulas) {
        sheet.write_string(row, 0, "Ana").unwrap();
        let formula = Formula::new(formula).set_result(result);
        sheet.write_formula(row, 1, formula).unwrap();
    }
    book.save_to_buffer().unwrap()
}

/// Columns `first_name`, `result`: in row 2 a formula whose result was never worked out.
pub(crate) fn with_a_formula_without_result() -> Vec<u8> {
    with_second_cell(r#"<c r="B2"><f>1+2</f></c>"#)
}

/// Columns `first_name`, `result`: in row 2 an error that no formula gave.
pub(crate) fn with_an_error_pasted() -> Vec<u8> {
    with_second_cell(r#"<c r="B2" t="e"><v>#REF!</v></c>"#)
}

fn with_second_cell(cell: &str) -> Vec<u8> {
    let text = |place: &str, text: &str| {
        format!(r#"<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>"#)
    };
    let header = text("A1", "first_name") + &text("B1", "result");
    let row = text("A2", "Ana") + cell;
    xlsx_of_rows(&format!(
        r#"<row r="1">{header}</row><row r="2">{row}</row>"#
    ))
}

/// What Excel makes of a workbook with a password: a compound file with the package in a stream. Its
/// content is zeros.
pub(crate) fn behind_a_password() -> Vec<u8> {
    compound(&[
        ("/EncryptionInfo", &[0; 248]),
        ("/EncryptedPackage", &[0; 8_192]),
    ])
}

/// A workbook whose parts say that they are encrypted.
pub(crate) fn with_encrypted_parts(table: &Table) -> Vec<u8> {
    marked_as_encrypted(xlsx(table, Epoch::Y1900))
}

/// An archive with one member, which says that it is encrypted.
pub(crate) fn encrypted_archive(name: &str, bytes: &[u8]) -> Vec<u8> {
    marked_as_encrypted(zip(&[(name, bytes)]))
}

/// A workbook that a download left in the middle.
pub(crate) fn cut_short(table: &Table) -> Vec<u8> {
    let mut bytes = xlsx(table, Epoch::Y1900);
    bytes.truncate(bytes.len() / 2);
    bytes
}

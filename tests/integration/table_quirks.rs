//! The workbooks with one quirk each, as a reader sees them that is not ours.

#![expect(
    clippy::indexing_slicing,
    reason = "helpers of tests may fail their test"
)]

use std::io::Cursor;

use calamine::{CellErrorType, Data, Error, Reader, SheetVisible, Xlsx, open_workbook_from_rs};

use crate::{
    support::table::{self, Table},
    table_writers::{Book, lines, open},
};

fn two_people() -> Table {
    Table::of_texts(
        &["first_name", "zip_code"],
        &[&["Ana", "00501"], &["José", "33101"]],
    )
}

fn first_sheet(book: &Book) -> String {
    book.sheet_names()[0].clone()
}

/// The cells of the first sheet below its header.
fn cells(bytes: Vec<u8>) -> Vec<Vec<Data>> {
    let mut book = open(bytes);
    let sheet = first_sheet(&book);
    let range = book.worksheet_range(&sheet).unwrap();
    range.rows().skip(1).map(<[Data]>::to_vec).collect()
}

fn second_cells(bytes: Vec<u8>) -> Vec<Data> {
    cells(bytes).into_iter().map(|row| row[1].clone()).collect()
}

#[test]
fn titles_stand_above_the_header() {
    let titles = ["Book of business", "As of 2026-01-31"];
    let mut book = open(table::below_titles(&two_people(), &titles));
    let sheet = first_sheet(&book);

    let lines = lines(&mut book, &sheet);
    assert_eq!(lines[0], ["Book of business", ""]);
    assert_eq!(lines[2], ["first_name", "zip_code"]);
    assert_eq!(lines[4], ["José", "33101"]);
}

#[test]
fn two_sheets_are_both_there_and_one_may_be_hidden() {
    let summary = Table::of_texts(&["what", "count"], &[&["clients", "two"]]);
    let shown = table::on_two_sheets(&summary, &two_people());
    let hidden = table::behind_a_hidden_sheet(&summary, &two_people());
    for (bytes, visible) in [
        (shown, SheetVisible::Visible),
        (hidden, SheetVisible::Hidden),
    ] {
        let mut book = open(bytes);
        let sheets = book.sheets_metadata();
        assert_eq!(sheets[0].visible, visible);
        assert_eq!(sheets[1].visible, SheetVisible::Visible);
        assert_eq!(lines(&mut book, "Summary")[1], ["clients", "two"]);
        assert_eq!(lines(&mut book, "Clients")[1], ["Ana", "00501"]);
    }
}

#[test]
fn a_hidden_row_keeps_its_cells() {
    let bytes = table::with_a_hidden_row(&two_people(), 2);

    assert!(
        part(&bytes, "xl/worksheets/sheet1.xml").contains(r#"<row r="2" spans="1:2" hidden="1""#)
    );
    assert_eq!(cells(bytes).len(), 2);
}

#[test]
fn a_stray_note_lies_beyond_the_last_column() {
    let cells = cells(table::with_a_stray_note(&two_people(), "call back"));

    assert_eq!(cells[0][2..], [Data::Empty, Data::Empty]);
    assert_eq!(
        cells[1][2..],
        [Data::Empty, Data::String("call back".to_owned())]
    );
}

#[test]
fn absent_rows_are_absent_and_counted() {
    let bytes = table::with_absent_rows();

    let sheet = part(&bytes, "xl/worksheets/sheet1.xml");
    assert!(sheet.contains(r#"<row r="2""#) && sheet.contains(r#"<row r="5""#));
    assert!(!sheet.contains(r#"<row r="3""#) && !sheet.contains(r#"<row r="4""#));
    let second = [Data::Float(1.0), Data::Empty, Data::Empty, Data::Float(4.0)];
    assert_eq!(second_cells(bytes), second);
}

#[test]
fn padded_and_long_numbers_are_numbers() {
    let padded = table::with_padded_numbers();
    let styles = part(&padded, "xl/styles.xml");
    assert!(styles.contains(r#"formatCode="00000""#));
    assert!(styles.contains(r#"formatCode="000-00-0000""#));
    assert_eq!(
        second_cells(padded),
        [Data::Float(501.0), Data::Float(12_345_678.0)]
    );

    let long = second_cells(table::with_a_number_of_sixteen_digits());
    assert_eq!(long, [Data::Float(1_234_567_890_123_456.0)]);
}

#[test]
fn formulas_show_their_results() {
    let expected = [
        Data::Float(3.0),
        Data::String("Ana Lee".to_owned()),
        Data::Bool(true),
        Data::Error(CellErrorType::Div0),
        Data::Error(CellErrorType::NA),
    ];
    assert_eq!(second_cells(table::with_formulas()), expected);

    let sheet = part(
        &table::with_a_formula_without_result(),
        "xl/worksheets/sheet1.xml",
    );
    assert!(sheet.contains("<f>1+2</f></c>"));
    assert_eq!(cells(table::with_a_formula_without_result())[0][0], "Ana");
    let pasted = second_cells(table::with_an_error_pasted());
    assert_eq!(pasted, [Data::Error(CellErrorType::Ref)]);
}

#[test]
fn what_only_looks_like_a_workbook_is_refused() {
    let table = two_people();
    let opened = |bytes| open_workbook_from_rs::<Xlsx<_>, _>(Cursor::new(bytes));

    let password = opened(table::behind_a_password()).err().map(Error::from);
    assert!(password.unwrap().to_string().contains("password"));
    assert!(opened(table::with_encrypted_parts(&table)).is_err());
    assert!(opened(table::cut_short(&table)).is_err());
}

fn part(archive: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(archive)).unwrap();
    let part = archive.by_name(name).unwrap();
    std::io::read_to_string(part).unwrap()
}

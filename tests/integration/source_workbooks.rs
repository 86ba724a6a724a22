//! Workbooks with one quirk each: which sheet, which header, and what becomes of each cell.
#![expect(
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail their test"
)]

use aca_sync::{
    format::Format,
    header::Header,
    problem::Code,
    row::{Place, Reading},
    source::{self, Error, Limits, Source, Wanted, WorkbookLimits},
};

use crate::{
    source::{ReadRow, rows_of, write},
    support::table::{self, Epoch, Table},
};

fn two_people() -> Table {
    Table::of_texts(
        &["first_name", "zip_code"],
        &[&["Ana", "00501"], &["José", "33101"]],
    )
}

fn open_as(bytes: impl AsRef<[u8]>, sheet: Option<&str>) -> Result<Source, Error> {
    let file = write(bytes);
    let lacks = |header: &Header| {
        let names = ["first_name"].into_iter();
        names.filter(|name| header.find(name).is_empty()).count()
    };
    let wanted = Wanted {
        format: Format {
            sheet: sheet.map(str::to_owned),
            ..Format::default()
        },
        limits: Limits::default(),
        lacks: &lacks,
    };
    source::open(&file.path, 0, &wanted).map(|mut sources| sources.remove(0))
}

fn open(bytes: impl AsRef<[u8]>) -> Source {
    open_as(bytes, None).unwrap_or_else(|error| panic!("{error}"))
}

fn refusal(bytes: impl AsRef<[u8]>) -> Error {
    match open_as(bytes, None) {
        Ok(_) => panic!("it was opened"),
        Err(error) => error,
    }
}

fn rows(bytes: impl AsRef<[u8]>) -> Vec<ReadRow> {
    rows_of(&mut open(bytes))
}

/// The second cells of the rows.
fn seconds(bytes: impl AsRef<[u8]>) -> Vec<String> {
    let rows = rows(bytes);
    rows.iter().map(|row| row.cells[1].clone()).collect()
}

#[test]
fn the_header_stands_below_titles_and_rows_keep_their_numbers() {
    let titles = ["Book of business", "As of 2026-01-31"];

    let mut source = open(table::below_titles(&two_people(), &titles));

    assert_eq!(source.header().names(), ["first_name", "zip_code"]);
    assert_eq!(source.header_place(), Place { number: 3, line: 3 });
    let numbers: Vec<u32> = rows_of(&mut source)
        .iter()
        .map(|row| row.place.number)
        .collect();
    assert_eq!(numbers, [4, 5]);
}

#[test]
fn the_sheet_is_the_first_whose_header_has_what_is_asked_for() {
    let summary = Table::of_texts(&["what", "count"], &[&["clients", "two"]]);
    for book in [
        table::on_two_sheets(&summary, &two_people()),
        table::behind_a_hidden_sheet(&summary, &two_people()),
    ] {
        let source = open(book);
        assert_eq!(source.origin().sheet.as_deref(), Some("Clients"));
        assert!(source.other_sheets().is_empty());
    }
}

#[test]
fn of_two_sheets_that_would_do_the_first_that_shows_is_read_and_the_other_told() {
    let both = open(table::on_two_sheets(&two_people(), &two_people()));
    let hidden = open(table::behind_a_hidden_sheet(&two_people(), &two_people()));

    assert_eq!(both.origin().sheet.as_deref(), Some("Summary"));
    assert_eq!(both.other_sheets(), ["Clients"]);
    assert_eq!(hidden.origin().sheet.as_deref(), Some("Clients"));
    assert_eq!(hidden.other_sheets(), ["Summary"]);
}

#[test]
fn a_sheet_that_is_named_is_read_whatever_its_header_and_must_be_there() {
    let summary = Table::of_texts(&["what", "count"], &[&["clients", "two"]]);
    let book = table::on_two_sheets(&summary, &two_people());

    let named = open_as(&book, Some("summary ")).unwrap();
    let absent = open_as(&book, Some("Clinets")).unwrap_err();

    assert_eq!(named.header().names(), ["what", "count"]);
    assert!(
        absent
            .to_string()
            .ends_with("there is no sheet Clinets; the sheets are Summary, Clients"),
        "{absent}"
    );
}

#[test]
fn where_no_sheet_fits_the_one_that_lacks_the_fewest_is_told() {
    let one = Table::of_texts(&["what"], &[&["x"]]);

    let source = open(table::on_two_sheets(&one, &one));

    assert_eq!(source.origin().sheet.as_deref(), Some("Summary"));
}

#[test]
fn a_damaged_sheet_matters_only_where_no_other_fits() {
    let summary = Table::of_texts(&["what"], &[&["x"]]);
    let broken = |book: &[u8], sheet: &str| {
        let part = format!("xl/worksheets/{sheet}.xml");
        table::edit(book, &part, |xml| xml.replace("</row>", "</wor>"))
    };
    let book = table::on_two_sheets(&summary, &two_people());

    let source = open(broken(&book, "sheet1"));
    let error = refusal(broken(&book, "sheet2"));

    assert_eq!(source.origin().sheet.as_deref(), Some("Clients"));
    assert!(matches!(error, Error::Damaged { .. }), "{error}");
}

#[test]
fn hidden_rows_are_read_like_any_other() {
    let rows = rows(table::with_a_hidden_row(&two_people(), 2));

    assert_eq!(rows[0].cells, ["Ana", "00501"]);
    assert_eq!(rows.len(), 2);
}

#[test]
fn rows_that_a_sheet_leaves_out_are_blank_ones() {
    let rows = rows(table::with_absent_rows());

    let told: Vec<_> = rows
        .iter()
        .map(|row| (row.place.number, row.reading))
        .collect();
    assert_eq!(
        told,
        [
            (2, Reading::Cells),
            (3, Reading::Blank),
            (4, Reading::Blank),
            (5, Reading::Cells),
        ]
    );
}

#[test]
fn a_note_beside_the_table_costs_its_row() {
    let rows = rows(table::with_a_stray_note(&two_people(), "call back"));

    assert_eq!(rows[0].reading, Reading::Cells);
    assert_eq!(rows[1].reading, Reading::Unreadable(Code::RowTooManyCells));
}

#[test]
fn numbers_are_what_their_format_shows() {
    assert_eq!(
        seconds(table::with_padded_numbers()),
        ["00501", "012-34-5678"]
    );
    assert_eq!(
        seconds(table::with_a_number_of_sixteen_digits()),
        ["1.234567890123456E+15"]
    );
}

#[test]
fn formulas_are_their_results_and_never_silently_blank() {
    assert_eq!(
        seconds(table::with_formulas()),
        ["3", "Ana Lee", "TRUE", "#DIV/0!", "#N/A"]
    );
    assert_eq!(
        seconds(table::with_a_formula_without_result()),
        ["#UNCALCULATED!"]
    );
    assert_eq!(seconds(table::with_an_error_pasted()), ["#REF!"]);
}

#[test]
fn passwords_and_broken_downloads_are_named_with_what_to_do() {
    for locked in [
        table::behind_a_password(),
        table::with_encrypted_parts(&two_people()),
    ] {
        let error = refusal(locked);
        assert!(
            error.to_string().ends_with(
                "a password protects it; remove the password in Excel and save it again"
            ),
            "{error}"
        );
    }
    let cut = refusal(table::cut_short(&two_people()));
    assert!(matches!(cut, Error::CutShort { .. }), "{cut}");
}

#[test]
fn a_workbook_without_a_row_is_empty() {
    let nothing = Table::of_texts(&[], &[]);

    assert!(matches!(
        refusal(table::xlsx(&nothing, Epoch::Y1900)),
        Error::Empty { .. }
    ));
}

#[test]
fn what_a_workbook_may_hold_has_bounds() {
    let file = write(table::xlsx(&Table::people(), Epoch::Y1900));
    for bounds in [
        WorkbookLimits {
            max_expanded_bytes: 1_000,
            ..WorkbookLimits::default()
        },
        WorkbookLimits {
            max_shared_strings_bytes: 100,
            ..WorkbookLimits::default()
        },
    ] {
        let wanted = Wanted {
            limits: Limits {
                workbook: bounds,
                ..Limits::default()
            },
            ..Wanted::anything()
        };

        let error = source::open(&file.path, 0, &wanted)
            .and_then(|mut sources| {
                sources[0]
                    .read_rows(&mut |_, _| std::ops::ControlFlow::Continue(()))
                    .map(drop)
            })
            .unwrap_err();

        assert!(matches!(error, Error::TooLarge { .. }), "{error}");
    }
}

//! A workbook from a person's desk, through the whole program: what is mended, what is refused, what is sent.

use rust_xlsxwriter::{Format, Formula, Workbook};

use crate::support::{
    Server, Workdir, balanced,
    workdir::{COLUMNS, client},
};

/// Titles above the header, and a row for each way in which a spreadsheet treats its cells.
fn from_a_desk() -> Vec<u8> {
    let mut book = Workbook::new();
    book.add_worksheet().set_name("Notes").unwrap();
    let sheet = book.add_worksheet().set_name("Clients").unwrap();
    sheet.write(0, 0, "Clients of the agency").unwrap();
    sheet.write(1, 0, "as of today").unwrap();
    for (column, name) in (0..).zip(COLUMNS) {
        sheet.write(2, column, name).unwrap();
    }
    let ids = ["1", "2", "3", "4", "5", "6", "7"];
    for (row, id) in (3..).zip(ids) {
        for (column, cell) in (0..).zip(client(id, "Ana", id)) {
            sheet.write(row, column, cell).unwrap();
        }
    }
    let column = |name: &str| {
        let place = COLUMNS.iter().position(|column| *column == name).unwrap();
        u16::try_from(place).unwrap()
    };
    let (id, phone, zip, date) = (
        column("healthsherpa_id"),
        column("phone"),
        column("zip_code"),
        column("effective_date"),
    );
    let shown = |format: &str| Format::new().set_num_format(format);
    // Row 4: numbers and a date where there was text.
    sheet.write(3, phone, 3_055_550_123.0).unwrap();
    sheet
        .write_with_format(3, zip, 1_060.0, &shown("00000"))
        .unwrap();
    sheet
        .write_with_format(3, date, 46_023.0, &shown("m/d/yy"))
        .unwrap();
    // Row 5: a postal code that lost its zero for good; the state's codes have five digits.
    sheet.write(4, zip, 1_060.0).unwrap();
    // Row 6: a formula that failed. Row 7: one that gave a phone number.
    sheet
        .write_formula(5, phone, Formula::new("=1/0").set_result("#DIV/0!"))
        .unwrap();
    sheet
        .write_formula(6, phone, Formula::new("=A1").set_result("(305) 555-0123"))
        .unwrap();
    // Row 8: more digits than a spreadsheet keeps.
    sheet.write(7, id, 1_234_567_890_123_456.0).unwrap();
    sheet.set_row_hidden(8).unwrap();
    book.save_to_buffer().unwrap()
}

#[test]
fn a_workbook_is_read_like_the_export_that_it_was() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.write("book.xlsx", from_a_desk());

    let checked = work.run("check book.xlsx --mapping map.toml").expect(3);
    work.run("sync book.xlsx --mapping map.toml").expect(3);
    let shown = work.run("show --json").expect(0).json();

    assert!(
        checked.stdout.starts_with(
            "read book.xlsx, sheet Clients: workbook (XLSX), header in row 3, written"
        ),
        "{}",
        checked.stdout
    );
    balanced(&shown);
    let rejected = shown["findings"]["rejected"].as_array().unwrap();
    let mut told: Vec<_> = rejected
        .iter()
        .map(|group| {
            let row = group["first"][0]["row"].as_u64().unwrap();
            (row, group["code"].as_str().unwrap())
        })
        .collect();
    told.sort_unstable();
    assert_eq!(
        told,
        [(6, "cell.spreadsheet_error"), (8, "identifier.scientific")]
    );
    assert_eq!(shown["rows"]["read"], 7);
    assert_eq!(server.tally().customers, 5);
}

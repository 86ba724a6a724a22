//! An invented export as somebody saves it in a spreadsheet: text, numbers, dates, a header in bold.

use std::{error::Error, path::Path};

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet};

/// The columns that are left out, so that 35 are left.
const LEFT_OUT: &[&str] = &[
    "ssn",
    "unit",
    "agent",
    "spouse_first_name",
    "spouse_last_name",
    "other_1_first_name",
    "other_1_last_name",
];

const NUMBERS: &[&str] = &[
    "phone",
    "household_size",
    "applicant_count",
    "net_premium",
    "npn_used",
];

const DATES: &[&str] = &[
    "dob",
    "effective_date",
    "expiration_date",
    "submission_date",
];

/// What a column's cells are.
enum Cells {
    Text,
    Numbers,
    Dates,
}

/// Writes the export `from`, a CSV file, as a workbook.
pub(crate) fn write(from: &Path, to: &Path) -> Result<(), Box<dyn Error>> {
    let mut export = csv::Reader::from_path(from)?;
    let columns: Vec<(usize, Cells)> = export
        .headers()?
        .iter()
        .enumerate()
        .filter(|(_, name)| !LEFT_OUT.contains(name))
        .map(|(place, name)| (place, kind(name)))
        .collect();
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet().set_name("Clients")?;
    let bold = Format::new().set_bold();
    let date = Format::new().set_num_format("m/d/yyyy");
    let header = export.headers()?.clone();
    for (column, (place, _)) in (0..).zip(&columns) {
        sheet.write_with_format(0, column, header.get(*place).unwrap_or_default(), &bold)?;
    }
    for (row, record) in (1..).zip(export.into_records()) {
        let record = record?;
        for (column, (place, kind)) in (0..).zip(&columns) {
            let cell = record.get(*place).unwrap_or_default();
            write_cell(sheet, (row, column), (cell, kind), &date)?;
        }
    }
    workbook.save(to)?;
    Ok(())
}

fn kind(name: &str) -> Cells {
    if NUMBERS.contains(&name) {
        Cells::Numbers
    } else if DATES.contains(&name) {
        Cells::Dates
    } else {
        Cells::Text
    }
}

fn write_cell(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    (cell, kind): (&str, &Cells),
    date: &Format,
) -> Result<(), Box<dyn Error>> {
    if cell.is_empty() {
        return Ok(());
    }
    let number: Option<f64> = cell.parse().ok();
    match (kind, number, day(cell)) {
        (Cells::Numbers, Some(number), _) => sheet.write(row, column, number)?,
        (Cells::Dates, _, Some(day)) => sheet.write_with_format(row, column, &day, date)?,
        _ => sheet.write(row, column, cell)?,
    };
    Ok(())
}

/// `M/D/YYYY` as a spreadsheet's date.
fn day(cell: &str) -> Option<ExcelDateTime> {
    let parts: Vec<u16> = cell
        .split('/')
        .map_while(|part| part.parse().ok())
        .collect();
    match parts[..] {
        [month, day, year] => {
            ExcelDateTime::from_ymd(year, u8::try_from(month).ok()?, u8::try_from(day).ok()?).ok()
        }
        _ => None,
    }
}

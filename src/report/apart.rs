//! Rows written apart, to be corrected and to come back: the source's own columns, then what became of
//! each row.
//!
//! Values are written as the source has them, also those that a spreadsheet would take for a formula: a
//! file that comes back must not come back changed.

use std::{
    fmt::Write as _,
    io::{self, Write},
};

use crate::{
    format::Separator,
    header::{CODE_COLUMN, Header, RUN_COLUMN},
    journal::{KeptRow, RowEnd, RowProblem},
    problem::{Code, PARTED},
    record::RunId,
    row::Row,
};

/// The columns that are added. A mapping passes over columns that start so.
const ADDED: [&str; 7] = [
    "_file",
    RUN_COLUMN,
    "_row",
    "_state",
    "_column",
    CODE_COLUMN,
    "_message",
];

/// Without it Excel takes UTF-8 for something else.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// What a file of rows has in common.
#[derive(Debug, Clone)]
pub struct ApartLayout {
    /// The source's columns.
    pub header: Header,
    /// The sources' names, by their numbers.
    pub files: Vec<String>,
    /// The run; none for a check.
    pub run: Option<RunId>,
    /// What the mapping reads files with; comma where it does not say.
    pub separator: Separator,
}

/// A file of rows being written.
pub struct ApartRows<'l, W: Write> {
    layout: &'l ApartLayout,
    /// The places of the source's own columns: a file that came back has ours already.
    own: Vec<usize>,
    csv: csv::Writer<W>,
    rows: u64,
}

impl<'l, W: Write> ApartRows<'l, W> {
    /// Begins a file with its header.
    ///
    /// # Errors
    ///
    /// When `out` cannot be written.
    pub fn new(layout: &'l ApartLayout, mut out: W) -> io::Result<Self> {
        out.write_all(BYTE_ORDER_MARK)?;
        let header = &layout.header;
        let own: Vec<usize> = (0..header.len())
            .filter(|index| !header.is_ours(*index))
            .collect();
        let mut csv = csv::WriterBuilder::new()
            .delimiter(layout.separator.byte())
            .flexible(true)
            .from_writer(out);
        let names = own.iter().filter_map(|index| header.name(*index));
        csv.write_record(names.chain(ADDED))?;
        Ok(Self {
            layout,
            own,
            csv,
            rows: 0,
        })
    }

    /// Writes a row. One that could not be read whole is filled up with blank cells; cells beyond the
    /// header come last, so that nothing moves under a name that is not its own.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn write(&mut self, kept: &KeptRow<'_>) -> io::Result<()> {
        let Self {
            layout, own, csv, ..
        } = self;
        for index in own {
            csv.write_field(kept.row.cell(*index).unwrap_or_default())?;
        }
        let file = layout.files.get(kept.source as usize);
        csv.write_field(file.map_or("", String::as_str))?;
        csv.write_field(layout.run.map_or(String::new(), |run| run.0.to_string()))?;
        csv.write_field(kept.row.number().to_string())?;
        csv.write_field(state(kept.end))?;
        for part in [column, code, message] {
            csv.write_field(joined(layout, kept.problems, part))?;
        }
        csv.write_record(beyond(kept.row, layout.header.len()))?;
        self.rows += 1;
        Ok(())
    }

    /// Ends the file, and says how many rows are in it.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn finish(mut self) -> io::Result<u64> {
        self.csv.flush()?;
        Ok(self.rows)
    }
}

/// The cells that no column is for.
fn beyond(row: Row<'_>, columns: usize) -> impl Iterator<Item = &str> {
    row.cells().skip(columns)
}

const fn state(end: RowEnd) -> &'static str {
    match end {
        RowEnd::Skipped => "skipped",
        RowEnd::Rejected => "rejected",
        RowEnd::Staged(state) => state.as_str(),
    }
}

/// The same part of each problem, in one cell.
fn joined(
    layout: &ApartLayout,
    problems: &[RowProblem],
    part: fn(&ApartLayout, &RowProblem) -> String,
) -> String {
    let mut cell = String::new();
    for problem in problems {
        let between = if cell.is_empty() { "" } else { PARTED };
        let _ = write!(cell, "{between}{}", part(layout, problem));
    }
    cell
}

fn column(layout: &ApartLayout, problem: &RowProblem) -> String {
    let named = problem
        .column
        .and_then(|at| layout.header.name(at as usize));
    named.unwrap_or(&problem.field).to_owned()
}

fn code(_: &ApartLayout, problem: &RowProblem) -> String {
    problem.code.clone()
}

fn message(_: &ApartLayout, problem: &RowProblem) -> String {
    match Code::from_text(&problem.code) {
        Some(code) => format!("{}: {}", code.message(), code.advice()),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{ApartLayout, ApartRows};
    use crate::{
        format::Separator,
        header::Header,
        journal::{KeptRow, RowEnd, RowProblem},
        record::State,
        row::{Place, Reading, RowChunk},
    };

    fn written(header: &[&str], rows: &[(&[&str], RowEnd, &[RowProblem])]) -> String {
        let layout = ApartLayout {
            header: Header::new(header),
            files: vec!["clients.csv".to_owned()],
            run: None,
            separator: Separator::Comma,
        };
        let mut out = Vec::new();
        let mut apart = ApartRows::new(&layout, &mut out).unwrap();
        for (number, (cells, end, problems)) in (2..).zip(rows) {
            let mut chunk = RowChunk::new(0);
            let place = Place {
                number,
                line: number,
            };
            chunk.push(place, Reading::Cells, cells.iter().copied());
            let kept = KeptRow {
                source: 0,
                row: chunk.row(0).unwrap(),
                end: *end,
                problems,
            };
            apart.write(&kept).unwrap();
        }
        assert_eq!(apart.finish().unwrap(), rows.len() as u64);
        String::from_utf8(out).unwrap()
    }

    fn problem(column: Option<u32>, field: &str, code: &str) -> RowProblem {
        RowProblem {
            column,
            field: field.to_owned(),
            code: code.to_owned(),
        }
    }

    #[test]
    fn a_row_keeps_its_values_and_says_what_is_wrong_with_it() {
        let problems = [
            problem(Some(1), "phoneNumber", "phone.several"),
            problem(None, "firstName", "required.missing"),
        ];

        let text = written(
            &["id", "phone"],
            &[
                (&["=1+1", "a, \"b\""], RowEnd::Rejected, &problems),
                (&["7", " 3"], RowEnd::Staged(State::Pending), &[]),
            ],
        );

        assert_eq!(
            text,
            "\u{feff}id,phone,_file,_run,_row,_state,_column,_code,_message\n\
             =1+1,\"a, \"\"b\"\"\",clients.csv,,2,rejected,phone | firstName,phone.several | required.missing,\
             the cell holds several numbers: leave one | \
             the API asks for this field and no row of the record has it: fill the cell\n\
             7, 3,clients.csv,,3,pending,,,\n"
        );
    }

    #[test]
    fn cells_that_are_missing_or_too_many_move_no_other() {
        let text = written(
            &["id", "phone"],
            &[
                (&["7"], RowEnd::Rejected, &[]),
                (&["8", "305", "x", "y"], RowEnd::Rejected, &[]),
                (&[], RowEnd::Rejected, &[]),
            ],
        );

        let lines: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(
            lines,
            [
                "7,,clients.csv,,2,rejected,,,",
                "8,305,clients.csv,,3,rejected,,,,x,y",
                ",,clients.csv,,4,rejected,,,"
            ]
        );
    }

    #[test]
    fn columns_that_came_back_do_not_come_twice() {
        let text = written(
            &["_row", "id", "_code"],
            &[(&["9", "7", "phone.several"], RowEnd::Rejected, &[])],
        );

        assert_eq!(
            text,
            "\u{feff}id,_file,_run,_row,_state,_column,_code,_message\n7,clients.csv,,2,rejected,,,\n"
        );
    }
}

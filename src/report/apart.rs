//! Rows written apart, to be corrected and to come back: the source's own columns, then what became of
//! each row.
//!
//! Values are written as the source has them, also those that a spreadsheet would take for a formula: a
//! file that comes back must not come back changed.

use std::{
    fmt::Write as _,
    io::{Seek, Write},
};

use super::{ApartError, ApartForm, apart_out::Out};
use crate::{
    header::{CODE_COLUMN, FILE_COLUMN, Header, ROW_COLUMN, RUN_COLUMN},
    journal::{EndedRow, KeptRow, RowEnd, RowProblem},
    problem::{Code, PARTED},
    record::{Doubt, RunId},
    row::Row,
};

/// The columns that are added. A mapping passes over columns that start so.
const ADDED: [&str; 7] = [
    FILE_COLUMN,
    RUN_COLUMN,
    ROW_COLUMN,
    "_state",
    "_column",
    CODE_COLUMN,
    "_message",
];

/// The column that is added where the source's own are not known any more.
const CUSTOMER_COLUMN: &str = "_customer_id";

/// What a file of rows has in common.
#[derive(Debug, Clone)]
pub struct ApartLayout {
    /// The source's columns.
    pub header: Header,
    /// The sources' names, by their numbers.
    pub files: Vec<String>,
    /// The run; none for a check.
    pub run: Option<RunId>,
    /// How it is written; comma where the mapping does not say.
    pub form: ApartForm,
    /// False once the rows' cells are gone: the file then has the added columns and the API's ids of customers.
    pub has_cells: bool,
}

/// A file of rows being written.
pub struct ApartRows<'l, W: Write + Seek + Send> {
    layout: &'l ApartLayout,
    /// The places of the source's own columns: a file that came back has ours already.
    own: Vec<usize>,
    out: Out<W>,
    rows: u64,
}

/// What became of a row.
struct Ended<'e> {
    source: u32,
    number: u32,
    end: RowEnd,
    problems: &'e [RowProblem],
}

impl<'l, W: Write + Seek + Send> ApartRows<'l, W> {
    /// Begins a file with its header. `name` is that of a workbook's sheet.
    ///
    /// # Errors
    ///
    /// When `out` cannot be written.
    pub fn new(layout: &'l ApartLayout, name: &str, out: W) -> Result<Self, ApartError> {
        let header = &layout.header;
        let is_own = |index: &usize| layout.has_cells && !header.is_ours(*index);
        let mut rows = Self {
            layout,
            own: (0..header.len()).filter(is_own).collect(),
            out: Out::begin(layout.form, name, out)?,
            rows: 0,
        };
        for index in &rows.own {
            rows.out.cell(header.name(*index).unwrap_or_default())?;
        }
        for name in ADDED {
            rows.out.cell(name)?;
        }
        if !layout.has_cells {
            rows.out.cell(CUSTOMER_COLUMN)?;
        }
        rows.out.end_row()?;
        Ok(rows)
    }

    /// Writes a row. One that could not be read whole is filled up with blank cells; cells beyond the
    /// header come last, so that nothing moves under a name that is not its own.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn write(&mut self, kept: &KeptRow<'_>) -> Result<(), ApartError> {
        for index in &self.own {
            self.out.cell(kept.row.cell(*index).unwrap_or_default())?;
        }
        self.write_end(&Ended {
            source: kept.source,
            number: kept.row.number(),
            end: kept.end,
            problems: kept.problems,
        })?;
        for cell in beyond(kept.row, self.layout.header.len()) {
            self.out.cell(cell)?;
        }
        self.end_row()
    }

    /// Writes what became of a row of which the cells are gone.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn write_ended(&mut self, ended: &EndedRow<'_>) -> Result<(), ApartError> {
        self.write_end(&Ended {
            source: ended.source,
            number: ended.number,
            end: ended.end,
            problems: ended.problems,
        })?;
        self.out.cell(ended.customer_id.unwrap_or_default())?;
        self.end_row()
    }

    fn write_end(&mut self, ended: &Ended<'_>) -> Result<(), ApartError> {
        let Self { layout, out, .. } = self;
        let file = layout.files.get(ended.source as usize);
        out.cell(file.map_or("", String::as_str))?;
        out.cell(&layout.run.map_or(String::new(), |run| run.0.to_string()))?;
        out.cell(&ended.number.to_string())?;
        out.cell(state(ended.end))?;
        for part in [column, code, message] {
            out.cell(&joined(layout, ended.problems, part))?;
        }
        Ok(())
    }

    fn end_row(&mut self) -> Result<(), ApartError> {
        self.out.end_row()?;
        self.rows += 1;
        Ok(())
    }

    /// Ends the file, and says how many rows are in it.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn finish(self) -> Result<u64, ApartError> {
        self.out.finish()?;
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
        RowEnd::Closed => "closed",
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

/// What the code means and what to do, or what the API said. Its words may repeat values, which stand in the
/// same row.
fn message(_: &ApartLayout, problem: &RowProblem) -> String {
    if let Some(code) = Code::from_text(&problem.code) {
        return format!("{}: {}", code.message(), code.advice());
    }
    let doubt = Doubt::ALL
        .iter()
        .find(|doubt| doubt.as_str() == problem.code);
    let words = problem.message.as_ref();
    match doubt {
        Some(doubt) => doubt.message().to_owned(),
        None => words
            .map(|words| words.expose().clone())
            .unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::{ApartForm, ApartLayout, ApartRows};
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
            form: ApartForm::Text(Separator::Comma),
            has_cells: true,
        };
        let mut out = Cursor::new(Vec::new());
        let mut apart = ApartRows::new(&layout, "rows", &mut out).unwrap();
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
        String::from_utf8(out.into_inner()).unwrap()
    }

    fn problem(column: Option<u32>, field: &str, code: &str) -> RowProblem {
        RowProblem {
            column,
            field: field.to_owned(),
            code: code.to_owned(),
            message: None,
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

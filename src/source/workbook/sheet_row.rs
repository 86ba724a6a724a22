//! Cells of a sheet, put together to rows of text.

use std::ops::ControlFlow;

use super::failure::{DAMAGED, WorkbookFailure};
use crate::panic_guard::guarded;

const LAST_ROW: u32 = 1_048_575;
const LAST_COLUMN: u32 = 16_383;

/// One used row of a sheet.
pub(crate) struct SheetRow<'r> {
    /// Its number as a spreadsheet shows it: the first row is 1.
    pub(crate) number: u32,
    /// The cells from column A to the last used one, end to end; absent ones are empty.
    pub(crate) text: &'r str,
    /// Where each cell ends in `text`.
    pub(crate) ends: &'r [usize],
    /// The share of the sheet that lies behind, from 0 to 1, as far as the sheet says how long it is.
    pub(crate) progress: f32,
}

/// The used cells of a sheet in its order: row by row, from left to right.
pub(super) trait Cells {
    type Cell;

    /// The next cell that is not empty, with its row and column, counted from 0.
    fn next_used(&mut self) -> Result<Option<Placed<Self::Cell>>, WorkbookFailure>;

    /// Appends the cell's text.
    fn write(&self, cell: &Self::Cell, text: &mut String);

    /// How many rows the sheet says it has.
    fn declared_rows(&self) -> u32;
}

/// A cell and where it stands.
pub(super) struct Placed<C> {
    pub(super) row: u32,
    pub(super) column: u32,
    pub(super) cell: C,
}

/// Gives the rows that the cells make until told to stop; true when all were given.
///
/// # Errors
///
/// When reading breaks off, or cells do not come in order.
pub(super) fn give_rows<C: Cells>(
    cells: &mut C,
    give: &mut dyn FnMut(&SheetRow<'_>) -> ControlFlow<()>,
) -> Result<bool, WorkbookFailure> {
    let mut line = Line::default();
    let mut ahead = None;
    let mut next_number = 1;
    loop {
        // Only the library's work is guarded: what the rows are given to may panic in its own name.
        let read = guarded(|| line.read(cells, &mut ahead)).unwrap_or(Err(DAMAGED));
        let at = line.row.map_or(next_number, |row| row.saturating_add(1));
        let Some(row) = read.map_err(|failure| failure.at_row(at))? else {
            return Ok(true);
        };
        let number = row + 1;
        if number < next_number {
            return Err(DAMAGED.at_row(next_number));
        }
        next_number = number + 1;
        let row = SheetRow {
            number,
            text: &line.text,
            ends: &line.ends,
            progress: share(number, cells.declared_rows()),
        };
        if give(&row).is_break() {
            return Ok(false);
        }
    }
}

/// The text of one row.
#[derive(Default)]
struct Line {
    /// Its place in the sheet, once it is known.
    row: Option<u32>,
    text: String,
    ends: Vec<usize>,
    is_cell_open: bool,
    /// No cell comes any more: a reader that has said so is not asked again.
    is_last: bool,
}

impl Line {
    /// Reads the cells of one row, and one cell ahead; none at the end of the sheet.
    fn read<C: Cells>(
        &mut self,
        cells: &mut C,
        ahead: &mut Option<Placed<C::Cell>>,
    ) -> Result<Option<u32>, WorkbookFailure> {
        self.row = None;
        self.text.clear();
        self.ends.clear();
        self.is_cell_open = false;
        let mut next = match ahead.take() {
            None if self.is_last => None,
            None => cells.next_used()?,
            some => some,
        };
        while let Some(placed) = next {
            if *self.row.get_or_insert(placed.row) != placed.row {
                *ahead = Some(placed);
                break;
            }
            self.begin(placed.row, placed.column)?;
            cells.write(&placed.cell, &mut self.text);
            next = cells.next_used()?;
        }
        self.is_last = ahead.is_none();
        self.ends.push(self.text.len());
        Ok(self.row)
    }

    /// Ends the cell before and lets absent ones be empty.
    fn begin(&mut self, row: u32, column: u32) -> Result<(), WorkbookFailure> {
        if self.is_cell_open {
            self.ends.push(self.text.len());
        }
        self.is_cell_open = true;
        let column_at = column as usize;
        if row > LAST_ROW || column > LAST_COLUMN || column_at < self.ends.len() {
            return Err(DAMAGED);
        }
        self.ends.resize(column_at, self.text.len());
        Ok(())
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a share of at most a million rows is told well enough"
)]
fn share(number: u32, rows: u32) -> f32 {
    if rows > 1 {
        (number as f32 / rows as f32).min(1.0)
    } else {
        0.0
    }
}

//! The stream of an XLS workbook, looked through before it is loaded, and disarmed.

use std::{collections::BTreeSet, ops::Range};

use super::{
    failure::{DAMAGED, WorkbookFailure},
    limits::WorkbookLimits,
    xls_strings::string_sizes,
};

const FORMULA: u16 = 0x0006;
const END: u16 = 0x000A;
const FILE_PASS: u16 = 0x002F;
const CONTINUE: u16 = 0x003C;
const BOUND_SHEET: u16 = 0x0085;
const MULTIPLE_RK: u16 = 0x00BD;
const RICH_STRING: u16 = 0x00D6;
const SHARED_STRINGS: u16 = 0x00FC;
const SHARED_LABEL: u16 = 0x00FD;
const DIMENSIONS: u16 = 0x0200;
const NUMBER: u16 = 0x0203;
const LABEL: u16 = 0x0204;
const BOOL_OR_ERROR: u16 = 0x0205;
const STRING: u16 = 0x0207;
const RK: u16 = 0x027E;
const BEGIN: u16 = 0x0809;

const LAST_COLUMN: u16 = 255;

/// What a cell takes in memory for a formula that has none of its text.
const FORMULA_OVERHEAD: u64 = 128;

/// Looks through the stream. Formulas are emptied, for nobody needs them and written out as text they may
/// grow large; so are the dimensions, for which the library would make room.
///
/// # Errors
///
/// When the stream is damaged, has a password, or would take more memory than allowed.
pub(super) fn survey_stream(
    stream: &mut [u8],
    limits: &WorkbookLimits,
) -> Result<(), WorkbookFailure> {
    let (strings, sheets) = survey_globals(stream)?;
    let mut tally = Tally {
        strings,
        cells: 0,
        bytes: 0,
        records: 0,
    };
    for sheet in sheets {
        tally.survey_sheet(stream, sheet, limits)?;
    }
    Ok(())
}

/// The sizes of the shared strings, and where the sheets begin.
fn survey_globals(stream: &[u8]) -> Result<(Vec<u32>, BTreeSet<usize>), WorkbookFailure> {
    let (mut strings, mut sheets) = (Vec::new(), BTreeSet::new());
    let mut at = 0;
    while let Some((kind, data)) = record(stream, at)? {
        at = data.end;
        let bytes = stream.get(data).unwrap_or_default();
        match kind {
            END => break,
            FILE_PASS => return Err(WorkbookFailure::PasswordProtected),
            SHARED_STRINGS => {
                let mut pieces = vec![bytes];
                while let Some((CONTINUE, data)) = record(stream, at)? {
                    at = data.end;
                    pieces.push(stream.get(data).unwrap_or_default());
                }
                strings = string_sizes(&pieces)?;
            }
            BOUND_SHEET => {
                let place = bytes.first_chunk().ok_or(DAMAGED)?;
                // Two names for one sheet would load it twice.
                if !sheets.insert(u32::from_le_bytes(*place) as usize) {
                    return Err(DAMAGED);
                }
            }
            _ => {}
        }
    }
    Ok((strings, sheets))
}

/// What all sheets take in memory.
struct Tally {
    strings: Vec<u32>,
    cells: u64,
    bytes: u64,
    /// Bytes of records looked at: sheets do not share any.
    records: usize,
}

/// The rows and columns that hold something.
#[derive(Default)]
struct Extent {
    rows: Option<(u16, u16)>,
    columns: Option<(u16, u16)>,
}

impl Tally {
    fn survey_sheet(
        &mut self,
        stream: &mut [u8],
        mut at: usize,
        limits: &WorkbookLimits,
    ) -> Result<(), WorkbookFailure> {
        if at > stream.len() {
            return Err(DAMAGED);
        }
        let (mut values, mut formulas) = (Extent::default(), Extent::default());
        let mut depth = 0_usize;
        while let Some((kind, data)) = record(stream, at)? {
            self.records += data.end - at;
            if self.records > stream.len() {
                return Err(DAMAGED);
            }
            at = data.end;
            let bytes = stream.get_mut(data).unwrap_or_default();
            match kind {
                BEGIN => depth += 1,
                END if depth <= 1 => break,
                END => depth -= 1,
                // A chart in the sheet has records that look like cells.
                _ if depth > 1 => {}
                DIMENSIONS => bytes.fill(0),
                FORMULA => {
                    if let Some(length) = bytes.get_mut(20..22) {
                        length.fill(0);
                    }
                    let (row, column) = place(bytes)?;
                    values.add(row, column, column);
                    formulas.add(row, column, column);
                    self.bytes += FORMULA_OVERHEAD;
                }
                MULTIPLE_RK => {
                    let (row, first) = place(bytes)?;
                    let last = bytes.last_chunk().ok_or(DAMAGED)?;
                    let last = u16::from_le_bytes(*last);
                    if last < first || last > LAST_COLUMN {
                        return Err(DAMAGED);
                    }
                    values.add(row, first, last);
                }
                SHARED_LABEL => {
                    let (row, column) = place(bytes)?;
                    values.add(row, column, column);
                    let index = bytes.get(6..10).and_then(<[u8]>::first_chunk);
                    let index = u32::from_le_bytes(*index.ok_or(DAMAGED)?);
                    // The library would leave out a cell whose text is not there.
                    let size = self.strings.get(index as usize).ok_or(DAMAGED)?;
                    self.bytes += u64::from(*size);
                }
                NUMBER | LABEL | RICH_STRING | BOOL_OR_ERROR | RK => {
                    let (row, column) = place(bytes)?;
                    values.add(row, column, column);
                    self.bytes += bytes.len() as u64 * 3;
                }
                STRING => self.bytes += bytes.len() as u64 * 3,
                _ => {}
            }
            self.check(values.cells() + formulas.cells(), limits)?;
        }
        self.cells += values.cells() + formulas.cells();
        Ok(())
    }

    fn check(&self, cells: u64, limits: &WorkbookLimits) -> Result<(), WorkbookFailure> {
        if self.cells + cells > limits.max_loaded_cells {
            return Err(WorkbookFailure::TooLarge {
                what: "number of cells",
                limit: limits.max_loaded_cells,
            });
        }
        if self.bytes > limits.max_loaded_bytes {
            return Err(WorkbookFailure::TooLarge {
                what: "size of the cells in bytes",
                limit: limits.max_loaded_bytes,
            });
        }
        Ok(())
    }
}

impl Extent {
    fn add(&mut self, row: u16, first: u16, last: u16) {
        let widen = |range: Option<(u16, u16)>, low: u16, high: u16| match range {
            None => (low, high),
            Some((start, end)) => (start.min(low), end.max(high)),
        };
        self.rows = Some(widen(self.rows, row, row));
        self.columns = Some(widen(self.columns, first, last));
    }

    /// The cells of the whole rectangle, as the library holds them.
    fn cells(&self) -> u64 {
        let length =
            |range: Option<(u16, u16)>| range.map_or(0, |(start, end)| u64::from(end - start) + 1);
        length(self.rows) * length(self.columns)
    }
}

/// The row and column that a cell's record begins with.
fn place(bytes: &[u8]) -> Result<(u16, u16), WorkbookFailure> {
    let Some([row_low, row_high, column_low, column_high]) = bytes.first_chunk() else {
        return Err(DAMAGED);
    };
    let column = u16::from_le_bytes([*column_low, *column_high]);
    if column > LAST_COLUMN {
        return Err(DAMAGED);
    }
    Ok((u16::from_le_bytes([*row_low, *row_high]), column))
}

/// The kind of the record at a place and where its data lie; none at the end of the stream.
fn record(stream: &[u8], at: usize) -> Result<Option<(u16, Range<usize>)>, WorkbookFailure> {
    let rest = stream.get(at..).ok_or(DAMAGED)?;
    if rest.is_empty() {
        return Ok(None);
    }
    let Some([kind_low, kind_high, length_low, length_high]) = rest.first_chunk() else {
        return Err(WorkbookFailure::Truncated);
    };
    let length = usize::from(u16::from_le_bytes([*length_low, *length_high]));
    let data = at + 4..at + 4 + length;
    if data.end > stream.len() {
        return Err(WorkbookFailure::Truncated);
    }
    let kind = u16::from_le_bytes([*kind_low, *kind_high]);
    Ok(Some((kind, data)))
}

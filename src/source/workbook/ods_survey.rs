//! What the tables of an ODS file would take in memory: repeated cells and rows are written once only.

use quick_xml::events::BytesStart;

use super::{
    failure::{DAMAGED, WorkbookFailure},
    limits::WorkbookLimits,
    xml_survey::attribute,
};

const MAX_ROWS: u64 = 1_048_576;
const MAX_COLUMNS: u64 = 16_384;

/// What a style or a name takes in memory besides its text.
const ELEMENT_OVERHEAD: u64 = 64;

/// Counts cells and text as they will be loaded, in the order of the file.
#[derive(Debug, Default)]
pub(super) struct TableTally {
    cells: u64,
    bytes: u64,
    table: Table,
    row: Row,
    cell: Option<Cell>,
}

#[derive(Debug, Default)]
struct Table {
    /// Rows up to the one that is read, and up to the last that holds something.
    rows: u64,
    used_rows: u64,
    width: u64,
    /// Cells as they are kept while the table is read: each row once.
    read: u64,
}

#[derive(Debug, Default)]
struct Row {
    repeats: u64,
    columns: u64,
    /// Up to the last cell that is kept: empty ones are when another one follows.
    kept_columns: u64,
    used_columns: u64,
    bytes: u64,
}

#[derive(Debug)]
struct Cell {
    repeats: u64,
    bytes: u64,
    is_used: bool,
    /// How many cells are open in it: a cell may hold a table.
    depth: u32,
}

impl TableTally {
    /// True when a cell begins.
    pub(super) fn start(
        &mut self,
        element: &BytesStart<'_>,
        limits: &WorkbookLimits,
    ) -> Result<bool, WorkbookFailure> {
        match element.local_name().as_ref() {
            "table" => self.table = Table::default(),
            "table-row" => {
                self.row = Row {
                    repeats: repeats(element, "table:number-rows-repeated")?.min(MAX_ROWS),
                    ..Row::default()
                };
            }
            "table-cell" | "covered-table-cell" => {
                if let Some(outer) = &mut self.cell {
                    outer.depth += 1;
                } else {
                    self.cell = Some(Cell {
                        repeats: repeats(element, "table:number-columns-repeated")?,
                        bytes: element.len() as u64,
                        is_used: is_used(element)?,
                        depth: 0,
                    });
                }
                return Ok(true);
            }
            "s" => {
                let spaces =
                    attribute(element, "text:c")?.map_or(Ok(1), |text| text.parse::<u64>());
                self.text(spaces.map_err(|_| DAMAGED)?);
                self.check(limits)?;
            }
            _ if self.cell.is_some() => self.text(1),
            _ => self.bytes += element.len() as u64 + ELEMENT_OVERHEAD,
        }
        Ok(false)
    }

    /// Counts text of the cell that is read.
    pub(super) fn text(&mut self, bytes: u64) {
        if let Some(cell) = &mut self.cell {
            cell.bytes = cell.bytes.saturating_add(bytes);
        }
    }

    /// True when a cell ends.
    pub(super) fn end(
        &mut self,
        name: &str,
        limits: &WorkbookLimits,
    ) -> Result<bool, WorkbookFailure> {
        match name {
            "table-cell" | "covered-table-cell" => {
                let depth = self.cell.as_mut().map(|cell| &mut cell.depth);
                if let Some(depth) = depth.filter(|depth| **depth > 0) {
                    *depth -= 1;
                    return Ok(false);
                }
                if let Some(cell) = self.cell.take() {
                    self.row.add(&cell);
                }
                self.check(limits)?;
                return Ok(true);
            }
            "table-row" => {
                let row = std::mem::take(&mut self.row);
                self.bytes = self
                    .bytes
                    .saturating_add(row.bytes.saturating_mul(row.repeats));
                self.table.add(&row);
                self.check(limits)?;
            }
            "table" => {
                let table = std::mem::take(&mut self.table);
                self.cells = self.cells.saturating_add(table.cells());
            }
            _ => {}
        }
        Ok(false)
    }

    fn check(&self, limits: &WorkbookLimits) -> Result<(), WorkbookFailure> {
        let row = self.row.kept_columns;
        let cells = self
            .cells
            .saturating_add(self.table.cells().saturating_add(row));
        if cells > limits.max_loaded_cells {
            return Err(WorkbookFailure::TooLarge {
                what: "number of cells",
                limit: limits.max_loaded_cells,
            });
        }
        let open = self.cell.as_ref().map_or(0, |cell| cell.bytes);
        let bytes = self
            .bytes
            .saturating_add(self.row.bytes)
            .saturating_add(open);
        if bytes > limits.max_loaded_bytes {
            return Err(WorkbookFailure::TooLarge {
                what: "size of the cells in bytes",
                limit: limits.max_loaded_bytes,
            });
        }
        Ok(())
    }
}

impl Table {
    fn add(&mut self, row: &Row) {
        self.read = self.read.saturating_add(row.kept_columns);
        self.rows = self.rows.saturating_add(row.repeats).min(MAX_ROWS);
        if row.used_columns > 0 {
            self.used_rows = self.rows;
            self.width = self.width.max(row.used_columns);
        }
    }

    fn cells(&self) -> u64 {
        self.read.max(self.used_rows.saturating_mul(self.width))
    }
}

impl Row {
    fn add(&mut self, cell: &Cell) {
        self.kept_columns = self.columns;
        self.columns = self.columns.saturating_add(cell.repeats).min(MAX_COLUMNS);
        if cell.is_used {
            self.kept_columns = self.columns;
            self.used_columns = self.columns;
            let bytes = cell.bytes.saturating_mul(cell.repeats.min(MAX_COLUMNS));
            self.bytes = self.bytes.saturating_add(bytes);
        }
    }
}

fn is_used(element: &BytesStart<'_>) -> Result<bool, WorkbookFailure> {
    for name in [
        "office:value-type",
        "office:value",
        "office:string-value",
        "office:date-value",
        "office:time-value",
        "office:boolean-value",
        "table:formula",
    ] {
        if attribute(element, name)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn repeats(element: &BytesStart<'_>, name: &str) -> Result<u64, WorkbookFailure> {
    attribute(element, name)?
        .map_or(Ok(1), |text| text.parse())
        .map_err(|_| DAMAGED)
}

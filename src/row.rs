//! What a file says, row by row: cells as text, and where they stand.
//!
//! Rows travel in chunks: one text buffer and the ends of the cells in it, so that a million rows cost
//! no allocation each. The cells' text is people's data and never prints.

use std::ops::Range;

use crate::problem::Code;

/// Consecutive rows of one source, in the file's order.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct RowChunk {
    /// Which source of the run this is, counted from 0.
    pub source: u32,
    text: String,
    /// Where each cell ends in `text`; a cell starts where the one before it ended.
    ends: Vec<u32>,
    heads: Vec<RowHead>,
}

/// Where a row stands in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The row's number as a spreadsheet shows it: the file's first row is 1, empty rows count.
    pub number: u32,
    /// The line it starts on, counted from 1; differs from `number` below cells that span lines.
    pub line: u32,
}

/// A row's place, what reading it gave, and where its cells begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct RowHead {
    place: Place,
    reading: Reading,
    /// The index of its first cell among the chunk's cells.
    first_cell: u32,
}

/// What reading a row gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// As many cells as the header has.
    Cells,
    /// Nothing at all, or blank cells only.
    Blank,
    /// The header again.
    RepeatedHeader,
    /// Not usable; its cells, if any, are what could be read.
    Unreadable(Code),
}

/// One row of a chunk.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    head: &'a RowHead,
    chunk: &'a RowChunk,
    cells: (usize, usize),
}

impl RowChunk {
    /// An empty chunk of one source.
    pub fn new(source: u32) -> Self {
        Self {
            source,
            ..Self::default()
        }
    }

    /// Empties the chunk and keeps its memory.
    pub fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
        self.heads.clear();
    }

    /// Adds a row with these cells.
    pub fn push<'c>(
        &mut self,
        place: Place,
        reading: Reading,
        cells: impl IntoIterator<Item = &'c str>,
    ) {
        let first_cell = offset(self.ends.len());
        for cell in cells {
            self.text.push_str(cell);
            self.ends.push(offset(self.text.len()));
        }
        self.heads.push(RowHead {
            place,
            reading,
            first_cell,
        });
    }

    /// Adds a row whose cells lie end to end in `text`, each ending at one of `ends`.
    pub fn push_joined(&mut self, place: Place, reading: Reading, text: &str, ends: &[usize]) {
        let base = self.text.len();
        let first_cell = offset(self.ends.len());
        self.text.push_str(text);
        self.ends.extend(ends.iter().map(|end| offset(base + end)));
        self.heads.push(RowHead {
            place,
            reading,
            first_cell,
        });
    }

    /// How many rows it holds.
    pub fn len(&self) -> usize {
        self.heads.len()
    }

    /// True when it holds no row.
    pub fn is_empty(&self) -> bool {
        self.heads.is_empty()
    }

    /// The size of its text in bytes, by which readers decide that a chunk is full.
    pub fn text_len(&self) -> usize {
        self.text.len()
    }

    /// The row at `index`.
    pub fn row(&self, index: usize) -> Option<Row<'_>> {
        let head = self.heads.get(index)?;
        let end = self
            .heads
            .get(index + 1)
            .map_or(self.ends.len(), |next| next.first_cell as usize);
        Some(Row {
            head,
            chunk: self,
            cells: (head.first_cell as usize, end),
        })
    }

    /// All rows in order.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        (0..self.len()).filter_map(|index| self.row(index))
    }

    fn cell_range(&self, index: usize) -> Option<Range<usize>> {
        let end = *self.ends.get(index)? as usize;
        let start = match index.checked_sub(1) {
            Some(before) => *self.ends.get(before)? as usize,
            None => 0,
        };
        Some(start..end)
    }
}

impl<'a> Row<'a> {
    /// Where the row stands in its file.
    pub fn place(&self) -> Place {
        self.head.place
    }

    /// The row's number as a spreadsheet shows it.
    pub fn number(&self) -> u32 {
        self.head.place.number
    }

    /// What reading it gave.
    pub fn reading(&self) -> Reading {
        self.head.reading
    }

    /// The text of the cell in that column, counted from 0.
    pub fn cell(&self, column: usize) -> Option<&'a str> {
        let index = self.cells.0 + column;
        if index >= self.cells.1 {
            return None;
        }
        self.chunk.text.get(self.chunk.cell_range(index)?)
    }

    /// All cells in the header's order.
    pub fn cells(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let row = *self;
        (0..row.cells.1 - row.cells.0).filter_map(move |column| row.cell(column))
    }
}

impl std::fmt::Debug for RowChunk {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "RowChunk({} rows of source {})",
            self.len(),
            self.source
        )
    }
}

impl std::fmt::Debug for Row<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "Row({} of source {})",
            self.number(),
            self.chunk.source
        )
    }
}

/// Chunks are a few hundred KiB and rows at most 1 MiB, so offsets fit; beyond that they saturate and
/// the cell reads as absent rather than as another one's text.
fn offset(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Place, Reading, RowChunk};
    use crate::problem::Code;

    #[test]
    fn cells_come_back_as_they_went_in() {
        let mut chunk = RowChunk::new(0);
        chunk.push(
            Place { number: 2, line: 2 },
            Reading::Cells,
            ["Ana", "", "Lee"],
        );
        chunk.push(
            Place { number: 3, line: 3 },
            Reading::Unreadable(Code::RowTooFewCells),
            ["Bo"],
        );
        chunk.push_joined(
            Place { number: 4, line: 6 },
            Reading::Cells,
            "xyz",
            &[1, 1, 3],
        );

        let rows: Vec<Vec<&str>> = chunk.rows().map(|row| row.cells().collect()).collect();

        assert_eq!(
            rows,
            [vec!["Ana", "", "Lee"], vec!["Bo"], vec!["x", "", "yz"]]
        );
        assert_eq!(chunk.row(1).unwrap().cell(1), None);
        assert_eq!(chunk.row(2).unwrap().place().line, 6);
        assert_eq!(format!("{chunk:?}"), "RowChunk(3 rows of source 0)");
    }
}

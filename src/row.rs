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
    /// No text in the file's encoding.
    Undecodable {
        /// Where in the file, unpacked, the first byte of it stands that is no text, counted from 0.
        byte: u64,
    },
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

    /// Adds a copy of a row of another chunk.
    pub fn push_row(&mut self, row: Row<'_>) {
        self.push(row.place(), row.reading(), row.cells());
    }

    /// Appends the chunk's bytes to `out`, in the form that [`Self::unpack`] reads.
    pub fn pack(&self, out: &mut Vec<u8>) {
        pack_number(out, self.source);
        pack_number(out, offset(self.heads.len()));
        pack_number(out, offset(self.ends.len()));
        for head in &self.heads {
            pack_number(out, head.place.number);
            pack_number(out, head.place.line);
            pack_number(out, head.first_cell);
            match head.reading {
                Reading::Cells => out.push(b'c'),
                Reading::Blank => out.push(b'b'),
                Reading::RepeatedHeader => out.push(b'h'),
                Reading::Unreadable(code) => {
                    out.push(b'u');
                    pack_number(out, offset(code.as_str().len()));
                    out.extend_from_slice(code.as_str().as_bytes());
                }
                Reading::Undecodable { byte } => {
                    out.push(b'd');
                    out.extend_from_slice(&byte.to_le_bytes());
                }
            }
        }
        let mut start = 0;
        for end in &self.ends {
            pack_number(out, end - start);
            start = *end;
        }
        out.extend_from_slice(self.text.as_bytes());
    }

    /// The chunk whose bytes [`Self::pack`] wrote; none when they are damaged.
    pub fn unpack(mut bytes: &[u8]) -> Option<Self> {
        let from = &mut bytes;
        let mut chunk = Self::new(unpack_number(from)?);
        let (heads, cells) = (unpack_number(from)?, unpack_number(from)?);
        for _ in 0..heads {
            let place = Place {
                number: unpack_number(from)?,
                line: unpack_number(from)?,
            };
            let first_cell = unpack_number(from)?;
            let before = chunk.heads.last().map_or(0, |head| head.first_cell);
            if !(before..=cells).contains(&first_cell) {
                return None;
            }
            let reading = unpack_reading(from)?;
            chunk.heads.push(RowHead {
                place,
                reading,
                first_cell,
            });
        }
        let mut end = 0_u32;
        for _ in 0..cells {
            end = end.checked_add(unpack_number(from)?)?;
            chunk.ends.push(end);
        }
        chunk
            .text
            .push_str(std::str::from_utf8(from.get(..end as usize)?).ok()?);
        Some(chunk)
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

/// Seven bits a byte, lowest first; the eighth says that more follow.
fn pack_number(out: &mut Vec<u8>, mut number: u32) {
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

fn unpack_number(bytes: &mut &[u8]) -> Option<u32> {
    let mut number = 0;
    for shift in [0, 7, 14, 21, 28] {
        let byte = unpack_byte(bytes)?;
        number |= u32::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

fn unpack_byte(bytes: &mut &[u8]) -> Option<u8> {
    let (first, rest) = bytes.split_first()?;
    *bytes = rest;
    Some(*first)
}

fn unpack_reading(bytes: &mut &[u8]) -> Option<Reading> {
    Some(match unpack_byte(bytes)? {
        b'c' => Reading::Cells,
        b'b' => Reading::Blank,
        b'h' => Reading::RepeatedHeader,
        b'u' => {
            let length = unpack_number(bytes)? as usize;
            let (code, rest) = bytes.split_at_checked(length)?;
            *bytes = rest;
            Reading::Unreadable(Code::from_text(std::str::from_utf8(code).ok()?)?)
        }
        b'd' => {
            let (byte, rest) = bytes.split_first_chunk()?;
            *bytes = rest;
            Reading::Undecodable {
                byte: u64::from_le_bytes(*byte),
            }
        }
        _ => return None,
    })
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
        chunk.push(
            Place { number: 5, line: 7 },
            Reading::Undecodable { byte: 1 << 40 },
            [],
        );

        let rows: Vec<Vec<&str>> = chunk.rows().map(|row| row.cells().collect()).collect();

        assert_eq!(
            rows,
            [
                vec!["Ana", "", "Lee"],
                vec!["Bo"],
                vec!["x", "", "yz"],
                vec![]
            ]
        );
        assert_eq!(chunk.row(1).unwrap().cell(1), None);
        assert_eq!(chunk.row(2).unwrap().place().line, 6);
        assert_eq!(format!("{chunk:?}"), "RowChunk(4 rows of source 0)");

        let mut packed = Vec::new();
        chunk.pack(&mut packed);
        assert!(RowChunk::unpack(&packed) == Some(chunk));
        for length in 0..packed.len() {
            assert!(RowChunk::unpack(&packed[..length]).is_none());
        }
    }
}

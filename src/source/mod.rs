//! Files as rows: every row of a table is counted exactly once, whatever state the file is in.
//!
//! ```text
//! content (unpacked, if it must be) ─▶ survey ─▶ text:  decode ─▶ window ─▶ framing ─▶ cells ─▶ rows
//!                                              └▶ sheet: workbook ─────────────────▶ cells ─▶ rows
//! ```
//!
//! What a file is, is told from its content and never from its name. A text file is framed here and not by
//! a CSV library: a library reads an unclosed quote to the end of the file and calls the result one cell.
//! `framing` says where records end and doubts quotes that do not behave; `cells` takes a framed record
//! apart. Workbooks are read by a library, cell by cell where their format allows it.
//!
//! Nothing here knows what a column means: which row is the header, the caller's question tells (see
//! [`Wanted::lacks`]). Nothing a file says stops the reading once its header is read, but damage to the
//! container around it: what cannot be used becomes a [`Reading`](crate::row::Reading) of its row.
//!
//! Memory does not grow with the file, nor with its longest line: the window on the file grows to
//! [`Limits::max_search_bytes`] at most, and a chunk holds one row more than [`Limits::chunk_bytes`].
//! A workbook's shared strings are the exception, and XLS and ODS files, which are loaded whole; both
//! have limits.

mod archive;
mod cells;
mod content;
mod decode;
mod encoding;
mod error;
mod framing;
mod heading;
mod kind;
mod sheet;
mod survey;
mod text;
mod window;
mod workbook;

use std::{fmt, fs, ops::ControlFlow, path::Path};

use self::{
    content::{Content, ContentKind, seconds_since_1970},
    error::Failure,
    sheet::SheetTable,
    survey::survey,
    text::TextTable,
};
pub use self::{error::Error, kind::FileKind, workbook::WorkbookLimits};
use crate::{
    format::{Encoding, Format, Separator},
    header::Header,
    origin::Origin,
    row::{Place, RowChunk},
};

/// What is asked of a file.
pub struct Wanted<'w> {
    /// What somebody said of its format; the rest is found by looking.
    pub format: Format,
    /// How large things may get.
    pub limits: Limits,
    /// How many of the columns that are needed a header lacks: the first row that lacks none is the header.
    pub lacks: &'w dyn Fn(&Header) -> usize,
}

impl Wanted<'_> {
    /// Asks for any table: its first row that is not blank is the header.
    pub fn anything() -> Self {
        Self {
            format: Format::default(),
            limits: Limits::default(),
            lacks: &|_| 0,
        }
    }
}

/// How large things may get before they are taken for damage, and how much is read at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// A row of more bytes is rejected: 1 MiB.
    pub max_row_bytes: usize,
    /// A record of more lines holds a quote that was never closed: 200.
    pub max_quoted_lines: usize,
    /// How far the end of a record is looked for, in bytes: 16 MiB.
    pub max_search_bytes: usize,
    /// How many columns a header may have: 16,384, as in a workbook.
    pub max_columns: usize,
    /// How many bytes are read from the file at once: 256 KiB.
    pub read_bytes: usize,
    /// A chunk with this much text is full: 256 KiB.
    pub chunk_bytes: usize,
    /// A chunk with this many rows is full: 1,024.
    pub chunk_rows: usize,
    /// What a packed file may become, in bytes: 16 GiB.
    pub max_unpacked_bytes: u64,
    /// How many times its size a packed file may become, beyond 64 MiB: 250.
    pub max_ratio: u64,
    /// What a workbook may hold.
    pub workbook: WorkbookLimits,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_row_bytes: 1 << 20,
            max_quoted_lines: 200,
            max_search_bytes: 16 << 20,
            max_columns: 16_384,
            read_bytes: 256 << 10,
            chunk_bytes: 256 << 10,
            chunk_rows: 1_024,
            max_unpacked_bytes: 16 << 30,
            max_ratio: 250,
            workbook: WorkbookLimits::default(),
        }
    }
}

/// What a table turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadAs {
    /// Text.
    Text {
        /// How it writes its characters.
        encoding: Encoding,
        /// What stands between its cells.
        separator: Separator,
    },
    /// A sheet of a workbook of that format, such as `XLSX`.
    Workbook(&'static str),
}

/// A table being read: its header, then its rows in order.
pub struct Source {
    origin: Origin,
    index: u32,
    size: u64,
    modified: i64,
    sha256: [u8; 32],
    is_the_file: bool,
    limits: Limits,
    header: Header,
    header_place: Place,
    table: Table,
}

enum Table {
    Text(Box<TextTable>),
    Sheet(Box<SheetTable>),
}

/// A table, its header, and where that stands.
type Opened = (Table, Header, Place);

/// Opens the tables in a file, or in standard input when the path is `-`, and reads as far as their
/// headers. `first_index` says which source of the run the first of them is, counted from 0.
///
/// # Errors
///
/// When the file is missing, cannot be read or unpacked, or holds no table.
pub fn open(path: &Path, first_index: u32, wanted: &Wanted<'_>) -> Result<Vec<Source>, Error> {
    let contents = Content::all_of(path, &wanted.limits)?;
    (first_index..)
        .zip(contents)
        .map(|(index, content)| Source::of(content, index, wanted))
        .collect()
}

impl Source {
    fn of(content: Content, index: u32, wanted: &Wanted<'_>) -> Result<Self, Error> {
        let mut origin = content.origin.clone();
        let (size, modified, is_the_file) = (content.size, content.modified, content.is_the_file);
        let (sha256, opened) =
            Self::survey_and_open(content, wanted).map_err(|failure| failure.at(&origin))?;
        let (table, header, header_place) = opened;
        if let Table::Sheet(sheet) = &table {
            origin = origin.on_sheet(sheet.name());
        }
        Ok(Self {
            origin,
            index,
            size,
            modified,
            sha256,
            is_the_file,
            limits: wanted.limits,
            header,
            header_place,
            table,
        })
    }

    fn survey_and_open(
        content: Content,
        wanted: &Wanted<'_>,
    ) -> Result<([u8; 32], Opened), Failure> {
        let surveyed = survey(&content.file)?;
        let opened = match content.kind()? {
            ContentKind::Text => {
                let (table, header, place) = TextTable::open(&content, surveyed.utf8, wanted)?;
                (Table::Text(Box::new(table)), header, place)
            }
            ContentKind::Workbook(kind) => {
                let (table, header, place) = SheetTable::open(content, kind, wanted)?;
                (Table::Sheet(Box::new(table)), header, place)
            }
        };
        Ok((surveyed.sha256, opened))
    }

    /// Where the table was found.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The columns' names.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Where the header stands; below row 1 when blank rows or titles come first.
    pub fn header_place(&self) -> Place {
        self.header_place
    }

    /// What the table turned out to be.
    pub fn read_as(&self) -> ReadAs {
        match &self.table {
            Table::Text(table) => table.read_as(),
            Table::Sheet(sheet) => sheet.read_as(),
        }
    }

    /// The workbook's other sheets that would do as well, and are not read.
    pub fn other_sheets(&self) -> &[String] {
        match &self.table {
            Table::Text(_) => &[],
            Table::Sheet(sheet) => sheet.others(),
        }
    }

    /// The size in bytes, unpacked.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// SHA-256 of the bytes, unpacked: the same export has the same one, packed or not.
    pub fn sha256(&self) -> [u8; 32] {
        self.sha256
    }

    /// When the file, or the archive around it, was last written, in seconds since 1970; for standard
    /// input, when it was read.
    pub fn modified(&self) -> i64 {
        self.modified
    }

    /// True while the file is what it was when it was opened: half-written exports grow.
    pub fn is_unchanged(&self) -> bool {
        let now = || {
            let metadata = fs::metadata(&self.origin.path).ok()?;
            Some((metadata.len(), seconds_since_1970(&metadata).ok()?))
        };
        !self.is_the_file || now() == Some((self.size, self.modified))
    }

    /// Gives all rows below the header, chunk by chunk, with the number of bytes read so far, until told
    /// to stop; says whether it was. A chunk is never empty.
    ///
    /// # Errors
    ///
    /// When the file cannot be read on; the rows before that were given.
    pub fn read_rows(
        &mut self,
        give: &mut dyn FnMut(RowChunk, u64) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Error> {
        let mut chunks = Chunks {
            index: self.index,
            limits: self.limits,
            chunk: RowChunk::new(self.index),
            give,
        };
        match &mut self.table {
            Table::Text(table) => table.read_rows(&self.header, &mut chunks),
            Table::Sheet(sheet) => {
                sheet.read_rows((&self.header, self.header_place), self.size, &mut chunks)
            }
        }
        .map_err(|failure| failure.at(&self.origin))
    }
}

/// Rows on their way out, gathered into chunks.
struct Chunks<'g> {
    index: u32,
    limits: Limits,
    chunk: RowChunk,
    give: &'g mut dyn FnMut(RowChunk, u64) -> ControlFlow<()>,
}

impl Chunks<'_> {
    /// Hands the chunk over when it is full. To be asked after each row.
    fn hand_over_if_full(&mut self, bytes: u64) -> ControlFlow<()> {
        let is_full = self.chunk.len() >= self.limits.chunk_rows
            || self.chunk.text_len() >= self.limits.chunk_bytes;
        if is_full {
            self.hand_over(bytes)
        } else {
            ControlFlow::Continue(())
        }
    }

    /// Hands over what there is.
    fn hand_over(&mut self, bytes: u64) -> ControlFlow<()> {
        if self.chunk.is_empty() {
            return ControlFlow::Continue(());
        }
        let full = std::mem::replace(&mut self.chunk, RowChunk::new(self.index));
        (self.give)(full, bytes)
    }
}

impl fmt::Display for ReadAs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text {
                encoding,
                separator,
            } => write!(formatter, "{separator}-separated text, {encoding}"),
            Self::Workbook(format) => write!(formatter, "workbook ({format})"),
        }
    }
}

/// What has been read of the file is people's data and never prints.
impl fmt::Debug for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "Source({}, {} columns)",
            self.origin,
            self.header.len()
        )
    }
}

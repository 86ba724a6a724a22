//! Files as rows: every line of a file is counted in exactly one row, whatever state the file is in.
//!
//! A CSV file is framed here and not by a CSV library: a library reads an unclosed quote to the end of
//! the file and calls the result one cell. `framing` says where records end and doubts quotes that do
//! not behave; `cells` takes a framed record apart.
//!
//! Nothing here knows what a column means, and nothing a file says stops the reading once its header is
//! read: what cannot be used becomes a [`Reading`](crate::row::Reading) of its row.
//!
//! Memory does not grow with the file, nor with its longest line: the window on the file grows to
//! [`Limits::max_search_bytes`] at most, and a chunk holds one row more than [`Limits::chunk_bytes`].

mod cells;
mod csv;
mod digest;
mod error;
mod export_name;
mod framing;
mod inbox;
mod inbox_error;
mod kind;
mod newest;
mod window;
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "wired in with the sheet reader")
)]
mod workbook;

use std::{
    fmt,
    fs::File,
    io,
    path::{Path, PathBuf},
};

use self::csv::CsvRows;
pub use self::{
    digest::{Digest, digest},
    error::Error,
    export_name::{ExportName, ExportTime, Part},
    inbox::{Found, MissingParts, STANDARD_INPUT, Taken, Watch, find},
    inbox_error::{Because, InboxError, LookedIn, PassedOver},
    kind::FileKind,
};
use crate::{
    header::Header,
    row::{Place, RowChunk},
};

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
        }
    }
}

/// A file being read: its header, then its rows in the file's order.
pub struct Source {
    path: PathBuf,
    index: u32,
    size: u64,
    limits: Limits,
    header: Header,
    header_place: Place,
    rows: CsvRows,
}

impl Source {
    /// Opens a comma-separated UTF-8 file and reads as far as its header, which is the first row that is
    /// not blank. `index` says which source of the run it is, counted from 0.
    ///
    /// # Errors
    ///
    /// When the file is missing, cannot be read, holds no row, or is no such text file.
    pub fn open(path: &Path, index: u32) -> Result<Self, Error> {
        Self::open_within(path, index, Limits::default())
    }

    /// Opens a file with limits of one's own.
    ///
    /// # Errors
    ///
    /// As [`Source::open`].
    pub fn open_within(path: &Path, index: u32, limits: Limits) -> Result<Self, Error> {
        let (file, size) = open_file(path)?;
        let mut rows = CsvRows::new(file, limits);
        let (header, header_place) = rows
            .read_header()
            .map_err(|failure| failure.at(path, rows.next_place()))?;
        Ok(Self {
            path: path.to_owned(),
            index,
            size,
            limits,
            header,
            header_place,
            rows,
        })
    }

    /// The columns' names.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Where the header stands; below row 1 only when blank rows come first.
    pub fn header_place(&self) -> Place {
        self.header_place
    }

    /// The file's path as it was given.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file's size in bytes when it was opened.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// How many bytes of the file the header and the rows given so far took.
    pub fn bytes_read(&self) -> u64 {
        self.rows.bytes_read()
    }

    /// Empties the chunk and fills it with the next rows; false when there are no more.
    ///
    /// # Errors
    ///
    /// When the file cannot be read on; the chunk then holds the rows before that.
    pub fn read_chunk(&mut self, chunk: &mut RowChunk) -> Result<bool, Error> {
        chunk.clear();
        chunk.source = self.index;
        while chunk.len() < self.limits.chunk_rows && chunk.text_len() < self.limits.chunk_bytes {
            match self.rows.read_row(&self.header, chunk) {
                Ok(true) => {}
                Ok(false) => break,
                Err(cause) => return Err(self.stopped(cause)),
            }
        }
        Ok(!chunk.is_empty())
    }

    fn stopped(&self, source: io::Error) -> Error {
        Error::ReadFailed {
            path: self.path.clone(),
            row: self.rows.next_place().number,
            source,
        }
    }
}

/// What has been read of the file is people's data and never prints.
impl fmt::Debug for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "Source({}, {} columns)",
            self.path.display(),
            self.header.len()
        )
    }
}

/// Opens a file and says its size. A folder opens on some systems and fails only when read: refused here.
fn open_file(path: &Path) -> Result<(File, u64), Error> {
    let open = || {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        Ok((file, metadata.len()))
    };
    open().map_err(|cause| Error::of_opening(path, cause))
}

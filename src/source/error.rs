//! Why a file gives no rows.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::kind::FileKind;
use crate::{problem::Code, row::Place};

/// Why a file cannot be read. It names the file, never what the file says.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such file.
    #[error("{}: no such file; check its name and folder", .path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file is there and does not open.
    #[error("{}: the file cannot be opened", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Reading broke off on the way.
    #[error("{}, row {row}: the file cannot be read on", .path.display())]
    ReadFailed {
        /// The file.
        path: PathBuf,
        /// The first row that could not be read whole.
        row: u32,
        /// What the system said.
        source: io::Error,
    },
    /// The file holds nothing but blank rows.
    #[error("{}: the file is empty; export it again", .path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The file is something else than comma-separated UTF-8 text.
    #[error("{}: this is {kind}, not CSV text; {}", .path.display(), .kind.advice())]
    NotText {
        /// The file.
        path: PathBuf,
        /// What it looks like.
        kind: FileKind,
    },
    /// The header is damaged.
    #[error("{}, row {row}: the header cannot be read: {}; {}", .path.display(), .code.message(), .code.advice())]
    Header {
        /// The file.
        path: PathBuf,
        /// The header's row.
        row: u32,
        /// What is wrong with it.
        code: Code,
    },
    /// The header has more columns than a workbook could have.
    #[error("{}, row {row}: the header has {columns} columns; check the separator and the line ends", .path.display())]
    TooManyColumns {
        /// The file.
        path: PathBuf,
        /// The header's row.
        row: u32,
        /// How many columns there are.
        columns: usize,
    },
}

impl Error {
    /// True when the file is not there at all.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Missing { .. })
    }

    /// The file concerned.
    pub fn path(&self) -> &Path {
        match self {
            Self::Missing { path }
            | Self::Unreadable { path, .. }
            | Self::ReadFailed { path, .. }
            | Self::Empty { path }
            | Self::NotText { path, .. }
            | Self::Header { path, .. }
            | Self::TooManyColumns { path, .. } => path,
        }
    }

    /// What the system said when a file was opened.
    pub(super) fn of_opening(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound => Self::Missing { path },
            _ => Self::Unreadable { path, source },
        }
    }
}

/// Why a header could not be read, before the file's name is put to it.
#[derive(Debug)]
pub(super) enum HeaderFailure {
    Read(io::Error),
    Empty,
    NotText(FileKind),
    Unreadable(Code),
    TooManyColumns(usize),
}

impl HeaderFailure {
    /// The failure as an error of that file, at that place.
    pub(super) fn at(self, path: &Path, place: Place) -> Error {
        let (path, row) = (path.to_owned(), place.number);
        match self {
            Self::Read(source) => Error::ReadFailed { path, row, source },
            Self::Empty => Error::Empty { path },
            Self::NotText(kind) => Error::NotText { path, kind },
            Self::Unreadable(code) => Error::Header { path, row, code },
            Self::TooManyColumns(columns) => Error::TooManyColumns { path, row, columns },
        }
    }
}

impl From<io::Error> for HeaderFailure {
    fn from(cause: io::Error) -> Self {
        Self::Read(cause)
    }
}

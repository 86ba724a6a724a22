//! Why a file gives no rows.

use std::io;

use super::{kind::FileKind, workbook::WorkbookFailure};
use crate::{origin::Origin, platform, problem::Code};

/// Why a file cannot be read. It names the file, never what the file says.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such file.
    #[error("{origin}: no such file; check its name and folder")]
    Missing {
        /// The file.
        origin: Origin,
    },
    /// The file is there and does not open.
    #[error("{origin}: the file cannot be opened{}", .advice)]
    Unreadable {
        /// The file.
        origin: Origin,
        /// What to do, where that is known.
        advice: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// Reading broke off on the way.
    #[error("{origin}, row {row}: the file cannot be read on")]
    ReadFailed {
        /// The file.
        origin: Origin,
        /// The first row that could not be read whole.
        row: u32,
        /// What the system said.
        source: io::Error,
    },
    /// There was no room for what had to be unpacked.
    #[error(
        "{origin}: it cannot be unpacked; make room in the folder for temporary files, or name another one with TMPDIR"
    )]
    Copy {
        /// The file.
        origin: Origin,
        /// What the system said.
        source: io::Error,
    },
    /// The file holds nothing but blank rows.
    #[error("{origin}: the file is empty; export it again")]
    Empty {
        /// The file.
        origin: Origin,
    },
    /// The file is something else than a table.
    #[error("{origin}: this is {kind}, not a table; {}", .kind.advice())]
    Foreign {
        /// The file.
        origin: Origin,
        /// What it looks like.
        kind: FileKind,
    },
    /// An archive without a file in it.
    #[error("{origin}: the archive is empty; get it again")]
    NothingInside {
        /// The archive.
        origin: Origin,
    },
    /// A password is asked for, which nobody is there to type.
    #[error("{origin}: a password protects it; {advice}")]
    PasswordProtected {
        /// The file.
        origin: Origin,
        /// What to do.
        advice: &'static str,
    },
    /// The end of the file is missing.
    #[error("{origin}: the file ends too early, as a download does that broke off; get it again")]
    CutShort {
        /// The file.
        origin: Origin,
    },
    /// What a program wrote cannot be understood.
    #[error("{origin}{}: the file is damaged; open it in the program that wrote it and save it again, or get it again", in_row(*.row))]
    Damaged {
        /// The file.
        origin: Origin,
        /// The row where that showed. What the reader said of it may hold a part of the file, and is dropped.
        row: Option<u32>,
    },
    /// There is more of something than any export has.
    #[error("{origin}: its {what} is above {most}; save it as \"CSV UTF-8\", in parts if need be")]
    TooLarge {
        /// The file.
        origin: Origin,
        /// What of it.
        what: &'static str,
        /// The most there may be of it.
        most: u64,
    },
    /// A part of a workbook declares entities of its own, by which a file reads others or fills memory.
    #[error(
        "{origin}: it declares entities, as no spreadsheet does, and is not read; get it again from where it was made"
    )]
    DeclaresEntities {
        /// The workbook.
        origin: Origin,
    },
    /// The workbook has no sheet of the name that the mapping gives.
    #[error("{origin}: there is no sheet {name}; the sheets are {}", .sheets.join(", "))]
    NoSuchSheet {
        /// The workbook.
        origin: Origin,
        /// The name that was asked for.
        name: String,
        /// The names that there are.
        sheets: Vec<String>,
    },
    /// The header is damaged.
    #[error("{origin}, row {row}: the header cannot be read: {}; {}", .code.message(), .code.advice())]
    Header {
        /// The file.
        origin: Origin,
        /// The header's row.
        row: u32,
        /// What is wrong with it.
        code: Code,
    },
    /// The header has more columns than a workbook could have.
    #[error(
        "{origin}, row {row}: the header has {columns} columns; check the separator and the line ends"
    )]
    TooManyColumns {
        /// The file.
        origin: Origin,
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
    pub fn origin(&self) -> &Origin {
        match self {
            Self::Missing { origin }
            | Self::Unreadable { origin, .. }
            | Self::ReadFailed { origin, .. }
            | Self::Copy { origin, .. }
            | Self::Empty { origin }
            | Self::Foreign { origin, .. }
            | Self::NothingInside { origin }
            | Self::PasswordProtected { origin, .. }
            | Self::CutShort { origin }
            | Self::Damaged { origin, .. }
            | Self::TooLarge { origin, .. }
            | Self::DeclaresEntities { origin }
            | Self::NoSuchSheet { origin, .. }
            | Self::Header { origin, .. }
            | Self::TooManyColumns { origin, .. } => origin,
        }
    }
}

fn in_row(row: Option<u32>) -> String {
    row.map(|row| format!(", row {row}")).unwrap_or_default()
}

/// Why something could not be read, before it is known where that was.
#[derive(Debug)]
pub(super) enum Failure {
    Open(io::Error),
    Read { row: u32, cause: io::Error },
    Copy(io::Error),
    Empty,
    Foreign(FileKind),
    NothingInside,
    PasswordOfArchive,
    PasswordOfWorkbook,
    CutShort,
    Damaged { row: Option<u32> },
    TooLarge { what: &'static str, most: u64 },
    DeclaresEntities,
    NoSuchSheet { name: String, sheets: Vec<String> },
    Header { row: u32, code: Code },
    TooManyColumns { row: u32, columns: usize },
}

impl Failure {
    /// The failure as an error of that table.
    pub(super) fn at(self, origin: &Origin) -> Error {
        let origin = origin.clone();
        match self {
            Self::Open(cause) if cause.kind() == io::ErrorKind::NotFound => {
                Error::Missing { origin }
            }
            Self::Open(source) => {
                let advice = if platform::is_open_elsewhere(&source) {
                    "; another program has it open: close it there"
                } else {
                    ""
                };
                Error::Unreadable {
                    origin,
                    advice,
                    source,
                }
            }
            Self::Read { row, cause } => Error::ReadFailed {
                origin,
                row,
                source: cause,
            },
            Self::Copy(source) => Error::Copy { origin, source },
            Self::Empty => Error::Empty { origin },
            Self::Foreign(kind) => Error::Foreign { origin, kind },
            Self::NothingInside => Error::NothingInside { origin },
            Self::PasswordOfArchive => Error::PasswordProtected {
                origin,
                advice: "unpack it with the password and give the files inside",
            },
            Self::PasswordOfWorkbook => Error::PasswordProtected {
                origin,
                advice: "remove the password in Excel and save it again",
            },
            Self::CutShort => Error::CutShort { origin },
            Self::Damaged { row } => Error::Damaged { origin, row },
            Self::TooLarge { what, most } => Error::TooLarge { origin, what, most },
            Self::DeclaresEntities => Error::DeclaresEntities { origin },
            Self::NoSuchSheet { name, sheets } => Error::NoSuchSheet {
                origin,
                name,
                sheets,
            },
            Self::Header { row, code } => Error::Header { origin, row, code },
            Self::TooManyColumns { row, columns } => Error::TooManyColumns {
                origin,
                row,
                columns,
            },
        }
    }
}

impl From<WorkbookFailure> for Failure {
    fn from(failure: WorkbookFailure) -> Self {
        match failure {
            WorkbookFailure::Io(cause) => cause.into(),
            WorkbookFailure::PasswordProtected => Self::PasswordOfWorkbook,
            WorkbookFailure::Truncated => Self::CutShort,
            WorkbookFailure::Damaged { row } => Self::Damaged { row },
            // Sheets are asked for by names that the workbook gave.
            WorkbookFailure::NoSuchSheet => Self::Damaged { row: None },
            WorkbookFailure::DeclaresEntities => Self::DeclaresEntities,
            WorkbookFailure::TooLarge { what, limit } => Self::TooLarge { what, most: limit },
        }
    }
}

impl From<io::Error> for Failure {
    fn from(cause: io::Error) -> Self {
        Self::Read { row: 1, cause }
    }
}

//! Why a workbook gives no rows. Nothing here says what a cell holds.

use std::{fmt, io};

use calamine::{OdsError, XlsError, XlsbError, XlsxError};

/// What is wrong with a workbook, without its name.
#[derive(Debug)]
pub(crate) enum WorkbookFailure {
    /// The system could not read the file.
    Io(io::Error),
    /// The workbook opens with a password only.
    PasswordProtected,
    /// The file ends before the workbook does, as after a broken download.
    Truncated,
    /// The file is no whole workbook.
    Damaged {
        /// The row that was being read, as a spreadsheet shows it.
        row: Option<u32>,
    },
    /// A part of the workbook declares entities of its own, which no spreadsheet writes.
    DeclaresEntities,
    /// There is no worksheet of that name.
    NoSuchSheet,
    /// Something in the workbook is larger than it may be.
    TooLarge {
        /// What it is, as "unpacked size in bytes".
        what: &'static str,
        /// How large it may be.
        limit: u64,
    },
}

/// Damage whose row is not known, or not known yet.
pub(super) const DAMAGED: WorkbookFailure = WorkbookFailure::Damaged { row: None };

impl WorkbookFailure {
    /// Says which row was being read, where that is not known better.
    pub(super) fn at_row(self, number: u32) -> Self {
        match self {
            Self::Damaged { row: None } => Self::Damaged { row: Some(number) },
            other => other,
        }
    }
}

impl fmt::Display for WorkbookFailure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(_) => formatter.write_str("the file cannot be read"),
            Self::PasswordProtected => formatter.write_str("the workbook has a password"),
            Self::Truncated => formatter.write_str("the file ends too early"),
            Self::Damaged { row: None } => formatter.write_str("the workbook is damaged"),
            Self::Damaged { row: Some(row) } => write!(formatter, "row {row} is damaged"),
            Self::DeclaresEntities => formatter.write_str("the workbook declares entities"),
            Self::NoSuchSheet => formatter.write_str("there is no such sheet"),
            Self::TooLarge { what, limit } => write!(formatter, "{what} is above {limit}"),
        }
    }
}

impl std::error::Error for WorkbookFailure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(cause) => Some(cause),
            _ => None,
        }
    }
}

/// What a reader of compressed data reports as an I/O error is damage as often as a failing disk.
impl From<io::Error> for WorkbookFailure {
    fn from(cause: io::Error) -> Self {
        match cause.kind() {
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::InvalidData
            | io::ErrorKind::InvalidInput
            | io::ErrorKind::Other => DAMAGED,
            _ => Self::Io(cause),
        }
    }
}

// The library's errors carry text of the file: only their kind is kept.

impl From<XlsxError> for WorkbookFailure {
    fn from(cause: XlsxError) -> Self {
        match cause {
            XlsxError::Io(cause) => cause.into(),
            XlsxError::Password => Self::PasswordProtected,
            XlsxError::WorksheetNotFound(_) => Self::NoSuchSheet,
            _ => DAMAGED,
        }
    }
}

impl From<XlsbError> for WorkbookFailure {
    fn from(cause: XlsbError) -> Self {
        match cause {
            XlsbError::Io(cause) => cause.into(),
            XlsbError::Password => Self::PasswordProtected,
            XlsbError::WorksheetNotFound(_) => Self::NoSuchSheet,
            _ => DAMAGED,
        }
    }
}

impl From<XlsError> for WorkbookFailure {
    fn from(cause: XlsError) -> Self {
        match cause {
            XlsError::Io(cause) => cause.into(),
            XlsError::Password => Self::PasswordProtected,
            XlsError::WorksheetNotFound(_) => Self::NoSuchSheet,
            _ => DAMAGED,
        }
    }
}

impl From<OdsError> for WorkbookFailure {
    fn from(cause: OdsError) -> Self {
        match cause {
            OdsError::Io(cause) => cause.into(),
            OdsError::Password => Self::PasswordProtected,
            OdsError::WorksheetNotFound(_) => Self::NoSuchSheet,
            _ => DAMAGED,
        }
    }
}

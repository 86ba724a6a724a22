//! A wing's error and what was being done.

use std::path::PathBuf;

use crate::{journal, mapping, origin::Origin, source};

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read.
    #[error(transparent)]
    Source(#[from] source::Error),
    /// A file lacks columns that the mapping asks for.
    #[error("{origin}{}: {error}", below(*.row))]
    Header {
        /// The table.
        origin: Origin,
        /// The row that was taken for the header.
        row: u32,
        /// What is missing or doubled.
        error: mapping::BindError,
    },
    /// Files of one run have different columns.
    #[error(
        "{first} and {other} have different columns\n\nhint: files of one run share a header; sync them one by one"
    )]
    HeadersDiffer {
        /// The first file.
        first: Box<Origin>,
        /// The one that differs.
        other: Box<Origin>,
    },
    /// One file is there twice.
    #[error("{first} and {other} have the same content\n\nhint: name it once")]
    SameFileTwice {
        /// The first file.
        first: Box<Origin>,
        /// The one that equals it.
        other: Box<Origin>,
    },
    /// The list of people whom nobody may call cannot be read.
    #[error(
        "{}: the suppress list cannot be read: {why}\n\nhint: without it people could be called who asked not to be; a list is a text or CSV file whose first cell of each line is a phone number or an id",
        .path.display()
    )]
    Suppression {
        /// The file.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// A file was written to while it was read.
    #[error(
        "{origin} changed while it was read\n\nhint: wait until its download or export is complete, then run the same command again"
    )]
    FileChanged {
        /// The file.
        origin: Origin,
    },
    /// Guards stopped the run before anything was sent.
    #[error("{0}")]
    Guard(#[from] super::GuardStop),
    /// The journal cannot be written or read.
    #[error(transparent)]
    Journal(#[from] journal::Error),
    /// A stop was asked for while rows were being read; nothing was staged.
    #[error("stopped while reading; nothing was sent")]
    Stopped,
    /// Something that cannot be happened.
    #[error("internal error: {0}\n\nhint: please report it")]
    Broken(&'static str),
}

/// Where a header is looked for that is not the first row, as people may not expect that.
fn below(row: u32) -> String {
    match row {
        1 => String::new(),
        row => format!(", row {row}"),
    }
}

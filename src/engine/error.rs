//! A wing's error and what was being done.

use std::path::PathBuf;

use crate::{journal, mapping, source};

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read.
    #[error(transparent)]
    Source(#[from] source::Error),
    /// A file lacks columns that the mapping asks for.
    #[error("{}: {error}", path.display())]
    Header {
        /// The file.
        path: PathBuf,
        /// What is missing or doubled.
        error: mapping::BindError,
    },
    /// Files of one run have different columns.
    #[error("{} and {} have different columns\n\nhint: files of one run share a header; sync them one by one", first.display(), other.display())]
    HeadersDiffer {
        /// The first file.
        first: PathBuf,
        /// The one that differs.
        other: PathBuf,
    },
    /// One file is there twice.
    #[error("{} and {} have the same content\n\nhint: name it once", first.display(), other.display())]
    SameFileTwice {
        /// The first file.
        first: PathBuf,
        /// The one that equals it.
        other: PathBuf,
    },
    /// A file was written to while it was read.
    #[error("{} changed while it was read\n\nhint: wait until its download or export is complete, then run the same command again", path.display())]
    FileChanged {
        /// The file.
        path: PathBuf,
    },
    /// A check stopped the run before anything was sent.
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

//! What can go wrong with a journal, and what to do about it.

use std::{io, path::PathBuf};

/// Why the journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another process works on the journal.
    #[error("another run is using {}: {holder}\n\nhint: wait for it, or try again later", path.display())]
    Locked {
        /// The journal.
        path: PathBuf,
        /// What the other process wrote into the lock: its id, its command, when it started.
        holder: String,
    },
    /// There is no journal where one is asked for.
    #[error("there is no journal at {}\n\nhint: `sync` makes one; name another with --journal", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A backup would have to replace something.
    #[error("{} is there already and is not written over\n\nhint: name another file, or move that one away with what lies beside it under its name", path.display())]
    BackupExists {
        /// What is there.
        path: PathBuf,
    },
    /// A newer program wrote it.
    #[error("{} has schema version {found}, and this program knows {known}\n\nhint: use the release that wrote it, or a newer one", path.display())]
    Newer {
        /// The journal.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The newest version that this program knows.
        known: u32,
    },
    /// A run, or what it kept, is not there.
    #[error("there is no run {run}\n\nhint: `aca-sync runs` lists them")]
    NoSuchRun {
        /// What was asked for.
        run: String,
    },
    /// No run at all.
    #[error("the journal holds no run yet\n\nhint: `sync` starts one")]
    NoRuns,
    /// A run that holds a person who is to be forgotten may still send.
    #[error(
        "run {run} holds the person and is not finished\n\nhint: `aca-sync resume {run}` ends it; then run the same command again"
    )]
    StillSending {
        /// The run.
        run: u32,
    },
    /// The cells and bodies of a run are not kept any more.
    #[error(
        "the records of run {run} were erased, as a later run of its mapping is over or seven days have passed\n\nhint: run `sync` with the file again"
    )]
    Erased {
        /// The run.
        run: u32,
    },
    /// What is stored cannot be what was written.
    #[error("the journal is damaged: {what}\n\nhint: restore it from a backup")]
    Damaged {
        /// What is wrong.
        what: String,
    },
    /// A record was not in the state that a step starts from.
    #[error(
        "the journal's records are not in the expected state ({expected} expected, {found} found); nothing was changed"
    )]
    StateMoved {
        /// How many records the step was about.
        expected: usize,
        /// How many were in the state it starts from.
        found: usize,
    },
    /// A file beside the database failed.
    #[error("{}: {source}\n\nhint: look at free space and rights, then run the same command again", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The database failed.
    #[error(
        "the journal's database: {0}\n\nhint: look at free space and rights, then run the same command again"
    )]
    Database(#[from] rusqlite::Error),
}

impl Error {
    /// Wraps what the system says about a file.
    pub(super) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }

    /// What is stored cannot be what was written.
    pub(super) fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged { what: what.into() }
    }
}

//! Why no file could be taken, and why files beside the one that was taken were not.

use std::{
    fmt::{self, Write as _},
    io,
    path::{Path, PathBuf},
};

use super::export_name::TABLE_ENDINGS;

/// Where the newest export is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LookedIn {
    /// A folder, without the folders in it.
    Folder(PathBuf),
    /// A pattern with `*`, `?` or `[…]`.
    Pattern(String),
}

/// A file that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PassedOver {
    /// Why.
    pub because: Because,
    /// The file.
    pub path: PathBuf,
}

/// Why a file was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Because {
    /// It belongs to the newest export and was written to while it was looked at.
    StillGrowing,
    /// A browser or a file transfer has not finished it.
    Unfinished,
    /// It is a link to nothing, or went away in the meantime.
    Gone,
    /// It only says that somebody has another file open.
    LockFile,
    /// Its name begins with a dot.
    Hidden,
    /// Its name does not end as a table's.
    NoTable,
    /// It is older than the newest export.
    Older,
}

/// Why the files of a run could not be found.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is nothing that can be taken.
    #[error("{}", nothing(.looked_in, .passed_over))]
    Nothing {
        /// Where an export was looked for.
        looked_in: LookedIn,
        /// What was there instead.
        passed_over: Vec<PassedOver>,
    },
    /// Nothing says which of two exports is the newer one.
    #[error("{} and {} are equally new\n\nhint: name the file that is meant", .first.display(), .other.display())]
    EquallyNew {
        /// One of them.
        first: PathBuf,
        /// Another.
        other: PathBuf,
    },
    /// Two files are the same part of one export.
    #[error("{} and {} are both part {number}\n\nhint: remove the one that is not meant, or name the files", .first.display(), .other.display())]
    SamePart {
        /// One of them.
        first: PathBuf,
        /// Another.
        other: PathBuf,
        /// Which part both are.
        number: u16,
    },
    /// Two files of one name belong to exports of different numbers of parts.
    #[error("{} and {} are parts of different exports\n\nhint: remove those that are not meant, or name the files", .first.display(), .other.display())]
    PartsDiffer {
        /// One of them.
        first: PathBuf,
        /// Another.
        other: PathBuf,
    },
    /// Standard input was named beside other files.
    #[error(
        "`-`, standard input, is the only file of its run\n\nhint: leave the other files out, or save the input to a file"
    )]
    NotAlone,
    /// A pattern cannot be read.
    #[error("{pattern}: no such file, and no pattern: {error}")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        error: glob::PatternError,
    },
    /// A folder or a file in it cannot be looked at.
    #[error("{}: this cannot be looked at", .path.display())]
    Unreadable {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl Error {
    /// True when there is no file to take, or none yet.
    pub const fn is_missing(&self) -> bool {
        matches!(self, Self::Nothing { .. })
    }

    /// True when the arguments themselves cannot be meant.
    pub const fn is_usage(&self) -> bool {
        matches!(self, Self::NotAlone | Self::Pattern { .. })
    }

    pub(super) fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        |source| Self::Unreadable { path, source }
    }
}

impl Because {
    /// Why, as a sentence says it after the file's name.
    pub const fn text(self) -> &'static str {
        match self {
            Self::StillGrowing => "it is still growing",
            Self::Unfinished => "an unfinished download",
            Self::Gone => "it is gone, or a link to nothing",
            Self::LockFile => "a lock file: another file is open",
            Self::Hidden => "a hidden file",
            Self::NoTable => "no table, by its name",
            Self::Older => "older than the newest",
        }
    }
}

impl fmt::Display for PassedOver {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}: {}",
            self.path.display(),
            self.because.text()
        )
    }
}

impl fmt::Display for LookedIn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => path.display().fmt(formatter),
            Self::Pattern(pattern) => formatter.write_str(pattern),
        }
    }
}

/// So many files are named before the rest is counted.
const NAMED: usize = 10;

fn nothing(looked_in: &LookedIn, passed_over: &[PassedOver]) -> String {
    let mut passed_over: Vec<&PassedOver> = passed_over.iter().collect();
    passed_over.sort();
    let is_growing = passed_over
        .first()
        .is_some_and(|first| first.because == Because::StillGrowing);
    let mut text = match looked_in {
        _ if is_growing => format!("{looked_in}: the newest export is not complete yet"),
        LookedIn::Folder(_) => format!(
            "{looked_in}: there is no export in this folder; looked for .{}",
            TABLE_ENDINGS.join(", .")
        ),
        LookedIn::Pattern(_) if passed_over.is_empty() => {
            format!("{looked_in}: no file has a name like this")
        }
        LookedIn::Pattern(_) => format!("{looked_in}: no file with a name like this can be taken"),
    };
    if !passed_over.is_empty() {
        text.push_str("\n\npassed over:");
    }
    for one in passed_over.iter().take(NAMED) {
        let _ = write!(text, "\n  {one}");
    }
    if let Some(more) = passed_over
        .len()
        .checked_sub(NAMED)
        .filter(|more| *more > 0)
    {
        let _ = write!(text, "\n  and {more} more");
    }
    text.push_str(if is_growing {
        "\n\nhint: wait until its download or export is complete, then run the same command again"
    } else {
        "\n\nhint: check the name, or bring the file"
    });
    text
}

//! The exit codes: stable, published in the README, and decided here only.

use crate::{engine, inbox, journal, source};

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Every row is accounted for and none failed, or there was nothing to do.
    Done,
    /// Finished; some rows were rejected, failed, held or are in doubt.
    Attention,
    /// Stopped by a guard, which the message names.
    Guard,
    /// The command line is wrong.
    Usage,
    /// A file cannot be read, or its header does not fit the mapping.
    Input,
    /// A file is missing.
    InputMissing,
    /// The API is unreachable or keeps failing; resumable.
    Unavailable,
    /// An internal error, or the books do not balance.
    Internal,
    /// The journal cannot be written or read.
    Journal,
    /// Try later: another run holds the lock, the deadline came, or the API asks for a long pause; resumable.
    TryLater,
    /// The API refused the key.
    KeyRefused,
    /// The mapping or the configuration is invalid by itself.
    Configuration,
    /// Interrupted by SIGINT, after draining; resumable.
    Interrupted,
    /// Terminated by SIGTERM, after draining; resumable.
    Terminated,
}

impl Exit {
    /// All codes, in ascending order.
    pub const ALL: &'static [Self] = &[
        Self::Done,
        Self::Attention,
        Self::Guard,
        Self::Usage,
        Self::Input,
        Self::InputMissing,
        Self::Unavailable,
        Self::Internal,
        Self::Journal,
        Self::TryLater,
        Self::KeyRefused,
        Self::Configuration,
        Self::Interrupted,
        Self::Terminated,
    ];

    /// The process's exit code.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Attention => 3,
            Self::Guard => 4,
            Self::Usage => 64,
            Self::Input => 65,
            Self::InputMissing => 66,
            Self::Unavailable => 69,
            Self::Internal => 70,
            Self::Journal => 74,
            Self::TryLater => 75,
            Self::KeyRefused => 77,
            Self::Configuration => 78,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }

    /// What it means, as the README says it.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Done => "every row accounted for, none failed, or nothing to do",
            Self::Attention => "finished; some rows were rejected, failed, held or in doubt",
            Self::Guard => "stopped by a guard, named in the message",
            Self::Usage => "usage",
            Self::Input => "input unreadable, or its header breaks the mapping's contract",
            Self::InputMissing => "input missing",
            Self::Unavailable => "API unreachable or failing after retries; resumable",
            Self::Internal => "internal error, or the books do not balance",
            Self::Journal => "the journal cannot be written or read",
            Self::TryLater => {
                "try later: another run holds the lock, the deadline came, or the API asks for a long pause; resumable"
            }
            Self::KeyRefused => "the API refused the key (401, 403)",
            Self::Configuration => "mapping or configuration invalid by itself",
            Self::Interrupted => "interrupted by SIGINT after draining; resumable",
            Self::Terminated => "terminated by SIGTERM after draining; resumable",
        }
    }

    /// The one that counts when both apply.
    #[must_use]
    pub fn or_worse(self, other: Self) -> Self {
        if other.weight() > self.weight() {
            other
        } else {
            self
        }
    }

    /// 70 > 74 > 77 > 4 > 69 > 75 > 143, 130 > 3 > 0; what stops a command before it starts is heaviest.
    const fn weight(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Attention => 1,
            Self::Interrupted | Self::Terminated => 2,
            Self::TryLater => 3,
            Self::Unavailable => 4,
            Self::Guard => 5,
            Self::KeyRefused => 6,
            Self::Journal => 7,
            Self::Internal => 8,
            Self::Usage | Self::Input | Self::InputMissing | Self::Configuration => 9,
        }
    }
}

impl From<&source::Error> for Exit {
    fn from(error: &source::Error) -> Self {
        if error.is_missing() {
            Self::InputMissing
        } else {
            Self::Input
        }
    }
}

impl From<&inbox::Error> for Exit {
    fn from(error: &inbox::Error) -> Self {
        if error.is_missing() {
            Self::InputMissing
        } else if error.is_usage() {
            Self::Usage
        } else {
            Self::Input
        }
    }
}

impl From<&journal::Error> for Exit {
    fn from(error: &journal::Error) -> Self {
        match error {
            journal::Error::Locked { .. } => Self::TryLater,
            journal::Error::NoSuchRun { .. }
            | journal::Error::NoRuns
            | journal::Error::StillSending { .. }
            | journal::Error::Missing { .. }
            | journal::Error::BackupExists { .. } => Self::Usage,
            journal::Error::Newer { .. }
            | journal::Error::Erased { .. }
            | journal::Error::Damaged { .. }
            | journal::Error::File { .. }
            | journal::Error::Database(_) => Self::Journal,
            journal::Error::StateMoved { .. } => Self::Internal,
        }
    }
}

impl From<&engine::Error> for Exit {
    fn from(error: &engine::Error) -> Self {
        match error {
            engine::Error::Source(error) => error.into(),
            engine::Error::Suppression { path, .. } if !path.exists() => Self::InputMissing,
            engine::Error::Suppression { .. }
            | engine::Error::Header { .. }
            | engine::Error::HeadersDiffer { .. }
            | engine::Error::SameFileTwice { .. }
            | engine::Error::FileChanged { .. } => Self::Input,
            engine::Error::Guard(_) => Self::Guard,
            engine::Error::Journal(error) => error.into(),
            engine::Error::Stopped => Self::Interrupted,
            engine::Error::Broken(_) => Self::Internal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn the_heavier_code_wins_whichever_comes_first() {
        let ascending = [0, 3, 130, 75, 69, 4, 77, 74, 70];
        let exits =
            ascending.map(|code| *Exit::ALL.iter().find(|exit| exit.code() == code).unwrap());

        for (lighter, heavier) in exits.iter().zip(&exits[1..]) {
            assert_eq!(lighter.or_worse(*heavier), *heavier);
            assert_eq!(heavier.or_worse(*lighter), *heavier);
        }
    }
}

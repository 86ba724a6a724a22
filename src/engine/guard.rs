//! The checks that stop a run before it sends what nobody wants sent. Each has a name and can be let
//! through by that name, once.

use std::fmt;

/// A guard's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Guard {
    /// A part of an export is not there.
    MissingPart,
    /// The export is older than the last one sent.
    OlderFile,
    /// The export is too old.
    MaxAge,
    /// Too few rows.
    MinRows,
    /// Too few rows beside the last run.
    MinRowsOfLast,
    /// A column is gone that the last file had.
    LostColumn,
    /// A column is blank that was filled in the last file.
    BlankColumn,
    /// A text is not there that every file has to hold.
    MustContain,
    /// Too many rows name an agent of somebody else.
    ForeignAgent,
    /// Too many rows were rejected.
    MaxRejected,
    /// A change of mapping or program would send too much again.
    Rebaseline,
    /// The run could create too many customers.
    MaxCreated,
    /// The run could end too many policies.
    MaxTerminations,
    /// Too many records failed.
    MaxFailed,
    /// The journal has never sent to this account.
    FirstRun,
}

/// A guard that is let pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Which one.
    pub guard: Guard,
    /// Up to which figure, in the guard's own unit; whatever it saw where none.
    pub up_to: Option<u64>,
}

/// What a guard saw, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuardReport {
    /// Which one.
    pub guard: Guard,
    /// It stops the run.
    pub stopped: bool,
    /// It would stop the run and was let pass.
    pub allowed: bool,
    /// What it saw and what it asks for.
    pub figures: String,
}

/// The guards that looked at a run, of which some stopped it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuardStop {
    /// All that looked at it.
    pub guards: Vec<GuardReport>,
}

/// What a guard saw before anybody's allowance.
pub(super) struct Sight {
    pub(super) guard: Guard,
    pub(super) figures: String,
    /// The one number that an allowance is about.
    pub(super) number: u64,
    /// It is not as it should be.
    pub(super) is_wrong: bool,
}

impl Guard {
    /// All guards, in the order in which they are told.
    pub const ALL: &'static [Self] = &[
        Self::MissingPart,
        Self::OlderFile,
        Self::MaxAge,
        Self::MinRows,
        Self::MinRowsOfLast,
        Self::LostColumn,
        Self::BlankColumn,
        Self::MustContain,
        Self::ForeignAgent,
        Self::MaxRejected,
        Self::Rebaseline,
        Self::MaxCreated,
        Self::MaxTerminations,
        Self::MaxFailed,
        Self::FirstRun,
    ];

    /// The name in mappings, messages and `--allow`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MissingPart => "missing_part",
            Self::OlderFile => "older_file",
            Self::MaxAge => "max_age",
            Self::MinRows => "min_rows",
            Self::MinRowsOfLast => "min_rows_of_last",
            Self::LostColumn => "lost_column",
            Self::BlankColumn => "blank_column",
            Self::MustContain => "must_contain",
            Self::ForeignAgent => "foreign_agent",
            Self::MaxRejected => "max_rejected",
            Self::Rebaseline => "rebaseline",
            Self::MaxCreated => "max_created",
            Self::MaxTerminations => "max_terminations",
            Self::MaxFailed => "max_failed",
            Self::FirstRun => "first_run",
        }
    }

    /// The guard of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|guard| guard.name() == name)
    }

    /// What the number of an allowance counts; none where there is nothing to count.
    pub const fn number(self) -> Option<&'static str> {
        Some(match self {
            Self::MissingPart => "missing parts",
            Self::OlderFile => "hours before the last one",
            Self::MaxAge => "hours of age",
            Self::MinRows | Self::MinRowsOfLast => "rows at least",
            Self::LostColumn => "lost columns",
            Self::BlankColumn => "blank columns",
            Self::MustContain => "missing texts",
            Self::ForeignAgent => "rows of other agents",
            Self::MaxRejected => "rejected rows",
            Self::Rebaseline => "records sent again",
            Self::MaxCreated => "customers created",
            Self::MaxTerminations => "policies ended",
            Self::MaxFailed => "failed records",
            Self::FirstRun => return None,
        })
    }

    /// True for what a small file of a few corrected rows cannot be asked for.
    pub(super) const fn spares_children(self) -> bool {
        match self {
            Self::MissingPart
            | Self::OlderFile
            | Self::MaxAge
            | Self::MinRows
            | Self::MinRowsOfLast
            | Self::LostColumn
            | Self::BlankColumn
            | Self::MaxRejected
            | Self::Rebaseline => true,
            Self::MustContain
            | Self::ForeignAgent
            | Self::MaxCreated
            | Self::MaxTerminations
            | Self::MaxFailed
            | Self::FirstRun => false,
        }
    }
}

impl Allowance {
    /// True when it lets that number pass.
    fn covers(self, guard: Guard, number: u64) -> bool {
        let is_within = |limit| match guard {
            Guard::MinRows | Guard::MinRowsOfLast => number >= limit,
            _ => number <= limit,
        };
        self.guard == guard && self.up_to.is_none_or(is_within)
    }
}

impl Sight {
    /// What comes of it.
    pub(super) fn judged(self, allowed: &[Allowance]) -> GuardReport {
        let is_let_pass = allowed
            .iter()
            .any(|allowance| allowance.covers(self.guard, self.number));
        GuardReport {
            guard: self.guard,
            stopped: self.is_wrong && !is_let_pass,
            allowed: self.is_wrong && is_let_pass,
            figures: self.figures,
        }
    }
}

impl GuardStop {
    /// None when no guard stops the run.
    pub(super) fn of(guards: &[GuardReport]) -> Option<Self> {
        let guards = guards.to_vec();
        guards
            .iter()
            .any(|guard| guard.stopped)
            .then_some(Self { guards })
    }

    /// A stop by one guard.
    pub fn by(guard: Guard, figures: String) -> Self {
        Self {
            guards: vec![GuardReport {
                guard,
                stopped: true,
                allowed: false,
                figures,
            }],
        }
    }
}

impl fmt::Display for GuardStop {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stopped: Vec<&GuardReport> = self.guards.iter().filter(|one| one.stopped).collect();
        match stopped.as_slice() {
            [one] => write!(
                formatter,
                "stopped by the guard {}: {}",
                one.guard.name(),
                one.figures
            )?,
            several => {
                write!(formatter, "stopped by {} guards:", several.len())?;
                for one in several {
                    write!(formatter, "\n  {}: {}", one.guard.name(), one.figures)?;
                }
            }
        }
        if matches!(stopped.as_slice(), [one] if one.guard == Guard::FirstRun) {
            return formatter.write_str("\n\nhint: look at it with `check`, then add --first-run");
        }
        let it = if stopped.len() == 1 { "it" } else { "them" };
        let flags: Vec<String> = stopped
            .iter()
            .map(|one| format!("--allow {}", one.guard.name()))
            .collect();
        write!(
            formatter,
            "\n\nhint: if that is as it should be, let {it} pass once with {}",
            flags.join(" ")
        )
    }
}

impl std::error::Error for GuardStop {}

#[cfg(test)]
mod tests {
    use super::{Allowance, Guard, Sight};

    #[test]
    fn a_number_lets_pass_up_to_itself_and_no_number_whatever_comes() {
        let cases = [
            (Guard::MaxRejected, None, 40, true),
            (Guard::MaxRejected, Some(40), 40, true),
            (Guard::MaxRejected, Some(40), 41, false),
            (Guard::MinRows, Some(10), 10, true),
            (Guard::MinRows, Some(10), 9, false),
            (Guard::MinRowsOfLast, Some(0), 9, true),
        ];

        for (guard, up_to, number, is_allowed) in cases {
            let sight = |is_wrong| Sight {
                guard,
                figures: String::new(),
                number,
                is_wrong,
            };
            let allowed = [Allowance { guard, up_to }];
            let wrong = sight(true).judged(&allowed);
            assert_eq!((wrong.allowed, wrong.stopped), (is_allowed, !is_allowed));
            let right = sight(false).judged(&allowed);
            assert!(!right.allowed && !right.stopped);
        }
    }
}

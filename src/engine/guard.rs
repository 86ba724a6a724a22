//! The checks that stop a run before it sends what nobody wants sent. Each has a name and can be let
//! through by that name, once.

use std::fmt;

use crate::{inbox::MissingParts, journal::RowBooks, mapping::Guards};

/// A guard's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Guard {
    /// A part of an export is not there.
    MissingPart,
    /// Too few rows.
    MinRows,
    /// Too few rows beside the last run.
    MinRowsOfLast,
    /// The export is too old.
    MaxAge,
    /// Too many rows were rejected.
    MaxRejected,
    /// Too many records failed.
    MaxFailed,
    /// The journal has never sent to this account.
    FirstRun,
}

/// A guard that stopped a run, with its figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuardStop {
    /// Which one.
    pub guard: Guard,
    /// What it saw and what it asks for.
    pub figures: String,
}

/// What the guards look at before anything is sent.
#[derive(Debug, Clone, Copy)]
pub struct Checked<'c> {
    /// The rows, as staged.
    pub rows: RowBooks,
    /// How many rows the last finished whole run of this mapping and account had.
    pub rows_of_last: Option<u64>,
    /// How long ago the export was made, in seconds.
    pub age: u64,
    /// Exports of which parts are not there.
    pub missing_parts: &'c [MissingParts],
}

/// So many answers are awaited before the share of failures says anything.
const ANSWERS_BEFORE_JUDGING: u64 = 200;

impl Guard {
    /// All guards.
    pub const ALL: &'static [Self] = &[
        Self::MissingPart,
        Self::MinRows,
        Self::MinRowsOfLast,
        Self::MaxAge,
        Self::MaxRejected,
        Self::MaxFailed,
        Self::FirstRun,
    ];

    /// The name in mappings, messages and `--allow`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MissingPart => "missing_part",
            Self::MinRows => "min_rows",
            Self::MinRowsOfLast => "min_rows_of_last",
            Self::MaxAge => "max_age",
            Self::MaxRejected => "max_rejected",
            Self::MaxFailed => "max_failed",
            Self::FirstRun => "first_run",
        }
    }

    /// The guard of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|guard| guard.name() == name)
    }
}

/// The first guard that does not let these rows pass.
pub(super) fn stop_before_sending(
    guards: &Guards,
    checked: &Checked<'_>,
    allowed: &[Guard],
) -> Option<GuardStop> {
    let rows = checked.rows;
    let stop = |guard: Guard, figures: String| {
        (!allowed.contains(&guard)).then_some(GuardStop { guard, figures })
    };
    let few = guards.min_rows.filter(|least| rows.read < *least);
    let fewer = guards.min_rows_of_last.zip(checked.rows_of_last);
    let fewer = fewer.filter(|(share, last)| share.is_missed_by(rows.read, *last));
    let old = guards
        .max_age
        .filter(|longest| checked.age > longest.as_secs());
    let rejected = guards
        .max_rejected
        .filter(|share| share.is_exceeded_by(rows.rejected, rows.read));
    // What lacks a part is short of rows too, and this says why.
    let incomplete: Vec<String> = checked
        .missing_parts
        .iter()
        .map(ToString::to_string)
        .collect();
    let figures = (!incomplete.is_empty()).then(|| incomplete.join("; "));
    figures
        .and_then(|figures| stop(Guard::MissingPart, figures))
        .or_else(|| {
            let figures = format!(
                "the file has {} rows, at least {} are expected",
                rows.read, few?
            );
            stop(Guard::MinRows, figures)
        })
        .or_else(|| {
            let (share, last) = fewer?;
            let figures = format!(
                "the file has {} rows, the last one had {last}, and {share} of that are expected",
                rows.read
            );
            stop(Guard::MinRowsOfLast, figures)
        })
        .or_else(|| {
            let hours = old?.as_secs() / 3600;
            let figures = format!(
                "the export is {} hours old, at most {hours} are expected",
                checked.age / 3600
            );
            stop(Guard::MaxAge, figures)
        })
        .or_else(|| {
            let figures = format!(
                "{} of {} rows were rejected, at most {} are expected",
                rows.rejected, rows.read, rejected?
            );
            stop(Guard::MaxRejected, figures)
        })
}

/// Whether so many records failed that going on makes no sense.
pub(super) fn stop_while_sending(
    guards: &Guards,
    (succeeded, failed): (u64, u64),
    allowed: &[Guard],
) -> Option<GuardStop> {
    let answered = succeeded + failed;
    let share = guards
        .max_failed
        .filter(|_| answered >= ANSWERS_BEFORE_JUDGING)?;
    let exceeded = share.is_exceeded_by(failed, answered) && !allowed.contains(&Guard::MaxFailed);
    exceeded.then(|| GuardStop {
        guard: Guard::MaxFailed,
        figures: format!(
            "{failed} of {answered} answered records failed, at most {share} are expected"
        ),
    })
}

impl fmt::Display for GuardStop {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.guard.name();
        let way_through = match self.guard {
            Guard::FirstRun => "look at it with `check`, then add --first-run".to_owned(),
            _ => format!("if that is as it should be, let it pass once with --allow {name}"),
        };
        write!(
            formatter,
            "stopped by the guard {name}: {}\n\nhint: {way_through}",
            self.figures
        )
    }
}

impl std::error::Error for GuardStop {}

//! What each guard sees in a run, in figures: counts, ages, and names that the mapping itself spells.

use super::{
    export_age::{ExportTimes, Now},
    guard::{Allowance, Guard, GuardReport, Sight},
    pace::Pace,
};
use crate::{
    header::Header,
    inbox::MissingParts,
    journal::{Fill, Forecast, PastRun, RowBooks},
    mapping::{Filled, Guards, Mapping, Seen, Share, Watch},
};

/// What the guards look at before anything is sent.
pub(super) struct Checked<'c> {
    pub(super) mapping: &'c Mapping,
    pub(super) watch: &'c Watch,
    /// The rows, as staged.
    pub(super) rows: RowBooks,
    /// What was seen in them.
    pub(super) seen: &'c Seen,
    /// The file's columns.
    pub(super) header: &'c Header,
    /// When the export was made.
    pub(super) times: ExportTimes,
    /// Exports of which parts are not there.
    pub(super) missing_parts: &'c [MissingParts],
    /// The last finished whole run of this mapping and account.
    pub(super) last_whole: Option<&'c PastRun>,
    /// The last run of which something may have been sent.
    pub(super) last_sent: Option<&'c PastRun>,
    pub(super) now: Now,
    /// What sending would do.
    pub(super) forecast: Forecast,
    /// The mapping and the program that would send.
    pub(super) reader: ([u8; 32], &'c str),
    /// Everything is sent, whatever was delivered before.
    pub(super) is_full: bool,
    /// How fast they would.
    pub(super) pace: Pace,
}

/// So many answers are awaited before the share of failures says anything.
const ANSWERS_BEFORE_JUDGING: u64 = 200;

/// A column of fewer rows may be blank by chance.
const ROWS_BEFORE_JUDGING: u64 = 10;

/// What all guards say that look at a file, before anything of it is sent.
pub(super) fn before_sending(checked: &Checked<'_>, allowed: &[Allowance]) -> Vec<GuardReport> {
    let guards = checked.mapping.guards();
    let sights = [
        Some(checked.missing_part()),
        guards.older_file.then(|| checked.older_file()),
        max_age(checked.mapping, checked.times, checked.now),
        checked.min_rows(guards),
        checked.min_rows_of_last(guards),
        guards.lost_column.then(|| checked.lost_column()),
        checked.blank_column(guards),
        checked.must_contain(guards),
        checked.foreign_agent(guards),
        checked.max_rejected(guards),
        checked.rebaseline(guards),
        checked.max_created(guards),
        checked.max_terminations(guards),
    ];
    let sights = sights.into_iter().flatten();
    sights
        .map(|sight| checked.spared(sight).judged(allowed))
        .collect()
}

/// Whether so many records failed that going on makes no sense; none where too few were answered to say.
/// Where the mapping sets no share (or a run is resumed without it), all of them are too many: each costs a
/// request of its own once the API refuses them without a name.
pub(super) fn while_sending(
    guards: &Guards,
    (succeeded, failed): (u64, u64),
    allowed: &[Allowance],
) -> Option<GuardReport> {
    let answered = succeeded + failed;
    if answered < ANSWERS_BEFORE_JUDGING {
        return None;
    }
    let (is_wrong, expected) = match guards.max_failed {
        Some(share) => (
            share.is_exceeded_by(failed, answered),
            format!("at most {share} are expected"),
        ),
        None => (succeeded == 0, "some should have succeeded".to_owned()),
    };
    let sight = Sight {
        guard: Guard::MaxFailed,
        figures: format!("{failed} of {answered} answered records failed, {expected}"),
        number: failed,
        is_wrong,
    };
    Some(sight.judged(allowed))
}

impl Checked<'_> {
    /// A file of corrected rows is neither whole nor new, and nobody expects it to be.
    fn spared(&self, sight: Sight) -> Sight {
        if !self.watch.is_child() || !sight.guard.spares_children() {
            return sight;
        }
        Sight {
            figures: "not asked of a corrected file that comes back".to_owned(),
            is_wrong: false,
            ..sight
        }
    }

    fn missing_part(&self) -> Sight {
        let missing = self.missing_parts.iter();
        let texts: Vec<String> = missing.clone().map(ToString::to_string).collect();
        let number = missing.map(|export| export.numbers.len() as u64).sum();
        Sight {
            guard: Guard::MissingPart,
            figures: if texts.is_empty() {
                "no part of the export is missing".to_owned()
            } else {
                texts.join("; ")
            },
            number,
            is_wrong: number > 0,
        }
    }

    fn older_file(&self) -> Sight {
        let guard = Guard::OlderFile;
        let Some(last) = self.last_sent else {
            return nothing_before(guard);
        };
        let tables = last.tables.iter();
        let tables = tables.map(|(origin, modified)| (origin, *modified));
        let last_times = ExportTimes::of(tables, last.newest, self.now.today);
        let (told, behind) = self.times.behind(&last_times);
        let words = told.words(self.mapping.newest_column());
        let than = format!("than the last one sent (run {}), {words}", last.id.0);
        let apart = length(behind.unsigned_abs());
        let figures = match behind {
            1.. => format!("the export is {apart} older {than}"),
            0 => format!("the export is not older {than}"),
            _ => format!("the export is {apart} newer {than}"),
        };
        Sight {
            guard,
            figures,
            number: hours(u64::try_from(behind).unwrap_or_default()),
            is_wrong: behind > 0,
        }
    }

    fn min_rows(&self, guards: &Guards) -> Option<Sight> {
        let (rows, least) = (self.rows.read, guards.min_rows?);
        Some(Sight {
            guard: Guard::MinRows,
            figures: format!("the file has {rows} rows, at least {least} are expected"),
            number: rows,
            is_wrong: rows < least,
        })
    }

    fn min_rows_of_last(&self, guards: &Guards) -> Option<Sight> {
        let (guard, share) = (Guard::MinRowsOfLast, guards.min_rows_of_last?);
        let Some(last) = self.last_whole else {
            return Some(nothing_before(guard));
        };
        let (rows, last) = (self.rows.read, last.rows);
        Some(Sight {
            guard,
            figures: format!(
                "the file has {rows} rows, the last one had {last}, and {share} of that are expected"
            ),
            number: rows,
            is_wrong: share.is_missed_by(rows, last),
        })
    }

    fn lost_column(&self) -> Sight {
        let guard = Guard::LostColumn;
        let Some(last) = self.last_whole else {
            return nothing_before(guard);
        };
        let before = Header::new(&last.header);
        let gone = self.mapping.lost_columns(&before, self.header);
        Sight {
            guard,
            figures: if gone.is_empty() {
                "every column is there that the mapping reads and the last file had".to_owned()
            } else {
                format!(
                    "the last file had columns that this one lacks: {}",
                    gone.join(", ")
                )
            },
            number: gone.len() as u64,
            is_wrong: !gone.is_empty(),
        }
    }

    fn blank_column(&self, guards: &Guards) -> Option<Sight> {
        let (guard, share) = (Guard::BlankColumn, guards.blank_column?);
        let Some(last) = self.last_whole else {
            return Some(nothing_before(guard));
        };
        let columns = self.watch.filled(self.seen);
        let fallen: Vec<String> = columns
            .iter()
            .filter_map(|now| {
                let before = last.fills.iter().find(|fill| fill.columns == now.columns)?;
                has_fallen(now, before, share).then(|| {
                    format!(
                        "{} is filled in {} of {} rows, in the last file it was in {} of {}",
                        now.columns, now.filled, now.rows, before.filled, before.rows
                    )
                })
            })
            .collect();
        let number = fallen.len() as u64;
        let figures = match fallen.as_slice() {
            [] if self.rows.read.min(last.rows) < ROWS_BEFORE_JUDGING => {
                format!("not asked where a file has fewer than {ROWS_BEFORE_JUDGING} rows")
            }
            [] => format!(
                "every column has {share} of the cells filled that the last file had, or more"
            ),
            some => format!("{}; at least {share} of that is expected", some.join("; ")),
        };
        Some(Sight {
            guard,
            figures,
            number,
            is_wrong: number > 0,
        })
    }

    fn must_contain(&self, guards: &Guards) -> Option<Sight> {
        if guards.must_contain.is_empty() {
            return None;
        }
        let missing = self.watch.missing(self.seen);
        let texts = missing.iter().map(|(needed, has_column)| {
            let (column, text) = (&needed.column, &needed.text);
            if *has_column {
                format!("no row holds `{text}` in the column {column}")
            } else {
                format!("`{text}` is nowhere, as the file has no column {column}")
            }
        });
        Some(Sight {
            guard: Guard::MustContain,
            figures: if missing.is_empty() {
                "the file holds what it has to".to_owned()
            } else {
                texts.collect::<Vec<_>>().join("; ")
            },
            number: missing.len() as u64,
            is_wrong: !missing.is_empty(),
        })
    }

    fn foreign_agent(&self, guards: &Guards) -> Option<Sight> {
        let most = guards.foreign_agent.as_ref()?.most;
        let agents = self.seen.agents();
        let (figures, is_wrong) = if self.watch.knows_agents() {
            let figures = format!(
                "{} of {} rows that name an agent by number name none of the own, at most {most} are expected",
                agents.foreign, agents.named
            );
            (figures, most.is_exceeded_by(agents.foreign, agents.named))
        } else {
            let figures = "the file has no column that could name an agent".to_owned();
            (figures, true)
        };
        let number = if self.watch.knows_agents() {
            agents.foreign
        } else {
            self.rows.read
        };
        Some(Sight {
            guard: Guard::ForeignAgent,
            figures,
            number,
            is_wrong,
        })
    }

    /// Asked only where what reads the file is not what read the last one.
    fn rebaseline(&self, guards: &Guards) -> Option<Sight> {
        let (guard, share) = (Guard::Rebaseline, guards.rebaseline?);
        // Who asks for all of it has been told what that costs.
        let last = self.last_whole.filter(|_| !self.is_full)?;
        let (mapping, program) = self.reader;
        let changed = match (last.mapping_digest == mapping, last.program == program) {
            (true, true) => return None,
            (false, true) => "the mapping changed since the last run".to_owned(),
            (true, false) => format!("the last run was made by release {}", last.program),
            (false, false) => format!(
                "mapping and program changed since the last run, made by release {}",
                last.program
            ),
        };
        let again = self.forecast.resent;
        let book = again + self.forecast.unchanged;
        let cost = self.pace.cost(again);
        Some(Sight {
            guard,
            figures: format!(
                "{changed}, and {again} of {book} records would be sent again: {cost}; at most {share} are expected"
            ),
            number: again,
            // What fits into one request is no cost to speak of.
            is_wrong: share.is_exceeded_by(again, book) && self.pace.requests(again) > 1,
        })
    }

    fn max_created(&self, guards: &Guards) -> Option<Sight> {
        let (most, new) = (guards.max_created?, self.forecast.customers_new);
        Some(Sight {
            guard: Guard::MaxCreated,
            figures: format!(
                "{new} customers were never delivered by this journal, so that the API could create them; at most {most} are expected"
            ),
            number: new,
            is_wrong: new > most,
        })
    }

    fn max_terminations(&self, guards: &Guards) -> Option<Sight> {
        let (most, forecast) = (guards.max_terminations?, self.forecast);
        let number = forecast.may_end();
        Some(Sight {
            guard: Guard::MaxTerminations,
            figures: format!(
                "new policies could end {} older ones of {} customers, and an unknown number of {} customers whom this journal never delivered; at most {most} are expected",
                forecast.policies_ending, forecast.customers_losing, forecast.customers_unknown
            ),
            number,
            is_wrong: number > most,
        })
    }

    fn max_rejected(&self, guards: &Guards) -> Option<Sight> {
        let (rows, share) = (self.rows, guards.max_rejected?);
        Some(Sight {
            guard: Guard::MaxRejected,
            figures: format!(
                "{} of {} rows were rejected, at most {share} are expected",
                rows.rejected, rows.read
            ),
            number: rows.rejected,
            is_wrong: share.is_exceeded_by(rows.rejected, rows.read),
        })
    }
}

/// What is said of an export's age; nothing where the mapping asks nothing of it.
pub(super) fn max_age(mapping: &Mapping, times: ExportTimes, now: Now) -> Option<Sight> {
    let longest = mapping.guards().max_age?.as_secs();
    let (told, age) = times.age(now);
    let words = told.words(mapping.newest_column());
    Some(Sight {
        guard: Guard::MaxAge,
        figures: format!(
            "the export is {} old {words}, at most {} are expected",
            length(age),
            length(longest)
        ),
        number: hours(age),
        is_wrong: age > longest,
    })
}

fn nothing_before(guard: Guard) -> Sight {
    Sight {
        guard,
        figures: "no earlier run to compare with".to_owned(),
        number: 0,
        is_wrong: false,
    }
}

/// True where half of the rows or more were filled, and this many fewer are now. The shares of both are
/// compared, so that a shorter file is not one with blank columns.
fn has_fallen(now: &Filled, before: &Fill, share: Share) -> bool {
    let is_enough = now.rows.min(before.rows) >= ROWS_BEFORE_JUDGING;
    let was_filled = before.filled.saturating_mul(2) >= before.rows;
    let shares = (
        now.filled.saturating_mul(before.rows),
        before.filled.saturating_mul(now.rows),
    );
    is_enough && was_filled && share.is_missed_by(shares.0, shares.1)
}

/// A length of time as people say it, rounded down.
fn length(seconds: u64) -> String {
    let (number, unit) = match seconds {
        0..60 => (seconds, "second"),
        60..7200 => (seconds / 60, "minute"),
        _ => (seconds / 3600, "hour"),
    };
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {unit}{ending}")
}

/// Hours begun: what `--allow` counts.
fn hours(seconds: u64) -> u64 {
    seconds.div_ceil(3600)
}

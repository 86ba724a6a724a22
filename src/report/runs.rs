//! The list of runs, newest last.

use std::fmt::Write as _;

use super::{grouped, moment};
use crate::{
    journal::{Books, ClosedRows, Run, RunState},
    origin::Origin,
};

/// How many rows were rejected; where later runs have closed some, how many of them are left.
fn rejected(books: &Books, closed: &ClosedRows) -> String {
    let rejected = books.rows.rejected;
    if closed.rows == 0 {
        return grouped(rejected);
    }
    let left = rejected.saturating_sub(closed.rows);
    format!("{} of {}", grouped(left), grouped(rejected))
}

/// One line a run: when, from where, to where, its books and its state.
pub fn runs_text(runs: &[(Run, Books, ClosedRows)]) -> String {
    let mut text = String::from(
        "run  started                  rows       rejected   succeeded  open       state      file\n",
    );
    for (run, books, closed) in runs {
        let records = books.records;
        let open =
            records.failed + records.held + records.in_doubt + records.pending + records.in_flight;
        let state = match run.state {
            RunState::Staging => "staging",
            RunState::Sending if run.sampled => "sampled",
            RunState::Sending => "unfinished",
            RunState::Finished => "finished",
        };
        let file = run.sources.first().map(Origin::short).unwrap_or_default();
        let more = match run.sources.len() {
            0 | 1 => String::new(),
            count => format!(" and {} more", count - 1),
        };
        let _ = writeln!(
            text,
            "{:<4} {:<24} {:<10} {:<10} {:<10} {:<10} {state:<10} {}{more}",
            run.id.0,
            moment(run.started_at),
            grouped(books.rows.read),
            rejected(books, closed),
            grouped(records.succeeded + records.unchanged),
            grouped(open),
            file,
        );
    }
    text
}

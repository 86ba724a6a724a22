//! The list of runs, newest last.

use std::fmt::Write as _;

use super::{grouped, moment};
use crate::{
    journal::{Books, Run, RunState},
    origin::Origin,
};

/// One line a run: when, from where, to where, its books and its state.
pub fn runs_text(runs: &[(Run, Books)]) -> String {
    let mut text = String::from(
        "run  started                  rows       succeeded  open       state      file\n",
    );
    for (run, books) in runs {
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
            "{:<4} {:<24} {:<10} {:<10} {:<10} {state:<10} {}{more}",
            run.id.0,
            moment(run.started_at),
            grouped(books.rows.read),
            grouped(records.succeeded + records.unchanged),
            grouped(open),
            file,
        );
    }
    text
}

//! The list of runs, newest last.

use std::fmt::Write as _;

use chrono::{DateTime, Local};

use super::{duration, export_age::ago, grouped, moment};
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

/// One line a run: when, how long ago, how long reading and sending took, its books, its state, how the last command on it ended,
/// and the file.
pub fn runs_text(runs: &[(Run, Books, ClosedRows)], now: DateTime<Local>) -> String {
    let mut text = String::from(
        "run  started                  age             took          rows       rejected   succeeded  open       state      exit  file\n",
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
        let exit = run.exit.map_or_else(String::new, |exit| exit.to_string());
        let file = run.sources.first().map(Origin::short).unwrap_or_default();
        let more = match run.sources.len() {
            0 | 1 => String::new(),
            count => format!(" and {} more", count - 1),
        };
        let _ = writeln!(
            text,
            "{:<4} {:<24} {:<15} {:<13} {:<10} {:<10} {:<10} {:<10} {state:<10} {exit:<5} {}{more}",
            run.id.0,
            moment(run.started_at),
            ago(now.timestamp() - run.started_at / 1000),
            duration(books.seconds.stage + books.seconds.send),
            grouped(books.rows.read),
            rejected(books, closed),
            grouped(records.succeeded + records.unchanged),
            grouped(open),
            file,
        );
    }
    text
}

//! What a sync would do: requests, time at the rate, and when it would be done.

use std::time::Duration;

use super::{counted, duration};
use crate::journal::Books;

/// The plan of a run, for people.
pub fn plan_text(books: &Books, requests: u64, expected: Duration) -> String {
    let records = books.records;
    if records.pending == 0 {
        return "a sync would send nothing".to_owned();
    }
    let unchanged = match records.unchanged {
        0 => String::new(),
        count => format!(" ({} unchanged and not sent)", counted(count, "record")),
    };
    format!(
        "a sync would send {} in {}{unchanged}: about {} at the rate",
        counted(records.pending, "record"),
        counted(requests, "request"),
        duration(expected.as_secs_f64())
    )
}

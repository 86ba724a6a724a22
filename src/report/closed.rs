//! Rejected rows of a run that later runs have closed. They stay rejected in the books of their own run.

use serde_json::{Value, json};

use super::grouped;
use crate::journal::{Books, ClosedRows};

/// How many rejected rows were closed, and by which runs, in one line; nothing when none was.
pub fn closed_text(closed: &ClosedRows, books: &Books) -> String {
    if closed.rows == 0 {
        return String::new();
    }
    let runs: Vec<String> = closed.by.iter().map(|run| run.0.to_string()).collect();
    let noun = if runs.len() == 1 { "run" } else { "runs" };
    format!(
        "  closed    {} of {} rejected rows, by {noun} {}\n",
        grouped(closed.rows),
        grouped(books.rows.rejected),
        runs.join(", ")
    )
}

/// The same as JSON.
pub fn closed_json(closed: &ClosedRows) -> Value {
    let runs = closed.by.iter().map(|run| run.0.to_string());
    json!({ "rejected": closed.rows, "by": runs.collect::<Vec<_>>() })
}

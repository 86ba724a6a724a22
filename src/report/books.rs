//! The books of a run, as text and as JSON: the same numbers in both.

use serde_json::{Value, json};

use super::{delivered::delivered_text, duration, envelope, grouped};
use crate::journal::{Books, EffectsBooks};

/// How a command ended, in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The run's number; none for a check.
    pub run: Option<u32>,
    /// The exit code.
    pub exit: u8,
    /// What to say of it.
    pub text: String,
}

/// The books as lines of text that add up before the reader's eyes, and what the API says was changed; none
/// of that for what was not sent.
pub fn books_text(verdict: &Verdict, books: &Books, effects: Option<&EffectsBooks>) -> String {
    let [rows, records, requests] = figures(books);
    let delivered = effects
        .and_then(|effects| delivered_text(effects, books.records.succeeded))
        .map_or_else(String::new, |text| format!("\n  delivered {text}"));
    format!(
        "{}\n  rows      {rows}\n  records   {records}\n  requests  {requests}{delivered}",
        verdict.text
    )
}

/// What is said of rows, records and requests; the first two as sums.
pub(super) fn figures(books: &Books) -> [String; 3] {
    let rows = books.rows;
    let records = books.records;
    let requests = books.requests;
    let parts = [
        (records.succeeded, "succeeded"),
        (records.unchanged, "unchanged"),
        (records.failed, "failed"),
        (records.held, "held"),
        (records.in_doubt, "in doubt"),
        (records.pending, "pending"),
        (records.in_flight, "in flight"),
        (records.superseded, "superseded"),
    ];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, state)| format!("{} {state}", grouped(*count)))
        .collect();
    let sum = if parts.is_empty() {
        "0".to_owned()
    } else {
        parts.join(" + ")
    };
    [
        format!(
            "{} read = {} staged + {} rejected + {} skipped",
            grouped(rows.read),
            grouped(rows.staged),
            grouped(rows.rejected),
            grouped(rows.skipped)
        ),
        format!("{} = {sum}", grouped(records.total)),
        format!(
            "{} sent, {} throttled, {} retried; staged in {}, sent in {}",
            grouped(requests.sent),
            grouped(requests.throttled),
            grouped(requests.retried),
            duration(books.seconds.stage),
            duration(books.seconds.send)
        ),
    ]
}

/// The books as one JSON object, with what the API says was changed; without that for what was not sent.
/// Members are only ever added.
pub fn books_json(verdict: &Verdict, books: &Books, effects: Option<&EffectsBooks>) -> Value {
    let members = json!({
        "run": verdict.run.map(|run| run.to_string()),
        "rows": books.rows,
        "records": books.records,
        "requests": books.requests,
        "seconds": books.seconds,
    });
    let mut object = envelope::object(verdict.exit, members);
    if let (Some(members), Some(effects)) = (object.as_object_mut(), effects) {
        members.insert("delivered".to_owned(), json!(effects));
    }
    object
}

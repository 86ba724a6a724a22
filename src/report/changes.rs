//! What is worth a person's eye, one line each: how a file differs from what was delivered before.

use std::io::{self, Write};

use super::apart_out::BYTE_ORDER_MARK;
use crate::{
    journal::{Change, ChangedPolicy, Error, Journal, Run},
    origin::Origin,
    record::ChangeKind,
};

/// Something that changed, and where to look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedRow {
    /// What changed.
    pub(super) kind: &'static str,
    /// The file that holds the customer's row, its run, and the row.
    pub(super) file: String,
    pub(super) run: u32,
    pub(super) row: u32,
    /// A status or an agent.
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
    /// The API's ids.
    pub(super) customer_id: Option<String>,
    pub(super) policy_id: Option<String>,
}

/// A policy that the API has ended by itself.
pub(super) const ENDED_BY_API: &str = "ended_by_api";
/// A policy whose status in the API was neither what was delivered last nor what is delivered now.
pub(super) const STATUS_OVERWRITTEN: &str = "status_overwritten";

/// The columns of the file.
const COLUMNS: [&str; 8] = [
    "change",
    "file",
    "run",
    "row",
    "before",
    "after",
    "customer_id",
    "policy_id",
];

/// What changed in a run, each kind in the order of the rows. What vanished is told by the run, file and row
/// where it was seen last.
///
/// # Errors
///
/// When the journal cannot be read.
pub fn changes(journal: &Journal, run: &Run) -> Result<Vec<ChangedRow>, Error> {
    let mut seen: Vec<Run> = vec![run.clone()];
    let mut rows = Vec::new();
    for change in journal.changes(run.id)? {
        if !seen.iter().any(|known| known.id == change.seen_run) {
            seen.push(journal.run(Some(change.seen_run))?);
        }
        let of = seen.iter().find(|known| known.id == change.seen_run);
        rows.push(ChangedRow::of_file(change, of));
    }
    for change in journal.surprises(run.id)? {
        rows.push(ChangedRow::of_api(change, run));
    }
    Ok(rows)
}

/// How many changes the API tells that the file does not account for: ended by itself, and with another
/// status there.
///
/// # Errors
///
/// When the journal cannot be read.
pub(super) fn surprises(journal: &Journal, run: &Run) -> Result<(u64, u64), Error> {
    let all = journal.surprises(run.id)?;
    let is_ended = |one: &&ChangedPolicy| one.change.kind == ChangeKind::Ended;
    let ended = all.iter().filter(is_ended).count();
    Ok((ended as u64, (all.len() - ended) as u64))
}

impl ChangedRow {
    fn of_file(change: Change, run: Option<&Run>) -> Self {
        Self {
            kind: change.kind.as_str(),
            file: run.map(|run| name(run, change.source)).unwrap_or_default(),
            run: change.seen_run.0,
            row: change.row,
            before: change.before,
            after: change.after,
            customer_id: change.customer_id,
            policy_id: None,
        }
    }

    fn of_api(changed: ChangedPolicy, run: &Run) -> Self {
        let change = changed.change;
        Self {
            kind: match change.kind {
                ChangeKind::Ended => ENDED_BY_API,
                ChangeKind::Flipped => STATUS_OVERWRITTEN,
            },
            file: name(run, changed.spot.source),
            run: run.id.0,
            row: changed.spot.row,
            before: Some(change.from),
            after: Some(change.to),
            customer_id: changed.customer_id,
            policy_id: change.policy_id,
        }
    }
}

fn name(run: &Run, source: u32) -> String {
    let origin = run.sources.get(source as usize);
    origin.map(Origin::short).unwrap_or_default()
}

/// Writes them as CSV for a spreadsheet. Nothing in it can be taken for a formula: it holds words of the API's
/// lists, numbers, ids, and names of files, before which an apostrophe is put where they look like one.
///
/// # Errors
///
/// When `out` cannot be written.
pub fn write_changes(rows: &[ChangedRow], out: &mut dyn Write) -> io::Result<()> {
    out.write_all(BYTE_ORDER_MARK)?;
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(COLUMNS)?;
    for row in rows {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        csv.write_record([
            row.kind.to_owned(),
            harmless(&row.file),
            row.run.to_string(),
            row.row.to_string(),
            text(&row.before),
            text(&row.after),
            text(&row.customer_id),
            text(&row.policy_id),
        ])?;
    }
    csv.flush()
}

fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

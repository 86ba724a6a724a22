//! What is worth a person's eye, one line each: how a file differs from what was delivered before.

use std::io::{self, Write};

use crate::{
    journal::{Change, Error, Journal, Run},
    origin::Origin,
};

/// A change, with the name of the file that holds its row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedRow {
    /// What changed.
    pub change: Change,
    /// The file's name.
    pub file: String,
}

/// Without it Excel takes UTF-8 for something else.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The columns of the file.
const COLUMNS: [&str; 7] = [
    "change",
    "file",
    "run",
    "row",
    "before",
    "after",
    "customer_id",
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
        let file = of.and_then(|known| known.sources.get(change.source as usize));
        rows.push(ChangedRow {
            file: file.map(Origin::short).unwrap_or_default(),
            change,
        });
    }
    Ok(rows)
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
    for ChangedRow { change, file } in rows {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        csv.write_record([
            change.kind.as_str().to_owned(),
            harmless(file),
            change.seen_run.0.to_string(),
            change.row.to_string(),
            text(&change.before),
            text(&change.after),
            text(&change.customer_id),
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

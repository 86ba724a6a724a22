//! What was read: which table, where it was found, and what it was taken for.

use std::fmt::Write as _;

use chrono::{DateTime, Local};
use serde_json::{Value, json};

use super::export_age::ExportAge;
use crate::{journal::SourcePlan, origin::Origin};

/// The tables of a run in words, a line each, with the export's age.
pub fn reading_text(sources: &[SourcePlan], now: DateTime<Local>) -> String {
    let mut text = String::new();
    for source in sources {
        let age = ExportAge::of(&source.origin, source.modified, now);
        let age = age.map(|age| format!(", {}", age.text()));
        let _ = writeln!(
            text,
            "read {}: {}, header in row {}{}",
            source.origin,
            source.read_as,
            source.header_row,
            age.unwrap_or_default()
        );
    }
    text
}

/// What to say where a workbook has more sheets that would do.
pub fn other_sheets_text(origin: &Origin, others: &[String]) -> String {
    format!(
        "{origin}: this sheet is read, and would do as well: {}; the mapping's [source] can name the `sheet` that is meant",
        others.join(", ")
    )
}

/// The tables as JSON.
pub fn reading_json(sources: &[SourcePlan], now: DateTime<Local>) -> Value {
    sources
        .iter()
        .map(|source| {
            json!({
                "path": source.origin.path, "member": source.origin.member, "sheet": source.origin.sheet,
                "read_as": source.read_as, "header_row": source.header_row, "bytes": source.size,
                "age": ExportAge::of(&source.origin, source.modified, now).map(ExportAge::json),
            })
        })
        .collect()
}

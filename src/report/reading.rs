//! What was read: which table, where it was found, and what it was taken for.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::{journal::SourcePlan, origin::Origin};

/// The tables of a run in words, a line each.
pub fn reading_text<'s>(sources: impl IntoIterator<Item = &'s SourcePlan>) -> String {
    let mut text = String::new();
    for source in sources {
        let _ = writeln!(
            text,
            "read {}: {}, header in row {}",
            source.origin, source.read_as, source.header_row
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
pub fn reading_json(sources: &[SourcePlan]) -> Value {
    sources
        .iter()
        .map(|source| {
            json!({
                "path": source.origin.path, "member": source.origin.member, "sheet": source.origin.sheet,
                "read_as": source.read_as, "header_row": source.header_row, "bytes": source.size,
            })
        })
        .collect()
}

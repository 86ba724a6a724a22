//! What merging the rows of a customer found, for people and machines: fields in which they disagree, rows
//! that say nothing new.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{counted, grouped};
use crate::journal::{MergeFinding, RowPair};

/// Conflicts and duplicates as text; nothing where there are none. `sources` are the files' names.
pub(super) fn text(
    conflicts: &[MergeFinding],
    duplicates: &[MergeFinding],
    sources: &[String],
) -> String {
    let mut text = String::new();
    let total = |findings: &[MergeFinding]| findings.iter().map(|finding| finding.count).sum();
    if !conflicts.is_empty() {
        let total = counted(total(conflicts), "finding");
        let _ = writeln!(text, "\nconflicts: {total}");
        for conflict in conflicts {
            let _ = writeln!(
                text,
                "  {:>9}  {}: rows of one customer differ; the newest counts, else the last",
                grouped(conflict.count),
                conflict.field
            );
            let _ = writeln!(text, "             {}", places(conflict, "over", sources));
        }
    }
    if !duplicates.is_empty() {
        let total = counted(total(duplicates), "row");
        let _ = writeln!(text, "\nduplicates: {total}");
        for duplicate in duplicates {
            let _ = writeln!(
                text,
                "  {:>9}  the row says what another one of the customer says",
                grouped(duplicate.count)
            );
            let _ = writeln!(text, "             {}", places(duplicate, "like", sources));
        }
    }
    text
}

/// The same as JSON.
pub(super) fn json(findings: &[MergeFinding], sources: &[String]) -> Value {
    let place = |(source, row): (u32, u32)| {
        let file = sources.get(source as usize);
        json!({ "file": file, "row": row })
    };
    findings
        .iter()
        .map(|finding| {
            let pairs = finding.first.iter();
            let first: Value = pairs
                .map(|pair| json!({ "row": place(pair.row), "other": place(pair.other) }))
                .collect();
            json!({ "field": finding.field, "count": finding.count, "first": first })
        })
        .collect()
}

/// `row 7 over 2, 9 over 4 …`, with the file's name where there are several files.
fn places(finding: &MergeFinding, word: &str, sources: &[String]) -> String {
    let place = |(source, row): (u32, u32)| match sources.get(source as usize) {
        Some(name) if sources.len() > 1 => format!("{name}:{row}"),
        _ => row.to_string(),
    };
    let pair = |pair: &RowPair| format!("{} {word} {}", place(pair.row), place(pair.other));
    let pairs: Vec<String> = finding.first.iter().map(pair).collect();
    let is_all = finding.count == finding.first.len() as u64;
    let more = if is_all { "" } else { " …" };
    let noun = if finding.count == 1 { "row" } else { "rows" };
    format!("{noun} {}{more}", pairs.join(", "))
}

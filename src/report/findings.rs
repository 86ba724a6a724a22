//! What is wrong with a run, grouped so that a person can act: by column and code, with counts, first
//! rows and what to do.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Cells, counted, grouped, merging, shape::RefusedCells};
use crate::{
    journal::{CodeCount, CountKind, Counted, Error, Journal, MergeFinding, Run},
    origin::Origin,
    problem::{Code, Repair},
    record::{Doubt, State},
};

/// What goes again by itself, though not without end.
const HARMLESS: &str = "records in doubt, harmless to send again";
/// What waits for somebody.
const STUCK: &str = "records in doubt, not harmless to send again";

/// Everything that a person should know of a run beside its books.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    pub(super) rejected: Vec<CodeCount>,
    pub(super) failed: Vec<CodeCount>,
    /// In doubt, and harmless to send again.
    pub(super) in_doubt: Vec<CodeCount>,
    /// In doubt, and to be settled by `resolve` alone.
    pub(super) stuck: Vec<CodeCount>,
    pub(super) held: Vec<CodeCount>,
    conflicts: Vec<MergeFinding>,
    duplicates: Vec<MergeFinding>,
    counted: Vec<Counted>,
    pub(super) sources: Vec<String>,
    /// What the cells of rejected rows look like; nothing until it is asked for.
    cells: RefusedCells,
}

/// Reads what is wrong with a run.
///
/// # Errors
///
/// When the journal cannot be read.
pub fn findings(journal: &Journal, run: &Run) -> Result<Findings, Error> {
    Ok(Findings {
        rejected: journal.rejections(run.id)?,
        failed: journal.records_by_code(run.id, State::Failed)?,
        in_doubt: journal.doubts_by_code(run.id, true)?,
        stuck: journal.doubts_by_code(run.id, false)?,
        held: journal.records_by_code(run.id, State::Held)?,
        conflicts: journal.merge_findings(run.id, CountKind::Conflict)?,
        duplicates: journal.merge_findings(run.id, CountKind::Duplicate)?,
        counted: journal.counted(run.id)?,
        sources: run.sources.iter().map(Origin::short).collect(),
        cells: RefusedCells::default(),
    })
}

/// Reads what is wrong with a run, and what the cells look like for which rows were rejected.
///
/// # Errors
///
/// When the journal cannot be read.
pub fn findings_with_cells(journal: &Journal, run: &Run, cells: Cells) -> Result<Findings, Error> {
    Ok(Findings {
        cells: RefusedCells::of(journal, run.id, cells)?,
        ..findings(journal, run)?
    })
}

impl Findings {
    /// The findings as text; at most `most` groups of each kind.
    pub fn text(&self, most: usize) -> String {
        self.problems_text(most) + &self.held_text(most)
    }

    /// What could not be used, and what the API did not take, as text.
    pub fn problems_text(&self, most: usize) -> String {
        let mut text = String::new();
        self.write_groups(&mut text, "rejected rows", &self.rejected, most);
        self.write_groups(&mut text, "failed records", &self.failed, most);
        self.write_groups(&mut text, HARMLESS, &self.in_doubt, most);
        self.write_groups(&mut text, STUCK, &self.stuck, most);
        text
    }

    /// True when records are in doubt that nothing but `resolve` settles.
    pub fn has_stuck(&self) -> bool {
        !self.stuck.is_empty()
    }

    /// The same with these rejected rows alone.
    #[must_use]
    pub fn with_rejected(self, rejected: Vec<CodeCount>) -> Self {
        Self { rejected, ..self }
    }

    /// What is held back, as text.
    pub fn held_text(&self, most: usize) -> String {
        let mut text = String::new();
        self.write_groups(&mut text, "held records", &self.held, most);
        text
    }

    /// What merging the rows of a customer found, as text.
    pub fn merging_text(&self) -> String {
        merging::text(&self.conflicts, &self.duplicates, &self.sources)
    }

    /// What was mended, left out or passed over, as text.
    pub fn counted_text(&self) -> String {
        let mut text = String::new();
        for (kind, title) in [
            ("skipped", "skipped rows"),
            ("repaired", "repaired cells"),
            ("omitted", "cells left out"),
            ("cleared", "values cleared"),
            ("suppressed", "do-not-call added"),
        ] {
            let of_kind: Vec<&Counted> = self
                .counted
                .iter()
                .filter(|counted| counted.kind == kind)
                .collect();
            if of_kind.is_empty() {
                continue;
            }
            let _ = writeln!(text, "\n{title}");
            for counted in of_kind {
                let column = if counted.column.is_empty() {
                    String::new()
                } else {
                    format!("{}: ", counted.column)
                };
                let said = Repair::from_text(&counted.code).map(Repair::message);
                let said = said.or_else(|| Code::from_text(&counted.code).map(Code::message));
                let _ = writeln!(
                    text,
                    "  {:>9}  {column}{}",
                    grouped(counted.count),
                    said.unwrap_or(&counted.code)
                );
            }
        }
        text
    }

    /// The findings as JSON.
    pub fn json(&self) -> Value {
        let groups = |groups: &[CodeCount]| -> Value {
            groups.iter().map(|group| self.group_json(group)).collect()
        };
        json!({
            "rejected": groups(&self.rejected),
            "failed": groups(&self.failed),
            "in_doubt": self.doubts_json(),
            "held": groups(&self.held),
            "conflicts": merging::json(&self.conflicts, &self.sources),
            "duplicates": merging::json(&self.duplicates, &self.sources),
            "counted": self.counted.iter().filter(|counted| counted.kind != "identified").map(|counted| json!({
                "kind": counted.kind, "column": counted.column, "code": counted.code, "count": counted.count,
            })).collect::<Value>(),
            "identified": self.counted.iter().filter(|counted| counted.kind == "identified").map(|counted| json!({
                "by": counted.code, "rows": counted.count,
            })).collect::<Value>(),
        })
    }

    fn doubts_json(&self) -> Value {
        let harmless = self.in_doubt.iter().map(|group| (group, true));
        let stuck = self.stuck.iter().map(|group| (group, false));
        let with_word = |(group, is_harmless): (&CodeCount, bool)| {
            let mut object = self.group_json(group);
            if let Some(members) = object.as_object_mut() {
                members.insert("harmless".to_owned(), is_harmless.into());
            }
            object
        };
        harmless.chain(stuck).map(with_word).collect()
    }

    /// Why rows were rejected.
    pub(super) fn rejected(&self) -> &[CodeCount] {
        &self.rejected
    }

    /// What was mended, left out or passed over.
    pub(super) fn counted(&self) -> &[Counted] {
        &self.counted
    }

    /// How many rows have each matching field, by its name, or have to be found otherwise.
    pub(super) fn identified(&self, field: &str) -> u64 {
        let found = self
            .counted
            .iter()
            .find(|counted| counted.kind == "identified" && counted.code == field);
        found.map_or(0, |counted| counted.count)
    }

    fn write_groups(&self, text: &mut String, title: &str, groups: &[CodeCount], most: usize) {
        if groups.is_empty() {
            return;
        }
        let total: u64 = groups.iter().map(|group| group.count).sum();
        let _ = writeln!(text, "\n{title}: {}", counted(total, "finding"));
        for group in groups.iter().take(most) {
            let (message, advice) = match explain(&group.code) {
                (message, _) if title == STUCK => (message, "`aca-sync resolve` settles it"),
                told => told,
            };
            let column = [group.column.as_str(), group.field.as_str()]
                .into_iter()
                .find(|name| !name.is_empty());
            let column = column.map(|name| format!("{name}: ")).unwrap_or_default();
            let _ = writeln!(
                text,
                "  {:>9}  {column}{message}   {}",
                grouped(group.count),
                group.code
            );
            let _ = writeln!(text, "             {}; {advice}", self.places(group));
            if let Some(cells) = self.cells.text(&group.column, &group.code) {
                let _ = writeln!(text, "             {cells}");
            }
        }
        if let Some(more) = groups.len().checked_sub(most).filter(|more| *more > 0) {
            let _ = writeln!(
                text,
                "             and {} more, see `aca-sync show`",
                counted(more as u64, "kind")
            );
        }
    }

    /// The first rows of a group, with the file's name where there are several files.
    pub(super) fn places(&self, group: &CodeCount) -> String {
        let name = |source: u32| {
            self.sources
                .get(source as usize)
                .map_or("?", String::as_str)
        };
        let places: Vec<String> = group
            .first
            .iter()
            .map(|spot| {
                let mut place = spot.row.to_string();
                if self.sources.len() > 1 {
                    place = format!("{}:{place}", name(spot.source));
                }
                let line = spot.line.filter(|line| *line != spot.row);
                let line = line.map(|line| format!("line {}", grouped(line.into())));
                let byte = spot.byte.map(|byte| format!("byte {}", grouped(byte)));
                let beside: Vec<String> = line.into_iter().chain(byte).collect();
                if beside.is_empty() {
                    place
                } else {
                    format!("{place} ({})", beside.join(", "))
                }
            })
            .collect();
        let more = if group.count > group.first.len() as u64 {
            " …"
        } else {
            ""
        };
        let noun = if group.count == 1 { "row" } else { "rows" };
        format!("{noun} {}{more}", places.join(", "))
    }

    fn group_json(&self, group: &CodeCount) -> Value {
        let rows: Vec<Value> = group
            .first
            .iter()
            .map(|spot| {
                let file = self.sources.get(spot.source as usize);
                json!({ "file": file, "row": spot.row, "line": spot.line, "byte": spot.byte })
            })
            .collect();
        let mut object = json!({
            "column": group.column, "field": group.field, "code": group.code, "count": group.count, "first": rows,
        });
        self.cells.add_to(&mut object, &group.column, &group.code);
        object
    }
}

/// What a code means and what to do, whichever list it is from.
pub(super) fn explain(code: &str) -> (&'static str, &'static str) {
    if let Some(code) = Code::from_text(code) {
        return (code.message(), code.advice());
    }
    match Doubt::ALL.iter().find(|doubt| doubt.as_str() == code) {
        Some(doubt) => (doubt.message(), "`aca-sync retry` sends it again"),
        None => (
            "the API did not take the record",
            "correct it in the file and sync again",
        ),
    }
}

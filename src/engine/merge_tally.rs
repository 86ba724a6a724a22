//! What merging found: how often rows of one customer disagree in which field, or say the same, and the
//! first such rows.

use std::collections::BTreeMap;

use crate::{
    contract::Contract,
    journal::{CountKind, Error, FIRST, RowPair, Staging},
    record::{Merged, Told},
};

/// Counts by field; none for rows that say the same.
#[derive(Default)]
pub(super) struct MergeTally {
    found: BTreeMap<Option<Told>, Found>,
}

#[derive(Default)]
struct Found {
    count: u64,
    first: Vec<RowPair>,
}

impl MergeTally {
    /// Adds what one customer's rows gave. `rows` are their sources and numbers, in the drafts' order.
    pub(super) fn add(&mut self, merged: &Merged, rows: &[(u32, u32)]) {
        for conflict in &merged.conflicts {
            self.note(Some(conflict.field), rows, (conflict.kept, conflict.lost));
        }
        for pair in &merged.duplicates {
            self.note(None, rows, *pair);
        }
    }

    fn note(&mut self, field: Option<Told>, rows: &[(u32, u32)], (row, other): (usize, usize)) {
        let found = self.found.entry(field).or_default();
        found.count += 1;
        if let (true, Some(row), Some(other)) =
            (found.first.len() < FIRST, rows.get(row), rows.get(other))
        {
            found.first.push(RowPair {
                row: *row,
                other: *other,
            });
        }
    }

    /// Writes all of it into the journal.
    pub(super) fn write(
        &self,
        staging: &mut Staging<'_>,
        (contract, custom_keys): (&Contract, &[String]),
    ) -> Result<(), Error> {
        for (field, found) in &self.found {
            let (kind, name) = match field {
                Some(field) => (CountKind::Conflict, field.name(contract, custom_keys)),
                None => (CountKind::Duplicate, String::new()),
            };
            staging.count(kind, (0, 0), &name, found.count)?;
            staging.name_rows(kind, &name, &found.first)?;
        }
        Ok(())
    }
}

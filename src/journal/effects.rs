//! What the API says that a run has changed: counts by request, and the policies whose status is another.

use rusqlite::{Row, params};
use serde::Serialize;

use super::{Error, Journal, Settlement, Spot, Step, record_id, row_id};
use crate::record::{ChangeKind, Effects, Outcome, PolicyChange, RecordId, RunId};

/// What the answers to a run's requests tell, added up over its records; a customer of more policies than
/// one record holds has several. None where no answer tells it.
///
/// It is what the answers say, and no more: a record that was sent again because its answer was lost may
/// have been created by the first sending, and counts as updated then.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct EffectsBooks {
    /// The records that succeeded and of which the answer tells what was changed.
    #[serde(skip)]
    pub told: u64,
    /// Customers that the API did not have before.
    pub customers_created: Option<u64>,
    /// Customers that it had.
    pub customers_updated: Option<u64>,
    /// Policies that it did not have before.
    pub policies_created: Option<u64>,
    /// Policies that it had and that were changed, other than ended by itself.
    pub policies_updated: Option<u64>,
    /// Policies that it has ended by itself.
    pub policies_ended: Option<u64>,
}

/// A policy of a run that has another status than before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedPolicy {
    /// The record by which it was changed.
    pub id: RecordId,
    /// The record's first row.
    pub spot: Spot,
    /// The API's id of the customer, where it is known.
    pub customer_id: Option<String>,
    /// The change.
    pub change: PolicyChange,
}

impl EffectsBooks {
    /// What the successes of one request changed.
    pub(super) fn of(settlement: &Settlement) -> Self {
        let mut books = Self::default();
        for (_, effects) in effects(settlement) {
            books.add(effects);
        }
        books
    }

    fn add(&mut self, effects: &Effects) {
        self.told += 1;
        match effects.customer_created {
            Some(true) => count(&mut self.customers_created, 1),
            Some(false) => count(&mut self.customers_updated, 1),
            None => {}
        }
        // Whoever tells the one tells that it is not the other.
        if effects.customer_created.is_some() {
            count(&mut self.customers_created, 0);
            count(&mut self.customers_updated, 0);
        }
        count(&mut self.policies_created, effects.policies_created.into());
        count(&mut self.policies_updated, effects.policies_updated.into());
        count(&mut self.policies_ended, effects.policies_ended() as u64);
    }
}

fn count(counter: &mut Option<u64>, more: u64) {
    *counter = Some(counter.unwrap_or_default() + more);
}

/// The records of a request that succeeded and of which the answer tells what was changed.
fn effects(settlement: &Settlement) -> impl Iterator<Item = (RecordId, &Effects)> {
    settlement
        .records
        .iter()
        .filter_map(|(id, outcome)| match outcome {
            Some(Outcome::Succeeded(applied)) => Some((*id, applied.effects.as_ref()?)),
            _ => None,
        })
}

impl Step<'_> {
    /// Writes down the policies of a request whose status is another than before.
    pub(super) fn note_policy_changes(&mut self, settlement: &Settlement) -> Result<(), Error> {
        let changed = effects(settlement).filter(|(_, effects)| !effects.changes.is_empty());
        for (id, effects) in changed {
            let mut insert = self.transaction.prepare_cached(
                "INSERT INTO policy_changes (run, record, number, kind, place, policy_id, from_status, to_status)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?;
            for (number, change) in (0_i64..).zip(&effects.changes) {
                insert.execute(params![
                    id.run.0,
                    row_id(id),
                    number,
                    change.kind.as_str(),
                    change.place,
                    change.policy_id,
                    change.from,
                    change.to,
                ])?;
            }
        }
        Ok(())
    }
}

impl Journal {
    /// What the answers to the requests of a run tell of what was changed.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn effects(&self, run: RunId) -> Result<EffectsBooks, Error> {
        let books = self.connection.query_row(
            "SELECT sum(told), sum(customers_created), sum(customers_updated), sum(policies_created),
                 sum(policies_updated), sum(policies_ended)
             FROM requests WHERE run = ?1",
            [run.0],
            |row| {
                Ok(EffectsBooks {
                    told: counted(row, 0)?.unwrap_or_default(),
                    customers_created: counted(row, 1)?,
                    customers_updated: counted(row, 2)?,
                    policies_created: counted(row, 3)?,
                    policies_updated: counted(row, 4)?,
                    policies_ended: counted(row, 5)?,
                })
            },
        )?;
        Ok(books)
    }

    /// The policies of a run that have another status than before, in the order of their records.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn policy_changes(&self, run: RunId) -> Result<Vec<ChangedPolicy>, Error> {
        self.changed_policies(run, "")
    }

    /// Those of them that the file does not account for: ended by the API, or with another status there
    /// than was delivered last.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn surprises(&self, run: RunId) -> Result<Vec<ChangedPolicy>, Error> {
        self.changed_policies(
            run,
            "AND NOT EXISTS (SELECT 1 FROM changes f WHERE f.run = c.run AND f.kind = 'status_changed'
                 AND f.seen_run = c.run AND (f.source, f.row) = (r.source, r.row)
                 AND (f.before, f.after) = (c.from_status, c.to_status))",
        )
    }

    fn changed_policies(&self, run: RunId, which: &str) -> Result<Vec<ChangedPolicy>, Error> {
        let mut statement = self.connection.prepare(&format!(
            "SELECT c.record, r.source, r.row, c.kind, c.place, c.policy_id, c.from_status, c.to_status, r.customer_id
             FROM policy_changes c JOIN records r ON r.id = c.record
             WHERE c.run = ?1 {which} ORDER BY c.record, c.number"
        ))?;
        let mut rows = statement.query([run.0])?;
        let mut changed = Vec::new();
        while let Some(row) = rows.next()? {
            changed.push(read_changed(row)?);
        }
        Ok(changed)
    }
}

fn read_changed(row: &Row<'_>) -> Result<ChangedPolicy, Error> {
    let kind: String = row.get(3)?;
    Ok(ChangedPolicy {
        id: record_id(row.get(0)?),
        spot: Spot {
            source: row.get(1)?,
            row: row.get(2)?,
            line: None,
            byte: None,
        },
        customer_id: row.get(8)?,
        change: PolicyChange {
            kind: ChangeKind::from_text(&kind)
                .ok_or_else(|| Error::damaged("a policy's change is of no known kind"))?,
            place: row.get(4)?,
            policy_id: row.get(5)?,
            from: row.get(6)?,
            to: row.get(7)?,
        },
    })
}

fn counted(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<u64>> {
    let count: Option<i64> = row.get(column)?;
    Ok(count.and_then(|count| u64::try_from(count).ok()))
}

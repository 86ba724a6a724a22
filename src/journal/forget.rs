//! One person leaves the journal: what is known of them, their cells and bodies, and what ties records and
//! rows to them. The books stay.

use std::collections::BTreeSet;

use rusqlite::{Transaction, params};

use super::{AuditEntry, Error, Journal, audit, id_range, purge::note_wipe, record_id, row_id};
use crate::record::{RecordId, RecordKey, RunId, State};

/// What ties a person to the journal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traces {
    keys: Vec<RecordKey>,
    /// Their records.
    pub records: Vec<RecordId>,
    /// How many of their rows were rejected.
    pub rejected_rows: u64,
    /// True when the journal knows what the API has of them.
    pub is_known: bool,
    /// Runs that are not finished and hold them: these come first.
    pub unfinished: Vec<RunId>,
    /// Runs that keep cells, of all of their rows.
    kept_in: BTreeSet<RunId>,
}

impl Traces {
    /// True when the journal has nothing of the person.
    pub const fn is_empty(&self) -> bool {
        self.records.is_empty() && self.rejected_rows == 0 && !self.is_known
    }
}

impl Journal {
    /// What the journal has of a person, by the keys that may be theirs.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn traces(&self, keys: &[RecordKey]) -> Result<Traces, Error> {
        let mut traces = Traces {
            keys: self.with_others_of_the_customer(keys)?,
            ..Traces::default()
        };
        for key in &traces.keys {
            let is_known: bool = self.connection.query_row(
                "SELECT EXISTS (SELECT 1 FROM known WHERE key = ?1)",
                [key.as_bytes()],
                |row| row.get(0),
            )?;
            traces.is_known |= is_known;
            let mut statement = self
                .connection
                .prepare("SELECT id FROM records WHERE key = ?1 ORDER BY id")?;
            let ids = statement.query_map([key.as_bytes()], |row| row.get(0).map(record_id))?;
            for id in ids {
                let id = id?;
                traces.records.push(id);
                traces.kept_in.insert(id.run);
            }
            let mut statement = self
                .connection
                .prepare("SELECT run FROM rejected_rows WHERE subject = ?1")?;
            let runs = statement.query_map([key.as_bytes()], |row| row.get(0).map(RunId))?;
            for run in runs {
                traces.kept_in.insert(run?);
                traces.rejected_rows += 1;
            }
        }
        let mut unfinished = self
            .connection
            .prepare("SELECT id FROM runs WHERE state <> 'finished' AND id = ?1")?;
        for run in &traces.kept_in {
            if unfinished.exists([run.0])? {
                traces.unfinished.push(*run);
            }
        }
        Ok(traces)
    }

    /// These keys, and those under which other operations know the same customers of the API.
    fn with_others_of_the_customer(&self, keys: &[RecordKey]) -> Result<Vec<RecordKey>, Error> {
        let mut all: BTreeSet<RecordKey> = keys.iter().copied().collect();
        let mut statement = self.connection.prepare(
            "WITH meant (id) AS (
                 SELECT customer_id FROM known WHERE key = ?1 AND customer_id IS NOT NULL
                 UNION SELECT customer_id FROM records WHERE key = ?1 AND customer_id IS NOT NULL)
             SELECT key FROM known WHERE customer_id IN (SELECT id FROM meant)
             UNION SELECT key FROM records WHERE customer_id IN (SELECT id FROM meant)",
        )?;
        for key in keys {
            let others = statement.query_map([key.as_bytes()], |row| {
                row.get(0).map(RecordKey::from_bytes)
            })?;
            for other in others {
                all.insert(other?);
            }
        }
        Ok(all.into_iter().collect())
    }

    /// Removes it for good. The cells of the runs that hold the person go as a whole, and of their bodies those
    /// stay that may still be sent; no page of the database holds the rest any more.
    ///
    /// # Errors
    ///
    /// When a run that holds the person is not finished, or the disk fails.
    pub fn forget(
        &mut self,
        traces: &Traces,
        entry: &AuditEntry<'_>,
        now: i64,
    ) -> Result<(), Error> {
        if let Some(run) = traces.unfinished.first() {
            return Err(Error::StillSending { run: run.0 });
        }
        // What succeeded would come back from its records otherwise.
        self.fold()?;
        self.connection.pragma_update(None, "secure_delete", true)?;
        for run in &traces.kept_in {
            let has_spool: bool = self.connection.query_row(
                "SELECT spool <> 0 FROM runs WHERE id = ?1",
                [run.0],
                |row| row.get(0),
            )?;
            if has_spool {
                self.leave_out(*run, &traces.records)?;
            }
        }
        let transaction = self.connection.transaction()?;
        untie(&transaction, traces)?;
        note_wipe(&transaction)?;
        audit::write(&transaction, entry, now)?;
        crate::failpoint::reach("forget.written");
        transaction.commit()?;
        crate::failpoint::reach("forget.committed");
        self.sweep_spools()?;
        self.wipe_free_pages()
    }
}

/// Leaves records and rows counted, and nobody's.
fn untie(transaction: &Transaction<'_>, traces: &Traces) -> Result<(), Error> {
    for key in &traces.keys {
        let key = key.as_bytes();
        transaction.execute("DELETE FROM known WHERE key = ?1", [key])?;
        for table in ["troubles", "acknowledgements"] {
            let sql = format!("DELETE FROM {table} WHERE subject = ?1");
            transaction.execute(&sql, [key])?;
        }
        transaction.execute(
            "UPDATE rejected_rows SET subject = NULL WHERE subject = ?1",
            [key],
        )?;
    }
    for id in &traces.records {
        let (first, last) = id_range(id.run);
        transaction.execute(
            "UPDATE changes SET customer_id = NULL WHERE (seen_run, source, row) =
                 (SELECT id >> 32, source, row FROM records WHERE id = ?1 AND id BETWEEN ?2 AND ?3)",
            params![row_id(*id), first, last],
        )?;
        transaction.execute(
            "UPDATE policy_changes SET policy_id = NULL WHERE record = ?1",
            [row_id(*id)],
        )?;
        transaction.execute(
            "DELETE FROM earlier_requests WHERE record = ?1",
            [row_id(*id)],
        )?;
        transaction.execute(
            "UPDATE records SET key = zeroblob(16), fingerprint = zeroblob(16), message = NULL,
                 customer_id = NULL, facts = NULL, policy_ids = NULL WHERE id = ?1",
            [row_id(*id)],
        )?;
        // Without its body it is never sent again.
        transaction.execute(
            "UPDATE records SET state = ?2 WHERE id = ?1 AND state IN (?3, ?4, ?5)",
            [
                row_id(*id),
                State::Superseded.code(),
                State::Failed.code(),
                State::InDoubt.code(),
                State::Held.code(),
            ],
        )?;
    }
    Ok(())
}

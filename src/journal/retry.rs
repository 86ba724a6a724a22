//! Records of a run that are open, and what sends them again without a new file.

use std::collections::HashMap;

use rusqlite::{Transaction, TransactionBehavior, params};

use super::{
    AuditEntry, Error, Journal, claim::expect_all, id_range, record_id, resolve::reopen, row_id,
};
use crate::{
    problem::Code,
    record::{RecordId, RunId, State},
};

/// A record that was not delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenRecord {
    /// The record.
    pub id: RecordId,
    /// The numbers of all rows that it came from.
    pub rows: Vec<u32>,
    /// Why it is open.
    pub code: String,
    /// What could close it.
    pub kind: OpenKind,
    state: State,
    /// True when a newer run carries the same customer, so that this body is never sent again.
    overtaken: bool,
}

/// What could close an open record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OpenKind {
    /// It failed in a request that was taken, or is in doubt and harmless to send again.
    Transient,
    /// The API refused the request because of it.
    Refused,
    /// It is held back: sending it might do harm, or be of no use.
    Held,
    /// It is in doubt and not harmless to send again, or held because of one that is: `resolve` settles it.
    InDoubt,
    /// What no word lets go: its cells have to be corrected.
    ToCorrect,
    /// Somebody left it at its doubt.
    Left,
}

/// What became of records that are to be sent again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Retried {
    /// To be sent again.
    pub pending: u64,
    /// Left to a newer run that carries the customer.
    pub superseded: u64,
}

impl Journal {
    /// The records of a run that are not delivered and wait for somebody, in order.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn open_records(&self, run: RunId) -> Result<Vec<OpenRecord>, Error> {
        let (first, last) = id_range(run);
        let mut merged = self.merged_rows(run)?;
        let mut statement = self.connection.prepare(
            "SELECT r.id, r.row, r.code, r.state, r.harmless, q.result, r.key IN (
                 SELECT later.key FROM records later
                 JOIN runs new ON new.id = later.id >> 32
                 JOIN runs old ON old.id = ?1
                 WHERE later.id > ?3 AND new.state <> 'staging' AND later.code IS NOT ?7
                   AND (new.account, new.target, new.address) = (old.account, old.target, old.address))
             FROM records r JOIN requests q ON q.id = r.request
             WHERE r.id BETWEEN ?2 AND ?3 AND r.state IN (?4, ?5, ?6) ORDER BY r.id",
        )?;
        let [failed, in_doubt, held] =
            [State::Failed, State::InDoubt, State::Held].map(State::code);
        let older = Code::RecordNewerFile.as_str();
        let parameters = params![run.0, first, last, failed, in_doubt, held, older];
        let mut found = statement.query(parameters)?;
        let mut open = Vec::new();
        while let Some(row) = found.next()? {
            let id = row.get(0)?;
            let state = State::from_code(row.get(3)?)
                .ok_or_else(|| Error::damaged("a record has no known state"))?;
            let code: String = row.get(2)?;
            let result: Option<String> = row.get(5)?;
            let mut rows = vec![row.get(1)?];
            rows.append(&mut merged.remove(&id).unwrap_or_default());
            open.push(OpenRecord {
                id: record_id(id),
                rows,
                kind: kind_of((state, &code), row.get(4)?, result.as_deref()),
                code,
                state,
                overtaken: row.get(6)?,
            });
        }
        Ok(open)
    }

    /// The rows beyond the first by record.
    fn merged_rows(&self, run: RunId) -> Result<HashMap<i64, Vec<u32>>, Error> {
        let (first, last) = id_range(run);
        let mut statement = self
            .connection
            .prepare("SELECT record, row FROM merged_rows WHERE record BETWEEN ?1 AND ?2")?;
        let mut found = statement.query([first, last])?;
        let mut merged: HashMap<i64, Vec<u32>> = HashMap::new();
        while let Some(row) = found.next()? {
            merged.entry(row.get(0)?).or_default().push(row.get(1)?);
        }
        Ok(merged)
    }

    /// Lets records be sent again, all of them or none, and writes down who did it: nothing older ever goes
    /// over something newer. What is in doubt stays so until it leaves, not before the API had its time. A
    /// run that was over has something left to send then. `now` is in milliseconds since 1970.
    ///
    /// # Errors
    ///
    /// When one of them is not in its state any more, or the database cannot be written.
    pub fn retry(
        &mut self,
        records: &[&OpenRecord],
        audit: &AuditEntry<'_>,
        now: i64,
    ) -> Result<Retried, Error> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut retried = Retried::default();
        let mut found = 0;
        for record in records {
            let count = if record.overtaken {
                &mut retried.superseded
            } else {
                &mut retried.pending
            };
            *count += 1;
            found += send_again(&transaction, record)?;
        }
        expect_all(records.len(), found)?;
        super::audit::write(&transaction, audit, now)?;
        crate::failpoint::reach("retry.written");
        transaction.commit()?;
        crate::failpoint::reach("retry.committed");
        Ok(retried)
    }
}

/// How many records were found in the state that this one was in: one, or none.
fn send_again(transaction: &Transaction<'_>, record: &OpenRecord) -> Result<usize, Error> {
    // What is in doubt is as if it had been sent once: the sending pass takes it up, with all its further tries.
    let sql = match record.state {
        _ if record.overtaken => "UPDATE records SET state = ?2 WHERE id = ?1 AND state = ?3",
        State::InDoubt => "UPDATE records SET attempts = 1 WHERE ?2 AND id = ?1 AND state = ?3",
        _ => {
            "UPDATE records SET state = ?2, attempts = 0, code = NULL, message = NULL WHERE id = ?1 AND state = ?3"
        }
    };
    let next = if record.overtaken {
        State::Superseded
    } else {
        reopen(transaction, record.id.run)?;
        State::Pending
    };
    let parameters = [row_id(record.id), next.code(), record.state.code()];
    Ok(transaction.prepare_cached(sql)?.execute(parameters)?)
}

fn kind_of((state, code): (State, &str), is_harmless: bool, result: Option<&str>) -> OpenKind {
    match (state, Code::from_text(code)) {
        (State::InDoubt, _) if is_harmless => OpenKind::Transient,
        (State::InDoubt, _) | (_, Some(Code::RecordInDoubt)) => OpenKind::InDoubt,
        (_, Some(Code::IdentifierSeveral)) => OpenKind::ToCorrect,
        (State::Held, _) => OpenKind::Held,
        (_, Some(Code::DoubtSkipped)) => OpenKind::Left,
        _ if result == Some("refused") => OpenKind::Refused,
        _ => OpenKind::Transient,
    }
}

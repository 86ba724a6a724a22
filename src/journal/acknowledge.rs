//! What somebody has looked at and leaves as it is, so that it alarms nobody: all problems of a code, or those
//! of one customer.

use rusqlite::params;

use super::{AuditEntry, Error, Journal, audit, trouble::scope_of};
use crate::record::{RecordKey, RunId};

/// What is acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acknowledged {
    /// Every problem of that code.
    Code(String),
    /// Every problem of a customer, by the keys that may be theirs.
    Customer(Vec<RecordKey>),
}

/// An acknowledgement as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledgement {
    /// The code; none for a customer's, who is not named.
    pub code: Option<String>,
    /// Why.
    pub because: String,
    /// Until when, in milliseconds since 1970; none for good.
    pub until: Option<i64>,
    /// Who said so.
    pub user: String,
    /// When, in milliseconds since 1970.
    pub at: i64,
}

/// Why and for how long.
#[derive(Debug, Clone, Copy)]
pub struct Because<'b> {
    /// Why.
    pub because: &'b str,
    /// Until when, in milliseconds since 1970; none for good.
    pub until: Option<i64>,
}

impl Journal {
    /// Acknowledges problems of a run's mapping and account, in place of what was said of them before, and
    /// counts the run's problems anew. False when the run has no such problem; nothing is changed then.
    ///
    /// # Errors
    ///
    /// When the journal cannot be written.
    pub fn acknowledge(
        &mut self,
        (run, what): (RunId, &Acknowledged),
        because: Because<'_>,
        entry: &AuditEntry<'_>,
        now: i64,
    ) -> Result<bool, Error> {
        let transaction = self.connection.transaction()?;
        let scope = scope_of(&transaction, run)?;
        let mut found = false;
        for (code, subject) in what.columns() {
            let is_there: bool = transaction.query_row(
                "SELECT EXISTS (SELECT 1 FROM troubles WHERE scope = ?1 AND (code = ?2 OR subject = ?3))",
                params![scope, code, subject],
                |row| row.get(0),
            )?;
            if !is_there {
                continue;
            }
            found = true;
            remove(&transaction, scope, (code, subject))?;
            transaction.execute(
                "INSERT INTO acknowledgements (scope, code, subject, because, until, user, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    scope,
                    code,
                    subject,
                    because.because,
                    because.until,
                    entry.user,
                    now
                ],
            )?;
        }
        if !found {
            return Ok(false);
        }
        audit::write(&transaction, entry, now)?;
        crate::failpoint::reach("acknowledgement.written");
        transaction.commit()?;
        crate::failpoint::reach("acknowledgement.committed");
        self.note_troubles(run, now)?;
        Ok(true)
    }

    /// Takes an acknowledgement back. False when there was none.
    ///
    /// # Errors
    ///
    /// When the journal cannot be written.
    pub fn withdraw_acknowledgement(
        &mut self,
        (run, what): (RunId, &Acknowledged),
        entry: &AuditEntry<'_>,
        now: i64,
    ) -> Result<bool, Error> {
        let transaction = self.connection.transaction()?;
        let scope = scope_of(&transaction, run)?;
        let mut removed = 0;
        for columns in what.columns() {
            removed += remove(&transaction, scope, columns)?;
        }
        if removed == 0 {
            return Ok(false);
        }
        audit::write(&transaction, entry, now)?;
        crate::failpoint::reach("acknowledgement.written");
        transaction.commit()?;
        crate::failpoint::reach("acknowledgement.committed");
        self.note_troubles(run, now)?;
        Ok(true)
    }

    /// What stands acknowledged of a run's mapping and account at `now`, oldest first.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn acknowledgements(&self, run: RunId, now: i64) -> Result<Vec<Acknowledgement>, Error> {
        let mut statement = self.connection.prepare(
            "SELECT a.code, a.because, a.until, a.user, a.at FROM acknowledgements a
             JOIN scopes ON scopes.id = a.scope
             JOIN runs USING (account, target, address, mapping)
             WHERE runs.id = ?1 AND (a.until IS NULL OR a.until > ?2) ORDER BY a.id",
        )?;
        let found = statement.query_map(params![run.0, now], |row| {
            Ok(Acknowledgement {
                code: row.get(0)?,
                because: row.get(1)?,
                until: row.get(2)?,
                user: row.get(3)?,
                at: row.get(4)?,
            })
        })?;
        Ok(found.collect::<Result<_, _>>()?)
    }
}

impl Acknowledged {
    /// Code or subject, for each entry that it takes.
    fn columns(&self) -> Vec<(Option<&str>, Option<&[u8; 16]>)> {
        match self {
            Self::Code(code) => vec![(Some(code), None)],
            Self::Customer(keys) => keys
                .iter()
                .map(|key| (None, Some(key.as_bytes())))
                .collect(),
        }
    }
}

fn remove(
    connection: &rusqlite::Connection,
    scope: i64,
    (code, subject): (Option<&str>, Option<&[u8; 16]>),
) -> Result<usize, Error> {
    Ok(connection.execute(
        "DELETE FROM acknowledgements WHERE scope = ?1 AND (code = ?2 OR subject = ?3)",
        params![scope, code, subject],
    )?)
}

//! What a dead process left: half-staged runs are swept, what was in flight is in doubt.

use rusqlite::params;

use super::{Error, Journal, came_back::close_rows, id_range, known::note_doubt, record_id};
use crate::record::{Doubt, RecordId, RunId, State};

/// A record in doubt that may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resendable {
    /// The record.
    pub id: RecordId,
    /// How often it was sent.
    pub attempts: u32,
    /// When it was last sent or given up on, in milliseconds since 1970.
    pub since: i64,
    /// The request it was sent in; records of one request are sent together again.
    pub request: i64,
}

impl Journal {
    /// Removes what a process that died while staging left behind. Nothing of it was ever sent.
    pub(super) fn sweep(&mut self) -> Result<(), Error> {
        for run in self.run_ids("staging")? {
            let (first, last) = id_range(run);
            let transaction = self.connection.transaction()?;
            transaction.execute(
                "DELETE FROM merged_rows WHERE record BETWEEN ?1 AND ?2",
                [first, last],
            )?;
            transaction.execute(
                "DELETE FROM records WHERE id BETWEEN ?1 AND ?2",
                [first, last],
            )?;
            for table in [
                "problems",
                "rejected_rows",
                "counts",
                "blocks",
                "fills",
                "row_pairs",
                "forecasts",
                "changes",
                "came_back",
                "sources",
            ] {
                transaction.execute(&format!("DELETE FROM {table} WHERE run = ?1"), [run.0])?;
            }
            transaction.execute("DELETE FROM runs WHERE id = ?1", [run.0])?;
            crate::failpoint::reach("sweep.written");
            transaction.commit()?;
            crate::failpoint::reach("sweep.committed");
        }
        self.sweep_spools()
    }

    /// Takes back what was staged of a run that is not to be.
    ///
    /// # Errors
    ///
    /// When the database cannot be written.
    pub fn abandon_staging(&mut self) -> Result<(), Error> {
        self.sweep()
    }

    /// Puts in doubt what a dead process had in flight: it may or may not have been applied.
    pub(super) fn recover(&mut self, now: i64) -> Result<(), Error> {
        for run in self.run_ids("sending")? {
            let (first, last) = id_range(run);
            let transaction = self.connection.transaction()?;
            transaction.execute(
                "UPDATE known SET fingerprint = NULL, seen_run = max(seen_run, ?1) WHERE (account, target, address, key, part) IN (
                     SELECT runs.account, runs.target, runs.address, r.key, r.part
                     FROM records r JOIN runs ON runs.id = ?1 WHERE r.id BETWEEN ?2 AND ?3 AND r.state = ?4)",
                params![run.0, first, last, State::InFlight.code()],
            )?;
            note_doubt(&transaction, (first, last), State::InFlight)?;
            transaction.execute(
                "UPDATE records SET state = ?1, code = ?2 WHERE id BETWEEN ?3 AND ?4 AND state = ?5",
                params![
                    State::InDoubt.code(),
                    Doubt::ProgramEnded.as_str(),
                    first,
                    last,
                    State::InFlight.code()
                ],
            )?;
            transaction.execute(
                "UPDATE requests SET result = 'doubtful', tries = max(tries, 1), answered_at = ?2
                 WHERE run = ?1 AND result IS NULL",
                params![run.0, now],
            )?;
            crate::failpoint::reach("recover.written");
            transaction.commit()?;
            crate::failpoint::reach("recover.committed");
        }
        Ok(())
    }

    /// The records in doubt of a run that are harmless to send again and were sent fewer than
    /// `most_attempts` times, by request.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn resendable(&self, run: RunId, most_attempts: u32) -> Result<Vec<Resendable>, Error> {
        let (first, last) = id_range(run);
        let mut statement = self.connection.prepare(
            "SELECT r.id, r.attempts, q.claimed_at, q.id FROM records r JOIN requests q ON q.id = r.request
             WHERE r.id BETWEEN ?1 AND ?2 AND r.state = ?3 AND r.harmless = 1 AND r.attempts < ?4
             ORDER BY q.id, r.id",
        )?;
        let found = statement.query_map(
            params![first, last, State::InDoubt.code(), most_attempts],
            |row| {
                Ok(Resendable {
                    id: record_id(row.get(0)?),
                    attempts: row.get(1)?,
                    since: row.get(2)?,
                    request: row.get(3)?,
                })
            },
        )?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// When older bodies of customers that this run carries were last sent, if it is not known what became of
    /// them: the API may still be at work on one. In milliseconds since 1970.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn older_in_doubt_since(&self, run: RunId, not_before: i64) -> Result<Option<i64>, Error> {
        // Few requests are that young, so the records of their runs are looked through only then.
        let sql = "SELECT max(q.claimed_at) FROM requests q
                 JOIN runs old ON old.id = q.run
                 JOIN runs new ON new.id = ?1
             WHERE q.run < ?1 AND q.result = 'doubtful' AND q.claimed_at > ?2
               AND old.account = new.account AND old.target = new.target AND old.address = new.address
               AND EXISTS (SELECT 1 FROM records r
                   WHERE r.id BETWEEN q.run << 32 AND (q.run << 32) | 4294967295
                     AND r.request = q.id AND r.state IN (?3, ?4))";
        // What a person has left in doubt has failed by that word alone.
        let [superseded, left] = [State::Superseded, State::Failed].map(State::code);
        let parameters = params![run.0, not_before, superseded, left];
        let since = self
            .connection
            .query_row(sql, parameters, |row| row.get(0))?;
        Ok(since)
    }

    /// Ends a run that has nothing left to send, and drops what older runs of its mapping and account
    /// kept, now that it is not needed any more. True when the run is over.
    ///
    /// # Errors
    ///
    /// When the database cannot be written.
    pub fn finish_if_done(
        &mut self,
        run: RunId,
        most_attempts: u32,
        now: i64,
    ) -> Result<bool, Error> {
        let (first, last) = id_range(run);
        let left: i64 = self.connection.query_row(
            "SELECT count(*) FROM records WHERE id BETWEEN ?1 AND ?2
                 AND (state IN (?3, ?4) OR (state = ?5 AND harmless = 1 AND attempts < ?6))",
            params![
                first,
                last,
                State::Pending.code(),
                State::InFlight.code(),
                State::InDoubt.code(),
                most_attempts
            ],
            |row| row.get(0),
        )?;
        if left > 0 {
            return Ok(false);
        }
        let transaction = self.connection.transaction()?;
        transaction.execute(
            "UPDATE runs SET state = 'finished', finished_at = ?2 WHERE id = ?1 AND state <> 'finished'",
            params![run.0, now],
        )?;
        close_rows(&transaction, run)?;
        transaction.commit()?;
        crate::failpoint::reach("run.finished");
        self.drop_spools(now)?;
        Ok(true)
    }

    pub(super) fn run_ids(&self, state: &str) -> Result<Vec<RunId>, Error> {
        let mut statement = self
            .connection
            .prepare("SELECT id FROM runs WHERE state = ?1 ORDER BY id")?;
        let ids = statement.query_map([state], |row| row.get(0).map(RunId))?;
        Ok(ids.collect::<Result<_, _>>()?)
    }
}

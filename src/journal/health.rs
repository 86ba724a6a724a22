//! How a journal is, for somebody who asks before tonight's run: nothing is locked, nothing is changed.

use std::{fs, path::Path};

use rusqlite::params;

use super::{
    Error, Journal, RunState, backup::expect_integrity, lock, migrate, open_database_to_read,
};
use crate::record::{RunId, State};

/// How a journal is that can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// The version of its schema.
    pub version: u32,
    /// The version that this program writes.
    pub newest_version: u32,
    /// How many runs it knows.
    pub runs: usize,
    /// Those of them that have something left to send.
    pub unfinished: Vec<RunId>,
    /// Runs with records in doubt that wait for somebody's word, and how many.
    pub waiting: Vec<(RunId, u64)>,
    /// The latest time that is written in it, in milliseconds since 1970.
    pub latest: Option<i64>,
    /// The size of the latest spool that is kept.
    pub last_spool: Option<u64>,
}

impl Journal {
    /// Looks at the journal: its database's structure, its version, its runs, what they count on.
    ///
    /// # Errors
    ///
    /// When there is none, a newer program wrote it, it is damaged, or it cannot be read.
    pub fn health(path: &Path) -> Result<Health, Error> {
        let database = open_database_to_read(path)?;
        let version = migrate::version(&database)?;
        expect_integrity(&database, "quick_check(1)")?;
        drop(database);
        let journal = Self::open_to_read(path)?;
        let runs = journal.runs()?;
        let is_open = |state| state == RunState::Sending;
        Ok(Health {
            version,
            newest_version: migrate::newest_version(),
            runs: runs.len(),
            unfinished: runs
                .iter()
                .filter(|run| is_open(run.state))
                .map(|run| run.id)
                .collect(),
            waiting: journal.waiting()?,
            latest: journal.latest()?,
            last_spool: journal.expect_spools()?,
        })
    }

    /// What the process that has the journal says of itself; none when nobody has it.
    pub fn holder(path: &Path) -> Option<String> {
        lock::holder(path)
    }

    fn waiting(&self) -> Result<Vec<(RunId, u64)>, Error> {
        let mut statement = self.connection.prepare(
            "SELECT id >> 32, count(*) FROM records WHERE harmless = 0 AND (state = ?1 OR (state = ?2 AND ?3))
             GROUP BY id >> 32 ORDER BY id >> 32",
        )?;
        let [in_doubt, in_flight] = [State::InDoubt, State::InFlight].map(State::code);
        let parameters = params![in_doubt, in_flight, !self.has_writer];
        let waiting = statement.query_map(parameters, |row| {
            let count: i64 = row.get(1)?;
            Ok((RunId(row.get(0)?), u64::try_from(count).unwrap_or_default()))
        })?;
        Ok(waiting.collect::<Result<_, _>>()?)
    }

    fn latest(&self) -> Result<Option<i64>, Error> {
        let sql = "SELECT max(at) FROM (
                 SELECT max(started_at) AS at FROM runs UNION ALL SELECT max(finished_at) FROM runs
                 UNION ALL SELECT max(claimed_at) FROM requests
                 UNION ALL SELECT max(answered_at) FROM requests
                 UNION ALL SELECT max(at) FROM audit)";
        Ok(self.connection.query_row(sql, [], |row| row.get(0))?)
    }

    /// Every spool that is counted on has to be there. Gives the size of the latest.
    fn expect_spools(&self) -> Result<Option<u64>, Error> {
        let mut statement = self.connection.prepare(
            "SELECT id, spool FROM runs WHERE spool <> 0 AND state <> 'staging' ORDER BY id",
        )?;
        let counted = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let mut last = None;
        for one in counted {
            let (run, spool) = one?;
            let Some(path) = self.spool_path(RunId(run), spool) else {
                continue;
            };
            match fs::metadata(&path) {
                Ok(metadata) => last = Some(metadata.len()),
                // Whoever is at work may have dropped it just now.
                Err(_) if self.has_writer => (),
                Err(error) => return Err(Error::file(path)(error)),
            }
        }
        Ok(last)
    }
}

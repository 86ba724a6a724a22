//! Runs: one execution over one set of sources, from staging to its end.

use rusqlite::{OptionalExtension, Row, params};

use super::{Error, Journal, Pause, pause};
use crate::{
    contract::{Resend, Target},
    origin::Origin,
    record::RunId,
};

/// What a run is about, known before it starts.
#[derive(Debug, Clone)]
pub struct RunPlan {
    /// The hash of everything that makes two runs the same: sources, mapping, address, account, target, mode.
    pub identity: [u8; 32],
    /// The configured name of the account.
    pub account: String,
    /// The target's name.
    pub target: &'static str,
    /// Where it sends to; literally `sandbox` for the sandbox.
    pub address: String,
    /// The mapping's name.
    pub mapping: String,
    /// The hash of what the mapping means.
    pub mapping_digest: [u8; 32],
    /// The command line without values that could be private.
    pub command: String,
    /// Send unchanged records again.
    pub full: bool,
    /// Send again what succeeded longer ago than that, in milliseconds.
    pub refresh: Option<i64>,
    /// The program's version.
    pub program: &'static str,
    /// The files.
    pub sources: Vec<SourcePlan>,
}

impl RunPlan {
    /// What it takes to send one of its records twice without harm.
    pub(super) fn resend(&self) -> Resend {
        let target = Target::from_name(self.target);
        target.map_or(Resend::Matched, |target| target.contract().resend)
    }
}

/// One table of a run.
#[derive(Debug, Clone)]
pub struct SourcePlan {
    /// Where it was found.
    pub origin: Origin,
    /// What it was read as, in words.
    pub read_as: String,
    /// The hash of its content.
    pub sha256: [u8; 32],
    /// Its size in bytes.
    pub size: u64,
    /// When it was last modified, in seconds since 1970.
    pub modified: i64,
    /// Its column names.
    pub header: Vec<String>,
    /// The row in which they stand.
    pub header_row: u32,
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunState {
    /// Rows are being read; nothing of it can be sent yet.
    Staging,
    /// Everything is staged; some of it may not be sent yet.
    Sending,
    /// Nothing is left to send.
    Finished,
}

/// A run as the journal knows it.
#[derive(Debug, Clone)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// Where it stands.
    pub state: RunState,
    /// The account's configured name.
    pub account: String,
    /// The target's name.
    pub target: String,
    /// Where it sends to.
    pub address: String,
    /// The mapping's name.
    pub mapping: String,
    /// True when `--limit` cut it short.
    pub sampled: bool,
    /// When it started, in milliseconds since 1970.
    pub started_at: i64,
    /// When it finished.
    pub finished_at: Option<i64>,
    /// The exit code of the last command that worked on it.
    pub exit: Option<u8>,
    /// Where its tables were found.
    pub sources: Vec<Origin>,
}

impl RunState {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Staging => "staging",
            Self::Sending => "sending",
            Self::Finished => "finished",
        }
    }

    fn from_text(text: &str) -> Option<Self> {
        [Self::Staging, Self::Sending, Self::Finished]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

const COLUMNS: &str =
    "id, state, account, target, address, mapping, sampled, started_at, finished_at, exit";

impl Journal {
    /// Enters a run, in state `staging`.
    pub(super) fn begin(&mut self, plan: &RunPlan, now: i64) -> Result<RunId, Error> {
        let transaction = self.connection.transaction()?;
        let id = transaction.query_row(
            "INSERT INTO runs (identity, state, account, target, address, mapping, mapping_digest, command, program, started_at)
             VALUES (?1, 'staging', ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) RETURNING id",
            params![
                plan.identity, plan.account, plan.target, plan.address, plan.mapping,
                plan.mapping_digest, plan.command, plan.program, now
            ],
            |row| row.get(0),
        )?;
        for (number, source) in plan.sources.iter().enumerate() {
            let header = serde_json::to_string(&source.header).unwrap_or_default();
            transaction.execute(
                "INSERT INTO sources (run, number, path, member, sheet, read_as, sha256, size, modified, header, header_row)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                params![
                    id, i64::try_from(number).unwrap_or(i64::MAX), source.origin.path.to_string_lossy(),
                    source.origin.member, source.origin.sheet, source.read_as, source.sha256,
                    i64::try_from(source.size).unwrap_or(i64::MAX), source.modified, header, source.header_row
                ],
            )?;
        }
        transaction.commit()?;
        Ok(RunId(id))
    }

    /// The latest staged run with that identity.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn run_with_identity(&self, identity: &[u8; 32]) -> Result<Option<Run>, Error> {
        let sql = format!(
            "SELECT {COLUMNS} FROM runs WHERE identity = ?1 AND state <> 'staging' ORDER BY id DESC LIMIT 1"
        );
        let run = self
            .connection
            .query_row(&sql, [identity], read_run)
            .optional()?;
        run.map(|run| self.with_sources(run)).transpose()
    }

    /// True when some run went to that account at that address before.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn has_run_of(&self, account: &str, address: &str) -> Result<bool, Error> {
        Ok(self.connection.query_row(
            "SELECT EXISTS (SELECT 1 FROM runs WHERE account = ?1 AND address = ?2 AND state <> 'staging')",
            [account, address],
            |row| row.get(0),
        )?)
    }

    /// The run of that id, or the latest.
    ///
    /// # Errors
    ///
    /// When there is none, or the journal cannot be read.
    pub fn run(&self, id: Option<RunId>) -> Result<Run, Error> {
        let runs = self.runs()?;
        match id {
            Some(id) => runs
                .into_iter()
                .find(|run| run.id == id)
                .ok_or_else(|| Error::NoSuchRun {
                    run: id.0.to_string(),
                }),
            None => runs.into_iter().next_back().ok_or(Error::NoRuns),
        }
    }

    /// All runs that were staged, oldest first.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn runs(&self) -> Result<Vec<Run>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM runs WHERE state <> 'staging' ORDER BY id");
        let mut statement = self.connection.prepare(&sql)?;
        let runs = statement.query_map([], read_run)?;
        runs.map(|run| self.with_sources(run?)).collect()
    }

    /// The runs to that account, target and address that have something left to send, oldest first.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn unfinished_runs(
        &self,
        account: &str,
        target: &str,
        address: &str,
    ) -> Result<Vec<Run>, Error> {
        let mut runs = self.runs()?;
        runs.retain(|run| {
            run.state == RunState::Sending
                && (
                    run.account.as_str(),
                    run.target.as_str(),
                    run.address.as_str(),
                ) == (account, target, address)
        });
        Ok(runs)
    }

    /// Notes how the work on a run ended. `sampled` is whether a limit left records pending on purpose.
    ///
    /// # Errors
    ///
    /// When the journal cannot be written.
    pub fn note_end(&mut self, run: RunId, exit: u8, sampled: bool) -> Result<(), Error> {
        self.connection.execute(
            "UPDATE runs SET exit = ?2, sampled = ?3 WHERE id = ?1",
            params![run.0, exit, sampled],
        )?;
        crate::failpoint::reach("end.noted");
        Ok(())
    }

    /// Adds to the time that a run spent sending, with the pauses in it that are not written down yet.
    ///
    /// # Errors
    ///
    /// When the journal cannot be written.
    pub fn add_sending_time(
        &mut self,
        run: RunId,
        milliseconds: i64,
        pauses: &[Pause],
    ) -> Result<(), Error> {
        let transaction = self.connection.transaction()?;
        pause::add(&transaction, run, (milliseconds, pauses))?;
        transaction.commit()?;
        crate::failpoint::reach("sending.timed");
        Ok(())
    }

    fn with_sources(&self, mut run: Run) -> Result<Run, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT path, member, sheet FROM sources WHERE run = ?1 ORDER BY number",
        )?;
        let origins = statement.query_map([run.id.0], read_origin)?;
        run.sources = origins.collect::<Result<_, _>>()?;
        Ok(run)
    }
}

/// Where a table was found, from the columns `path, member, sheet`.
pub(super) fn read_origin(row: &Row<'_>) -> rusqlite::Result<Origin> {
    Ok(Origin {
        path: row.get::<_, String>(0)?.into(),
        member: row.get(1)?,
        sheet: row.get(2)?,
    })
}

fn read_run(row: &Row<'_>) -> rusqlite::Result<Run> {
    let state: String = row.get(1)?;
    Ok(Run {
        id: RunId(row.get(0)?),
        state: RunState::from_text(&state).unwrap_or(RunState::Sending),
        account: row.get(2)?,
        target: row.get(3)?,
        address: row.get(4)?,
        mapping: row.get(5)?,
        sampled: row.get(6)?,
        started_at: row.get(7)?,
        finished_at: row.get(8)?,
        exit: row.get(9)?,
        sources: Vec::new(),
    })
}

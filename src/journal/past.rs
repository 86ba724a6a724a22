//! What earlier runs of a mapping and account were like, for the guards of a later one.

use rusqlite::{OptionalExtension, params};

use super::{Error, Journal, Run, RunPlan, Staging, run::read_origin};
use crate::{origin::Origin, record::RunId};

/// What a run is remembered for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastRun {
    /// Its id.
    pub id: RunId,
    /// How many rows it read.
    pub rows: u64,
    /// The hash of what its mapping meant.
    pub mapping_digest: Vec<u8>,
    /// The program's version.
    pub program: String,
    /// Its column names; its tables share them.
    pub header: Vec<String>,
    /// Where its tables were found, and when each was last written, in seconds since 1970.
    pub tables: Vec<(Origin, i64)>,
    /// The greatest value in the column that says which row is newer, in seconds since 1970.
    pub newest: Option<i64>,
    /// How full its columns were.
    pub fills: Vec<Fill>,
}

/// How full the columns of a rule were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fill {
    /// The columns, as the mapping spells them.
    pub columns: String,
    /// Rows in which one of them held something.
    pub filled: u64,
    /// Rows that were looked at.
    pub rows: u64,
}

/// What the guards of later runs will want to know of this one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ForLater {
    /// The run whose corrected file this is, 0 where it does not say; none for a file of its own.
    pub child_of: Option<u32>,
    /// The greatest value in the column that says which row is newer, in seconds since 1970.
    pub newest: Option<i64>,
    /// How full its columns are.
    pub fills: Vec<Fill>,
}

/// Of a whole export, and finished: what a later export is held against.
const WHOLE: &str = "state = 'finished' AND sampled = 0";
/// Something of it may have been sent.
const SENT: &str = "state <> 'staging'";

impl Journal {
    /// The last finished run of the plan's mapping, account and target that was neither sampled nor a child.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn last_whole_run(&self, plan: &RunPlan) -> Result<Option<PastRun>, Error> {
        self.past().last_run(plan, WHOLE)
    }

    /// The last run of the plan's mapping, account and target that was no child, however far it came.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn last_sent_run(&self, plan: &RunPlan) -> Result<Option<PastRun>, Error> {
        self.past().last_run(plan, SENT)
    }

    /// A journal that is thrown away has no past of its own.
    fn past(&self) -> &Self {
        self.beside().unwrap_or(self)
    }

    fn last_run(&self, plan: &RunPlan, which: &str) -> Result<Option<PastRun>, Error> {
        let sql = format!(
            "SELECT id, rows_read, newest, mapping_digest, program FROM runs WHERE mapping = ?1 AND account = ?2 AND target = ?3
                 AND child_of IS NULL AND {which} ORDER BY id DESC LIMIT 1"
        );
        let found = self.connection.query_row(
            &sql,
            [plan.mapping.as_str(), plan.account.as_str(), plan.target],
            |row| {
                Ok(PastRun {
                    id: RunId(row.get(0)?),
                    rows: u64::try_from(row.get::<_, i64>(1)?).unwrap_or_default(),
                    newest: row.get(2)?,
                    mapping_digest: row.get(3)?,
                    program: row.get(4)?,
                    header: Vec::new(),
                    tables: Vec::new(),
                    fills: Vec::new(),
                })
            },
        );
        let Some(found) = found.optional()? else {
            return Ok(None);
        };
        let run = found.id.0;
        Ok(Some(PastRun {
            header: self.header_of(run)?,
            tables: self.tables_of(run)?,
            fills: self.fills_of(run)?,
            ..found
        }))
    }

    /// How many rows the last finished whole run before this one had, of the same mapping and account.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn rows_of_last(&self, run: &Run) -> Result<Option<u64>, Error> {
        let found: Option<i64> = self
            .connection
            .query_row(
                &format!(
                    "SELECT rows_read FROM runs WHERE mapping = ?1 AND account = ?2 AND target = ?3 AND id < ?4
                         AND child_of IS NULL AND {WHOLE} ORDER BY id DESC LIMIT 1"
                ),
                params![run.mapping, run.account, run.target, run.id.0],
                |row| row.get(0),
            )
            .optional()?;
        Ok(found.and_then(|rows| u64::try_from(rows).ok()))
    }

    /// Where a run's tables were found, and when each was last written, in seconds since 1970.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn tables(&self, run: RunId) -> Result<Vec<(Origin, i64)>, Error> {
        self.tables_of(run.0)
    }

    fn header_of(&self, run: u32) -> Result<Vec<String>, Error> {
        let header: Option<String> = self
            .connection
            .query_row(
                "SELECT header FROM sources WHERE run = ?1 ORDER BY number LIMIT 1",
                [run],
                |row| row.get(0),
            )
            .optional()?;
        let header = header.map(|header| serde_json::from_str(&header));
        Ok(header.and_then(Result::ok).unwrap_or_default())
    }

    fn tables_of(&self, run: u32) -> Result<Vec<(Origin, i64)>, Error> {
        let mut statement = self.connection.prepare(
            "SELECT path, member, sheet, modified FROM sources WHERE run = ?1 ORDER BY number",
        )?;
        let tables = statement.query_map([run], |row| Ok((read_origin(row)?, row.get(3)?)))?;
        Ok(tables.collect::<Result<_, _>>()?)
    }

    fn fills_of(&self, run: u32) -> Result<Vec<Fill>, Error> {
        let mut statement = self
            .connection
            .prepare("SELECT columns, filled, rows FROM fills WHERE run = ?1 ORDER BY columns")?;
        let count = |count: i64| u64::try_from(count).unwrap_or_default();
        let fills = statement.query_map([run], |row| {
            Ok(Fill {
                columns: row.get(0)?,
                filled: count(row.get(1)?),
                rows: count(row.get(2)?),
            })
        })?;
        Ok(fills.collect::<Result<_, _>>()?)
    }
}

impl Staging<'_> {
    /// Notes what the guards of later runs will want to know.
    ///
    /// # Errors
    ///
    /// When the database cannot be written.
    pub fn note_for_later(&mut self, later: &ForLater) -> Result<(), Error> {
        let run = self.run().0;
        self.connection().execute(
            "UPDATE runs SET child_of = ?2, newest = ?3 WHERE id = ?1",
            params![run, later.child_of, later.newest],
        )?;
        let mut statement = self.connection().prepare(
            "INSERT OR IGNORE INTO fills (run, columns, filled, rows) VALUES (?1, ?2, ?3, ?4)",
        )?;
        let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        for fill in &later.fills {
            statement.execute(params![
                run,
                fill.columns,
                count(fill.filled),
                count(fill.rows)
            ])?;
        }
        Ok(())
    }
}

//! Who ran which verb on what. Counts, names of files and guards; never a value. It is never purged with the
//! data.

use rusqlite::{Connection, params};

use super::{Error, Journal};
use crate::record::RunId;

/// Who ran which verb on what.
#[derive(Debug, Clone, Copy)]
pub struct AuditEntry<'a> {
    /// The system's name of the person.
    pub user: &'a str,
    /// The machine's name.
    pub host: &'a str,
    /// The command.
    pub verb: &'a str,
    /// The run concerned.
    pub run: Option<RunId>,
    /// Counts, guards let pass, output paths.
    pub details: &'a str,
}

/// The same as it was written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audited {
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// The system's name of the person.
    pub user: String,
    /// The machine's name.
    pub host: String,
    /// The command.
    pub verb: String,
    /// The run concerned.
    pub run: Option<RunId>,
    /// Counts, guards let pass, output paths.
    pub details: String,
}

impl Journal {
    /// Writes down who ran which verb on what. Counts and names only, never a value.
    ///
    /// # Errors
    ///
    /// When the journal cannot be written.
    pub fn audit(&mut self, entry: &AuditEntry<'_>, now: i64) -> Result<(), Error> {
        write(&self.connection, entry, now)
    }

    /// What is on record, of one run or of all, oldest first; with `last` only so many of the latest.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn audited(&self, run: Option<RunId>, last: Option<u32>) -> Result<Vec<Audited>, Error> {
        let mut statement = self.connection.prepare(
            "SELECT at, user, host, verb, run, details FROM (
                 SELECT * FROM audit WHERE ?1 IS NULL OR run = ?1 ORDER BY id DESC LIMIT ?2)
             ORDER BY id",
        )?;
        // No limit is written as a negative one.
        let most = last.map_or(-1, i64::from);
        let entries = statement.query_map(params![run.map(|run| run.0), most], |row| {
            Ok(Audited {
                at: row.get(0)?,
                user: row.get(1)?,
                host: row.get(2)?,
                verb: row.get(3)?,
                run: row.get::<_, Option<u32>>(4)?.map(RunId),
                details: row.get(5)?,
            })
        })?;
        Ok(entries.collect::<Result<_, _>>()?)
    }
}

pub(super) fn write(
    connection: &Connection,
    entry: &AuditEntry<'_>,
    now: i64,
) -> Result<(), Error> {
    connection.execute(
        "INSERT INTO audit (at, user, host, verb, run, details) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            now,
            entry.user,
            entry.host,
            entry.verb,
            entry.run.map(|run| run.0),
            entry.details
        ],
    )?;
    crate::failpoint::reach("audit.written");
    Ok(())
}

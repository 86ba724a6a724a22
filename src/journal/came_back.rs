//! Rows that came back corrected: which rows of an earlier run they were, and what they close there.

use rusqlite::{Connection, Transaction, params};

use super::{Error, Journal, Staging, id_range, run::read_origin};
use crate::record::{RunId, State};

/// Whence a row of a file of rows to be corrected is, as the file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CameFrom {
    /// The run.
    pub run: u32,
    /// The source's short name.
    pub file: String,
    /// The row's number there.
    pub row: u32,
}

/// Rejected rows of a run that later runs have closed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClosedRows {
    /// How many.
    pub rows: u64,
    /// The runs that did, in order.
    pub by: Vec<RunId>,
}

impl Staging<'_> {
    /// Notes that a row of a source was a row of an earlier run. What that run's sources do not hold for
    /// certain is not noted.
    ///
    /// # Errors
    ///
    /// When the database cannot be written.
    pub fn came_from(&mut self, (source, row): (u32, u32), from: &CameFrom) -> Result<(), Error> {
        let Some(of_source) = source_named(self.past(), from)? else {
            return Ok(());
        };
        self.connection()
            .prepare_cached(
                "INSERT OR IGNORE INTO came_back (run, source, row, of_run, of_source, of_row) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![self.run().0, source, row, from.run, of_source, from.row])?;
        Ok(())
    }
}

/// The number of the source of that name; none when there is none, or more than one.
fn source_named(connection: &Connection, from: &CameFrom) -> Result<Option<u32>, Error> {
    let mut statement = connection
        .prepare_cached("SELECT path, member, sheet, number FROM sources WHERE run = ?1")?;
    let sources = statement.query_map([from.run], |row| Ok((read_origin(row)?, row.get(3)?)))?;
    let sources = sources.collect::<Result<Vec<_>, _>>()?;
    let mut named = sources
        .iter()
        .filter(|(origin, _)| origin.short() == from.file)
        .map(|(_, number)| *number);
    Ok(named.next().filter(|_| named.next().is_none()))
}

impl Journal {
    /// The rejected rows of a run that later runs have closed.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn closed_rows(&self, run: RunId) -> Result<ClosedRows, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT by_run, count(*) FROM closed_rows WHERE run = ?1 GROUP BY by_run ORDER BY by_run",
        )?;
        let mut rows = statement.query([run.0])?;
        let mut closed = ClosedRows::default();
        while let Some(row) = rows.next()? {
            closed.by.push(RunId(row.get(0)?));
            closed.rows += u64::try_from(row.get::<_, i64>(1)?).unwrap_or_default();
        }
        Ok(closed)
    }
}

/// Supersedes what failed or was held of earlier runs where its row came back and is in a record of this
/// one: the correction may have made another customer of it, so that no key tells.
pub(super) fn supersede_returned(connection: &Connection, run: RunId) -> Result<(), Error> {
    // Most runs are no such files, and need no look at all that failed before.
    let any: bool = connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM came_back WHERE run = ?1)",
        [run.0],
        |row| row.get(0),
    )?;
    if !any {
        return Ok(());
    }
    let (first, last) = id_range(run);
    connection.execute(
        "UPDATE records SET state = ?6 WHERE id IN (
             SELECT r.id FROM records r
             CROSS JOIN came_back c ON (c.of_run, c.of_source, c.of_row) = (r.id >> 32, r.source, r.row) AND c.run = ?1
             JOIN runs old ON old.id = c.of_run
             JOIN runs new ON new.id = ?1
             WHERE r.id < ?2 AND r.state IN (?4, ?5)
               AND (old.account, old.target, old.address) = (new.account, new.target, new.address)
               AND (c.source, c.row) IN (
                   SELECT source, row FROM records WHERE id BETWEEN ?2 AND ?3
                   UNION ALL SELECT source, row FROM merged_rows WHERE record BETWEEN ?2 AND ?3))",
        params![
            run.0,
            first,
            last,
            State::Failed.code(),
            State::Held.code(),
            State::Superseded.code()
        ],
    )?;
    Ok(())
}

/// Notes which rejected rows of earlier runs a run has closed that is over: those that came back and were
/// delivered. Where the run is no such file, those of customers that it delivers and of whom it rejects
/// nothing.
pub(super) fn close_rows(transaction: &Transaction<'_>, run: RunId) -> Result<(), Error> {
    let is_child: bool = transaction.query_row(
        "SELECT child_of IS NOT NULL FROM runs WHERE id = ?1",
        [run.0],
        |row| row.get(0),
    )?;
    if is_child {
        return close_returned(transaction, run);
    }
    // Without any there is no need to look at all records of the run.
    let any_open: bool =
        transaction.query_row(&format!("SELECT EXISTS ({OPEN})"), [run.0], |row| {
            row.get(0)
        })?;
    if !any_open {
        return Ok(());
    }
    let (first, last) = id_range(run);
    transaction.execute(
        &format!(
            "INSERT OR IGNORE INTO closed_rows (run, source, row, by_run)
             WITH open (run, source, row, subject) AS MATERIALIZED ({OPEN}),
             delivered (key) AS MATERIALIZED (
                 SELECT key FROM records WHERE id BETWEEN ?2 AND ?3 AND key IN (SELECT subject FROM open)
                 GROUP BY key HAVING min(state IN (?4, ?5)) = 1)
             SELECT run, source, row, ?1 FROM open WHERE subject IN (SELECT key FROM delivered)"
        ),
        params![
            run.0,
            first,
            last,
            State::Succeeded.code(),
            State::Unchanged.code()
        ],
    )?;
    Ok(())
}

/// The rejected rows of earlier runs to where run `?1` went that nothing has closed, and whose subjects it
/// does not reject too.
const OPEN: &str = "
    SELECT r.run, r.source, r.row, r.subject FROM rejected_rows r
    JOIN runs old ON old.id = r.run
    JOIN runs new ON new.id = ?1
    WHERE r.run < ?1 AND r.subject IS NOT NULL
      AND (old.account, old.target, old.address) = (new.account, new.target, new.address)
      AND NOT EXISTS (SELECT 1 FROM closed_rows c WHERE (c.run, c.source, c.row) = (r.run, r.source, r.row))
      AND r.subject NOT IN (SELECT subject FROM rejected_rows WHERE run = ?1 AND subject IS NOT NULL)";

/// A row that came back several times is closed when all of them were delivered; what came back of a row
/// that had come back itself closes both.
fn close_returned(transaction: &Transaction<'_>, run: RunId) -> Result<(), Error> {
    let (first, last) = id_range(run);
    transaction.execute(
        "INSERT OR IGNORE INTO closed_rows (run, source, row, by_run)
         WITH RECURSIVE undelivered (key) AS MATERIALIZED (
             SELECT key FROM records WHERE id BETWEEN ?2 AND ?3 AND state NOT IN (?4, ?5)),
         delivered (source, row) AS MATERIALIZED (
             SELECT source, row FROM records
             WHERE id BETWEEN ?2 AND ?3 AND part = 1 AND key NOT IN (SELECT key FROM undelivered)
             UNION ALL
             SELECT m.source, m.row FROM merged_rows m JOIN records r ON r.id = m.record
             WHERE m.record BETWEEN ?2 AND ?3 AND r.key NOT IN (SELECT key FROM undelivered)),
         back (run, source, row) AS (
             SELECT * FROM (
                 SELECT c.of_run, c.of_source, c.of_row FROM came_back c
                 LEFT JOIN delivered d ON d.source = c.source AND d.row = c.row
                 WHERE c.run = ?1 GROUP BY 1, 2, 3 HAVING count(*) = count(d.row))
             UNION
             SELECT c.of_run, c.of_source, c.of_row FROM back b
             JOIN came_back c ON c.run = b.run AND c.source = b.source AND c.row = b.row)
         SELECT b.run, b.source, b.row, ?1 FROM back b
         JOIN rejected_rows r ON r.run = b.run AND r.source = b.source AND r.row = b.row
         JOIN runs old ON old.id = b.run
         JOIN runs new ON new.id = ?1
         WHERE b.run < ?1 AND (old.account, old.target, old.address) = (new.account, new.target, new.address)",
        params![
            run.0,
            first,
            last,
            State::Succeeded.code(),
            State::Unchanged.code()
        ],
    )?;
    Ok(())
}

//! Old runs without what they were made of: rows, records, bodies and messages go for good, their counts stay,
//! and so does what is known of customers.

use rusqlite::{Transaction, params};

use super::{AuditEntry, Books, Error, Journal, audit, id_range, tally::unsigned};
use crate::record::{RunId, State};

/// What a purge takes away, or would.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Purge {
    /// The runs concerned, oldest first.
    pub runs: Vec<RunId>,
    /// Their rejected rows.
    pub rows: u64,
    /// Their records.
    pub records: u64,
    /// Those of them that were failed, held or in doubt: nobody can send them again then.
    pub open: u64,
    /// Older runs that are not finished, and stay.
    pub unfinished: Vec<RunId>,
}

/// The tables that hold rows of a run, by its number.
const BY_RUN: [&str; 8] = [
    "came_back",
    "closed_rows",
    "problems",
    "rejected_rows",
    "row_pairs",
    "blocks",
    "changes",
    "policy_changes",
];

impl Journal {
    /// What a purge of runs that ended before `before`, in milliseconds since 1970, would take away.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn plan_purge(&self, before: i64) -> Result<Purge, Error> {
        let runs = |which: &str| -> Result<Vec<RunId>, Error> {
            let sql = format!("SELECT id FROM runs WHERE {which} ORDER BY id");
            let mut statement = self.connection.prepare(&sql)?;
            let runs = statement.query_map([before], |row| row.get(0).map(RunId))?;
            Ok(runs.collect::<Result<_, _>>()?)
        };
        let mut purge = Purge {
            runs: runs("state = 'finished' AND finished_at < ?1 AND books IS NULL")?,
            unfinished: runs("state = 'sending' AND started_at < ?1")?,
            ..Purge::default()
        };
        for run in &purge.runs {
            let (first, last) = id_range(*run);
            let [failed, in_doubt, held] =
                [State::Failed, State::InDoubt, State::Held].map(State::code);
            let counts: [i64; 3] = self.connection.query_row(
                "SELECT (SELECT count(*) FROM rejected_rows WHERE run = ?1), count(*),
                     count(*) FILTER (WHERE state IN (?4, ?5, ?6))
                 FROM records WHERE id BETWEEN ?2 AND ?3",
                params![run.0, first, last, failed, in_doubt, held],
                |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]),
            )?;
            let [rows, records, open] = counts.map(unsigned);
            purge.rows += rows;
            purge.records += records;
            purge.open += open;
        }
        Ok(purge)
    }

    /// True when nothing but the counts of a run is left.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn is_purged(&self, run: RunId) -> Result<bool, Error> {
        let sql = "SELECT books IS NOT NULL FROM runs WHERE id = ?1";
        Ok(self.connection.query_row(sql, [run.0], |row| row.get(0))?)
    }

    /// Takes it away: no page of the database and no file beside it holds it any more. The counts of each run
    /// stay, and who did it is on record.
    ///
    /// # Errors
    ///
    /// When the disk fails, or has no room for the database a second time; what was committed by then stays away.
    pub fn purge(&mut self, purge: &Purge, entry: &AuditEntry<'_>, now: i64) -> Result<(), Error> {
        // What succeeded has to be known before its records go.
        self.fold()?;
        self.connection.pragma_update(None, "secure_delete", true)?;
        for run in &purge.runs {
            let books = self.books(*run)?;
            let transaction = self.connection.transaction()?;
            purge_run(&transaction, *run, &books)?;
            note_wipe(&transaction)?;
            crate::failpoint::reach("purge.written");
            transaction.commit()?;
            crate::failpoint::reach("purge.committed");
        }
        self.sweep_spools()?;
        audit::write(&self.connection, entry, now)?;
        self.wipe_free_pages()
    }

    /// Lets no page hold what was deleted: neither in the database, nor in the log before it.
    pub(super) fn wipe_free_pages(&self) -> Result<(), Error> {
        self.connection.execute_batch(
            "VACUUM; PRAGMA wal_checkpoint(TRUNCATE);
             DELETE FROM meta WHERE name = 'wipe'; PRAGMA wal_checkpoint(TRUNCATE)",
        )?;
        Ok(())
    }

    /// The same where a process died between taking something away and this.
    pub(super) fn wipe_if_due(&self) -> Result<(), Error> {
        let is_due: bool = self.connection.query_row(
            "SELECT EXISTS (SELECT 1 FROM meta WHERE name = 'wipe')",
            [],
            |row| row.get(0),
        )?;
        if is_due {
            self.wipe_free_pages()?;
        }
        Ok(())
    }
}

/// Says, together with what is taken away, that free pages have to be wiped.
pub(super) fn note_wipe(transaction: &Transaction<'_>) -> Result<(), Error> {
    transaction.execute(
        "INSERT OR IGNORE INTO meta (name, value) VALUES ('wipe', x'01')",
        [],
    )?;
    Ok(())
}

fn purge_run(transaction: &Transaction<'_>, run: RunId, books: &Books) -> Result<(), Error> {
    let text = serde_json::to_string(books)
        .map_err(|_| Error::damaged("the books of a run cannot be written"))?;
    let (first, last) = id_range(run);
    transaction.execute(
        "UPDATE runs SET books = ?2, spool = 0 WHERE id = ?1",
        params![run.0, text],
    )?;
    for table in BY_RUN {
        transaction.execute(&format!("DELETE FROM {table} WHERE run = ?1"), [run.0])?;
    }
    for (table, column) in [
        ("merged_rows", "record"),
        ("earlier_requests", "record"),
        ("records", "id"),
    ] {
        transaction.execute(
            &format!("DELETE FROM {table} WHERE {column} BETWEEN ?1 AND ?2"),
            [first, last],
        )?;
    }
    Ok(())
}

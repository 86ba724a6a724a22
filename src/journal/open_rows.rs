//! Rows of a run to be mapped anew: those that are open, with all rows of their customers.

use std::{collections::HashSet, path::PathBuf};

use rusqlite::params;

use super::{Error, Journal, id_range, spool_folder};
use crate::{
    problem::Code,
    record::{RunId, State},
};

/// The keys of customers with an open row or record, of whom no newer run holds a row, but for corrections
/// of older ones that are held: nothing older goes over something newer.
const OPEN_KEYS: &str = "
    WITH elsewhere (id) AS (
        SELECT new.id FROM runs new JOIN runs old ON old.id = ?1
        WHERE new.id > ?1 AND new.state <> 'staging'
          AND (new.account, new.target, new.address) = (old.account, old.target, old.address)),
    rejected (source, row, subject) AS MATERIALIZED (
        SELECT j.source, j.row, j.subject FROM rejected_rows j WHERE j.run = ?1 AND NOT EXISTS (
            SELECT 1 FROM closed_rows c WHERE (c.run, c.source, c.row) = (j.run, j.source, j.row))),
    open (key) AS MATERIALIZED (
        SELECT key FROM records WHERE id BETWEEN ?2 AND ?3
            AND (state IN (?4, ?5) OR (state = ?6 AND harmless = 1)) AND code <> ?7
        UNION SELECT subject FROM rejected WHERE subject IS NOT NULL
        EXCEPT SELECT key FROM records
            WHERE id > ?3 AND id >> 32 IN (SELECT id FROM elsewhere) AND code IS NOT ?8
        EXCEPT SELECT subject FROM rejected_rows WHERE run > ?1 AND run IN (SELECT id FROM elsewhere))";

impl Journal {
    /// The rows of a run that are open, by source and number, with all rows of their customers. What is in
    /// doubt and not harmless to send again is left out.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn open_rows(&self, run: RunId) -> Result<HashSet<(u32, u32)>, Error> {
        let (first, last) = id_range(run);
        let mut statement = self.connection.prepare(&format!(
            "{OPEN_KEYS}
             SELECT source, row FROM rejected WHERE subject IS NULL OR subject IN (SELECT key FROM open)
             UNION SELECT source, row FROM records
             WHERE id BETWEEN ?2 AND ?3 AND part = 1 AND key IN (SELECT key FROM open)
             UNION SELECT m.source, m.row FROM merged_rows m JOIN records r ON r.id = m.record
             WHERE m.record BETWEEN ?2 AND ?3 AND r.key IN (SELECT key FROM open)"
        ))?;
        let rows = statement.query_map(
            params![
                run.0,
                first,
                last,
                State::Failed.code(),
                State::Held.code(),
                State::InDoubt.code(),
                Code::RecordInDoubt.as_str(),
                Code::RecordNewerFile.as_str()
            ],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// A folder for files that go with the process: what a dead one leaves there is swept at the next opening.
    /// None for a journal that is thrown away.
    pub fn scratch_folder(&self) -> Option<PathBuf> {
        self.path.as_deref().map(spool_folder)
    }
}

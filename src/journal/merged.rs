//! What a look at all rows together found: records to be held, fields in which rows of one customer
//! disagree, rows that say the same.

use rusqlite::params;

use super::{CountKind, Error, Journal, Staging, row_id};
use crate::{
    problem::Code,
    record::{RecordId, RunId, State},
};

/// How many places of a kind are named.
pub const FIRST: usize = 5;

/// Two rows of one customer, each by its source and number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowPair {
    /// The row that counts, or the one that says something again.
    pub row: (u32, u32),
    /// The row that was overwritten, or the one that said it first.
    pub other: (u32, u32),
}

/// A field in which rows of one customer disagree, or that rows say the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeFinding {
    /// The field's name as mappings write it; empty for rows that say the same.
    pub field: String,
    /// How many customers or policies disagree in it, or how many rows say nothing new.
    pub count: u64,
    /// The first of them.
    pub first: Vec<RowPair>,
}

impl Staging<'_> {
    /// Holds back a record that was staged already, unless it is held anyway. It is written anew: no arrow
    /// leads back from what it was staged as.
    ///
    /// # Errors
    ///
    /// When the database cannot be written.
    pub fn hold(&mut self, number: u32, code: Code) -> Result<(), Error> {
        let id = row_id(RecordId {
            run: self.run(),
            number,
        });
        self.connection()
            .prepare_cached(
                "INSERT OR REPLACE INTO records (id, key, fingerprint, part, previous, state, harmless, source, row, rows, block, slot, code, facts)
                 SELECT id, key, fingerprint, part, previous, ?2, harmless, source, row, rows, block, slot, ?3, facts
                 FROM records WHERE id = ?1 AND state <> ?2",
            )?
            .execute(params![id, State::Held.code(), code.as_str()])?;
        Ok(())
    }

    /// Names the first rows of something that merging found.
    ///
    /// # Errors
    ///
    /// When the database cannot be written.
    pub fn name_rows(
        &mut self,
        kind: CountKind,
        field: &str,
        pairs: &[RowPair],
    ) -> Result<(), Error> {
        let mut statement = self.connection().prepare_cached(
            "INSERT INTO row_pairs (run, kind, field, place, source, row, other_source, other_row)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?;
        for (place, pair) in (0_i64..).zip(pairs) {
            statement.execute(params![
                self.run().0,
                kind.as_str(),
                field,
                place,
                pair.row.0,
                pair.row.1,
                pair.other.0,
                pair.other.1,
            ])?;
        }
        Ok(())
    }
}

impl Journal {
    /// What merging found of that kind, the most frequent field first.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn merge_findings(&self, run: RunId, kind: CountKind) -> Result<Vec<MergeFinding>, Error> {
        let mut counts = self.connection.prepare(
            "SELECT code, count FROM counts WHERE run = ?1 AND kind = ?2 ORDER BY count DESC, code",
        )?;
        let mut pairs = self.connection.prepare(
            "SELECT source, row, other_source, other_row FROM row_pairs
             WHERE run = ?1 AND kind = ?2 AND field = ?3 ORDER BY place",
        )?;
        let mut findings = Vec::new();
        let mut rows = counts.query(params![run.0, kind.as_str()])?;
        while let Some(row) = rows.next()? {
            let field: String = row.get(0)?;
            let first = pairs.query_map(params![run.0, kind.as_str(), field], |row| {
                Ok(RowPair {
                    row: (row.get(0)?, row.get(1)?),
                    other: (row.get(2)?, row.get(3)?),
                })
            })?;
            findings.push(MergeFinding {
                first: first.collect::<Result<_, _>>()?,
                count: u64::try_from(row.get::<_, i64>(1)?).unwrap_or_default(),
                field,
            });
        }
        Ok(findings)
    }
}

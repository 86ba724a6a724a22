//! Pending records out: read in order with their bodies, and claimed for a request before it leaves.

use std::ops::{Range, RangeInclusive};

use rusqlite::{Row, Transaction, TransactionBehavior, params};

use super::{
    Error, Journal, id_range, record_id, row_id,
    spool::{Bodies, Span, Spool},
};
use crate::record::{Hasher, Outgoing, RecordId, RunId, State};

/// Reads the bodies of one run.
#[derive(Debug)]
pub struct Pending {
    run: RunId,
    spool: Spool,
    /// The number of the first block; not 0 once open records were carried over.
    first: u32,
    spans: Vec<Span>,
    /// The blocks read last: bodies of merged records lie apart, so two are in use at a time.
    recent: Vec<(u32, Bodies)>,
}

/// Several changes that are committed together, and durable before what depends on them.
pub struct Step<'j> {
    pub(super) transaction: Transaction<'j>,
    /// Hashes the ids that an answer tells.
    pub(super) hasher: Hasher,
}

const RECENT_BLOCKS: usize = 4;

const OUTGOING: &str = "SELECT id, harmless, attempts, block, slot FROM records";

impl Journal {
    /// Opens the bodies of a run.
    ///
    /// # Errors
    ///
    /// When they are not there any more, or cannot be read.
    pub fn pending(&self, run: RunId) -> Result<Pending, Error> {
        let spool = self.spool_of_bodies(run)?;
        let first = self.connection.query_row(
            "SELECT coalesce(min(number), 0) FROM blocks WHERE run = ?1",
            [run.0],
            |row| row.get(0),
        )?;
        let spans = self
            .connection
            .prepare("SELECT offset, length, checksum FROM blocks WHERE run = ?1 ORDER BY number")?
            .query_map([run.0], read_span)?
            .collect::<Result<_, _>>()?;
        Ok(Pending {
            run,
            spool,
            first,
            spans,
            recent: Vec::new(),
        })
    }

    /// The next pending records with numbers from `from` on, in order, at most `most`: those that bring an
    /// opt-out, or the others. A later part of a customer is left out until all parts before it are settled.
    ///
    /// # Errors
    ///
    /// When database or spool cannot be read.
    pub fn next_pending(
        &self,
        bodies: &mut Pending,
        (from, opts_out): (u32, bool),
        most: usize,
    ) -> Result<Vec<Outgoing>, Error> {
        let (_, last) = id_range(bodies.run);
        let first = row_id(RecordId {
            run: bodies.run,
            number: from,
        });
        let sql = format!(
            "{OUTGOING} WHERE id BETWEEN ?1 AND ?2 AND state = ?3 AND opts_out = {} AND (previous IS NULL OR NOT EXISTS (
                 WITH RECURSIVE before (id) AS (
                     SELECT records.previous
                     UNION ALL
                     SELECT p.previous FROM before JOIN records p USING (id) WHERE p.previous IS NOT NULL)
                 SELECT 1 FROM before JOIN records p USING (id) WHERE p.state IN (?3, ?4, ?5)))
             ORDER BY id LIMIT ?6",
            i64::from(opts_out)
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params![
            first,
            last,
            State::Pending.code(),
            State::InFlight.code(),
            State::InDoubt.code(),
            i64::try_from(most).unwrap_or(i64::MAX)
        ])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(bodies.outgoing(row)?);
        }
        Ok(found)
    }

    /// These records with their bodies, whatever their state.
    ///
    /// # Errors
    ///
    /// When one is not there, or database or spool cannot be read.
    pub fn outgoing(&self, bodies: &mut Pending, ids: &[RecordId]) -> Result<Vec<Outgoing>, Error> {
        let mut statement = self
            .connection
            .prepare_cached(&format!("{OUTGOING} WHERE id = ?1"))?;
        ids.iter()
            .map(|id| {
                let mut rows = statement.query([row_id(*id)])?;
                match rows.next()? {
                    Some(row) => bodies.outgoing(row),
                    None => Err(Error::damaged("a record is gone")),
                }
            })
            .collect()
    }

    /// Begins changes that are committed together.
    ///
    /// # Errors
    ///
    /// When the database cannot be written.
    pub fn step(&mut self) -> Result<Step<'_>, Error> {
        let hasher = self.hasher();
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        Ok(Step {
            transaction,
            hasher,
        })
    }
}

impl Step<'_> {
    /// Takes pending records for one request and gives the request's number. `again` says whether some
    /// of them were sent before; `now` is in milliseconds since 1970.
    ///
    /// # Errors
    ///
    /// When one of them is not pending, or the database cannot be written.
    pub fn claim(&mut self, ids: &[RecordId], again: bool, now: i64) -> Result<i64, Error> {
        let run = ids.first().map_or(0, |id| id.run.0);
        let count = i64::try_from(ids.len()).unwrap_or(i64::MAX);
        let request = self
            .transaction
            .prepare_cached("INSERT INTO requests (run, records, again, claimed_at) VALUES (?1, ?2, ?3, ?4) RETURNING id")?
            .query_row(params![run, count, again, now], |row| row.get(0))?;
        let mut update = self.transaction.prepare_cached(
            "UPDATE records SET state = ?1, attempts = attempts + 1, request = ?2, code = NULL, message = NULL
             WHERE id BETWEEN ?3 AND ?4 AND state = ?5",
        )?;
        let mut found = 0;
        for range in ranges(ids) {
            found += update.execute(params![
                State::InFlight.code(),
                request,
                range.start(),
                range.end(),
                State::Pending.code()
            ])?;
        }
        expect_all(ids.len(), found)?;
        Ok(request)
    }

    /// Puts records in doubt, failed or held back to pending, to be sent again. A run that was over has
    /// something left to send then, and is not over any more.
    ///
    /// # Errors
    ///
    /// When one of them may not go back, or the database cannot be written.
    pub fn requeue(&mut self, ids: &[RecordId], from: State) -> Result<(), Error> {
        let mut update = self.transaction.prepare_cached(
            "UPDATE records SET state = ?1, code = NULL, message = NULL WHERE id BETWEEN ?2 AND ?3 AND state = ?4",
        )?;
        let mut found = 0;
        for range in ranges(ids) {
            found += update.execute([
                State::Pending.code(),
                *range.start(),
                *range.end(),
                from.code(),
            ])?;
        }
        self.reopen_run(ids)?;
        expect_all(ids.len(), found)
    }

    fn reopen_run(&self, ids: &[RecordId]) -> Result<(), Error> {
        let mut update = self.transaction.prepare_cached(
            "UPDATE runs SET state = 'sending', finished_at = NULL, folded = 0 WHERE id = ?1 AND state = 'finished'",
        )?;
        let mut runs: Vec<u32> = ids.iter().map(|id| id.run.0).collect();
        runs.dedup();
        for run in runs {
            update.execute([run])?;
        }
        Ok(())
    }

    /// Makes the changes, and returns once they would survive a power cut.
    ///
    /// # Errors
    ///
    /// When the disk fails; then none of them is made.
    pub fn commit(self) -> Result<(), Error> {
        Ok(self.transaction.commit()?)
    }
}

impl Pending {
    /// The numbers of its blocks.
    pub(super) fn blocks(&self) -> Range<u32> {
        let count = u32::try_from(self.spans.len()).unwrap_or(u32::MAX);
        self.first..self.first.saturating_add(count)
    }

    fn span(&self, number: u32) -> Result<Span, Error> {
        let place = number
            .checked_sub(self.first)
            .ok_or(Error::Erased { run: self.run.0 })?;
        let span = self.spans.get(place as usize).copied();
        span.ok_or_else(|| Error::damaged("a block is not in the list"))
    }

    fn outgoing(&mut self, row: &Row<'_>) -> Result<Outgoing, Error> {
        let (block, slot) = (row.get(3)?, row.get(4)?);
        Ok(Outgoing {
            id: record_id(row.get(0)?),
            harmless: row.get(1)?,
            attempts: row.get(2)?,
            body: self.body(block, slot)?,
        })
    }

    /// The body in that slot of that block.
    pub(super) fn body(&mut self, number: u32, slot: u32) -> Result<Vec<u8>, Error> {
        if !self.recent.iter().any(|(recent, _)| *recent == number) {
            let span = self.span(number)?;
            if self.recent.len() >= RECENT_BLOCKS {
                self.recent.remove(0);
            }
            self.recent.push((number, self.spool.read_bodies(span)?));
        }
        self.recent
            .iter()
            .find(|(recent, _)| *recent == number)
            .and_then(|(_, block)| block.body(slot))
            .map(<[u8]>::to_vec)
            .ok_or_else(|| Error::damaged("a body is not where staging put it"))
    }
}

/// Consecutive ids as ranges: a batch is mostly one, and one update does for all of it.
pub(super) fn ranges(ids: &[RecordId]) -> Vec<RangeInclusive<i64>> {
    let mut ranges: Vec<RangeInclusive<i64>> = Vec::new();
    for id in ids.iter().map(|id| row_id(*id)) {
        match ranges.last_mut() {
            Some(range) if *range.end() + 1 == id => *range = *range.start()..=id,
            _ => ranges.push(id..=id),
        }
    }
    ranges
}

pub(super) fn expect_all(expected: usize, found: usize) -> Result<(), Error> {
    if expected == found {
        Ok(())
    } else {
        Err(Error::StateMoved { expected, found })
    }
}

pub(super) fn read_span(row: &Row<'_>) -> rusqlite::Result<Span> {
    let unsigned = |value: i64| u64::try_from(value).unwrap_or_default();
    Ok(Span {
        offset: unsigned(row.get(0)?),
        length: unsigned(row.get(1)?),
        checksum: row.get(2)?,
    })
}

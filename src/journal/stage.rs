//! Rows and records in: written in chunks under a run that nobody sends from until all of it is there.

use rusqlite::{Connection, OptionalExtension, params};

use super::{
    Error, Journal, PackedBlock, RowBooks, RunPlan,
    came_back::supersede_returned,
    known::{Baseline, Has},
    retention::STAGED,
    row_id,
    spool::{Span, Spool},
};
use crate::{
    contract::Resend,
    problem::Code,
    record::{Facts, Part, RecordId, RecordKey, RunId, State},
    row::RowChunk,
};

/// A run being staged. Dropping it without [`Staging::finish`] leaves nothing behind but what the next
/// opening of the journal sweeps.
pub struct Staging<'j> {
    pub(super) journal: &'j mut Journal,
    run: RunId,
    spool: Spool,
    /// By block: where it lies, and which source its rows are from.
    spans: Vec<(Span, u32)>,
    pub(super) baseline: Baseline,
    last_block: Option<(u32, RowChunk)>,
    pub(super) counted: Counted,
    /// True once a record with an opt-out was met.
    pub(super) has_opt_outs: bool,
}

/// Rows and records as they go by, to be compared with what the tables hold in the end.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Counted {
    read: u64,
    skipped: u64,
    pub(super) rejected: u64,
}

/// Where the spool keeps a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowRef {
    /// The block, counted from 0.
    pub block: u32,
    /// Its place in the block.
    pub index: u32,
}

/// One record to be staged.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its number in the run.
    pub number: u32,
    /// Whose record it is.
    pub key: RecordKey,
    /// What sending needs to know of it.
    pub part: Part,
    /// 1 for the first ten policies, 2 for the next …
    pub part_number: u32,
    /// The number of the part before it.
    pub previous: Option<u32>,
    /// Which source its first row is in.
    pub source: u32,
    /// Its first row.
    pub row: u32,
    /// How many rows it came from; 0 for later parts, whose rows count at the first.
    pub rows: u32,
    /// Where its body lies.
    pub body: RowRef,
}

/// What is only counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CountKind {
    /// A value was mended.
    Repaired,
    /// A value was left out, as the mapping says.
    Omitted,
    /// A value is sent as null, as the mapping says.
    Cleared,
    /// A row was passed over, as the mapping says.
    Skipped,
    /// A row carries a field by which the API finds a customer or a policy.
    Identified,
    /// Rows of one customer, or of one policy, say different things of a field.
    Conflict,
    /// A row says what another row of the same customer says.
    Duplicate,
    /// A row's customer is on the list of people whom nobody may call.
    Suppressed,
}

/// Under what [`CountKind::Identified`] counts rows of customers without an identifier, whom the API finds
/// by its fallback fields together.
pub const BY_FALLBACK: &str = "fallback";
/// The same, of customers whom it could not find by these either.
pub const BY_NOTHING: &str = "nothing";

impl CountKind {
    /// The kind's name in the journal.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Repaired => "repaired",
            Self::Cleared => "cleared",
            Self::Omitted => "omitted",
            Self::Skipped => "skipped",
            Self::Identified => "identified",
            Self::Conflict => "conflict",
            Self::Duplicate => "duplicate",
            Self::Suppressed => "suppressed",
        }
    }
}

impl Journal {
    /// Starts staging a run.
    ///
    /// # Errors
    ///
    /// When the journal or its spool cannot be written.
    pub fn stage(&mut self, plan: &RunPlan, now: i64) -> Result<Staging<'_>, Error> {
        self.fold()?;
        let run = self.begin(plan, now)?;
        crate::failpoint::reach("run.begun");
        let spool = match self.spool_path(run, STAGED) {
            Some(path) => Spool::create(&path)?,
            None => Spool::temporary()?,
        };
        crate::failpoint::reach("spool.made");
        let baseline = self.baseline(plan, now)?;
        // Nothing depends on a half-staged run, so its chunks need not wait for the disk.
        self.connection
            .execute_batch("PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE")?;
        Ok(Staging {
            journal: self,
            run,
            spool,
            spans: Vec::new(),
            baseline,
            last_block: None,
            counted: Counted::default(),
            has_opt_outs: false,
        })
    }
}

impl Staging<'_> {
    /// The run's id.
    pub const fn run(&self) -> RunId {
        self.run
    }

    /// Appends a block of rows and bodies, gives its number, and commits what was staged so far.
    ///
    /// # Errors
    ///
    /// When the spool or the database cannot be written.
    pub fn block(
        &mut self,
        source: u32,
        rows: Option<(u32, u32)>,
        block: &PackedBlock,
    ) -> Result<u32, Error> {
        let number = u32::try_from(self.spans.len()).unwrap_or(u32::MAX);
        let span = self.spool.write(block)?;
        crate::failpoint::reach("spool.block_written");
        self.spans.push((span, source));
        self.connection()
            .prepare_cached(
                "INSERT INTO blocks (run, number, offset, length, checksum, source, first_row, last_row)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                self.run.0,
                number,
                i64::try_from(span.offset).unwrap_or(i64::MAX),
                i64::try_from(span.length).unwrap_or(i64::MAX),
                span.checksum,
                source,
                rows.map(|(first, _)| first),
                rows.map(|(_, last)| last),
            ])?;
        // A commit now and then keeps the write-ahead log short.
        if number % 16 == 15 {
            self.connection().execute_batch("COMMIT; BEGIN IMMEDIATE")?;
            crate::failpoint::reach("staging.chunk_committed");
        }
        Ok(number)
    }

    /// Counts a row that was read.
    pub fn count_row(&mut self) {
        self.counted.read += 1;
    }

    /// Counts a row that was passed over.
    pub fn count_skipped(&mut self) {
        self.counted.skipped += 1;
    }

    /// The rows as they were counted on the way in.
    pub fn rows(&self) -> RowBooks {
        let Counted {
            read,
            skipped,
            rejected,
        } = self.counted;
        RowBooks {
            read,
            skipped,
            rejected,
            staged: read.saturating_sub(skipped + rejected),
        }
    }

    /// Stages a record: pending, unchanged, or held.
    ///
    /// # Errors
    ///
    /// When the database cannot be written.
    pub fn record(&mut self, entry: &Entry, hold: Option<Code>) -> Result<State, Error> {
        let connection = &self.journal.connection;
        let known = self.baseline.compare(
            connection,
            (entry.key, entry.part_number),
            &entry.part.fingerprint,
        )?;
        let is_there = known.has == Has::Another && self.baseline.resend == Resend::ReadBack;
        let before = [
            (is_there, Code::PolicyExists),
            (known.is_in_doubt, Code::RecordInDoubt),
            (known.is_refused, Code::RecordRefused),
        ];
        let held_before = before.into_iter().find(|(is_so, _)| *is_so);
        let hazard = entry.part.hazard.or(hold);
        let hazard = hazard.or(held_before.map(|(_, code)| code));
        let state = match hazard {
            Some(_) => State::Held,
            None if known.has == Has::This => State::Unchanged,
            None => State::Pending,
        };
        let facts = Some(&entry.part.facts).filter(|_| state != State::Unchanged);
        self.has_opt_outs |= !entry.part.facts.opt_outs().is_none();
        let id = |number| {
            row_id(RecordId {
                run: self.run,
                number,
            })
        };
        self.connection()
            .prepare_cached(
                "INSERT INTO records (id, key, fingerprint, part, previous, state, harmless, source, row, rows, block, slot, code, facts, customer_id)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
            )?
            .execute(params![
                id(entry.number),
                entry.key.as_bytes(),
                entry.part.fingerprint.as_bytes(),
                entry.part_number,
                entry.previous.map(id),
                state.code(),
                entry.part.harmless,
                entry.source,
                entry.row,
                entry.rows,
                entry.body.block,
                entry.body.index,
                hazard.map(Code::as_str),
                facts.map(Facts::as_bytes),
                entry.part.customer.map(|id| id.to_string()),
            ])?;
        Ok(state)
    }

    /// Where the body of a record lies that was staged from its first row alone: in the slot of that row.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn body_of(&self, number: u32) -> Result<Option<RowRef>, Error> {
        let id = row_id(RecordId {
            run: self.run,
            number,
        });
        let mut statement = self
            .journal
            .connection
            .prepare_cached("SELECT block, slot FROM records WHERE id = ?1")?;
        let found = statement.query_row([id], |row| {
            Ok(RowRef {
                block: row.get(0)?,
                index: row.get(1)?,
            })
        });
        Ok(found.optional()?)
    }

    /// The source that the rows of a block are from.
    pub fn source_of(&self, block: u32) -> u32 {
        self.spans
            .get(block as usize)
            .map_or(0, |(_, source)| *source)
    }

    /// Takes back a record that was staged from its first row alone.
    ///
    /// # Errors
    ///
    /// When the database cannot be written.
    pub fn withdraw(&mut self, number: u32) -> Result<(), Error> {
        let id = row_id(RecordId {
            run: self.run,
            number,
        });
        self.connection()
            .prepare_cached("DELETE FROM records WHERE id = ?1")?
            .execute([id])?;
        Ok(())
    }

    /// Notes a row beyond the first that a record was merged from.
    ///
    /// # Errors
    ///
    /// When the database cannot be written.
    pub fn merged_row(&mut self, number: u32, source: u32, row: u32) -> Result<(), Error> {
        let id = row_id(RecordId {
            run: self.run,
            number,
        });
        self.connection()
            .prepare_cached(
                "INSERT OR IGNORE INTO merged_rows (record, source, row) VALUES (?1, ?2, ?3)",
            )?
            .execute(params![id, source, row])?;
        Ok(())
    }

    /// Adds to what is only counted. `column` is the column's place, or the place of the skip rule.
    ///
    /// # Errors
    ///
    /// When the database cannot be written.
    pub fn count(
        &mut self,
        kind: CountKind,
        (source, column): (u32, u32),
        code: &str,
        count: u64,
    ) -> Result<(), Error> {
        self.connection()
            .prepare_cached(
                "INSERT INTO counts (run, kind, source, \"column\", code, count) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT DO UPDATE SET count = count + excluded.count",
            )?
            .execute(params![
                self.run.0,
                kind.as_str(),
                source,
                column,
                code,
                i64::try_from(count).unwrap_or(i64::MAX)
            ])?;
        Ok(())
    }

    /// Copies rows back from the spool into `gathered`, in the order of `refs`, which should be
    /// ascending so that each block is read once.
    ///
    /// # Errors
    ///
    /// When the spool cannot be read.
    pub fn gather(&mut self, refs: &[RowRef], gathered: &mut RowChunk) -> Result<(), Error> {
        for wanted in refs {
            let block = self.read_block(wanted.block)?;
            let row = block
                .row(wanted.index as usize)
                .ok_or_else(|| Error::damaged("a row is not where staging put it"))?;
            gathered.push_row(row);
        }
        Ok(())
    }

    fn read_block(&mut self, number: u32) -> Result<&RowChunk, Error> {
        if self
            .last_block
            .as_ref()
            .is_none_or(|(last, _)| *last != number)
        {
            let (span, _) = *self
                .spans
                .get(number as usize)
                .ok_or_else(|| Error::damaged("a block is not in the list"))?;
            self.last_block = Some((number, self.spool.read_rows(span)?));
        }
        match &self.last_block {
            Some((_, block)) => Ok(block),
            None => Err(Error::damaged("a block went missing")),
        }
    }

    /// Ends staging: everything is on disk, older unsent records of the same customers are superseded,
    /// and from here on the run can be sent. `keys` tells which customers the run carries.
    ///
    /// # Errors
    ///
    /// When the disk fails; then nothing of the run counts.
    pub fn finish(
        self,
        carries: &dyn Fn(&RecordKey) -> bool,
        stage_ms: i64,
    ) -> Result<RunId, Error> {
        self.spool.sync()?;
        crate::failpoint::reach("spool.synced");
        let (run, counted) = (self.run, self.counted);
        // How hard a commit is written may change between transactions only. The last one is FULL, so
        // that it, and with it all chunks before it, waits for the disk.
        self.connection()
            .execute_batch("COMMIT; PRAGMA synchronous = FULL; BEGIN IMMEDIATE")?;
        crate::failpoint::reach("staging.chunk_committed");
        self.journal.supersede(run, carries)?;
        supersede_returned(self.connection(), run)?;
        crate::failpoint::reach("staging.superseded");
        let (first, last) = super::id_range(run);
        self.connection().execute(
            "UPDATE runs SET state = 'sending', stage_ms = ?2, rows_read = ?3, rows_skipped = ?4,
                 records = (SELECT count(*) FROM records WHERE id BETWEEN ?5 AND ?6),
                 rows_staged = (SELECT coalesce(sum(rows), 0) FROM records WHERE id BETWEEN ?5 AND ?6)
             WHERE id = ?1",
            params![
                run.0,
                stage_ms,
                i64::try_from(counted.read).unwrap_or(i64::MAX),
                i64::try_from(counted.skipped).unwrap_or(i64::MAX),
                first,
                last
            ],
        )?;
        crate::failpoint::reach("staging.written");
        self.connection().execute_batch("COMMIT")?;
        crate::failpoint::reach("staging.committed");
        if !self.journal.is_kept() {
            let spool = self.spool.twin()?;
            self.journal.loose_spools.push((run, spool));
        }
        Ok(run)
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.journal.connection
    }

    /// Where earlier runs are: for a journal that is thrown away, in the one that it was made beside.
    pub(super) fn past(&self) -> &Connection {
        &self.journal.beside().unwrap_or(self.journal).connection
    }
}

impl Drop for Staging<'_> {
    fn drop(&mut self) {
        // After `finish` there is no open transaction and this changes nothing.
        if !self.connection().is_autocommit() {
            let _ = self.connection().execute_batch("ROLLBACK");
        }
        let _ = self.connection().execute_batch("PRAGMA synchronous = FULL");
    }
}

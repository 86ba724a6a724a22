//! How long cells and bodies are kept: until the next run of the same mapping and account is over that is
//! not of corrected rows, at most seven days. Then they go at once; the few records still open are carried over first.

use std::{collections::HashSet, fs, io, path::PathBuf};

use rusqlite::{Params, params};

use super::{
    Bodies, Error, Journal, id_range, record_id, row_id,
    spool::{self, Span, Spool},
    spool_folder,
};
use crate::{
    record::{Outgoing, RecordId, RunId, State},
    row::RowChunk,
};

/// The spool that staging wrote.
pub(super) const STAGED: u8 = 1;
/// The smaller one that carried the open records over.
const CARRIED: u8 = 2;
/// None any more.
const DROPPED: u8 = 0;

/// How many bytes of carried bodies make a block.
const BLOCK_BYTES: usize = 512 << 10;

/// Seven days, in milliseconds.
pub(super) const LONGEST: i64 = 7 * 24 * 60 * 60 * 1000;

impl Journal {
    /// Where a spool of a run lies; none for a journal that is thrown away.
    pub(super) fn spool_path(&self, run: RunId, spool: u8) -> Option<PathBuf> {
        Some(spool_folder(self.path.as_ref()?).join(spool_name(run, spool)))
    }

    /// The spool that holds the bodies of a run now.
    pub(super) fn current_spool(&self, run: RunId) -> Result<PathBuf, Error> {
        let spool: u8 =
            self.connection
                .query_row("SELECT spool FROM runs WHERE id = ?1", [run.0], |row| {
                    row.get(0)
                })?;
        let path = self.spool_path(run, spool).filter(|_| spool != DROPPED);
        path.ok_or_else(|| Error::Erased { run: run.0 })
    }

    /// Drops what a finished run has kept until a newer one of its mapping and account was finished too, other
    /// than of its own corrected rows, and what any finished run has kept for longer than seven days. Done at each opening as well: a crash may
    /// have come between the end of a run and this.
    pub(super) fn drop_spools(&mut self, now: i64) -> Result<(), Error> {
        self.drop_expired(now)?;
        let older = self.runs_with_spools(
            "EXISTS (SELECT 1 FROM runs newer WHERE newer.id > runs.id AND newer.state = 'finished' AND newer.child_of IS NULL
                 AND newer.mapping = runs.mapping AND newer.account = runs.account)",
            [],
        )?;
        for old in older {
            let open = self.wanted_ids(old)?;
            if open.is_empty() {
                self.replace_spool(old, DROPPED, &[])?;
            } else {
                self.carry_over(old, &open)?;
            }
        }
        self.sweep_spools()
    }

    /// Drops what any finished run has kept for longer than seven days, open or not.
    fn drop_expired(&mut self, now: i64) -> Result<(), Error> {
        let expired = self.runs_with_spools("finished_at < ?1", [now - LONGEST])?;
        for old in &expired {
            self.replace_spool(*old, DROPPED, &[])?;
        }
        if expired.is_empty() {
            return Ok(());
        }
        self.sweep_spools()
    }

    /// The finished runs that still have a spool and of which `which` holds.
    fn runs_with_spools(&self, which: &str, parameters: impl Params) -> Result<Vec<RunId>, Error> {
        let sql =
            format!("SELECT id FROM runs WHERE spool <> 0 AND state = 'finished' AND {which}");
        let mut statement = self.connection.prepare(&sql)?;
        let runs = statement.query_map(parameters, |row| row.get(0).map(RunId))?;
        Ok(runs.collect::<Result<_, _>>()?)
    }

    /// Removes spool files that no run counts on: a crash may have come before their removal.
    pub(super) fn sweep_spools(&self) -> Result<(), Error> {
        let Some(journal) = &self.path else {
            return Ok(());
        };
        let folder = spool_folder(journal);
        let mut statement = self
            .connection
            .prepare("SELECT id, spool FROM runs WHERE spool <> 0")?;
        let wanted = statement
            .query_map([], |row| {
                Ok(self.spool_path(RunId(row.get(0)?), row.get(1)?))
            })?
            .collect::<Result<HashSet<Option<PathBuf>>, _>>()?;
        for entry in fs::read_dir(&folder).map_err(Error::file(&folder))? {
            let path = entry.map_err(Error::file(&folder))?.path();
            if !wanted.contains(&Some(path.clone())) {
                remove(&path).map_err(Error::file(&path))?;
                crate::failpoint::reach("spool.removed");
            }
        }
        Ok(())
    }

    /// Records of a run that somebody may still want to send.
    fn wanted_ids(&self, run: RunId) -> Result<Vec<RecordId>, Error> {
        let (first, last) = id_range(run);
        let [failed, in_doubt, held] =
            [State::Failed, State::InDoubt, State::Held].map(State::code);
        let mut statement = self
            .connection
            .prepare("SELECT id FROM records WHERE id BETWEEN ?1 AND ?2 AND state IN (?3, ?4, ?5) ORDER BY id")?;
        let ids = statement.query_map([first, last, failed, in_doubt, held], |row| {
            row.get(0).map(record_id)
        })?;
        Ok(ids.collect::<Result<_, _>>()?)
    }

    /// Writes the bodies of the open records into a new spool, which then takes the old one's place.
    fn carry_over(&mut self, run: RunId, open: &[RecordId]) -> Result<(), Error> {
        let path = self.spool_path(run, CARRIED);
        if path.is_some_and(|path| path.exists()) {
            return Ok(());
        }
        self.write_anew(run, CARRIED, open)
    }

    /// Keeps the bodies of a finished run's open records, but for these, and the cells of none of its rows.
    pub(super) fn leave_out(&mut self, run: RunId, without: &[RecordId]) -> Result<(), Error> {
        let mut open = self.wanted_ids(run)?;
        open.retain(|id| !without.contains(id));
        if open.is_empty() {
            return self.replace_spool(run, DROPPED, &[]);
        }
        let current: u8 =
            self.connection
                .query_row("SELECT spool FROM runs WHERE id = ?1", [run.0], |row| {
                    row.get(0)
                })?;
        // Under the name that is free: the other one is counted on until the new one is whole.
        let next = if current == CARRIED { STAGED } else { CARRIED };
        self.write_anew(run, next, &open)
    }

    fn write_anew(&mut self, run: RunId, number: u8, open: &[RecordId]) -> Result<(), Error> {
        let Some(path) = self.spool_path(run, number) else {
            return Ok(());
        };
        let mut reader = self.pending(run)?;
        let mut spool = Spool::create(&path)?;
        let mut blocks = Vec::new();
        let mut block = Carried::new(reader.blocks().end);
        for id in open {
            for record in self.outgoing(&mut reader, &[*id])? {
                block.add(&record);
            }
            if block.bodies.bytes.len() >= BLOCK_BYTES {
                let next = Carried::new(block.number + 1);
                blocks.push(std::mem::replace(&mut block, next).write(&mut spool)?);
            }
        }
        blocks.push(block.write(&mut spool)?);
        spool.sync()?;
        crate::failpoint::reach("spool.carried_over");
        self.replace_spool(run, number, &blocks)
    }

    /// Says in one transaction where the bodies are from now on.
    fn replace_spool(
        &mut self,
        run: RunId,
        spool: u8,
        blocks: &[(Span, Carried)],
    ) -> Result<(), Error> {
        let transaction = self.connection.transaction()?;
        transaction.execute(
            "UPDATE runs SET spool = ?2 WHERE id = ?1",
            params![run.0, spool],
        )?;
        transaction.execute("DELETE FROM blocks WHERE run = ?1", [run.0])?;
        let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        for (span, block) in blocks {
            transaction.execute(
                "INSERT INTO blocks (run, number, offset, length, checksum, source) VALUES (?1, ?2, ?3, ?4, ?5, 0)",
                params![run.0, block.number, whole(span.offset), whole(span.length), span.checksum],
            )?;
            let mut update = transaction
                .prepare_cached("UPDATE records SET block = ?2, slot = ?3 WHERE id = ?1")?;
            for (slot, id) in (0_u32..).zip(&block.ids) {
                update.execute(params![row_id(*id), block.number, slot])?;
            }
        }
        transaction.commit()?;
        crate::failpoint::reach("spool.replaced");
        Ok(())
    }
}

/// A block of bodies that are carried over.
struct Carried {
    /// None that the old spool had: a record that was not carried over finds no body then, rather than
    /// another one's.
    number: u32,
    ids: Vec<RecordId>,
    bodies: Bodies,
}

impl Carried {
    fn new(number: u32) -> Self {
        Self {
            number,
            ids: Vec::new(),
            bodies: Bodies::default(),
        }
    }

    fn add(&mut self, record: &Outgoing) {
        self.ids.push(record.id);
        self.bodies.bytes.extend_from_slice(&record.body);
        self.bodies.close(record.body.len());
    }

    /// Writes the bodies and lets go of their bytes.
    fn write(mut self, spool: &mut Spool) -> Result<(Span, Self), Error> {
        let bodies = std::mem::take(&mut self.bodies);
        let span = spool.write(&spool::pack(&RowChunk::new(0), &bodies))?;
        Ok((span, self))
    }
}

/// The name of a run's spool in the journal's folder of spools.
pub(super) fn spool_name(run: RunId, spool: u8) -> String {
    match spool {
        CARRIED => format!("run-{}.carried.spool", run.0),
        _ => format!("run-{}.spool", run.0),
    }
}

fn remove(path: &std::path::Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

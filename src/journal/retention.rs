//! How long cells and bodies are kept: until the next run of the same mapping and account is over, at
//! most seven days. Then they go at once; the few records still open are carried over first.

use std::{collections::HashSet, fs, io, path::PathBuf};

use rusqlite::params;

use super::{
    Bodies, Error, Journal, id_range, record_id, row_id,
    spool::{self, Span, Spool},
    spool_folder,
};
use crate::{
    record::{RecordId, RunId, State},
    row::RowChunk,
};

/// The spool that staging wrote.
pub(super) const STAGED: u8 = 1;
/// The smaller one that carried the open records over.
const CARRIED: u8 = 2;
/// None any more.
const DROPPED: u8 = 0;

/// Seven days, in milliseconds.
const LONGEST: i64 = 7 * 24 * 60 * 60 * 1000;

impl Journal {
    /// Where a spool of a run lies; none for a journal that is thrown away.
    pub(super) fn spool_path(&self, run: RunId, spool: u8) -> Option<PathBuf> {
        let name = match spool {
            CARRIED => format!("run-{}.carried.spool", run.0),
            _ => format!("run-{}.spool", run.0),
        };
        Some(spool_folder(self.path.as_ref()?).join(name))
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

    /// Drops what older finished runs of the same mapping and account as `run` kept, and what any
    /// finished run has kept for longer than seven days.
    pub(super) fn drop_spools(&mut self, run: RunId, now: i64) -> Result<(), Error> {
        let mut statement = self.connection.prepare(
            "SELECT old.id, old.finished_at < ?2 FROM runs old JOIN runs new ON new.id = ?1
             WHERE old.spool <> 0 AND old.state = 'finished' AND old.id <> new.id
               AND ((old.mapping = new.mapping AND old.account = new.account AND old.id < new.id)
                    OR old.finished_at < ?2)",
        )?;
        let old = statement
            .query_map(params![run.0, now - LONGEST], |row| {
                Ok((RunId(row.get(0)?), row.get(1)?))
            })?
            .collect::<Result<Vec<(RunId, bool)>, _>>()?;
        drop(statement);
        for (old, is_too_old) in old {
            let open = if is_too_old {
                Vec::new()
            } else {
                self.open_records(old)?
            };
            if open.is_empty() {
                self.replace_spool(old, DROPPED, None, &[])?;
            } else {
                self.carry_over(old, &open)?;
            }
        }
        self.sweep_spools()
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
            }
        }
        Ok(())
    }

    /// Records of a run that somebody may still want to send.
    fn open_records(&self, run: RunId) -> Result<Vec<RecordId>, Error> {
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
        let target = self.spool_path(run, CARRIED).filter(|path| !path.exists());
        let Some(path) = target else { return Ok(()) };
        let mut bodies = Bodies::default();
        let mut reader = self.pending(run)?;
        for record in self.outgoing(&mut reader, open)? {
            bodies.bytes.extend_from_slice(&record.body);
            bodies.close(record.body.len());
        }
        let mut spool = Spool::create(&path)?;
        let span = spool.write(&spool::pack(&RowChunk::new(0), &bodies))?;
        spool.sync()?;
        self.replace_spool(run, CARRIED, Some(span), open)
    }

    /// Says in one transaction where the bodies are from now on.
    fn replace_spool(
        &mut self,
        run: RunId,
        spool: u8,
        block: Option<Span>,
        open: &[RecordId],
    ) -> Result<(), Error> {
        let transaction = self.connection.transaction()?;
        transaction.execute(
            "UPDATE runs SET spool = ?2 WHERE id = ?1",
            params![run.0, spool],
        )?;
        transaction.execute("DELETE FROM blocks WHERE run = ?1", [run.0])?;
        if let Some(span) = block {
            transaction.execute(
                "INSERT INTO blocks (run, number, offset, length, checksum, source) VALUES (?1, 0, 0, ?2, ?3, 0)",
                params![run.0, i64::try_from(span.length).unwrap_or(i64::MAX), span.checksum],
            )?;
        }
        for (slot, id) in (0_i64..).zip(open) {
            transaction.execute(
                "UPDATE records SET block = 0, slot = ?2 WHERE id = ?1",
                [row_id(*id), slot],
            )?;
        }
        transaction.commit()?;
        Ok(())
    }
}

fn remove(path: &std::path::Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

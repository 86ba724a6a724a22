//! A copy of the journal with what belongs to it, made while somebody may be working on it.
//!
//! The database is copied by SQLite from one snapshot of it, and no lock is taken. The spools that this very
//! snapshot counts on are opened under it, before anything is copied: a spool that is counted on is never
//! written again, so all that can happen to it is that it loses its name, and what is open stays whole without
//! one. Where a name is gone already, the journal does not count on it any more: whoever drops a spool commits
//! that first, so a newer snapshot tells where the bodies are now.
//!
//! The copy is made in a folder of its own, checked, and put in place from there: spools first, the
//! database's name last, so that where that name is, all that belongs to it is.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use rusqlite::{
    Connection,
    backup::{Backup, StepResult},
    params,
};
use tempfile::{TempDir, TempPath};

use super::{
    Error, Journal, RunState, claim::read_span, lock, retention, spool::Spool, spool_folder,
};
use crate::{platform, record::RunId};

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackedUp {
    /// How many runs.
    pub runs: usize,
    /// Those of them that have something left to send.
    pub unfinished: Vec<RunId>,
    /// How many runs have their cells and bodies in it.
    pub spools: usize,
    /// The size of it all.
    pub bytes: u64,
    /// True when a process was at work on the journal meanwhile.
    pub was_in_use: bool,
}

/// A spool that a snapshot counts on.
struct Kept {
    run: u32,
    name: String,
    spool: Spool,
}

/// How often a newer snapshot is taken, each time because a spool was dropped in that very moment.
const MOST_SNAPSHOTS: usize = 20;

/// The name of the copy in the folder where it is made.
const COPY: &str = "journal.db";

/// What SQLite and others keep beside a database of that name: taken for a part of it, if it were left there.
const BESIDE: [&str; 5] = ["", ".spools", "-wal", "-shm", "-journal"];

impl Journal {
    /// Copies the journal and the spools that it counts on to `to` and to the folder `to` with `.spools`, whole
    /// or not at all. What is there already is left alone.
    ///
    /// # Errors
    ///
    /// When there is no journal, it is damaged, there is something of that name already, or the disk fails.
    pub fn back_up(from: &Path, to: &Path) -> Result<BackedUp, Error> {
        expect_nothing_at(to)?;
        let was_held = lock::is_held(from);
        drop(Self::open_to_read(from)?);
        let source = super::open_database_to_read(from)?;
        let folder = folder_beside(to)?;
        let copy = folder.path().join(COPY);
        let kept = open_spools(&source, from)?;
        copy_database(&source, &copy)?;
        drop(source);
        let spools = spool_folder(&copy);
        platform::create_private_folder(&spools).map_err(Error::file(to))?;
        let mut bytes = size(&copy);
        for one in &kept {
            bytes += one.spool.copy_to(&spools.join(&one.name), to)?;
        }
        platform::sync_folder(&spools).map_err(Error::file(to))?;
        let runs = check(&copy, &kept)?;
        crate::failpoint::reach("backup.checked");
        put_in_place(&copy, to)?;
        let is_open = |(id, state)| (state == RunState::Sending).then_some(id);
        Ok(BackedUp {
            runs: runs.len(),
            unfinished: runs.into_iter().filter_map(is_open).collect(),
            spools: kept.len(),
            bytes,
            was_in_use: was_held || lock::is_held(from),
        })
    }
}

fn expect_nothing_at(to: &Path) -> Result<(), Error> {
    for ending in BESIDE {
        let mut name = to.as_os_str().to_owned();
        name.push(ending);
        let path = PathBuf::from(name);
        if path.symlink_metadata().is_ok() {
            return Err(Error::BackupExists { path });
        }
    }
    Ok(())
}

/// A folder for its owner alone, on the disk to which the copy goes; gone with all that is left in it.
fn folder_beside(to: &Path) -> Result<TempDir, Error> {
    let folder = match to.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    tempfile::Builder::new()
        .prefix(".aca-sync-")
        .suffix(".part")
        .tempdir_in(folder)
        .map_err(Error::file(folder))
}

/// Begins a snapshot that lasts until the connection is closed, and opens the spools that it counts on.
fn open_spools(source: &Connection, from: &Path) -> Result<Vec<Kept>, Error> {
    let mut missing = None;
    for _ in 0..MOST_SNAPSHOTS {
        source.execute_batch("BEGIN")?;
        match kept(source, from)? {
            Ok(kept) => return Ok(kept),
            Err(path) => missing = Some(path),
        }
        source.execute_batch("ROLLBACK")?;
    }
    let path = missing.unwrap_or_default();
    Err(Error::damaged(format!("{} is not there", path.display())))
}

/// The spools that the snapshot counts on, or the path of one that has no name any more.
fn kept(source: &Connection, from: &Path) -> Result<Result<Vec<Kept>, PathBuf>, Error> {
    // What is being staged is staged again by whoever works on the copy.
    let mut statement = source.prepare(
        "SELECT id, spool FROM runs WHERE spool <> 0 AND state <> 'staging' ORDER BY id",
    )?;
    let counted = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut kept = Vec::new();
    for one in counted {
        let (run, spool) = one?;
        let name = retention::spool_name(RunId(run), spool);
        let path = spool_folder(from).join(&name);
        match Spool::open(&path) {
            Ok(spool) => kept.push(Kept { run, name, spool }),
            Err(Error::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                return Ok(Err(path));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(Ok(kept))
}

/// Copies all pages of the source's snapshot.
fn copy_database(source: &Connection, to: &Path) -> Result<(), Error> {
    // SQLite gives its own files the rights of the database file, so it has to be private first.
    let file = platform::private_file()
        .write(true)
        .create_new(true)
        .open(to)
        .map_err(Error::file(to))?;
    let mut copy = Connection::open(to)?;
    // A copy that does not come to its end is thrown away, and one that does is written to the disk below.
    copy.pragma_update(None, "journal_mode", "OFF")?;
    copy.pragma_update(None, "synchronous", "OFF")?;
    let step = Backup::new(source, &mut copy)?.step(-1)?;
    if step != StepResult::Done {
        let busy = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY);
        return Err(rusqlite::Error::SqliteFailure(busy, None).into());
    }
    copy.close().map_err(|(_, error)| error)?;
    file.sync_all().map_err(Error::file(to))
}

/// Reads the whole copy back: the database, the books of every run, and every block of every spool.
fn check(copy: &Path, kept: &[Kept]) -> Result<Vec<(RunId, RunState)>, Error> {
    let database = super::open_database_to_read(copy)?;
    expect_integrity(&database, "integrity_check(1)")?;
    for one in kept {
        check_blocks(&database, one, &spool_folder(copy))?;
    }
    drop(database);
    let journal = Journal::open_to_read(copy)?;
    let mut runs = Vec::new();
    for run in journal.runs()? {
        if let Some(imbalance) = journal.books(run.id)?.imbalance() {
            let id = run.id.0;
            let what = format!("the books of run {id} do not balance: {imbalance}");
            return Err(Error::damaged(what));
        }
        runs.push((run.id, run.state));
    }
    Ok(runs)
}

/// Asks SQLite whether the database is sound.
pub(super) fn expect_integrity(database: &Connection, pragma: &str) -> Result<(), Error> {
    let said: String = database.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get(0))?;
    if said == "ok" {
        return Ok(());
    }
    Err(Error::damaged(format!(
        "SQLite says of its database: {said}"
    )))
}

fn check_blocks(database: &Connection, kept: &Kept, spools: &Path) -> Result<(), Error> {
    let mut statement = database
        .prepare("SELECT offset, length, checksum FROM blocks WHERE run = ?1 ORDER BY number")?;
    let mut spool = Spool::open(&spools.join(&kept.name))?;
    for span in statement.query_map(params![kept.run], read_span)? {
        let span = span?;
        if !spool.holds(span)? {
            return Err(Error::damaged(format!(
                "{}: the block at byte {} is not what was written",
                kept.name, span.offset
            )));
        }
    }
    Ok(())
}

fn put_in_place(copy: &Path, to: &Path) -> Result<(), Error> {
    let spools = spool_folder(to);
    fs::rename(spool_folder(copy), &spools).map_err(Error::file(&spools))?;
    crate::failpoint::reach("backup.spools_placed");
    if let Err(error) = name_copy(copy, to) {
        // These are ours, and belong to nothing without it.
        let _ = fs::remove_dir_all(&spools);
        return Err(error);
    }
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
    platform::sync_folder(folder.unwrap_or(Path::new("."))).map_err(Error::file(to))?;
    crate::failpoint::reach("backup.placed");
    Ok(())
}

/// Gives the copy its name, unless somebody was faster.
fn name_copy(copy: &Path, to: &Path) -> Result<(), Error> {
    let copy = TempPath::try_from_path(copy).map_err(Error::file(to))?;
    let placed = copy.persist_noclobber(to);
    placed.map_err(|error| match error.error.kind() {
        io::ErrorKind::AlreadyExists => Error::BackupExists { path: to.into() },
        _ => Error::file(to)(error.error),
    })
}

fn size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |metadata| metadata.len())
}

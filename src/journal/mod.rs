//! What is remembered: runs, records, outcomes, requests, and what the API already has.
//!
//! SQLite (WAL) with all SQL in this room, and beside it one spool file per run with the rows' cells
//! and the records' bodies. The journal is the only thing that staging and sending share. Writes that
//! a next step depends on are durable before it: the commit waits for the disk.
//! Nothing here knows files to be read, HTTP, or terminals.

mod acknowledge;
mod ahead;
mod audit;
mod backup;
mod came_back;
mod change;
mod claim;
mod compare;
mod delivered;
mod effects;
mod ended;
mod error;
mod evidence;
mod fate;
mod forget;
mod health;
mod history;
mod kept;
mod known;
mod lock;
mod lookup;
mod merged;
mod migrate;
mod open_rows;
mod opt_outs;
mod outdated;
mod past;
mod pause;
mod purge;
mod record_look;
mod recover;
mod rejected;
mod resolve;
mod retention;
mod retry;
mod run;
mod settle;
mod spool;
mod stage;
mod tally;
mod traffic;
mod trouble;
mod unsent;

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags};

pub use acknowledge::{Acknowledged, Acknowledgement, Because};
pub use ahead::{Forecast, Outlook};
pub use audit::{AuditEntry, Audited};
pub use backup::BackedUp;
pub use came_back::{CameFrom, ClosedRows};
pub use change::{Change, ChangeKind};
pub use claim::{Pending, Step};
pub use compare::Compared;
pub use delivered::{Delivered, Named};
pub use effects::{ChangedPolicy, EffectsBooks};
pub use ended::{EndedRow, RowEnd, RowProblem};
pub use error::Error;
pub use evidence::{Evidence, ReadSource};
pub use fate::{EarlierRequest, RecordFate, RejectedFate, RequestFate};
pub use forget::Traces;
pub use health::Health;
pub use history::{CodeCount, Counted, Spot};
pub use kept::{KeptRow, ProblemCell};
pub use lookup::{KnownIds, KnownPolicy};
pub use merged::{FIRST, MergeFinding, RowPair};
pub use opt_outs::OptOutBooks;
pub use past::{Fill, ForLater, PastRun};
pub use pause::{Pause, PauseReason};
pub use purge::Purge;
pub use recover::Resendable;
pub use rejected::Rejected;
pub use resolve::{Doubtful, Resolution, Settled};
pub use retry::{OpenKind, OpenRecord, Retried};
pub use run::{Run, RunPlan, RunState, SourcePlan};
pub use settle::{RequestResult, Settlement};
pub use spool::{Bodies, PackedBlock, pack};
pub use stage::{BY_FALLBACK, BY_NOTHING, CountKind, Entry, RowRef, Staging};
pub use tally::{Books, RecordBooks, RequestBooks, RowBooks, Seconds};
pub use traffic::{Stretch, Traffic};
pub use trouble::{Trouble, TroubleKind};

use crate::{
    platform,
    private::Private,
    record::{Hasher, RecordId, RunId},
};

/// The memory of all runs. One process at a time may write it; any may read.
#[derive(Debug)]
pub struct Journal {
    connection: Connection,
    /// None for a journal that is thrown away.
    path: Option<PathBuf>,
    secret: Private<[u8; 32]>,
    /// False for a reader that found no living writer.
    has_writer: bool,
    /// For a journal that is thrown away: the one that it was made beside.
    beside: Option<Box<Self>>,
    /// The spools of a journal that is thrown away: they have no names by which they could be opened.
    loose_spools: Vec<(RunId, spool::Spool)>,
    /// True when staging writes down bodies: somebody will send them, or compare them.
    keeps_bodies: bool,
    /// The file behind the connection, where that is a copy.
    copy: Option<tempfile::TempPath>,
    _lock: Option<lock::Lock>,
}

impl Journal {
    /// Opens the journal to work with it, making it where there is none: takes the lock, brings the
    /// schema up to date, and puts in doubt what a dead process left in flight. `holder` is what a
    /// second process is told, `now` is in milliseconds since 1970.
    ///
    /// # Errors
    ///
    /// When another process has it, when a newer program wrote it, or when the disk fails.
    pub fn open(path: &Path, holder: &str, now: i64) -> Result<Self, Error> {
        if let Some(folder) = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            platform::create_private_folder(folder).map_err(Error::file(folder))?;
        }
        let lock = lock::Lock::take(path, holder)?;
        crate::failpoint::reach("journal.locked");
        // SQLite gives its own files the rights of the database file, so it has to be private first.
        platform::private_file()
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(Error::file(path))?;
        crate::failpoint::reach("journal.file_made");
        let spools = spool_folder(path);
        platform::create_private_folder(&spools).map_err(Error::file(&spools))?;
        crate::failpoint::reach("journal.spools_made");
        let is_torn = is_torn(path);
        let mut connection = Connection::open(path)?;
        prepare(&connection)?;
        crate::failpoint::reach("journal.prepared");
        refuse_torn(is_torn)?;
        refuse_emptied(&connection, &spools)?;
        migrate::migrate(&mut connection, path)?;
        let mut journal = Self {
            secret: secret(&connection)?,
            connection,
            path: Some(path.to_owned()),
            has_writer: true,
            beside: None,
            loose_spools: Vec::new(),
            keeps_bodies: true,
            copy: None,
            _lock: Some(lock),
        };
        journal.sweep()?;
        journal.recover(now)?;
        journal.drop_spools(now)?;
        journal.wipe_if_due()?;
        Ok(journal)
    }

    /// Opens the journal to look at it; a run may be working on it meanwhile. One of an older release is
    /// looked at in a copy that goes with the process: only who works on a journal changes it.
    ///
    /// # Errors
    ///
    /// When there is none, or it cannot be read.
    pub fn open_to_read(path: &Path) -> Result<Self, Error> {
        let connection = open_database_to_read(path)?;
        let (connection, copy) = if migrate::is_current(&connection, path)? {
            (connection, None)
        } else {
            let (connection, copy) = migrate::migrated_copy(&connection)?;
            (connection, Some(copy))
        };
        Ok(Self {
            secret: secret(&connection).map_err(never_made(path))?,
            connection,
            path: Some(path.to_owned()),
            has_writer: lock::is_held(path),
            beside: None,
            loose_spools: Vec::new(),
            keeps_bodies: true,
            copy,
            _lock: None,
        })
    }

    /// A journal that goes with the process: what `check` stages into. Made beside another one, it makes
    /// the same keys and fingerprints, and knows the same baseline and past; the other one is only read.
    ///
    /// # Errors
    ///
    /// When no temporary file can be made, or the other journal cannot be read.
    pub fn temporary(beside: Option<&Path>) -> Result<Self, Error> {
        // An empty name makes a database in a temporary file that SQLite removes by itself.
        let mut connection = Connection::open("")?;
        connection.pragma_update(None, "synchronous", "OFF")?;
        connection.pragma_update(None, "journal_mode", "OFF")?;
        known::add_functions(&connection)?;
        migrate::migrate(&mut connection, Path::new("(temporary journal)"))?;
        let other = match beside.map(Self::open_to_read) {
            None | Some(Err(Error::Missing { .. })) => None,
            Some(opened) => Some(opened?),
        };
        let secret = match &other {
            Some(other) => other.secret,
            None => secret(&connection)?,
        };
        let mut journal = Self {
            secret,
            connection,
            path: None,
            has_writer: true,
            beside: None,
            loose_spools: Vec::new(),
            keeps_bodies: false,
            copy: None,
            _lock: None,
        };
        if let Some(other) = &other {
            // Of a journal of an older release, what was brought up to date is read.
            let path = other.copy.as_deref().or(other.path.as_deref());
            path.map_or(Ok(()), |path| journal.copy_baseline(path))?;
        }
        journal.beside = other.map(Box::new);
        Ok(journal)
    }

    /// For a journal that goes with the process: the one that it was made beside.
    pub fn beside(&self) -> Option<&Self> {
        self.beside.as_deref()
    }

    /// False for a journal that goes with the process.
    pub const fn is_kept(&self) -> bool {
        self.path.is_some()
    }

    /// Keeps the bodies of what is staged from here on in a journal that goes with the process too.
    pub const fn keep_bodies(&mut self) {
        self.keeps_bodies = true;
    }

    /// True when staging writes down bodies.
    pub const fn keeps_bodies(&self) -> bool {
        self.keeps_bodies
    }

    /// Makes keys and fingerprints that belong to this journal.
    pub fn hasher(&self) -> Hasher {
        Hasher::new(self.secret.expose())
    }
}

/// The database as it is, whatever release wrote it.
fn open_database_to_read(path: &Path) -> Result<Connection, Error> {
    if !path.exists() {
        let path = path.to_owned();
        return Err(Error::Missing { path });
    }
    let is_torn = is_torn(path);
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.pragma_update(None, "query_only", true)?;
    // What is no database is said to be none, however long it is.
    migrate::version(&connection)?;
    refuse_torn(is_torn)?;
    Ok(connection)
}

fn spool_folder(journal: &Path) -> PathBuf {
    let mut name = journal.as_os_str().to_owned();
    name.push(".spools");
    name.into()
}

/// How long SQLite's pages are, unless another length is asked for.
const PAGE: u64 = 4096;

/// True when the file ends in the middle of a page: SQLite reads what is missing as zeros. A checkpoint
/// that was under way may leave such an end too, but then the log still has all of it. To be asked before
/// SQLite opens the file and touches the log.
fn is_torn(path: &Path) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let length = |path: &Path| fs::metadata(path).map_or(0, |metadata| metadata.len());
    !length(path).is_multiple_of(PAGE) && length(Path::new(&log)) == 0
}

fn refuse_torn(is_torn: bool) -> Result<(), Error> {
    if is_torn {
        return Err(Error::damaged("its database ends in the middle of a page"));
    }
    Ok(())
}

/// A database that lost its content looks like a new one, and everything would be sent again.
fn refuse_emptied(connection: &Connection, spools: &Path) -> Result<(), Error> {
    let is_new = migrate::version(connection)? == 0;
    let mut beside = fs::read_dir(spools).map_err(Error::file(spools))?;
    if is_new && beside.next().is_some() {
        return Err(Error::damaged(format!(
            "its database is empty, and {} holds what earlier runs kept",
            spools.display()
        )));
    }
    Ok(())
}

fn prepare(connection: &Connection) -> Result<(), Error> {
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", 8000)?;
    connection.pragma_update(None, "cache_size", -8192)?;
    known::add_functions(connection)
}

/// The journal's secret, made at its first opening.
fn secret(connection: &Connection) -> Result<Private<[u8; 32]>, Error> {
    let is_read_only: bool = connection.pragma_query_value(None, "query_only", |row| row.get(0))?;
    if !is_read_only {
        // Two random UUIDs are 244 random bits: more than any guess will ever come near to.
        let mut fresh = Vec::with_capacity(32);
        fresh.extend_from_slice(uuid::Uuid::new_v4().as_bytes());
        fresh.extend_from_slice(uuid::Uuid::new_v4().as_bytes());
        connection.execute(
            "INSERT INTO meta (name, value) VALUES ('secret', ?1) ON CONFLICT DO NOTHING",
            [fresh],
        )?;
        crate::failpoint::reach("journal.secret_made");
    }
    Ok(
        connection.query_row("SELECT value FROM meta WHERE name = 'secret'", [], |row| {
            row.get(0).map(Private::new)
        })?,
    )
}

/// A journal without its secret was never made to its end, as when the disk was full: it holds nothing.
fn never_made(path: &Path) -> impl FnOnce(Error) -> Error {
    let path = path.to_owned();
    move |error| match error {
        Error::Database(rusqlite::Error::QueryReturnedNoRows) => Error::Missing { path },
        other => other,
    }
}

/// How a record's place is written in the database: the run above, the number below.
fn row_id(id: RecordId) -> i64 {
    (i64::from(id.run.0) << 32) | i64::from(id.number)
}

fn record_id(row_id: i64) -> RecordId {
    RecordId {
        run: RunId(u32::try_from(row_id >> 32).unwrap_or(u32::MAX)),
        number: u32::try_from(row_id & 0xffff_ffff).unwrap_or(u32::MAX),
    }
}

/// The first and last database id that records of a run can have.
fn id_range(run: RunId) -> (i64, i64) {
    let first = i64::from(run.0) << 32;
    (first, first | 0xffff_ffff)
}

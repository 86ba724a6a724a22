//! The store's file: its owner's alone, marked as a sandbox's, and open in one process at a time.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::Error;
use crate::platform;

/// Marks the file as a sandbox's, so that no other database is taken for one.
const APPLICATION_ID: i32 = 0x4143_5342;

/// Opens the file, and creates it when it is not there.
///
/// # Errors
///
/// When it cannot be created, is open in another process, or is no sandbox's store.
pub(super) fn open(path: &Path) -> Result<Connection, Error> {
    // SQLite would create the file with the process's own mode; the files beside it copy this one's.
    platform::private_file()
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(|source| Error::Create {
            path: path.to_owned(),
            source,
        })?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    match own(&connection) {
        Ok(true) => Ok(connection),
        Ok(false) => Err(Error::NotAStore(path.to_owned())),
        Err(error) => Err(match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy) => Error::InUse(path.to_owned()),
            Some(ErrorCode::NotADatabase) => Error::NotAStore(path.to_owned()),
            _ => Error::Store(error),
        }),
    }
}

/// Takes the file for this process alone, because counts are kept in memory; false when it is another
/// program's database.
fn own(connection: &Connection) -> rusqlite::Result<bool> {
    connection.busy_timeout(Duration::from_secs(2))?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let mark: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if tables > 0 && mark != APPLICATION_ID {
        return Ok(false);
    }
    connection.pragma_update(None, "locking_mode", "exclusive")?;
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    Ok(true)
}

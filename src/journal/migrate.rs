//! Brings a journal's schema up to date, version by version.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};
use tempfile::TempPath;

use super::Error;

/// One entry per schema version, oldest first. A released one never changes.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_initial.sql"),
    include_str!("migrations/0002_where_tables_were_found.sql"),
    include_str!("migrations/0003_what_guards_compare.sql"),
    include_str!("migrations/0004_what_merging_found.sql"),
    include_str!("migrations/0005_what_the_api_changed.sql"),
    include_str!("migrations/0006_what_changes_from_night_to_night.sql"),
    include_str!("migrations/0007_which_rows_came_back.sql"),
    include_str!("migrations/0008_by_which_ids_policies_are_known.sql"),
    include_str!("migrations/0009_pauses_and_earlier_requests.sql"),
];

/// The version that this program writes.
pub(super) fn newest_version() -> u32 {
    u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX)
}

/// Applies what is missing, each version in one transaction.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), Error> {
    let found = version(connection)?;
    refuse_newer(found, path)?;
    let missing = MIGRATIONS
        .iter()
        .zip(1..)
        .skip(usize::try_from(found).unwrap_or(usize::MAX));
    connection.pragma_update(None, "secure_delete", true)?;
    for (sql, number) in missing {
        let step = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        step.execute_batch(sql)?;
        step.pragma_update(None, "user_version", number)?;
        crate::failpoint::reach("schema.written");
        step.commit()?;
        crate::failpoint::reach("schema.committed");
    }
    connection.pragma_update(None, "secure_delete", false)?;
    Ok(())
}

/// True for a journal that this program can read as it is; refuses one of a newer program.
pub(super) fn is_current(connection: &Connection, path: &Path) -> Result<bool, Error> {
    let found = version(connection)?;
    refuse_newer(found, path)?;
    Ok(found == newest_version())
}

/// A private copy of an older journal, brought up to date to be read. The file goes with the returned path.
pub(super) fn migrated_copy(connection: &Connection) -> Result<(Connection, TempPath), Error> {
    // Made with the rights 0600, which an empty file keeps when SQLite writes into it.
    let copy = tempfile::NamedTempFile::new()
        .map_err(Error::file(&std::env::temp_dir()))?
        .into_temp_path();
    connection.pragma_update(None, "query_only", false)?;
    connection.execute("VACUUM INTO ?1", [copy.to_string_lossy()])?;
    let mut migrated = Connection::open(&copy)?;
    migrate(&mut migrated, &copy)?;
    migrated.pragma_update(None, "query_only", true)?;
    Ok((migrated, copy))
}

/// The version of a database; 0 when nothing is in it yet.
pub(super) fn version(connection: &Connection) -> Result<u32, Error> {
    Ok(connection.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}

fn refuse_newer(found: u32, path: &Path) -> Result<(), Error> {
    let known = newest_version();
    if found > known {
        let path = path.to_owned();
        return Err(Error::Newer { path, found, known });
    }
    Ok(())
}

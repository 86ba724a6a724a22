//! Brings a journal's schema up to date, version by version.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::Error;

/// One entry per schema version, oldest first. A released one never changes.
const MIGRATIONS: &[&str] = &[include_str!("migrations/0001_initial.sql")];

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
    for (sql, number) in missing {
        let step = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        step.execute_batch(sql)?;
        step.pragma_update(None, "user_version", number)?;
        step.commit()?;
    }
    Ok(())
}

/// Refuses a journal that a reader cannot understand.
pub(super) fn expect_current(connection: &Connection, path: &Path) -> Result<(), Error> {
    let found = version(connection)?;
    refuse_newer(found, path)?;
    if found < newest_version() {
        return Err(Error::damaged(format!(
            "schema version {found} is older than {}; any `sync` or `resume` brings it up to date",
            newest_version()
        )));
    }
    Ok(())
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

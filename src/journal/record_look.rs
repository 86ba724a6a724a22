//! Putting on record that somebody looked at people's data, in a journal that is only looked at otherwise.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::{AuditEntry, Error, Journal, lock::Lock, migrate, refuse_torn};

impl Journal {
    /// Writes into the journal that somebody is about to look at values, and nothing else: no run is
    /// recovered and no schema changed. Where there is no journal, one is made. `holder` is what others
    /// are told meanwhile, `now` is in milliseconds since 1970.
    ///
    /// # Errors
    ///
    /// When another process has the journal, when a newer program wrote it, or when the disk fails; then
    /// nothing may be shown.
    pub fn record_look(
        path: &Path,
        entry: &AuditEntry<'_>,
        holder: &str,
        now: i64,
    ) -> Result<(), Error> {
        if !path.exists() {
            return Self::open(path, holder, now)?.audit(entry, now);
        }
        let lock = Lock::take(path, holder)?;
        let is_torn = super::is_torn(path);
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        super::prepare(&connection)?;
        refuse_torn(is_torn)?;
        migrate::is_current(&connection, path)?;
        super::audit::write(&connection, entry, now)?;
        drop(lock);
        Ok(())
    }
}

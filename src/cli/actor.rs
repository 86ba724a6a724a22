//! Who is at work, as the audit names them.

use super::settings::Settings;
use crate::{journal::AuditEntry, record::RunId};

/// A user on a machine.
pub(super) struct Actor {
    user: String,
    host: String,
}

impl Actor {
    /// Whoever started this process.
    pub(super) fn here() -> Self {
        Self {
            user: Settings::user(),
            host: Settings::host(),
        }
    }

    /// What they did, to be written down.
    pub(super) fn did<'a>(
        &'a self,
        verb: &'a str,
        run: impl Into<Option<RunId>>,
        details: &'a str,
    ) -> AuditEntry<'a> {
        AuditEntry {
            user: &self.user,
            host: &self.host,
            verb,
            run: run.into(),
            details,
        }
    }
}

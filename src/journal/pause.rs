//! When a run sent nothing although something was to be sent, and why.

use rusqlite::{Connection, params};

use super::{Error, Journal, Step};
use crate::record::RunId;

/// A stretch of time in which nothing was sent for one reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    /// Why.
    pub why: PauseReason,
    /// When it began, in milliseconds since 1970.
    pub begun_at: i64,
    /// When it was over; what overlaps with others of the same reason is one pause.
    pub ended_at: i64,
}

/// Why nothing was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PauseReason {
    /// The API asked to wait (429).
    Throttled,
    /// The API could not be reached.
    Unreachable,
    /// The API only failed.
    Failing,
    /// A request of an earlier run could still be under way.
    EarlierRun,
}

impl PauseReason {
    /// All reasons.
    pub const ALL: [Self; 4] = [
        Self::Throttled,
        Self::Unreachable,
        Self::Failing,
        Self::EarlierRun,
    ];

    /// The name, as in the journal and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Throttled => "throttled",
            Self::Unreachable => "unreachable",
            Self::Failing => "failing",
            Self::EarlierRun => "earlier_run",
        }
    }

    fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text)
    }
}

impl Journal {
    /// The pauses of a run, in order.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn pauses(&self, run: RunId) -> Result<Vec<Pause>, Error> {
        let mut statement = self.connection.prepare(
            "SELECT why, begun_at, ended_at FROM pauses WHERE run = ?1 ORDER BY begun_at, why",
        )?;
        let mut found = statement.query([run.0])?;
        let mut pauses = Vec::new();
        while let Some(row) = found.next()? {
            let why = PauseReason::from_text(row.get_ref(0)?.as_str().unwrap_or_default());
            pauses.push(Pause {
                why: why.ok_or_else(|| Error::damaged("a pause has no known reason"))?,
                begun_at: row.get(1)?,
                ended_at: row.get(2)?,
            });
        }
        Ok(pauses)
    }
}

impl Step<'_> {
    /// Writes down pauses of a run; one that began at the same moment is there already, and ends later now.
    ///
    /// # Errors
    ///
    /// When the database cannot be written.
    pub fn note_pauses(&mut self, run: RunId, pauses: &[Pause]) -> Result<(), Error> {
        write(&self.transaction, run, pauses)
    }
}

pub(super) fn write(connection: &Connection, run: RunId, pauses: &[Pause]) -> Result<(), Error> {
    let mut insert = connection.prepare_cached(
        "INSERT OR REPLACE INTO pauses (run, why, begun_at, ended_at) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for pause in pauses {
        // A clock that was set back makes no pause end before it began.
        let ended_at = pause.ended_at.max(pause.begun_at);
        insert.execute(params![run.0, pause.why.as_str(), pause.begun_at, ended_at])?;
    }
    Ok(())
}

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
    /// What is in doubt was to be sent again, and nothing else.
    InDoubt,
}

impl PauseReason {
    /// All reasons.
    pub const ALL: [Self; 5] = [
        Self::Throttled,
        Self::Unreachable,
        Self::Failing,
        Self::EarlierRun,
        Self::InDoubt,
    ];

    /// The name, as in the journal and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Throttled => "throttled",
            Self::Unreachable => "unreachable",
            Self::Failing => "failing",
            Self::EarlierRun => "earlier_run",
            Self::InDoubt => "in_doubt",
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
    /// Adds milliseconds to the time that a run spent on sending, with the pauses in it; one that began at the same
    /// moment as one that is there goes on from that.
    ///
    /// # Errors
    ///
    /// When the database cannot be written.
    pub fn add_sending_time(
        &mut self,
        run: RunId,
        milliseconds: i64,
        pauses: &[Pause],
    ) -> Result<(), Error> {
        add(&self.transaction, run, (milliseconds, pauses))
    }
}

pub(super) fn add(
    connection: &Connection,
    run: RunId,
    (milliseconds, pauses): (i64, &[Pause]),
) -> Result<(), Error> {
    connection
        .prepare_cached("UPDATE runs SET send_ms = send_ms + ?2 WHERE id = ?1")?
        .execute([i64::from(run.0), milliseconds])?;
    write(connection, run, pauses)
}

fn write(connection: &Connection, run: RunId, pauses: &[Pause]) -> Result<(), Error> {
    // What a process that died had still ahead, it did not wait for.
    let mut cut = connection.prepare_cached(
        "UPDATE pauses SET ended_at = ?3
         WHERE run = ?1 AND why = ?2 AND begun_at < ?3 AND ended_at > ?3",
    )?;
    let mut insert = connection.prepare_cached(
        "INSERT OR REPLACE INTO pauses (run, why, begun_at, ended_at) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for pause in pauses {
        // A clock that was set back makes no pause end before it began.
        let ended_at = pause.ended_at.max(pause.begun_at);
        cut.execute(params![run.0, pause.why.as_str(), pause.begun_at])?;
        insert.execute(params![run.0, pause.why.as_str(), pause.begun_at, ended_at])?;
    }
    Ok(())
}

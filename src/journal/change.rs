//! What is worth a person's eye: how a file differs from what was delivered before.

use rusqlite::{Connection, params};

use super::{Error, Journal};
use crate::record::RunId;

/// One thing that changed. No value is in it but statuses and agents' numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What changed.
    pub kind: ChangeKind,
    /// The run whose files hold the row: for what vanished, the one that saw it last.
    pub seen_run: RunId,
    /// Which of them does.
    pub source: u32,
    /// The first row of the customer.
    pub row: u32,
    /// Tells the changes of one row apart.
    pub(super) place: u32,
    /// The status or the agent before.
    pub before: Option<String>,
    /// The status or the agent now.
    pub after: Option<String>,
    /// The API's id of the customer, where it is known.
    pub customer_id: Option<String>,
}

/// What can change from one file to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeKind {
    /// A policy has another status.
    StatusChanged,
    /// A policy's agent of record was one of the agency's, and is not any more.
    AgentLost,
    /// A policy is not in the file any more, though its customer is.
    PolicyVanished,
    /// A customer is not in the file any more.
    CustomerVanished,
}

impl ChangeKind {
    /// All of them, in the order in which they are told.
    pub const ALL: &'static [Self] = &[
        Self::AgentLost,
        Self::StatusChanged,
        Self::PolicyVanished,
        Self::CustomerVanished,
    ];

    /// The kind's name in journal, JSON and CSV.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::StatusChanged => "status_changed",
            Self::AgentLost => "agent_lost",
            Self::PolicyVanished => "policy_vanished",
            Self::CustomerVanished => "customer_vanished",
        }
    }

    fn from_text(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == text)
    }
}

impl Change {
    pub(super) fn write(&self, connection: &Connection, run: RunId) -> Result<(), Error> {
        connection
            .prepare_cached(
                "INSERT OR IGNORE INTO changes (run, kind, seen_run, source, row, place, before, after, customer_id)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute(params![
                run.0,
                self.kind.as_str(),
                self.seen_run.0,
                self.source,
                self.row,
                self.place,
                self.before,
                self.after,
                self.customer_id
            ])?;
        Ok(())
    }
}

impl Journal {
    /// What changed in a run's file, each kind in the order of the rows.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn changes(&self, run: RunId) -> Result<Vec<Change>, Error> {
        let mut statement = self.connection.prepare(
            "SELECT kind, seen_run, source, row, place, before, after, customer_id
             FROM changes WHERE run = ?1 ORDER BY kind, seen_run, source, row, place",
        )?;
        let changes = statement.query_map([run.0], |row| {
            let kind: String = row.get(0)?;
            Ok(ChangeKind::from_text(&kind).map(|kind| {
                Ok::<_, rusqlite::Error>(Change {
                    kind,
                    seen_run: RunId(row.get(1)?),
                    source: row.get(2)?,
                    row: row.get(3)?,
                    place: row.get(4)?,
                    before: row.get(5)?,
                    after: row.get(6)?,
                    customer_id: row.get(7)?,
                })
            }))
        })?;
        let mut found = Vec::new();
        for change in changes {
            if let Some(change) = change? {
                found.push(change?);
            }
        }
        Ok(found)
    }

    /// How much changed in a run's file, by kind.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn change_counts(&self, run: RunId) -> Result<Vec<(ChangeKind, u64)>, Error> {
        let mut statement = self
            .connection
            .prepare("SELECT count(*) FROM changes WHERE run = ?1 AND kind = ?2")?;
        let counts = ChangeKind::ALL.iter().map(|kind| {
            let count: i64 =
                statement.query_row(params![run.0, kind.as_str()], |row| row.get(0))?;
            Ok((*kind, u64::try_from(count).unwrap_or_default()))
        });
        counts.collect()
    }

    /// How many policies left each of the agency's agents, by the agent's number, the most first.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn agents_lost(&self, run: RunId) -> Result<Vec<(String, u64)>, Error> {
        let mut statement = self.connection.prepare(
            "SELECT before, count(*) FROM changes WHERE run = ?1 AND kind = ?2 AND before IS NOT NULL
             GROUP BY before ORDER BY count(*) DESC, before",
        )?;
        let parameters = params![run.0, ChangeKind::AgentLost.as_str()];
        let lost = statement.query_map(parameters, |row| {
            let count: i64 = row.get(1)?;
            Ok((row.get(0)?, u64::try_from(count).unwrap_or_default()))
        })?;
        Ok(lost.collect::<Result<_, _>>()?)
    }
}

//! What is wrong with a run's rows and records, and since when: what was wrong on the night before is told
//! apart from what is new.

use rusqlite::{OptionalExtension, Transaction, params};

use super::{Error, Journal, id_range};
use crate::{
    problem::Code,
    record::{RunId, State},
};

/// What is wrong in one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// In which way.
    pub kind: TroubleKind,
    /// The code; empty for all of a kind, where one with several codes counts once.
    pub code: String,
    /// How many were not there, or not in this way, in the last whole run before.
    pub fresh: u64,
    /// How many were.
    pub standing: u64,
    /// How many somebody has looked at and leaves as they are; in neither of the two counts before.
    pub acknowledged: u64,
    /// When the oldest of the standing ones was seen first, in milliseconds since 1970.
    pub oldest: Option<i64>,
}

/// In which way a row or a record did not reach the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TroubleKind {
    /// The row cannot be used.
    Rejected,
    /// The API did not take the record.
    Failed,
    /// The record is held back.
    Held,
    /// What became of the record is not known.
    InDoubt,
}

impl TroubleKind {
    /// All of them, in the order in which they are told.
    pub const ALL: &'static [Self] = &[Self::Rejected, Self::Failed, Self::Held, Self::InDoubt];

    /// The kind's name in the journal and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rejected => "rejected",
            Self::Failed => "failed",
            Self::Held => "held",
            Self::InDoubt => "in_doubt",
        }
    }

    fn from_text(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == text)
    }
}

/// Every trouble of a run: its kind, what tells it from others, its code, and where it is counted: a row once, and
/// each part of a customer, which has its rows in common with the others.
const FOUND: &str = "
    SELECT 'rejected' AS kind, r.subject, p.code, r.source, r.row, 0 AS part
        FROM rejected_rows r JOIN problems p ON (p.run, p.source, p.row) = (r.run, r.source, r.row)
        WHERE r.run = ?1 AND r.subject IS NOT NULL
    UNION ALL
    SELECT CASE state WHEN ?4 THEN 'failed' WHEN ?5 THEN 'held' ELSE 'in_doubt' END, key, code, source, row, part
        FROM records WHERE id BETWEEN ?2 AND ?3 AND state IN (?4, ?5, ?6)";

impl Journal {
    /// Notes what is wrong with a run when the work on it ends, and since when. Doing it again changes
    /// nothing but what was settled or acknowledged since. `now` is in milliseconds since 1970.
    ///
    /// # Errors
    ///
    /// When the journal cannot be written.
    pub fn note_troubles(&mut self, run: RunId, now: i64) -> Result<(), Error> {
        let transaction = self.connection.transaction()?;
        let scope = scope_of(&transaction, run)?;
        let before = last_whole_before(&transaction, run)?;
        let (first, last) = id_range(run);
        let [failed, held, in_doubt] =
            [State::Failed, State::Held, State::InDoubt].map(State::code);
        // Each statement has to use all of them.
        let of_run = params![
            run.0, first, last, failed, held, in_doubt, scope, before, now
        ];
        let (since_run, since_time) = (since_refused("first_run"), since_refused("first_at"));
        // In the order of the table, so that many of them take one sorted pass.
        transaction.execute(
            &format!(
                "INSERT INTO troubles (scope, subject, code, first_run, first_at, last_run)
                 SELECT DISTINCT ?7, f.subject, f.code, coalesce({since_run}, runs.id),
                     coalesce({since_time}, runs.started_at), runs.id
                 FROM ({FOUND}) f JOIN runs ON runs.id = ?1 WHERE ?8 >= 0 AND ?9 >= 0
                 ORDER BY f.subject, f.code
                 ON CONFLICT (scope, subject, code) DO UPDATE SET
                     first_run = CASE WHEN last_run >= ?8 THEN first_run ELSE excluded.first_run END,
                     first_at = CASE WHEN last_run >= ?8 THEN first_at ELSE excluded.first_at END,
                     last_run = max(last_run, excluded.last_run)"
            ),
            of_run,
        )?;
        transaction.execute("DELETE FROM run_troubles WHERE run = ?1", [run.0])?;
        let counted = format!(
            "WITH counted AS MATERIALIZED (
              SELECT f.kind, f.code, f.source, f.row, f.part, t.first_run = ?1 AS is_fresh, t.first_at,
                  EXISTS (SELECT 1 FROM acknowledgements a WHERE a.scope = ?7
                      AND (a.code = f.code OR a.subject = f.subject)
                      AND (a.until IS NULL OR a.until > ?9)) AS is_known
              FROM ({FOUND}) f JOIN troubles t ON (t.scope, t.subject, t.code) = (?7, f.subject, f.code)
              WHERE ?8 >= 0)"
        );
        let units = ["code", "''"].map(|code| {
            format!(
                "SELECT kind, {code} AS code, min(is_known) AS is_known, min(first_at) AS first_at,
                     max(is_fresh AND NOT is_known) AS is_fresh
                 FROM counted GROUP BY kind, {code}, source, row, part"
            )
        });
        transaction.execute(
            &format!(
                "{counted}
                 INSERT OR REPLACE INTO run_troubles (run, kind, code, fresh, standing, acknowledged, oldest)
                 SELECT ?1, kind, code, sum(is_fresh AND NOT is_known), sum(NOT is_fresh AND NOT is_known),
                     sum(is_known), min(first_at) FILTER (WHERE NOT is_fresh AND NOT is_known)
                 FROM ({}) GROUP BY kind, code",
                units.join(" UNION ALL ")
            ),
            of_run,
        )?;
        // What the last whole run before did not have either is gone.
        transaction.execute(
            "DELETE FROM troubles WHERE scope = ?1 AND last_run < ?2",
            params![scope, before],
        )?;
        crate::failpoint::reach("troubles.written");
        transaction.commit()?;
        crate::failpoint::reach("troubles.noted");
        Ok(())
    }

    /// What was wrong with a run when the work on it ended last: first each kind as a whole, then by code,
    /// the most frequent first.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn troubles(&self, run: RunId) -> Result<Vec<Trouble>, Error> {
        let mut statement = self.connection.prepare(
            "SELECT kind, code, fresh, standing, oldest, acknowledged FROM run_troubles WHERE run = ?1
             ORDER BY code <> '', fresh + standing + acknowledged DESC, kind DESC, code",
        )?;
        let count = |count: i64| u64::try_from(count).unwrap_or_default();
        let mut rows = statement.query([run.0])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let kind: String = row.get(0)?;
            let Some(kind) = TroubleKind::from_text(&kind) else {
                continue;
            };
            found.push(Trouble {
                kind,
                code: row.get(1)?,
                fresh: count(row.get(2)?),
                standing: count(row.get(3)?),
                acknowledged: count(row.get(5)?),
                oldest: row.get(4)?,
            });
        }
        Ok(found)
    }
}

/// A record that is held because the API refused it is in trouble since then.
fn since_refused(column: &str) -> String {
    format!(
        "CASE WHEN f.code = '{}' THEN (SELECT min({column}) FROM troubles
         WHERE (scope, subject) = (?7, f.subject) AND last_run >= ?8) END",
        Code::RecordRefused.as_str()
    )
}

/// The number of a run's mapping and account.
pub(super) fn scope_of(transaction: &Transaction<'_>, run: RunId) -> Result<i64, Error> {
    transaction.execute(
        "INSERT OR IGNORE INTO scopes (account, target, address, mapping)
         SELECT account, target, address, mapping FROM runs WHERE id = ?1",
        [run.0],
    )?;
    Ok(transaction.query_row(
        "SELECT scopes.id FROM scopes JOIN runs USING (account, target, address, mapping) WHERE runs.id = ?1",
        [run.0],
        |row| row.get(0),
    )?)
}

/// The last finished whole run of the same mapping and account before this one; 0 when there is none.
fn last_whole_before(transaction: &Transaction<'_>, run: RunId) -> Result<u32, Error> {
    let found = transaction.query_row(
        "SELECT old.id FROM runs old JOIN runs USING (account, target, address, mapping)
         WHERE runs.id = ?1 AND old.id < ?1 AND old.state = 'finished' AND old.sampled = 0 AND old.child_of IS NULL
         ORDER BY old.id DESC LIMIT 1",
        [run.0],
        |row| row.get(0),
    );
    Ok(found.optional()?.unwrap_or_default())
}

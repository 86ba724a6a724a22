//! When a run's requests left, and how a run stands beside the ones before it.

use rusqlite::params;

use super::{Error, Journal, Run};
use crate::record::RunId;

/// The requests that were begun in one stretch of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stretch {
    /// Which stretch, counted from the beginning.
    pub number: u64,
    /// Requests that left, every try counted.
    pub sent: u64,
    /// Answers that asked to wait (429).
    pub throttled: u64,
}

/// A run's requests by the time at which they were begun.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traffic {
    /// When the first was begun, or a pause before it, in milliseconds since 1970.
    pub begun_at: i64,
    /// When the last was begun, or a pause after it ended.
    pub ended_at: i64,
    /// How long a stretch is, in milliseconds.
    pub width: i64,
    /// The stretches in which any request was begun, in order.
    pub stretches: Vec<Stretch>,
}

/// The lengths of stretches that people count in, in milliseconds.
const WIDTHS: [i64; 10] = [
    1_000,
    5_000,
    15_000,
    60_000,
    300_000,
    900_000,
    3_600_000,
    14_400_000,
    86_400_000,
    604_800_000,
];

impl Journal {
    /// The requests of a run over time, in at most `most` stretches where they took less than `most` weeks;
    /// none where there was no request.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn traffic(&self, run: RunId, most: i64) -> Result<Option<Traffic>, Error> {
        let begun: (Option<i64>, Option<i64>) = self.connection.query_row(
            "SELECT min(claimed_at), max(claimed_at) FROM requests WHERE run = ?1 AND tries > 0",
            [run.0],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let (Some(first), Some(last)) = begun else {
            return Ok(None);
        };
        let pauses = self.pauses(run)?;
        let first = pauses
            .iter()
            .map(|pause| pause.begun_at)
            .fold(first, i64::min);
        let last = pauses
            .iter()
            .map(|pause| pause.ended_at)
            .fold(last, i64::max);
        let fits = |width: &&i64| (last - first) / **width < most;
        let [.., longest] = WIDTHS;
        let width = WIDTHS.iter().find(fits).copied().unwrap_or(longest);
        let mut statement = self.connection.prepare(
            "SELECT (claimed_at - ?2) / ?3, sum(tries), sum(throttled) FROM requests
             WHERE run = ?1 AND tries > 0 GROUP BY 1 ORDER BY 1",
        )?;
        let unsigned = |value: i64| u64::try_from(value).unwrap_or_default();
        let stretches = statement.query_map(params![run.0, first, width], |row| {
            Ok(Stretch {
                number: unsigned(row.get(0)?),
                sent: unsigned(row.get(1)?),
                throttled: unsigned(row.get(2)?),
            })
        })?;
        Ok(Some(Traffic {
            begun_at: first,
            ended_at: last,
            width,
            stretches: stretches.collect::<Result<_, _>>()?,
        }))
    }

    /// The last finished whole runs of the same mapping and account before a run, at most `most`, oldest
    /// first.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn whole_runs_before(&self, run: &Run, most: usize) -> Result<Vec<(RunId, i64)>, Error> {
        let mut statement = self.connection.prepare(
            "SELECT id, started_at FROM runs WHERE account = ?1 AND target = ?2 AND address = ?3 AND mapping = ?4
                 AND id < ?5 AND state = 'finished' AND sampled = 0 AND child_of IS NULL
             ORDER BY id DESC LIMIT ?6",
        )?;
        let parameters = params![
            run.account,
            run.target,
            run.address,
            run.mapping,
            run.id.0,
            i64::try_from(most).unwrap_or(i64::MAX)
        ];
        let runs = statement.query_map(parameters, |row| Ok((RunId(row.get(0)?), row.get(1)?)))?;
        let mut runs = runs.collect::<Result<Vec<_>, _>>()?;
        runs.reverse();
        Ok(runs)
    }
}

//! The books of a run: every row and every record in exactly one counted place.

use rusqlite::params;
use serde::{Deserialize, Serialize};

use super::{Error, Journal, id_range};
use crate::record::{RunId, State};

/// A run's counts. Rows and records are counted apart where they come in and where they end, so that a
/// lost one shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Books {
    /// The rows of the sources.
    pub rows: RowBooks,
    /// The records that the staged rows became.
    pub records: RecordBooks,
    /// The requests made for them.
    pub requests: RequestBooks,
    /// Where the time went.
    pub seconds: Seconds,
}

/// `read = skipped + rejected + staged`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RowBooks {
    /// Rows below the header.
    pub read: u64,
    /// Blank rows, repeated headers, and rows that the mapping passes over.
    pub skipped: u64,
    /// Rows that cannot be used.
    pub rejected: u64,
    /// Rows that became records.
    pub staged: u64,
}

/// `total` = the sum of the others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RecordBooks {
    /// All records of the run.
    pub total: u64,
    /// Equal to what succeeded before.
    pub unchanged: u64,
    /// Not sent on purpose.
    pub held: u64,
    /// Applied, by the API's own account.
    pub succeeded: u64,
    /// Not applied, by the API's own account.
    pub failed: u64,
    /// Sent, with no usable answer.
    pub in_doubt: u64,
    /// Still to be sent.
    pub pending: u64,
    /// Sent, and the answer is not there yet.
    pub in_flight: u64,
    /// Left to a newer run that carries the same customer.
    pub superseded: u64,
}

/// What it cost the API.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RequestBooks {
    /// Requests that left, every try counted.
    pub sent: u64,
    /// Answers that asked to wait (429).
    pub throttled: u64,
    /// Requests that sent records again whose outcome was in doubt.
    pub retried: u64,
}

/// Where the time went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Seconds {
    /// Reading, mapping, staging.
    pub stage: f64,
    /// Sending, over all commands that worked on the run.
    pub send: f64,
}

impl Books {
    /// What does not add up; nothing when all does.
    pub fn imbalance(&self) -> Option<String> {
        let rows = self.rows;
        let ended = rows.skipped + rows.rejected + rows.staged;
        if rows.read != ended {
            return Some(format!(
                "{} rows were read and {ended} ended somewhere",
                rows.read
            ));
        }
        let records = self.records;
        let in_a_state = records.in_states();
        if records.total != in_a_state {
            return Some(format!(
                "{} records were staged and {in_a_state} are in a state",
                records.total
            ));
        }
        None
    }

    /// True when rows or records ended in a way that a person should look at.
    pub const fn needs_attention(&self) -> bool {
        self.rows.rejected > 0 || self.records.needs_attention()
    }
}

impl RecordBooks {
    /// True when records ended in a way that a person should look at.
    pub const fn needs_attention(&self) -> bool {
        self.failed + self.held + self.in_doubt > 0
    }

    const fn in_states(&self) -> u64 {
        self.unchanged
            + self.held
            + self.succeeded
            + self.failed
            + self.in_doubt
            + self.pending
            + self.in_flight
            + self.superseded
    }

    fn count_of(&mut self, state: State) -> &mut u64 {
        match state {
            State::Pending => &mut self.pending,
            State::InFlight => &mut self.in_flight,
            State::Succeeded => &mut self.succeeded,
            State::Failed => &mut self.failed,
            State::InDoubt => &mut self.in_doubt,
            State::Held => &mut self.held,
            State::Unchanged => &mut self.unchanged,
            State::Superseded => &mut self.superseded,
        }
    }
}

impl Journal {
    /// The books of a run as they stand now. What a process that is gone left in flight counts as in
    /// doubt.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn books(&self, run: RunId) -> Result<Books, Error> {
        if let Some(kept) = self.kept_books(run)? {
            return Ok(kept);
        }
        let mut books = self.run_counts(run)?;
        books.requests = self.request_counts(run)?;
        let (first, last) = id_range(run);
        let mut statement = self.connection.prepare(
            "SELECT state, count(*) FROM records WHERE id BETWEEN ?1 AND ?2 GROUP BY state",
        )?;
        let mut rows = statement.query([first, last])?;
        while let Some(row) = rows.next()? {
            let state = State::from_code(row.get(0)?)
                .ok_or_else(|| Error::damaged("a record has no known state"))?;
            *books.records.count_of(state) = unsigned(row.get(1)?);
        }
        if !self.has_writer {
            books.records.in_doubt += std::mem::take(&mut books.records.in_flight);
        }
        Ok(books)
    }

    /// The books of a run whose rows and records are gone.
    fn kept_books(&self, run: RunId) -> Result<Option<Books>, Error> {
        let sql = "SELECT books FROM runs WHERE id = ?1";
        let text: Option<String> = self.connection.query_row(sql, [run.0], |row| row.get(0))?;
        let books = text.map(|text| serde_json::from_str(&text));
        books
            .transpose()
            .map_err(|_| Error::damaged("the books of a run cannot be read"))
    }

    fn run_counts(&self, run: RunId) -> Result<Books, Error> {
        // Rejected rows are counted where they are listed: one that went missing there shows in the books.
        let row = self.connection.query_row(
            "SELECT rows_read, rows_skipped, (SELECT count(*) FROM rejected_rows WHERE run = ?1), rows_staged,
                 records, stage_ms, send_ms
             FROM runs WHERE id = ?1",
            [run.0],
            |row| {
                let rows = RowBooks {
                    read: unsigned(row.get(0)?),
                    skipped: unsigned(row.get(1)?),
                    rejected: unsigned(row.get(2)?),
                    staged: unsigned(row.get(3)?),
                };
                let records = RecordBooks {
                    total: unsigned(row.get(4)?),
                    ..RecordBooks::default()
                };
                let seconds = Seconds {
                    stage: seconds(row.get(5)?),
                    send: seconds(row.get(6)?),
                };
                Ok(Books {
                    rows,
                    records,
                    seconds,
                    requests: RequestBooks::default(),
                })
            },
        )?;
        Ok(row)
    }

    fn request_counts(&self, run: RunId) -> Result<RequestBooks, Error> {
        Ok(self.connection.query_row(
            "SELECT coalesce(sum(tries), 0), coalesce(sum(throttled), 0), coalesce(sum(again AND tries > 0), 0)
             FROM requests WHERE run = ?1",
            params![run.0],
            |row| {
                Ok(RequestBooks {
                    sent: unsigned(row.get(0)?),
                    throttled: unsigned(row.get(1)?),
                    retried: unsigned(row.get(2)?),
                })
            },
        )?)
    }
}

pub(super) fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or_default()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a run would have to last 280,000 years to lose a millisecond"
)]
fn seconds(milliseconds: i64) -> f64 {
    milliseconds as f64 / 1000.0
}

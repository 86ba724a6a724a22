//! What became of one row and of one customer, over all runs.

use rusqlite::{OptionalExtension, Row, params};

use super::{Error, Journal, id_range, record_id, row_id};
use crate::{
    private::Private,
    record::{RecordId, RecordKey, RunId, State},
    row::RowChunk,
};

/// A record, and how far it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordFate {
    /// Its place.
    pub id: RecordId,
    /// 1 for the first ten policies of a customer, 2 for the next …
    pub part: u32,
    /// Its state; in doubt where the process that sent it is gone.
    pub state: State,
    /// Whether it may be sent again without a word.
    pub harmless: bool,
    /// The rows it was made of, each with its source; the first one first.
    pub rows: Vec<(u32, u32)>,
    /// How often it was sent.
    pub attempts: u32,
    /// Why it is in that state, where it is not as it should be.
    pub code: Option<String>,
    /// The API's words, which may repeat values.
    pub message: Private<Option<String>>,
    /// The API's id of the customer.
    pub customer_id: Option<String>,
    /// The last request that it was in; none where it was in none.
    pub request: Option<RequestFate>,
    /// The requests that it was in before, oldest first.
    pub earlier: Vec<EarlierRequest>,
}

/// A request that a record was in before it went back to pending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierRequest {
    /// The request.
    pub request: RequestFate,
    /// What came of the record in it; none where it only rode along.
    pub code: Option<String>,
    /// The API's words, which may repeat values.
    pub message: Private<Option<String>>,
}

/// A request, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestFate {
    /// When it was begun, in milliseconds since 1970.
    pub begun_at: i64,
    /// When it was answered.
    pub answered_at: Option<i64>,
    /// How many records were in it.
    pub records: u32,
    /// How often it left.
    pub tries: u32,
    /// How often the answer was 429.
    pub throttled: u32,
    /// The HTTP status of the last answer; none when no answer came.
    pub status: Option<u16>,
    /// What came of it: `settled`, `refused`, `doubtful` or `not_sent`; none while it is under way.
    pub result: Option<String>,
}

/// A row that could not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedFate {
    /// The run.
    pub run: RunId,
    /// Source and row.
    pub spot: (u32, u32),
    /// The line on which it starts.
    pub line: u32,
    /// What tells it from others: its customer's key, else a hash of its cells.
    pub subject: Option<RecordKey>,
    /// What is wrong: column, field and code; column and field are empty where none is concerned.
    pub problems: Vec<(String, String, String)>,
}

const RECORDS: &str = "SELECT q.claimed_at, q.answered_at, q.records, q.tries, q.throttled, q.status, q.result,
        r.id, r.part, r.state, r.harmless, r.source, r.row, r.attempts, r.code, r.message, r.customer_id
    FROM records r LEFT JOIN requests q ON q.id = r.request AND q.run <> 0";

const EARLIER: &str =
    "SELECT q.claimed_at, q.answered_at, q.records, q.tries, q.throttled, q.status, q.result,
        e.code, e.message
    FROM earlier_requests e JOIN requests q ON q.id = e.request JOIN records r ON r.id = e.record
    WHERE e.record = ?1 AND e.request <> r.request ORDER BY e.request";

impl Journal {
    /// The keys of the customers whose records hold a row of a run; none where the row is in no record.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn keys_of_row(&self, run: RunId, spot: (u32, u32)) -> Result<Vec<RecordKey>, Error> {
        let (first, last) = id_range(run);
        let mut statement = self.connection.prepare(
            "SELECT key FROM records WHERE id BETWEEN ?1 AND ?2 AND (source, row) = (?3, ?4)
             UNION SELECT r.key FROM merged_rows m JOIN records r ON r.id = m.record
                 WHERE m.record BETWEEN ?1 AND ?2 AND (m.source, m.row) = (?3, ?4)",
        )?;
        let keys = statement.query_map(params![first, last, spot.0, spot.1], |row| {
            row.get(0).map(RecordKey::from_bytes)
        })?;
        Ok(keys.collect::<Result<_, _>>()?)
    }

    /// The records of a customer in one run, or in all, the newest run first.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn records_of(
        &self,
        key: &RecordKey,
        run: Option<RunId>,
    ) -> Result<Vec<RecordFate>, Error> {
        let (first, last) = run.map_or((0, i64::MAX), id_range);
        let mut statement = self.connection.prepare(&format!(
            "{RECORDS} WHERE r.key = ?1 AND r.id BETWEEN ?2 AND ?3 ORDER BY r.id >> 32 DESC, r.id"
        ))?;
        let mut found = statement.query(params![key.as_bytes(), first, last])?;
        let mut records = Vec::new();
        while let Some(row) = found.next()? {
            records.push(self.read_fate(row)?);
        }
        Ok(records)
    }

    /// The rows of a customer that could not be used, in one run or in all, the newest run first.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn rejected_of(
        &self,
        key: &RecordKey,
        run: Option<RunId>,
    ) -> Result<Vec<RejectedFate>, Error> {
        let mut statement = self.connection.prepare(
            "SELECT run, source, row FROM rejected_rows WHERE subject = ?1 AND (?2 IS NULL OR run = ?2)
             ORDER BY run DESC, source, row",
        )?;
        let spots = statement.query_map(params![key.as_bytes(), run.map(|run| run.0)], |row| {
            Ok((RunId(row.get(0)?), (row.get(1)?, row.get(2)?)))
        })?;
        let spots: Vec<_> = spots.collect::<Result<_, _>>()?;
        let found = spots
            .into_iter()
            .map(|(run, spot)| self.rejected_row(run, spot));
        found.filter_map(Result::transpose).collect()
    }

    /// A row of a run that could not be used; none where it could be, or is not there.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn rejected_row(
        &self,
        run: RunId,
        spot: (u32, u32),
    ) -> Result<Option<RejectedFate>, Error> {
        let (source, row) = spot;
        let found: Option<(u32, Option<[u8; 16]>)> = self
            .connection
            .query_row(
                "SELECT line, subject FROM rejected_rows WHERE (run, source, row) = (?1, ?2, ?3)",
                params![run.0, source, row],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()?;
        let Some((line, subject)) = found else {
            return Ok(None);
        };
        let mut statement = self.connection.prepare(
            "SELECT coalesce(json_extract(s.header, '$[' || p.\"column\" || ']'), ''), p.field, p.code
             FROM problems p JOIN sources s ON s.run = p.run AND s.number = p.source
             WHERE (p.run, p.source, p.row) = (?1, ?2, ?3) ORDER BY p.place",
        )?;
        let problems = statement.query_map(params![run.0, source, row], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
        Ok(Some(RejectedFate {
            run,
            spot,
            line,
            subject: subject.map(RecordKey::from_bytes),
            problems: problems.collect::<Result<_, _>>()?,
        }))
    }

    /// A row of a run as it was read, in a chunk of its own; none where it is not kept any more, or is not
    /// there.
    ///
    /// # Errors
    ///
    /// When database or spool cannot be read.
    pub fn kept_row(
        &self,
        run: RunId,
        (source, number): (u32, u32),
    ) -> Result<Option<RowChunk>, Error> {
        let Some(span) = self.block_of_row(run, (source, number))? else {
            return Ok(None);
        };
        let mut spool = match self.spool_of_rows(run) {
            Err(Error::Erased { .. }) => return Ok(None),
            spool => spool?,
        };
        let chunk = spool.read_rows(span)?;
        let mut rows = chunk.rows();
        let found = rows.find(|row| row.number() == number);
        Ok(found.map(|row| {
            let mut alone = RowChunk::new(source);
            alone.push_row(row);
            alone
        }))
    }

    /// The body of a record, exactly as it is sent; none where it is not kept any more.
    ///
    /// # Errors
    ///
    /// When database or spool cannot be read.
    pub fn kept_body(&self, id: RecordId) -> Result<Option<Private<Vec<u8>>>, Error> {
        let mut bodies = match self.pending(id.run) {
            Err(Error::Erased { .. }) => return Ok(None),
            bodies => bodies?,
        };
        match self.outgoing(&mut bodies, &[id]) {
            Err(Error::Erased { .. }) => Ok(None),
            found => Ok(found?.pop().map(|record| Private::new(record.body))),
        }
    }

    fn read_fate(&self, row: &Row<'_>) -> Result<RecordFate, Error> {
        let id: i64 = row.get(7)?;
        let state = State::from_code(row.get(9)?);
        let mut state = state.ok_or_else(|| Error::damaged("a record has no known state"))?;
        if state == State::InFlight && !self.has_writer {
            state = State::InDoubt;
        }
        let mut rows = vec![(row.get(11)?, row.get(12)?)];
        rows.extend(self.merged_into(record_id(id))?);
        let begun_at: Option<i64> = row.get(0)?;
        let request = begun_at.map(|begun_at| read_request(row, begun_at));
        Ok(RecordFate {
            id: record_id(id),
            part: row.get(8)?,
            state,
            harmless: row.get(10)?,
            rows,
            attempts: row.get(13)?,
            code: row.get(14)?,
            message: Private::new(row.get(15)?),
            customer_id: row.get(16)?,
            request: request.transpose()?,
            earlier: self.earlier_requests(id)?,
        })
    }

    fn earlier_requests(&self, record: i64) -> Result<Vec<EarlierRequest>, Error> {
        let mut statement = self.connection.prepare_cached(EARLIER)?;
        let requests = statement.query_map([record], |row| {
            Ok(EarlierRequest {
                request: read_request(row, row.get(0)?)?,
                code: row.get(7)?,
                message: Private::new(row.get(8)?),
            })
        })?;
        Ok(requests.collect::<Result<_, _>>()?)
    }

    fn merged_into(&self, id: RecordId) -> Result<Vec<(u32, u32)>, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT source, row FROM merged_rows WHERE record = ?1 ORDER BY source, row",
        )?;
        let rows = statement.query_map([row_id(id)], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn read_request(row: &Row<'_>, begun_at: i64) -> rusqlite::Result<RequestFate> {
    Ok(RequestFate {
        begun_at,
        answered_at: row.get(1)?,
        records: row.get(2)?,
        tries: row.get(3)?,
        throttled: row.get(4)?,
        status: row.get(5)?,
        result: row.get(6)?,
    })
}

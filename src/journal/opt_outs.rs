//! Which opt-outs a run brought, and which of them the API is not known to have: the loudest of all that
//! can be left over.

use rusqlite::params;

use super::{Error, Journal, id_range};
use crate::record::{RunId, State};

/// Opt-outs that were not known to be delivered when the run was staged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OptOutBooks {
    /// Records whose opt-out was delivered by this run.
    pub delivered: u64,
    /// Records whose opt-out still waits for its request.
    pub pending: u64,
    /// Rows and records whose opt-out was not delivered: rejected, held, failed, or in doubt. Those left
    /// to a newer run count there, and rejected rows nowhere any more that a later run has closed with their opt-out.
    pub undelivered: u64,
    /// The first of these, by source and row.
    pub first: Vec<(u32, u32)>,
}

/// How many places are named.
const FIRST: i64 = 5;

impl Journal {
    /// The opt-outs of a run as they stand now.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn opt_outs(&self, run: RunId) -> Result<OptOutBooks, Error> {
        let (first, last) = id_range(run);
        let [succeeded, pending, in_flight, superseded] = [
            State::Succeeded,
            State::Pending,
            State::InFlight,
            State::Superseded,
        ]
        .map(State::code);
        let rejected = rejected();
        let mut statement = self.connection.prepare(
            "SELECT state, count(*) FROM records WHERE id BETWEEN ?1 AND ?2 AND opts_out = 1 GROUP BY state",
        )?;
        let mut rows = statement.query([first, last])?;
        let mut books = OptOutBooks::default();
        while let Some(row) = rows.next()? {
            let (state, count): (i64, i64) = (row.get(0)?, row.get(1)?);
            let count = u64::try_from(count).unwrap_or_default();
            match state {
                state if state == succeeded => books.delivered += count,
                state if state == pending || (state == in_flight && self.has_writer) => {
                    books.pending += count;
                }
                state if state == superseded => (),
                _ => books.undelivered += count,
            }
        }
        let mut statement = self.connection.prepare(&format!(
            "SELECT source, row FROM (
                 {rejected}
                 UNION SELECT source, row FROM records
                     WHERE id BETWEEN ?2 AND ?3 AND opts_out = 1 AND state NOT IN (?4, ?5, ?6, ?7))
             ORDER BY source, row LIMIT ?8",
        ))?;
        let parameters = params![
            run.0, first, last, succeeded, pending, in_flight, superseded, FIRST
        ];
        let first = statement.query_map(parameters, |row| Ok((row.get(0)?, row.get(1)?)))?;
        books.first = first.collect::<Result<_, _>>()?;
        let count: i64 = self.connection.query_row(
            &format!("SELECT count(*) FROM ({rejected})"),
            [run.0],
            |row| row.get(0),
        )?;
        books.undelivered += u64::try_from(count).unwrap_or_default();
        Ok(books)
    }
}

/// Rejected rows with an opt-out, but for those that a later run has closed with an opt-out: a customer who was
/// delivered without it is not known to ask for it.
fn rejected() -> String {
    format!(
        "SELECT source, row FROM rejected_rows AS r WHERE run = ?1 AND opts_out = 1
         AND NOT EXISTS (
             SELECT 1 FROM closed_rows c
             JOIN records d ON d.id BETWEEN c.by_run << 32 AND ((c.by_run + 1) << 32) - 1
             WHERE (c.run, c.source, c.row) = (r.run, r.source, r.row) AND d.opts_out = 1 AND d.state = {}
                 AND (d.key = r.subject OR (d.source, d.row) IN (
                     SELECT source, row FROM came_back
                     WHERE (run, of_run, of_source, of_row) = (c.by_run, r.run, r.source, r.row))))",
        State::Succeeded.code()
    )
}

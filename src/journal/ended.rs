//! How the rows of a run ended, and why: known for longer than their cells are kept.

use std::ops::ControlFlow;

use rusqlite::Rows;

use super::{Error, Journal, id_range};
use crate::{
    private::Private,
    record::{Doubt, RunId, State},
};

/// How a row ended of which the cells may not be kept any more.
#[derive(Debug)]
pub struct EndedRow<'r> {
    /// Which source of the run it is from, counted from 0.
    pub source: u32,
    /// Its number.
    pub number: u32,
    /// How it ended.
    pub end: RowEnd,
    /// Why it was rejected, or its record failed, is held or in doubt.
    pub problems: &'r [RowProblem],
    /// The API's id of its customer, where an answer has told it.
    pub customer_id: Option<&'r str>,
}

/// How a row ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowEnd {
    /// Blank, a repeated header, or passed over by the mapping.
    Skipped,
    /// Not usable.
    Rejected,
    /// Not usable, and what it was for was delivered by a later run.
    Closed,
    /// It is in a record, which is in that state; of several parts that of the one that is worst off.
    Staged(State),
}

/// Why a row was rejected, or its record failed, is held or in doubt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowProblem {
    /// The column, counted from 0 in the header; none when no single one is concerned.
    pub column: Option<u32>,
    /// The contract's field; empty when the whole row or record is concerned.
    pub field: String,
    /// The code.
    pub code: String,
    /// The API's words, where it is the API that says so: they may repeat values.
    pub message: Option<Private<String>>,
}

/// A source and a row of it.
pub(super) type Spot = (u32, u32);

/// The result of a query in the order of rows, read no further than to the row that is asked for.
pub(super) struct InOrder<'s, T> {
    rows: Rows<'s>,
    read: fn(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    next: Option<(Spot, T)>,
}

pub(super) const PROBLEMS: &str =
    "SELECT source, row, \"column\", field, code FROM problems WHERE run = ?1
    ORDER BY source, row, place";

impl Journal {
    /// Tells how the rows of a run ended that were not passed over, in the files' order, also once their cells
    /// are not kept any more.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn ended_rows(
        &self,
        run: RunId,
        tell: &mut dyn FnMut(&EndedRow<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let (first, last) = id_range(run);
        let mut ends = self.connection.prepare(&ends(CUSTOMER_ID))?;
        let mut ends = ends.query([run.0.into(), first, last])?;
        let mut problems = self.connection.prepare(PROBLEMS)?;
        let mut problems = InOrder::of(problems.query([run.0])?, read_problem);
        let mut of_row = Vec::new();
        while let Some(row) = ends.next()? {
            let (source, number) = (row.get(0)?, row.get(1)?);
            let customer_id: Option<String> = row.get(9)?;
            of_row.clear();
            let end = self.end_of(read_end(row)?, &mut of_row)?;
            while let Some(problem) = problems.take((source, number))? {
                of_row.push(problem);
            }
            let ended = EndedRow {
                source,
                number,
                end,
                problems: &of_row,
                customer_id: customer_id.as_deref(),
            };
            if tell(&ended).is_break() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// How a row ended, with why its record was not delivered.
    pub(super) fn end_of(&self, end: End, problems: &mut Vec<RowProblem>) -> Result<RowEnd, Error> {
        let Some(mut reason) = end.first else {
            return Ok(if end.is_closed {
                RowEnd::Closed
            } else {
                RowEnd::Rejected
            });
        };
        if let Some(later) = end.later
            && rank(later.state) < rank(reason.state)
        {
            reason = later;
        }
        let mut state = State::from_code(reason.state)
            .ok_or_else(|| Error::damaged("a record has no known state"))?;
        if state == State::InFlight && !self.has_writer {
            state = State::InDoubt;
            reason.code = Some(Doubt::ProgramEnded.as_str().to_owned());
        }
        if matches!(state, State::Failed | State::Held | State::InDoubt) {
            problems.extend(reason.code.map(|code| RowProblem {
                column: None,
                field: String::new(),
                code,
                message: reason.message.map(Private::new),
            }));
        }
        Ok(RowEnd::Staged(state))
    }
}

impl<'s, T> InOrder<'s, T> {
    pub(super) fn of(rows: Rows<'s>, read: fn(&rusqlite::Row<'_>) -> rusqlite::Result<T>) -> Self {
        Self {
            rows,
            read,
            next: None,
        }
    }

    /// The next that is there for that row.
    pub(super) fn take(&mut self, spot: Spot) -> Result<Option<T>, Error> {
        loop {
            match self.next.take() {
                Some((next, found)) if next == spot => return Ok(Some(found)),
                Some((next, found)) if next > spot => {
                    self.next = Some((next, found));
                    return Ok(None);
                }
                _ => {
                    let Some(row) = self.rows.next()? else {
                        return Ok(None);
                    };
                    self.next = Some(((row.get(0)?, row.get(1)?), (self.read)(row)?));
                }
            }
        }
    }
}

/// How a row ended, as the database has it.
pub(super) struct End {
    /// Of the first part of its record; none for a row that was rejected.
    first: Option<PartEnd>,
    /// Of the later part that is worst off.
    later: Option<PartEnd>,
    is_closed: bool,
}

struct PartEnd {
    state: i64,
    code: Option<String>,
    message: Option<String>,
}

/// The API's id of a row's customer: of this run, or of an earlier one.
const CUSTOMER_ID: &str = "coalesce(r.customer_id, (
    SELECT k.customer_id FROM known k JOIN runs ON runs.id = ?1
    WHERE (k.account, k.target, k.address, k.key, k.part) = (runs.account, runs.target, runs.address, r.key, r.part)))";

/// The query for the ends of all rows of a run that were not passed over, in order. Of a customer's parts
/// the one counts that is worst off.
pub(super) fn ends(customer_id: &str) -> String {
    let ranks = State::ALL.iter().map(|state| {
        let code = state.code();
        format!("WHEN {code} THEN {} ", rank(code))
    });
    let ranks: String = ranks.collect();
    let of_record = format!(
        "r.state, r.code, r.message, l.state, l.code, l.message, 0, {customer_id}
         FROM records r LEFT JOIN later l ON l.key = r.key"
    );
    format!(
        "WITH later (key, rank, state, code, message) AS MATERIALIZED (
             SELECT key, min(CASE state {ranks} END), state, code, message FROM records
             WHERE id BETWEEN ?2 AND ?3 AND part > 1 GROUP BY key)
         SELECT j.source, j.row, NULL, NULL, NULL, NULL, NULL, NULL,
             EXISTS (SELECT 1 FROM closed_rows c WHERE (c.run, c.source, c.row) = (j.run, j.source, j.row)), NULL
         FROM rejected_rows j WHERE j.run = ?1
         UNION ALL
         SELECT r.source, r.row, {of_record} WHERE r.id BETWEEN ?2 AND ?3 AND r.part = 1
         UNION ALL
         SELECT m.source, m.row, {of_record} JOIN merged_rows m ON m.record = r.id
         WHERE m.record BETWEEN ?2 AND ?3
         ORDER BY 1, 2"
    )
}

/// How well off a part is in the state of that code; what somebody can correct comes first.
fn rank(state: i64) -> usize {
    const WORST_FIRST: [State; 7] = [
        State::Failed,
        State::Held,
        State::InDoubt,
        State::InFlight,
        State::Pending,
        State::Superseded,
        State::Succeeded,
    ];
    let place = WORST_FIRST.iter().position(|ranked| ranked.code() == state);
    place.unwrap_or(WORST_FIRST.len())
}

pub(super) fn read_end(row: &rusqlite::Row<'_>) -> rusqlite::Result<End> {
    let part = |at: usize| -> rusqlite::Result<Option<PartEnd>> {
        let Some(state) = row.get(at)? else {
            return Ok(None);
        };
        Ok(Some(PartEnd {
            state,
            code: row.get(at + 1)?,
            message: row.get(at + 2)?,
        }))
    };
    Ok(End {
        first: part(2)?,
        later: part(5)?,
        is_closed: row.get(8)?,
    })
}

pub(super) fn read_problem(row: &rusqlite::Row<'_>) -> rusqlite::Result<RowProblem> {
    Ok(RowProblem {
        column: row.get(2)?,
        field: row.get(3)?,
        code: row.get(4)?,
        message: None,
    })
}

//! What a run keeps of its rows, read back: every row with how it ended, and the cells that were refused.

use std::ops::ControlFlow;

use rusqlite::{Rows, params};

use super::{
    Error, Journal, claim::read_span, id_range, retention::STAGED, spool::Span, spool::Spool,
};
use crate::{
    record::{RunId, State},
    row::{Row, RowChunk},
};

/// A row of a run as it was read, and how it ended.
#[derive(Debug)]
pub struct KeptRow<'r> {
    /// Which source of the run it is from, counted from 0.
    pub source: u32,
    /// Its cells.
    pub row: Row<'r>,
    /// How it ended.
    pub end: RowEnd,
    /// Why it was rejected, or its record held.
    pub problems: &'r [RowProblem],
}

/// How a row ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowEnd {
    /// Blank, a repeated header, or passed over by the mapping.
    Skipped,
    /// Not usable.
    Rejected,
    /// It is in a record, which is in that state; held when any part of the record is.
    Staged(State),
}

/// Why a row was rejected, or its record held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowProblem {
    /// The column, counted from 0 in the header; none when no single one is concerned.
    pub column: Option<u32>,
    /// The contract's field; empty when the whole row or record is concerned.
    pub field: String,
    /// The code.
    pub code: String,
}

/// A cell for which a row was rejected.
#[derive(Clone, Copy)]
pub struct ProblemCell<'c> {
    /// The column's name.
    pub column: &'c str,
    /// The problem's code.
    pub code: &'c str,
    /// The cell as the file has it.
    pub text: &'c str,
}

/// Where rows lie in a spool, and which.
struct RowBlock {
    span: Span,
    source: u32,
    first_row: u32,
    last_row: u32,
}

/// A source and a row of it.
type Spot = (u32, u32);

/// The result of a query in the order of rows, read no further than to the row that is asked for.
struct InOrder<'s, T> {
    rows: Rows<'s>,
    read: fn(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    next: Option<(Spot, T)>,
}

const ENDS: &str = "
    WITH held_later (key, code) AS MATERIALIZED (
        SELECT key, min(code) FROM records
        WHERE id BETWEEN ?2 AND ?3 AND part > 1 AND state = ?4 GROUP BY key)
    SELECT source, row, NULL, NULL FROM rejected_rows WHERE run = ?1
    UNION ALL
    SELECT r.source, r.row, iif(h.key IS NULL, r.state, ?4), coalesce(r.code, h.code)
    FROM records r LEFT JOIN held_later h ON h.key = r.key
    WHERE r.id BETWEEN ?2 AND ?3 AND r.part = 1
    UNION ALL
    SELECT m.source, m.row, iif(h.key IS NULL, r.state, ?4), coalesce(r.code, h.code)
    FROM merged_rows m JOIN records r ON r.id = m.record LEFT JOIN held_later h ON h.key = r.key
    WHERE m.record BETWEEN ?2 AND ?3
    ORDER BY 1, 2";

const PROBLEMS: &str = "SELECT source, row, \"column\", field, code FROM problems WHERE run = ?1
    ORDER BY source, row, place";

const PROBLEM_CELLS: &str = "SELECT DISTINCT p.source, p.row, p.\"column\", p.code,
        coalesce(json_extract(s.header, '$[' || p.\"column\" || ']'), '')
    FROM problems p JOIN sources s ON s.run = p.run AND s.number = p.source
    WHERE p.run = ?1 AND p.\"column\" IS NOT NULL ORDER BY p.source, p.row";

impl Journal {
    /// Tells all rows of a run in the files' order, with how they ended, until told to stop.
    ///
    /// # Errors
    ///
    /// When the rows are not kept any more, or database or spool cannot be read.
    pub fn kept_rows(
        &self,
        run: RunId,
        tell: &mut dyn FnMut(&KeptRow<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let mut spool = self.spool_of_rows(run)?;
        let (first, last) = id_range(run);
        let mut ends = self.connection.prepare(ENDS)?;
        let ends = ends.query(params![run.0, first, last, State::Held.code()])?;
        let mut ends = InOrder::of(ends, |row| Ok((row.get(2)?, row.get(3)?)));
        let mut problems = self.connection.prepare(PROBLEMS)?;
        let mut problems = InOrder::of(problems.query([run.0])?, |row| {
            Ok(RowProblem {
                column: row.get(2)?,
                field: row.get(3)?,
                code: row.get(4)?,
            })
        });
        let mut of_row = Vec::new();
        for block in self.row_blocks(run)? {
            for row in spool.read_rows(block.span)?.rows() {
                let spot = (block.source, row.number());
                of_row.clear();
                let end = match ends.take(spot)? {
                    None => RowEnd::Skipped,
                    Some((None, _)) => RowEnd::Rejected,
                    Some((Some(state), code)) => staged(state, code, &mut of_row)?,
                };
                while let Some(problem) = problems.take(spot)? {
                    of_row.push(problem);
                }
                let kept = KeptRow {
                    source: block.source,
                    row,
                    end,
                    problems: &of_row,
                };
                if tell(&kept).is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Tells the cells for which rows of a run were rejected, in the files' order. False when the rows are
    /// not kept any more. Only the blocks that hold such rows are read.
    ///
    /// # Errors
    ///
    /// When database or spool cannot be read.
    pub fn problem_cells(
        &self,
        run: RunId,
        tell: &mut dyn FnMut(ProblemCell<'_>),
    ) -> Result<bool, Error> {
        let mut spool = match self.spool_of_rows(run) {
            Err(Error::Erased { .. }) => return Ok(false),
            spool => spool?,
        };
        let blocks = self.row_blocks(run)?;
        let mut recent: Option<(usize, RowChunk)> = None;
        let mut statement = self.connection.prepare(PROBLEM_CELLS)?;
        let mut rows = statement.query([run.0])?;
        while let Some(found) = rows.next()? {
            let spot: Spot = (found.get(0)?, found.get(1)?);
            let at = blocks.partition_point(|block| (block.source, block.last_row) < spot);
            let Some(block) = blocks.get(at).filter(|block| block.holds(spot)) else {
                continue;
            };
            let chunk = match recent.take() {
                Some((known, chunk)) if known == at => chunk,
                _ => spool.read_rows(block.span)?,
            };
            let column: u32 = found.get(2)?;
            let cell = row_of(&chunk, spot.1).and_then(|row| row.cell(column as usize));
            if let Some(text) = cell {
                tell(ProblemCell {
                    column: found.get_ref(4)?.as_str().map_err(rusqlite::Error::from)?,
                    code: found.get_ref(3)?.as_str().map_err(rusqlite::Error::from)?,
                    text,
                });
            }
            recent = Some((at, chunk));
        }
        Ok(true)
    }

    /// The spool that holds the bodies of a run now.
    pub(super) fn spool_of_bodies(&self, run: RunId) -> Result<Spool, Error> {
        match self.loose_spool(run) {
            Some(spool) => spool.twin(),
            None => Spool::open(&self.current_spool(run)?),
        }
    }

    /// The spool that staging wrote; what carries open records over holds no rows.
    fn spool_of_rows(&self, run: RunId) -> Result<Spool, Error> {
        if let Some(spool) = self.loose_spool(run) {
            return spool.twin();
        }
        let current = self.current_spool(run)?;
        if self.spool_path(run, STAGED).as_ref() != Some(&current) {
            return Err(Error::Erased { run: run.0 });
        }
        Spool::open(&current)
    }

    fn loose_spool(&self, run: RunId) -> Option<&Spool> {
        let found = self.loose_spools.iter().find(|(of, _)| *of == run);
        found.map(|(_, spool)| spool)
    }

    fn row_blocks(&self, run: RunId) -> Result<Vec<RowBlock>, Error> {
        let mut statement = self.connection.prepare(
            "SELECT offset, length, checksum, source, first_row, last_row FROM blocks
             WHERE run = ?1 AND first_row IS NOT NULL ORDER BY number",
        )?;
        let blocks = statement.query_map([run.0], |row| {
            Ok(RowBlock {
                span: read_span(row)?,
                source: row.get(3)?,
                first_row: row.get(4)?,
                last_row: row.get(5)?,
            })
        })?;
        Ok(blocks.collect::<Result<_, _>>()?)
    }
}

impl RowBlock {
    fn holds(&self, (source, row): Spot) -> bool {
        self.source == source && (self.first_row..=self.last_row).contains(&row)
    }
}

impl<'s, T> InOrder<'s, T> {
    fn of(rows: Rows<'s>, read: fn(&rusqlite::Row<'_>) -> rusqlite::Result<T>) -> Self {
        Self {
            rows,
            read,
            next: None,
        }
    }

    /// The next that is there for that row.
    fn take(&mut self, spot: Spot) -> Result<Option<T>, Error> {
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

/// The state of a row's record, and why it is held, if it is.
fn staged(
    state: i64,
    code: Option<String>,
    problems: &mut Vec<RowProblem>,
) -> Result<RowEnd, Error> {
    let state =
        State::from_code(state).ok_or_else(|| Error::damaged("a record has no known state"))?;
    if state == State::Held {
        problems.extend(code.map(|code| RowProblem {
            column: None,
            field: String::new(),
            code,
        }));
    }
    Ok(RowEnd::Staged(state))
}

/// The row of that number; rows of a block ascend.
fn row_of(chunk: &RowChunk, number: u32) -> Option<Row<'_>> {
    let (mut low, mut high) = (0, chunk.len());
    while low < high {
        let middle = low.midpoint(high);
        let row = chunk.row(middle)?;
        match row.number().cmp(&number) {
            std::cmp::Ordering::Equal => return Some(row),
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
        }
    }
    None
}

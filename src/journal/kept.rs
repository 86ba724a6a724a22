//! What a run keeps of its rows, read back: every row with how it ended, and the cells that were refused.

use std::ops::ControlFlow;

use super::{
    Error, Journal, RowEnd, RowProblem,
    claim::read_span,
    ended::{InOrder, PROBLEMS, Spot, ends, read_end, read_problem},
    id_range,
    retention::STAGED,
    spool::{Span, Spool},
};
use crate::{
    record::RunId,
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
    /// Why it was rejected, or its record failed, is held or in doubt.
    pub problems: &'r [RowProblem],
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
        let mut ends = self.connection.prepare(&ends("NULL"))?;
        let mut ends = InOrder::of(ends.query([run.0.into(), first, last])?, read_end);
        let mut problems = self.connection.prepare(PROBLEMS)?;
        let mut problems = InOrder::of(problems.query([run.0])?, read_problem);
        let mut of_row = Vec::new();
        for block in self.row_blocks(run)? {
            for row in spool.read_rows(block.span)?.rows() {
                let spot = (block.source, row.number());
                of_row.clear();
                let end = match ends.take(spot)? {
                    None => RowEnd::Skipped,
                    Some(end) => self.end_of(end, &mut of_row)?,
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

    /// The columns of a run's tables, which share them, and what the first one was read as, in words.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn columns_of(&self, run: RunId) -> Result<(Vec<String>, String), Error> {
        let found: (String, String) = self.connection.query_row(
            "SELECT header, read_as FROM sources WHERE run = ?1 ORDER BY number LIMIT 1",
            [run.0],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let header = serde_json::from_str(&found.0)
            .map_err(|_| Error::damaged("a source's columns cannot be read"))?;
        Ok((header, found.1))
    }

    /// True while the cells of a run's rows are kept.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read, or the spool is not there although it should be.
    pub fn keeps_rows(&self, run: RunId) -> Result<bool, Error> {
        match self.spool_of_rows(run) {
            Err(Error::Erased { .. }) => Ok(false),
            spool => spool.map(|_| true),
        }
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
    pub(super) fn spool_of_rows(&self, run: RunId) -> Result<Spool, Error> {
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

    /// Where the block lies that holds a row, if there is such a row.
    pub(super) fn block_of_row(&self, run: RunId, spot: Spot) -> Result<Option<Span>, Error> {
        let blocks = self.row_blocks(run)?;
        let found = blocks.iter().find(|block| block.holds(spot));
        Ok(found.map(|block| block.span))
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

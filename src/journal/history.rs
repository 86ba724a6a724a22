//! What happened, for people to read: problems by column and code, failures, what was counted.

use rusqlite::{Row, params};

use super::{Error, FIRST, Journal, id_range};
use crate::record::{RunId, State};

/// How often one problem occurred, and where first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeCount {
    /// The column's name; empty where no single column is concerned.
    pub column: String,
    /// The contract's field, the first of those that the column feeds; empty where the whole row is
    /// concerned.
    pub field: String,
    /// The problem's or outcome's code.
    pub code: String,
    /// How many rows or records.
    pub count: u64,
    /// The first rows.
    pub first: Vec<Spot>,
}

/// Where a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// Which source of the run, counted from 0.
    pub source: u32,
    /// The row's number as a spreadsheet shows it.
    pub row: u32,
    /// The line on which the row starts, where that is known.
    pub line: Option<u32>,
    /// The first byte of the file that is no text.
    pub byte: Option<u64>,
}

/// What was mended, left out or passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// `repaired`, `omitted`, `skipped` or `identified`.
    pub kind: String,
    /// The column's name; empty for rows that were passed over.
    pub column: String,
    /// The code, or the mapping's reason.
    pub code: String,
    /// How often.
    pub count: u64,
}

impl Journal {
    /// Why rows were rejected, by column and code, the most frequent first.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn rejections(&self, run: RunId) -> Result<Vec<CodeCount>, Error> {
        self.rejections_where(run, "")
    }

    /// The same, without rows whose customer a later run has delivered.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn open_rejections(&self, run: RunId) -> Result<Vec<CodeCount>, Error> {
        self.rejections_where(
            run,
            "AND NOT EXISTS (SELECT 1 FROM closed_rows c WHERE (c.run, c.source, c.row) = (p.run, p.source, p.row))",
        )
    }

    fn rejections_where(&self, run: RunId, which: &str) -> Result<Vec<CodeCount>, Error> {
        let mut statement = self.connection.prepare(&format!(
            "SELECT coalesce(json_extract(s.header, '$[' || p.\"column\" || ']'), ''), p.field, p.code,
                 p.source, p.row, r.line, p.byte
             FROM problems p JOIN sources s ON s.run = p.run AND s.number = p.source
                 JOIN rejected_rows r ON r.run = p.run AND r.source = p.source AND r.row = p.row
             WHERE p.run = ?1 {which} ORDER BY p.source, p.row"
        ))?;
        group(statement.query([run.0])?)
    }

    /// Why records are in a state that a person should know of, by code, the most frequent first.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn records_by_code(&self, run: RunId, state: State) -> Result<Vec<CodeCount>, Error> {
        self.codes(run, state, "")
    }

    /// Why records are in doubt that are harmless to send again, or those that are not.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn doubts_by_code(&self, run: RunId, harmless: bool) -> Result<Vec<CodeCount>, Error> {
        let which = if harmless {
            "AND harmless = 1"
        } else {
            "AND harmless = 0"
        };
        self.codes(run, State::InDoubt, which)
    }

    fn codes(&self, run: RunId, state: State, which: &str) -> Result<Vec<CodeCount>, Error> {
        let (first, last) = id_range(run);
        let mut states = vec![state.code()];
        if state == State::InDoubt && !self.has_writer {
            states.push(State::InFlight.code());
        }
        let mut statement = self.connection.prepare(&format!(
            "SELECT '', '', coalesce(code, 'doubt.program_ended'), source, row, NULL, NULL
             FROM records
             WHERE id BETWEEN ?1 AND ?2 AND state IN (?3, ?4) {which} ORDER BY id"
        ))?;
        let other = states.last().copied();
        group(statement.query(params![first, last, state.code(), other])?)
    }

    /// What was mended, left out or passed over, the most frequent first.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn counted(&self, run: RunId) -> Result<Vec<Counted>, Error> {
        let mut statement = self.connection.prepare(
            "SELECT c.kind,
                 CASE WHEN c.kind IN ('skipped', 'suppressed') THEN ''
                     ELSE coalesce(json_extract(s.header, '$[' || c.\"column\" || ']'), '') END,
                 c.code, sum(c.count)
             FROM counts c JOIN sources s ON s.run = c.run AND s.number = c.source
             WHERE c.run = ?1 AND c.kind NOT IN ('conflict', 'duplicate') GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3",
        )?;
        let rows = statement.query_map([run.0], |row| {
            Ok(Counted {
                kind: row.get(0)?,
                column: row.get(1)?,
                code: row.get(2)?,
                count: u64::try_from(row.get::<_, i64>(3)?).unwrap_or_default(),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn group(mut rows: rusqlite::Rows<'_>) -> Result<Vec<CodeCount>, Error> {
    let mut groups: Vec<CodeCount> = Vec::new();
    // By group: the row that was counted last.
    let mut last: Vec<Spot> = Vec::new();
    while let Some(row) = rows.next()? {
        let spot = Spot {
            source: row.get(3)?,
            row: row.get(4)?,
            line: row.get(5)?,
            byte: row
                .get::<_, Option<i64>>(6)?
                .and_then(|byte| u64::try_from(byte).ok()),
        };
        let (column, field, code) = text_columns(row)?;
        // A cell that feeds several fields is one to be corrected.
        let known = groups.iter_mut().zip(&mut last).find(|(group, _)| {
            (group.column.as_str(), group.code.as_str()) == (column, code)
                && (group.field == field || !column.is_empty())
        });
        match known {
            Some((_, last)) if (last.source, last.row) == (spot.source, spot.row) => (),
            Some((group, last)) => {
                *last = spot;
                group.count += 1;
                if group.first.len() < FIRST {
                    group.first.push(spot);
                }
            }
            None => {
                last.push(spot);
                groups.push(CodeCount {
                    column: column.to_owned(),
                    field: field.to_owned(),
                    code: code.to_owned(),
                    count: 1,
                    first: vec![spot],
                });
            }
        }
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.count));
    Ok(groups)
}

fn text_columns<'r>(row: &'r Row<'_>) -> Result<(&'r str, &'r str, &'r str), Error> {
    let text = |index| row.get_ref(index)?.as_str().map_err(rusqlite::Error::from);
    Ok((text(0)?, text(1)?, text(2)?))
}

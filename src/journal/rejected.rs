//! Rows that cannot be used: which they are, what is wrong with them, and whether they ask for something
//! that must not be lost.

use rusqlite::params;

use super::{Error, Staging};
use crate::{
    problem::Problem,
    record::{OptOuts, RecordKey},
    row::Place,
};

/// A row that cannot be used.
#[derive(Debug, Clone, Copy)]
pub struct Rejected {
    /// Which source it is in.
    pub source: u32,
    /// Where it stands there.
    pub place: Place,
    /// Its customer's key; none where the row does not tell it.
    pub key: Option<RecordKey>,
    /// What tells it from other rows, on other nights too: the key, else a hash of its cells.
    pub subject: RecordKey,
    /// The opt-outs that it carries all the same.
    pub opt_outs: OptOuts,
}

impl Staging<'_> {
    /// Rejects a row, with all of its problems.
    ///
    /// # Errors
    ///
    /// When the database cannot be written.
    pub fn reject(&mut self, row: &Rejected, problems: &[Problem]) -> Result<(), Error> {
        self.counted.rejected += 1;
        let opts_out = self.is_undelivered(row)?;
        let (run, source, number) = (self.run().0, row.source, row.place.number);
        self.connection()
            .prepare_cached(
                "INSERT INTO rejected_rows (run, source, row, line, subject, opts_out) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![run, source, number, row.place.line, row.subject.as_bytes(), opts_out])?;
        let mut statement = self.connection().prepare_cached(
            "INSERT INTO problems (run, source, row, place, \"column\", field, code, byte)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?;
        for (place, problem) in (0_i64..).zip(problems) {
            statement.execute(params![
                run,
                source,
                number,
                place,
                problem.column,
                problem.field,
                problem.code.as_str(),
                problem.byte.and_then(|byte| i64::try_from(byte).ok())
            ])?;
        }
        Ok(())
    }

    /// True when the row asks for an opt-out of which the API is not known to know.
    fn is_undelivered(&self, row: &Rejected) -> Result<bool, Error> {
        if row.opt_outs.is_none() {
            return Ok(false);
        }
        let Some(key) = row.key else {
            return Ok(true);
        };
        let known = self.baseline.remembered(self.connection(), (key, 1))?;
        Ok(row.opt_outs.adds_to(known.facts.opt_outs))
    }
}

//! Two runs of one journal held against each other, customer by customer: what one mapping makes of the
//! same rows, beside another.

use rusqlite::Rows;

use super::{Error, Journal, RowRef, id_range};
use crate::record::{RunId, State};

/// How many records differ between an older and a newer run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Compared {
    /// The same body in both.
    pub same: u64,
    /// Another body.
    pub changed: u64,
    /// In the newer run only.
    pub added: u64,
    /// In the older run only.
    pub gone: u64,
    /// Changed or added, and pending in the newer run.
    pub to_send: u64,
}

/// A record as far as it is compared.
struct Side {
    key: ([u8; 16], u32),
    fingerprint: [u8; 16],
    is_pending: bool,
    body: RowRef,
}

const BY_KEY: &str = "SELECT key, part, fingerprint, state, block, slot FROM records
    WHERE id BETWEEN ?1 AND ?2 ORDER BY key, part";

impl Journal {
    /// Compares the records of two runs, and tells the bodies of those that differ in the newer one's
    /// order: first the older body, then the newer. Both runs have kept their bodies.
    ///
    /// # Errors
    ///
    /// When database or spool cannot be read.
    pub fn compare(
        &self,
        (older, newer): (RunId, RunId),
        tell: &mut dyn FnMut(&[u8], &[u8]),
    ) -> Result<Compared, Error> {
        let (compared, mut changed) = self.match_records(older, newer)?;
        // In the order of their blocks, so that each block is read once or twice.
        changed.sort_unstable_by_key(|(_, newer)| *newer);
        let (mut older, mut newer) = (self.pending(older)?, self.pending(newer)?);
        for (before, now) in changed {
            let before = older.body(before.block, before.index)?;
            let now = newer.body(now.block, now.index)?;
            tell(&before, &now);
        }
        Ok(compared)
    }

    /// Walks the records of both runs in the order of their keys.
    fn match_records(
        &self,
        older: RunId,
        newer: RunId,
    ) -> Result<(Compared, Vec<(RowRef, RowRef)>), Error> {
        let mut compared = Compared::default();
        let mut changed = Vec::new();
        let (mut of_older, mut of_newer) = (
            self.connection.prepare(BY_KEY)?,
            self.connection.prepare(BY_KEY)?,
        );
        let mut of_older = of_older.query(<[i64; 2]>::from(id_range(older)))?;
        let mut of_newer = of_newer.query(<[i64; 2]>::from(id_range(newer)))?;
        let (mut before, mut now) = (next(&mut of_older)?, next(&mut of_newer)?);
        loop {
            match (&before, &now) {
                (None, None) => return Ok((compared, changed)),
                (Some(one), Some(other)) if one.key == other.key => {
                    if one.fingerprint == other.fingerprint {
                        compared.same += 1;
                    } else {
                        compared.changed += 1;
                        compared.to_send += u64::from(other.is_pending);
                        changed.push((one.body, other.body));
                    }
                    (before, now) = (next(&mut of_older)?, next(&mut of_newer)?);
                }
                (Some(one), other) if other.as_ref().is_none_or(|other| one.key < other.key) => {
                    compared.gone += 1;
                    before = next(&mut of_older)?;
                }
                (_, other) => {
                    compared.added += 1;
                    compared.to_send +=
                        u64::from(other.as_ref().is_some_and(|other| other.is_pending));
                    now = next(&mut of_newer)?;
                }
            }
        }
    }
}

fn next(rows: &mut Rows<'_>) -> Result<Option<Side>, Error> {
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    Ok(Some(Side {
        key: (row.get(0)?, row.get(1)?),
        fingerprint: row.get(2)?,
        is_pending: row.get::<_, i64>(3)? == State::Pending.code(),
        body: RowRef {
            block: row.get(4)?,
            index: row.get(5)?,
        },
    }))
}

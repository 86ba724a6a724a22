//! What proves a run: which files were read, by which program and mapping, and how long they are kept.

use super::{Error, Journal, retention::LONGEST, run::read_origin};
use crate::{origin::Origin, record::RunId};

/// What a run was made of, so that nobody has to take its numbers on trust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The program's version.
    pub program: String,
    /// The hash of what the mapping meant.
    pub mapping_digest: Vec<u8>,
    /// The tables that were read.
    pub sources: Vec<ReadSource>,
    /// When cells and bodies are erased at the latest, in milliseconds since 1970; none while the run is not
    /// finished, and where they are erased already.
    pub erased_at: Option<i64>,
    /// True when cells and bodies of all rows are not kept any more.
    pub is_erased: bool,
}

/// A table that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadSource {
    /// Where it was found.
    pub origin: Origin,
    /// What it was read as, in words.
    pub read_as: String,
    /// The hash of its file's content.
    pub sha256: Vec<u8>,
    /// The file's size in bytes.
    pub size: u64,
}

impl Journal {
    /// What a run was made of.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn evidence(&self, run: RunId) -> Result<Evidence, Error> {
        let (program, mapping_digest, finished_at, is_kept, has_rows): (
            _,
            _,
            Option<i64>,
            _,
            bool,
        ) = self.connection.query_row(
            "SELECT program, mapping_digest, finished_at, spool,
                 EXISTS (SELECT 1 FROM blocks WHERE run = runs.id AND first_row IS NOT NULL)
             FROM runs WHERE id = ?1",
            [run.0],
            |row| {
                let is_kept = row.get::<_, u8>(3)? != 0;
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, is_kept, row.get(4)?))
            },
        )?;
        Ok(Evidence {
            program,
            mapping_digest,
            sources: self.read_sources(run)?,
            erased_at: finished_at.filter(|_| is_kept).map(|at| at + LONGEST),
            is_erased: !(is_kept && has_rows),
        })
    }

    fn read_sources(&self, run: RunId) -> Result<Vec<ReadSource>, Error> {
        let mut statement = self.connection.prepare(
            "SELECT path, member, sheet, read_as, sha256, size FROM sources WHERE run = ?1 ORDER BY number",
        )?;
        let sources = statement.query_map([run.0], |row| {
            Ok(ReadSource {
                origin: read_origin(row)?,
                read_as: row.get(3)?,
                sha256: row.get(4)?,
                size: u64::try_from(row.get::<_, i64>(5)?).unwrap_or_default(),
            })
        })?;
        Ok(sources.collect::<Result<_, _>>()?)
    }
}

//! Rows of one customer find one another: most rows are the only one, and only a true second row
//! makes staging go back to the first.

use std::collections::BTreeSet;

use super::{
    error::Error,
    key_index::KeyIndex,
    map_rows::{MappedChunk, RowMapper, RowOutcome},
};
use crate::{
    journal::{Bodies, Entry, RowRef, Staging},
    mapping::Mapped,
    problem::{Code, Problem},
    record::{Part, RecordKey},
    row::{Place, RowChunk},
};

/// Takes mapped rows in order and stages the records that they become.
pub(super) struct Gatherer<'g, 'j, 'm> {
    staging: &'g mut Staging<'j>,
    mapper: RowMapper<'m>,
    keys: KeyIndex,
    /// Rows of customers that need a second look, with their record's number.
    rows: Vec<(u32, RowRef)>,
    /// Numbers whose first row is a record in the journal already.
    staged_again: BTreeSet<u32>,
    /// Keys of rejected rows: their customers' records wait.
    rejected: Vec<RecordKey>,
    /// Numbers of customers of whom nothing could be used.
    dropped: BTreeSet<u32>,
}

/// The customers of whom a run holds a record.
pub(super) struct Carried {
    keys: KeyIndex,
    dropped: BTreeSet<u32>,
}

impl Carried {
    /// True when the run holds a record of that customer.
    pub(super) fn holds(&self, key: &RecordKey) -> bool {
        self.keys
            .find(key)
            .is_some_and(|number| !self.dropped.contains(&number))
    }
}

/// A row read back: its customer's number, its place in the spool, and its place among the rows read.
type Member = (u32, RowRef, usize);

/// A customer's rows, brought together.
struct Together {
    number: u32,
    rows: Vec<(RowRef, Place)>,
}

/// A merged record on its way into a block of bodies.
struct Finished {
    together: Together,
    parts: Vec<Part>,
}

/// How many rows are brought together at a time: their cells are in memory then.
const ROWS_AT_A_TIME: usize = 10_000;
/// More rows than any customer has in an export, where spouse and dependents are columns, or in a carrier's
/// book, where each member has a row a year.
const MOST_ROWS_OF_A_CUSTOMER: usize = 500;
/// How many bytes of merged bodies make a block.
const BLOCK_BYTES: usize = 512 << 10;

impl<'g, 'j, 'm> Gatherer<'g, 'j, 'm> {
    pub(super) fn new(staging: &'g mut Staging<'j>, mapper: RowMapper<'m>) -> Self {
        Self {
            staging,
            mapper,
            keys: KeyIndex::default(),
            rows: Vec::new(),
            staged_again: BTreeSet::new(),
            rejected: Vec::new(),
            dropped: BTreeSet::new(),
        }
    }

    /// Stages a chunk: each row that is the first of its customer and complete becomes a record at once.
    pub(super) fn take(&mut self, chunk: MappedChunk) -> Result<(), Error> {
        let block = self.staging.block(chunk.source, chunk.span, &chunk.block)?;
        for ((kind, column, code), count) in &chunk.counts {
            self.staging
                .count(*kind, (chunk.source, *column), code, *count)?;
        }
        for (index, outcome) in (0..).zip(chunk.rows) {
            self.staging.count_row();
            let at = RowRef { block, index };
            match outcome {
                RowOutcome::Skipped => self.staging.count_skipped(),
                RowOutcome::Rejected {
                    place,
                    key,
                    problems,
                } => {
                    self.staging.reject(chunk.source, place, &problems)?;
                    self.rejected
                        .extend(key.filter(|_| !self.mapper.allows_rejected_rows));
                }
                RowOutcome::Draft { place, key, record } => {
                    self.take_draft((chunk.source, place, at), key, record.ok())?;
                }
            }
        }
        Ok(())
    }

    fn take_draft(
        &mut self,
        (source, place, at): (u32, Place, RowRef),
        key: RecordKey,
        record: Option<Part>,
    ) -> Result<(), Error> {
        if let Some(number) = self.keys.find(&key) {
            self.rows.push((number, at));
            return Ok(());
        }
        let number = self.keys.add(key);
        // What a lone row lacks, a later one may bring: it is judged when all rows are there.
        let Some(part) = record else {
            self.rows.push((number, at));
            return Ok(());
        };
        let entry = Entry {
            number,
            key,
            part,
            part_number: 1,
            previous: None,
            source,
            row: place.number,
            rows: 1,
            body: at,
        };
        self.staging.record(&entry, None)?;
        Ok(())
    }

    /// Merges what came in several rows, judges what was incomplete, and holds back the records of
    /// customers with a rejected row. Gives the customers that the run carries.
    pub(super) fn finish(mut self) -> Result<Carried, Error> {
        let waiting: BTreeSet<u32> = self
            .rejected
            .iter()
            .filter_map(|key| self.keys.find(key))
            .collect();
        self.add_first_rows(&waiting)?;
        let mut rows = std::mem::take(&mut self.rows);
        rows.sort_unstable();
        self.reject_crowds(&mut rows)?;
        let mut rest = rows.as_slice();
        while !rest.is_empty() {
            let (now, later) = rest.split_at(end_of_group(rest));
            self.merge_group(now, &waiting)?;
            rest = later;
        }
        Ok(Carried {
            keys: self.keys,
            dropped: self.dropped,
        })
    }

    /// The first row of a customer is in the journal and not in the list yet.
    fn add_first_rows(&mut self, waiting: &BTreeSet<u32>) -> Result<(), Error> {
        let several: BTreeSet<u32> = self.rows.iter().map(|(number, _)| *number).collect();
        for number in several.union(waiting) {
            if let Some(first) = self.staging.body_of(*number)? {
                self.staged_again.insert(*number);
                self.rows.push((*number, first));
            }
        }
        Ok(())
    }

    /// A column that holds the same for everyone is no key: merging its rows would make one customer of
    /// a whole book, and take as long as the square of their number.
    fn reject_crowds(&mut self, rows: &mut Vec<(u32, RowRef)>) -> Result<(), Error> {
        let customers = rows.chunk_by(|one, other| one.0 == other.0);
        let crowds = customers.filter(|customer| customer.len() > MOST_ROWS_OF_A_CUSTOMER);
        let mut crowded = Vec::new();
        for crowd in crowds {
            let number = crowd.first().map_or(0, |(number, _)| *number);
            if self.staged_again.contains(&number) {
                self.staging.withdraw(number)?;
            }
            for some in crowd.chunks(ROWS_AT_A_TIME) {
                let refs: Vec<RowRef> = some.iter().map(|(_, at)| *at).collect();
                let mut cells = RowChunk::new(0);
                self.staging.gather(&refs, &mut cells)?;
                let rows = refs.into_iter().zip(cells.rows().map(|row| row.place()));
                let together = Together {
                    number,
                    rows: rows.collect(),
                };
                self.reject_all(&together, &[Problem::of_row(Code::RecordTooManyRows)])?;
            }
            crowded.push(number);
        }
        rows.retain(|(number, _)| crowded.binary_search(number).is_err());
        self.dropped.extend(crowded);
        Ok(())
    }

    fn merge_group(
        &mut self,
        group: &[(u32, RowRef)],
        waiting: &BTreeSet<u32>,
    ) -> Result<(), Error> {
        let (rows, members) = self.bring_together(group)?;
        let mut mapped = Mapped::default();
        let mut bodies = Bodies::default();
        let mut finished = Vec::new();
        // One customer at a time: the drafts of all would take several times the memory of their cells.
        for customer in members.chunk_by(|one, other| one.0 == other.0) {
            let mut together = Together {
                number: customer.first().map_or(0, |(number, ..)| *number),
                rows: Vec::with_capacity(customer.len()),
            };
            let mut drafts = Vec::with_capacity(customer.len());
            for (_, at, index) in customer {
                let Some(row) = rows.row(*index) else {
                    continue;
                };
                together.rows.push((*at, row.place()));
                drafts.push(self.mapper.draft(row, &mut mapped));
            }
            if self.staged_again.contains(&together.number) {
                self.staging.withdraw(together.number)?;
            }
            match self.mapper.assembly.merged(drafts, &mut bodies.bytes) {
                Ok(parts) => {
                    for part in &parts {
                        bodies.close(part.length);
                    }
                    finished.push(Finished { together, parts });
                }
                Err(problems) => {
                    self.dropped.insert(together.number);
                    self.reject_all(&together, &problems)?;
                }
            }
            if bodies.bytes.len() > BLOCK_BYTES {
                self.stage_merged(
                    std::mem::take(&mut bodies),
                    std::mem::take(&mut finished),
                    waiting,
                )?;
            }
        }
        self.stage_merged(bodies, finished, waiting)
    }

    /// Reads the rows of a group back, block by block, and says which are whose, customer by customer.
    fn bring_together(
        &mut self,
        group: &[(u32, RowRef)],
    ) -> Result<(RowChunk, Vec<Member>), Error> {
        let mut refs: Vec<RowRef> = group.iter().map(|(_, at)| *at).collect();
        refs.sort_unstable();
        let mut rows = RowChunk::new(0);
        self.staging.gather(&refs, &mut rows)?;
        let find = |at: &RowRef| refs.binary_search(at).unwrap_or(usize::MAX);
        let mut members: Vec<Member> = group
            .iter()
            .map(|(number, at)| (*number, *at, find(at)))
            .collect();
        members.sort_unstable();
        Ok((rows, members))
    }

    fn reject_all(&mut self, together: &Together, problems: &[Problem]) -> Result<(), Error> {
        for (at, place) in &together.rows {
            let source = self.staging.source_of(at.block);
            self.staging.reject(source, *place, problems)?;
        }
        Ok(())
    }

    fn stage_merged(
        &mut self,
        bodies: Bodies,
        finished: Vec<Finished>,
        waiting: &BTreeSet<u32>,
    ) -> Result<(), Error> {
        if finished.is_empty() {
            return Ok(());
        }
        let block = self
            .staging
            .block(0, None, &self.mapper.pack(&RowChunk::new(0), bodies))?;
        let mut slot = 0;
        for Finished { together, parts } in finished {
            let hold = waiting
                .contains(&together.number)
                .then_some(Code::RecordRowRejected);
            let mut previous = None;
            for (part_number, part) in (1..).zip(parts) {
                let number = if part_number == 1 {
                    together.number
                } else {
                    self.keys.add_part()
                };
                let body = RowRef { block, index: slot };
                let entry = self.entry(&together, (number, part_number, previous), part, body)?;
                self.staging.record(&entry, hold)?;
                previous = Some(number);
                slot += 1;
            }
            for (at, place) in together.rows.iter().skip(1) {
                let source = self.staging.source_of(at.block);
                self.staging
                    .merged_row(together.number, source, place.number)?;
            }
        }
        Ok(())
    }

    /// A part's entry; the rows count at the first part.
    fn entry(
        &self,
        together: &Together,
        (number, part_number, previous): (u32, u32, Option<u32>),
        part: Part,
        body: RowRef,
    ) -> Result<Entry, Error> {
        let (first, key) = together
            .rows
            .first()
            .zip(self.keys.key(together.number))
            .ok_or(Error::Broken("a merged record has no row"))?;
        let rows = u32::try_from(together.rows.len()).unwrap_or(u32::MAX);
        Ok(Entry {
            number,
            key,
            part,
            part_number,
            previous,
            source: self.staging.source_of(first.0.block),
            row: first.1.number,
            rows: if part_number == 1 { rows } else { 0 },
            body,
        })
    }
}

/// Where a group of about [`ROWS_AT_A_TIME`] rows ends, without parting the rows of a customer.
fn end_of_group(rows: &[(u32, RowRef)]) -> usize {
    let Some((last, _)) = rows.get(ROWS_AT_A_TIME - 1) else {
        return rows.len();
    };
    rows.partition_point(|(number, _)| number <= last)
}

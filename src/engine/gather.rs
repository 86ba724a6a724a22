//! Rows of one customer find one another: most rows are the only one, and only a true second row
//! makes staging go back to the first.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    error::Error,
    key_index::KeyIndex,
    map_rows::{MappedChunk, RowMapper, RowOutcome},
    merge_rows::Together,
    merge_tally::MergeTally,
    shared_ids::{Carriers, IdOf},
};
use crate::{
    journal::{Entry, RowRef, Staging},
    mapping::Mapped,
    problem::{Code, Problem},
    record::{Part, RecordKey},
    row::{Place, RowChunk},
};

/// Takes mapped rows in order and stages the records that they become.
pub(super) struct Gatherer<'g, 'j, 'm> {
    pub(super) staging: &'g mut Staging<'j>,
    pub(super) mapper: RowMapper<'m>,
    pub(super) keys: KeyIndex,
    /// Rows of customers that need a second look, with their record's number.
    rows: Vec<(u32, RowRef)>,
    /// Numbers whose first row is a record in the journal already.
    pub(super) staged_again: BTreeSet<u32>,
    /// Keys of rejected rows: their customers' records wait.
    rejected: Vec<RecordKey>,
    /// Numbers of customers of whom nothing could be used.
    pub(super) dropped: BTreeSet<u32>,
    /// Which customers could be one to the API, and which share a policy.
    customers: Carriers,
    policies: Carriers,
    /// By number: why a customer's records are held back, whatever they say themselves.
    pub(super) holds: BTreeMap<u32, Code>,
    pub(super) tally: MergeTally,
}

/// The customers of whom a run holds a record.
pub(super) struct Carried {
    keys: KeyIndex,
    dropped: BTreeSet<u32>,
    /// In order: the keys of rejected rows.
    rejected: Vec<RecordKey>,
}

impl Carried {
    /// True when the run holds a record of that customer.
    pub(super) fn holds(&self, key: &RecordKey) -> bool {
        self.keys
            .find(key)
            .is_some_and(|number| !self.dropped.contains(&number))
    }

    /// True when the files name that customer, even if nothing of it can be used.
    pub(super) fn names(&self, key: &RecordKey) -> bool {
        self.keys.find(key).is_some() || self.rejected.binary_search(key).is_ok()
    }
}

/// How many rows are brought together at a time: their cells are in memory then.
const ROWS_AT_A_TIME: usize = 10_000;
/// More rows than any customer has in an export, where spouse and dependents are columns, or in a carrier's
/// book, where each member has a row a year.
const MOST_ROWS_OF_A_CUSTOMER: usize = 500;

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
            customers: Carriers::default(),
            policies: Carriers::default(),
            holds: BTreeMap::new(),
            tally: MergeTally::default(),
        }
    }

    /// Stages a chunk: each row that is the first of its customer and complete becomes a record at once.
    pub(super) fn take(&mut self, chunk: MappedChunk) -> Result<(), Error> {
        let block = self.staging.block(chunk.source, chunk.span, &chunk.block)?;
        for ((kind, column, code), count) in &chunk.counts {
            self.staging
                .count(*kind, (chunk.source, *column), code, *count)?;
        }
        for (row, from) in &chunk.came_from {
            self.staging.came_from((chunk.source, *row), from)?;
        }
        let mut ids = chunk.ids.into_iter().peekable();
        for (index, outcome) in (0..).zip(chunk.rows) {
            self.staging.count_row();
            let at = RowRef { block, index };
            match outcome {
                RowOutcome::Skipped => self.staging.count_skipped(),
                RowOutcome::Rejected { row, problems } => {
                    let rejected = row.in_source(chunk.source);
                    self.staging.reject(&rejected, &problems)?;
                    self.rejected.extend(row.key);
                }
                RowOutcome::Draft { place, key, record } => {
                    let number = self.take_draft((chunk.source, place, at), key, record.ok())?;
                    while let Some(id) = ids.next_if(|id| id.row == index) {
                        let carriers = match id.of {
                            IdOf::Customer => &mut self.customers,
                            IdOf::Policy => &mut self.policies,
                        };
                        carriers.add(id.hash, number);
                    }
                }
            }
        }
        Ok(())
    }

    /// Gives the customer's number.
    fn take_draft(
        &mut self,
        (source, place, at): (u32, Place, RowRef),
        key: RecordKey,
        record: Option<Part>,
    ) -> Result<u32, Error> {
        if let Some(number) = self.keys.find(&key) {
            self.rows.push((number, at));
            return Ok(number);
        }
        let number = self.keys.add(key);
        // What a lone row lacks, a later one may bring: it is judged when all rows are there.
        let Some(part) = record else {
            self.rows.push((number, at));
            return Ok(number);
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
        Ok(number)
    }

    /// Merges what came in several rows, judges what was incomplete, and holds back the records of
    /// customers with a rejected row, and of those who are not kept apart from others. Gives the
    /// customers that the run carries.
    pub(super) fn finish(mut self) -> Result<Carried, Error> {
        self.find_holds();
        self.add_first_rows()?;
        let mut rows = std::mem::take(&mut self.rows);
        rows.sort_unstable();
        self.reject_crowds(&mut rows)?;
        let mut rest = rows.as_slice();
        while !rest.is_empty() {
            let (now, later) = rest.split_at(end_of_group(rest));
            self.merge_group(now)?;
            rest = later;
        }
        let assembly = &self.mapper.assembly;
        self.tally
            .write(self.staging, (assembly.contract, assembly.custom_keys))?;
        let mut rejected = self.rejected;
        rejected.sort_unstable();
        Ok(Carried {
            keys: self.keys,
            dropped: self.dropped,
            rejected,
        })
    }

    /// Says of each customer why their records are held back, if they are.
    fn find_holds(&mut self) {
        let is_held_back = !self.mapper.allows_rejected_rows;
        let rejected = self.rejected.iter().filter(|_| is_held_back);
        let waiting = rejected.filter_map(|key| self.keys.find(key));
        let one_customer = std::mem::take(&mut self.customers).sharing();
        let one_policy = std::mem::take(&mut self.policies).sharing();
        let reasons = waiting
            .map(|number| (number, Code::RecordRowRejected))
            .chain(one_customer.map(|number| (number, Code::RecordSameCustomer)))
            .chain(one_policy.map(|number| (number, Code::PolicySharedId)));
        for (number, code) in reasons.collect::<Vec<_>>() {
            self.holds.entry(number).or_insert(code);
        }
    }

    /// The first row of a customer with several is in the journal and not in the list yet. The record of
    /// one row alone is there as it is.
    fn add_first_rows(&mut self) -> Result<(), Error> {
        let several: BTreeSet<u32> = self.rows.iter().map(|(number, _)| *number).collect();
        for number in &several {
            if let Some(first) = self.staging.body_of(*number)? {
                self.staged_again.insert(*number);
                self.rows.push((*number, first));
            }
        }
        for (number, code) in self
            .holds
            .iter()
            .filter(|(number, _)| !several.contains(number))
        {
            self.staging.hold(*number, *code)?;
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
                let mut mapped = Mapped::default();
                let mut together = Together::of(number);
                for (at, row) in refs.into_iter().zip(cells.rows()) {
                    let draft = self.mapper.draft(row, &mut mapped);
                    together.add((at, row.place()), self.mapper.assembly.opt_outs(&draft));
                }
                self.reject_all(&together, &[Problem::of_row(Code::RecordTooManyRows)])?;
            }
            crowded.push(number);
        }
        rows.retain(|(number, _)| crowded.binary_search(number).is_err());
        self.dropped.extend(crowded);
        Ok(())
    }
}

/// Where a group of about [`ROWS_AT_A_TIME`] rows ends, without parting the rows of a customer.
fn end_of_group(rows: &[(u32, RowRef)]) -> usize {
    let Some((last, _)) = rows.get(ROWS_AT_A_TIME - 1) else {
        return rows.len();
    };
    rows.partition_point(|(number, _)| number <= last)
}

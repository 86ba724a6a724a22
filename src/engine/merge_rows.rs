//! The rows of customers who have several, brought together from all over the files and merged.

use super::{error::Error, gather::Gatherer};
use crate::{
    journal::{Bodies, Entry, Rejected, RowRef},
    mapping::Mapped,
    problem::Problem,
    record::{OptOuts, Part},
    row::{Place, RowChunk},
};

/// A row read back: its customer's number, its place in the spool, and its place among the rows read.
type Member = (u32, RowRef, usize);

/// A customer's rows, brought together.
pub(super) struct Together {
    pub(super) number: u32,
    pub(super) rows: Vec<(RowRef, Place)>,
    /// By row: the opt-outs that it carries.
    opt_outs: Vec<OptOuts>,
}

impl Together {
    pub(super) const fn of(number: u32) -> Self {
        Self {
            number,
            rows: Vec::new(),
            opt_outs: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, row: (RowRef, Place), opt_outs: OptOuts) {
        self.rows.push(row);
        self.opt_outs.push(opt_outs);
    }
}

/// A merged record on its way into a block of bodies.
struct Finished {
    together: Together,
    parts: Vec<Part>,
}

/// How many bytes of merged bodies make a block.
const BLOCK_BYTES: usize = 512 << 10;

impl Gatherer<'_, '_, '_> {
    /// Merges the rows of a group of customers and stages what they become.
    pub(super) fn merge_group(&mut self, group: &[(u32, RowRef)]) -> Result<(), Error> {
        let (rows, members) = self.bring_together(group)?;
        let mut mapped = Mapped::default();
        let mut bodies = Bodies::default();
        let mut finished = Vec::new();
        // One customer at a time: the drafts of all would take several times the memory of their cells.
        for customer in members.chunk_by(|one, other| one.0 == other.0) {
            let mut together = Together::of(customer.first().map_or(0, |(number, ..)| *number));
            let mut drafts = Vec::with_capacity(customer.len());
            for (_, at, index) in customer {
                let Some(row) = rows.row(*index) else {
                    continue;
                };
                let draft = self.mapper.draft(row, &mut mapped);
                together.add((*at, row.place()), self.mapper.assembly.opt_outs(&draft));
                drafts.push(draft);
            }
            if self.staged_again.contains(&together.number) {
                self.staging.withdraw(together.number)?;
            }
            match self.mapper.assembly.merged(drafts, &mut bodies.bytes) {
                Ok(merged) => {
                    for part in &merged.parts {
                        bodies.close(part.length);
                    }
                    self.tally.add(&merged, &self.places(&together));
                    let parts = merged.parts;
                    finished.push(Finished { together, parts });
                }
                Err(problems) => {
                    self.dropped.insert(together.number);
                    self.reject_all(&together, &problems)?;
                }
            }
            if bodies.bytes.len() > BLOCK_BYTES {
                self.stage_merged(std::mem::take(&mut bodies), std::mem::take(&mut finished))?;
            }
        }
        self.stage_merged(bodies, finished)
    }

    /// The sources and numbers of a customer's rows.
    fn places(&self, together: &Together) -> Vec<(u32, u32)> {
        let rows = together.rows.iter();
        rows.map(|(at, place)| (self.staging.source_of(at.block), place.number))
            .collect()
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

    pub(super) fn reject_all(
        &mut self,
        together: &Together,
        problems: &[Problem],
    ) -> Result<(), Error> {
        let key = self.keys.key(together.number);
        let key = key.ok_or(Error::Broken("a customer without a key"))?;
        for ((at, place), opt_outs) in together.rows.iter().zip(&together.opt_outs) {
            let rejected = Rejected {
                source: self.staging.source_of(at.block),
                place: *place,
                key: Some(key),
                subject: key,
                opt_outs: *opt_outs,
            };
            self.staging.reject(&rejected, problems)?;
        }
        Ok(())
    }

    fn stage_merged(&mut self, bodies: Bodies, finished: Vec<Finished>) -> Result<(), Error> {
        if finished.is_empty() {
            return Ok(());
        }
        let block = self
            .staging
            .block(0, None, &self.mapper.pack(&RowChunk::new(0), bodies))?;
        let mut slot = 0;
        for Finished { together, parts } in finished {
            let hold = self.holds.get(&together.number).copied();
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

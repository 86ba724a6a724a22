//! What is to be sent next: what is pending in the journal, what rode along in a refused request, groups of
//! requests that are taken apart, and what was in doubt and goes again when its time comes.

use std::collections::{HashSet, VecDeque};

use tokio::time::Instant;

use super::{Error, isolation::Isolation};
use crate::{
    contract::Contract,
    journal::{Journal, Pending},
    record::{Batch, Outgoing, RecordId},
};

/// What is to be sent of one run, in order.
pub(super) struct Queue {
    contract: &'static Contract,
    /// Records per request, at most.
    batch_size: usize,
    bodies: Pending,
    /// Read from the journal and not sent yet.
    ahead: VecDeque<Outgoing>,
    /// Where to go on reading.
    next: u32,
    /// True while opt-outs are read, which are sent before all others.
    reads_opt_outs: bool,
    has_opt_outs: bool,
    /// Numbers that reading on will meet, of records that are queued already: they left doubt before
    /// they were reached, and their request was refused.
    queued: HashSet<u32>,
    /// Pending records that rode along in a refused request: they fill the next ones.
    innocent: Vec<RecordId>,
    /// Requests that were not taken as a whole, being taken apart.
    apart: VecDeque<Isolation>,
    /// In doubt, to be sent again when their time comes.
    later: Vec<(Instant, Vec<RecordId>)>,
}

/// A batch that is about to be claimed.
pub(super) struct Chosen {
    pub(super) batch: Batch,
    /// True when its records have to leave doubt first.
    pub(super) in_doubt: bool,
    /// The isolation that it is a group of.
    pub(super) isolation: Option<Isolation>,
}

impl Queue {
    /// The queue of a run whose bodies are these.
    pub(super) fn new(
        contract: &'static Contract,
        batch_size: usize,
        (bodies, has_opt_outs): (Pending, bool),
    ) -> Self {
        Self {
            contract,
            batch_size: batch_size.clamp(1, contract.max_records),
            bodies,
            ahead: VecDeque::new(),
            next: 0,
            reads_opt_outs: has_opt_outs,
            has_opt_outs,
            queued: HashSet::new(),
            innocent: Vec::new(),
            apart: VecDeque::new(),
            later: Vec::new(),
        }
    }

    /// How many requests so many records take.
    pub(super) const fn requests_for(&self, records: u64) -> u64 {
        records.div_ceil(self.batch_size as u64)
    }

    /// Lets pending records fill the next requests.
    pub(super) fn refill(&mut self, ids: Vec<RecordId>) {
        self.note_queued(&ids);
        self.innocent.extend(ids);
    }

    /// Lets the records of a request be told apart, before all others. What cannot be told goes again as a
    /// whole.
    pub(super) fn isolate(&mut self, isolation: Isolation) {
        self.apart.push_back(isolation);
    }

    /// Notes that records which reading on will meet are queued already.
    pub(super) fn note_queued(&mut self, ids: &[RecordId]) {
        let unread = ids.iter().map(|id| id.number);
        // After the opt-outs, reading begins anew.
        let is_ahead = |number: &u32| self.reads_opt_outs || *number >= self.next;
        self.queued.extend(unread.filter(is_ahead));
    }

    /// Lets records in doubt go again, not before `due`.
    pub(super) fn resend(&mut self, due: Instant, ids: Vec<RecordId>) {
        if !ids.is_empty() {
            self.later.push((due, ids));
        }
    }

    /// When the first of the records in doubt may go again.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.later.iter().map(|(due, _)| *due).min()
    }

    /// How many records in doubt are to go again.
    pub(super) fn resends(&self) -> usize {
        self.later.iter().map(|(_, ids)| ids.len()).sum()
    }

    /// True when there is a batch to be claimed now.
    pub(super) fn has_work(&mut self, journal: &Journal) -> Result<bool, Error> {
        if !self.apart.is_empty() || self.due().is_some() {
            return Ok(true);
        }
        self.read_ahead(journal)?;
        Ok(!self.ahead.is_empty())
    }

    /// Looks again from the beginning: later parts of a customer come up once the parts before them are
    /// settled. To be called only when nothing is in flight and everything is settled.
    pub(super) fn start_over(&mut self) {
        if self.ahead.is_empty() && self.apart.is_empty() && self.innocent.is_empty() {
            self.next = 0;
            self.reads_opt_outs = self.has_opt_outs;
            self.queued.clear();
        }
    }

    /// The next batch, of at most `most` records.
    pub(super) fn choose(
        &mut self,
        journal: &Journal,
        most: usize,
    ) -> Result<Option<Chosen>, Error> {
        while let Some(mut isolation) = self.apart.pop_front() {
            if let Some(group) = isolation.next_group() {
                let chosen = self.batch_of(journal, &group, isolation.in_doubt)?;
                return Ok(chosen.map(|chosen| Chosen {
                    isolation: Some(isolation),
                    ..chosen
                }));
            }
            self.leave(isolation);
        }
        if let Some(due) = self.due() {
            let (_, ids) = self.later.remove(due);
            return self.batch_of(journal, &ids, true);
        }
        let Some(first) = self.ahead.pop_front() else {
            return Ok(None);
        };
        let mut batch = Batch::of(self.contract, self.batch_size.min(most), first);
        let mut others = VecDeque::new();
        while !batch.is_full()
            && let Some(record) = self.ahead.pop_front()
        {
            if let Err(record) = batch.add(record) {
                others.push_back(record);
            }
        }
        others.append(&mut self.ahead);
        self.ahead = others;
        Ok(Some(Chosen {
            batch,
            in_doubt: false,
            isolation: None,
        }))
    }

    /// What an isolation could not tell goes again as a whole.
    pub(super) fn leave(&mut self, isolation: Isolation) {
        let in_doubt = isolation.in_doubt;
        let ids = isolation.into_undecided();
        if in_doubt {
            self.resend(Instant::now(), ids);
        } else {
            self.refill(ids);
        }
    }

    /// Keeps some batches' worth of records at hand, so that those which may not ride together still
    /// leave in full requests.
    fn read_ahead(&mut self, journal: &Journal) -> Result<(), Error> {
        if self.ahead.len() >= self.batch_size {
            return Ok(());
        }
        if !self.innocent.is_empty() {
            let ids = std::mem::take(&mut self.innocent);
            let again = journal.outgoing(&mut self.bodies, &ids)?;
            self.ahead.extend(again);
        }
        loop {
            let from = (self.next, self.reads_opt_outs);
            let found = journal.next_pending(&mut self.bodies, from, 4 * self.batch_size)?;
            let Some(last) = found.last() else {
                if !std::mem::take(&mut self.reads_opt_outs) {
                    return Ok(());
                }
                self.next = 0;
                continue;
            };
            self.next = last.id.number.saturating_add(1);
            let queued = &mut self.queued;
            let new = found
                .into_iter()
                .filter(|record| !queued.remove(&record.id.number));
            self.ahead.extend(new);
            // Opt-outs that do not fill a request leave with others.
            let is_full = self.ahead.len() >= self.batch_size;
            if is_full || !(self.reads_opt_outs || self.ahead.is_empty()) {
                return Ok(());
            }
        }
    }

    /// A batch of just these records, which were in one batch before.
    fn batch_of(
        &mut self,
        journal: &Journal,
        ids: &[RecordId],
        in_doubt: bool,
    ) -> Result<Option<Chosen>, Error> {
        let mut records = journal.outgoing(&mut self.bodies, ids)?.into_iter();
        let Some(first) = records.next() else {
            return Ok(None);
        };
        let mut batch = Batch::of(self.contract, ids.len(), first);
        for record in records {
            // What rode together once may do so again; if not, it goes by itself.
            if let Err(record) = batch.add(record) {
                if in_doubt {
                    self.later.push((Instant::now(), vec![record.id]));
                } else {
                    self.apart
                        .push_back(Isolation::of(vec![record.id], in_doubt));
                }
            }
        }
        Ok(Some(Chosen {
            batch,
            in_doubt,
            isolation: None,
        }))
    }

    fn due(&self) -> Option<usize> {
        let now = Instant::now();
        self.later.iter().position(|(due, _)| *due <= now)
    }
}

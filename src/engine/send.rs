//! The sending pass: journal to client to journal, in the one loop that waits.
//!
//! The loop owns the journal; a task carries a batch out and brings it back with a reply. A batch is
//! claimed only once there is permission to send, and the claim is on disk before the request leaves.

use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tokio::{
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    task::JoinSet,
    time::Instant,
};

use super::{
    Error, Event, Guard, GuardStop, Progress, guard,
    traffic::{Carrier, Finished},
};
use crate::{
    client::{Client, ClientEvent, Permit, StopSignal, WallClock},
    contract::Target,
    journal::{Journal, Pending, RecordBooks, RequestResult, Settlement},
    mapping::Guards,
    record::{
        Batch, Doubt, Halt, Outcome, Outgoing, Reason, RecordId, Refusal, Reply, RunId, State,
    },
};

/// How to send.
#[derive(Clone)]
pub struct SendOptions {
    /// The target of the run's records.
    pub target: Target,
    /// Records per request, at most; the target's own limit stands above it.
    pub batch_size: usize,
    /// Requests under way at the same time, at most.
    pub concurrency: usize,
    /// Send that many records and stop.
    pub limit: Option<u64>,
    /// How long to wait before sending again what the API may still be at work on.
    pub resend_after: Duration,
    /// How long an API that only fails is tried.
    pub give_up_after: Duration,
    /// The mapping's guards; none when a run is resumed without its mapping.
    pub guards: Guards,
    /// Guards that are let pass.
    pub allowed: Vec<Guard>,
    /// The wall clock.
    pub clock: WallClock,
}

/// Why sending ended before everything was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stopped {
    /// Somebody asked for it.
    Asked,
    /// The limit was reached.
    Limit,
    /// The API refused the key.
    KeyRefused(u16),
    /// The API cannot be reached, or fails without end.
    Unreachable(String),
    /// The API asks for a longer pause than the run may make, in seconds.
    WaitTooLong(u64),
    /// The API answers with a status that has no place in its contract.
    Unexpected(u16),
    /// A guard stopped it.
    Guard(GuardStop),
}

/// How often a record is sent at most, unless a person asks for more: once, and three times again.
pub(super) const MOST_ATTEMPTS: u32 = 4;

/// Sends what is pending of a run. Gives the reason when it ended early; the run can be resumed then.
///
/// # Errors
///
/// When the journal fails; what was sent is known to it as in flight, and in doubt at its next opening.
pub async fn send(
    journal: &mut Journal,
    run: RunId,
    client: Arc<Client>,
    (options, stop): (&SendOptions, &StopSignal),
    observe: &mut dyn FnMut(Event),
) -> Result<Option<Stopped>, Error> {
    let started = Instant::now();
    let (events, heard) = unbounded_channel();
    let carrier = Carrier {
        client,
        contract: options.target.contract(),
        stop: stop.clone(),
        events,
    };
    let bodies = journal.pending(run)?;
    let mut sending = Sending {
        journal,
        run,
        bodies,
        carrier,
        heard,
        options,
        observe,
        in_flight: JoinSet::new(),
        finished: Vec::new(),
        queue: Queue::default(),
        progress: Progress::default(),
        before: RecordBooks::default(),
        claimed: 0,
        trouble: None,
        hold_until: None,
        stopped: None,
    };
    sending.begin()?;
    sending.run().await?;
    let stopped = sending.stopped.take();
    let took = i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX);
    journal.add_sending_time(run, took)?;
    let is_done = journal.finish_if_done(run, MOST_ATTEMPTS, milliseconds((options.clock)()))?;
    // A limit that left nothing over stopped nothing.
    Ok(stopped.filter(|stopped| !is_done || *stopped != Stopped::Limit))
}

/// The state of the loop.
struct Sending<'s> {
    journal: &'s mut Journal,
    run: RunId,
    bodies: Pending,
    carrier: Carrier,
    heard: UnboundedReceiver<ClientEvent>,
    options: &'s SendOptions,
    observe: &'s mut dyn FnMut(Event),
    in_flight: JoinSet<Finished>,
    /// Back from the API and not settled yet: settled together with the next claim where there is one,
    /// as each commit waits for the disk.
    finished: Vec<Finished>,
    queue: Queue,
    progress: Progress,
    /// The records' books when this command took over.
    before: RecordBooks,
    claimed: u64,
    /// Since when the API only fails, and how often it did.
    trouble: Option<(Instant, u32)>,
    hold_until: Option<Instant>,
    stopped: Option<Stopped>,
}

/// What is to be sent, beside what is simply pending in the journal.
#[derive(Default)]
struct Queue {
    /// Read from the journal and not sent yet.
    ahead: VecDeque<Outgoing>,
    /// Where to go on reading.
    next: u32,
    /// Pending records that rode along in a refused request: they fill the next ones.
    innocent: Vec<RecordId>,
    /// Halves of refused requests, each to be sent by itself.
    apart: VecDeque<Vec<RecordId>>,
    /// In doubt, to be sent again when their time comes.
    later: Vec<(Instant, Vec<RecordId>)>,
}

/// A batch that is about to be claimed, and whether it has to leave doubt first.
struct Chosen {
    batch: Batch,
    in_doubt: bool,
}

impl Sending<'_> {
    /// Tells what is ahead, and takes up what an earlier process left in doubt.
    fn begin(&mut self) -> Result<(), Error> {
        let books = self.journal.books(self.run)?;
        self.take_up_doubtful()?;
        let again: usize = self.queue.later.iter().map(|(_, ids)| ids.len()).sum();
        let pending = books.records.pending + again as u64;
        let records = self
            .options
            .limit
            .map_or(pending, |limit| pending.min(limit));
        let batch = self
            .options
            .batch_size
            .clamp(1, self.carrier.contract.max_records) as u64;
        let requests = records.div_ceil(batch);
        self.progress.records = records;
        self.before = books.records;
        self.carrier.client.announce(requests);
        (self.observe)(Event::Sending {
            run: self.run,
            records,
            requests,
            expected: self.carrier.client.plan(requests),
        });
        Ok(())
    }

    fn take_up_doubtful(&mut self) -> Result<(), Error> {
        let now = milliseconds((self.options.clock)());
        let mut last_request = None;
        for found in self.journal.resendable(self.run, MOST_ATTEMPTS)? {
            let waited = u64::try_from(now - found.since).unwrap_or_default();
            let due = Instant::now()
                + self
                    .options
                    .resend_after
                    .saturating_sub(Duration::from_millis(waited));
            match self.queue.later.last_mut() {
                Some((_, ids)) if last_request == Some(found.request) => ids.push(found.id),
                _ => self.queue.later.push((due, vec![found.id])),
            }
            last_request = Some(found.request);
        }
        Ok(())
    }

    /// One way out: nothing in flight, and nothing left to send or a reason to stop.
    async fn run(&mut self) -> Result<(), Error> {
        let client = Arc::clone(&self.carrier.client);
        let stop = self.carrier.stop.clone();
        loop {
            self.pass_on_events();
            let may_launch = self.may_launch();
            if may_launch && self.has_work()? {
                tokio::select! {
                    biased;
                    permit = client.permit(&stop) => match permit {
                        Ok(permit) => self.launch(permit)?,
                        Err(reply) => self.halt(reply),
                    },
                    Some(finished) = self.in_flight.join_next() => self.absorb(finished)?,
                    // No permit yet: what is known must not wait for one.
                    () = std::future::ready(()), if !self.finished.is_empty() => self.settle()?,
                }
                continue;
            }
            self.settle()?;
            if self.in_flight.is_empty() && !self.is_waiting() {
                return Ok(());
            }
            let wake = self.wake();
            tokio::select! {
                Some(finished) = self.in_flight.join_next() => self.absorb(finished)?,
                () = stop.requested(), if self.stopped.is_none() => self.stopped = Some(Stopped::Asked),
                () = tokio::time::sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => (),
                Some(event) = self.heard.recv() => self.pass_on(event),
            }
        }
    }

    /// True while another request may leave now.
    fn may_launch(&mut self) -> bool {
        if self.stopped.is_none() && self.carrier.stop.is_requested() {
            self.stopped = Some(Stopped::Asked);
        }
        self.stopped.is_none()
            && self.in_flight.len() < self.options.concurrency.max(1)
            && self.hold_until.is_none_or(|until| until <= Instant::now())
    }

    /// True when something is left that only time brings.
    fn is_waiting(&self) -> bool {
        self.stopped.is_none()
            && (!self.queue.later.is_empty()
                || self.hold_until.is_some_and(|until| until > Instant::now()))
    }

    /// When to look again.
    fn wake(&self) -> Option<Instant> {
        if self.stopped.is_some() {
            return None;
        }
        let due = self.queue.later.iter().map(|(due, _)| *due).min();
        let hold = self.hold_until.filter(|until| *until > Instant::now());
        next_look(hold, due)
    }

    /// True when there is a batch to be claimed now.
    fn has_work(&mut self) -> Result<bool, Error> {
        if self.limit_left() == 0 {
            self.stopped = Some(Stopped::Limit);
            return Ok(false);
        }
        if !self.queue.apart.is_empty() || self.due().is_some() {
            return Ok(true);
        }
        self.read_ahead()?;
        Ok(!self.queue.ahead.is_empty())
    }

    fn limit_left(&self) -> u64 {
        self.options
            .limit
            .map_or(u64::MAX, |limit| limit.saturating_sub(self.claimed))
    }

    fn due(&self) -> Option<usize> {
        let now = Instant::now();
        self.queue.later.iter().position(|(due, _)| *due <= now)
    }

    /// Keeps some batches' worth of records at hand, so that those which may not ride together still
    /// leave in full requests.
    fn read_ahead(&mut self) -> Result<(), Error> {
        let most = self
            .options
            .batch_size
            .clamp(1, self.carrier.contract.max_records);
        if self.queue.ahead.len() >= most {
            return Ok(());
        }
        if !self.queue.innocent.is_empty() {
            let ids = std::mem::take(&mut self.queue.innocent);
            let again = self.journal.outgoing(&mut self.bodies, &ids)?;
            self.queue.ahead.extend(again);
        }
        let mut found = self
            .journal
            .next_pending(&mut self.bodies, self.queue.next, 4 * most)?;
        if found.is_empty() && self.is_at_rest() && self.queue.next > 0 {
            // Later parts of a customer come up once the part before them is settled.
            self.settle()?;
            found = self.journal.next_pending(&mut self.bodies, 0, 4 * most)?;
        }
        if let Some(last) = found.last() {
            self.queue.next = last.id.number.saturating_add(1);
        }
        self.queue.ahead.extend(found);
        Ok(())
    }

    /// True when every pending record is one that the journal can be asked for.
    fn is_at_rest(&self) -> bool {
        self.in_flight.is_empty()
            && self.queue.ahead.is_empty()
            && self.queue.apart.is_empty()
            && self.queue.innocent.is_empty()
    }

    /// Settles what is back, claims the next batch in the same commit, and sends it.
    fn launch(&mut self, permit: Permit) -> Result<(), Error> {
        let Some(Chosen { batch, in_doubt }) = self.choose()? else {
            return Ok(());
        };
        let ids = batch.ids();
        let now = milliseconds((self.options.clock)());
        let settlements = self.settlements();
        let mut step = self.journal.step()?;
        for settlement in &settlements {
            step.settle(settlement)?;
        }
        if in_doubt {
            step.requeue(&ids, State::InDoubt)?;
        }
        let request = step.claim(&ids, batch.attempts() > 0, now)?;
        // On disk before the request leaves: if we die now, the records are in doubt, not lost.
        step.commit()?;
        if batch.attempts() == 0 {
            self.claimed += ids.len() as u64;
        }
        if in_doubt {
            self.progress.in_doubt = self.progress.in_doubt.saturating_sub(ids.len() as u64);
        }
        self.in_flight
            .spawn(self.carrier.clone().carry(permit, request, batch));
        self.tell_progress();
        Ok(())
    }

    fn choose(&mut self) -> Result<Option<Chosen>, Error> {
        if let Some(ids) = self.queue.apart.pop_front() {
            return self.batch_of(&ids, false);
        }
        if let Some(due) = self.due() {
            let (_, ids) = self.queue.later.remove(due);
            return self.batch_of(&ids, true);
        }
        let Some(first) = self.queue.ahead.pop_front() else {
            return Ok(None);
        };
        let left = usize::try_from(self.limit_left()).unwrap_or(usize::MAX);
        let mut batch = Batch::of(
            self.carrier.contract,
            self.options.batch_size.min(left),
            first,
        );
        let mut others = VecDeque::new();
        while let Some(record) = self.queue.ahead.pop_front() {
            if let Err(record) = batch.add(record) {
                others.push_back(record);
            }
            if batch.is_full() {
                break;
            }
        }
        others.append(&mut self.queue.ahead);
        self.queue.ahead = others;
        Ok(Some(Chosen {
            batch,
            in_doubt: false,
        }))
    }

    /// A batch of just these records, which were in one batch before.
    fn batch_of(&mut self, ids: &[RecordId], in_doubt: bool) -> Result<Option<Chosen>, Error> {
        let mut records = self.journal.outgoing(&mut self.bodies, ids)?.into_iter();
        let Some(first) = records.next() else {
            return Ok(None);
        };
        let mut batch = Batch::of(self.carrier.contract, ids.len(), first);
        for record in records {
            // What rode together once may do so again; if not, it goes by itself.
            if let Err(record) = batch.add(record) {
                if in_doubt {
                    self.queue.later.push((Instant::now(), vec![record.id]));
                } else {
                    self.queue.apart.push_back(vec![record.id]);
                }
            }
        }
        Ok(Some(Chosen { batch, in_doubt }))
    }

    fn absorb(&mut self, finished: Result<Finished, tokio::task::JoinError>) -> Result<(), Error> {
        let finished = finished.map_err(|_| Error::Broken("a request's task ended early"))?;
        self.finished.push(finished);
        Ok(())
    }

    /// Settles what is back from the API.
    fn settle(&mut self) -> Result<(), Error> {
        let settlements = self.settlements();
        if settlements.is_empty() {
            return Ok(());
        }
        let mut step = self.journal.step()?;
        for settlement in &settlements {
            step.settle(settlement)?;
        }
        step.commit()?;
        self.tell_progress();
        self.judge_failures();
        Ok(())
    }

    fn judge_failures(&mut self) {
        if self.stopped.is_none() {
            let succeeded = self.before.succeeded + self.progress.succeeded;
            let failed = self.before.failed + self.progress.failed;
            let (guards, allowed) = (&self.options.guards, &self.options.allowed);
            self.stopped =
                guard::stop_while_sending(guards, (succeeded, failed), allowed).map(Stopped::Guard);
        }
    }

    /// What to write of each request that is back, and what to do about it.
    fn settlements(&mut self) -> Vec<Settlement> {
        let at = milliseconds((self.options.clock)());
        std::mem::take(&mut self.finished)
            .into_iter()
            .map(|finished| {
                let Finished {
                    request,
                    batch,
                    reply,
                    tries,
                    throttled,
                    status,
                } = finished;
                let (result, outcomes) = self.judge(&batch, reply);
                self.progress.requests += 1;
                Settlement {
                    request,
                    records: batch.ids().into_iter().zip(outcomes).collect(),
                    status,
                    result,
                    tries,
                    throttled,
                    at,
                }
            })
            .collect()
    }

    /// One outcome per record of the batch; none for those that are pending again.
    fn judge(&mut self, batch: &Batch, reply: Reply) -> (RequestResult, Vec<Option<Outcome>>) {
        let all = |outcome: Option<Outcome>| vec![outcome; batch.records().len()];
        match reply {
            Reply::Settled(outcomes) => {
                self.trouble = None;
                self.count(&outcomes);
                self.plan_resends(batch, &outcomes);
                (
                    RequestResult::Settled,
                    outcomes.into_iter().map(Some).collect(),
                )
            }
            Reply::Refused(refusal) => {
                self.trouble = None;
                (RequestResult::Refused, self.divide(batch, refusal))
            }
            Reply::Doubtful {
                doubt,
                may_be_at_work,
            } => {
                self.progress.in_doubt += batch.records().len() as u64;
                self.doubt(batch, doubt, may_be_at_work);
                (RequestResult::Doubtful, all(Some(Outcome::InDoubt(doubt))))
            }
            reply @ (Reply::Unreachable(_) | Reply::Halt(_)) => {
                self.halt(reply);
                (RequestResult::NotSent, all(None))
            }
        }
    }

    fn count(&mut self, outcomes: &[Outcome]) {
        for outcome in outcomes {
            match outcome {
                Outcome::Succeeded { .. } => self.progress.succeeded += 1,
                Outcome::Failed(_) => self.progress.failed += 1,
                Outcome::InDoubt(_) => self.progress.in_doubt += 1,
            }
        }
    }

    /// A refused request tells of some record in it, or of one that has to be found.
    fn divide(&mut self, batch: &Batch, refusal: Refusal) -> Vec<Option<Outcome>> {
        let count = batch.records().len();
        (self.observe)(Event::Refused {
            status: refusal.status,
            records: count,
            named: refusal.named.len(),
        });
        let mut outcomes: Vec<Option<Outcome>> = vec![None; count];
        let named: Vec<(usize, Reason)> = if count == 1 {
            let own_words = refusal.named.into_iter().next().map(|(_, reason)| reason);
            vec![(0, own_words.unwrap_or(refusal.reason))]
        } else {
            refusal.named
        };
        for (index, reason) in named {
            if let Some(slot) = outcomes.get_mut(index) {
                self.progress.failed += u64::from(slot.is_none());
                *slot = Some(Outcome::Failed(reason));
            }
        }
        let innocent = batch
            .ids()
            .into_iter()
            .zip(&outcomes)
            .filter(|(_, outcome)| outcome.is_none());
        let innocent: Vec<RecordId> = innocent.map(|(id, _)| id).collect();
        if innocent.len() < count {
            self.queue.innocent.extend(innocent);
        } else {
            let (first, second) = innocent.split_at(count / 2);
            self.queue.apart.extend([first.to_vec(), second.to_vec()]);
        }
        outcomes
    }

    /// Plans the re-send of a request without a usable answer, where that is harmless, and slows down.
    fn doubt(&mut self, batch: &Batch, doubt: Doubt, may_be_at_work: bool) {
        let (since, failures) = self.trouble.unwrap_or_else(|| (Instant::now(), 0));
        self.trouble = Some((since, failures + 1));
        let delay = self.carrier.client.resend_delay(failures);
        self.hold_until = Some(Instant::now() + delay);
        if since.elapsed() >= self.options.give_up_after && self.stopped.is_none() {
            self.stopped = Some(Stopped::Unreachable(doubt.message().to_owned()));
        }
        let wait = if may_be_at_work {
            delay.max(self.options.resend_after)
        } else {
            delay
        };
        let may_go_again = batch.is_harmless() && batch.attempts() + 1 < MOST_ATTEMPTS;
        if may_go_again {
            self.queue.later.push((Instant::now() + wait, batch.ids()));
        }
        (self.observe)(Event::InDoubt {
            code: doubt.as_str(),
            records: batch.records().len(),
            again_in: may_go_again.then_some(wait),
        });
    }

    /// An answer that leaves single records in doubt: they go again by themselves.
    fn plan_resends(&mut self, batch: &Batch, outcomes: &[Outcome]) {
        let doubtful = batch.records().iter().zip(outcomes);
        let doubtful = doubtful.filter(|(record, outcome)| {
            matches!(outcome, Outcome::InDoubt(_))
                && record.harmless
                && record.attempts + 1 < MOST_ATTEMPTS
        });
        let ids: Vec<RecordId> = doubtful.map(|(record, _)| record.id).collect();
        if let Some(records) = Some(ids.len()).filter(|count| *count > 0) {
            let wait = self.carrier.client.resend_delay(batch.attempts());
            self.queue.later.push((Instant::now() + wait, ids));
            (self.observe)(Event::InDoubt {
                code: Doubt::NotAccounted.as_str(),
                records,
                again_in: Some(wait),
            });
        }
    }

    fn halt(&mut self, reply: Reply) {
        let reason = match reply {
            Reply::Halt(Halt::Stopped) => Stopped::Asked,
            Reply::Halt(Halt::KeyRefused { status }) => Stopped::KeyRefused(status),
            Reply::Halt(Halt::WaitTooLong { seconds }) => Stopped::WaitTooLong(seconds),
            Reply::Halt(Halt::Unexpected { status }) => Stopped::Unexpected(status),
            Reply::Unreachable(why) => Stopped::Unreachable(why),
            Reply::Settled(_) | Reply::Refused(_) | Reply::Doubtful { .. } => return,
        };
        // The first reason is the one to tell, but for a stop that only followed from it.
        if self.stopped.is_none()
            || self.stopped == Some(Stopped::Asked) && reason != Stopped::Asked
        {
            self.stopped = Some(reason);
        }
    }

    fn tell_progress(&mut self) {
        let batch = self
            .options
            .batch_size
            .clamp(1, self.carrier.contract.max_records) as u64;
        let left = self
            .progress
            .records
            .saturating_sub(self.progress.settled());
        self.progress.left = self.carrier.client.plan(left.div_ceil(batch));
        (self.observe)(Event::Progress(self.progress));
    }

    fn pass_on_events(&mut self) {
        while let Ok(event) = self.heard.try_recv() {
            self.pass_on(event);
        }
    }

    fn pass_on(&mut self, event: ClientEvent) {
        match event {
            ClientEvent::Throttled { wait } => (self.observe)(Event::Throttled { wait }),
            ClientEvent::Retrying { wait, why } => (self.observe)(Event::Retrying { wait, why }),
            ClientEvent::Sent | ClientEvent::Answered { .. } => (),
        }
    }
}

/// A pause after a failure ends before anything else can be sent; when there is none, only what is to
/// go again is waited for.
fn next_look(hold: Option<Instant>, due: Option<Instant>) -> Option<Instant> {
    hold.or(due)
}

fn milliseconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::next_look;

    #[test]
    fn what_is_pending_does_not_wait_for_what_goes_again_later() {
        let now = Instant::now();
        let (soon, later) = (
            now + Duration::from_millis(300),
            now + Duration::from_secs(60),
        );

        assert_eq!(next_look(Some(soon), Some(later)), Some(soon));
        assert_eq!(next_look(Some(later), Some(soon)), Some(later));
        assert_eq!(next_look(None, Some(later)), Some(later));
        assert_eq!(next_look(None, None), None);
    }
}

//! The sending pass: journal to client to journal, in the one loop that waits.
//!
//! The loop owns the journal; a task carries a batch out and brings it back with a reply. A batch is
//! claimed only once there is permission to send, and the claim is on disk before the request leaves.

mod begin;
mod doubts;
mod existing;
mod follow;
mod waiting;

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::{
    sync::mpsc::unbounded_channel,
    task::{JoinError, JoinSet},
    time::Instant,
};

use self::waiting::LOOK;
use super::{
    Allowance, Error, Event, GuardReport, GuardStop,
    grace::milliseconds,
    isolation::Isolation,
    judge,
    queue::{Chosen, Queue},
    telling::Telling,
    traffic::{Carrier, Finished},
    verdict::{Judged, MOST_ATTEMPTS, Stopped, judge},
};
use crate::{
    client::{Client, Permit, StopSignal, WallClock},
    contract::{Resend, Target},
    journal::{Journal, RecordBooks, Settlement},
    mapping::Guards,
    record::{Reply, RunId, State},
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
    pub allowed: Vec<Allowance>,
    /// The wall clock.
    pub clock: WallClock,
}

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
    let is_read_back = options.target.contract().resend == Resend::ReadBack;
    let mut round = 1;
    if is_read_back
        && let Some(stopped) =
            existing::hold(journal, run, &client, (options, stop), observe).await?
    {
        return Ok(Some(stopped));
    }
    loop {
        let door = Arc::clone(&client);
        let stopped = send_pending(journal, run, door, (options, stop), observe).await?;
        let may_read = matches!(stopped, None | Some(Stopped::Limit));
        if !is_read_back || !may_read {
            return Ok(stopped);
        }
        let found = doubts::settle(journal, run, &client, (options, stop), observe).await?;
        let goes_again = found.stopped.is_none() && found.pending > 0 && round < MOST_ATTEMPTS;
        if stopped.is_some() || !goes_again {
            let now = milliseconds((options.clock)());
            journal.finish_if_done(run, MOST_ATTEMPTS, now)?;
            return Ok(stopped.or(found.stopped));
        }
        round += 1;
    }
}

/// Sends what is pending, once.
async fn send_pending(
    journal: &mut Journal,
    run: RunId,
    client: Arc<Client>,
    (options, stop): (&SendOptions, &StopSignal),
    observe: &mut dyn FnMut(Event),
) -> Result<Option<Stopped>, Error> {
    let (events, heard) = unbounded_channel();
    let carrier = Carrier {
        client,
        contract: options.target.contract(),
        stop: stop.clone(),
        events,
    };
    let has_opt_outs = journal
        .forecast(run)?
        .is_some_and(|forecast| forecast.opt_outs > 0);
    let bodies = (journal.pending(run)?, has_opt_outs);
    let queue = Queue::new(carrier.contract, options.batch_size, bodies);
    let mut sending = Sending {
        journal,
        run,
        carrier,
        options,
        telling: Telling::new(observe, heard, Arc::clone(&options.clock)),
        in_flight: JoinSet::new(),
        judged: Vec::new(),
        queue,
        isolating: HashMap::new(),
        answers_tell_nothing: false,
        before: RecordBooks::default(),
        claimed: 0,
        trouble: None,
        hold_until: None,
        let_pass: None,
        stopped: None,
        timed: Instant::now(),
    };
    sending.begin()?;
    sending.run().await?;
    sending.tell_progress(true);
    if let Some(report) = sending.let_pass.take() {
        sending.telling.tell(Event::LetPass(report));
    }
    let stopped = sending.stopped.take();
    sending.hear_all();
    sending.telling.pauses.end();
    let pauses = sending.telling.pauses.take_unwritten();
    let took = sending.take_time();
    journal.add_sending_time(run, took, &pauses)?;
    let is_done = journal.finish_if_done(run, MOST_ATTEMPTS, milliseconds((options.clock)()))?;
    // A limit that left nothing over stopped nothing.
    Ok(stopped.filter(|stopped| !is_done || *stopped != Stopped::Limit))
}

/// The state of the loop.
struct Sending<'s> {
    journal: &'s mut Journal,
    run: RunId,
    carrier: Carrier,
    options: &'s SendOptions,
    telling: Telling<'s>,
    in_flight: JoinSet<Finished>,
    /// Back from the API and judged, not settled yet: settled together with the next claim where there is
    /// one, as each commit waits for the disk.
    judged: Vec<Settlement>,
    queue: Queue,
    /// By request under way: the isolation that it is a group of.
    isolating: HashMap<i64, Isolation>,
    /// True once a request of a single record was taken and not accounted for: it is of no use to take
    /// requests apart then.
    answers_tell_nothing: bool,
    /// The records' books when this command took over.
    before: RecordBooks,
    claimed: u64,
    /// Since when the API only fails, and how often it did.
    trouble: Option<(Instant, u32)>,
    hold_until: Option<Instant>,
    /// The guard that was let pass, with its last figures.
    let_pass: Option<GuardReport>,
    stopped: Option<Stopped>,
    /// Up to when the time spent on sending is written down.
    timed: Instant,
}

impl Sending<'_> {
    /// One way out: nothing in flight, and nothing left to send or a reason to stop.
    async fn run(&mut self) -> Result<(), Error> {
        let client = Arc::clone(&self.carrier.client);
        let stop = self.carrier.stop.clone();
        loop {
            self.hear_all();
            if self.may_launch() && self.has_work()? {
                tokio::select! {
                    biased;
                    permit = client.permit(&stop) => match permit {
                        Ok(permit) => self.launch(permit).await?,
                        Err(reply) => self.give_up(reply),
                    },
                    Some(finished) = self.in_flight.join_next() => self.absorb(finished)?,
                    // No permit yet: what is heard and known must not wait for one.
                    Some(event) = self.telling.heard.recv() => self.hear(event),
                    () = std::future::ready(()), if !self.judged.is_empty() => self.settle()?,
                    () = tokio::time::sleep(LOOK) => self.look(),
                }
                continue;
            }
            self.settle()?;
            if self.in_flight.is_empty() {
                // Not earlier: what is under way may come back unsent, and has to go again then.
                if self.stopped.is_none() && self.limit_left() == 0 {
                    self.stopped = Some(Stopped::Limit);
                }
                self.queue.start_over();
                if self.may_launch() && self.has_work()? {
                    continue;
                }
                if !self.is_waiting() {
                    return Ok(());
                }
                self.tell_doubtful_wait();
            }
            let wake = self.wake();
            tokio::select! {
                Some(finished) = self.in_flight.join_next() => self.absorb(finished)?,
                () = stop.requested(), if self.stopped.is_none() => self.stopped = Some(Stopped::Asked),
                () = tokio::time::sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => (),
                Some(event) = self.telling.heard.recv() => self.hear(event),
                () = tokio::time::sleep(LOOK) => self.look(),
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

    /// True when there is a batch to be claimed now.
    fn has_work(&mut self) -> Result<bool, Error> {
        if self.limit_left() == 0 {
            return Ok(false);
        }
        // What goes again is read from the journal, which has to know by then that it was not applied.
        let is_released =
            |one: &Settlement| one.records.iter().any(|(_, outcome)| outcome.is_none());
        if self.judged.iter().any(is_released) {
            self.settle()?;
        }
        self.queue.has_work(self.journal)
    }

    fn limit_left(&self) -> u64 {
        let limit = self.options.limit;
        limit.map_or(u64::MAX, |limit| limit.saturating_sub(self.claimed))
    }

    /// Sends the next batch, and others with it as far as they may leave at once: all are claimed in one
    /// commit, which also settles what is back, as each commit waits for the disk.
    async fn launch(&mut self, first: Permit) -> Result<(), Error> {
        let mut leaving: Vec<(Permit, Chosen)> = Vec::new();
        let mut permit = Some(first);
        while let Some(granted) = permit.take() {
            let most = usize::try_from(self.limit_left()).unwrap_or(usize::MAX);
            let Some(chosen) = self.queue.choose(self.journal, most)? else {
                break;
            };
            if chosen.batch.attempts() == 0 {
                self.claimed += chosen.batch.records().len() as u64;
            }
            leaving.push((granted, chosen));
            let has_room = self.in_flight.len() + leaving.len() < self.options.concurrency;
            if has_room && self.has_work()? {
                permit = self.permit_at_once().await;
            }
        }
        self.claim_and_send(leaving)
    }

    /// A permit, if one can be had without waiting.
    async fn permit_at_once(&mut self) -> Option<Permit> {
        let permit = tokio::select! {
            biased;
            permit = self.carrier.client.permit(&self.carrier.stop) => permit,
            () = std::future::ready(()) => return None,
        };
        permit.map_err(|reply| self.give_up(reply)).ok()
    }

    fn claim_and_send(&mut self, leaving: Vec<(Permit, Chosen)>) -> Result<(), Error> {
        let now = milliseconds((self.options.clock)());
        let took = self.take_time();
        let mut requests = Vec::with_capacity(leaving.len());
        let mut step = self.journal.step()?;
        for settlement in std::mem::take(&mut self.judged) {
            step.settle(&settlement)?;
        }
        step.add_sending_time(self.run, took, &self.telling.pauses.take_unwritten())?;
        for (
            _,
            Chosen {
                batch, in_doubt, ..
            },
        ) in &leaving
        {
            let ids = batch.ids();
            if *in_doubt {
                step.requeue(&ids, State::InDoubt)?;
                crate::failpoint::reach("requeue.written");
                self.telling.count_again(ids.len());
            }
            requests.push(step.claim(&ids, batch.attempts() > 0, now)?);
        }
        crate::failpoint::reach("claim.written");
        // On disk before the requests leave: if we die now, the records are in doubt, not lost.
        step.commit()?;
        crate::failpoint::reach("claim.committed");
        for ((permit, chosen), request) in leaving.into_iter().zip(requests) {
            let carrier = self.carrier.clone();
            if let Some(isolation) = chosen.isolation {
                self.isolating.insert(request, isolation);
            }
            self.in_flight
                .spawn(carrier.carry(permit, request, chosen.batch));
        }
        self.tell_progress(false);
        Ok(())
    }

    /// Judges what is back from the API at once: a refused key stops the very next request, and what has
    /// to be sent again is there to be sent. It is written down when the journal is next.
    fn absorb(&mut self, finished: Result<Finished, JoinError>) -> Result<(), Error> {
        self.judge_one(finished)?;
        while let Some(finished) = self.in_flight.try_join_next() {
            self.judge_one(finished)?;
        }
        Ok(())
    }

    fn judge_one(&mut self, finished: Result<Finished, JoinError>) -> Result<(), Error> {
        let finished = finished.map_err(|_| Error::Broken("a request's task ended early"))?;
        let Judged {
            result,
            outcomes,
            then,
        } = judge(&finished.batch, finished.reply, !self.answers_tell_nothing);
        crate::failpoint::reach("answer.judged");
        let ids = finished.batch.ids();
        if finished.batch.attempts() == 0 {
            let released = outcomes.iter().filter(|outcome| outcome.is_none()).count();
            self.claimed = self.claimed.saturating_sub(released as u64);
        }
        self.telling.count(&outcomes);
        let then = match self.isolating.remove(&finished.request) {
            Some(isolation) => self.learn(isolation, (&outcomes, result), then),
            None => Some(then),
        };
        if let Some(then) = then {
            self.follow(then, (finished.status, &ids, result));
        }
        self.judge_failures();
        self.judged.push(Settlement {
            request: finished.request,
            records: ids.into_iter().zip(outcomes).collect(),
            status: finished.status,
            result,
            tries: finished.tries,
            throttled: finished.throttled,
            at: milliseconds((self.options.clock)()),
        });
        Ok(())
    }

    /// Settles what is back from the API.
    fn settle(&mut self) -> Result<(), Error> {
        if self.judged.is_empty() {
            return Ok(());
        }
        let took = self.take_time();
        let mut step = self.journal.step()?;
        for settlement in std::mem::take(&mut self.judged) {
            step.settle(&settlement)?;
        }
        step.add_sending_time(self.run, took, &self.telling.pauses.take_unwritten())?;
        crate::failpoint::reach("settle.written");
        step.commit()?;
        crate::failpoint::reach("settle.committed");
        self.tell_progress(false);
        Ok(())
    }

    /// The milliseconds that sending took since they were asked for last.
    fn take_time(&mut self) -> i64 {
        let took = self.timed.elapsed().as_millis();
        let took = u64::try_from(took).unwrap_or(u64::MAX);
        self.timed += Duration::from_millis(took);
        i64::try_from(took).unwrap_or(i64::MAX)
    }

    fn judge_failures(&mut self) {
        let succeeded = self.before.succeeded + self.telling.progress.succeeded;
        let failed = self.before.failed + self.telling.progress.failed;
        let (guards, allowed) = (&self.options.guards, &self.options.allowed);
        let Some(report) = judge::while_sending(guards, (succeeded, failed), allowed) else {
            return;
        };
        if let Some(stop) = GuardStop::of(std::slice::from_ref(&report)) {
            self.stop(Stopped::Guard(stop));
        }
        self.let_pass = report.allowed.then_some(report).or(self.let_pass.take());
    }

    /// No permission to send.
    fn give_up(&mut self, reply: Reply) {
        match reply {
            Reply::Halt(halt) => self.stop(halt.into()),
            Reply::Unreachable(why) => self.stop(Stopped::Unreachable(why)),
            Reply::NoLedger(why) => self.stop(Stopped::NoLedger(why)),
            // Only a request that was sent has another reply.
            Reply::Settled(_) | Reply::Refused(_) | Reply::Doubtful { .. } => (),
        }
    }

    /// The first reason is the one to tell, but for a stop that was merely asked for.
    fn stop(&mut self, reason: Stopped) {
        if matches!(self.stopped, None | Some(Stopped::Asked)) {
            self.stopped = Some(reason);
        }
    }

    fn tell_progress(&mut self, is_last: bool) {
        let (client, queue) = (&self.carrier.client, &self.queue);
        self.telling.tell_progress(is_last, |records| {
            let (slots, _) = client.left();
            (client.plan(queue.requests_for(records)), slots)
        });
    }
}

//! What a run's sending begins with: what earlier processes and earlier runs left, and what is ahead.

use std::time::UNIX_EPOCH;

use tokio::time::Instant;

use super::Sending;
use crate::{
    engine::{
        Error, Event,
        event::Window,
        grace::{left_of, milliseconds},
        verdict::MOST_ATTEMPTS,
    },
    journal::PauseReason,
};

impl Sending<'_> {
    /// Tells what is ahead, and takes up what an earlier process left in doubt.
    pub(super) fn begin(&mut self) -> Result<(), Error> {
        self.before = self.journal.books(self.run)?.records;
        self.take_up_doubtful()?;
        self.let_older_bodies_arrive()?;
        let pending = self.before.pending + self.queue.resends() as u64;
        let records = self
            .options
            .limit
            .map_or(pending, |limit| pending.min(limit));
        let requests = self.queue.requests_for(records);
        let progress = &mut self.telling.progress;
        progress.records = records;
        progress.held = self.before.held;
        progress.window = Window {
            requests: self.carrier.client.rate().requests().get().into(),
            length: self.carrier.client.rate().window(),
            left: self.carrier.client.left().0,
        };
        self.carrier.client.announce(requests);
        self.telling.tell(Event::Sending {
            run: self.run,
            records,
            requests,
            expected: self.carrier.client.plan(requests),
        });
        Ok(())
    }

    /// A newer body must not overtake an older one that the API may still be at work on: that would be
    /// applied last.
    fn let_older_bodies_arrive(&mut self) -> Result<(), Error> {
        let (now, grace) = ((self.options.clock)(), self.options.resend_after);
        let not_before = milliseconds(now.checked_sub(grace).unwrap_or(UNIX_EPOCH));
        let Some(since) = self.journal.older_in_doubt_since(self.run, not_before)? else {
            return Ok(());
        };
        let left = left_of(grace, since, now);
        self.hold_until = Some(Instant::now() + left);
        self.tell_wait(
            PauseReason::EarlierRun,
            left,
            "an earlier run's request may still be under way",
        );
        Ok(())
    }

    /// What was sent in one request goes again in one, once the API has had its time.
    fn take_up_doubtful(&mut self) -> Result<(), Error> {
        let (now, grace) = ((self.options.clock)(), self.options.resend_after);
        let found = self.journal.resendable(self.run, MOST_ATTEMPTS)?;
        for together in found.chunk_by(|one, other| one.request == other.request) {
            let Some(first) = together.first() else {
                continue;
            };
            let due = Instant::now() + left_of(grace, first.since, now);
            self.queue
                .resend(due, together.iter().map(|record| record.id).collect());
        }
        Ok(())
    }
}

//! What the sending pass tells while it works: counts as they change, a few times a second at most.

use std::time::Duration;

use tokio::{sync::mpsc::UnboundedReceiver, time::Instant};

use super::{Event, Progress, pauses::Pauses};
use crate::{
    client::{ClientEvent, WallClock},
    journal::PauseReason,
    record::Outcome,
};

/// Counts what is settled and tells it.
pub(super) struct Telling<'s> {
    observe: &'s mut dyn FnMut(Event),
    /// What happens at the door.
    pub(super) heard: UnboundedReceiver<ClientEvent>,
    /// What this command has settled so far.
    pub(super) progress: Progress,
    pub(super) pauses: Pauses,
    told_at: Option<Instant>,
}

const BETWEEN_PROGRESS: Duration = Duration::from_millis(100);

impl<'s> Telling<'s> {
    pub(super) fn new(
        observe: &'s mut dyn FnMut(Event),
        heard: UnboundedReceiver<ClientEvent>,
        clock: WallClock,
    ) -> Self {
        Self {
            observe,
            heard,
            progress: Progress::default(),
            pauses: Pauses::new(clock),
            told_at: None,
        }
    }

    /// Tells an event.
    pub(super) fn tell(&mut self, event: Event) {
        (self.observe)(event);
    }

    /// Counts what became of one request.
    pub(super) fn count(&mut self, outcomes: &[Option<Outcome>]) {
        self.progress.requests += 1;
        for outcome in outcomes.iter().flatten() {
            match outcome {
                Outcome::Succeeded(_) => self.progress.succeeded += 1,
                Outcome::Failed(_) => self.progress.failed += 1,
                Outcome::InDoubt(_) => self.progress.in_doubt += 1,
            }
        }
    }

    /// Counts records that leave doubt to be sent again.
    pub(super) fn count_again(&mut self, records: usize) {
        self.progress.in_doubt = self.progress.in_doubt.saturating_sub(records as u64);
    }

    /// Tells how far it is, unless that was told a moment ago. `ahead` is asked how long so many more
    /// records take, and how many requests could leave at once; it asks the ledger, which costs time.
    pub(super) fn tell_progress(
        &mut self,
        is_last: bool,
        ahead: impl FnOnce(u64) -> (Duration, u64),
    ) {
        let is_due = self
            .told_at
            .is_none_or(|told| told.elapsed() >= BETWEEN_PROGRESS);
        if is_due || is_last {
            self.told_at = Some(Instant::now());
            let records = self.progress.records;
            let left = records.saturating_sub(self.progress.settled());
            (self.progress.left, self.progress.window.left) = ahead(left);
            self.tell(Event::Progress(self.progress));
        }
    }

    /// Passes on what is heard from the door.
    pub(super) fn pass_on(&mut self, event: ClientEvent) {
        match event {
            ClientEvent::Throttled { wait } => {
                self.pauses.begin(PauseReason::Throttled, wait);
                self.tell(Event::Throttled { wait });
            }
            ClientEvent::Retrying { wait, why } => {
                self.pauses.begin(PauseReason::Unreachable, wait);
                self.tell(Event::Retrying { wait, why });
            }
            ClientEvent::Sent | ClientEvent::Answered { .. } => (),
        }
    }
}

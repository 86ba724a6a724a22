//! What happens while nothing can be sent: what is heard, what is waited for and how long, and that it is told.

use std::time::Duration;

use tokio::time::Instant;

use super::Sending;
use crate::{client::ClientEvent, engine::Event, journal::PauseReason};

/// How often is looked while nothing happens.
pub(super) const LOOK: Duration = Duration::from_secs(1);

impl Sending<'_> {
    /// Passes on what was heard from the door since.
    pub(super) fn hear_all(&mut self) {
        while let Ok(event) = self.telling.heard.try_recv() {
            self.hear(event);
        }
    }

    /// Passes on what is heard from the door; when everything is done changes with a pause.
    pub(super) fn hear(&mut self, event: ClientEvent) {
        let is_pause = matches!(event, ClientEvent::Throttled { .. });
        self.telling.pass_on(event);
        if is_pause {
            self.tell_progress(true);
        }
    }

    /// Tells how far it is, and of a pause that another process, or one before this one, has met.
    pub(super) fn look(&mut self) {
        let (_, pause) = self.carrier.client.left();
        self.tell_wait(PauseReason::Throttled, pause, "the API asked to wait (429)");
        self.tell_progress(false);
    }

    /// Tells that nothing is left but what is in doubt, which has to wait.
    pub(super) fn tell_doubtful_wait(&mut self) {
        let now = Instant::now();
        let is_paused = self.hold_until.is_some_and(|until| until > now);
        if let Some(due) = self.queue.next_due().filter(|_| !is_paused) {
            let wait = due.saturating_duration_since(now);
            self.tell_wait(
                PauseReason::InDoubt,
                wait,
                "what got no usable answer goes again",
            );
        }
    }

    /// Tells of a wait, unless that is known.
    pub(super) fn tell_wait(&mut self, why: PauseReason, wait: Duration, words: &'static str) {
        if !wait.is_zero() && !self.telling.pauses.covers(why, wait) {
            self.telling.pauses.begin(why, wait);
            self.telling.tell(Event::Waiting { wait, why: words });
        }
    }

    /// True when something is left that only time brings.
    pub(super) fn is_waiting(&self) -> bool {
        let is_held = self.hold_until.is_some_and(|until| until > Instant::now());
        self.stopped.is_none() && (is_held || self.queue.next_due().is_some())
    }

    /// When to look again.
    pub(super) fn wake(&self) -> Option<Instant> {
        if self.stopped.is_some() {
            return None;
        }
        let hold = self.hold_until.filter(|until| *until > Instant::now());
        // With as many under way as may be, what is due waits for one of them: its time would be now,
        // and now again.
        let is_full = self.in_flight.len() >= self.options.concurrency.max(1);
        next_look(hold, self.queue.next_due().filter(|_| !is_full))
    }
}

/// A pause after a failure ends before anything else can be sent; when there is none, only what is to
/// go again is waited for.
fn next_look(hold: Option<Instant>, due: Option<Instant>) -> Option<Instant> {
    hold.or(due)
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

//! The pauses of a sending pass, put together as they come to be known.

use std::time::Duration;

use super::grace::milliseconds;
use crate::{
    client::WallClock,
    journal::{Pause, PauseReason},
};

/// Pauses that are not written down yet. What overlaps with another one of the same reason extends it.
pub(super) struct Pauses {
    clock: WallClock,
    /// The newest of each reason.
    newest: Vec<Pause>,
    unwritten: Vec<Pause>,
}

/// What two clocks, and two looks at one, may differ by.
const MOMENT: Duration = Duration::from_secs(1);

impl Pauses {
    pub(super) const fn new(clock: WallClock) -> Self {
        Self {
            clock,
            newest: Vec::new(),
            unwritten: Vec::new(),
        }
    }

    /// A pause begins now, or goes on.
    pub(super) fn begin(&mut self, why: PauseReason, wait: Duration) {
        let now = milliseconds((self.clock)());
        let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
        let ended_at = now.saturating_add(wait);
        let place = self.newest.iter().position(|newest| newest.why == why);
        let pause = match place.map(|place| self.newest.swap_remove(place)) {
            Some(newest) if (newest.begun_at..=newest.ended_at).contains(&now) => Pause {
                ended_at: newest.ended_at.max(ended_at),
                ..newest
            },
            _ => Pause {
                why,
                begun_at: now,
                ended_at,
            },
        };
        self.newest.push(pause);
        self.write_later(pause);
    }

    /// True when a pause of that reason is known to take until then, give or take a moment.
    pub(super) fn covers(&self, why: PauseReason, wait: Duration) -> bool {
        let wait = i64::try_from(wait.saturating_sub(MOMENT).as_millis()).unwrap_or(i64::MAX);
        let until = milliseconds((self.clock)()).saturating_add(wait);
        let mut of_it = self.newest.iter().filter(|newest| newest.why == why);
        of_it.any(|newest| newest.ended_at >= until)
    }

    /// Nothing is waited for any more.
    pub(super) fn end(&mut self) {
        let now = milliseconds((self.clock)());
        for mut pause in std::mem::take(&mut self.newest) {
            if pause.ended_at > now {
                pause.ended_at = now.max(pause.begun_at);
                self.write_later(pause);
            }
        }
    }

    /// Those that are not written down as they are.
    pub(super) fn take_unwritten(&mut self) -> Vec<Pause> {
        std::mem::take(&mut self.unwritten)
    }

    fn write_later(&mut self, pause: Pause) {
        let is_same = |one: &&mut Pause| (one.why, one.begun_at) == (pause.why, pause.begun_at);
        match self.unwritten.iter_mut().find(is_same) {
            Some(one) => *one = pause,
            None => self.unwritten.push(pause),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{
            Arc,
            atomic::{AtomicU64, Ordering},
        },
        time::{Duration, UNIX_EPOCH},
    };

    use super::Pauses;
    use crate::journal::{Pause, PauseReason};

    #[test]
    fn what_overlaps_is_one_pause_and_a_stop_ends_it() {
        let second = Arc::new(AtomicU64::new(100));
        let hand = Arc::clone(&second);
        let mut pauses = Pauses::new(Arc::new(move || {
            UNIX_EPOCH + Duration::from_secs(hand.load(Ordering::Relaxed))
        }));
        let mut at = |now: u64, why: PauseReason, wait: u64| {
            second.store(now, Ordering::Relaxed);
            pauses.begin(why, Duration::from_secs(wait));
        };
        let pause = |why, begun: i64, ended: i64| Pause {
            why,
            begun_at: begun * 1000,
            ended_at: ended * 1000,
        };

        at(100, PauseReason::Throttled, 60);
        at(101, PauseReason::Throttled, 10);
        at(102, PauseReason::Unreachable, 5);
        at(150, PauseReason::Throttled, 30);
        assert_eq!(
            pauses.take_unwritten(),
            [
                pause(PauseReason::Throttled, 100, 180),
                pause(PauseReason::Unreachable, 102, 107),
            ]
        );

        second.store(200, Ordering::Relaxed);
        pauses.begin(PauseReason::Throttled, Duration::from_secs(60));
        second.store(210, Ordering::Relaxed);
        pauses.end();
        assert_eq!(
            pauses.take_unwritten(),
            [pause(PauseReason::Throttled, 200, 210)]
        );
    }
}

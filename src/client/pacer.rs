//! Spreads requests evenly over the window. It only spreads; the ledger decides.

use std::{
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use governor::{
    Quota, RateLimiter,
    clock::Clock,
    middleware::NoOpMiddleware,
    nanos::Nanos,
    state::{InMemoryState, NotKeyed},
};
use tokio::time::Instant;

/// A turn that came late may be made up for within this time (or one period, where that is longer), so
/// that timers' coarse steps and slow answers leave no slot of the quota unused.
const CATCH_UP: Duration = Duration::from_millis(50);

/// Gives out turns that lie one period apart.
pub(super) struct Pacer {
    turns: RateLimiter<NotKeyed, InMemoryState, Schedule, NoOpMiddleware<Nanos>>,
    schedule: Schedule,
    started: Instant,
    catch_up: Duration,
}

impl Pacer {
    /// A pacer whose first turn is at once.
    pub(super) fn new(period: Duration, now: Instant) -> Self {
        let period = period.max(Duration::from_nanos(1));
        let schedule = Schedule::default();
        let quota = Quota::with_period(period)
            .unwrap_or_else(|| Quota::per_second(NonZeroU32::MAX))
            .allow_burst(NonZeroU32::MIN);
        Self {
            turns: RateLimiter::direct_with_clock(quota, schedule.clone()),
            schedule,
            started: now,
            catch_up: period.max(CATCH_UP),
        }
    }

    /// When the caller's turn is; it may lie in the past.
    pub(super) fn next_turn(&self, now: Instant) -> Instant {
        let elapsed = now.saturating_duration_since(self.started);
        self.schedule
            .advance_to(elapsed.saturating_sub(self.catch_up));
        // The schedule is told the time of the turn rather than the time at which a timer woke us: a
        // late wake-up then does not push back all later turns.
        while let Err(too_early) = self.turns.check() {
            let wait = too_early.wait_time_from(self.schedule.now());
            self.schedule.advance(wait.max(Duration::from_nanos(1)));
        }
        self.started + Duration::from(self.schedule.now())
    }
}

/// The time of turns, counted from the pacer's start. It is moved by hand, since governor's own clocks
/// know nothing of tokio's.
#[derive(Clone, Default)]
struct Schedule {
    nanoseconds: Arc<AtomicU64>,
}

impl Schedule {
    fn advance_to(&self, time: Duration) {
        self.nanoseconds
            .fetch_max(Nanos::from(time).as_u64(), Ordering::Relaxed);
    }

    fn advance(&self, by: Duration) {
        self.nanoseconds
            .fetch_add(Nanos::from(by).as_u64(), Ordering::Relaxed);
    }
}

impl Clock for Schedule {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::from(self.nanoseconds.load(Ordering::Relaxed))
    }
}

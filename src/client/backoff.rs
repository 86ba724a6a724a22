//! How long to wait before trying again: an exponential curve with full jitter.
//!
//! This is the one place that knows the `backoff` crate, and it takes the curve from it and nothing else.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use backoff::{ExponentialBackoff, backoff::Backoff};

/// The longest wait of all, as a multiple of that after a first failure.
const LONGEST: u32 = 60;
/// From here on the curve is flat.
const LAST_RISE: u32 = 8;
/// The step of a Weyl sequence: 2^64 divided by the golden ratio, as splitmix64 uses it.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// Delays that grow, each drawn anew between nothing and the curve, so that callers that failed
/// together do not come back together.
#[derive(Debug)]
pub(super) struct Delays {
    /// The longest wait after a first failure; it doubles with each further one.
    first: Duration,
    state: AtomicU64,
}

impl Delays {
    /// Delays of at most `first` after a first failure, whose jitter follows from `seed`.
    pub(super) const fn new(first: Duration, seed: u64) -> Self {
        Self {
            first,
            state: AtomicU64::new(seed),
        }
    }

    /// The delay before attempt `attempt + 1`, when `attempt` attempts have failed.
    pub(super) fn after(&self, attempt: u32) -> Duration {
        let longest = u64::try_from(longest(self.first, attempt).as_micros()).unwrap_or(u64::MAX);
        Duration::from_micros(self.draw() % (longest + 1))
    }

    /// The next number of a splitmix64 generator.
    fn draw(&self) -> u64 {
        let state = self.state.fetch_add(STEP, Ordering::Relaxed);
        let mixed = state.wrapping_add(STEP);
        let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// The curve: the longest delay after so many failures.
fn longest(first: Duration, attempt: u32) -> Duration {
    let mut curve = ExponentialBackoff {
        initial_interval: first,
        current_interval: first,
        multiplier: 2.0,
        max_interval: first.saturating_mul(LONGEST),
        max_elapsed_time: None,
        randomization_factor: 0.0,
        ..ExponentialBackoff::default()
    };
    for _ in 1..attempt.min(LAST_RISE) {
        curve.next_backoff();
    }
    curve.current_interval
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Delays, longest};

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_curve_doubles_from_a_second_to_a_minute() {
        let seconds: Vec<u64> = (0..10).map(|n| longest(SECOND, n).as_secs()).collect();

        assert_eq!(seconds, [1, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(longest(SECOND, u32::MAX), 60 * SECOND);
    }

    #[test]
    fn the_jitter_is_full_and_follows_from_the_seed() {
        let [one, same, other] = [7, 7, 8].map(|seed| Delays::new(SECOND, seed));
        let drawn: Vec<_> = (0..1000).map(|_| one.after(3)).collect();

        assert!(drawn.iter().all(|delay| *delay <= longest(SECOND, 3)));
        assert!(drawn.iter().any(|delay| *delay < longest(SECOND, 3) / 10));
        assert!(
            drawn
                .iter()
                .any(|delay| *delay > longest(SECOND, 3) * 9 / 10)
        );
        assert!(drawn.iter().all(|delay| *delay == same.after(3)));
        assert_ne!(drawn.first(), Some(&other.after(3)));
    }
}

//! How many requests a key may make: so many in any window, counted by arrival.

use std::{
    collections::{HashMap, VecDeque},
    time::{Duration, SystemTime},
};

use super::Quota;

/// The arrivals of the last window, per key. Keys live in memory only.
pub(super) struct Limiter {
    quota: Option<Quota>,
    arrivals: HashMap<String, VecDeque<SystemTime>>,
}

impl Limiter {
    /// A limiter that has seen nothing; without a quota it lets everything pass.
    pub(super) fn new(quota: Option<Quota>) -> Self {
        Self {
            quota,
            arrivals: HashMap::new(),
        }
    }

    /// Takes a slot of the key's window.
    ///
    /// # Errors
    ///
    /// The whole seconds, at least one, until a slot is free. A refused request takes no slot.
    pub(super) fn admit(&mut self, key: &str, now: SystemTime) -> Result<(), u64> {
        let Some(quota) = self.quota else {
            return Ok(());
        };
        self.forget_idle_keys(quota.window, now);
        let arrivals = self.arrivals.entry(key.to_owned()).or_default();
        if arrivals.len() < quota.requests as usize {
            arrivals.push_back(now);
            return Ok(());
        }
        let oldest = arrivals.front().copied().unwrap_or(now);
        Err(whole_seconds(quota.window.saturating_sub(age(oldest, now))))
    }

    /// Drops arrivals that the window has left behind, and keys without any.
    fn forget_idle_keys(&mut self, window: Duration, now: SystemTime) {
        self.arrivals.retain(|_, arrivals| {
            while arrivals.front().is_some_and(|at| age(*at, now) >= window) {
                arrivals.pop_front();
            }
            !arrivals.is_empty()
        });
    }
}

/// How long ago something arrived; nothing when the clock went back meanwhile.
fn age(arrival: SystemTime, now: SystemTime) -> Duration {
    now.duration_since(arrival).unwrap_or_default()
}

fn whole_seconds(wait: Duration) -> u64 {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    seconds.max(1)
}

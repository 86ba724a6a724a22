//! How many requests may be under way at once: as many as leave while one is being answered.
//!
//! More would gain nothing, and each one more is one more in doubt when the network or the program dies.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{Instant, sleep},
};

use super::Rate;

/// One that is being answered and one that leaves meanwhile.
const LEAST: u64 = 2;
/// How long an answer takes, until one has come.
const FIRST_GUESS: Duration = Duration::from_secs(1);
/// A slow answer counts at once, a fast one by one part in so many: room that is missing costs slots of the
/// quota, room to spare costs little.
const FASTER_IN: u32 = 8;
/// How long to wait at most before looking again.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

/// The requests under way through one door.
pub(super) struct Width {
    rate: Rate,
    under_way: Mutex<UnderWay>,
    freed: Notify,
}

/// A request's place among those under way, from asking for permission to its end.
pub(super) struct Place {
    width: Arc<Width>,
    number: u64,
}

struct UnderWay {
    next: u64,
    /// When each left; none for one that waits for permission.
    left_at: BTreeMap<u64, Option<Instant>>,
    /// How long an answer takes.
    latency: Duration,
}

impl Width {
    /// Nothing under way yet.
    pub(super) fn new(rate: Rate) -> Arc<Self> {
        Arc::new(Self {
            rate,
            under_way: Mutex::new(UnderWay {
                next: 0,
                left_at: BTreeMap::new(),
                latency: FIRST_GUESS,
            }),
            freed: Notify::new(),
        })
    }

    /// Waits until one more request may be under way. A wait that is dropped costs nothing.
    pub(super) async fn place(self: &Arc<Self>) -> Place {
        loop {
            let asked = self.under_way().ask(self.rate, Instant::now());
            match asked {
                Ok(number) => {
                    return Place {
                        width: Arc::clone(self),
                        number,
                    };
                }
                Err(wait) => tokio::select! {
                    () = self.freed.notified() => (),
                    () = sleep(wait.min(LONGEST_SLEEP)) => (),
                },
            }
        }
    }

    fn under_way(&self) -> MutexGuard<'_, UnderWay> {
        self.under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// The request leaves.
    pub(super) fn leaves(&self, now: Instant) {
        let mut under_way = self.width.under_way();
        under_way.left_at.insert(self.number, Some(now));
    }

    /// The request is under way no longer; it may leave again. `took` says how long its answer took, if it
    /// reached the API.
    pub(super) fn is_back(&self, took: Option<Duration>) {
        let mut under_way = self.width.under_way();
        under_way.left_at.insert(self.number, None);
        if let Some(took) = took {
            under_way.measured(took);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.width.under_way().left_at.remove(&self.number);
        self.width.freed.notify_one();
    }
}

impl UnderWay {
    /// A number for one more request; else how long until there is room, unless another one ends before.
    fn ask(&mut self, rate: Rate, now: Instant) -> Result<u64, Duration> {
        let count = u64::try_from(self.left_at.len()).unwrap_or(u64::MAX);
        let oldest = self.left_at.values().flatten().min();
        let age = oldest.map(|left| now.saturating_duration_since(*left));
        if count < room(rate, self.latency.max(age.unwrap_or_default())) {
            let number = self.next;
            self.next += 1;
            self.left_at.insert(number, None);
            return Ok(number);
        }
        // What is not answered yet will have taken at least as long as it does now.
        let enough = latency_for(rate, count);
        Err(age.map_or(LONGEST_SLEEP, |age| enough.saturating_sub(age)))
    }

    fn measured(&mut self, took: Duration) {
        let slower = self.latency.saturating_sub(took) / FASTER_IN;
        self.latency = took.max(self.latency.saturating_sub(slower));
    }
}

/// How many requests may be under way when an answer takes so long.
fn room(rate: Rate, latency: Duration) -> u64 {
    let requests = u128::from(rate.requests().get());
    let meanwhile = (latency.as_nanos() * requests).div_ceil(rate.window().as_nanos().max(1));
    u64::try_from(meanwhile)
        .unwrap_or(u64::MAX)
        .saturating_add(1)
        .max(LEAST)
}

/// From which latency on more than `count` may be under way.
fn latency_for(rate: Rate, count: u64) -> Duration {
    let period = rate.window() / rate.requests().get();
    let times = u32::try_from(count.saturating_sub(1)).unwrap_or(u32::MAX);
    period.saturating_mul(times) + Duration::from_micros(1)
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use tokio::time::{Instant, advance, timeout};

    use super::{Place, Rate, Width, room};

    const fn seconds(tenths: u64) -> Duration {
        Duration::from_millis(tenths * 100)
    }

    #[test]
    fn the_room_is_what_leaves_while_one_is_answered_and_one_more() {
        for (rate, tenths, wanted) in [
            ("60/min", 0, 2),
            ("60/min", 2, 2),
            ("60/min", 10, 2),
            ("60/min", 11, 3),
            ("60/min", 300, 31),
            ("1/h", 600, 2),
            ("20/s", 10, 21),
            ("1000000/s", 10, 1_000_001),
        ] {
            let rate = Rate::parse(rate).unwrap();
            assert_eq!(room(rate, seconds(tenths)), wanted, "{rate}, {tenths}");
        }
    }

    /// As many places as there are at once.
    async fn fill(width: &Arc<Width>) -> Vec<Place> {
        let mut places = Vec::new();
        while let Ok(place) = timeout(Duration::ZERO, width.place()).await {
            place.leaves(Instant::now());
            places.push(place);
            if places.len() == 64 {
                break;
            }
        }
        places
    }

    #[tokio::test(start_paused = true)]
    async fn it_starts_with_two_at_the_apis_rate_and_with_all_at_an_unlimited_one() {
        for (rate, wanted) in [("60/min", 2), ("1000000/s", 64)] {
            let width = Width::new(Rate::parse(rate).unwrap());
            assert_eq!(fill(&width).await.len(), wanted, "{rate}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_does_not_come_makes_room_as_it_ages() {
        let width = Width::new(Rate::default());
        let started = Instant::now();
        let mut places = Vec::new();
        while started.elapsed() < Duration::from_secs(30) {
            let place = width.place().await;
            place.leaves(Instant::now());
            places.push(place);
        }

        assert!((30..=32).contains(&places.len()), "{}", places.len());
    }

    #[tokio::test(start_paused = true)]
    async fn slow_answers_are_believed_at_once_and_fast_ones_by_and_by() {
        let width = Width::new(Rate::default());
        let answer = async |took: Duration| {
            let place = width.place().await;
            place.leaves(Instant::now());
            advance(took).await;
            place.is_back(Some(took));
        };

        answer(seconds(100)).await;
        assert_eq!(fill(&width).await.len(), 11);
        answer(seconds(2)).await;
        assert_eq!(fill(&width).await.len(), 10);
        for _ in 0..40 {
            answer(seconds(2)).await;
        }
        assert_eq!(fill(&width).await.len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_place_that_is_freed_is_taken_and_a_dropped_wait_takes_none() {
        let width = Width::new(Rate::default());
        let mut places = fill(&width).await;
        assert!(timeout(Duration::ZERO, width.place()).await.is_err());

        let (place, ()) = tokio::join!(timeout(seconds(1), width.place()), async {
            places.pop();
        });

        assert!(place.is_ok());
    }
}

//! The quota whatever happens to clocks, processes and waits: in no window of true time does the API
//! count more requests than its quota.

#![expect(
    clippy::indexing_slicing,
    reason = "helpers of tests are not `in tests` for clippy, and a failed one is a failed test"
)]

use std::time::Duration;

use aca_sync::client::{Limiter, StopSignal};
use proptest::prelude::*;
use tempfile::TempDir;
use tokio::time::{Instant, sleep, timeout};

use crate::client_limiter::{MINUTE, Wall, leave, open, span};

/// As long as a request may take to arrive.
const LONGEST_WAY: u64 = 600;

/// Something that happens to the processes that share a key.
#[derive(Debug, Clone)]
enum Step {
    /// One more process starts.
    Start,
    /// One ends.
    End(usize),
    /// One says how many requests are coming.
    Announce(usize, u64),
    /// All send so many at the same time; meanwhile, after so many milliseconds, the wall clock is set.
    Send {
        each: usize,
        meanwhile: Option<(u64, i64)>,
    },
    /// One waits for a slot for so many milliseconds, and turns to something else.
    WaitFor(usize, u64),
    /// One is asked to pause for so many seconds.
    Pause(usize, u64),
    /// Milliseconds go by.
    Rest(u64),
    /// The wall clock is set, by milliseconds.
    Set(i64),
}

fn leap() -> impl Strategy<Value = i64> {
    prop_oneof![
        -4_000_000..4_000_000_i64,
        -70_000..70_000_i64,
        -1_500..1_500_i64,
        -20..20_i64,
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let meanwhile = proptest::option::of((0..30_000_u64, leap()));
    prop_oneof![
        2 => Just(Step::Start),
        1 => (0..4_usize).prop_map(Step::End),
        2 => (0..4_usize, 0..100_u64).prop_map(|(who, count)| Step::Announce(who, count)),
        6 => (1..15_usize, meanwhile).prop_map(|(each, meanwhile)| Step::Send { each, meanwhile }),
        2 => (0..4_usize, 0..40_000_u64).prop_map(|(who, time)| Step::WaitFor(who, time)),
        1 => (0..4_usize, 0..40_u64).prop_map(|(who, wait)| Step::Pause(who, wait)),
        2 => (0..40_000_u64).prop_map(Step::Rest),
        2 => leap().prop_map(Step::Set),
    ]
}

/// Processes that share a key, and what the API has seen of them.
struct World {
    folder: TempDir,
    wall: Wall,
    rate: &'static str,
    processes: Vec<Limiter>,
    arrivals: Vec<Instant>,
    paused_until: Instant,
    /// What the next requests' ways take, in milliseconds; none for one that is never answered.
    ways: Vec<(u64, bool)>,
    sent: usize,
}

impl World {
    fn new(rate: &'static str, ways: Vec<(u64, bool)>) -> Self {
        let (folder, wall) = (tempfile::tempdir().unwrap(), Wall::new());
        let first = open(folder.path(), rate, &wall);
        Self {
            folder,
            wall,
            rate,
            processes: vec![first],
            arrivals: Vec::new(),
            paused_until: Instant::now(),
            ways,
            sent: 0,
        }
    }

    async fn go(&mut self, step: &Step) {
        let count = self.processes.len();
        match *step {
            Step::Start if count < 4 => {
                let one = open(self.folder.path(), self.rate, &self.wall);
                self.processes.push(one);
            }
            Step::End(who) if count > 1 => drop(self.processes.remove(who % count)),
            Step::Start | Step::End(_) => (),
            Step::Announce(who, requests) => self.processes[who % count].announce(requests),
            Step::Send { each, meanwhile } => self.send(each, meanwhile).await,
            Step::WaitFor(who, time) => {
                let one = send(&self.processes[who % count], 1, &[(0, false)]);
                if let Ok(sent) = timeout(Duration::from_millis(time), one).await {
                    self.note(vec![sent]);
                }
            }
            Step::Pause(who, wait) => {
                let process = &self.processes[who % count];
                let slot = process.acquire(&StopSignal::new()).await.unwrap();
                let wait = Duration::from_secs(wait);
                process.pause(slot, wait).unwrap();
                self.note(vec![vec![(Instant::now(), 0)]]);
                self.paused_until = self.paused_until.max(Instant::now() + wait);
            }
            Step::Rest(time) => sleep(Duration::from_millis(time)).await,
            Step::Set(by) => set(&self.wall, by),
        }
        // A process that lives looks at its clocks every half minute at least. One that starts before any
        // other has looked cannot know of a leap.
        self.processes[0].forecast(1);
    }

    async fn send(&mut self, each: usize, meanwhile: Option<(u64, i64)>) {
        let mut senders = Vec::new();
        for (place, process) in self.processes.iter().enumerate() {
            let ways: Vec<_> = (0..each).map(|nth| self.way(place * each + nth)).collect();
            senders.push(async move { send(process, each, &ways).await });
        }
        let wall = &self.wall;
        let setting = async move {
            if let Some((after, by)) = meanwhile {
                sleep(Duration::from_millis(after)).await;
                set(wall, by);
            }
        };
        let (sent, ()) = tokio::join!(together(senders), setting);
        self.note(sent);
    }

    fn way(&self, nth: usize) -> (u64, bool) {
        self.ways[(self.sent + nth) % self.ways.len()]
    }

    fn note(&mut self, sent: Vec<Vec<(Instant, u64)>>) {
        for (left, way) in sent.into_iter().flatten() {
            let early = Duration::from_secs(1);
            assert!(left + early >= self.paused_until, "left in a pause");
            self.arrivals.push(left + Duration::from_millis(way));
            self.sent += 1;
        }
    }

    /// The shortest time that more than a quota took to arrive.
    fn narrowest(&mut self, quota: usize) -> Option<Duration> {
        self.arrivals.sort();
        let pairs = self.arrivals.iter().zip(self.arrivals.iter().skip(quota));
        pairs.map(|(first, one_more)| *one_more - *first).min()
    }
}

fn set(wall: &Wall, by: i64) {
    let length = Duration::from_millis(by.unsigned_abs());
    if by < 0 {
        wall.set_back(length);
    } else {
        wall.set_forward(length);
    }
}

/// When each request left, and how long it took to arrive.
async fn send(process: &Limiter, count: usize, ways: &[(u64, bool)]) -> Vec<(Instant, u64)> {
    let stop = StopSignal::new();
    let mut sent = Vec::new();
    for (way, is_answered) in ways.iter().take(count) {
        let slot = process.acquire(&stop).await.unwrap();
        let left = Instant::now();
        sent.push((left, *way));
        if *is_answered {
            sleep(Duration::from_millis(*way)).await;
            process.arrived(slot, left.elapsed());
        }
    }
    sent
}

async fn together<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut waiting: Vec<_> = futures.into_iter().map(Box::pin).map(Some).collect();
    let mut done: Vec<Option<F::Output>> = waiting.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, output) in waiting.iter_mut().zip(&mut done) {
            if let Some(one) = future
                && let std::task::Poll::Ready(value) = one.as_mut().poll(context)
            {
                *output = Some(value);
                *future = None;
            }
        }
        if done.iter().all(Option::is_some) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    done.into_iter().flatten().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn no_window_of_true_time_holds_more_than_the_quota(
        rate in prop_oneof![Just(("4/s", 4, 1)), Just(("20/min", 20, 60))],
        ways in prop::collection::vec((0..=LONGEST_WAY, prop::bool::weighted(0.8)), 20),
        steps in prop::collection::vec(step(), 1..25),
    ) {
        let (text, quota, window) = rate;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        let narrowest = runtime.block_on(async {
            let mut world = World::new(text, ways);
            for step in &steps {
                world.go(step).await;
            }
            world.narrowest(quota)
        });
        prop_assert!(
            narrowest.is_none_or(|time| time >= Duration::from_secs(window)),
            "one more than the quota within {narrowest:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_wall_clock_set_forward_frees_no_slot_early() {
    let folder = tempfile::tempdir().unwrap();
    let wall = Wall::new();
    let limiter = open(folder.path(), "60/min", &wall);
    leave(&limiter, 60).await;
    let set_forward = Instant::now();
    wall.set_forward(Duration::from_secs(3600));

    let next = leave(&limiter, 60).await;

    assert!(next[0] - set_forward >= MINUTE);
    assert!(next[59] - set_forward < MINUTE + Duration::from_secs(2));
}

#[tokio::test(start_paused = true)]
async fn a_wall_clock_set_forward_does_not_shorten_a_pause() {
    let folder = tempfile::tempdir().unwrap();
    let wall = Wall::new();
    let (one, other) = (
        open(folder.path(), "60/min", &wall),
        open(folder.path(), "60/min", &wall),
    );
    let slot = one.acquire(&StopSignal::new()).await.unwrap();
    one.pause(slot, Duration::from_secs(300)).unwrap();
    sleep(MINUTE).await;
    wall.set_forward(Duration::from_secs(3600));

    let next = leave(&one, 1).await;
    assert!(next[0] - wall.started >= Duration::from_secs(300));
    assert!(next[0] - wall.started < Duration::from_secs(302));
    // The other one notices the same leap later: it waits longer than it must, and no more than the pause.
    let last = leave(&other, 1).await;
    assert!(last[0] - next[0] <= Duration::from_secs(300));
}

#[tokio::test(start_paused = true)]
async fn two_processes_of_long_runs_leave_evenly_and_use_nearly_every_slot() {
    let folder = tempfile::tempdir().unwrap();
    let wall = Wall::new();
    let (one, other) = (
        open(folder.path(), "60/min", &wall),
        open(folder.path(), "60/min", &wall),
    );
    one.announce(10_000);
    other.announce(10_000);

    let (first, second) = tokio::join!(leave(&one, 600), leave(&other, 600));

    let shared = first.len().min(second.len());
    let mut times = [first, second].concat();
    times.sort();
    let slots = span(&times).as_secs();
    assert!(1200 * 100 / slots >= 97, "1200 of {slots} slots");
    assert_eq!(shared, 600);
    let gaps = times.windows(2).skip(2).map(|pair| pair[1] - pair[0]);
    let shortest = gaps.min().unwrap();
    assert!(shortest >= Duration::from_millis(850), "{shortest:?}");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_fits_goes_at_once_beside_a_long_one() {
    let folder = tempfile::tempdir().unwrap();
    let wall = Wall::new();
    let (long, short) = (
        open(folder.path(), "60/min", &wall),
        open(folder.path(), "60/min", &wall),
    );
    long.announce(10_000);
    leave(&long, 20).await;

    short.announce(30);
    let (at_once, beside) = tokio::join!(leave(&short, 30), leave(&long, 100));

    assert_eq!(span(&at_once), Duration::ZERO);
    assert!(span(&beside) < 3 * MINUTE, "{:?}", span(&beside));
}

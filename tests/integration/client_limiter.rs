//! The quota and the pauses, in virtual time.

use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use aca_sync::client::{Denied, Limiter, Rate, StopSignal, WallClock};
use tokio::time::{Instant, sleep};

const QUARTER_HOUR: Duration = Duration::from_secs(900);
pub(crate) const MINUTE: Duration = Duration::from_secs(60);

/// A wall clock that follows the virtual time, and can be set.
#[derive(Clone)]
pub(crate) struct Wall {
    pub(crate) started: Instant,
    shown_at_start: Arc<Mutex<SystemTime>>,
}

impl Wall {
    pub(crate) fn new() -> Self {
        let noon = SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000);
        Self {
            started: Instant::now(),
            shown_at_start: Arc::new(Mutex::new(noon)),
        }
    }

    fn clock(&self) -> WallClock {
        let wall = self.clone();
        Arc::new(move || *wall.shown_at_start.lock().unwrap() + wall.started.elapsed())
    }

    pub(crate) fn set_back(&self, by: Duration) {
        *self.shown_at_start.lock().unwrap() -= by;
    }

    pub(crate) fn set_forward(&self, by: Duration) {
        *self.shown_at_start.lock().unwrap() += by;
    }
}

pub(crate) fn open(folder: &Path, rate: &str, wall: &Wall) -> Limiter {
    let rate = Rate::parse(rate).unwrap();
    Limiter::open(folder, "key", rate, QUARTER_HOUR, wall.clock()).unwrap()
}

/// When each of the next `requests` requests left; all are answered at once.
pub(crate) async fn leave(limiter: &Limiter, requests: usize) -> Vec<Instant> {
    let stop = StopSignal::new();
    let mut times = Vec::new();
    for _ in 0..requests {
        let slot = limiter.acquire(&stop).await.unwrap();
        limiter.arrived(slot, Duration::ZERO);
        times.push(Instant::now());
    }
    times
}

pub(crate) fn most_in_any_window(times: &[Instant], window: Duration) -> usize {
    let in_window = |start: &Instant| {
        times
            .iter()
            .filter(|time| *time >= start && time.duration_since(*start) < window)
            .count()
    };
    times.iter().map(in_window).max().unwrap_or(0)
}

pub(crate) fn span(times: &[Instant]) -> Duration {
    *times.last().unwrap() - *times.first().unwrap()
}

#[tokio::test(start_paused = true)]
async fn no_window_ever_holds_more_than_the_quota() {
    for (rate, window) in [("60/min", 60), ("10/s", 1), ("100/h", 3600), ("1/s", 1)] {
        for announced in [0, 100_000] {
            let folder = tempfile::tempdir().unwrap();
            let limiter = open(folder.path(), rate, &Wall::new());
            limiter.announce(announced);

            let times = leave(&limiter, 400).await;

            let quota = Rate::parse(rate).unwrap().requests().get() as usize;
            let most = most_in_any_window(&times, Duration::from_secs(window));
            assert_eq!(most.max(quota), quota, "{rate}, {announced} announced");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_long_run_uses_nearly_every_slot() {
    for (rate, per_second, requests) in [
        ("60/min", 1, 1200),
        ("10/s", 10, 2000),
        ("500/s", 500, 5000),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let limiter = open(folder.path(), rate, &Wall::new());
        limiter.announce(requests);

        let times = leave(&limiter, usize::try_from(requests).unwrap()).await;

        let slots = span(&times).as_millis() * per_second / 1000;
        let used = u128::from(requests) * 100 / slots;
        assert!((97..=101).contains(&used), "{rate}: {used} % of the slots");
    }
}

/// Who sends also settles answers, and drops the wait for the next slot to do so.
#[tokio::test(start_paused = true)]
async fn a_wait_that_is_dropped_costs_no_slot_of_a_long_run() {
    let folder = tempfile::tempdir().unwrap();
    let limiter = open(folder.path(), "60/min", &Wall::new());
    limiter.announce(100_000);
    let stop = StopSignal::new();
    let mut times = Vec::new();

    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(300) {
        tokio::select! {
            biased;
            taken = limiter.acquire(&stop) => {
                limiter.arrived(taken.unwrap(), Duration::ZERO);
                times.push(Instant::now());
            }
            () = sleep(Duration::from_millis(170)) => (),
        }
    }

    assert!(times.len() >= 291, "{} of 300 slots", times.len());
    assert_eq!(most_in_any_window(&times, MINUTE).max(60), 60);
}

#[tokio::test(start_paused = true)]
async fn what_fits_goes_at_once_and_what_does_not_is_paced_evenly() {
    let folder = tempfile::tempdir().unwrap();
    let limiter = open(folder.path(), "60/min", &Wall::new());

    limiter.announce(40);
    assert_eq!(span(&leave(&limiter, 40).await), Duration::ZERO);

    limiter.announce(20);
    assert_eq!(span(&leave(&limiter, 20).await), Duration::ZERO);

    sleep(2 * MINUTE).await;
    limiter.announce(61);
    let times = leave(&limiter, 61).await;
    let mut gaps = times.windows(2).map(|pair| pair[1] - pair[0]);
    // A first turn may be made up for; all others lie a sixtieth of the window and its margin apart.
    assert!(gaps.all(|gap| gap.abs_diff(Duration::from_millis(1010)) < Duration::from_millis(60)));
}

#[tokio::test(start_paused = true)]
async fn a_pause_holds_every_process_and_outlives_them() {
    let folder = tempfile::tempdir().unwrap();
    let wall = Wall::new();
    let (one, other) = (
        open(folder.path(), "60/min", &wall),
        open(folder.path(), "60/min", &wall),
    );
    let slot = one.acquire(&StopSignal::new()).await.unwrap();
    one.pause(slot, Duration::from_secs(300)).unwrap();
    // A shorter pause that another request was asked for does not end the longer one.
    one.pause(slot, Duration::from_secs(5)).unwrap();
    drop(one);
    let third = open(folder.path(), "60/min", &wall);

    let (by_other, by_third) = tokio::join!(leave(&other, 1), leave(&third, 1));

    for times in [by_other, by_third] {
        assert!(times[0] - wall.started >= Duration::from_secs(300));
        assert!(times[0] - wall.started < Duration::from_secs(301));
    }
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_is_too_long_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let limiter = open(folder.path(), "60/min", &Wall::new());
    let stop = StopSignal::new();
    let slot = limiter.acquire(&stop).await.unwrap();
    limiter.pause(slot, QUARTER_HOUR + MINUTE).unwrap();

    let denied = limiter.acquire(&stop).await.unwrap_err();
    assert_eq!(denied, Denied::PausedFor(QUARTER_HOUR + MINUTE));

    sleep(2 * MINUTE).await;
    let before = Instant::now();
    limiter.acquire(&stop).await.unwrap();
    assert_eq!(before.elapsed(), Duration::from_secs(14 * 60));
}

#[tokio::test(start_paused = true)]
async fn a_wall_clock_set_back_costs_a_full_window_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let wall = Wall::new();
    let limiter = open(folder.path(), "60/min", &wall);
    leave(&limiter, 60).await;
    let set_back = Instant::now();
    wall.set_back(Duration::from_secs(3600));

    let next = leave(&limiter, 60).await;

    assert!(next[0] - set_back >= MINUTE);
    assert!(next[59] - set_back < MINUTE + Duration::from_secs(2));
}

#[tokio::test(start_paused = true)]
async fn a_wall_clock_set_back_does_not_shorten_a_pause() {
    let folder = tempfile::tempdir().unwrap();
    let wall = Wall::new();
    let limiter = open(folder.path(), "60/min", &wall);
    let slot = limiter.acquire(&StopSignal::new()).await.unwrap();
    limiter.pause(slot, Duration::from_secs(300)).unwrap();
    wall.set_back(Duration::from_secs(3600));

    let next = leave(&limiter, 1).await;

    assert!(next[0] - wall.started >= Duration::from_secs(300));
    assert!(next[0] - wall.started < Duration::from_secs(301));
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_the_wait_and_takes_no_slot() {
    let folder = tempfile::tempdir().unwrap();
    let wall = Wall::new();
    let limiter = Arc::new(open(folder.path(), "1/min", &wall));
    let stop = StopSignal::new();
    limiter.acquire(&stop).await.unwrap();
    let waiting = {
        let (limiter, stop) = (Arc::clone(&limiter), stop.clone());
        tokio::spawn(async move { limiter.acquire(&stop).await })
    };
    sleep(Duration::from_secs(10)).await;

    stop.request();

    assert_eq!(waiting.await.unwrap(), Err(Denied::Stopped));
    assert_eq!(wall.started.elapsed(), Duration::from_secs(10));
    assert_eq!(limiter.acquire(&stop).await, Err(Denied::Stopped));
    let next = leave(&limiter, 1).await;
    assert!(next[0] - wall.started < MINUTE + Duration::from_secs(2));
}

#[tokio::test(start_paused = true)]
async fn the_forecast_comes_true() {
    for requests in [1, 30, 60, 61, 150, 400] {
        let folder = tempfile::tempdir().unwrap();
        let limiter = open(folder.path(), "60/min", &Wall::new());
        leave(&limiter, 25).await;
        sleep(Duration::from_secs(20)).await;
        limiter.announce(requests);
        let (forecast, before) = (limiter.forecast(requests), Instant::now());

        leave(&limiter, usize::try_from(requests).unwrap()).await;

        let off = forecast.abs_diff(before.elapsed());
        assert!(
            off <= before.elapsed() / 50 + Duration::from_secs(2),
            "{requests}: {off:?}"
        );
    }
}

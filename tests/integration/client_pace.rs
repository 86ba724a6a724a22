//! The pace of a key whose quota is not what we believe, and what a 429 asks for, in virtual time.

use std::{collections::VecDeque, time::Duration};

use aca_sync::{
    client::{Limiter, StopSignal},
    record::{Halt, Reply},
};
use tokio::time::{Instant, sleep};

use crate::{
    client::{ALL_WELL, Room},
    client_limiter::{MINUTE, Wall, leave, open},
    client_stand_in::{answer, stand_in},
};

const HOUR: Duration = Duration::from_secs(3600);

/// A server that counts: so many requests in any minute, and a 429 with the wait for more.
struct Counting {
    quota: usize,
    taken: VecDeque<Instant>,
    throttled: usize,
}

impl Counting {
    const fn new(quota: usize) -> Self {
        Self {
            quota,
            taken: VecDeque::new(),
            throttled: 0,
        }
    }

    /// Takes the request, or says how many whole seconds to wait.
    fn ask(&mut self) -> Result<(), Duration> {
        let now = Instant::now();
        while self.taken.front().is_some_and(|at| now - *at >= MINUTE) {
            self.taken.pop_front();
        }
        if self.taken.len() < self.quota {
            self.taken.push_back(now);
            return Ok(());
        }
        self.throttled += 1;
        let oldest = self.taken.front().unwrap();
        let wait = MINUTE.saturating_sub(now - *oldest);
        Err(Duration::from_secs(
            wait.as_secs() + u64::from(wait.subsec_nanos() > 0),
        ))
    }
}

/// Sends for so long, and gives how many requests were taken.
async fn send_for(time: Duration, limiter: &Limiter, server: &mut Counting) -> usize {
    let (started, stop) = (Instant::now(), StopSignal::new());
    let mut taken = 0;
    while started.elapsed() < time {
        let slot = limiter.acquire(&stop).await.unwrap();
        limiter.arrived(slot, Duration::ZERO);
        match server.ask() {
            Ok(()) => taken += 1,
            Err(wait) => limiter.pause(slot, wait).unwrap(),
        }
    }
    taken
}

#[tokio::test(start_paused = true)]
async fn a_quota_that_is_half_of_what_we_believe_costs_few_429s_and_few_slots() {
    let folder = tempfile::tempdir().unwrap();
    let limiter = open(folder.path(), "60/min", &Wall::new());
    limiter.announce(1_000_000);
    let mut server = Counting::new(30);

    let taken = send_for(HOUR, &limiter, &mut server).await;
    let first_hour = server.throttled;
    let later = send_for(HOUR, &limiter, &mut server).await;

    assert!(first_hour <= 14, "{first_hour}");
    assert!(server.throttled - first_hour <= 7, "{}", server.throttled);
    assert!(taken >= 30 * 60 * 70 / 100, "{taken}");
    assert!(later >= 30 * 60 * 75 / 100, "{later}");
}

#[tokio::test(start_paused = true)]
async fn the_whole_quota_is_used_again_within_75_minutes_of_its_return() {
    let folder = tempfile::tempdir().unwrap();
    let limiter = open(folder.path(), "60/min", &Wall::new());
    limiter.announce(1_000_000);
    let mut server = Counting::new(30);
    send_for(HOUR, &limiter, &mut server).await;
    let throttled = server.throttled;

    server.quota = 60;
    send_for(75 * MINUTE, &limiter, &mut server).await;
    let taken = send_for(10 * MINUTE, &limiter, &mut server).await;

    assert!(taken >= 600 * 97 / 100, "{taken} of 600");
    assert_eq!(server.throttled, throttled);
}

#[tokio::test(start_paused = true)]
async fn a_single_429_costs_little() {
    let folder = tempfile::tempdir().unwrap();
    let limiter = open(folder.path(), "60/min", &Wall::new());
    limiter.announce(1_000_000);
    let slot = limiter.acquire(&StopSignal::new()).await.unwrap();
    limiter.pause(slot, Duration::from_secs(60)).unwrap();
    sleep(MINUTE).await;

    let started = Instant::now();
    leave(&limiter, 600).await;

    assert!(
        started.elapsed() < 620 * MINUTE / 60,
        "{:?}",
        started.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn requests_that_had_left_before_a_pause_do_not_slow_it_further() {
    let folder = tempfile::tempdir().unwrap();
    let wall = Wall::new();
    let limiter = open(folder.path(), "60/min", &wall);
    let stop = StopSignal::new();
    for pause in 1..=4 {
        let mut slots = Vec::new();
        for _ in 0..8 {
            slots.push(limiter.acquire(&stop).await.unwrap());
        }
        for slot in slots {
            limiter.pause(slot, Duration::from_secs(1)).unwrap();
        }
        sleep(Duration::from_secs(1)).await;

        let margin = Duration::from_millis(600 << pause);
        assert_eq!(margin_of(&limiter), margin, "{pause}");
    }
    drop(limiter);

    let reopened = open(folder.path(), "60/min", &wall);
    assert_eq!(margin_of(&reopened), Duration::from_millis(600 << 4));
}

/// How much longer than a minute a slot stays taken: far ahead, a minute's worth of requests takes both.
fn margin_of(limiter: &Limiter) -> Duration {
    let (far, less_far) = (limiter.forecast(120_000), limiter.forecast(119_940));
    far.saturating_sub(less_far).saturating_sub(MINUTE)
}

/// Headers and body of a 429, and the seconds after which the request goes again.
const ASKED: &[(&str, &str, u64)] = &[
    ("", r#"{"code":"RATE_LIMIT_EXCEEDED","retryAfter":42}"#, 42),
    ("retry-after: 9\r\n", r#"{"retryAfter":42}"#, 42),
    ("retry-after: 9\r\n", "<html>", 9),
    (
        "date: Sun, 06 Nov 1994 08:49:37 GMT\r\nretry-after: Sun, 06 Nov 1994 08:50:07 GMT\r\n",
        "",
        30,
    ),
    ("", "", 60),
    ("retry-after: 0\r\n", "", 1),
    ("retry-after: -9\r\n", "", 60),
    ("retry-after: soon\r\n", "", 60),
];

#[tokio::test(start_paused = true)]
async fn what_a_429_asks_for_is_waited_before_the_request_goes_again() {
    for (headers, body, seconds) in ASKED {
        let throttled = answer("429 Too Many Requests", headers, body);
        let (address, seen) = stand_in(vec![throttled, answer("200 OK", "", ALL_WELL)]).await;
        let room = Room::new(address, |_| ());

        let started = Instant::now();
        let reply = room.send("{}").await;
        let took = started.elapsed();

        assert!(
            matches!(reply, Reply::Settled(_)),
            "{headers}{body}: {reply:?}"
        );
        let asked = Duration::from_secs(*seconds);
        let at_most = asked + Duration::from_secs(1);
        assert!(
            (asked..at_most).contains(&took),
            "{headers}{body}: {took:?}"
        );
        assert_eq!(seen.lock().unwrap().len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_429_that_asks_for_the_absurd_ends_the_run_at_once() {
    for headers in [
        "retry-after: 99999999999999999999\r\n",
        "retry-after: Fri, 31 Dec 9999 23:59:59 GMT\r\n",
    ] {
        let throttled = answer("429 Too Many Requests", headers, "");
        let (address, seen) = stand_in(vec![throttled]).await;
        let room = Room::new(address, |_| ());

        let started = Instant::now();
        let reply = room.send("{}").await;

        assert!(
            matches!(reply, Reply::Halt(Halt::WaitTooLong { .. })),
            "{headers}: {reply:?}"
        );
        assert!(started.elapsed() < Duration::from_secs(1));
        assert_eq!(seen.lock().unwrap().len(), 1);
    }
}

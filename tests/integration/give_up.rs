//! An API that stays down, however it does so: the run stops in time, and the next one finishes. In
//! virtual time.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, SystemTime},
};

use aca_sync::{
    client::{Address, ApiKey, Client, ClientOptions, StopSignal, WallClock},
    contract::Target,
    engine::{SendOptions, Stopped, send},
    journal::{Journal, RecordBooks},
    mapping::Guards,
    record::RunId,
};
use tokio::time::Instant;

use crate::{
    client_stand_in::{Act, answer, stand_in},
    support::{NOON, Shelf, customers, stage},
};

const RECORDS: u8 = 60;
const GIVE_UP_AFTER: Duration = Duration::from_secs(300);

fn clock() -> WallClock {
    let (noon, started) = (u64::try_from(NOON).unwrap(), Instant::now());
    let noon = SystemTime::UNIX_EPOCH + Duration::from_millis(noon);
    Arc::new(move || noon + started.elapsed())
}

/// Sends what is pending of the run, one record a request, to whoever is at the address.
async fn send_to(
    address: SocketAddr,
    (journal, run): (&mut Journal, RunId),
    clock: &WallClock,
) -> Option<Stopped> {
    let ledgers = tempfile::tempdir().unwrap();
    let client = Client::new(ClientOptions::new(
        Address::parse(&format!("http://{address}/")).unwrap(),
        ApiKey::from_text("cc_invented_0123456789").unwrap(),
        ledgers.path().to_owned(),
        Arc::clone(clock),
    ));
    let options = SendOptions {
        target: Target::SyncAca,
        batch_size: 1,
        concurrency: 8,
        limit: None,
        resend_after: Duration::from_secs(60),
        give_up_after: GIVE_UP_AFTER,
        guards: Guards::default(),
        allowed: Vec::new(),
        clock: Arc::clone(clock),
    };
    let (client, stop) = (Arc::new(client.unwrap()), StopSignal::new());
    let sent = send(journal, run, client, (&options, &stop), &mut |_| ()).await;
    sent.unwrap()
}

fn books(journal: &Journal, run: RunId) -> RecordBooks {
    journal.books(run).unwrap().records
}

/// An answer, again and again.
fn always(act: fn(usize) -> Act) -> Vec<Act> {
    (0..400).map(act).collect()
}

/// A way to be down, what the run says of it, and after how long at most the run stops.
type Down = (&'static str, fn(usize) -> Act, &'static str, u64);

#[rustfmt::skip]
const DOWN: &[Down] = &[
    ("connections are taken and nothing is ever answered", |_| Act::Brood, "no answer came in time", 480),
    ("connections are dropped", |_| Act::HangUp, "the connection broke before an answer came", 420),
    ("503 without end", |_| answer("503 Service Unavailable", "", ""), "the API answered with an error of its own", 420),
    ("502 in HTML", |_| answer("502 Bad Gateway", "content-type: text/html\r\n", "<html><h1>502</h1></html>"), "the API answered with an error of its own", 420),
    ("200 in HTML", |_| answer("200 OK", "content-type: text/html\r\n", "<html>Maintenance</html>"), "the answer could not be read", 420),
    ("every other answer is a 429", |nth| if nth.is_multiple_of(2) {
        answer("429 Too Many Requests", "retry-after: 5\r\n", "")
    } else {
        answer("503 Service Unavailable", "", "")
    }, "the API answered with an error of its own", 420),
];

#[tokio::test(start_paused = true)]
async fn an_api_that_stays_down_is_given_up_in_time_and_the_next_run_finishes() {
    for (why, act, said, at_most) in DOWN {
        let shelf = Shelf::new();
        let (mut journal, clock) = (shelf.open(), clock());
        let run = stage(&mut journal, &customers(RECORDS));
        let (address, seen) = stand_in(always(*act)).await;

        let started = Instant::now();
        let stopped = send_to(address, (&mut journal, run), &clock).await;
        let took = started.elapsed();
        let left = books(&journal, run);

        assert_eq!(
            stopped,
            Some(Stopped::Unreachable((*said).to_owned())),
            "{why}"
        );
        let at_most = Duration::from_secs(*at_most);
        assert!((GIVE_UP_AFTER..=at_most).contains(&took), "{why}: {took:?}");
        let requests = seen.lock().unwrap().len();
        assert!(left.in_doubt > 0 && left.in_flight == 0, "{why}: {left:?}");
        assert_eq!(left.in_doubt + left.pending, u64::from(RECORDS), "{why}");
        assert!(
            requests as u64 >= left.in_doubt,
            "{why}: {requests}, {left:?}"
        );

        let well = |_| answer("200 OK", "", r#"{"succeeded":1,"failed":0,"errors":[]}"#);
        let (address, _) = stand_in(always(well)).await;
        let stopped = send_to(address, (&mut journal, run), &clock).await;
        let done = books(&journal, run);

        assert_eq!(stopped, None, "{why}");
        assert_eq!((done.pending, done.in_flight), (0, 0), "{why}: {done:?}");
        // Sent four times without an answer, a record waits for a person.
        assert_eq!(done.succeeded + done.in_doubt, u64::from(RECORDS), "{why}");
        assert!(done.succeeded >= left.pending, "{why}: {done:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_api_that_answers_429_without_end_ends_the_run_after_its_longest_wait() {
    let shelf = Shelf::new();
    let (mut journal, clock) = (shelf.open(), clock());
    let run = stage(&mut journal, &customers(RECORDS));
    let throttled = |_| answer("429 Too Many Requests", "retry-after: 30\r\n", "");
    let (address, seen) = stand_in(always(throttled)).await;

    let stopped = send_to(address, (&mut journal, run), &clock).await;

    assert!(
        matches!(stopped, Some(Stopped::WaitTooLong(_))),
        "{stopped:?}"
    );
    assert_eq!(books(&journal, run).pending, u64::from(RECORDS));
    // Two under way, each asked to wait 30 s for a quarter of an hour.
    let requests = seen.lock().unwrap().len();
    assert!(requests <= 64, "{requests}");
}

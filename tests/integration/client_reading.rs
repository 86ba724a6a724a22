//! Reading one customer through the door: what each answer means, and what is asked again.

use std::{
    cell::RefCell,
    sync::Arc,
    time::{Duration, SystemTime},
};

use aca_sync::{
    client::{Address, ApiKey, Client, ClientEvent, ClientOptions, Reading, StopSignal, WallClock},
    contract::CustomerId,
    record::Halt,
};
use tokio::time::Instant;

use crate::client_stand_in::{Act, answer, stand_in};

const ID: &str = "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed";
const ANA: &str = r#"{"firstName":"Ana","policies":[]}"#;

fn wall_clock() -> WallClock {
    let started = Instant::now();
    let noon = SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000);
    Arc::new(move || noon + started.elapsed())
}

/// What a reading comes to when the API does these things one after the other, what was asked, and what was
/// told meanwhile.
async fn read(acts: Vec<Act>, stop: &StopSignal) -> (Reading, Vec<String>, Vec<ClientEvent>) {
    let (address, seen) = stand_in(acts).await;
    let ledgers = tempfile::tempdir().unwrap();
    let options = ClientOptions::new(
        Address::parse(&format!("http://{address}/")).unwrap(),
        ApiKey::from_text("cc_invented").unwrap(),
        ledgers.path().to_owned(),
        wall_clock(),
    );
    let client = Client::new(options).unwrap();
    let told = RefCell::new(Vec::new());
    let id = CustomerId::parse(ID).unwrap();
    let reading = client
        .read_customer(id, stop, &|event| told.borrow_mut().push(event))
        .await;
    let seen = seen.lock().unwrap().clone();
    (reading, seen, told.into_inner())
}

async fn reading(acts: Vec<Act>) -> Reading {
    read(acts, &StopSignal::new()).await.0
}

fn said(status: &str, body: &str) -> Act {
    answer(status, "", body)
}

#[tokio::test]
async fn a_customer_is_asked_for_by_its_path_and_given_as_it_is_shown() {
    let (reading, seen, told) = read(vec![said("200 OK", ANA)], &StopSignal::new()).await;

    let Reading::Found(customer) = &reading else {
        panic!("{reading:?}");
    };
    assert_eq!(customer.expose()["firstName"], "Ana");
    assert!(!format!("{reading:?}").contains("Ana"));
    let head = seen.concat();
    assert!(
        head.starts_with(&format!("GET /v2/customers/{ID} HTTP/1.1\r\n")),
        "{head}"
    );
    assert!(
        head.contains("x-api-key: cc_invented") && head.ends_with("\r\n\r\n"),
        "{head}"
    );
    assert!(matches!(
        told[..],
        [ClientEvent::Sent, ClientEvent::Answered { status: 200, .. }]
    ));
}

#[tokio::test]
async fn each_status_has_its_own_meaning() {
    let not_found = r#"{"message":"Customer not found","code":"NOT_FOUND"}"#;
    for (status, body, expected) in [
        ("404 Not Found", not_found, Reading::NotFound),
        (
            "404 Not Found",
            "<html>",
            Reading::Halt(Halt::Unexpected { status: 404 }),
        ),
        ("422 Unprocessable", "{}", Reading::Refused { status: 422 }),
        ("400 Bad Request", "", Reading::Refused { status: 400 }),
        (
            "401 Unauthorized",
            "{}",
            Reading::Halt(Halt::KeyRefused { status: 401 }),
        ),
        (
            "403 Forbidden",
            "{}",
            Reading::Halt(Halt::KeyRefused { status: 403 }),
        ),
        (
            "301 Moved",
            "",
            Reading::Halt(Halt::Unexpected { status: 301 }),
        ),
        (
            "418 Teapot",
            "",
            Reading::Halt(Halt::Unexpected { status: 418 }),
        ),
    ] {
        assert_eq!(
            reading(vec![said(status, body)]).await,
            expected,
            "{status} {body}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_gets_no_usable_answer_is_asked_again_and_then_given_up() {
    let ana = || said("200 OK", ANA);
    let found = reading(vec![
        said("500 Error", "{}"),
        Act::HangUp,
        said("200 OK", "<html>"),
        ana(),
    ])
    .await;
    let failing = reading(vec![
        said("503 Busy", ""),
        Act::HangUp,
        said("502 Bad", "<html>"),
        said("500 Error", "{}"),
    ])
    .await;
    let garbage = reading((0..4).map(|_| said("200 OK", "[]")).collect()).await;

    assert!(matches!(found, Reading::Found(_)), "{found:?}");
    assert!(
        matches!(&failing, Reading::Unreachable(why) if why.contains("an error of its own")),
        "{failing:?}"
    );
    assert_eq!(garbage, Reading::Unreadable);
}

#[tokio::test]
async fn a_429_is_waited_out_and_is_no_failure() {
    let throttled = || {
        said(
            "429 Too Many Requests",
            r#"{"code":"RATE_LIMIT_EXCEEDED","retryAfter":1}"#,
        )
    };
    let (reading, seen, told) =
        read(vec![throttled(), said("200 OK", ANA)], &StopSignal::new()).await;

    assert!(matches!(reading, Reading::Found(_)));
    assert_eq!(seen.len(), 2);
    let is_pause = |event: &&ClientEvent| matches!(event, ClientEvent::Throttled { wait } if *wait >= Duration::from_secs(1));
    assert_eq!(told.iter().filter(is_pause).count(), 1);
}

#[tokio::test]
async fn a_pause_beyond_bounds_ends_the_reading() {
    let endless = said("429 Too Many Requests", r#"{"retryAfter":86400}"#);

    assert!(matches!(
        reading(vec![endless]).await,
        Reading::Halt(Halt::WaitTooLong { .. })
    ));
}

#[tokio::test]
async fn a_stop_ends_the_reading_before_it_begins() {
    let stop = StopSignal::new();
    stop.request();

    let (reading, seen, _) = read(vec![said("200 OK", ANA)], &stop).await;

    assert_eq!((reading, seen.len()), (Reading::Halt(Halt::Stopped), 0));
}

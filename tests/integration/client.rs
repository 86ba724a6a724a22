//! The door to the API over real loopback HTTP.

use std::{
    cell::RefCell,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, SystemTime},
};

use aca_sync::{
    client::{Address, ApiKey, Client, ClientEvent, ClientOptions, Parcel, StopSignal},
    contract::Target,
    record::{Doubt, Halt, Reply},
};
use tokio::{net::TcpListener, time::Instant};

use crate::client_stand_in::{Act, answer, play, stand_in};

const KEY: &str = "cc_invented_0123456789";
pub(crate) const ALL_WELL: &str =
    r#"{"succeeded":1,"failed":0,"errors":[],"results":[{"id":"c-1","externalId":"a"}]}"#;

/// One client, the folder of its ledger, and what it has told.
pub(crate) struct Room {
    client: Client,
    told: RefCell<Vec<ClientEvent>>,
    _ledgers: tempfile::TempDir,
}

impl Room {
    pub(crate) fn new(address: SocketAddr, change: impl FnOnce(&mut ClientOptions)) -> Self {
        let ledgers = tempfile::tempdir().unwrap();
        let mut options = ClientOptions::new(
            Address::parse(&format!("http://{address}/")).unwrap(),
            ApiKey::from_text(KEY).unwrap(),
            ledgers.path().to_owned(),
            wall_clock(),
        );
        change(&mut options);
        Self {
            client: Client::new(options).unwrap(),
            told: RefCell::default(),
            _ledgers: ledgers,
        }
    }

    pub(crate) async fn send(&self, body: &str) -> Reply {
        let stop = StopSignal::new();
        self.send_until(body, &stop, |_| ()).await
    }

    async fn send_until(
        &self,
        body: &str,
        stop: &StopSignal,
        heard: impl Fn(ClientEvent),
    ) -> Reply {
        let parcel = Parcel {
            contract: Target::SyncAca.contract(),
            path: Target::SyncAca.contract().path.into(),
            body: body.to_owned().into(),
            external_ids: &[Some("a".to_owned())],
        };
        let tell = |event| {
            self.told.borrow_mut().push(event);
            heard(event);
        };
        let reply = match self.client.permit(stop).await {
            Ok(permit) => self.client.send(permit, &parcel, stop, &tell).await,
            Err(reply) => reply,
        };
        assert!(!format!("{reply:?} {:?}", self.client).contains("invented"));
        reply
    }

    fn count(&self, wanted: impl Fn(&ClientEvent) -> bool) -> usize {
        self.told
            .borrow()
            .iter()
            .filter(|event| wanted(event))
            .count()
    }
}

fn wall_clock() -> Arc<dyn Fn() -> SystemTime + Send + Sync> {
    let started = Instant::now();
    let noon = SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000);
    Arc::new(move || noon + started.elapsed())
}

#[tokio::test]
async fn a_batch_goes_out_byte_for_byte_and_comes_back_settled() {
    let (address, seen) = stand_in(vec![answer("200 OK", "", ALL_WELL)]).await;
    let room = Room::new(address, |_| ());
    let body = "{\"records\":[ {\"firstName\" :\"Zo\u{eb}\"}]}";

    let reply = room.send(body).await;

    assert!(
        matches!(&reply, Reply::Settled(outcomes) if outcomes.len() == 1),
        "{reply:?}"
    );
    let request = seen.lock().unwrap().concat();
    let (head, sent) = request.split_once("\r\n\r\n").unwrap();
    assert_eq!(sent, body);
    assert!(head.starts_with("POST /v2/sync/aca HTTP/1.1\r\n"), "{head}");
    for header in [
        format!("x-api-key: {KEY}"),
        "content-type: application/json".to_owned(),
        format!("user-agent: aca-sync/{}", env!("CARGO_PKG_VERSION")),
    ] {
        assert!(head.lines().any(|line| line == header), "{header}\n{head}");
    }
    assert_eq!(
        room.count(|event| matches!(event, ClientEvent::Answered { status: 200, .. })),
        1
    );
}

#[tokio::test]
async fn batches_may_be_under_way_on_tasks_of_their_own() {
    let (address, _) = stand_in(vec![answer("200 OK", "", ALL_WELL)]).await;
    let client = Room::new(address, |_| ()).client;

    let sending = tokio::spawn(async move {
        let stop = StopSignal::new();
        let parcel = Parcel {
            contract: Target::SyncAca.contract(),
            path: Target::SyncAca.contract().path.into(),
            body: "{}".into(),
            external_ids: &[None],
        };
        let permit = client.permit(&stop).await?;
        Ok(client.send(permit, &parcel, &stop, &|_| ()).await)
    });

    let reply: Result<Reply, Reply> = sending.await.unwrap();
    assert!(matches!(reply, Ok(Reply::Settled(_))));
}

#[tokio::test]
async fn a_429_is_waited_out_and_the_same_batch_goes_again() {
    let throttled = answer(
        "429 Too Many Requests",
        "",
        r#"{"code":"RATE_LIMIT_EXCEEDED","retryAfter":1}"#,
    );
    let (address, seen) = stand_in(vec![throttled, answer("200 OK", "", ALL_WELL)]).await;
    let room = Room::new(address, |_| ());

    let reply = room.send("{}").await;

    assert!(matches!(reply, Reply::Settled(_)), "{reply:?}");
    assert_eq!(seen.lock().unwrap().len(), 2);
    assert_eq!(room.count(|event| *event == ClientEvent::Sent), 2);
    let second = Duration::from_secs(1);
    assert_eq!(
        room.count(|event| *event == ClientEvent::Throttled { wait: second }),
        1
    );
}

#[tokio::test]
async fn a_429_that_asks_for_too_long_a_wait_ends_the_run_for_every_sender() {
    let throttled = answer("429 Too Many Requests", "retry-after: 901\r\n", "");
    let (address, seen) = stand_in(vec![throttled]).await;
    let room = Room::new(address, |_| ());

    let (first, second) = (room.send("{}").await, room.send("{}").await);

    for reply in [first, second] {
        assert!(
            matches!(reply, Reply::Halt(Halt::WaitTooLong { seconds: 900..=901 })),
            "{reply:?}"
        );
    }
    assert_eq!(seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn an_api_that_never_stops_asking_to_wait_ends_the_run() {
    let throttled = || answer("429 Too Many Requests", "retry-after: 1\r\n", "");
    let (address, seen) = stand_in(vec![throttled(), throttled()]).await;
    let room = Room::new(address, |options| {
        options.longest_wait = Duration::from_millis(1500);
    });

    let reply = room.send("{}").await;

    assert_eq!(reply, Reply::Halt(Halt::WaitTooLong { seconds: 2 }));
    assert_eq!(seen.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn what_an_answer_leaves_open_is_in_doubt() {
    for (why, act, doubt, may_be_at_work) in open_ends() {
        let (address, seen) = stand_in(vec![act]).await;
        let room = Room::new(address, |_| ());

        let reply = room.send("{}").await;

        let expected = Reply::Doubtful {
            doubt,
            may_be_at_work,
        };
        assert_eq!(reply, expected, "{why}");
        assert_eq!(seen.lock().unwrap().len(), 1, "{why}");
    }
}

#[tokio::test]
async fn an_answer_that_does_not_come_in_time_is_in_doubt() {
    let (address, _) = stand_in(vec![Act::Brood]).await;
    let room = Room::new(address, |options| {
        options.timeout = Duration::from_millis(100);
    });

    let expected = Reply::Doubtful {
        doubt: Doubt::Timeout,
        may_be_at_work: true,
    };
    assert_eq!(room.send("{}").await, expected);
}

#[rustfmt::skip]
fn open_ends() -> Vec<(&'static str, Act, Doubt, bool)> {
    let say = |text: &str| Act::Say(text.as_bytes().to_vec());
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n900000\r\n";
    let endless = format!("{head}{}\r\n0\r\n\r\n", " ".repeat(0x90_0000));
    let cut_short = "HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{\"succeeded\":1,";
    let announced = "HTTP/1.1 200 OK\r\ncontent-length: 8388609\r\n\r\n{";
    vec![
        ("hung up", Act::HangUp, Doubt::ConnectionLost, true),
        ("no HTTP", say("hello\r\n\r\n"), Doubt::ConnectionLost, true),
        ("cut short", say(cut_short), Doubt::UnreadableAnswer, true),
        ("said to be too large", say(announced), Doubt::UnreadableAnswer, true),
        ("too large", say(&endless), Doubt::UnreadableAnswer, true),
        ("no JSON", answer("200 OK", "", "<html>"), Doubt::UnreadableAnswer, false),
        ("failed", answer("500 Internal Server Error", "", "{}"), Doubt::ServerError, false),
        ("failed on the way", answer("502 Bad Gateway", "", ""), Doubt::ServerError, true),
    ]
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_a_refused_key_ends_the_run() {
    let (elsewhere, seen_elsewhere) = stand_in(vec![answer("200 OK", "", ALL_WELL)]).await;
    let redirect = answer(
        "307 Temporary Redirect",
        &format!("location: http://{elsewhere}/\r\n"),
        "",
    );
    let (address, _) = stand_in(vec![redirect, answer("401 Unauthorized", "", "{}")]).await;
    let room = Room::new(address, |_| ());

    let (first, second) = (room.send("{}").await, room.send("{}").await);

    assert_eq!(first, Reply::Halt(Halt::Unexpected { status: 307 }));
    assert_eq!(second, Reply::Halt(Halt::KeyRefused { status: 401 }));
    assert!(seen_elsewhere.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_request_that_never_left_goes_again_until_the_api_is_back() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let room = Room::new(address, |_| ());
    let back = RefCell::new(None);

    let reply = room
        .send_until("{}", &StopSignal::new(), |event| {
            if let ClientEvent::Retrying { why, .. } = event {
                assert_eq!(why, "connection refused");
                let listener = std::net::TcpListener::bind(address).unwrap();
                listener.set_nonblocking(true).unwrap();
                let listener = TcpListener::from_std(listener).unwrap();
                back.replace(Some(play(listener, vec![answer("200 OK", "", ALL_WELL)])));
            }
        })
        .await;

    assert!(matches!(reply, Reply::Settled(_)), "{reply:?}");
    assert_eq!(room.count(|event| *event == ClientEvent::Sent), 1);
}

#[tokio::test]
async fn an_api_that_stays_away_is_given_up_and_named() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let room = Room::new(address, |options| options.give_up_after = Duration::ZERO);

    let reply = room.send("{}").await;

    assert_eq!(
        reply,
        Reply::Unreachable("127.0.0.1: connection refused".to_owned())
    );
    assert_eq!(room.count(|event| *event == ClientEvent::Sent), 0);
}

#[tokio::test]
async fn a_stop_keeps_a_request_from_leaving_and_waits_for_one_that_has() {
    let (address, seen) = stand_in(vec![answer("200 OK", "", ALL_WELL)]).await;
    let room = Room::new(address, |_| ());
    let stop = StopSignal::new();
    let sending = room.send_until("{}", &stop, |_| ());
    let stopping = async {
        while seen.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        stop.request();
    };

    let (under_way, ()) = tokio::join!(sending, stopping);
    let not_yet_sent = room.send_until("{}", &stop, |_| ()).await;

    assert!(matches!(under_way, Reply::Settled(_)), "{under_way:?}");
    assert_eq!(not_yet_sent, Reply::Halt(Halt::Stopped));
    assert_eq!(seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_request_that_is_too_large_is_refused_without_being_sent() {
    let (address, seen) = stand_in(vec![]).await;
    let room = Room::new(address, |_| ());

    let reply = room.send(&" ".repeat((8 << 20) + 1)).await;

    assert!(
        matches!(&reply, Reply::Refused(refusal) if refusal.status == 413),
        "{reply:?}"
    );
    assert!(seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_ledger_that_cannot_be_kept_sends_nothing() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let options = ClientOptions::new(
        Address::parse("http://127.0.0.1:9").unwrap(),
        ApiKey::from_text(KEY).unwrap(),
        file.path().to_owned(),
        wall_clock(),
    );

    let error = Client::new(options).unwrap_err().to_string();

    assert!(
        error.contains("the ledger of requests cannot be used"),
        "{error}"
    );
    assert!(!error.contains("invented"), "{error}");
}

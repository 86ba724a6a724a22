//! Who may ask, how often, and in what form.

use std::time::Duration;

use aca_sync::sandbox::{Error, Options, Quota, Sandbox, serve};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::{KEY, Server, StoppedClock, ana, reply};

#[tokio::test]
async fn a_request_without_a_usable_key_is_refused() {
    let server = Server::plain().await;
    let body = json!({ "records": [ana()] }).to_string();

    let missing = reply(
        server
            .client
            .post(server.url("/v2/sync/aca"))
            .body(body.clone()),
    );
    let missing = missing.await.unwrap();
    let foreign = server.post("sk_other", body.clone()).await.unwrap();
    let forbidden = server.post("cc_forbidden_1", body).await.unwrap();

    assert_eq!(
        (missing.status, &missing.body["code"]),
        (401, &json!("UNAUTHORIZED"))
    );
    assert_eq!(
        (foreign.status, &foreign.body["code"]),
        (401, &json!("UNAUTHORIZED"))
    );
    assert_eq!(
        (forbidden.status, &forbidden.body["code"]),
        (403, &json!("FORBIDDEN"))
    );
    assert!(missing.body["message"].is_string());
    assert_eq!(server.sandbox.tally().requests, 0);
    assert_eq!(server.sandbox.tally().customers, 0);
}

#[tokio::test]
async fn a_customer_is_not_shown_without_a_key() {
    let server = Server::plain().await;
    server.sync(json!([ana()])).await;
    let id = server.customers()[0]["id"].as_str().unwrap().to_owned();

    let refused = reply(
        server
            .client
            .get(server.url(&format!("/v2/customers/{id}"))),
    )
    .await;

    assert_eq!(refused.unwrap().status, 401);
}

#[tokio::test]
async fn a_request_over_the_quota_waits_for_the_oldest_slot() {
    let clock = StoppedClock::at_noon();
    let quota = Quota {
        requests: 2,
        window: Duration::from_secs(60),
    };
    let server = Server::start(Options {
        quota: Some(quota),
        ..clock.options()
    })
    .await;
    server.sync(json!([ana()])).await;
    clock.advance(20_500);
    server.sync(json!([ana()])).await;

    let over = server.sync(json!([ana()])).await;
    clock.advance(39_499);
    let still_over = server.sync(json!([ana()])).await;
    clock.advance(1);
    let free = server.sync(json!([ana()])).await;
    let over_again = server.sync(json!([ana()])).await;

    assert_eq!(over.status, 429);
    assert_eq!(
        over.body,
        json!({ "message": "Rate limit exceeded", "code": "RATE_LIMIT_EXCEEDED", "retryAfter": 40 })
    );
    assert_eq!(
        (still_over.status, &still_over.body["retryAfter"]),
        (429, &json!(1))
    );
    assert_eq!(free.status, 200);
    // The slot taken at 20.5 s frees at 80.5 s; it is 60 s now.
    assert_eq!(
        (over_again.status, &over_again.body["retryAfter"]),
        (429, &json!(21))
    );
    let tally = server.sandbox.tally();
    assert_eq!(
        (tally.requests, tally.throttled, tally.records_applied),
        (3, 3, 3)
    );
}

#[tokio::test]
async fn each_key_has_its_own_quota_and_reading_a_customer_takes_a_slot() {
    let quota = Quota {
        requests: 1,
        window: Duration::from_secs(60),
    };
    let server = Server::start(Options {
        quota: Some(quota),
        ..StoppedClock::at_noon().options()
    })
    .await;
    let unknown = "/v2/customers/00000000-0000-0000-0000-000000000000";

    let read = server.get(unknown).await;
    let sync = server.sync(json!([ana()])).await;
    let other_key = server
        .post("cc_other", json!({ "records": [ana()] }).to_string())
        .await;

    assert_eq!(
        (read.status, sync.status, other_key.unwrap().status),
        (404, 429, 200)
    );
    assert_eq!(server.sandbox.tally().reads, 1);
}

#[tokio::test]
async fn the_default_quota_is_sixty_a_minute() {
    let options = StoppedClock::at_noon().options();
    let server = Server::start(Options {
        quota: Some(Quota::default()),
        ..options
    })
    .await;

    let mut statuses = Vec::new();
    for _ in 0..61 {
        statuses.push(server.sync(json!([ana()])).await.status);
    }

    assert_eq!(statuses.pop(), Some(429));
    assert_eq!(statuses, [200; 60]);
}

#[tokio::test]
async fn a_body_that_is_not_json_is_a_bad_request() {
    let server = Server::plain().await;

    let broken = server
        .post(KEY, "{\"records\": [".to_owned())
        .await
        .unwrap();
    let request = server.client.post(server.url("/v2/sync/aca"));
    let request = request
        .header("x-api-key", KEY)
        .header("content-type", "text/plain");
    let unlabelled = reply(request.body(json!({ "records": [ana()] }).to_string()))
        .await
        .unwrap();

    assert_eq!(
        (broken.status, &broken.body["code"]),
        (400, &json!("BAD_REQUEST"))
    );
    assert_eq!(
        (unlabelled.status, &unlabelled.body["code"]),
        (400, &json!("BAD_REQUEST"))
    );
    assert_eq!(server.sandbox.tally().refused, 2);
    assert_eq!(server.sandbox.tally().customers, 0);
}

#[tokio::test]
async fn a_body_over_8_mib_is_too_large() {
    const LIMIT: usize = 8 << 20;
    let server = Server::plain().await;
    let body = json!({ "records": [ana()] }).to_string();
    let padded = |length: usize| format!("{body}{}", " ".repeat(length - body.len()));

    let largest = server.post(KEY, padded(LIMIT)).await.unwrap();
    let too_large = server.post(KEY, padded(LIMIT + 1)).await.unwrap();

    assert_eq!(largest.status, 200);
    assert_eq!(
        (too_large.status, &too_large.body["code"]),
        (413, &json!("PAYLOAD_TOO_LARGE"))
    );
    assert_eq!(server.sandbox.tally().records_applied, 1);
}

#[tokio::test]
async fn unknown_paths_and_methods_are_answered_in_the_apis_envelope() {
    let server = Server::plain().await;

    let path = server.get("/v2/nothing").await;
    let method = server.get("/v2/sync/aca").await;

    assert_eq!(
        (path.status, &path.body["code"]),
        (404, &json!("NOT_FOUND"))
    );
    assert_eq!(
        (method.status, &method.body["code"]),
        (405, &json!("METHOD_NOT_ALLOWED"))
    );
}

#[tokio::test]
async fn the_sandboxs_own_pages_need_no_key_but_a_loopback_host() {
    let server = Server::plain().await;
    server.sync(json!([ana()])).await;

    let tally = reply(server.client.get(server.url("/sandbox/tally")))
        .await
        .unwrap();
    let dump = reply(server.client.get(server.url("/sandbox/dump")))
        .await
        .unwrap();
    let rebound = server.client.get(server.url("/sandbox/dump"));
    let rebound = reply(rebound.header("host", "rebound.example.com"))
        .await
        .unwrap();

    assert_eq!((tally.status, &tally.body["customers"]), (200, &json!(1)));
    assert_eq!(
        (dump.status, &dump.body["customers"][0]["firstName"]),
        (200, &json!("Ana"))
    );
    assert_eq!(
        (rebound.status, &rebound.body["customers"]),
        (421, &Value::Null)
    );
}

#[tokio::test]
async fn a_listener_that_other_machines_could_reach_is_refused() {
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let sandbox = Sandbox::open(StoppedClock::at_noon().options()).unwrap();

    let refused = serve(listener, sandbox, std::future::pending()).await;

    assert!(matches!(refused, Err(Error::NotLoopback(_))), "{refused:?}");
}

#[tokio::test]
async fn a_stopped_server_ends_although_a_connection_is_open() {
    let server = Server::plain().await;
    let mut idle = TcpStream::connect(server.address).await.unwrap();
    idle.write_all(b"GET /sandbox/tally HTTP/1.1\r\n\r\n")
        .await
        .unwrap();
    let mut first = [0; 1];
    idle.read_exact(&mut first).await.unwrap();

    server.stop().await.unwrap();

    let mut rest = Vec::new();
    idle.read_to_end(&mut rest).await.unwrap();
    assert!(
        String::from_utf8(rest)
            .unwrap()
            .starts_with("TTP/1.1 200 OK")
    );
}

//! Faults that lose, delay or damage an answer, and what was applied all the same.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::{KEY, Server, ana, ana_with};

/// Everything that comes back on a connection of its own, until it ends.
async fn bytes_of_answer(server: &Server) -> Vec<u8> {
    let body = json!({ "records": [ana()] }).to_string();
    let head = format!(
        "POST /v2/sync/aca HTTP/1.1\r\nHost: {}\r\nx-api-key: {KEY}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        server.address,
        body.len()
    );
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all((head + &body).as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A reset is an error here, and whatever came before it is in the buffer.
    let _ = stream.read_to_end(&mut answer).await;
    answer
}

/// Asks until the sandbox has applied so many records.
async fn applied(server: &Server, records: u64) -> bool {
    let asking =
        async { while server.get("/sandbox/tally").await.body["records_applied"] != records {} };
    timeout(Duration::from_secs(60), asking).await.is_ok()
}

#[tokio::test]
async fn a_reset_sends_not_one_byte_and_applies_nothing() {
    let server = Server::failing("reset@1").await;

    assert!(bytes_of_answer(&server).await.is_empty());

    assert!(server.customers().is_empty());
    assert_eq!(server.sync(json!([ana()])).await.status, 200);
}

#[tokio::test]
async fn an_applied_reset_sends_not_one_byte_but_applies() {
    let server = Server::failing("applied-reset@1,2").await;

    assert!(bytes_of_answer(&server).await.is_empty());
    let lost = server.try_sync(json!([ana()])).await;

    assert!(lost.is_err());
    assert_eq!(server.customers().len(), 2);
}

#[tokio::test]
async fn an_applied_500_applies() {
    let server = Server::failing("applied-500@1").await;

    let reply = server.sync(json!([ana()])).await;

    assert_eq!(
        (reply.status, &reply.body["code"]),
        (500, &json!("INTERNAL_ERROR"))
    );
    assert_eq!(server.customers().len(), 1);
}

#[tokio::test]
async fn a_truncated_answer_promises_more_than_it_sends_and_applies() {
    let server = Server::failing("truncate@1,2").await;

    let answer = String::from_utf8(bytes_of_answer(&server).await).unwrap();
    let unreadable = server.try_sync(json!([ana()])).await;

    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK"));
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let promised: usize = length.unwrap().parse().unwrap();
    assert!(
        !body.is_empty() && body.len() < promised,
        "{} of {promised}",
        body.len()
    );
    assert!(unreadable.is_err());
    assert_eq!(server.customers().len(), 2);
}

#[tokio::test]
async fn a_garbage_answer_is_no_json_and_applies() {
    let server = Server::failing("garbage@1").await;

    let reply = server.sync(json!([ana()])).await;

    assert_eq!(reply.status, 200);
    assert!(serde_json::from_str::<Value>(&reply.text).is_err());
    assert_eq!(server.customers().len(), 1);
}

#[tokio::test]
async fn a_missing_answer_leaves_a_failed_record_out_or_miscounts() {
    let server = Server::failing("fail=bad@1;missing@1,2").await;
    let record = |id: &str| ana_with(json!({ "externalId": id }));

    let unnamed = server.sync(json!([record("A"), record("bad")])).await;
    let miscounted = server.sync(json!([record("A"), record("B")])).await;

    assert_eq!(
        (&unnamed.body["failed"], &unnamed.body["errors"]),
        (&json!(1), &json!([]))
    );
    assert_eq!(
        (&miscounted.body["succeeded"], &miscounted.body["failed"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(miscounted.body["results"].as_array().unwrap().len(), 1);
    assert_eq!(server.sandbox.tally().records_applied, 3);
}

#[tokio::test]
async fn a_slow_request_is_applied_after_its_wait_although_the_client_is_gone() {
    let server = Server::failing("slow=86400000@1;slow=300@2").await;
    let body = json!({ "records": [ana()] }).to_string();
    let impatient = |server: &Server| {
        let request = server
            .client
            .post(server.url("/v2/sync/aca"))
            .header("x-api-key", KEY)
            .header("content-type", "application/json")
            .body(body.clone());
        tokio::spawn(request.send())
    };
    let arrived = async |requests: u64| {
        while server.sandbox.tally().requests != requests {
            tokio::task::yield_now().await;
        }
    };

    let waits_a_day = impatient(&server);
    timeout(Duration::from_secs(60), arrived(1)).await.unwrap();
    let hangs_up = impatient(&server);
    timeout(Duration::from_secs(60), arrived(2)).await.unwrap();
    hangs_up.abort();

    assert!(applied(&server, 1).await);
    assert!(!waits_a_day.is_finished());
    waits_a_day.abort();
}

#[tokio::test]
async fn an_applied_slow_request_is_applied_before_its_wait() {
    let server = Server::failing("applied-slow=86400000@1;applied-slow=1@2").await;
    let body = json!({ "records": [ana()] }).to_string();

    let waiting = server.post(KEY, body);
    let seen = tokio::select! {
        reply = waiting => panic!("answered early: {reply:?}"),
        seen = applied(&server, 1) => seen,
    };

    assert!(seen);
    assert_eq!(server.sync(json!([ana()])).await.status, 200);
}

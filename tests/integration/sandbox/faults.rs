//! Faults that refuse a request or some of its records, when they fall, and how they are written.

use aca_sync::sandbox::Faults;
use serde_json::{Value, json};

use super::{Server, ana, ana_with};

/// The statuses of so many requests of one record each.
async fn statuses(server: &Server, requests: usize) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..requests {
        statuses.push(server.sync(json!([ana()])).await.status);
    }
    statuses
}

fn named(ids: &[&str]) -> Value {
    ids.iter()
        .map(|id| ana_with(json!({ "externalId": id })))
        .collect()
}

#[tokio::test]
async fn faults_fall_on_a_number_a_list_a_range_or_every_so_many() {
    for (when, expected) in [
        ("3", [200, 200, 503, 200, 200, 200]),
        ("2,5", [200, 503, 200, 200, 503, 200]),
        ("2-4", [200, 503, 503, 503, 200, 200]),
        ("1,5-6", [503, 200, 200, 200, 503, 503]),
        ("every:2", [200, 503, 200, 503, 200, 503]),
        ("p:0:7", [200; 6]),
        ("p:1.0:7", [503; 6]),
    ] {
        let server = Server::failing(&format!("503@{when}")).await;

        assert_eq!(statuses(&server, 6).await, expected, "{when}");
        let applied = expected.iter().filter(|status| **status == 200).count();
        assert_eq!(server.customers().len(), applied, "{when}");
    }
}

#[tokio::test]
async fn a_share_of_requests_is_the_same_each_time_for_one_seed() {
    let runs = ["503@p:0.5:1", "503@p:0.5:1", "503@p:0.5:2"];
    let mut found = Vec::new();
    for fault in runs {
        found.push(statuses(&Server::failing(fault).await, 40).await);
    }

    assert_eq!(found[0], found[1]);
    assert_ne!(found[0], found[2]);
    let failed = found[0].iter().filter(|status| **status == 503).count();
    assert!((10..=30).contains(&failed), "{failed} of 40");
}

#[tokio::test]
async fn a_429_says_how_long_to_wait_where_it_is_asked_to() {
    let faults = "429@1;429=7@2;429=header:8@3;429=date:90@4;429=none@5";
    let server = Server::failing(faults).await;

    let mut told = Vec::new();
    for _ in 0..5 {
        let reply = server.sync(json!([ana()])).await;
        assert_eq!(
            (reply.status, &reply.body["code"]),
            (429, &json!("RATE_LIMIT_EXCEEDED"))
        );
        told.push((reply.body["retryAfter"].clone(), reply.retry_after));
    }

    let header = |text: &str| Some(text.to_owned());
    assert_eq!(
        told,
        [
            (json!(60), None),
            (json!(7), None),
            (Value::Null, header("8")),
            (Value::Null, header("Sun, 15 Mar 2026 12:01:30 GMT")),
            (Value::Null, None),
        ]
    );
    assert_eq!(server.sandbox.tally().throttled, 5);
    assert!(server.customers().is_empty());
}

#[tokio::test]
async fn server_errors_apply_nothing() {
    let server = Server::failing("500@1;502@2;503@3").await;

    let internal = server.sync(json!([ana()])).await;
    let gateway = server.sync(json!([ana()])).await;
    let unavailable = server.sync(json!([ana()])).await;

    assert_eq!(
        (internal.status, &internal.body["code"]),
        (500, &json!("INTERNAL_ERROR"))
    );
    assert!(gateway.status == 502 && gateway.text.starts_with("<html>"));
    assert_eq!(
        (unavailable.status, &unavailable.body["code"]),
        (503, &json!("SERVICE_UNAVAILABLE"))
    );
    assert_eq!(server.sandbox.tally().records_applied, 0);
}

#[tokio::test]
async fn a_chosen_record_fails_alone_inside_a_200() {
    let server = Server::failing("fail=bad").await;

    let reply = server.sync(named(&["A", "bad-1", "C"])).await;

    assert_eq!(reply.status, 200);
    assert_eq!(
        (&reply.body["succeeded"], &reply.body["failed"]),
        (&json!(2), &json!(1))
    );
    let errors = reply.body["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 1);
    assert_eq!(
        (&errors[0]["externalId"], &errors[0]["id"]),
        (&json!("bad-1"), &Value::Null)
    );
    assert!(
        errors[0]["error"]
            .as_str()
            .unwrap()
            .contains("+13055550123")
    );
    let ids: Vec<Value> = server
        .customers()
        .iter()
        .map(|held| held["externalId"].clone())
        .collect();
    assert_eq!(ids, [json!("A"), json!("C")]);
    assert_eq!(server.sandbox.tally().records_failed, 1);
}

#[tokio::test]
async fn a_failed_record_of_a_known_customer_is_named_by_its_id() {
    let server = Server::failing("fail=A@2").await;
    let first = server.sync(named(&["A"])).await;

    let second = server.sync(named(&["A"])).await;

    assert_eq!(
        second.body["errors"][0]["id"],
        first.body["results"][0]["id"]
    );
    assert_eq!(server.customers()[0]["applied"], 1);
}

#[tokio::test]
async fn every_so_many_records_fail_counted_over_all_requests() {
    let server = Server::failing("fail=every:3").await;

    let first = server.sync(named(&["1", "2"])).await;
    let second = server.sync(named(&["3", "4", "5", "6"])).await;

    assert_eq!(first.body["failed"], 0);
    let errors = second.body["errors"].as_array().unwrap();
    let failed: Vec<&Value> = errors.iter().map(|error| &error["externalId"]).collect();
    assert_eq!(failed, ["3", "6"]);
}

#[tokio::test]
async fn a_chosen_record_refuses_its_whole_request_named_or_not() {
    let server = Server::failing("refuse=bad@1;refuse-unnamed=bad@2").await;

    let with_name = server.sync(named(&["A", "bad", "C"])).await;
    let without = server.sync(named(&["A", "bad", "C"])).await;
    let innocent = server.sync(named(&["A", "C"])).await;

    assert_eq!(
        (with_name.status, &with_name.body["code"]),
        (422, &json!("VALIDATION_ERROR"))
    );
    assert_eq!(with_name.body["errors"][0]["path"], json!(["records", "1"]));
    assert_eq!((without.status, &without.body["errors"]), (422, &json!([])));
    assert_eq!(innocent.status, 200);
    let tally = server.sandbox.tally();
    assert_eq!((tally.refused, tally.records_applied), (2, 2));
}

#[test]
fn repeated_switches_join_in_their_order() {
    let switches = ["500@1", "slow=10@every:2;fail=A"];

    let joined: Faults = switches
        .iter()
        .map(|text| text.parse::<Faults>().unwrap())
        .collect();

    assert_eq!(
        joined,
        Faults::parse("500@1; slow=10@every:2; fail=A").unwrap()
    );
    assert_ne!(joined, Faults::none());
}

#[test]
fn a_fault_that_cannot_be_read_says_what_is_wrong() {
    for (text, expected) in [
        ("", "no fault is called ``"),
        ("501@1", "no fault is called `501`"),
        ("500", "the fault `500` does not say when"),
        ("500=3@1", "the fault `500` takes no argument"),
        ("slow@1", "the fault `slow` needs milliseconds"),
        ("slow=fast@1", "the fault `slow` needs milliseconds"),
        ("429=header@1", "the fault `429` needs a wait"),
        ("fail", "the fault `fail` needs a part of an externalId"),
        ("fail=@1", "the fault `fail` needs a part of an externalId"),
        (
            "fail=every:0",
            "the fault `fail` needs a part of an externalId",
        ),
        ("reset@0", "`@0` is no request number"),
        ("reset@5-3", "`@5-3` is no request number"),
        ("reset@every:0", "`@every:0` is no request number"),
        ("reset@p:1.5:1", "`@p:1.5:1` is no request number"),
        ("reset@p:0.5", "`@p:0.5` is no request number"),
        ("reset@soon", "`@soon` is no request number"),
    ] {
        let error = Faults::parse(text).unwrap_err().to_string();

        assert!(error.starts_with(expected), "{text}: {error}");
    }
}

#[tokio::test]
async fn neighbouring_seeds_choose_other_requests() {
    let mut chosen = Vec::new();
    for seed in [1, 2] {
        let server = Server::failing(&format!("503@p:0.2:{seed}")).await;
        let mut statuses = Vec::new();
        for _ in 0..60 {
            statuses.push(server.sync(json!([ana()])).await.status);
        }
        chosen.push(statuses);
    }

    assert_ne!(chosen[0][1..], chosen[1][..59]);
    assert_ne!(chosen[0][..59], chosen[1][1..]);
}

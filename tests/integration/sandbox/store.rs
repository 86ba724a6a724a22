//! What the sandbox keeps in its file.

use aca_sync::sandbox::{Error, Options, Sandbox, body_digest};
use serde_json::json;

use super::{KEY, Server, StoppedClock, ana, ana_with};

fn options(path: &std::path::Path) -> Options {
    Options {
        store: Some(path.to_owned()),
        ..StoppedClock::at_noon().options()
    }
}

#[tokio::test]
async fn what_was_applied_is_there_when_the_store_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sandbox.db");
    let server = Server::start(options(&path)).await;
    let policies = json!([{ "healthSherpaPolicyId": "P1" }]);
    let record = ana_with(json!({ "externalId": "A", "policies": policies }));
    server.sync(json!([record, ana()])).await;
    let before = server.sandbox.dump();
    server.stop().await.unwrap();

    let server = Server::start(options(&path)).await;
    let after = server.sandbox.dump();
    let again = server.sync(json!([record])).await;

    assert_eq!(before["customers"].as_array().unwrap().len(), 2);
    assert_eq!(after["customers"], before["customers"]);
    assert_eq!(after["applied_bodies"], before["applied_bodies"]);
    assert_eq!(again.body["results"][0]["id"], before["customers"][0]["id"]);
    let tally = server.sandbox.tally();
    assert_eq!(
        (tally.customers, tally.policies, tally.records_applied),
        (2, 1, 3)
    );
    assert_eq!(
        (tally.records_created, tally.records_updated, tally.requests),
        (2, 1, 1)
    );
}

#[tokio::test]
async fn what_was_answered_is_in_the_files_while_the_sandbox_still_runs() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(options(&folder.path().join("sandbox.db"))).await;
    server.sync(json!([ana(), ana()])).await;

    // What a process that is killed now would leave behind.
    let left = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), left.path().join(file.file_name())).unwrap();
    }

    let reopened = Sandbox::open(options(&left.path().join("sandbox.db"))).unwrap();
    assert_eq!(reopened.tally().records_applied, 2);
    assert_eq!(
        reopened.dump()["customers"],
        server.sandbox.dump()["customers"]
    );
}

#[tokio::test]
async fn requests_at_the_same_time_never_make_two_of_one_customer() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(options(&folder.path().join("sandbox.db"))).await;
    let body = json!({ "records": [ana_with(json!({ "externalId": "A" }))] }).to_string();
    let request = || server.post(KEY, body.clone());

    let replies = tokio::join!(request(), request(), request(), request());

    for reply in <[_; 4]>::from(replies) {
        assert_eq!(reply.unwrap().status, 200);
    }
    assert_eq!(server.customers().len(), 1);
    assert_eq!(server.customers()[0]["applied"], 4);
}

#[tokio::test]
async fn the_dump_says_which_bodies_each_customer_got_and_how_often_each_was_applied() {
    let server = Server::plain().await;
    let record = |city: &str| ana_with(json!({ "externalId": "A", "city": city }));
    let digest = |city: &str| body_digest(record(city).to_string().as_bytes()).unwrap();
    for city in ["Miami", "Tampa", "Miami"] {
        server.sync(json!([record(city)])).await;
    }

    let dump = server.get("/sandbox/dump").await.body;

    let (miami, tampa) = (digest("Miami"), digest("Tampa"));
    assert_eq!(
        dump["applied_bodies"],
        json!({
            "total": 3, "distinct": 2, "max_times": 2,
            "times": { miami.as_str(): 2, tampa.as_str(): 1 },
        })
    );
    let customer = &dump["customers"][0];
    assert_eq!(customer["applied"], 3);
    assert_eq!(customer["bodies"], json!([miami, tampa, miami]));
    assert_eq!(dump["tally"]["records_applied"], 3);
    assert_eq!(customer["phoneNumber"], "+13055550123");
}

#[tokio::test]
async fn the_dump_says_how_many_records_created_or_updated_a_policy() {
    let server = Server::plain().await;
    let with = |ids: &[&str]| {
        let policies = ids.iter().map(|id| json!({ "healthSherpaPolicyId": id }));
        ana_with(json!({ "externalId": "A", "policies": policies.collect::<Vec<_>>() }))
    };

    for ids in [&["P1"][..], &["P1", "P2"], &["P1"]] {
        server.sync(json!([with(ids)])).await;
    }

    let policies = &server.customers()[0]["policies"];
    let applied = |place: usize| {
        (
            &policies[place]["healthSherpaPolicyId"],
            &policies[place]["applied"],
        )
    };
    assert_eq!(applied(0), (&json!("P1"), &json!(3)));
    assert_eq!(applied(1), (&json!("P2"), &json!(1)));
}

#[test]
fn a_body_is_the_same_whatever_the_order_of_its_members() {
    let digest = |text: &str| body_digest(text.as_bytes());

    assert_eq!(
        digest(r#"{"a":1,"b":[{"c":2,"d":3}]}"#),
        digest(r#"{"b":[{"d":3,"c":2}], "a":1}"#)
    );
    assert_ne!(digest(r#"{"a":1}"#), digest(r#"{"a":2}"#));
    assert_eq!((digest("[1]"), digest("{")), (None, None));
}

#[tokio::test]
async fn a_store_of_an_older_release_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sandbox.db");
    let policies = json!([{ "healthSherpaPolicyId": "P1" }]);
    let record = ana_with(json!({ "externalId": "A", "policies": policies }));
    let server = Server::start(options(&path)).await;
    server.sync(json!([record])).await;
    server.stop().await.unwrap();
    rusqlite::Connection::open(&path)
        .unwrap()
        .execute_batch(
            "ALTER TABLE policies DROP COLUMN applied;
             ALTER TABLE applied_bodies DROP COLUMN customer;",
        )
        .unwrap();

    let server = Server::start(options(&path)).await;
    server.sync(json!([record])).await;

    let dump = server.sandbox.dump();
    assert_eq!(dump["applied_bodies"]["max_times"], 2);
    let customer = &dump["customers"][0];
    assert_eq!(customer["bodies"].as_array().unwrap().len(), 1);
    assert_eq!(customer["policies"][0]["applied"], 2);
}

#[cfg(unix)]
#[tokio::test]
async fn the_store_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(options(&folder.path().join("sandbox.db"))).await;
    server.sync(json!([ana()])).await;

    let mut seen = 0;
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let mode = file.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        seen += 1;
    }

    assert!(seen > 0);
}

#[test]
fn a_store_that_is_open_elsewhere_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sandbox.db");

    for round in ["new", "held"] {
        let first = Sandbox::open(options(&path)).unwrap();
        let second = Sandbox::open(options(&path));

        assert!(
            matches!(second, Err(Error::InUse(_))),
            "{round}: {second:?}"
        );
        drop(first);
    }
}

#[test]
fn another_programs_file_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("export.csv");
    std::fs::write(&text, "first_name,last_name\n".repeat(100)).unwrap();
    let database = folder.path().join("other.db");
    rusqlite::Connection::open(&database)
        .unwrap()
        .execute_batch("CREATE TABLE records (id INTEGER)")
        .unwrap();

    for path in [text, database] {
        let before = std::fs::read(&path).unwrap();

        let refused = Sandbox::open(options(&path));

        assert!(matches!(refused, Err(Error::NotAStore(_))), "{refused:?}");
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }
}

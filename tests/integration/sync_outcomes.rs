//! What the API's answers, refusals and silences make of records. The sandbox's store is the witness: only
//! what it holds has succeeded, and nothing is in it twice.
#![expect(
    clippy::indexing_slicing,
    reason = "helpers of tests may fail their test"
)]

use std::thread;

use serde_json::Value;

use crate::support::{Server, Workdir, balanced, client};

/// One record in ten a request, one request after the other, re-sent without delay.
const SYNC: &str =
    "sync clients.csv --mapping map.toml --batch-size 10 --concurrency 1 --resend-after 0s --json";

/// Sends `rows` clients to a sandbox with these faults, and gives the books.
fn send(faults: &str, rows: u64, exit: i32) -> (Server, Workdir, Value) {
    let server = Server::failing(faults);
    let work = Workdir::against(&server);
    work.export("clients.csv", rows);
    let books = work.run(SYNC).expect(exit).json();
    assert_eq!(
        balanced(&books)["requests"]["sent"],
        server.tally().requests
    );
    (server, work, books)
}

/// The records in a state.
fn count(books: &Value, state: &str) -> u64 {
    books["records"][state].as_u64().unwrap_or_default()
}

/// Customers, policies and different bodies that the sandbox holds.
fn held(server: &Server) -> (u64, u64, Value) {
    let tally = server.tally();
    let different = server.dump()["applied_bodies"]["distinct"].clone();
    (tally.customers, tally.policies, different)
}

#[test]
fn a_fault_of_any_kind_leaves_every_customer_and_policy_once() {
    const FAULTS: [&str; 9] = [
        "500@2",
        "502@2",
        "503@2",
        "reset@2",
        "applied-reset@2",
        "applied-500@2",
        "truncate@2",
        "garbage@2",
        "missing@2",
    ];
    // Each waits a moment before it sends again, so they do that together.
    thread::scope(|scope| {
        for fault in FAULTS {
            scope.spawn(move || {
                let (server, _work, books) = send(fault, 30, 0);

                assert_eq!(count(&books, "succeeded"), 30, "{fault}");
                assert_eq!(books["requests"]["retried"], 1, "{fault}");
                assert_eq!(held(&server), (30, 30, 30.into()), "{fault}");
            });
        }
    });
}

#[test]
fn records_that_the_api_cannot_match_stay_in_doubt_and_are_not_sent_again() {
    let server = Server::failing("applied-reset@2");
    let work = Workdir::against(&server);
    work.rows(
        "clients.csv",
        &[client("1", "Ana", "P1"), client("", "Bo", "P2")],
    );

    let books = work.run(SYNC).expect(3).json();
    let shown = work.run("show").expect(0).stdout;
    let again = work.run("resume --resend-after 0s").expect(0);

    assert_eq!(
        (count(&books, "succeeded"), count(&books, "in_doubt")),
        (1, 1)
    );
    assert!(shown.contains("records in doubt"), "{shown}");
    assert!(
        shown.contains("doubt.connection_lost") && shown.contains("row 3;"),
        "{shown}"
    );
    assert!(again.stdout.contains("nothing to do"));
    let bo = server
        .customers()
        .into_iter()
        .find(|one| one["firstName"] == "Bo");
    assert_eq!(
        (bo.map(|bo| bo["applied"].clone()), server.tally().requests),
        (Some(1.into()), 2)
    );
}

#[test]
fn an_error_inside_a_200_is_that_record_s_alone() {
    let (server, work, books) = send("fail=700000003", 20, 3);

    let shown = work.run("show --json").expect(0).json();

    assert_eq!(
        (count(&books, "succeeded"), count(&books, "failed")),
        (19, 1)
    );
    assert_eq!(shown["findings"]["failed"][0]["code"], "api.error");
    assert!(server.customer("700000003").is_none() && server.customer("700000004").is_some());
    assert_eq!(server.tally().requests, 2);
}

#[test]
fn a_refusal_that_names_the_record_costs_one_request_more() {
    let (server, _work, books) = send("refuse=700000003", 10, 3);

    assert_eq!(
        (count(&books, "succeeded"), count(&books, "failed")),
        (9, 1)
    );
    assert!(server.customer("700000003").is_none());
    assert_eq!((server.tally().requests, server.tally().refused), (2, 1));
}

#[test]
fn a_refusal_that_names_nobody_is_taken_apart_until_the_culprits_stand_alone() {
    let server = Server::failing("refuse-unnamed=700000003;refuse-unnamed=700000030");
    let work = Workdir::against(&server);
    work.export("clients.csv", 40);

    let books = work
        .run("sync clients.csv --mapping map.toml --json")
        .expect(3)
        .json();

    assert_eq!(count(balanced(&books), "failed"), 2);
    assert_eq!(held(&server), (38, 38, 38.into()));
    assert!(server.customer("700000003").is_none() && server.customer("700000030").is_none());
    assert!(
        server
            .customers()
            .iter()
            .all(|customer| customer["applied"] == 1)
    );
    assert!(server.tally().requests <= 2 * 14, "{:?}", server.tally());
}

#[test]
fn a_pause_that_the_api_asks_for_is_waited_out_and_costs_no_record_an_attempt() {
    let (server, _work, books) = send("429=1@2", 30, 0);

    assert_eq!(count(&books, "succeeded"), 30);
    assert_eq!(
        (
            &books["requests"]["throttled"],
            &books["requests"]["retried"]
        ),
        (&1.into(), &0.into())
    );
    assert_eq!(held(&server), (30, 30, 30.into()));
}

#[test]
fn a_pause_longer_than_a_quarter_of_an_hour_stops_the_run() {
    let (_server, work, books) = send("429=3600@2", 30, 75);

    let next = work.run("show").expect(0).stdout;

    assert_eq!(
        (count(&books, "succeeded"), count(&books, "pending")),
        (10, 20)
    );
    assert!(next.contains("next: `aca-sync resume 1`"), "{next}");
}

#[test]
fn an_api_that_only_fails_is_given_up_and_the_run_can_be_resumed() {
    let server = Server::failing("500@2-4");
    let work = Workdir::against(&server);
    work.export("clients.csv", 30);

    let first = work.run(&format!("{SYNC} --give-up-after 0s")).expect(69);
    let second = work
        .run("resume --resend-after 0s --json --give-up-after 0s")
        .expect(69);
    let third = work
        .run("resume --resend-after 0s --json --give-up-after 1m")
        .expect(0);

    first.complains(&["a request ended without a usable answer"]);
    assert_eq!(count(balanced(&first.json()), "in_doubt"), 10);
    assert_eq!(count(balanced(&second.json()), "succeeded"), 10);
    assert_eq!(count(balanced(&third.json()), "succeeded"), 30);
    assert_eq!(held(&server), (30, 30, 30.into()));
}

#[test]
fn what_failed_once_is_sent_again_with_the_next_file_that_holds_it() {
    let (server, work, books) = send("fail=700000003@1", 9, 3);
    assert_eq!(count(&books, "failed"), 1);
    work.export("clients.csv", 10);

    let next = work.run(SYNC).expect(0).json();

    let records = &balanced(&next)["records"];
    assert_eq!(
        (&records["unchanged"], &records["succeeded"]),
        (&8.into(), &2.into())
    );
    assert_eq!(held(&server), (10, 10, 10.into()));
    let before = work.run("show 1 --json").expect(0).json();
    assert_eq!(count(balanced(&before), "superseded"), 1);
}

#[test]
fn a_change_in_doubt_that_is_taken_back_is_sent() {
    let server = Server::failing("applied-reset@2");
    let work = Workdir::against(&server);
    let rows = |first_name| [client("1", first_name, "P1"), client("2", "Bo", "P2")];
    work.rows("clients.csv", &rows("Ana"));
    // The first run is left unfinished.
    work.run("sync clients.csv --mapping map.toml --limit 1")
        .expect(0);
    work.rows("clients.csv", &rows("Anna"));
    work.run(&format!("{SYNC} --give-up-after 0s")).expect(69);
    work.rows(
        "clients.csv",
        &[client("1", "Ana", "P1"), client("2", "Bob", "P2")],
    );

    work.run(SYNC).expect(0);

    let names = ["1", "2"].map(|id| server.customer(id).map(|one| one["firstName"].clone()));
    assert_eq!(names, [Some("Ana".into()), Some("Bob".into())]);
}

#[test]
fn what_rode_along_in_a_refused_resend_is_sent_once_more_and_only_once() {
    let server = Server::failing("garbage@1-2;refuse=700000003@3-99");
    let work = Workdir::against(&server);
    work.export("clients.csv", 60);
    let sync = "sync clients.csv --mapping map.toml --batch-size 10 --resend-after 0s --json";

    // Two requests are in doubt when the run is taken up again, and go before anything else is read.
    let first = format!("{sync} --concurrency 2 --limit 20 --give-up-after 0s");
    let first = work.run(&first).expect(69).json();
    let second = work
        .run(&format!("{sync} --concurrency 1"))
        .expect(3)
        .json();

    assert_eq!(count(&first, "in_doubt"), 20);
    assert_eq!(count(balanced(&second), "succeeded"), 59);
    assert_eq!(count(&second, "failed"), 1);
    assert_eq!(held(&server), (60, 60, 60.into()));
}

#[test]
fn a_customer_in_doubt_that_the_api_cannot_match_is_held_until_a_person_has_looked() {
    let server = Server::failing("applied-reset@1");
    let work = Workdir::against(&server);
    let bo = client("", "Bo", "P1");
    work.rows("clients.csv", &[bo]);
    work.run("sync clients.csv --mapping map.toml").expect(3);

    // Not only by the next file, but by each that comes.
    for id in ["2", "3"] {
        work.rows("clients.csv", &[bo, client(id, "Cy", id)]);
        let checked = work
            .run("check clients.csv --mapping map.toml --json")
            .expect(3)
            .json();
        let books = work.run(SYNC).expect(3).json();
        let shown = work.run("show --json").expect(0).json();

        assert_eq!(count(&checked, "held"), 1);
        assert_eq!(
            (count(balanced(&books), "succeeded"), count(&books, "held")),
            (1, 1)
        );
        assert_eq!(shown["findings"]["held"][0]["code"], "record.in_doubt");
    }
    let before = server.tally().customers;
    let full = work.run(&format!("{SYNC} --full")).expect(0).json();
    work.rows("clients.csv", &[bo, client("3", "Di", "3")]);
    let after = work.run(SYNC).expect(0).json();

    assert_eq!(before, 3);
    assert_eq!(count(&full, "succeeded"), 2);
    assert_eq!(
        (count(&after, "unchanged"), count(&after, "succeeded")),
        (1, 1)
    );
}

#[test]
fn what_a_killed_process_had_under_way_is_held_likewise() {
    let server = Server::failing("applied-slow=86400000@1");
    let work = Workdir::against(&server);
    let bo = client("", "Bo", "P1");
    work.rows("clients.csv", &[bo]);
    let mut running = work.start("sync clients.csv --mapping map.toml");
    assert!(running.wait_until(|| server.tally().records_applied == 1));
    running.kill();

    let resumed = work.run("resume --json").expect(3).json();
    work.rows("clients.csv", &[bo, client("2", "Cy", "P2")]);
    let books = work.run(SYNC).expect(3).json();

    assert_eq!(count(&resumed, "in_doubt"), 1);
    assert_eq!((count(&books, "succeeded"), count(&books, "held")), (1, 1));
    assert_eq!(server.tally().customers, 2);
}

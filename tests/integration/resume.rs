//! Runs that did not come to their end: taken up again, left to a newer file, and never sent elsewhere.
#![expect(
    clippy::indexing_slicing,
    reason = "helpers of tests may fail their test"
)]

use serde_json::Value;

use crate::support::{KEY, Server, Workdir, balanced, client};

const SYNC: &str = "sync clients.csv --mapping map.toml --json";

/// A run of 30 clients of which ten were sent.
fn sampled() -> (Server, Workdir) {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.export("clients.csv", 30);
    let books = work.run(&format!("{SYNC} --limit 10")).expect(0).json();
    assert_eq!(balanced(&books)["records"]["pending"], 20);
    (server, work)
}

fn applied_once(server: &Server) -> bool {
    server
        .customers()
        .iter()
        .all(|customer| customer["applied"] == 1)
}

fn counts(books: &Value, states: [&str; 3]) -> [u64; 3] {
    states.map(|state| books["records"][state].as_u64().unwrap_or(u64::MAX))
}

#[test]
fn a_limit_sends_the_first_records_and_the_same_command_without_it_goes_on() {
    let (server, work) = sampled();

    let shown = work.run("show").expect(0).stdout;
    let listed = work.run("runs").expect(0).stdout;
    let more = work.run(&format!("{SYNC} --limit 15")).expect(0).json();
    let rest = work.run(SYNC).expect(0);

    assert!(
        shown.contains("sampled: a limit left the rest pending"),
        "{shown}"
    );
    assert!(listed.contains("sampled"), "{listed}");
    assert_eq!(balanced(&more)["records"]["pending"], 5);
    rest.complains(&["going on with run 1, which read the same file"]);
    assert_eq!(balanced(&rest.json())["records"]["succeeded"], 30);
    assert_eq!(server.tally().records_applied, 30);
    assert!(applied_once(&server));
}

#[test]
fn a_limit_that_is_just_enough_ends_the_run() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.export("clients.csv", 30);

    let done = work
        .run("sync clients.csv --mapping map.toml --limit 30")
        .expect(0);

    assert!(
        done.stdout
            .contains("run 1 finished: every row is accounted for"),
        "{}",
        done.stdout
    );
    let listed = work.run("runs").expect(0).stdout;
    assert!(
        listed.contains("finished") && !listed.contains("sampled"),
        "{listed}"
    );
}

#[test]
fn resume_sends_what_is_left_and_then_has_nothing_to_do() {
    let (server, work) = sampled();

    let resumed = work.run("resume --json").expect(0).json();
    let again = work.run("resume").expect(0);
    let again_as_json = work.run("resume --json").expect(0).json();
    let by_number = work.run("resume 1").expect(0);

    assert_eq!(
        counts(balanced(&resumed), ["succeeded", "pending", "in_doubt"]),
        [30, 0, 0]
    );
    assert!(
        again
            .stdout
            .contains("nothing to do: every run is finished")
    );
    assert_eq!(
        (&again_as_json["schema_version"], &again_as_json["exit"]),
        (&1.into(), &0.into())
    );
    assert!(
        by_number.stdout.contains("nothing to do"),
        "{}",
        by_number.stdout
    );
    work.run("resume 7")
        .expect(64)
        .complains(&["there is no run 7"]);
    assert!(applied_once(&server));
}

#[test]
fn a_run_never_goes_to_another_address_or_account() {
    let (server, work) = sampled();
    let other = Server::new();
    let sent = server.tally().requests;

    let elsewhere = work
        .run(&format!("resume --base-url {}", other.url()))
        .expect(64);
    let in_another_name = work.run("resume --account other").expect(64);
    let to_the_sandbox = format!(
        "resume --sandbox --journal {}",
        work.state().join("journal.db").display()
    );
    let rehearsed = work.run(&to_the_sandbox).expect(64);

    elsewhere.complains(&[
        "run 1 belongs to the account default at http://127.0.0.1",
        "hint: name them with",
    ]);
    in_another_name.complains(&["not to other at"]);
    rehearsed.complains(&["not to default at sandbox"]);
    assert_eq!((server.tally().requests, other.tally().requests), (sent, 0));
}

#[test]
fn a_rehearsed_run_never_goes_to_production() {
    let server = Server::new();
    let work = Workdir::new();
    work.export("clients.csv", 30);
    work.run("sync clients.csv --mapping map.toml --sandbox --limit 10")
        .expect(0);
    let work = work
        .with_address(&server.url())
        .with("ACA_SYNC_API_KEY", KEY);
    let journal = work.state().join("sandbox-journal.db");

    let done = work
        .run(&format!("resume --journal {}", journal.display()))
        .expect(64);

    done.complains(&["run 1 belongs to the account default at sandbox"]);
    assert_eq!(server.tally().requests, 0);
    work.run("resume --sandbox").expect(0);
}

#[test]
fn a_newer_file_takes_over_what_it_carries_and_the_rest_goes_first() {
    let server = Server::new();
    let work = Workdir::against(&server);
    let [ana, bo, cy] = [
        client("1", "Ana", "P1"),
        client("2", "Bo", "P2"),
        client("3", "Cy", "P3"),
    ];
    work.rows("clients.csv", &[ana, bo, cy]);
    work.run(&format!("{SYNC} --limit 1")).expect(0);
    work.rows(
        "clients.csv",
        &[client("2", "Bob", "P2"), client("4", "Di", "P4")],
    );

    let newer = work.run(SYNC).expect(0);
    let older = work.run("show 1 --json").expect(0).json();

    newer.complains(&["what an earlier run left unsent goes first"]);
    let newer = newer.json();
    assert_eq!(newer["run"], "2");
    assert_eq!(
        counts(balanced(&newer), ["succeeded", "pending", "superseded"]),
        [2, 0, 0]
    );
    assert_eq!(
        counts(balanced(&older), ["succeeded", "pending", "superseded"]),
        [2, 0, 1]
    );
    assert_eq!(
        server.customer("2").map(|bo| bo["firstName"].clone()),
        Some("Bob".into())
    );
    assert!(applied_once(&server) && server.tally().customers == 4);
}

#[test]
fn the_summary_of_an_earlier_run_is_for_people() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.rows(
        "clients.csv",
        &[client("1", "Ana", "P1"), client("2", "Bo", "P2")],
    );
    work.run(&format!("{SYNC} --limit 1")).expect(0);
    work.rows("clients.csv", &[client("3", "Cy", "P3")]);

    let newer = work.run(SYNC).expect(0);

    newer.complains(&["run 1 finished: every row is accounted for"]);
    assert_eq!(newer.json()["run"], "2");
}

#[test]
fn a_newer_run_waits_when_an_earlier_one_is_stopped() {
    let server = Server::failing("500@2");
    let work = Workdir::against(&server);
    work.rows(
        "clients.csv",
        &[client("1", "Ana", "P1"), client("2", "Bo", "P2")],
    );
    work.run(&format!("{SYNC} --limit 1")).expect(0);
    work.rows("clients.csv", &[client("3", "Cy", "P3")]);

    let stopped = work.run(&format!("{SYNC} --give-up-after 0s")).expect(69);
    let text = work
        .run("sync clients.csv --mapping map.toml --resend-after 0s")
        .expect(0);

    let books = stopped.json();
    assert_eq!((&books["run"], &books["exit"]), (&"2".into(), &69.into()));
    assert_eq!(
        counts(balanced(&books), ["succeeded", "pending", "in_doubt"]),
        [0, 1, 0]
    );
    stopped.complains(&["run 1 stopped: the API cannot be reached or keeps failing"]);
    assert!(text.stdout.starts_with("run 2 finished"), "{}", text.stdout);
    assert!(applied_once(&server) && server.tally().customers == 3);
}

#[test]
fn what_is_wrong_with_an_earlier_run_shows_in_the_exit_code() {
    let server = Server::failing("fail=2");
    let work = Workdir::against(&server);
    work.rows(
        "clients.csv",
        &[client("1", "Ana", "P1"), client("2", "Bo", "P2")],
    );
    work.run(&format!("{SYNC} --limit 1")).expect(0);
    work.rows("clients.csv", &[client("3", "Cy", "P3")]);

    let books = work.run(SYNC).expect(3).json();

    assert_eq!((&books["run"], &books["exit"]), (&"2".into(), &3.into()));
    assert_eq!(
        counts(balanced(&books), ["succeeded", "failed", "pending"]),
        [1, 0, 0]
    );
    assert_eq!(work.run("show 2 --json").expect(0).json()["exit"], 0);
}

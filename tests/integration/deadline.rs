//! `--deadline`: no request leaves after it, those under way are settled, and `resume` goes on.

use crate::support::{Server, Workdir, balanced};

const SYNC: &str = "sync clients.csv --mapping map.toml --batch-size 10 --json";

#[test]
fn a_deadline_while_sending_settles_what_is_under_way_and_leaves_the_rest_pending() {
    // The answers to the second and third request come only after the deadline.
    let server = Server::failing("applied-slow=2000@2-3");
    let work = Workdir::against(&server);
    work.export("clients.csv", 300);
    work.run(&format!("{SYNC} --limit 10")).expect(0);

    let stopped = work
        .run("resume --batch-size 10 --rate 2/s --deadline 1s")
        .expect(75);
    let left = work.run("show --json").expect(0).json();
    let tally = server.tally();
    let resumed = work.run("resume --batch-size 10 --json").expect(0).json();

    stopped.complains(&[
        "and the deadline is ",
        "what is left then stays pending",
        "the deadline has come: requests under way are awaited and settled",
    ]);
    assert!(
        stopped
            .stdout
            .contains("run 1 stopped: the deadline came; requests under way were settled"),
        "{}",
        stopped.stdout
    );
    assert!(stopped.stdout.contains("`aca-sync resume 1` goes on"));
    let records = &balanced(&left)["records"];
    assert_eq!(records["succeeded"], tally.records_applied);
    assert_eq!(left["requests"]["sent"], tally.requests);
    assert_eq!(
        (&records["in_flight"], &records["in_doubt"]),
        (&0.into(), &0.into())
    );
    assert!(tally.requests >= 2 && tally.requests < 10, "{tally:?}");
    assert_eq!(left["exit"], 75);
    assert_eq!(balanced(&resumed)["records"]["succeeded"], 300);
    assert_eq!(server.tally().records_applied, 300);
}

#[test]
fn a_deadline_while_files_are_read_leaves_nothing_staged_and_nothing_sent() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.export("clients.csv", 300);

    let stopped = work.run(&format!("{SYNC} --deadline 0s")).expect(75);
    let runs = work.run("runs --json").expect(0).json();
    let done = work.run(SYNC).expect(0).json();

    stopped.complains(&[
        "the deadline came while files were read; nothing was staged or sent",
        "hint: run the same command again",
    ]);
    assert_eq!(runs["runs"], serde_json::json!([]));
    assert_eq!(balanced(&done)["records"]["succeeded"], 300);
    assert_eq!(server.tally().records_applied, 300);
}

#[test]
fn a_deadline_that_has_come_lets_no_request_of_a_resumed_run_leave() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.export("clients.csv", 300);
    work.run(&format!("{SYNC} --limit 10")).expect(0);

    let stopped = work.run("resume --json --deadline 0s").expect(75).json();

    assert_eq!(balanced(&stopped)["records"]["pending"], 290);
    assert_eq!(server.tally().requests, 1);
}

#[test]
fn a_run_that_ends_before_its_deadline_is_as_any_other() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.export("clients.csv", 30);

    let done = work.run(&format!("{SYNC} --deadline 2h")).expect(0);

    assert_eq!(balanced(&done.json())["records"]["succeeded"], 30);
    assert!(!done.stderr.contains("deadline"), "{}", done.stderr);
}

#[test]
fn a_refused_key_weighs_more_than_a_deadline_to_come() {
    let server = Server::new();
    let refused =
        Workdir::against(&server).with("ACA_SYNC_API_KEY", "cc_forbidden_0f1e2d3c4b5a6978");
    refused.export("clients.csv", 30);

    refused.run(&format!("{SYNC} --deadline 2h")).expect(77);
}

#[test]
fn what_is_no_deadline_is_refused_with_an_example() {
    let work = Workdir::new();
    work.export("clients.csv", 3);
    for text in ["25:00", "5:30pm", "soon", "-1h"] {
        work.run(&format!("{SYNC} --deadline={text}"))
            .expect(64)
            .complains(&["05:30, 90m, 2h"]);
    }
}

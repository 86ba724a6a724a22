//! What the API says it changed, from the sandbox's answer to the books that people and machines read.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail their test")]

use aca_sync::{
    journal::{ChangedPolicy, Journal},
    record::{ChangeKind, RunId},
    sandbox::AnswerShape,
};
use serde_json::{Value, json};

use crate::support::{Server, Workdir, balanced, client};

const SYNC: &str = "sync FILE --mapping map.toml --resend-after 0s";

/// Sends a file, which takes its course, and gives the books.
fn sync(work: &Workdir, file: &str) -> Value {
    let line = format!("{} --json", SYNC.replace("FILE", file));
    let books = work.run(&line).expect(0).json();
    balanced(&books).clone()
}

fn delivered(customers: [u64; 2], policies: [u64; 3]) -> Value {
    json!({"customers_created": customers[0], "customers_updated": customers[1],
           "policies_created": policies[0], "policies_updated": policies[1], "policies_ended": policies[2]})
}

fn changes(work: &Workdir, run: u32) -> Vec<ChangedPolicy> {
    let journal = Journal::open_to_read(&work.state().join("journal.db")).unwrap();
    journal.policy_changes(RunId(run)).unwrap()
}

/// A client whose policy began on that day and has that status.
fn since<'a>(id: &'a str, policy: &'a str, status: &'a str, day: &'a str) -> [&'a str; 8] {
    let [id, name, last, phone, zip, _, policy, _] = client(id, "Ana", policy);
    [id, name, last, phone, zip, status, policy, day]
}

const OLD: &str = "1/1/2020";
const NEW: &str = "1/1/2026";

#[test]
fn the_first_run_creates_the_second_updates_and_a_new_policy_ends_an_old_one() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.rows(
        "first.csv",
        &[
            since("1", "P1", "Effectuated", OLD),
            since("2", "P2", "PendingEffectuation", NEW),
            since("3", "P3", "Effectuated", OLD),
        ],
    );
    work.rows(
        "second.csv",
        &[
            since("1", "P9", "Effectuated", NEW),
            since("2", "P2", "Effectuated", NEW),
            since("3", "P3", "Effectuated", OLD),
            since("3", "P8", "Effectuated", NEW),
        ],
    );

    let first = sync(&work, "first.csv");
    let second = sync(&work, "second.csv");

    assert_eq!(first["delivered"], delivered([3, 0], [3, 0, 0]));
    assert_eq!(changes(&work, 1), []);
    assert_eq!(second["delivered"], delivered([0, 3], [2, 1, 2]));
    let listed: Vec<_> = changes(&work, 2)
        .into_iter()
        .map(|one| {
            let change = one.change;
            assert!(change.policy_id.is_some_and(|id| id.len() == 36));
            let statuses = format!("{} > {}", change.from, change.to);
            (one.spot.row, change.kind, statuses, change.place)
        })
        .collect();
    let ended = "Active > Terminated".to_owned();
    assert_eq!(
        listed,
        [
            // Not in the file any more.
            (2, ChangeKind::Ended, ended.clone(), None),
            (
                3,
                ChangeKind::Flipped,
                "Pending > Active".to_owned(),
                Some(0)
            ),
            // In the file, as an active one.
            (4, ChangeKind::Ended, ended, Some(0)),
        ]
    );

    let shown = work.run("show --json").expect(0).json();
    assert_eq!(shown["delivered"], second["delivered"]);
    let line = "\n  delivered 3 customers updated, 0 created; policies 2 created, 1 updated, 2 ended by the API";
    let shown = work.run("show").expect(0).stdout;
    assert!(shown.contains(line), "{shown}");
    let again = work.run(&SYNC.replace("FILE", "second.csv")).expect(0);
    assert!(again.stdout.contains(line.trim_end()), "{}", again.stdout);
}

#[test]
fn an_answer_of_an_older_version_tells_nothing_and_no_line_is_shown() {
    let server = Server::with(|options| options.answer = AnswerShape::Old);
    let work = Workdir::against(&server);
    work.rows("clients.csv", &[client("1", "Ana", "P1")]);

    let books = sync(&work, "clients.csv");

    let nothing = json!({"customers_created": null, "customers_updated": null, "policies_created": null,
                         "policies_updated": null, "policies_ended": null});
    assert_eq!(books["delivered"], nothing);
    let shown = work.run("show").expect(0).stdout;
    assert!(shown.contains("  requests  "), "{shown}");
    assert!(!shown.contains("\n  delivered "), "{shown}");
}

#[test]
fn what_is_not_sent_delivers_nothing() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.rows("clients.csv", &[client("1", "Ana", "P1")]);

    let checked = work
        .run("check clients.csv --mapping map.toml --json")
        .expect(0)
        .json();
    assert_eq!(checked.get("delivered"), None);

    sync(&work, "clients.csv");
    work.write(
        "again.csv",
        std::fs::read_to_string(work.path("clients.csv")).unwrap() + "\n",
    );
    let unchanged = sync(&work, "again.csv");

    assert_eq!(unchanged["records"]["unchanged"], 1);
    assert_eq!(unchanged["delivered"]["policies_updated"], Value::Null);
    assert!(!work.run("show").expect(0).stdout.contains("\n  delivered "));
}

/// What was applied before its answer was lost is there already when it is sent again.
#[test]
fn a_record_that_is_sent_again_is_told_by_the_answer_that_came() {
    let server = Server::failing("applied-reset@1");
    let work = Workdir::against(&server);
    work.rows(
        "clients.csv",
        &[client("1", "Ana", "P1"), client("2", "Bo", "P2")],
    );

    let books = sync(&work, "clients.csv");

    assert_eq!(books["requests"]["retried"], 1);
    assert_eq!(books["delivered"], delivered([0, 2], [0, 2, 0]));
}

/// What the API tells of a policy is read from its answer, so the answer's own words must not get out.
#[test]
fn nobody_s_statuses_or_ids_are_in_what_a_command_prints() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.rows("first.csv", &[since("1", "P1", "Effectuated", OLD)]);
    work.rows("second.csv", &[since("1", "P2", "Effectuated", NEW)]);

    sync(&work, "first.csv");
    let books = sync(&work, "second.csv");

    assert_eq!(books["delivered"]["policies_ended"], 1);
    for line in ["show", "show --json", "runs"] {
        let said = work.run(line).expect(0);
        for word in ["Terminated", "00000000-0000-4000-9000"] {
            assert!(
                !said.stdout.contains(word) && !said.stderr.contains(word),
                "{line}"
            );
        }
    }
}

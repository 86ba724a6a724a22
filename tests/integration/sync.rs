//! The main job as a user runs it: files in, customers and policies out, the books balanced.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail their test"
)]

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{Server, Workdir, balanced, client};

const SYNC: &str = "sync clients.csv --mapping map.toml";

/// A folder with the clean export, whose commands go to a sandbox without a quota.
fn clean() -> (Server, Workdir) {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.fixture("healthsherpa/clients.csv");
    (server, work)
}

/// What one column of a CSV file holds.
fn column(work: &Workdir, file: &str, name: &str) -> BTreeSet<String> {
    let mut reader = csv::Reader::from_path(work.path(file)).unwrap();
    let place = reader.headers().unwrap().iter().position(|one| one == name);
    let rows = reader.records().map(|row| row.unwrap());
    rows.map(|row| row[place.unwrap()].to_owned()).collect()
}

fn text_of(value: &Value, member: &str) -> String {
    value[member].as_str().unwrap_or_default().to_owned()
}

#[test]
fn the_main_job_of_the_readme_succeeds_and_its_second_run_has_nothing_to_do() {
    let work = Workdir::new();
    work.fixture("healthsherpa/clients.csv");

    let first = work.run("sync clients.csv --mapping map.toml --sandbox");
    let again = work.run("sync clients.csv --mapping map.toml --sandbox");
    let store = work.state().join("sandbox-journal.store.db");
    let sandbox = Server::with(|options| options.store = Some(store));

    let first = first.expect(0).stdout;
    assert!(first.contains("240 read = 240 staged + 0 rejected + 0 skipped"));
    assert!(first.contains("228 = 228 succeeded"));
    assert!(first.contains("the sandbox holds 228 customers and 240 policies"));
    let again = again.expect(0).stdout;
    assert!(again.starts_with("nothing to do: run 1 has sent this file"));
    let tally = sandbox.tally();
    assert_eq!((tally.customers, tally.policies), (228, 240));
    assert_eq!(tally.records_applied, 228);
}

#[test]
fn the_sandbox_holds_every_customer_and_policy_of_the_file_and_no_other() {
    let (server, work) = clean();

    work.run(SYNC).expect(0);

    let customers = server.customers();
    let ids = customers
        .iter()
        .map(|one| text_of(one, "healthSherpaCustomerId"));
    assert_eq!(
        ids.collect::<BTreeSet<_>>(),
        column(&work, "clients.csv", "healthsherpa_id")
    );
    let policies = customers
        .iter()
        .flat_map(|one| one["policies"].as_array().unwrap());
    let policies = policies.map(|policy| text_of(policy, "healthSherpaPolicyId"));
    let policies: Vec<String> = policies.collect();
    assert_eq!(policies.len(), 240);
    assert_eq!(
        policies.into_iter().collect::<BTreeSet<_>>(),
        column(&work, "clients.csv", "healthsherpa_policy_ids")
    );
    assert!(customers.iter().all(|customer| customer["applied"] == 1));
    assert_eq!(server.tally().requests, 3);
}

#[test]
fn a_file_that_was_sent_is_sent_again_only_when_all_of_it_is_asked_for() {
    let (server, work) = clean();
    work.run(SYNC).expect(0);

    let again = work
        .run("sync clients.csv --mapping map.toml --json")
        .expect(0)
        .json();
    let requests = server.tally().requests;
    let full = work
        .run("sync clients.csv --mapping map.toml --full --json")
        .expect(0)
        .json();
    let once_more = work
        .run("sync clients.csv --mapping map.toml --full --json")
        .expect(0)
        .json();

    assert_eq!((&again["run"], requests), (&"1".into(), 3));
    assert_eq!(
        (&full["run"], &once_more["run"]),
        (&"2".into(), &"3".into())
    );
    assert_eq!(balanced(&full)["records"]["succeeded"], 228);
    let tally = server.tally();
    assert_eq!(
        (tally.requests, tally.customers, tally.policies),
        (9, 228, 240)
    );
    assert!(
        server
            .customers()
            .iter()
            .all(|customer| customer["applied"] == 3)
    );
}

#[test]
fn of_a_changed_file_only_the_changed_records_are_sent() {
    let (server, work) = clean();
    work.run(SYNC).expect(0);
    let text = std::fs::read_to_string(work.path("clients.csv")).unwrap();
    let place = text.lines().nth(2).unwrap();
    let changed = place.replace("@example.com", "@mail.example.com");
    assert_ne!(place, changed);
    work.write("clients.csv", text.replacen(place, &changed, 1));

    let books = work
        .run("sync clients.csv --mapping map.toml --json")
        .expect(0)
        .json();

    let records = &balanced(&books)["records"];
    assert_eq!(
        (&records["unchanged"], &records["succeeded"]),
        (&227.into(), &1.into())
    );
    assert_eq!(books["requests"]["sent"], 1);
    let tally = server.tally();
    assert_eq!(
        (tally.requests, tally.records_applied, tally.customers),
        (4, 229, 228)
    );
}

/// The members of the object on stdout.
const PUBLISHED: [&str; 16] = [
    "agents_lost",
    "changes",
    "delivered",
    "exit",
    "forecast",
    "opt_outs",
    "problems",
    "records",
    "requests",
    "requests_saved",
    "rows",
    "rows_before",
    "run",
    "schema_version",
    "seconds",
    "stopped",
];

#[test]
fn the_summary_as_json_has_the_published_members_and_no_object_more() {
    let (_server, work) = clean();

    let books = work
        .run("sync clients.csv --mapping map.toml --json")
        .expect(0)
        .json();
    let shown = work.run("show --json").expect(0).json();

    let names =
        |value: &Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
    assert_eq!(names(&books), PUBLISHED);
    assert_eq!(
        names(&books["rows"]),
        ["read", "rejected", "skipped", "staged"]
    );
    assert_eq!(
        names(&books["records"]),
        [
            "failed",
            "held",
            "in_doubt",
            "in_flight",
            "pending",
            "succeeded",
            "superseded",
            "total",
            "unchanged"
        ]
    );
    assert_eq!(
        names(&books["delivered"]),
        [
            "customers_created",
            "customers_updated",
            "policies_created",
            "policies_ended",
            "policies_updated"
        ]
    );
    assert_eq!(names(&books["requests"]), ["retried", "sent", "throttled"]);
    assert_eq!(names(&books["seconds"]), ["send", "stage"]);
    assert_eq!(
        (&books["schema_version"], &books["run"]),
        (&1.into(), &"1".into())
    );
    for group in names(&books) {
        assert_eq!(shown[&group], books[&group], "{group}");
    }
}

#[test]
fn text_and_json_tell_the_same_books() {
    let (_server, work) = clean();
    work.fixture("healthsherpa/clients-dirty.csv");
    work.run("sync clients-dirty.csv --mapping map.toml")
        .expect(3);

    let text = work.run("show").expect(0).stdout;
    let books = work.run("show --json").expect(0).json();

    let (rows, records) = (&books["rows"], &books["records"]);
    for line in [
        format!(
            "rows      {} read = {} staged + {} rejected + {} skipped",
            rows["read"], rows["staged"], rows["rejected"], rows["skipped"]
        ),
        format!(
            "records   {} = {} succeeded + {} held",
            records["total"], records["succeeded"], records["held"]
        ),
        format!(
            "requests  {} sent, 0 throttled, 0 retried",
            books["requests"]["sent"]
        ),
    ] {
        assert!(text.contains(&line), "{line}\n{text}");
    }
}

#[test]
fn runs_lists_every_run_with_its_books_as_text_and_as_json() {
    let (_server, work) = clean();
    work.run(SYNC).expect(0);
    work.run("sync clients.csv --mapping map.toml --full")
        .expect(0);

    let text = work.run("runs").expect(0).stdout;
    let list = work.run("runs --json").expect(0).json();

    assert_eq!(text.lines().count(), 3);
    assert!(
        text.lines()
            .skip(1)
            .all(|line| line.contains("finished") && line.ends_with("clients.csv"))
    );
    let runs = list["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 2);
    assert!(
        runs.iter()
            .all(|run| balanced(run)["finished"] == true && run["exit"] == 0)
    );
}

#[test]
fn a_run_of_two_rows_of_one_customer_sends_one_record_with_both_policies() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.rows(
        "two.csv",
        &[
            client("1", "Ana", "P1"),
            client("1", "Ana", "P2"),
            client("2", "Bo", "P3"),
        ],
    );

    let books = work
        .run("sync two.csv --mapping map.toml --json")
        .expect(0)
        .json();

    assert_eq!(balanced(&books)["records"]["succeeded"], 2);
    let ana = server.customer("1").unwrap();
    assert_eq!(
        (ana["policies"].as_array().unwrap().len(), &ana["applied"]),
        (2, &1.into())
    );
    assert_eq!(
        (&ana["phoneNumber"], &ana["postalCode"]),
        (&"+13055550123".into(), &"33101".into())
    );
}

#[test]
fn what_is_read_can_be_asked_for_while_nothing_was_ever_sent() {
    let (server, work) = clean();

    for command in ["runs", "show", "resume"] {
        work.run(command)
            .expect(64)
            .complains(&["there is no journal", "hint: `sync` makes one"]);
    }

    assert!(!work.state().exists());
    assert_eq!(server.tally().requests, 0);
}

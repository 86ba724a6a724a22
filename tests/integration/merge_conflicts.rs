//! Rows of one customer that disagree, that say the same, and the order in which policies are told of.
#![expect(
    clippy::indexing_slicing,
    reason = "helpers of tests may fail their test"
)]

use serde_json::{Value, json};

use crate::support::{Server, Workdir, balanced, client};

fn with(mut row: [&'static str; 8], column: usize, cell: &'static str) -> [&'static str; 8] {
    row[column] = cell;
    row
}

const NAME: usize = 1;
const PHONE: usize = 3;
const ZIP: usize = 4;
const STATUS: usize = 5;
const DATE: usize = 7;

fn checked(work: &Workdir, files: &str) -> Value {
    let done = work.run(&format!("check {files} --mapping map.toml --json"));
    balanced(&done.json()).clone()
}

fn pair(file: &str, row: u32, other: u32) -> Value {
    json!({ "row": { "file": file, "row": row }, "other": { "file": file, "row": other } })
}

#[test]
fn what_rows_disagree_in_is_counted_by_field_with_the_row_that_counts_and_the_one_that_does_not() {
    let work = Workdir::new();
    work.rows(
        "clients.csv",
        &[
            client("1", "Ana", "P1"),
            with(client("1", "Ana", "P1"), PHONE, "3055550124"),
            client("2", "Bo", "P2"),
            with(client("2", "Bo", "P2"), PHONE, "3055550125"),
            with(client("2", "Bo", "P2"), STATUS, "Terminated"),
            // Another policy's status is nobody's conflict.
            with(client("2", "Bo", "P3"), STATUS, "Cancelled"),
            client("3", "Cy", "P4"),
        ],
    );

    let found = &checked(&work, "clients.csv")["findings"];

    assert_eq!(
        found["conflicts"],
        json!([
            // Customer 2 says ...123, ...125, ...123 again: the last word stands over the one before it.
            { "field": "phoneNumber", "count": 2, "first": [pair("clients.csv", 3, 2), pair("clients.csv", 6, 5)] },
            { "field": "policy.status", "count": 1, "first": [pair("clients.csv", 6, 4)] },
        ])
    );
    assert_eq!(found["duplicates"], json!([]));
    let words = found.to_string();
    assert!(!words.contains("305555"), "{words}");
}

#[test]
fn the_newest_row_counts_wherever_it_stands() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.write(
        "clients.csv",
        "healthsherpa_id,first_name,last_name,phone,zip_code,policy_status,healthsherpa_policy_ids,effective_date,last_ede_sync,city\n\
         1,Ana,Lee,3055550123,33101,Effectuated,P1,1/1/2026,2026-03-02,Tampa\n\
         1,Ana,Lee,3055550123,33101,Effectuated,P1,1/1/2026,2026-03-01,Miami\n",
    );

    work.run("sync clients.csv --mapping map.toml").expect(0);
    let shown = work.run("show").expect(0).stdout;

    assert_eq!(server.customer("1").unwrap()["city"], "Tampa");
    assert!(
        shown.contains("conflicts: 1 finding\n          1  city: rows of one customer differ; the newest counts, else the last\n             row 2 over 3\n"),
        "{shown}"
    );
    assert!(!shown.contains("Tampa") && !shown.contains("Miami"));
}

#[test]
fn rows_that_say_the_same_become_one_record_and_are_counted() {
    let server = Server::new();
    let work = Workdir::against(&server);
    let twice = || client("1", "Ana", "P1");
    work.rows("one.csv", &[twice(), client("2", "Bo", "P2"), twice()]);
    work.rows("two.csv", &[twice(), client("3", "Cy", "P3")]);

    let books = work
        .run("sync one.csv two.csv --mapping map.toml --json")
        .expect(0)
        .json();
    let found = work.run("show --json").expect(0).json();
    let shown = work.run("show").expect(0).stdout;

    assert_eq!(balanced(&books)["rows"]["staged"], 5);
    assert_eq!(books["records"]["succeeded"], 3);
    let duplicates = &found["findings"]["duplicates"];
    assert_eq!(duplicates[0]["count"], 2);
    assert_eq!(duplicates[0]["first"][0], pair("one.csv", 4, 2));
    assert_eq!(duplicates[0]["first"][1]["row"]["file"], "two.csv");
    assert_eq!(found["findings"]["conflicts"], json!([]));
    assert!(
        shown.contains("duplicates: 2 rows\n          2  the row says what another one of the customer says\n             rows one.csv:4 like one.csv:2, two.csv:2 like one.csv:2\n"),
        "{shown}"
    );
    assert_eq!(server.tally().policies, 3);
}

/// A policy that is created ends older ones, so the newest has to come last.
#[test]
fn policies_go_oldest_first_however_dates_are_written_and_rows_stand() {
    for (dates, as_written) in [
        ("", ["2024-01-01", "2025-12-01", "2026-01-01"]),
        (
            "policy_dates = \"%m/%d/%Y\"",
            ["01/01/2024", "12/01/2025", "01/01/2026"],
        ),
    ] {
        let server = Server::new();
        let work = Workdir::against(&server);
        let mapping = std::fs::read_to_string(work.path("map.toml")).unwrap();
        work.write(
            "map.toml",
            mapping.replace("[record]\n", &format!("[record]\n{dates}\n")),
        );
        let dated = |policy, date| with(client("1", "Ana", policy), DATE, date);
        work.rows(
            "clients.csv",
            &[
                dated("P3", "1/1/2026"),
                dated("P1", "1/1/2024"),
                dated("P0", ""),
                dated("P2", "12/1/2025"),
            ],
        );

        work.run("sync clients.csv --mapping map.toml").expect(0);

        let customer = server.customer("1").unwrap();
        let policies = customer["policies"].as_array().unwrap().iter();
        let order: Vec<_> = policies
            .clone()
            .map(|policy| policy["healthSherpaPolicyId"].as_str().unwrap())
            .collect();
        let told: Vec<_> = policies
            .filter_map(|policy| policy["effectiveDate"].as_str())
            .collect();
        assert_eq!(order, ["P0", "P1", "P2", "P3"]);
        assert_eq!(told, as_written);
    }
}

#[test]
fn what_is_required_may_stand_in_any_row_of_the_customer() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.rows(
        "clients.csv",
        &[
            with(client("1", "Ana", "P1"), PHONE, ""),
            with(client("1", "", "P1"), ZIP, ""),
            with(client("2", "", "P2"), NAME, ""),
        ],
    );

    let books = work
        .run("sync clients.csv --mapping map.toml --json")
        .expect(3)
        .json();

    assert_eq!(balanced(&books)["rows"]["rejected"], 1);
    let ana = server.customer("1").unwrap();
    assert_eq!(
        (&ana["firstName"], &ana["phoneNumber"], &ana["postalCode"]),
        (&"Ana".into(), &"+13055550123".into(), &"33101".into())
    );
}

#[test]
fn the_outcome_of_a_record_is_that_of_all_its_rows() {
    let server = Server::failing("fail=1");
    let work = Workdir::against(&server);
    work.rows(
        "clients.csv",
        &[client("1", "Ana", "P1"), client("1", "Ana", "P2")],
    );

    let books = work
        .run("sync clients.csv --mapping map.toml --allow max_failed --json")
        .expect(3)
        .json();

    assert_eq!(balanced(&books)["rows"]["staged"], 2);
    assert_eq!(
        (&books["records"]["failed"], &books["records"]["total"]),
        (&1.into(), &1.into())
    );
}

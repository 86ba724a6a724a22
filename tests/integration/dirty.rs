//! The dirty export: every row ends where the table of its quirks says, and nothing else is sent.
#![expect(clippy::unwrap_used, reason = "helpers of tests may fail their test")]

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use aca_sync::row::Reading;
use serde_json::Value;

use crate::{
    source::rows_of,
    support::{
        Server, Workdir, balanced,
        generator::quirks::{End, Quirk, numbered},
    },
};

/// A sandbox that was sent the dirty export, and what `show` says of it.
fn sent() -> (Server, Workdir, Value) {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.fixture("healthsherpa/clients-dirty.csv");
    work.run("sync clients-dirty.csv --mapping map.toml")
        .expect(3);
    let shown = work.run("show --json").expect(0).json();
    (server, work, shown)
}

fn ending(end: End) -> impl Iterator<Item = (u32, &'static Quirk)> {
    numbered().filter(move |(_, quirk)| quirk.end == end)
}

/// The rows of the table by their code.
fn by_code(end: End) -> BTreeMap<String, BTreeSet<u64>> {
    let mut rows = BTreeMap::<String, BTreeSet<u64>>::new();
    for (row, quirk) in ending(end) {
        rows.entry(quirk.code.to_owned())
            .or_default()
            .insert(row.into());
    }
    rows
}

/// The rows of the findings by their code; each group of the table is small enough to be listed whole.
fn found(findings: &Value) -> BTreeMap<String, BTreeSet<u64>> {
    let mut rows = BTreeMap::<String, BTreeSet<u64>>::new();
    for group in findings.as_array().unwrap() {
        let first = group["first"].as_array().unwrap();
        assert_eq!(group["count"], first.len(), "{group}");
        let code = group["code"].as_str().unwrap().to_owned();
        let places = first.iter().map(|place| place["row"].as_u64().unwrap());
        rows.entry(code).or_default().extend(places);
    }
    rows
}

#[test]
fn every_row_ends_where_the_table_says() {
    let (_server, _work, shown) = sent();

    let count = |end| ending(end).count();
    let rows = &balanced(&shown)["rows"];
    assert_eq!(rows["rejected"], count(End::Rejected));
    assert_eq!(rows["skipped"], count(End::Skipped));
    assert_eq!(rows["staged"], count(End::Staged) + count(End::Held));
    assert_eq!(shown["records"]["held"], count(End::Held));
    assert_eq!(
        found(&shown["findings"]["rejected"]),
        by_code(End::Rejected)
    );
    assert_eq!(found(&shown["findings"]["held"]), by_code(End::Held));
}

#[test]
fn every_repair_of_the_table_is_counted_once() {
    let (_server, _work, shown) = sent();

    let mut counted = BTreeMap::<&str, u64>::new();
    for group in shown["findings"]["counted"].as_array().unwrap() {
        if group["kind"] == "repaired" {
            let count = counted.entry(group["code"].as_str().unwrap()).or_default();
            *count += group["count"].as_u64().unwrap();
        }
    }
    let mut expected = BTreeMap::<&str, u64>::new();
    for (_, quirk) in ending(End::Staged).filter(|(_, quirk)| !quirk.code.is_empty()) {
        *expected.entry(quirk.code).or_default() += 1;
    }
    assert_eq!(counted, expected);
}

#[test]
fn nothing_rejected_or_held_or_skipped_is_sent_and_everything_else_is() {
    let (server, work, shown) = sent();

    let mut source = crate::source::open(&work.path("clients-dirty.csv")).unwrap();
    let id = source.header().find("healthsherpa_id")[0];
    let rows = rows_of(&mut source).into_iter().zip(numbered());
    let mut staged = BTreeSet::new();
    for (row, (_, quirk)) in rows {
        let is_staged = quirk.end == End::Staged;
        assert!(
            row.reading == Reading::Cells || !is_staged,
            "{}",
            quirk.about
        );
        if is_staged && !row.cells[id].is_empty() {
            // As the table says of these two, the spreadsheet's dress is taken off.
            let plain = row.cells[id]
                .trim_start_matches('\'')
                .trim_end_matches(".0");
            staged.insert(plain.to_owned());
        }
    }
    let customers = server.customers();
    let sent = customers
        .iter()
        .filter_map(|one| one["healthSherpaCustomerId"].as_str());
    let sent: BTreeSet<String> = sent.map(str::to_owned).collect();
    assert_eq!(sent, staged);
    // Two customers have no id of HealthSherpa's.
    assert_eq!(customers.len(), staged.len() + 2);
    assert_eq!(
        shown["records"]["succeeded"],
        server.tally().records_applied
    );
}

#[test]
fn the_same_findings_stand_in_check_before_anything_is_sent() {
    let (_server, work, shown) = sent();
    let before = Server::new();
    let fresh = Workdir::against(&before);
    fresh.fixture("healthsherpa/clients-dirty.csv");

    let checked = fresh
        .run("check clients-dirty.csv --mapping map.toml --json")
        .expect(3)
        .json();
    let checked_after = work
        .run("check clients-dirty.csv --mapping map.toml --json")
        .expect(3)
        .json();

    assert_eq!(checked["findings"], shown["findings"]);
    assert_eq!(checked["rows"], shown["rows"]);
    assert_eq!(checked["records"]["pending"], shown["records"]["succeeded"]);
    assert_eq!(
        checked_after["records"]["unchanged"],
        shown["records"]["succeeded"]
    );
    assert_eq!(before.tally().requests, 0);
    assert!(!Path::new(&fresh.state()).exists());
}

//! The shipped mappings of carriers' books: what they read, what they hold back, and what goes once decided.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail their test"
)]

use std::fs;

use serde_json::Value;

use crate::support::{Server, Workdir, balanced};

#[path = "../../examples/carrier_books/books.rs"]
mod books;

/// How many rows are read, rejected and skipped.
type Rows = (u64, u64, u64);

/// A mapping, its book, what becomes of the rows, and the code of those rejected.
#[rustfmt::skip]
const BOOKS: &[(&str, &str, Rows, &str)] = &[
    ("ambetter", "ambetter.csv", (8, 1, 0), "rule.any_of"),
    ("oscar", "oscar.csv", (8, 0, 0), ""),
    ("unitedhealthcare", "jarvis.xlsx", (19, 0, 11), ""),
    ("cigna", "cigna.xlsx", (8, 1, 0), "rule.any_of"),
    ("molina", "molina.csv", (19, 1, 11), "phone.scientific"),
];

fn mapping(name: &str) -> String {
    fs::read_to_string(format!("mappings/{name}.toml")).unwrap()
}

/// The mapping with the policy's id that its owner has decided on.
fn decided(name: &str) -> String {
    let text = mapping(name);
    let decided = text.replace("\n# carrierAssignedPolicyId", "\ncarrierAssignedPolicyId");
    assert_ne!(text, decided, "{name} leaves nothing to decide");
    decided
}

fn counts(json: &Value) -> Rows {
    let count = |member: &str| json["rows"][member].as_u64().unwrap();
    (count("read"), count("rejected"), count("skipped"))
}

#[test]
fn the_books_are_generated_as_they_lie_there() {
    for (name, bytes) in books::all().unwrap() {
        let lies = fs::read(format!("fixtures/carriers/{name}")).unwrap();
        assert!(lies == bytes, "{name} is out of date");
    }
}

#[test]
fn until_somebody_decides_every_record_is_held_and_nothing_is_sent() {
    for (name, book, rows, code) in BOOKS {
        let server = Server::new();
        let work = Workdir::against(&server);
        work.fixture(&format!("carriers/{book}"));
        work.write("book.toml", mapping(name));

        let line = format!("sync {book} --mapping book.toml --json");
        let json = work.run(&line).expect(3).json();
        let shown = work.run("show --json").expect(0).json();

        balanced(&json);
        assert_eq!(counts(&json), *rows, "{name}");
        assert_eq!(json["records"]["held"], json["records"]["total"], "{name}");
        assert_eq!(shown["findings"]["held"][0]["code"], "policy.without_id");
        let rejected = shown["findings"]["rejected"].as_array().unwrap();
        let codes: Vec<&str> = rejected
            .iter()
            .map(|group| group["code"].as_str().unwrap())
            .collect();
        assert_eq!(codes.join(" "), *code, "{name}");
        assert_eq!(server.tally().requests, 0, "{name}");
    }
}

#[test]
fn once_decided_each_holder_is_a_customer_with_a_policy() {
    for (name, book, (read, rejected, skipped), _) in BOOKS {
        let server = Server::new();
        let work = Workdir::against(&server);
        work.fixture(&format!("carriers/{book}"));
        work.write("book.toml", decided(name));
        let exit = if *rejected > 0 { 3 } else { 0 };

        work.run(&format!("sync {book} --mapping book.toml"))
            .expect(exit);

        let tally = server.tally();
        let holders = read - rejected - skipped;
        assert_eq!(
            (tally.customers, tally.policies),
            (holders, holders),
            "{name}"
        );
    }
}

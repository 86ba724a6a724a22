//! Carriers' books without phone numbers: they update the policies that careCycle has, found by the ids that its
//! earlier answers told.
#![expect(
    clippy::indexing_slicing,
    reason = "helpers of tests may fail their test"
)]

use std::{fmt::Write as _, fs};

use serde_json::Value;

use crate::support::{Server, Workdir, balanced};

/// A mapping, its books, how the carrier's ids begin, and the rows of all and of no holder.
#[rustfmt::skip]
const BOOKS: &[(&str, &str, &str, u64, u64)] = &[
    ("anthem", "anthem.csv", "ANT0007", 8, 0),
    ("anthem", "anthem-extended.txt", "ANT0007", 8, 0),
    ("aetna-cvs", "aetna-cvs-2025.csv", "AET0008", 19, 11),
    ("aetna-cvs", "aetna-cvs.csv", "AET0008", 19, 11),
    ("florida-blue-2025", "florida-blue-2025.csv", "FLB0009", 8, 0),
    ("florida-blue", "florida-blue.csv", "FLB0009", 19, 11),
];

/// Customers with a policy each, as HealthSherpa's export brings them.
const MAPPING: &str = r#"
version = 1
name = "brought"
target = "sync-aca"
[record]
key = ["healthSherpaCustomerId"]
[fields]
healthSherpaCustomerId = "id"
firstName = "first"
lastName = "last"
phoneNumber = "phone"
postalCode = "zip"
[policy]
carrierAssignedPolicyId = "issuer_assigned_policy_id"
status = { column = "status" }
"#;

/// A server that knows seven of a book's eight policies.
fn served(ids: &str) -> (Server, Workdir) {
    let server = Server::new();
    let work = Workdir::against(&server);
    let mut rows = "id,first,last,phone,zip,issuer_assigned_policy_id,status\n".to_owned();
    for number in 0..7 {
        let _ = writeln!(
            rows,
            "{},Ana,Lee,305-555-01{number:02},33101,{ids}{number:02},Suspended",
            1001 + number
        );
    }
    work.write("brought.csv", rows);
    work.write("brought.toml", MAPPING);
    work.run("sync brought.csv --mapping brought.toml")
        .expect(0);
    (server, work)
}

fn policies(server: &Server) -> Vec<Value> {
    let customers = server.customers();
    customers
        .iter()
        .map(|it| it["policies"][0].clone())
        .collect()
}

#[test]
fn each_book_updates_the_policies_that_are_known_and_names_the_others() {
    for (mapping, book, ids, rows, skipped) in BOOKS {
        let (server, work) = served(ids);
        let folder = format!("carriers/{book}");
        work.fixture(&folder);
        work.write(
            "book.toml",
            fs::read(format!("mappings/{mapping}.toml")).unwrap(),
        );

        let json = work
            .run(&format!("sync {book} --mapping book.toml --json"))
            .expect(3)
            .json();

        let counts = &balanced(&json)["rows"];
        assert_eq!(
            (&counts["read"], &counts["skipped"], &counts["rejected"]),
            (&(*rows).into(), &(*skipped).into(), &1.into()),
            "{book}"
        );
        assert_eq!(json["records"]["succeeded"], 7, "{book}");
        let shown = work.run("show").expect(0).stdout;
        assert!(shown.contains("path.unresolved"), "{book}: {shown}");
        let tally = server.tally();
        assert_eq!(
            (tally.customers, tally.policies, tally.policies_updated),
            (7, 7, 7)
        );
        for policy in policies(&server) {
            assert_eq!(policy["effectiveDate"], "2026-01-01", "{book}");
            assert!(*mapping == "florida-blue" || policy["status"] != "Suspended");
        }
    }
}

#[test]
fn what_a_book_clears_is_counted_before_it_is_sent() {
    let (server, work) = served("ANT0007");
    work.fixture("carriers/anthem.csv");
    let mapping = fs::read_to_string("mappings/anthem.toml").unwrap();
    let clears = mapping.replace(
        "{ column = \"Cancellation Date\", on_invalid = \"omit\" }",
        "{ column = \"Cancellation Date\", on_blank = \"clear\" }",
    );
    work.write("book.toml", clears);

    let checked = work.run("check anthem.csv --mapping book.toml").expect(3);
    let noted = work.run("mapping check book.toml").expect(0).stdout;

    assert!(
        checked.stdout.contains("values cleared"),
        "{}",
        checked.stdout
    );
    assert!(
        checked
            .stdout
            .contains("6  Cancellation Date: sent as null"),
        "{}",
        checked.stdout
    );
    assert!(noted.contains("a blank cell clears"), "{noted}");
    assert!(
        checked.stdout.contains("the policy by the id"),
        "{}",
        checked.stdout
    );

    work.run("sync anthem.csv --mapping book.toml").expect(3);
    for policy in policies(&server) {
        let ended = policy["status"] == "Terminated";
        assert_eq!(policy["terminationDate"].is_null(), !ended);
    }
}

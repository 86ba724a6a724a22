//! What is valid and would do harm: held back under its own code, allowed by name only, judged anew each run.
#![expect(
    clippy::indexing_slicing,
    reason = "helpers of tests may fail their test"
)]

use serde_json::Value;

use crate::support::{Server, Workdir, balanced, client};

/// A mapping in which customers may be found by every identifier of theirs, each from its own column.
const MAPPING: &str = r#"
version = 1
name = "hazards"
target = "sync-aca"
[record]
key = ["healthSherpaCustomerId"]
[fields]
firstName = "first"
lastName = "last"
phoneNumber = "phone"
dateOfBirth = "born"
timezone = "zone"
state = "state"
postalCode = "zip"
healthSherpaCustomerId = "id"
externalId = "crm"
[policy]
healthSherpaPolicyId = "policy"
carrierAssignedPolicyId = "carrier"
"#;

const HEADER: &str = "id,crm,first,last,phone,born,zone,state,zip,policy,carrier\n";

struct Book {
    server: Server,
    work: Workdir,
}

impl Book {
    fn new(rows: &[&str]) -> Self {
        let server = Server::new();
        let work = Workdir::against(&server);
        let book = Self { server, work };
        book.write(rows);
        book.allow(&[]);
        book
    }

    fn write(&self, rows: &[&str]) {
        self.work
            .write("book.csv", format!("{HEADER}{}\n", rows.join("\n")));
    }

    fn allow(&self, codes: &[&str]) {
        let allow = format!("[record]\nallow = {codes:?}");
        self.work
            .write("map.toml", MAPPING.replace("[record]", &allow));
    }

    /// The codes and rows of what a check would hold back.
    fn held(&self) -> Vec<(String, Vec<u64>)> {
        let done = self.work.run("check book.csv --mapping map.toml --json");
        held(balanced(&done.json()))
    }
}

fn held(json: &Value) -> Vec<(String, Vec<u64>)> {
    let groups = json["findings"]["held"].as_array().unwrap().iter();
    let mut held: Vec<_> = groups
        .map(|group| {
            let first = group["first"].as_array().unwrap().iter();
            let rows = first.map(|place| place["row"].as_u64().unwrap());
            (group["code"].as_str().unwrap().to_owned(), rows.collect())
        })
        .collect();
    held.sort();
    held
}

/// Held under that code while it is not allowed, and sent once it is.
fn expect_held(code: &str, rows: &[&str], which: &[u64]) {
    let book = Book::new(rows);

    assert_eq!(book.held(), [(code.to_owned(), which.to_vec())], "{rows:?}");
    book.allow(&[code]);
    assert_eq!(book.held(), [], "{rows:?}");
    book.work.run("sync book.csv --mapping map.toml").expect(0);
}

fn expect_not_held(rows: &[&str]) {
    assert_eq!(Book::new(rows).held(), [], "{rows:?}");
}

#[test]
fn one_id_with_two_people_is_held() {
    expect_held(
        "identifier.two_people",
        &[
            "1,,Ana,Lee,3055550123,,,,33101,P1,",
            "1,,Walter,Okafor,3055550124,,,,33101,P2,",
            "2,,Bo,Diaz,3055550125,,,,33101,P3,",
        ],
        &[2],
    );
}

#[test]
fn one_person_written_in_two_ways_is_not_held() {
    for rows in [
        [
            "1,,ANA MARIA,LOPEZ,3055550123,,,,33101,P1,",
            "1,,Ana,López-García,3055550123,,,,33101,P2,",
        ],
        [
            "1,,Dan,Lee Jr.,3055550123,,,,33101,P1,",
            "1,,Daniel,Lee,3055550123,,,,33101,P2,",
        ],
        [
            "1,,Bill,Lee,3055550123,1/2/1980,,,33101,P1,",
            "1,,Guillermo,Li,3055550123,01/02/1980,,,33101,P2,",
        ],
    ] {
        expect_not_held(&rows);
    }
}

#[test]
fn a_policy_id_under_two_customers_holds_both() {
    expect_held(
        "policy.shared_id",
        &[
            "1,,Ana,Lee,3055550123,,,,33101,P1,",
            "2,,Bo,Diaz,3055550124,,,,33101,P2,",
            "3,,Cy,Ek,3055550125,,,,33101,P1,",
        ],
        &[2, 4],
    );
    // The carrier's id is one too; and a customer of several rows is held as a whole.
    expect_held(
        "policy.shared_id",
        &[
            "1,,Ana,Lee,3055550123,,,,33101,P1,C1",
            "1,,Ana,Lee,3055550123,,,,33101,P2,C2",
            "2,,Bo,Diaz,3055550124,,,,33101,P3,C2",
        ],
        &[2, 4],
    );
    // The same text as another kind of id is another id.
    expect_not_held(&[
        "1,,Ana,Lee,3055550123,,,,33101,X1,",
        "2,,Bo,Diaz,3055550124,,,,33101,,X1",
        "3,,Cy,Ek,3055550125,,,,33101,X3,",
        "3,,Cy,Ek,3055550125,,,,33101,X3,",
    ]);
}

#[test]
fn records_that_the_api_would_take_for_one_customer_are_held() {
    let code = "record.same_customer";
    expect_held(
        code,
        &[
            "1,A7,Ana,Lee,3055550123,,,,33101,P1,",
            "2,A8,Bo,Diaz,3055550124,,,,33101,P2,",
            "3,A7,Cy,Ek,3055550125,,,,33101,P3,",
        ],
        &[2, 4],
    );
    // One has no identifier, so the API looks for name, birth and phone, and finds the other.
    expect_held(
        code,
        &[
            "1,,Ana,Lee,3055550123,1/2/1980,,,33101,P1,",
            ",,ANA,Lee,(305) 555-0123,01/02/1980,,,33101,P2,",
            "2,,Bo,Diaz,3055550124,1/2/1981,,,33101,P3,",
        ],
        &[2, 3],
    );
    // Both have one, so nobody looks for these.
    expect_not_held(&[
        "1,,Ana,Lee,3055550123,1/2/1980,,,33101,P1,",
        "2,,Ana,Lee,3055550123,1/2/1980,,,33101,P2,",
    ]);
    // Without a date of birth they say nothing.
    expect_not_held(&[
        "1,,Ana,Lee,3055550123,,,,33101,P1,",
        ",,Ana,Lee,3055550123,,,,33101,P2,",
    ]);
}

#[test]
fn a_zone_that_contradicts_state_or_postal_code_is_held() {
    let code = "timezone.contradiction";
    expect_held(
        code,
        &[
            "1,,Ana,Lee,3055550123,,Pacific,FL,33101,P1,",
            "2,,Bo,Diaz,3055550124,,Central,FL,32501,P2,",
            "3,,Cy,Ek,3055550125,,Eastern,,90001,P3,",
            "4,,Di,Ota,3055550126,,,FL,90001,P4,",
            "5,,Ed,Roe,3055550127,,America/Detroit,OH,,P5,",
        ],
        &[2, 4, 5],
    );
    // Judged on the merged record: either row alone is fine.
    expect_held(
        code,
        &[
            "1,,Ana,Lee,3055550123,,Pacific,,,P1,",
            "1,,Ana,Lee,3055550123,,,FL,,P1,",
        ],
        &[2],
    );
}

#[test]
fn a_hazard_is_judged_anew_and_what_was_held_goes_out_when_it_is_gone() {
    let book = Book::new(&[
        "1,A7,Ana,Lee,3055550123,,,,33101,P1,",
        "2,A7,Bo,Diaz,3055550124,,,,33101,P2,",
    ]);

    book.work.run("sync book.csv --mapping map.toml").expect(3);
    assert_eq!(book.server.tally().customers, 0);
    book.write(&[
        "1,A7,Ana,Lee,3055550123,,,,33101,P1,",
        "2,A8,Bo,Diaz,3055550124,,,,33101,P2,",
    ]);
    let books = book
        .work
        .run("sync book.csv --mapping map.toml --json")
        .expect(0)
        .json();
    assert_eq!(balanced(&books)["records"]["succeeded"], 2);

    // What succeeded before is held too when it becomes a hazard.
    book.write(&[
        "1,A7,Ana,Lee,3055550123,,,,33101,P1,",
        "2,A8,Bo,Diaz,3055550124,,,,33101,P1,",
    ]);
    let books = book
        .work
        .run("sync book.csv --mapping map.toml --json")
        .expect(3)
        .json();
    assert_eq!(balanced(&books)["records"]["held"], 2);
    assert_eq!(book.server.tally().policies, 2);
}

#[test]
fn each_hazard_says_what_to_do_and_no_value() {
    let book = Book::new(&[
        "1,A7,Ana,Lee,3055550123,,Pacific,FL,33101,P1,",
        "2,A7,Bo,Diaz,3055550124,,,,33101,P2,",
        "3,A8,Cy,Ek,3055550125,,,,33101,P3,",
        "4,A9,Walter,Okafor,3055550126,,,,33101,P3,",
    ]);

    let said = book
        .work
        .run("check book.csv --mapping map.toml")
        .expect(3)
        .stdout;

    for words in [
        "held records: 4 findings",
        "another customer's record has a policy with the same id   policy.shared_id\n             rows 4, 5; leave the policy with",
        "timezone.contradiction\n             row 2; correct the one that is wrong",
        "record.same_customer\n             row 3;",
    ] {
        assert!(said.contains(words), "no {words:?} in\n{said}");
    }
    for value in ["A7", "P3", "Okafor", "Pacific"] {
        assert!(!said.contains(value), "{value} in\n{said}");
    }
}

#[test]
fn a_mapping_allows_a_hazard_by_name_only() {
    let work = Workdir::new();
    work.rows("clients.csv", &[client("1", "Ana", "P1")]);
    let mapping = std::fs::read_to_string(work.path("map.toml")).unwrap();
    work.write(
        "map.toml",
        mapping.replace("[record]\n", "[record]\nallow = [\"identifier.several\"]\n"),
    );

    let done = work.run("check clients.csv --mapping map.toml").expect(78);

    done.complains(&[
        "`identifier.several` is nothing that a mapping can allow",
        "policy.shared_id",
        "identifier.two_people",
    ]);
}

#[test]
fn customers_without_an_identifier_are_counted_where_the_api_s_matching_is_told() {
    let book = Book::new(&[
        "1,,Ana,Lee,3055550123,1/2/1980,,,33101,P1,",
        ",,Bo,Diaz,3055550124,1/2/1981,,,33101,P2,",
        ",,Cy,Ek,3055550125,,,,33101,P3,",
        ",,Di,Ota,3055550126,***,,,33101,P4,",
    ]);

    let done = book.work.run("check book.csv --mapping map.toml");
    let json = book
        .work
        .run("check book.csv --mapping map.toml --json")
        .json();

    assert!(
        done.stdout.contains(
            "by firstName + lastName + dateOfBirth + phoneNumber together: 1 row; without all of those, each send may make another customer: 2 rows"
        ),
        "{}",
        done.stdout
    );
    let by = |name: &str| {
        let identified = json["findings"]["identified"].as_array().unwrap().iter();
        let mut found = identified.filter(|found| found["by"] == name);
        found.next().map(|found| found["rows"].as_u64().unwrap())
    };
    assert_eq!(
        (by("healthSherpaCustomerId"), by("fallback"), by("nothing")),
        (Some(1), Some(1), Some(2))
    );
}

/// What an unreadable row would identify nobody knows; the row before it is not counted once more.
#[test]
fn an_unreadable_row_counts_for_no_identifier() {
    let book = Book::new(&[
        "1,,Ana,Lee,3055550123,1/2/1980,,,33101,P1,",
        "2,,Bo",
        "3,,Cy,Ek,3055550125,,,,33101,P3,",
    ]);

    let json = book
        .work
        .run("check book.csv --mapping map.toml --json")
        .json();

    let identified = json["findings"]["identified"].as_array().unwrap().iter();
    let counts: Vec<(&str, u64)> = identified
        .map(|found| {
            let by = found["by"].as_str().unwrap();
            (by, found["rows"].as_u64().unwrap())
        })
        .collect();
    assert_eq!(json["rows"]["rejected"], 1);
    assert!(
        counts.contains(&("healthSherpaCustomerId", 2)),
        "{counts:?}"
    );
}

/// A column that holds the same for everyone holds everyone, and costs no second reading of the rows.
#[test]
fn a_whole_book_may_share_an_identifier() {
    let rows: Vec<String> = (0..3_000)
        .map(|n| format!("{n},SAME,Ana,Lee,3055550123,,,,33101,P{n},"))
        .collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let book = Book::new(&rows);

    let done = book.work.run("check book.csv --mapping map.toml --json");
    let json = done.expect(3).json();

    assert_eq!(balanced(&json)["records"]["held"], 3_000);
    assert_eq!(json["findings"]["held"][0]["code"], "record.same_customer");
}

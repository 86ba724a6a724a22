//! `explain`: a row or a customer from its cells to the API's words, and no value unless it was asked for.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail their test")]

use std::fs;

use aca_sync::{journal::Journal, record::RunId};
use serde_json::Value;

use crate::{
    privacy::{expect_no_canary, export},
    support::{Server, Workdir, client},
};

const SYNC: &str = "sync clients.csv --mapping map.toml --resend-after 0s";

/// The rows of a night, from 2 on: merged, merged, rejected, refused, held, passed over, delivered.
fn book(work: &Workdir, name: &str) {
    let mut rejected = client("2", "Bo", "P2");
    rejected[3] = "305-12";
    work.rows(
        "clients.csv",
        &[
            client("1", name, "P1"),
            client("1", name, "P9"),
            rejected,
            client("77", "Cy", "P77"),
            client("4", "Di", "\"P4, P5\""),
            ["", "", "", "", "", "", "", ""],
            client("5", "Ed", "P6"),
        ],
    );
}

/// Two nights; what the first has kept is gone.
fn nights() -> (Server, Workdir) {
    let server = Server::failing("refuse=77");
    let work = Workdir::against(&server);
    book(&work, "Ana");
    work.run(SYNC).expect(3);
    book(&work, "Anna");
    work.run(SYNC).expect(3);
    (server, work)
}

fn explain(work: &Workdir, line: &str) -> String {
    work.run(&format!("explain {line}")).expect(0).stdout
}

/// Fails unless the text holds these, in that order.
fn expect_in_order(text: &str, pieces: &[&str]) {
    let mut rest = text;
    for piece in pieces {
        let at = rest.find(piece);
        assert!(at.is_some(), "no {piece} in\n{rest}\nof\n{text}");
        rest = &rest[at.unwrap() + piece.len()..];
    }
}

#[test]
fn a_delivered_and_a_rejected_row_are_explained_from_their_cells_to_the_answer_without_their_file()
{
    let (_server, work) = nights();
    fs::remove_file(work.path("clients.csv")).unwrap();
    let with = "--mapping map.toml";

    let merged = explain(&work, &format!("3 {with}"));
    expect_in_order(
        &merged,
        &[
            "row 3 of clients.csv in run 2: staged\n",
            "healthsherpa_id              9\n",
            "steps\n",
            "fields.firstName             first_name → Aa{3}\n",
            "fields.phoneNumber           phone → +9{11}\n",
            "policy.status                policy_status → translated Aa{5} → Aa{5}\n",
            "run 2 of ",
            "record of rows 2, 3: succeeded\n",
            "sent     1 time, last at ",
            "status 200, settled\n",
            "json     ",
            "policies[1].healthSherpaPolicyId A9",
            "run 1 of ",
            "record of rows 2, 3: succeeded\n",
            "json     not kept any more\n",
            "values are hidden",
        ],
    );
    expect_in_order(
        &explain(&work, &format!("clients.csv:4 {with}")),
        &[
            "row 4 of clients.csv in run 2: rejected\n",
            "why      phone: a US number has 10 digits, this one has fewer (phone.too_few_digits); complete the number\n",
            "phone                        9{3}-9{2}\n",
            "phone → rejected: a US number has 10 digits, this one has fewer (phone.too_few_digits)\n",
            "run 2 of ",
            "row 4 rejected\n",
            "run 1 of ",
            "row 4 rejected\n",
        ],
    );
}

#[test]
fn a_row_that_was_not_sent_is_explained_by_what_kept_it_back() {
    let (_server, work) = nights();

    expect_in_order(
        &explain(&work, "5"),
        &[
            "row 5 of clients.csv in run 2: staged\n",
            "--mapping MAP shows how each cell becomes a field\n",
            "record of row 5: held\n",
            "the API has refused just this before",
            "sent     never\n",
            "record of row 5: superseded\n",
            "a newer run carries the same customer; before that: ",
            "status 422, ",
            "the API  in words of its own, which are hidden\n",
        ],
    );
    expect_in_order(
        &explain(&work, "6 --mapping map.toml"),
        &[
            "policy.healthSherpaPolicyId  healthsherpa_policy_ids → held: an identifier cell holds several ids (identifier.several)\n",
            "record of row 6: held\n",
            "identifier.several",
        ],
    );
    expect_in_order(
        &explain(&work, "7"),
        &["row 7 of clients.csv in run 2: passed over\n", "(blank)\n"],
    );
    expect_in_order(
        &explain(&work, "8"),
        &[
            "record of row 8: unchanged\n",
            "the same was delivered before\n",
            "run 1 of ",
            "record of row 8: succeeded\n",
        ],
    );
}

#[test]
fn a_customer_is_found_by_the_id_of_the_key_column_over_all_runs() {
    let (_server, work) = nights();

    // There is no row 77, so the number is taken for an id.
    for line in ["key:77", "77"] {
        expect_in_order(
            &explain(&work, line),
            &[
                "row 5 of clients.csv in run 2: staged\n",
                "run 2 of ",
                "record of row 5: held\n",
                "run 1 of ",
                "record of row 5: superseded\n",
            ],
        );
    }
    expect_in_order(
        &explain(&work, "key:1"),
        &["row 2 of ", "row 3 of ", "record of rows 2, 3: succeeded\n"],
    );
    expect_in_order(
        &explain(&work, "key:2"),
        &["row 4 of clients.csv in run 2: rejected\n", "run 1 of "],
    );
    let first = explain(&work, "key:77 --run 1");
    assert!(!first.contains("run 2"), "{first}");
    expect_in_order(
        &first,
        &[
            "row 5 of clients.csv in run 1: staged\n",
            "its cells are not kept any more\n",
            "record of row 5: superseded\n",
        ],
    );
    expect_in_order(
        &explain(&work, "4 --run 1"),
        &[
            "row 4 of clients.csv in run 1: rejected\n",
            "phone.too_few_digits",
            "its cells are not kept any more\n",
        ],
    );
}

#[test]
fn what_nobody_knows_is_said_with_what_to_do() {
    let (_server, work) = nights();

    for (line, words) in [
        (
            "99",
            [
                "run 2 tells nothing of a row 99; it read clients.csv",
                "key:99",
            ],
        ),
        ("other.csv:4", ["run 2 tells nothing of a row 4", "--run"]),
        (
            "nobody",
            ["no run knows a customer of that id", "leading zeros"],
        ),
        (
            "7 --run 1",
            ["run 1 tells nothing of a row 7", "while cells are kept"],
        ),
        ("2 --run 9", ["there is no run 9", "aca-sync runs"]),
    ] {
        work.run(&format!("explain {line}"))
            .expect(64)
            .complains(&words);
    }
}

#[test]
fn a_row_of_several_files_has_to_say_which() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.rows("one.csv", &[client("1", "Ana", "P1")]);
    work.rows(
        "two.csv",
        &[client("2", "Bo", "P2"), client("3", "Cy", "P3")],
    );
    work.run("sync one.csv two.csv --mapping map.toml")
        .expect(0);

    work.run("explain 2").expect(64).complains(&[
        "several files of run 1 have a row 2",
        "one.csv:2, two.csv:2",
    ]);

    expect_in_order(
        &explain(&work, "two.csv:2"),
        &[
            "row 2 of two.csv in run 1: staged\n",
            "record of row two.csv:2: succeeded\n",
        ],
    );
    expect_in_order(
        &explain(&work, "3"),
        &["row 3 of two.csv in run 1: staged\n"],
    );
}

#[test]
fn values_are_shown_once_it_is_on_record_who_looks() {
    let (_server, work) = nights();
    let audited = || {
        let journal = Journal::open_to_read(&work.state().join("journal.db")).unwrap();
        let lines = journal.audited(Some(RunId(2)), None).unwrap();
        let lines = lines.into_iter().filter(|line| line.verb == "explain");
        lines.map(|line| line.details).collect::<Vec<_>>()
    };

    let hidden = explain(&work, "4 --mapping map.toml");
    assert!(!hidden.contains("305-12"), "{hidden}");
    assert_eq!(audited(), [""; 0]);

    let shown = explain(&work, "4 --mapping map.toml --show-values");
    expect_in_order(&shown, &["phone                        \"305-12\"\n"]);
    assert_eq!(audited(), ["--show-values: row 4 of run 2"]);
    let refused = explain(&work, "key:77 --show-values");
    expect_in_order(&refused, &["phoneNumber \"+13055550123\"", "the API  \""]);
    assert_eq!(audited().len(), 1, "whoever was looked at is in no audit");
    expect_in_order(
        &explain(&work, "8 --show-values"),
        &["run 1 of ", "customer ", "`aca-sync customer` shows it"],
    );
}

#[test]
fn a_mapping_that_has_changed_since_is_said_to_have() {
    let (_server, work) = nights();
    let mapping = fs::read_to_string(work.path("map.toml")).unwrap();
    work.write(
        "other.toml",
        mapping.replace("\"last_name\"", "\"first_name\""),
    );
    work.fixture("headers/crm.toml");

    assert!(!explain(&work, "2 --mapping map.toml").contains("has changed"));
    expect_in_order(
        &explain(&work, "2 --mapping other.toml"),
        &[
            "the mapping or the program has changed since",
            "fields.lastName              first_name → Aa{3}\n",
        ],
    );
    expect_in_order(
        &explain(&work, "2 --mapping crm.toml"),
        &["the mapping does not fit this file's header\n"],
    );
}

#[test]
fn the_same_is_told_as_json() {
    let (_server, work) = nights();
    let json = |line: &str| -> Value {
        let line = format!("explain {line} --mapping map.toml --json");
        work.run(&line).expect(0).json()
    };

    let refused = json("5 --run 2");
    assert_eq!(refused["schema_version"], 1);
    assert_eq!(refused["exit"], 0);
    assert_eq!(refused["rows"][0]["state"], "staged");
    assert_eq!(refused["rows"][0]["same_mapping"], true);
    assert_eq!(refused["runs"].as_array().unwrap().len(), 1);
    let all = json("5");
    let record = &all["runs"][1]["records"][0];
    assert_eq!(record["state"], "superseded");
    assert_eq!(record["request"]["status"], 422);
    assert_eq!(record["rows"][0]["row"], 5);
    assert_eq!(record["has_message"], true);
    assert_eq!(record.get("message"), None);
    assert_eq!(record["json"], Value::Null);
    assert!(!all.to_string().contains("\"value\":"), "{all}");

    let rejected = json("4");
    let steps = rejected["rows"][0]["steps"].as_array().unwrap();
    let phone = steps
        .iter()
        .find(|step| step["field"] == "fields.phoneNumber");
    assert_eq!(phone.unwrap()["end"], "rejected");
    assert_eq!(phone.unwrap()["code"], "phone.too_few_digits");
    assert_eq!(rejected["rows"][0]["problems"][0]["column"], "phone");

    let shown = json("2 --show-values");
    assert_eq!(shown["rows"][0]["cells"][1]["value"], "Anna");
    let body = shown["runs"][0]["records"][0]["json"].as_array().unwrap();
    let name = body.iter().find(|member| member["field"] == "firstName");
    assert_eq!(name.unwrap()["value"], "Anna");
}

#[test]
fn every_request_that_a_record_was_in_is_told_with_what_came_of_it() {
    // Refused as a whole with the first request; alone it fails, then in a request that is lost, then it succeeds.
    let server = Server::failing("fail=77@1;503@2");
    let work = Workdir::against(&server);
    work.rows(
        "clients.csv",
        &[client("1", "Ana", "P1"), client("77", "Cy", "P77")],
    );
    work.run(SYNC).expect(3);
    work.run("retry --resend-after 0s").expect(0);

    let told = explain(&work, "3");
    let json = work.run("explain 3 --json").expect(0).json();
    let shown = work.run("explain 3 --json --show-values").expect(0).json();

    expect_in_order(
        &told,
        &[
            "record of row 3: succeeded\n",
            "    before   at ",
            " in a request of 2 records: status 200, settled; ",
            "    the API  in words of its own, which are hidden\n",
            "    before   at ",
            " in a request of 1 record: status 503, doubtful; ",
            "    sent     2 times, last at ",
            " in a request of 1 record: status 200, settled\n",
        ],
    );
    let record = &json["runs"][0]["records"][0];
    let earlier = record["earlier_requests"].as_array().unwrap();
    assert_eq!(earlier.len(), 2, "{json}");
    assert_eq!(earlier[0]["has_message"], true);
    assert_eq!(earlier[0].get("message"), None);
    assert_eq!(earlier[1]["code"], "doubt.server_error");
    assert_eq!(record["request"]["result"], "settled");
    let shown = &shown["runs"][0]["records"][0]["earlier_requests"][0]["message"];
    assert!(shown.as_str().is_some_and(|said| !said.is_empty()));
    let first = work.run("explain 2 --json").expect(0).json();
    let first = &first["runs"][0]["records"][0]["earlier_requests"];
    assert_eq!(first.as_array().map(Vec::len), Some(0));
}

#[test]
fn no_cell_and_no_word_of_the_api_is_explained_unasked() {
    let server = Server::failing("fail=every:7;refuse=id-3;missing@5");
    let work = Workdir::against(&server);
    export(&work, 6);
    work.run(
        "sync clients.csv --mapping map.toml --batch-size 3 --resend-after 0s --give-up-after 0s",
    )
    .expect(3);

    let mut ends = Vec::new();
    for row in 2..20 {
        for flags in ["-vv", "--mapping map.toml", "--mapping map.toml --json"] {
            let line = format!("explain {row} {flags}");
            let done = work.run(&line).expect(0);
            expect_no_canary(&done.stdout, &line);
            expect_no_canary(&done.stderr, &line);
        }
        let told = work.run(&format!("explain {row} --json")).json();
        ends.push(told["rows"][0]["state"].as_str().unwrap().to_owned());
    }
    assert!(ends.iter().any(|end| end == "rejected"), "{ends:?}");
    assert!(ends.iter().any(|end| end == "staged"), "{ends:?}");
}

//! Requests that the API does not take as a whole, and does not say why: the innocent arrive once, the
//! culprits fail alone in the API's words, and it costs few requests.
#![expect(clippy::unwrap_used, reason = "helpers of tests may fail their test")]

use aca_sync::sandbox::{AnswerShape, Faults};
use serde_json::Value;

use crate::support::{Server, Workdir, balanced, workdir::Done};

const SYNC: &str = "sync clients.csv --mapping map.toml --resend-after 0s --json";

/// The ids of these rows of an export, counted from 0.
fn ids(rows: &[u64]) -> Vec<String> {
    let id = |row: &u64| (700_000_000 + row).to_string();
    rows.iter().map(id).collect()
}

/// A fault of that kind for each of these customers.
fn faults(kind: &str, ids: &[String]) -> String {
    let each: Vec<_> = ids.iter().map(|id| format!("{kind}={id}")).collect();
    each.join(";")
}

/// Sends so many clients, of whom some are bad, to a server that answers in that shape, and gives the books.
fn send(
    rows: u64,
    (kind, bad): (&str, &[String]),
    answer: AnswerShape,
) -> (Server, Workdir, Value) {
    let server = Server::with(|options| {
        options.faults = Faults::parse(&faults(kind, bad)).unwrap();
        options.answer = answer;
    });
    let work = Workdir::against(&server);
    work.export("clients.csv", rows);
    let books = work.run(SYNC).expect(3).json();
    let records = &balanced(&books)["records"];
    assert_eq!(records["failed"], bad.len(), "{kind} {bad:?}: {records}");
    assert_eq!(records["succeeded"], rows - bad.len() as u64, "{records}");
    for id in bad {
        assert!(server.customer(id).is_none(), "{id}");
    }
    (server, work, books)
}

fn all_applied_once(server: &Server) -> bool {
    let customers = server.customers();
    customers.iter().all(|customer| customer["applied"] == 1)
}

#[test]
fn one_bad_record_in_a_hundred_costs_ten_requests_more_at_most_wherever_it_stands() {
    for row in [0, 1, 37, 49, 50, 98, 99] {
        let bad = ids(&[row]);
        let (server, _work, books) = send(100, ("refuse-unnamed", &bad), AnswerShape::New);

        // What was refused was not applied, so nothing of it is sent a second time.
        assert_eq!(books["requests"]["retried"], 0);
        assert!(all_applied_once(&server));
        let more = server.tally().requests - 1;
        assert!((2..=10).contains(&more), "row {row}: {more} more");
    }
}

/// The average over many draws is held in `engine::isolation`; these are real requests.
#[test]
fn several_bad_records_are_all_found_and_nobody_else_suffers() {
    for (rows, most) in [
        (&[3, 60][..], 24),
        (&[5, 22, 41, 68, 90], 44),
        (&[10, 11, 12, 13, 14, 15, 16, 17, 18, 19], 66),
    ] {
        let bad = ids(rows);
        let (server, ..) = send(100, ("refuse-unnamed", &bad), AnswerShape::New);

        assert!(all_applied_once(&server));
        assert!(server.tally().requests <= most, "{:?}", server.tally());
    }
}

#[test]
fn where_every_record_is_bad_a_batch_costs_a_few_requests_more_than_it_has_records() {
    let bad = ids(&(0..100).collect::<Vec<_>>());
    let (server, ..) = send(100, ("refuse-unnamed", &bad), AnswerShape::New);

    assert!(server.tally().requests <= 125, "{:?}", server.tally());
}

#[test]
fn an_api_that_refuses_every_single_record_is_not_asked_about_all_of_them() {
    let server = Server::failing("refuse-unnamed=7");
    let work = Workdir::against(&server);
    work.export("clients.csv", 1_000);
    let mapping = std::fs::read_to_string(work.path("map.toml")).unwrap();
    work.write("map.toml", mapping.replace("max_failed", "# max_failed"));

    let stopped = work.run(SYNC).expect(4);
    let stopped_again = work.run("resume --json").expect(4);
    let asked = server.tally().requests;
    let allowed = work
        .run("resume --limit 100 --allow max_failed --json")
        .expect(3);

    stopped.complains(&[
        "max_failed",
        "answered records failed, some should have succeeded",
    ]);
    let count = |done: &Done, state: &str| {
        let books = done.json();
        balanced(&books)["records"][state].as_u64().unwrap()
    };
    assert_eq!(
        count(&stopped, "failed") + count(&stopped, "pending"),
        1_000
    );
    assert!(asked < 450, "{asked} requests");
    assert_eq!(count(&stopped_again, "succeeded"), 0);
    assert!(count(&allowed, "failed") >= count(&stopped_again, "failed") + 100);
}

#[test]
fn a_culprit_fails_in_the_words_that_were_said_of_it_alone() {
    let (_server, work, _) = send(40, ("refuse-unnamed", &ids(&[7])), AnswerShape::New);

    let shown = work.run("show --json").expect(0).json();

    let failed = shown["findings"]["failed"].as_array().unwrap();
    assert_eq!(failed.len(), 1, "{shown}");
    assert_eq!(
        (&failed[0]["code"], &failed[0]["count"]),
        (&"VALIDATION_ERROR".into(), &1.into())
    );
    assert_eq!(failed[0]["first"][0]["row"], 9);
}

/// Two requests are taken apart at the same time, and the run goes on beside them.
#[test]
fn the_rest_of_a_run_does_not_wait_for_what_is_taken_apart() {
    let bad = ids(&[50, 150, 450]);
    let (server, ..) = send(600, ("refuse-unnamed", &bad), AnswerShape::New);

    assert!(all_applied_once(&server));
    assert!(
        server.tally().requests <= 6 + 3 * 10,
        "{:?}",
        server.tally()
    );
}

#[test]
fn a_failure_inside_a_200_that_names_nobody_is_told_by_the_results() {
    let (server, ..) = send(100, ("fail-unnamed", &ids(&[3, 64])), AnswerShape::New);

    assert!(all_applied_once(&server));
    assert_eq!(server.tally().requests, 1);
}

#[test]
fn a_failure_inside_a_200_that_nothing_tells_is_found_by_sending_again_what_is_harmless() {
    let bad = ids(&[3, 64]);
    let (server, _work, books) = send(100, ("fail-unnamed", &bad), AnswerShape::Old);

    // Once more as a whole, then in groups; the same customers, and none twice.
    assert!(server.tally().requests <= 2 + 24, "{:?}", server.tally());
    assert_eq!(
        (server.tally().customers, server.tally().policies),
        (98, 98)
    );
    assert_eq!(books["records"]["in_doubt"], 0);
}

#[test]
fn what_the_api_could_not_match_is_never_sent_again_to_find_a_failure() {
    let server = Server::with(|options| {
        options.faults = Faults::parse("fail-unnamed=x").unwrap();
        options.answer = AnswerShape::Old;
    });
    let work = Workdir::against(&server);
    let mapping = std::fs::read_to_string(work.path("map.toml")).unwrap();
    let allowed = mapping.replace("[record]", "[record]\nallow = [\"policy.without_id\"]");
    work.write("map.toml", allowed);
    let rows = ["x1", "2", "3"].map(|id| crate::support::client(id, "Ana", ""));
    work.rows("clients.csv", &rows);

    let books = work.run(SYNC).expect(3).json();

    assert_eq!(balanced(&books)["records"]["in_doubt"], 3, "{books}");
    assert_eq!((server.tally().requests, server.tally().policies), (1, 2));
}

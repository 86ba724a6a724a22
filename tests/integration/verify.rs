//! `verify`: what a run has delivered, read back and held against what was sent.
#![expect(
    clippy::indexing_slicing,
    reason = "helpers of tests may fail their test"
)]

use std::time::Duration;

use aca_sync::sandbox::{AnswerShape, Quota};
use serde_json::{Value, json};

use crate::support::{KEY, Server, Workdir, client};

const SYNC: &str = "sync clients.csv --mapping map.toml";

/// Three clients that were sent to a sandbox.
fn delivered() -> (Server, Workdir) {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.rows(
        "clients.csv",
        &[
            client("1", "Ana", "P1"),
            client("2", "Bo", "P2"),
            client("3", "Cy", "P3"),
        ],
    );
    work.run(SYNC).expect(0);
    (server, work)
}

/// Somebody else sends these rows to the same API.
fn meddle(server: &Server, rows: &[[&str; 8]]) {
    let other = Workdir::against(server);
    other.rows("clients.csv", rows);
    other.run(SYNC).expect(0);
}

fn audit(work: &Workdir) -> Vec<(String, String)> {
    let database = rusqlite::Connection::open(work.state().join("journal.db")).unwrap();
    let mut statement = database
        .prepare("SELECT verb, details FROM audit ORDER BY id")
        .unwrap();
    let rows = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn what_was_delivered_reads_back_as_it_was_sent() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.export("clients.csv", 30);
    work.run(SYNC).expect(0);

    let text = work.run("verify").expect(0);
    let json = work.run("verify 1 --json").expect(0).json();
    let quiet = work.run("verify --quiet").expect(0);

    assert!(
        text.stdout
            .starts_with("run 1: 30 customers read back, all as they were sent"),
        "{}",
        text.stdout
    );
    assert!(
        text.stdout
            .contains("30 to read; 30 same, 0 different, 0 not found, 0 not readable")
    );
    assert_eq!(
        json,
        json!({
            "schema_version": 1, "run": "1", "exit": 0,
            "counts": {
                "succeeded": 30, "compared": 30, "without_id": 0, "strange_id": 0, "overtaken": 0,
                "customers": 30, "read": 30, "same": 30, "different": 0, "not_found": 0, "not_readable": 0,
            },
            "differences": [], "not_found": [],
        })
    );
    assert_eq!(quiet.stdout, "");
    assert_eq!(server.tally().reads, 90);
    assert_eq!(
        audit(&work)[1],
        ("verify".to_owned(), "reads back 30 customers".to_owned())
    );
}

#[test]
fn fields_that_differ_are_told_with_rows_and_no_value() {
    let (server, work) = delivered();
    let mut changed = client("3", "Qzcanary", "P3");
    changed[4] = "33199";
    meddle(&server, &[client("1", "Qzcanary", "P1"), changed]);

    let text = work.run("verify -vv").expect(3);
    let json = work.run("verify --json").expect(3).json();

    assert!(
        text.stdout
            .starts_with("run 1: 3 customers to read back, 2 not as they were sent"),
        "{}",
        text.stdout
    );
    assert!(
        text.stdout
            .contains("2  firstName   differs         rows 2, 4"),
        "{}",
        text.stdout
    );
    assert!(
        text.stdout.contains("1  postalCode  differs         row 4"),
        "{}",
        text.stdout
    );
    assert_eq!(
        (&json["counts"]["same"], &json["counts"]["different"]),
        (&1.into(), &2.into())
    );
    assert_eq!(
        json["differences"][0],
        json!({
            "field": "firstName", "kind": "differs", "count": 2,
            "first": [{ "file": "clients.csv", "row": 2 }, { "file": "clients.csv", "row": 4 }],
        })
    );
    for said in [&text.stdout, &text.stderr, &json.to_string()] {
        for value in ["Qzcanary", "33199", "33101", "Ana"] {
            assert!(!said.contains(value), "{value}: {said}");
        }
    }
    assert!(json.get("values").is_none());
}

#[test]
fn values_are_shown_where_they_are_asked_for_and_who_looked_is_on_record() {
    let (server, work) = delivered();
    meddle(&server, &[client("1", "Qzcanary", "P1")]);

    let text = work.run("verify --show-values").expect(3);
    let json = work.run("verify --show-values --json").expect(3).json();

    let id = server.customer("1").map(|ana| ana["id"].clone()).unwrap();
    assert!(
        text.stdout
            .contains("firstName differs: sent \"Ana\", there is \"Qzcanary\""),
        "{}",
        text.stdout
    );
    assert!(!text.stderr.contains("Qzcanary"));
    let value = &json["values"][0];
    assert_eq!(
        (&value["sent"], &value["read"], &value["customer"]),
        (&"Ana".into(), &"Qzcanary".into(), &id)
    );
    let looks: Vec<_> = audit(&work)
        .into_iter()
        .filter(|(verb, _)| verb == "verify")
        .collect();
    assert_eq!(looks.len(), 2);
    assert!(
        looks
            .iter()
            .all(|(_, details)| details == "reads back 3 customers; --show-values"),
        "{looks:?}"
    );
}

#[test]
fn policies_that_the_api_ended_are_no_plain_difference() {
    let server = Server::new();
    let work = Workdir::against(&server);
    let mut old = client("1", "Ana", "P1");
    old[7] = "1/1/2020";
    work.rows("clients.csv", &[old]);
    work.run(SYNC).expect(0);
    meddle(&server, &[client("1", "Ana", "P2")]);

    let text = work.run("verify").expect(0).stdout;
    let json = work.run("verify --json").expect(0).json();

    assert!(text.contains("policies.status  ended"), "{text}");
    assert!(
        text.contains("the API ends a customer's older policies"),
        "{text}"
    );
    assert_eq!(
        (&json["differences"][0]["kind"], &json["counts"]["same"]),
        (&"ended".into(), &1.into())
    );
}

#[test]
fn customers_that_are_gone_are_told_with_their_rows() {
    let (server, work) = delivered();
    let url = server.url();
    drop(server);
    let server = restarted(&url);

    let text = work.run("verify").expect(3).stdout;
    let json = work.run("verify --json").expect(3).json();

    assert!(
        text.contains("3  rows 2, 3, 4; the API does not know these customers any more"),
        "{text}"
    );
    assert_eq!(json["counts"]["not_found"], 3);
    assert_eq!(json["not_found"][0]["row"], 2);
    assert_eq!(server.tally().reads, 6);
}

/// An empty sandbox at an address that has just become free.
fn restarted(url: &str) -> Server {
    let address = url.trim_start_matches("http://");
    while std::net::TcpListener::bind(address).is_err() {
        std::thread::yield_now();
    }
    Server::at(url)
}

#[test]
fn where_the_api_named_no_customers_nothing_is_read_and_that_is_said() {
    let server = Server::with(|options| options.answer = AnswerShape::Old);
    let work = Workdir::against(&server);
    work.rows(
        "clients.csv",
        &[client("1", "Ana", "P1"), client("2", "Bo", "P2")],
    );
    work.run(SYNC).expect(0);

    let text = work.run("verify").expect(3).stdout;
    let json = work.run("verify --json").expect(3).json();

    assert!(
        text.starts_with("run 1: nothing can be read back"),
        "{text}"
    );
    assert!(
        text.contains("2 cannot be read back: the API's answer named no customer"),
        "{text}"
    );
    assert_eq!(
        (&json["counts"]["without_id"], &json["counts"]["customers"]),
        (&2.into(), &0.into())
    );
    assert_eq!(server.tally().reads, 0);
}

#[test]
fn what_a_later_run_has_sent_since_is_left_out_and_what_is_erased_is_said_to_be() {
    let (server, work) = delivered();
    let [anna, di, ed] =
        [("1", "Anna"), ("4", "Di"), ("5", "Ed")].map(|(id, name)| client(id, name, id));
    work.rows("clients.csv", &[anna, di, ed]);
    work.run(&format!("{SYNC} --limit 1")).expect(0);

    let overtaken = work.run("verify 1 --json").expect(0).json();
    work.run(SYNC).expect(0);
    let erased = work.run("verify 1").expect(74);

    assert_eq!(
        (
            &overtaken["counts"]["overtaken"],
            &overtaken["counts"]["same"]
        ),
        (&1.into(), &2.into())
    );
    erased.complains(&["the records of run 1 were erased"]);
    assert_eq!(server.tally().reads, 2);
    work.run("verify 2").expect(0);
}

#[test]
fn a_sample_is_spread_over_the_run_and_the_same_each_time() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.export("clients.csv", 30);
    work.run(SYNC).expect(0);
    let counted = |json: &Value| {
        (
            json["counts"]["customers"].clone(),
            json["counts"]["read"].clone(),
        )
    };

    let sampled = work.run("verify --sample 3 --json").expect(0).json();
    let all = work.run("verify --sample 300 --json").expect(0).json();

    assert_eq!(counted(&sampled), (3.into(), 3.into()));
    assert_eq!(counted(&all), (30.into(), 30.into()));
    assert_eq!(server.tally().reads, 33);
    work.run("verify --sample 0").expect(64);
}

#[test]
fn parts_of_one_customer_share_one_question() {
    let server = Server::new();
    let work = Workdir::against(&server);
    let policies: Vec<String> = (1..=11).map(|number| format!("P{number}")).collect();
    let rows: Vec<_> = policies
        .iter()
        .map(|policy| client("1", "Ana", policy))
        .collect();
    work.rows("clients.csv", &rows);
    work.run(SYNC).expect(0);

    let counts = work.run("verify --json").expect(0).json()["counts"].clone();

    assert_eq!(
        (&counts["succeeded"], &counts["compared"], &counts["read"]),
        (&2.into(), &2.into(), &1.into())
    );
    assert_eq!(server.tally().reads, 1);
}

#[test]
fn a_throttled_reader_waits_and_comes_to_its_end() {
    let server = Server::with(|options| {
        options.quota = Some(Quota {
            requests: 3,
            window: Duration::from_secs(1),
        });
    });
    let work = Workdir::against(&server);
    work.export("clients.csv", 5);
    work.run(SYNC).expect(0);

    let done = work.run("verify --json").expect(0);

    assert_eq!(done.json()["counts"]["same"], 5);
    assert!(server.tally().throttled > 0);
    done.complains(&["the API asks to wait (429)"]);
}

#[test]
fn a_reader_that_is_refused_or_finds_nobody_says_so_and_how_far_it_came() {
    let (server, work) = delivered();
    let url = server.url();
    let refused = Workdir::new()
        .with_address(&url)
        .with("ACA_SYNC_API_KEY", "cc_forbidden_0123");
    let journal = work.state().join("journal.db");
    let refused = refused
        .run(&format!("verify --journal {}", journal.display()))
        .expect(77);
    drop(server);
    let alone = work.run("verify --give-up-after 0s").expect(69);

    assert!(
        refused
            .stdout
            .contains("stopped before the last 3: the API refused the key"),
        "{}",
        refused.stdout
    );
    assert!(
        alone.stdout.contains("the API cannot be reached"),
        "{}",
        alone.stdout
    );
}

#[test]
fn a_run_is_read_back_from_where_it_was_sent_to() {
    let (server, work) = delivered();
    let other = Server::new();

    let elsewhere = work
        .run(&format!("verify --base-url {}", other.url()))
        .expect(64);
    let none = Workdir::against(&server).run("verify").expect(64);

    elsewhere.complains(&["run 1 belongs to the account default at http://127.0.0.1"]);
    none.complains(&["there is no journal at"]);
    assert_eq!((server.tally().reads, other.tally().reads), (0, 0));
}

#[test]
fn a_rehearsal_is_read_back_from_the_sandbox() {
    let work = Workdir::new();
    work.export("clients.csv", 5);
    work.run(&format!("{SYNC} --sandbox")).expect(0);

    let done = work.run("verify --sandbox").expect(0);

    assert!(
        done.stdout
            .contains("5 customers read back, all as they were sent"),
        "{}",
        done.stdout
    );
}

#[test]
fn a_run_that_is_being_sent_is_read_back_later() {
    let server = Server::failing("slow=86400000@2");
    let work = Workdir::against(&server);
    work.export("clients.csv", 20);
    let mut running = work.start(&format!("{SYNC} --batch-size 10 --concurrency 1"));
    assert!(running.wait_until(|| server.tally().requests >= 2));

    let busy = work.run("verify").expect(75);

    busy.complains(&["another run is using"]);
    assert_eq!(server.tally().reads, 0);
    running.kill();
}

/// The id of the customer that HealthSherpa knows by that one.
fn id_of(server: &Server, known_as: &str) -> String {
    let customer = server.customer(known_as).unwrap();
    customer["id"].as_str().unwrap().to_owned()
}

#[test]
fn one_customer_is_shown_and_who_looked_is_on_record() {
    let (server, work) = delivered();
    let id = id_of(&server, "2");

    let text = work.run(&format!("customer {id} -vv")).expect(0);
    let json = work.run(&format!("customer {id} --json")).expect(0).json();

    let lines: Vec<&str> = text.stdout.lines().collect();
    let holds = |name: &str, value: &str| {
        lines
            .iter()
            .any(|line| line.split_whitespace().collect::<Vec<_>>() == [name, value])
    };
    assert!(
        holds("firstName", "Bo") && holds("callerId", "+13055550123"),
        "{}",
        text.stdout
    );
    assert!(
        lines.contains(&"policy 1") && holds("healthSherpaPolicyId", "P2"),
        "{}",
        text.stdout
    );
    assert!(!text.stderr.contains("5550123") && !text.stdout.contains("null"));
    assert_eq!(json["schema_version"], 1);
    assert_eq!(
        (
            &json["customer"]["firstName"],
            &json["customer"]["policies"][0]["status"]
        ),
        (&"Bo".into(), &"Active".into())
    );
    let looks: Vec<_> = audit(&work)
        .into_iter()
        .filter(|(verb, _)| verb == "customer")
        .collect();
    assert_eq!(
        looks,
        vec![("customer".to_owned(), "shows one customer".to_owned()); 2]
    );
}

#[test]
fn a_customer_is_asked_for_by_an_id_that_the_api_can_have_given() {
    let (server, work) = delivered();

    for id in [
        "1001",
        "../sync/aca",
        "1b9d6bcd-bbfd-9b2d-9b5d-ab8dfbbd4bed",
    ] {
        work.run(&format!("customer {id}"))
            .expect(64)
            .complains(&["write a UUID such as"]);
    }
    let unknown = "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed";
    let done = work.run(&format!("customer {unknown}")).expect(3);

    done.complains(&["the API knows no customer of that id"]);
    assert_eq!((done.stdout.as_str(), server.tally().reads), ("", 1));
}

#[test]
fn a_customer_can_be_shown_before_there_is_a_journal_and_out_of_the_sandbox() {
    let (server, _work) = delivered();
    let id = id_of(&server, "1");
    let new = Workdir::new()
        .with_address(&server.url())
        .with("ACA_SYNC_API_KEY", KEY);
    let rehearsing = Workdir::new();
    rehearsing.rows("clients.csv", &[client("1", "Ana", "P1")]);
    rehearsing.run(&format!("{SYNC} --sandbox")).expect(0);

    let shown = new.run(&format!("customer {id}")).expect(0);
    let rehearsed = rehearsing
        .run(&format!("customer {id} --sandbox"))
        .expect(0);

    assert!(shown.stdout.contains("Ana") && rehearsed.stdout.contains("Ana"));
    assert_eq!(audit(&new).len(), 1);
}

//! Rows of one customer, in one file or several: one record, in parts that keep their order.

use std::time::Duration;

use serde_json::Value;

use crate::support::{
    Server, Workdir, balanced, client,
    relay::{Event, Relay},
};

/// The rows of a customer with eleven policies.
fn eleven(id: &'static str) -> Vec<[&'static str; 8]> {
    const POLICIES: [&str; 11] = [
        "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11",
    ];
    POLICIES.map(|policy| client(id, "Ana", policy)).to_vec()
}

fn is_of(record: &Value, id: &str) -> bool {
    record["healthSherpaCustomerId"] == id
}

#[test]
fn eleven_policies_go_in_two_requests_one_after_the_other() {
    let server = Server::new();
    let relay = Relay::to(&server, Duration::from_millis(5));
    let work = Workdir::against(&server).with_address(relay.url());
    let mut rows = eleven("1");
    rows.extend(["2", "3", "4", "5", "6", "7"].map(|id| client(id, "Bo", id)));
    work.rows("clients.csv", &rows);

    let books = work
        .run("sync clients.csv --mapping map.toml --batch-size 1 --json")
        .expect(0)
        .json();

    assert_eq!(balanced(&books)["records"]["succeeded"], 8);
    let mut order = Vec::new();
    let mut most_under_way = 0;
    let mut under_way = 0;
    for event in relay.events() {
        under_way += if matches!(event, Event::Came(_)) {
            1
        } else {
            -1
        };
        most_under_way = most_under_way.max(under_way);
        let (Event::Came(records) | Event::Answered(records)) = &event;
        if is_of(&records[0], "1") {
            let policies = records[0]["policies"].as_array().unwrap().len();
            order.push((matches!(event, Event::Came(_)), policies));
        }
    }
    assert_eq!(order, [(true, 10), (false, 10), (true, 1), (false, 1)]);
    assert!(most_under_way > 1, "nothing else was under way meanwhile");
    assert_eq!(
        server.customer("1").unwrap()["policies"]
            .as_array()
            .unwrap()
            .len(),
        11
    );
}

#[test]
fn the_second_part_waits_while_the_first_is_in_doubt() {
    let server = Server::failing("garbage@1");
    let work = Workdir::against(&server);
    work.rows("clients.csv", &eleven("1"));

    let first = work.run("sync clients.csv --mapping map.toml --give-up-after 0s --json");
    let policies = server.tally().policies;
    let second = work.run("resume --resend-after 0s --json");

    let first = first.expect(69).json();
    let records = &balanced(&first)["records"];
    assert_eq!(
        (&records["in_doubt"], &records["pending"]),
        (&1.into(), &1.into())
    );
    assert_eq!(policies, 10);
    assert_eq!(
        balanced(&second.expect(0).json())["records"]["succeeded"],
        2
    );
    assert_eq!((server.tally().customers, server.tally().policies), (1, 11));
}

#[test]
fn a_plan_switch_becomes_one_customer_with_both_policies() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.fixture("healthsherpa/clients.csv");

    work.run("sync clients.csv --mapping map.toml").expect(0);

    let customers = server.customers();
    let switched = customers
        .iter()
        .map(|one| one["policies"].as_array().unwrap());
    let switched: Vec<_> = switched.filter(|policies| policies.len() == 2).collect();
    assert_eq!(switched.len(), 12);
    for policies in switched {
        let mut statuses =
            [&policies[0], &policies[1]].map(|policy| policy["status"].as_str().unwrap());
        statuses.sort_unstable();
        assert_eq!(statuses, ["Active", "Terminated"]);
    }
}

#[test]
fn a_rejected_row_holds_the_record_of_its_customer_back() {
    let server = Server::new();
    let work = Workdir::against(&server);
    let mut broken = client("1", "Ana", "P2");
    broken[7] = "2/30/2026";
    work.rows(
        "clients.csv",
        &[client("1", "Ana", "P1"), client("2", "Bo", "P3"), broken],
    );

    work.run("sync clients.csv --mapping map.toml").expect(3);
    let shown = work.run("show --json").expect(0).json();

    assert_eq!(balanced(&shown)["records"]["held"], 1);
    assert_eq!(shown["findings"]["held"][0]["code"], "record.row_rejected");
    assert_eq!(shown["findings"]["held"][0]["first"][0]["row"], 2);
    assert_eq!(shown["findings"]["rejected"][0]["code"], "date.impossible");
    assert!(server.customer("1").is_none() && server.customer("2").is_some());
}

#[test]
fn several_files_are_one_run_and_their_rows_find_one_another() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.rows(
        "one.csv",
        &[client("1", "Ana", "P1"), client("2", "Bo", "P2")],
    );
    work.rows(
        "two.csv",
        &[client("2", "Bo", "P3"), client("3", "Cy", "nope, twice")],
    );

    let books = work
        .run("sync one.csv two.csv --mapping map.toml --json")
        .expect(3)
        .json();
    let shown = work.run("show").expect(0).stdout;

    assert_eq!(balanced(&books)["rows"]["read"], 4);
    assert_eq!(
        (&books["records"]["succeeded"], &books["rows"]["rejected"]),
        (&2.into(), &1.into())
    );
    assert!(shown.contains("two.csv:3"), "{shown}");
    assert_eq!(
        server.customer("2").unwrap()["policies"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[test]
fn one_file_under_two_names_is_refused() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.fixture("healthsherpa/clients.csv");
    std::fs::copy(work.path("clients.csv"), work.path("copy.csv")).unwrap();

    let done = work
        .run("sync clients.csv copy.csv --mapping map.toml")
        .expect(65);

    done.complains(&[
        "clients.csv and copy.csv have the same content",
        "hint: name it once",
    ]);
    assert_eq!(server.tally().requests, 0);
}

#[test]
fn files_with_other_columns_are_refused() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.fixture("healthsherpa/clients.csv");
    work.rows("other.csv", &[client("1", "Ana", "P1")]);

    let done = work
        .run("sync clients.csv other.csv --mapping map.toml")
        .expect(65);

    done.complains(&["clients.csv and other.csv have different columns", "hint:"]);
    assert_eq!(server.tally().requests, 0);
}

/// A placeholder in the id column: were its rows merged, a whole book would become one customer.
#[test]
fn a_key_that_hundreds_of_rows_share_is_none_and_costs_those_rows_only() {
    let server = Server::new();
    let work = Workdir::against(&server);
    let mut rows = vec![client("0", "Ana", "P"); 501];
    rows.extend(vec![client("1", "Bo", "Q"); 500]);
    work.rows("clients.csv", &rows);

    let books = work
        .run("sync clients.csv --mapping map.toml --allow max_rejected --json")
        .expect(3)
        .json();
    let found = work.run("show --json").expect(0).json();

    let rows = &balanced(&books)["rows"];
    assert_eq!(
        (&rows["rejected"], &rows["staged"]),
        (&501.into(), &500.into())
    );
    let group = &found["findings"]["rejected"][0];
    assert_eq!(
        (&group["code"], &group["count"]),
        (&"record.too_many_rows".into(), &501.into())
    );
    assert_eq!(server.tally().customers, 1);
    assert!(server.customer("0").is_none());
}

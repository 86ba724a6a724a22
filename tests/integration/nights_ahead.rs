//! What a night's file changes and what it will do: counted, written down, foreseen, and stopped.

use std::{fs, os::unix::fs::PermissionsExt};

use serde_json::{Value, json};

use crate::{
    nights::{ANA, Client, MAPPING, clients, night, office, states, write, write_many},
    support::{Server, Workdir},
};

/// Two nights: in the second file a status, an agent, a policy and a customer are not what they were.
fn two_nights(work: &Workdir) -> Value {
    let other = |id, policy| Client { id, policy, ..ANA };
    let first = [(2, "P2"), (2, "P2b"), (3, "P3"), (4, "P4")].map(|(id, policy)| other(id, policy));
    write(work, "1.csv", &[&[ANA], &first[..]].concat());
    night(work, "1.csv", 0);
    let lost = Client {
        npn: "555",
        ..other(2, "P2")
    };
    let ended = Client {
        status: "Terminated",
        ..ANA
    };
    write(work, "2.csv", &[ended, lost, other(4, "P4")]);
    night(work, "2.csv", 0)
}

#[test]
fn changes_worth_an_eye_are_counted() {
    let server = Server::new();
    let work = office(&server);

    let json = two_nights(&work);
    let shown = work.run("show").expect(0);

    let expected = json!({
        "agent_lost": 1, "status_changed": 1, "policy_vanished": 1, "customer_vanished": 1,
        "ended_by_api": 0, "status_overwritten": 0,
    });
    let found = (&json["changes"], &json["agents_lost"]);
    assert_eq!(found, (&expected, &json!({ "1234567": 1 })));
    assert!(
        shown.stdout.contains("  changes   1 policy lost an own agent (1234567: 1), 1 policy with another status, 1 policy gone from their customers, 1 customer gone from the export, left alone\n"),
        "{}",
        shown.stdout
    );
    let vanished = server.customer("3").unwrap();
    assert_eq!(vanished["policies"][0]["status"], "Active", "left alone");
}

#[test]
fn the_profile_says_whose_agents_are_missed_where_the_mapping_does_not() {
    let server = Server::new();
    let work = office(&server);
    work.write(
        "map.toml",
        MAPPING.replace("own_npns = [\"1234567\", \"7654321\"]\n", ""),
    );
    let nobody_s = two_nights(&work)["changes"]["agent_lost"].clone();
    work.write(
        "aca-sync.toml",
        "default_profile = \"miami\"\n[profile.miami]\nnpns = [\"1234567\"]\n",
    );
    let own = two_nights(&work);

    assert_eq!(nobody_s, 0);
    assert_eq!(own["agents_lost"], json!({ "1234567": 1 }));
}

#[test]
fn changes_are_written_for_their_owner_alone() {
    let server = Server::new();
    let work = office(&server);
    two_nights(&work);

    work.run("show --changes changes.csv").expect(0);
    let again = work.run("show --changes changes.csv").expect(64);

    let path = work.path("changes.csv");
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let id = |id: &str| {
        let customer = server.customer(id).unwrap();
        customer["id"].as_str().unwrap().to_owned()
    };
    let expected = format!(
        "\u{feff}change,file,run,row,before,after,customer_id,policy_id\n\
         agent_lost,2.csv,2,3,1234567,555,{two},\n\
         customer_vanished,1.csv,1,5,,,{three},\n\
         policy_vanished,2.csv,2,3,Active,,{two},\n\
         status_changed,2.csv,2,2,Active,Terminated,{one},\n",
        one = id("1"),
        two = id("2"),
        three = id("3"),
    );
    assert_eq!(fs::read_to_string(path).unwrap(), expected);
    again.complains(&["changes.csv: the file is there already"]);
}

#[test]
fn what_the_api_ends_is_foreseen_and_compared() {
    let server = Server::new();
    let work = office(&server);
    let old = Client {
        since: "2020-01-01",
        ..ANA
    };
    write(&work, "1.csv", &[old]);
    let first = night(&work, "1.csv", 0);
    let new = Client {
        policy: "P1new",
        ..ANA
    };
    let stranger = Client {
        id: 2,
        policy: "P2",
        ..ANA
    };
    write(&work, "2.csv", &[old, new, stranger]);
    let checked = work
        .run("check 2.csv --mapping map.toml --json")
        .expect(0)
        .json();
    let json = night(&work, "2.csv", 0);
    let shown = work.run("show --changes ended.csv").expect(0);

    assert_eq!(
        (
            &first["forecast"]["customers_new"],
            &first["forecast"]["customers_unknown"]
        ),
        (&1.into(), &1.into())
    );
    assert_eq!(json["forecast"], checked["forecast"]);
    let forecast = json!({
        "pending": 2, "resent": 1, "customers_new": 1, "customers_unknown": 1, "policies_new": 1,
        "policies_unknown": 1, "customers_losing": 1, "policies_ending": 1, "opt_outs": 0, "held_as_refused": 0,
    });
    assert_eq!(json["forecast"], forecast);
    assert_eq!(json["delivered"]["policies_ended"], 1);
    assert_eq!(json["changes"]["ended_by_api"], 1);
    assert!(
        shown.stdout.contains("  delivered 1 customer updated, 1 created; policies 2 created, 0 updated, 1 ended by the API; foreseen: 1 customer not delivered before, 1 policy new to their customers, 1 policy to be ended by that, unknown what ends for 1 customer\n"),
        "{}",
        shown.stdout
    );
    let text = fs::read_to_string(work.path("ended.csv")).unwrap();
    assert!(
        text.contains("ended_by_api,2.csv,2,2,Active,Terminated,"),
        "{text}"
    );
}

#[test]
fn what_an_older_release_delivered_is_of_unknown_past() {
    let server = Server::new();
    let work = office(&server);
    write(&work, "1.csv", &[ANA]);
    night(&work, "1.csv", 0);
    write(
        &work,
        "2.csv",
        &[Client {
            first: "Anna",
            ..ANA
        }],
    );
    night(&work, "2.csv", 0);
    // Its releases wrote down no facts.
    let journal = rusqlite::Connection::open(work.state().join("journal.db")).unwrap();
    journal
        .execute_batch("UPDATE known SET facts = NULL; UPDATE records SET facts = NULL")
        .unwrap();
    drop(journal);
    write(
        &work,
        "3.csv",
        &[Client {
            first: "Anne",
            ..ANA
        }],
    );

    let json = night(&work, "3.csv", 0);

    let forecast = &json["forecast"];
    let told = [
        "customers_new",
        "customers_unknown",
        "policies_new",
        "policies_unknown",
    ];
    assert_eq!(
        told.map(|name| forecast[name].as_u64().unwrap()),
        [0, 1, 0, 1]
    );
}

#[test]
fn a_run_that_could_create_or_end_too_much_is_stopped() {
    let server = Server::new();
    let work = office(&server);
    let guarded = |guards: &str| {
        work.write(
            "map.toml",
            MAPPING.replace("[guard]\n", &format!("[guard]\n{guards}\n")),
        );
    };
    guarded("max_created = 2\nmax_terminations = 2");
    let old = |id, policy| Client {
        id,
        policy,
        since: "2020-01-01",
        ..ANA
    };
    let book = [old(1, "P1"), old(2, "P2"), old(3, "P3")];
    write(&work, "1.csv", &book);
    let first = work.run("sync 1.csv --mapping map.toml").expect(4);
    let created = server.tally().customers;
    night(
        &work,
        "1.csv --allow max_created=3 --allow max_terminations",
        0,
    );
    let renewed = book.map(|client| Client {
        since: "2026-01-01",
        ..client
    });
    let mut second = book.to_vec();
    for (client, policy) in renewed.iter().zip(["N1", "N2", "N3"]) {
        second.push(Client { policy, ..*client });
    }
    write(&work, "2.csv", &second);
    let ended = work.run("sync 2.csv --mapping map.toml").expect(4);

    assert_eq!(created, 0, "nothing was sent");
    first.complains(&[
        "max_created: 3 customers were never delivered by this journal",
        "max_terminations: new policies could end 0 older ones of 0 customers, and an unknown number of 3 customers",
        "at most 2 are expected",
        "--allow max_created --allow max_terminations",
    ]);
    ended.complains(&["the guard max_terminations: new policies could end 3 older ones of 3 customers, and an unknown number of 0 customers"]);
}

#[test]
fn a_changed_mapping_does_not_send_the_book_again_unasked() {
    let server = Server::new();
    let work = office(&server).with("ACA_SYNC_RATE", "60/min");
    write_many(&work, "1.csv", &clients(150));
    night(&work, "1.csv --rate 1000000/s", 0);
    work.write(
        "map.toml",
        format!("{MAPPING}\n[custom_fields]\nsource = {{ value = \"nights\" }}\n"),
    );
    write_many(&work, "2.csv", &clients(151));

    let stopped = work.run("sync 2.csv --mapping map.toml").expect(4);
    let checked = work.run("check 2.csv --mapping map.toml").expect(4);
    let allowed = night(&work, "2.csv --allow rebaseline=150", 0);
    write_many(&work, "3.csv", &clients(152));
    let after = night(&work, "3.csv", 0);

    stopped.complains(&["the guard rebaseline: the mapping changed since the last run, and 150 of 150 records would be sent again: 2 requests, at once; at most 20% are expected"]);
    assert!(
        checked.stdout.contains("would stop  rebaseline"),
        "{}",
        checked.stdout
    );
    assert_eq!(states(&allowed, &["succeeded", "unchanged"]), [151, 0]);
    assert_eq!(
        states(&after, &["succeeded", "unchanged"]),
        [1, 151],
        "asked once"
    );
}

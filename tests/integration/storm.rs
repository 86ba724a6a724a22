//! Everything at once: faults of every kind strewn over a run that is killed on the way. However it comes,
//! the books balance, only what was applied has succeeded, and nothing is there twice.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail their test"
)]

use std::{collections::BTreeSet, thread};

use serde_json::Value;

use crate::support::{
    Server, Workdir, balanced,
    generator::{Plan, Share, write_export},
};

/// The faults of one storm, each falling on its own few requests.
fn faults(seed: u64) -> String {
    const KINDS: [&str; 9] = [
        "500",
        "502",
        "503",
        "reset",
        "applied-reset",
        "applied-500",
        "truncate",
        "garbage",
        "missing",
    ];
    let strewn = (0..)
        .zip(KINDS)
        .map(|(number, kind)| format!("{kind}@p:0.02:{}", 10 * seed + number));
    let chosen = ["fail=every:97", "refuse=0000012", "refuse-unnamed=0000007"].map(str::to_owned);
    strewn.chain(chosen).collect::<Vec<_>>().join(";")
}

fn export(seed: u64) -> Vec<u8> {
    let plan = Plan {
        rows: 400,
        seed,
        switches: Share::percent(10),
        dirty: Share::percent(5),
    };
    let mut bytes = Vec::new();
    write_export(&plan, &mut bytes).unwrap();
    bytes
}

/// All values of a member, and how many different ones.
fn counted<'a>(items: impl Iterator<Item = &'a Value>, member: &str) -> (usize, usize) {
    let values: Vec<&str> = items.filter_map(|item| item[member].as_str()).collect();
    (values.len(), values.iter().collect::<BTreeSet<_>>().len())
}

fn weather(seed: u64) {
    let server = Server::failing(&faults(seed));
    let work = Workdir::against(&server);
    work.write("clients.csv", export(seed));
    let line = "sync clients.csv --mapping map.toml --batch-size 10 --resend-after 0s --json";

    for more in [5 + seed, 9] {
        let heard = server.tally().requests + more;
        let mut running = work.start(line);
        assert!(running.wait_until(|| server.tally().requests >= heard));
        running.kill();
        balanced(&work.run("show --json").expect(0).json());
    }
    let books = work.run(line).expect(3).json();

    let records = &balanced(&books)["records"];
    let count = |state: &str| records[state].as_u64().unwrap();
    assert_eq!(
        (count("pending"), count("in_flight")),
        (0, 0),
        "{seed}: {records}"
    );
    let dump = server.dump();
    let applied = dump["applied_bodies"]["distinct"].as_u64().unwrap();
    let most = count("succeeded") + count("failed") + count("in_doubt");
    assert!(
        (count("succeeded")..=most).contains(&applied),
        "{seed}: {records} {applied}"
    );
    let customers = dump["customers"].as_array().unwrap();
    let policies = customers
        .iter()
        .flat_map(|one| one["policies"].as_array().unwrap());
    for (all, different) in [
        counted(customers.iter(), "healthSherpaCustomerId"),
        counted(policies, "healthSherpaPolicyId"),
    ] {
        assert!(all == different && all > 300, "{seed}: {all} {different}");
    }
}

#[test]
fn whatever_comes_nothing_is_lost_and_nothing_is_there_twice() {
    // Most of a storm is waiting, so several pass at a time.
    thread::scope(|scope| {
        for seed in 1..=4 {
            scope.spawn(move || weather(seed));
        }
    });
}

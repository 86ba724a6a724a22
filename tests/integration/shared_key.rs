//! Real processes with journals of their own and one key, against a server that counts.

use std::time::Duration;

use aca_sync::sandbox::Quota;

use crate::support::{Server, Workdir, balanced, client};

const QUOTA: u32 = 20;
const EACH: usize = 250;
const FLAGS: &str = "--rate 20/s --batch-size 10 --resend-after 0s --json";

/// A server that takes so many requests in any second.
fn counting() -> Server {
    Server::with(|options| {
        options.quota = Some(Quota {
            requests: QUOTA,
            window: Duration::from_secs(1),
        });
    })
}

/// Writes an export whose customers are in no other one.
fn export(work: &Workdir, name: &str) {
    let ids: Vec<[String; 2]> = (0..EACH)
        .map(|number| [format!("{name}{number}"), format!("P{name}{number}")])
        .collect();
    let rows: Vec<_> = ids
        .iter()
        .map(|[id, policy]| client(id, "Ana", policy))
        .collect();
    work.rows(&format!("{name}.csv"), &rows);
}

fn sync(name: &str) -> String {
    format!("sync {name}.csv --mapping map.toml --journal {name}.db {FLAGS}")
}

#[test]
fn three_processes_keep_one_quota_while_one_is_killed_and_started_again() {
    let server = counting();
    let work = Workdir::against(&server);
    for name in ["a", "b", "c"] {
        export(&work, name);
    }

    let (one, mut killed, other) = (
        work.start(&sync("a")),
        work.start(&sync("b")),
        work.start(&sync("c")),
    );
    assert!(killed.wait_until(|| server.tally().requests >= 30));
    killed.kill();
    let again = work.start(&sync("b"));

    for running in [one, again, other] {
        let books = running.finish().expect(0).json();
        assert_eq!(balanced(&books)["records"]["succeeded"], EACH);
        assert_eq!(books["requests"]["throttled"], 0);
    }
    let tally = server.tally();
    assert_eq!(tally.throttled, 0);
    assert_eq!(tally.customers, 3 * EACH as u64);
    assert_eq!(tally.policies, 3 * EACH as u64);
}

#[test]
fn a_run_that_fits_goes_at_once_and_the_next_process_waits_for_its_slots() {
    let server = counting();
    let work = Workdir::against(&server);
    export(&work, "a");
    export(&work, "b");

    // Each takes 13 requests: the second finds seven slots.
    let flags = "--rate 20/s --batch-size 20 --json";
    for name in ["a", "b"] {
        let line = format!("sync {name}.csv --mapping map.toml --journal {name}.db {flags}");
        let books = work.run(&line).expect(0).json();
        assert_eq!(balanced(&books)["records"]["succeeded"], EACH);
    }

    let tally = server.tally();
    assert_eq!((tally.requests, tally.throttled), (26, 0));
}

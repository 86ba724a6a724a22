//! `kill -9` at every step of `retry`: nothing is lost, and no policy is there twice.

use std::thread;

use crate::support::{Server, Workdir, balanced, client, death::Fate};

const LINE: &str = "retry --only all --resend-after 0s";

const STEPS: [&str; 14] = [
    "journal.locked",
    "journal.prepared",
    "audit.written",
    "retry.written",
    "retry.committed",
    "claim.written",
    "claim.committed",
    "request.leaving",
    "request.answered",
    "answer.judged",
    "settle.written",
    "settle.committed",
    "run.finished",
    "end.noted",
];

/// Kills the command at a step, and lets it come to its end after that.
fn play(step: &str) {
    let server = Server::failing("fail=C@1");
    let work = Workdir::against(&server);
    work.rows(
        "clients.csv",
        &[client("C1", "Ana", "P1"), client("C2", "Bo", "P2")],
    );
    work.run("sync clients.csv --mapping map.toml --resend-after 0s")
        .expect(3);

    let fate = work.run_to_death(LINE, &[step]);
    assert!(matches!(&fate, Fate::Died(at) if at == step), "{fate:?}");
    for line in [LINE, "resume --resend-after 0s"] {
        work.run(line).expect(0);
    }

    let shown = work.run("show --json").expect(0).json();
    assert_eq!(
        balanced(&shown).pointer("/records/succeeded").unwrap(),
        2,
        "{step}"
    );
    let tally = server.tally();
    assert_eq!((tally.customers, tally.policies), (2, 2), "{step}");
}

#[test]
fn a_kill_at_any_step_of_retry_loses_nothing_and_makes_nothing_twice() {
    thread::scope(|scope| {
        for step in STEPS {
            scope.spawn(move || play(step));
        }
    });
}

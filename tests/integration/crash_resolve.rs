//! `kill -9` at every step of `resolve --verify`: what was applied is not sent again, what was not is sent once.

use std::thread;

use crate::{
    resolve::{in_doubt, policies, states_of},
    support::death::Fate,
};

const LINE: &str = "resolve --verify --resend-after 0s";

/// Before anything is settled, when it is, and at the end.
const ALWAYS: [&str; 9] = [
    "journal.locked",
    "journal.prepared",
    "fold.written",
    "fold.committed",
    "audit.written",
    "resolve.written",
    "resolve.committed",
    "sending.timed",
    "end.noted",
];

/// What turned out not to be applied is sent.
const SENDING: [&str; 8] = [
    "claim.written",
    "claim.committed",
    "request.leaving",
    "request.answered",
    "answer.judged",
    "settle.written",
    "settle.committed",
    "run.finished",
];

/// Kills the command at a step, and lets it come to its end after that.
fn play(fault: &str, step: &str) {
    let (server, work) = in_doubt(fault);

    let fate = work.run_to_death(LINE, &[step]);
    assert!(matches!(&fate, Fate::Died(at) if at == step), "{fate:?}");
    for line in [LINE, "resume --resend-after 0s"] {
        work.run(line).expect(0);
    }

    let states = states_of(&work, 2);
    assert_eq!(states, [("succeeded".to_owned(), 1)], "{fault} {step}");
    let began = policies(&server);
    assert_eq!(began, ["2026-01-01", "2026-06-01"], "{fault} {step}");
}

#[test]
fn a_kill_at_any_step_of_resolve_makes_no_policy_twice_and_loses_none() {
    thread::scope(|scope| {
        for step in ALWAYS {
            scope.spawn(move || play("applied-reset", step));
        }
        for step in ALWAYS.into_iter().chain(SENDING) {
            scope.spawn(move || play("reset", step));
        }
    });
}

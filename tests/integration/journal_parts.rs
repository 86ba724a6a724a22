//! Parts of one customer: they leave one after another, whatever lies between them.

use aca_sync::{
    journal::{Journal, RequestResult},
    record::{Outcome, RunId, State},
};

use crate::support::{
    Given, NOON, SUCCEEDED, Shelf, TIMED_OUT, claim, failed, given, id, pending_numbers, send,
    settlement, stage, succeed_all,
};

/// Parts of one customer with these bodies.
fn parts(bodies: &[&str]) -> Vec<Given> {
    (0..)
        .zip(bodies)
        .map(|(number, body)| Given {
            part: number + 1,
            previous: number.checked_sub(1),
            ..given(1, body)
        })
        .collect()
}

fn settle_first(journal: &mut Journal, run: RunId, outcome: Option<&Outcome>) {
    send(journal, &[id(run, 0)], RequestResult::Settled, outcome);
}

#[test]
fn a_part_waits_until_the_one_before_it_is_settled() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    let run = stage(&mut journal, &parts(&["{}", "{\"a\":2}"]));
    assert_eq!(pending_numbers(&journal, run), [0], "part 1 is pending");

    let request = claim(&mut journal, &[id(run, 0)]);
    assert!(
        pending_numbers(&journal, run).is_empty(),
        "part 1 is in flight"
    );

    let mut step = journal.step().unwrap();
    let doubtful = vec![(id(run, 0), Some(TIMED_OUT))];
    step.settle(&settlement(request, RequestResult::Doubtful, doubtful))
        .unwrap();
    step.commit().unwrap();
    assert!(
        pending_numbers(&journal, run).is_empty(),
        "part 1 is in doubt"
    );
    assert!(!journal.finish_if_done(run, 4, NOON).unwrap());

    let mut step = journal.step().unwrap();
    step.requeue(&[id(run, 0)], State::InDoubt).unwrap();
    step.commit().unwrap();
    settle_first(&mut journal, run, Some(&SUCCEEDED));
    assert_eq!(pending_numbers(&journal, run), [1], "part 1 has succeeded");
}

#[test]
fn a_part_follows_one_that_failed_and_not_one_that_goes_again() {
    for (outcome, next) in [(Some(failed("no")), 1), (None, 0)] {
        let shelf = Shelf::new();
        let mut journal = shelf.open();
        let run = stage(&mut journal, &parts(&["{}", "{\"a\":2}"]));

        settle_first(&mut journal, run, outcome.as_ref());

        assert_eq!(pending_numbers(&journal, run), [next]);
    }
}

/// The part between has not changed and is settled from the start; the one before it is not.
#[test]
fn a_part_waits_for_every_part_before_it() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    let first = stage(
        &mut journal,
        &parts(&["{\"a\":1}", "{\"a\":2}", "{\"a\":3}"]),
    );
    for number in 0..3 {
        assert_eq!(pending_numbers(&journal, first), [number]);
        send(
            &mut journal,
            &[id(first, number)],
            RequestResult::Settled,
            Some(&SUCCEEDED),
        );
    }
    succeed_all(&mut journal, first, NOON);

    let second = stage(
        &mut journal,
        &parts(&["{\"b\":1}", "{\"a\":2}", "{\"b\":3}"]),
    );

    assert_eq!(shelf.states(second), ["pending", "unchanged", "pending"]);
    assert_eq!(pending_numbers(&journal, second), [0]);
    let request = claim(&mut journal, &[id(second, 0)]);
    assert!(pending_numbers(&journal, second).is_empty());
    let mut step = journal.step().unwrap();
    let succeeded = vec![(id(second, 0), Some(SUCCEEDED))];
    step.settle(&settlement(request, RequestResult::Settled, succeeded))
        .unwrap();
    step.commit().unwrap();
    assert_eq!(pending_numbers(&journal, second), [2]);
}

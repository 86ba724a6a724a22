//! Records whose outcome is lost: what keeps them in doubt, and what settles them, all at once or not at all.

#![expect(clippy::unwrap_used, reason = "a broken helper fails its test")]

use aca_sync::{
    contract::CustomerId,
    journal::{AuditEntry, Doubtful, Error, Journal, Named, RequestResult, Resolution},
    record::{RunId, State},
};

use crate::support::{
    Given, MOST_ATTEMPTS, NOON, SUCCEEDED, Shelf, TIMED_OUT, full_plan, given, id, pending, send,
    stage, stage_as, succeeded_as,
};

const OLD: &str = "{\"city\":\"Miami\"}";
const NEW: &str = "{\"city\":\"Tampa\"}";
const ID: &str = "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed";

const ENTRY: AuditEntry<'_> = AuditEntry {
    user: "ana",
    host: "here",
    verb: "resolve",
    run: None,
    details: "",
};

/// A record that is not harmless to send again.
fn harmful(key: u8, body: &str) -> Given {
    Given {
        harmless: false,
        ..given(key, body)
    }
}

/// A run of these, all of them in doubt and none to be sent again.
fn doubted(journal: &mut Journal, records: &[Given]) -> RunId {
    let run = stage(journal, records);
    let ids: Vec<_> = pending(journal, run).iter().map(|out| out.id).collect();
    send(journal, &ids, RequestResult::Doubtful, Some(&TIMED_OUT));
    assert!(journal.finish_if_done(run, MOST_ATTEMPTS, NOON).unwrap());
    run
}

fn known_id() -> CustomerId {
    CustomerId::parse(ID).unwrap()
}

#[test]
fn a_record_in_doubt_stays_so_while_the_newer_one_is_held_for_it() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    let older = doubted(&mut journal, &[harmful(1, OLD), harmful(2, OLD)]);

    let newer = stage(&mut journal, &[harmful(1, NEW)]);
    assert_eq!(shelf.states(older), ["in_doubt", "in_doubt"]);
    assert_eq!(shelf.states(newer), ["held"]);

    let newest = stage(&mut journal, &[given(1, NEW)]);
    assert_eq!(shelf.states(older), ["in_doubt", "in_doubt"]);
    assert_eq!(
        (shelf.states(newer), shelf.states(newest)),
        (vec!["superseded".to_owned()], vec!["held".to_owned()])
    );

    let full = stage_as(&mut journal, &full_plan(), &[harmful(1, NEW)]);
    assert_eq!(shelf.states(full), ["pending"]);
    assert_eq!(
        shelf.states(older),
        ["superseded", "in_doubt"],
        "it goes past the doubt"
    );
    for run in [older, newer, newest, full] {
        assert_eq!(journal.books(run).unwrap().imbalance(), None);
    }
}

#[test]
fn what_is_known_of_a_customer_says_by_which_id_to_ask() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    let first = stage(
        &mut journal,
        &[harmful(1, OLD), harmful(2, OLD), harmful(3, OLD)],
    );
    for (number, outcome) in [
        (0, succeeded_as(ID)),
        (1, succeeded_as("c-2")),
        (2, SUCCEEDED),
    ] {
        send(
            &mut journal,
            &[id(first, number)],
            RequestResult::Settled,
            Some(&outcome),
        );
    }
    let second = doubted(
        &mut journal,
        &[harmful(1, NEW), harmful(2, NEW), harmful(3, NEW)],
    );
    stage(&mut journal, &[harmful(3, NEW)]);

    let found = journal.doubtful(second).unwrap();

    let customers: Vec<Named> = found.iter().map(|one| one.customer).collect();
    assert_eq!(
        customers,
        [Named::By(known_id()), Named::Otherwise, Named::Nothing]
    );
    let overtaken: Vec<bool> = found.iter().map(|one| one.overtaken).collect();
    assert_eq!(overtaken, [false, false, true]);
    assert_eq!((found[1].rows.as_slice(), found[1].since), (&[3][..], NOON));
}

fn decide(
    journal: &mut Journal,
    run: RunId,
    resolution: Resolution,
) -> Result<aca_sync::journal::Settled, Error> {
    let found = journal.doubtful(run)?;
    let decided: Vec<(&Doubtful, Resolution)> = found.iter().map(|one| (one, resolution)).collect();
    journal.resolve(&decided, Some(&ENTRY), NOON)
}

#[test]
fn each_decision_survives_a_power_cut_and_opens_the_way_for_the_next_body() {
    for (resolution, state, same, other) in [
        (
            Resolution::Applied(known_id()),
            "succeeded",
            "unchanged",
            "pending",
        ),
        (Resolution::NotApplied, "pending", "pending", "pending"),
        (Resolution::Resend, "pending", "pending", "pending"),
        (Resolution::Skip, "failed", "pending", "pending"),
    ] {
        for (body, expected) in [(OLD, same), (NEW, other)] {
            let shelf = Shelf::new();
            let mut journal = shelf.open();
            let run = doubted(&mut journal, &[harmful(1, OLD)]);
            decide(&mut journal, run, resolution).unwrap();

            let crashed = shelf.after_a_crash();
            let mut recovered = crashed.open();

            assert_eq!(crashed.states(run), [state]);
            assert_eq!(crashed.count("audit"), 1);
            assert_eq!(recovered.books(run).unwrap().imbalance(), None);
            let next = stage(&mut recovered, &[harmful(1, body)]);
            assert_eq!(crashed.states(next), [expected], "{resolution:?} {body}");
        }
    }
}

#[test]
fn what_goes_again_begins_to_count_anew_and_its_run_is_not_over() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    let run = doubted(&mut journal, &[harmful(1, OLD)]);

    decide(&mut journal, run, Resolution::Resend).unwrap();

    let again = pending(&journal, run);
    assert_eq!((again.len(), again[0].attempts), (1, 0));
    let open = journal
        .unfinished_runs("main", "sync-aca", "https://api.example.com")
        .unwrap();
    assert_eq!(open.len(), 1);
}

#[test]
fn decisions_are_made_together_or_not_at_all() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    let run = doubted(&mut journal, &[harmful(1, OLD), harmful(2, OLD)]);
    let found = journal.doubtful(run).unwrap();
    let mut step = journal.step().unwrap();
    step.requeue(&[id(run, 1)], State::InDoubt).unwrap();
    step.commit().unwrap();

    let decided: Vec<_> = found.iter().map(|one| (one, Resolution::Skip)).collect();
    let refused = journal.resolve(&decided, Some(&ENTRY), NOON);

    assert!(
        matches!(refused, Err(Error::StateMoved { .. })),
        "{refused:?}"
    );
    assert_eq!(shelf.states(run), ["in_doubt", "pending"]);
    assert_eq!(shelf.count("audit"), 0);
    assert_eq!(shelf.count("known WHERE in_doubt = 1"), 2);
}

#[test]
fn a_newer_record_is_let_go_only_where_that_is_certain_to_do_no_harm() {
    let (skip, not_applied) = (Resolution::Skip, Resolution::NotApplied);
    for (why, resolution, newer, ruin, expected) in [
        ("not applied", not_applied, harmful(1, NEW), "", "pending"),
        (
            "a person's word",
            Resolution::Resend,
            harmful(1, NEW),
            "",
            "pending",
        ),
        ("harmless anyway", skip, given(1, NEW), "", "pending"),
        (
            "it may be there twice then",
            skip,
            harmful(1, NEW),
            "",
            "held",
        ),
        (
            "held for something else",
            not_applied,
            harmful(1, NEW),
            "UPDATE records SET code = 'policy.without_id' WHERE state = 15",
            "held",
        ),
        (
            "its body is gone",
            not_applied,
            harmful(1, NEW),
            "UPDATE runs SET spool = 0 WHERE id = 2",
            "held",
        ),
        (
            "another part is in doubt",
            not_applied,
            harmful(1, NEW),
            "INSERT INTO known (account, target, address, key, part, in_doubt, seen_run)
             SELECT account, target, address, key, 2, 1, 1 FROM known",
            "held",
        ),
    ] {
        let shelf = Shelf::new();
        let mut journal = shelf.open();
        let older = doubted(&mut journal, &[harmful(1, OLD)]);
        let newer = stage(&mut journal, &[newer]);
        shelf.raw().execute_batch(ruin).unwrap();

        let settled = decide(&mut journal, older, resolution).unwrap();

        assert_eq!(shelf.states(newer), [expected], "{why}");
        assert_eq!(
            settled.released.len(),
            usize::from(expected == "pending"),
            "{why}"
        );
        assert_eq!(settled.waiting, u64::from(expected == "held"), "{why}");
        assert_ne!(shelf.states(older), ["in_doubt"], "{why}");
    }
}

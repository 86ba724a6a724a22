//! The baseline: what succeeded is not sent twice, what is uncertain is sent again, nothing older
//! goes over something newer.

#![expect(clippy::unwrap_used, reason = "a broken helper fails its test")]

use aca_sync::{
    journal::{Journal, RequestResult, RunPlan},
    problem::Code,
    record::{Outcome, RunId, State},
};

use crate::support::{
    Given, NOON, SUCCEEDED, Shelf, TIMED_OUT, claim, customers, failed, full_plan, given, id,
    pending_numbers, plan, send, stage, stage_as, succeed_all, succeeded_as,
};

const OLD: &str = r#"{"a":1}"#;
const NEW: &str = r#"{"a":2}"#;

/// A run of one customer with that body, which ends in that way.
fn run_of(journal: &mut Journal, body: &str, result: RequestResult, outcome: &Outcome) -> RunId {
    let run = stage(journal, &[given(1, body)]);
    assert_eq!(pending_numbers(journal, run), [0]);
    send(journal, &[id(run, 0)], result, Some(outcome));
    journal.finish_if_done(run, 1, NOON).unwrap();
    run
}

fn delivered(journal: &mut Journal, body: &str) -> RunId {
    run_of(journal, body, RequestResult::Settled, &SUCCEEDED)
}

fn state_of(shelf: &Shelf, run: RunId) -> String {
    shelf.states(run).remove(0)
}

#[test]
fn what_succeeded_and_has_not_changed_is_not_sent_again() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    delivered(&mut journal, OLD);

    for _ in 0..2 {
        let same = stage(&mut journal, &[given(1, OLD), given(2, OLD)]);
        assert_eq!(shelf.states(same), ["unchanged", "pending"]);
    }
    let changed = stage(&mut journal, &[given(1, NEW)]);
    assert_eq!(state_of(&shelf, changed), "pending");
    let full = stage_as(&mut journal, &full_plan(), &[given(1, OLD)]);
    assert_eq!(state_of(&shelf, full), "pending", "all is asked for");
}

#[test]
fn the_baseline_is_the_last_body_that_succeeded() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    delivered(&mut journal, OLD);
    delivered(&mut journal, NEW);

    let back = stage(&mut journal, &[given(1, OLD)]);

    assert_eq!(state_of(&shelf, back), "pending");
}

/// After an earlier success of the same body, and one more try of a new one.
#[test]
fn trouble_voids_the_baseline_unless_the_request_was_refused() {
    for (why, result, outcome, expected) in [
        (
            "failed inside a 2xx",
            RequestResult::Settled,
            Some(failed("no")),
            "pending",
        ),
        (
            "in doubt",
            RequestResult::Doubtful,
            Some(TIMED_OUT),
            "pending",
        ),
        (
            "in doubt inside a 2xx",
            RequestResult::Settled,
            Some(TIMED_OUT),
            "pending",
        ),
        (
            "refused",
            RequestResult::Refused,
            Some(failed("no")),
            "unchanged",
        ),
        (
            "refused for another one",
            RequestResult::Refused,
            None,
            "unchanged",
        ),
        ("not sent", RequestResult::NotSent, None, "unchanged"),
    ] {
        let shelf = Shelf::new();
        let mut journal = shelf.open();
        delivered(&mut journal, OLD);
        let trouble = stage(&mut journal, &[given(1, NEW)]);
        send(&mut journal, &[id(trouble, 0)], result, outcome.as_ref());

        let again = stage(&mut journal, &[given(1, OLD)]);

        assert_eq!(state_of(&shelf, again), expected, "{why}");
    }
}

#[test]
fn a_crash_voids_the_baseline_of_what_was_in_flight() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    let first = stage(&mut journal, &customers(2));
    succeed_all(&mut journal, first, NOON);
    let again = stage_as(&mut journal, &full_plan(), &customers(2));
    claim(&mut journal, &[id(again, 0)]);

    let crashed = shelf.after_a_crash();

    let run = stage(&mut crashed.open(), &customers(2));
    assert_eq!(crashed.states(run), ["pending", "unchanged"]);
}

/// The older run is still open, so it is looked through again, and its success is older than the doubt.
#[test]
fn a_voided_baseline_is_not_brought_back_by_an_older_run() {
    for crash in [false, true] {
        let shelf = Shelf::new();
        let mut journal = shelf.open();
        let older = stage(&mut journal, &[given(1, OLD), given(2, OLD)]);
        send(
            &mut journal,
            &[id(older, 0)],
            RequestResult::Settled,
            Some(&SUCCEEDED),
        );
        let newer = stage(&mut journal, &[given(1, NEW)]);
        assert_eq!(shelf.states(older), ["succeeded", "pending"]);
        if crash {
            claim(&mut journal, &[id(newer, 0)]);
            drop(journal);
            journal = shelf.open();
        } else {
            send(
                &mut journal,
                &[id(newer, 0)],
                RequestResult::Doubtful,
                Some(&TIMED_OUT),
            );
        }

        let newest = stage(&mut journal, &[given(1, OLD)]);

        assert_eq!(state_of(&shelf, newest), "pending");
    }
}

#[test]
fn an_older_run_that_ends_later_does_not_undo_what_a_newer_one_delivered() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    let older = stage(&mut journal, &[given(1, OLD), given(2, OLD)]);
    send(
        &mut journal,
        &[id(older, 0)],
        RequestResult::Settled,
        Some(&SUCCEEDED),
    );
    delivered(&mut journal, NEW);
    succeed_all(&mut journal, older, NOON);

    let newest = stage(&mut journal, &[given(1, NEW), given(2, OLD)]);

    assert_eq!(shelf.states(newest), ["unchanged", "unchanged"]);
}

#[test]
fn a_success_after_doubt_is_a_baseline_again() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    let run = run_of(&mut journal, OLD, RequestResult::Doubtful, &TIMED_OUT);
    let mut step = journal.step().unwrap();
    step.requeue(&[id(run, 0)], State::InDoubt).unwrap();
    step.commit().unwrap();
    succeed_all(&mut journal, run, NOON);

    let again = stage(&mut journal, &[given(1, OLD)]);

    assert_eq!(state_of(&shelf, again), "unchanged");
}

/// One journal may serve several accounts, and one account at several addresses.
#[test]
fn a_baseline_is_an_account_s_a_target_s_and_an_address_s_own() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    delivered(&mut journal, OLD);
    for elsewhere in others() {
        let run = stage_as(&mut journal, &elsewhere, &[given(1, OLD)]);
        assert_eq!(state_of(&shelf, run), "pending", "{elsewhere:?}");
    }
    let other_mapping = RunPlan {
        mapping: "policies".to_owned(),
        ..plan()
    };

    let same = stage_as(&mut journal, &other_mapping, &[given(1, OLD)]);

    assert_eq!(state_of(&shelf, same), "unchanged");
}

/// Runs that are another's business.
fn others() -> [RunPlan; 3] {
    [
        RunPlan {
            account: "other".to_owned(),
            ..plan()
        },
        RunPlan {
            target: "update-customer",
            ..plan()
        },
        RunPlan {
            address: "https://staging.example.com".to_owned(),
            ..plan()
        },
    ]
}

/// What `check` stages into is made beside the journal that `sync` would use.
#[test]
fn a_journal_made_beside_another_knows_its_baseline_and_changes_nothing() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    delivered(&mut journal, OLD);
    let open = stage(&mut journal, &[given(2, OLD), given(3, OLD)]);
    send(
        &mut journal,
        &[id(open, 0)],
        RequestResult::Settled,
        Some(&SUCCEEDED),
    );

    let mut beside = Journal::temporary(Some(&shelf.path())).unwrap();
    let run = stage(&mut beside, &[given(1, OLD), given(2, OLD), given(3, OLD)]);

    let records = beside.books(run).unwrap().records;
    assert_eq!((records.unchanged, records.pending), (2, 1));
    assert_eq!(shelf.count("runs"), 2);
    assert_eq!(shelf.states(open), ["succeeded", "pending"]);
    assert_eq!(shelf.count("known"), 1, "what is not folded stays so");
}

#[test]
fn the_api_s_id_of_a_customer_is_kept_when_a_later_answer_does_not_tell_it() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    let told = succeeded_as("c-1");
    run_of(&mut journal, OLD, RequestResult::Settled, &told);
    delivered(&mut journal, NEW);
    stage(&mut journal, &[]);

    let known: String = shelf
        .raw()
        .query_row("SELECT customer_id FROM known", [], |row| row.get(0))
        .unwrap();

    assert_eq!(known, "c-1");
}

/// One record in each state that a run can leave behind; the newer run carries all customers but one.
#[test]
fn a_newer_run_supersedes_what_older_ones_have_not_delivered() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    let held = Given {
        hazard: Some(Code::PolicyWithoutId),
        ..given(4, OLD)
    };
    let records = [customers(4), vec![held], vec![given(5, OLD)]].concat();
    let older = stage(&mut journal, &records);
    send(
        &mut journal,
        &[id(older, 0)],
        RequestResult::Settled,
        Some(&SUCCEEDED),
    );
    send(
        &mut journal,
        &[id(older, 1)],
        RequestResult::Settled,
        Some(&failed("no")),
    );
    send(
        &mut journal,
        &[id(older, 2)],
        RequestResult::Doubtful,
        Some(&TIMED_OUT),
    );
    let before = [
        "succeeded",
        "failed",
        "in_doubt",
        "pending",
        "held",
        "pending",
    ];
    for elsewhere in others() {
        stage_as(&mut journal, &elsewhere, &records);
        assert_eq!(shelf.states(older), before, "{elsewhere:?}");
    }

    let newer = stage(&mut journal, &records[..5]);

    assert_eq!(
        shelf.states(older),
        [
            "succeeded",
            "superseded",
            "superseded",
            "superseded",
            "superseded",
            "pending"
        ]
    );
    let books = journal.books(older).unwrap();
    assert_eq!((books.imbalance(), books.records.superseded), (None, 4));
    assert_eq!(pending_numbers(&journal, older), [5]);
    assert_eq!(shelf.states(newer).len(), 5);
}

//! What the API says it changed: added up by request, its policies listed once, and with the success or not
//! at all.

#![expect(clippy::unwrap_used, reason = "a broken helper fails its test")]

use aca_sync::{
    journal::{EffectsBooks, Journal, RequestResult},
    record::{Applied, ChangeKind, Effects, Outcome, PolicyChange, RunId},
};

use crate::support::{
    NOON, SUCCEEDED, Shelf, TIMED_OUT, claim, customers, failed, id, pending_numbers, send,
    settlement, stage, succeeded_as,
};

fn change(kind: ChangeKind, place: Option<u16>) -> PolicyChange {
    PolicyChange {
        kind,
        policy_id: place.map(|place| format!("p-{place}")),
        from: "Active".to_owned(),
        to: "Terminated".to_owned(),
        place,
    }
}

/// A success whose answer tells of one policy made, two updated, and these changes.
fn told(created: Option<bool>, changes: Vec<PolicyChange>) -> Outcome {
    Outcome::Succeeded(Applied {
        customer_id: None,
        policies: Vec::new(),
        effects: Some(Effects {
            customer_created: created,
            policies_created: 1,
            policies_updated: 2,
            changes,
        }),
    })
}

fn settle(journal: &mut Journal, run: RunId, outcomes: Vec<Option<Outcome>>) {
    let ids: Vec<_> = (0..)
        .map(|number| id(run, number))
        .take(outcomes.len())
        .collect();
    let request = claim(journal, &ids);
    let records = ids.into_iter().zip(outcomes).collect();
    let mut step = journal.step().unwrap();
    step.settle(&settlement(request, RequestResult::Settled, records))
        .unwrap();
    step.commit().unwrap();
}

#[test]
fn what_the_answers_tell_is_added_up_over_the_requests_of_a_run() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    let run = stage(&mut journal, &customers(8));
    assert_eq!(journal.effects(run).unwrap(), EffectsBooks::default());

    settle(
        &mut journal,
        run,
        vec![
            Some(told(Some(true), Vec::new())),
            Some(told(Some(false), vec![change(ChangeKind::Ended, None)])),
            Some(succeeded_as("c-1")),
            Some(failed("no")),
            Some(TIMED_OUT),
            None,
        ],
    );
    let sent = [id(run, 6), id(run, 7)];
    send(
        &mut journal,
        &sent,
        RequestResult::Settled,
        Some(&told(None, vec![change(ChangeKind::Flipped, Some(0))])),
    );

    let expected = EffectsBooks {
        told: 4,
        customers_created: Some(1),
        customers_updated: Some(1),
        policies_created: Some(4),
        policies_updated: Some(8),
        policies_ended: Some(1),
    };
    assert_eq!(journal.effects(run).unwrap(), expected);
    assert_eq!(shelf.reader().effects(run).unwrap(), expected);
    assert_eq!(journal.effects(RunId(run.0 + 1)).unwrap().told, 0);
    let states = shelf.states(run);
    assert_eq!(states[..2], ["succeeded", "succeeded"], "without an id too");
}

#[test]
fn an_answer_that_tells_nothing_is_not_one_that_changed_nothing() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    let run = stage(&mut journal, &customers(2));

    send(
        &mut journal,
        &[id(run, 0)],
        RequestResult::Settled,
        Some(&SUCCEEDED),
    );
    assert_eq!(journal.effects(run).unwrap(), EffectsBooks::default());

    let nothing = Outcome::Succeeded(Applied {
        customer_id: None,
        policies: Vec::new(),
        effects: Some(Effects::default()),
    });
    send(
        &mut journal,
        &[id(run, 1)],
        RequestResult::Settled,
        Some(&nothing),
    );
    let expected = EffectsBooks {
        told: 1,
        policies_created: Some(0),
        policies_updated: Some(0),
        policies_ended: Some(0),
        ..EffectsBooks::default()
    };
    assert_eq!(journal.effects(run).unwrap(), expected);
}

#[test]
fn policies_with_another_status_are_listed_by_row_and_in_order() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    let run = stage(&mut journal, &customers(3));
    let first = vec![
        change(ChangeKind::Ended, Some(9)),
        change(ChangeKind::Flipped, None),
    ];
    let second = vec![change(ChangeKind::Ended, Some(0))];
    settle(
        &mut journal,
        run,
        vec![
            Some(told(None, first.clone())),
            Some(told(None, Vec::new())),
            Some(told(None, second.clone())),
        ],
    );

    let changed = journal.policy_changes(run).unwrap();

    let rows: Vec<_> = changed
        .iter()
        .map(|one| (one.id.number, one.spot.source, one.spot.row))
        .collect();
    assert_eq!(rows, [(0, 0, 2), (0, 0, 2), (2, 0, 4)]);
    let listed: Vec<_> = changed.into_iter().map(|one| one.change).collect();
    assert_eq!(listed, [first, second].concat());
}

#[test]
fn what_was_sent_again_is_told_once_by_the_request_that_succeeded() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    let run = stage(&mut journal, &customers(1));
    let record = [id(run, 0)];
    send(
        &mut journal,
        &record,
        RequestResult::Doubtful,
        Some(&TIMED_OUT),
    );
    let mut step = journal.step().unwrap();
    step.requeue(&record, aca_sync::record::State::InDoubt)
        .unwrap();
    step.commit().unwrap();
    assert_eq!(pending_numbers(&journal, run), [0]);

    let outcome = told(Some(false), vec![change(ChangeKind::Ended, None)]);
    send(
        &mut journal,
        &record,
        RequestResult::Settled,
        Some(&outcome),
    );

    assert_eq!(journal.effects(run).unwrap().told, 1);
    assert_eq!(journal.policy_changes(run).unwrap().len(), 1);
}

#[test]
fn a_settlement_that_was_not_committed_tells_nothing() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    let run = stage(&mut journal, &customers(1));
    let request = claim(&mut journal, &[id(run, 0)]);
    let outcome = told(Some(true), vec![change(ChangeKind::Ended, None)]);
    let records = vec![(id(run, 0), Some(outcome))];
    let mut step = journal.step().unwrap();
    step.settle(&settlement(request, RequestResult::Settled, records))
        .unwrap();
    let crashed = shelf.after_a_crash();
    drop(step);

    for journal in [journal, crashed.open_at(NOON).unwrap()] {
        assert_eq!(journal.effects(run).unwrap(), EffectsBooks::default());
        assert_eq!(journal.policy_changes(run).unwrap(), []);
    }
}

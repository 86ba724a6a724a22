//! Open records: what could close each, and that none goes over a newer one, whichever was there first.

use aca_sync::{
    journal::{AuditEntry, OpenKind, OpenRecord, RequestResult},
    problem::Code,
    record::State,
};

use crate::support::{
    Given, MOST_ATTEMPTS, NOON, Shelf, TIMED_OUT, claim, failed, given, id, pending_numbers, send,
    settlement, stage,
};

const ENTRY: AuditEntry<'_> = AuditEntry {
    user: "ana",
    host: "here",
    verb: "retry",
    run: None,
    details: "",
};

fn kinds(open: &[OpenRecord]) -> Vec<(u32, OpenKind)> {
    let kinds = open.iter().map(|record| (record.id.number, record.kind));
    kinds.collect()
}

#[test]
fn an_open_record_says_what_could_close_it() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    let held = |key, code| Given {
        hazard: Some(code),
        ..given(key, "{}")
    };
    let harmful = Given {
        harmless: false,
        ..given(3, "{}")
    };
    let run = stage(
        &mut journal,
        &[
            given(0, "{}"),
            given(1, "{}"),
            given(2, "{}"),
            harmful,
            held(4, Code::PolicyWithoutId),
            held(5, Code::IdentifierSeveral),
            held(6, Code::RecordInDoubt),
        ],
    );
    for (number, result, outcome) in [
        (0, RequestResult::Settled, failed("no")),
        (1, RequestResult::Refused, failed("no")),
        (2, RequestResult::Doubtful, TIMED_OUT),
        (3, RequestResult::Doubtful, TIMED_OUT),
    ] {
        send(&mut journal, &[id(run, number)], result, Some(&outcome));
    }

    let open = journal.open_records(run).unwrap();

    assert_eq!(
        kinds(&open),
        [
            (0, OpenKind::Transient),
            (1, OpenKind::Refused),
            (2, OpenKind::Transient),
            (3, OpenKind::InDoubt),
            (4, OpenKind::Held),
            (5, OpenKind::ToCorrect),
            (6, OpenKind::InDoubt),
        ]
    );
    assert_eq!(open[0].rows, [2]);
}

/// The older one was under way when the newer file was read, and failed only then.
#[test]
fn a_record_that_failed_after_a_newer_one_was_read_is_left_to_that() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    let older = stage(&mut journal, &[given(1, "{\"n\":1}"), given(2, "{}")]);
    let both = [id(older, 0), id(older, 1)];
    let request = claim(&mut journal, &both);
    let newer = stage(&mut journal, &[given(1, "{\"n\":2}")]);
    let outcomes = both.map(|id| (id, Some(failed("no")))).to_vec();
    let mut step = journal.step().unwrap();
    step.settle(&settlement(request, RequestResult::Settled, outcomes))
        .unwrap();
    step.commit().unwrap();
    assert!(journal.finish_if_done(older, MOST_ATTEMPTS, NOON).unwrap());

    let open = journal.open_records(older).unwrap();
    let chosen: Vec<&OpenRecord> = open.iter().collect();
    let retried = journal.retry(&chosen, &ENTRY, NOON).unwrap();

    assert_eq!((retried.pending, retried.superseded), (1, 1));
    assert_eq!(shelf.states(older), ["superseded", "pending"]);
    assert_eq!(pending_numbers(&journal, newer), [0]);
    assert_eq!(shelf.count("audit"), 1);
    // A second word about the same records finds them elsewhere, and changes nothing.
    assert!(journal.retry(&chosen, &ENTRY, NOON).is_err());
    assert_eq!(shelf.states(older), ["superseded", "pending"]);
}

/// All its tries are used up: it gets them anew, and leaves doubt only when it is sent.
#[test]
fn what_is_in_doubt_stays_so_until_it_leaves() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    let run = stage(&mut journal, &[given(1, "{}")]);
    for attempt in 1..=MOST_ATTEMPTS {
        send(
            &mut journal,
            &[id(run, 0)],
            RequestResult::Doubtful,
            Some(&TIMED_OUT),
        );
        if attempt < MOST_ATTEMPTS {
            let mut step = journal.step().unwrap();
            step.requeue(&[id(run, 0)], State::InDoubt).unwrap();
            step.commit().unwrap();
        }
    }
    assert!(journal.finish_if_done(run, MOST_ATTEMPTS, NOON).unwrap());
    assert!(journal.resendable(run, MOST_ATTEMPTS).unwrap().is_empty());

    let open = journal.open_records(run).unwrap();
    let chosen: Vec<&OpenRecord> = open.iter().collect();
    journal.retry(&chosen, &ENTRY, NOON).unwrap();

    assert_eq!(shelf.states(run), ["in_doubt"]);
    assert_eq!(journal.resendable(run, MOST_ATTEMPTS).unwrap().len(), 1);
    assert!(!journal.finish_if_done(run, MOST_ATTEMPTS, NOON).unwrap());
}

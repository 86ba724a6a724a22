//! What outlives a crash, and who may work on a journal meanwhile.

#![expect(clippy::unwrap_used, reason = "a broken helper fails its test")]

use aca_sync::{
    journal::{Error, Journal, RequestResult, Resendable, RunState},
    record::{RunId, State},
};

use crate::support::{
    Given, MOST_ATTEMPTS, NOON, SUCCEEDED, Shelf, TIMED_OUT, claim, customers, failed, given, id,
    pending, pending_numbers, send, stage, succeed_all,
};

fn counts(journal: &Journal, run: RunId) -> (u64, u64, u64) {
    let books = journal.books(run).unwrap();
    assert_eq!(books.imbalance(), None);
    let records = books.records;
    (records.pending, records.in_flight, records.in_doubt)
}

#[test]
fn a_claim_is_seen_by_others_once_it_is_committed_and_not_before() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    let run = stage(&mut journal, &customers(5));
    let reader = shelf.reader();

    let mut step = journal.step().unwrap();
    step.claim(&[id(run, 0), id(run, 1)], false, NOON).unwrap();
    assert_eq!(counts(&reader, run), (5, 0, 0));
    step.commit().unwrap();

    assert_eq!(counts(&reader, run), (3, 2, 0));
    assert_eq!(counts(&journal, run), (3, 2, 0));
    assert_eq!(pending_numbers(&reader, run), [2, 3, 4]);
}

#[test]
fn what_was_in_flight_at_a_crash_is_in_doubt() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    let run = stage(&mut journal, &customers(4));
    send(
        &mut journal,
        &[id(run, 3)],
        RequestResult::Settled,
        Some(&SUCCEEDED),
    );
    claim(&mut journal, &[id(run, 1), id(run, 2)]);

    let crashed = shelf.after_a_crash();

    let reader = crashed.reader();
    assert_eq!(counts(&reader, run), (1, 0, 2), "a reader sees it as it is");
    let told = reader.records_by_code(run, State::InDoubt).unwrap();
    assert_eq!(
        (told[0].code.as_str(), told[0].count),
        ("doubt.program_ended", 2)
    );
    drop(reader);
    let recovered = crashed.open();
    assert_eq!(
        crashed.states(run),
        ["pending", "in_doubt", "in_doubt", "succeeded"]
    );
    assert_eq!(counts(&recovered, run), (1, 0, 2));
    assert_eq!(
        recovered.records_by_code(run, State::InDoubt).unwrap(),
        told
    );
    assert_eq!(
        recovered.books(run).unwrap().requests.sent,
        2,
        "it may have left"
    );
    let mut bodies = recovered.pending(run).unwrap();
    let again = recovered.outgoing(&mut bodies, &[id(run, 2)]).unwrap();
    assert_eq!(again[0].body, customers(4)[2].body.as_bytes());
    assert_eq!(again[0].attempts, 1);
}

#[test]
fn a_step_that_was_not_committed_is_not_there_after_a_crash() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    let run = stage(&mut journal, &customers(2));
    let mut step = journal.step().unwrap();
    step.claim(&[id(run, 0)], false, NOON).unwrap();

    let crashed = shelf.after_a_crash();

    drop(step);
    let recovered = crashed.open();
    assert_eq!(counts(&recovered, run), (2, 0, 0));
    assert_eq!(crashed.count("requests WHERE run > 0"), 0);
}

/// A person sends the failed records of a run again that was over, and the power goes.
#[test]
fn a_run_whose_records_are_pending_again_is_not_over_any_more() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    let run = stage(&mut journal, &customers(2));
    send(
        &mut journal,
        &[id(run, 0)],
        RequestResult::Settled,
        Some(&failed("no")),
    );
    succeed_all(&mut journal, run, NOON);
    assert_eq!(journal.run(None).unwrap().state, RunState::Finished);

    let mut step = journal.step().unwrap();
    step.requeue(&[id(run, 0)], State::Failed).unwrap();
    step.commit().unwrap();

    let seen = journal.run(None).unwrap();
    assert_eq!((seen.state, seen.finished_at), (RunState::Sending, None));
    let open = journal
        .unfinished_runs("main", "sync-aca", "https://api.example.com")
        .unwrap();
    assert_eq!(open.len(), 1);
    claim(&mut journal, &[id(run, 0)]);
    let crashed = shelf.after_a_crash();
    let mut recovered = crashed.open();
    assert_eq!(crashed.states(run), ["in_doubt", "succeeded"]);
    let mut step = recovered.step().unwrap();
    step.requeue(&[id(run, 0)], State::InDoubt).unwrap();
    step.commit().unwrap();
    succeed_all(&mut recovered, run, NOON);
    let unchanged = stage(&mut recovered, &customers(2));
    assert_eq!(crashed.states(unchanged), ["unchanged", "unchanged"]);
}

#[test]
fn a_second_process_is_told_who_has_the_journal() {
    let shelf = Shelf::new();
    let journal = shelf.open();

    let Err(Error::Locked { path, holder }) = shelf.open_at(NOON) else {
        panic!("two at a time");
    };

    assert_eq!(path, shelf.path());
    assert_eq!(
        holder,
        format!("process {}, sync since noon", std::process::id())
    );
    drop(journal);
    assert!(shelf.open_at(NOON).is_ok(), "the lock goes with its holder");
}

#[test]
fn a_reader_sees_in_flight_while_somebody_works_and_in_doubt_when_nobody_does() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    let run = stage(&mut journal, &customers(2));
    claim(&mut journal, &[id(run, 0)]);

    assert_eq!(counts(&shelf.reader(), run), (1, 1, 0));
    drop(journal);
    assert_eq!(counts(&shelf.reader(), run), (1, 0, 1));
    assert_eq!(
        shelf.states(run),
        ["in_flight", "pending"],
        "reading changes nothing"
    );
}

#[test]
fn a_reader_changes_nothing() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    let run = stage(&mut journal, &customers(1));
    let mut reader = shelf.reader();

    assert!(reader.note_end(run, 0, false).is_err());
    assert!(
        reader
            .step()
            .and_then(|mut step| step.claim(&[id(run, 0)], false, NOON))
            .is_err()
    );
    assert_eq!(journal.run(None).unwrap().exit, None);
}

#[test]
fn only_what_is_harmless_and_not_sent_too_often_may_go_again() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    let harmful = Given {
        harmless: false,
        ..given(9, "{}")
    };
    let run = stage(&mut journal, &[customers(3), vec![harmful]].concat());
    let doubtful = Some(&TIMED_OUT);
    send(
        &mut journal,
        &[id(run, 2), id(run, 3)],
        RequestResult::Doubtful,
        doubtful,
    );
    send(
        &mut journal,
        &[id(run, 0), id(run, 1)],
        RequestResult::Doubtful,
        doubtful,
    );
    let found = |journal: &Journal, most| -> Vec<(u32, u32)> {
        let found = journal.resendable(run, most).unwrap();
        found
            .iter()
            .map(|again| (again.id.number, again.attempts))
            .collect()
    };
    assert_eq!(found(&journal, MOST_ATTEMPTS), [(2, 1), (0, 1), (1, 1)]);

    let mut step = journal.step().unwrap();
    step.requeue(&[id(run, 1)], State::InDoubt).unwrap();
    step.commit().unwrap();
    send(
        &mut journal,
        &[id(run, 1)],
        RequestResult::Doubtful,
        doubtful,
    );

    assert_eq!(found(&journal, MOST_ATTEMPTS), [(2, 1), (0, 1), (1, 2)]);
    assert_eq!(found(&journal, 2), [(2, 1), (0, 1)]);
    let first: Vec<Resendable> = journal.resendable(run, 2).unwrap();
    assert_ne!(first[0].request, first[1].request);
    assert_eq!(first[0].since, NOON);
    assert!(!journal.finish_if_done(run, 2, NOON).unwrap());
    assert!(
        journal.finish_if_done(run, 1, NOON).unwrap(),
        "nothing may go again"
    );
}

/// Nothing of it was applied, whether it never left or was refused for another record's sake.
#[test]
fn a_request_of_which_nothing_was_applied_costs_its_records_no_attempt() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    let run = stage(&mut journal, &customers(2));
    let attempts = |journal: &Journal| -> Vec<u32> {
        pending(journal, run)
            .iter()
            .map(|out| out.attempts)
            .collect()
    };

    send(
        &mut journal,
        &[id(run, 0), id(run, 1)],
        RequestResult::NotSent,
        None,
    );
    assert_eq!(attempts(&journal), [0, 0]);

    send(&mut journal, &[id(run, 0)], RequestResult::Refused, None);
    assert_eq!(attempts(&journal), [0, 0]);
}

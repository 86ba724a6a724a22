//! A record's states: only along the arrows, and never half of a step.

#![expect(clippy::unwrap_used, reason = "a broken helper fails its test")]

use aca_sync::{
    journal::{Error, RequestResult},
    record::{Doubt, Outcome, RecordId, State},
};
use rusqlite::{Connection, params};

use crate::support::{
    NOON, SUCCEEDED, Shelf, claim, customers, failed, id, settlement, stage, succeeded_as,
};

/// A record in that state, past everything that watches over states but the table's own checks.
fn insert(
    raw: &Connection,
    state: i64,
    (request, attempts, code): (Option<i64>, i64, Option<&str>),
) -> rusqlite::Result<i64> {
    raw.execute("DELETE FROM records", [])?;
    raw.query_row(
        "INSERT INTO records (id, key, fingerprint, state, harmless, source, row, rows, block, slot, request, attempts, code)
         VALUES (7, zeroblob(16), zeroblob(16), ?1, 1, 0, 2, 1, 0, 0, ?2, ?3, ?4) RETURNING id",
        params![state, request.unwrap_or(NO_REQUEST), attempts, code],
        |row| row.get(0),
    )
}

/// The entry of `requests` that stands for none.
const NO_REQUEST: i64 = 1 << 23;

fn raw_journal(shelf: &Shelf) -> Connection {
    drop(shelf.open());
    shelf.raw()
}

#[test]
fn the_database_refuses_every_move_that_no_arrow_draws() {
    let shelf = Shelf::new();
    let raw = raw_journal(&shelf);
    for from in State::ALL {
        for to in State::ALL {
            insert(&raw, from.code(), (Some(1), 1, Some("x"))).unwrap();

            let moved = raw.execute("UPDATE records SET state = ?1", [to.code()]);

            let arrow = format!("{} to {}", from.as_str(), to.as_str());
            assert_eq!(moved.is_ok(), from.may_become(*to), "{arrow}");
            let now: i64 = raw
                .query_row("SELECT state FROM records", [], |row| row.get(0))
                .unwrap();
            assert_eq!(
                now,
                if moved.is_ok() {
                    to.code()
                } else {
                    from.code()
                },
                "{arrow}"
            );
        }
    }
}

#[test]
fn the_database_knows_the_states_by_the_same_names() {
    let shelf = Shelf::new();
    let raw = raw_journal(&shelf);
    let mut statement = raw
        .prepare("SELECT code, name FROM states ORDER BY code")
        .unwrap();
    let stored = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    let stored: Vec<(i64, String)> = stored.map(Result::unwrap).collect();

    let ours: Vec<_> = State::ALL
        .iter()
        .map(|state| (state.code(), state.as_str().to_owned()))
        .collect();

    assert_eq!(stored, ours);
}

/// What was sent names its request; what is not as it should be says why.
#[test]
fn the_database_refuses_records_that_cannot_be() {
    let shelf = Shelf::new();
    let raw = raw_journal(&shelf);
    for state in State::ALL {
        let was_sent = [
            State::InFlight,
            State::Succeeded,
            State::Failed,
            State::InDoubt,
        ]
        .contains(state);
        let needs_code = [State::Failed, State::InDoubt, State::Held].contains(state);
        let code = state.code();
        let name = state.as_str();

        assert!(
            insert(&raw, code, (Some(1), 1, Some("x"))).is_ok(),
            "{name}"
        );
        assert_eq!(
            insert(&raw, code, (None, 1, Some("x"))).is_err(),
            was_sent,
            "{name}: no request"
        );
        assert_eq!(
            insert(&raw, code, (Some(1), 0, Some("x"))).is_err(),
            was_sent,
            "{name}: never sent"
        );
        assert_eq!(
            insert(&raw, code, (Some(1), 1, None)).is_err(),
            needs_code,
            "{name}: no code"
        );
    }
    for state in [-1, 8] {
        assert!(insert(&raw, state, (Some(1), 1, Some("x"))).is_err());
    }
}

#[test]
fn a_step_that_meets_a_record_in_another_state_changes_nothing() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    let run = stage(&mut journal, &customers(4));
    let request = claim(&mut journal, &[id(run, 1)]);
    let all: Vec<_> = (0..4).map(|number| id(run, number)).collect();
    let moved = |result| match result {
        Err(Error::StateMoved { expected, found }) => (expected, found),
        other => panic!("{other:?}"),
    };

    let mut step = journal.step().unwrap();
    assert_eq!(moved(step.claim(&all, false, NOON).map(drop)), (4, 3));
    drop(step);
    let mut step = journal.step().unwrap();
    assert_eq!(moved(step.requeue(&all, State::Failed)), (4, 0));
    drop(step);
    let mut step = journal.step().unwrap();
    let outcomes = all.iter().map(|id| (*id, Some(SUCCEEDED))).collect();
    assert_eq!(
        moved(step.settle(&settlement(request, RequestResult::Settled, outcomes))),
        (4, 1)
    );
    drop(step);
    let mut step = journal.step().unwrap();
    assert_eq!(
        moved(step.claim(&[id(run, 0), id(run, 0)], false, NOON).map(drop)),
        (2, 1)
    );
    drop(step);

    assert_eq!(
        shelf.states(run),
        ["pending", "in_flight", "pending", "pending"]
    );
    assert_eq!(shelf.count("requests WHERE run > 0"), 1);
    assert_eq!(journal.books(run).unwrap().requests.sent, 0);
}

/// Records of one request that end in every way at once, in an order that parts the ranges.
#[test]
fn one_answer_settles_each_record_in_its_own_way() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    let run = stage(&mut journal, &customers(8));
    let all: Vec<_> = [3, 0, 1, 2, 7, 6, 5].map(|number| id(run, number)).to_vec();
    let request = claim(&mut journal, &all);
    let with_id = succeeded_as("c-7");
    let outcomes = [
        None,
        Some(SUCCEEDED),
        Some(SUCCEEDED),
        Some(failed("no such plan")),
        Some(with_id),
        Some(Outcome::InDoubt(Doubt::NotAccounted)),
        Some(SUCCEEDED),
    ];
    let mut settlement = settlement(
        request,
        RequestResult::Settled,
        all.into_iter().zip(outcomes).collect(),
    );
    (settlement.tries, settlement.throttled) = (3, 2);

    let mut step = journal.step().unwrap();
    step.settle(&settlement).unwrap();
    step.commit().unwrap();

    assert_eq!(
        shelf.states(run).join(" "),
        "succeeded succeeded failed pending pending succeeded in_doubt succeeded"
    );
    let books = journal.books(run).unwrap();
    let requests = books.requests;
    assert_eq!(books.imbalance(), None);
    assert_eq!(
        (requests.sent, requests.throttled, requests.retried),
        (3, 2, 0)
    );
    let of = |number, column| column_of(&shelf, id(run, number), column);
    assert_eq!(of(2, "message").as_deref(), Some("no such plan"));
    assert_eq!(of(2, "code").as_deref(), Some("api.error"));
    assert_eq!(of(6, "code").as_deref(), Some("doubt.not_accounted"));
    assert_eq!(of(7, "customer_id").as_deref(), Some("c-7"));
    assert_eq!(of(3, "code"), None);
}

fn column_of(shelf: &Shelf, record: RecordId, column: &str) -> Option<String> {
    let row = (i64::from(record.run.0) << 32) + i64::from(record.number);
    let sql = format!("SELECT {column} FROM records WHERE id = ?1");
    let raw = shelf.raw();
    raw.query_row(&sql, [row], |row| row.get(0)).unwrap()
}

#[test]
fn a_request_without_a_record_is_none() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    stage(&mut journal, &customers(1));

    assert!(journal.step().unwrap().claim(&[], false, NOON).is_err());
}

//! Books: whatever happens while a run is sent, every record is in one counted place.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a broken helper fails its test"
)]

use std::collections::BTreeMap;

use aca_sync::{
    journal::{Journal, RequestResult},
    problem::Code,
    record::{Doubt, Outcome, RecordId, RunId, State},
};
use proptest::prelude::*;

use crate::support::{
    Given, NOON, SUCCEEDED, Shelf, claim, customers, failed, given, id, pending_numbers, plan, put,
    settlement, stage, succeeded_as,
};

/// A row that is counted and then neither staged nor rejected must not pass unseen.
#[test]
fn a_lost_row_and_a_lost_record_show_in_the_books() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    let mut staging = journal.stage(&plan(), NOON).unwrap();
    put(&mut staging, 0, &customers(2));
    staging.count_row();
    let run = staging.finish(&|_| true, 0).unwrap();
    assert!(
        journal
            .books(run)
            .unwrap()
            .imbalance()
            .unwrap()
            .contains('3')
    );

    let whole = stage(&mut journal, &[given(9, "{}"), given(8, "{}")]);
    assert_eq!(journal.books(whole).unwrap().imbalance(), None);
    let number = i64::from(whole.0) << 32;
    shelf
        .raw()
        .execute("DELETE FROM records WHERE id = ?1", [number])
        .unwrap();

    assert!(journal.books(whole).unwrap().imbalance().is_some());
}

/// One thing that sending does.
#[derive(Debug, Clone)]
enum Move {
    Claim(usize),
    Settle(prop::sample::Index, Vec<u8>, RequestResult),
    Requeue(State, usize),
    Reopen,
}

fn any_move() -> impl Strategy<Value = Move> {
    let result = prop::sample::select(vec![
        RequestResult::Settled,
        RequestResult::Refused,
        RequestResult::Doubtful,
        RequestResult::NotSent,
    ]);
    let from = prop::sample::select(vec![State::Failed, State::InDoubt, State::Held]);
    prop_oneof![
        4 => (1..7_usize).prop_map(Move::Claim),
        4 => (any::<prop::sample::Index>(), prop::collection::vec(0..5_u8, 7), result)
            .prop_map(|(which, outcomes, result)| Move::Settle(which, outcomes, result)),
        2 => (from, 1..4_usize).prop_map(|(from, most)| Move::Requeue(from, most)),
        1 => Just(Move::Reopen),
    ]
}

fn outcome(of: u8) -> Option<Outcome> {
    match of {
        0 => None,
        1 => Some(SUCCEEDED),
        2 => Some(succeeded_as("c")),
        3 => Some(failed("no")),
        _ => Some(Outcome::InDoubt(Doubt::Timeout)),
    }
}

fn state_after(outcome: Option<&Outcome>) -> State {
    match outcome {
        None => State::Pending,
        Some(Outcome::Succeeded(_)) => State::Succeeded,
        Some(Outcome::Failed(_)) => State::Failed,
        Some(Outcome::InDoubt(_)) => State::InDoubt,
    }
}

/// What the journal should say, kept by hand beside it.
struct Model {
    run: RunId,
    states: BTreeMap<u32, State>,
    previous: BTreeMap<u32, u32>,
    requests: Vec<(i64, Vec<RecordId>)>,
}

impl Model {
    fn numbers(&self, state: State) -> Vec<u32> {
        let of_state = self.states.iter().filter(|(_, is)| **is == state);
        of_state.map(|(number, _)| *number).collect()
    }

    fn set(&mut self, ids: &[RecordId], state: State) {
        self.states.extend(ids.iter().map(|id| (id.number, state)));
    }

    /// Pending, and no part before it is open.
    fn may_leave(&self, number: u32) -> bool {
        let mut before = self.previous.get(&number);
        while let Some(part) = before {
            if [State::Pending, State::InFlight, State::InDoubt].contains(&self.states[part]) {
                return false;
            }
            before = self.previous.get(part);
        }
        self.states[&number] == State::Pending
    }

    fn apply(&mut self, journal: &mut Journal, what: &Move) {
        match what {
            Move::Claim(most) => {
                let sendable = pending_numbers(journal, self.run);
                let ids: Vec<_> = sendable
                    .into_iter()
                    .take(*most)
                    .map(|n| id(self.run, n))
                    .collect();
                if !ids.is_empty() {
                    let request = claim(journal, &ids);
                    self.set(&ids, State::InFlight);
                    self.requests.push((request, ids));
                }
            }
            Move::Settle(which, outcomes, result) => {
                if self.requests.is_empty() {
                    return;
                }
                let (request, ids) = self.requests.remove(which.index(self.requests.len()));
                let records: Vec<_> = ids
                    .into_iter()
                    .zip(outcomes.iter().map(|of| outcome(*of)))
                    .collect();
                for (id, outcome) in &records {
                    self.set(&[*id], state_after(outcome.as_ref()));
                }
                let mut step = journal.step().unwrap();
                step.settle(&settlement(request, *result, records)).unwrap();
                step.commit().unwrap();
            }
            Move::Requeue(from, most) => {
                let ids: Vec<_> = self
                    .numbers(*from)
                    .into_iter()
                    .take(*most)
                    .map(|n| id(self.run, n))
                    .collect();
                let mut step = journal.step().unwrap();
                step.requeue(&ids, *from).unwrap();
                step.commit().unwrap();
                self.set(&ids, State::Pending);
            }
            Move::Reopen => {
                let in_flight: Vec<_> = self
                    .numbers(State::InFlight)
                    .into_iter()
                    .map(|n| id(self.run, n))
                    .collect();
                self.set(&in_flight, State::InDoubt);
                self.requests.clear();
            }
        }
    }

    fn check(&self, journal: &Journal) {
        let books = journal.books(self.run).unwrap();
        let records = books.records;
        assert_eq!(books.imbalance(), None);
        assert_eq!(records.total, self.states.len() as u64);
        assert_eq!(books.rows.staged, self.states.len() as u64);
        for (state, counted) in [
            (State::Pending, records.pending),
            (State::InFlight, records.in_flight),
            (State::Succeeded, records.succeeded),
            (State::Failed, records.failed),
            (State::InDoubt, records.in_doubt),
            (State::Held, records.held),
            (State::Unchanged, records.unchanged),
            (State::Superseded, records.superseded),
        ] {
            assert_eq!(
                counted,
                self.numbers(state).len() as u64,
                "{}",
                state.as_str()
            );
        }
        let may_leave: Vec<_> = self
            .states
            .keys()
            .copied()
            .filter(|number| self.may_leave(*number))
            .collect();
        assert_eq!(pending_numbers(journal, self.run), may_leave);
    }
}

/// Customers of one to four parts, some of them held.
fn any_records() -> impl Strategy<Value = Vec<Given>> {
    let customer = (1..4_u32, prop::bool::weighted(0.2));
    prop::collection::vec(customer, 1..9).prop_map(|customers| {
        let mut records: Vec<Given> = Vec::new();
        for (key, (parts, is_held)) in (0..).zip(customers) {
            for part in 1..=parts {
                let previous = (part > 1).then(|| u32::try_from(records.len() - 1).unwrap());
                let hazard = (is_held && part != 2).then_some(Code::PolicyWithoutId);
                records.push(Given {
                    hazard,
                    part,
                    previous,
                    ..given(key, "{}")
                });
            }
        }
        records
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn whatever_happens_the_books_balance(
        records in any_records(),
        moves in prop::collection::vec(any_move(), 1..25),
    ) {
        let shelf = Shelf::new();
        let mut journal = shelf.open();
        let run = stage(&mut journal, &records);
        let state = |given: &Given| if given.hazard.is_some() { State::Held } else { State::Pending };
        let mut model = Model {
            run,
            states: (0..).zip(&records).map(|(number, given)| (number, state(given))).collect(),
            previous: (0..).zip(&records).filter_map(|(number, given)| Some((number, given.previous?))).collect(),
            requests: Vec::new(),
        };
        model.check(&journal);
        for what in moves {
            model.apply(&mut journal, &what);
            if matches!(what, Move::Reopen) {
                drop(journal);
                journal = shelf.open();
            }
            model.check(&journal);
        }
    }
}

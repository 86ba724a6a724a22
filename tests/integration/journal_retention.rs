//! How long cells and bodies are kept: until a newer run is over, at most seven days; what is still
//! open goes along, byte for byte.

use aca_sync::{
    journal::{Error, ForLater, Journal, RequestResult, RunPlan},
    record::{RecordId, RunId, State},
};

use crate::support::{
    DAY, Given, MOST_ATTEMPTS, NOON, SUCCEEDED, Shelf, TIMED_OUT, customers, failed, given, id,
    pending, plan, put, send, stage, stage_as, succeed_all,
};

/// The bodies of these records, or why there is none.
fn bodies(journal: &Journal, ids: &[RecordId]) -> Result<Vec<Vec<u8>>, Error> {
    let mut reader = journal.pending(ids.first().unwrap().run)?;
    let found = journal.outgoing(&mut reader, ids)?;
    Ok(found.into_iter().map(|outgoing| outgoing.body).collect())
}

fn is_erased(journal: &Journal, run: RunId) -> bool {
    matches!(bodies(journal, &[id(run, 0)]), Err(Error::Erased { run: erased }) if erased == run.0)
}

/// Customers that no other run of these tests carries.
fn strangers(count: u8) -> Vec<Given> {
    (100..100 + count).map(|key| given(key, "{}")).collect()
}

#[test]
fn what_a_run_kept_goes_when_the_next_one_is_over() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    let first = stage(&mut journal, &customers(3));
    succeed_all(&mut journal, first, NOON);
    assert!(
        bodies(&journal, &[id(first, 2)]).is_ok(),
        "it is the latest"
    );

    let second = stage(&mut journal, &customers(4));
    assert_eq!(shelf.spools(), ["run-1.spool", "run-2.spool"]);
    succeed_all(&mut journal, second, NOON);

    assert_eq!(shelf.spools(), ["run-2.spool"]);
    assert!(is_erased(&journal, first));
    assert!(bodies(&journal, &[id(second, 3)]).is_ok());
    assert_eq!(
        journal.books(first).unwrap().imbalance(),
        None,
        "counts stay"
    );
    assert_eq!(journal.books(first).unwrap().records.succeeded, 3);
}

/// Whoever corrects half of the rows that failed wants to see the other half still.
#[test]
fn a_run_of_corrected_rows_lets_its_parent_keep_what_it_has() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    let night = stage(&mut journal, &customers(3));
    succeed_all(&mut journal, night, NOON);

    let mut staging = journal.stage(&plan(), NOON).unwrap();
    put(&mut staging, 0, &strangers(1));
    let child_of = Some(night.0);
    staging
        .note_for_later(&ForLater {
            child_of,
            ..ForLater::default()
        })
        .unwrap();
    let child = staging.finish(&|_| false, 5).unwrap();
    succeed_all(&mut journal, child, NOON);

    assert_eq!(shelf.spools(), ["run-1.spool", "run-2.spool"]);
    assert!(journal.keeps_rows(night).unwrap());
    let next = stage(&mut journal, &customers(3));
    succeed_all(&mut journal, next, NOON);
    assert_eq!(shelf.spools(), ["run-3.spool"]);
    assert!(!journal.keeps_rows(night).unwrap());
}

#[test]
fn other_mappings_accounts_and_unfinished_runs_keep_theirs() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    let other_mapping = RunPlan {
        mapping: "policies".to_owned(),
        ..plan()
    };
    let other_account = RunPlan {
        account: "other".to_owned(),
        ..plan()
    };
    for plan in [&other_mapping, &other_account] {
        let run = stage_as(&mut journal, plan, &strangers(1));
        succeed_all(&mut journal, run, NOON);
    }
    let unfinished = stage(&mut journal, &customers(2));
    let last = stage(&mut journal, &strangers(2));

    succeed_all(&mut journal, last, NOON);

    assert_eq!(
        shelf.spools(),
        ["run-1.spool", "run-2.spool", "run-3.spool", "run-4.spool"]
    );
    assert_eq!(pending(&journal, unfinished).len(), 2);
}

/// A run of 250 that is over, with every third record left open: those in doubt, those that failed, and
/// the others. So a place in the old spool says nothing of one in the new.
fn left_open(journal: &mut Journal) -> [Vec<RecordId>; 3] {
    let body = |key: u8| format!("{{\"n\":{}}}", u32::from(key).pow(3));
    let all: Vec<Given> = (0..250).map(|key| given(key, &body(key))).collect();
    let run = stage(journal, &all);
    let (mut doubtful, done): (Vec<_>, Vec<_>) = (0..250)
        .map(|number| id(run, number))
        .partition(|id| id.number % 3 == 1);
    let refused = doubtful.split_off(40);
    for batch in done.chunks(100) {
        send(journal, batch, RequestResult::Settled, Some(&SUCCEEDED));
    }
    send(
        journal,
        &doubtful,
        RequestResult::Doubtful,
        Some(&TIMED_OUT),
    );
    send(
        journal,
        &refused,
        RequestResult::Refused,
        Some(&failed("no")),
    );
    assert!(journal.finish_if_done(run, 1, NOON).unwrap());
    [doubtful, refused, done]
}

#[test]
fn open_records_are_carried_over_byte_for_byte() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    let [doubtful, refused, done] = left_open(&mut journal);
    let open = [doubtful, refused.clone()].concat();
    let before = bodies(&journal, &open).unwrap();

    for _ in 0..2 {
        let next = stage(&mut journal, &[]);
        succeed_all(&mut journal, next, NOON);
        let latest = format!("run-{}.spool", next.0);
        assert_eq!(shelf.spools(), ["run-1.carried.spool", latest.as_str()]);
        assert_eq!(bodies(&journal, &open).unwrap(), before);
    }

    for id in &done {
        let body = bodies(&journal, &[*id]);
        assert!(matches!(body, Err(Error::Erased { .. })), "{id:?}");
    }
    let mut step = journal.step().unwrap();
    step.requeue(&refused, State::Failed).unwrap();
    step.commit().unwrap();
    let again: Vec<_> = pending(&journal, refused[0].run)
        .into_iter()
        .map(|out| (out.id, out.body))
        .collect();
    let expected: Vec<_> = refused.into_iter().zip(before[40..].to_vec()).collect();
    assert_eq!(again, expected);
}

#[test]
fn what_was_carried_over_goes_when_nothing_is_open_any_more() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    let first = stage(&mut journal, &customers(2));
    send(
        &mut journal,
        &[id(first, 0)],
        RequestResult::Settled,
        Some(&failed("no")),
    );
    succeed_all(&mut journal, first, NOON);
    let second = stage(&mut journal, &[]);
    succeed_all(&mut journal, second, NOON);
    assert_eq!(shelf.spools(), ["run-1.carried.spool", "run-2.spool"]);

    let third = stage(&mut journal, &customers(1));
    assert_eq!(shelf.states(first), ["superseded", "succeeded"]);
    succeed_all(&mut journal, third, NOON);

    assert_eq!(shelf.spools(), ["run-3.spool"]);
    assert!(is_erased(&journal, first));
}

/// A mapping without policy ids leaves every record of a first run held.
#[test]
fn any_amount_of_open_records_is_carried_over_and_read_again() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    let large = |key: u8| Given {
        hazard: Some(aca_sync::problem::Code::PolicyWithoutId),
        ..given(
            key,
            &format!(
                "{{\"n\":\"{}\"}}",
                char::from(b'a' + key % 26).to_string().repeat(1 << 20)
            ),
        )
    };
    let mut staging = journal.stage(&plan(), NOON).unwrap();
    for number in 0..70 {
        put(&mut staging, number.into(), &[large(number)]);
    }
    let first = staging.finish(&|_| true, 0).unwrap();
    assert!(journal.finish_if_done(first, MOST_ATTEMPTS, NOON).unwrap());

    let second = stage(&mut journal, &[]);
    succeed_all(&mut journal, second, NOON);

    assert_eq!(shelf.spools(), ["run-1.carried.spool", "run-2.spool"]);
    for number in [0, 1, 35, 69] {
        let body = bodies(&journal, &[id(first, number)]).unwrap().remove(0);
        assert!(
            body == large(u8::try_from(number).unwrap()).body.as_bytes(),
            "{number}"
        );
    }
}

#[test]
fn nothing_is_kept_for_more_than_seven_days() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    let other_mapping = RunPlan {
        mapping: "policies".to_owned(),
        ..plan()
    };
    let old = stage_as(&mut journal, &other_mapping, &customers(2));
    send(
        &mut journal,
        &[id(old, 0)],
        RequestResult::Settled,
        Some(&failed("no")),
    );
    succeed_all(&mut journal, old, NOON);

    let within = stage(&mut journal, &[]);
    succeed_all(&mut journal, within, NOON + 7 * DAY);
    assert!(bodies(&journal, &[id(old, 0)]).is_ok());
    let beyond = stage(&mut journal, &[]);
    succeed_all(&mut journal, beyond, NOON + 7 * DAY + 1);

    assert!(is_erased(&journal, old));
    assert_eq!(shelf.spools(), ["run-3.spool"]);
}

/// A nightly run that is stopped by a guard for weeks ends no run, and nobody looks.
#[test]
fn seven_days_are_over_also_when_no_run_ends() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    let old = stage(&mut journal, &customers(2));
    succeed_all(&mut journal, old, NOON);
    let unfinished = stage(&mut journal, &strangers(1));
    drop(journal);

    let journal = shelf.open_at(NOON + 7 * DAY).unwrap();
    assert!(bodies(&journal, &[id(old, 0)]).is_ok());
    drop(journal);
    let journal = shelf.open_at(NOON + 7 * DAY + 1).unwrap();

    assert!(is_erased(&journal, old));
    assert_eq!(
        pending(&journal, unfinished).len(),
        1,
        "what is to be sent stays"
    );
}

#[test]
fn spools_that_no_run_counts_on_are_swept() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    let run = stage(&mut journal, &customers(1));
    drop(journal);
    for orphan in ["run-1.carried.spool", "run-77.spool"] {
        std::fs::write(shelf.spool_folder().join(orphan), "half a spool").unwrap();
    }

    let journal = shelf.open();

    assert_eq!(shelf.spools(), ["run-1.spool"]);
    assert_eq!(pending(&journal, run).len(), 1);
}

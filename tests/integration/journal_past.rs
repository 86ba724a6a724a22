//! What a journal tells of earlier runs to the guards of a later one.

use aca_sync::journal::{Fill, ForLater, Journal, PastRun};

use crate::support::shelf::{
    NOON, Shelf, customers, full_plan, key, plan, put, stage, succeed_all,
};

fn fill(columns: &str, filled: u64) -> Fill {
    Fill {
        columns: columns.to_owned(),
        filled,
        rows: 2,
    }
}

/// Stages two customers with this to remember, and sends them.
fn run(journal: &mut Journal, later: &ForLater) -> u32 {
    let mut staging = journal.stage(&full_plan(), NOON).unwrap();
    put(&mut staging, 0, &customers(2));
    staging.note_for_later(later).unwrap();
    let carries = |known: &_| [key(0), key(1)].contains(known);
    let run = staging.finish(&carries, 5).unwrap();
    succeed_all(journal, run, NOON);
    run.0
}

fn id(past: Option<PastRun>) -> Option<u32> {
    past.map(|past| past.id.0)
}

#[test]
fn a_run_is_remembered_for_its_rows_columns_and_times() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    assert_eq!(journal.last_sent_run(&plan()).unwrap(), None);
    let later = ForLater {
        child_of: None,
        newest: Some(17),
        fills: vec![fill("email", 1), fill("plan_name, plan", 2)],
    };
    run(&mut journal, &later);

    let last = journal.last_whole_run(&plan()).unwrap().unwrap();

    assert_eq!((last.rows, last.newest), (2, Some(17)));
    assert_eq!(last.fills, later.fills);
    assert_eq!(last.header, ["first_name", "phone"]);
    assert_eq!(last.tables[0].0.to_string(), "export.csv");
    assert_eq!(last.tables[0].1, NOON / 1000);
    // What is thrown away knows the same past, and adds nothing to it.
    let mut check = Journal::temporary(Some(&shelf.path())).unwrap();
    stage(&mut check, &customers(1));
    assert_eq!(check.last_whole_run(&plan()).unwrap(), Some(last));
}

#[test]
fn neither_a_child_nor_a_sample_nor_an_unfinished_run_is_the_last_whole_one() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    let whole = run(&mut journal, &ForLater::default());
    let sampled = run(&mut journal, &ForLater::default());
    let id_of_sample = journal.last_sent_run(&plan()).unwrap().unwrap().id;
    journal.note_end(id_of_sample, 0, true).unwrap();
    let child = ForLater {
        child_of: Some(0),
        ..ForLater::default()
    };
    run(&mut journal, &child);

    assert_eq!(id(journal.last_whole_run(&plan()).unwrap()), Some(whole));
    assert_eq!(id(journal.last_sent_run(&plan()).unwrap()), Some(sampled));
    let unfinished = stage(&mut journal, &customers(3)).0;
    assert_eq!(id(journal.last_whole_run(&plan()).unwrap()), Some(whole));
    assert_eq!(
        id(journal.last_sent_run(&plan()).unwrap()),
        Some(unfinished)
    );
}

#[test]
fn other_mappings_and_accounts_have_a_past_of_their_own() {
    let shelf = Shelf::new();
    let mut journal = shelf.open();
    run(&mut journal, &ForLater::default());

    let (mut mapping, mut account) = (plan(), plan());
    "another".clone_into(&mut mapping.mapping);
    "another".clone_into(&mut account.account);

    assert_eq!(id(journal.last_sent_run(&mapping).unwrap()), None);
    assert_eq!(id(journal.last_whole_run(&account).unwrap()), None);
}

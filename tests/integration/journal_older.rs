//! Journals of older releases: looked at as they are, brought up to date by whoever works on them.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail their test"
)]

use std::path::Path;

use aca_sync::{
    journal::{Journal, RunPlan},
    record::RunId,
};
use rusqlite::Connection;

use crate::support::{NOON, plan};

/// A journal as the first release made it, with a run whose only row was rejected.
fn first_release(path: &Path) {
    let connection = Connection::open(path).unwrap();
    connection
        .pragma_update(None, "journal_mode", "WAL")
        .unwrap();
    connection
        .execute_batch(include_str!(
            "../../src/journal/migrations/0001_initial.sql"
        ))
        .unwrap();
    connection
        .execute_batch(
            "INSERT INTO meta (name, value) VALUES ('secret', zeroblob(32));
             INSERT INTO runs (id, identity, state, account, target, address, mapping, mapping_digest, command,
                     program, started_at, finished_at, rows_read)
                 VALUES (1, zeroblob(32), 'finished', 'default', 'sync-aca', 'sandbox', 'clients', zeroblob(32),
                     'sync', '0.1.0', 0, 0, 1);
             INSERT INTO sources (run, number, path, sha256, size, modified, header)
                 VALUES (1, 0, 'old/clients.csv', zeroblob(32), 10, 0, '[\"phone\"]');
             INSERT INTO rejected_rows (run, source, row, line) VALUES (1, 0, 2, 2);
             INSERT INTO problems (run, source, row, place, \"column\", field, code)
                 VALUES (1, 0, 2, 0, 0, 'phoneNumber', 'phone.several');
             INSERT INTO audit (id, at, user, host, verb, run, details)
                 VALUES (1, 0, 'maria', 'office', 'customer', NULL, 'shows the customer qzcanary-4711');
             PRAGMA user_version = 1;",
        )
        .unwrap();
}

fn version(path: &Path) -> u32 {
    let connection = Connection::open(path).unwrap();
    let version = connection.query_row("PRAGMA user_version", [], |row| row.get(0));
    version.unwrap()
}

/// What guards compare a new file with: an older release did not remember how full columns were.
fn expect_a_past(journal: &Journal) {
    let plan = RunPlan {
        account: "default".to_owned(),
        ..plan()
    };
    let last = journal.last_whole_run(&plan).unwrap().unwrap();
    assert_eq!((last.rows, last.newest, last.fills.len()), (1, None, 0));
    assert_eq!(last.header, ["phone"]);
}

fn expect_all_there(journal: &Journal) {
    expect_a_past(journal);
    let run = journal.run(None).unwrap();
    assert_eq!(run.id, RunId(1));
    assert_eq!(run.sources[0].to_string(), "old/clients.csv");
    let rejections = journal.rejections(run.id).unwrap();
    let spot = rejections[0].first[0];
    assert_eq!((spot.row, spot.line, spot.byte), (2, Some(2), None));
}

#[test]
fn looking_at_an_older_journal_leaves_it_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    first_release(&path);

    expect_all_there(&Journal::open_to_read(&path).unwrap());
    expect_a_past(&Journal::temporary(Some(&path)).unwrap());

    assert_eq!(version(&path), 1);
}

#[test]
fn working_on_an_older_journal_brings_it_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    first_release(&path);

    expect_all_there(&Journal::open(&path, "a test", NOON).unwrap());

    assert!(version(&path) > 1);
    expect_all_there(&Journal::open_to_read(&path).unwrap());
}

#[test]
fn an_older_journal_loses_the_ids_of_customers_who_were_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    first_release(&path);

    let journal = Journal::open(&path, "a test", NOON).unwrap();
    let audited = journal.audited(None, None).unwrap();
    drop(journal);

    assert_eq!(audited[0].details, "shows one customer");
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap().path();
        let bytes = if file.is_file() {
            std::fs::read(&file).unwrap()
        } else {
            Vec::new()
        };
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("qzcanary"), "{}", file.display());
    }
}

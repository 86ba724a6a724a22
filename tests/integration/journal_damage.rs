//! Journals that are damaged, newer, missing or not for everybody's eyes.

use std::fs;

use aca_sync::journal::{Error, Journal};

use crate::support::{NOON, Shelf, customers, id, pending, stage};

fn staged(shelf: &Shelf) -> aca_sync::record::RunId {
    stage(&mut shelf.open(), &customers(40))
}

#[test]
fn any_byte_of_a_spool_that_changed_is_noticed() {
    let shelf = Shelf::new();
    let run = staged(&shelf);
    let path = shelf.spool_folder().join("run-1.spool");
    let whole = fs::read(&path).unwrap();
    let journal = shelf.open();
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 1 << (at % 8);
        fs::write(&path, damaged).unwrap();

        let mut bodies = journal.pending(run).unwrap();
        let read = journal.outgoing(&mut bodies, &[id(run, 7)]);

        assert!(matches!(read, Err(Error::Damaged { .. })), "byte {at}");
    }
    fs::write(&path, whole).unwrap();
    assert_eq!(pending(&journal, run).len(), 40);
}

#[test]
fn a_spool_that_ends_early_is_damaged() {
    let shelf = Shelf::new();
    let run = staged(&shelf);
    let path = shelf.spool_folder().join("run-1.spool");
    let whole = fs::read(&path).unwrap();
    let journal = shelf.open();
    for length in [0, 1, whole.len() / 2, whole.len() - 1] {
        fs::write(&path, &whole[..length]).unwrap();

        let mut bodies = journal.pending(run).unwrap();
        let read = journal.next_pending(&mut bodies, (0, false), 1);

        assert!(
            matches!(read, Err(Error::Damaged { .. })),
            "{length} bytes: {read:?}"
        );
    }
    fs::remove_file(&path).unwrap();
    assert!(journal.pending(run).is_err());
}

/// An empty database is what SQLite takes for a new one: the whole book would be sent again.
#[test]
fn a_database_that_ends_early_is_an_error() {
    let shelf = Shelf::new();
    staged(&shelf);
    let whole = fs::read(shelf.path()).unwrap();
    for length in (0..whole.len()).step_by(1365) {
        fs::write(shelf.path(), &whole[..length]).unwrap();

        let opened = shelf.open_at(NOON);

        assert!(opened.is_err(), "{length} of {} bytes", whole.len());
        assert_eq!(shelf.spools(), ["run-1.spool"], "after {length} bytes");
        assert!(
            Journal::open_to_read(&shelf.path()).is_err(),
            "{length} bytes"
        );
    }
    fs::write(shelf.path(), whole).unwrap();
    assert!(shelf.open_at(NOON).is_ok());
}

#[test]
fn a_file_that_is_no_database_is_an_error() {
    let shelf = Shelf::new();
    drop(shelf.open());
    fs::write(shelf.path(), "first_name,last_name\n".repeat(1000)).unwrap();

    assert!(matches!(shelf.open_at(NOON), Err(Error::Database(_))));
    assert!(matches!(
        Journal::open_to_read(&shelf.path()),
        Err(Error::Database(_))
    ));
}

#[test]
fn a_journal_of_a_newer_program_is_left_alone() {
    let shelf = Shelf::new();
    drop(shelf.open());
    let known: u32 = shelf
        .raw()
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .unwrap();
    shelf
        .raw()
        .pragma_update(None, "user_version", known + 1)
        .unwrap();

    for opened in [shelf.open_at(NOON), Journal::open_to_read(&shelf.path())] {
        let Err(Error::Newer {
            found, known: ours, ..
        }) = opened
        else {
            panic!("a newer journal was opened");
        };
        assert_eq!((found, ours), (known + 1, known));
    }
}

#[test]
fn reading_makes_no_journal() {
    let shelf = Shelf::new();

    assert!(matches!(
        Journal::open_to_read(&shelf.path()),
        Err(Error::Missing { .. })
    ));
    assert!(!shelf.path().parent().unwrap().exists());
}

#[test]
fn opening_a_journal_again_keeps_its_secret() {
    let shelf = Shelf::new();
    let first = shelf.open().hasher().fingerprint(b"{}");

    assert_eq!(shelf.open().hasher().fingerprint(b"{}"), first);
    assert_ne!(Shelf::new().open().hasher().fingerprint(b"{}"), first);
}

/// With the secret, a guess of a name or an id could be tested against the keys.
#[test]
fn the_secret_does_not_print() {
    let shelf = Shelf::new();
    let journal = shelf.open();
    let secret: Vec<u8> = shelf
        .raw()
        .query_row("SELECT value FROM meta WHERE name = 'secret'", [], |row| {
            row.get(0)
        })
        .unwrap();
    let printed = format!("{journal:?}");

    let as_list = format!("{secret:?}");
    assert_eq!(secret.len(), 32);
    assert!(
        !printed.contains(as_list.trim_matches(['[', ']'])),
        "{printed}"
    );
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_look() {
    use std::os::unix::fs::PermissionsExt;

    let shelf = Shelf::new();
    let mut journal = shelf.open();
    stage(&mut journal, &customers(2));
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let state = shelf.path().parent().unwrap().to_owned();
    assert_eq!(mode(&state), 0o700);
    assert_eq!(mode(&shelf.spool_folder()), 0o700);
    let mut names = Vec::new();
    for folder in [state, shelf.spool_folder()] {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                assert_eq!(mode(&path), 0o600, "{}", path.display());
                names.push(path.file_name().unwrap().to_string_lossy().into_owned());
            }
        }
    }
    names.sort();
    assert_eq!(
        names,
        [
            "journal.db",
            "journal.db-shm",
            "journal.db-wal",
            "journal.db.lock",
            "run-1.spool"
        ]
    );
}

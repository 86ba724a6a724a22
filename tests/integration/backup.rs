//! `journal backup`: whole while others work, whole or not at all, and as good as the original elsewhere.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests are not `in tests` for clippy, and a failed one is a failed test"
)]

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

use aca_sync::journal::Journal;
use rusqlite::Connection;

use crate::support::{
    DAY, NOON, Server, Shelf, Workdir, balanced, customers, death::Fate, stage, succeed_all,
};

const ROWS: u64 = 400;
const SYNC: &str = "sync clients.csv --mapping map.toml --batch-size 10 --concurrency 1";
const RESUME: &str = "resume --state-folder elsewhere --resend-after 0s --json";

/// A sync that is at work on its 20th request, which never ends.
fn in_the_middle() -> (Server, Workdir, crate::support::workdir::Running) {
    let server = Server::failing("slow=86400000@20");
    let work = Workdir::against(&server);
    work.export("clients.csv", ROWS);
    let mut running = work.start(SYNC);
    assert!(running.wait_until(|| server.tally().requests >= 20));
    (server, work, running)
}

/// Takes the backup to another server: the file and its folder, under the names that they have there.
fn move_to_another_server(work: &Workdir, backup: &str) {
    let folder = work.path("elsewhere/journal.db.spools");
    fs::create_dir_all(&folder).unwrap();
    fs::copy(work.path(backup), work.path("elsewhere/journal.db")).unwrap();
    for entry in fs::read_dir(work.path(&format!("{backup}.spools"))).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, folder.join(path.file_name().unwrap())).unwrap();
    }
}

/// What has the backup's name, or was to get it.
fn traces(folder: &Path, name: &str) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names
        .filter(|found| found.starts_with(name) || found.starts_with(".aca-sync-"))
        .collect()
}

fn expect_each_once(server: &Server) {
    let tally = server.tally();
    assert_eq!((tally.customers, tally.policies), (ROWS, ROWS));
    assert_eq!(tally.records_applied, ROWS);
    assert_eq!(server.dump()["applied_bodies"]["distinct"], ROWS);
}

#[test]
fn a_killed_run_is_backed_up_and_goes_on_elsewhere_with_nothing_lost_or_twice() {
    let (server, work, running) = in_the_middle();
    running.kill();

    let made = work.run("journal backup copy.db --json").expect(0).json();
    let here = work.run("show --json").expect(0).stdout;
    let there = work.run("show --journal copy.db --json").expect(0).stdout;
    move_to_another_server(&work, "copy.db");
    let books = work.run(RESUME).expect(0).json();

    assert_eq!((&made["runs"], &made["spools"]), (&1.into(), &1.into()));
    assert_eq!(made["unfinished"], serde_json::json!(["1"]));
    assert_eq!(
        (&made["was_in_use"], &made["on_record"]),
        (&false.into(), &true.into())
    );
    assert_eq!(here, there);
    assert_eq!(balanced(&books)["records"]["succeeded"], ROWS);
    expect_each_once(&server);
}

#[test]
fn a_backup_of_a_run_at_work_goes_on_elsewhere_with_nothing_lost_or_twice() {
    let (server, work, running) = in_the_middle();

    let made = work.run("journal backup copy.db --json").expect(0);
    let shown = work.run("show --journal copy.db --json").expect(0).json();
    running.kill();
    move_to_another_server(&work, "copy.db");
    let books = work.run(RESUME).expect(0).json();

    made.complains(&["a run was at work meanwhile", "audit does not tell"]);
    let json = made.json();
    assert_eq!(
        (&json["was_in_use"], &json["on_record"]),
        (&true.into(), &false.into())
    );
    let records = &balanced(&shown)["records"];
    assert_eq!(
        (&records["succeeded"], &records["in_doubt"]),
        (&190.into(), &10.into())
    );
    assert_eq!(balanced(&books)["records"]["succeeded"], ROWS);
    expect_each_once(&server);
}

#[test]
fn a_backup_made_while_files_are_read_knows_nothing_of_them_yet() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.export("clients.csv", ROWS);
    let died = work.run_to_death(SYNC, &["staging.written"]);
    assert!(matches!(died, Fate::Died(_)), "{died:?}");

    let made = work.run("journal backup copy.db --json").expect(0).json();
    move_to_another_server(&work, "copy.db");
    let sync = format!("{SYNC} --state-folder elsewhere --json");
    let books = work.run(&sync).expect(0).json();

    assert_eq!((&made["runs"], &made["spools"]), (&0.into(), &0.into()));
    assert_eq!(balanced(&books)["records"]["succeeded"], ROWS);
    expect_each_once(&server);
}

#[test]
fn a_backup_is_for_its_owner_alone_and_on_record() {
    let work = Workdir::new();
    work.export("clients.csv", 20);
    work.run("sync clients.csv --mapping map.toml --sandbox")
        .expect(0);

    let said = work
        .run("journal backup copy.db --sandbox")
        .expect(0)
        .stdout;

    let mode = |name: &str| fs::metadata(work.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("copy.db"), 0o600);
    assert_eq!(mode("copy.db.spools"), 0o700);
    assert_eq!(mode("copy.db.spools/run-1.spool"), 0o600);
    assert!(
        said.contains("backed up 1 run to copy.db and copy.db.spools"),
        "{said}"
    );
    assert_eq!(traces(&work.path("."), "copy.db").len(), 2);
    let journal = Connection::open(work.state().join("sandbox-journal.db")).unwrap();
    let details: String = journal
        .query_row(
            "SELECT details FROM audit WHERE verb = 'journal backup'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(details, "backup to copy.db");
}

#[test]
fn a_backup_replaces_nothing_and_mixes_with_nothing() {
    let work = Workdir::new();
    work.export("clients.csv", 20);
    work.run("sync clients.csv --mapping map.toml --sandbox")
        .expect(0);
    for there in ["copy.db", "copy.db.spools", "copy.db-wal"] {
        work.write(there, "mine");

        work.run("journal backup copy.db --sandbox")
            .expect(64)
            .complains(&[there, "not written over", "hint: name another file"]);

        assert_eq!(fs::read_to_string(work.path(there)).unwrap(), "mine");
        assert_eq!(traces(&work.path("."), "copy.db"), [there]);
        fs::remove_file(work.path(there)).unwrap();
    }
    work.run("journal backup copy.db --sandbox").expect(0);
    work.run("journal backup copy.db --sandbox").expect(64);
}

#[test]
fn a_backup_that_finds_no_room_leaves_nothing() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.export("clients.csv", 2000);
    work.run(SYNC).expect(0);
    let mut outcomes = Vec::new();
    for blocks in [0, 8, 120, 200, 300, 100_000] {
        let done = work.on_full_disk(blocks, "journal backup copy.db --json");
        outcomes.push(done.exit);
        if done.exit == 0 {
            work.run("show --journal copy.db").expect(0);
            continue;
        }
        done.expect(74).complains(&["hint: look at free space"]);
        assert_eq!(
            traces(&work.path("."), "copy.db"),
            [""; 0],
            "{blocks} blocks"
        );
    }
    assert!(
        outcomes.starts_with(&[74, 74]) && outcomes.ends_with(&[0]),
        "{outcomes:?}"
    );
}

#[test]
fn a_kill_at_any_step_of_a_backup_leaves_the_whole_of_it_or_none() {
    for (step, is_there) in [
        ("backup.checked", false),
        ("backup.spools_placed", false),
        ("backup.placed", true),
    ] {
        let server = Server::new();
        let work = Workdir::against(&server);
        work.export("clients.csv", 20);
        work.run(SYNC).expect(0);

        let fate = work.run_to_death("journal backup copy.db", &[step]);

        assert!(matches!(&fate, Fate::Died(at) if at == step), "{fate:?}");
        assert_eq!(work.path("copy.db").exists(), is_there, "{step}");
        if is_there {
            let shown = work.run("verify --journal copy.db --json").expect(0).json();
            assert_eq!(shown["counts"]["same"], 20, "{shown}");
        }
        work.run("journal backup another.db").expect(0);
        work.run("verify --journal another.db").expect(0);
    }
}

#[test]
fn a_journal_that_is_damaged_or_missing_is_not_backed_up() {
    let work = Workdir::new();
    work.run("journal backup copy.db")
        .expect(64)
        .complains(&["there is no journal at"]);
    work.export("clients.csv", 200);
    work.run("sync clients.csv --mapping map.toml --sandbox")
        .expect(0);
    let journal = work.state().join("sandbox-journal.db");
    let spool = work.state().join("sandbox-journal.db.spools/run-1.spool");
    let whole = (fs::read(&journal).unwrap(), fs::read(&spool).unwrap());
    let damages: [(&str, &dyn Fn()); 4] = [
        ("run-1.spool is not there", &|| {
            fs::remove_file(&spool).unwrap();
        }),
        ("run-1.spool: the block at byte 0", &|| {
            let mut bytes = whole.1.clone();
            bytes[700] ^= 4;
            fs::write(&spool, bytes).unwrap();
        }),
        ("database", &|| {
            let mut bytes = whole.0.clone();
            bytes[4096 * 3..4096 * 25].fill(0x55);
            fs::write(&journal, bytes).unwrap();
        }),
        ("the books of run 1 do not balance", &|| {
            let connection = Connection::open(&journal).unwrap();
            connection
                .execute("UPDATE runs SET rows_read = 7", [])
                .unwrap();
        }),
    ];
    for (words, damage) in damages {
        damage();

        work.run("journal backup copy.db --sandbox")
            .expect(74)
            .complains(&[words, "hint:"]);

        assert_eq!(traces(&work.path("."), "copy.db"), [""; 0], "{words}");
        fs::write(&journal, &whole.0).unwrap();
        fs::write(&spool, &whole.1).unwrap();
    }
    work.run("journal backup copy.db --sandbox").expect(0);
}

/// Each night drops what the one before has kept, in the middle of whatever the backup does.
#[test]
fn backups_made_while_runs_end_and_drop_their_spools_are_all_whole() {
    let shelf = Shelf::new();
    drop(shelf.open());
    let is_over = AtomicBool::new(false);
    let folder = tempfile::tempdir().unwrap();
    let mut made = 0;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for night in 0..60 {
                let mut journal = shelf.open_at(NOON + night * DAY / 24).unwrap();
                let run = stage(&mut journal, &customers(200));
                succeed_all(&mut journal, run, NOON + night * DAY / 24);
            }
            is_over.store(true, Ordering::SeqCst);
        });
        while !is_over.load(Ordering::SeqCst) {
            let to = folder.path().join(format!("copy-{made}.db"));
            Journal::back_up(&shelf.path(), &to).unwrap();
            made += 1;
        }
    });

    assert!(made > 1, "{made} backups");
    for number in 0..made {
        let copy = Journal::open_to_read(&folder.path().join(format!("copy-{number}.db")));
        let copy = copy.unwrap();
        if let Some(last) = copy.runs().unwrap().last() {
            assert!(copy.pending(last.id).is_ok(), "{number}");
        }
    }
}

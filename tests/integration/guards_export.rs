//! Guards that ask when an export was made, and files of corrected rows, which they spare.

use std::{
    fs,
    time::{Duration, SystemTime},
};

use crate::{
    guards::{export_with, guarded, let_pass, report, set_guards},
    support::{Server, Workdir, client},
};

fn written_hours_ago(work: &Workdir, name: &str, hours: u64) {
    let file = fs::File::options().append(true).open(work.path(name));
    let now = work.path(name).metadata().and_then(|it| it.modified());
    let time: SystemTime = now.unwrap() - Duration::from_secs(hours * 3600);
    file.unwrap().set_modified(time).unwrap();
}

/// Three clients in a file of that name, last written so many hours ago; `id` tells its content apart.
fn three(work: &Workdir, name: &str, id: &str, hours: u64) {
    let ids = [format!("{id}1"), format!("{id}2"), format!("{id}3")];
    let rows = ids.each_ref().map(|id| client(id, "Ana", id));
    work.rows(name, &rows);
    written_hours_ago(work, name, hours);
}

#[test]
fn an_old_export_is_stopped_by_its_name_its_column_or_its_file() {
    let (server, work) = guarded("max_age = \"26h\"");
    three(&work, "clients.csv", "1", 48);
    three(&work, "clients-20200101T031500.csv", "2", 0);
    export_with(
        &work,
        "synced.csv",
        "last_ede_sync",
        &["2020-01-01", "2019-12-01T10:00:00Z"],
    );
    let ages = [
        (
            "clients.csv",
            "the export is 48 hours old by when the file was last written, at most 26 hours",
        ),
        (
            "clients-20200101T031500.csv",
            "hours old by the time in its name",
        ),
        ("synced.csv", "hours old by the column last_ede_sync"),
    ];

    for (file, figures) in ages {
        let stopped = work
            .run(&format!("sync {file} --mapping map.toml"))
            .expect(4);
        stopped.complains(&["stopped by the guard max_age: the export is ", figures]);
    }
    assert_eq!(server.tally().requests, 0);
    let sync = "sync clients.csv --mapping map.toml";
    work.run(&format!("{sync} --allow max_age=47")).expect(4);
    work.run(&format!("{sync} --allow max_age=49")).expect(0);
    let written = let_pass(&work);
    assert!(
        written[0].contains("max_age was let pass: the export is 48 hours old"),
        "{written:?}"
    );
}

#[test]
fn a_night_without_a_new_export_is_no_good_night_where_exports_have_a_greatest_age() {
    let (server, work) = guarded("max_age = \"26h\"");
    three(&work, "clients.csv", "1", 25);
    let sync = "sync clients.csv --mapping map.toml";
    work.run(sync).expect(0);
    let an_hour_later = work.run(sync).expect(0);
    written_hours_ago(&work, "clients.csv", 2);

    let next_night = work.run(&format!("{sync} --quiet")).expect(4);
    let let_pass = work.run(&format!("{sync} --allow max_age")).expect(0);

    for done in [an_hour_later, let_pass] {
        assert!(
            done.stdout
                .starts_with("nothing to do: run 1 has sent this file")
        );
    }
    next_night.complains(&[
        "stopped by the guard max_age: run 1 has sent this file already; the export is 27 hours old",
        "--allow max_age",
    ]);
    assert_eq!(server.tally().requests, 1);
}

#[test]
fn an_export_older_than_the_last_one_sent_is_stopped_by_its_name_first() {
    let (server, work) = guarded("");
    three(&work, "clients-20200302T031500.csv", "1", 0);
    three(&work, "clients-20200301T021500.csv", "2", 0);
    three(&work, "clients-20200303.csv", "3", 100);
    let sync = |name: &str| work.run(&format!("sync clients-{name}.csv --mapping map.toml"));

    sync("20200302T031500").expect(0);
    let stopped = sync("20200301T021500").expect(4);
    // Its name says that it is newer, whenever it was written.
    sync("20200303").expect(0);
    let by_days = sync("20200301T021500").expect(4);
    work.run("sync clients-20200301T021500.csv --mapping map.toml --allow older_file=48")
        .expect(0);

    stopped.complains(&[
        "older_file: the export is 25 hours older than the last one sent (run 1), by the time in its name",
        "--allow older_file",
    ]);
    by_days.complains(&["48 hours older than the last one sent (run 2)"]);
    assert_eq!(server.tally().customers, 9);
    assert_eq!(let_pass(&work).len(), 1);
}

#[test]
fn an_older_export_is_known_by_its_newest_row_and_else_by_its_file() {
    let (_server, work) = guarded("");
    export_with(
        &work,
        "first.csv",
        "last_ede_sync",
        &["2020-03-02", "2020-03-01"],
    );
    export_with(
        &work,
        "second.csv",
        "last_ede_sync",
        &["2020-03-01T22:00:00Z", "-"],
    );
    // A time that is still to come says nothing of when the file was made.
    export_with(
        &work,
        "third.csv",
        "last_ede_sync",
        &["2099-01-01", "2020-03-03"],
    );
    export_with(&work, "fourth.csv", "last_ede_sync", &["2020-03-04", ""]);
    three(&work, "unsynced.csv", "7", 24);
    let sync = |name: &str| work.run(&format!("sync {name}.csv --mapping map.toml"));

    sync("first").expect(0);
    sync("second").expect(4).complains(&[
        "the export is 2 hours older than the last one sent (run 1), by the column last_ede_sync",
    ]);
    sync("third").expect(0);
    sync("fourth").expect(0);
    let unsynced = work
        .run("sync unsynced.csv --mapping map.toml --allow lost_column")
        .expect(4);
    unsynced.complains(&[
        "older_file: the export is ",
        "by when the file was last written",
    ]);
    set_guards(&work, "older_file = false\nlost_column = false");
    sync("unsynced").expect(0);
}

#[test]
fn an_older_export_is_stopped_after_a_sample_and_an_unfinished_run_too() {
    let (server, work) = guarded("");
    three(&work, "clients-20200302.csv", "1", 0);
    three(&work, "clients-20200301.csv", "2", 0);

    work.run("sync clients-20200302.csv --mapping map.toml --limit 1")
        .expect(0);
    work.run("sync clients-20200301.csv --mapping map.toml")
        .expect(4);

    assert_eq!(server.tally().customers, 1);
}

#[test]
fn a_corrected_file_that_comes_back_is_spared_and_never_the_last() {
    let (server, work) = guarded(
        "min_rows = 10\nmin_rows_of_last = \"85%\"\nblank_column = \"50%\"\nmax_age = \"26h\"",
    );
    work.run("sync clients.csv --mapping map.toml --allow max_age")
        .expect(0);
    export_with(&work, "clients-20200101-1-of-2.csv", "_run", &["", "1"]);
    let sync = |file: &str| format!("sync {file} --mapping map.toml");

    let checked = work
        .run("check clients-20200101-1-of-2.csv --mapping map.toml --json")
        .expect(0)
        .json();
    work.run(&sync("clients-20200101-1-of-2.csv")).expect(0);
    work.export("clients.csv", 11);
    let narrow = work.run(&sync("clients.csv --allow max_age")).expect(4);

    for name in [
        "missing_part",
        "older_file",
        "max_age",
        "min_rows",
        "min_rows_of_last",
        "lost_column",
        "blank_column",
    ] {
        let report = report(&checked, name);
        assert_eq!(report["stopped"], false, "{report}");
        assert_eq!(report["allowed"], false, "{report}");
        assert_eq!(
            report["figures"],
            "not asked of a corrected file that comes back"
        );
    }
    narrow.complains(&["the file has 11 rows, the last one had 20"]);
    assert!(!narrow.stderr.contains("older_file"), "{}", narrow.stderr);
    assert_eq!(server.tally().customers, 22);
    let journal = rusqlite::Connection::open(work.state().join("journal.db")).unwrap();
    let child_of: Option<u32> = journal
        .query_row("SELECT child_of FROM runs WHERE id = 2", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(child_of, Some(1));
}

#[test]
fn check_compares_with_the_last_run_as_sync_does() {
    let server = Server::new();
    let work = Workdir::against(&server);
    set_guards(&work, "min_rows_of_last = \"85%\"");
    work.export("clients.csv", 20);
    let check = "check clients.csv --mapping map.toml";

    let before = work.run(check).expect(0);
    work.run("sync clients.csv --mapping map.toml").expect(0);
    work.export("clients.csv", 16);
    let narrow = work.run(check).expect(4);
    let allowed = work
        .run(&format!("{check} --allow min_rows_of_last=16"))
        .expect(0);

    let lines = [
        (
            &before,
            "  passed      min_rows_of_last  no earlier run to compare with",
        ),
        (&narrow, "a sync would be stopped by min_rows_of_last"),
        (
            &narrow,
            "  would stop  min_rows_of_last  the file has 16 rows, the last one had 20, and 85%",
        ),
        (&narrow, "passes once with --allow min_rows_of_last; =N"),
        (
            &allowed,
            "  let pass    min_rows_of_last  the file has 16 rows",
        ),
    ];
    for (done, line) in lines {
        assert!(done.stdout.contains(line), "{}", done.stdout);
    }
}

//! `--archive-to`: what was sent is moved away once, whole, and over nothing; what was not sent stays.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "helpers of tests may fail their test")]

use std::{
    fs,
    io::Write,
    os::unix::fs::{MetadataExt, PermissionsExt, symlink},
    path::Path,
    process::Stdio,
    time::Duration,
};

use aca_sync::inbox::ExportName;

use crate::{
    inbox::set_age,
    support::{
        Server, Workdir,
        death::Fate,
        server::nowhere,
        table::{gzip, zip},
    },
};

const SYNC: &str = "sync clients.csv --mapping map.toml --archive-to done";

fn workdir(rows: u64) -> (Server, Workdir) {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.export("clients.csv", rows);
    (server, work)
}

/// The names in a folder, in their order; none where there is no such folder.
fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// What the journal says of the command: where its files were read from, and what it wrote down.
fn on_record(work: &Workdir, sql: &str) -> Vec<String> {
    let database = rusqlite::Connection::open(work.state().join("journal.db")).unwrap();
    let mut statement = database.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn a_file_that_was_sent_is_moved_as_it_is_and_only_its_owner_may_read_it() {
    let (_server, work) = workdir(10);
    let content = fs::read(work.path("clients.csv")).unwrap();
    set_age(&work.path("clients.csv"), Duration::from_secs(3_600));
    let readable = fs::Permissions::from_mode(0o644);
    fs::set_permissions(work.path("clients.csv"), readable).unwrap();
    let before = fs::metadata(work.path("clients.csv")).unwrap();

    let done = work.run(SYNC).expect(0);

    let after = fs::metadata(work.path("done/clients.csv")).unwrap();
    let folder = fs::metadata(work.path("done")).unwrap();
    let said = "\narchived clients.csv as done/clients.csv\n";
    assert!(done.stderr.ends_with(said), "{}", done.stderr);
    assert!(!work.path("clients.csv").exists());
    assert_eq!(fs::read(work.path("done/clients.csv")).unwrap(), content);
    assert_eq!(after.modified().unwrap(), before.modified().unwrap());
    assert_eq!(after.permissions().mode() & 0o777, 0o600);
    assert_eq!(folder.permissions().mode() & 0o777, 0o700);
    assert_eq!(
        on_record(&work, "SELECT path FROM sources"),
        ["clients.csv"]
    );
    let audit = on_record(&work, "SELECT details FROM audit WHERE run = 1 ORDER BY id");
    assert_eq!(
        audit.last().unwrap(),
        "archived clients.csv as done/clients.csv"
    );
}

#[test]
fn a_run_with_rows_to_look_at_is_archived_too_and_quiet_says_nothing() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.fixture("healthsherpa/clients-dirty.csv");

    let done = work
        .run("sync clients-dirty.csv --mapping map.toml --archive-to done --quiet")
        .expect(3);

    assert_eq!(done.stderr, "");
    assert_eq!(names_in(&work.path("done")), ["clients-dirty.csv"]);
}

#[test]
fn a_name_that_is_taken_gets_run_and_time_and_neither_is_written_over() {
    let (_server, work) = workdir(10);
    work.run(SYNC).expect(0);
    work.export("clients.csv", 11);
    work.run(SYNC).expect(0);
    // The same content again, of which nothing is to be sent.
    work.export("clients.csv", 11);
    let again = work.run(SYNC).expect(0);

    let names = names_in(&work.path("done"));
    let sizes = |name: &String| fs::metadata(work.path("done").join(name)).unwrap().len();
    let sizes: std::collections::BTreeSet<u64> = names.iter().map(sizes).collect();
    assert!(again.stdout.contains("nothing to do"), "{}", again.stdout);
    assert!(!work.path("clients.csv").exists());
    assert_eq!((names.len(), sizes.len()), (3, 2), "{names:?}");
    assert_eq!(names[0], "clients.csv");
    for name in &names[1..] {
        assert!(name.starts_with("clients.run-2-20"), "{name}");
        assert_eq!(Path::new(name).extension().unwrap(), "csv");
        // The time of the move would else be taken for the export's.
        assert_eq!(ExportName::read(name).exported, None, "{name}");
    }
}

#[test]
fn whatever_has_something_left_to_send_stays_where_it_is() {
    let (_server, work) = workdir(30);
    work.write("narrow.toml", {
        let mapping = fs::read_to_string(work.path("map.toml")).unwrap();
        mapping.replacen("[guard]", "[guard]\nmin_rows = 500", 1)
    });

    for (line, exit) in [
        (format!("{SYNC} --dry-run"), 0),
        (SYNC.replace("map.toml", "narrow.toml"), 4),
        (format!("{SYNC} --deadline 0s"), 75),
        (
            format!(
                "{SYNC} --give-up-after 0s --journal a.db --base-url {}",
                nowhere()
            ),
            69,
        ),
        (format!("{SYNC} --limit 5"), 0),
    ] {
        let done = work.run(&line).expect(exit);
        assert!(!done.stderr.contains("archive"), "{line}\n{}", done.stderr);
        assert!(work.path("clients.csv").exists(), "{line}");
    }
    assert!(!work.path("done").exists());

    // What another command has brought to its end is moved by the next that finds it so.
    work.run("resume").expect(0);
    work.run(SYNC).expect(0);
    assert_eq!(names_in(&work.path("done")), ["clients.csv"]);
}

#[test]
fn all_parts_of_an_export_and_an_archive_with_all_its_members_are_moved_once() {
    let server = Server::new();
    let work = Workdir::against(&server);
    fs::create_dir(work.path("in")).unwrap();
    let mut members = Vec::new();
    for (number, rows) in [(1, 5), (2, 6)] {
        let name = format!("in/clients-{number}-of-2.csv");
        work.export(&name, rows);
        set_age(&work.path(&name), Duration::from_secs(3_600));
        members.push(fs::read(work.path(&name)).unwrap());
    }
    work.write(
        "both.zip",
        zip(&[("1.csv", &members[0]), ("2.csv", &members[1])]),
    );
    work.write("one.csv.gz", gzip(&members[0]));

    for files in ["in", "both.zip", "one.csv.gz"] {
        work.run(&format!("sync {files} --mapping map.toml --full --archive-to in/done --allow older_file --allow min_rows_of_last"))
            .expect(0);
    }

    assert_eq!(names_in(&work.path("in")), ["done"]);
    assert_eq!(
        names_in(&work.path("in/done")),
        [
            "both.zip",
            "clients-1-of-2.csv",
            "clients-2-of-2.csv",
            "one.csv.gz"
        ]
    );
    assert!(!work.path("both.zip").exists() && !work.path("one.csv.gz").exists());
}

#[test]
fn a_file_that_is_another_by_the_end_was_not_sent_and_stays() {
    let (server, work) = workdir(300);
    let mut running = work.start(&format!("{SYNC} --batch-size 100 --rate 2/s"));
    assert!(running.wait_until(|| server.tally().requests >= 1));
    work.export("clients.csv", 301);

    let done = running.finish().expect(0);

    done.complains(&["warning: clients.csv: not archived: it has changed since it was read"]);
    assert!(work.path("clients.csv").exists());
    assert_eq!(names_in(&work.path("done")), [""; 0]);
}

#[test]
fn what_cannot_be_moved_is_a_warning_and_stays() {
    let (_server, work) = workdir(10);
    work.write("file", "");
    fs::create_dir(work.path("away")).unwrap();
    work.export("away/far.csv", 10);
    symlink(work.path("away/far.csv"), work.path("near.csv")).unwrap();

    for (line, why) in [
        (
            "sync clients.csv --mapping map.toml --archive-to file",
            "clients.csv: not archived",
        ),
        (
            "sync near.csv --mapping map.toml --archive-to done",
            "it is a link to a file elsewhere",
        ),
    ] {
        let done = work.run(&format!("{line} --quiet")).expect(0);
        assert_eq!(done.stderr.lines().count(), 1, "{}", done.stderr);
        done.complains(&["warning: ", why]);
    }
    let inside = work
        .run("sync clients.csv --mapping map.toml --archive-to .")
        .expect(0);

    assert_eq!(inside.stderr, "");
    for name in ["clients.csv", "near.csv", "away/far.csv", "file"] {
        assert!(work.path(name).exists(), "{name}");
    }
}

#[test]
fn standard_input_has_nothing_to_move() {
    let (_server, work) = workdir(10);
    let mut child = work
        .command("sync - --mapping map.toml --archive-to done --quiet")
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let content = fs::read(work.path("clients.csv")).unwrap();
    child.stdin.take().unwrap().write_all(&content).unwrap();
    let done = child.wait_with_output().unwrap();

    assert_eq!(done.status.code(), Some(0));
    assert_eq!(String::from_utf8(done.stderr).unwrap(), "");
    assert!(!work.path("done").exists());
}

/// Where there is no second file system, this moves within one.
#[test]
fn a_file_goes_to_another_file_system_with_its_content_its_time_and_no_reader_more() {
    let (_server, work) = workdir(10);
    let content = fs::read(work.path("clients.csv")).unwrap();
    set_age(&work.path("clients.csv"), Duration::from_secs(3_600));
    let before = fs::metadata(work.path("clients.csv")).unwrap();
    let elsewhere = [Path::new("/dev/shm"), Path::new("/var/tmp")]
        .into_iter()
        .find(|folder| fs::metadata(folder).is_ok_and(|found| found.dev() != before.dev()));
    let folder = elsewhere
        .map_or_else(tempfile::tempdir, tempfile::tempdir_in)
        .unwrap();

    work.run(&SYNC.replace("done", &folder.path().to_string_lossy()))
        .expect(0);

    let target = folder.path().join("clients.csv");
    let after = fs::metadata(&target).unwrap();
    assert!(!work.path("clients.csv").exists());
    assert_eq!(fs::read(&target).unwrap(), content);
    assert_eq!(after.modified().unwrap(), before.modified().unwrap());
    assert_eq!(after.permissions().mode() & 0o777, 0o600);
    assert_eq!(names_in(folder.path()), ["clients.csv"]);
}

#[test]
fn a_kill_at_any_step_of_the_move_loses_no_file_and_sends_nothing_again() {
    for step in ["archive.placed", "archive.taken_away"] {
        let (server, work) = workdir(10);
        let content = fs::read(work.path("clients.csv")).unwrap();

        let fate = work.run_to_death(SYNC, &[step]);
        assert!(matches!(&fate, Fate::Died(at) if at == step), "{fate:?}");
        let left = work.path("clients.csv").exists();
        work.run(SYNC).expect(if left { 0 } else { 66 });

        assert_eq!(left, step == "archive.placed");
        assert!(!work.path("clients.csv").exists());
        for name in names_in(&work.path("done")) {
            assert_eq!(fs::read(work.path("done").join(name)).unwrap(), content);
        }
        assert!(work.path("done/clients.csv").exists());
        assert_eq!(server.tally().requests, 1);
    }
}

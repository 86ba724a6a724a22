//! Disks that are full, files that may only be read: nothing is lost, nothing is sent twice that matters,
//! and the next command finishes once there is room.

#![cfg(unix)]
#![expect(
    clippy::indexing_slicing,
    reason = "helpers of tests are not `in tests` for clippy, and a failed one is a failed test"
)]

use std::{
    fmt::Write,
    fs,
    os::unix::{fs::PermissionsExt, fs::symlink, process::CommandExt},
    path::Path,
    process::{Command, Stdio},
};

use crate::support::{
    KEY, Server, Workdir, balanced,
    workdir::{COLUMNS, Done},
};

const ROWS: u64 = 1_000;
const SYNC: &str = "sync clients.csv --mapping map.toml --batch-size 5 --resend-after 0s --json";

/// What is sent once there is room again has to end with each customer and policy once.
fn expect_all_of(server: &Server, done: Done, rows: u64, why: &str) {
    let books = done.expect(0).json();
    assert_eq!(balanced(&books)["records"]["succeeded"], rows, "{why}");
    let tally = server.tally();
    assert_eq!((tally.customers, tally.policies), (rows, rows), "{why}");
}

#[test]
fn a_disk_that_fills_up_at_any_moment_loses_nothing() {
    let (mut while_staging, mut while_sending) = (0, 0);
    for blocks in [1, 8, 64, 200, 280, 420, 600, 1000, 1200, 1300] {
        let server = Server::new();
        let work = Workdir::against(&server);
        work.export("clients.csv", ROWS);

        let full = work.on_full_disk(blocks, SYNC).expect(74);
        let applied = server.tally().customers;
        let shown = work.run("show --json");
        let why = format!("{blocks} blocks, {applied} applied, {}", shown.stdout);

        full.complains(&["state/aca-sync/", "hint: look at free space and rights"]);
        assert!(!full.stderr.contains("5550123"), "{}", full.stderr);
        if applied > 0 {
            while_sending += 1;
            // What was sent is settled or in doubt; what is pending was never sent.
            let json = shown.expect(0).json();
            let count = |state: &str| balanced(&json)["records"][state].as_u64().unwrap();
            assert!(count("succeeded") + count("in_doubt") >= applied, "{why}");
            assert_eq!(count("in_flight"), 0, "{why}");
        } else {
            while_staging += 1;
        }
        expect_all_of(&server, work.run(SYNC), ROWS, &why);
    }
    assert!(
        while_staging >= 3 && while_sending >= 2,
        "{while_staging} {while_sending}"
    );
}

/// What is written while files are read goes to the spool, which is larger than the database here.
#[test]
fn a_disk_that_fills_up_with_what_is_read_leaves_nothing_behind() {
    let server = Server::new();
    let work = Workdir::against(&server);
    let mut lines = format!("{},notes\n", COLUMNS.join(","));
    for row in 0..300_u32 {
        let noise: String = (0..400_u32)
            .map(|at| char::from(b'a' + u8::try_from(scrambled(row * 400 + at) % 26).unwrap()))
            .collect();
        writeln!(
            lines,
            "H{row},Ana,Lee,3055550123,33101,Effectuated,P{row},1/1/2026,{noise}"
        )
        .unwrap();
    }
    work.write("clients.csv", lines);
    // The journal is made before, so that its own files stay below the limit.
    work.rows("none.csv", &[]);
    work.run("sync none.csv --mapping map.toml");

    let full = work.on_full_disk(200, SYNC).expect(74);

    full.complains(&["run-", ".spool", "hint: look at free space and rights"]);
    let left = fs::read_dir(work.state().join("journal.db.spools")).map_or(0, Iterator::count);
    assert!(left <= 1, "{left} spools");
    expect_all_of(&server, work.run(SYNC), 300, "after a full spool");
}

const fn scrambled(number: u32) -> u32 {
    let mixed = (number ^ (number >> 15)).wrapping_mul(0x2c1b_3c6d);
    (mixed ^ (mixed >> 12)).wrapping_mul(0x297a_2d39) >> 7
}

#[test]
fn a_ledger_that_cannot_be_written_lets_nothing_leave() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.export("clients.csv", 20);
    work.run(&format!("{SYNC} --limit 5")).expect(0);
    let ledger = ledger(&work.state());
    let content = fs::read(&ledger).unwrap();
    fs::remove_file(&ledger).unwrap();
    symlink("/dev/full", &ledger).unwrap();

    let full = work.run(SYNC).expect(74);
    let left = work.run("show --json").expect(0).json();
    fs::remove_file(&ledger).unwrap();
    fs::write(&ledger, content).unwrap();

    full.complains(&["ledger-", "hint: look at free space and rights"]);
    assert_eq!(balanced(&left)["records"]["pending"], 15);
    assert_eq!(server.tally().requests, 1);
    expect_all_of(&server, work.run(SYNC), 20, "the ledger is back");
}

fn ledger(state: &Path) -> std::path::PathBuf {
    let mut files = fs::read_dir(state).unwrap().map(|entry| entry.unwrap());
    let found = files.find(|file| file.file_name().to_string_lossy().starts_with("ledger-"));
    found.unwrap().path()
}

#[test]
fn a_journal_that_may_only_be_read_is_said_so_and_nothing_is_sent() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.export("clients.csv", 20);
    work.run(&format!("{SYNC} --limit 5")).expect(0);
    let open = |files: u32, folders: u32| {
        set_modes(&work.path(""), files, folders);
    };
    open(0o444, 0o555);

    let refused = as_somebody_else(&work, SYNC);
    open(0o600, 0o700);
    let left = work.run("show --json").expect(0).json();

    refused.expect(74).complains(&[
        "journal.db",
        "ermission denied",
        "hint: look at free space and rights",
    ]);
    assert_eq!(balanced(&left)["records"]["pending"], 15);
    assert_eq!(server.tally().requests, 1);
    expect_all_of(&server, work.run(SYNC), 20, "may be written again");
}

/// Runs the command as a user to whom rights apply: they do not bind root.
pub(crate) fn as_somebody_else(work: &Workdir, line: &str) -> Done {
    const NOBODY: u32 = 65534;
    let is_root = fs::metadata("/proc/self").is_ok_and(|own| {
        use std::os::unix::fs::MetadataExt;
        own.uid() == 0
    });
    if !is_root {
        return work.run(line);
    }
    // The program itself may lie where only root can go.
    let program = tempfile::tempdir_in("/tmp").unwrap();
    fs::set_permissions(program.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let path = program.path().join("aca-sync");
    let ours = work.command(line);
    fs::copy(ours.get_program(), &path).unwrap();
    let mut command = Command::new(path);
    command
        .args(ours.get_args())
        .current_dir(work.path(""))
        .env_clear()
        .envs(
            ours.get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .env("ACA_SYNC_API_KEY", KEY)
        .uid(NOBODY);
    Done::of(command.stdin(Stdio::null()).output().unwrap())
}

pub(crate) fn set_modes(folder: &Path, files: u32, folders: u32) {
    // A folder has to be open while what is in it changes.
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).unwrap();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            set_modes(&path, files, folders);
        } else {
            fs::set_permissions(&path, fs::Permissions::from_mode(files)).unwrap();
        }
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(folders)).unwrap();
}

//! `doctor`: each thing that it asks for as it should be, and as it makes a run fail, for real.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests are not `in tests` for clippy, and a failed one is a failed test"
)]

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    time::{Duration, SystemTime},
};

use rusqlite::Connection;
use serde_json::Value;

use crate::{
    full_disk::{as_somebody_else, set_modes},
    support::{KEY, Server, Workdir, client, workdir::Done},
};

const SYNC: &str = "sync clients.csv --mapping map.toml";

/// A folder with a finished run.
fn well() -> (Server, Workdir) {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.export("clients.csv", 50);
    work.run(SYNC).expect(0);
    (server, work)
}

/// Level, finding and advice of the check of that name.
fn check(done: &Done, name: &str) -> (String, String) {
    let json = done.json();
    assert_eq!(json["exit"], done.exit, "{json}");
    let checks = json["checks"].as_array().unwrap();
    let found = checks.iter().find(|check| check["name"] == name);
    assert!(found.is_some(), "no check {name} in {json}");
    let found = found.unwrap();
    let text = |member: &str| found[member].as_str().unwrap_or_default().to_owned();
    // Whatever is not as it should be says what to do.
    assert!(
        text("level") == "ok" || !text("advice").is_empty(),
        "{found}"
    );
    (
        text("level"),
        format!("{}; {}", text("finding"), text("advice")),
    )
}

/// Fails unless the check of that name has that level and these words; `fail` alone makes it end with 78.
fn expect_check(work: &Workdir, flags: &str, (name, level): (&str, &str), words: &str) {
    let done = work.run(&format!("doctor --json {flags}"));
    let (found, said) = check(&done, name);
    assert_eq!(found, level, "{name}: {said}");
    assert!(said.contains(words), "{name}: no {words} in {said}");
    assert_eq!(
        done.exit,
        if level == "fail" { 78 } else { 0 },
        "{}",
        done.stdout
    );
}

/// Every file below a folder, with its content.
fn content(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.insert(path.display().to_string(), Vec::new());
            all.extend(content(&path));
        } else {
            all.insert(path.display().to_string(), fs::read(&path).unwrap());
        }
    }
    all
}

#[test]
fn where_all_is_well_every_check_says_so_and_nothing_is_sent_or_changed() {
    let (server, work) = well();
    let asked = "doctor --mapping map.toml --inbox clients.csv";
    let (requests, before) = (server.tally().requests, content(&work.path("")));

    let text = work.run(asked).expect(0).stdout;
    let json = work.run(&format!("{asked} --json")).expect(0).json();
    let quiet = work.run(&format!("{asked} --quiet")).expect(0).stdout;

    let checks = json["checks"].as_array().unwrap();
    let names: Vec<&str> = checks
        .iter()
        .filter_map(|check| check["name"].as_str())
        .collect();
    assert_eq!(
        names,
        [
            "configuration",
            "address",
            "rate",
            "environment",
            "key",
            "ledger",
            "state folder",
            "rights",
            "space",
            "temporary files",
            "lock",
            "journal",
            "runs",
            "in doubt",
            "clock",
            "time zone",
            "mapping",
            "inbox",
        ]
    );
    assert!(checks.iter().all(|check| check["level"] == "ok"), "{json}");
    assert_eq!(
        (&json["schema_version"], &json["exit"]),
        (&1.into(), &0.into())
    );
    assert_eq!(text.lines().count(), checks.len(), "{text}");
    assert!(
        text.lines().all(|line| line.starts_with("ok    ")),
        "{text}"
    );
    assert!(
        text.contains("ACA_SYNC_API_KEY, ACA_SYNC_BASE_URL"),
        "{text}"
    );
    assert_eq!(quiet, "");
    assert_eq!(server.tally().requests, requests);
    assert!(content(&work.path("")) == before, "something was changed");
}

#[test]
fn a_place_where_nothing_was_ever_done_is_told_apart_from_a_bad_one() {
    let work = Workdir::new();
    let before = content(&work.path(""));

    let done = work.run("doctor --sandbox").expect(0).stdout;

    assert!(
        done.contains("is not there yet; the first run makes it"),
        "{done}"
    );
    assert!(content(&work.path("")) == before, "something was made");
    expect_check(&work, "--sandbox", ("journal", "ok"), "there is none at");
    let work = work.with("ACA_SYNC_API_KEY", KEY);
    expect_check(&work, "", ("journal", "warn"), "--first-run");
}

#[test]
fn keys_are_asked_for_by_presence_shape_and_rights() {
    let work = Workdir::new();
    expect_check(&work, "", ("key", "fail"), "there is no API key");
    work.write("key", "sk_555-0177-secret");
    expect_check(
        &work,
        "--api-key-file key",
        ("key", "fail"),
        "begins with `cc_`",
    );
    expect_check(
        &work,
        "--api-key-file gone",
        ("key", "fail"),
        "cannot be read",
    );
    work.write("key", KEY);
    fs::set_permissions(work.path("key"), fs::Permissions::from_mode(0o644)).unwrap();
    expect_check(&work, "--api-key-file key", ("key", "warn"), "chmod 600");
    fs::set_permissions(work.path("key"), fs::Permissions::from_mode(0o600)).unwrap();
    expect_check(&work, "--api-key-file key", ("key", "ok"), "right shape");

    work.write("key", "sk_555-0177-secret");
    let said = work.run("doctor --api-key-file key").stdout;
    assert!(!said.contains("555-0177"), "{said}");
}

#[test]
fn addresses_rates_and_homes_that_cannot_be_used_are_checks_too() {
    let (_server, work) = well();
    let flags = "--base-url http://api.example.com --rate soon";
    expect_check(&work, flags, ("address", "fail"), "https://");
    expect_check(&work, flags, ("rate", "fail"), "not a rate");
    expect_check(&work, "", ("address", "ok"), "on this machine");
    let mut homeless = work.command("doctor --json");
    homeless.env_remove("HOME").env_remove("XDG_STATE_HOME");
    let done = Done::of(homeless.output().unwrap()).expect(78);
    let (level, said) = check(&done, "environment");
    assert!(level == "fail" && said.contains("--state-folder"), "{said}");
    let relative = "--state-folder state/aca-sync";
    expect_check(
        &work,
        relative,
        ("environment", "warn"),
        "wherever a job starts",
    );
    let forgotten = work.path(".local/state/aca-sync");
    fs::create_dir_all(&forgotten).unwrap();
    fs::copy(
        work.state().join("journal.db"),
        forgotten.join("journal.db"),
    )
    .unwrap();
    expect_check(
        &work,
        "",
        ("environment", "warn"),
        "works on another journal",
    );
    fs::remove_file(forgotten.join("journal.db")).unwrap();
    let work = work
        .with("XDG_STATE_HOME", "state")
        .with("TZ", "Mars/Olympus");
    expect_check(
        &work,
        "",
        ("environment", "warn"),
        "XDG_STATE_HOME is no absolute path",
    );
    expect_check(&work, "", ("time zone", "warn"), "TZ=Mars/Olympus");
}

#[test]
fn damaged_and_newer_journals_fail() {
    let (_server, work) = well();
    let path = work.state().join("journal.db");
    let spool = work.state().join("journal.db.spools/run-1.spool");
    expect_check(
        &work,
        "",
        ("journal", "ok"),
        "sound (quick_check), schema version 9, 1 run",
    );
    let whole = fs::read(&path).unwrap();
    let mut torn = whole.clone();
    torn[4096 * 3..4096 * 25].fill(0x55);
    for (bytes, words) in [
        (torn, "journal.db"),
        (
            b"this is no database, whatever its name says".to_vec(),
            "journal.db",
        ),
        (
            whole[..whole.len() - 100].to_vec(),
            "ends in the middle of a page",
        ),
    ] {
        fs::write(&path, bytes).unwrap();
        expect_check(&work, "", ("journal", "fail"), words);
    }
    fs::write(&path, &whole).unwrap();
    fs::rename(&spool, work.path("away")).unwrap();
    expect_check(&work, "", ("journal", "fail"), "run-1.spool");
    fs::rename(work.path("away"), &spool).unwrap();
    let journal = Connection::open(&path).unwrap();
    let version: u32 = journal
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    journal.pragma_update(None, "user_version", 99).unwrap();
    expect_check(&work, "", ("journal", "fail"), "schema version 99");
    journal
        .pragma_update(None, "user_version", version)
        .unwrap();
    expect_check(&work, "", ("journal", "ok"), "sound");
}

#[test]
fn a_run_at_work_and_what_it_leaves_are_told() {
    let server = Server::failing("slow=86400000@2");
    let work = Workdir::against(&server);
    work.export("clients.csv", 50);
    let mut running = work.start(&format!("{SYNC} --batch-size 10 --concurrency 1"));
    assert!(running.wait_until(|| server.tally().requests >= 2));

    let holder = format!("process {}, `aca-sync sync`", running.id());
    expect_check(&work, "", ("lock", "warn"), &holder);
    running.kill();

    expect_check(&work, "", ("lock", "ok"), "nobody");
    expect_check(&work, "", ("runs", "warn"), "`aca-sync resume` goes on");
    expect_check(&work, "", ("in doubt", "ok"), "no record waits");
    work.run("resume --resend-after 0s").expect(0);
    expect_check(&work, "", ("runs", "ok"), "finished");
}

#[test]
fn records_in_doubt_that_wait_for_a_word_are_told() {
    let server = Server::failing("applied-reset@1");
    let work = Workdir::against(&server);
    let mapping = fs::read_to_string(work.path("map.toml")).unwrap();
    let allowed = mapping.replacen("[record]", "[record]\nallow = [\"policy.without_id\"]", 1);
    assert_ne!(mapping, allowed);
    work.write("map.toml", allowed);
    work.rows("clients.csv", &[client("1", "Ana", "")]);
    work.run(SYNC).expect(3);

    expect_check(&work, "", ("in doubt", "warn"), "1 record of run 1 waits");
    expect_check(
        &work,
        "",
        ("in doubt", "warn"),
        "`aca-sync resolve 1 --verify`",
    );
}

#[test]
fn pauses_that_the_api_asked_for_and_ledgers_that_are_damaged_are_told() {
    let server = Server::failing("429=7200@1");
    let work = Workdir::against(&server);
    work.export("clients.csv", 5);
    work.run(SYNC).expect(75);
    expect_check(
        &work,
        "",
        ("ledger", "fail"),
        "a run before that ends with 75",
    );

    let server = Server::failing("429=600@1");
    let work = Workdir::against(&server);
    work.export("clients.csv", 5);
    let mut running = work.start(SYNC);
    let is_paused = || {
        check(&work.run("doctor --json"), "ledger")
            .1
            .contains("a pause that has")
    };
    assert!(running.wait_until(is_paused));
    expect_check(&work, "", ("ledger", "warn"), "a run waits until then");
    running.kill();

    let (_server, work) = well();
    let mut files = fs::read_dir(work.state())
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let is_ledger = |path: &std::path::PathBuf| path.to_string_lossy().contains("/ledger-");
    let ledger = files.find(is_ledger).unwrap();
    fs::write(&ledger, "not a ledger").unwrap();
    expect_check(&work, "", ("ledger", "warn"), "damaged");
    assert_eq!(fs::read_to_string(&ledger).unwrap(), "not a ledger");
    fs::remove_file(&ledger).unwrap();
    fs::create_dir(&ledger).unwrap();
    expect_check(
        &work,
        "",
        ("ledger", "fail"),
        "look at free space and rights",
    );
}

#[test]
fn folders_without_rights_or_room_fail() {
    let (_server, work) = well();
    set_modes(&work.state(), 0o600, 0o755);
    expect_check(&work, "", ("rights", "warn"), "chmod 700");
    set_modes(&work.state(), 0o600, 0o700);
    expect_check(&work, "", ("rights", "ok"), "its owner's alone");
    work.write("file", "");
    expect_check(
        &work,
        "--state-folder file/state",
        ("state folder", "fail"),
        "is no folder",
    );
    let spool = work.state().join("journal.db.spools/run-1.spool");
    // A hole, larger than any disk that this runs on has room for.
    let sparse = fs::File::options().write(true).open(&spool).unwrap();
    sparse.set_len(8 << 40).unwrap();
    expect_check(&work, "", ("space", "fail"), "make room");
    let work = work.with("TMPDIR", "/nowhere/at/all");
    expect_check(&work, "", ("temporary files", "fail"), "set TMPDIR");
}

#[test]
fn what_belongs_to_somebody_else_fails() {
    let (_server, work) = well();
    fs::set_permissions(work.path(""), fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(work.path("state"), fs::Permissions::from_mode(0o755)).unwrap();
    set_modes(&work.state(), 0o444, 0o777);

    let may_not_write = as_somebody_else(&work, "doctor --json").expect(78);
    set_modes(&work.state(), 0o444, 0o555);
    let may_not_enter = as_somebody_else(&work, "doctor --json").expect(78);

    for (done, name) in [
        (&may_not_write, "journal"),
        (&may_not_write, "ledger"),
        (&may_not_enter, "state folder"),
    ] {
        let (level, said) = check(done, name);
        assert_eq!(level, "fail", "{name}: {said}");
    }
}

#[test]
fn a_clock_behind_what_is_on_record_fails() {
    let (_server, work) = well();
    expect_check(&work, "", ("clock", "ok"), "UTC");
    let journal = Connection::open(work.state().join("journal.db")).unwrap();
    // As if the clock had been an hour ahead when the run began.
    let set = "UPDATE runs SET started_at = started_at + 3600000";
    journal.execute(set, []).unwrap();

    expect_check(
        &work,
        "",
        ("clock", "fail"),
        "before the latest time in the journal",
    );
}

#[test]
fn mappings_and_inboxes_are_looked_at_as_a_sync_would() {
    let (_server, work) = well();
    work.fixture("mappings/field-unknown.toml");
    let words = "`aca-sync mapping check field-unknown.toml` says where";
    expect_check(
        &work,
        "--mapping field-unknown.toml",
        ("mapping", "fail"),
        words,
    );
    expect_check(
        &work,
        "--mapping gone.toml",
        ("mapping", "fail"),
        "cannot be read",
    );
    expect_check(&work, "--inbox gone.csv", ("inbox", "fail"), "gone.csv");
    fs::create_dir(work.path("exports")).unwrap();
    expect_check(
        &work,
        "--inbox exports",
        ("inbox", "fail"),
        "no export can be taken",
    );
    work.export("exports/book-1-of-2.csv", 3);
    let age = |hours: u64| {
        let file = fs::File::options()
            .write(true)
            .open(work.path("exports/book-1-of-2.csv"));
        let written = now() - Duration::from_secs(hours * 3600);
        file.unwrap().set_modified(written).unwrap();
    };
    age(30);
    expect_check(&work, "--inbox exports", ("inbox", "fail"), "part 2 of 2");
    fs::rename(
        work.path("exports/book-1-of-2.csv"),
        work.path("exports/book.csv"),
    )
    .unwrap();
    work.write("exports/newer.csv.crdownload", "half");
    expect_check(
        &work,
        "--inbox exports",
        ("inbox", "ok"),
        "last written 30 h 0 min ago",
    );
    let unfinished = ("unfinished downloads", "warn");
    expect_check(&work, "--inbox exports", unfinished, "newer.csv.crdownload");
    let mapping = fs::read_to_string(work.path("map.toml")).unwrap();
    let guarded = mapping.replacen("[guard]", "[guard]\nmax_age = \"26h\"", 1);
    work.write("map.toml", guarded);
    let flags = "--inbox exports --mapping map.toml";
    expect_check(&work, flags, ("inbox", "fail"), "max_age stops the run");
}

/// Whatever is wrong, neither key nor people's data is told.
#[test]
fn a_doctor_tells_nothing_of_the_key_or_of_people() {
    let (_server, work) = well();
    work.run(&format!("{SYNC} --full")).expect(0);
    let names = fs::read_to_string(work.path("clients.csv")).unwrap();
    let cells: Vec<&str> = names
        .lines()
        .skip(1)
        .flat_map(|line| line.split(','))
        .collect();
    let said = work.run("doctor --mapping map.toml --inbox clients.csv -vv");
    let all = format!("{}{}", said.stdout, said.stderr);
    for cell in cells.iter().filter(|cell| cell.len() > 5) {
        assert!(!all.contains(cell), "{cell} in\n{all}");
    }
    let _: Value = work.run("doctor --json").json();
}

#[expect(clippy::disallowed_methods, reason = "a test holds its own clock")]
fn now() -> SystemTime {
    SystemTime::now()
}

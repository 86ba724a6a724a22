//! The checks that stop a run: each says why and how it is let pass, all that stop it are told at once, and
//! nothing is sent before.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail their test")]

use std::fs;

use serde_json::Value;

use crate::support::{Server, Workdir, balanced, client, workdir::COLUMNS};

/// A folder with 20 clients and the shipped mapping, its guards replaced by these.
pub(crate) fn guarded(guards: &str) -> (Server, Workdir) {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.export("clients.csv", 20);
    set_guards(&work, guards);
    (server, work)
}

pub(crate) fn set_guards(work: &Workdir, guards: &str) {
    let shipped = fs::read_to_string("mappings/healthsherpa-clients.toml").unwrap_or_default();
    let (before, rest) = shipped.split_once("[guard]").unwrap_or_default();
    let (_, after) = rest.split_once("[record]").unwrap_or_default();
    work.write(
        "map.toml",
        format!("{before}[guard]\n{guards}\n\n[record]{after}"),
    );
}

/// Writes an export of as many clients as there are cells, each with its cell in one more column.
pub(crate) fn export_with(work: &Workdir, name: &str, column: &str, cells: &[&str]) {
    let rows = (1..).zip(cells).map(|(number, cell): (u32, _)| {
        let (id, policy) = (number.to_string(), format!("P{number}"));
        format!("{},{cell}\n", client(&id, "Ana", &policy).join(","))
    });
    let rows: String = rows.collect();
    work.write(name, format!("{},{column}\n{rows}", COLUMNS.join(",")));
}

/// What was written down of guards that were let pass.
pub(crate) fn let_pass(work: &Workdir) -> Vec<String> {
    let journal = rusqlite::Connection::open(work.state().join("journal.db")).unwrap();
    let mut statement = journal
        .prepare(
            "SELECT verb || ': ' || details FROM audit WHERE details LIKE '%guard%' ORDER BY id",
        )
        .unwrap();
    let details = statement.query_map([], |row| row.get(0)).unwrap();
    details.map(Result::unwrap).collect()
}

/// What a command's JSON says of a guard.
pub(crate) fn report<'j>(json: &'j Value, name: &str) -> &'j Value {
    let guards = json["guards"].as_array().unwrap();
    guards.iter().find(|guard| guard["name"] == name).unwrap()
}

#[test]
fn a_narrow_file_is_not_sent_until_it_is_let_pass_by_name() {
    let (server, work) = guarded("min_rows = 21");

    let stopped = work
        .run("sync clients.csv --mapping map.toml --json")
        .expect(4);
    let requests = server.tally().requests;
    let listed = work.run("runs").expect(0);
    work.run("sync clients.csv --mapping map.toml --allow min_rows")
        .expect(0);

    stopped.complains(&[
        "min_rows: the file has 20 rows, at least 21 are expected",
        "--allow min_rows",
    ]);
    assert_eq!(stopped.json()["exit"], 4);
    assert_eq!(report(&stopped.json(), "min_rows")["stopped"], true);
    assert_eq!(requests, 0);
    assert!(listed.stdout.contains("no runs yet"), "{}", listed.stdout);
    assert_eq!(
        let_pass(&work),
        ["sync: the guard min_rows was let pass: the file has 20 rows, at least 21 are expected"]
    );
    assert_eq!(server.tally().customers, 20);
}

#[test]
fn a_file_much_shorter_than_the_last_is_stopped() {
    let (server, work) = guarded("min_rows_of_last = \"85%\"");
    work.run("sync clients.csv --mapping map.toml").expect(0);
    work.export("clients.csv", 16);

    let stopped = work.run("sync clients.csv --mapping map.toml").expect(4);
    work.export("clients.csv", 18);
    work.run("sync clients.csv --mapping map.toml").expect(0);

    stopped.complains(&["min_rows_of_last: the file has 16 rows, the last one had 20"]);
    assert_eq!(server.tally().requests, 1);
}

#[test]
fn a_file_of_which_too_much_is_rejected_is_stopped_and_check_says_so_too() {
    let (server, work) = guarded("max_rejected = \"10%\"");
    work.rows(
        "clients.csv",
        &[client("1", "Ana", "P1"), client("2", "?", "P2")],
    );

    let figures = "1 of 2 rows were rejected, at most 10% are expected";

    let stopped = work.run("sync clients.csv --mapping map.toml").expect(4);
    let checked = work
        .run("check clients.csv --mapping map.toml --json")
        .expect(4)
        .json();

    stopped.complains(&[&format!("max_rejected: {figures}")]);
    assert_eq!(checked["exit"], 4);
    assert_eq!(report(&checked, "max_rejected")["figures"], figures);
    assert_eq!(server.tally().requests, 0);
}

#[test]
fn all_guards_that_stop_a_run_are_told_at_once() {
    let (server, work) = guarded("min_rows = 50\nmax_rejected = \"0%\"\nmax_age = \"0s\"");
    work.rows("clients.csv", &[client("1", "?", "P1")]);

    let stopped = work
        .run("sync clients.csv --mapping map.toml --allow max_age --json")
        .expect(4);
    let named = work
        .run("sync clients.csv --mapping map.toml --allow max_age --allow min_rows --allow max_rejected")
        .expect(3);

    stopped.complains(&[
        "stopped by 2 guards:\n  min_rows: the file has 1 rows",
        "\n  max_rejected: 1 of 1 rows were rejected",
        "let them pass once with --allow min_rows --allow max_rejected",
    ]);
    let json = stopped.json();
    assert_eq!(report(&json, "min_rows")["stopped"], true);
    assert_eq!(report(&json, "missing_part")["stopped"], false);
    named.complains(&["the guard min_rows was let pass: the file has 1 rows"]);
    assert_eq!(server.tally().requests, 0);
}

#[test]
fn a_number_lets_a_guard_pass_up_to_it() {
    let (server, work) = guarded("min_rows = 21\nmax_rejected = \"0%\"");
    work.rows(
        "clients.csv",
        &[
            client("1", "Ana", "P1"),
            client("2", "?", "P2"),
            client("3", "?", "P3"),
        ],
    );
    let sync = "sync clients.csv --mapping map.toml";

    for too_little in [
        "--allow min_rows=4 --allow max_rejected=2",
        "--allow min_rows=3 --allow max_rejected=1",
        "--allow min_rows=3",
    ] {
        work.run(&format!("{sync} {too_little}")).expect(4);
    }
    work.run(&format!("{sync} --allow min_rows=3 --allow max_rejected=2"))
        .expect(3);

    assert_eq!(server.tally().customers, 1);
    assert_eq!(
        let_pass(&work),
        [
            "sync: the guard min_rows was let pass: the file has 3 rows, at least 21 are expected",
            "sync: the guard max_rejected was let pass: 2 of 3 rows were rejected, at most 0% are expected",
        ]
    );
}

#[test]
fn what_would_not_have_stopped_is_not_written_down_as_let_pass() {
    let (_server, work) = guarded("min_rows = 20");

    work.run("sync clients.csv --mapping map.toml --allow min_rows --allow older_file")
        .expect(0);

    assert!(let_pass(&work).is_empty());
}

#[test]
fn a_run_that_only_fails_is_stopped_before_all_of_it_is_sent() {
    let server = Server::failing("fail=every:2");
    let work = Workdir::against(&server);
    work.export("clients.csv", 600);
    set_guards(&work, "max_failed = \"20%\"");
    let sync = "sync clients.csv --mapping map.toml --batch-size 10 --concurrency 2 --json";

    let stopped = work.run(sync).expect(4);
    let requests = server.tally().requests;
    let passed = work
        .run(&format!("{sync} --allow max_failed"))
        .expect(3)
        .json();

    // 200 answers are awaited before the share says anything; one more request may be under way then.
    assert!((20..=21).contains(&requests), "{requests}");
    assert!(balanced(&stopped.json())["records"]["pending"].as_u64() >= Some(390));
    assert_eq!(balanced(&passed)["records"]["failed"], 300);
    let written = let_pass(&work);
    assert_eq!(written.len(), 1, "{written:?}");
    assert!(
        written[0].starts_with("sync: the guard max_failed was let pass: "),
        "{written:?}"
    );
}

#[test]
fn a_guard_that_is_let_pass_has_a_name_and_a_whole_number_if_any() {
    let (server, work) = guarded("");

    for (allow, complaint) in [
        ("everything", "there is no guard everything"),
        ("", "there is no guard"),
        ("min_rows=", "`` is no whole number"),
        (
            "min_rows=-1",
            "N in --allow min_rows=N counts rows at least",
        ),
        ("max_rejected=10%", "counts rejected rows"),
        ("first_run=1", "the guard first_run takes no number"),
    ] {
        let done = work
            .run(&format!(
                "sync clients.csv --mapping map.toml --allow={allow}"
            ))
            .expect(64);
        done.complains(&[complaint]);
    }
    assert_eq!(server.tally().requests, 0);
}

#[test]
fn a_corrected_file_may_be_rejected_in_all_its_rows() {
    let (server, work) = guarded("max_rejected = \"60%\"");
    work.rows(
        "clients.csv",
        &[client("1", "Ana", "P1"), client("2", "?", "P2")],
    );
    work.run("sync clients.csv --mapping map.toml").expect(3);
    work.run("results --out out").expect(0);
    let sent = server.tally().requests;

    let again = work
        .run("check out/failed.csv --mapping map.toml --json")
        .expect(3)
        .json();
    let retried = work.run("sync out/failed.csv --mapping map.toml").expect(3);

    assert_eq!(
        report(&again, "max_rejected")["figures"],
        "not asked of a corrected file that comes back"
    );
    assert!(
        !retried.stderr.contains("max_rejected"),
        "{}",
        retried.stderr
    );
    assert_eq!(server.tally().requests, sent);
}

//! The checks that stop a run: each says why and how it is let pass, and nothing is sent before.

use std::{fs, time::Duration};

use crate::support::{Server, Workdir, balanced, client};

/// A folder with 20 clients and the shipped mapping, its guards replaced by these.
fn guarded(guards: &str) -> (Server, Workdir) {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.export("clients.csv", 20);
    set_guards(&work, guards);
    (server, work)
}

fn set_guards(work: &Workdir, guards: &str) {
    let shipped = fs::read_to_string("mappings/healthsherpa-clients.toml").unwrap_or_default();
    let (before, rest) = shipped.split_once("[guard]").unwrap_or_default();
    let (_, after) = rest.split_once("[record]").unwrap_or_default();
    work.write(
        "map.toml",
        format!("{before}[guard]\n{guards}\n\n[record]{after}"),
    );
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
    assert_eq!(requests, 0);
    assert!(listed.stdout.contains("no runs yet"), "{}", listed.stdout);
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
fn an_old_export_is_stopped() {
    let (server, work) = guarded("max_age = \"26h\"");
    let file = fs::File::options()
        .append(true)
        .open(work.path("clients.csv"));
    let two_days = Duration::from_secs(48 * 3600);
    let aged = file.and_then(|file| {
        let modified = file.metadata()?.modified()? - two_days;
        file.set_modified(modified)
    });
    assert!(aged.is_ok());

    let stopped = work.run("sync clients.csv --mapping map.toml").expect(4);

    stopped.complains(&["max_age: the export is 48 hours old, at most 26 are expected"]);
    assert_eq!(server.tally().requests, 0);
}

#[test]
fn a_file_of_which_too_much_is_rejected_is_stopped_and_check_says_so_too() {
    let (server, work) = guarded("max_rejected = \"10%\"");
    work.rows(
        "clients.csv",
        &[client("1", "Ana", "P1"), client("2", "?", "P2")],
    );

    for command in ["sync", "check"] {
        let stopped = work
            .run(&format!("{command} clients.csv --mapping map.toml"))
            .expect(4);
        stopped.complains(&["max_rejected: 1 of 2 rows were rejected, at most 10% are expected"]);
    }

    assert_eq!(server.tally().requests, 0);
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
}

#[test]
fn an_unknown_guard_is_a_mistake_in_the_command() {
    let (server, work) = guarded("");

    let done = work
        .run("sync clients.csv --mapping map.toml --allow everything")
        .expect(64);

    done.complains(&["there is no guard everything", "min_rows_of_last"]);
    assert_eq!(server.tally().requests, 0);
}

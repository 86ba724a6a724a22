//! `kill -9`, signals and second starts, on real processes: nothing is lost, and nothing is there twice.

use std::fs;

use crate::support::{Server, Workdir, balanced, client};

const ROWS: u64 = 3_000;
const SYNC: &str = "sync clients.csv --mapping map.toml --batch-size 10 --concurrency 4";

/// Starts a command and ends it as a power cut would, once the sandbox has heard so many requests more.
fn kill_after(work: &Workdir, server: &Server, line: &str, requests: u64) {
    let heard = server.tally().requests + requests;
    let mut running = work.start(line);
    let is_running = running.wait_until(|| server.tally().requests >= heard);
    assert!(is_running, "it ended before {heard} requests");
    running.kill();
}

#[test]
fn a_run_that_is_killed_again_and_again_ends_with_every_customer_and_policy_once() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.export("clients.csv", ROWS);

    kill_after(&work, &server, SYNC, 23);
    let left = work.run("show --json").expect(0).json();
    for requests in [61, 7, 94] {
        kill_after(
            &work,
            &server,
            "resume --batch-size 10 --resend-after 0s",
            requests,
        );
    }
    let books = work
        .run("resume --batch-size 10 --resend-after 0s --json")
        .expect(0)
        .json();

    // What was under way when the process died is in doubt, not lost, and not called pending.
    assert_ne!(balanced(&left)["records"]["in_doubt"], 0, "{left}");
    assert_eq!(left["records"]["in_flight"], 0);
    assert_eq!(balanced(&books)["records"]["succeeded"], ROWS);
    assert_eq!(balanced(&books)["records"]["total"], ROWS);
    let tally = server.tally();
    assert_eq!((tally.customers, tally.policies), (ROWS, ROWS));
    assert_eq!(server.dump()["applied_bodies"]["distinct"], ROWS);
}

#[test]
fn a_run_that_is_killed_while_it_reads_leaves_nothing_and_is_read_again() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.export("clients.csv", 3 * ROWS);
    let spool = work.state().join("journal.db.spools/run-1.spool");

    let mut running = work.start(SYNC);
    assert!(running.wait_until(|| spool.exists()));
    running.kill();
    let listed = work.run("runs --json").expect(0).json();
    let resumed = work.run("resume").expect(0);
    let swept = !spool.exists();
    let books = work
        .run("sync clients.csv --mapping map.toml --json")
        .expect(0)
        .json();

    assert_eq!(listed["runs"], serde_json::json!([]));
    assert!(resumed.stdout.contains("nothing to do"));
    assert!(swept);
    assert_eq!(balanced(&books)["records"]["succeeded"], 3 * ROWS);
    assert_eq!(server.tally().records_applied, 3 * ROWS);
}

#[test]
fn a_rehearsal_that_is_killed_goes_on_with_what_its_sandbox_holds() {
    let work = Workdir::new();
    work.export("clients.csv", 300);
    // The sandbox dies with its process; the third request had not been applied then.
    let sync = "sync clients.csv --mapping map.toml --sandbox --concurrency 1";
    let mut running = work.start(&format!("{sync} --fault slow=86400000@3"));
    let is_killed = running.wait_until(|| {
        let shown = work.run("show --sandbox --json");
        shown.exit == 0 && shown.json()["records"]["succeeded"] == 200
    });
    assert!(is_killed);
    running.kill();

    let resumed = work
        .run("resume --sandbox --resend-after 0s")
        .expect(0)
        .stdout;

    assert!(resumed.contains("300 = 300 succeeded"), "{resumed}");
    assert!(
        resumed.contains("the sandbox holds 300 customers and 300 policies"),
        "{resumed}"
    );
}

#[test]
fn a_signal_lets_requests_under_way_finish_and_says_how_to_go_on() {
    for (signal, exit) in [("INT", 130), ("TERM", 143)] {
        let server = Server::new();
        let work = Workdir::against(&server);
        work.export("clients.csv", ROWS);

        let mut running = work.start(SYNC);
        assert!(running.wait_until(|| server.tally().requests >= 20));
        running.signal(signal);
        let stopped = running.finish().expect(exit);
        let applied = server.tally().records_applied;
        let left = work.run("show --json").expect(0).json();
        let resumed = work.run("resume 1 --batch-size 10 --json").expect(0).json();

        stopped.complains(&["stopping: requests under way are awaited and settled"]);
        assert!(
            stopped.stdout.contains("`aca-sync resume 1` goes on"),
            "{}",
            stopped.stdout
        );
        let records = &balanced(&left)["records"];
        assert_eq!(
            (&records["in_flight"], &records["in_doubt"]),
            (&0.into(), &0.into())
        );
        assert_eq!(records["succeeded"], applied);
        assert_eq!(left["exit"], exit);
        assert_eq!(balanced(&resumed)["records"]["succeeded"], ROWS);
        assert_eq!(
            (server.tally().records_applied, server.tally().requests),
            (ROWS, ROWS / 10)
        );
    }
}

#[test]
fn a_second_signal_ends_at_once_and_what_was_under_way_is_in_doubt() {
    // The answers to the first requests would take a day.
    let server = Server::failing("applied-slow=86400000@1-4");
    let work = Workdir::against(&server);
    work.export("clients.csv", 100);

    let mut running = work.start(SYNC);
    assert!(running.wait_until(|| server.tally().records_applied >= 40));
    // Two signals at once may arrive as one, so the second is repeated until the end.
    while running.is_running() {
        running.signal("TERM");
    }
    let stopped = running.finish();
    let left = work.run("show --json").expect(0).json();
    let resumed = work.run("resume --resend-after 0s --json").expect(0).json();

    stopped.expect(143);
    assert_eq!(balanced(&left)["records"]["in_doubt"], 40);
    assert_eq!(balanced(&resumed)["records"]["succeeded"], 100);
    assert_eq!(
        (server.tally().customers, server.tally().policies),
        (100, 100)
    );
}

#[test]
fn a_signal_while_it_reads_leaves_nothing() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.export("clients.csv", 3 * ROWS);
    let spool = work.state().join("journal.db.spools/run-1.spool");

    let mut running = work.start(SYNC);
    assert!(running.wait_until(|| spool.exists()));
    running.signal("INT");
    let stopped = running.finish().expect(130);

    stopped.complains(&["stopped while reading; nothing was sent"]);
    assert!(!spool.exists());
    assert_eq!(server.tally().requests, 0);
}

#[test]
fn a_newer_file_does_not_overtake_what_a_killed_process_had_under_way() {
    // Applied a good second after it arrived, whoever sent it.
    let server = Server::failing("slow=1500@1");
    let work = Workdir::against(&server);
    let sync = "sync clients.csv --mapping map.toml --resend-after 3s";
    work.rows("clients.csv", &[client("1", "Ana", "P1")]);
    let mut running = work.start(sync);
    assert!(running.wait_until(|| server.tally().requests == 1));
    running.kill();
    work.rows("clients.csv", &[client("1", "Anna", "P1")]);

    let newer = work.run(sync).expect(0);

    newer.complains(&["an earlier run's request may still be under way"]);
    let ana = server.customer("1").unwrap();
    assert_eq!(
        (&ana["firstName"], &ana["applied"]),
        (&"Anna".into(), &2.into())
    );
}

#[test]
fn a_second_start_on_one_journal_is_told_who_has_it_and_the_lock_goes_with_its_process() {
    let server = Server::failing("slow=86400000@1-4");
    let work = Workdir::against(&server);
    work.export("clients.csv", 100);

    let mut running = work.start(SYNC);
    assert!(running.wait_until(|| server.tally().requests >= 4));
    let holder = format!("process {}, `aca-sync sync`, started ", running.id());
    let second = work
        .run("sync clients.csv --mapping map.toml --json")
        .expect(75);
    let resumed = work.run("resume").expect(75);
    let seen = work.run("show --json").expect(0).json();
    work.run("check clients.csv --mapping map.toml").expect(0);
    running.kill();
    let after = work.run("resume --resend-after 0s --json").expect(0).json();

    second.complains(&["another run is using", &holder, "hint: wait for it"]);
    assert_eq!(second.json()["exit"], 75);
    resumed.complains(&[&holder]);
    assert_eq!(balanced(&seen)["records"]["in_flight"], 40);
    assert_eq!(balanced(&after)["records"]["succeeded"], 100);
}

#[test]
fn a_journal_that_cannot_be_used_is_said_so_and_nothing_is_sent() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.export("clients.csv", 10);
    fs::create_dir_all(work.state()).unwrap();
    fs::write(
        work.state().join("journal.db"),
        "this is no database, whatever its name says",
    )
    .unwrap();
    work.write("folder-that-is-a-file", "");

    for line in [
        "sync clients.csv --mapping map.toml",
        "show",
        "sync clients.csv --mapping map.toml --journal folder-that-is-a-file/journal.db",
        "sync clients.csv --mapping map.toml --state-folder folder-that-is-a-file",
    ] {
        work.run(line).expect(74).complains(&["hint:"]);
    }

    assert_eq!(server.tally().requests, 0);
}

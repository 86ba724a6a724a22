//! Corrections of older rows beside newer files: nothing older goes over something newer, delivered or not.

use std::fs;

use serde_json::Value;

use crate::support::{Server, Workdir, apart::Apart, balanced, client};

const GOOD: &str = "3055550122";

/// A night with a file of its own: another customer, and Bo under that name with that phone number.
fn night(work: &Workdir, (bo, phone): (&str, &str), (flags, exit): (&str, i32)) {
    let mut row = client("C2", bo, "P2");
    row[3] = phone;
    work.rows("clients.csv", &[client("C1", bo, "P1"), row]);
    work.run(&format!(
        "sync clients.csv --mapping map.toml --allow max_rejected --resend-after 0s {flags}"
    ))
    .expect(exit);
}

/// Corrects Bo's row in the failed file of a run, under another name, and writes it as `corrected.csv`.
fn correct(work: &Workdir, run: u32, name: &str) {
    if !work.path(&format!("of-{run}")).exists() {
        work.run(&format!("results {run} --out of-{run}")).expect(0);
    }
    let mut failed = Apart::read(&work.path(&format!("of-{run}/failed.csv")));
    failed.correct(3, "phone", GOOD);
    failed.correct(3, "first_name", name);
    let to = work.path("corrected.csv");
    let _ = fs::remove_file(&to);
    failed.save(&to);
}

fn sync(work: &Workdir, exit: i32) -> Value {
    let line = "sync corrected.csv --mapping map.toml --resend-after 0s --json";
    work.run(line).expect(exit).json()
}

/// How many records of a run are in a state.
fn of(work: &Workdir, run: u32, state: &str) -> Option<u64> {
    let shown = work.run(&format!("show {run} --json")).expect(0).json();
    balanced(&shown);
    shown.pointer(&format!("/records/{state}"))?.as_u64()
}

fn name_of_bo(server: &Server) -> Option<Value> {
    server.customer("C2")?.get("firstName").cloned()
}

#[test]
fn a_correction_does_not_go_over_what_a_newer_file_has_delivered() {
    let server = Server::new();
    let work = Workdir::against(&server);
    night(&work, ("Bo", "?"), ("", 3));
    correct(&work, 1, "Old");
    night(&work, ("Bob", GOOD), ("", 0));

    let check = "check corrected.csv --mapping map.toml --json";
    let foreseen = work.run(check).expect(3).json();
    let child = sync(&work, 3);
    let told = work.run("show").expect(0).stdout;
    let before = name_of_bo(&server);
    let retried = work.run("retry --only held").expect(0);

    for json in [&foreseen, &child] {
        let number = |of: &str| json.pointer(of).and_then(Value::as_u64);
        assert_eq!(number("/records/held"), Some(1), "{json}");
        assert_eq!(number("/forecast/pending"), Some(0), "{json}");
    }
    assert!(told.contains("record.newer_file"), "{told}");
    assert_eq!(before, Some("Bob".into()));
    assert!(retried.stdout.contains("1 to be sent again"));
    let after = name_of_bo(&server);
    assert_eq!(after, Some("Old".into()), "on somebody's word");
}

#[test]
fn a_correction_may_be_corrected_again_and_is_as_old_as_its_rows() {
    let server = Server::new();
    let work = Workdir::against(&server);
    night(&work, ("Bo", "?"), ("", 3));
    correct(&work, 1, "Once");
    sync(&work, 0);
    correct(&work, 1, "Twice");
    sync(&work, 0);
    let name = name_of_bo(&server);
    assert_eq!(name, Some("Twice".into()), "what corrects it is newer");

    night(&work, ("Bo", "??"), ("", 3));
    correct(&work, 4, "Newest");
    sync(&work, 0);
    correct(&work, 1, "Oldest");
    sync(&work, 3);

    assert_eq!(of(&work, 6, "held"), Some(1));
    assert_eq!(name_of_bo(&server), Some("Newest".into()));
}

#[test]
fn a_newer_body_that_waits_or_failed_makes_no_way_for_an_older_correction() {
    for (faults, flags, exit, state) in [
        ("slow=1@1", "--limit 1", 0, "pending"),
        ("fail=C2@2-3", "", 3, "failed"),
    ] {
        let server = Server::failing(faults);
        let work = Workdir::against(&server);
        night(&work, ("Bo", "?"), ("", 3));
        correct(&work, 1, "Old");
        night(
            &work,
            ("Bob", GOOD),
            (&format!("--batch-size 1 {flags}"), exit),
        );
        assert_eq!(of(&work, 2, state), Some(1), "{state}");

        // What an earlier run left pending goes first.
        sync(&work, 3);
        work.run("retry 2").expect(0);

        assert_eq!(of(&work, 3, "held"), Some(1), "{state}");
        assert_eq!(of(&work, 2, "succeeded"), Some(2), "{state}");
        assert_eq!(name_of_bo(&server), Some("Bob".into()), "{state}");
    }
}

#[test]
fn a_correction_that_changes_nothing_makes_the_next_one_no_newer() {
    let server = Server::new();
    let work = Workdir::against(&server);
    night(&work, ("Bo", "?"), ("", 3));
    work.run("results --out of-1").expect(0);
    night(&work, ("Bob", GOOD), ("", 0));
    correct(&work, 1, "Bob");
    sync(&work, 0);
    correct(&work, 1, "Old");

    sync(&work, 3);

    assert_eq!(of(&work, 3, "unchanged"), Some(1));
    assert_eq!(of(&work, 4, "held"), Some(1));
    assert_eq!(name_of_bo(&server), Some("Bob".into()));
}

#[test]
fn rows_that_were_rejected_in_newer_files_too_may_be_corrected_in_any_of_them() {
    let server = Server::new();
    let work = Workdir::against(&server);
    night(&work, ("Bo", "?"), ("", 3));
    correct(&work, 1, "First");
    night(&work, ("Bo", "??"), ("", 3));

    sync(&work, 0);
    correct(&work, 2, "Second");
    sync(&work, 0);

    assert_eq!(name_of_bo(&server), Some("Second".into()));
}

//! From a night on which much went wrong to none of its rows open: results, a correction, sync, retry.

use std::{fs, path::Path};

use serde_json::Value;

use crate::support::{Server, Workdir, apart::Apart, balanced, client};

const SYNC: &str =
    "sync clients.csv --mapping map.toml --batch-size 1 --concurrency 1 --resend-after 0s --json";

fn show(work: &Workdir, run: u32) -> Value {
    let shown = work.run(&format!("show {run} --json")).expect(0).json();
    balanced(&shown);
    shown
}

fn count(json: &Value, pointer: &str) -> u64 {
    json.pointer(pointer).and_then(Value::as_u64).unwrap()
}

fn corrected(work: &Workdir, name: &str, correct: impl FnOnce(&mut Apart)) {
    let mut file = Apart::read(&work.path(name));
    correct(&mut file);
    let to = work
        .path("corrected")
        .with_extension(Path::new(name).extension().unwrap());
    let _ = fs::remove_file(&to);
    file.save(&to);
}

/// How many records are in a state.
fn of(json: &Value, state: &str) -> u64 {
    count(json, &format!("/records/{state}"))
}

/// One record succeeds; a row is rejected, and of the other records one is refused, one held back, one fails
/// inside an answer, and one is in doubt.
fn night() -> (Server, Workdir) {
    // The last record gets no answer, however often it is sent.
    let server = Server::failing("refuse=C3@1-7;fail=C6@1-7;reset@4-7");
    let work = Workdir::against(&server);
    let mut rejected = client("C2", "Bo", "P2");
    rejected[3] = "3.05555e+09";
    work.rows(
        "clients.csv",
        &[
            client("C1", "Ana", "P1"),
            rejected,
            client("C3", "Cy", "P3"),
            client("C4", "Di", ""),
            client("C6", "Fa", "P6"),
            client("C5", "Ed", "P5"),
        ],
    );
    work.run(SYNC).expect(3);
    (server, work)
}

#[test]
fn a_night_that_went_wrong_ends_with_no_row_open() {
    let (server, work) = night();
    let night = show(&work, 1);
    let states = ["succeeded", "failed", "held", "in_doubt"].map(|state| of(&night, state));
    assert_eq!(
        (count(&night, "/rows/rejected"), states),
        (1, [1, 2, 1, 1]),
        "{night}"
    );
    let told = work.run("show 1").expect(0).stdout;
    assert!(
        told.contains("next: `aca-sync retry 1` sends again what is in doubt"),
        "{told}"
    );

    work.run("results --out out --format xlsx").expect(0);
    corrected(&work, "out/failed.xlsx", |failed| {
        assert_eq!(failed.column("_row"), ["3", "4", "6"]);
        failed.correct(3, "phone", "3055550122");
        failed.correct(4, "last_name", "Lees");
        // What needs no correction is left to `retry`.
        failed.remove(6);
    });
    let child = work
        .run("sync corrected.xlsx --mapping map.toml --resend-after 0s --json")
        .expect(0)
        .json();
    let between = show(&work, 1);
    assert_eq!(of(balanced(&child), "succeeded"), 2);
    assert_eq!(count(&between, "/closed/rejected"), 1);
    assert_eq!(between.pointer("/closed/by/0").unwrap(), "2");
    assert_eq!(count(&between, "/rows/rejected"), 1, "history stays");
    assert_eq!(of(&between, "superseded"), 1);

    let retried = work.run("retry --resend-after 0s --json").expect(3).json();
    assert_eq!(retried.pointer("/run").unwrap(), "1");
    assert_eq!(count(&retried, "/retry/pending"), 2);
    assert_eq!(count(&retried, "/retry/left/held"), 1);
    let last = work
        .run("retry 1 --only held --resend-after 0s")
        .expect(3)
        .stdout;
    assert!(
        last.starts_with("retry --only held: 1 record = 1 to be sent again\n"),
        "{last}"
    );

    let end = show(&work, 1);
    let open = ["failed", "held", "in_doubt", "pending", "in_flight"].map(|state| of(&end, state));
    assert_eq!(open, [0; 5]);
    assert_eq!((of(&end, "succeeded"), of(&end, "superseded")), (4, 1));
    let told = work.run("show 1").expect(0).stdout;
    assert!(
        told.contains("  closed    1 of 1 rejected rows, by run 2\n"),
        "{told}"
    );
    assert!(told.ends_with("next: nothing\n"), "{told}");
    let runs = work.run("runs").expect(0).stdout;
    let first = runs.lines().nth(1).unwrap();
    assert!(
        first.contains(" 6          0 of 1     4          0          finished "),
        "{runs}"
    );
    let tally = server.tally();
    assert_eq!((tally.customers, tally.policies), (6, 6));
}

#[test]
fn a_row_that_its_customer_waits_for_comes_with_the_rows_that_wait() {
    let server = Server::new();
    let work = Workdir::against(&server);
    let mut broken = client("C2", "Bo", "P3");
    broken[3] = "?";
    work.rows(
        "clients.csv",
        &[client("C1", "Ana", "P1"), client("C2", "Bo", "P2"), broken],
    );
    work.run(&format!("{SYNC} --allow max_rejected")).expect(3);

    work.run("results --out out").expect(0);
    corrected(&work, "out/failed.csv", |failed| {
        assert_eq!(failed.column("_state"), ["held", "rejected"]);
        failed.correct(4, "phone", "3055550123");
    });
    work.run("sync corrected.csv --mapping map.toml").expect(0);

    let parent = show(&work, 1);
    assert_eq!(count(&parent, "/closed/rejected"), 1);
    assert_eq!(count(&parent, "/records/superseded"), 1);
    assert_eq!((server.tally().customers, server.tally().policies), (2, 3));
    // What is closed or superseded is not to be corrected again.
    work.run("results 1 --out again").expect(0);
    assert_eq!(Apart::read(&work.path("again/failed.csv")).rows.len(), 0);
    let left = Apart::read(&work.path("again/unprocessed.csv"));
    assert_eq!(left.column("_state"), ["superseded", "closed"]);
}

#[test]
fn a_correction_that_makes_another_customer_of_a_row_closes_it_all_the_same() {
    let server = Server::failing("refuse=C3@1-3");
    let work = Workdir::against(&server);
    let mut broken = client("1.2E+15", "Bo", "P2");
    broken[1] = "Bo";
    work.rows(
        "clients.csv",
        &[client("C1", "Ana", "P1"), broken, client("C3", "Cy", "P3")],
    );
    work.run(&format!("{SYNC} --allow max_rejected")).expect(3);

    work.run("results --out out --format xlsx").expect(0);
    corrected(&work, "out/failed.xlsx", |failed| {
        failed.correct(3, "healthsherpa_id", "C2");
        failed.correct(4, "healthsherpa_id", "C4");
    });
    work.run("sync corrected.xlsx --mapping map.toml").expect(0);

    let parent = show(&work, 1);
    assert_eq!(count(&parent, "/closed/rejected"), 1, "{parent}");
    assert_eq!(count(&parent, "/records/failed"), 0, "{parent}");
    assert_eq!(count(&parent, "/records/superseded"), 1);
}

#[test]
fn a_row_that_is_still_wrong_stays_open_and_is_closed_through_its_child() {
    let server = Server::new();
    let work = Workdir::against(&server);
    let mut broken = client("1.2E+15", "Bo", "P2");
    broken[3] = "?";
    work.rows("clients.csv", &[client("C1", "Ana", "P1"), broken]);
    let sync = |file: &str, exit: i32| {
        let line = format!("sync {file} --mapping map.toml --allow max_rejected");
        let _ = work.run(&line).expect(exit);
    };
    sync("clients.csv", 3);
    work.run("results --out out").expect(0);
    corrected(&work, "out/failed.csv", |failed| {
        failed.correct(3, "phone", "3055550122");
    });
    sync("corrected.csv", 3);
    assert_eq!(count(&show(&work, 1), "/closed/rejected"), 0);

    work.run("results 2 --out again").expect(0);
    corrected(&work, "again/failed.csv", |failed| {
        assert_eq!(failed.column("_run"), ["2"]);
        failed.correct(2, "healthsherpa_id", "C2");
    });
    sync("corrected.csv", 0);

    assert_eq!(count(&show(&work, 1), "/closed/rejected"), 1);
    assert_eq!(count(&show(&work, 2), "/closed/rejected"), 1);
}

#[test]
fn a_later_night_closes_what_it_delivers_and_nothing_that_it_rejects_again() {
    let server = Server::new();
    let work = Workdir::against(&server);
    let bad = |id: &'static str, phone: &'static str| {
        let mut row = client(id, "Bo", id);
        row[3] = phone;
        row
    };
    work.rows(
        "clients.csv",
        &[client("C1", "Ana", "P1"), bad("C2", "?"), bad("C3", "?")],
    );
    work.run(&format!("{SYNC} --allow max_rejected")).expect(3);
    let fixed = bad("C2", "3055550122");
    work.rows(
        "clients.csv",
        &[client("C1", "Ana", "P1"), fixed, bad("C3", "?")],
    );
    work.run(&format!("{SYNC} --allow max_rejected")).expect(3);

    assert_eq!(count(&show(&work, 1), "/closed/rejected"), 1);
    assert_eq!(count(&show(&work, 2), "/closed/rejected"), 0);
    let json = work.run("runs --json").expect(0).json();
    assert_eq!(count(&json, "/runs/0/closed/rejected"), 1);
}

#[test]
fn show_suggests_what_could_close_what_is_open_and_nothing_once_that_is_acknowledged() {
    let server = Server::failing("refuse=C3");
    let work = Workdir::against(&server);
    work.rows(
        "clients.csv",
        &[
            client("C1", "Ana", "P1"),
            client("C3", "Cy", "P3"),
            client("C4", "Di", ""),
        ],
    );
    work.run(SYNC).expect(3);
    let next = || {
        let told = work.run("show").expect(0).stdout;
        told.lines().last().unwrap_or_default().to_owned()
    };

    let before = next();
    let shown = show(&work, 1);
    for code in ["/findings/failed/0/code", "/findings/held/0/code"] {
        let code = shown.pointer(code).and_then(Value::as_str).unwrap();
        work.run(&format!("ack {code} --because known")).expect(0);
    }
    let after = next();

    assert!(
        before.contains("`aca-sync retry 1 --only refused` sends what the API refused")
            && before.contains("`aca-sync retry 1 --only held` sends what is held")
            && !before.contains("`aca-sync retry 1` "),
        "{before}"
    );
    assert_eq!(after, "next: nothing; all that is open is acknowledged");
}

#[test]
fn a_row_that_was_completed_and_is_still_marked_is_told_so_until_its_mark_is_gone() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.rows("clients.csv", &[client("C1", "Ana", "P1")]);
    let text = work.read("clients.csv");
    work.write(
        "clients.csv",
        text + "C2,Bo,Lee,3055550122,33101,Effectuated,P2\n",
    );
    work.run(SYNC).expect(3);
    let come_back = |run: u32, expected: &str, mark: &str, exit: i32| {
        work.run(&format!("results {run} --out of-{run}")).expect(0);
        corrected(&work, &format!("of-{run}/failed.csv"), |failed| {
            assert_eq!(failed.column("_code"), [expected]);
            let row = failed.column("_row")[0].parse().unwrap();
            failed.correct(row, "effective_date", "1/1/2026");
            failed.correct(row, "_code", mark);
        });
        work.run("sync corrected.csv --mapping map.toml")
            .expect(exit)
    };

    come_back(1, "row.too_few_cells", "row.too_few_cells", 3);
    let shown = work.run("show 2").expect(0).stdout;
    come_back(2, "row.still_marked", "row.still_marked", 3);
    come_back(3, "row.still_marked", "", 0);

    assert!(
        shown.contains("its `_code` still says that it could not be read"),
        "{shown}"
    );
    assert_eq!(count(&show(&work, 1), "/closed/rejected"), 1);
    assert_eq!(server.tally().customers, 2);
}

//! How old a run is, how fast it was sent, when nothing was sent and why.

use std::io::{BufRead, BufReader};

use serde_json::Value;

use crate::support::{KEY, Server, Workdir, server::nowhere};

/// A run's pauses of one reason: how many there were, and how many seconds.
fn pauses(work: &Workdir, why: &str) -> (u64, f64) {
    let shown = work.run("show --json").expect(0).json();
    let of = shown.pointer(&format!("/pauses/by_reason/{why}"));
    let told = of.and_then(|of| Some((of.get("count")?.as_u64()?, of.get("seconds")?.as_f64()?)));
    assert!(told.is_some(), "{why}: {shown}");
    told.unwrap_or_default()
}

#[test]
fn a_pause_that_the_api_asks_for_is_on_record_from_its_beginning() {
    let server = Server::failing("429=1@3");
    let work = Workdir::against(&server);
    work.export("clients.csv", 24);

    // One after the other, so that most of them wait through the pause.
    work.run("sync clients.csv --mapping map.toml --batch-size 1 --rate 20/s")
        .expect(0);
    let shown = work.run("show --json").expect(0).json();
    let text = work.run("show").expect(0).stdout;

    assert_eq!(pauses(&work, "throttled"), (1, 1.0));
    assert_eq!(shown["pauses"]["count"], 1);
    assert_eq!(shown["pauses"]["seconds"], 1.0);
    assert_eq!(shown["pauses"]["longest"]["why"], "throttled");
    assert!(shown["pauses"]["longest"]["begun_at_ms"].is_i64());
    let pace = |of: &str| shown["pace"][of].as_u64();
    assert!(pace("requests_per_minute") > Some(0), "{shown}");
    assert!(pace("records_per_minute") > Some(0), "{shown}");
    assert!(
        text.contains(
            "\n  pauses    1, 1.0 s in all: asked to wait (429) 1, 1.0 s; the longest 1.0 s from "
        ),
        "{text}"
    );
}

#[test]
fn an_api_that_only_fails_or_is_not_there_makes_pauses_of_their_own() {
    let server = Server::failing("503@1-2");
    let failing = Workdir::against(&server);
    let away = Workdir::new()
        .with_address(&nowhere())
        .with("ACA_SYNC_API_KEY", KEY);
    for work in [&failing, &away] {
        work.export("clients.csv", 3);
    }

    failing
        .run("sync clients.csv --mapping map.toml --resend-after 0s")
        .expect(0);
    away.run("sync clients.csv --mapping map.toml --give-up-after 1s")
        .expect(69);

    assert!(pauses(&failing, "failing").0 > 0);
    assert_eq!(pauses(&failing, "unreachable"), (0, 0.0));
    assert!(pauses(&away, "unreachable").0 > 0);
    let text = away.run("show").expect(0).stdout;
    assert!(
        text.contains("\n  pace      no request left\n  pauses    ")
            && text.contains(": not reached "),
        "{text}"
    );
}

#[test]
fn a_pause_that_another_command_met_is_waited_for_told_and_on_record() {
    let server = Server::failing("429=4@1");
    let work = Workdir::against(&server);
    work.export("clients.csv", 20);
    let line = "sync clients.csv --mapping map.toml --batch-size 10 --concurrency 1";
    let mut first = work.start(line);
    assert!(first.wait_until(|| server.tally().requests >= 1));
    let before = first.stderr();
    let mut said = BufReader::new(before).lines().map_while(Result::ok);
    assert!(said.any(|line| line.contains("the API asks to wait (429)")));
    first.kill();

    let resumed = work.run("resume --resend-after 0s").expect(0);
    let shown = work.run("show --json").expect(0).json();

    let told = resumed.stderr;
    assert!(
        told.contains("waiting wait_s=") && told.contains("the API asked to wait (429)"),
        "{told}"
    );
    let (count, seconds) = pauses(&work, "throttled");
    assert!(count <= 2 && seconds > 1.0, "{shown}");
    let sending = shown.pointer("/seconds/send").and_then(Value::as_f64);
    assert!(sending >= Some(seconds - 1.0), "{shown}");
}

#[test]
fn a_run_without_a_pause_says_so() {
    let work = Workdir::new();
    work.export("clients.csv", 3);

    work.run("sync clients.csv --mapping map.toml --sandbox")
        .expect(0);
    let text = work.run("show --sandbox").expect(0).stdout;
    let shown = work.run("show --sandbox --json").expect(0).json();

    assert!(text.contains("\n  pauses    none\n"), "{text}");
    assert_eq!(shown["pauses"]["count"], 0);
    assert_eq!(shown["pauses"]["longest"], Value::Null);
}

#[test]
fn runs_are_listed_with_their_age() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.export("clients.csv", 3);
    work.run("sync clients.csv --mapping map.toml").expect(0);
    let journal = rusqlite::Connection::open(work.state().join("journal.db")).unwrap();
    let age = "UPDATE runs SET started_at = started_at - 3 * 86400000 - 1000";
    assert_eq!(journal.execute(age, []).unwrap(), 1);
    drop(journal);

    let text = work.run("runs").expect(0).stdout;
    let listed = work.run("runs --json").expect(0).json();

    assert!(
        text.lines().nth(1).unwrap().contains(" UTC  3 days ago  "),
        "{text}"
    );
    let seconds = listed["runs"][0]["age_seconds"].as_i64();
    assert!(seconds >= Some(3 * 86_400), "{listed}");
}

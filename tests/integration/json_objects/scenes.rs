//! Real scenes, each command's object beside the golden one.

use std::io::{BufRead, BufReader};

use super::golden::hold;
use crate::{
    guards::set_guards,
    support::{
        KEY, Server, Workdir, client,
        server::nowhere,
        workdir::{COLUMNS, Done},
    },
};

const MAPPED: &str = "clients.csv --mapping map.toml";

/// Plays a command, and holds its object against the golden one of that name.
fn play(work: &Workdir, (name, exit): (&str, i32), line: &str) -> Done {
    let done = work.run(&format!("{line} --json")).expect(exit);
    assert_eq!(done.json()["exit"], exit, "{name}: {}", done.stdout);
    hold(name, &done, work);
    done
}

/// Four clients: one who is delivered, one whom the API refuses, one whose phone number is cut, one whose
/// policy has no id.
fn night() -> (Server, Workdir) {
    let server = Server::failing("fail=2");
    let work = Workdir::against(&server);
    let mut cut = client("3", "Cy", "P3");
    cut[3] = "305555012";
    let rows = [
        client("1", "Ana", "P1"),
        client("2", "Bo", "P2"),
        cut,
        client("4", "Di", ""),
    ];
    work.rows("clients.csv", &rows);
    (server, work)
}

fn id_of(server: &Server, known_as: &str) -> String {
    let customer = server.customer(known_as).unwrap();
    customer["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_night_and_what_it_left() {
    let (_server, work) = night();

    play(&work, ("sync", 3), &format!("sync {MAPPED}"));
    play(&work, ("sync.nothing_to_do", 0), &format!("sync {MAPPED}"));
    play(&work, ("runs", 0), "runs");
    // Its exit code is the run's.
    let shown = work.run("show --show-values --json").expect(0);
    assert_eq!(shown.json()["exit"], 3);
    hold("show", &shown, &work);
    play(&work, ("explain", 0), "explain 4 --mapping map.toml");
    play(
        &work,
        ("explain.customer", 0),
        "explain 2 --run 1 --show-values",
    );
    play(&work, ("report", 0), "report --out night.html");
    play(&work, ("results", 0), "results --out rows");
    play(&work, ("retry", 3), "retry");
    play(
        &work,
        ("ack", 0),
        "ack policy.without_id --because known --until 2099-12-31",
    );
    play(&work, ("audit", 0), "audit");
}

#[test]
fn a_check_with_all_that_it_can_be_asked() {
    let (_server, work) = night();
    let mapping = work.read("map.toml");
    let other = mapping.replacen("= \"zip_code\"", "= { value = \"33199\" }", 1);
    work.write("other.toml", other);

    let asked = "--against other.toml --online --valid good.csv --invalid bad.csv --show-values";
    play(&work, ("check", 3), &format!("check {MAPPED} {asked}"));
}

#[test]
fn what_was_delivered_and_what_the_api_has_now() {
    let server = Server::new();
    let work = Workdir::against(&server);
    let ana = client("1", "Ana", "P1");
    work.rows("clients.csv", &[ana, client("2", "Bo", "P2")]);
    work.run(&format!("sync {MAPPED}")).expect(0);
    let id = id_of(&server, "1");
    play(&work, ("customer", 0), &format!("customer {id}"));
    let other = Workdir::against(&server);
    other.rows("clients.csv", &[client("1", "Anna", "P1")]);
    other.run(&format!("sync {MAPPED}")).expect(0);

    play(&work, ("verify", 3), "verify --show-values");
}

#[test]
fn a_run_that_stopped_and_goes_on() {
    let server = Server::failing("403@1");
    let work = Workdir::against(&server);
    work.rows("clients.csv", &[client("1", "Ana", "P1")]);

    play(&work, ("sync.stopped", 77), &format!("sync {MAPPED}"));
    play(&work, ("resume", 0), "resume");
}

#[test]
fn a_record_in_doubt_settled_by_a_word() {
    let server = Server::failing("garbage@1");
    let work = Workdir::against(&server);
    // The API could not tell this client from another one.
    work.rows("clients.csv", &[client("", "Cy", "P3")]);
    work.run(&format!("sync {MAPPED}")).expect(3);

    play(&work, ("resolve", 0), "resolve --resend");
}

#[test]
fn the_upkeep_of_a_journal() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.rows("clients.csv", &[client("1", "Ana", "P1")]);
    work.run(&format!("sync {MAPPED}")).expect(0);

    play(
        &work,
        ("doctor", 0),
        "doctor --mapping map.toml --inbox clients.csv",
    );
    play(&work, ("journal-backup", 0), "journal backup copy.db");
    play(&work, ("forget", 0), "forget 1");
    play(&work, ("purge", 0), "purge --older-than 0s");
}

#[test]
fn mappings() {
    let work = Workdir::new();
    work.rows("clients.csv", &[client("1", "Ana", "P1")]);
    let mapping = work.read("map.toml");
    let expected = "phoneNumber = \"+13055550123\"";
    work.write(
        "unfit.toml",
        mapping.replace(expected, "phoneNumber = \"+13055550124\""),
    );

    play(&work, ("mapping-new", 0), "mapping new clients.csv");
    play(
        &work,
        ("mapping-new.file", 0),
        "mapping new clients.csv --out draft.toml",
    );
    play(
        &work,
        ("mapping-check", 0),
        "mapping check map.toml clients.csv",
    );
    play(
        &work,
        ("mapping-check.failed", 78),
        "mapping check unfit.toml",
    );
    play(&work, ("mapping-test", 0), "mapping test map.toml");
    play(
        &work,
        ("mapping-test.failed", 78),
        "mapping test unfit.toml",
    );
    play(&work, ("mapping-fields", 0), "mapping fields sync-aca");
    play(
        &work,
        ("mapping-fields.of_a_policy", 0),
        "mapping fields create-policy",
    );
}

#[test]
fn pages_and_a_sandbox() {
    let work = Workdir::new();

    play(&work, ("man", 0), "man --out pages");
    let mut sandbox = work.start("sandbox --listen 127.0.0.1:0 --store held.db --json");
    let mut said = BufReader::new(sandbox.stderr())
        .lines()
        .map_while(Result::ok);
    let url = said.find_map(|line| Some(line.split_once("listening on ")?.1.to_owned()));
    sandbox.signal("TERM");
    let done = sandbox.finish().expect(0);

    assert_eq!(done.json()["url"], url.unwrap_or_default());
    hold("sandbox", &done, &work);
}

#[test]
fn failures() {
    let work = Workdir::new()
        .with_address(&nowhere())
        .with("ACA_SYNC_API_KEY", KEY);
    work.rows("clients.csv", &[client("1", "Ana", "P1")]);
    let narrow = COLUMNS.join(",").replace("zip_code", "zip,zip");
    work.write("narrow.csv", narrow.replace("phone", "telephone") + "\n");
    work.fixture("mappings/many-mistakes.toml");
    work.write("aca-sync.toml", "rate = \"often\"\n");

    play(&work, ("error.usage", 64), "show first");
    play(&work, ("error.configuration", 78), "runs");
    std::fs::remove_file(work.path("aca-sync.toml")).unwrap();
    play(&work, ("error", 64), "runs");
    play(
        &work,
        ("error.mistakes", 78),
        "mapping check many-mistakes.toml",
    );
    play(
        &work,
        ("error.columns", 65),
        "mapping check map.toml narrow.csv",
    );
    set_guards(&work, "min_rows = 2");
    play(
        &work,
        ("error.guard", 4),
        &format!("sync {MAPPED} --first-run"),
    );
}

//! What is typed: usage, help, versions, quiet and talkative, and the sandbox as a command of its own.

use std::io::{BufRead, BufReader};

use crate::support::{KEY, Server, Workdir, balanced, client, workdir::Done};

#[test]
fn mistakes_on_the_command_line_are_told_before_anything_is_done() {
    let work = Workdir::new();
    work.export("clients.csv", 2);
    let sync = "sync clients.csv --mapping map.toml --sandbox";

    for (line, exit, words) in [
        ("frobnicate", 64, "frobnicate"),
        ("", 64, "Usage"),
        ("sync clients.csv", 64, "--mapping"),
        ("sync --mapping map.toml", 64, "FILE"),
        ("resume first", 64, "first"),
        ("sandbox --listen 0.0.0.0:0", 64, "not a loopback address"),
        (
            "sandbox --listen 127.0.0.1:0 --quota many",
            78,
            "not a rate",
        ),
        (&format!("{sync} --batch-size 101"), 64, "101"),
        (&format!("{sync} --batch-size 0"), 64, "0"),
        (&format!("{sync} --limit 0"), 64, "0"),
        (&format!("{sync} --concurrency 65"), 64, "65"),
        (&format!("{sync} --give-up-after soon"), 64, "90s, 5m, 2h"),
        (&format!("{sync} --rate 0/s"), 78, "0/s"),
        (&format!("{sync} --fault explode@3"), 64, "explode"),
        (
            "sync clients.csv --mapping map.toml --fault reset@3",
            64,
            "--sandbox",
        ),
        ("ack 7 --because known --until 12/31/2999", 64, "YYYY-MM-DD"),
        ("show --quiet --verbose", 64, "cannot be used with"),
    ] {
        work.run(line).expect(exit).complains(&[words]);
    }
}

#[test]
fn help_and_versions_are_no_errors() {
    let work = Workdir::new();

    let help = work.run("--help").expect(0).stdout;
    let sandbox = work.run("sandbox --help").expect(0).stdout;
    let version = work.run("--version").expect(0).stdout;

    for command in [
        "sync", "check", "resume", "runs", "show", "mapping", "journal", "doctor", "sandbox",
    ] {
        assert!(help.contains(&format!("\n  {command} ")), "{help}");
    }
    assert!(sandbox.contains("applied-reset"), "{sandbox}");
    assert!(
        version.starts_with(concat!("aca-sync ", env!("CARGO_PKG_VERSION"))),
        "{version}"
    );
    assert!(
        version.contains("time zones: IANA 20") && version.contains("chrono-tz "),
        "{version}"
    );
    // The library's version ends in that of its metadata.
    assert!(
        version.contains("phone numbers: phonenumber 0.") && version.contains('+'),
        "{version}"
    );
}

#[test]
fn quiet_says_nothing_when_all_is_well() {
    let server = Server::failing("fail=700000003");
    let work = Workdir::against(&server);
    work.export("clients.csv", 3);

    let well = work.run("sync clients.csv --mapping map.toml -q").expect(0);
    let again = work.run("sync clients.csv --mapping map.toml -q").expect(0);
    work.export("clients.csv", 10);
    let not_so_well = work.run("sync clients.csv --mapping map.toml -q").expect(3);

    for done in [well, again] {
        assert_eq!((done.stdout.as_str(), done.stderr.as_str()), ("", ""));
    }
    assert!(
        not_so_well.stdout.contains("to fix    1 failed, new: "),
        "{}",
        not_so_well.stdout
    );
}

#[test]
fn logs_are_lines_of_json_where_that_is_asked_for() {
    let server = Server::failing("500@1");
    let work = Workdir::against(&server);
    work.export("clients.csv", 3);

    let done = work
        .run("sync clients.csv --mapping map.toml --log-format json")
        .expect(0);

    let lines: Vec<serde_json::Value> =
        done.stderr.lines().flat_map(serde_json::from_str).collect();
    assert_eq!(lines.len(), done.stderr.lines().count(), "{}", done.stderr);
    assert!(
        lines
            .iter()
            .any(|line| line["code"] == "doubt.server_error" && line["level"] == "WARN")
    );
}

#[test]
fn a_dry_run_is_a_check() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.export("clients.csv", 250);

    let checked = work
        .run("check clients.csv --mapping map.toml --json")
        .expect(0)
        .json();
    let dry = work
        .run("sync clients.csv --mapping map.toml --dry-run --json")
        .expect(0)
        .json();

    assert_eq!(balanced(&checked)["records"]["pending"], 250);
    assert_eq!(checked["plan"]["requests"], 3);
    for member in ["rows", "records", "findings", "exit", "run"] {
        assert_eq!(checked[member], dry[member], "{member}");
    }
    // When it would be done depends on when it is asked.
    for member in ["unchanged", "to_send", "requests", "seconds"] {
        assert_eq!(checked["plan"][member], dry["plan"][member], "{member}");
    }
    assert!(!work.state().exists());
    assert_eq!(server.tally().requests, 0);
}

#[test]
fn the_sandbox_serves_other_processes_until_it_is_asked_to_stop() {
    let work = Workdir::new();
    work.export("clients.csv", 20);
    let line = "sandbox --listen 127.0.0.1:0 --store held.db --quota none --fault fail=700000003";
    let mut sandbox = work.start(line);

    let mut said = BufReader::new(sandbox.stderr())
        .lines()
        .map_while(Result::ok);
    let banner = said.next().unwrap_or_default();
    let url = said.find_map(|line| Some(line.split_once("listening on ")?.1.to_owned()));
    let work = work
        .with_address(&url.unwrap_or_default())
        .with("ACA_SYNC_API_KEY", KEY);
    let books = work
        .run("sync clients.csv --mapping map.toml --json")
        .expect(3)
        .json();
    sandbox.signal("TERM");
    let tally = sandbox.finish().expect(0).json();

    assert!(banner.contains("not the careCycle API"), "{banner}");
    assert_eq!(balanced(&books)["records"]["succeeded"], 19);
    assert_eq!(
        (&tally["customers"], &tally["records_failed"]),
        (&19.into(), &1.into())
    );
}

/// The command that is suggested first, as a shell runs it here.
fn suggested(work: &Workdir, said: &str) -> Done {
    let command = said.split('`').find(|part| part.starts_with("aca-sync "));
    let command = command.unwrap().replacen("aca-sync", "\"$0\"", 1);
    let inner = work.command("");
    let mut shell = std::process::Command::new("/bin/sh");
    shell
        .args(["-c", &command.replace("DIR", "out")])
        .arg(inner.get_program())
        .current_dir(work.path(""))
        .env_clear();
    for (name, value) in inner.get_envs() {
        shell.env(name, value.unwrap_or_default());
    }
    Done::of(shell.output().unwrap())
}

#[test]
fn a_suggested_command_leads_to_the_journal_that_was_named_by_flags() {
    let mut bad = client("2", "Bo", "P2");
    bad[3] = "?";
    for (flags, repeated) in [
        (
            ["--journal", "it's $1.db", "--account", "east"].as_slice(),
            r" --journal 'it'\''s $1.db' --account east`",
        ),
        (
            &["--state-folder", "my state", "--config=none.toml"],
            " --config none.toml --state-folder 'my state'`",
        ),
    ] {
        let server = Server::new();
        let work = Workdir::against(&server);
        work.write("none.toml", "");
        work.rows("clients.csv", &[client("1", "Ana", "P1"), bad]);
        let with_flags = |line: &str| Done::of(work.command(line).args(flags).output().unwrap());

        with_flags("sync clients.csv --mapping map.toml --first-run").expect(3);
        let said = with_flags("show").expect(0).stdout;
        suggested(&work, &said).expect(0);
        let no_row = with_flags("retry 1 --row 9").expect(64).stderr;
        suggested(&work, &no_row).expect(0);
        let no_code = with_flags("ack 1 --run 1 --because so").expect(64).stderr;
        suggested(&work, &no_code).expect(0);

        assert!(said.contains(repeated), "{said}");
        assert!(work.path("out/failed.csv").exists());
        assert!(!work.state().join("journal.db").exists());
    }
    // What the environment says, it says to the next command too.
    let server = Server::new();
    let work = Workdir::against(&server)
        .with("ACA_SYNC_ACCOUNT", "east")
        .with("ACA_SYNC_JOURNAL", "j.db");
    work.rows("clients.csv", &[client("1", "Ana", "P1"), bad]);
    work.run("sync clients.csv --mapping map.toml").expect(3);
    let said = work.run("show").expect(0).stdout;
    assert!(said.contains("`aca-sync results 1 --out DIR`"), "{said}");
}

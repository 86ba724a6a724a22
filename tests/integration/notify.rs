//! `--notify-ping`, `--notify-webhook`: what others are told of a command, and what they are never told.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail their test"
)]

use std::fs;

use aca_sync::notify::Options;
use serde_json::Value;

use crate::{
    privacy::{expect_no_canary, export},
    resolve::in_doubt,
    support::{
        KEY, Server, Workdir, balanced, client,
        outsider::{Heard, Outsider},
        server::nowhere,
    },
};

const SYNC: &str = "sync clients.csv --mapping map.toml";
/// A key that the sandbox knows and refuses.
const FORBIDDEN: &str = "cc_forbidden_0f1e2d3c4b5a6978";

/// Commands tell this one, both ways.
fn telling(work: Workdir, outsider: &Outsider) -> Workdir {
    work.with("ACA_SYNC_NOTIFY_PING", &outsider.at("/ping/s3cret"))
        .with("ACA_SYNC_NOTIFY_WEBHOOK", &outsider.at("/hook/s3cret"))
}

/// What came to the webhook since the outsider was last asked; the pings have to be these two.
fn told(outsider: &Outsider, exit: i32) -> (Vec<Heard>, Heard) {
    let (hooks, pings): (Vec<Heard>, Vec<Heard>) = outsider
        .take()
        .into_iter()
        .partition(|heard| heard.target.starts_with("/hook"));
    let end = match exit {
        0 => "/ping/s3cret".to_owned(),
        exit => format!("/ping/s3cret/{exit}"),
    };
    let targets: Vec<&str> = pings.iter().map(|ping| ping.target.as_str()).collect();
    assert_eq!(targets, ["/ping/s3cret/start", &end]);
    assert_eq!(hooks.len(), 1, "{hooks:?}");
    let hook = hooks.into_iter().next().unwrap();
    assert_eq!(
        (hook.target.as_str(), &hook.json()["exit"]),
        ("/hook/s3cret", &exit.into())
    );
    balanced(&hook.json());
    (pings, hook)
}

#[test]
fn a_later_start_makes_no_success_of_a_night_that_needs_a_look() {
    let (server, outsider) = (Server::new(), Outsider::new());
    let work = telling(Workdir::against(&server), &outsider);
    let mut bad = client("C2", "Bo", "P2");
    bad[3] = "?";
    work.rows("clients.csv", &[client("C1", "Ana", "P1"), bad]);
    let sync = format!("{SYNC} --allow max_rejected --metrics-file night.prom");
    let success = || {
        let metrics = work.read("night.prom");
        let mut lines = metrics.lines();
        lines.any(|line| {
            line.starts_with("aca_sync_last_success_timestamp_seconds{") && !line.ends_with(" 0")
        })
    };

    work.run(&sync).expect(3);
    told(&outsider, 3);
    let later = work.run(&sync).expect(0);
    let (_, hook) = told(&outsider, 3);
    let is_success_later = success();
    work.run("ack phone.not_a_number --because known").expect(0);
    work.run(&sync).expect(0);
    told(&outsider, 0);

    assert!(later.stdout.starts_with("nothing to do"), "{later:?}");
    assert_eq!(hook.json()["problems"]["new"], 1);
    assert!(!is_success_later && success());
}

#[test]
fn a_run_is_told_at_its_start_and_at_its_end_with_the_books_that_it_prints() {
    let (server, outsider) = (Server::new(), Outsider::new());
    let work = telling(Workdir::against(&server), &outsider);
    work.fixture("healthsherpa/clients-dirty.csv");

    let printed = work
        .run("sync clients-dirty.csv --mapping map.toml --account miami --json")
        .expect(3)
        .json();
    let (pings, hook) = told(&outsider, 3);

    let posted = hook.json();
    for (name, value) in printed.as_object().unwrap() {
        // Whose agents they are is nobody's business outside.
        let expected = if name == "agents_lost" {
            &Value::Null
        } else {
            value
        };
        assert_eq!(&posted[name], expected, "{name}");
    }
    for (name, value) in [
        ("verb", "sync"),
        ("mapping", "healthsherpa-clients"),
        ("account", "miami"),
        ("program", concat!("aca-sync ", env!("CARGO_PKG_VERSION"))),
    ] {
        assert_eq!(posted[name], value);
    }
    assert!(!posted["host"].as_str().unwrap().is_empty());
    let at = chrono::DateTime::parse_from_rfc3339(posted["at"].as_str().unwrap());
    assert!(at.is_ok(), "{posted}");
    assert_eq!(pings[0].body, "sync started");
    let rows = format!("rows: {} read = ", posted["rows"]["read"]);
    assert!(
        pings[1].body.starts_with("sync ended with 3; run 1; "),
        "{}",
        pings[1].body
    );
    assert!(pings[1].body.contains(&rows), "{}", pings[1].body);
    assert_eq!(pings[1].body.lines().count(), 1);
    for heard in pings.iter().chain([&hook]) {
        let is_ping = heard.target.starts_with("/ping");
        let kind = if is_ping {
            "text/plain; charset=utf-8"
        } else {
            "application/json"
        };
        assert_eq!(heard.method, "POST");
        assert_eq!(heard.headers["content-type"], kind);
        assert_eq!(
            heard.headers["user-agent"],
            concat!("aca-sync/", env!("CARGO_PKG_VERSION"))
        );
    }
}

#[test]
fn a_success_and_having_nothing_to_do_are_pinged_as_they_are() {
    let (server, outsider) = (Server::new(), Outsider::new());
    let work = telling(Workdir::against(&server), &outsider);
    work.export("clients.csv", 10);

    for line in [SYNC, SYNC, "resume", "resolve --skip"] {
        let done = work.run(&format!("{line} --quiet")).expect(0);
        let (_, hook) = told(&outsider, 0);

        assert_eq!((done.stdout.as_str(), done.stderr.as_str()), ("", ""));
        assert_eq!(hook.json()["verb"], line.split(' ').next().unwrap());
        assert_eq!(hook.json()["records"]["succeeded"], 10);
    }
}

#[test]
fn every_failure_is_told_by_its_code_however_early_it_comes() {
    let (server, outsider) = (Server::new(), Outsider::new());
    let work = telling(Workdir::against(&server), &outsider);
    work.export("clients.csv", 30);
    work.write("broken.csv", "no\ncolumns\n");
    let mapping = fs::read_to_string(work.path("map.toml")).unwrap();
    let narrow = mapping.replacen("[guard]", "[guard]\nmin_rows = 500", 1);
    work.write("narrow.toml", narrow);
    fs::create_dir(work.path("folder.db")).unwrap();
    let expect = |work: &Workdir, line: &str, exit: i32| {
        let done = work.run(line).expect(exit);
        let (pings, hook) = told(&outsider, exit);
        let verb = line.split(' ').next().unwrap();
        let start = format!("{verb} ended with {exit}");
        assert!(pings[1].body.starts_with(&start), "{}", pings[1].body);
        assert!(!done.stderr.contains("s3cret"), "{}", done.stderr);
        hook.json()
    };

    for (line, exit) in [
        ("sync missing.csv --mapping map.toml", 66),
        ("sync broken.csv --mapping map.toml", 65),
        ("sync clients.csv --mapping narrow.toml", 4),
        ("sync clients.csv --mapping missing.toml", 78),
        (
            "sync clients.csv --mapping map.toml --base-url nonsense",
            78,
        ),
        ("sync clients.csv --mapping map.toml --rate never", 78),
        (
            "sync clients.csv --mapping map.toml --journal folder.db",
            74,
        ),
        ("resume --journal missing.db", 64),
        ("resolve --verify --journal missing.db", 64),
    ] {
        let posted = expect(&work, line, exit);

        assert_eq!(
            (&posted["run"], &posted["rows"]["read"]),
            (&Value::Null, &0.into()),
            "{line}"
        );
    }
    let late = expect(&work, &format!("{SYNC} --deadline 0s"), 75);
    let work = work.with("ACA_SYNC_API_KEY", FORBIDDEN);
    let refused = expect(&work, SYNC, 77);
    let work = work.with("ACA_SYNC_BASE_URL", &nowhere());
    let down = expect(
        &work,
        &format!("{SYNC} --give-up-after 0s --journal other.db"),
        69,
    );

    assert_eq!(late["run"], Value::Null);
    for posted in [refused, down] {
        assert_eq!(
            (&posted["run"], &posted["records"]["pending"]),
            (&"1".into(), &30.into())
        );
    }
}

#[test]
fn a_run_that_is_stopped_and_one_that_finds_the_journal_locked_are_told_of() {
    let (server, outsider) = (Server::new(), Outsider::new());
    let work = telling(Workdir::against(&server), &outsider);
    work.export("clients.csv", 300);
    let mut running = work.start(&format!("{SYNC} --batch-size 10 --rate 2/s"));
    assert!(running.wait_until(|| server.tally().requests >= 2));
    let started = outsider.take();

    work.run(SYNC).expect(75);
    told(&outsider, 75);
    running.signal("TERM");
    running.finish().expect(143);
    let stopped = outsider.take();

    assert_eq!(started[0].target, "/ping/s3cret/start");
    let mut targets: Vec<&str> = stopped.iter().map(|heard| heard.target.as_str()).collect();
    targets.sort_unstable();
    assert_eq!(targets, ["/hook/s3cret", "/ping/s3cret/143"]);
}

#[test]
fn what_resolve_settled_is_told_too() {
    let outsider = Outsider::new();
    let (_server, work) = in_doubt("applied-reset");
    let work = telling(work, &outsider);

    let printed = work
        .run("resolve --verify --resend-after 0s --json")
        .expect(0)
        .json();
    let (_, hook) = told(&outsider, 0);

    assert_eq!(hook.json()["resolved"]["applied"], 1);
    assert_eq!(hook.json()["resolved"], printed["resolved"]);
}

#[test]
fn a_query_stays_behind_the_step_and_a_flag_goes_before_the_environment() {
    let (server, outsider) = (Server::new(), Outsider::new());
    let work = telling(Workdir::against(&server), &outsider);
    work.export("clients.csv", 3);
    let ping = outsider.at("/slug/?create=1");

    work.run(&format!("{SYNC} --notify-ping {ping} --notify-webhook="))
        .expect(0);
    work.run(&format!(
        "sync none.csv --mapping map.toml --notify-ping {ping} --notify-webhook="
    ))
    .expect(66);

    assert_eq!(
        outsider.targets(),
        [
            "/slug/start?create=1",
            "/slug/?create=1",
            "/slug/start?create=1",
            "/slug/66?create=1"
        ]
    );
}

#[test]
fn rehearsals_and_commands_that_only_look_tell_nobody() {
    let (server, outsider) = (Server::new(), Outsider::new());
    let work = telling(Workdir::against(&server), &outsider);
    work.export("clients.csv", 10);

    for line in [
        "sync clients.csv --mapping map.toml --dry-run",
        "check clients.csv --mapping map.toml",
        "sync clients.csv --mapping map.toml --limit 0",
    ] {
        work.run(line);
        assert_eq!(outsider.targets(), [""; 0], "{line}");
    }
    work.run(SYNC).expect(0);
    told(&outsider, 0);
    for line in ["runs", "show", "verify", "mapping check map.toml", "doctor"] {
        work.run(line).expect(0);
        assert_eq!(outsider.targets(), [""; 0], "{line}");
    }
    work.run("journal backup copy.db").expect(0);
    assert_eq!(outsider.targets(), [""; 0]);
}

#[test]
fn a_rehearsal_in_the_sandbox_is_told_on_this_machine_only() {
    let outsider = Outsider::new();
    // No address of loopback, and yet nothing leaves this machine: nobody listens there.
    let elsewhere = "https://0.0.0.0:1/s3cret";
    let work = Workdir::new().with("ACA_SYNC_NOTIFY_WEBHOOK", elsewhere);
    work.export("clients.csv", 10);
    let ping = outsider.at("/ping");

    let rehearsed = work
        .run(&format!("{SYNC} --sandbox --notify-ping {ping}"))
        .expect(0);
    let real = work
        .run(&format!("{SYNC} --first-run --notify-ping {ping}"))
        .expect(78);

    assert_eq!(
        outsider.targets(),
        ["/ping/start", "/ping", "/ping/start", "/ping/78"]
    );
    assert!(
        !rehearsed.stderr.contains("0.0.0.0"),
        "{}",
        rehearsed.stderr
    );
    real.complains(&[
        "there is no API key",
        "0.0.0.0 was not told how the command ended",
    ]);
}

#[test]
fn addresses_that_cannot_be_used_are_refused_and_not_repeated() {
    let work = Workdir::new();
    work.export("clients.csv", 3);

    for (address, words) in [
        ("s3cret", "is not an address"),
        ("http://example.com/s3cret", "has to begin with https://"),
        ("ftp://127.0.0.1/s3cret", "has to begin with https://"),
        (
            "https://user:s3cret@example.com/",
            "holds a user or a password",
        ),
        ("https://example.com/a#s3cret", "holds a fragment"),
    ] {
        for whose in ["ping", "webhook"] {
            let line =
                format!("{SYNC} --sandbox --metrics-file job.prom --notify-{whose} {address}");
            let done = work.run(&line).expect(78);
            let asked = work
                .run(&format!("doctor --notify-{whose} {address}"))
                .expect(78);

            done.complains(&[
                &format!("the address of the {whose} {words}"),
                &format!("--notify-{whose}"),
            ]);
            assert!(
                asked
                    .stdout
                    .contains(&format!("fail  notify: the address of the {whose}"))
            );
            assert!(!format!("{done:?}{asked:?}").contains("s3cret"));
            assert!(
                fs::read_to_string(work.path("job.prom"))
                    .unwrap()
                    .contains("} 78\n")
            );
        }
    }
    for (time, exit) in [("0s", 78), ("301s", 78), ("soon", 64)] {
        let line = format!("{SYNC} --sandbox --notify-timeout {time}");
        work.run(&line).expect(exit).complains(
            &["10s", "--notify-timeout"].map(|word| if exit == 64 { "90s, 5m, 2h" } else { word }),
        );
    }
    assert!(!work.state().exists(), "nothing has been begun");
}

#[test]
fn options_print_hosts_and_nothing_more() {
    let ping = Some("https://example.com/s3cret?s3cret");
    let options = Options::new(ping, Some("http://[::1]:1/s3cret"), Options::TIMEOUT).unwrap();

    assert_eq!(
        format!("{options:?}"),
        "Options([\"example.com\", \"[::1]\"], 10s)"
    );
    assert_eq!(options.on_this_machine().hosts(), ["[::1]"]);
    assert!(
        Options::new(Some(" "), None, Options::TIMEOUT)
            .unwrap()
            .is_empty()
    );
}

#[test]
fn doctor_names_the_hosts_and_tells_nobody() {
    let (server, outsider) = (Server::new(), Outsider::new());
    let work = telling(Workdir::against(&server), &outsider);
    work.export("clients.csv", 3);

    let done = work.run("doctor").expect(0);

    assert!(
        done.stdout
            .contains("ok    notify: told how a command ends: 127.0.0.1\n"),
        "{}",
        done.stdout
    );
    assert!(!done.stdout.contains("s3cret"));
    assert_eq!(outsider.targets(), [""; 0]);
}

#[test]
fn help_names_the_variables_and_never_what_they_hold() {
    let outsider = Outsider::new();
    let work = telling(Workdir::new(), &outsider);

    for command in ["sync", "resume", "resolve", "doctor"] {
        let help = work.run(&format!("{command} --help")).expect(0).stdout;
        assert!(help.contains("ACA_SYNC_NOTIFY_PING") && help.contains("ACA_SYNC_NOTIFY_WEBHOOK"));
        assert!(!help.contains("s3cret"), "{help}");
    }
}

#[test]
fn nothing_about_people_and_no_key_is_told_and_no_path_is_said() {
    let server = Server::failing(
        "fail=every:7;refuse=id-3;refuse-unnamed=id-5;applied-reset@4;garbage@6;truncate@8;missing@9;502@11",
    );
    let outsider = Outsider::new();
    let work = telling(Workdir::against(&server), &outsider);
    export(&work, 40);
    let sync = format!("{SYNC} --batch-size 10 --resend-after 0s --give-up-after 0s");

    for line in [
        format!("{sync} -vv"),
        format!("{sync} -vv --log-format json"),
        "resume -vv --resend-after 0s".to_owned(),
        "resolve --resend -vv --resend-after 0s".to_owned(),
        "sync Qzcanary.csv --mapping map.toml -vv".to_owned(),
        "sync clients.csv --mapping Qzcanary.toml -vv".to_owned(),
        format!("{sync} -vv --full --json"),
    ] {
        let done = work.run(&line);
        let said = format!("{}{}", done.stdout, done.stderr);
        assert!(!said.contains("s3cret"), "{said}");
    }
    let heard = outsider.take();

    assert!(heard.len() >= 7 * 3, "{heard:?}");
    let folder = work
        .path("")
        .to_string_lossy()
        .trim_end_matches('/')
        .to_owned();
    for heard in heard {
        let all = format!("{} {:?} {}", heard.target, heard.headers, heard.body);
        expect_no_canary(&all, "what is told");
        for secret in [
            KEY,
            &folder,
            "clients.csv",
            "map.toml",
            "x-api-key",
            "cookie",
        ] {
            assert!(!all.contains(secret), "{secret} in {all}");
        }
    }
}

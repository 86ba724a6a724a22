//! `--metrics-file`: what Prometheus is told of a command, and that a failure takes nothing away.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests may fail their test"
)]
#![expect(
    clippy::float_cmp,
    reason = "a number is what was written, digit for digit"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use aca_sync::{journal::Books, report::Metrics};
use proptest::prelude::*;

use crate::support::{Server, Workdir, balanced, server::nowhere};

const SYNC: &str = "sync clients.csv --mapping map.toml --metrics-file job.prom";

/// A key that the sandbox knows and refuses.
const FORBIDDEN: &str = "cc_forbidden_0f1e2d3c4b5a6978";

type Labels = BTreeMap<String, String>;

/// A file of metrics, read as strictly as Prometheus reads it and as its linter asks.
#[derive(Debug, Default)]
struct Scrape {
    samples: Vec<(String, Labels, f64)>,
}

impl Scrape {
    fn of(work: &Workdir) -> Self {
        Self::parse(&fs::read_to_string(work.path("job.prom")).unwrap())
    }

    fn parse(text: &str) -> Self {
        assert!(text.ends_with('\n'), "the last line has no end");
        let (mut scrape, mut family, mut seen) = (Self::default(), None, BTreeSet::new());
        let mut lines = text.split_terminator('\n');
        while let Some(line) = lines.next() {
            if let Some(help) = line.strip_prefix("# HELP ") {
                let (name, text) = help.split_once(' ').unwrap();
                expect_good_name(name);
                assert!(!text.is_empty() && seen.insert(name.to_owned()), "{line}");
                let kind = lines.next().unwrap();
                assert_eq!(kind, format!("# TYPE {name} gauge"));
                family = Some(name.to_owned());
            } else {
                let sample = parse_sample(line);
                assert_eq!(Some(&sample.0), family.as_ref(), "a sample of no family");
                let is_new = |(name, labels, _): &(String, Labels, f64)| {
                    (name, labels) != (&sample.0, &sample.1)
                };
                assert!(scrape.samples.iter().all(is_new), "twice: {line}");
                scrape.samples.push(sample);
            }
        }
        scrape
    }

    /// The sample of that name with that further label; none where there is none.
    fn find(&self, name: &str, label: Option<(&str, &str)>) -> Option<f64> {
        let is_it = |(other, labels, _): &&(String, Labels, f64)| {
            let has_label =
                |(key, value): (&str, &str)| labels.get(key).is_some_and(|told| told == value);
            other.strip_prefix("aca_sync_") == Some(name) && label.is_none_or(has_label)
        };
        self.samples.iter().find(is_it).map(|sample| sample.2)
    }

    fn value(&self, name: &str) -> f64 {
        self.find(name, None)
            .unwrap_or_else(|| panic!("no {name} in {:?}", self.samples))
    }

    fn last_success(&self) -> f64 {
        self.value("last_success_timestamp_seconds")
    }
}

/// What Prometheus' linter says of names, as far as gauges go.
fn expect_good_name(name: &str) {
    assert!(name.starts_with("aca_sync_"), "{name}");
    let is_fine = |c: char| c.is_ascii_lowercase() || c == '_';
    assert!(name.chars().all(is_fine), "{name}");
    for ending in [
        "_total", "_count", "_sum", "_bucket", "_info", "_gauge", "_ms",
    ] {
        assert!(!name.ends_with(ending), "{name} is no gauge's name");
    }
    let is_time = name.contains("timestamp") || name.contains("duration");
    assert_eq!(is_time, name.ends_with("_seconds"), "{name} and its unit");
}

/// `name{label="value",…} number`.
fn parse_sample(line: &str) -> (String, Labels, f64) {
    let (name, rest) = line.split_once('{').unwrap();
    let (mut labels, mut rest) = (Labels::new(), rest);
    while !rest.starts_with('}') {
        let (key, after) = rest.split_once("=\"").unwrap();
        assert!(
            ["account", "mapping", "state", "phase", "age"].contains(&key),
            "{line}"
        );
        let (mut value, mut chars) = (String::new(), after.chars());
        loop {
            match chars.next().unwrap() {
                '"' => break,
                '\\' => match chars.next().unwrap() {
                    'n' => value.push('\n'),
                    c @ ('\\' | '"') => value.push(c),
                    c => panic!("\\{c} is no escape"),
                },
                c => value.push(c),
            }
        }
        assert!(labels.insert(key.to_owned(), value).is_none(), "{line}");
        rest = chars.as_str();
        rest = rest.strip_prefix(',').unwrap_or(rest);
    }
    let number = rest.strip_prefix("} ").unwrap();
    (name.to_owned(), labels, number.parse().unwrap())
}

#[test]
fn a_run_tells_its_books_its_time_and_its_success() {
    let server = Server::failing("429=0@2");
    let work = Workdir::against(&server);
    work.fixture("healthsherpa/clients-dirty.csv");

    let books = work
        .run("sync clients-dirty.csv --mapping map.toml --batch-size 20 --metrics-file job.prom --json")
        .expect(3)
        .json();
    let told = Scrape::of(&work);

    for group in ["rows", "records"] {
        let counts = balanced(&books)[group].as_object().unwrap();
        let states = counts
            .iter()
            .filter(|(name, _)| !["read", "total"].contains(&name.as_str()));
        let mut sum = 0.0;
        for (state, count) in states {
            let value = told.find(group, Some(("state", state)));
            assert_eq!(value, count.as_f64(), "{group} {state}");
            sum += value.unwrap();
        }
        let all = told
            .samples
            .iter()
            .filter(|sample| sample.0 == format!("aca_sync_{group}"));
        assert_eq!(sum, all.map(|sample| sample.2).sum::<f64>());
        assert!(sum > 0.0);
    }
    for kind in ["sent", "throttled", "retried"] {
        let value = told.value(&format!("requests_{kind}"));
        assert_eq!(Some(value), books["requests"][kind].as_f64());
    }
    for phase in ["stage", "send"] {
        let value = told.find("phase_duration_seconds", Some(("phase", phase)));
        assert_eq!(value, books["seconds"][phase].as_f64());
    }
    assert_eq!((told.value("pauses"), told.value("exit_code")), (1.0, 3.0));
    let ended = told.value("end_timestamp_seconds");
    assert!(ended >= told.value("run_start_timestamp_seconds"));
    assert_eq!(told.value("last_completion_timestamp_seconds"), ended);
    assert_eq!(told.last_success(), 0.0);
    for (_, labels, _) in &told.samples {
        assert_eq!(labels["account"], "default");
        assert_eq!(labels["mapping"], "healthsherpa-clients");
    }
}

#[test]
fn what_has_nothing_to_do_succeeds_and_says_how_old_its_run_is() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.export("clients.csv", 10);
    work.run(SYNC).expect(0);
    let first = Scrape::of(&work);

    for line in [
        SYNC,
        "resume --metrics-file job.prom",
        "resolve --skip --metrics-file job.prom",
    ] {
        work.run(line).expect(0);
        let again = Scrape::of(&work);

        assert_eq!(
            again.find("records", Some(("state", "succeeded"))),
            Some(10.0)
        );
        assert_eq!(
            again.value("run_start_timestamp_seconds"),
            first.value("run_start_timestamp_seconds")
        );
        assert_eq!(again.last_success(), again.value("end_timestamp_seconds"));
        assert!(again.last_success() > first.last_success(), "{line}");
    }
}

#[test]
fn every_failure_shows_and_keeps_the_time_of_the_last_success() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.export("clients.csv", 10);
    work.run(SYNC).expect(0);
    let success = Scrape::of(&work);
    work.export("next.csv", 30);
    work.write("broken.csv", "no\ncolumns\n");
    work.write("broken.toml", "version = 1\n");
    work.write("narrow.toml", {
        let mapping = fs::read_to_string(work.path("map.toml")).unwrap();
        assert!(mapping.contains("[guard]"));
        mapping.replacen("[guard]", "[guard]\nmin_rows = 500", 1)
    });
    fs::create_dir(work.path("folder.db")).unwrap();

    let expect = |work: &Workdir, line: &str, exit: i32| {
        work.run(&format!("{line} --metrics-file job.prom"))
            .expect(exit);
        let told = Scrape::of(work);
        assert_eq!(told.value("exit_code"), f64::from(exit), "{line}");
        assert_eq!(told.last_success(), success.last_success(), "{line}");
        assert!(told.value("end_timestamp_seconds") > told.last_success());
        let is_the_job_s = |labels: &Labels| labels["mapping"] == "healthsherpa-clients";
        assert!(told.samples.iter().all(|sample| is_the_job_s(&sample.1)));
    };

    for (line, exit) in [
        ("sync missing.csv --mapping map.toml", 66),
        ("sync broken.csv --mapping map.toml", 65),
        ("sync next.csv --mapping narrow.toml", 4),
        ("sync next.csv --mapping missing.toml", 78),
        ("sync next.csv --mapping broken.toml", 78),
        ("sync next.csv --mapping map.toml --base-url nonsense", 78),
        ("sync next.csv --mapping map.toml --journal folder.db", 74),
        ("sync next.csv --mapping map.toml --deadline 0s", 75),
        ("resume 99", 64),
        ("resume --journal missing.db", 64),
    ] {
        expect(&work, line, exit);
    }
    let work = work.with("ACA_SYNC_API_KEY", FORBIDDEN);
    expect(&work, "sync next.csv --mapping map.toml", 77);
    let work = work.with("ACA_SYNC_BASE_URL", &nowhere());
    let down = "sync next.csv --mapping map.toml --give-up-after 0s";
    expect(&work, &format!("{down} --journal other.db"), 69);
}

#[test]
fn a_run_that_is_stopped_and_one_that_finds_the_journal_locked_show_too() {
    for (signal, exit) in [("INT", 130), ("TERM", 143)] {
        let server = Server::new();
        let work = Workdir::against(&server);
        work.export("clients.csv", 300);
        let mut running = work.start(&format!("{SYNC} --batch-size 10 --rate 2/s"));
        assert!(running.wait_until(|| server.tally().requests >= 2));

        work.run(SYNC).expect(75);
        let beside = Scrape::of(&work);
        running.signal(signal);
        running.finish().expect(exit);
        let stopped = Scrape::of(&work);
        work.run("resume --metrics-file job.prom").expect(0);
        let resumed = Scrape::of(&work);

        assert_eq!(beside.value("exit_code"), 75.0);
        assert_eq!(
            (beside.last_success(), beside.find("records", None)),
            (0.0, None)
        );
        assert_eq!(stopped.value("exit_code"), f64::from(exit));
        assert!(stopped.find("records", Some(("state", "pending"))) > Some(0.0));
        assert_eq!(resumed.value("exit_code"), 0.0);
        assert_eq!(
            resumed.find("records", Some(("state", "succeeded"))),
            Some(300.0)
        );
        assert_eq!(
            resumed.last_success(),
            resumed.value("end_timestamp_seconds")
        );
    }
}

#[test]
fn metrics_that_cannot_be_written_change_nothing_but_a_warning() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.export("clients.csv", 10);
    fs::create_dir(work.path("folder.prom")).unwrap();

    for file in ["missing/job.prom", "folder.prom"] {
        let done = work
            .run(&format!(
                "sync clients.csv --mapping map.toml --quiet --full --metrics-file {file}"
            ))
            .expect(0);

        assert_eq!(done.stdout, "");
        assert_eq!(done.stderr.lines().count(), 1, "{}", done.stderr);
        done.complains(&["warning: ", file, "the metrics cannot be written"]);
    }
    work.run("sync clients.csv --mapping map.toml --metrics-file clients.csv")
        .expect(64)
        .complains(&["name a file that ends in .prom"]);
    assert_eq!(left_behind(&work), ["folder.prom"]);
}

#[test]
fn a_rehearsal_and_a_command_without_the_flag_write_no_metrics() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.export("clients.csv", 10);

    work.run(&format!("{SYNC} --dry-run")).expect(0);
    work.run("sync clients.csv --mapping map.toml").expect(0);

    assert_eq!(left_behind(&work), [""; 0]);
}

#[cfg(unix)]
#[test]
fn a_journal_that_fills_up_while_records_are_sent_tells_how_far_it_came() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.export("clients.csv", 1_000);

    work.on_full_disk(1_200, &format!("{SYNC} --batch-size 5"))
        .expect(74);
    let told = Scrape::of(&work);

    let applied = server.tally().customers;
    let staged = told.find("rows", Some(("state", "staged")));
    let pending = told.find("records", Some(("state", "pending"))).unwrap();
    assert!(applied > 0);
    assert_eq!((told.value("exit_code"), staged), (74.0, Some(1_000.0)));
    assert!(pending > 0.0 && pending < 1_000.0, "{pending}");
}

#[cfg(unix)]
#[test]
fn commands_that_fail_beside_one_that_succeeds_leave_its_success() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.export("clients.csv", 10);
    work.run("sync clients.csv --mapping map.toml").expect(0);

    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..10 {
                    work.run("sync missing.csv --mapping map.toml --metrics-file job.prom")
                        .expect(66);
                }
            });
        }
        for _ in 0..10 {
            let before = fs::read_to_string(work.path("job.prom"));
            let before = before.map_or(0.0, |text| Scrape::parse(&text).last_success());
            work.run(SYNC).expect(0);
            assert!(Scrape::of(&work).last_success() > before);
        }
    });
}

#[cfg(unix)]
#[test]
fn everybody_may_read_the_file_and_it_replaces_the_old_one_whole() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    let server = Server::new();
    let work = Workdir::against(&server);
    work.export("clients.csv", 10);
    work.run(SYNC).expect(0);
    let first = fs::metadata(work.path("job.prom")).unwrap();
    work.run(SYNC).expect(0);
    let second = fs::metadata(work.path("job.prom")).unwrap();

    assert_eq!(first.permissions().mode() & 0o777, 0o644);
    assert_ne!(first.ino(), second.ino(), "it was written over");
    assert_eq!(left_behind(&work), ["job.prom"]);
}

/// The files of metrics in the folder, with what was meant to become one.
fn left_behind(work: &Workdir) -> Vec<String> {
    let entries = fs::read_dir(work.path("")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let ends_in =
        |name: &String, ending| Path::new(name).extension().is_some_and(|own| own == ending);
    names
        .filter(|name| ends_in(name, "prom") || ends_in(name, "tmp"))
        .collect()
}

/// What a command that ended at that time, with 0 or 69, has to tell.
fn told(account: &str, mapping: Option<&str>, (ended, is_success): (i64, bool)) -> Metrics {
    Metrics {
        account: account.to_owned(),
        mapping: mapping.map(str::to_owned),
        books: is_success.then(Books::default),
        exit: if is_success { 0 } else { 69 },
        is_success,
        is_complete: is_success,
        ended,
        ..Metrics::default()
    }
}

proptest! {
    /// Whatever account and mapping are called, a success of theirs is kept, and nobody else's.
    #[test]
    fn any_name_is_a_label_and_its_success_is_kept(
        account in any::<String>(), mapping in any::<String>(), other in "[a-z\"\\\\{}\n]{0,4}",
        seconds in 1_u32.., damage in any::<String>(),
    ) {
        let ended = i64::from(seconds) * 1000;
        let success = told(&account, Some(&mapping), (ended, true)).text(&damage);
        let failure = told(&account, Some(&mapping), (ended + 1, false)).text(&success);
        let unread = told(&account, None, (ended + 2, false)).text(&failure);
        let elsewhere = told(&account, Some(&other), (ended + 3, false)).text(&success);

        for text in [&success, &failure, &unread] {
            let scrape = Scrape::parse(text);
            let (_, labels, _) = &scrape.samples[0];
            prop_assert_eq!((&labels["account"], &labels["mapping"]), (&account, &mapping));
            prop_assert_eq!(scrape.last_success(), f64::from(seconds));
        }
        if other != mapping {
            prop_assert_eq!(Scrape::parse(&elsewhere).last_success(), 0.0);
        }
    }
}

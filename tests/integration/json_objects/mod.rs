//! `--json` on every command: one object, guarded by golden files, and told by the README.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail their test"
)]

mod golden;
mod scenes;

use std::collections::{BTreeMap, BTreeSet};

use golden::ERROR;

use crate::support::{KEY, Workdir, server::nowhere};

/// Commands whose result is a document for another program, with `--json` or without.
const DOCUMENTS: [&str; 2] = ["completions", "mapping schema"];

/// A command line that fails for each command, and the exit code.
const FAILING: &[(&str, &str, i32)] = &[
    ("ack", "ack none --because so", 64),
    ("audit", "audit", 64),
    ("check", "check nowhere.csv --mapping map.toml", 66),
    ("completions", "completions abacus", 64),
    (
        "customer",
        "customer 1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed --give-up-after 0s",
        69,
    ),
    ("doctor", "doctor --concurrency none", 64),
    ("explain", "explain 1", 64),
    ("forget", "forget 1", 64),
    ("journal backup", "journal backup copy.db", 64),
    ("man", "man --out map.toml/pages", 74),
    ("mapping check", "mapping check nowhere.toml", 78),
    ("mapping fields", "mapping fields nothing", 64),
    ("mapping new", "mapping new nowhere.csv", 66),
    ("mapping schema", "mapping schema all", 64),
    ("mapping test", "mapping test nowhere.toml", 78),
    ("purge", "purge --older-than 1d", 64),
    ("report", "report --out night.html", 64),
    ("resolve", "resolve --skip", 64),
    ("results", "results --out rows", 64),
    ("resume", "resume", 64),
    ("retry", "retry", 64),
    ("runs", "runs", 64),
    ("sandbox", "sandbox --listen 0.0.0.0:0", 64),
    ("show", "show", 64),
    ("sync", "sync nowhere.csv --mapping map.toml", 66),
    ("verify", "verify", 64),
];

/// All commands that there are, as they are typed: each has a manual page, and so do those that only hold others.
fn verbs() -> BTreeSet<String> {
    let pages = Workdir::new()
        .run("man --out pages --json")
        .expect(0)
        .json();
    let pages: Vec<String> = pages["files"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|path| {
            let name = path
                .as_str()?
                .strip_prefix("pages/aca-sync-")?
                .strip_suffix(".1")?;
            Some(name.replace('-', " "))
        })
        .collect();
    let holds_others = |name: &&String| {
        pages
            .iter()
            .any(|other| other.starts_with(&format!("{name} ")))
    };
    pages
        .iter()
        .filter(|name| !holds_others(name))
        .cloned()
        .collect()
}

#[test]
fn every_command_has_a_golden_object_and_every_golden_object_a_scene() {
    let golden: BTreeSet<String> = golden::members().into_keys().collect();
    let verbs = verbs();
    let expected = verbs
        .iter()
        .filter(|verb| !DOCUMENTS.contains(&verb.as_str()))
        .map(|verb| verb.replace(' ', "-"))
        .chain([ERROR.to_owned()]);

    assert!(verbs.len() > 20, "{verbs:?}");
    assert_eq!(golden, expected.collect());
    let scenes = include_str!("scenes.rs");
    for name in golden::names() {
        let quoted = format!("\"{name}\"");
        assert!(scenes.contains(&quoted), "no scene plays {name}");
    }
}

#[test]
fn a_failure_of_any_command_is_one_object_on_stdout_and_words_on_stderr() {
    let played: BTreeSet<String> = FAILING
        .iter()
        .map(|(verb, ..)| (*verb).to_owned())
        .collect();
    assert_eq!(played, verbs());

    for (_, line, exit) in FAILING {
        let work = Workdir::new()
            .with_address(&nowhere())
            .with("ACA_SYNC_API_KEY", KEY);

        let done = work.run(&format!("{line} --json")).expect(*exit);

        let object = done.json();
        assert_eq!(object["schema_version"], 1, "{line}: {object}");
        assert_eq!(object["exit"], *exit, "{line}: {object}");
        let error = object["error"].as_str().unwrap();
        assert!(!error.is_empty() && !error.starts_with("error"), "{error}");
        done.complains(&["error: ", error.lines().next().unwrap_or_default()]);
    }
}

#[test]
fn a_word_that_only_looks_like_the_flag_asks_for_no_object() {
    let work = Workdir::new();

    for line in ["frobnicate", "show 1 -- --json"] {
        assert_eq!(work.run(line).expect(64).stdout, "", "{line}");
    }
    for document in ["--help --json", "sync --json --help", "--version --json"] {
        let text = work.run(document).expect(0).stdout;
        assert!(!text.starts_with('{'), "{text}");
    }
}

#[test]
fn names_that_turn_the_direction_of_reading_leave_the_object_whole() {
    let work = Workdir::new();
    let name = "cli\u{202e}ents.csv";

    let done = work.run(&format!("check {name} --mapping map.toml --json"));

    let done = done.expect(66);
    assert!(done.json()["error"].as_str().unwrap().contains(name));
    assert!(!done.stdout.contains('\u{202e}'), "{}", done.stdout);
}

/// The table of the README: the members of each command's object, with those of `sync` where it is named. The row
/// that names no command is that of failures.
fn told() -> BTreeMap<String, BTreeSet<String>> {
    let readme = std::fs::read_to_string("README.md").unwrap();
    let table = readme.split("| `--json` of | has |").nth(1).unwrap();
    let words = |cell: &str| -> BTreeSet<String> {
        let words = cell.split('`').skip(1).step_by(2);
        words.map(str::to_owned).collect()
    };
    let mut told: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in table.lines().skip(2).take_while(|row| row.starts_with('|')) {
        let cells: Vec<&str> = row.split('|').collect();
        let mut members = words(cells[2]);
        if members.remove("sync") {
            members.extend(told["sync"].clone());
        }
        if let Some(without) = cells[2].split(" without `").nth(1) {
            members.remove(without.split('`').next().unwrap());
        }
        let mut verbs = words(cells[1]);
        if verbs.is_empty() {
            verbs.insert(ERROR.to_owned());
        }
        for verb in verbs {
            told.insert(verb, members.clone());
        }
    }
    told
}

#[test]
fn the_table_of_objects_in_the_readme_is_what_the_golden_ones_hold() {
    let mut golden = BTreeMap::new();
    for (verb, mut members) in golden::members() {
        assert!(members.remove("schema_version"), "{verb}");
        // A sandbox tells its address before its end.
        assert_eq!(members.remove("exit"), verb != "sandbox", "{verb}");
        golden.insert(verb.replace('-', " "), members);
    }

    assert_eq!(told(), golden);
}

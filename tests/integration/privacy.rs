//! People's data and the key stay put: canaries in every column show in no output, whatever goes wrong,
//! and what is kept is its owner's alone.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use regex::Regex;

use crate::support::{
    KEY, Server, Workdir,
    generator::{Plan, Share, write_export},
};

/// A word that nobody says, and what stands for it where only digits will do. Compared without case.
const CANARIES: [&str; 8] = [
    "qzcanary",
    "5550177",
    "555-0177",
    "96897",
    "1961-03-17",
    "3/17/1961",
    "876543",
    "4455667788",
];

/// What a column holds that takes a certain kind of value only. All others hold the word.
const VALID: &[(&str, &str)] = &[
    ("gender", "Female"),
    ("dob", "3/17/1961"),
    ("applying", "Yes"),
    ("phone", "(808) 555-0177"),
    ("email", "qzcanary@example.com"),
    ("state", "HI"),
    ("zip_code", "96897"),
    ("household_size", "3"),
    ("household_income", "876543"),
    ("applicant_count", "3"),
    ("effective_date", "1/1/2026"),
    ("expiration_date", "12/31/2026"),
    ("submission_date", "12/1/2025"),
    ("policy_status", "Effectuated"),
    ("policy_aor", "Qzcanary (NPN: 4455667788)"),
    ("last_ede_sync", "2026-11-15T10:00:00Z"),
    ("archived", "No"),
];

/// Cells that cannot be used, each in a row of its own; the last one is of a record that is held.
const RUINED: &[(&str, &str)] = &[
    ("phone", "qzcanary 5550177"),
    ("phone", "8.085550177e+09"),
    ("zip_code", "Qzcanary"),
    ("state", "Qzcanary"),
    ("dob", "Qzcanary"),
    ("gender", "Qzcanary"),
    ("household_income", "Qzcanary 876543"),
    ("effective_date", "Qzcanary"),
    ("policy_status", "Qzcanary"),
    ("first_name", ""),
    ("healthsherpa_id", "4.455667788e+20"),
    ("healthsherpa_policy_ids", "Qzcanary-1, Qzcanary-2"),
];

/// An export whose every cell is a canary: `good` rows of customers of their own, then the ruined ones.
pub(crate) fn export(work: &Workdir, good: usize) {
    let plan = Plan {
        rows: 0,
        seed: 1,
        switches: Share::percent(0),
        dirty: Share::percent(0),
    };
    let mut header = Vec::new();
    let written = write_export(&plan, &mut header);
    assert!(written.is_ok());
    let mut text = String::from_utf8_lossy(&header).into_owned();
    let columns: Vec<String> = text.trim().split(',').map(str::to_owned).collect();
    let good = (0..good).map(|number| (number, ("", "")));
    for (number, (ruined, cell)) in good.chain((1_000..).zip(RUINED.iter().copied())) {
        let cells = columns.iter().map(|column| {
            let valid = VALID.iter().find(|(name, _)| name == column);
            match (column == ruined, valid) {
                (true, _) => format!("\"{cell}\""),
                (_, Some((_, value))) => format!("\"{value}\""),
                _ => format!("Qzcanary-{column}-{number}"),
            }
        });
        text += &(cells.collect::<Vec<_>>().join(",") + "\n");
    }
    work.write("clients.csv", text);
}

pub(crate) fn expect_no_canary(text: &str, line: &str) {
    // Times and ports are digits of which nobody can say what they spell.
    let folded = Regex::new(r#"\d{4}-\d\d-\d\dT\S+Z|127\.0\.0\.1:\d+|_at_ms":\d+"#)
        .map(|times| times.replace_all(text, "").to_lowercase());
    let folded = folded.unwrap_or_default();
    assert_eq!(folded.is_empty(), text.is_empty());
    for canary in CANARIES {
        let place = folded.find(canary).map(|at| &folded[at..]);
        assert!(
            place.is_none(),
            "`{line}` says {canary}: …{}",
            place.unwrap_or_default()
        );
    }
}

/// Runs commands that show as much as they can, and listens for canaries.
fn listen(work: &Workdir, lines: &[&str]) {
    for line in lines {
        let done = work.run(line);
        expect_no_canary(&done.stdout, line);
        expect_no_canary(&done.stderr, line);
    }
}

#[test]
fn no_cell_and_no_word_of_the_api_about_a_person_is_ever_shown() {
    // The sandbox's errors repeat the phone number on purpose.
    let server = Server::failing(
        "fail=every:7;refuse=id-3;refuse-unnamed=id-5;applied-reset@4;garbage@6;truncate@8;missing@9;502@11",
    );
    let work = Workdir::against(&server);
    export(&work, 40);
    let mapping = fs::read_to_string(work.path("map.toml")).unwrap_or_default();
    work.write(
        "old.toml",
        mapping
            .replace("newest", "# newest")
            .replace("\"city\"", "\"county\""),
    );

    let sync =
        "sync clients.csv --mapping map.toml --batch-size 10 --resend-after 0s --give-up-after 0s";
    listen(
        &work,
        &[
            "check clients.csv --mapping map.toml -vv",
            "check clients.csv --mapping map.toml -vv --json --log-format json",
            "check clients.csv --mapping map.toml --against old.toml --valid good.csv --invalid bad.csv -vv",
            "check clients.csv --mapping map.toml --against old.toml --valid fine.csv -vv --json",
            "check bad.csv --mapping map.toml --allow max_rejected --invalid worse.csv -vv",
            "check bad.csv --mapping map.toml --allow max_rejected --invalid worst.csv -vv --json",
            "mapping check map.toml clients.csv",
            &format!("{sync} -vv"),
            &format!("{sync} -vv --log-format json"),
            "resume -vv --resend-after 0s --batch-size 10",
            "show -vv",
            "show --json",
            "runs",
            "runs --json",
            "verify -vv",
            "verify -vv --json --log-format json",
            "results --out out -vv",
            "results --out sheets --format xlsx -vv --json --log-format json",
            "retry --only all --resend-after 0s --batch-size 10 -vv --json --log-format json",
            "retry 1 --only all --resend-after 0s -vv",
            "retry 1 --from source --mapping old.toml --allow max_rejected --resend-after 0s -vv",
            &format!("{sync} -vv --full --json"),
            "show",
        ],
    );
    let shown = work.run("show --json").expect(0).json();

    assert!(server.tally().records_failed > 0 && server.tally().refused > 0);
    assert_eq!(shown["rows"]["rejected"], 9, "{shown}");
    assert_eq!(shown["records"]["held"], 1);
    assert_ne!(shown["records"]["failed"], 0);
}

#[test]
fn values_are_shown_where_they_are_asked_for_and_kept_nowhere_for_it() {
    let server = Server::new();
    let work = Workdir::against(&server);
    export(&work, 40);
    work.run("sync clients.csv --mapping map.toml").expect(3);

    for line in [
        "check clients.csv --mapping map.toml --show-values -vv --full",
        "check clients.csv --mapping map.toml --show-values -vv --json --log-format json",
        "show --show-values -vv",
        "show --show-values --json",
    ] {
        let done = work.run(line);
        assert!(done.stdout.contains("8.085550177e+09"), "{line}");
        expect_no_canary(&done.stderr, line);
    }
    listen(&work, &["show", "show --json", "runs --json"]);

    let journal = fs::read(work.state().join("journal.db")).unwrap_or_default();
    // Whose agents leave a policy is told by number: the agency's own people's, which is no client's data.
    let journal = String::from_utf8_lossy(&journal).replace("4455667788", "");
    expect_no_canary(&journal, "the journal");
}

#[test]
fn a_header_in_place_of_a_name_is_shown_but_nothing_below_it() {
    let server = Server::new();
    let work = Workdir::against(&server);
    export(&work, 3);
    let text = fs::read_to_string(work.path("clients.csv")).unwrap_or_default();

    for (from, to) in [("zip_code", "zipp_code"), ("phone,", "phone,phone,")] {
        work.write("clients.csv", text.replacen(from, to, 1));
        listen(
            &work,
            &[
                "sync clients.csv --mapping map.toml -vv",
                "check clients.csv --mapping map.toml -vv",
            ],
        );
    }

    assert_eq!(server.tally().requests, 0);
}

#[test]
fn a_first_row_that_is_no_header_is_not_shown() {
    let work = Workdir::new();
    // Surnames close to names of columns: `state`, `phone`, `city`, `issuer`.
    work.write(
        "clients.csv",
        "Qzcanary,Slate,Phonee,Citty,Issuers,5550177,1961-03-17\nQzcanary,Slate,Phonee,Citty,Issuers,5550177,x\n",
    );

    for line in [
        "sync clients.csv --mapping map.toml --sandbox -vv",
        "check clients.csv --mapping map.toml -vv --json",
        "mapping check map.toml clients.csv",
        "mapping new clients.csv",
    ] {
        let done = work.run(line).expect(65);
        let said = done.stdout + &done.stderr;
        expect_no_canary(&said, line);
        for name in ["Slate", "Phonee", "Citty", "Issuers"] {
            assert!(!said.contains(name), "{line}: {said}");
        }
    }
}

/// Everything below a folder.
pub(crate) fn below(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut all = vec![folder.to_owned()];
    for path in entries.map(|entry| entry.path()) {
        if path.is_dir() {
            all.extend(below(&path));
        } else {
            all.push(path);
        }
    }
    all
}

fn expect_private(folder: &Path) -> usize {
    let paths = below(folder);
    for path in &paths {
        let mode = fs::metadata(path).map_or(0, |metadata| metadata.permissions().mode() & 0o777);
        let expected = if path.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode, expected, "{} {mode:o}", path.display());
    }
    paths.len()
}

#[test]
fn what_is_kept_is_its_owner_s_alone_while_it_runs_and_after() {
    let server = Server::failing("slow=86400000@3-6");
    let work = Workdir::against(&server);
    work.export("clients.csv", 100);

    let mut running = work.start("sync clients.csv --mapping map.toml --batch-size 10");
    assert!(running.wait_until(|| server.tally().requests >= 6));
    // Journal, its write-ahead log and shared memory, lock, spool, ledger, and two folders.
    assert!(expect_private(&work.state()) >= 8);
    running.kill();
    work.run("resume --resend-after 0s").expect(0);
    work.run("sync clients.csv --mapping map.toml --sandbox")
        .expect(0);

    expect_private(&work.state());
}

#[test]
fn the_key_is_kept_nowhere() {
    let server = Server::new();
    let work = Workdir::against(&server);
    work.export("clients.csv", 10);

    work.run("sync clients.csv --mapping map.toml -vv")
        .expect(0);

    let key = KEY.as_bytes();
    for path in below(&work.state()) {
        assert!(!path.to_string_lossy().contains(KEY));
        let bytes = fs::read(&path).unwrap_or_default();
        assert!(
            !bytes.windows(key.len()).any(|window| window == key),
            "{}",
            path.display()
        );
    }
}

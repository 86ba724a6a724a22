//! Whole sessions as a person sees them: what is typed, what is said, how it ends. They lie in `tests/cmd`;
//! `UPDATE_TRANSCRIPTS=1 cargo test transcripts` writes them anew, and the difference is to be read.

use std::{fmt::Write as _, fs, path::Path};

use regex::Regex;

use crate::{
    guards::export_with,
    support::{KEY, Server, Workdir, client, server::nowhere},
};

/// What differs from one time to the next, and what stands for it.
const STAND_INS: &[(&str, &str)] = &[
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", "[now]"),
    (
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC",
        "[date and time, UTC]   ",
    ),
    (r"(?m)^  pace      .*$", "  pace      [pace]"),
    (r"\d+\.\d s\b", "[time]"),
    (r"(at|on \d{4}-\d\d-\d\d at) \d\d:\d\d if", "at [time] if"),
    (r"exported [\d,]+ days ago", "exported [age] ago"),
    (
        r"written (just now|1 minute ago|\d+ minutes ago)",
        "written [age]",
    ),
    (r"127\.0\.0\.1:\d+", "127.0.0.1:[port]"),
];

const PROMPT: &str = "$ aca-sync ";

/// Runs the commands of a session one after the other; what is said has to be what stands there.
fn play(name: &str, work: &Workdir) {
    let path = Path::new("tests/cmd").join(name).with_extension("txt");
    let expected = fs::read_to_string(&path).unwrap();
    let mut said = String::new();
    for line in expected
        .lines()
        .filter_map(|line| line.strip_prefix(PROMPT))
    {
        let done = work.run(line);
        let _ = writeln!(said, "{PROMPT}{line}");
        for (stream, text) in [("", &done.stdout), ("stderr: ", &done.stderr)] {
            for line in text.lines() {
                let _ = writeln!(said, "{}", format!("{stream}{line}").trim_end());
            }
        }
        let _ = writeln!(said, "[exit {}]\n", done.exit);
    }
    let mut said = said.replace(&*work.path("").to_string_lossy(), "[work]/");
    for (pattern, stand_in) in STAND_INS {
        let pattern = Regex::new(pattern).unwrap();
        said = pattern.replace_all(&said, *stand_in).into_owned();
    }
    let said = said.trim_end().to_owned() + "\n";
    if std::env::var_os("UPDATE_TRANSCRIPTS").is_some() {
        fs::write(&path, said).unwrap();
    } else {
        assert!(said == expected, "{} says instead:\n{said}", path.display());
    }
}

#[test]
fn the_first_rehearsal() {
    let work = Workdir::new();
    work.fixture("healthsherpa/clients.csv");

    play("the_first_rehearsal", &work);
}

#[test]
fn a_dirty_export() {
    let work = Workdir::new();
    work.fixture("healthsherpa/clients-dirty.csv");

    play("a_dirty_export", &work);
}

#[test]
fn what_the_api_did_not_take() {
    let server = Server::failing("fail=2;garbage@2");
    let work = Workdir::against(&server);
    // Nobody could tell the last one from another customer, so it is not sent again.
    work.rows(
        "clients.csv",
        &[
            client("1", "Ana", "P1"),
            client("2", "Bo", "P2"),
            client("", "Cy", "P3"),
        ],
    );

    play("what_the_api_did_not_take", &work);
}

#[test]
fn a_sample_first_and_the_rest_later() {
    let work = Workdir::new();
    work.fixture("healthsherpa/clients.csv");

    play("a_sample_first_and_the_rest_later", &work);
}

#[test]
fn what_stops_a_command_before_anything_is_sent() {
    let work = Workdir::new()
        .with_address(&nowhere())
        .with("ACA_SYNC_API_KEY", KEY);
    work.rows("clients.csv", &[client("1", "Ana", "P1")]);
    work.write(
        "narrow.csv",
        "healthsherpa_id,first_name,last_name,telephone\n",
    );
    work.fixture("mappings/many-mistakes.toml");

    play("what_stops_a_command_before_anything_is_sent", &work);
}

#[test]
fn what_guards_stop() {
    let work = Workdir::new();
    let emails = ["a@example.com"; 5];
    export_with(&work, "clients-20200302.csv", "email", &emails);
    work.rows(
        "clients-20200301.csv",
        &[
            client("1", "Ana", "P1"),
            client("2", "Bo", "P2"),
            client("3", "Cy", "P3"),
        ],
    );

    play("what_guards_stop", &work);
}

#[test]
fn the_fields_of_a_mapping() {
    play("the_fields_of_a_mapping", &Workdir::new());
}

//! Objects as they lie in `tests/golden/json`, with stand-ins for what differs from one time to the next.
//! `UPDATE_GOLDEN=1 cargo test json_objects` writes them anew, and the difference is to be read.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use regex::Regex;
use serde_json::Value;

use crate::support::{Workdir, workdir::Done};

const FOLDER: &str = "tests/golden/json";

/// What the golden files of failures are called, whatever the command.
pub(super) const ERROR: &str = "error";

/// Members that differ from one time or machine to the next, and so do all moments, which are called `…_ms`, and ages,
/// `…_seconds`: a number becomes 0, a text its own name.
const DIFFERING: &[&str] = &[
    "advice", "bytes", "digest", "finding", "finish", "host", "level", "seconds", "send", "stage",
    "user",
];

/// Parts of texts that differ, and what stands for them.
const STAND_INS: &[(&str, &str)] = &[
    (
        r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        "[uuid]",
    ),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[0-9.:Z+-]*", "[time]"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d( UTC)?", "[time]"),
    (r"127\.0\.0\.1:\d+", "127.0.0.1:[port]"),
    (r"[0-9a-f]{64}", "[digest]"),
];

/// The command's one object has to be the golden one of that name.
pub(super) fn hold(name: &str, done: &Done, work: &Workdir) {
    let mut object = done.json();
    assert_eq!(object["schema_version"], 1, "{name}: {object}");
    let folder = work.path("").to_string_lossy().into_owned();
    let stand_ins: Vec<(Regex, &str)> = STAND_INS
        .iter()
        .map(|(pattern, stand_in)| (Regex::new(pattern).unwrap(), *stand_in))
        .collect();
    still(&mut object, &|text| {
        let text = text.replace(&folder, "[work]/");
        stand_ins.iter().fold(text, |text, (pattern, stand_in)| {
            pattern.replace_all(&text, *stand_in).into_owned()
        })
    });
    let path = Path::new(FOLDER).join(format!("{name}.json"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, format!("{object:#}\n")).unwrap();
        return;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    let expected: Value = serde_json::from_str(&expected).unwrap_or_default();
    assert!(
        object == expected,
        "{} is now (UPDATE_GOLDEN=1 writes it):\n{object:#}",
        path.display()
    );
}

fn differs(name: &str) -> bool {
    DIFFERING.contains(&name) || name.ends_with("_ms") || name.ends_with("_seconds")
}

/// Puts the stand-ins in.
fn still(value: &mut Value, text_of: &impl Fn(&str) -> String) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    // A number where sending took a while.
                    pace if name.ends_with("_per_minute") => *pace = Value::Null,
                    Value::Number(number) if differs(name) => *number = 0.into(),
                    Value::String(text) if differs(name) => {
                        *text = format!("[{name}]");
                    }
                    member => still(member, text_of),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| still(item, text_of)),
        Value::String(text) => *text = text_of(text),
        Value::Null | Value::Bool(_) | Value::Number(_) => (),
    }
}

/// The names of all golden files.
pub(super) fn names() -> Vec<String> {
    let entries = fs::read_dir(FOLDER).unwrap();
    let paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    let stems = paths.iter().map(|path| path.file_stem().unwrap());
    stems
        .map(|stem| stem.to_string_lossy().into_owned())
        .collect()
}

/// The members that a command's objects have, by the command; `VERB.OUTCOME` is an object of VERB.
pub(super) fn members() -> BTreeMap<String, BTreeSet<String>> {
    let mut members: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for name in names() {
        let path = Path::new(FOLDER).join(format!("{name}.json"));
        let object: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        let verb = name.split('.').next().unwrap_or_default().to_owned();
        let known = members.entry(verb).or_default();
        known.extend(object.as_object().unwrap().keys().cloned());
    }
    members
}

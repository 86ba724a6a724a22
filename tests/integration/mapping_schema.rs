//! The schema that editors check mappings by: never stricter than the program, and no key short of it.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use aca_sync::mapping::{Mapping, schema};
use jsonschema::Validator;
use serde_json::Value;

use crate::support::Workdir;

/// Broken mappings in which an editor finds nothing: what takes more than a look at one key.
const LEFT_TO_CHECK: &[&str] = &[
    "constant-unknown",
    "count-of-a-date",
    "count-of-two-numbers",
    "date-format-unreadable",
    "date-output-unreadable",
    "encoding-misspelled",
    "encoding-unknown",
    "join-of-a-mixture",
    "join-of-a-number",
    "key-not-mapped",
    "key-out-of-order",
    "number-in-a-column",
    "opt-in",
    "pad-of-a-number",
    "part-of-no-name",
    "part-without-a-column",
    "pattern-unreadable",
    "policy-if-not-mapped",
    "policy-of-constants",
    "status-word-unknown",
    "template-and-column",
    "template-of-no-column",
    "template-unclosed",
    "template-with-a-number",
    "words-doubled",
    "zone-of-an-unmapped-state",
    "zone-unknown",
    "zone-without-a-time",
];

fn validator() -> Validator {
    jsonschema::draft202012::new(&schema()).unwrap()
}

/// The mappings in a folder, each with its value as an editor sees it, if it is TOML at all.
fn mappings(folder: &str) -> Vec<(PathBuf, Option<Value>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> = entries
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .collect();
    paths.sort();
    let read = |path: PathBuf| {
        let table = fs::read_to_string(&path)
            .unwrap()
            .parse::<toml::Table>()
            .ok();
        (
            path,
            table.map(|table| serde_json::to_value(table).unwrap()),
        )
    };
    paths.into_iter().map(read).collect()
}

#[test]
fn the_schema_is_a_schema_and_what_the_command_prints() {
    let work = Workdir::new();

    let printed = work.run("mapping schema").expect(0).json();

    assert_eq!(printed, schema());
    assert!(jsonschema::draft202012::meta::is_valid(&printed));
    assert_eq!(
        printed["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
    );
}

#[test]
fn every_mapping_that_the_program_takes_the_schema_takes() {
    let validator = validator();
    let mut count = 0;

    for folder in ["mappings", "fixtures/mappings", "fixtures/headers"] {
        for (path, value) in mappings(folder) {
            let text = fs::read_to_string(&path).unwrap();
            if Mapping::from_text(&text, "x").is_ok() {
                let errors: Vec<String> = validator
                    .iter_errors(&value.unwrap())
                    .map(|error| format!("{}: {error}", error.instance_path()))
                    .collect();
                assert!(errors.is_empty(), "{}: {errors:?}", path.display());
                count += 1;
            }
        }
    }
    assert!(count >= 6, "{count}");
}

#[test]
fn what_an_editor_can_see_of_a_broken_mapping_it_sees() {
    let validator = validator();
    let (mut seen, mut unseen) = (0, Vec::new());

    for (path, value) in mappings("fixtures/mappings") {
        if path.with_extension("expected").exists()
            && let Some(value) = value
        {
            if validator.is_valid(&value) {
                unseen.push(path.file_stem().unwrap().to_string_lossy().into_owned());
            } else {
                seen += 1;
            }
        }
    }

    assert_eq!(unseen, LEFT_TO_CHECK);
    assert!(seen > 30, "{seen}");
}

/// A key that no section has makes the program list those that it has.
const UNKNOWN: &str = "qzqzqz = 1";

#[test]
fn every_key_that_the_program_takes_is_in_the_schema() {
    let schema = schema();
    let targets = schema["oneOf"].as_array().unwrap();
    let sections = &targets[0]["properties"];
    let skip = &sections["source"]["properties"]["skip"]["items"];
    let newest = sections["record"]["properties"]["newest"]["anyOf"]
        .as_array()
        .unwrap();
    let definitions = schema["$defs"].as_object().unwrap().iter();
    let rules = definitions.filter(|(name, _)| name.starts_with("rule"));
    let rules: Vec<&Value> = rules.map(|(_, rule)| &rule["anyOf"][1]).collect();
    assert!(rules.len() > 8);

    for (text, known) in [
        (UNKNOWN.to_owned(), targets.iter().collect()),
        (format!("[source]\n{UNKNOWN}"), vec![&sections["source"]]),
        (format!("[[source.skip]]\n{UNKNOWN}"), vec![skip]),
        (format!("[guard]\n{UNKNOWN}"), vec![&sections["guard"]]),
        (format!("[record]\n{UNKNOWN}"), vec![&sections["record"]]),
        (
            format!("[record.newest]\n{UNKNOWN}"),
            newest.iter().collect(),
        ),
        (format!("[fields.email]\n{UNKNOWN}"), rules),
        (
            format!("[[test]]\n{UNKNOWN}"),
            vec![&sections["test"]["items"]],
        ),
    ] {
        let taken = keys_taken(&text);
        let properties = known
            .iter()
            .filter_map(|table| table["properties"].as_object());
        let told: BTreeSet<String> = properties.flat_map(|keys| keys.keys().cloned()).collect();
        assert_eq!(told, taken, "{text}");
    }
}

/// The keys that the program says it knows where [`UNKNOWN`] stands.
fn keys_taken(text: &str) -> BTreeSet<String> {
    let error = Mapping::from_text(text, "x").unwrap_err();
    let mut hints = error
        .mistakes
        .iter()
        .filter(|mistake| mistake.key.ends_with("qzqzqz"));
    let hint = hints
        .next()
        .and_then(|mistake| mistake.hint.clone())
        .unwrap();
    let list = hint.strip_prefix("known here: ").unwrap();
    // A test's `expect` may have been written beside it by mistake, which the program says itself.
    let misplaced = ["reject", "skip", "held"];
    let is_test = text.contains("[[test]]");
    list.split(", ")
        .filter(|key| !is_test || !misplaced.contains(key))
        .map(str::to_owned)
        .collect()
}

#[test]
fn what_may_be_allowed_is_what_the_program_lists() {
    let error = Mapping::from_text("[record]\nallow = [\"qzqzqz\"]", "x").unwrap_err();
    let mut hints = error
        .mistakes
        .iter()
        .filter(|mistake| mistake.key == "record.allow");
    let hint = hints
        .next()
        .and_then(|mistake| mistake.hint.clone())
        .unwrap();

    let told =
        &schema()["oneOf"][0]["properties"]["record"]["properties"]["allow"]["items"]["enum"];
    let told: Vec<&str> = told
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();

    assert_eq!(format!("one of: {}", told.join(", ")), hint);
}

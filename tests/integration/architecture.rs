//! The shape of the house: its floors, its doors to the outside, and what every file owes its reader.

#![expect(
    clippy::unwrap_used,
    reason = "a source that cannot be read fails its test"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use aca_sync::failpoint::STEPS;

const LONGEST_FILE: usize = 500;

/// Names that say nothing about what a file holds.
const EMPTY_NAMES: &[&str] = &[
    "util", "utils", "helper", "helpers", "common", "misc", "types",
];

/// Crates that only some rooms know.
const DOORS: &[(&str, &[&str])] = &[
    ("reqwest", &["client", "endpoint", "notify", "sandbox"]),
    ("axum", &["client", "sandbox"]),
    ("rusqlite", &["journal", "sandbox"]),
];

/// A source file, without its comments.
struct Source {
    path: PathBuf,
    text: String,
    code: String,
}

#[test]
fn a_room_uses_rooms_of_lower_floors_only() {
    let floors = floors();
    assert!(floors.len() > 10, "lib.rs lists the rooms: {floors:?}");
    let mut offences = Vec::new();
    for source in sources() {
        let Some(room) = source.room() else { continue };
        assert!(
            floors.contains_key(&room),
            "{} is on no floor",
            source.path.display()
        );
        for used in used_rooms(&source.code) {
            let is_lower = |floor: &usize| *floor < floors[&room];
            if used != room && !floors.get(&used).is_none_or(is_lower) {
                offences.push(format!("{} uses {used}", source.path.display()));
            }
        }
    }
    assert!(offences.is_empty(), "\n{}", offences.join("\n"));
}

#[test]
fn rooms_are_found_however_they_are_used() {
    let code = "use crate::row::Row;\nuse crate::{\n    record::{Batch, State},\n    source,\n};\n\
                let x = crate::client::Client::new();";

    assert_eq!(used_rooms(code), ["row", "record", "source", "client"]);
}

#[test]
fn a_file_is_short_has_a_subject_and_says_so_first() {
    for source in sources() {
        let name = source.path.display();
        let stem = source.path.file_stem().unwrap().to_string_lossy();
        assert!(
            !EMPTY_NAMES.contains(&stem.as_ref()),
            "{name} names no subject"
        );
        assert!(
            source.text.lines().count() <= LONGEST_FILE,
            "{name} is two files"
        );
        let first = source.text.lines().next().unwrap_or_default();
        assert!(
            first.starts_with("//! ") && first.len() > 20,
            "{name} does not say what it is"
        );
    }
}

#[test]
fn the_outside_world_has_few_doors() {
    for source in sources() {
        let room = source.room().unwrap_or_default();
        for (name, allowed) in DOORS {
            assert!(
                allowed.contains(&room.as_str()) || !names_crate(&source.code, name),
                "{} knows {name}",
                source.path.display()
            );
        }
    }
}

/// It gets no upkeep any more, so it has to be easy to replace.
#[test]
fn the_backoff_crate_is_known_in_one_file() {
    let knowing: Vec<_> = sources()
        .into_iter()
        .filter(|source| source.code.contains("\nuse backoff::"))
        .map(|source| source.path)
        .collect();

    assert_eq!(knowing, [Path::new("src/client/backoff.rs")]);
}

#[test]
fn every_step_that_a_process_can_die_at_is_listed_and_has_its_place() {
    let mut reached = BTreeSet::new();
    for source in sources() {
        let places = source.code.split("failpoint::reach(\"").skip(1);
        reached.extend(places.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
    }

    let listed: BTreeSet<_> = STEPS.iter().map(|(step, _)| (*step).to_owned()).collect();

    assert_eq!(listed.len(), STEPS.len(), "a step is listed twice");
    assert_eq!(listed, reached);
}

/// The floors are the blank-line groups of `mod` lines in `lib.rs`, lowest first.
fn floors() -> BTreeMap<String, usize> {
    let text = fs::read_to_string("src/lib.rs").unwrap();
    let (mut floors, mut floor) = (BTreeMap::new(), 0);
    for line in text.lines() {
        let module = line.strip_prefix("pub mod ");
        if let Some(name) = module.and_then(|rest| rest.strip_suffix(';')) {
            floors.insert(name.to_owned(), floor);
        } else if line.is_empty() {
            floor += 1;
        }
    }
    floors
}

/// The first word after each `crate::`, of all entries where a group follows.
fn used_rooms(code: &str) -> Vec<String> {
    let uses = code.split("crate::").skip(1);
    uses.flat_map(|rest| match rest.strip_prefix('{') {
        Some(group) => entries(group),
        None => vec![word(rest)],
    })
    .collect()
}

/// The first word of each entry of a `{a::b, c::{d}}` group, without its opening brace.
fn entries(group: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut depth = 0_usize;
    let mut entry = 0;
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                words.push(word(group[entry..at].trim_start()));
                entry = at + 1;
                if c == '}' {
                    break;
                }
            }
            _ => (),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn word(text: &str) -> String {
    text.chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

fn names_crate(code: &str, name: &str) -> bool {
    let path = format!("{name}::");
    code.match_indices(&path).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
    })
}

impl Source {
    fn read(path: PathBuf) -> Self {
        let text = fs::read_to_string(&path).unwrap();
        let is_code = |line: &&str| !line.trim_start().starts_with("//");
        let code = text.lines().filter(is_code).collect::<Vec<_>>().join("\n");
        Self { path, text, code }
    }

    /// The room it belongs to; none for the crate's own two files.
    fn room(&self) -> Option<String> {
        let inside = self.path.strip_prefix("src").ok()?;
        let first = inside.iter().next()?.to_string_lossy().into_owned();
        let room = first.strip_suffix(".rs").unwrap_or(&first).to_owned();
        (room != "lib" && room != "main").then_some(room)
    }
}

/// All files of the crate, tests within them included.
fn sources() -> Vec<Source> {
    let (mut found, mut folders) = (Vec::new(), vec![PathBuf::from("src")]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                found.push(Source::read(path));
            }
        }
    }
    found
}

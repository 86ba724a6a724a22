//! The mapping file as it is written: every key with its place, and nothing yet checked against the API.

use super::{
    document,
    guard_file::GuardFile,
    mistakes::{Mistakes, Place, Written},
    rule_file::{RuleFile, read_rules},
    source_file::SourceFile,
    walk::{Section, scalar, string, strings, wrong_type},
};

/// The only version of the format so far.
const VERSION: u64 = 1;

/// A whole mapping file.
#[derive(Debug)]
pub(super) struct MappingFile {
    pub(super) name: Option<Written<String>>,
    pub(super) target: Option<Written<String>>,
    pub(super) source: SourceFile,
    pub(super) guard: GuardFile,
    pub(super) record: RecordFile,
    pub(super) path: Vec<RuleFile>,
    pub(super) fields: Vec<RuleFile>,
    pub(super) custom_fields: Vec<RuleFile>,
    pub(super) policy: Vec<RuleFile>,
    pub(super) tests: Vec<TestFile>,
}

/// `[record]`.
#[derive(Debug, Default)]
pub(super) struct RecordFile {
    pub(super) key: Vec<Written<String>>,
    pub(super) newest: Option<ColumnFile>,
    pub(super) policy_if: Option<Written<Vec<Written<String>>>>,
    pub(super) policy_dates: Option<Written<String>>,
    pub(super) refresh: Option<Written<String>>,
    pub(super) allow: Vec<Written<String>>,
}

/// One column that may be absent if the file says so.
#[derive(Debug)]
pub(super) struct ColumnFile {
    pub(super) name: Written<String>,
    pub(super) optional: bool,
}

/// One `[[test]]`.
#[derive(Debug)]
pub(super) struct TestFile {
    pub(super) line: usize,
    pub(super) why: Option<String>,
    pub(super) given: Vec<(String, String)>,
    pub(super) expect: Vec<(Written<String>, Written<String>)>,
}

impl MappingFile {
    /// Reads the text. Where it is not TOML, nothing else can be said of it.
    pub(super) fn read(text: &str, mistakes: &mut Mistakes<'_>) -> Option<Self> {
        let document = document::parse(text, mistakes)?;
        let mut top = Section::top(&document);
        check_version(&mut top, mistakes);
        let file = Self {
            name: top.string("name", mistakes),
            target: top.string("target", mistakes),
            source: SourceFile::read(&mut top, mistakes),
            guard: GuardFile::read(&mut top, mistakes),
            record: RecordFile::read(&mut top, mistakes),
            path: read_rules(&mut top, "path", mistakes),
            fields: read_rules(&mut top, "fields", mistakes),
            custom_fields: read_rules(&mut top, "custom_fields", mistakes),
            policy: read_rules(&mut top, "policy", mistakes),
            tests: read_tests(&mut top, mistakes),
        };
        top.finish(mistakes);
        Some(file)
    }
}

impl RecordFile {
    fn read(top: &mut Section<'_>, mistakes: &mut Mistakes<'_>) -> Self {
        let Some(mut record) = top.section("record", mistakes) else {
            return Self::default();
        };
        let file = Self {
            key: record.strings("key", mistakes).unwrap_or_default(),
            newest: read_newest(&mut record, mistakes),
            policy_if: read_names(&mut record, "policy_if", mistakes),
            policy_dates: record.string("policy_dates", mistakes),
            refresh: record.string("refresh", mistakes),
            allow: record.strings("allow", mistakes).unwrap_or_default(),
        };
        record.finish(mistakes);
        file
    }
}

impl TestFile {
    fn read(mut section: Section<'_>, mistakes: &mut Mistakes<'_>) -> Option<Self> {
        let place = section.place().clone();
        let why = section.string("why", mistakes).map(|why| why.value);
        let given = section.section("given", mistakes);
        let expect = section.section("expect", mistakes);
        let misplaced = ["reject", "skip", "held"].map(|key| section.take(key));
        for found in misplaced.iter().flatten() {
            mistakes.add(&found.place, "this belongs inside `expect`");
        }
        let is_misplaced = misplaced.iter().any(Option::is_some);
        section.finish(mistakes);
        let (Some(given), Some(expect)) = (given, expect) else {
            if is_misplaced {
                return None;
            }
            mistakes.add_with(
                &place,
                "a test needs `given` and `expect`",
                "given = { phone = \"(305) 555-0123\" }, expect = { phoneNumber = \"+13055550123\" }"
                    .to_owned(),
            );
            return None;
        };
        let given = flatten(&given, "", mistakes)
            .into_iter()
            .map(|(name, cell)| (name.value, cell.value))
            .collect();
        Some(Self {
            line: mistakes.line(place.at),
            why,
            given,
            expect: flatten(&expect, "", mistakes),
        })
    }
}

fn check_version(top: &mut Section<'_>, mistakes: &mut Mistakes<'_>) {
    let place = top.place().clone();
    let Some(version) = top.take("version") else {
        let hint = format!("version = {VERSION}");
        mistakes.add_with(&place, "`version` is missing", hint);
        return;
    };
    let number = version.value.get_ref().as_integer();
    if number.is_none_or(|number| number.as_str() != VERSION.to_string()) {
        mistakes.add_with(
            &version.place,
            "this program does not know that version of the format",
            format!("version = {VERSION}"),
        );
    }
}

fn read_names(
    section: &mut Section<'_>,
    key: &'static str,
    mistakes: &mut Mistakes<'_>,
) -> Option<Written<Vec<Written<String>>>> {
    let found = section.take(key)?;
    Some(Written {
        value: strings(&found.place, found.value, mistakes)?,
        place: found.place,
    })
}

/// `newest` is a column's name, or a table that may say `optional`.
fn read_newest(record: &mut Section<'_>, mistakes: &mut Mistakes<'_>) -> Option<ColumnFile> {
    let found = record.take("newest")?;
    if !found.value.get_ref().is_table() {
        let name = string(found.place, found.value, mistakes)?;
        return Some(ColumnFile {
            name,
            optional: false,
        });
    }
    let mut section = Section::of_value(found.place, found.value, mistakes)?;
    let name = section.string("column", mistakes);
    let optional = section.boolean("optional", mistakes);
    if name.is_none() {
        let place = section.place().clone();
        mistakes.add(&place, "`column` is missing");
    }
    section.finish(mistakes);
    Some(ColumnFile {
        name: name?,
        optional: optional.is_some_and(|flag| flag.value),
    })
}

fn read_tests(top: &mut Section<'_>, mistakes: &mut Mistakes<'_>) -> Vec<TestFile> {
    tables(top, "test", mistakes)
        .into_iter()
        .filter_map(|section| TestFile::read(section, mistakes))
        .collect()
}

/// A list of tables; a mistake for each element that is something else.
pub(super) fn tables<'a>(
    section: &mut Section<'a>,
    key: &'static str,
    mistakes: &mut Mistakes<'_>,
) -> Vec<Section<'a>> {
    let Some(found) = section.take(key) else {
        return Vec::new();
    };
    let Some(array) = found.value.get_ref().as_array() else {
        mistakes.add(&found.place, wrong_type("a list of tables", found.value));
        return Vec::new();
    };
    array
        .iter()
        .enumerate()
        .filter_map(|(index, element)| {
            let key = format!("{}[{}]", found.place.key, index + 1);
            Section::of_value(Place::of(element.span(), key), element, mistakes)
        })
        .collect()
}

/// The single values of a table and of the tables in it, by dotted name.
fn flatten(
    section: &Section<'_>,
    prefix: &str,
    mistakes: &mut Mistakes<'_>,
) -> Vec<(Written<String>, Written<String>)> {
    let mut pairs = Vec::new();
    for (name, value) in section.entries() {
        let dotted = format!("{prefix}{}", name.value);
        if value.get_ref().is_table() {
            let inner = Section::of_value(name.place, value, mistakes);
            let inner = inner.map(|inner| flatten(&inner, &format!("{dotted}."), mistakes));
            pairs.extend(inner.unwrap_or_default());
        } else if let Some(text) = scalar(name.place.clone(), value, mistakes) {
            let place = name.place;
            pairs.push((
                Written {
                    value: dotted,
                    place,
                },
                text,
            ));
        }
    }
    pairs
}

//! A mapping's own `[[test]]`s: a row that is given, and what has to come of it.

use std::sync::Arc;

use chrono::NaiveDate;

use super::{
    apply::Mapped,
    bind::bind,
    column_pattern::ColumnPattern,
    file::TestFile,
    meaning::Meaning,
    mistakes::{Mistakes, Written},
    suggest::did_you_mean,
};
use crate::{
    contract::Contract,
    header::{Header, fold},
    normalize::Value,
    problem::{Code, Problem},
    record::{Fields, Hasher},
    row::{Place, Reading, RowChunk},
};

/// What stands in `expect` for a field that is cleared with null.
const CLEARED: &str = "(cleared)";

/// One `[[test]]` of a mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestCase {
    /// The line it starts on, counted from 1.
    pub line: usize,
    /// Why it is there, if the mapping says.
    pub why: Option<String>,
    given: Vec<(String, String)>,
    expect: Vec<(String, Expected)>,
}

/// What came of one `[[test]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestOutcome {
    /// The line the test starts on, counted from 1.
    pub line: usize,
    /// Why it is there, if the mapping says.
    pub why: Option<String>,
    /// What differs from what was expected, in the mapping's own words; empty when the test passed.
    pub failures: Vec<String>,
}

impl TestOutcome {
    /// True when everything came as expected.
    pub fn is_passed(&self) -> bool {
        self.failures.is_empty()
    }
}

/// One thing that has to come of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Expected {
    Customer(usize, String),
    Policy(usize, String),
    Custom(usize, String),
    Reject(Code),
    Held(Code),
    Skip(bool),
}

pub(super) fn compile(
    files: &[TestFile],
    contract: &Contract,
    custom_keys: &[String],
    mistakes: &mut Mistakes<'_>,
) -> Vec<TestCase> {
    files
        .iter()
        .map(|file| TestCase {
            line: file.line,
            why: file.why.clone(),
            given: file.given.clone(),
            expect: file
                .expect
                .iter()
                .filter_map(|(name, value)| {
                    let expected = expected(name, value, contract, custom_keys, mistakes)?;
                    Some((name.value.clone(), expected))
                })
                .collect(),
        })
        .collect()
}

/// Runs every test on a file of one row that has all columns of the mapping, blank where not given, and of
/// the columns that repeat those that are given.
pub(super) fn run(meaning: &Arc<Meaning>, today: NaiveDate) -> Vec<TestOutcome> {
    let tests = meaning.tests.iter();
    tests
        .map(|test| TestOutcome {
            line: test.line,
            why: test.why.clone(),
            failures: test.failures(meaning, today),
        })
        .collect()
}

fn expected(
    name: &Written<String>,
    value: &Written<String>,
    contract: &Contract,
    custom_keys: &[String],
    mistakes: &mut Mistakes<'_>,
) -> Option<Expected> {
    let text = value.value.clone();
    let (section, field) = name.value.split_once('.').unwrap_or(("", &name.value));
    let found = match (section, field) {
        ("", "skip") => return skip(value, mistakes),
        ("", "reject" | "held") => return code(field, value, mistakes),
        ("", _) => contract
            .field_index(field)
            .map(|index| Expected::Customer(index, text.clone()))
            .or_else(|| {
                let index = contract.policy_field_index(field)?;
                Some(Expected::Policy(index, text))
            }),
        ("policy", _) => contract
            .policy_field_index(field)
            .map(|index| Expected::Policy(index, text)),
        ("custom_fields", _) => custom_keys
            .iter()
            .position(|key| key == field)
            .map(|index| Expected::Custom(index, text)),
        _ => None,
    };
    if found.is_none() {
        let fields = contract.fields.iter().chain(contract.policy_fields());
        let hint = did_you_mean(field, fields.map(|field| field.name)).unwrap_or_else(|| {
            "a field, `policy.…`, `custom_fields.…`, `reject`, `held` or `skip`".to_owned()
        });
        mistakes.add_with(&name.place, "no such field to expect", hint);
    }
    found
}

fn skip(value: &Written<String>, mistakes: &mut Mistakes<'_>) -> Option<Expected> {
    let flag = value.value.parse().ok();
    if flag.is_none() {
        mistakes.add(&value.place, "`skip` is true or false");
    }
    flag.map(Expected::Skip)
}

fn code(key: &str, value: &Written<String>, mistakes: &mut Mistakes<'_>) -> Option<Expected> {
    let Some(code) = Code::from_text(&value.value) else {
        let hint = did_you_mean(&value.value, Code::ALL.iter().map(|code| code.as_str()));
        let message = format!("`{}` is no code of a problem", value.value);
        mistakes.add_with(&value.place, message, hint);
        return None;
    };
    Some(match key {
        "held" => Expected::Held(code),
        _ => Expected::Reject(code),
    })
}

impl TestCase {
    fn failures(&self, meaning: &Arc<Meaning>, today: NaiveDate) -> Vec<String> {
        let mut names = meaning.columns();
        names.retain(|name| ColumnPattern::of(name).is_none());
        for (name, _) in &self.given {
            if !names.iter().any(|known| fold(known) == fold(name)) {
                names.push(name);
            }
        }
        let header = Header::new(&names);
        let bound = match bind(meaning, &header) {
            Ok(bound) => bound,
            Err(error) => return vec![error.to_string()],
        };
        let cells = names.iter().map(|name| self.cell(name));
        let mut chunk = RowChunk::new(0);
        chunk.push(Place { number: 2, line: 2 }, Reading::Cells, cells);
        let mut mapped = Mapped::default();
        if let Some(row) = chunk.row(0) {
            bound.apply(row, today, &mut mapped);
        }
        self.compare(meaning, &mapped)
    }

    fn cell(&self, name: &str) -> &str {
        let given = self
            .given
            .iter()
            .find(|(given, _)| fold(given) == fold(name));
        given.map_or("", |(_, cell)| cell)
    }

    fn compare(&self, meaning: &Meaning, mapped: &Mapped) -> Vec<String> {
        let mut failures = self.unexpected(meaning, mapped);
        for (name, expected) in &self.expect {
            failures.extend(difference(name, expected, meaning, mapped));
        }
        failures
    }

    /// A test that does not speak of a skip or of problems expects none.
    fn unexpected(&self, meaning: &Meaning, mapped: &Mapped) -> Vec<String> {
        let speaks =
            |of: fn(&Expected) -> bool| self.expect.iter().any(|(_, expected)| of(expected));
        let mut failures = Vec::new();
        if let Some(skip) = mapped.skipped.and_then(|index| meaning.skips.get(index))
            && !speaks(|expected| matches!(expected, Expected::Skip(_)))
        {
            failures.push(format!("the row is skipped: {}", skip.because));
        }
        if !speaks(|expected| matches!(expected, Expected::Reject(_))) {
            let problems = mapped.problems.iter();
            failures.extend(problems.map(|problem| format!("{}: {}", problem.field, problem.code)));
        }
        failures
    }
}

fn difference(
    name: &str,
    expected: &Expected,
    meaning: &Meaning,
    mapped: &Mapped,
) -> Option<String> {
    let (wanted, found) = match expected {
        Expected::Customer(index, wanted) => (wanted, text_of(&mapped.draft.customer, *index)),
        Expected::Policy(index, wanted) => (wanted, text_of(&mapped.draft.policy, *index)),
        Expected::Custom(index, wanted) => {
            let custom = mapped.draft.custom.iter();
            let mut found = custom.filter(|(place, _)| usize::from(*place) == *index);
            (
                wanted,
                found
                    .next()
                    .map_or(String::new(), |(_, text)| text.to_string()),
            )
        }
        Expected::Skip(wanted) => {
            let found = mapped.skipped.is_some();
            return (*wanted != found).then(|| format!("{name}: expected {wanted}, found {found}"));
        }
        Expected::Held(code) => {
            let (_, found) = verdict(meaning, mapped);
            return (found != Some(*code))
                .then(|| format!("{name}: expected {code}, found {}", listed(found)));
        }
        Expected::Reject(code) => {
            let (found, _) = verdict(meaning, mapped);
            return (!found.contains(code))
                .then(|| format!("{name}: expected {code}, found {}", listed(found)));
        }
    };
    (*wanted != found).then(|| format!("{name}: expected {wanted:?}, found {found:?}"))
}

/// Why a record of this row alone would be rejected, and why it would be held back.
fn verdict(meaning: &Meaning, mapped: &Mapped) -> (Vec<Code>, Option<Code>) {
    let codes = |problems: &[Problem]| problems.iter().map(|problem| problem.code).collect();
    let mut rejected: Vec<Code> = codes(&mapped.problems);
    if mapped.skipped.is_some() {
        return (rejected, None);
    }
    // Nothing is kept, so any secret will do.
    let assembly = meaning.assembly(Hasher::new(&[0; 32]));
    match assembly.single(&mapped.draft, &mut Vec::new()) {
        Ok(part) => (rejected, part.hazard),
        Err(problems) => {
            rejected.extend(codes(&problems));
            (rejected, mapped.draft.hazard)
        }
    }
}

fn listed(codes: impl IntoIterator<Item = Code>) -> String {
    let codes: Vec<&str> = codes.into_iter().map(Code::as_str).collect();
    if codes.is_empty() {
        "none".to_owned()
    } else {
        codes.join(", ")
    }
}

fn text_of(fields: &Fields, index: usize) -> String {
    match fields.get(index) {
        None => String::new(),
        Some(Value::Text(text) | Value::Json(text)) => text.to_string(),
        Some(Value::Integer(number)) => number.to_string(),
        Some(Value::Boolean(flag)) => flag.to_string(),
        Some(Value::Null) => CLEARED.to_owned(),
    }
}

//! Normalizing: the cases of `fixtures/normalize`, and what holds for any text.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a broken fixture or helper fails its test"
)]

use std::{collections::BTreeSet, fs, path::PathBuf};

use aca_sync::{
    contract::{GENDERS, Kind, MARITAL_STATUSES, POLICY_STATUSES},
    normalize::{
        Clean, DateOutput, Rules, TimeZone, Value, is_masked, normalize, several_ids, timestamp,
        zone_of_state,
    },
    problem::{Code, Repair},
};
use chrono::NaiveDate;
use proptest::prelude::{Strategy, any, prop_assert_eq, prop_oneof, proptest};
use serde::Deserialize;

const KINDS: &[(&str, Kind)] = &[
    ("phone", Kind::Phone),
    ("date", Kind::Date),
    ("birth-date", Kind::BirthDate),
    ("timezone", Kind::TimeZone),
    ("postal-code", Kind::PostalCode),
    ("state", Kind::State),
    ("gender", Kind::Choice(GENDERS)),
    ("marital-status", Kind::Choice(MARITAL_STATUSES)),
    ("policy-status", Kind::Choice(POLICY_STATUSES)),
    ("integer", Kind::Integer),
    ("boolean", Kind::Boolean),
    ("identifier", Kind::Identifier { max: 255 }),
    ("name", Kind::Name { max: 255 }),
    ("text-10", Kind::Text { max: 10 }),
    ("money", Kind::Money),
    ("uuid", Kind::Uuid),
    ("json", Kind::Json),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    kind: String,
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    given: String,
    expect: Option<toml::Value>,
    #[serde(default)]
    nothing: bool,
    refuse: Option<String>,
    repair: Option<String>,
    why: String,
}

#[test]
fn every_cell_of_the_fixtures_becomes_what_its_case_says() {
    let mut wrong = Vec::new();
    let mut kinds = BTreeSet::new();
    for cases in fixtures() {
        for case in &cases.case {
            let said = case.said();
            let seen = outcome(&cases.kind, &case.given);
            if seen != said {
                let (given, why) = (&case.given, &case.why);
                wrong.push(format!(
                    "{}: {given:?} ({why}): {seen}, not {said}",
                    cases.kind
                ));
            }
        }
        kinds.insert(cases.kind);
    }

    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    for (kind, _) in KINDS {
        assert!(kinds.contains(*kind), "{kind} has no cases");
    }
}

#[test]
fn only_states_that_lie_in_one_zone_have_one() {
    for (state, zone) in [
        ("NY", "America/New_York"),
        ("ga", "America/New_York"),
        ("IL", "America/Chicago"),
        ("CO", "America/Denver"),
        ("CA", "America/Los_Angeles"),
        ("AZ", "America/Phoenix"),
        ("HI", "Pacific/Honolulu"),
        ("PR", "America/Puerto_Rico"),
        ("GU", "Pacific/Guam"),
    ] {
        assert_eq!(zone_of_state(state), Some(zone), "{state}");
    }
    let split = "AK FL ID IN KS KY MI ND NE NV OR SD TN TX";
    for state in split.split(' ').chain(["XX", "", "New York"]) {
        assert_eq!(zone_of_state(state), None, "{state}");
    }
}

#[test]
fn every_zone_of_a_state_is_an_iana_name() {
    let letters = || 'A'..='Z';
    let zones: BTreeSet<_> = letters()
        .flat_map(|first| letters().map(move |second| format!("{first}{second}")))
        .filter_map(|state| zone_of_state(&state))
        .collect();

    assert!(zones.len() > 5);
    for zone in zones {
        assert_eq!(TimeZone::parse(zone).map(|it| it.as_str()), Ok(zone));
    }
}

#[test]
fn masked_cells_are_known_by_their_asterisks() {
    for masked in ["***-**-****", "******", "**/**/****", " * ", "*"] {
        assert!(is_masked(masked), "{masked}");
    }
    for open in ["", "-", "/", "**/**/1963", "* see notes", "***-**-1234"] {
        assert!(!is_masked(open), "{open}");
    }
}

#[test]
fn cells_with_several_ids_are_known() {
    for several in [
        "1001,1002",
        "1001; 1002",
        "1001|1002",
        "HSP1\nHSP2",
        "1001 1002",
        "HSP123456789 HSP123456780",
        "1001 / 1002",
    ] {
        assert!(several_ids(several), "{several}");
    }
    for one in [
        "1001",
        " 1001 ",
        "1001,",
        "OSC 12345678",
        "1EG4 TE5 MK72",
        "12/345",
        "",
    ] {
        assert!(!several_ids(one), "{one}");
    }
}

#[test]
fn nothing_that_normalizing_gives_prints_its_value() {
    let clean = normalize(Kind::Phone, "3055550123", &rules(&DateOutput::default())).unwrap();

    assert_eq!(
        format!("{clean:?} {:?}", TimeZone::parse("EST")),
        "Clean { value: Some(Text(private)), repair: None } Ok(TimeZone((private)))"
    );
}

proptest! {
    #[test]
    fn a_normalized_value_normalizes_to_itself(text in cell(), other in any::<String>()) {
        let output = DateOutput::default();
        for (name, kind) in KINDS {
            for text in [&text, &other] {
                let Ok(Clean { value: Some(value), .. }) = normalize(*kind, text, &rules(&output)) else {
                    continue;
                };
                let again = normalize(*kind, &spell(&value), &rules(&output));
                prop_assert_eq!(again, Ok(Clean::of(value)), "{} {:?}", name, text);
            }
        }
    }

    #[test]
    fn no_text_is_too_strange_for_the_other_questions(text in cell()) {
        let (trimmed, padded) = (text.trim(), format!(" {text} "));

        prop_assert_eq!(is_masked(trimmed), is_masked(&padded));
        prop_assert_eq!(several_ids(trimmed), several_ids(&padded));
        prop_assert_eq!(timestamp(trimmed), timestamp(&padded));
    }
}

/// Texts near the shapes that cells have, where any text would nearly always be refused at once.
fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        "[0-9(). +x#/-]{0,20}",
        "['=\"]{0,3}[0-9]{1,10}(\\.0)?[\"]?",
        "[0-9]{1,4}[-/][0-9]{1,2}[-/][0-9]{1,4}( [0-9]{1,2}:[0-9]{2} ?(AM|PM)?)?",
        "(Jan|feb|Sept|December)[. ]{1,2}[0-9]{1,2},? [0-9]{2,4}",
        "[$(-]{0,3}[0-9,]{1,9}(\\.[0-9]{0,3})?[)-]?",
        "[0-9.]{1,6}[eE][+-]?[0-9]{1,2}",
        "\\PC{0,12}",
        "[a-zA-Z '.\u{0}\u{7}\u{a0}\u{200b}\u{200d}\u{feff}\n\t]{0,12}",
    ]
}

fn rules(date_output: &DateOutput) -> Rules<'_> {
    Rules {
        today: NaiveDate::from_ymd_opt(2026, 11, 20).unwrap(),
        date_formats: &[],
        date_output,
    }
}

fn fixtures() -> Vec<Cases> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/normalize");
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "toml"))
        .map(|path| toml::from_str(&fs::read_to_string(&path).unwrap()).unwrap())
        .collect()
}

impl Case {
    fn said(&self) -> String {
        match (&self.expect, self.nothing, &self.refuse) {
            (Some(value), false, None) => {
                let text = value.as_str().map(str::to_owned);
                let text = text.unwrap_or_else(|| value.to_string());
                said(&text, self.repair.as_deref())
            }
            (None, true, None) => said("nothing", self.repair.as_deref()),
            (None, false, Some(code)) => {
                assert!(Code::from_text(code).is_some(), "no such code: {code}");
                code.clone()
            }
            _ => panic!("a case has one of expect, nothing, refuse: {}", self.why),
        }
    }
}

fn outcome(kind: &str, given: &str) -> String {
    if kind == "timestamp" {
        let seconds = timestamp(given).map_or_else(|| "nothing".to_owned(), |it| it.to_string());
        return said(&seconds, None);
    }
    let (_, kind) = KINDS.iter().find(|(name, _)| *name == kind).unwrap();
    match normalize(*kind, given, &rules(&DateOutput::default())) {
        Ok(Clean { value, repair }) => said(
            &value.as_ref().map_or_else(|| "nothing".to_owned(), spell),
            repair.map(Repair::as_str),
        ),
        Err(code) => code.as_str().to_owned(),
    }
}

fn said(value: &str, repair: Option<&str>) -> String {
    format!("{value} ({})", repair.unwrap_or("no repair"))
}

fn spell(value: &Value) -> String {
    match value {
        Value::Text(text) | Value::Json(text) => text.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Boolean(truth) => truth.to_string(),
        Value::Null => "null".to_owned(),
    }
}

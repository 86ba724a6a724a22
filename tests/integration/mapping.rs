//! What a row becomes under a mapping's rules.

#![expect(
    clippy::unwrap_used,
    reason = "clippy does not count the helpers of an integration test as tests"
)]

use aca_sync::{
    contract::Target,
    header::Header,
    mapping::{BoundMapping, CountedWhat, Mapped, Mapping},
    normalize::Value,
    problem::{Code, Problem, Repair},
    record::Fields,
    row::{Place, Reading, RowChunk},
};
use chrono::NaiveDate;

const HEAD: &str = "version = 1\nname = \"x\"\ntarget = \"sync-aca\"\n";

/// The fields that every mapping needs, reading columns of the same names.
pub(crate) const REQUIRED: &str = "[fields]\nfirstName = \"first\"\nlastName = \"last\"\n\
                                   phoneNumber = \"phone\"\npostalCode = \"zip\"\n";

/// A mapping of the required fields with `more` behind them.
pub(crate) fn mapping(more: &str) -> Mapping {
    Mapping::from_text(&format!("{HEAD}{REQUIRED}{more}"), "x.toml")
        .map_err(|error| error.to_string())
        .unwrap()
}

/// What the mapping makes of a row with these columns and cells, the required ones filled in.
pub(crate) fn mapped(mapping: &Mapping, cells: &[(&str, &str)]) -> Mapped {
    let mut all = cells.to_vec();
    for column in ["first", "last", "phone", "zip"] {
        if !cells.iter().any(|(name, _)| *name == column) {
            all.push((column, ""));
        }
    }
    let bound = mapping.bind(&Header::new(all.iter().map(|(name, _)| name)));
    let mut mapped = Mapped::default();
    apply(
        &bound.unwrap(),
        all.iter().map(|(_, cell)| *cell),
        &mut mapped,
    );
    mapped
}

fn apply<'c>(bound: &BoundMapping, cells: impl IntoIterator<Item = &'c str>, mapped: &mut Mapped) {
    let mut chunk = RowChunk::new(0);
    chunk.push(Place { number: 2, line: 2 }, Reading::Cells, cells);
    let today = NaiveDate::from_ymd_opt(2026, 3, 2).unwrap();
    bound.apply(chunk.row(0).unwrap(), today, mapped);
}

pub(crate) fn customer<'m>(mapped: &'m Mapped, name: &str) -> Option<&'m Value> {
    let place = Target::SyncAca.contract().field_index(name).unwrap();
    mapped.draft.customer.get(place)
}

pub(crate) fn policy<'m>(mapped: &'m Mapped, name: &str) -> Option<&'m Value> {
    let place = Target::SyncAca.contract().policy_field_index(name).unwrap();
    mapped.draft.policy.get(place)
}

pub(crate) fn codes(mapped: &Mapped) -> Vec<Code> {
    mapped.problems.iter().map(|problem| problem.code).collect()
}

#[test]
fn a_clean_row_becomes_a_draft_in_the_contracts_order() {
    let mapping = mapping("email = \"mail\"\n");

    let cells = [
        ("mail", " ana@example.com "),
        ("phone", "305 555 0123"),
        ("zip", "33101-1234"),
        ("last", "Lee"),
        ("first", "Ana"),
    ];
    let mapped = mapped(&mapping, &cells);

    let table = Target::SyncAca.contract().fields;
    let texts: Vec<&str> = mapped
        .draft
        .customer
        .iter()
        .filter_map(|(_, value)| value.as_text())
        .collect();
    assert_eq!(
        texts,
        ["Ana", "Lee", "+13055550123", "ana@example.com", "33101"]
    );
    assert_eq!(
        mapped.draft.customer.text(table, "email"),
        Some("ana@example.com")
    );
    assert!(mapped.draft.policy.is_empty() && mapped.problems.is_empty());
    let counted = mapped.notes.first().unwrap();
    assert_eq!(
        (counted.column, counted.what),
        (2, CountedWhat::Repair(Repair::PlusFourDropped))
    );
}

#[test]
fn every_problem_of_a_row_is_found_and_the_other_fields_stay() {
    let mapping = mapping("dateOfBirth = \"dob\"\nexternalId = \"id\"\n");

    let cells = [
        ("id", "7"),
        ("dob", "2/30/1990"),
        ("phone", "305555"),
        ("zip", "x"),
    ];
    let mapped = mapped(&mapping, &cells);

    let problems = [
        Problem::of_cell(Code::PhoneTooFewDigits, "phoneNumber", 2),
        Problem::of_cell(Code::PostalCodeUnreadable, "postalCode", 3),
        Problem::of_cell(Code::DateImpossible, "dateOfBirth", 1),
    ];
    assert_eq!(mapped.problems, problems);
    assert_eq!(customer(&mapped, "externalId"), Some(&Value::text("7")));
}

#[test]
fn custom_fields_come_by_their_place_in_the_list_of_keys() {
    let mapping = mapping(
        "[custom_fields]\nsource = { value = \"HealthSherpa\" }\nmetal = \"metal_level\"\nblank = \"b\"\n",
    );

    let mapped = mapped(&mapping, &[("metal_level", "Gold"), ("b", "")]);

    let keys = mapping.custom_field_keys();
    let custom: Vec<(&str, &str)> = mapped
        .draft
        .custom
        .iter()
        .map(|(place, text)| {
            (
                keys.get(usize::from(*place)).unwrap().as_str(),
                text.as_str(),
            )
        })
        .collect();
    assert_eq!(custom, [("metal", "Gold"), ("source", "HealthSherpa")]);
}

#[test]
fn the_newest_column_gives_an_instant_or_is_counted() {
    let mapping = mapping("[record]\nnewest = \"synced\"\n");
    let newest = |cell| mapped(&mapping, &[("synced", cell)]);

    let earlier = newest("2026-01-02T03:04:05Z").draft.newest.unwrap();
    let later = newest("2026-01-02T03:04:06Z").draft.newest.unwrap();
    assert_eq!(later - earlier, 1);
    assert_eq!(newest("-").draft.newest, None);
    let unreadable = newest("soon");
    assert_eq!(unreadable.draft.newest, None);
    assert_eq!(
        unreadable.notes.first().unwrap().what,
        CountedWhat::Omitted(Code::DateUnreadable)
    );
}

#[test]
fn a_skipped_row_says_which_skip_and_nothing_else() {
    let mapping = mapping(
        "[source]\nskip = [{ column = \"kind\", is = [\"test row\"], because = \"a test\" }, \
         { column = \"applying\", is = [\"No\", \"\"], because = \"not an applicant\" }]\n",
    );
    let skipped = |kind, applying| {
        let mapped = mapped(
            &mapping,
            &[("kind", kind), ("applying", applying), ("phone", "305555")],
        );
        assert_eq!(mapped.problems.is_empty(), mapped.skipped.is_some());
        mapped
            .skipped
            .map(|index| mapping.skips().get(index).unwrap().because.clone())
    };

    assert_eq!(skipped("TEST_ROW", "yes").as_deref(), Some("a test"));
    assert_eq!(skipped("", " no ").as_deref(), Some("not an applicant"));
    assert_eq!(skipped("", "n/a").as_deref(), Some("not an applicant"));
    assert_eq!(skipped("real", "Yes"), None);
}

/// In a file of members, only the holder's row is a customer.
#[test]
fn rows_are_skipped_for_what_a_cell_is_not_or_for_its_pattern() {
    let mapping = mapping(
        "[source]\nskip = [{ column = \"relationship\", is_not = [\"Self\", \"subscriber\"], because = \"a dependent\" }, \
         { column = \"number\", matches = '(0[02-9]|[1-9]\\d)$', because = \"not the holder\" }]\n",
    );
    let skipped = |relationship, number| {
        let cells = [("relationship", relationship), ("number", number)];
        let skip = mapped(&mapping, &cells).skipped;
        skip.map(|index| mapping.skips().get(index).unwrap().because.clone())
    };

    assert_eq!(skipped("Child", "701").as_deref(), Some("a dependent"));
    assert_eq!(skipped("SELF", "702").as_deref(), Some("not the holder"));
    assert_eq!(skipped("Subscriber", "701"), None);
    assert_eq!(skipped("", ""), None, "a blank cell says nothing");
}

#[test]
fn nothing_of_one_row_is_left_in_the_next() {
    let mapping =
        mapping("externalId = \"id\"\n[policy]\nplanName = \"plan\"\n[custom_fields]\nk = \"k\"\n");
    let header = Header::new(["first", "last", "phone", "zip", "id", "plan", "k"]);
    let bound = mapping.bind(&header).unwrap();
    let mut mapped = Mapped::default();

    apply(
        &bound,
        ["Ana", "Lee", "305555", "33101-1", "1 , 2", "Gold", "v"],
        &mut mapped,
    );
    assert!(mapped.draft.hazard.is_some() && !mapped.problems.is_empty());
    apply(&bound, [""; 7], &mut mapped);

    assert_eq!(mapped.draft.customer, Fields::default());
    assert_eq!(mapped.draft.policy, Fields::default());
    assert!(mapped.draft.custom.is_empty() && mapped.draft.hazard.is_none());
    assert!(mapped.problems.is_empty() && mapped.notes.is_empty());
}

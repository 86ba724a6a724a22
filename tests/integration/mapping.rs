//! What a row becomes under a mapping's rules.

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
fn mapped(mapping: &Mapping, cells: &[(&str, &str)]) -> Mapped {
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

fn customer<'m>(mapped: &'m Mapped, name: &str) -> Option<&'m Value> {
    let place = Target::SyncAca.contract().field_index(name).unwrap();
    mapped.draft.customer.get(place)
}

fn policy<'m>(mapped: &'m Mapped, name: &str) -> Option<&'m Value> {
    let place = Target::SyncAca.contract().policy_field_index(name).unwrap();
    mapped.draft.policy.get(place)
}

fn codes(mapped: &Mapped) -> Vec<Code> {
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
fn a_blank_cell_is_left_out_cleared_or_a_problem_as_the_mapping_says() {
    let rules = "city = \"city\"\ncounty = { column = \"county\", on_blank = \"clear\" }\n\
                 address = { column = \"address\", on_blank = \"reject\" }\n";
    let mapping = mapping(rules);

    for blank in ["", "  ", "N/A", "-", "****"] {
        let mapped = mapped(
            &mapping,
            &[("city", blank), ("county", blank), ("address", blank)],
        );

        assert_eq!(customer(&mapped, "city"), None, "{blank}");
        assert_eq!(customer(&mapped, "county"), Some(&Value::Null), "{blank}");
        assert_eq!(codes(&mapped), [Code::CellBlank], "{blank}");
    }
}

#[test]
fn a_marker_never_beats_a_name() {
    let mapped = mapped(&mapping(""), &[("first", "Na"), ("last", "Null")]);

    assert_eq!(customer(&mapped, "firstName"), Some(&Value::text("Na")));
    assert_eq!(customer(&mapped, "lastName"), Some(&Value::text("Null")));
}

#[test]
fn the_first_column_that_is_not_blank_counts() {
    let mapping = mapping("address = { column = [\"address\", \"street\"] }\n");

    for (cells, expected) in [
        (
            [("address", "1 Main St"), ("street", "2 Oak St")],
            Some("1 Main St"),
        ),
        (
            [("address", "N/A"), ("street", "2 Oak St")],
            Some("2 Oak St"),
        ),
        ([("address", ""), ("street", "***")], None),
    ] {
        let mapped = mapped(&mapping, &cells);
        assert_eq!(
            customer(&mapped, "address").and_then(Value::as_text),
            expected
        );
    }
}

#[test]
fn a_word_is_translated_and_an_unlisted_one_does_as_otherwise_says() {
    for (otherwise, expected, code) in [
        ("", None, Some(Code::ValueNotListed)),
        ("otherwise = \"reject\", ", None, Some(Code::ValueNotListed)),
        ("otherwise = \"omit\", ", None, None),
        ("otherwise = \"keep\", ", Some("Suspended"), None),
    ] {
        let rules = format!(
            "[policy]\nstatus = {{ {otherwise}column = \"status\", values = {{ PendingEffectuation = \"Pending\" }} }}\n"
        );
        let mapping = mapping(&rules);

        let listed = mapped(&mapping, &[("status", "pending_effectuation")]);
        let unlisted = mapped(&mapping, &[("status", "suspended")]);

        assert_eq!(policy(&listed, "status"), Some(&Value::text("Pending")));
        assert_eq!(
            policy(&unlisted, "status").and_then(Value::as_text),
            expected
        );
        assert_eq!(codes(&unlisted).first().copied(), code);
        let omitted = CountedWhat::Omitted(Code::ValueNotListed);
        let is_omitted = unlisted.notes.iter().any(|counted| counted.what == omitted);
        assert_eq!(is_omitted, otherwise.contains("omit"));
    }
}

#[test]
fn only_the_captured_part_of_a_cell_counts() {
    let rule = |pattern: &str, no_match: &str| {
        format!(
            "[policy]\nplanName = \"plan\"\naorNpn = {{ column = \"aor\", capture = '{pattern}', no_match = \"{no_match}\" }}\n"
        )
    };
    let npn = mapping(&rule(r"NPN: (\d+)", "omit"));
    let named = mapping(&rule(r"(\w+) (?<value>\d+)", "clear"));
    let strict = mapping(&rule(r"(\d+)", "reject"));

    let cells = |aor| [("plan", "Gold"), ("aor", aor)];
    let found = mapped(&npn, &cells("Sam Roe (NPN: 0012345)"));
    let missed = mapped(&npn, &cells("HealthSherpa referral"));

    assert_eq!(policy(&found, "aorNpn"), Some(&Value::text("0012345")));
    assert_eq!(policy(&missed, "aorNpn"), None);
    assert_eq!(
        missed.notes.first().unwrap().what,
        CountedWhat::Omitted(Code::CaptureNoMatch)
    );
    assert_eq!(
        policy(&mapped(&named, &cells("NPN 77")), "aorNpn"),
        Some(&Value::text("77"))
    );
    assert_eq!(
        policy(&mapped(&named, &cells("none")), "aorNpn"),
        None,
        "blank before any pattern"
    );
    assert_eq!(
        policy(&mapped(&named, &cells("Sam")), "aorNpn"),
        Some(&Value::Null)
    );
    assert_eq!(
        codes(&mapped(&strict, &cells("Sam"))),
        [Code::CaptureNoMatch]
    );
}

#[test]
fn an_invalid_cell_is_left_out_and_counted_where_the_mapping_asks_for_it() {
    let rules =
        "dateOfBirth = { column = \"dob\", formats = [\"%m/%d/%Y\"], on_invalid = \"omit\" }\n";
    let mapped = mapped(&mapping(rules), &[("dob", "1990-01-02")]);

    assert_eq!(customer(&mapped, "dateOfBirth"), None);
    assert!(mapped.problems.is_empty());
    let counted = mapped.notes.first().unwrap();
    assert_eq!(
        (counted.column, counted.what),
        (0, CountedWhat::Omitted(Code::DateUnreadable))
    );
}

#[test]
fn false_is_blank_in_a_date_column_only() {
    let mapping =
        mapping("veteran = \"vet\"\n[policy]\nplanName = \"plan\"\nterminationDate = \"end\"\n");

    let mapped = mapped(
        &mapping,
        &[("vet", "false"), ("end", "false"), ("plan", "Gold")],
    );

    assert_eq!(customer(&mapped, "veteran"), Some(&Value::Boolean(false)));
    assert_eq!(policy(&mapped, "terminationDate"), None);
    assert!(mapped.problems.is_empty());
}

#[test]
fn policy_dates_are_sent_as_the_mapping_says_and_births_as_the_api_says() {
    let rules = "dateOfBirth = \"dob\"\n[policy]\neffectiveDate = \"start\"\n";
    let cells = [("dob", "1/2/1990"), ("start", "1/1/2026")];
    let iso = mapped(&mapping(rules), &cells);
    let american = mapping(&format!("{rules}[record]\npolicy_dates = \"%m/%d/%Y\"\n"));
    let american = mapped(&american, &cells);

    assert_eq!(
        policy(&iso, "effectiveDate"),
        Some(&Value::text("2026-01-01"))
    );
    assert_eq!(
        policy(&american, "effectiveDate"),
        Some(&Value::text("01/01/2026"))
    );
    assert_eq!(
        customer(&american, "dateOfBirth"),
        Some(&Value::text("01/02/1990"))
    );
}

#[test]
fn a_state_gives_the_time_zone_that_no_cell_gives() {
    let mapping =
        mapping("state = \"state\"\ntimezone = { column = \"tz\", else_from = \"state\" }\n");
    let zone = |cells: &[(&str, &str)]| {
        customer(&mapped(&mapping, cells), "timezone")
            .and_then(|zone| zone.as_text().map(str::to_owned))
    };

    assert_eq!(
        zone(&[("state", "Georgia"), ("tz", "")]).as_deref(),
        Some("America/New_York")
    );
    assert_eq!(
        zone(&[("state", "GA")]).as_deref(),
        Some("America/New_York")
    );
    assert_eq!(
        zone(&[("state", "GA"), ("tz", "America/Chicago")]).as_deref(),
        Some("America/Chicago")
    );
    assert_eq!(zone(&[("state", "TX"), ("tz", "")]), None);
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

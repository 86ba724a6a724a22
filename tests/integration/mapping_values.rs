//! What a mapping's rules make of one cell.

use aca_sync::{mapping::CountedWhat, normalize::Value, problem::Code};

use crate::mapping::{codes, customer, mapped, mapping, policy};

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

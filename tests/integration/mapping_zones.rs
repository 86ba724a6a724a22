//! Time stamps in a stated zone, made the day on which they fell where the customer lives.

use aca_sync::{
    mapping::{Counted, CountedWhat, Mapped},
    normalize::Value,
    problem::{Code, Repair},
};

use crate::mapping::{codes, mapped, mapping, policy};

const STATE: &str = "state = \"state\"\ntimezone = { column = \"tz\", optional = true }\n";

/// What becomes of a time stamp in a zone, for a customer of that state.
fn enrolled(zone: &str, formats: &str, state: &str, stamp: &str) -> Mapped {
    let rules = format!(
        "{STATE}[policy]\npolicyNumber = \"number\"\n\
         enrollmentDate = {{ column = \"created\", zone = \"{zone}\"{formats} }}\n"
    );
    let cells = [("created", stamp), ("state", state), ("number", "7")];
    mapped(&mapping(&rules), &cells)
}

fn day(mapped: &Mapped) -> Option<&str> {
    policy(mapped, "enrollmentDate").and_then(Value::as_text)
}

fn is_guess(mapped: &Mapped) -> bool {
    let guess = Counted {
        column: 0,
        what: CountedWhat::Repair(Repair::ZoneUnknown),
    };
    mapped.notes.contains(&guess)
}

#[test]
fn a_time_stamp_becomes_the_day_where_the_customer_lives() {
    for (zone, state, stamp, expected) in [
        // Five hours behind in winter, four in summer.
        ("UTC", "GA", "2026-01-02T04:59:59Z", "2026-01-01"),
        ("UTC", "GA", "2026-01-02T05:00:00Z", "2026-01-02"),
        ("UTC", "GA", "2026-07-02T03:59:59", "2026-07-01"),
        ("UTC", "GA", "2026-07-02 04:00", "2026-07-02"),
        ("UTC", "HI", "1/1/2026 9:59 AM", "2025-12-31"),
        ("UTC", "HI", "1/1/2026 10:00 AM", "2026-01-01"),
        ("UTC", "GU", "2026-01-01T14:00:00", "2026-01-02"),
        // Another stated zone, and one in the cell that counts more.
        ("Eastern", "CA", "2026-01-02T02:59:00", "2026-01-01"),
        (
            "America/New_York",
            "CA",
            "2026-01-02T03:00:00",
            "2026-01-02",
        ),
        ("UTC", "CA", "2026-01-02T02:59:00-05:00", "2026-01-01"),
        ("UTC", "CA", "01/02/2026 3:00 AM EST", "2026-01-02"),
        (
            "America/Los_Angeles",
            "GA",
            "2026-01-02T04:59:59Z",
            "2026-01-01",
        ),
        // The ends of the year and of February.
        ("UTC", "GA", "2028-03-01T04:00:00Z", "2028-02-29"),
        ("UTC", "GA", "2027-01-01T00:00:00Z", "2026-12-31"),
    ] {
        let mapped = enrolled(zone, "", state, stamp);

        assert_eq!(day(&mapped), Some(expected), "{zone} {state} {stamp}");
        assert!(mapped.notes.is_empty(), "{zone} {state} {stamp}");
    }
}

#[test]
fn days_on_which_clocks_are_set_have_their_own_midnight() {
    for (state, stamp, expected) in [
        // New York sets its clocks on March 8 at 07:00 UTC and on November 1 at 06:00 UTC.
        ("NY", "2026-03-08T04:59:59Z", "2026-03-07"),
        ("NY", "2026-03-08T05:00:00Z", "2026-03-08"),
        ("NY", "2026-03-09T03:59:59Z", "2026-03-08"),
        ("NY", "2026-03-09T04:00:00Z", "2026-03-09"),
        ("NY", "2026-11-01T03:59:59Z", "2026-10-31"),
        ("NY", "2026-11-01T04:00:00Z", "2026-11-01"),
        ("NY", "2026-11-02T04:59:59Z", "2026-11-01"),
        ("NY", "2026-11-02T05:00:00Z", "2026-11-02"),
        // Arizona never does.
        ("AZ", "2026-07-02T06:59:59Z", "2026-07-01"),
        ("AZ", "2026-07-02T07:00:00Z", "2026-07-02"),
    ] {
        assert_eq!(
            day(&enrolled("UTC", "", state, stamp)),
            Some(expected),
            "{state} {stamp}"
        );
    }
}

#[test]
fn a_time_that_clocks_skip_or_show_twice_is_read_one_way() {
    for (state, stamp, expected) in [
        // Berlin skips 02:00 to 03:00 on March 29, when it is one hour ahead: 02:30 is 01:30 UTC.
        ("GU", "2026-03-29T02:30:00", "2026-03-29"),
        ("PR", "2026-03-29T02:30:00", "2026-03-28"),
        // It shows 02:00 to 03:00 twice on October 25; the first time it is two hours ahead.
        ("GU", "2026-10-25T02:30:00", "2026-10-25"),
        ("VI", "2026-10-25T02:30:00", "2026-10-24"),
    ] {
        let mapped = enrolled("Europe/Berlin", "", state, stamp);
        assert_eq!(day(&mapped), Some(expected), "{state} {stamp}");
    }
    // 00:00 to 01:00 is skipped in Santiago on September 6: 00:30 is 04:30 UTC, and still the day before
    // in Honolulu.
    let skipped = enrolled("America/Santiago", "", "HI", "2026-09-06T00:30:00");
    assert_eq!(day(&skipped), Some("2026-09-05"));
}

#[test]
fn a_state_in_two_zones_leaves_doubt_in_one_hour_only() {
    for (stamp, expected, guess) in [
        ("2026-01-02T04:59:59Z", "2026-01-01", false),
        // Past midnight in Miami, not yet in Pensacola.
        ("2026-01-02T05:30:00Z", "2026-01-02", true),
        ("2026-01-02T06:00:00Z", "2026-01-02", false),
    ] {
        let mapped = enrolled("UTC", "", "FL", stamp);

        assert_eq!(day(&mapped), Some(expected), "{stamp}");
        assert_eq!(is_guess(&mapped), guess, "{stamp}");
    }
}

#[test]
fn a_time_zone_counts_more_than_a_state() {
    let rules = format!(
        "{STATE}[policy]\npolicyNumber = \"number\"\nenrollmentDate = {{ column = \"created\", zone = \"UTC\" }}\n"
    );
    let cells = [
        ("created", "2026-01-02T05:30:00Z"),
        ("state", "FL"),
        ("tz", "Central"),
        ("number", "7"),
    ];
    let mapped = mapped(&mapping(&rules), &cells);

    assert_eq!(day(&mapped), Some("2026-01-01"));
    assert!(!is_guess(&mapped));
}

#[test]
fn where_nobody_knows_the_customers_zone_the_day_stands_and_is_counted() {
    let unknown = enrolled("UTC", "", "", "2026-01-02T00:30:00Z");

    assert_eq!(day(&unknown), Some("2026-01-02"));
    assert!(is_guess(&unknown) && unknown.problems.is_empty());
}

#[test]
fn a_date_without_a_time_of_day_stands_as_it_is() {
    for stamp in ["2026-01-02", "1/2/2026", "Jan 2, 2026"] {
        let mapped = enrolled("UTC", "", "HI", stamp);

        assert_eq!(day(&mapped), Some("2026-01-02"), "{stamp}");
        assert!(mapped.notes.is_empty(), "{stamp}");
    }
}

#[test]
fn a_declared_format_says_where_the_time_is() {
    let formats = ", formats = [\"%d.%m.%Y %I:%M %p\", \"%Y-%m-%dT%H:%M:%S%z\", \"%d.%m.%Y\"]";
    for (stamp, expected) in [
        ("02.01.2026 04:59 AM", "2026-01-01"),
        ("02.01.2026 05:00 AM", "2026-01-02"),
        ("02.01.2026 12:30 AM", "2026-01-01"),
        ("02.01.2026 12:30 PM", "2026-01-02"),
        ("2026-01-02T01:00:00-0400", "2026-01-02"),
        ("2026-01-02T01:00:00Z", "2026-01-01"),
        ("02.01.2026", "2026-01-02"),
    ] {
        let mapped = enrolled("UTC", formats, "GA", stamp);
        assert_eq!(day(&mapped), Some(expected), "{stamp}");
    }
    let other = enrolled("UTC", formats, "GA", "1/2/2026 5:00 AM");
    assert_eq!(codes(&other), [Code::DateUnreadable]);
}

#[test]
fn what_is_no_day_is_refused_or_left_out_as_ever() {
    for (stamp, code) in [
        ("2026-02-30T10:00:00Z", Code::DateImpossible),
        ("1899-12-31T10:00:00Z", Code::DateOutOfRange),
        ("1900-01-01T00:00:00Z", Code::DateOutOfRange),
        ("46054.5", Code::DateAmbiguous),
        ("2026-01-02T25:00:00Z", Code::DateUnreadable),
    ] {
        assert_eq!(codes(&enrolled("UTC", "", "GA", stamp)), [code], "{stamp}");
    }
    let endless = enrolled("UTC", "", "GA", "9999-12-31T23:59:59Z");
    assert_eq!(day(&endless), None);
    assert!(endless.problems.is_empty());
}

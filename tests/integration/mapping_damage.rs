//! What a mapping makes of what spreadsheets did to cells: error values, numbers that lost digits.

use aca_sync::{
    mapping::{CountedWhat, Mapped, Mapping},
    normalize::Value,
    problem::Code,
};

use crate::mapping::{codes, customer, mapped, mapping, policy};

/// A rule for every kind of field, with a cell that it takes and what it makes of it.
pub(crate) const KINDS: &[(&str, &str, &str, Made)] = &[
    ("", "first", "5 Ana", Made::Customer("firstName", "5 Ana")),
    (
        "",
        "phone",
        "+1 305 555 0123",
        Made::Customer("phoneNumber", "+13055550123"),
    ),
    ("", "zip", "02139", Made::Customer("postalCode", "02139")),
    (
        "externalId = \"c\"\n[record]\nkey = [\"externalId\"]\n",
        "c",
        "00123",
        Made::Customer("externalId", "00123"),
    ),
    (
        "dateOfBirth = { column = \"c\", formats = [\"%m/%d/%Y\"] }\n",
        "c",
        "01/02/1990",
        Made::Customer("dateOfBirth", "01/02/1990"),
    ),
    (
        "address = \"c\"\n",
        "c",
        "1 Main St",
        Made::Customer("address", "1 Main St"),
    ),
    (
        "householdIncome = \"c\"\n",
        "c",
        "-41,000",
        Made::Integer("householdIncome", -41_000),
    ),
    (
        "veteran = \"c\"\n",
        "c",
        "1",
        Made::Boolean("veteran", true),
    ),
    (
        "[policy]\nplanName = \"c\"\n",
        "c",
        "2 Gold",
        Made::Policy("planName", "2 Gold"),
    ),
    (
        "[policy]\neffectiveDate = \"c\"\n",
        "c",
        "1/5/2026",
        Made::Policy("effectiveDate", "2026-01-05"),
    ),
    (
        "[policy]\naorNpn = { column = \"c\", capture = '^(\\d+)', no_match = \"reject\" }\n",
        "c",
        "0012345 (NPN)",
        Made::Policy("aorNpn", "0012345"),
    ),
    (
        "[policy]\nstatus = { column = \"c\", values = { 01 = \"Active\" } }\n",
        "c",
        "01",
        Made::Policy("status", "Active"),
    ),
    (
        "[custom_fields]\nk = \"c\"\n",
        "c",
        "007",
        Made::Custom("007"),
    ),
];

/// The field that a cell feeds, and its value.
pub(crate) enum Made {
    Customer(&'static str, &'static str),
    Policy(&'static str, &'static str),
    Integer(&'static str, i32),
    Boolean(&'static str, bool),
    Custom(&'static str),
}

impl Made {
    pub(crate) fn is_in(&self, mapped: &Mapped) -> bool {
        match self {
            Self::Customer(name, text) => customer(mapped, name) == Some(&Value::text(text)),
            Self::Policy(name, text) => policy(mapped, name) == Some(&Value::text(text)),
            Self::Integer(name, number) => customer(mapped, name) == Some(&Value::Integer(*number)),
            Self::Boolean(name, flag) => customer(mapped, name) == Some(&Value::Boolean(*flag)),
            Self::Custom(text) => mapped.draft.custom.iter().any(|(_, found)| found == text),
        }
    }

    fn is_absent(&self, mapped: &Mapped) -> bool {
        match self {
            Self::Customer(name, _) | Self::Integer(name, _) | Self::Boolean(name, _) => {
                customer(mapped, name).is_none()
            }
            Self::Policy(name, _) => policy(mapped, name).is_none(),
            Self::Custom(_) => mapped.draft.custom.is_empty(),
        }
    }
}

/// What is counted of the first column.
pub(crate) fn counted(mapped: &Mapped) -> Vec<CountedWhat> {
    let notes = mapped.notes.iter();
    notes
        .filter(|counted| counted.column == 0)
        .map(|counted| counted.what)
        .collect()
}

#[test]
fn an_error_value_is_refused_whatever_its_field_takes() {
    for (word, code) in [
        ("#N/A", Code::SpreadsheetError),
        (" #ref! ", Code::SpreadsheetError),
        ("#DIV/0!", Code::SpreadsheetError),
        ("=\"#VALUE!\"", Code::SpreadsheetError),
        ("'#NAME?", Code::SpreadsheetError),
        ("#GETTING_DATA", Code::SpreadsheetError),
        ("#UNCALCULATED!", Code::NotCalculated),
    ] {
        for (rules, column, _, made) in KINDS {
            let mapped = mapped(&mapping(rules), &[(column, word)]);

            assert_eq!(codes(&mapped), [code], "{rules}{word}");
            assert_eq!(mapped.problems.first().unwrap().column, Some(0));
            assert!(made.is_absent(&mapped), "{rules}{word}");
            assert!(mapped.notes.is_empty(), "{rules}{word}");
        }
    }
}

#[test]
fn an_error_value_is_refused_before_values_and_capture_have_a_say() {
    let rules = [
        "address = { column = \"c\", values = { a = \"b\" }, otherwise = \"keep\" }\n",
        "address = { column = \"c\", values = { a = \"b\" }, otherwise = \"omit\" }\n",
        "address = { column = \"c\", capture = '(.+)', no_match = \"omit\" }\n",
        "address = { column = \"c\", capture = '(\\d+)', no_match = \"omit\" }\n",
        "address = { column = [\"c\", \"d\"] }\n",
    ];
    for rules in rules {
        let cells: &[_] = if rules.contains("\"d\"") {
            &[("c", "#N/A"), ("d", "1 Main St")]
        } else {
            &[("c", "#N/A")]
        };
        let mapped = mapped(&mapping(rules), cells);

        assert_eq!(codes(&mapped), [Code::SpreadsheetError], "{rules}");
        assert_eq!(customer(&mapped, "address"), None, "{rules}");
    }
}

#[test]
fn a_mapping_may_leave_an_error_value_out_or_say_what_it_means() {
    let address = |rules: &str| {
        let mapped = mapped(&mapping(rules), &[("c", "#N/A")]);
        let made = customer(&mapped, "address").cloned();
        (made, codes(&mapped), counted(&mapped))
    };
    let omitted = CountedWhat::Omitted(Code::SpreadsheetError);

    assert_eq!(
        address("address = { column = \"c\", on_invalid = \"omit\" }\n"),
        (None, vec![], vec![omitted])
    );
    assert_eq!(
        address(
            "address = { column = \"c\", on_blank = \"clear\" }\n[source]\nblank = [\"#n/a\"]\n"
        ),
        (Some(Value::Null), vec![], vec![CountedWhat::Cleared])
    );
    assert_eq!(
        address("address = { column = \"c\", values = { \"#N/A\" = \"none\" } }\n"),
        (Some(Value::text("none")), vec![], vec![])
    );
}

#[test]
fn an_error_value_skips_no_row_dates_none_and_matters_in_no_other_column() {
    let with = |words: &str| {
        mapping(&format!(
            "[source]\nskip = [{{ column = \"kind\", is = [{words}], because = \"x\" }}]\n\
             [record]\nnewest = \"synced\"\n"
        ))
    };
    let row = |mapping: &Mapping| {
        let cells = [
            ("kind", "#REF!"),
            ("synced", "#UNCALCULATED!"),
            ("notes", "#N/A"),
        ];
        mapped(mapping, &cells)
    };

    let plain = row(&with("\"Test\", \"\""));
    let listed = row(&with("\"#REF!\""));

    assert_eq!((plain.skipped, plain.draft.newest), (None, None));
    assert!(plain.problems.is_empty());
    let counted: Vec<_> = plain.notes.iter().map(|it| (it.column, it.what)).collect();
    let omitted = [
        (0, CountedWhat::Omitted(Code::SpreadsheetError)),
        (1, CountedWhat::Omitted(Code::NotCalculated)),
    ];
    assert_eq!(counted, omitted);
    assert_eq!(listed.skipped, Some(0));
}

#[test]
fn a_number_that_lost_its_last_digits_is_refused_as_such() {
    let mapping = mapping(
        "externalId = \"id\"\nhouseholdIncome = \"income\"\n\
         [policy]\npolicyNumber = \"policy\"\naorNpn = \"npn\"\n",
    );

    for number in ["1.234567890123456E+15", "1E+15", "1.2345678901234568E+16"] {
        let cells = [
            ("id", number),
            ("income", number),
            ("policy", number),
            ("npn", number),
            ("phone", number),
            ("zip", number),
        ];
        let mapped = mapped(&mapping, &cells);

        let found: Vec<_> = mapped
            .problems
            .iter()
            .map(|problem| (problem.field, problem.code))
            .collect();
        let refused = [
            ("phoneNumber", Code::PhoneScientific),
            ("postalCode", Code::PostalCodeUnreadable),
            ("householdIncome", Code::NumberScientific),
            ("externalId", Code::IdentifierScientific),
            ("aorNpn", Code::IdentifierScientific),
            ("policyNumber", Code::IdentifierScientific),
        ];
        assert_eq!(found, refused, "{number}");
    }
}

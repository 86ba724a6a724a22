//! What a mapping makes of what spreadsheets leave in cells: text protection, error values, lost digits.

use aca_sync::{
    mapping::{Counted, CountedWhat, Mapped, Mapping},
    normalize::Value,
    problem::{Code, Repair},
};

use crate::mapping::{codes, customer, mapped, mapping, policy};

const PROTECTION: CountedWhat = CountedWhat::Repair(Repair::TextProtection);

/// A rule for every kind of field, with a cell that it takes and what it makes of it.
const KINDS: &[(&str, &str, &str, Made)] = &[
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
enum Made {
    Customer(&'static str, &'static str),
    Policy(&'static str, &'static str),
    Integer(&'static str, i32),
    Boolean(&'static str, bool),
    Custom(&'static str),
}

impl Made {
    fn is_in(&self, mapped: &Mapped) -> bool {
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

fn protected(text: &str) -> [String; 4] {
    [
        format!("'{text}"),
        format!("=\"{text}\""),
        format!("\u{feff}'=\"{text}\" "),
        format!("=\"'{text}\""),
    ]
}

/// What is counted of the first column.
fn counted(mapped: &Mapped) -> Vec<CountedWhat> {
    let notes = mapped.notes.iter();
    notes
        .filter(|counted| counted.column == 0)
        .map(|counted| counted.what)
        .collect()
}

#[test]
fn a_protected_cell_is_taken_for_what_it_protects_whatever_its_field_takes() {
    for (rules, column, cell, made) in KINDS {
        let mapping = mapping(rules);

        let bare = mapped(&mapping, &[(column, cell)]);
        assert!(made.is_in(&bare), "{rules}");
        assert_eq!(counted(&bare), [], "{rules}");

        for cell in protected(cell) {
            let mapped = mapped(&mapping, &[(column, &cell)]);
            assert!(made.is_in(&mapped), "{rules}{cell}: {:?}", codes(&mapped));
            assert_eq!(counted(&mapped), [PROTECTION], "{rules}{cell}");
        }
    }
}

#[test]
fn an_apostrophe_before_a_letter_belongs_to_a_name_and_to_no_code() {
    let mapping = mapping(
        "externalId = \"id\"\nstate = \"state\"\ncity = \"city\"\n\
         gender = { column = \"sex\", values = { Man = \"Male\" } }\n\
         language = { column = \"language\", values = { Esp = \"Spanish\" } }\n",
    );

    let cells = [
        ("id", "'HSA0012"),
        ("state", "'FL"),
        ("city", "'s-Gravenhage"),
        ("sex", "'man"),
        ("language", "'Esp"),
        ("first", "'t"),
        ("last", "'Aoki"),
    ];
    let mapped = mapped(&mapping, &cells);

    for (field, value) in [
        ("externalId", "HSA0012"),
        ("state", "FL"),
        ("city", "'s-Gravenhage"),
        ("gender", "Male"),
        ("language", "Spanish"),
        ("firstName", "'t"),
        ("lastName", "'Aoki"),
    ] {
        assert_eq!(
            customer(&mapped, field),
            Some(&Value::text(value)),
            "{field}"
        );
    }
    let columns: Vec<u32> = mapped.notes.iter().map(|counted| counted.column).collect();
    assert_eq!(columns, [1, 4, 3, 0], "in the order of the fields");
}

#[test]
fn quotes_about_a_code_are_none_of_it_and_those_about_a_text_are() {
    let mapping = mapping("externalId = \"id\"\naddress = \"address\"\n");

    let mapped = mapped(
        &mapping,
        &[("id", "\"00123\""), ("address", "\"The Elms\"")],
    );

    assert_eq!(customer(&mapped, "externalId"), Some(&Value::text("00123")));
    assert_eq!(
        customer(&mapped, "address"),
        Some(&Value::text("\"The Elms\""))
    );
}

#[test]
fn protected_emptiness_is_blank() {
    let mapping = mapping(
        "externalId = \"id\"\ncity = { column = \"city\", on_blank = \"clear\" }\n\
         county = { column = \"county\", on_blank = \"reject\" }\n\
         address = { column = [\"address\", \"street\"] }\n",
    );

    for blank in ["'", "=\"\"", "\"\"", "'N/A", "=\"-\"", "'****", "=\"n/a\""] {
        let cells = [
            ("id", blank),
            ("city", blank),
            ("county", blank),
            ("address", blank),
            ("street", "'1 Main St"),
        ];
        let mapped = mapped(&mapping, &cells);

        assert_eq!(customer(&mapped, "externalId"), None, "{blank}");
        assert_eq!(customer(&mapped, "city"), Some(&Value::Null), "{blank}");
        assert_eq!(codes(&mapped), [Code::CellBlank], "{blank}");
        let address = customer(&mapped, "address");
        assert_eq!(address, Some(&Value::text("1 Main St")), "{blank}");
        assert_eq!(mapped.notes.len(), 5, "{blank}");
        assert!(mapped.notes.iter().all(|it| it.what == PROTECTION));
    }
}

#[test]
fn a_cell_counts_once_for_each_thing_however_many_fields_it_feeds() {
    let mapping = mapping("externalId = \"id\"\nhealthSherpaCustomerId = \"id\"\n");

    let once = mapped(&mapping, &[("id", "'00123")]);
    let twice = mapped(&mapping, &[("id", "'123.0")]);
    let refused = mapped(&mapping, &[("id", "'1.5E+11")]);

    assert_eq!(counted(&once), [PROTECTION]);
    let float_tail = CountedWhat::Repair(Repair::FloatTail);
    assert_eq!(counted(&twice), [PROTECTION, float_tail]);
    assert_eq!(counted(&refused), [], "nothing came of it");
    assert_eq!(codes(&refused), [Code::IdentifierScientific; 2]);
}

#[test]
fn several_protected_ids_in_one_cell_are_several() {
    let mapping = mapping("externalId = \"id\"\n");

    for cell in ["=\"1001; 1002\"", "'1001,1002", "\"1001 1002\""] {
        let mapped = mapped(&mapping, &[("id", cell)]);
        assert_eq!(mapped.draft.hazard, Some(Code::IdentifierSeveral), "{cell}");
    }
}

#[test]
fn skips_and_the_newest_column_see_through_protection() {
    let mapping = mapping(
        "[source]\nskip = [{ column = \"kind\", is = [\"Test\", \"\"], because = \"a test\" }]\n\
         [record]\nnewest = \"synced\"\n",
    );
    let row = |kind, synced| mapped(&mapping, &[("kind", kind), ("synced", synced)]);

    for kind in ["'Test", "=\"test\"", "\"TEST\"", "'", "=\"\""] {
        let skipped = row(kind, "'2026-01-02");
        assert_eq!(skipped.skipped, Some(0), "{kind}");
        assert!(skipped.notes.is_empty(), "{kind}");
    }
    let bare = row("real", "2026-01-02");
    let protected = row("real", "=\"2026-01-02\"");
    assert!(bare.draft.newest.is_some());
    assert_eq!(protected.draft.newest, bare.draft.newest);
    let counted = Counted {
        column: 1,
        what: PROTECTION,
    };
    assert_eq!(protected.notes, [counted]);
    assert_eq!(row("'real", "'").notes.len(), 2);
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
        (Some(Value::Null), vec![], vec![])
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

//! Values that rules make of several cells, or of part of one: templates, names in parts, leading zeros,
//! columns that repeat.

use aca_sync::{
    header::Header,
    mapping::{Counted, CountedWhat, Mapped, Mapping, Unmet},
    normalize::Value,
    problem::{Code, Repair},
};

use crate::mapping::{codes, customer, mapped, mapping, policy};

pub(crate) fn text<'m>(mapped: &'m Mapped, name: &str) -> Option<&'m str> {
    customer(mapped, name).and_then(Value::as_text)
}

fn repair(column: u32, repair: Repair) -> Counted {
    Counted {
        column,
        what: CountedWhat::Repair(repair),
    }
}

#[test]
fn a_template_puts_columns_together_and_leaves_blank_ones_out() {
    let rules = "address = { template = \"{Street}, {unit no} {{{box}}}\" }\n";
    let address = |street, unit, place| {
        let cells = [("street", street), ("Unit_No", unit), ("box", place)];
        let mapped = mapped(&mapping(rules), &cells);
        assert!(mapped.problems.is_empty());
        text(&mapped, "address").map(str::to_owned)
    };

    for (cells, expected) in [
        (["1 Main  St", "4", "9"], Some("1 Main St, 4 {9}")),
        (["1 Main St", "N/A", "9"], Some("1 Main St {9}")),
        (["-", "4", ""], Some("4")),
        (["1 Main St", "", "***"], Some("1 Main St")),
        (["", " ", "null"], None),
    ] {
        let [street, unit, place] = cells;
        assert_eq!(
            address(street, unit, place).as_deref(),
            expected,
            "{cells:?}"
        );
    }
}

#[test]
fn what_a_template_gives_is_read_as_a_cell_would_be() {
    let birth = mapping("dateOfBirth = { template = \"{month}/{day}/{year}\" }\n");
    let born = |month, day, year| mapped(&birth, &[("month", month), ("day", day), ("year", year)]);
    let cleared = mapping("city = { template = \"{a} {b}\", on_blank = \"clear\" }\n");
    let rejected = mapping("city = { template = \"{a} {b}\", on_blank = \"reject\" }\n");
    let cells = [("a", ""), ("b", "")];

    assert_eq!(
        text(&born("1", "'02", "1990"), "dateOfBirth"),
        Some("01/02/1990")
    );
    assert_eq!(
        born("1", "'02", "1990").notes,
        [repair(1, Repair::TextProtection)]
    );
    assert_eq!(codes(&born("2", "30", "1990")), [Code::DateImpossible]);
    assert_eq!(codes(&born("1", "#REF!", "1990")), [Code::SpreadsheetError]);
    assert_eq!(
        born("1", "#REF!", "1990").problems.first().unwrap().column,
        Some(1)
    );
    assert_eq!(
        customer(&mapped(&cleared, &cells), "city"),
        Some(&Value::Null)
    );
    assert_eq!(codes(&mapped(&rejected, &cells)), [Code::CellBlank]);
}

#[test]
fn every_column_of_a_template_has_to_be_there_unless_the_rule_says_otherwise() {
    let strict = mapping("address = { template = \"{street} {unit}\" }\n");
    let loose = mapping("address = { template = \"{street} {unit}\", optional = true }\n");
    let header = Header::new(["first", "last", "phone", "zip", "street"]);

    let missing = strict.bind(&header).unwrap_err().columns;
    assert_eq!(missing.len(), 1);
    assert_eq!(missing.first().unwrap().columns, ["unit"]);
    assert_eq!(strict.lacks(&header), 1);
    let bound = loose.bind(&header).unwrap();
    assert_eq!(bound.absent_columns().collect::<Vec<_>>(), ["unit"]);
    let street = mapped(&loose, &[("street", "1 Main St")]);
    assert_eq!(text(&street, "address"), Some("1 Main St"));
    assert_eq!(text(&mapped(&loose, &[]), "address"), None);
}

/// The required fields with the names in one column.
pub(crate) fn whole_names() -> Mapping {
    let text = "version = 1\nname = \"x\"\ntarget = \"sync-aca\"\n[fields]\n\
                firstName = { column = \"member\", part = \"first\" }\n\
                lastName = { column = \"member\", part = \"last\" }\n\
                phoneNumber = \"phone\"\npostalCode = \"zip\"\n";
    Mapping::from_text(text, "x.toml").unwrap()
}

#[test]
fn a_whole_name_comes_in_parts_and_a_guess_is_counted_once() {
    let mapping = whole_names();
    for (name, first, last, counted) in [
        ("Lee, Ana Maria", "Ana Maria", "Lee", vec![]),
        (
            "Ana de la Cruz",
            "Ana",
            "de la Cruz",
            vec![Repair::NameSplit],
        ),
        (
            "Ana Lee Jr, MD",
            "Ana",
            "Lee Jr",
            vec![Repair::NameSplit, Repair::TitleDropped],
        ),
        ("'Lee, Ana", "Ana", "'Lee", vec![]),
    ] {
        let mapped = mapped(&mapping, &[("member", name)]);

        assert_eq!(text(&mapped, "firstName"), Some(first), "{name}");
        assert_eq!(text(&mapped, "lastName"), Some(last), "{name}");
        let counted: Vec<_> = counted.into_iter().map(|what| repair(0, what)).collect();
        assert_eq!(mapped.notes, counted, "{name}");
        assert!(mapped.problems.is_empty(), "{name}");
    }
}

#[test]
fn a_part_that_is_not_there_is_a_problem_of_its_field() {
    let mapping = whole_names();
    for (name, field) in [
        ("Cher", "lastName"),
        ("Lee,", "firstName"),
        ("Lee Jr", "firstName"),
    ] {
        let mapped = mapped(&mapping, &[("member", name)]);

        let problem = mapped.problems.first().unwrap();
        assert_eq!(codes(&mapped), [Code::NamePartMissing], "{name}");
        assert_eq!((problem.field, problem.column), (field, Some(0)), "{name}");
    }
    let failed = mapped(&mapping, &[("member", "#N/A")]);
    assert_eq!(codes(&failed), [Code::SpreadsheetError; 2]);
    assert!(mapped(&mapping, &[("member", "-")]).problems.is_empty());
}

#[test]
fn leading_zeros_are_restored_to_the_width_that_the_mapping_knows() {
    let mapping = mapping(
        "externalId = { column = \"id\", pad = 10 }\n[custom_fields]\nk = { column = \"id\", pad = 4 }\n",
    );
    for (cell, id, counted) in [
        ("12345678", "0012345678", vec![Repair::LeadingZero]),
        ("12345678.0", "0012345678", vec![Repair::LeadingZero]),
        ("'0012345678", "0012345678", vec![Repair::TextProtection]),
        ("0012345678", "0012345678", vec![]),
        ("12345678901", "12345678901", vec![]),
        ("U12345", "U12345", vec![]),
        ("1234-5", "1234-5", vec![]),
    ] {
        let mapped = mapped(&mapping, &[("id", cell)]);

        assert_eq!(text(&mapped, "externalId"), Some(id), "{cell}");
        let counted: Vec<_> = counted.into_iter().map(|what| repair(0, what)).collect();
        assert_eq!(mapped.notes, counted, "{cell}");
    }
    let short = mapped(&mapping, &[("id", "7")]);
    assert_eq!(short.draft.custom.first().unwrap().1, "0007");
    assert_eq!(
        codes(&mapped(&mapping, &[("id", "1.2E+09")])),
        [Code::IdentifierScientific]
    );
}

const LIVES: &str = "[policy]\npolicyNumber = \"number\"\npolicyLives = { column = \"applicant_count\", \
                     count = { columns = [\"spouse\", \"other_{n}_first_name\"], plus = 1 } }\n";

#[test]
fn columns_that_are_not_blank_are_counted_where_no_cell_says_how_many() {
    let mapping = mapping(LIVES);
    let lives = |cells: &[(&str, &str)]| {
        let mut all = vec![("number", "7")];
        all.extend(cells);
        let mapped = mapped(&mapping, &all);
        assert!(mapped.problems.is_empty());
        policy(&mapped, "policyLives").cloned()
    };

    for (cells, count) in [
        (&[("spouse", "")][..], 1),
        (&[("spouse", "Bo")], 2),
        (&[("spouse", "-"), ("other_1_first_name", "Cy")], 2),
        (
            &[
                ("spouse", "Bo"),
                ("Other 10 First Name", "Di"),
                ("other_2_first_name", " "),
                ("other_1_first_name", "Cy"),
                ("other_1_last_name", "Roe"),
            ],
            4,
        ),
        (&[("spouse", "Bo"), ("applicant_count", "")], 2),
        (&[("spouse", "Bo"), ("applicant_count", "5")], 5),
    ] {
        assert_eq!(lives(cells), Some(Value::Integer(count)), "{cells:?}");
    }
}

#[test]
fn a_count_of_none_is_nothing_and_no_row_tells_of_a_policy_by_a_count() {
    let plain = mapping("dependentCount = { count = { columns = \"other_{n}\" } }\n");
    let children =
        |cells: &[(&str, &str)]| customer(&mapped(&plain, cells), "dependentCount").cloned();

    assert_eq!(children(&[]), None);
    assert_eq!(children(&[("other_1", "")]), None);
    assert_eq!(children(&[("other_1", "Cy")]), Some(Value::Integer(1)));
    let failed = mapped(&plain, &[("other_1", "Cy"), ("other_2", "#REF!")]);
    assert_eq!(codes(&failed), [Code::SpreadsheetError]);
    assert_eq!(failed.problems.first().unwrap().column, Some(1));
    let no_policy = mapped(&mapping(LIVES), &[("number", ""), ("spouse", "Bo")]);
    assert!(no_policy.draft.policy.is_empty());
}

#[test]
fn columns_that_repeat_are_joined_by_their_numbers() {
    let mapping = mapping(
        "[custom_fields]\nfamily = { join = { each = [\"{spouse}\", \"{other_{n}_first} {other_{n}_last}\"] } }\n\
         notes = { join = { each = \"{note{n}}\", with = \" | \" } }\n",
    );
    let cells = [
        ("other_10_first", "Flo"),
        ("other_2_first", "Di"),
        ("other_2_last", "Ek"),
        ("other_1_first", ""),
        ("other_1_last", "Roe"),
        ("other_3_last", "N/A"),
        ("spouse", "Bo"),
        ("note", "not numbered"),
        ("note1", "a"),
        ("note2", "b"),
    ];

    let mapped = mapped(&mapping, &cells);

    let custom: Vec<_> = mapped
        .draft
        .custom
        .iter()
        .map(|(_, text)| text.as_str())
        .collect();
    assert_eq!(custom, ["Bo, Roe, Di Ek, Flo", "a | b"]);
}

#[test]
fn a_file_may_lack_columns_that_repeat_and_may_not_have_one_twice() {
    let plain = mapping("dependentCount = { count = { columns = \"other_{n}\" } }\n");
    let required = mapping(
        "dependentCount = { count = { columns = \"other_{n}\" } }\n[source]\nrequired = [\"other_{n}\"]\n",
    );
    let header =
        |more: &[&'static str]| Header::new([&["first", "last", "phone", "zip"], more].concat());

    let without = plain.bind(&header(&[])).unwrap();
    assert_eq!(without.absent_columns().collect::<Vec<_>>(), ["other_{n}"]);
    let with = plain
        .bind(&header(&["other_2", "Other 1", "other"]))
        .unwrap();
    assert_eq!(with.unused_columns().collect::<Vec<_>>(), ["other"]);
    assert_eq!(
        (plain.lacks(&header(&[])), required.lacks(&header(&[]))),
        (0, 1)
    );
    let missing = required.bind(&header(&[])).unwrap_err().to_string();
    assert!(
        missing.contains("source.required: no column \"other_{n}\""),
        "{missing}"
    );
    assert!(required.bind(&header(&["other_1"])).is_ok());
    let twice = plain.bind(&header(&["other_1", "other_2", "Other 01"]));
    let numbers = vec![5, 7];
    assert_eq!(
        twice.unwrap_err().columns.first().unwrap().what,
        Unmet::Doubled { numbers }
    );
}

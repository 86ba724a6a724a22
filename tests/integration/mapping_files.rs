//! Mapping files: the shipped one, the design's example, and what is said of broken ones.
//! `UPDATE_TRANSCRIPTS=1` writes what is said anew, and the difference is to be read.

#![expect(
    clippy::unwrap_used,
    reason = "clippy does not count the helpers of an integration test as tests"
)]

use std::{
    fs,
    path::{Path, PathBuf},
};

use aca_sync::{
    format::{Encoding, Format, Separator},
    mapping::Mapping,
};
use chrono::NaiveDate;

const SHIPPED: &str = include_str!("../../mappings/healthsherpa-clients.toml");
const EXAMPLE: &str = include_str!("../../fixtures/mappings/design-example.toml");
const MADE: &str = include_str!("../../fixtures/mappings/made-of-columns.toml");
const MINIMAL: &str = include_str!("../../fixtures/mappings/minimal.toml");

/// The broken mappings with more than one mistake.
const SEVERAL: &[&str] = &["many-mistakes.toml", "not-toml-in-several-places.toml"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/mappings")
}

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, 2).unwrap()
}

fn digest(text: &str) -> [u8; 32] {
    Mapping::from_text(text, "x.toml").unwrap().digest()
}

#[test]
fn every_broken_mapping_says_what_is_expected_of_it() {
    let mut count = 0;
    for entry in fs::read_dir(folder()).unwrap() {
        let expected = entry.unwrap().path();
        if expected
            .extension()
            .is_none_or(|ending| ending != "expected")
        {
            continue;
        }
        let path = expected.with_extension("toml");
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).unwrap();

        let error = Mapping::from_text(&text, &name).unwrap_err();

        let page = format!("{error}\n");
        if std::env::var_os("UPDATE_TRANSCRIPTS").is_some() {
            fs::write(&expected, page).unwrap();
        } else {
            assert_eq!(page, fs::read_to_string(&expected).unwrap(), "{name}");
        }
        if !SEVERAL.contains(&name.as_str()) {
            assert_eq!(error.mistakes.len(), 1, "{name}");
        }
        count += 1;
    }
    assert!(count > 40, "only {count} broken mappings were found");
}

#[test]
fn what_stands_in_an_export_is_not_shown_where_it_is_named_as_the_mapping() {
    let export = "first_name,last_name,phone\nAna,Lee,3055550123\nBo,\"Roe\",3055550142\n";

    let error = Mapping::from_text(export, "clients.csv").unwrap_err();

    let page = error.to_string();
    assert_eq!(error.mistakes.len(), 1, "{page}");
    assert!(page.contains("--> clients.csv:1:"), "{page}");
    for cell in ["first_name", "Ana", "Lee", "305555"] {
        assert!(!page.contains(cell), "{page}");
        assert!(!format!("{error:?}").contains(cell));
    }
}

#[test]
fn every_fixture_without_an_expected_message_is_valid() {
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let is_mapping = path.extension().is_some_and(|ending| ending == "toml");
        if is_mapping && !path.with_extension("expected").exists() {
            let text = fs::read_to_string(&path).unwrap();
            let name = path.display().to_string();
            assert!(Mapping::from_text(&text, &name).is_ok(), "{name}");
        }
    }
}

#[test]
fn the_tests_of_the_shipped_mapping_and_of_the_example_pass() {
    for (name, text, count) in [
        ("shipped", SHIPPED, 7),
        ("example", EXAMPLE, 1),
        ("made of columns", MADE, 3),
    ] {
        let outcomes = Mapping::from_text(text, name).unwrap().run_tests(today());

        assert_eq!(outcomes.len(), count);
        for outcome in outcomes {
            assert_eq!(outcome.failures, Vec::<String>::new(), "{name} {outcome:?}");
        }
    }
}

#[test]
fn a_mappings_test_that_differs_says_where_and_how() {
    let test = "\n[[test]]\nwhy = \"a try\"\ngiven = { first_name = \"Ana\", phone = \"305555\" }\n\
                expect = { firstName = \"Bea\" }\n\
                [[test]]\ngiven = { first_name = \"Ana\" }\nexpect = { reject = \"required.missing\" }\n\
                [[test]]\ngiven = { phone = \"305555\" }\nexpect = { reject = \"rule.any_of\", skip = true }\n";
    let mapping = Mapping::from_text(&format!("{MINIMAL}{test}"), "x.toml").unwrap();

    let outcomes = mapping.run_tests(today());

    let first = outcomes.first().unwrap();
    assert_eq!(first.why.as_deref(), Some("a try"));
    assert_eq!(first.line, MINIMAL.lines().count() + 2);
    assert_eq!(
        first.failures,
        [
            "phoneNumber: phone.too_few_digits",
            "firstName: expected \"Bea\", found \"Ana\"",
        ]
    );
    assert!(outcomes.get(1).unwrap().is_passed());
    assert_eq!(
        outcomes.get(2).unwrap().failures,
        ["skip: expected true, found false"]
    );
}

#[test]
fn a_mappings_test_may_expect_that_a_record_is_held_back() {
    let rules = "[policy]\nplanName = \"plan\"\n[[test]]\nexpect = { held = \"policy.without_id\" }\n\
                given = { first_name = \"Ana\", last_name = \"Lee\", phone = \"3055550123\", zip_code = \"33101\", plan = \"Gold\" }\n";
    let held = |allow: &str| {
        let text = MINIMAL.replacen("[record]", &format!("[record]\n{allow}"), 1);
        let mapping = Mapping::from_text(&format!("{text}{rules}"), "x.toml").unwrap();
        mapping.run_tests(today()).first().unwrap().is_passed()
    };

    assert!(held(""));
    assert!(!held("allow = [\"policy.without_id\"]"));
}

#[test]
fn comments_order_formatting_guards_and_tests_do_not_change_the_digest() {
    let other = "
        # another look
        target = 'sync-aca'
        name = 'minimal'
        version = 0x1
        [[test]]
        given = { id = '1' }
        expect = { externalId = '1' }
        [fields]
        postalCode = { column = 'ZIP Code' }
        phoneNumber = { on_blank = 'omit', column = ['Phone'] }
        lastName = 'last_name'
        firstName = 'first_name'
        externalId = 'id'
        [record]
        key = ['externalId']
        policy_dates = '%Y-%m-%d'
        [guard]
        min_rows = 5
        [source]
        blank = ['null', 'None', 'nan', 'NA', 'N/A', '-', '']
    ";

    assert_eq!(digest(MINIMAL), digest(other));
}

#[test]
fn a_mapping_says_how_its_files_are_written() {
    let format = |source: &str| {
        let text = MINIMAL.replacen("[record]", &format!("[source]\n{source}\n[record]"), 1);
        Mapping::from_text(&text, "x.toml")
            .unwrap()
            .format()
            .clone()
    };

    assert_eq!(format(""), Format::default());
    for (written, separator) in [
        ("comma", Separator::Comma),
        ("\\t", Separator::Tab),
        (";", Separator::Semicolon),
        ("pipe", Separator::Pipe),
    ] {
        let separator = Some(separator);
        let format = format(&format!("separator = \"{written}\""));
        assert_eq!(format.separator, separator, "{written}");
    }
    let full = format("encoding = \"UTF-16\"\nsheet = \"Clients 2026\"");
    assert_eq!(full.encoding, Some(Encoding::UTF_16LE));
    assert_eq!(full.sheet.as_deref(), Some("Clients 2026"));
}

#[test]
fn a_format_of_other_spelling_is_the_same_to_the_digest() {
    let with = |source: &str| {
        digest(&MINIMAL.replacen("[record]", &format!("[source]\n{source}\n[record]"), 1))
    };

    for (one, other) in [
        ("separator = \"semicolon\"", "separator = \";\""),
        ("encoding = \"latin1\"", "encoding = \"windows-1252\""),
        ("sheet = \"Clients\"", "sheet = \"CLIENTS\""),
    ] {
        assert_eq!(with(one), with(other), "{one}");
    }
}

/// What stands in the smallest mapping, and what changes its meaning in its place.
const CHANGES: &[(&str, &str)] = &[
    ("\"zip_code\"", "\"zip\""),
    ("\"zip_code\"", "{ column = \"zip_code\", optional = true }"),
    (
        "\"zip_code\"",
        "{ column = \"zip_code\", on_blank = \"clear\" }",
    ),
    (
        "\"zip_code\"",
        "{ column = \"zip_code\", on_invalid = \"omit\" }",
    ),
    ("\"zip_code\"", "{ column = [\"zip_code\", \"zip\"] }"),
    ("\"zip_code\"", "{ value = \"33101\" }"),
    (
        "\"zip_code\"",
        "{ column = \"zip_code\", capture = '(.*)', no_match = \"omit\" }",
    ),
    (
        "\"zip_code\"",
        "{ column = \"zip_code\", capture = '(.+)', no_match = \"omit\" }",
    ),
    (
        "\"zip_code\"",
        "{ column = \"zip_code\", values = { a = \"33101\" } }",
    ),
    (
        "\"zip_code\"",
        "{ column = \"zip_code\", values = { a = \"33102\" } }",
    ),
    (
        "\"zip_code\"",
        "{ column = \"zip_code\", values = { a = \"33101\" }, otherwise = \"keep\" }",
    ),
    ("\"id\"", "{ column = \"id\", pad = 10 }"),
    ("\"id\"", "{ column = \"id\", pad = 11 }"),
    ("\"zip_code\"", "{ template = \"{zip_code}\" }"),
    ("\"zip_code\"", "{ template = \"{zip_code}-{four}\" }"),
    ("\"zip_code\"", "{ template = \"{zip_code}{four}\" }"),
    (
        "\"last_name\"",
        "{ column = \"last_name\", part = \"last\" }",
    ),
    (
        "\"last_name\"",
        "{ column = \"last_name\", part = \"first\" }",
    ),
    (
        "[fields]",
        "[policy]\nplanName = \"p\"\npolicyLives = { count = { columns = \"p{n}\" } }\n[fields]",
    ),
    (
        "[fields]",
        "[policy]\nplanName = \"p\"\npolicyLives = { count = { columns = \"p{n}\", plus = 1 } }\n[fields]",
    ),
    (
        "[fields]",
        "[policy]\nplanName = \"p\"\npolicyLives = { column = \"p\", count = { columns = \"p{n}\" } }\n[fields]",
    ),
    ("[fields]", "[policy]\neffectiveDate = \"p\"\n[fields]"),
    (
        "[fields]",
        "[policy]\neffectiveDate = { column = \"p\", zone = \"UTC\" }\n[fields]",
    ),
    (
        "[fields]",
        "[policy]\neffectiveDate = { column = \"p\", zone = \"Eastern\" }\n[fields]",
    ),
    (
        "[fields]",
        "[custom_fields]\nk = { join = { each = \"{p{n}}\" } }\n[fields]",
    ),
    (
        "[fields]",
        "[custom_fields]\nk = { join = { each = \"{p{n}}\", with = \"; \" } }\n[fields]",
    ),
    (
        "[fields]",
        "[custom_fields]\nk = { join = { each = [\"{p{n}}\", \"{q}\"] } }\n[fields]",
    ),
    ("[record]", "[record]\npolicy_dates = \"%m/%d/%Y\""),
    ("[record]", "[record]\nnewest = \"synced\""),
    ("[record]", "[record]\nallow = [\"policy.without_id\"]"),
    ("key = [\"externalId\"]", ""),
    ("[record]", "[source]\nblank = [\"-\"]\n[record]"),
    ("[record]", "[source]\nseparator = \"tab\"\n[record]"),
    ("[record]", "[source]\nseparator = \";\"\n[record]"),
    ("[record]", "[source]\nencoding = \"latin1\"\n[record]"),
    ("[record]", "[source]\nsheet = \"Clients\"\n[record]"),
    ("[record]", "[source]\nrequired = [\"id\"]\n[record]"),
    ("\"minimal\"", "\"maximal\""),
];

#[test]
fn whatever_changes_what_a_row_becomes_changes_the_digest() {
    let mut digests = vec![digest(MINIMAL)];
    digests.extend(
        CHANGES
            .iter()
            .map(|(from, to)| digest(&MINIMAL.replacen(from, to, 1))),
    );

    for (index, one) in digests.iter().enumerate() {
        let same = digests.iter().position(|other| other == one);
        assert_eq!(same, Some(index), "{:?}", CHANGES.get(index.max(1) - 1));
    }
}

//! `mapping new`: drafts for headers that it has never seen, and what they stage.

use std::{fs, ops::ControlFlow, path::Path};

use aca_sync::{
    contract::Target,
    header::Header,
    mapping::{
        Mapping,
        draft::{About, DraftError, Sample, draft},
    },
    row::{Place, Reading, RowChunk},
};
use chrono::NaiveDate;
use proptest::prelude::*;
use rust_xlsxwriter::Workbook;

use crate::support::Workdir;

/// Headers of three kinds of systems, and how many of their rows the draft stages as it is.
const UNSEEN: [(&str, u64); 3] = [("carrier-title-case", 7), ("camel-case", 20), ("crm", 20)];

pub(crate) fn repository(path: &str) -> String {
    let bytes = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn a_header_never_seen_before_gets_the_draft_that_is_expected() {
    let work = Workdir::new();

    for (name, staged) in UNSEEN {
        work.fixture(&format!("headers/{name}.csv"));
        let drafted = work.run(&format!("mapping new {name}.csv")).expect(0);
        assert_eq!(
            drafted.stdout,
            repository(&format!("fixtures/headers/{name}.toml"))
        );
        drafted.complains(&["a draft that feeds", "marked DECIDE in the lines"]);

        work.run(&format!("mapping new {name}.csv --out {name}.toml"))
            .expect(0);
        assert_eq!(
            fs::read_to_string(work.path(&format!("{name}.toml"))).unwrap(),
            drafted.stdout
        );
        work.run(&format!("mapping check {name}.toml {name}.csv"))
            .expect(0);
        let checked = work
            .run(&format!("check {name}.csv --mapping {name}.toml --json"))
            .json();
        assert_eq!(checked["rows"]["staged"], staged, "{name}: {checked}");
    }
}

#[test]
fn the_draft_for_a_healthsherpa_export_stages_what_can_be_used() {
    let work = Workdir::new();

    for (name, least) in [("clients", 240), ("clients-dirty", 85)] {
        work.fixture(&format!("healthsherpa/{name}.csv"));
        work.run(&format!("mapping new {name}.csv --out {name}.toml"))
            .expect(0);
        let checked = work
            .run(&format!("check {name}.csv --mapping {name}.toml --json"))
            .json();
        let staged = checked["rows"]["staged"].as_u64();
        assert!(staged >= Some(least), "{name}: {checked}");
    }
    let draft = fs::read_to_string(work.path("clients.toml")).unwrap();
    for line in [
        "PendingTermination  = \"Active\"",
        "# terminationDate       = \"expiration_date\"",
        "#   \"ffm_subscriber_id\" (unique in the sample, filled in 100 %; new with each enrollment",
        "capture = '(?i)NPN:?\\s*(\\d+)', no_match = \"omit\"",
        "Masked, so there is nothing to read: \"ssn\".",
    ] {
        assert!(draft.contains(line), "no {line} in\n{draft}");
    }
}

/// The draft for a file of these columns, each with one text in all of its ten rows.
pub(crate) fn drafted_from(columns: &[(&str, &str)]) -> String {
    let rows: Vec<Vec<&str>> = vec![columns.iter().map(|(_, cell)| *cell).collect(); 10];
    let header = Header::new(columns.iter().map(|(name, _)| *name));
    text_of(&header, &rows)
}

pub(crate) fn text_of(header: &Header, rows: &[Vec<&str>]) -> String {
    drafted_as_of(header, rows).unwrap()
}

/// None where the header's names look like data.
fn drafted_as_of(header: &Header, rows: &[Vec<&str>]) -> Option<String> {
    let mut chunk = RowChunk::new(0);
    for (number, row) in (2..).zip(rows) {
        let place = Place {
            number,
            line: number,
        };
        chunk.push(place, Reading::Cells, row.iter().copied());
    }
    let mut sample = Sample::new(header);
    assert_eq!(sample.add(&chunk), ControlFlow::Continue(()));
    let about = About {
        file_stem: "export-20260101",
        read_as: "a test",
        header_row: 1,
        sheet: None,
    };
    let today = NaiveDate::from_ymd_opt(2026, 3, 2).unwrap();
    let drafted = draft(Target::SyncAca, &sample, &about, today);
    let has_names = !matches!(drafted, Err(DraftError::NoNames));
    has_names.then(|| drafted.unwrap().text)
}

#[test]
fn what_the_api_asks_for_and_no_column_gives_is_marked_and_said() {
    let work = Workdir::new();
    let rows = "1,Ana,3055550123,x\n2,Bo,3055550124,y\n";
    work.write(
        "narrow.csv",
        format!("customer_id,first_name,call,free\n{rows}"),
    );

    let drafted = work
        .run("mapping new narrow.csv --out draft.toml")
        .expect(0);

    drafted.complains(&[
        "does not accept it before",
        "lastName, phoneNumber, postalCode",
    ]);
    let text = fs::read_to_string(work.path("draft.toml")).unwrap();
    for line in [
        "# lastName    = \"?\"",
        "# phoneNumber = \"call\"",
        "a guess: DECIDE: 2 of 2 values fit, the name says nothing",
        "# postalCode  = \"?\"",
    ] {
        assert!(text.contains(line), "no {line} in\n{text}");
    }
    work.run("mapping check draft.toml")
        .expect(78)
        .complains(&["`lastName` is missing"]);
    let decided = text
        .replace("# lastName    = \"?\"", "lastName = \"free\"")
        .replace("# phoneNumber = \"call\"", "phoneNumber = \"call\"")
        .replace(
            "# postalCode  = \"?\"",
            "timezone = { value = \"America/Chicago\" }",
        );
    work.write("decided.toml", decided);
    work.run("mapping check decided.toml narrow.csv").expect(0);
    let checked = work
        .run("check narrow.csv --mapping decided.toml --json")
        .json();
    assert_eq!(checked["rows"]["staged"], 2, "{checked}");
}

#[test]
fn a_mapping_that_is_there_is_never_written_over() {
    let work = Workdir::new();
    work.export("clients.csv", 3);
    let before = fs::read(work.path("map.toml")).unwrap();

    let refused = work
        .run("mapping new clients.csv --out map.toml")
        .expect(64);
    let unknown = work
        .run("mapping new clients.csv --target sync-medicare")
        .expect(64);
    work.run("mapping new nowhere.csv").expect(66);

    refused.complains(&["map.toml: the file is there already"]);
    unknown.complains(&["there is no target sync-medicare"]);
    assert_eq!(fs::read(work.path("map.toml")).unwrap(), before);
    assert!(!work.state().exists());
}

#[test]
fn a_sheet_is_named_where_looking_does_not_tell_it_from_another() {
    let work = Workdir::new();
    let header = ["First Name", "Last Name", "Phone", "Zip Code", "Client ID"];
    let save = |name: &str, sheets: &[(&str, &[&str])]| {
        let mut workbook = Workbook::new();
        for (title, names) in sheets {
            let sheet = workbook.add_worksheet().set_name(*title).unwrap();
            sheet.write_string(0, 0, "Book of business").unwrap();
            sheet.write_row(2, 0, names.iter().copied()).unwrap();
            sheet
                .write_row(3, 0, ["Ana", "Lee", "3055550123", "33101", "A1"])
                .unwrap();
        }
        workbook.save(work.path(name)).unwrap();
    };
    save("twins.xlsx", &[("Active", &header), ("Archived", &header)]);
    save(
        "alone.xlsx",
        &[("Notes", &["What", "When"]), ("Clients", &header)],
    );

    let twins = work.run("mapping new twins.xlsx").expect(0).stdout;
    let alone = work.run("mapping new alone.xlsx").expect(0).stdout;

    assert!(twins.contains("sheet    = \"Active\""), "{twins}");
    assert!(twins.contains("the header is row 3"), "{twins}");
    assert!(!alone.contains("sheet  "), "{alone}");
    assert!(alone.contains("\"Client ID\""), "{alone}");
}

#[test]
fn columns_that_no_rule_can_read_are_told_apart() {
    let text = drafted_from(&[
        ("First Name", "Ana"),
        ("Last Name", "Lee"),
        ("phone", "3055550123"),
        ("Phone", "3055550124"),
        ("_row", "1"),
        ("  \"odd\"\n name ", "x"),
        ("", "y"),
    ]);

    assert!(
        text.contains("so no rule can read them: \"phone\", \"Phone\"."),
        "{text}"
    );
    assert!(
        text.contains("Read by no rule: \"\\\"odd\\\" name\"."),
        "{text}"
    );
    assert!(!text.contains("\"_row\""), "{text}");
    assert!(Mapping::from_text(&text, "x").is_err());
}

fn names() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "first_name",
            "Last Name",
            "memberPhone",
            "zip",
            "State",
            "dob",
            "Status",
            "gender",
            "policy id",
            "customer_id",
            "Client Name",
            "updated_at",
            "applying",
            "dnc",
            "Phone",
            "policy_aor",
            "end date",
        ])
        .prop_map(str::to_owned),
        "[a-z\"'\\\\#=\\[\\]{}\n\t\u{1b}\u{feff} é_.]{0,12}",
    ]
}

fn cells() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "",
            "***",
            "Ana",
            "Lee, Ana",
            "3055550123",
            "33101",
            "FL",
            "1/5/2026",
            "13/05/2026",
            "44197",
            "Active",
            "yes",
            "maybe",
            "A-1, A-2",
            "=\"12\"",
            "#N/A",
            "Sam Roe (NPN: 12345678)",
            "unknown",
        ])
        .prop_map(str::to_owned),
        "[a-zA-Z0-9\"'\\\\#=\n\u{0}-\u{1f}é_.]{0,10}",
    ]
}

#[test]
fn a_do_not_contact_column_with_odd_words_drafts_a_mapping_that_can_be_read() {
    let header = Header::new(["first_name", "last_name", "phone", "zip", "do_not_call"]);
    let row = |word| vec!["Ana", "Lee", "3055550123", "33101", word];
    let mut rows: Vec<Vec<&str>> = vec![row("Yes"), row("No"), row("0\n'_.")];
    rows.extend(vec![row("Perhaps"); 3]);

    let text = drafted_as_of(&header, &rows).unwrap();

    assert!(text.contains("[fields.doNotCall.values]"), "{text}");
    assert!(!text.contains("= false"), "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    /// `draft` itself reads what it wrote as a mapping and binds it to the header, with what is missing stood in for.
    #[test]
    fn whatever_a_file_says_its_draft_is_a_mapping_that_fits_it(
        names in prop::collection::vec(names(), 1..14),
        rows in prop::collection::vec(prop::collection::vec(cells(), 14), 0..30),
    ) {
        let header = Header::new(&names);
        let rows: Vec<Vec<&str>> = rows
            .iter()
            .map(|row| row.iter().take(names.len()).map(String::as_str).collect())
            .collect();

        let Some(text) = drafted_as_of(&header, &rows) else {
            return Ok(()); // Its names look like data.
        };

        prop_assert!(text.parse::<toml::Table>().is_ok(), "{text}");
    }
}

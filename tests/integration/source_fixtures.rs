//! The invented exports: generated as they lie there, and read as their table says.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail their test"
)]

use std::{collections::HashSet, fs, path::Path};

use aca_sync::{
    problem::{Code, Repair},
    row::Reading,
    source::Source,
};

use crate::{
    source::{ReadRow, chunks_of, rows_of},
    support::generator::{
        Plan, Share,
        quirks::{Change, End, Quirk, numbered, write_dirty_export, write_table},
        write_export,
    },
};

/// As `fixtures/README.md` says that `clients.csv` was made.
const CLIENTS: Plan = Plan {
    rows: 240,
    seed: 7,
    switches: Share::percent(3),
    dirty: Share::percent(0),
};

fn export(plan: &Plan) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_export(plan, &mut bytes).unwrap();
    bytes
}

fn open(name: &str) -> Source {
    crate::source::open(&Path::new("fixtures/healthsherpa").join(name)).unwrap()
}

/// The cells of one column, row by row.
fn column(source: &Source, rows: &[ReadRow], name: &str) -> Vec<String> {
    let index = source.header().find(name)[0];
    rows.iter().map(|row| row.cells[index].clone()).collect()
}

#[test]
fn the_exports_are_generated_as_they_lie_there() {
    let mut dirty = Vec::new();
    write_dirty_export(&mut dirty).unwrap();

    let clients = fs::read("fixtures/healthsherpa/clients.csv").unwrap();
    let clients_dirty = fs::read("fixtures/healthsherpa/clients-dirty.csv").unwrap();

    assert!(export(&CLIENTS) == clients, "clients.csv is out of date");
    assert!(dirty == clients_dirty, "clients-dirty.csv is out of date");
}

#[test]
fn the_table_of_quirks_is_the_one_in_the_readme() {
    let mut table = Vec::new();
    write_table(&mut table).unwrap();

    let readme = fs::read_to_string("fixtures/healthsherpa/README.md").unwrap();

    assert!(readme.ends_with(str::from_utf8(&table).unwrap()));
}

#[test]
fn every_quirk_is_read_as_its_table_says() {
    let rows = rows_of(&mut open("clients-dirty.csv"));

    assert_eq!(rows.len(), numbered().count());
    for (row, (number, quirk)) in rows.iter().zip(numbered()) {
        assert_eq!(row.place.number, number);
        let reading = match row.reading {
            Reading::Undecodable { .. } => Reading::Unreadable(Code::RowUndecodable),
            reading => reading,
        };
        assert_eq!(reading, reading_of(quirk), "{}", quirk.about);
    }
}

fn reading_of(quirk: &Quirk) -> Reading {
    match (Code::from_text(quirk.code), quirk.change) {
        (Some(code), _) if quirk.code.starts_with("row.") => Reading::Unreadable(code),
        (_, Change::Header) => Reading::RepeatedHeader,
        (_, Change::Line(_) | Change::AllEmpty) => Reading::Blank,
        _ => Reading::Cells,
    }
}

#[test]
fn every_code_of_the_table_exists_and_goes_with_its_end() {
    for (_, quirk) in numbered() {
        let is_problem = Code::from_text(quirk.code).is_some();
        let is_repair = Repair::from_text(quirk.code).is_some();
        match quirk.end {
            End::Rejected | End::Held => assert!(is_problem, "{}", quirk.about),
            End::Staged => assert!(is_repair || quirk.code.is_empty(), "{}", quirk.about),
            End::Skipped => assert!(quirk.code.is_empty(), "{}", quirk.about),
        }
    }
}

#[test]
fn the_clean_export_has_every_status_and_some_plan_switches() {
    let mut source = open("clients.csv");
    let rows = rows_of(&mut source);

    assert_eq!(rows.len(), 240);
    assert!(rows.iter().all(|row| row.reading == Reading::Cells));
    let statuses: HashSet<String> = column(&source, &rows, "policy_status")
        .into_iter()
        .collect();
    assert_eq!(statuses.len(), 7);
    let customers = column(&source, &rows, "healthsherpa_id");
    let different: HashSet<&String> = customers.iter().collect();
    assert!((5..20).contains(&(rows.len() - different.len())));
    let policies: HashSet<String> = column(&source, &rows, "healthsherpa_policy_ids")
        .into_iter()
        .collect();
    assert_eq!(policies.len(), 240);
}

#[test]
fn nobody_in_the_exports_can_be_called_or_written_to() {
    for name in ["clients.csv", "clients-dirty.csv"] {
        let mut source = open(name);
        let rows = rows_of(&mut source);
        let rows: Vec<ReadRow> = rows
            .into_iter()
            .filter(|row| row.reading == Reading::Cells)
            .collect();

        for email in column(&source, &rows, "email") {
            assert!(email.is_empty() || email == "NA" || email.ends_with("@example.com"));
        }
        let phones = column(&source, &rows, "phone");
        let fictitious = phones.iter().filter(|phone| {
            let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
            digits.contains("55501")
        });
        let other = phones.len() - fictitious.count();
        // The dirty export's phones that are no numbers at all, and one of a range kept for fiction abroad.
        assert_eq!(other, if name == "clients.csv" { 0 } else { 9 });
    }
}

#[test]
fn an_export_of_any_size_and_dirt_has_its_rows_and_they_are_accounted_for() {
    for (rows, switches, dirty) in [
        (0, 3, 0),
        (1, 100, 0),
        (2, 100, 0),
        (41, 50, 20),
        (900, 3, 30),
    ] {
        let plan = Plan {
            rows,
            seed: 11,
            switches: Share::percent(switches),
            dirty: Share::percent(dirty),
        };
        let file = crate::source::write(export(&plan));

        let read = rows_of(&mut crate::source::open(&file.path).unwrap());

        assert_eq!(read.len() as u64, rows, "{plan:?}");
        assert_eq!(export(&plan), export(&plan));
        let unreadable = read
            .iter()
            .filter(|row| matches!(row.reading, Reading::Unreadable(_)));
        assert!(unreadable.count() > 0 || dirty == 0 || rows < 100);
    }
}

#[test]
fn a_chunk_stays_near_its_size() {
    let plan = Plan {
        rows: 3_000,
        ..CLIENTS
    };
    let file = crate::source::write(export(&plan));
    let mut source = crate::source::open(&file.path).unwrap();
    let mut rows = 0;

    for (chunk, _) in chunks_of(&mut source) {
        assert!(chunk.len() <= 1_024 && chunk.text_len() < (256 << 10) + 1_000);
        rows += chunk.len();
    }

    assert_eq!(rows, 3_000);
}

#[test]
fn a_share_is_read_with_or_without_its_sign() {
    for (text, share) in [
        ("3%", Some(300)),
        ("0.5%", Some(50)),
        ("0.25", Some(25)),
        ("100", Some(10_000)),
        ("101%", None),
        ("0.005%", None),
        ("x", None),
        ("", None),
    ] {
        assert_eq!(text.parse().ok(), share.map(Share), "{text}");
    }
}

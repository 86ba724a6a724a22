//! The shipped mapping over whole exports: the clean one, and the one of quirks, row by row.
#![expect(
    clippy::unwrap_used,
    reason = "clippy does not count the helpers of an integration test as tests"
)]

use std::{fs, path::Path};

use aca_sync::{
    mapping::{BoundMapping, CountedWhat, Mapped, Mapping},
    problem::Code,
    record::Hasher,
    row::{Reading, Row},
};
use chrono::NaiveDate;

use crate::source::{chunks_of, open};

const SHIPPED: &str = include_str!("../../mappings/healthsherpa-clients.toml");

/// What became of one row, in the words of the table of quirks.
#[derive(Debug, PartialEq, Eq)]
struct Fate {
    number: u32,
    becomes: &'static str,
    codes: Vec<&'static str>,
}

fn fates(name: &str) -> Vec<Fate> {
    let mut source = open(&Path::new("fixtures/healthsherpa").join(name)).unwrap();
    let mapping = Mapping::from_text(SHIPPED, "healthsherpa-clients.toml").unwrap();
    let bound = mapping.bind(source.header()).unwrap();
    let mut fates = Vec::new();
    for (chunk, _) in chunks_of(&mut source) {
        fates.extend(chunk.rows().map(|row| fate(&mapping, &bound, row)));
    }
    fates
}

fn fate(mapping: &Mapping, bound: &BoundMapping, row: Row<'_>) -> Fate {
    let (becomes, codes) = match row.reading() {
        Reading::Cells => verdict(mapping, bound, row),
        Reading::Blank | Reading::RepeatedHeader => ("skipped", Vec::new()),
        Reading::Unreadable(code) => ("rejected", vec![code.as_str()]),
        Reading::Undecodable { .. } => ("rejected", vec![Code::RowUndecodable.as_str()]),
    };
    Fate {
        number: row.number(),
        becomes,
        codes,
    }
}

fn verdict(
    mapping: &Mapping,
    bound: &BoundMapping,
    row: Row<'_>,
) -> (&'static str, Vec<&'static str>) {
    let mut mapped = Mapped::default();
    let today = NaiveDate::from_ymd_opt(2026, 3, 2).unwrap();
    bound.apply(row, today, &mut mapped);
    if mapped.skipped.is_some() {
        return ("skipped", Vec::new());
    }
    let assembly = mapping.assembly(Hasher::new(&[7; 32]));
    let judged = assembly.single(&mapped.draft, &mut Vec::new());
    if let Some(problem) = mapped.problems.first() {
        return ("rejected", vec![problem.code.as_str()]);
    }
    match judged {
        Err(problems) => (
            "rejected",
            problems.iter().map(|p| p.code.as_str()).collect(),
        ),
        Ok(part) => match part.hazard {
            Some(code) => ("held", vec![code.as_str()]),
            None => ("staged", repairs(&mapped)),
        },
    }
}

fn repairs(mapped: &Mapped) -> Vec<&'static str> {
    let counted = mapped
        .notes
        .iter()
        .filter_map(|counted| match counted.what {
            CountedWhat::Repair(repair) => Some(repair.as_str()),
            CountedWhat::Omitted(_) | CountedWhat::Cleared => None,
        });
    counted.collect()
}

#[test]
fn nothing_in_a_clean_export_is_rejected_held_or_mended() {
    let fates = fates("clients.csv");

    assert_eq!(fates.len(), 240);
    for fate in fates {
        assert!(matches!(fate.becomes, "staged" | "skipped"), "{fate:?}");
        assert!(fate.codes.is_empty(), "{fate:?}");
    }
}

#[test]
fn every_row_of_the_quirks_becomes_what_their_table_says() {
    let readme = fs::read_to_string("fixtures/healthsherpa/README.md").unwrap();
    let lines = readme.lines().filter(|line| line.starts_with("| "));
    let mut fates = fates("clients-dirty.csv").into_iter();

    for line in lines.skip(1) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, number, about, becomes, code, ..] = cells.as_slice() else {
            panic!("{line}");
        };
        let fate = fates.next().unwrap();
        assert_eq!(fate.number.to_string(), *number);
        assert_eq!(fate.becomes, *becomes, "{number} {about}");
        let code = code.trim_matches('`');
        let is_sent = !about.starts_with("expiration date");
        if is_sent {
            let codes: Vec<&str> = code.split_terminator(',').collect();
            assert_eq!(fate.codes, codes, "{number} {about}");
        }
    }
    assert_eq!(fates.next(), None);
}

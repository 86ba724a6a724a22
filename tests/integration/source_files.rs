//! Files that give no rows and say why, files with one quirk each, and what names a file's content.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests may fail their test"
)]

use std::{
    error::Error as _,
    fs,
    path::{Path, PathBuf},
    time::{Duration, UNIX_EPOCH},
};

use aca_sync::{
    problem::Code,
    row::{Place, Reading},
    source::{Error, FileKind, Limits},
};
use sha2::{Digest as _, Sha256};

use crate::source::{ReadRow, open, read_within, rows_of, write};

fn fixture(name: &str) -> PathBuf {
    Path::new("fixtures/sources").join(name)
}

fn refusal(name: &str) -> Error {
    let Err(error) = open(&fixture(name)) else {
        panic!("{name} was opened");
    };
    error
}

fn read_fixture(name: &str) -> Vec<ReadRow> {
    rows_of(&mut open(&fixture(name)).unwrap())
}

fn readings(name: &str) -> Vec<(u32, Reading)> {
    let rows = read_fixture(name);
    rows.iter()
        .map(|row| (row.place.number, row.reading))
        .collect()
}

#[test]
fn files_that_are_no_table_are_named_for_what_they_are() {
    for (name, kind) in [
        ("pdf.csv", FileKind::Pdf),
        ("html-table.csv", FileKind::Html),
        ("binary.csv", FileKind::Binary),
    ] {
        let error = refusal(name);

        assert!(
            matches!(error, Error::Foreign { kind: told, .. } if told == kind),
            "{error}"
        );
        let text = error.to_string();
        let place = fixture(name).display().to_string();
        assert!(text.starts_with(&place), "{text}");
        assert!(text.contains(&kind.to_string()), "{text}");
        assert!(text.ends_with(kind.advice()), "{text}");
    }
}

#[test]
fn text_of_any_dress_and_wrapping_is_read_for_what_it_is() {
    for (name, read_as) in [
        ("utf16.csv", "comma-separated text, UTF-16LE"),
        ("utf16-corrupt-bom.csv", "comma-separated text, UTF-16LE"),
        ("windows-1252.csv", "comma-separated text, windows-1252"),
        ("gzip.csv", "comma-separated text, UTF-8"),
        ("zip.csv", "comma-separated text, UTF-8"),
        ("nul-in-header.csv", "comma-separated text, UTF-8"),
    ] {
        if name == "nul-in-header.csv" {
            let damaged = matches!(
                refusal(name),
                Error::Header {
                    code: Code::RowNulByte,
                    row: 1,
                    ..
                }
            );
            assert!(damaged, "{name}");
            continue;
        }
        let mut source = open(&fixture(name)).unwrap();

        assert_eq!(source.read_as().to_string(), read_as, "{name}");
        assert_eq!(rows_of(&mut source)[0].cells[2], "3055550101", "{name}");
    }
}

#[test]
fn files_without_a_row_are_empty() {
    for name in ["empty.csv", "blank-rows-only.csv"] {
        assert!(matches!(refusal(name), Error::Empty { .. }), "{name}");
    }
}

#[test]
fn a_file_with_a_header_alone_opens_and_has_no_rows() {
    assert_eq!(read_fixture("header-only.csv"), []);
}

#[test]
fn a_damaged_header_is_an_error_that_says_its_row() {
    let error = refusal("unclosed-header.csv");

    assert!(matches!(
        error,
        Error::Header {
            code: Code::RowUnclosedQuote,
            row: 1,
            ..
        }
    ));
    assert!(!error.to_string().contains("last_name"), "{error}");
}

#[test]
fn a_header_with_more_columns_than_a_workbook_is_refused() {
    let limits = Limits {
        max_columns: 3,
        ..Limits::default()
    };

    assert!(read_within("a,b,c\n", limits).is_ok());
    assert!(matches!(
        read_within("a,b,c,d\n", limits),
        Err(Error::TooManyColumns { columns: 4, .. })
    ));
}

#[test]
fn a_missing_file_is_told_from_one_that_does_not_open() {
    let missing = refusal("no-such-file.csv");
    let folder = open(Path::new("fixtures")).unwrap_err();

    assert!(missing.is_missing());
    assert_eq!(
        missing.to_string(),
        format!(
            "{}: no such file; check its name and folder",
            fixture("no-such-file.csv").display()
        )
    );
    assert!(!folder.is_missing());
    assert!(folder.source().is_some());
    assert_eq!(folder.origin().path, Path::new("fixtures"));
}

#[test]
#[cfg(target_os = "linux")]
fn a_file_that_breaks_off_names_the_row_and_keeps_the_cause() {
    // The first page of a process's memory opens and cannot be read.
    let error = open(Path::new("/proc/self/mem")).unwrap_err();

    assert!(matches!(error, Error::ReadFailed { row: 1, .. }), "{error}");
    assert_eq!(
        error.to_string(),
        "/proc/self/mem, row 1: the file cannot be read on"
    );
    assert!(error.source().is_some());
}

#[test]
fn each_quirk_costs_no_more_than_its_row() {
    use Reading::{Blank, Cells, RepeatedHeader, Unreadable};

    let unclosed = Unreadable(Code::RowUnclosedQuote);
    let (short, long) = (
        Unreadable(Code::RowTooFewCells),
        Unreadable(Code::RowTooManyCells),
    );
    let nul = Unreadable(Code::RowNulByte);
    let cases: &[(&str, &[(u32, Reading)])] = &[
        ("bom.csv", &[(2, Cells)]),
        ("old-mac-line-ends.csv", &[(2, Cells), (3, Cells)]),
        ("nul.csv", &[(2, Cells), (3, nul), (4, Cells)]),
        ("windows-1252-rows.csv", &[(2, Cells), (3, Cells)]),
        (
            "cut-off.csv",
            &[(2, Cells), (3, Unreadable(Code::RowCutOff))],
        ),
        ("duplicate-header.csv", &[(2, Cells)]),
        ("quoted-newlines.csv", &[(2, Cells), (3, Cells)]),
        (
            "repeated-header.csv",
            &[(2, Cells), (3, RepeatedHeader), (4, Cells)],
        ),
        (
            "ragged.csv",
            &[(2, short), (3, Cells), (4, long), (5, Cells), (6, short)],
        ),
        (
            "blank-lines.csv",
            &[
                (5, Blank),
                (6, Cells),
                (7, Blank),
                (8, Blank),
                (9, Cells),
                (10, Blank),
            ],
        ),
        (
            "unclosed-quote.csv",
            &[
                (2, Cells),
                (3, Cells),
                (4, unclosed),
                (5, Cells),
                (6, Cells),
                (7, Cells),
            ],
        ),
    ];

    for (name, expected) in cases {
        assert_eq!(readings(name), *expected, "{name}");
    }
}

#[test]
fn the_header_is_the_first_row_that_is_not_blank() {
    let source = open(&fixture("blank-lines.csv")).unwrap();

    assert_eq!(source.header_place(), Place { number: 4, line: 4 });
    assert_eq!(source.header().name(0), Some("first_name"));
}

#[test]
fn a_source_is_named_by_content_size_and_age() {
    let bytes = b"a,b\n".repeat(150_000);
    let file = write(&bytes);
    let at = UNIX_EPOCH + Duration::from_secs(1_790_000_000);
    let opened = fs::File::options().append(true).open(&file.path).unwrap();
    opened.set_modified(at).unwrap();

    let source = open(&file.path).unwrap();

    assert_eq!(source.sha256(), <[u8; 32]>::from(Sha256::digest(&bytes)));
    assert_eq!(source.size(), 600_000);
    assert_eq!(source.modified(), 1_790_000_000);
    assert!(source.is_unchanged());
    opened.set_len(600_001).unwrap();
    assert!(!source.is_unchanged());
}

#[test]
fn a_file_from_before_1970_has_a_negative_age() {
    let file = write("a\n");
    let opened = fs::File::options().append(true).open(&file.path).unwrap();
    opened
        .set_modified(UNIX_EPOCH - Duration::from_secs(86_400))
        .unwrap();

    assert_eq!(open(&file.path).unwrap().modified(), -86_400);
}

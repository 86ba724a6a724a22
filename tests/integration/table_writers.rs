//! What the tests' own writers write, held against readers that are not ours: every dress of the table
//! gives the text that is expected of it.
#![expect(clippy::unwrap_used, reason = "helpers of tests may fail their test")]

use std::{
    collections::BTreeSet,
    io::{Cursor, Read},
};

use ::zip::ZipArchive;
use calamine::{Data, Range, Reader, Sheets, open_workbook_auto_from_rs};
use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::support::table::{Encoding, LineEnd, SHEET, Table, delimited, dresses, gzip, zip};

pub(crate) type Book = Sheets<Cursor<Vec<u8>>>;

/// Opens whatever kind of workbook it is.
pub(crate) fn open(bytes: Vec<u8>) -> Book {
    open_workbook_auto_from_rs(Cursor::new(bytes)).unwrap()
}

/// The sheet's lines as text, the header first.
pub(crate) fn lines(book: &mut Book, sheet: &str) -> Vec<Vec<String>> {
    texts(&book.worksheet_range(sheet).unwrap())
}

fn texts(range: &Range<Data>) -> Vec<Vec<String>> {
    assert_eq!(range.start(), Some((0, 0)));
    let rows = range.rows();
    rows.map(|row| row.iter().map(text).collect()).collect()
}

fn text(data: &Data) -> String {
    match data {
        Data::Empty => String::new(),
        Data::Bool(value) => value.to_string().to_uppercase(),
        Data::DateTime(time) => {
            let (year, month, day, ..) = time.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        Data::DateTimeIso(text) | Data::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn expected(table: &Table) -> Vec<Vec<String>> {
    let mut lines = vec![table.header.clone()];
    lines.extend(table.expected());
    lines
}

fn assert_lines(name: &str, found: &[Vec<String>], expected: &[Vec<String>]) {
    for (number, (found, expected)) in (1..).zip(found.iter().zip(expected)) {
        assert_eq!(found, expected, "{name}, row {number}");
    }
    assert_eq!(found.len(), expected.len(), "{name}");
}

#[test]
fn the_people_have_every_quirk_that_separates_formats() {
    let table = Table::people();
    let rows = table.expected();
    let has = |wanted: &dyn Fn(&str) -> bool| rows.iter().flatten().any(|cell| wanted(cell));

    assert_eq!((rows.len(), table.header.len()), (41, 12));
    for text in [",", "\t", ";", "|", "\"", "\n", "’", "é", "  "] {
        assert!(has(&|cell| cell.contains(text)), "no cell holds {text:?}");
    }
    for text in [
        "",
        "0",
        "12.5",
        "1234.56",
        "TRUE",
        "FALSE",
        "2026-01-01",
        "01201",
    ] {
        assert!(has(&|cell| cell == text), "no cell is {text:?}");
    }
    assert!(has(&|cell| cell.chars().count() > 8_224));
    assert!(rows[16].iter().all(String::is_empty), "a blank row");
}

#[test]
fn every_workbook_reads_as_the_table() {
    let table = Table::people();
    let expected = expected(&table);
    for dress in dresses(&table) {
        if dress.is_workbook() {
            let found = lines(&mut open(dress.bytes), SHEET);
            assert_lines(&dress.name, &found, &expected);
        }
    }
}

#[test]
fn the_kinds_of_workbook_are_what_their_names_say() {
    let table = Table::people();
    for dress in dresses(&table) {
        let is_old_mac = dress.name.contains("1904");
        match dress.name.rsplit('.').next().unwrap() {
            "xls" => assert!(
                matches!(open(dress.bytes), Sheets::Xls(book) if book.has_1904_epoch() == is_old_mac)
            ),
            "xlsb" => assert!(
                matches!(open(dress.bytes), Sheets::Xlsb(book) if book.has_1904_epoch() == is_old_mac)
            ),
            "xlsx" | "xlsm" => assert!(
                matches!(open(dress.bytes), Sheets::Xlsx(book) if book.has_1904_epoch() == is_old_mac)
            ),
            "ods" => assert!(matches!(open(dress.bytes), Sheets::Ods(_))),
            _ => {}
        }
    }
}

#[test]
fn every_text_reads_as_the_table() {
    let table = Table::people();
    let expected = expected(&table);
    for separator in b",\t;|" {
        for encoding in Encoding::ALL {
            for line_end in LineEnd::ALL {
                let bytes = delimited(&table, *separator, encoding, line_end);
                let found = lines_of_text(&decode(&bytes, encoding), *separator, line_end);
                let name = format!("{:?} {encoding:?} {line_end:?}", char::from(*separator));
                assert_lines(&name, &found, &expected);
            }
        }
    }
}

fn decode(bytes: &[u8], encoding: Encoding) -> String {
    let (known, mark): (_, &[u8]) = match encoding {
        Encoding::Utf8 => (UTF_8, b""),
        Encoding::Utf8Marked => (UTF_8, b"\xEF\xBB\xBF"),
        Encoding::Utf16Le => (UTF_16LE, b""),
        Encoding::Utf16LeMarked => (UTF_16LE, b"\xFF\xFE"),
        Encoding::Utf16Be => (UTF_16BE, b""),
        Encoding::Utf16BeMarked => (UTF_16BE, b"\xFE\xFF"),
        Encoding::Utf16LeCorruptMark => (UTF_16LE, b"\xEF\xBF\xBD\xEF\xBF\xBD"),
        Encoding::Windows1252 => (WINDOWS_1252, b""),
    };
    let text = bytes.strip_prefix(mark).unwrap();
    let decoded = known.decode_without_bom_handling_and_without_replacement(text);
    decoded.unwrap().into_owned()
}

fn lines_of_text(text: &str, separator: u8, line_end: LineEnd) -> Vec<Vec<String>> {
    let terminator = match line_end {
        LineEnd::Lf => csv::Terminator::Any(b'\n'),
        LineEnd::CrLf => csv::Terminator::CRLF,
        LineEnd::Cr => csv::Terminator::Any(b'\r'),
    };
    let reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .terminator(terminator)
        .has_headers(false)
        .from_reader(text.as_bytes());
    let records = reader.into_records();
    let cells = |record: csv::StringRecord| record.iter().map(str::to_owned).collect();
    records.map(|record| cells(record.unwrap())).collect()
}

#[test]
fn old_line_ends_are_the_only_ones_in_their_files() {
    let table = Table::of_texts(&["first_name", "last_name"], &[&["Ana", "Lee"]]);
    let text = |line_end| delimited(&table, b',', Encoding::Utf8, line_end);

    assert_eq!(text(LineEnd::Lf), b"first_name,last_name\nAna,Lee\n");
    assert_eq!(text(LineEnd::CrLf), b"first_name,last_name\r\nAna,Lee\r\n");
    assert_eq!(text(LineEnd::Cr), b"first_name,last_name\rAna,Lee\r");
}

#[test]
fn what_is_packed_comes_out_again() {
    let mut unpacked = Vec::new();
    let packed = gzip(b"Ana");
    flate2::read::GzDecoder::new(packed.as_slice())
        .read_to_end(&mut unpacked)
        .unwrap();
    assert_eq!(unpacked, b"Ana");

    let packed = zip(&[("mimetype", b"stored"), ("b.csv", b"Lee")]);
    let mut archive = ZipArchive::new(Cursor::new(packed)).unwrap();
    assert_eq!(archive.len(), 2);
    for (index, content) in ["stored", "Lee"].iter().enumerate() {
        let mut unpacked = String::new();
        let mut member = archive.by_index(index).unwrap();
        member.read_to_string(&mut unpacked).unwrap();
        assert_eq!(unpacked, *content);
    }
}

/// Every dress has a name of its own, and the split table is the table.
#[test]
fn dresses_are_told_apart() {
    let table = Table::people();
    let dresses = dresses(&table);
    let names: BTreeSet<_> = dresses.iter().map(|dress| &dress.name).collect();
    assert_eq!(names.len(), dresses.len());

    let (first, second) = table.split(7);
    assert_eq!(first.header, second.header);
    let both = [first.expected(), second.expected()].concat();
    assert_eq!(both, table.expected());
}

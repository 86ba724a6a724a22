//! Workbooks that are cut, damaged, or made to do harm.

use std::io::{Cursor, Write};

use proptest::prelude::*;

use super::{
    Workbook, WorkbookFailure, WorkbookKind, WorkbookLimits,
    binary_tests::{xls, xls_records, xlsb},
    tests::{
        RELATIONSHIPS, Row, WORKBOOK, WORKBOOK_RELATIONSHIPS, ods, open, read, rows_of, xlsx,
        zipped,
    },
};

const KINDS: [WorkbookKind; 4] = [
    WorkbookKind::Xlsx,
    WorkbookKind::Xlsb,
    WorkbookKind::Xls,
    WorkbookKind::Ods,
];

const ROWS: &str = r#"<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1"><v>7</v></c></row>
    <row r="2"><c r="A2" t="inlineStr"><is><t>Ana</t></is></c><c r="B2"><f>A1</f></c></row>"#;

fn good(kind: WorkbookKind) -> Vec<u8> {
    match kind {
        WorkbookKind::Xlsx => xlsx(ROWS, "<si><t>Lee</t></si>"),
        WorkbookKind::Xlsb => xlsb(),
        WorkbookKind::Xls => xls(&xls_records()),
        WorkbookKind::Ods => ods(
            r#"<table:table-row><table:table-cell office:value-type="string" table:number-columns-repeated="3"><text:p>Ana<text:s text:c="2"/></text:p></table:table-cell></table:table-row>"#,
        ),
    }
}

fn small() -> WorkbookLimits {
    WorkbookLimits {
        max_expanded_bytes: 1 << 20,
        max_ratio: 20,
        ratio_judged_above_bytes: 512 << 10,
        max_shared_strings_bytes: 64 << 10,
        max_part_bytes: 64 << 10,
        max_cell_bytes: 128 << 10,
        max_loaded_file_bytes: 1 << 20,
        max_loaded_bytes: 256 << 10,
        max_loaded_cells: 1 << 12,
    }
}

fn read_all(mut workbook: Workbook) -> Result<Vec<Row>, WorkbookFailure> {
    let sheets = workbook.sheets();
    let rows = sheets
        .iter()
        .map(|sheet| rows_of(&mut workbook, &sheet.name));
    rows.collect::<Result<Vec<_>, _>>()
        .map(|rows| rows.concat())
}

fn read_small(bytes: &[u8], kind: WorkbookKind) -> Result<Vec<Row>, WorkbookFailure> {
    read_all(open(bytes, kind, &small())?)
}

fn assert_too_large(outcome: Result<Vec<Row>, WorkbookFailure>, about: &str) {
    match outcome {
        Err(WorkbookFailure::TooLarge { what, .. }) => assert!(what.contains(about), "{what}"),
        Err(other) => panic!("{about}: {other}"),
        Ok(rows) => panic!("{about}: {} rows", rows.len()),
    }
}

#[test]
fn a_cut_workbook_is_never_read_as_a_whole_one() {
    for kind in KINDS {
        let whole = good(kind);
        let rows = read_small(&whole, kind).unwrap();
        for length in (0..whole.len()).step_by(7) {
            // The last sector of a compound file may be padding.
            if let Ok(cut) = read_small(&whole[..length], kind) {
                assert_eq!(kind, WorkbookKind::Xls, "{length} bytes");
                assert_eq!(cut, rows);
            }
        }
    }
    let whole = good(WorkbookKind::Xlsx);
    let cut = read(&whole[..whole.len() / 2], WorkbookKind::Xlsx);
    assert!(matches!(cut, Err(WorkbookFailure::Truncated)));
}

#[test]
fn a_file_of_another_kind_is_refused() {
    for kind in KINDS {
        for other in KINDS.into_iter().filter(|other| *other != kind) {
            assert!(
                read_small(&good(other), kind).is_err(),
                "{other:?} as {kind:?}"
            );
        }
        assert!(read_small(b"name,phone\nAna,7135550123\n", kind).is_err());
    }
}

#[test]
fn a_workbook_with_a_password_says_so() {
    let mut compound = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    let mut stream = compound.create_stream("/EncryptedPackage").unwrap();
    stream.write_all(&[7; 5_000]).unwrap();
    drop(stream);
    let encrypted = compound.into_inner().into_inner();
    let file_pass = [&xls_records()[..1], &[(0x2F, vec![1, 0, 1, 0, 1, 0])][..]].concat();
    let mut flagged = xlsx(ROWS, "");
    for signature in [&b"PK\x03\x04"[..], b"PK\x01\x02"] {
        let at: Vec<_> = memchr::memmem::find_iter(&flagged, signature).collect();
        let flags = if signature[2] == 3 { 6 } else { 8 };
        for at in at {
            flagged[at + flags] |= 1;
        }
    }
    let cases = [
        (encrypted, WorkbookKind::Xls),
        (xls(&file_pass), WorkbookKind::Xls),
        (flagged, WorkbookKind::Xlsx),
    ];
    for (bytes, kind) in cases {
        let outcome = read(&bytes, kind);
        assert!(
            matches!(outcome, Err(WorkbookFailure::PasswordProtected)),
            "{outcome:?}"
        );
    }
}

#[test]
fn entities_are_not_even_looked_up() {
    let strings =
        r#"<!DOCTYPE sst [<!ENTITY a SYSTEM "file:///etc/passwd">]><sst><si><t>&a;</t></si></sst>"#;
    let sheet = r#"<!DOCTYPE worksheet [<!ENTITY a "aa">]><worksheet><sheetData/></worksheet>"#;
    let fine = ("<sst/>", "<worksheet><sheetData/></worksheet>");
    for (strings, sheet) in [(strings, fine.1), (fine.0, sheet)] {
        let bytes = zipped(&[
            ("_rels/.rels", RELATIONSHIPS),
            ("xl/workbook.xml", WORKBOOK),
            ("xl/_rels/workbook.xml.rels", WORKBOOK_RELATIONSHIPS),
            ("xl/sharedStrings.xml", strings.as_bytes()),
            ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
        ]);
        let outcome = read(&bytes, WorkbookKind::Xlsx);
        assert!(
            matches!(outcome, Err(WorkbookFailure::DeclaresEntities)),
            "{outcome:?}"
        );
    }
}

#[test]
fn what_unpacks_to_too_much_is_refused() {
    let long = "a".repeat(200 << 10);
    let cell = format!(r#"<row r="1"><c r="A1" t="inlineStr"><is><t>{long}</t></is></c></row>"#);
    let pieces = "<r><t>a</t></r>".repeat(20 << 10);
    let pieces = format!(r#"<row r="1"><c r="A1" t="inlineStr"><is>{pieces}</is></c></row>"#);
    let many = "<row><c><v>7</v></c></row>".repeat(30 << 10);
    let string = format!("<si><t>{}</t></si>", "a".repeat(1 << 10)).repeat(100);
    let empty = "<si/>".repeat(5_000);
    let cases = [
        (xlsx(&cell, ""), "cell"),
        (xlsx(&pieces, ""), "cell"),
        (xlsx(&format!("<!-- {long} -->"), ""), "cell"),
        (xlsx(&many, ""), "ratio"),
        (xlsx(&many.repeat(2), ""), "ratio"),
        (xlsx("", &string), "shared strings"),
        (xlsx("", &empty), "shared strings"),
    ];
    for (bytes, about) in cases {
        assert_too_large(read_small(&bytes, WorkbookKind::Xlsx), about);
    }
    let limits = WorkbookLimits {
        max_ratio: 10_000,
        ..small()
    };
    let outcome = open(&xlsx(&many.repeat(2), ""), WorkbookKind::Xlsx, &limits).and_then(read_all);
    assert_too_large(outcome, "unpacked size");
}

#[test]
fn claims_are_not_believed() {
    let claimed = zipped(&[
        ("_rels/.rels", RELATIONSHIPS),
        (
            "xl/sharedStrings.xml",
            br#"<sst uniqueCount="9000000000000000000"></sst>"#,
        ),
    ]);
    let outcome = read(&claimed, WorkbookKind::Xlsx);
    assert_too_large(outcome, "shared strings");

    let cell = r#"<table:table-cell table:number-columns-repeated="16384" office:value-type="float" office:value="7"/>"#;
    let rows = format!(
        r#"<table:table-row table:number-rows-repeated="1048576">{cell}</table:table-row>"#
    );
    let outcome = read(&ods(&rows), WorkbookKind::Ods);
    assert_too_large(outcome, "cells");
    let spaces = r#"<table:table-row><table:table-cell office:value-type="string"><text:p><text:s text:c="9000000000000"/></text:p></table:table-cell></table:table-row>"#;
    let outcome = read(&ods(spaces), WorkbookKind::Ods);
    assert_too_large(outcome, "size of the cells");

    let mut records = xls_records();
    let dimensions = records
        .iter_mut()
        .find(|(kind, _)| *kind == 0x0200)
        .unwrap();
    dimensions.1 = [0, 0, 0, 0, 255, 255, 255, 255, 0, 0, 255, 0, 0, 0].to_vec();
    let rows = read(&xls(&records), WorkbookKind::Xls).unwrap();
    assert_eq!(
        rows,
        read(&good(WorkbookKind::Xls), WorkbookKind::Xls).unwrap()
    );
}

#[test]
fn cells_out_of_order_are_damage() {
    let cases = [
        r#"<row r="5"><c r="A5"><v>1</v></c></row><row r="2"><c r="A2"><v>1</v></c></row>"#,
        r#"<row r="5"><c r="A5"><v>1</v></c></row><row r="6"><c r="B6"><v>1</v></c><c r="A6"><v>1</v></c></row>"#,
        r#"<row r="5"><c r="A5"><v>1</v></c></row><row r="6"><c r="B6"><v>1</v></c><c r="B6"/></row>"#,
        r#"<row r="5"><c r="A5"><v>1</v></c></row><row r="1048577"><c r="A1048577"><v>1</v></c></row>"#,
        r#"<row r="5"><c r="A5"><v>1</v></c></row><row r="6"><c r="XFE6"><v>1</v></c></row>"#,
        r#"<row r="5"><c r="A5"><v>1</v></c></row><row r="6"><c r="ZZZZZZZZZZ6"><v>1</v></c></row>"#,
        r#"<row r="5"><c r="A5"><v>1</v></c></row><row r="6"><c r="A6" t="s"><v>9</v></c></row>"#,
    ];
    for rows in cases {
        let outcome = read(&xlsx(rows, ""), WorkbookKind::Xlsx);
        let is_damage = matches!(
            outcome,
            Err(WorkbookFailure::Damaged {
                row: Some(5 | 6 | 1_048_577)
            })
        );
        assert!(is_damage, "{rows}: {outcome:?}");
    }
}

/// The library stops reading at the end of the rows, before the checksum.
#[test]
fn a_changed_byte_is_found_by_its_checksum() {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let sheet = br#"<worksheet><sheetData><row r="1"><c r="A1"><v>7135550123</v></c></row></sheetData></worksheet>"#;
    for (name, bytes) in [
        ("_rels/.rels", RELATIONSHIPS),
        ("xl/workbook.xml", WORKBOOK),
        ("xl/_rels/workbook.xml.rels", WORKBOOK_RELATIONSHIPS),
        ("xl/worksheets/sheet1.xml", sheet),
    ] {
        zip.start_file(name, stored).unwrap();
        zip.write_all(bytes).unwrap();
    }
    let mut bytes = zip.finish().unwrap().into_inner();
    assert_eq!(
        read(&bytes, WorkbookKind::Xlsx).unwrap()[0].1,
        ["7135550123"]
    );
    let at = memchr::memmem::find(&bytes, b"7135550123").unwrap();
    bytes[at] = b'8';

    let outcome = read(&bytes, WorkbookKind::Xlsx);

    assert!(
        matches!(outcome, Err(WorkbookFailure::Damaged { .. })),
        "{outcome:?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_bytes_do_harm(kind in 0..4_usize, bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = read_small(&bytes, KINDS[kind]);
    }

    #[test]
    fn no_damage_does_harm(
        kind in 0..4_usize,
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut bytes = good(KINDS[kind]);
        for (at, byte) in flips {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = read_small(&bytes, KINDS[kind]);
    }

    /// Damage within the parts, which their checksums would give away.
    #[test]
    fn no_content_does_harm(
        kind in 0..4_usize,
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let kind = KINDS[kind];
        let bytes = match kind {
            WorkbookKind::Xls => {
                let mut records = xls_records();
                for (at, byte) in flips {
                    let at = at.index(records.len());
                    let data = &mut records[at].1;
                    let length = data.len().max(1);
                    if let Some(slot) = data.get_mut(usize::from(byte) % length) {
                        *slot = byte.rotate_left(3);
                    }
                }
                xls(&records)
            }
            _ => repacked(&good(kind), &flips),
        };
        let _ = read_small(&bytes, kind);
    }
}

/// The package with some bytes of its parts changed, and right checksums.
fn repacked(bytes: &[u8], flips: &[(prop::sample::Index, u8)]) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut parts = Vec::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        let name = entry.name().unwrap().into_owned();
        let mut content = Vec::new();
        std::io::copy(&mut entry, &mut content).unwrap();
        parts.push((name, content));
    }
    for (at, byte) in flips {
        let length = parts.len();
        let content = &mut parts[usize::from(*byte) % length].1;
        if !content.is_empty() {
            let at = at.index(content.len());
            content[at] = byte.rotate_left(3);
        }
    }
    let parts: Vec<_> = parts
        .iter()
        .map(|(name, content)| (name.as_str(), &content[..]))
        .collect();
    zipped(&parts)
}

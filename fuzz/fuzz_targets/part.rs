//! Any bytes as one part of an otherwise sound workbook, behind compression and checksums: the first byte
//! says which.
#![no_main]

mod read;

use std::io::{Cursor, Read as _, Write as _};

use libfuzzer_sys::fuzz_target;
use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

/// Workbooks, and the parts of them that are put in place of their own.
const PARTS: &[(&[u8], &str)] = &[
    (
        include_bytes!("../corpus/workbook/table.xlsx"),
        "xl/worksheets/sheet1.xml",
    ),
    (
        include_bytes!("../corpus/workbook/table.xlsx"),
        "xl/sharedStrings.xml",
    ),
    (
        include_bytes!("../corpus/workbook/table.xlsx"),
        "xl/styles.xml",
    ),
    (
        include_bytes!("../corpus/workbook/table.xlsx"),
        "xl/workbook.xml",
    ),
    (
        include_bytes!("../corpus/workbook/table.xlsb"),
        "xl/worksheets/sheet1.bin",
    ),
    (
        include_bytes!("../corpus/workbook/table.xlsb"),
        "xl/sharedStrings.bin",
    ),
    (
        include_bytes!("../corpus/workbook/table.xlsb"),
        "xl/styles.bin",
    ),
    (
        include_bytes!("../corpus/workbook/table.xlsb"),
        "xl/workbook.bin",
    ),
    (
        include_bytes!("../corpus/workbook/table.ods"),
        "content.xml",
    ),
];

fuzz_target!(|bytes: &[u8]| {
    let Some((which, part)) = bytes.split_first() else {
        return;
    };
    let (workbook, name) = PARTS[usize::from(*which) % PARTS.len()];
    read::read(&with_part(workbook, name, part), read::small());
});

fn with_part(workbook: &[u8], name: &str, part: &[u8]) -> Vec<u8> {
    let mut from = ZipArchive::new(Cursor::new(workbook)).unwrap();
    let mut to = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for index in 0..from.len() {
        let mut entry = from.by_index(index).unwrap();
        let entry_name = entry.name().unwrap().into_owned();
        to.start_file(&*entry_name, stored).unwrap();
        if entry_name == name {
            to.write_all(part).unwrap();
        } else {
            let mut own = Vec::new();
            entry.read_to_end(&mut own).unwrap();
            to.write_all(&own).unwrap();
        }
    }
    to.finish().unwrap().into_inner()
}

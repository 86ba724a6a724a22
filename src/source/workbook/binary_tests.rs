//! Small XLS and XLSB workbooks, written record by record.

use std::io::{Cursor, Write};

use super::{
    WorkbookKind,
    tests::{read, zipped},
};

/// A record's kind and data.
pub(super) type Record = (u16, Vec<u8>);

/// The records of an XLS workbook: its globals, and a sheet of two rows.
pub(super) fn xls_records() -> Vec<Record> {
    let begin = |kind: u8| {
        (
            0x0809,
            vec![0, 6, kind, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        )
    };
    let cell = |row: u8, column: u8, rest: &[u8]| {
        let mut data = vec![row, 0, column, 0, 0, 0];
        data.extend_from_slice(rest);
        data
    };
    let mut formula = cell(1, 1, &12.5_f64.to_le_bytes());
    formula.extend([0; 6]);
    formula.extend([3, 0, 0x1E, 7, 0]);
    vec![
        begin(5),
        // The place of the sheet is put in when the stream is put together.
        (0x0085, b"\0\0\0\0\0\0\x07\0Clients".to_vec()),
        (0x00FC, b"\x01\0\0\0\x01\0\0\0\x03\0\0Ana".to_vec()),
        (0x000A, Vec::new()),
        begin(16),
        (0x0200, vec![0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 2, 0, 0, 0]),
        (0x00FD, cell(0, 0, &[0; 4])),
        (0x0203, cell(0, 1, &7.0_f64.to_le_bytes())),
        (0x0205, cell(1, 0, &[1, 0])),
        (0x0006, formula),
        (0x000A, Vec::new()),
    ]
}

/// An XLS workbook of these records.
pub(super) fn xls(records: &[Record]) -> Vec<u8> {
    let mut stream = Vec::new();
    let (mut sheet, mut begun) = (0, 0);
    for (kind, data) in records {
        begun += usize::from(*kind == 0x0809);
        if begun == 2 && sheet == 0 {
            sheet = stream.len();
        }
        stream.extend(kind.to_le_bytes());
        stream.extend(u16::try_from(data.len()).unwrap().to_le_bytes());
        stream.extend_from_slice(data);
    }
    let place = memchr::memmem::find(&stream, b"Clients").map(|name| name - 8);
    if let Some(place) = place {
        stream[place..place + 4].copy_from_slice(&u32::try_from(sheet).unwrap().to_le_bytes());
    }
    let mut compound = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    let mut workbook = compound.create_stream("/Workbook").unwrap();
    workbook.write_all(&stream).unwrap();
    drop(workbook);
    compound.into_inner().into_inner()
}

/// An XLSB workbook of one sheet of two rows.
pub(super) fn xlsb() -> Vec<u8> {
    let wide = |text: &str| {
        let mut data = u32::try_from(text.len()).unwrap().to_le_bytes().to_vec();
        data.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        data
    };
    let bundle = [&[0; 8][..], &wide("rId1"), &wide("Clients")].concat();
    let workbook = packed(&[(0x9C, bundle), (0x90, Vec::new()), (0x9D, Vec::new())]);
    let item = [&[0][..], &wide("Ana")].concat();
    let strings = packed(&[
        (0x9F, vec![1, 0, 0, 0, 1, 0, 0, 0]),
        (0x13, item),
        (0xA0, Vec::new()),
    ]);
    let row = |number: u8| (0x00, [&[number, 0, 0, 0][..], &[0; 21]].concat());
    let cell = |column: u8, rest: &[u8]| [&[column, 0, 0, 0, 0, 0, 0, 0][..], rest].concat();
    let sheet = packed(&[
        (0x81, Vec::new()),
        (0x94, vec![0; 16]),
        (0x91, Vec::new()),
        row(0),
        (0x07, cell(0, &[0; 4])),
        (0x05, cell(1, &7.0_f64.to_le_bytes())),
        row(4),
        (0x04, cell(0, &[1])),
        (0x06, cell(2, &wide("Lee"))),
        (0x92, Vec::new()),
        (0x82, Vec::new()),
    ]);
    let relationships = br#"<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.bin"/></Relationships>"#;
    zipped(&[
        ("xl/workbook.bin", &workbook),
        ("xl/_rels/workbook.bin.rels", relationships),
        ("xl/sharedStrings.bin", &strings),
        ("xl/worksheets/sheet1.bin", &sheet),
    ])
}

fn packed(records: &[Record]) -> Vec<u8> {
    let mut stream = Vec::new();
    for (kind, data) in records {
        let kind = u8::try_from(*kind).unwrap();
        if kind < 0x80 {
            stream.push(kind);
        } else {
            stream.extend([kind, 1]);
        }
        stream.push(u8::try_from(data.len()).unwrap());
        stream.extend_from_slice(data);
    }
    stream
}

#[test]
fn binary_workbooks_read_like_others() {
    let cells = |cells: &[&str]| {
        cells
            .iter()
            .map(|cell| (*cell).to_owned())
            .collect::<Vec<_>>()
    };

    assert_eq!(
        read(&xls(&xls_records()), WorkbookKind::Xls).unwrap(),
        [(1, cells(&["Ana", "7"])), (2, cells(&["TRUE", "12.5"]))]
    );
    assert_eq!(
        read(&xlsb(), WorkbookKind::Xlsb).unwrap(),
        [(1, cells(&["Ana", "7"])), (5, cells(&["TRUE", "", "Lee"]))]
    );
}

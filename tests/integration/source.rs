//! A file's rows: their cells, their places and what reading them gave.
#![expect(clippy::unwrap_used, reason = "helpers of tests may fail their test")]

use std::{
    fs,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use aca_sync::{
    row::{Place, Reading, RowChunk},
    source::{self, Error, Limits, Source, Wanted},
};
use proptest::prelude::*;
use tempfile::TempDir;

/// One row as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReadRow {
    pub(crate) place: Place,
    pub(crate) reading: Reading,
    pub(crate) cells: Vec<String>,
}

/// A file of these bytes, in a folder that lives as long as the value.
pub(crate) struct Written {
    _folder: TempDir,
    pub(crate) path: PathBuf,
}

pub(crate) fn write(bytes: impl AsRef<[u8]>) -> Written {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("export.csv");
    fs::write(&path, bytes).unwrap();
    Written {
        _folder: folder,
        path,
    }
}

/// Opens a file of these bytes and reads all its rows.
pub(crate) fn read(bytes: impl AsRef<[u8]>) -> Vec<ReadRow> {
    read_within(bytes, Limits::default()).unwrap()
}

pub(crate) fn read_within(bytes: impl AsRef<[u8]>, limits: Limits) -> Result<Vec<ReadRow>, Error> {
    let file = write(bytes);
    let mut source = open_within(&file.path, limits)?;
    let (rows, read) = rows_and_bytes_of(&mut source);
    assert!(
        rows.is_empty() || read == source.size(),
        "bytes left unread"
    );
    Ok(rows)
}

/// The one table in a file, whatever its columns.
pub(crate) fn open(path: &Path) -> Result<Source, Error> {
    open_within(path, Limits::default())
}

fn open_within(path: &Path, limits: Limits) -> Result<Source, Error> {
    let wanted = Wanted {
        limits,
        ..Wanted::anything()
    };
    let mut sources = source::open(path, 0, &wanted)?;
    assert_eq!(sources.len(), 1, "{}", path.display());
    Ok(sources.remove(0))
}

pub(crate) fn rows_of(source: &mut Source) -> Vec<ReadRow> {
    rows_and_bytes_of(source).0
}

/// The rows, and how many bytes were read when the last of them came.
fn rows_and_bytes_of(source: &mut Source) -> (Vec<ReadRow>, u64) {
    let (mut rows, mut read) = (Vec::new(), 0);
    for (chunk, bytes) in chunks_of(source) {
        rows.extend(chunk.rows().map(|row| ReadRow {
            place: row.place(),
            reading: row.reading(),
            cells: row.cells().map(str::to_owned).collect(),
        }));
        read = bytes;
    }
    (rows, read)
}

/// The rows as they come, with how many bytes were read by then.
pub(crate) fn chunks_of(source: &mut Source) -> Vec<(RowChunk, u64)> {
    let mut chunks = Vec::new();
    let flow = source.read_rows(&mut |chunk, bytes| {
        chunks.push((chunk, bytes));
        ControlFlow::Continue(())
    });
    assert_eq!(flow.unwrap(), ControlFlow::Continue(()));
    chunks
}

/// Limits that cut the file and the chunks into small pieces.
pub(crate) fn in_pieces(read_bytes: usize, chunk_rows: usize) -> Limits {
    Limits {
        read_bytes,
        chunk_rows,
        chunk_bytes: chunk_rows * 7,
        ..Limits::default()
    }
}

fn row(number: u32, line: u32, reading: Reading, cells: &[&str]) -> ReadRow {
    ReadRow {
        place: Place { number, line },
        reading,
        cells: cells.iter().map(|cell| (*cell).to_owned()).collect(),
    }
}

#[test]
fn rows_follow_the_header_with_their_places() {
    let file = write("\u{feff}first_name, phone \nAna,3055550101\n\"Bo, Jr\",\"12\n13\"\nCy,\n");

    let mut source = open(&file.path).unwrap();

    assert_eq!(source.header().names(), ["first_name", "phone"]);
    assert_eq!(source.header_place(), Place { number: 1, line: 1 });
    assert_eq!(
        rows_of(&mut source),
        [
            row(2, 2, Reading::Cells, &["Ana", "3055550101"]),
            row(3, 3, Reading::Cells, &["Bo, Jr", "12\n13"]),
            row(4, 5, Reading::Cells, &["Cy", ""]),
        ]
    );
}

#[test]
fn a_source_prints_nothing_that_its_file_says() {
    let file = write("first_name,phone\n\"Ana\",3055550101\nBo,3055550102\n");
    let mut source = open(&file.path).unwrap();
    rows_of(&mut source);

    let printed = format!("{source:#?}");

    assert_eq!(
        printed,
        format!("Source({}, 2 columns)", file.path.display())
    );
}

#[test]
fn a_chunk_knows_its_source() {
    let file = write("a\n1\n");

    let mut sources = source::open(&file.path, 7, &Wanted::anything()).unwrap();

    let chunks = chunks_of(&mut sources[0]);
    assert_eq!((chunks.len(), chunks[0].0.source), (1, 7));
}

#[test]
fn blank_rows_and_repeated_headers_are_told_apart_and_counted() {
    let rows = read("\n,,\na,b,c\n\n , ,\u{a0}\n1,2,3\n\u{feff}a, b,c\n\n");

    assert_eq!(
        rows,
        [
            row(4, 4, Reading::Blank, &[""]),
            row(5, 5, Reading::Blank, &[" ", " ", "\u{a0}"]),
            row(6, 6, Reading::Cells, &["1", "2", "3"]),
            row(7, 7, Reading::RepeatedHeader, &["\u{feff}a", " b", "c"]),
            row(8, 8, Reading::Blank, &[""]),
        ]
    );
}

#[test]
fn every_kind_of_line_end_ends_a_line() {
    for line_end in ["\n", "\r\n", "\r"] {
        let rows = read(["a,b", "1,2", "", "3,\"4\"", "5,6"].join(line_end));

        let places: Vec<_> = rows.iter().map(|row| row.place.line).collect();
        assert_eq!(places, [2, 3, 4, 5], "{line_end:?}");
        assert_eq!(rows[2].cells, ["3", "4"], "{line_end:?}");
        assert_eq!(rows[3].cells, ["5", "6"], "{line_end:?}");
    }
}

#[test]
fn blank_cells_beyond_the_header_are_let_go() {
    let rows = read("a,b\n1,2,,\n1,2, \n\"1\",2,\"\"\n1,2,\"\n\"\n");

    for row in rows {
        assert_eq!(
            (row.reading, row.cells.join("|")),
            (Reading::Cells, "1|2".to_owned())
        );
    }
}

#[test]
fn quotes_inside_a_cell_are_characters() {
    let rows = read("a,b\n5\" pipe,Robert \"Bob\" Lee\n\"say \"\"hi\"\"\",\" \"\n\"\"\"\",x\"\n");

    let cells: Vec<_> = rows.iter().map(|row| row.cells.join("|")).collect();
    assert_eq!(
        cells,
        ["5\" pipe|Robert \"Bob\" Lee", "say \"hi\"| ", "\"|x\""]
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn what_a_csv_writer_wrote_is_read_as_it_was(
        rows in prop::collection::vec(prop::collection::vec(cell(), 3), 0..30),
        read_bytes in 1_usize..200,
        chunk_rows in 1_usize..9,
    ) {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(["name", "note", "city"]).unwrap();
        for cells in &rows {
            writer.write_record(cells).unwrap();
        }
        let bytes = writer.into_inner().unwrap();

        let read = read_within(bytes, in_pieces(read_bytes, chunk_rows)).unwrap();

        let mut line = 2;
        prop_assert_eq!(read.len(), rows.len());
        for (number, (read, written)) in (2..).zip(read.iter().zip(&rows)) {
            prop_assert_eq!(read.place, Place { number, line });
            prop_assert_eq!(&read.cells, written);
            let is_blank = written.iter().all(|cell| cell.trim().is_empty());
            let reading = if is_blank { Reading::Blank } else { Reading::Cells };
            prop_assert_eq!(read.reading, reading);
            line += 1 + line_ends(&written.concat());
        }
    }
}

/// Text as people put it into cells, line ends and separators included.
fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z0-9 .'-]{0,12}",
        "[a-c,\"\n ]{0,9}",
        "\\PC{0,6}",
        Just("first\r\nsecond".to_owned()),
    ]
}

fn line_ends(text: &str) -> u32 {
    u32::try_from(text.matches('\n').count()).unwrap()
}

//! Rows in chunks: what goes in comes out, packed or not, and damaged bytes are refused.

use aca_sync::{
    problem::Code,
    row::{Place, Reading, RowChunk},
};
use proptest::prelude::*;

/// A row as it is put in.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Written {
    place: Place,
    reading: Reading,
    cells: Vec<String>,
}

fn any_row() -> impl Strategy<Value = Written> {
    let reading = prop_oneof![
        Just(Reading::Cells),
        Just(Reading::Blank),
        Just(Reading::RepeatedHeader),
        prop::sample::select(Code::ALL).prop_map(Reading::Unreadable),
    ];
    let cells = prop::collection::vec(any::<String>(), 0..5);
    (any::<u32>(), any::<u32>(), reading, cells).prop_map(|(number, line, reading, cells)| {
        Written {
            place: Place { number, line },
            reading,
            cells,
        }
    })
}

fn any_rows() -> impl Strategy<Value = Vec<Written>> {
    prop::collection::vec(any_row(), 0..6)
}

fn chunk_of(rows: &[Written]) -> RowChunk {
    let mut chunk = RowChunk::new(3);
    for row in rows {
        let cells = row.cells.iter().map(String::as_str);
        chunk.push(row.place, row.reading, cells);
    }
    chunk
}

fn rows_of(chunk: &RowChunk) -> Vec<Written> {
    chunk
        .rows()
        .map(|row| Written {
            place: row.place(),
            reading: row.reading(),
            cells: row.cells().map(str::to_owned).collect(),
        })
        .collect()
}

proptest! {
    #[test]
    fn rows_come_out_as_they_went_in(rows in any_rows()) {
        let chunk = chunk_of(&rows);
        let mut copied = RowChunk::new(3);
        for row in chunk.rows() {
            copied.push_row(row);
        }
        let mut packed = Vec::new();
        chunk.pack(&mut packed);
        let unpacked = RowChunk::unpack(&packed);

        prop_assert_eq!(rows_of(&chunk), rows);
        prop_assert!(copied == chunk);
        prop_assert!(unpacked == Some(chunk));
    }

    #[test]
    fn a_cell_beyond_a_row_s_end_is_none_of_the_next_row_s(rows in any_rows()) {
        let chunk = chunk_of(&rows);
        for (row, written) in chunk.rows().zip(&rows) {
            prop_assert_eq!(row.cell(written.cells.len()), None);
            prop_assert_eq!(row.cell(written.cells.len() + 1), None);
        }
    }

    #[test]
    fn damaged_bytes_are_refused_or_read_and_never_end_the_program(
        rows in any_rows(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut packed = Vec::new();
        chunk_of(&rows).pack(&mut packed);
        let at = at.index(packed.len());
        packed[at] = byte;

        if let Some(chunk) = RowChunk::unpack(&packed) {
            let cells: usize = chunk.rows().map(|row| row.cells().count()).sum();
            prop_assert!(cells <= packed.len());
        }
    }
}

#[test]
fn a_row_that_begins_beyond_the_last_cell_is_damage() {
    let mut packed = Vec::new();
    chunk_of(&[Written {
        place: Place { number: 2, line: 2 },
        reading: Reading::Cells,
        cells: vec!["Ana".to_owned()],
    }])
    .pack(&mut packed);
    // Source, rows, cells, then the row's number, line and first cell, each in one byte.
    packed[5] = 2;

    assert!(RowChunk::unpack(&packed).is_none());
}

#[test]
fn no_cell_of_a_row_prints() {
    let mut chunk = RowChunk::new(0);
    chunk.push(Place { number: 2, line: 2 }, Reading::Cells, ["Sentinel"]);

    let printed = format!("{chunk:?} {:?}", chunk.row(0).unwrap());

    assert!(!printed.contains("Sentinel"), "{printed}");
    assert!(printed.contains("Row(2 of source 0)"), "{printed}");
}

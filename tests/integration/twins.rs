//! One table in every dress reads as the same rows: cells, readings, and numbers as a spreadsheet shows.
#![expect(clippy::unwrap_used, reason = "helpers of tests may fail their test")]

use std::{ops::ControlFlow, path::Path};

use aca_sync::{
    format::Format,
    header::Header,
    row::{Reading, Row, RowChunk},
    source::{self, Limits, Source, Wanted},
};

use crate::support::{
    Workdir,
    table::{Encoding, Epoch, LineEnd, Table, delimited, dresses, xlsx, zip},
};

/// What a row is read as. A blank row may have blank cells or none.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ReadRow {
    number: u32,
    reading: Reading,
    cells: Vec<String>,
}

impl ReadRow {
    fn of(row: Row<'_>) -> Self {
        let mut cells: Vec<String> = row.cells().map(str::to_owned).collect();
        if row.reading() == Reading::Blank {
            cells.retain(|cell| !cell.is_empty());
        }
        Self {
            number: row.number(),
            reading: row.reading(),
            cells,
        }
    }
}

/// The rows that any dress has to give: the header is row 1.
fn expected(table: &Table) -> Vec<ReadRow> {
    let row = |(number, cells): (u32, Vec<String>)| {
        let is_blank = cells.iter().all(String::is_empty);
        ReadRow {
            number,
            reading: if is_blank {
                Reading::Blank
            } else {
                Reading::Cells
            },
            cells: if is_blank { Vec::new() } else { cells },
        }
    };
    (2..).zip(table.expected()).map(row).collect()
}

/// Opens a file whose header is known to be the table's.
fn open(path: &Path, table: &Table) -> Result<Vec<Source>, source::Error> {
    let lacks = |header: &Header| {
        let names = table.header.iter();
        names.filter(|name| header.find(name).is_empty()).count()
    };
    let wanted = Wanted {
        format: Format::default(),
        limits: Limits::default(),
        lacks: &lacks,
    };
    source::open(path, 0, &wanted)
}

fn rows_of(source: &mut Source) -> Vec<ReadRow> {
    let mut rows = Vec::new();
    let mut take = |chunk: RowChunk, _bytes: u64| {
        rows.extend(chunk.rows().map(ReadRow::of));
        ControlFlow::Continue(())
    };
    let flow = source.read_rows(&mut take).unwrap();
    assert_eq!(flow, ControlFlow::Continue(()));
    rows
}

/// What is wrong with a file that holds these tables one after the other, in a few words; nothing if
/// it is right.
fn difference(path: &Path, tables: &[&Table]) -> Option<String> {
    let mut sources = match open(path, tables.first()?) {
        Ok(sources) => sources,
        Err(error) => return Some(format!("is refused: {error}")),
    };
    if sources.len() != tables.len() {
        return Some(format!("gives {} sources", sources.len()));
    }
    let mut pairs = sources.iter_mut().zip(tables);
    pairs.find_map(|(source, table)| difference_of_source(source, table))
}

fn difference_of_source(source: &mut Source, table: &Table) -> Option<String> {
    if source.header().names() != table.header {
        return Some(format!("has the header {:?}", source.header().names()));
    }
    if source.header_place().number != 1 {
        return Some(format!("has its header at {:?}", source.header_place()));
    }
    let (rows, expected) = (rows_of(source), expected(table));
    let different = rows
        .iter()
        .zip(&expected)
        .find(|(row, wanted)| row != wanted);
    match different {
        Some((row, wanted)) => Some(between(row, wanted)),
        None if rows.len() != expected.len() => {
            Some(format!("gives {} rows for {}", rows.len(), expected.len()))
        }
        None => None,
    }
}

/// The first cell that two rows do not share, or the rows where it is not a cell.
fn between(row: &ReadRow, wanted: &ReadRow) -> String {
    let is_like = (row.number, row.reading, row.cells.len())
        == (wanted.number, wanted.reading, wanted.cells.len());
    let mut cells = row.cells.iter().zip(&wanted.cells);
    match cells.find(|(cell, wanted)| cell != wanted) {
        Some((cell, of_it)) if is_like => {
            format!("gives {cell:?} for {of_it:?} in row {}", wanted.number)
        }
        _ => format!("gives\n{row:?} for\n{wanted:?}"),
    }
}

#[test]
fn every_dress_gives_the_same_rows() {
    let (work, table) = (Workdir::new(), Table::people());
    let mut differences = Vec::new();
    for dress in dresses(&table) {
        work.write(&dress.name, &dress.bytes);
        if let Some(words) = difference(&work.path(&dress.name), &[&table]) {
            differences.push(format!("{} {words}", dress.name));
        }
    }
    assert!(
        differences.is_empty(),
        "{} dresses differ:\n{}",
        differences.len(),
        differences.join("\n")
    );
}

#[test]
fn an_archive_of_two_parts_gives_two_sources() {
    let (work, table) = (Workdir::new(), Table::people());
    let (first, second) = table.split(20);
    let text = |table: &Table| delimited(table, b',', Encoding::Utf8, LineEnd::CrLf);
    let book = |table: &Table| xlsx(table, Epoch::Y1900);
    let texts = [
        ("clients-1-of-2.csv", text(&first)),
        ("clients-2-of-2.csv", text(&second)),
    ];
    let books = [
        ("clients-1-of-2.xlsx", book(&first)),
        ("clients-2-of-2.xlsx", book(&second)),
    ];
    for (name, [one, two]) in [("texts.zip", texts), ("books.zip", books)] {
        let members = [(one.0, one.1.as_slice()), (two.0, two.1.as_slice())];
        work.write(name, zip(&members));

        assert_eq!(difference(&work.path(name), &[&first, &second]), None);
    }
}

/// A file is what its bytes say, whatever people called it.
#[test]
fn a_dress_is_known_under_a_wrong_name() {
    let (work, table) = (Workdir::new(), Table::people());
    for dress in dresses(&table).iter().filter(|dress| dress.is_workbook()) {
        let name = format!("{}.csv", dress.name);
        work.write(&name, &dress.bytes);

        let found = difference(&work.path(&name), &[&table]);
        assert_eq!(found, None, "{name}");
    }
}

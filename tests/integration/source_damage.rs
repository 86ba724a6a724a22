//! Damaged files: each fault costs the row that it is in, and no other.

use aca_sync::{problem::Code, row::Reading, source::Limits};
use proptest::prelude::*;

use crate::source::{ReadRow, chunks_of, in_pieces, open, read, read_within, write};

/// What the rows' readings are, in order.
fn readings(rows: &[ReadRow]) -> Vec<Reading> {
    rows.iter().map(|row| row.reading).collect()
}

#[test]
fn rows_with_too_few_or_too_many_cells_keep_what_they_have() {
    let rows = read("a,b,c\n1,2\n1,2,3\n1,2,3,4\n1,2,3,,5\n1\n");

    assert_eq!(
        readings(&rows),
        [
            Reading::Unreadable(Code::RowTooFewCells),
            Reading::Cells,
            Reading::Unreadable(Code::RowTooManyCells),
            Reading::Unreadable(Code::RowTooManyCells),
            Reading::Unreadable(Code::RowTooFewCells),
        ]
    );
    assert_eq!(rows[0].cells, ["1", "2"]);
    assert_eq!(rows[3].cells, ["1", "2", "3", "", "5"]);
}

#[test]
fn bytes_that_are_no_text_cost_their_row() {
    let rows = read(b"a,b\nJos\xe9,1\nJos\xc3\xa9,2\nJ\0o,3\n\"J\xff\",4\nZo\xc3\xab,5\n");

    assert_eq!(
        readings(&rows),
        [
            Reading::Undecodable { byte: 7 },
            Reading::Cells,
            Reading::Unreadable(Code::RowNulByte),
            Reading::Undecodable { byte: 27 },
            Reading::Cells,
        ]
    );
    assert_eq!(rows[1].cells, ["José", "2"]);
    assert!(rows[0].cells.is_empty() && rows[2].cells.is_empty());
}

#[test]
fn an_unclosed_quote_in_the_last_row_costs_that_row() {
    let rows = read("a,b\n1,2\n3,\"4\n");

    assert_eq!(
        readings(&rows),
        [Reading::Cells, Reading::Unreadable(Code::RowUnclosedQuote)]
    );
    assert_eq!(rows[1].cells, ["3", "\"4"]);
}

#[test]
fn a_quote_that_spans_too_many_lines_costs_its_first_line() {
    let limits = Limits {
        max_quoted_lines: 3,
        ..Limits::default()
    };
    let fits = read_within("a,b\n1,\"x\ny\nz\"\n2,3\n", limits).unwrap();
    let rows = read_within("a,b\n1,\"w\nx\ny\nz\"\n2,3\n", limits).unwrap();

    assert_eq!(readings(&fits), [Reading::Cells, Reading::Cells]);
    assert_eq!(
        rows.iter().map(|row| row.place.line).collect::<Vec<_>>(),
        [2, 3, 4, 5, 6]
    );
    assert_eq!(rows[0].reading, Reading::Unreadable(Code::RowUnclosedQuote));
    assert_eq!(rows[4].reading, Reading::Cells);
}

/// The cells of one row of fifty: some quoted, some spanning lines, none of them odd.
fn customer(row: usize) -> Vec<String> {
    let number = row.to_string();
    vec![
        number.clone(),
        format!("Ana {number}"),
        format!("{row} Main St, Unit {row}"),
        "Miami".to_owned(),
        if row.is_multiple_of(7) {
            "moved\ncalled back, twice".to_owned()
        } else {
            String::new()
        },
        "FL".to_owned(),
    ]
}

fn written(rows: usize, spoil: impl Fn(usize, &mut Vec<String>)) -> String {
    let mut text = "id,name,address,city,note,state\n".to_owned();
    for row in 0..rows {
        let mut cells: Vec<String> = customer(row)
            .iter()
            .map(|cell| {
                let needs_quotes = cell.contains([',', '\n']);
                if needs_quotes {
                    format!("\"{cell}\"")
                } else {
                    cell.clone()
                }
            })
            .collect();
        spoil(row, &mut cells);
        text.push_str(&cells.join(","));
        text.push('\n');
    }
    text
}

#[test]
fn a_stray_quote_on_any_row_before_any_cell_costs_exactly_that_row() {
    for spoiled in 0..50 {
        for column in 0..6 {
            if spoiled % 7 == 0 && column == 4 {
                // The cell spans lines already: what is left of it after a stray quote is two lines.
                continue;
            }
            let text = written(50, |row, cells| {
                if row == spoiled {
                    cells[column].insert(0, '"');
                }
            });

            let rows = read(text);

            let whole: Vec<usize> = (0..50)
                .filter(|id| {
                    rows.iter()
                        .any(|row| row.reading == Reading::Cells && row.cells == customer(*id))
                })
                .collect();
            let expected: Vec<usize> = (0..50).filter(|id| *id != spoiled).collect();
            assert_eq!(
                whole, expected,
                "quote before cell {column} of row {spoiled}"
            );
            let unclosed = Reading::Unreadable(Code::RowUnclosedQuote);
            let first = rows.iter().find(|row| row.reading != Reading::Cells);
            assert_eq!(first.map(|row| row.reading), Some(unclosed));
        }
    }
}

#[test]
fn a_lost_closing_quote_costs_exactly_that_row() {
    for spoiled in (0..50).filter(|row| row % 7 != 0) {
        let text = written(50, |row, cells| {
            if row == spoiled {
                cells[2].pop();
            }
        });

        let rows = read(text);

        assert_eq!(rows.len(), 50);
        for (row, read) in rows.iter().enumerate() {
            if row == spoiled {
                assert_eq!(read.reading, Reading::Unreadable(Code::RowUnclosedQuote));
            } else {
                assert_eq!(
                    read.cells,
                    customer(row),
                    "after losing a quote in {spoiled}"
                );
            }
        }
    }
}

#[test]
fn a_ten_megabyte_line_is_one_rejected_row() {
    let line = "x".repeat(10 << 20);

    let rows = read(format!("a,b\n1,2\n{line}\r\n3,4\n"));

    assert_eq!(
        readings(&rows),
        [
            Reading::Cells,
            Reading::Unreadable(Code::RowTooLarge),
            Reading::Cells
        ]
    );
    assert_eq!((rows[1].cells.len(), rows[2].place.line), (0, 4));
}

#[test]
fn a_line_beyond_the_search_is_skipped_and_counted_once() {
    let limits = Limits {
        max_row_bytes: 20,
        max_search_bytes: 64,
        read_bytes: 10,
        ..Limits::default()
    };
    for line_end in ["\n", "\r", "\r\n"] {
        for length in 20..90 {
            let line = "x".repeat(length);
            let text = ["a,b", "1,2", &line, "3,4"].join(line_end);

            let rows = read_within(text, limits).unwrap();

            let large = if length > 20 {
                Code::RowTooLarge
            } else {
                Code::RowTooFewCells
            };
            assert_eq!(
                readings(&rows),
                [Reading::Cells, Reading::Unreadable(large), Reading::Cells],
                "{length} bytes, then {line_end:?}"
            );
            assert_eq!(rows[2].place.line, 4);
        }
    }
}

#[test]
fn a_large_record_is_one_row_when_it_is_closed_and_one_line_when_it_is_not() {
    let limits = Limits {
        max_row_bytes: 20,
        max_search_bytes: 200,
        ..Limits::default()
    };
    let lines = "some text of a note\n".repeat(4);

    let closed = read_within(format!("a,b\n1,\"{lines}\"\n3,4\n"), limits).unwrap();
    let open = read_within(format!("a,b\n1,\"{}\n3,4\n", lines.repeat(9)), limits).unwrap();

    assert_eq!(
        readings(&closed),
        [Reading::Unreadable(Code::RowTooLarge), Reading::Cells]
    );
    assert_eq!(closed[1].place.line, 7);
    assert_eq!(open.len(), 38);
    assert_eq!(open[37].cells, ["3", "4"]);
}

/// Bytes that mean something to a reader of CSV, and a few that do not.
fn soup() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        4 => prop::sample::select(&b"ab1, \"\n\r,\""[..]),
        1 => any::<u8>(),
    ];
    prop::collection::vec(byte, 0..400)
}

fn lines_in(bytes: &[u8]) -> usize {
    let text = bytes
        .iter()
        .map(|byte| char::from(*byte))
        .collect::<String>();
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.lines().count()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn every_line_of_any_file_belongs_to_one_row_however_it_is_cut(
        soup in soup(),
        read_bytes in 1_usize..40,
        chunk_rows in 1_usize..5,
    ) {
        let bytes = [b"id,name,city,state\n", &soup[..]].concat();
        let bounds = Limits { max_row_bytes: 60, max_search_bytes: 120, max_quoted_lines: 4, ..Limits::default() };
        let pieces = Limits { read_bytes, chunk_rows, ..bounds };

        let Ok(whole) = read_within(&bytes, bounds) else {
            // So many NUL bytes that it is no text: refused at any size of piece.
            prop_assert!(read_within(&bytes, pieces).is_err());
            return Ok(());
        };
        let cut = read_within(&bytes, pieces).unwrap();

        prop_assert_eq!(&whole, &cut);
        let starts: Vec<usize> = whole.iter().map(|row| row.place.line as usize).collect();
        prop_assert!(starts.is_sorted_by(|before, after| before < after));
        prop_assert!(starts.first().is_none_or(|first| *first == 2));
        prop_assert_eq!(starts.is_empty(), lines_in(&bytes) == 1);
        prop_assert!(starts.last().is_none_or(|last| *last <= lines_in(&bytes)));
        for (row, next) in whole.iter().zip(starts.iter().skip(1)) {
            let lines = next - row.place.line as usize;
            let is_open = row.reading == Reading::Unreadable(Code::RowUnclosedQuote);
            prop_assert!(lines == 1 || (lines <= 4 && !is_open), "{lines} lines: {:?}", row.reading);
        }
    }
}

#[test]
fn small_pieces_change_nothing_in_a_file_of_every_fault() {
    let bytes = std::fs::read("fixtures/healthsherpa/clients-dirty.csv").unwrap();
    let whole = read(&bytes);

    for (read_bytes, chunk_rows) in [(1, 1), (7, 3), (64, 2), (1000, 50), (4096, 9)] {
        let cut = read_within(&bytes, in_pieces(read_bytes, chunk_rows)).unwrap();
        assert_eq!(whole, cut, "{read_bytes} bytes at once");
    }
}

#[test]
fn a_file_read_to_its_end_says_how_far_it_is() {
    let file = write("a,b\n1,2\n");
    let mut source = open(&file.path).unwrap();

    let chunks = chunks_of(&mut source);

    assert_eq!((chunks[0].1, source.size()), (8, 8));
}

//! Any bytes as a text file, in pieces whose size they choose themselves.
#![no_main]

mod read;

use aca_sync::source::Limits;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let piece = usize::from(bytes.last().copied().unwrap_or_default());
    let limits = Limits {
        max_row_bytes: 200,
        max_search_bytes: 400,
        max_quoted_lines: 5,
        read_bytes: 1 + piece,
        chunk_rows: 1 + piece % 7,
        ..read::small()
    };
    read::read(bytes, limits);
});

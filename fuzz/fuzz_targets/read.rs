//! What all targets ask: read a file to its end, and hold it to what every reader promises.

use std::{
    fs,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use aca_sync::{
    row::{Reading, RowChunk},
    source::{self, Limits, Source, Wanted},
};

/// Where the files lie: in memory, where the system has such a place.
fn folder() -> PathBuf {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        memory.to_owned()
    } else {
        std::env::temp_dir()
    }
}

/// Opens and reads a file of these bytes; any error will do, any panic will not.
pub fn read(bytes: &[u8], limits: Limits) {
    let file = folder().join(format!("aca-sync-fuzz-{}", std::process::id()));
    fs::write(&file, bytes).unwrap();
    let wanted = Wanted {
        limits,
        ..Wanted::anything()
    };
    for mut source in source::open(&file, 0, &wanted).unwrap_or_default() {
        expect_promises(&mut source);
    }
}

fn expect_promises(source: &mut Source) {
    let columns = source.header().len();
    let mut last = source.header_place().number;
    let size = source.size();
    let _ = source.read_rows(&mut |chunk: RowChunk, bytes| {
        assert!(!chunk.is_empty() && bytes <= size);
        for row in chunk.rows() {
            assert_eq!(row.number(), last + 1, "a row is left out or comes twice");
            last = row.number();
            let cells = row.cells().count();
            assert!(row.reading() != Reading::Cells || cells == columns);
        }
        let mut packed = Vec::new();
        chunk.pack(&mut packed);
        assert!(RowChunk::unpack(&packed) == Some(chunk));
        ControlFlow::Continue(())
    });
}

/// Limits within which a fuzzer stays quick; blank rows between two others are counted one by one.
pub fn small() -> Limits {
    Limits {
        max_unpacked_bytes: 1 << 20,
        ..Limits::default()
    }
}

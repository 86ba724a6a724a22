//! Invented exports of any size, and the shipped mapping that reads them.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use self::generator::{Plan, Share, write_export};

#[expect(dead_code, reason = "quirks are for tests")]
#[path = "../../examples/healthsherpa_export/generator/mod.rs"]
mod generator;

/// The shipped mapping.
pub(crate) const MAPPING: &str = "mappings/healthsherpa-clients.toml";

/// A clean export with so many rows; three customers in a hundred have two.
pub(crate) fn write(path: &Path, rows: u64) -> io::Result<()> {
    let plan = Plan {
        rows,
        seed: 1,
        switches: Share::percent(3),
        dirty: Share::percent(0),
    };
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    write_export(&plan, &mut out)?;
    out.flush()
}

/// A folder for files of a benchmark, on the disk that the build is on: a folder in memory would make
/// every commit free.
pub(crate) fn folder() -> io::Result<tempfile::TempDir> {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))
}

/// The shipped mapping's place, wherever the benchmark was started.
pub(crate) fn mapping() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(MAPPING)
}

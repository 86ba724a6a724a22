//! What staging costs, as a whole and by its parts: reading, mapping, writing bodies, packing.
//!
//! `cargo bench --bench staging`

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot be set up fails where it stands"
)]

#[path = "support/engine.rs"]
mod engine;
#[path = "support/export.rs"]
mod export;

use std::{ops::ControlFlow, path::Path};

use aca_sync::{
    header::Header,
    journal::{Bodies, Journal, pack},
    mapping::{BoundMapping, Mapped},
    record::{Assembly, Draft},
    row::RowChunk,
    source::{self, Source, Wanted},
};
use divan::{Bencher, black_box, counter::ItemsCount};

/// The rows of the export that is staged as a whole, and read.
const ROWS: u64 = 100_000;
/// The rows that the parts are measured with.
const FEW_ROWS: u64 = 10_000;

fn main() {
    divan::main();
}

/// Files to a durable journal.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn staging(bencher: Bencher<'_, '_>) {
    let files = export::folder().unwrap();
    let file = files.path().join("clients.csv");
    export::write(&file, ROWS).unwrap();
    bencher
        .counter(ItemsCount::new(ROWS))
        .with_inputs(|| export::folder().unwrap())
        .bench_values(|folder| {
            let staged = engine::stage_into(folder.path(), &file);
            (staged, folder)
        });
}

/// Rows out of a file.
#[divan::bench(sample_count = 10, sample_size = 1)]
fn reading(bencher: Bencher<'_, '_>) {
    let files = export::folder().unwrap();
    let file = files.path().join("clients.csv");
    export::write(&file, ROWS).unwrap();
    bencher.counter(ItemsCount::new(ROWS)).bench(|| {
        let flow = open(&file).read_rows(&mut |chunk, _| {
            black_box(chunk);
            ControlFlow::Continue(())
        });
        assert!(flow.is_ok());
    });
}

/// Rows to drafts.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn mapping(bencher: Bencher<'_, '_>) {
    let Parts { bound, chunks, .. } = Parts::new();
    bencher.counter(ItemsCount::new(FEW_ROWS)).bench(|| {
        let mut mapped = Mapped::default();
        for row in chunks.iter().flat_map(RowChunk::rows) {
            bound.apply(row, engine::today(), &mut mapped);
            black_box(&mapped);
        }
    });
}

/// Drafts to bodies with their fingerprints.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn bodies(bencher: Bencher<'_, '_>) {
    let parts = Parts::new();
    let drafts = parts.drafts();
    let mapping = engine::mapping();
    let assembly = assembly(&mapping);
    bencher.counter(ItemsCount::new(FEW_ROWS)).bench(|| {
        let mut bytes = Vec::new();
        for draft in &drafts {
            black_box(assembly.single(draft, &mut bytes)).unwrap();
        }
        bytes
    });
}

/// Rows and bodies to a compressed block.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn packing(bencher: Bencher<'_, '_>) {
    let parts = Parts::new();
    let mapping = engine::mapping();
    let assembly = assembly(&mapping);
    let mut drafts = parts.drafts().into_iter();
    let blocks: Vec<(RowChunk, Bodies)> = parts
        .chunks
        .into_iter()
        .map(|chunk| {
            let mut bodies = Bodies::default();
            for draft in drafts.by_ref().take(chunk.len()) {
                let part = assembly.single(&draft, &mut bodies.bytes).unwrap();
                bodies.close(part.length);
            }
            (chunk, bodies)
        })
        .collect();
    bencher.counter(ItemsCount::new(FEW_ROWS)).bench(|| {
        for (chunk, bodies) in &blocks {
            black_box(pack(chunk, bodies));
        }
    });
}

/// Rows in memory, and the mapping bound to their header.
struct Parts {
    bound: BoundMapping,
    chunks: Vec<RowChunk>,
}

impl Parts {
    fn new() -> Self {
        let folder = export::folder().unwrap();
        let file = folder.path().join("clients.csv");
        export::write(&file, FEW_ROWS).unwrap();
        let (header, chunks) = read(&file);
        Self {
            bound: engine::mapping().bind(&header).unwrap(),
            chunks,
        }
    }

    fn drafts(&self) -> Vec<Draft> {
        let mut mapped = Mapped::default();
        let rows = self.chunks.iter().flat_map(RowChunk::rows);
        rows.map(|row| {
            self.bound.apply(row, engine::today(), &mut mapped);
            std::mem::take(&mut mapped.draft)
        })
        .collect()
    }
}

fn read(file: &Path) -> (Header, Vec<RowChunk>) {
    let mut source = open(file);
    let mut chunks = Vec::new();
    let flow = source.read_rows(&mut |chunk, _| {
        chunks.push(chunk);
        ControlFlow::Continue(())
    });
    assert!(flow.is_ok());
    (source.header().clone(), chunks)
}

fn open(file: &Path) -> Source {
    source::open(file, 0, &Wanted::anything())
        .unwrap()
        .remove(0)
}

fn assembly(mapping: &aca_sync::mapping::Mapping) -> Assembly<'_> {
    mapping.assembly(Journal::temporary(None).unwrap().hasher())
}

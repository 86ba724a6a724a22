//! What sending costs when the API costs nothing: records from a durable journal to a server on
//! loopback that takes them all, and their outcomes back.
//!
//! `cargo bench --bench sending`

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot be set up fails where it stands"
)]

#[path = "support/drain.rs"]
mod drain;
#[path = "support/engine.rs"]
mod engine;
#[path = "support/export.rs"]
mod export;

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};

use aca_sync::{
    client::{Address, ApiKey, Client, ClientOptions, Rate, StopSignal, WallClock},
    contract::Target,
    engine::{SendOptions, send},
    mapping::Guards,
};
use divan::{Bencher, counter::ItemsCount};

/// The rows of the export; the records are three in a hundred fewer.
const ROWS: u64 = 100_000;

fn main() {
    divan::main();
}

/// A journal's records to the server, by the number of requests under way at a time.
#[divan::bench(args = [1, 4, 8], sample_count = 3, sample_size = 1)]
fn sending(bencher: Bencher<'_, '_>, concurrency: usize) {
    let files = export::folder().unwrap();
    let file = files.path().join("clients.csv");
    export::write(&file, ROWS).unwrap();
    let server = drain::Drain::start().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let options = options(concurrency);
    bencher
        .counter(ItemsCount::new(ROWS))
        .with_inputs(|| {
            let folder = export::folder().unwrap();
            let (journal, run) = engine::stage_into(folder.path(), &file);
            let client = Arc::new(client(folder.path(), &server));
            (folder, journal, run, client)
        })
        .bench_values(|(folder, mut journal, run, client)| {
            let stop = StopSignal::new();
            let mut ignore = |_| ();
            let sending = send(&mut journal, run, client, (&options, &stop), &mut ignore);
            assert_eq!(runtime.block_on(sending).unwrap(), None);
            let (_, records) = server.take_counts();
            assert_eq!(journal.books(run).unwrap().records.succeeded, records);
            (folder, journal)
        });
}

fn client(folder: &Path, server: &drain::Drain) -> Client {
    let options = ClientOptions {
        rate: Rate::parse("1000000/s").unwrap(),
        ..ClientOptions::new(
            Address::parse(&server.url()).unwrap(),
            ApiKey::from_text("cc_benchmark").unwrap(),
            folder.to_owned(),
            clock(),
        )
    };
    Client::new(options).unwrap()
}

fn options(concurrency: usize) -> SendOptions {
    SendOptions {
        target: Target::SyncAca,
        batch_size: 100,
        concurrency,
        limit: None,
        resend_after: Duration::from_secs(60),
        give_up_after: Duration::from_secs(300),
        guards: Guards::default(),
        allowed: Vec::new(),
        clock: clock(),
    }
}

fn clock() -> WallClock {
    #[expect(clippy::disallowed_methods, reason = "the clock that is handed down")]
    Arc::new(SystemTime::now)
}

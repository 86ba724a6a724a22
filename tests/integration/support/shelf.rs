//! A journal in a folder of its own, filled with records that a test spells out.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests are not `in tests` for clippy, and a failed one is a failed test"
)]

use std::{
    fs,
    path::{Path, PathBuf},
};

use aca_sync::{
    journal::{
        Bodies, Entry, Error, Journal, Rejected, RequestResult, RowRef, RunPlan, Settlement,
        SourcePlan, Staging, pack,
    },
    origin::Origin,
    private::Private,
    problem::Code,
    record::{
        Applied, Doubt, Facts, FactsView, Hasher, OptOuts, Outcome, Outgoing, Part, Reason,
        RecordId, RecordKey, RunId,
    },
    row::{Place, Reading, RowChunk},
};
use tempfile::TempDir;

use crate::record::SECRET;

/// 2026-03-15 12:00:00 UTC, in milliseconds since 1970.
pub(crate) const NOON: i64 = 1_773_576_000_000;

pub(crate) const DAY: i64 = 24 * 60 * 60 * 1000;

/// How often records are sent at most in these tests.
pub(crate) const MOST_ATTEMPTS: u32 = 4;

/// A folder with a journal in it.
pub(crate) struct Shelf {
    folder: TempDir,
}

impl Shelf {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("state").join("journal.db")
    }

    pub(crate) fn spool_folder(&self) -> PathBuf {
        self.folder.path().join("state").join("journal.db.spools")
    }

    pub(crate) fn open(&self) -> Journal {
        self.open_at(NOON).unwrap()
    }

    pub(crate) fn open_at(&self, now: i64) -> Result<Journal, Error> {
        Journal::open(&self.path(), "sync since noon", now)
    }

    pub(crate) fn reader(&self) -> Journal {
        Journal::open_to_read(&self.path()).unwrap()
    }

    /// The database itself, past everything that the journal watches over.
    pub(crate) fn raw(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.path()).unwrap()
    }

    /// The names of the spool files, in order.
    pub(crate) fn spools(&self) -> Vec<String> {
        let entries = fs::read_dir(self.spool_folder()).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// The states of a run's records by number, as the database has them.
    pub(crate) fn states(&self, run: RunId) -> Vec<String> {
        let raw = self.raw();
        let mut statement = raw
            .prepare("SELECT state FROM record_states WHERE run = ?1 ORDER BY number")
            .unwrap();
        let states = statement.query_map([run.0], |row| row.get(0)).unwrap();
        states.map(Result::unwrap).collect()
    }

    /// How many rows a table has.
    pub(crate) fn count(&self, table: &str) -> i64 {
        self.raw()
            .query_row(&format!("SELECT count(*) FROM {table}"), [], |row| {
                row.get(0)
            })
            .unwrap()
    }

    /// What a power cut would leave: the files as they are now, without the lock of a living process.
    pub(crate) fn after_a_crash(&self) -> Self {
        let copy = Self::new();
        copy_folder(self.folder.path(), copy.folder.path());
        copy
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

/// A record to be staged, from one row.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    pub(crate) key: u8,
    pub(crate) body: String,
    pub(crate) harmless: bool,
    pub(crate) hazard: Option<Code>,
    pub(crate) part: u32,
    /// The number of the part before it.
    pub(crate) previous: Option<u32>,
    /// What is remembered of it.
    pub(crate) facts: FactsView,
}

/// A customer's harmless record with that body.
pub(crate) fn given(key: u8, body: &str) -> Given {
    Given {
        key,
        body: body.to_owned(),
        harmless: true,
        hazard: None,
        part: 1,
        previous: None,
        facts: FactsView::default(),
    }
}

/// Customers `0..count`, each with a body of its own.
pub(crate) fn customers(count: u8) -> Vec<Given> {
    (0..count)
        .map(|key| given(key, &format!("{{\"externalId\":\"{key}\"}}")))
        .collect()
}

pub(crate) fn key(of: u8) -> RecordKey {
    RecordKey::from_bytes([of; 16])
}

pub(crate) fn id(run: RunId, number: u32) -> RecordId {
    RecordId { run, number }
}

pub(crate) fn plan() -> RunPlan {
    RunPlan {
        identity: [1; 32],
        account: "main".to_owned(),
        target: "sync-aca",
        address: "https://api.example.com".to_owned(),
        mapping: "clients".to_owned(),
        mapping_digest: [2; 32],
        command: "sync export.csv".to_owned(),
        full: false,
        refresh: None,
        program: "0.0.0",
        sources: vec![source("export.csv")],
    }
}

/// The plan of a run that sends unchanged records again.
pub(crate) fn full_plan() -> RunPlan {
    RunPlan {
        full: true,
        ..plan()
    }
}

pub(crate) fn source(path: &str) -> SourcePlan {
    SourcePlan {
        origin: Origin::of_file(Path::new(path)),
        read_as: "comma-separated text, UTF-8".to_owned(),
        header_row: 1,
        sha256: [3; 32],
        size: 1000,
        modified: NOON / 1000,
        header: vec!["first_name".to_owned(), "phone".to_owned()],
    }
}

/// Stages these records and ends staging.
pub(crate) fn stage(journal: &mut Journal, records: &[Given]) -> RunId {
    stage_as(journal, &plan(), records)
}

pub(crate) fn stage_as(journal: &mut Journal, plan: &RunPlan, records: &[Given]) -> RunId {
    let mut staging = journal.stage(plan, NOON).unwrap();
    put(&mut staging, 0, records);
    staging
        .finish(
            &|known| records.iter().any(|given| key(given.key) == *known),
            5,
        )
        .unwrap()
}

/// Stages a block of rows with a record each, numbered from `first` on.
pub(crate) fn put(staging: &mut Staging<'_>, first: u32, records: &[Given]) -> u32 {
    let (mut rows, mut bodies) = (RowChunk::new(0), Bodies::default());
    for (number, given) in (first..).zip(records) {
        let place = place_of(number);
        rows.push(place, Reading::Cells, ["Ana", given.body.as_str()]);
        bodies.bytes.extend_from_slice(given.body.as_bytes());
        bodies.close(given.body.len());
    }
    let last = first + u32::try_from(records.len()).unwrap();
    let block = staging
        .block(0, Some((first + 2, last + 1)), &pack(&rows, &bodies))
        .unwrap();
    for (index, given) in (0..).zip(records) {
        staging.count_row();
        staging
            .record(&entry(first + index, given, RowRef { block, index }), None)
            .unwrap();
    }
    block
}

fn entry(number: u32, given: &Given, body: RowRef) -> Entry {
    Entry {
        number,
        key: key(given.key),
        part: Part {
            fingerprint: Hasher::new(&SECRET).fingerprint(given.body.as_bytes()),
            length: given.body.len(),
            harmless: given.harmless,
            hazard: given.hazard,
            facts: Facts::of(&given.facts),
            customer: None,
        },
        part_number: given.part,
        previous: given.previous,
        source: 0,
        row: place_of(number).number,
        rows: 1,
        body,
    }
}

/// The header is row 1.
pub(crate) fn place_of(number: u32) -> Place {
    Place {
        number: number + 2,
        line: number + 2,
    }
}

/// A row that cannot be used, of nobody that is known.
pub(crate) fn rejected(place: Place) -> Rejected {
    let mut subject = [0; 16];
    subject[..4].copy_from_slice(&place.number.to_le_bytes());
    Rejected {
        source: 0,
        place,
        key: None,
        subject: RecordKey::from_bytes(subject),
        opt_outs: OptOuts::default(),
    }
}

/// The pending records of a run that may be sent now.
pub(crate) fn pending(journal: &Journal, run: RunId) -> Vec<Outgoing> {
    let mut bodies = journal.pending(run).unwrap();
    let mut next = |opts_out| {
        journal
            .next_pending(&mut bodies, (0, opts_out), 1000)
            .unwrap()
    };
    let mut pending = next(true);
    pending.extend(next(false));
    pending
}

pub(crate) fn pending_numbers(journal: &Journal, run: RunId) -> Vec<u32> {
    pending(journal, run)
        .iter()
        .map(|outgoing| outgoing.id.number)
        .collect()
}

pub(crate) fn claim(journal: &mut Journal, ids: &[RecordId]) -> i64 {
    let mut step = journal.step().unwrap();
    let request = step.claim(ids, false, NOON).unwrap();
    step.commit().unwrap();
    request
}

pub(crate) fn settlement(
    request: i64,
    result: RequestResult,
    records: Vec<(RecordId, Option<Outcome>)>,
) -> Settlement {
    Settlement {
        request,
        records,
        status: Some(200),
        result,
        tries: 1,
        throttled: 0,
        at: NOON + 1000,
    }
}

/// Sends these records, and each of them ends in this way.
pub(crate) fn send(
    journal: &mut Journal,
    ids: &[RecordId],
    result: RequestResult,
    outcome: Option<&Outcome>,
) {
    let request = claim(journal, ids);
    let records = ids.iter().map(|id| (*id, outcome.cloned())).collect();
    let mut step = journal.step().unwrap();
    step.settle(&settlement(request, result, records)).unwrap();
    step.commit().unwrap();
}

pub(crate) const SUCCEEDED: Outcome = Outcome::Succeeded(Applied {
    customer_id: None,
    policies: Vec::new(),
    effects: None,
});

/// A success whose answer names the customer.
pub(crate) fn succeeded_as(customer_id: &str) -> Outcome {
    Outcome::Succeeded(Applied {
        customer_id: Some(customer_id.to_owned()),
        policies: Vec::new(),
        effects: None,
    })
}

pub(crate) const TIMED_OUT: Outcome = Outcome::InDoubt(Doubt::Timeout);

pub(crate) fn failed(message: &str) -> Outcome {
    Outcome::Failed(Reason {
        code: "api.error".to_owned(),
        message: Private::new(message.to_owned()),
    })
}

/// Sends everything that is pending, with success, and ends the run.
pub(crate) fn succeed_all(journal: &mut Journal, run: RunId, now: i64) {
    let ids: Vec<_> = pending(journal, run).iter().map(|out| out.id).collect();
    if !ids.is_empty() {
        send(journal, &ids, RequestResult::Settled, Some(&SUCCEEDED));
    }
    assert!(journal.finish_if_done(run, MOST_ATTEMPTS, now).unwrap());
}

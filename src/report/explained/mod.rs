//! One row or one customer from its cells to the API's words, over all runs that are known.

mod json;
mod text;

use chrono::{DateTime, Local, NaiveDate};

use super::Cells;
use crate::{
    contract::Target,
    header::Header,
    journal::{Error, Journal, RecordFate, RejectedFate, Run},
    mapping::{Mapping, Trace},
    origin::Origin,
    private::Private,
    record::{RecordKey, RunId, body_of},
    row::{Reading, RowChunk},
};

/// What is known of one row, or of one customer.
#[derive(Debug)]
pub struct Explained {
    rows: Vec<RowStory>,
    /// Each run that knows the customer, the newest first.
    runs: Vec<RunStory>,
    cells: Cells,
}

/// One row: its cells, how they are read, what became of them.
#[derive(Debug)]
struct RowStory {
    run: RunId,
    file: String,
    row: u32,
    end: RowOutcome,
    header: Vec<String>,
    /// The row alone; none where its cells are not kept any more.
    kept: Option<RowChunk>,
    steps: Steps,
}

/// What became of a row.
#[derive(Debug)]
enum RowOutcome {
    Rejected(RejectedFate),
    /// Its record, or records, are told with the run.
    Staged,
    Skipped,
    /// Nothing is kept that would tell: it was passed over, or is not there at all.
    Unknown,
}

/// How the cells are read.
#[derive(Debug)]
enum Steps {
    /// No mapping was named.
    NotAsked,
    /// The mapping does not fit the file's header any more.
    Unfit,
    /// The row cannot be read into its cells.
    Unreadable,
    /// What the mapping makes of it.
    Known {
        trace: Trace,
        /// True where the mapping means what it meant when the run was staged.
        is_same: bool,
    },
}

/// What one run knows of a customer.
#[derive(Debug)]
struct RunStory {
    run: RunId,
    started_at: i64,
    sources: Vec<String>,
    records: Vec<(RecordFate, Option<Private<Vec<u8>>>)>,
    rejected: Vec<RejectedFate>,
}

/// What is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The run that was named.
    pub run: Option<RunId>,
    /// By which the steps are shown.
    pub mapping: Option<&'a Mapping>,
    /// Whether people see what cells say.
    pub cells: Cells,
}

/// How many rows of a customer are told with their cells.
const MOST_ROWS: usize = 10;

/// What is known of a row of a run; nothing where no run knows it.
///
/// # Errors
///
/// When the journal cannot be read.
pub fn explain_row(
    journal: &Journal,
    run: &Run,
    spot: (u32, u32),
    asked: Asked<'_>,
) -> Result<Option<Explained>, Error> {
    let story = row_story(journal, run, spot, asked.mapping)?;
    let mut keys = journal.keys_of_row(run.id, spot)?;
    if let RowOutcome::Rejected(rejected) = &story.end {
        keys.extend(rejected.subject);
    }
    if matches!(story.end, RowOutcome::Unknown) && story.kept.is_none() {
        return Ok(None);
    }
    let runs = run_stories(journal, &keys, asked.run)?;
    Ok(Some(Explained {
        rows: vec![story],
        runs,
        cells: asked.cells,
    }))
}

/// What is known of a customer, by the keys that may be theirs; nothing where no run knows any.
///
/// # Errors
///
/// When the journal cannot be read.
pub fn explain_customer(
    journal: &Journal,
    keys: &[RecordKey],
    asked: Asked<'_>,
) -> Result<Option<Explained>, Error> {
    let runs = run_stories(journal, keys, asked.run)?;
    let Some(newest) = runs.first() else {
        return Ok(None);
    };
    let run = journal.run(Some(newest.run))?;
    let records = newest.records.iter().flat_map(|(record, _)| &record.rows);
    let rejected = newest.rejected.iter().map(|rejected| &rejected.spot);
    let mut spots: Vec<(u32, u32)> = records.chain(rejected).copied().collect();
    spots.sort_unstable();
    spots.dedup();
    spots.truncate(MOST_ROWS);
    let rows = spots
        .into_iter()
        .map(|spot| row_story(journal, &run, spot, asked.mapping));
    Ok(Some(Explained {
        rows: rows.collect::<Result<_, _>>()?,
        runs,
        cells: asked.cells,
    }))
}

/// The sources of a run that could hold a row of that number.
///
/// # Errors
///
/// When the journal cannot be read.
pub fn sources_with_row(journal: &Journal, run: &Run, row: u32) -> Result<Vec<u32>, Error> {
    let mut found = Vec::new();
    for source in (0_u32..).take(run.sources.len()) {
        let spot = (source, row);
        let is_known = journal.kept_row(run.id, spot)?.is_some()
            || !journal.keys_of_row(run.id, spot)?.is_empty()
            || journal.rejected_row(run.id, spot)?.is_some();
        if is_known {
            found.push(source);
        }
    }
    Ok(found)
}

fn run_stories(
    journal: &Journal,
    keys: &[RecordKey],
    only: Option<RunId>,
) -> Result<Vec<RunStory>, Error> {
    let (mut records, mut rejected) = (Vec::new(), Vec::new());
    for key in keys {
        records.extend(journal.records_of(key, only)?);
        rejected.extend(journal.rejected_of(key, only)?);
    }
    let of_records = records.iter().map(|record| record.id.run);
    let mut runs: Vec<RunId> = of_records.chain(rejected.iter().map(|it| it.run)).collect();
    runs.sort_unstable_by_key(|run| std::cmp::Reverse(run.0));
    runs.dedup();
    let stories = runs.into_iter().map(|id| {
        let run = journal.run(Some(id))?;
        let of_run = records.iter().filter(|record| record.id.run == id);
        let contract = Target::from_name(&run.target).map(Target::contract);
        // The ids in front of some bodies are told by their requests.
        let json = |body: Private<Vec<u8>>| {
            let bytes = body.expose();
            let json = contract.map_or(bytes.as_slice(), |contract| body_of(contract, bytes));
            Private::new(json.to_vec())
        };
        let with_bodies =
            of_run.map(|record| Ok((record.clone(), journal.kept_body(record.id)?.map(json))));
        let of_run = rejected.iter().filter(|it| it.run == id);
        Ok(RunStory {
            run: id,
            started_at: run.started_at,
            sources: run.sources.iter().map(Origin::short).collect(),
            records: with_bodies.collect::<Result<_, Error>>()?,
            rejected: of_run.cloned().collect(),
        })
    });
    stories.collect()
}

fn row_story(
    journal: &Journal,
    run: &Run,
    spot: (u32, u32),
    mapping: Option<&Mapping>,
) -> Result<RowStory, Error> {
    let (source, row) = spot;
    let (header, _) = journal.columns_of(run.id)?;
    let kept = journal.kept_row(run.id, spot)?;
    let end = if let Some(rejected) = journal.rejected_row(run.id, spot)? {
        RowOutcome::Rejected(rejected)
    } else if !journal.keys_of_row(run.id, spot)?.is_empty() {
        RowOutcome::Staged
    } else if kept.is_some() {
        RowOutcome::Skipped
    } else {
        RowOutcome::Unknown
    };
    let steps = match (mapping, &kept) {
        (Some(mapping), Some(chunk)) => {
            let meant = journal.evidence(run.id)?.mapping_digest;
            steps((mapping, &header), chunk, (day_of(run.started_at), &meant))
        }
        _ => Steps::NotAsked,
    };
    let file = run.sources.get(source as usize).map(Origin::short);
    Ok(RowStory {
        run: run.id,
        file: file.unwrap_or_default(),
        row,
        end,
        header,
        kept,
        steps,
    })
}

fn steps(
    (mapping, header): (&Mapping, &[String]),
    chunk: &RowChunk,
    (today, meant): (NaiveDate, &[u8]),
) -> Steps {
    let Some(row) = chunk.row(0) else {
        return Steps::Unreadable;
    };
    if row.reading() != Reading::Cells {
        return Steps::Unreadable;
    }
    match mapping.bind(&Header::new(header)) {
        Err(_) => Steps::Unfit,
        Ok(bound) => Steps::Known {
            trace: bound.trace(row, today),
            is_same: mapping.digest() == meant,
        },
    }
}

/// The day on which a run was started, here.
fn day_of(started_at: i64) -> NaiveDate {
    let time = DateTime::from_timestamp_millis(started_at).unwrap_or_default();
    time.with_timezone(&Local).date_naive()
}

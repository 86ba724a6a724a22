//! The reading pass: sources to mapping to journal, in chunks that keep their order.
//!
//! One thread reads, as many as there are processors map, and the caller's writes. Chunks wait for
//! their turn in a short queue, so memory does not grow with the file.

use std::{num::NonZeroUsize, ops::ControlFlow, thread, time::Instant};

use chrono::NaiveDate;
use crossbeam_channel::{Receiver, Sender, bounded};

use super::{
    Allowance, Error, Event, GuardReport, GuardStop, Inputs, Pace,
    export_age::Now,
    gather::Gatherer,
    judge::{self, Checked},
    lookup::Lookup,
    map_rows::{MappedChunk, RowMapper},
    shared_ids::IdReader,
    told::Told,
};
use crate::{
    client::StopSignal,
    inbox::MissingParts,
    journal::{Fill, ForLater, Forecast, Journal, Outlook, PastRun, RowBooks, RunPlan},
    mapping::{Seen, Watch},
    problem::Code,
    record::{RecordKey, RunId},
    row::RowChunk,
    source::{self, Source},
};

/// How to stage.
#[derive(Debug, Clone)]
pub struct StageOptions {
    /// The day it is where the file's people live; births are not after it.
    pub today: NaiveDate,
    /// The wall clock, in milliseconds since 1970.
    pub now: i64,
    /// How far the clock on the wall is ahead of UTC, in seconds: names of files tell its time.
    pub ahead: i64,
    /// Guards that are let pass.
    pub allowed: Vec<Allowance>,
    /// Exports of which parts are not among the files.
    pub missing_parts: Vec<MissingParts>,
    /// What sending would cost.
    pub pace: Pace,
}

/// A run that is staged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staged {
    /// The run.
    pub run: RunId,
    /// What the guards said. Only in a journal that is thrown away one of them may have stopped it.
    pub guards: Vec<GuardReport>,
}

/// A chunk on its way from the reader through a mapper to the writer.
struct Ticket {
    chunk: RowChunk,
    mapped: Sender<MappedChunk>,
}

/// What the reader tells the writer, in the file's order.
enum Turn {
    Chunk {
        mapped: Receiver<MappedChunk>,
        bytes: u64,
    },
    Failed(source::Error),
}

/// Reads all rows and stages the records that they become. Nothing of it counts before all of it is
/// there. Guards stop what could be sent; of a journal that is thrown away they only tell.
///
/// # Errors
///
/// When a file cannot be read to its end, a guard stops the run, a stop is asked for, or the journal
/// fails; then nothing is staged.
pub fn stage(
    journal: &mut Journal,
    (inputs, plan): (&mut Inputs, &RunPlan),
    options: &StageOptions,
    stop: &StopSignal,
    observe: &mut dyn FnMut(Event),
) -> Result<Staged, Error> {
    let staged = try_to_stage(journal, (inputs, plan), options, stop, observe);
    if staged.is_err() {
        // Why it failed is what has to be told; what is left here now, the next opening sweeps.
        let _ = journal.abandon_staging();
    }
    staged
}

fn try_to_stage(
    journal: &mut Journal,
    (inputs, plan): (&mut Inputs, &RunPlan),
    options: &StageOptions,
    stop: &StopSignal,
    observe: &mut dyn FnMut(Event),
) -> Result<Staged, Error> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the engine holds the clock; this one measures the run"
    )]
    let started = Instant::now();
    let last_whole = journal.last_whole_run(plan)?;
    let last_sent = journal.last_sent_run(plan)?;
    let hasher = journal.hasher();
    let lookup = Lookup::of(journal, (&inputs.mapping, plan))?;
    let (is_kept, keeps_bodies) = (journal.is_kept(), journal.keeps_bodies());
    let mut staging = journal.stage(plan, options.now)?;
    let skips = skip_reasons(inputs);
    let ids = IdReader::of(&inputs.mapping);
    let contract = inputs.mapping.target().contract();
    let suppression = inputs.suppression.as_ref();
    let mapper = RowMapper {
        mapping: &inputs.bound,
        watch: &inputs.watch,
        key_fields: inputs.mapping.key_fields(),
        skips: &skips,
        ids: &ids,
        lookup: &lookup,
        suppressing: suppression.and_then(|list| list.on(contract)),
        assembly: inputs.mapping.assembly(hasher),
        today: options.today,
        told: Told::of(&inputs.header()),
        keeps_bodies,
        allows_rejected_rows: inputs.mapping.allows(Code::RecordRowRejected),
    };
    let mut gatherer = Gatherer::new(&mut staging, mapper.clone());
    let mut seen = Seen::default();
    read_and_map(&mut inputs.sources, &mapper, stop, &mut |chunk, event| {
        seen.add(&chunk.seen);
        gatherer.take(chunk)?;
        observe(event);
        Ok(())
    })?;
    let carried = gatherer.finish()?;
    inputs.expect_unchanged()?;
    let outlook = Outlook {
        own_npns: inputs.mapping.own_npns(),
        today: options.today,
    };
    let is_child = inputs.watch.is_child();
    let outdated = staging.hold_outdated(is_child)?;
    let forecast = staging.look_ahead(outlook)?;
    if let Some(last) = last_whole.as_ref().filter(|_| !is_child) {
        staging.list_vanished(last, &|key| carried.names(key))?;
    }
    let past = (last_whole.as_ref(), last_sent.as_ref());
    let staged = (staging.rows(), &seen, forecast);
    let guards = judge((inputs, plan), options, staged, past);
    if let Some(stop) = GuardStop::of(&guards).filter(|_| is_kept) {
        return Err(stop.into());
    }
    staging.note_for_later(&for_later(&inputs.watch, &seen))?;
    let took = i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX);
    // Nothing newer makes way for what is held because of it.
    let makes_way = |key: &RecordKey| carried.holds(key) && !outdated.contains(key);
    let run = staging.finish(&makes_way, took)?;
    Ok(Staged { run, guards })
}

/// Why rows are left out, by the mapping's skips.
fn skip_reasons(inputs: &Inputs) -> Vec<String> {
    let skips = inputs.mapping.skips().iter();
    skips.map(|skip| skip.because.clone()).collect()
}

/// What the guards say of a file of which all rows were seen.
fn judge(
    (inputs, plan): (&Inputs, &RunPlan),
    options: &StageOptions,
    (rows, seen, forecast): (RowBooks, &Seen, Forecast),
    (last_whole, last_sent): (Option<&PastRun>, Option<&PastRun>),
) -> Vec<GuardReport> {
    let checked = Checked {
        mapping: &inputs.mapping,
        watch: &inputs.watch,
        rows,
        seen,
        header: &inputs.header(),
        times: inputs.export_times(seen.newest(), options.today),
        missing_parts: &options.missing_parts,
        last_whole,
        last_sent,
        now: Now::of(options),
        forecast,
        reader: (plan.mapping_digest, plan.program),
        is_full: plan.full,
        pace: options.pace.of(inputs.mapping.target()),
    };
    judge::before_sending(&checked, &options.allowed)
}

/// What the guards of later runs will want to know.
fn for_later(watch: &Watch, seen: &Seen) -> ForLater {
    let fills = watch.filled(seen).into_iter();
    ForLater {
        child_of: watch.is_child().then(|| seen.parent().unwrap_or_default()),
        newest: seen.newest(),
        fills: fills
            .map(|filled| Fill {
                columns: filled.columns,
                filled: filled.filled,
                rows: filled.rows,
            })
            .collect(),
    }
}

/// Runs reader and mappers, and hands their chunks to `take` in the file's order.
fn read_and_map(
    sources: &mut [Source],
    mapper: &RowMapper<'_>,
    stop: &StopSignal,
    take: &mut dyn FnMut(MappedChunk, Event) -> Result<(), Error>,
) -> Result<(), Error> {
    let mappers = thread::available_parallelism()
        .map_or(1, NonZeroUsize::get)
        .min(8);
    let of = sources.iter().map(Source::size).sum();
    let (to_mappers, tickets) = bounded::<Ticket>(mappers);
    let (to_writer, turns) = bounded::<Turn>(2 * mappers);
    thread::scope(|scope| {
        scope.spawn(|| read(sources, stop, (to_mappers, to_writer)));
        for _ in 0..mappers {
            let tickets = tickets.clone();
            scope.spawn(move || {
                for ticket in tickets {
                    // The writer has given up when nobody takes the chunk; the reader ends soon after.
                    let _ = ticket.mapped.send(mapper.map_chunk(&ticket.chunk));
                }
            });
        }
        drop(tickets);
        // Owned here, so that an early return closes the queue and the other threads end.
        write(turns, (of, stop), take)
    })
}

fn write(
    turns: Receiver<Turn>,
    (of, stop): (u64, &StopSignal),
    take: &mut dyn FnMut(MappedChunk, Event) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut rows = 0;
    for turn in turns {
        if stop.is_requested() {
            return Err(Error::Stopped);
        }
        match turn {
            Turn::Failed(error) => return Err(error.into()),
            Turn::Chunk { mapped, bytes } => {
                let chunk = mapped
                    .recv()
                    .map_err(|_| Error::Broken("a mapper ended early"))?;
                rows += chunk.rows.len() as u64;
                take(chunk, Event::Reading { bytes, of, rows })?;
            }
        }
    }
    if stop.is_requested() {
        Err(Error::Stopped)
    } else {
        Ok(())
    }
}

fn read(
    sources: &mut [Source],
    stop: &StopSignal,
    (to_mappers, to_writer): (Sender<Ticket>, Sender<Turn>),
) {
    let mut bytes_before = 0;
    for source in sources {
        let read = source.read_rows(&mut |chunk, bytes| {
            let bytes = bytes_before + bytes;
            let (sender, mapped) = bounded(1);
            let ticket = Ticket {
                chunk,
                mapped: sender,
            };
            let is_heard = to_writer.send(Turn::Chunk { mapped, bytes }).is_ok()
                && to_mappers.send(ticket).is_ok();
            if is_heard && !stop.is_requested() {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        });
        match read {
            Ok(ControlFlow::Continue(())) => bytes_before += source.size(),
            // Nobody listens any more.
            Ok(ControlFlow::Break(())) => return,
            Err(error) => {
                let _ = to_writer.send(Turn::Failed(error));
                return;
            }
        }
    }
}

//! The reading pass: sources to mapping to journal, in chunks that keep their order.
//!
//! One thread reads, as many as there are processors map, and the caller's writes. Chunks wait for
//! their turn in a short queue, so memory does not grow with the file.

use std::{num::NonZeroUsize, ops::ControlFlow, thread, time::Instant};

use chrono::NaiveDate;
use crossbeam_channel::{Receiver, Sender, bounded};

use super::{
    Checked, Error, Event, Guard, Inputs,
    gather::Gatherer,
    guard,
    map_rows::{MappedChunk, RowMapper},
};
use crate::{
    client::StopSignal,
    inbox::MissingParts,
    journal::{Journal, RunPlan},
    problem::Code,
    record::{Assembly, RunId},
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
    /// Guards that are let pass.
    pub allowed: Vec<Guard>,
    /// Exports of which parts are not among the files.
    pub missing_parts: Vec<MissingParts>,
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
/// there.
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
) -> Result<RunId, Error> {
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
) -> Result<RunId, Error> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the engine holds the clock; this one measures the run"
    )]
    let started = Instant::now();
    let rows_of_last = journal.rows_of_last_run(&plan.mapping, &plan.account, plan.target)?;
    let hasher = journal.hasher();
    let keeps_bodies = journal.is_kept();
    let mut staging = journal.stage(plan, options.now)?;
    let skips: Vec<String> = inputs
        .mapping
        .skips()
        .iter()
        .map(|skip| skip.because.clone())
        .collect();
    let mapper = RowMapper {
        mapping: &inputs.bound,
        key_fields: inputs.mapping.key_fields(),
        skips: &skips,
        assembly: Assembly {
            contract: inputs.mapping.target().contract(),
            custom_keys: inputs.mapping.custom_field_keys(),
            hasher,
            allows_policies_without_id: inputs.mapping.allows(Code::PolicyWithoutId),
        },
        today: options.today,
        keeps_bodies,
        allows_rejected_rows: inputs.mapping.allows(Code::RecordRowRejected),
    };
    let mut gatherer = Gatherer::new(&mut staging, mapper.clone());
    read_and_map(&mut inputs.sources, &mapper, stop, &mut |chunk, event| {
        gatherer.take(chunk)?;
        observe(event);
        Ok(())
    })?;
    let carried = gatherer.finish()?;
    inputs.expect_unchanged()?;
    let checked = Checked {
        rows: staging.rows(),
        rows_of_last,
        age: u64::try_from(options.now / 1000 - inputs.modified()).unwrap_or_default(),
        missing_parts: &options.missing_parts,
    };
    if let Some(stopped) =
        guard::stop_before_sending(inputs.mapping.guards(), &checked, &options.allowed)
    {
        return Err(stopped.into());
    }
    let took = i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX);
    Ok(staging.finish(&|key| carried.holds(key), took)?)
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

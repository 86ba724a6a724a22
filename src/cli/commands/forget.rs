//! `forget`: one person leaves the journal.

use serde_json::json;

use crate::{
    cli::{
        actor::Actor, console::Console, exit::Exit, failure::Failure, settings::Settings,
        upkeep_args::ForgetArgs,
    },
    contract::Target,
    journal::{Journal, Traces},
    record::{Hasher, RecordKey},
    report::{self, counted},
};

use super::sync::open_journal;

/// Runs the command.
pub(in crate::cli) fn run(
    args: &ForgetArgs,
    settings: &Settings,
    console: Console,
) -> Result<Exit, Failure> {
    let sandbox = args.place.sandbox;
    let journal = Journal::open_to_read(&settings.journal_path(sandbox))?;
    let keys = keys_of(&journal.hasher(), args.key.trim());
    let traces = journal.traces(&keys)?;
    drop(journal);
    if traces.is_empty() {
        return Err(Failure::new(
            Exit::Usage,
            "the journal has nobody of that id\n\nhint: give the id as the column holds it that the mapping's key reads; without one, a person is known by name, birth and phone together, and only `purge` removes them",
        ));
    }
    if !args.dry_run {
        let mut journal = open_journal("forget", sandbox, settings)?;
        // Whatever happened since counts.
        let traces = journal.traces(&keys)?;
        // The id is not put on record: that would be remembering it.
        let details = what_goes(&traces);
        let actor = Actor::here();
        let entry = actor.did("forget", None, &details);
        journal.forget(&traces, &entry, settings.now())?;
    }
    tell(&traces, args.dry_run, console);
    Ok(Exit::Done)
}

/// The keys under which a person of that id may be known: by each field by which the API matches customers.
pub(super) fn keys_of(hasher: &Hasher, id: &str) -> Vec<RecordKey> {
    let contracts = Target::ALL.iter().map(|target| target.contract());
    let names = contracts.flat_map(|contract| contract.matching.customer);
    let mut keys: Vec<RecordKey> = names.map(|name| hasher.identified(name, id)).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

fn what_goes(traces: &Traces) -> String {
    format!(
        "1 person: {}, {}",
        counted(traces.records.len() as u64, "record"),
        counted(traces.rejected_rows, "rejected row")
    )
}

fn tell(traces: &Traces, is_rehearsal: bool, console: Console) {
    if console.json {
        let members = json!({
            "dry_run": is_rehearsal, "records": traces.records.len(), "rejected_rows": traces.rejected_rows, "known": traces.is_known,
        });
        Console::object(&report::object(Exit::Done.code(), members));
    } else if !console.quiet {
        let what = what_goes(traces);
        Console::result(&if is_rehearsal {
            format!("would forget {what}")
        } else {
            format!(
                "forgot {what}; the cells of the runs that held them are gone as a whole\nthe next file that holds them brings them back, and the API was not asked anything"
            )
        });
    }
}

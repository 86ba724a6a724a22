//! `--show-values`: people's data on the terminal, once it is on record who asked for it.

use crate::{
    cli::{actor::Actor, exit::Exit, failure::Failure, settings::Settings},
    journal::{self, Journal},
    record::RunId,
};

/// Writes into the journal who is about to see values, before anything is shown. Where that cannot be
/// written, nothing is shown.
pub(super) fn put_look_on_record(
    (verb, run, about): (&str, Option<RunId>, &str),
    sandbox: bool,
    settings: &Settings,
) -> Result<(), Failure> {
    let details = format!("--show-values: {about}");
    put_on_record((verb, run, &details), sandbox, settings).map_err(|error| match error {
        journal::Error::Locked { .. } => Failure::new(
            Exit::TryLater,
            format!(
                "values are shown only once the journal has recorded who looked, and it is in use: {error}\n\
                 hint: without --show-values the shapes of the values are shown"
            ),
        ),
        error => error.into(),
    })
}

/// Writes into the journal who is about to read what, and works on nothing else in it.
pub(super) fn put_on_record(
    (verb, run, details): (&str, Option<RunId>, &str),
    sandbox: bool,
    settings: &Settings,
) -> Result<(), journal::Error> {
    let actor = Actor::here();
    let entry = actor.did(verb, run, details);
    let holder = format!("`aca-sync {verb}`");
    let path = settings.journal_path(sandbox);
    Journal::record_look(&path, &entry, &holder, settings.now())
}

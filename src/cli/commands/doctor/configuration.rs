//! What a run is told by flags and environment: address, rate, key, and the ledger of that key.

use std::path::PathBuf;

use super::Check;
use crate::{
    cli::{
        args::Global, ended::LONGEST_WAIT, failure::Failure, notify_args::NotifyArgs,
        sandbox_host::Host, settings::Settings,
    },
    client::{Address, ApiKey, LedgerLook, Rate},
    config::{Layer, NotifyLayer},
    report::duration,
};

/// Judges the flags that can be judged by themselves, over what the configuration says, and takes away what cannot
/// be used, so that the other questions can be asked.
pub(super) fn mend(global: &mut Global, layer: &Layer, sandbox: bool) -> Vec<Check> {
    let typed = global.base_url.as_deref().map(Address::parse).transpose();
    let address = match typed.map(|typed| typed.or_else(|| layer.base_url.clone())) {
        Ok(_) if sandbox => Check::ok("address", "the sandbox in the process itself"),
        Ok(None) => Check::ok("address", Settings::API_ADDRESS),
        Ok(Some(address)) if address.is_encrypted() => Check::ok("address", address.to_string()),
        Ok(Some(address)) => Check::ok("address", format!("{address}, on this machine")),
        Err(error) => {
            global.base_url = None;
            Check::of_failure("address", error)
        }
    };
    let typed = global.rate.as_deref().map(Rate::parse).transpose();
    let rate = match typed {
        Ok(typed) => Check::ok("rate", typed.or(layer.rate).unwrap_or_default().to_string()),
        Err(error) => {
            global.rate = None;
            Check::of_failure("rate", error)
        }
    };
    vec![address, rate]
}

/// Who is told how a command ends, by host; nothing where nobody is. Nobody is told of the question.
pub(super) fn notify(args: &NotifyArgs, layer: &NotifyLayer) -> Option<Check> {
    match args.options(layer) {
        Ok(options) if options.is_empty() => None,
        Ok(options) => {
            let finding = format!("told how a command ends: {}", options.hosts().join(", "));
            Some(Check::ok("notify", finding))
        }
        Err(error) => Some(Check::of_failure("notify", error)),
    }
}

/// Where the state folder is, and what is taken from the environment, by name: a job does not have what a
/// shell's profile sets, and a job with another state folder has another journal.
pub(super) fn environment(settings: &Settings, layer: &Layer) -> Check {
    let folder = &settings.state_folder;
    let mut finding = format!("the state folder is {}", folder.display());
    let names = Settings::set_in_environment();
    if !names.is_empty() {
        finding = format!("{finding}; set here: {}", names.join(", "));
    }
    let one = "have the job name one with --state-folder, by a path that begins with /";
    // A configuration that names a place names it to every job that reads it.
    let is_named = layer.state_folder.is_some() || layer.journal.is_some();
    let other = other_journal(settings).filter(|_| !is_named);
    if let Some(other) = other {
        let other = other.display();
        let finding =
            format!("{finding}; a job that knows HOME alone works on another journal, {other}");
        return Check::warn("environment", finding, one);
    }
    if Settings::has_relative_state_home() {
        let finding = format!("{finding}; XDG_STATE_HOME is no absolute path and is passed over");
        return Check::warn("environment", finding, one);
    }
    if folder.is_relative() {
        let finding = format!("{finding}, wherever a job starts");
        return Check::warn("environment", finding, one);
    }
    let check = Check::ok("environment", finding);
    if names.is_empty() {
        return check;
    }
    check.advising("a job of cron knows HOME, and none of these unless its own line sets them")
}

/// The journal in the state folder that a job has which knows nothing but HOME, where that is another one.
fn other_journal(settings: &Settings) -> Option<PathBuf> {
    let folder = Settings::home_state_folder().filter(|folder| *folder != settings.state_folder)?;
    let journal = folder.join("journal.db");
    (settings.journal.is_none() && journal.exists()).then_some(journal)
}

/// The key, and the ledger of its requests with the latest time in it, in milliseconds since 1970.
pub(super) fn key_and_ledger(settings: &Settings, sandbox: bool) -> (Vec<Check>, Option<i64>) {
    let key = if sandbox {
        Host::key()
    } else {
        settings.api_key()
    };
    let mut checks = vec![of_key(&key, sandbox)];
    let mut latest = None;
    if let Ok(key) = key {
        match LedgerLook::of(&settings.state_folder, &key, (settings.clock)()) {
            Ok(look) => {
                if let LedgerLook::Sound { latest: seen, .. } = look {
                    latest = Some(seen);
                }
                checks.push(of_ledger(look));
            }
            Err(error) => checks.push(Check::of_failure("ledger", error)),
        }
    }
    (checks, latest)
}

fn of_key(key: &Result<ApiKey, Failure>, sandbox: bool) -> Check {
    match key {
        Ok(_) if sandbox => Check::ok("key", "the sandbox needs none"),
        Ok(key) if key.is_exposed() => Check::warn(
            "key",
            "it has the right shape, and others than you may read its file",
            "chmod 600 mends that",
        ),
        Ok(_) => Check::ok("key", "it has the right shape"),
        Err(failure) => Check::of_failure("key", Failure::new(failure.exit, &*failure.message)),
    }
}

fn of_ledger(look: LedgerLook) -> Check {
    match look {
        LedgerLook::Missing => Check::ok("ledger", "there is none yet; the first request makes it"),
        LedgerLook::Damaged => Check::warn(
            "ledger",
            "it is damaged; the next run waits a window and begins a new one",
            "nothing has to be done",
        ),
        LedgerLook::Sound { pause: None, .. } => {
            Check::ok("ledger", "it can be written, and no pause is in force")
        }
        LedgerLook::Sound {
            pause: Some(pause), ..
        } => {
            let wait = duration(pause.as_secs_f64());
            let finding = format!("the API asked for a pause that has {wait} to go");
            if pause > LONGEST_WAIT {
                Check::fail(
                    "ledger",
                    finding,
                    "a run before that ends with 75; start it later",
                )
            } else {
                Check::warn("ledger", finding, "a run waits until then")
            }
        }
    }
}

//! The configuration: which files and which profile are in force, who may change them, and what the profiles name
//! that is not there.

use std::{fs::File, io, path::Path};

use super::Check;
use crate::{
    cli::{
        args::Global,
        configuration::{ConfigFile, ConfigFiles, Configuration, Error, PROJECT_FILE},
        settings::Settings,
    },
    client::{self, ApiKey},
    config::Layer,
    platform,
    report::counted,
};

/// The files, the profile in force, and all profiles. Where they cannot be used, the other questions are asked as
/// if there were none.
pub(super) fn checks(global: &Global) -> (Vec<Check>, Configuration) {
    let files = match ConfigFiles::read(global) {
        Ok(files) => files,
        Err(error) => return (vec![unusable(error)], Configuration::default()),
    };
    let mut checks = vec![of_files(files.files())];
    let in_force = match files.choose(global) {
        Ok(in_force) => {
            checks.extend(profile(&in_force, global));
            in_force
        }
        Err(error) => {
            checks.push(Check::of_failure("profile", error));
            Configuration::default()
        }
    };
    checks.extend(profiles(&files));
    (checks, in_force)
}

fn unusable(error: Error) -> Check {
    match error {
        Error::Mistakes(mistakes) => {
            let advice = "mend that; any other command says what would be accepted";
            Check::fail("configuration", mistakes.on_one_line(), advice)
        }
        error => Check::of_failure("configuration", error),
    }
}

/// Whoever may write a file of the configuration may have the key and people's data sent elsewhere, and the URL
/// of a ping is a secret.
fn of_files(files: &[ConfigFile]) -> Check {
    let name = "configuration";
    if files.is_empty() {
        return Check::ok(name, "there is no file; flags and environment say it all");
    }
    let names = files.iter().map(|file| file.path.display().to_string());
    let finding = names.collect::<Vec<_>>().join(", then ");
    let has = |file: &&ConfigFile, right: fn(&File) -> io::Result<bool>| {
        File::open(&file.path).is_ok_and(|file| right(&file).unwrap_or(false))
    };
    let mut all = files.iter();
    if let Some(file) = all.find(|file| has(file, platform::is_writable_by_others)) {
        let path = file.path.display();
        let finding = format!(
            "{finding}; others than you may change {path}, and have the key and people's data sent elsewhere"
        );
        return Check::warn(name, finding, "chmod go-w mends that");
    }
    let mut secret = files.iter().filter(|file| has_secret_url(file));
    if let Some(file) = secret.find(|file| has(file, platform::is_readable_by_others)) {
        let path = file.path.display();
        let finding = format!("{finding}; others than you may read the URLs of [notify] in {path}");
        return Check::warn(name, finding, "chmod 600 mends that");
    }
    let check = Check::ok(name, finding);
    if files
        .iter()
        .any(|file| file.path == Path::new(PROJECT_FILE))
    {
        return check.advising(
            "a job finds it only where it starts in this folder; --config names it for sure",
        );
    }
    check
}

fn has_secret_url(file: &ConfigFile) -> bool {
    let config = &file.config;
    let own = config.profiles().filter_map(|name| config.profile(name));
    let mut layers = own.chain([config.shared()]);
    layers.any(|layer| layer.notify.names_somebody())
}

/// The profile in force, and variables of the environment that go before what it says.
fn profile(in_force: &Configuration, global: &Global) -> Option<Check> {
    let profile = in_force.profile.as_ref()?;
    let finding = format!("{profile}, account {}", in_force.account(global));
    let set = Settings::set_in_environment();
    let before: Vec<&str> = said_twice(&in_force.layer)
        .into_iter()
        .filter(|(variable, is_said)| *is_said && set.iter().any(|name| name == variable))
        .map(|(variable, _)| variable)
        .collect();
    if before.is_empty() {
        return Some(Check::ok("profile", finding));
    }
    let finding = format!(
        "{finding}; set here, and going before what it says: {}",
        before.join(", ")
    );
    let advice = "unset that, unless it is meant: it goes before every profile alike";
    Some(Check::warn("profile", finding, advice))
}

/// Variables, each with whether the configuration says the same thing. It always has a name for the account.
fn said_twice(layer: &Layer) -> [(&'static str, bool); 8] {
    [
        ("ACA_SYNC_ACCOUNT", true),
        ("ACA_SYNC_API_KEY", layer.api_key_file.is_some()),
        ("ACA_SYNC_API_KEY_FILE", layer.api_key_file.is_some()),
        ("ACA_SYNC_JOURNAL", layer.journal.is_some()),
        ("ACA_SYNC_STATE_FOLDER", layer.state_folder.is_some()),
        ("ACA_SYNC_BASE_URL", layer.base_url.is_some()),
        ("ACA_SYNC_RATE", layer.rate.is_some()),
        ("ACA_SYNC_CONCURRENCY", layer.concurrency.is_some()),
    ]
}

/// What all profiles name, as far as this user can see it. A run with one of them fails where it is needed.
fn profiles(files: &ConfigFiles) -> Option<Check> {
    let names = files.profiles();
    let all: Vec<Configuration> = names.iter().map(|name| files.of(Some(name))).collect();
    let mut problems: Vec<String> = Vec::new();
    for (name, profile) in names.iter().zip(&all) {
        let found = problems_of(&profile.layer);
        problems.extend(
            found
                .into_iter()
                .map(|problem| format!("{name}: {problem}")),
        );
    }
    problems.extend(one_account_twice(&all));
    let finding = counted(names.len() as u64, "profile");
    if names.is_empty() {
        return None;
    }
    if problems.is_empty() {
        let finding = format!("{finding}: {}; what they name is there", names.join(", "));
        return Some(Check::ok("profiles", finding));
    }
    let finding = format!("{finding}: {}", problems.join("; "));
    let advice = "mend that before a job with that profile needs it";
    Some(Check::warn("profiles", finding, advice))
}

fn problems_of(layer: &Layer) -> Vec<String> {
    let key = layer.api_key_file.as_deref().and_then(problem_of_key);
    let folder = layer.mappings.as_deref().filter(|path| !path.is_dir());
    let folder = folder.map(|path| format!("there is no folder of mappings {}", path.display()));
    let list = layer.suppress.as_deref().filter(|path| !path.exists());
    let list = list.map(|path| format!("there is no file {} (suppress)", path.display()));
    key.into_iter().chain(folder).chain(list).collect()
}

/// A key that this user may not read is another user's matter.
fn problem_of_key(path: &Path) -> Option<String> {
    match ApiKey::from_file(path) {
        Ok(key) if key.is_exposed() => Some(format!(
            "others than you may read the API key in {}",
            path.display()
        )),
        Ok(_) => None,
        Err(client::Error::KeyFile { source, .. })
            if source.kind() == io::ErrorKind::PermissionDenied =>
        {
            None
        }
        Err(error) => Some(error.to_string()),
    }
}

/// Two profiles with one account in one journal: each would take the other's customers for its own.
fn one_account_twice(all: &[Configuration]) -> Vec<String> {
    let account = |profile: &Configuration| {
        let layer = &profile.layer;
        let name = layer.account.clone().or_else(|| profile.profile.clone());
        (name, layer.journal.clone(), layer.state_folder.clone())
    };
    let mut problems = Vec::new();
    for (place, first) in all.iter().enumerate() {
        for second in all.iter().skip(place + 1) {
            if account(first) == account(second) {
                let name = |profile: &Configuration| profile.profile.clone().unwrap_or_default();
                let (first, second) = (name(first), name(second));
                problems.push(format!(
                    "{first} and {second} are one account in one journal"
                ));
            }
        }
    }
    problems
}

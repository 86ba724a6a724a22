//! The walk over a configuration file: which keys stand where.

use super::{
    Config, Layer, NotifyLayer, Roots,
    value::{KEY_HINT, base_url, concurrency, key_file, npns, path, rate, text, timeout, url},
};
use crate::{
    header::fold,
    toml_file::{
        document,
        mistakes::Mistakes,
        walk::{Section, wrong_type},
    },
};

/// Keys that make no sense for all profiles together.
const PROFILE_ONLY: [&str; 6] = [
    "account",
    "api_key_file",
    "journal",
    "mappings",
    "npns",
    "suppress",
];
/// Names of keys that seem to hold a secret, folded.
const SECRET: [&str; 8] = [
    "apikey",
    "key",
    "xapikey",
    "token",
    "apitoken",
    "secret",
    "apisecret",
    "password",
];
/// The longest name of a profile.
const LONGEST_NAME: usize = 64;

/// Reads the whole file. Where it is not TOML, nothing else can be said of it.
pub(super) fn read(text_of: &str, roots: &Roots, mistakes: &mut Mistakes<'_>) -> Option<Config> {
    let document = document::parse(text_of, mistakes)?;
    let mut top = Section::top(&document);
    top.refuse(at_top, mistakes);
    let default = text(&mut top, "default_profile", mistakes);
    let mut config = Config {
        default_profile: default.map(|written| written.value),
        shared: shared(&mut top, roots, mistakes),
        ..Config::default()
    };
    if let Some(profiles) = top.section("profile", mistakes) {
        for (name, value) in profiles.entries() {
            expect_name(&name.value, |message, hint| {
                mistakes.add_with(&name.place, message, hint.to_owned());
            });
            if let Some(section) = Section::of_value(name.place, value, mistakes) {
                let layer = profile(section, roots, mistakes);
                config.profiles.insert(name.value, layer);
            }
        }
    }
    top.finish(mistakes);
    Some(config)
}

/// `[profile.NAME]`.
fn profile(mut section: Section<'_>, roots: &Roots, mistakes: &mut Mistakes<'_>) -> Layer {
    section.refuse(in_profile, mistakes);
    let layer = Layer {
        account: text(&mut section, "account", mistakes).map(|written| written.value),
        api_key_file: key_file(&mut section, ("api_key_file", roots), mistakes),
        journal: path(&mut section, ("journal", roots), mistakes),
        mappings: path(&mut section, ("mappings", roots), mistakes),
        npns: npns(&mut section, mistakes),
        suppress: path(&mut section, ("suppress", roots), mistakes),
        ..shared(&mut section, roots, mistakes)
    };
    section.finish(mistakes);
    layer
}

/// What may stand at the top level and in a profile.
fn shared(section: &mut Section<'_>, roots: &Roots, mistakes: &mut Mistakes<'_>) -> Layer {
    Layer {
        rate: rate(section, mistakes),
        concurrency: concurrency(section, mistakes),
        base_url: base_url(section, mistakes),
        state_folder: path(section, ("state_folder", roots), mistakes),
        standing_alarms: exit(section, mistakes),
        notify: notify(section, mistakes),
        ..Layer::default()
    }
}

/// `[exit]`.
fn exit(parent: &mut Section<'_>, mistakes: &mut Mistakes<'_>) -> Option<bool> {
    let mut section = parent.section("exit", mistakes)?;
    let standing = section.take("standing").and_then(|written| {
        let number = written.value.get_ref().as_integer();
        match number.map(toml::de::DeInteger::as_str) {
            Some("0") => return Some(false),
            Some("3") => return Some(true),
            Some(_) => {
                let message = "standing problems end a command with 3, or with 0";
                mistakes.add_with(&written.place, message, "standing = 0".to_owned());
            }
            None => mistakes.add(&written.place, wrong_type("0 or 3", written.value)),
        }
        None
    });
    section.finish(mistakes);
    standing
}

/// `[notify]`.
fn notify(parent: &mut Section<'_>, mistakes: &mut Mistakes<'_>) -> NotifyLayer {
    let Some(mut section) = parent.section("notify", mistakes) else {
        return NotifyLayer::default();
    };
    let notify = NotifyLayer {
        ping: url(&mut section, "ping", mistakes),
        webhook: url(&mut section, "webhook", mistakes),
        timeout: timeout(&mut section, mistakes),
    };
    section.finish(mistakes);
    notify
}

/// What is to be said of a key that does not belong at the top level.
fn at_top(name: &str) -> Option<(&'static str, String)> {
    if PROFILE_ONLY.contains(&name) {
        let hint = format!("write it below [profile.NAME], as {name} = …");
        return Some(("this is for each profile to say", hint));
    }
    secret(name)
}

/// What is to be said of a key that does not belong into a profile.
fn in_profile(name: &str) -> Option<(&'static str, String)> {
    if name == "default_profile" {
        let hint = "write it above the first [profile.NAME]".to_owned();
        return Some(("this is for the top level to say", hint));
    }
    secret(name)
}

fn secret(name: &str) -> Option<(&'static str, String)> {
    let message = "no secret belongs into this file";
    let folded = fold(&name.replace('-', ""));
    SECRET
        .contains(&folded.as_str())
        .then(|| (message, KEY_HINT.to_owned()))
}

/// A profile's name is typed, names an account, and may name a unit of a service manager.
fn expect_name(name: &str, wrong: impl FnOnce(&'static str, &'static str)) {
    let is_fit = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(is_fit) {
        wrong(
            "this is no name for a profile",
            "up to 64 letters, digits, `-`, `_` and `.`",
        );
    }
}

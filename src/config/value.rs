//! The values of a configuration file, one kind each: texts, paths, rates, addresses, numbers of agents.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use super::{CONCURRENCY, Roots};
use crate::{
    client::{Address, Rate},
    endpoint::{self, Endpoint},
    mapping::parse_npn,
    private::Private,
    toml_file::{
        length::length_of_time,
        mistakes::{Mistakes, Written},
        walk::Section,
    },
};

/// How every API key begins.
const KEY_PREFIX: &str = "cc_";
/// A text of that beginning and so many characters is taken for a key and not for a name.
const KEY_LENGTH: usize = 20;
/// How long somebody may be tried who is told of a command's end.
const TIMEOUTS: std::ops::RangeInclusive<Duration> =
    Duration::from_secs(1)..=Duration::from_secs(300);

/// A text that is not blank, and no key.
pub(super) fn text(
    section: &mut Section<'_>,
    key: &'static str,
    mistakes: &mut Mistakes<'_>,
) -> Option<Written<String>> {
    let written = section.string(key, mistakes)?;
    expect_text(&written, mistakes).then_some(written)
}

fn expect_text(written: &Written<String>, mistakes: &mut Mistakes<'_>) -> bool {
    let text = written.value.trim();
    let is_key = text.starts_with(KEY_PREFIX) && text.len() >= KEY_LENGTH && !text.contains('/');
    let wrong = if is_key {
        Some((
            "this looks like an API key, which does not belong into this file",
            KEY_HINT,
        ))
    } else if text.is_empty() {
        Some((
            "this is blank",
            "leave the key out where there is nothing to say",
        ))
    } else if text.chars().any(char::is_control) {
        Some(("this holds control characters", "write it on one line"))
    } else {
        None
    };
    if let Some((message, hint)) = wrong {
        mistakes.add_with(&written.place, message, hint.to_owned());
    }
    wrong.is_none()
}

/// What to do with a key.
pub(super) const KEY_HINT: &str =
    "put the key into a file that only you can read, and name that with api_key_file";

/// A path, counted from the file's folder.
pub(super) fn path(
    section: &mut Section<'_>,
    (key, roots): (&'static str, &Roots),
    mistakes: &mut Mistakes<'_>,
) -> Option<PathBuf> {
    let written = text(section, key, mistakes)?;
    let typed = written.value.as_str();
    let Some(below_home) = typed.strip_prefix('~') else {
        return Some(roots.folder.join(typed));
    };
    let Some(rest) = below_home.strip_prefix(['/', '\\']) else {
        let hint = "~/ is the home folder; other homes have to be written out";
        mistakes.add_with(&written.place, "this is no path", hint.to_owned());
        return None;
    };
    let Some(home) = &roots.home else {
        let hint = "write the whole path, or set HOME";
        mistakes.add_with(
            &written.place,
            "there is no home folder here",
            hint.to_owned(),
        );
        return None;
    };
    Some(home.join(rest))
}

/// The file of the API key; a key in its place is told as one whatever its length.
pub(super) fn key_file(
    section: &mut Section<'_>,
    (key, roots): (&'static str, &Roots),
    mistakes: &mut Mistakes<'_>,
) -> Option<PathBuf> {
    let found = path(section, (key, roots), mistakes)?;
    let name = found.file_name().unwrap_or_default().to_string_lossy();
    let is_bare = found.parent() == Some(Path::new(&roots.folder));
    if is_bare && name.starts_with(KEY_PREFIX) {
        if let Some(written) = section.take(key) {
            let message = "the name of a file belongs here, this looks like an API key";
            mistakes.add_with(&written.place, message, KEY_HINT.to_owned());
        }
        return None;
    }
    Some(found)
}

pub(super) fn rate(section: &mut Section<'_>, mistakes: &mut Mistakes<'_>) -> Option<Rate> {
    let written = text(section, "rate", mistakes)?;
    let rate = Rate::parse(&written.value).ok();
    if rate.is_none() {
        let hint = "write it like \"60/min\", \"10/s\" or \"1000/h\", with 1 to 1000000 requests";
        mistakes.add_with(&written.place, "this is not a rate", hint.to_owned());
    }
    rate
}

pub(super) fn concurrency(section: &mut Section<'_>, mistakes: &mut Mistakes<'_>) -> Option<u16> {
    let written = section.count("concurrency", mistakes)?;
    let number = u16::try_from(written.value).ok();
    let number = number.filter(|number| CONCURRENCY.contains(number));
    if number.is_none() {
        let hint = format!("{} to {}", CONCURRENCY.start(), CONCURRENCY.end());
        let message = "so many requests cannot be under way";
        mistakes.add_with(&written.place, message, hint);
    }
    number
}

pub(super) fn base_url(section: &mut Section<'_>, mistakes: &mut Mistakes<'_>) -> Option<Address> {
    let written = text(section, "base_url", mistakes)?;
    match Address::parse(&written.value) {
        Ok(address) => Some(address),
        Err(error) => {
            let said = error.to_string();
            let (message, hint) = said.split_once("; ").unwrap_or((&said, ADDRESS_HINT));
            mistakes.add_with(&written.place, message, hint.to_owned());
            None
        }
    }
}

const ADDRESS_HINT: &str = "write it like https://api.carecycle.ai";

/// The URL of somebody who is told how a command ended.
pub(super) fn url(
    section: &mut Section<'_>,
    key: &'static str,
    mistakes: &mut Mistakes<'_>,
) -> Option<Private<String>> {
    let written = text(section, key, mistakes)?;
    let (message, hint) = match Endpoint::parse(&written.value) {
        Ok(_) => return Some(Private::new(written.value.trim().to_owned())),
        Err(endpoint::Error::WithUser) => (
            "the URL holds a user or a password",
            "a secret path does the same",
        ),
        Err(endpoint::Error::Unencrypted) => (
            "the URL has to begin with https://",
            "http:// is for this machine only (localhost, 127.0.0.1, [::1])",
        ),
        Err(_) => (
            "this is not a URL",
            "write it like https://hooks.example.com/aca-sync",
        ),
    };
    mistakes.add_with(&written.place, message, hint.to_owned());
    None
}

pub(super) fn timeout(section: &mut Section<'_>, mistakes: &mut Mistakes<'_>) -> Option<Duration> {
    let written = text(section, "timeout", mistakes)?;
    let timeout = length_of_time(Some(&written), mistakes)?;
    let is_fit = TIMEOUTS.contains(&timeout);
    if !is_fit {
        let message = "nobody is tried for so long or so short a time";
        mistakes.add_with(&written.place, message, "from \"1s\" to \"5m\"".to_owned());
    }
    is_fit.then_some(timeout)
}

pub(super) fn npns(section: &mut Section<'_>, mistakes: &mut Mistakes<'_>) -> Option<Vec<String>> {
    let written = section.one_or_more("npns", mistakes)?;
    if written.value.is_empty() {
        let hint = "leave the key out where there is nothing to say".to_owned();
        mistakes.add_with(&written.place, "`npns` lists no number", hint);
        return None;
    }
    let numbers = written.value.iter().map(|number| {
        let npn = parse_npn(&number.value);
        if npn.is_none() {
            let message = "this is not a National Producer Number";
            mistakes.add_with(&number.place, message, "up to 10 digits".to_owned());
        }
        npn
    });
    // All of them are looked at before one of them makes the list unfit.
    numbers.collect::<Vec<_>>().into_iter().collect()
}

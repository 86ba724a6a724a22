//! The text of a fault, `KIND[=ARG]@WHEN`, made a fault.

use std::{ops::RangeInclusive, time::Duration};

use super::faults::{Chosen, Fault, Instead, Kind, Refuse, RetryAfter, Spoil, When};

pub(super) const KINDS: &str = "429, 403, 500, 502, 503, reset, applied-reset, applied-500, slow, applied-slow, \
                     truncate, garbage, missing, fail, fail-unnamed, refuse, refuse-unnamed";

/// The longest wait that a fault may ask for: a day, in milliseconds.
const LONGEST_WAIT: u64 = 24 * 60 * 60 * 1000;

/// The longest wait that a 429 may name, in seconds: some thirty years, which every date can take.
const LONGEST_HINT: u64 = 1_000_000_000;

/// Why a fault's text cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// The kind has no such name.
    #[error("no fault is called `{0}`; there are {KINDS}")]
    UnknownKind(String),
    /// The argument does not fit the kind.
    #[error("the fault `{kind}` needs {needed}")]
    Argument {
        /// The kind's name.
        kind: String,
        /// What it needs.
        needed: &'static str,
    },
    /// The kind takes no argument.
    #[error("the fault `{0}` takes no argument")]
    NoArgument(String),
    /// The fault does not say on which requests it falls.
    #[error(
        "the fault `{0}` does not say when; add `@3`, `@3,7`, `@3-5`, `@every:10` or `@p:0.2:1`"
    )]
    NoWhen(String),
    /// The part behind `@` cannot be read.
    #[error("`@{0}` is no request number; write `@3`, `@3,7`, `@3-5`, `@every:10` or `@p:0.2:1`")]
    When(String),
}

/// Reads one fault.
pub(super) fn fault(text: &str) -> Result<Fault, FaultError> {
    let (what, when) = match text.rsplit_once('@') {
        Some((what, when)) => (what, Some(when)),
        None => (text, None),
    };
    let (name, argument) = match what.split_once('=') {
        Some((name, argument)) => (name, Some(argument)),
        None => (what, None),
    };
    let kind = kind(name, argument)?;
    let when = match when {
        Some(when) => schedule(when).ok_or_else(|| FaultError::When(when.to_owned()))?,
        None if matches!(kind, Kind::Records(..)) => When::Always,
        None => return Err(FaultError::NoWhen(name.to_owned())),
    };
    Ok(Fault { kind, when })
}

fn kind(name: &str, argument: Option<&str>) -> Result<Kind, FaultError> {
    if let Some(kind) = plain(name) {
        return match argument {
            None => Ok(kind),
            Some(_) => Err(FaultError::NoArgument(name.to_owned())),
        };
    }
    let (kind, needed) = match name {
        "429" => (
            throttle(argument),
            "a wait: seconds, `header:7`, `date:7` or `none`",
        ),
        "slow" => (
            milliseconds(argument).map(Kind::WaitBefore),
            "milliseconds, at most a day of them",
        ),
        "applied-slow" => (
            milliseconds(argument).map(Kind::WaitAfter),
            "milliseconds, at most a day of them",
        ),
        "fail" => (records(Refuse::Record, argument), CHOICE),
        "fail-unnamed" => (records(Refuse::RecordUnnamed, argument), CHOICE),
        "refuse" => (records(Refuse::Request, argument), CHOICE),
        "refuse-unnamed" => (records(Refuse::RequestUnnamed, argument), CHOICE),
        _ => return Err(FaultError::UnknownKind(name.to_owned())),
    };
    kind.ok_or_else(|| FaultError::Argument {
        kind: name.to_owned(),
        needed,
    })
}

const CHOICE: &str = "a part of an externalId, or `every:N`";

/// The kinds that take no argument.
fn plain(name: &str) -> Option<Kind> {
    Some(match name {
        "403" => Kind::Instead(Instead::Forbidden),
        "500" => Kind::Instead(Instead::ServerError),
        "502" => Kind::Instead(Instead::BadGateway),
        "503" => Kind::Instead(Instead::Unavailable),
        "reset" => Kind::Instead(Instead::Reset),
        "applied-reset" => Kind::Spoil(Spoil::Reset),
        "applied-500" => Kind::Spoil(Spoil::ServerError),
        "truncate" => Kind::Spoil(Spoil::Truncate),
        "garbage" => Kind::Spoil(Spoil::Garbage),
        "missing" => Kind::Spoil(Spoil::Missing),
        _ => return None,
    })
}

fn throttle(argument: Option<&str>) -> Option<Kind> {
    let seconds = |text: &str| text.parse().ok().filter(|seconds| *seconds <= LONGEST_HINT);
    let wait = match argument {
        None => RetryAfter::Body(60),
        Some("none") => RetryAfter::Nowhere,
        Some(text) => match text.split_once(':') {
            Some(("header", text)) => RetryAfter::Header(seconds(text)?),
            Some(("date", text)) => RetryAfter::Date(seconds(text)?),
            Some(_) => return None,
            None => RetryAfter::Body(seconds(text)?),
        },
    };
    Some(Kind::Instead(Instead::Throttle(wait)))
}

fn milliseconds(argument: Option<&str>) -> Option<Duration> {
    let wait: u64 = argument?.parse().ok()?;
    (wait <= LONGEST_WAIT).then(|| Duration::from_millis(wait))
}

fn records(refuse: Refuse, argument: Option<&str>) -> Option<Kind> {
    let chosen = match argument?.strip_prefix("every:") {
        Some(step) => Chosen::Every(counting_number(step)?),
        None => Chosen::ExternalIdContains(argument.filter(|part| !part.is_empty())?.to_owned()),
    };
    Some(Kind::Records(refuse, chosen))
}

fn schedule(text: &str) -> Option<When> {
    match text.split_once(':') {
        Some(("every", step)) => Some(When::Every(counting_number(step)?)),
        Some(("p", rest)) => {
            let (share, seed) = rest.split_once(':')?;
            Some(When::Share {
                per_million: per_million(share)?,
                seed: seed.parse().ok()?,
            })
        }
        Some(_) => None,
        None => text
            .split(',')
            .map(range)
            .collect::<Option<_>>()
            .map(When::Numbers),
    }
}

fn range(text: &str) -> Option<RangeInclusive<u64>> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (counting_number(first)?, counting_number(last)?);
    (first <= last).then_some(first..=last)
}

fn counting_number(text: &str) -> Option<u64> {
    text.parse().ok().filter(|number| *number > 0)
}

/// A share from 0 to 1 with at most six decimals.
fn per_million(text: &str) -> Option<u64> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let plain = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if !plain(whole) || !plain(decimals) || decimals.len() > 6 {
        return None;
    }
    let whole: u64 = whole.parse().ok().filter(|whole| *whole <= 1)?;
    let share = whole * 1_000_000 + format!("{decimals:0<6}").parse::<u64>().ok()?;
    (share <= 1_000_000).then_some(share)
}

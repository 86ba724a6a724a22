//! What goes wrong on purpose, and when: faults that a rehearsal asks for.

use std::{
    ops::RangeInclusive,
    str::FromStr,
    time::{Duration, SystemTime},
};

use super::grammar::{self, FaultError};

/// The faults of a sandbox; none unless asked for.
///
/// # The grammar of `--fault`
///
/// `KIND[=ARG]@WHEN`; the switch may be repeated, and one switch may hold several, separated by `;`.
/// Several faults may fall on one request: one wait before and one after, one refusal, one spoiled answer
/// (the first asked for of each), and any number of chosen records.
///
/// | kind | argument | what happens |
/// |---|---|---|
/// | `429` | seconds (60), `header:7`, `date:7` or `none` | refused; the wait stands in the body, in a `Retry-After` header as seconds or as a date, or nowhere |
/// | `403` | | refused, as to a key that lacks the permission |
/// | `500`, `502`, `503` | | refused, nothing applied; 502 has an HTML body |
/// | `reset` | | the connection is dropped, nothing applied |
/// | `applied-reset` | | applied, then the connection is dropped without an answer |
/// | `applied-500` | | applied, then answered with 500 |
/// | `slow` | milliseconds | waits before applying, and applies even when the client has hung up |
/// | `applied-slow` | milliseconds | applies at once, waits before answering |
/// | `truncate` | | applied; the connection is closed in the middle of the answer's body |
/// | `garbage` | | applied; a 200 whose body is not JSON |
/// | `missing` | | applied; one failed record is left out of `errors[]`, or else the last record is not counted |
/// | `fail` | part of an externalId (or of an id in the path), or `every:N` records | an error of that record inside a 200; a 409 where the request is one record |
/// | `fail-unnamed` | the same | the same, and the error names no record |
/// | `refuse` | the same | a 422 for the whole request, which names the record |
/// | `refuse-unnamed` | the same | a 422 for the whole request, which names no record |
///
/// WHEN is a request number `3`, a list `3,7`, a range `3-5`, a list of both `1,4-6`, `every:10`, or
/// `p:0.2:SEED`, a share that is the same each time for one seed. Requests are counted from 1 over the
/// changing requests that passed the key and the quota. The last four kinds apply always when they say no
/// WHEN; `every:N` counts the records that arrive in valid requests, from 1.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

/// One kind of fault and the requests it falls on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) kind: Kind,
    pub(super) when: When,
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    WaitBefore(Duration),
    WaitAfter(Duration),
    Instead(Instead),
    Spoil(Spoil),
    Records(Refuse, Chosen),
}

/// What a request gets instead of being applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Instead {
    Throttle(RetryAfter),
    ServerError,
    BadGateway,
    Unavailable,
    Forbidden,
    Reset,
}

/// Where a 429 says how long to wait, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RetryAfter {
    Body(u64),
    Header(u64),
    Date(u64),
    Nowhere,
}

/// What becomes of the answer to a request that was applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spoil {
    Reset,
    ServerError,
    Truncate,
    Garbage,
    Missing,
}

/// What a chosen record does to its request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refuse {
    /// It alone fails, inside a 200.
    Record,
    /// The same, and the error does not say which record it is about.
    RecordUnnamed,
    /// The whole request is refused, naming the record.
    Request,
    /// The whole request is refused, naming nobody.
    RequestUnnamed,
}

/// Which records are chosen.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Chosen {
    ExternalIdContains(String),
    Every(u64),
}

/// Which requests a fault falls on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum When {
    Always,
    Numbers(Vec<RangeInclusive<u64>>),
    Every(u64),
    Share { per_million: u64, seed: u64 },
}

/// What the faults make of one request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) wait_before: Option<Duration>,
    pub(super) wait_after: Option<Duration>,
    pub(super) instead: Option<Instead>,
    pub(super) spoil: Option<Spoil>,
    pub(super) records: Vec<(Refuse, Chosen)>,
}

impl Faults {
    /// Nothing goes wrong.
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// Reads the value of a `--fault` switch; the module's doc has the grammar.
    ///
    /// # Errors
    ///
    /// When the text does not follow the grammar.
    pub fn parse(text: &str) -> Result<Self, FaultError> {
        text.split(';')
            .map(|fault| grammar::fault(fault.trim()))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// What happens to the request of that number.
    pub(super) fn plan(&self, request: u64) -> Plan {
        let mut plan = Plan::default();
        for fault in self.0.iter().filter(|fault| fault.when.falls_on(request)) {
            plan.add(&fault.kind);
        }
        plan
    }
}

impl FromStr for Faults {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        Self::parse(text)
    }
}

/// Joins the faults of repeated switches, in their order.
impl FromIterator<Self> for Faults {
    fn from_iter<I: IntoIterator<Item = Self>>(switches: I) -> Self {
        Self(switches.into_iter().flat_map(|faults| faults.0).collect())
    }
}

impl Plan {
    fn add(&mut self, kind: &Kind) {
        match kind {
            Kind::WaitBefore(wait) => _ = self.wait_before.get_or_insert(*wait),
            Kind::WaitAfter(wait) => _ = self.wait_after.get_or_insert(*wait),
            Kind::Instead(instead) => _ = self.instead.get_or_insert(*instead),
            Kind::Spoil(spoil) => _ = self.spoil.get_or_insert(*spoil),
            Kind::Records(refuse, chosen) => self.records.push((*refuse, chosen.clone())),
        }
    }

    /// What happens to a record, by its externalId and its number among all that arrived.
    pub(super) fn of_record(&self, external_id: Option<&str>, number: u64) -> Option<Refuse> {
        self.records
            .iter()
            .filter(|(_, chosen)| chosen.includes(external_id, number))
            .map(|(refuse, _)| *refuse)
            .max_by_key(|refuse| matches!(refuse, Refuse::Request | Refuse::RequestUnnamed))
    }
}

impl Chosen {
    fn includes(&self, external_id: Option<&str>, number: u64) -> bool {
        match self {
            Self::ExternalIdContains(part) => external_id.is_some_and(|id| id.contains(part)),
            Self::Every(step) => number.is_multiple_of(*step),
        }
    }
}

impl std::fmt::Debug for Chosen {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::ExternalIdContains(_) => formatter.write_str("ExternalIdContains(private)"),
            Self::Every(step) => write!(formatter, "Every({step})"),
        }
    }
}

impl When {
    fn falls_on(&self, request: u64) -> bool {
        match self {
            Self::Always => true,
            Self::Numbers(ranges) => ranges.iter().any(|range| range.contains(&request)),
            Self::Every(step) => request.is_multiple_of(*step),
            Self::Share { per_million, seed } => {
                // The seed alone is scrambled first: neighbouring seeds would choose the same requests,
                // only some earlier.
                scrambled(scrambled(*seed).wrapping_add(request)) % 1_000_000 < *per_million
            }
        }
    }
}

impl RetryAfter {
    /// The instant that a date header names.
    pub(super) fn instant(seconds: u64, now: SystemTime) -> SystemTime {
        now.checked_add(Duration::from_secs(seconds)).unwrap_or(now)
    }
}

/// `SplitMix64`: neighbouring numbers give unrelated ones, the same ones each time.
fn scrambled(number: u64) -> u64 {
    let mut bits = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::{super::grammar::KINDS, Faults, Plan};

    /// Each kind, with an argument where it needs one.
    fn kinds() -> impl Iterator<Item = String> {
        KINDS.split(", ").map(|kind| match kind {
            "slow" | "applied-slow" => format!("{kind}=5"),
            "fail" | "fail-unnamed" | "refuse" | "refuse-unnamed" => format!("{kind}=every:2"),
            _ => kind.to_owned(),
        })
    }

    /// The requests among the first 200 on which these faults fall.
    fn falls(faults: &str) -> Vec<u64> {
        let faults = Faults::parse(faults).unwrap();
        (1..=200)
            .filter(|request| faults.plan(*request) != Plan::default())
            .collect()
    }

    #[test]
    fn every_kind_falls_on_a_numbered_request_or_on_those_that_a_seed_chooses() {
        let chosen = falls("500@p:0.2:7");
        assert!((20..=60).contains(&chosen.len()), "{chosen:?}");
        for kind in kinds() {
            assert_eq!(falls(&format!("{kind}@3,17")), [3, 17], "{kind}");
            assert_eq!(falls(&format!("{kind}@p:0.2:7")), chosen, "{kind}");
            assert_ne!(falls(&format!("{kind}@p:0.2:8")), chosen, "{kind}");
        }
    }
}

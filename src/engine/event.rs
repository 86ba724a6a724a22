//! Everything the engine says to the outside while it works: counts and times, never a value.

use std::time::Duration;

use super::GuardReport;
use crate::record::RunId;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Rows are being read.
    Reading {
        /// Bytes read so far, over all sources.
        bytes: u64,
        /// Bytes there are.
        of: u64,
        /// Rows read so far.
        rows: u64,
    },
    /// Sending begins.
    Sending {
        /// The run.
        run: RunId,
        /// Records to be sent.
        records: u64,
        /// How many requests that takes, if nothing goes wrong.
        requests: u64,
        /// How long that takes at the rate, if nothing goes wrong.
        expected: Duration,
    },
    /// A request was settled; the counts are of this command so far.
    Progress(Progress),
    /// Customers are being read back.
    ReadingBack {
        /// Customers read so far.
        done: u64,
        /// Customers there are.
        of: u64,
        /// How long the rest takes at the rate.
        left: Duration,
    },
    /// The API asked the key to wait.
    Throttled {
        /// How long.
        wait: Duration,
    },
    /// Nothing leaves for a while.
    Waiting {
        /// How long.
        wait: Duration,
        /// Why.
        why: &'static str,
    },
    /// A guard would have stopped the run and was let pass.
    LetPass(GuardReport),
    /// Something did not get through and goes again.
    Retrying {
        /// After how long.
        wait: Duration,
        /// Why.
        why: &'static str,
    },
    /// The API refused a request as a whole; its records are sent again in smaller requests, but for
    /// those it named.
    Refused {
        /// The HTTP status.
        status: u16,
        /// How many records the request held.
        records: usize,
        /// How many of them the API named.
        named: usize,
    },
    /// The API took a request and does not say which of its records it took: they are sent again in smaller
    /// requests, which is harmless.
    TakenApart {
        /// How many records it does not account for.
        records: usize,
    },
    /// A request ended without a usable answer.
    InDoubt {
        /// Why.
        code: &'static str,
        /// How many records it held.
        records: usize,
        /// When they go again; none when that would not be harmless, or was tried often enough.
        again_in: Option<Duration>,
    },
}

/// What this command has settled so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Records that were to be sent.
    pub records: u64,
    /// Applied.
    pub succeeded: u64,
    /// Not applied.
    pub failed: u64,
    /// Sent, outcome unknown.
    pub in_doubt: u64,
    /// Held back: never sent by this command.
    pub held: u64,
    /// Requests answered or given up.
    pub requests: u64,
    /// How much of the quota is left.
    pub window: Window,
    /// How long the rest takes at the rate.
    pub left: Duration,
}

/// The quota of the API's key, shared by all processes that use it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Window {
    /// How many requests may leave in any stretch of time as long as the window.
    pub requests: u64,
    /// How long the window is.
    pub length: Duration,
    /// How many may leave at once.
    pub left: u64,
}

impl Progress {
    /// Records that are done with, one way or the other.
    pub const fn settled(&self) -> u64 {
        self.succeeded + self.failed + self.in_doubt
    }
}

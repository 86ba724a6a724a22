//! What the sandbox counts.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

/// Counts of what the sandbox holds and did. Those of customers, policies and records are kept in the
/// store and survive its process; those of requests begin at 0 when the sandbox is opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Customers held.
    pub customers: u64,
    /// Policies held.
    pub policies: u64,
    /// Records applied: those that created a customer and those that updated one.
    pub records_applied: u64,
    /// Records that created a customer.
    pub records_created: u64,
    /// Records that updated a customer.
    pub records_updated: u64,
    /// Records that failed inside a 200.
    pub records_failed: u64,
    /// Policies created.
    pub policies_created: u64,
    /// Policies updated because a record carried them.
    pub policies_updated: u64,
    /// Policies terminated because a record created another one.
    pub terminated: u64,
    /// Changing requests that passed the key and the quota; faults count by this number.
    pub requests: u64,
    /// Requests of any path answered 429, over the quota or by a fault.
    pub throttled: u64,
    /// Changing requests refused as a whole for what they hold or where they lead (400, 404, 409, 413, 422).
    pub refused: u64,
    /// Customers asked for by their id.
    pub reads: u64,
}

impl Tally {
    /// The counts that the store keeps, by name.
    pub(super) const fn stored(&self) -> [(&'static str, u64); 9] {
        [
            ("customers", self.customers),
            ("policies", self.policies),
            ("records_applied", self.records_applied),
            ("records_created", self.records_created),
            ("records_updated", self.records_updated),
            ("records_failed", self.records_failed),
            ("policies_created", self.policies_created),
            ("policies_updated", self.policies_updated),
            ("terminated", self.terminated),
        ]
    }

    /// Takes a count that the store kept.
    pub(super) fn restore(&mut self, name: &str, value: u64) {
        let count = match name {
            "customers" => &mut self.customers,
            "policies" => &mut self.policies,
            "records_applied" => &mut self.records_applied,
            "records_created" => &mut self.records_created,
            "records_updated" => &mut self.records_updated,
            "records_failed" => &mut self.records_failed,
            "policies_created" => &mut self.policies_created,
            "policies_updated" => &mut self.policies_updated,
            "terminated" => &mut self.terminated,
            _ => return,
        };
        *count = value;
    }
}

/// The counts of this process.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    pub(super) requests: Counter,
    pub(super) throttled: Counter,
    pub(super) refused: Counter,
    pub(super) reads: Counter,
    /// Records that arrived in valid requests, by which `every:N` chooses.
    pub(super) records: Counter,
}

impl Traffic {
    /// The store's counts together with this process's.
    pub(super) fn with(&self, stored: Tally) -> Tally {
        Tally {
            requests: self.requests.value(),
            throttled: self.throttled.value(),
            refused: self.refused.value(),
            reads: self.reads.value(),
            ..stored
        }
    }
}

/// A number that several requests count up.
#[derive(Debug, Default)]
pub(super) struct Counter(AtomicU64);

impl Counter {
    /// Counts one more and gives its number, from 1.
    pub(super) fn next(&self) -> u64 {
        self.reserve(1)
    }

    /// Counts so many more and gives the number of the first of them, from 1.
    pub(super) fn reserve(&self, amount: u64) -> u64 {
        self.0.fetch_add(amount, Ordering::Relaxed) + 1
    }

    fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

//! What is sent, and what can become of it: one customer with its policies.
//!
//! Rows become drafts, drafts of one key become a record, a record's body is written here and nowhere
//! else. Nothing here knows files, SQL or HTTP, and nothing waits.

mod address;
mod applied;
mod assemble;
mod batch;
mod body;
mod draft;
mod facts;
mod fields;
mod key;
mod merge;
mod outcome;
mod person;
mod policy_ids;
mod state;

pub use address::{body_of, customer_of, path_of, policy_of};
pub use applied::{Applied, ChangeKind, Effects, PolicyChange};
pub use assemble::{Assembly, Merged, Part};
pub use batch::{Batch, Outgoing};
pub use draft::Draft;
pub use facts::{Facts, FactsView, OptOuts, PolicyFacts, PolicyHash};
pub use fields::Fields;
pub use key::{Fingerprint, Hasher, RecordKey};
pub use merge::{Conflict, Told};
pub use outcome::{Doubt, Halt, Outcome, Reason, Refusal, Reply};
pub use policy_ids::{PolicyIds, ToldPolicy};
pub use state::State;

/// Names one run in a journal; later runs have higher numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RunId(pub u32);

/// Names one record of one run; within a run, records are sent in the order of their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordId {
    /// The run that staged it.
    pub run: RunId,
    /// Its number in that run, from 0.
    pub number: u32,
}

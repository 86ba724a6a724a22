//! What the API says that a record has changed on its side: the customer, and the policies of it.

use super::ToldPolicy;

/// A record that the answer accounts for as applied.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Applied {
    /// The API's id of the customer, where the answer tells it.
    pub customer_id: Option<String>,
    /// What was changed; none where the answer does not tell, as older versions of it do not.
    pub effects: Option<Effects>,
    /// The policies of the customer whose ids the answer tells.
    pub policies: Vec<ToldPolicy>,
}

/// What one record changed, by the answer's account. Each policy that the answer shows is counted once: as
/// created, as updated, or among `changes` as [`ChangeKind::Ended`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Effects {
    /// True when the request made the customer, false when the API had it before; none where the answer
    /// does not tell. INFERRED: no page says so. It is taken from `createdAt` and `updatedAt`, which are
    /// the same as long as a customer was never updated.
    pub customer_created: Option<bool>,
    /// How many policies were created.
    pub policies_created: u32,
    /// How many policies were there before and were changed, other than ended by the API.
    pub policies_updated: u32,
    /// The policies that were there before and have another status now.
    pub changes: Vec<PolicyChange>,
}

/// A policy that has another status than before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyChange {
    /// By whose wish.
    pub kind: ChangeKind,
    /// The API's id of the policy, where the answer tells one that looks like an id.
    pub policy_id: Option<String>,
    /// The status before; `?` where it does not look like a status.
    pub from: String,
    /// The status now; `?` where it does not look like a status.
    pub to: String,
    /// The policy's place in the record's own list, counted from 0; none where it is not in it.
    pub place: Option<u16>,
}

/// How a policy came by another status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    /// The API has terminated it by itself: the record does not carry it, or with another status or none.
    Ended,
    /// Any other change of a status.
    Flipped,
}

impl ChangeKind {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::Ended, Self::Flipped];

    /// The stable text, as the journal carries it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ended => "ended",
            Self::Flipped => "flipped",
        }
    }

    /// The kind of that text.
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == text)
    }
}

impl Effects {
    /// How many policies the API has ended by itself.
    pub fn policies_ended(&self) -> usize {
        let ended = |change: &&PolicyChange| change.kind == ChangeKind::Ended;
        self.changes.iter().filter(ended).count()
    }
}

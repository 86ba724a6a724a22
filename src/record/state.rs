//! The states of a record, and the arrows along which it may move between them.
//!
//! ```text
//! unchanged
//! held ──▶ pending ──▶ held      found to do harm before it was sent
//! pending ──claim──▶ in_flight ──settle──▶ succeeded
//!    │                  ├──settle──▶ failed ──requeue──▶ pending
//!    │                  ├──settle──▶ pending      nothing was applied
//!    │                  └──settle──▶ in_doubt ──requeue──▶ pending, or resolved: succeeded, failed
//!    └──a newer run carries the key──▶ superseded (from failed, held and in_doubt too)
//! ```

/// What has become of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// To be sent. Leaves by a claim.
    Pending,
    /// Claimed for a request whose answer is not settled yet. When the process that claimed it is gone,
    /// the next one finds it here and puts it in doubt.
    InFlight,
    /// The API's answer says that it was applied.
    Succeeded,
    /// The API's answer says that it was not.
    Failed,
    /// Sent, and the outcome is not known. Leaves by a re-send where that is harmless, else by a person's word.
    InDoubt,
    /// Not sent on purpose: sending it would do harm.
    Held,
    /// The same body has succeeded before; not sent.
    Unchanged,
    /// A newer run carries the same customer, so this older body is never sent.
    Superseded,
}

impl State {
    /// All states, in the order of their codes.
    pub const ALL: &'static [Self] = &[
        Self::Pending,
        Self::InFlight,
        Self::Succeeded,
        Self::Failed,
        Self::InDoubt,
        Self::Held,
        Self::Unchanged,
        Self::Superseded,
    ];

    /// The arrows: from where to where a record may move.
    pub const ARROWS: &'static [(Self, Self)] = &[
        (Self::Pending, Self::InFlight),
        (Self::InFlight, Self::Succeeded),
        (Self::InFlight, Self::Failed),
        (Self::InFlight, Self::Pending),
        (Self::InFlight, Self::InDoubt),
        (Self::Failed, Self::Pending),
        (Self::InDoubt, Self::Pending),
        (Self::InDoubt, Self::Succeeded),
        (Self::InDoubt, Self::Failed),
        (Self::Held, Self::Pending),
        (Self::Pending, Self::Held),
        (Self::Pending, Self::Superseded),
        (Self::Failed, Self::Superseded),
        (Self::InDoubt, Self::Superseded),
        (Self::Held, Self::Superseded),
    ];

    /// The state's name in journal, reports and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::InFlight => "in_flight",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::InDoubt => "in_doubt",
            Self::Held => "held",
            Self::Unchanged => "unchanged",
            Self::Superseded => "superseded",
        }
    }

    /// The number that stands for it in the journal, where all take the same width, so that a million
    /// rows change state in place.
    pub const fn code(self) -> i64 {
        match self {
            Self::Pending => 10,
            Self::InFlight => 11,
            Self::Succeeded => 12,
            Self::Failed => 13,
            Self::InDoubt => 14,
            Self::Held => 15,
            Self::Unchanged => 16,
            Self::Superseded => 17,
        }
    }

    /// The state that a number in the journal stands for.
    pub fn from_code(code: i64) -> Option<Self> {
        Self::ALL.iter().copied().find(|state| state.code() == code)
    }

    /// True when an arrow leads from here to `next`.
    pub fn may_become(self, next: Self) -> bool {
        Self::ARROWS.contains(&(self, next))
    }
}

#[cfg(test)]
mod tests {
    use super::State;

    #[test]
    fn codes_lead_back_to_their_states() {
        for state in State::ALL {
            assert_eq!(State::from_code(state.code()), Some(*state));
        }
    }

    #[test]
    fn what_succeeded_never_moves_again() {
        for next in State::ALL {
            assert!(!State::Succeeded.may_become(*next), "{}", next.as_str());
        }
    }
}

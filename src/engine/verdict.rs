//! What a reply means for each record of its batch, and what follows from it. Pure.

use super::GuardStop;
use crate::{
    journal::RequestResult,
    record::{Batch, Doubt, Halt, Outcome, Reason, RecordId, Refusal, Reply},
};

/// Why sending ended before everything was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stopped {
    /// Somebody asked for it.
    Asked,
    /// The limit was reached.
    Limit,
    /// The API refused the key.
    KeyRefused(u16),
    /// The API cannot be reached, or fails without end.
    Unreachable(String),
    /// The ledger of requests cannot be used, so that nothing may be sent.
    NoLedger(String),
    /// The API asks for a longer pause than the run may make, in seconds.
    WaitTooLong(u64),
    /// The API answers with a status that has no place in its contract.
    Unexpected(u16),
    /// A guard stopped it.
    Guard(GuardStop),
}

impl Stopped {
    /// The reason in a word that programs can read.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Limit => "limit",
            Self::KeyRefused(_) => "key_refused",
            Self::Unreachable(_) => "unreachable",
            Self::NoLedger(_) => "no_ledger",
            Self::WaitTooLong(_) => "wait_too_long",
            Self::Unexpected(_) => "unexpected_answer",
            Self::Guard(_) => "guard",
        }
    }
}

/// How often a record is sent at most, unless a person asks for more: once, and three times again.
pub(super) const MOST_ATTEMPTS: u32 = 4;

/// What a reply means.
#[derive(Debug)]
pub(super) struct Judged {
    /// How the request ended.
    pub(super) result: RequestResult,
    /// One outcome per record of the batch; none for those that are pending again.
    pub(super) outcomes: Vec<Option<Outcome>>,
    /// What to do about it.
    pub(super) then: Then,
}

/// What follows from a reply.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// Nothing.
    GoOn,
    /// These rode along in a refused request: they fill the next ones.
    Refill(Vec<RecordId>),
    /// Some of these are to blame and nobody says which: they are told apart.
    Isolate {
        /// All that may be to blame.
        ids: Vec<RecordId>,
        /// True when they are in doubt: the request was taken, and its answer does not say by whom. False
        /// when it was refused.
        in_doubt: bool,
    },
    /// Outcomes are in doubt; these records may go again.
    Resend {
        /// Harmless to send again, and not sent too often yet.
        ids: Vec<RecordId>,
        /// Why.
        doubt: Doubt,
        /// True when nothing at all is known of the request.
        whole: bool,
        /// True when the API may still be at work on it.
        may_be_at_work: bool,
    },
    /// The run has to stop.
    Stop(Stopped),
}

/// Judges a reply to a batch. `may_isolate` is whether it is of use to take apart what an answer does not
/// account for.
pub(super) fn judge(batch: &Batch, reply: Reply, may_isolate: bool) -> Judged {
    let all = |outcome: Option<Outcome>| vec![outcome; batch.records().len()];
    match reply {
        Reply::Settled(outcomes) => Judged {
            result: RequestResult::Settled,
            then: then_of(batch, &outcomes, may_isolate),
            outcomes: outcomes.into_iter().map(Some).collect(),
        },
        Reply::Refused(refusal) => refused(batch, refusal),
        Reply::Doubtful {
            doubt,
            may_be_at_work,
        } => Judged {
            result: RequestResult::Doubtful,
            outcomes: all(Some(Outcome::InDoubt(doubt))),
            then: Then::Resend {
                ids: resendable(batch, |_| true),
                doubt,
                whole: true,
                may_be_at_work,
            },
        },
        Reply::Unreachable(why) => not_sent(all(None), Stopped::Unreachable(why)),
        Reply::NoLedger(why) => not_sent(all(None), Stopped::NoLedger(why)),
        Reply::Halt(halt) => not_sent(all(None), halt.into()),
    }
}

impl From<Halt> for Stopped {
    fn from(halt: Halt) -> Self {
        match halt {
            Halt::Stopped => Self::Asked,
            Halt::KeyRefused { status } => Self::KeyRefused(status),
            Halt::WaitTooLong { seconds } => Self::WaitTooLong(seconds),
            Halt::Unexpected { status } => Self::Unexpected(status),
        }
    }
}

const fn not_sent(outcomes: Vec<Option<Outcome>>, stopped: Stopped) -> Judged {
    Judged {
        result: RequestResult::NotSent,
        outcomes,
        then: Then::Stop(stopped),
    }
}

/// An answer may leave single records in doubt.
fn then_of(batch: &Batch, outcomes: &[Outcome], may_isolate: bool) -> Then {
    let doubt = outcomes.iter().find_map(|outcome| match outcome {
        Outcome::InDoubt(doubt) => Some(*doubt),
        _ => None,
    });
    let Some(doubt) = doubt else {
        return Then::GoOn;
    };
    let is_doubtful = |index| matches!(outcomes.get(index), Some(Outcome::InDoubt(_)));
    // The first time it may have been a slip; the second time the API will not say more of the whole.
    let is_second = batch.attempts() > 0 && batch.records().len() > 1;
    if may_isolate && is_second && batch.is_harmless() {
        let records = batch.ids().into_iter().enumerate();
        return Then::Isolate {
            ids: records
                .filter(|(index, _)| is_doubtful(*index))
                .map(|(_, id)| id)
                .collect(),
            in_doubt: true,
        };
    }
    Then::Resend {
        ids: resendable(batch, is_doubtful),
        doubt,
        whole: false,
        may_be_at_work: false,
    }
}

/// A refused request tells of some record in it, or of one that has to be found. By itself, a record is
/// to blame.
fn refused(batch: &Batch, refusal: Refusal) -> Judged {
    let count = batch.records().len();
    let mut outcomes: Vec<Option<Outcome>> = vec![None; count];
    let named: Vec<(usize, Reason)> = if count == 1 {
        let own_words = refusal.named.into_iter().next();
        vec![(0, own_words.map_or(refusal.reason, |(_, reason)| reason))]
    } else {
        refusal.named
    };
    for (index, reason) in named {
        if let Some(slot) = outcomes.get_mut(index) {
            *slot = Some(Outcome::Failed(reason));
        }
    }
    let innocent = batch.ids().into_iter().zip(&outcomes);
    let innocent = innocent.filter(|(_, outcome)| outcome.is_none());
    let innocent: Vec<RecordId> = innocent.map(|(id, _)| id).collect();
    let then = if innocent.len() < count {
        Then::Refill(innocent)
    } else {
        Then::Isolate {
            ids: innocent,
            in_doubt: false,
        }
    };
    Judged {
        result: RequestResult::Refused,
        outcomes,
        then,
    }
}

/// The records of a batch that may be sent again without a person's word.
fn resendable(batch: &Batch, is_meant: impl Fn(usize) -> bool) -> Vec<RecordId> {
    let records = batch.records().iter().enumerate();
    let may_go = records.filter(|(index, record)| {
        is_meant(*index) && record.harmless && record.attempts + 1 < MOST_ATTEMPTS
    });
    may_go.map(|(_, record)| record.id).collect()
}

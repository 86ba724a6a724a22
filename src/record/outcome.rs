//! What the API's answer says: of a whole request, and of each record in it.

use super::Applied;
use crate::private::Private;

/// What became of a request. Each way out says what may have happened on the other side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// The API took the request and answered; one outcome per record, in the order sent.
    Settled(Vec<Outcome>),
    /// The API refused the request as a whole (400, 413, 422): nothing of it was applied.
    Refused(Refusal),
    /// The request may or may not have been applied.
    Doubtful {
        /// Why nothing certain can be said.
        doubt: Doubt,
        /// True when the API may still be at work on it, so that a re-send has to wait.
        may_be_at_work: bool,
    },
    /// Nothing reached the API, and it is of no use to try the next request now.
    Unreachable(String),
    /// Nothing reached the API, and nothing may: what the key has sent cannot be written down.
    NoLedger(String),
    /// The run has to stop; nothing of this request was applied.
    Halt(Halt),
}

/// What became of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The answer accounts for the record as applied.
    Succeeded(Applied),
    /// The answer names the record as not applied, in the API's words.
    Failed(Reason),
    /// The answer does not say.
    InDoubt(Doubt),
}

/// The API's words about one record. They may repeat the record's values, so they do not print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// A short stable code: the API's own where it gives one, else `api.error`.
    pub code: String,
    /// The API's message.
    pub message: Private<String>,
}

/// Why a whole request was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The API's words about the request.
    pub reason: Reason,
    /// The records that the answer names by index or path, each once, with its own words.
    pub named: Vec<(usize, Reason)>,
}

/// Why the outcome of something sent is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Doubt {
    /// No answer came in time.
    Timeout,
    /// The connection broke after the request was sent.
    ConnectionLost,
    /// The API or something before it answered 5xx.
    ServerError,
    /// The answer ended early, was too large, or could not be read.
    UnreadableAnswer,
    /// The answer does not account for this record.
    NotAccounted,
    /// The program ended between sending and settling.
    ProgramEnded,
}

/// Why a run has to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Halt {
    /// The API refused the key (401 or 403).
    KeyRefused {
        /// The HTTP status.
        status: u16,
    },
    /// The API asks for a longer wait than the run may make.
    WaitTooLong {
        /// The wait asked for, in seconds.
        seconds: u64,
    },
    /// The API answered with a status that no retry will change and that is about no record (404, 405, 3xx …).
    Unexpected {
        /// The HTTP status.
        status: u16,
    },
    /// A stop was asked for while waiting for permission to send.
    Stopped,
}

impl Doubt {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::Timeout,
        Self::ConnectionLost,
        Self::ServerError,
        Self::UnreadableAnswer,
        Self::NotAccounted,
        Self::ProgramEnded,
    ];

    /// The stable text, as the journal carries it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Timeout => "doubt.timeout",
            Self::ConnectionLost => "doubt.connection_lost",
            Self::ServerError => "doubt.server_error",
            Self::UnreadableAnswer => "doubt.unreadable_answer",
            Self::NotAccounted => "doubt.not_accounted",
            Self::ProgramEnded => "doubt.program_ended",
        }
    }

    /// What is the matter, as a sentence fragment.
    pub const fn message(self) -> &'static str {
        match self {
            Self::Timeout => "no answer came in time",
            Self::ConnectionLost => "the connection broke before an answer came",
            Self::ServerError => "the API answered with an error of its own",
            Self::UnreadableAnswer => "the answer could not be read",
            Self::NotAccounted => "the answer does not account for this record",
            Self::ProgramEnded => "the program ended between sending and settling",
        }
    }
}

//! Why nobody can be told, and why somebody did not hear. No text holds more of an address than its host.

use crate::endpoint;

/// What is wrong with the options.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// An address cannot be used.
    #[error("the address of the {whose} {problem}")]
    Address {
        /// `ping` or `webhook`.
        whose: &'static str,
        /// What is wrong with it.
        problem: endpoint::Error,
    },
    /// The time for one try is none, or too long.
    #[error("the time for telling others has to be from 1 s to 5 min; write it like 10s")]
    Timeout,
}

/// Why one request did not come through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Lapse {
    /// There was no connection.
    #[error("{0}")]
    NoConnection(&'static str),
    /// The time was up.
    #[error("no answer in time")]
    NoAnswer,
    /// The connection broke.
    #[error("the connection broke before an answer came")]
    Broken,
    /// It was sent elsewhere.
    #[error(
        "it answered with a redirect ({0}), and none is followed; write the address that it leads to"
    )]
    Redirected(u16),
    /// It was refused.
    #[error("it answered {0}")]
    Refused(u16),
    /// The system's certificates or the TLS library cannot be used.
    #[error("TLS cannot be set up; install the system's root certificates (ca-certificates)")]
    Tls,
}

impl Lapse {
    /// True when a second try may do better.
    pub(super) const fn may_pass(self) -> bool {
        match self {
            Self::NoConnection(_) | Self::NoAnswer | Self::Broken => true,
            Self::Refused(status) => matches!(status, 408 | 429 | 500..),
            Self::Redirected(_) | Self::Tls => false,
        }
    }
}

/// Somebody who was not told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{host} was not told {what}: {lapse}")]
pub struct Unheard {
    /// The host.
    pub host: String,
    /// What it was not told.
    pub what: &'static str,
    /// What the last try came to.
    pub lapse: Lapse,
}

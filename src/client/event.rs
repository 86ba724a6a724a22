//! What happens at the door, told as it happens.

use std::time::Duration;

/// Something worth counting or showing. No event carries anyone's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientEvent {
    /// A request has left; told when it is certain that it did.
    Sent,
    /// The API has answered.
    Answered {
        /// The HTTP status.
        status: u16,
        /// From leaving to the answer's end.
        took: Duration,
    },
    /// The API has asked the key to wait (429).
    Throttled {
        /// How long.
        wait: Duration,
    },
    /// A request did not reach the API and goes again.
    Retrying {
        /// After how long.
        wait: Duration,
        /// What kept it from the API.
        why: &'static str,
    },
}

//! Whom to tell how a command ended. The path of a ping's URL is a secret, so no URL prints.

use std::time::Duration;

use crate::private::Private;

/// What one place says of whom to tell: each URL `https` or on loopback, without a user.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NotifyLayer {
    /// Who is pinged.
    pub ping: Option<Private<String>>,
    /// Who is posted the summary.
    pub webhook: Option<Private<String>>,
    /// How long each is tried.
    pub timeout: Option<Duration>,
}

impl NotifyLayer {
    /// This one over another, key by key.
    #[must_use]
    pub fn or(self, below: &Self) -> Self {
        Self {
            ping: self.ping.or_else(|| below.ping.clone()),
            webhook: self.webhook.or_else(|| below.webhook.clone()),
            timeout: self.timeout.or(below.timeout),
        }
    }

    /// True when somebody is to be told.
    pub const fn names_somebody(&self) -> bool {
        self.ping.is_some() || self.webhook.is_some()
    }
}

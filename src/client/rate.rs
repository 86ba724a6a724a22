//! How many requests the API takes in how long a time.

use std::{fmt, num::NonZeroU32, time::Duration};

use super::Error;

/// The most requests a window may hold: the ledger keeps eight bytes for each.
const MOST_REQUESTS: u32 = 1_000_000;
/// The units a rate is written in.
const UNITS: &[(&str, u64)] = &[("s", 1), ("min", 60), ("h", 3600)];

/// So many requests in any stretch of time as long as the window. Never zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    requests: NonZeroU32,
    window: Duration,
}

impl Rate {
    /// A rate written as `60/min`, `10/s` or `1000/h`.
    ///
    /// # Errors
    ///
    /// When the text is none of these, or the number is not between 1 and 1,000,000.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let unreadable = || Error::Rate {
            text: text.to_owned(),
        };
        let (requests, unit) = text.split_once('/').ok_or_else(unreadable)?;
        let requests: NonZeroU32 = requests.trim().parse().map_err(|_| unreadable())?;
        let (_, seconds) = UNITS
            .iter()
            .find(|(name, _)| *name == unit.trim())
            .ok_or_else(unreadable)?;
        if requests.get() > MOST_REQUESTS {
            return Err(unreadable());
        }
        Ok(Self {
            requests,
            window: Duration::from_secs(*seconds),
        })
    }

    /// How many requests a window takes.
    pub const fn requests(self) -> NonZeroU32 {
        self.requests
    }

    /// How long so many requests take, if none of the quota is used when they begin.
    pub fn time_for(self, requests: u64) -> Duration {
        let windows = requests.saturating_sub(1) / u64::from(self.requests.get());
        let left = requests.saturating_sub(1) % u64::from(self.requests.get());
        let pace = self.window / self.requests.get();
        if windows == 0 {
            return Duration::ZERO;
        }
        let windows = u32::try_from(windows).unwrap_or(u32::MAX);
        self.window.saturating_mul(windows)
            + pace.saturating_mul(u32::try_from(left).unwrap_or(u32::MAX))
    }

    /// How long the window is.
    pub const fn window(self) -> Duration {
        self.window
    }
}

impl Default for Rate {
    /// The API's documented limit (page A1): 60 a minute.
    fn default() -> Self {
        Self {
            requests: NonZeroU32::MIN.saturating_add(59),
            window: Duration::from_secs(60),
        }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = UNITS
            .iter()
            .find(|(_, seconds)| *seconds == self.window.as_secs())
            .map_or("s", |(name, _)| name);
        write!(formatter, "{}/{unit}", self.requests)
    }
}

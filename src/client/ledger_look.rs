//! The ledger of a key as it is, for somebody who only looks at it.

use std::{
    path::Path,
    time::{Duration, SystemTime},
};

use super::{
    ApiKey, Error,
    ledger::{Header, Ledger},
    slots::micros_since_1970,
};

/// What a ledger says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LedgerLook {
    /// There is none yet.
    Missing,
    /// It is not what was written: the next request has every slot count as used.
    Damaged,
    /// It can be read and written.
    Sound {
        /// The latest time in it, in milliseconds since 1970; 0 when nothing was ever written.
        latest: i64,
        /// How long the pause has to go that the API asked for.
        pause: Option<Duration>,
    },
}

impl LedgerLook {
    /// Looks at the ledger of that key in `folder`; nothing is made, and nothing written.
    ///
    /// # Errors
    ///
    /// When it cannot be opened to be read and written.
    pub fn of(folder: &Path, key: &ApiKey, now: SystemTime) -> Result<Self, Error> {
        let looked = Ledger::look(folder, &key.ledger_name())
            .map_err(|(path, source)| Error::Ledger { path, source })?;
        let Some(bytes) = looked else {
            return Ok(Self::Missing);
        };
        let header = if bytes.is_empty() {
            Some(Header::new())
        } else {
            Header::from_bytes(&bytes)
        };
        let Some(header) = header else {
            return Ok(Self::Damaged);
        };
        let left = header.paused_until.saturating_sub(micros_since_1970(now));
        Ok(Self::Sound {
            latest: i64::try_from(header.seen / 1000).unwrap_or(i64::MAX),
            pause: (left > 0).then(|| Duration::from_micros(left)),
        })
    }
}

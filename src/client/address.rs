//! The address of the API: `https`, or this very machine.

use std::fmt;

use super::Error;
use crate::endpoint::{self, Endpoint};

/// Where the API is. Plain `http` is taken for this machine only, so that neither the key nor
/// people's data crosses a network unencrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    endpoint: Endpoint,
    base: String,
}

impl Address {
    /// The address written as `https://host[:port][/path]`.
    ///
    /// # Errors
    ///
    /// When it is no such address, is not encrypted and not of this machine, or carries a user, a
    /// query or a fragment. The error does not repeat the text, which may hold a password.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let endpoint = Endpoint::parse(text).map_err(|error| match error {
            endpoint::Error::Unreadable => Error::AddressUnreadable,
            endpoint::Error::Unencrypted => Error::AddressUnencrypted,
            endpoint::Error::WithUser => Error::AddressWithUser,
            endpoint::Error::WithFragment => Error::AddressWithQuery,
        })?;
        if endpoint.url().query().is_some() {
            return Err(Error::AddressWithQuery);
        }
        Ok(Self {
            base: endpoint.url().as_str().trim_end_matches('/').to_owned(),
            endpoint,
        })
    }

    /// True when the address is this machine's own.
    pub const fn is_loopback(&self) -> bool {
        self.endpoint.is_loopback()
    }

    /// True for `https`.
    pub fn is_encrypted(&self) -> bool {
        self.endpoint.is_encrypted()
    }

    /// The host alone, for messages.
    pub fn host(&self) -> &str {
        self.endpoint.host()
    }

    /// The way there.
    pub(super) const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The whole address of an operation.
    pub(super) fn of(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.base)
    }
}

//! The address of the API: `https`, or this very machine.

use std::{fmt, net::IpAddr};

use reqwest::Url;

use super::Error;

/// Where the API is. Plain `http` is taken for this machine only, so that neither the key nor
/// people's data crosses a network unencrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    base: String,
    host: String,
    loopback: bool,
    encrypted: bool,
}

impl Address {
    /// The address written as `https://host[:port][/path]`.
    ///
    /// # Errors
    ///
    /// When it is no such address, is not encrypted and not of this machine, or carries a user, a
    /// query or a fragment. The error does not repeat the text, which may hold a password.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let url = Url::parse(text.trim()).map_err(|_| Error::AddressUnreadable)?;
        let host = url.host_str().ok_or(Error::AddressUnreadable)?.to_owned();
        let loopback = is_loopback(&host);
        match url.scheme() {
            "https" => {}
            "http" if loopback => {}
            _ => return Err(Error::AddressUnencrypted),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Error::AddressWithUser);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(Error::AddressWithQuery);
        }
        Ok(Self {
            base: url.as_str().trim_end_matches('/').to_owned(),
            host,
            loopback,
            encrypted: url.scheme() == "https",
        })
    }

    /// True when the address is this machine's own.
    pub const fn is_loopback(&self) -> bool {
        self.loopback
    }

    /// True for `https`.
    pub const fn is_encrypted(&self) -> bool {
        self.encrypted
    }

    /// The host alone, for messages.
    pub fn host(&self) -> &str {
        &self.host
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

fn is_loopback(host: &str) -> bool {
    let literal = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || literal
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

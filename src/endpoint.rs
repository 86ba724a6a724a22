//! Where something may be sent over HTTP: `https`, or this very machine; and what keeps a request from it.
//!
//! A path may be a secret, as that of a webhook is: nothing here prints more than the host.

use std::{error::Error as _, fmt, io, net::IpAddr, time::Duration};

use reqwest::{ClientBuilder, Url, redirect};

/// Below the 5 s after which a Node server closes a connection that rests. A request that meets the
/// closing of its connection would be in doubt.
const IDLE_TIMEOUT: Duration = Duration::from_secs(4);

/// An address that is encrypted or this machine's own, and holds no password.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    url: Url,
    host: String,
    loopback: bool,
}

/// What is wrong with an address, to follow the address's name. It does not repeat the address, which may
/// hold a password or be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is no address.
    #[error("is not an address; write it like https://example.com/path")]
    Unreadable,
    /// It would be sent to in the open.
    #[error(
        "has to begin with https://; http:// is for this machine only (localhost, 127.0.0.1, [::1])"
    )]
    Unencrypted,
    /// It holds a user or a password.
    #[error("holds a user or a password; remove what stands before the `@`")]
    WithUser,
    /// It holds what is never sent.
    #[error("holds a fragment, which is never sent; remove what follows `#`")]
    WithFragment,
}

impl Endpoint {
    /// The address written as `https://host[:port][/path][?query]`.
    ///
    /// # Errors
    ///
    /// When it is no such address, or is neither encrypted nor of this machine.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let url = Url::parse(text.trim()).map_err(|_| Error::Unreadable)?;
        let host = url.host_str().ok_or(Error::Unreadable)?.to_owned();
        let loopback = is_loopback(&host);
        match url.scheme() {
            "https" => {}
            "http" if loopback => {}
            _ => return Err(Error::Unencrypted),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Error::WithUser);
        }
        if url.fragment().is_some() {
            return Err(Error::WithFragment);
        }
        Ok(Self {
            url,
            host,
            loopback,
        })
    }

    /// The whole address.
    pub const fn url(&self) -> &Url {
        &self.url
    }

    /// The host alone, for messages.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// True when the address is this machine's own.
    pub const fn is_loopback(&self) -> bool {
        self.loopback
    }

    /// True for `https`.
    pub fn is_encrypted(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// HTTP to this address and to no other: nothing is sent again or elsewhere by itself.
    pub fn http(&self) -> ClientBuilder {
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("aca-sync/", env!("CARGO_PKG_VERSION")))
            .https_only(self.is_encrypted())
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .pool_idle_timeout(IDLE_TIMEOUT);
        if self.loopback {
            builder = builder.no_proxy();
        }
        if !self.is_encrypted() {
            // No TLS, so the system's certificates need not be read.
            builder = builder.tls_certs_only([]);
        }
        builder
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Endpoint({})", self.host)
    }
}

/// What kept a request from where it was meant to go. The library's texts hold the address and may hold more.
pub fn obstacle(error: &reqwest::Error) -> &'static str {
    if error.is_dns() {
        return "the name is not known";
    }
    if error.is_timeout() {
        return "no connection in time";
    }
    let mut source = error.source();
    while let Some(cause) = source {
        match cause.downcast_ref().map(innermost_kind) {
            Some(io::ErrorKind::ConnectionRefused) => return "connection refused",
            Some(io::ErrorKind::InvalidData) => return "TLS failed",
            Some(io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable) => {
                return "no way there";
            }
            _ => source = cause.source(),
        }
    }
    "no connection"
}

/// The TLS library's error lies within one of no kind, and `source` passes over it.
fn innermost_kind(error: &io::Error) -> io::ErrorKind {
    let mut innermost = error;
    while let Some(inner) = innermost.get_ref().and_then(|inner| inner.downcast_ref()) {
        innermost = inner;
    }
    innermost.kind()
}

fn is_loopback(host: &str) -> bool {
    let literal = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || literal
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

//! One request over HTTP, and what is certain about it afterwards.

use std::{borrow::Cow, error::Error as _, io, time::Duration};

use reqwest::{
    Method, Response,
    header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
    redirect,
};

use super::{Bytes, ClientOptions, Error, response::Answer};
use crate::record::Doubt;

/// The header that carries the key (page A1).
const KEY_HEADER: HeaderName = HeaderName::from_static("x-api-key");
/// Below the 5 s after which a Node server closes a connection that rests. A request that meets the
/// closing of its connection would be in doubt.
const IDLE_TIMEOUT: Duration = Duration::from_secs(4);
/// No answer is longer; a hundred customers with their policies take less than a tenth of it.
const LARGEST_ANSWER: usize = 8 << 20;

/// The HTTP side of the door.
pub(super) struct Transport {
    http: reqwest::Client,
    options: ClientOptions,
}

/// What is sent, as often as it takes.
pub(super) struct Letter {
    /// The HTTP method.
    pub(super) method: &'static str,
    /// The path below the base URL.
    pub(super) path: Cow<'static, str>,
    /// The body, byte for byte; none for what only asks.
    pub(super) body: Option<Bytes>,
}

/// What is certain after one attempt.
pub(super) enum Attempt {
    /// The API has answered.
    Answered(Answer),
    /// The request did not reach the API.
    NeverSent(&'static str),
    /// The request left, and no answer came.
    Unanswered(Doubt),
}

impl Transport {
    pub(super) fn new(options: &ClientOptions) -> Result<Self, Error> {
        let mut headers = HeaderMap::new();
        headers.insert(KEY_HEADER, options.key.header_value()?);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("aca-sync/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            .https_only(options.address.is_encrypted())
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(options.connect_timeout)
            .read_timeout(options.timeout)
            .timeout(options.timeout)
            .pool_idle_timeout(IDLE_TIMEOUT);
        if options.address.is_loopback() {
            builder = builder.no_proxy();
        }
        if !options.address.is_encrypted() {
            // No TLS, so the system's certificates need not be read.
            builder = builder.tls_certs_only([]);
        }
        Ok(Self {
            http: builder.build().map_err(|_| Error::Tls)?,
            options: options.clone(),
        })
    }

    /// Sends a letter, once.
    pub(super) async fn send(&self, letter: &Letter) -> Attempt {
        let method = Method::from_bytes(letter.method.as_bytes()).unwrap_or(Method::POST);
        let address = self.options.address.of(&letter.path);
        let mut request = self.http.request(method, address);
        if let Some(body) = &letter.body {
            request = request.body(body.clone());
        }
        match request.send().await {
            Ok(response) => Attempt::Answered(Answer {
                status: response.status().as_u16(),
                headers: response.headers().clone(),
                body: read(response).await,
            }),
            Err(error) => judge_error(&error),
        }
    }
}

/// The whole body; none when it breaks off, comes too slowly, or is too large.
async fn read(mut response: Response) -> Option<Bytes> {
    let announced = response.content_length().unwrap_or(0);
    if usize::try_from(announced).map_or(true, |length| length > LARGEST_ANSWER) {
        return None;
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        if body.len() + chunk.len() > LARGEST_ANSWER {
            return None;
        }
        body.extend_from_slice(&chunk);
    }
    Some(body.into())
}

/// Reduced to what kind of error it is: the library's texts hold the address and may hold more.
fn judge_error(error: &reqwest::Error) -> Attempt {
    if error.is_connect() || error.is_builder() {
        Attempt::NeverSent(obstacle(error))
    } else if error.is_timeout() {
        Attempt::Unanswered(Doubt::Timeout)
    } else {
        Attempt::Unanswered(Doubt::ConnectionLost)
    }
}

/// What kept a request from the API.
fn obstacle(error: &reqwest::Error) -> &'static str {
    if error.is_dns() {
        return "the name is not known";
    }
    if error.is_timeout() {
        return "no connection in time";
    }
    let mut source = error.source();
    while let Some(cause) = source {
        match cause.downcast_ref().map(io::Error::kind) {
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

//! One request over HTTP, and what is certain about it afterwards.

use std::borrow::Cow;

use reqwest::{
    Method, Response,
    header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};

use super::{Bytes, ClientOptions, Error, response::Answer};
use crate::{endpoint::obstacle, record::Doubt};

/// The header that carries the key (page A1).
const KEY_HEADER: HeaderName = HeaderName::from_static("x-api-key");
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
        let builder = options
            .address
            .endpoint()
            .http()
            .default_headers(headers)
            .connect_timeout(options.connect_timeout)
            .read_timeout(options.timeout)
            .timeout(options.timeout);
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

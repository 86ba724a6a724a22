//! A line to somebody outside: one request, tried twice at most.

use std::{sync::OnceLock, time::Duration};

use reqwest::{Client, Url, header::CONTENT_TYPE};

use super::Lapse;
use crate::endpoint::{Endpoint, obstacle};

/// How often a request is sent at most.
const MOST_TRIES: u32 = 2;
/// What a moment's absence takes, before the second try.
const PAUSE: Duration = Duration::from_secs(1);

/// A line to one address.
pub(super) struct Line {
    endpoint: Endpoint,
    timeout: Duration,
    /// Made when it is first needed: reading the system's certificates takes a moment.
    http: OnceLock<Option<Client>>,
}

/// What is sent.
pub(super) struct Letter {
    url: Url,
    kind: &'static str,
    body: String,
}

impl Letter {
    /// A text.
    pub(super) const fn text(url: Url, body: String) -> Self {
        let kind = "text/plain; charset=utf-8";
        Self { url, kind, body }
    }

    /// A JSON object.
    pub(super) const fn json(url: Url, body: String) -> Self {
        let kind = "application/json";
        Self { url, kind, body }
    }
}

impl Line {
    pub(super) const fn new(endpoint: Endpoint, timeout: Duration) -> Self {
        Self {
            endpoint,
            timeout,
            http: OnceLock::new(),
        }
    }

    pub(super) const fn url(&self) -> &Url {
        self.endpoint.url()
    }

    pub(super) fn host(&self) -> &str {
        self.endpoint.host()
    }

    /// Sends a letter, and once more when that may help; the same body, byte for byte.
    pub(super) async fn tell(&self, letter: Letter) -> Result<(), Lapse> {
        let mut tries = 1;
        loop {
            match self.send(&letter).await {
                Err(lapse) if lapse.may_pass() && tries < MOST_TRIES => {
                    tries += 1;
                    tokio::time::sleep(PAUSE).await;
                }
                told => return told,
            }
        }
    }

    async fn send(&self, letter: &Letter) -> Result<(), Lapse> {
        let http = self.http.get_or_init(|| {
            let builder = self.endpoint.http().timeout(self.timeout);
            builder.build().ok()
        });
        let request = http
            .as_ref()
            .ok_or(Lapse::Tls)?
            .post(letter.url.clone())
            .header(CONTENT_TYPE, letter.kind)
            .body(letter.body.clone());
        let response = request.send().await.map_err(|error| lapse_of(&error))?;
        // What it says beside the status is nothing to us, and is not read.
        let status = response.status();
        if status.is_success() {
            Ok(())
        } else if status.is_redirection() {
            Err(Lapse::Redirected(status.as_u16()))
        } else {
            Err(Lapse::Refused(status.as_u16()))
        }
    }
}

fn lapse_of(error: &reqwest::Error) -> Lapse {
    if error.is_connect() || error.is_builder() {
        Lapse::NoConnection(obstacle(error))
    } else if error.is_timeout() {
        Lapse::NoAnswer
    } else {
        Lapse::Broken
    }
}

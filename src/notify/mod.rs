//! Somebody outside is told how a command ended: a ping, as healthchecks.io takes it, and a webhook.
//!
//! What is told are counts and codes, which the caller has put into words. A ping's path and a webhook's are
//! secrets: no text here holds more of them than the host. The API's key is not known here.

mod error;
mod line;

use std::{fmt, time::Duration};

use reqwest::Url;

pub use self::error::{Error, Lapse, Unheard};
use self::line::{Letter, Line};
use crate::endpoint::Endpoint;

/// How much of a ping's body healthchecks.io keeps, in bytes.
const LONGEST_LINE: usize = 10_000;

/// Who is told, and for how long it is tried.
#[derive(Clone, PartialEq, Eq)]
pub struct Options {
    ping: Option<Endpoint>,
    webhook: Option<Endpoint>,
    timeout: Duration,
}

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// The exit code.
    pub exit: u8,
    /// One line of counts, for the ping.
    pub line: String,
    /// A JSON object, for the webhook.
    pub summary: String,
}

/// Tells those whom the options name.
pub struct Notifier {
    ping: Option<Line>,
    webhook: Option<Line>,
}

impl Options {
    /// How long one try may take where nothing else is said.
    pub const TIMEOUT: Duration = Duration::from_secs(10);
    /// The longest time that one try may be given.
    pub const LONGEST_TIMEOUT: Duration = Duration::from_secs(5 * 60);

    /// Options with these addresses; a blank one is none. `timeout` is for one try of one request.
    ///
    /// # Errors
    ///
    /// When an address is none, is neither encrypted nor of this machine, or holds a user or a fragment, or
    /// when the time is none or longer than five minutes. The error does not repeat the address.
    pub fn new(
        ping: Option<&str>,
        webhook: Option<&str>,
        timeout: Duration,
    ) -> Result<Self, Error> {
        if timeout.is_zero() || timeout > Self::LONGEST_TIMEOUT {
            return Err(Error::Timeout);
        }
        Ok(Self {
            ping: parse("ping", ping)?,
            webhook: parse("webhook", webhook)?,
            timeout,
        })
    }

    /// The same without those that are not on this machine: what a rehearsal may tell.
    #[must_use]
    pub fn on_this_machine(mut self) -> Self {
        self.ping = self.ping.filter(Endpoint::is_loopback);
        self.webhook = self.webhook.filter(Endpoint::is_loopback);
        self
    }

    /// True when there is nobody to be told.
    pub const fn is_empty(&self) -> bool {
        self.ping.is_none() && self.webhook.is_none()
    }

    /// How long one try of one request may take.
    pub const fn timeout(&self) -> Duration {
        self.timeout
    }

    /// The hosts of those who are told, for messages.
    pub fn hosts(&self) -> Vec<&str> {
        let endpoints = [&self.ping, &self.webhook];
        let mut hosts: Vec<&str> = endpoints
            .into_iter()
            .flatten()
            .map(Endpoint::host)
            .collect();
        hosts.dedup();
        hosts
    }
}

fn parse(whose: &'static str, text: Option<&str>) -> Result<Option<Endpoint>, Error> {
    let text = text.filter(|text| !text.trim().is_empty());
    text.map(Endpoint::parse)
        .transpose()
        .map_err(|problem| Error::Address { whose, problem })
}

impl fmt::Debug for Options {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Options({:?}, {:?})", self.hosts(), self.timeout)
    }
}

impl Notifier {
    /// One that has not told anybody yet.
    pub fn new(options: &Options) -> Self {
        let line = |endpoint: &Endpoint| Line::new(endpoint.clone(), options.timeout);
        Self {
            ping: options.ping.as_ref().map(line),
            webhook: options.webhook.as_ref().map(line),
        }
    }

    /// Tells that a command has started, in `line`; a webhook is told of ends only.
    ///
    /// # Errors
    ///
    /// When it was not heard, in two tries.
    pub async fn begin(&self, line: &str) -> Result<(), Unheard> {
        let Some(ping) = &self.ping else {
            return Ok(());
        };
        let url = below(ping.url(), "start");
        let letter = Letter::text(url, shortened(line));
        let told = ping.tell(letter).await;
        told.map_err(|lapse| start_unheard(ping, lapse))
    }

    /// What there is to say when the caller has given up telling the start.
    pub fn unheard_start(&self, lapse: Lapse) -> Option<Unheard> {
        let ping = self.ping.as_ref()?;
        Some(start_unheard(ping, lapse))
    }

    /// Tells how the command ended, and gives back who did not hear it in two tries.
    pub async fn end(&self, ending: &Ending) -> Vec<Unheard> {
        let letter_of = |ping: &Line| {
            let url = match ending.exit {
                0 => ping.url().clone(),
                exit => below(ping.url(), &exit.to_string()),
            };
            Letter::text(url, shortened(&ending.line))
        };
        let hook_letter = |hook: &Line| Letter::json(hook.url().clone(), ending.summary.clone());
        let (pinged, posted) = tokio::join!(
            told(self.ping.as_ref(), letter_of),
            told(self.webhook.as_ref(), hook_letter)
        );
        [pinged, posted].into_iter().flatten().collect()
    }
}

fn start_unheard(ping: &Line, lapse: Lapse) -> Unheard {
    Unheard {
        host: ping.host().to_owned(),
        what: "that the command started",
        lapse,
    }
}

/// Tells one of them; gives back that it was not heard.
async fn told(line: Option<&Line>, letter: impl Fn(&Line) -> Letter) -> Option<Unheard> {
    let line = line?;
    let lapse = line.tell(letter(line)).await.err()?;
    Some(Unheard {
        host: line.host().to_owned(),
        what: "how the command ended",
        lapse,
    })
}

/// The address one step below; a query stays behind the path.
fn below(url: &Url, step: &str) -> Url {
    let mut below = url.clone();
    below.set_path(&format!("{}/{step}", url.path().trim_end_matches('/')));
    below
}

/// As much of a line as is kept of it.
fn shortened(line: &str) -> String {
    let mut length = 0;
    let fits = |c: &char| {
        length += c.len_utf8();
        length <= LONGEST_LINE
    };
    line.chars().take_while(fits).collect()
}

#[cfg(test)]
mod tests {
    use super::{Endpoint, LONGEST_LINE, below, shortened};

    #[test]
    fn a_step_goes_before_the_query() {
        for (address, expected) in [
            (
                "https://example.com/ping/a",
                "https://example.com/ping/a/start",
            ),
            (
                "https://example.com/ping/a/",
                "https://example.com/ping/a/start",
            ),
            (
                "https://example.com/k/slug?create=1",
                "https://example.com/k/slug/start?create=1",
            ),
            (
                "https://example.com/a%2Fb?x=%2F",
                "https://example.com/a%2Fb/start?x=%2F",
            ),
            ("https://example.com", "https://example.com/start"),
        ] {
            let endpoint = Endpoint::parse(address).unwrap();
            assert_eq!(below(endpoint.url(), "start").as_str(), expected);
        }
    }

    #[test]
    fn a_line_is_cut_between_characters() {
        let long = "ä".repeat(LONGEST_LINE);

        assert_eq!(shortened(&long).len(), LONGEST_LINE);
        assert_eq!(shortened(&format!("x{long}")).len(), LONGEST_LINE - 1);
        assert_eq!(shortened("short"), "short");
    }
}

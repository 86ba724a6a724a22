//! The flags that name who outside is told of a command; their help texts live here.

use std::time::Duration;

use clap::Args;

use super::args::parse_time;
use crate::{config::NotifyLayer, notify, private::Private};

/// Who is told how a command started and ended.
#[derive(Default, Args)]
pub(super) struct NotifyArgs {
    /// Ping URL as healthchecks.io takes it: URL/start at the start, URL at success (exit 0), else URL/EXITCODE, with a
    /// line of counts. A secret: better in the environment than on a command line
    #[arg(
        long = "notify-ping",
        value_name = "URL",
        env = "ACA_SYNC_NOTIFY_PING",
        hide_env_values = true
    )]
    pub(super) ping: Option<String>,
    /// POST the object of --json to URL at the end of the command, however it ends, with verb, mapping, account, host,
    /// program and at. A secret too
    #[arg(
        long = "notify-webhook",
        value_name = "URL",
        env = "ACA_SYNC_NOTIFY_WEBHOOK",
        hide_env_values = true
    )]
    pub(super) webhook: Option<String>,
    /// How long one try to tell them may take; there are two at most [default: 10s]
    #[arg(long = "notify-timeout", value_name = "TIME", env = "ACA_SYNC_NOTIFY_TIMEOUT", value_parser = parse_time)]
    pub(super) timeout: Option<Duration>,
}

impl NotifyArgs {
    /// The same over what the configuration says, checked.
    pub(super) fn options(&self, layer: &NotifyLayer) -> Result<notify::Options, notify::Error> {
        let or = |flag: &Option<String>, below: &Option<Private<String>>| {
            let below = below.as_ref().map(|url| url.expose().clone());
            flag.clone().or(below)
        };
        notify::Options::new(
            or(&self.ping, &layer.ping).as_deref(),
            or(&self.webhook, &layer.webhook).as_deref(),
            self.timeout
                .or(layer.timeout)
                .unwrap_or(notify::Options::TIMEOUT),
        )
    }
}

/// The addresses are secrets, and do not print.
impl std::fmt::Debug for NotifyArgs {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("NotifyArgs(…)")
    }
}

//! The door to the API as commands open it: with the configured key, or to a sandbox of their own.

use std::{sync::Arc, time::Duration};

use super::{console::Console, failure::Failure, sandbox_host::Host, settings::Settings};
use crate::client::{Client, ClientOptions};

/// An open door.
pub(super) struct Door {
    /// The sandbox behind it, where there is one.
    pub(super) host: Option<Host>,
    pub(super) client: Arc<Client>,
}

impl Door {
    /// Finds the key, or starts the sandbox with these faults.
    pub(super) async fn open(
        settings: &Settings,
        (sandbox, faults): (bool, &[String]),
        give_up_after: Duration,
        console: Console,
    ) -> Result<Self, Failure> {
        let host = if sandbox {
            Some(Host::start(settings, faults).await?)
        } else {
            None
        };
        let (address, key) = match &host {
            Some(host) => (host.address().clone(), Host::key()?),
            None => (settings.address.clone(), settings.api_key()?),
        };
        if key.is_exposed() {
            console.remark(
                "warning: others than you may read the file with the API key; chmod 600 mends that",
            );
        }
        if host.is_some() {
            console.remark(crate::sandbox::BANNER);
        }
        let client = Client::new(ClientOptions {
            rate: settings.rate,
            give_up_after,
            jitter_seed: u64::from(std::process::id()),
            ..ClientOptions::new(
                address,
                key,
                settings.state_folder.clone(),
                Arc::clone(&settings.clock),
            )
        })?;
        Ok(Self {
            host,
            client: Arc::new(client),
        })
    }
}

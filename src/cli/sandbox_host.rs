//! The sandbox inside a command: a server on a free loopback port for `sync --sandbox`.

use std::{net::Ipv4Addr, path::PathBuf, sync::Arc};

use tokio::net::TcpListener;

use super::{exit::Exit, failure::Failure, settings::Settings};
use crate::{
    client::{Address, ApiKey},
    sandbox::{Faults, Options, Sandbox, Tally, serve},
};

/// The faults of `--fault` and the sandbox's own paths, for `sandbox --help`.
pub(super) const FAULT_HELP: &str = "\
Faults: KIND[=ARG]@WHEN, several separated by `;`

  429[=SECONDS | header:S | date:S | none]   refused; where the answer says how long to wait
  403                                        refused, as to a key without the permission
  500, 502, 503                              refused, nothing applied; 502 has an HTML body
  reset                                      the connection is dropped, nothing applied
  applied-reset, applied-500                 applied, then no answer, or a 500
  slow=MS, applied-slow=MS                   waits before applying, or before answering
  truncate, garbage                          applied; the answer is cut short, or is not JSON
  missing                                    applied; the answer leaves one record out
  fail=TEXT | fail=every:N                   an error of the records whose externalId, or id in the path, holds TEXT
  fail-unnamed=…                             the same, and the error names no record
  refuse=…, refuse-unnamed=…                 a 422 for the whole request, naming the record or not

WHEN is a request number 3, a list 3,7, a range 3-5, every:10, or p:0.2:SEED, which falls on the same
requests each time; the last four kinds apply always when it is left out.

GET /sandbox/tally says what it counted. GET /sandbox/dump tells all that it holds: of each customer
which bodies were applied to it, in order; of each body how often it was applied, by its digest; of each
policy how many records created or updated it.";

/// The name that stands for the sandbox's address in journals.
pub(super) const ADDRESS: &str = "sandbox";

/// A sandbox that serves this process.
pub(super) struct Host {
    sandbox: Sandbox,
    address: Address,
}

impl Host {
    /// Starts the sandbox of the state folder.
    pub(super) async fn start(settings: &Settings, faults: &[String]) -> Result<Self, Failure> {
        let journal = settings.journal_path(true);
        let sandbox = Sandbox::open(Options {
            store: Some(store_beside(&journal)),
            faults: parse_faults(faults)?,
            ..Options::new(Arc::clone(&settings.clock))
        })?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .map_err(|error| no_port(&error))?;
        let port = listener
            .local_addr()
            .map_err(|error| no_port(&error))?
            .port();
        // Served until the process ends: what was applied is on disk before it is answered.
        tokio::spawn(serve(listener, sandbox.clone(), std::future::pending()));
        Ok(Self {
            sandbox,
            address: Address::parse(&format!("http://127.0.0.1:{port}"))?,
        })
    }

    /// Where it listens.
    pub(super) const fn address(&self) -> &Address {
        &self.address
    }

    /// A key that it takes.
    pub(super) fn key() -> Result<ApiKey, Failure> {
        Ok(ApiKey::from_text("cc_sandbox")?)
    }

    /// What it counted.
    pub(super) fn tally(&self) -> Tally {
        self.sandbox.tally()
    }
}

/// Reads `--fault` switches.
pub(super) fn parse_faults(switches: &[String]) -> Result<Faults, Failure> {
    switches
        .iter()
        .map(|text| {
            Faults::parse(text).map_err(|error| Failure::new(Exit::Usage, error.to_string()))
        })
        .collect()
}

/// Store and journal persist side by side, so that one knows what the other holds.
fn store_beside(journal: &std::path::Path) -> PathBuf {
    journal.with_extension("store.db")
}

fn no_port(error: &std::io::Error) -> Failure {
    Failure::new(
        Exit::Internal,
        format!("the sandbox cannot listen on loopback: {error}"),
    )
}

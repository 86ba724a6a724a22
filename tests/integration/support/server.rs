//! The real sandbox on a free port of loopback, in this process, so that tests can ask it directly what
//! it holds.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use aca_sync::sandbox::{Faults, Options, Sandbox, Tally, serve};
use serde_json::Value;
use tokio::{net::TcpListener, runtime::Runtime};

/// A sandbox without a quota, until it is dropped.
pub(crate) struct Server {
    sandbox: Sandbox,
    url: String,
    // Dropping a runtime would wait for what it runs, so it is let go in the background.
    runtime: Option<Runtime>,
}

impl Server {
    pub(crate) fn new() -> Self {
        Self::with(|_| ())
    }

    /// One that plays these faults.
    pub(crate) fn failing(faults: &str) -> Self {
        Self::with(|options| options.faults = Faults::parse(faults).unwrap())
    }

    pub(crate) fn with(change: impl FnOnce(&mut Options)) -> Self {
        Self::start("127.0.0.1:0", change)
    }

    /// One at the address of a URL.
    pub(crate) fn at(url: &str) -> Self {
        Self::at_with(url, |_| ())
    }

    /// The same, with these options.
    pub(crate) fn at_with(url: &str, change: impl FnOnce(&mut Options)) -> Self {
        Self::start(url.trim_start_matches("http://"), change)
    }

    fn start(address: &str, change: impl FnOnce(&mut Options)) -> Self {
        let mut options = Options {
            quota: None,
            ..Options::new(Arc::new(now))
        };
        change(&mut options);
        let sandbox = Sandbox::open(options).unwrap();
        let runtime = runtime();
        let listener = runtime.block_on(TcpListener::bind(address)).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let served = sandbox.clone();
        runtime.spawn(async {
            serve(listener, served, std::future::pending())
                .await
                .unwrap();
        });
        Self {
            sandbox,
            url,
            runtime: Some(runtime),
        }
    }

    /// Stops it; what it has begun to apply is applied then, and everything else never will be.
    pub(crate) fn stop(mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::from_secs(10));
        }
    }

    pub(crate) fn url(&self) -> String {
        self.url.clone()
    }

    pub(crate) fn tally(&self) -> Tally {
        self.sandbox.tally()
    }

    pub(crate) fn dump(&self) -> Value {
        self.sandbox.dump()
    }

    pub(crate) fn customers(&self) -> Vec<Value> {
        self.dump()["customers"].as_array().unwrap().clone()
    }

    /// The bodies that were applied, and how often each.
    pub(crate) fn bodies(&self) -> Value {
        self.dump()["applied_bodies"]["times"].clone()
    }

    /// The customer with that id of HealthSherpa's.
    pub(crate) fn customer(&self, id: &str) -> Option<Value> {
        let mut customers = self.customers().into_iter();
        customers.find(|customer| customer["healthSherpaCustomerId"] == id)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// An address where nothing listens.
pub(crate) fn nowhere() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// The threads that a server of a test works on.
pub(crate) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap()
}

#[expect(clippy::disallowed_methods, reason = "a test holds its own clock")]
fn now() -> SystemTime {
    SystemTime::now()
}

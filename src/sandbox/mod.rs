//! A stand-in for the careCycle API on loopback: a real HTTP server that behaves as the API's pages say.
//!
//! `aca-sync sandbox` and `sync --sandbox` rehearse against it, and so do the tests. It validates by the
//! tables of [`crate::contract`] and by nothing else of this crate, so that a mistake in what normalizing
//! or writing records does shows here instead of cancelling out.
//!
//! * `POST /v2/sync/aca`, `GET` and `PATCH /v2/customers/{id}`, `POST /v2/customers/{id}/policies`,
//!   `PATCH /v2/customers/{id}/policies/{policyId}` and `GET /v2/carriers` are the API's, with key, quota and
//!   error bodies.
//! * `GET /sandbox/tally` and `GET /sandbox/dump` are the sandbox's own and need no key: what it counted,
//!   and all that it holds. The server listens on loopback only and answers to no other host name.
//! * [`Faults`] make it fail on purpose, each by the number of the request or by a seed, so that what went
//!   wrong once can be repeated; the grammar of `--fault` is there.
//!
//! The dump is an oracle for who sends: it tells of each customer which bodies were applied to it and in
//! which order, of each body how often it was applied, and of each policy how many records created or
//! updated it. Bodies are named by [`body_digest`].
//!
//! Nothing here is logged: neither keys nor bodies. What is held is people's data when real exports are
//! rehearsed, so the store's file is its owner's alone.

mod answer;
mod apply;
mod carriers;
mod connection;
mod exchange;
mod faults;
mod grammar;
mod limit;
mod matching;
mod routes;
mod shape;
mod single;
mod store;
mod store_file;
mod tally;
mod validate;
mod view;

use std::{
    fmt,
    future::{Future, IntoFuture, pending},
    io,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::oneshot, time::sleep};

pub use faults::Faults;
pub use grammar::FaultError;
pub use tally::Tally;

use answer::Answer;
use connection::{Switch, SwitchedListener};
use faults::{Plan, RetryAfter};
use limit::Limiter;
use store::Store;
use tally::Traffic;

/// What a command says when it starts the sandbox.
pub const BANNER: &str = "This is a stand-in on loopback for rehearsal, not the careCycle API.";

/// How long requests that are being answered may take once the server is asked to stop.
const GRACE: Duration = Duration::from_secs(2);

/// Tells the time: the quota counts by it, and what is "more than a year old" is judged by its day in UTC.
pub type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// How a sandbox behaves.
#[derive(Clone)]
pub struct Options {
    /// A SQLite file of its own, created for its owner alone; none keeps everything in memory.
    pub store: Option<PathBuf>,
    /// How many requests a key may make; none sets no limit.
    pub quota: Option<Quota>,
    /// What goes wrong on purpose.
    pub faults: Faults,
    /// Which version of the answer it gives.
    pub answer: AnswerShape,
    /// The time.
    pub clock: Clock,
}

/// So many requests in any window of that length, per key, counted by arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// How many requests.
    pub requests: u32,
    /// The window's length.
    pub window: Duration,
}

/// Which version of the answer to a sync request is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AnswerShape {
    /// Page S0: `succeeded`, `failed` and `errors[]`.
    Old,
    /// Page F2: `results[]` besides, with the `previousStatus` of each changed policy.
    #[default]
    New,
}

/// Why the sandbox cannot be opened or served.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store's file cannot be created or opened.
    #[error("the sandbox's store {} cannot be opened: {source}", path.display())]
    Create {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file is something else.
    #[error("{} is not a sandbox's store; name another file", .0.display())]
    NotAStore(PathBuf),
    /// Another sandbox has the file open.
    #[error("the sandbox's store {} is in use by another sandbox; stop that one first", .0.display())]
    InUse(PathBuf),
    /// Reading or writing the store failed.
    #[error("the sandbox's store failed: {0}")]
    Store(#[from] rusqlite::Error),
    /// The listener could be reached from other machines.
    #[error("{0} is not a loopback address; let the sandbox listen on 127.0.0.1 or [::1]")]
    NotLoopback(SocketAddr),
    /// The server failed.
    #[error("the sandbox cannot serve: {0}")]
    Serve(#[source] io::Error),
}

/// The sandbox: what it holds, what it counted, and how it behaves. Clones are the same sandbox.
#[derive(Clone)]
pub struct Sandbox(Arc<Room>);

struct Room {
    faults: Faults,
    answer: AnswerShape,
    clock: Clock,
    store: Mutex<Store>,
    limiter: Mutex<Limiter>,
    traffic: Traffic,
}

impl Options {
    /// In memory, 60 requests a minute, no faults, the newer answer.
    pub fn new(clock: Clock) -> Self {
        Self {
            store: None,
            quota: Some(Quota::default()),
            faults: Faults::none(),
            answer: AnswerShape::default(),
            clock,
        }
    }
}

impl Default for Quota {
    /// The API's own: 60 a minute (page A1).
    fn default() -> Self {
        Self {
            requests: 60,
            window: Duration::from_secs(60),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Options")
            .field("store", &self.store)
            .field("quota", &self.quota)
            .field("faults", &self.faults)
            .field("answer", &self.answer)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Sandbox")
    }
}

/// What a dump calls the body of a record: the hash of its members and values, whatever the order of the
/// members; none for text that is no JSON object.
pub fn body_digest(body: &[u8]) -> Option<String> {
    let record = serde_json::from_slice(body).ok()?;
    let digest = u128::from_be_bytes(apply::digest(&record));
    Some(format!("{digest:032x}"))
}

/// Serves until `stop` resolves; requests that are then being answered get a short grace.
///
/// # Errors
///
/// When the listener is not on a loopback address, or the server fails.
pub async fn serve(
    listener: TcpListener,
    sandbox: Sandbox,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Error> {
    let address = listener.local_addr().map_err(Error::Serve)?;
    if !address.ip().to_canonical().is_loopback() {
        return Err(Error::NotLoopback(address));
    }
    let (asked, stopping) = oneshot::channel();
    let service = routes::router(sandbox).into_make_service_with_connect_info::<Switch>();
    let server = axum::serve(SwitchedListener(listener), service).with_graceful_shutdown(async {
        stop.await;
        // Nobody listens any more when the server has ended by itself.
        let _ = asked.send(());
    });
    tokio::select! {
        ended = server.into_future() => ended.map_err(Error::Serve),
        () = grace_after(stopping) => Ok(()),
    }
}

async fn grace_after(stopping: oneshot::Receiver<()>) {
    match stopping.await {
        Ok(()) => sleep(GRACE).await,
        Err(_) => pending().await,
    }
}

impl Sandbox {
    /// Opens the store and begins to count.
    ///
    /// # Errors
    ///
    /// When the store cannot be opened, is in use, or is another program's file.
    pub fn open(options: Options) -> Result<Self, Error> {
        Ok(Self(Arc::new(Room {
            store: Mutex::new(Store::open(options.store.as_deref())?),
            limiter: Mutex::new(Limiter::new(options.quota)),
            traffic: Traffic::default(),
            faults: options.faults,
            answer: options.answer,
            clock: options.clock,
        })))
    }

    /// What it counted so far.
    pub fn tally(&self) -> Tally {
        let stored = self.store().tally();
        self.traffic().with(stored)
    }

    /// All that it holds: `customers` with their `policies` under the names of the request and with the
    /// values as sent, how many records were `applied` to each, and the digests of a customer's `bodies` in
    /// the order in which they were applied; `applied_bodies` (`total`, `distinct`, `max_times`, and by
    /// digest the `times`) and the `tally`. An `error` alone when the store cannot be read.
    pub fn dump(&self) -> Value {
        self.try_dump()
            .unwrap_or_else(|error| json!({ "error": error.to_string() }))
    }

    fn try_dump(&self) -> Result<Value, Error> {
        let tally = self.tally();
        self.store().read(|work| {
            let bodies = work.applied_bodies()?;
            let mut customers = Vec::new();
            for customer in work.customers()? {
                let policies = work.policies(customer.id)?;
                let of_customer = bodies.of_customers.get(&customer.id);
                let bodies = of_customer.map_or(&[][..], Vec::as_slice);
                customers.push(view::dump(&customer, &policies, bodies));
            }
            let times = &bodies.times;
            Ok(json!({
                "customers": customers,
                "applied_bodies": {
                    "total": times.values().sum::<u64>(),
                    "distinct": times.len(),
                    "max_times": times.values().max().copied().unwrap_or_default(),
                    "times": times,
                },
                "tally": tally,
            }))
        })
    }

    /// The customer of that number, as the API shows it.
    fn customer(&self, number: i64) -> Result<Option<view::Members>, Error> {
        self.store().read(|work| {
            let Some(customer) = work.customer(number)? else {
                return Ok(None);
            };
            let policies = work.policies(number)?;
            Ok(Some(view::rest(exchange::CONTRACT, &customer, &policies)))
        })
    }

    /// Takes a slot of the key's quota, or says in how many seconds one is free.
    fn take_slot(&self, key: &str) -> Result<(), u64> {
        let now = self.now();
        locked(&self.0.limiter).admit(key, now)
    }

    fn throttle(&self, retry_after: RetryAfter) -> Answer {
        self.traffic().throttled.next();
        Answer::throttled(retry_after, self.now())
    }

    fn plan_next_request(&self) -> Plan {
        self.0.faults.plan(self.traffic().requests.next())
    }

    fn answer_shape(&self) -> AnswerShape {
        self.0.answer
    }

    fn now(&self) -> SystemTime {
        (self.0.clock)()
    }

    fn traffic(&self) -> &Traffic {
        &self.0.traffic
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        locked(&self.0.store)
    }
}

/// A request that panicked has rolled its transaction back, so what it held is whole.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

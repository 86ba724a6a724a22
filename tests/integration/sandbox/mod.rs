//! The sandbox over real HTTP, with a clock that only moves when a test moves it.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests are not `in tests` for clippy, and a failed one is a failed test"
)]

mod answers;
mod faults;
mod keys_and_quota;
mod lost_answers;
mod matching;
mod policies;
mod single;
mod store;
mod validation;

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use aca_sync::sandbox::{self, Faults, Options, Sandbox};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

const KEY: &str = "cc_rehearsal";

/// 2026-03-15 12:00:00 UTC, in milliseconds since 1970.
const NOON: u64 = 1_773_576_000_000;

/// A clock that stands still until it is moved.
#[derive(Clone)]
struct StoppedClock(Arc<AtomicU64>);

impl StoppedClock {
    fn at_noon() -> Self {
        Self(Arc::new(AtomicU64::new(NOON)))
    }

    fn advance(&self, milliseconds: u64) {
        self.0.fetch_add(milliseconds, Ordering::SeqCst);
    }

    fn options(&self) -> Options {
        let clock = self.clone();
        let now =
            move || SystemTime::UNIX_EPOCH + Duration::from_millis(clock.0.load(Ordering::SeqCst));
        Options {
            quota: None,
            ..Options::new(Arc::new(now))
        }
    }
}

/// A running sandbox.
struct Server {
    sandbox: Sandbox,
    address: SocketAddr,
    client: reqwest::Client,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<Result<(), sandbox::Error>>,
}

/// What came back.
#[derive(Debug)]
struct Reply {
    status: u16,
    retry_after: Option<String>,
    text: String,
    body: Value,
}

impl Server {
    async fn start(options: Options) -> Self {
        let sandbox = Sandbox::open(options).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(sandbox::serve(listener, sandbox.clone(), async {
            stopped.await.unwrap();
        }));
        Self {
            sandbox,
            address,
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
            stop,
            serving,
        }
    }

    async fn plain() -> Self {
        Self::start(StoppedClock::at_noon().options()).await
    }

    async fn failing(faults: &str) -> Self {
        let faults = Faults::parse(faults).unwrap();
        Self::start(Options {
            faults,
            ..StoppedClock::at_noon().options()
        })
        .await
    }

    async fn stop(self) -> Result<(), sandbox::Error> {
        self.stop.send(()).unwrap();
        self.serving.await.unwrap()
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A sync request with these records.
    async fn sync(&self, records: Value) -> Reply {
        self.try_sync(records).await.unwrap()
    }

    async fn try_sync(&self, records: Value) -> reqwest::Result<Reply> {
        self.post(KEY, json!({ "records": records }).to_string())
            .await
    }

    async fn post(&self, key: &str, body: String) -> reqwest::Result<Reply> {
        let request = self
            .client
            .post(self.url("/v2/sync/aca"))
            .header("x-api-key", key)
            .header("content-type", "application/json")
            .body(body);
        reply(request).await
    }

    async fn get(&self, path: &str) -> Reply {
        let request = self.client.get(self.url(path)).header("x-api-key", KEY);
        reply(request).await.unwrap()
    }

    /// The customers that the sandbox holds.
    fn customers(&self) -> Vec<Value> {
        let dump = self.sandbox.dump();
        dump["customers"].as_array().unwrap().clone()
    }
}

async fn reply(request: reqwest::RequestBuilder) -> reqwest::Result<Reply> {
    let response = request.send().await?;
    let status = response.status().as_u16();
    let retry_after = response.headers().get("retry-after");
    let retry_after = retry_after.map(|value| value.to_str().unwrap().to_owned());
    let text = response.text().await?;
    Ok(Reply {
        status,
        retry_after,
        body: serde_json::from_str(&text).unwrap_or_default(),
        text,
    })
}

/// The least that a record has to say.
fn ana() -> Value {
    json!({
        "firstName": "Ana", "lastName": "Lee", "phoneNumber": "+13055550123",
        "postalCode": "33101",
    })
}

/// The least, and these members besides or instead.
fn ana_with(members: Value) -> Value {
    with(ana(), members)
}

fn with(mut record: Value, members: Value) -> Value {
    let Value::Object(members) = members else {
        return record;
    };
    record.as_object_mut().unwrap().extend(members);
    record
}

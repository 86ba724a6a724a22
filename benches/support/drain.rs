//! A server that takes every record at once: what sending costs when the API costs nothing.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::post,
};
use serde::{Deserialize, de::IgnoredAny};

/// What came in so far.
#[derive(Default)]
pub(crate) struct Drained {
    requests: AtomicU64,
    records: AtomicU64,
}

/// The server. It lives as long as its process.
pub(crate) struct Drain {
    address: SocketAddr,
    drained: Arc<Drained>,
}

#[derive(Deserialize)]
struct Request {
    records: Vec<IgnoredAny>,
}

impl Drain {
    /// Starts the server on a thread of its own, on any free port of the loopback.
    pub(crate) fn start() -> io::Result<Self> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let drained = Arc::<Drained>::default();
        let app = Router::new()
            .route("/v2/sync/aca", post(take))
            .layer(DefaultBodyLimit::disable())
            .with_state(Arc::clone(&drained));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        thread::spawn(move || {
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener)?;
                axum::serve(listener, app).await
            })
        });
        Ok(Self { address, drained })
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Requests and records that came in since the last call.
    pub(crate) fn take_counts(&self) -> (u64, u64) {
        (
            self.drained.requests.swap(0, Ordering::Relaxed),
            self.drained.records.swap(0, Ordering::Relaxed),
        )
    }
}

async fn take(State(drained): State<Arc<Drained>>, body: Bytes) -> Response {
    let Ok(request) = serde_json::from_slice::<Request>(&body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let count = request.records.len();
    drained.requests.fetch_add(1, Ordering::Relaxed);
    drained.records.fetch_add(count as u64, Ordering::Relaxed);
    let answer = format!(r#"{{"succeeded":{count},"failed":0,"errors":[]}}"#);
    ([(CONTENT_TYPE, "application/json")], answer).into_response()
}

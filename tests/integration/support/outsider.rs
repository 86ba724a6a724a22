//! Somebody outside who is told of commands: a real server on loopback that keeps what it is told, and answers as it
//! is asked to.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri, header::LOCATION},
    response::{IntoResponse, Response},
};
use serde_json::Value;
use tokio::{net::TcpListener, runtime::Runtime, sync::Notify};

use super::server::runtime;

/// One request, as it came.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

/// How a request is answered.
pub(crate) enum Manner {
    /// With this status.
    Status(u16),
    /// With a redirect to that address.
    Elsewhere(String),
    /// Not before [`Outsider::speak`].
    Later,
}

type Answers = Box<dyn Fn(&Heard) -> Manner + Send + Sync>;

struct Ear {
    heard: Mutex<Vec<Heard>>,
    answers: Answers,
    spoken: Notify,
}

/// The server, until it is dropped.
pub(crate) struct Outsider {
    ear: Arc<Ear>,
    url: String,
    runtime: Option<Runtime>,
}

impl Heard {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

impl Outsider {
    /// One that answers 200.
    pub(crate) fn new() -> Self {
        Self::answering(|_| Manner::Status(200))
    }

    /// One that answers so.
    pub(crate) fn answering(answers: impl Fn(&Heard) -> Manner + Send + Sync + 'static) -> Self {
        let ear = Arc::new(Ear {
            heard: Mutex::default(),
            answers: Box::new(answers),
            spoken: Notify::new(),
        });
        let runtime = runtime();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().fallback(hear).with_state(Arc::clone(&ear));
        runtime.spawn(async { axum::serve(listener, app).await.unwrap() });
        Self {
            ear,
            url,
            runtime: Some(runtime),
        }
    }

    /// The address of a path here.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// What it has heard so far, in order.
    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.ear.heard.lock().unwrap().clone()
    }

    /// What it has heard since it was last asked, in order.
    pub(crate) fn take(&self) -> Vec<Heard> {
        std::mem::take(&mut *self.ear.heard.lock().unwrap())
    }

    /// The same, by path and query.
    pub(crate) fn targets(&self) -> Vec<String> {
        self.take().into_iter().map(|heard| heard.target).collect()
    }

    /// Answers one request that was left for later.
    pub(crate) fn speak(&self) {
        self.ear.spoken.notify_one();
    }
}

impl Drop for Outsider {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn hear(
    State(ear): State<Arc<Ear>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let headers = headers.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (name.to_string(), value)
    });
    let heard = Heard {
        method: method.to_string(),
        target: uri.to_string(),
        headers: headers.collect(),
        body: String::from_utf8(body.to_vec()).unwrap(),
    };
    let manner = (ear.answers)(&heard);
    ear.heard.lock().unwrap().push(heard);
    match manner {
        Manner::Status(status) => StatusCode::from_u16(status).unwrap().into_response(),
        Manner::Elsewhere(url) => (StatusCode::FOUND, [(LOCATION, url)]).into_response(),
        Manner::Later => {
            ear.spoken.notified().await;
            StatusCode::OK.into_response()
        }
    }
}

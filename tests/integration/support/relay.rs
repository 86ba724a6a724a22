//! A stand-in between command and sandbox: writes down which requests were under way when, or answers
//! by itself.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::Value;
use tokio::{net::TcpListener, runtime::Runtime};

use super::{Server, server::runtime};

/// What a request carried, and whether it came or was answered.
#[derive(Debug, Clone)]
pub(crate) enum Event {
    Came(Vec<Value>),
    Answered(Vec<Value>),
}

/// A server that passes on what it hears.
pub(crate) struct Relay {
    url: String,
    events: Arc<Mutex<Vec<Event>>>,
    runtime: Option<Runtime>,
}

#[derive(Clone)]
struct Passage {
    to: String,
    wait: Duration,
    client: reqwest::Client,
    events: Arc<Mutex<Vec<Event>>>,
}

impl Relay {
    /// Passes requests on to `server`, each after a while, so that several are under way at a time.
    pub(crate) fn to(server: &Server, wait: Duration) -> Self {
        let events = Arc::default();
        let passage = Passage {
            to: server.url(),
            wait,
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
            events: Arc::clone(&events),
        };
        Self::serve(Router::new().fallback(pass_on).with_state(passage), events)
    }

    /// Answers every request with that status and header.
    pub(crate) fn saying(status: u16, header: (&'static str, String)) -> Self {
        let status = StatusCode::from_u16(status).unwrap();
        let events: Arc<Mutex<Vec<Event>>> = Arc::default();
        let heard = Arc::clone(&events);
        let say = async move |body: Bytes| {
            heard.lock().unwrap().push(Event::Came(records(&body)));
            (status, [header]).into_response()
        };
        Self::serve(Router::new().fallback(say), events)
    }

    fn serve(router: Router, events: Arc<Mutex<Vec<Event>>>) -> Self {
        let runtime = runtime();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        runtime.spawn(async { axum::serve(listener, router).await.unwrap() });
        Self {
            url,
            events,
            runtime: Some(runtime),
        }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn events(&self) -> Vec<Event> {
        self.events.lock().unwrap().clone()
    }

    /// What each request carried, in the order of coming.
    pub(crate) fn requests(&self) -> Vec<Vec<Value>> {
        let came = |event| match event {
            Event::Came(records) => Some(records),
            Event::Answered(_) => None,
        };
        self.events().into_iter().filter_map(came).collect()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn pass_on(State(passage): State<Passage>, headers: HeaderMap, body: Bytes) -> Response {
    let note = |event| passage.events.lock().unwrap().push(event);
    note(Event::Came(records(&body)));
    tokio::time::sleep(passage.wait).await;
    let answer = passage
        .client
        .post(format!("{}/v2/sync/aca", passage.to))
        .header("x-api-key", headers.get("x-api-key").unwrap())
        .header("content-type", "application/json")
        .body(body.to_vec())
        .send()
        .await
        .unwrap();
    let status = answer.status();
    let text = answer.bytes().await.unwrap();
    note(Event::Answered(records(&body)));
    (status, text).into_response()
}

fn records(body: &[u8]) -> Vec<Value> {
    let body: Value = serde_json::from_slice(body).unwrap();
    body["records"].as_array().unwrap().clone()
}

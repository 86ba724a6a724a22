//! An API that repeats everything it is sent in everything that it says: words, codes, paths, headers, pages.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, runtime::Runtime};

use super::server::runtime;

/// What it was sent, and how often it has spoken.
#[derive(Default)]
struct Beak {
    heard: Mutex<String>,
    times: AtomicUsize,
}

/// The server, until it is dropped.
pub(crate) struct Parrot {
    beak: Arc<Beak>,
    runtime: Option<Runtime>,
}

impl Parrot {
    /// One at the address of a URL.
    pub(crate) fn at(url: &str) -> Self {
        let beak = Arc::new(Beak::default());
        let runtime = runtime();
        let address = url.trim_start_matches("http://");
        let listener = runtime.block_on(TcpListener::bind(address)).unwrap();
        let app = Router::new().fallback(repeat).with_state(Arc::clone(&beak));
        runtime.spawn(async { axum::serve(listener, app).await.unwrap() });
        Self {
            beak,
            runtime: Some(runtime),
        }
    }

    /// All that it was sent since it was last asked: addresses and bodies.
    pub(crate) fn take(&self) -> String {
        std::mem::take(&mut *self.beak.heard.lock().unwrap())
    }
}

impl Drop for Parrot {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn repeat(State(beak): State<Arc<Beak>>, method: Method, uri: Uri, body: Bytes) -> Response {
    let said = format!("{uri} {}", String::from_utf8_lossy(&body));
    *beak.heard.lock().unwrap() += &said;
    if method == Method::GET {
        let customer =
            json!({ "id": uri.path().rsplit('/').next(), "firstName": "Qzcanary", "policies": [] });
        return (StatusCode::OK, customer.to_string()).into_response();
    }
    let records = serde_json::from_slice::<Value>(&body).ok();
    let records = records.and_then(|body| body["records"].as_array().map(Vec::len));
    let (status, answer) = words(&said, records, beak.times.fetch_add(1, Ordering::SeqCst));
    // No header takes a line end, and most of the rest is taken.
    let header: String = said
        .chars()
        .filter(char::is_ascii_graphic)
        .take(2000)
        .collect();
    (status, [("x-request-id", header)], answer).into_response()
}

/// An answer to so many records, each time another one.
fn words(said: &str, records: Option<usize>, time: usize) -> (StatusCode, String) {
    let bad = StatusCode::BAD_REQUEST;
    let page = format!("<html><title>{said}</title>{said}</html>");
    if time == 3 {
        return (StatusCode::INTERNAL_SERVER_ERROR, page);
    }
    let code = value_like_a_code(said);
    let error = json!({ "message": said, "code": code, "path": ["records", 0, said] });
    match (time % 5, records) {
        (0, _) => (bad, json!({ "message": said, "code": code }).to_string()),
        (1, _) => {
            let answer = json!({ "message": said, "code": code, "errors": [error] });
            (StatusCode::UNPROCESSABLE_ENTITY, answer.to_string())
        }
        (2, Some(count)) => {
            let failed = (0..count).map(|index| json!({ "index": index, "error": said }));
            let failed: Vec<Value> = failed.collect();
            let answer = json!({ "succeeded": 0, "failed": count, "failedRecords": failed, "message": said });
            (StatusCode::OK, answer.to_string())
        }
        (2, None) => {
            let answer = json!({ "message": said, "code": "NOT_FOUND" });
            (StatusCode::NOT_FOUND, answer.to_string())
        }
        (3, Some(count)) => {
            let answer = json!({ "succeeded": count, "failed": 0, "errors": [], "message": said });
            (StatusCode::OK, answer.to_string())
        }
        (3, None) => {
            let answer = json!({ "id": "5ca1ab1e-0000-4b2d-9b5d-ab8dfbbd0001", "message": said });
            (StatusCode::OK, answer.to_string())
        }
        _ => (bad, page),
    }
}

/// A value of what was sent that could be taken for a code, where there is one.
fn value_like_a_code(said: &str) -> &str {
    let values = said.split("\":\"").skip(1);
    let mut values = values.filter_map(|rest| rest.split('"').next());
    let is_like = |value: &&str| {
        let digits = value.bytes().filter(u8::is_ascii_digit).count();
        value.starts_with("Qzcanary") && !value.contains(' ') && digits <= 4
    };
    values.find(is_like).unwrap_or(said)
}

//! The paths of the sandbox, and what every request has to bring.

use std::{future::poll_fn, net::IpAddr, pin::Pin};

use axum::{
    Router,
    body::{Body, HttpBody},
    extract::{ConnectInfo, Path, Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::{self, Next},
    response::Response,
    routing::{get, patch, post},
};
use tokio::task;

use super::{
    Sandbox,
    answer::Answer,
    carriers,
    connection::Switch,
    exchange::{self, CONTRACT, Wanted},
    faults::RetryAfter,
    validate::Violation,
    view,
};
use crate::contract::{CARRIERS, CUSTOMER, CustomerId, Target};

/// The largest body that is taken: 8 MiB.
const LARGEST_BODY: usize = 8 << 20;

/// How much of a larger body is read and forgotten, so that its sender hears the answer: 64 MiB.
const LARGEST_WASTE: usize = 64 << 20;

pub(super) fn router(sandbox: Sandbox) -> Router {
    Router::new()
        .route(CONTRACT.path, post(sync_aca))
        .route(CUSTOMER.path, get(customer).patch(update_customer))
        .route(Target::CreatePolicy.contract().path, post(create_policy))
        .route(Target::UpdatePolicy.contract().path, patch(update_policy))
        .route(CARRIERS.path, get(carriers))
        .route("/sandbox/tally", get(tally))
        .route("/sandbox/dump", get(dump))
        .fallback(async || Answer::not_found("No such path").into_response())
        .method_not_allowed_fallback(async || method_not_allowed().into_response())
        .layer(middleware::from_fn(only_for_loopback))
        .with_state(sandbox)
}

async fn sync_aca(
    State(sandbox): State<Sandbox>,
    ConnectInfo(switch): ConnectInfo<Switch>,
    request: Request,
) -> Response {
    change(sandbox, switch, (Target::SyncAca, Vec::new()), request).await
}

async fn update_customer(
    State(sandbox): State<Sandbox>,
    ConnectInfo(switch): ConnectInfo<Switch>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    change(sandbox, switch, (Target::UpdateCustomer, vec![id]), request).await
}

async fn create_policy(
    State(sandbox): State<Sandbox>,
    ConnectInfo(switch): ConnectInfo<Switch>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    change(sandbox, switch, (Target::CreatePolicy, vec![id]), request).await
}

async fn update_policy(
    State(sandbox): State<Sandbox>,
    ConnectInfo(switch): ConnectInfo<Switch>,
    Path((customer, policy)): Path<(String, String)>,
    request: Request,
) -> Response {
    let ids = vec![customer, policy];
    change(sandbox, switch, (Target::UpdatePolicy, ids), request).await
}

/// A request that changes something.
async fn change(
    sandbox: Sandbox,
    switch: Switch,
    (target, ids): (Target, Vec<String>),
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    // Read before anything is refused: an answer to a half-sent request may never be heard.
    let answer = match read(body).await {
        None => return Answer::silence().through(&switch),
        Some(body) => change_request(sandbox, &head.headers, (target, ids), body).await,
    };
    answer.unwrap_or_else(|refusal| *refusal).through(&switch)
}

async fn change_request(
    sandbox: Sandbox,
    headers: &HeaderMap,
    (target, ids): (Target, Vec<String>),
    body: BodyRead,
) -> Result<Answer, Box<Answer>> {
    admit(&sandbox, headers)?;
    let plan = sandbox.plan_next_request();
    let body = match body {
        BodyRead::Whole(body) if is_json(headers) => body,
        BodyRead::Whole(_) => {
            sandbox.traffic().refused.next();
            let message = "The Content-Type has to be application/json";
            return Err(Box::new(exchange::bad_request(message)));
        }
        BodyRead::TooLarge => {
            sandbox.traffic().refused.next();
            return Err(Box::new(too_large()));
        }
    };
    // A task of its own goes on when the client hangs up, as a server's work does.
    let wanted = Wanted { target, ids, body };
    let work = task::spawn(exchange::perform(sandbox, plan, wanted));
    Ok(work.await.unwrap_or_else(|_| Answer::internal_error()))
}

async fn customer(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let answer = match admit(&sandbox, &headers) {
        Ok(()) => blocking(move || show_customer(&sandbox, &id)).await,
        Err(refusal) => *refusal,
    };
    answer.into_response()
}

fn show_customer(sandbox: &Sandbox, id: &str) -> Answer {
    sandbox.traffic().reads.next();
    if CustomerId::parse(id).is_none() {
        return Answer::invalid(&[Violation::of_path("id")]);
    }
    let found = view::customer_number(id).map(|number| sandbox.customer(number));
    match found.transpose() {
        Ok(Some(Some(members))) => Answer::json(StatusCode::OK, &members),
        Ok(_) => Answer::not_found("Customer not found"),
        Err(_) => Answer::internal_error(),
    }
}

async fn carriers(State(sandbox): State<Sandbox>, headers: HeaderMap) -> Response {
    let answer = match admit(&sandbox, &headers) {
        Ok(()) => Answer::json(StatusCode::OK, &carriers::all()),
        Err(refusal) => *refusal,
    };
    answer.into_response()
}

async fn tally(State(sandbox): State<Sandbox>) -> Response {
    blocking(move || Answer::json(StatusCode::OK, &sandbox.tally()))
        .await
        .into_response()
}

async fn dump(State(sandbox): State<Sandbox>) -> Response {
    blocking(move || Answer::json(StatusCode::OK, &sandbox.dump()))
        .await
        .into_response()
}

/// Runs what waits for the store away from the threads that serve connections.
async fn blocking(work: impl FnOnce() -> Answer + Send + 'static) -> Answer {
    task::spawn_blocking(work)
        .await
        .unwrap_or_else(|_| Answer::internal_error())
}

/// Checks the key and takes a slot of its quota.
fn admit(sandbox: &Sandbox, headers: &HeaderMap) -> Result<(), Box<Answer>> {
    let key = headers.get("x-api-key").and_then(|key| key.to_str().ok());
    let Some(key) = key.filter(|key| key.starts_with("cc_")) else {
        let message = "Invalid or missing API key";
        return Err(Box::new(Answer::error(
            StatusCode::UNAUTHORIZED,
            "UNAUTHORIZED",
            message,
        )));
    };
    if key.starts_with("cc_forbidden") {
        return Err(Box::new(Answer::forbidden()));
    }
    sandbox
        .take_slot(key)
        .map_err(|seconds| Box::new(sandbox.throttle(RetryAfter::Body(seconds))))
}

/// Refuses requests that name another host, so that no web page can reach the sandbox by pointing a name
/// of its own at this machine.
async fn only_for_loopback(request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST);
    if host.is_none_or(|host| host.to_str().is_ok_and(is_loopback)) {
        return next.run(request).await;
    }
    let message = "The sandbox answers on loopback addresses only";
    Answer::error(
        StatusCode::MISDIRECTED_REQUEST,
        "MISDIRECTED_REQUEST",
        message,
    )
    .into_response()
}

fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost")
        || bare
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback())
}

enum BodyRead {
    Whole(Vec<u8>),
    TooLarge,
}

/// Reads a body to its end; none when the connection broke or the body is beyond all bounds.
async fn read(mut body: Body) -> Option<BodyRead> {
    let mut bytes = Vec::new();
    let mut wasted = 0;
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let Ok(data) = frame.ok()?.into_data() else {
            continue;
        };
        if wasted == 0 && bytes.len() + data.len() <= LARGEST_BODY {
            bytes.extend_from_slice(&data);
        } else {
            bytes = Vec::new();
            wasted += data.len();
        }
        if wasted > LARGEST_WASTE {
            return None;
        }
    }
    Some(if wasted == 0 {
        BodyRead::Whole(bytes)
    } else {
        BodyRead::TooLarge
    })
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let kind = kind
        .and_then(|kind| kind.split(';').next())
        .unwrap_or_default();
    kind.trim().eq_ignore_ascii_case("application/json")
}

fn method_not_allowed() -> Answer {
    let message = "No such method on this path";
    Answer::error(
        StatusCode::METHOD_NOT_ALLOWED,
        "METHOD_NOT_ALLOWED",
        message,
    )
}

fn too_large() -> Answer {
    let message = "The request body is larger than 8 MiB";
    Answer::error(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", message)
}

impl Answer {
    /// The HTTP answer, with the connection's switch set where the answer is cut.
    fn through(self, switch: &Switch) -> Response {
        if let Some(cut) = self.cut {
            switch.cut(cut);
        }
        self.into_response()
    }
}

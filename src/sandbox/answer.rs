//! What the sandbox answers, and how an answer becomes bytes.

use std::time::SystemTime;

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, Response, StatusCode, header},
};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};

use super::{connection::Cut, faults::RetryAfter, view::Members};

/// A finished answer.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) body: Vec<u8>,
    /// Where the connection is cut, if it is.
    pub(super) cut: Option<Cut>,
}

/// The answer to a sync request that was taken: `{succeeded, failed, errors, results}`.
#[derive(Serialize)]
pub(super) struct Synced {
    pub(super) succeeded: usize,
    pub(super) failed: usize,
    pub(super) errors: Vec<FailedRecord>,
    /// One per record that succeeded, in order; absent from the older shape.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) results: Option<Vec<Members>>,
}

/// One entry of `errors[]`: there is no index in it, as on the page.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FailedRecord {
    /// The customer's id; null for a customer that is not held.
    pub(super) id: Option<String>,
    pub(super) external_id: Value,
    pub(super) error: String,
}

impl Answer {
    /// An answer with a JSON body.
    pub(super) fn json(status: StatusCode, body: &impl Serialize) -> Self {
        match serde_json::to_vec(body) {
            Ok(body) => Self::of(status, "application/json", body),
            Err(_) => Self::internal_error(),
        }
    }

    /// The API's error envelope, `{message, code}`.
    pub(super) fn error(status: StatusCode, code: &str, message: &str) -> Self {
        Self::json(status, &json!({ "message": message, "code": code }))
    }

    /// A key without the permission that the request needs.
    pub(super) fn forbidden() -> Self {
        let message = "The API key lacks this permission";
        Self::error(StatusCode::FORBIDDEN, "FORBIDDEN", message)
    }

    /// A path that leads to nothing.
    pub(super) fn not_found(message: &str) -> Self {
        Self::error(StatusCode::NOT_FOUND, "NOT_FOUND", message)
    }

    /// A request refused for what it holds, with the list of what is wrong.
    pub(super) fn invalid(violations: &impl Serialize) -> Self {
        let body = json!({
            "message": "Validation failed",
            "code": "VALIDATION_ERROR",
            "errors": violations,
        });
        Self::json(StatusCode::UNPROCESSABLE_ENTITY, &body)
    }

    /// A request over the quota, or one that a fault throttles.
    pub(super) fn throttled(retry_after: RetryAfter, now: SystemTime) -> Self {
        let mut body = json!({
            "message": "Rate limit exceeded",
            "code": "RATE_LIMIT_EXCEEDED",
        });
        if let (RetryAfter::Body(seconds), Some(body)) = (retry_after, body.as_object_mut()) {
            body.insert("retryAfter".to_owned(), Value::from(seconds));
        }
        let header = match retry_after {
            RetryAfter::Header(seconds) => Some(seconds.to_string()),
            RetryAfter::Date(seconds) => Some(http_date(RetryAfter::instant(seconds, now))),
            RetryAfter::Body(_) | RetryAfter::Nowhere => None,
        };
        let mut answer = Self::json(StatusCode::TOO_MANY_REQUESTS, &body);
        if let Some(value) = header.and_then(|text| HeaderValue::try_from(text).ok()) {
            answer.headers.push((header::RETRY_AFTER, value));
        }
        answer
    }

    /// An error of the server's own.
    pub(super) fn internal_error() -> Self {
        const BODY: &[u8] = br#"{"message":"Internal server error","code":"INTERNAL_ERROR"}"#;
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        Self::of(status, "application/json", BODY.to_vec())
    }

    /// What a proxy in front of the API says when it cannot reach it.
    pub(super) fn bad_gateway() -> Self {
        const BODY: &[u8] = b"<html><body><h1>502 Bad Gateway</h1></body></html>\n";
        Self::of(StatusCode::BAD_GATEWAY, "text/html", BODY.to_vec())
    }

    /// A success whose body is not JSON.
    pub(super) fn garbage() -> Self {
        const BODY: &[u8] = b"{\"succeeded\": 1, \"failed\": \x00<br>";
        Self::of(StatusCode::OK, "application/json", BODY.to_vec())
    }

    /// No answer at all.
    pub(super) fn silence() -> Self {
        Self {
            cut: Some(Cut::Silent),
            ..Self::internal_error()
        }
    }

    /// The answer cut in the middle of its body.
    pub(super) fn truncated(self) -> Self {
        let body = self.body.len() / 2;
        Self {
            cut: Some(Cut::After { body }),
            ..self
        }
    }

    /// The HTTP answer, apart from its cut.
    pub(super) fn into_response(self) -> Response<Body> {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        response.headers_mut().extend(self.headers);
        response
    }

    fn of(status: StatusCode, content_type: &'static str, body: Vec<u8>) -> Self {
        let content_type = HeaderValue::from_static(content_type);
        Self {
            status,
            headers: vec![(header::CONTENT_TYPE, content_type)],
            body,
            cut: None,
        }
    }
}

fn http_date(instant: SystemTime) -> String {
    DateTime::<Utc>::from(instant)
        .format("%a, %d %b %Y %H:%M:%S GMT")
        .to_string()
}

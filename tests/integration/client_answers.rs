//! What answers of the API mean for a request and for each record in it.

use std::{
    fmt::Write,
    time::{Duration, SystemTime},
};

use aca_sync::{
    client::{Answer, Parcel, Verdict, judge},
    contract::Target,
    record::{Halt, Outcome, Refusal, Reply},
};
use reqwest::header::HeaderMap;
use serde_json::json;

pub(crate) fn judged(status: u16, body: Option<&str>, ids: &[Option<String>]) -> Verdict {
    judged_request(status, body, (String::new(), ids))
}

/// Judges the answer to a request with that body.
pub(crate) fn judged_request(
    status: u16,
    body: Option<&str>,
    (request, ids): (String, &[Option<String>]),
) -> Verdict {
    let answer = Answer {
        status,
        headers: HeaderMap::new(),
        body: body.map(|body| body.as_bytes().to_vec().into()),
    };
    let parcel = Parcel {
        contract: Target::SyncAca.contract(),
        path: Target::SyncAca.contract().path.into(),
        body: request.into(),
        external_ids: ids,
    };
    judge(&answer, &parcel, SystemTime::UNIX_EPOCH)
}

/// The external ids of a batch, written as `a b - c`.
pub(crate) fn ids(text: &str) -> Vec<Option<String>> {
    text.split_whitespace()
        .map(|id| (id != "-").then(|| id.to_owned()))
        .collect()
}

pub(crate) fn settled(body: &str, ids: &[Option<String>]) -> Vec<Outcome> {
    let verdict = judged(200, Some(body), ids);
    let Verdict::Reply(Reply::Settled(outcomes)) = verdict else {
        unreachable!("{verdict:?}");
    };
    outcomes
}

fn refused(body: &str, ids: &[Option<String>]) -> Refusal {
    let verdict = judged(422, Some(body), ids);
    let Verdict::Reply(Reply::Refused(refusal)) = verdict else {
        unreachable!("{verdict:?}");
    };
    refusal
}

/// Outcomes in brief: `ok`, `ok=<customer>`, `failed:<message>`, `?`.
pub(crate) fn brief(outcomes: &[Outcome]) -> String {
    let each = outcomes.iter().map(|outcome| match outcome {
        Outcome::Succeeded(applied) => match &applied.customer_id {
            None => "ok".to_owned(),
            Some(id) => format!("ok={id}"),
        },
        Outcome::Failed(reason) => format!("failed:{}", reason.message.expose()),
        Outcome::InDoubt(_) => "?".to_owned(),
    });
    each.collect::<Vec<_>>().join(" ")
}

#[test]
fn every_status_means_something_whatever_the_body() {
    let broken_off = meanings(None);
    assert_eq!(broken_off, expected("UnreadableAnswer true", 60));

    for unreadable in [
        "",
        "<html>",
        "[]",
        "[1,0,[]]",
        "null",
        "\"ok\"",
        r#"{"succeeded":2"#,
    ] {
        let meanings = meanings(Some(unreadable));
        assert_eq!(
            meanings,
            expected("UnreadableAnswer false", 60),
            "{unreadable}"
        );
    }

    for (body, taken, wait) in [
        ("{}", "settled ? ?", 60),
        (
            r#"{"message":"no","code":"NO","retryAfter":5}"#,
            "settled ? ?",
            5,
        ),
        (
            r#"{"succeeded":2,"failed":0,"errors":[]}"#,
            "settled ok ok",
            60,
        ),
        (r#"{"succeeded":"2","failed":0}"#, "settled ok ok", 60),
        (r#"{"succeeded":1,"failed":0}"#, "settled ? ?", 60),
    ] {
        assert_eq!(meanings(Some(body)), expected(taken, wait), "{body}");
    }
}

/// What every status from 100 to 599 means, each meaning with the first status that has it.
fn meanings(body: Option<&str>) -> String {
    let mut meanings = String::new();
    let mut last = String::new();
    for status in 100..=599 {
        let meaning = meaning(&judged(status, body, &ids("a b")));
        if meaning != last {
            write!(meanings, "{status} {meaning}; ").unwrap();
            last = meaning;
        }
    }
    meanings
}

fn meaning(verdict: &Verdict) -> String {
    match verdict {
        Verdict::TryAgainAfter(wait) => format!("wait {}", wait.as_secs()),
        Verdict::Reply(Reply::Settled(outcomes)) => format!("settled {}", brief(outcomes)),
        Verdict::Reply(Reply::Refused(refusal)) => format!("refused {:?}", refusal.named),
        Verdict::Reply(Reply::Halt(Halt::Unexpected { .. })) => "unexpected".to_owned(),
        Verdict::Reply(Reply::Halt(Halt::KeyRefused { .. })) => "key refused".to_owned(),
        Verdict::Reply(Reply::Doubtful {
            doubt,
            may_be_at_work,
        }) => format!("{doubt:?} {may_be_at_work}"),
        Verdict::Reply(other) => format!("{other:?}"),
    }
}

fn expected(taken: &str, wait: u64) -> String {
    format!(
        "100 unexpected; 200 {taken}; 300 unexpected; 400 refused []; 401 key refused; \
         402 unexpected; 403 key refused; 404 unexpected; 408 ServerError true; 409 unexpected; \
         413 refused []; 414 unexpected; 422 refused []; 423 unexpected; 429 wait {wait}; \
         430 unexpected; 500 ServerError false; 501 ServerError true; "
    )
}

#[test]
fn a_refusal_names_records_by_index_or_path_in_their_own_words() {
    let cases = [
        (
            json!({"code":"VALIDATION_ERROR","message":"no","failedRecords":[{"index":1,"externalId":"b"}],
                   "errors":[{"path":["records","1","phoneNumber"],"message":"Required"},
                             {"path":["records","1","policies","0","status"],"message":"Invalid"}]}),
            "1 phoneNumber: Required; policies.0.status: Invalid",
            "index names, paths explain",
        ),
        (
            json!({"errors":[{"path":["records",2],"message":"Bad"},{"path":"records[0].email","message":"Long"}]}),
            "0 email: Long, 2 Bad",
            "paths alone, as numbers and as text",
        ),
        (
            json!({"message":"no","failedRecords":[{"index":1}]}),
            "1 no",
            "the request's words stand in",
        ),
        (
            json!({"failedRecords":[{"index":1,"externalId":"a"}],"errors":[{"path":["records","0","email"],"message":"Long"}]}),
            "0 email: Long",
            "an index that contradicts its id names nobody",
        ),
        (
            json!({"failedRecords":[{"index":3},{"index":-1},{"index":"x"}],"errors":[{"path":["records","9"],"message":"m"}]}),
            "",
            "nothing that was sent",
        ),
        (
            json!({"errors":[{"path":["records"],"message":"too many"}]}),
            "",
            "about the request itself",
        ),
    ];
    for (body, expected, why) in cases {
        let refusal = refused(&body.to_string(), &ids("a b c"));
        let named: Vec<String> = (refusal.named.iter())
            .map(|(at, reason)| format!("{at} {}", reason.message.expose()))
            .collect();
        assert_eq!(named.join(", "), expected, "{why}");
    }
}

#[test]
fn a_code_is_kept_only_when_it_looks_like_one() {
    for (code, kept) in [
        (json!("VALIDATION_ERROR"), "VALIDATION_ERROR"),
        (json!("api.E-1001"), "api.E-1001"),
        (json!("Ana Lee"), "api.error"),
        (json!("P3055550123"), "api.error"),
        (json!("x".repeat(65)), "api.error"),
        (json!(17), "api.error"),
        (json!(null), "api.error"),
    ] {
        let refusal = refused(&json!({"code": code}).to_string(), &[]);
        assert_eq!(refusal.reason.code, kept);
    }
}

#[test]
fn nobody_s_words_are_printed_and_endless_ones_are_cut() {
    let long = format!("+13055550123 {}", "é".repeat(10_000));
    let refusal = refused(
        &json!({"message": long, "failedRecords":[0]}).to_string(),
        &ids("a"),
    );

    assert!(refusal.reason.message.expose().chars().count() <= 2000);
    assert_eq!(refusal.named.len(), 1);
    assert!(!format!("{refusal:?}").contains("3055550123"));
}

#[test]
fn the_wait_of_a_429_is_the_answer_s() {
    let verdict = judged(429, Some(r#"{"retryAfter":90}"#), &[]);
    assert_eq!(verdict, Verdict::TryAgainAfter(Duration::from_secs(90)));
}

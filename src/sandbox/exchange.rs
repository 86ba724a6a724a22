//! One sync request, from its bytes to its answer.

use axum::http::StatusCode;
use serde_json::{Map, Value};
use tokio::{task, time::sleep};

use super::{
    AnswerShape, Error, Sandbox,
    answer::{Answer, FailedRecord, Synced},
    apply::{self, Change, Moment},
    faults::{Instead, Plan, Refuse, Spoil},
    matching, single,
    store::Work,
    validate::{self, Violation},
    view,
};
use crate::contract::{Contract, Target};

/// The operation that takes records in batches.
pub(super) const CONTRACT: &Contract = Target::SyncAca.contract();

/// What a request wants done.
pub(super) struct Wanted {
    /// The operation.
    pub(super) target: Target,
    /// The ids in its path, in order.
    pub(super) ids: Vec<String>,
    /// Its body.
    pub(super) body: Vec<u8>,
}

/// Answers a request whose key and quota are in order.
pub(super) async fn perform(sandbox: Sandbox, plan: Plan, wanted: Wanted) -> Answer {
    if let Some(wait) = plan.wait_before {
        sleep(wait).await;
    }
    if let Some(instead) = plan.instead {
        return refuse(&sandbox, instead);
    }
    let wait_after = plan.wait_after;
    let answer = task::spawn_blocking(move || apply(&sandbox, &plan, &wanted)).await;
    if let Some(wait) = wait_after {
        sleep(wait).await;
    }
    answer.unwrap_or_else(|_| Answer::internal_error())
}

fn refuse(sandbox: &Sandbox, instead: Instead) -> Answer {
    match instead {
        Instead::Throttle(retry_after) => sandbox.throttle(retry_after),
        Instead::ServerError => Answer::internal_error(),
        Instead::BadGateway => Answer::bad_gateway(),
        Instead::Unavailable => Answer::error(
            StatusCode::SERVICE_UNAVAILABLE,
            "SERVICE_UNAVAILABLE",
            "Service unavailable",
        ),
        Instead::Forbidden => Answer::forbidden(),
        Instead::Reset => Answer::silence(),
    }
}

fn apply(sandbox: &Sandbox, plan: &Plan, wanted: &Wanted) -> Answer {
    let answer = match wanted.target {
        Target::SyncAca => sync(sandbox, plan, &wanted.body),
        _ => single::perform(sandbox, plan, wanted),
    };
    let answer = answer.unwrap_or_else(|answer| *answer);
    if answer.status.is_client_error() {
        sandbox.traffic().refused.next();
    }
    match plan.spoil {
        Some(Spoil::Reset) => Answer::silence(),
        Some(Spoil::ServerError) => Answer::internal_error(),
        Some(Spoil::Garbage) => Answer::garbage(),
        Some(Spoil::Truncate) => answer.truncated(),
        Some(Spoil::Missing) | None => answer,
    }
}

fn sync(sandbox: &Sandbox, plan: &Plan, body: &[u8]) -> Result<Answer, Box<Answer>> {
    let mut synced = parse_and_apply(sandbox, plan, body)?;
    if plan.spoil == Some(Spoil::Missing) {
        synced.leave_one_out();
    }
    Ok(Answer::json(StatusCode::OK, &synced))
}

fn parse_and_apply(sandbox: &Sandbox, plan: &Plan, body: &[u8]) -> Result<Synced, Box<Answer>> {
    let body = parse(body)?;
    let records = validate::records(CONTRACT, &body)
        .map_err(|violations| Box::new(Answer::invalid(&violations)))?;
    let chosen = chosen_records(sandbox, plan, &records);
    refuse_request(&chosen)?;
    apply_all(sandbox, &records, &chosen).map_err(|_| Box::new(Answer::internal_error()))
}

/// A body as JSON.
pub(super) fn parse(body: &[u8]) -> Result<Value, Box<Answer>> {
    let message = "The request body is not JSON";
    serde_json::from_slice(body).map_err(|_| Box::new(bad_request(message)))
}

/// The answer to a request that cannot be read.
pub(super) fn bad_request(message: &str) -> Answer {
    Answer::error(StatusCode::BAD_REQUEST, "BAD_REQUEST", message)
}

/// What the faults make of each record.
fn chosen_records(
    sandbox: &Sandbox,
    plan: &Plan,
    records: &[&Map<String, Value>],
) -> Vec<Option<Refuse>> {
    let first = sandbox.traffic().records.reserve(records.len() as u64);
    (first..)
        .zip(records)
        .map(|(number, record)| plan.of_record(matching::text(record, "externalId"), number))
        .collect()
}

/// Refuses the whole request when a fault chose one of its records for that.
fn refuse_request(chosen: &[Option<Refuse>]) -> Result<(), Box<Answer>> {
    let mut named = Vec::new();
    let mut is_unnamed = false;
    for (index, refuse) in chosen.iter().enumerate() {
        match refuse {
            Some(Refuse::Request) => named.push(Violation::of_record(index)),
            Some(Refuse::RequestUnnamed) => is_unnamed = true,
            Some(Refuse::Record | Refuse::RecordUnnamed) | None => {}
        }
    }
    if named.is_empty() && !is_unnamed {
        return Ok(());
    }
    Err(Box::new(Answer::invalid(&named)))
}

fn apply_all(
    sandbox: &Sandbox,
    records: &[&Map<String, Value>],
    chosen: &[Option<Refuse>],
) -> Result<Synced, Error> {
    let moment = Moment::from(sandbox.now());
    sandbox.store().transact(|work| {
        let mut changes = Vec::with_capacity(records.len());
        let mut errors = Vec::new();
        for (record, refuse) in records.iter().zip(chosen) {
            if let Some(refuse) = refuse {
                errors.push(failed(work, record, *refuse)?);
            } else {
                changes.push(apply::record(CONTRACT, work, record, &moment)?);
            }
        }
        Ok(Synced {
            succeeded: changes.len(),
            failed: errors.len(),
            errors,
            results: results(sandbox.answer_shape(), &changes),
        })
    })
}

/// The error of a record that a fault chose. It repeats the phone number, as an API's words may, so that
/// a rehearsal shows where such words get to.
fn failed(
    work: &mut Work<'_>,
    record: &Map<String, Value>,
    refuse: Refuse,
) -> Result<FailedRecord, Error> {
    let known = apply::known_customer(CONTRACT, work, record)?;
    work.tally.records_failed += 1;
    if refuse == Refuse::RecordUnnamed {
        return Ok(FailedRecord {
            id: None,
            external_id: Value::Null,
            error: "A customer could not be saved".to_owned(),
        });
    }
    let phone = matching::text(record, "phoneNumber").unwrap_or_default();
    Ok(FailedRecord {
        id: known.map(|customer| view::customer_id(customer.id)),
        external_id: record.get("externalId").cloned().unwrap_or_default(),
        error: format!("The customer with the phone number {phone} could not be saved"),
    })
}

fn results(shape: AnswerShape, changes: &[Change]) -> Option<Vec<view::Members>> {
    match shape {
        AnswerShape::Old => None,
        AnswerShape::New => Some(
            changes
                .iter()
                .map(|change| view::result(CONTRACT, change))
                .collect(),
        ),
    }
}

impl Synced {
    /// Forgets one failed record, or else the last record that succeeded.
    fn leave_one_out(&mut self) {
        if self.errors.pop().is_none() {
            self.succeeded = self.succeeded.saturating_sub(1);
            if let Some(results) = &mut self.results {
                results.pop();
            }
        }
    }
}

impl Violation {
    fn of_record(index: usize) -> Self {
        Self::of_all(vec!["records".to_owned(), index.to_string()])
    }

    /// A record that was refused as a whole.
    pub(super) fn of_all(path: Vec<String>) -> Self {
        Self {
            path,
            message: "The record was refused".to_owned(),
            expected: "another record".to_owned(),
            received: "object",
            code: "custom",
        }
    }
}

//! What an answer means for the request: status, headers and body in, reply out. Pure.

use std::time::{Duration, SystemTime};

use memchr::memmem;

use super::{
    Parcel,
    attribute::attribute,
    blame::{Blame, Sent},
    pause::asked_wait,
    response::{Answer, Content, NO_CODE, reason},
    single,
};
use crate::record::{Doubt, Halt, Outcome, Reason, Refusal, Reply};

/// What an answer means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It settles what became of the request.
    Reply(Reply),
    /// Nothing was applied, and the API wants the whole key to wait so long (429).
    TryAgainAfter(Duration),
}

/// Judges the answer to a request that carried this parcel. `now` is the wall clock's time, for a
/// `Retry-After` that is given as a date.
pub fn judge(answer: &Answer, parcel: &Parcel<'_>, now: SystemTime) -> Verdict {
    let mut reply = match answer.status {
        200..=299 => taken(answer, parcel),
        400 | 413 | 422 => Reply::Refused(refused(answer, parcel)),
        // What the path leads to is not there, or not as it would have to be, if the API says so itself.
        404 | 409 if is_single(parcel) && answer.content().is_some() => {
            Reply::Refused(refused(answer, parcel))
        }
        401 | 403 => Reply::Halt(Halt::KeyRefused {
            status: answer.status,
        }),
        429 => return Verdict::TryAgainAfter(asked_wait(answer, now)),
        // An API that reports its own failure has ended its work on the request.
        500 => doubtful(Doubt::ServerError, false),
        // What stands before the API says so; behind it the request may still be under way.
        408 | 501.. => doubtful(Doubt::ServerError, true),
        status => Reply::Halt(Halt::Unexpected { status }),
    };
    for reason in reasons(&mut reply) {
        hide_repeated(reason, parcel);
    }
    Verdict::Reply(reply)
}

/// Every reason that a reply gives.
fn reasons(reply: &mut Reply) -> Vec<&mut Reason> {
    match reply {
        Reply::Settled(outcomes) => {
            let reasons = outcomes.iter_mut().filter_map(|outcome| match outcome {
                Outcome::Failed(reason) => Some(reason),
                _ => None,
            });
            reasons.collect()
        }
        Reply::Refused(refusal) => {
            let named = refusal.named.iter_mut().map(|(_, reason)| reason);
            named.chain([&mut refusal.reason]).collect()
        }
        _ => Vec::new(),
    }
}

/// Codes are shown and logged. One that is a text of the request itself is somebody's data, however much it looks
/// like a code.
fn hide_repeated(reason: &mut Reason, parcel: &Parcel<'_>) {
    let text = format!("\"{}\"", reason.code);
    let is_repeated = memmem::find(&parcel.body, text.as_bytes()).is_some()
        || parcel.path.split('/').any(|step| step == reason.code);
    if is_repeated {
        NO_CODE.clone_into(&mut reason.code);
    }
}

/// True when the request is one record.
const fn is_single(parcel: &Parcel<'_>) -> bool {
    parcel.contract.envelope.is_none()
}

fn taken(answer: &Answer, parcel: &Parcel<'_>) -> Reply {
    if is_single(parcel) {
        return single::taken(answer, parcel).map_or_else(
            || doubtful(Doubt::UnreadableAnswer, answer.body.is_none()),
            |outcome| Reply::Settled(vec![outcome]),
        );
    }
    match answer.content() {
        Some(content) => Reply::Settled(attribute(&content, &Sent::of(parcel))),
        None => doubtful(Doubt::UnreadableAnswer, answer.body.is_none()),
    }
}

const fn doubtful(doubt: Doubt, may_be_at_work: bool) -> Reply {
    Reply::Doubtful {
        doubt,
        may_be_at_work,
    }
}

fn refused(answer: &Answer, parcel: &Parcel<'_>) -> Refusal {
    let sent = Sent::of(parcel);
    let content = answer.content().unwrap_or_default();
    let (code, message) = (content.code.code(), message(&content));
    if is_single(parcel) {
        return Refusal {
            status: answer.status,
            reason: single::refused(&content),
            named: Vec::new(),
        };
    }
    let named = Blame::of(&content, &sent)
        .narrowed_to_failed_records(&content, &sent)
        .named
        .into_iter()
        .map(|(place, charge)| (place, charge.into_reason(code, message)))
        .collect();
    Refusal {
        status: answer.status,
        reason: reason(code, message.unwrap_or("the API refused the request")),
        named,
    }
}

/// What the answer says as a whole.
fn message(content: &Content) -> Option<&str> {
    content.message.words()
}

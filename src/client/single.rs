//! Answers to requests that are one record: the object that was changed or made, or why not.

use serde::Deserialize;

use super::{
    Parcel,
    effects::PolicyItem,
    loose::Loose,
    response::{Answer, Content, reason},
};
use crate::{
    contract::{CustomerId, Resend},
    record::{Applied, Doubt, Effects, Outcome, Reason},
};

/// What an answer shows of the object.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Shown {
    id: Loose,
    customer_id: Loose,
}

/// What became of the record; none where the answer cannot be read. Only an object with an id says that it
/// was applied.
pub(super) fn taken(answer: &Answer, parcel: &Parcel<'_>) -> Option<Outcome> {
    answer.content()?;
    let body = answer.body.as_deref()?;
    let shown: Shown = serde_json::from_slice(body).ok()?;
    let id = |loose: &Loose| {
        loose
            .identifier()
            .filter(|id| CustomerId::parse(id).is_some())
    };
    let Some(own) = id(&shown.id) else {
        return Some(Outcome::InDoubt(Doubt::NotAccounted));
    };
    let mut effects = Effects::default();
    let is_policy = parcel.contract.is_of_policy();
    let policy = is_policy.then(|| serde_json::from_slice::<PolicyItem>(body).ok()?.told());
    if !is_policy {
        effects.customer_created = Some(false);
    } else if parcel.contract.resend == Resend::ReadBack {
        effects.policies_created = 1;
    } else {
        effects.policies_updated = 1;
    }
    Some(Outcome::Succeeded(Applied {
        customer_id: if is_policy {
            id(&shown.customer_id)
        } else {
            Some(own)
        },
        effects: Some(effects),
        policies: policy.flatten().into_iter().collect(),
    }))
}

/// Why the record was refused: what is wrong with each field, else what the answer says as a whole.
pub(super) fn refused(content: &Content) -> Reason {
    let errors = content.errors.0.iter().filter_map(|entry| {
        let words = entry.words()?;
        let path = entry.path.0.join(".");
        Some(if path.is_empty() {
            words.to_owned()
        } else {
            format!("{path}: {words}")
        })
    });
    let errors: Vec<String> = errors.collect();
    let words = if errors.is_empty() {
        let message = content.message.words();
        message.unwrap_or("the API refused the request").to_owned()
    } else {
        errors.join("; ")
    };
    reason(content.code.code(), &words)
}

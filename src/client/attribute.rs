//! An answer's counts, errors and results, told to the records of its request.
//!
//! The rule above all: a record has succeeded only when the answer accounts for it. The answer has to
//! add up, and every failure in it has to belong to one record, before the others count as successes.

use super::{
    blame::{Blame, Sent, only_reason},
    response::{Content, ResultItem},
};
use crate::record::{Doubt, Outcome};

const NOT_ACCOUNTED: Outcome = Outcome::InDoubt(Doubt::NotAccounted);

/// One outcome per record, in the order sent.
pub(super) fn attribute(content: &Content, external_ids: &[Option<String>]) -> Vec<Outcome> {
    let sent = Sent::new(external_ids);
    let counts = Counts::of(content);
    let blame = Blame::of(content, &sent);
    let tied = blame.named.len();
    let others = others(content, &counts, &blame, sent.len());

    let mut outcomes = vec![others; sent.len()];
    // More named than failed: the answer contradicts itself, and we cannot tell in whom.
    let certain = counts.failed.is_none_or(|failed| failed >= tied);
    for (place, charge) in blame.named {
        if let Some(outcome) = outcomes.get_mut(place) {
            *outcome = if certain {
                Outcome::Failed(charge.into_reason(None, content.message.words()))
            } else {
                NOT_ACCOUNTED
            };
        }
    }
    compare_with_results(&mut outcomes, &content.results.0, &sent);
    outcomes
}

/// What the answer counts.
struct Counts {
    succeeded: Option<usize>,
    failed: Option<usize>,
}

impl Counts {
    fn of(content: &Content) -> Self {
        let count = |number: Option<u64>| number.and_then(|number| usize::try_from(number).ok());
        Self {
            succeeded: count(content.succeeded.whole()),
            failed: count(content.failed.whole()),
        }
    }

    /// How many failed, when the counts add up to what was sent.
    fn failed_of(&self, sent: usize) -> Option<usize> {
        let (succeeded, failed) = (self.succeeded?, self.failed?);
        (succeeded.checked_add(failed) == Some(sent)).then_some(failed)
    }
}

/// What became of the records that the answer does not name.
fn others(content: &Content, counts: &Counts, blame: &Blame, sent: usize) -> Outcome {
    match counts.failed_of(sent) {
        Some(failed) if failed == blame.named.len() && blame.untied == 0 => {
            Outcome::Succeeded { customer_id: None }
        }
        Some(failed) if failed == sent => {
            only_reason(content).map_or(NOT_ACCOUNTED, Outcome::Failed)
        }
        _ => NOT_ACCOUNTED,
    }
}

/// Takes the customers' ids out of `results`, and takes back successes that it contradicts. An answer
/// without results (older versions of the API) contradicts nothing.
fn compare_with_results(outcomes: &mut [Outcome], results: &[ResultItem], sent: &Sent<'_>) {
    if results.is_empty() {
        return;
    }
    let all_succeeded = (outcomes.iter()).all(|one| matches!(one, Outcome::Succeeded { .. }));
    let places = places(results, sent, all_succeeded);
    let mut confirmed = vec![false; outcomes.len()];
    for (result, place) in results.iter().zip(&places) {
        let Some(place) = *place else { continue };
        if let Some(seen) = confirmed.get_mut(place) {
            *seen = true;
        }
        match outcomes.get_mut(place) {
            Some(outcome @ Outcome::Succeeded { .. }) if result.tells_of_failure() => {
                *outcome = NOT_ACCOUNTED;
            }
            Some(Outcome::Succeeded { customer_id }) => *customer_id = result.customer_id(),
            _ => {}
        }
    }
    let nameless = (results.iter().zip(&places))
        .filter(|(result, place)| place.is_none() && !result.tells_of_failure())
        .count();
    let missing = |(outcome, confirmed): &(&mut Outcome, &bool)| {
        matches!(outcome, Outcome::Succeeded { .. }) && !**confirmed
    };
    let unconfirmed: Vec<_> = (outcomes.iter_mut().zip(&confirmed))
        .filter(missing)
        .map(|(outcome, _)| outcome)
        .collect();
    // Fewer entries than successes: someone is missing, and it could be any that no entry names.
    if unconfirmed.len() > nameless {
        for outcome in unconfirmed {
            *outcome = NOT_ACCOUNTED;
        }
    }
}

/// The record that each result is about: by external id; by position only where everything succeeded,
/// there are as many results as records, and no named one stands elsewhere.
fn places(results: &[ResultItem], sent: &Sent<'_>, all_succeeded: bool) -> Vec<Option<usize>> {
    let ids: Vec<Option<String>> = results.iter().map(ResultItem::external_id).collect();
    let mut places: Vec<Option<usize>> = ids
        .iter()
        .map(|id| sent.with_external_id(id.as_deref()?))
        .collect();
    let in_order = all_succeeded
        && results.len() == sent.len()
        && (places.iter().enumerate()).all(|(at, place)| place.is_none_or(|place| place == at));
    if in_order {
        for (at, (place, id)) in places.iter_mut().zip(&ids).enumerate() {
            if id.is_none() {
                *place = Some(at);
            }
        }
    }
    places
}

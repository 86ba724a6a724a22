//! An answer's counts, errors and results, told to the records of its request.
//!
//! The rule above all: a record has succeeded only when the answer accounts for it. The answer has to
//! add up, and every failure in it has to belong to one record, before the others count as successes.

use super::{
    blame::{Blame, Sent, nameless_reason, only_reason},
    effects::{effects, told_policies},
    response::{Content, ResultItem},
    results::Shown,
};
use crate::record::{Applied, Doubt, Outcome};

const NOT_ACCOUNTED: Outcome = Outcome::InDoubt(Doubt::NotAccounted);

/// One outcome per record, in the order sent.
pub(super) fn attribute(content: &Content, sent: &Sent<'_>) -> Vec<Outcome> {
    let counts = Counts::of(content);
    let blame = Blame::of(content, sent);
    let tied = blame.named.len();
    let others = others(content, &counts, &blame, sent.len());
    let shown = shown(content, &others, tied, sent);

    let mut outcomes = vec![others; sent.len()];
    // More named than failed: the answer contradicts itself, and we cannot tell in whom.
    let certain = counts.failed.is_none_or(|failed| failed >= tied);
    let unnamed = counts.failed_of(sent.len()).filter(|_| certain);
    if let Some(failed) = unnamed.filter(|failed| *failed > tied) {
        tell_by_results(
            &mut outcomes,
            (content, sent),
            &shown,
            (&blame, failed - tied),
        );
    }
    for (place, charge) in blame.named {
        if let Some(outcome) = outcomes.get_mut(place) {
            *outcome = if certain {
                Outcome::Failed(charge.into_reason(None, content.message.words()))
            } else {
                NOT_ACCOUNTED
            };
        }
    }
    compare_with_results(&mut outcomes, (content, sent), &shown.places);
    outcomes
}

/// What `results` is about.
fn shown(content: &Content, others: &Outcome, named: usize, sent: &Sent<'_>) -> Shown {
    let all_succeeded = named == 0 && matches!(others, Outcome::Succeeded(_));
    Shown::of(
        &content.results.0,
        |id| sent.with_external_id(id),
        &sent.identities,
        all_succeeded.then_some(sent.len()),
    )
}

/// The counts add up and the errors name too few of the failed. What `results` shows has succeeded then;
/// and where it shows as many as succeeded, whoever it does not show has failed.
fn tell_by_results(
    outcomes: &mut [Outcome],
    (content, sent): (&Content, &Sent<'_>),
    shown: &Shown,
    (blame, unnamed): (&Blame, usize),
) {
    let results = &content.results.0;
    let is_shown = |place: &usize| !blame.named.contains_key(place);
    let succeeded: Vec<usize> = shown
        .places
        .iter()
        .flatten()
        .copied()
        .filter(is_shown)
        .collect();
    let others = sent.len() - blame.named.len();
    let contradicts = shown.has_doubles
        || results.iter().any(ResultItem::tells_of_failure)
        || results.len() + unnamed > others;
    // An answer's open list of outcomes that stay in doubt is all that may be changed here.
    if contradicts || outcomes.iter().any(|outcome| *outcome != NOT_ACCOUNTED) {
        return;
    }
    let is_whole = succeeded.len() + unnamed == others;
    for (place, outcome) in outcomes.iter_mut().enumerate() {
        if succeeded.contains(&place) {
            *outcome = Outcome::Succeeded(Applied::default());
        } else if is_whole {
            *outcome = Outcome::Failed(nameless_reason(content, sent));
        }
    }
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
            Outcome::Succeeded(Applied::default())
        }
        Some(failed) if failed == sent => {
            only_reason(content).map_or(NOT_ACCOUNTED, Outcome::Failed)
        }
        _ => NOT_ACCOUNTED,
    }
}

/// Takes the customers' ids and what was changed out of `results`, and takes back successes that it contradicts. An answer
/// without results (older versions of the API) contradicts nothing.
fn compare_with_results(
    outcomes: &mut [Outcome],
    (content, sent): (&Content, &Sent<'_>),
    places: &[Option<usize>],
) {
    let results = &content.results.0;
    if results.is_empty() {
        return;
    }
    let mut confirmed = vec![false; outcomes.len()];
    for (result, place) in results.iter().zip(places) {
        let Some(place) = *place else { continue };
        if let Some(seen) = confirmed.get_mut(place) {
            *seen = true;
        }
        match outcomes.get_mut(place) {
            Some(outcome @ Outcome::Succeeded(_)) if result.tells_of_failure() => {
                *outcome = NOT_ACCOUNTED;
            }
            Some(Outcome::Succeeded(applied)) => {
                *applied = Applied {
                    customer_id: result.customer_id(),
                    effects: effects(result, place, &sent.wishes),
                    policies: told_policies(result),
                };
            }
            _ => {}
        }
    }
    let nameless = (results.iter().zip(places))
        .filter(|(result, place)| place.is_none() && !result.tells_of_failure())
        .count();
    let missing = |(outcome, confirmed): &(&mut Outcome, &bool)| {
        matches!(outcome, Outcome::Succeeded(_)) && !**confirmed
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

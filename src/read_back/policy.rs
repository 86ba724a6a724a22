//! Which of a customer's policies is the one that a body tells of.

use super::{
    Members, is_nothing,
    spelling::{Likeness, likeness},
};
use crate::contract::{CUSTOMER, Contract, CustomerId, Liberty};

/// Where a body's policy is among those that the API shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whereabouts {
    /// At that place.
    At(usize),
    /// It is not there.
    Nowhere,
    /// It has nothing to be told by, or several fit, or none are shown at all.
    Untold,
}

/// Finds the policies of a body: by the identifiers that the API matches, else by what tells policies apart
/// that have none. Each that is shown stands for one of the body's.
pub(super) fn find(
    contract: &Contract,
    wanted: &[&Members],
    held: Option<&[&Members]>,
) -> Vec<Whereabouts> {
    let Some(held) = held else {
        return vec![Whereabouts::Untold; wanted.len()];
    };
    let mut shelf = Shelf {
        contract,
        held,
        taken: vec![false; held.len()],
    };
    let mut places: Vec<Option<usize>> =
        wanted.iter().map(|one| shelf.by_identifier(one)).collect();
    // Those without an identifier choose among what the others left.
    let rest = wanted.iter().zip(&mut places);
    rest.map(|(policy, place)| match place {
        Some(place) => Whereabouts::At(*place),
        None => shelf.by_likeness(policy),
    })
    .collect()
}

/// Finds the policy that a request's path names.
pub(super) fn find_by_id(id: CustomerId, held: Option<&[&Members]>) -> Whereabouts {
    let Some(held) = held else {
        return Whereabouts::Untold;
    };
    let is_it = |policy: &&Members| {
        let told = policy.get(CUSTOMER.id).and_then(serde_json::Value::as_str);
        told.and_then(CustomerId::parse) == Some(id)
    };
    let found = held.iter().position(is_it);
    found.map_or(Whereabouts::Nowhere, Whereabouts::At)
}

/// The policies that the API shows, and which of them stand for one of the body's already.
struct Shelf<'s> {
    contract: &'s Contract,
    held: &'s [&'s Members],
    taken: Vec<bool>,
}

impl Shelf<'_> {
    fn by_identifier(&mut self, wanted: &Members) -> Option<usize> {
        let names = self.contract.matching.policy;
        let found = names.iter().enumerate().find_map(|(rank, name)| {
            // An identifier that comes first in matching has the last word.
            let before = names.get(..rank).unwrap_or_default();
            let is_it = |place: &usize| {
                self.agrees(*place, wanted, name) == Some(true)
                    && !self.is_another(*place, wanted, before)
            };
            self.free().find(is_it)
        });
        self.take(found)
    }

    fn by_likeness(&mut self, wanted: &Members) -> Whereabouts {
        let told_by: Vec<&str> = CUSTOMER
            .policy_without_id
            .iter()
            .copied()
            .filter(|name| wanted.get(*name).is_some_and(|value| !is_nothing(value)))
            .collect();
        let may_be = |place: &usize| {
            let mut names = told_by.iter();
            !self.is_another(*place, wanted, self.contract.matching.policy)
                && names.all(|name| self.agrees(*place, wanted, name) == Some(true))
        };
        let fitting: Vec<usize> = self.free().filter(may_be).collect();
        let found = match fitting.as_slice() {
            [] => return Whereabouts::Nowhere,
            _ if told_by.is_empty() => return Whereabouts::Untold,
            [only] => *only,
            several => {
                let by_carrier = |place: &&usize| self.has_same_carrier(**place, wanted);
                let is_told = told_by.len() == CUSTOMER.policy_without_id.len();
                // Policies that are alike in all of this are one that was created twice.
                match several.iter().find(by_carrier) {
                    Some(place) if is_told => *place,
                    _ => return Whereabouts::Untold,
                }
            }
        };
        self.take(Some(found));
        Whereabouts::At(found)
    }

    fn free(&self) -> impl Iterator<Item = usize> {
        (0..self.held.len()).filter(|place| self.taken.get(*place) == Some(&false))
    }

    fn take(&mut self, place: Option<usize>) -> Option<usize> {
        if let Some(taken) = place.and_then(|place| self.taken.get_mut(place)) {
            *taken = true;
        }
        place
    }

    /// True when both have one of these identifiers, and the two differ.
    fn is_another(&self, place: usize, wanted: &Members, names: &[&str]) -> bool {
        let mut names = names.iter();
        names.any(|name| self.agrees(place, wanted, name) == Some(false))
    }

    fn has_same_carrier(&self, place: usize, wanted: &Members) -> bool {
        let names = CUSTOMER.liberties.iter();
        let mut resolved = names.filter(|(_, liberty)| *liberty == Liberty::Resolved);
        resolved.all(|(name, _)| self.agrees(place, wanted, name) != Some(false))
    }

    /// Whether a shown policy and a body's say the same of a field; none where one of them is silent.
    fn agrees(&self, place: usize, wanted: &Members, name: &str) -> Option<bool> {
        let told = |value: &&serde_json::Value| !is_nothing(value);
        let field = self
            .contract
            .policy_fields()
            .iter()
            .find(|field| field.name == name)?;
        let sent = wanted.get(name).filter(told)?;
        let read = self.held.get(place)?.get(name).filter(told)?;
        Some(likeness(field, sent, read) == Likeness::Same)
    }
}

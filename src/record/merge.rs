//! Drafts of one customer become one: which row wins, which policies are one, what the rows disagree in.

use std::collections::HashMap;

use compact_str::CompactString;

use super::{Draft, Fields};
use crate::{contract::Contract, normalize::DateOutput};

/// A customer as all of its rows together tell of it.
#[derive(Default)]
pub(super) struct Whole {
    pub(super) customer: Fields,
    pub(super) custom: Vec<(u16, CompactString)>,
    /// The oldest first; those without a date before all others.
    pub(super) policies: Vec<Fields>,
    pub(super) conflicts: Vec<Conflict>,
}

/// Something that a record says, by its place in the contract's or the mapping's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Told {
    /// One of the customer's own fields.
    Customer(usize),
    /// A field of a policy.
    Policy(usize),
    /// A custom field.
    Custom(usize),
}

/// A field of which rows of one customer, or of one policy, say different things. Each field of a
/// customer, and of each policy, is one at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conflict {
    /// The field.
    pub field: Told,
    /// The row whose word counts, by its place among the drafts; the first in turn of those that say it.
    pub kept: usize,
    /// The row whose word was overwritten last, in the same way.
    pub lost: usize,
}

impl Told {
    /// The name as mappings write it, with its section where it is not the customer's.
    pub fn name(self, contract: &Contract, custom_keys: &[String]) -> String {
        let known = |found: Option<&'static str>| found.unwrap_or_default();
        match self {
            Self::Customer(place) => {
                known(contract.fields.get(place).map(|field| field.name)).to_owned()
            }
            Self::Policy(place) => {
                let field = contract.policy_fields().get(place);
                format!("policy.{}", known(field.map(|field| field.name)))
            }
            Self::Custom(place) => {
                let key = custom_keys.get(place).map_or("", String::as_str);
                format!("custom_fields.{key}")
            }
        }
    }
}

/// Which rows say exactly what another one says, each with the first that says it. Only what decides
/// which of two rows is newer may differ.
pub(super) fn duplicates(drafts: &[Draft]) -> Vec<(usize, usize)> {
    let mut first = HashMap::with_capacity(drafts.len());
    let mut found = Vec::new();
    for (place, draft) in drafts.iter().enumerate() {
        let said = (&draft.customer, &draft.policy, &draft.custom, draft.hazard);
        match first.get(&said) {
            Some(known) => found.push((place, *known)),
            None => {
                first.insert(said, place);
            }
        }
    }
    found
}

/// The newest row wins where rows disagree, a later one where none is newer; a row that says nothing of a
/// field takes nothing away. Policies come oldest first: creating one ends those that took effect long
/// before it, so the newest has the last word.
pub(super) fn merge(contract: &Contract, dates: &DateOutput, drafts: Vec<Draft>) -> Whole {
    let mut drafts: Vec<(usize, Draft)> = drafts.into_iter().enumerate().collect();
    drafts.sort_by_key(|(_, draft)| draft.newest);
    let mut whole = Whole::default();
    let mut customer = Sayings::default();
    let mut custom = Sayings::default();
    let mut policies: Vec<(Fields, Sayings)> = Vec::new();
    for (row, draft) in drafts {
        customer.overlay(&mut whole.customer, &draft.customer, row);
        for (place, text) in draft.custom {
            let known = whole.custom.iter_mut().find(|(other, _)| *other == place);
            let is_other = known.as_ref().is_some_and(|(_, known)| *known != text);
            custom.note((usize::from(place), row), is_other);
            match known {
                Some((_, known)) => *known = text,
                None => whole.custom.push((place, text)),
            }
        }
        if !draft.policy.is_empty() {
            let same = policies
                .iter()
                .position(|(known, _)| is_same_policy(contract, known, &draft.policy));
            if same.is_none() {
                policies.push(<(Fields, Sayings)>::default());
            }
            let at = same.unwrap_or(policies.len() - 1);
            if let Some((known, sayings)) = policies.get_mut(at) {
                sayings.overlay(known, &draft.policy, row);
            }
        }
    }
    whole.custom.sort_by_key(|(place, _)| *place);
    let since = |policy: &Fields| {
        let field = contract.policies.as_ref()?.effective;
        dates.read(policy.text(contract.policy_fields(), field)?)
    };
    policies.sort_by_cached_key(|(policy, _)| since(policy));
    whole.conflicts = customer.conflicts(Told::Customer).collect();
    whole.conflicts.extend(custom.conflicts(Told::Custom));
    for (policy, sayings) in policies {
        whole.conflicts.extend(sayings.conflicts(Told::Policy));
        whole.policies.push(policy);
    }
    whole
}

/// Two rows with the same policy id tell of one policy; so do two that say exactly the same. Where the record
/// is the policy, its key has told them already.
fn is_same_policy(contract: &Contract, one: &Fields, other: &Fields) -> bool {
    if contract.is_of_policy() {
        return true;
    }
    match policy_id(contract, other) {
        Some(id) => policy_id(contract, one) == Some(id),
        None => one == other,
    }
}

/// The identifier by which the API matches a policy, with the name of its field.
pub(super) fn policy_id<'f>(
    contract: &Contract,
    policy: &'f Fields,
) -> Option<(&'static str, &'f str)> {
    let table = contract.policy_fields();
    let mut names = contract.matching.policy.iter();
    names.find_map(|name| Some((*name, policy.text(table, name)?)))
}

/// Which row said what of one customer or one policy, by the field's place.
#[derive(Default)]
struct Sayings {
    /// Field, the row whose word counts so far, the row with another word that was overwritten last.
    said: Vec<(usize, usize, Option<usize>)>,
}

impl Sayings {
    fn overlay(&mut self, base: &mut Fields, newer: &Fields, row: usize) {
        for (place, value) in newer.iter() {
            let is_other = base.get(place).is_some_and(|known| known != value);
            self.note((place, row), is_other);
            base.set(place, value.clone());
        }
    }

    fn note(&mut self, (place, row): (usize, usize), is_other: bool) {
        match self.said.iter_mut().find(|(other, ..)| *other == place) {
            Some((_, kept, lost)) if is_other => *lost = Some(std::mem::replace(kept, row)),
            Some(_) => (),
            None => self.said.push((place, row, None)),
        }
    }

    fn conflicts(self, field: fn(usize) -> Told) -> impl Iterator<Item = Conflict> {
        let said = self.said.into_iter();
        said.filter_map(move |(place, kept, lost)| {
            Some(Conflict {
                field: field(place),
                kept,
                lost: lost?,
            })
        })
    }
}

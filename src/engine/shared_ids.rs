//! Identifiers that two customers of a run share: what the API would take for one customer, or for one
//! policy. Kept in memory as hashes, eight bytes for each time that a row carries one.

use std::hash::{BuildHasher as _, RandomState};

use crate::{
    contract::{Contract, Resend},
    mapping::Mapping,
    normalize::Value,
    problem::Code,
    record::{Draft, Fields},
};

/// Finds the identifiers in drafts by which two customers could become one, or share a policy.
pub(super) struct IdReader {
    contract: &'static Contract,
    /// Places of the customer's identifiers that are not the key already.
    customer: Vec<usize>,
    /// Places of the fields that identify a customer together; none where not all of them are mapped.
    fallback: Vec<usize>,
    policy: Vec<usize>,
    /// Keyed anew in each process, as nothing of it is kept.
    hashing: RandomState,
}

/// An identifier of a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowId {
    /// The row's place in its chunk.
    pub(super) row: u32,
    pub(super) of: IdOf,
    pub(super) hash: IdHash,
}

/// What is identified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum IdOf {
    Customer,
    Policy,
}

/// An identifier's keyed hash: of two million identifiers, two have the same with a chance of 1 in 10,000.
/// The lowest bit says whether the API would look for it in this row's record: two rows that only could
/// be found by it, if they had nothing better, do not meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct IdHash([u8; 7]);

/// Who carries which identifiers.
#[derive(Default)]
pub(super) struct Carriers {
    hashes: Vec<IdHash>,
    /// By hash: how far the customer's number is from the one before, mostly a single byte.
    steps: Vec<u8>,
    last: u32,
}

/// In how many parts the hashes are compared, so that only one at a time is in memory with its numbers.
const PARTS: u8 = 16;

impl IdReader {
    /// What a mapping allows to be shared is not looked for.
    pub(super) fn of(mapping: &Mapping) -> Self {
        let contract = mapping.target().contract();
        let fallback = contract.matching.fallback.iter();
        let fallback = fallback.filter_map(|name| contract.field_index(name));
        let policy = contract.matching.policy.iter();
        let policy = policy.filter_map(|name| contract.policy_field_index(name));
        let mut reader = Self {
            contract,
            customer: mapping.id_fields_beside_key(),
            fallback: fallback.collect(),
            policy: policy.collect(),
            hashing: RandomState::new(),
        };
        // A path names the customer, and many records may be about one.
        if mapping.allows(Code::RecordSameCustomer) || contract.resend != Resend::Matched {
            reader.customer.clear();
            reader.fallback.clear();
        }
        if mapping.allows(Code::PolicySharedId) {
            reader.policy.clear();
        }
        reader
    }

    /// Adds the identifiers of a row.
    pub(super) fn read(&self, row: u32, draft: &Draft, ids: &mut Vec<RowId>) {
        let mut add = |of, hash| ids.push(RowId { row, of, hash });
        for (place, text) in texts(&self.customer, &draft.customer) {
            add(IdOf::Customer, self.hash(&(place, text), true));
        }
        for (place, text) in texts(&self.policy, &draft.policy) {
            add(IdOf::Policy, self.hash(&(place, text), true));
        }
        if let Some(hash) = self.fallback(&draft.customer) {
            add(IdOf::Customer, hash);
        }
    }

    /// The fields that identify a customer together, when all are there. The case of names is all one.
    fn fallback(&self, customer: &Fields) -> Option<IdHash> {
        let last = self.fallback.last()?;
        customer.get(*last)?;
        let all: Option<Vec<String>> = self
            .fallback
            .iter()
            .map(|place| Some(customer.get(*place)?.as_text()?.to_lowercase()))
            .collect();
        let table = self.contract.fields;
        let mut identifiers = self.contract.matching.customer.iter();
        let is_looked_for = !identifiers.any(|name| customer.text(table, name).is_some());
        Some(self.hash(&all?, is_looked_for))
    }

    fn hash(&self, id: &impl std::hash::Hash, is_looked_for: bool) -> IdHash {
        let hash = self.hashing.hash_one(id) & !1 | u64::from(is_looked_for);
        let [_, low @ ..] = hash.to_be_bytes();
        IdHash(low)
    }
}

impl Carriers {
    /// Notes that a customer carries an identifier.
    pub(super) fn add(&mut self, id: IdHash, number: u32) {
        self.hashes.push(id);
        push_step(&mut self.steps, i64::from(number) - i64::from(self.last));
        self.last = number;
    }

    /// The numbers of all customers who carry one that another carries too, some of them repeatedly.
    pub(super) fn sharing(self) -> impl Iterator<Item = u32> {
        (0..PARTS).flat_map(move |part| {
            let mut carried: Vec<(IdHash, u32)> =
                self.carried().filter(|(id, _)| id.part() == part).collect();
            carried.sort_unstable();
            sharing_among(&carried)
        })
    }

    fn carried(&self) -> impl Iterator<Item = (IdHash, u32)> {
        let mut steps = self.steps.as_slice();
        let mut number = 0;
        self.hashes.iter().map(move |hash| {
            number += take_step(&mut steps);
            (*hash, u32::try_from(number).unwrap_or_default())
        })
    }
}

/// `carried` is in order.
fn sharing_among(carried: &[(IdHash, u32)]) -> Vec<u32> {
    let mut sharing = Vec::new();
    for carriers in carried.chunk_by(|(one, _), (other, _)| one.is_of(*other)) {
        let is_one =
            |pair: &[(IdHash, u32)]| matches!(pair, [(_, one), (_, other)] if one == other);
        let is_looked_for = carriers.iter().any(|(id, _)| id.is_looked_for());
        if is_looked_for && !carriers.windows(2).all(is_one) {
            sharing.extend(carriers.iter().map(|(_, number)| *number));
        }
    }
    sharing
}

impl IdHash {
    const fn is_looked_for(self) -> bool {
        let [.., low] = self.0;
        low & 1 == 1
    }

    const fn part(self) -> u8 {
        let [high, ..] = self.0;
        high % PARTS
    }

    fn is_of(self, other: Self) -> bool {
        let ([high @ .., low], [other_high @ .., other_low]) = (self.0, other.0);
        high == other_high && low | 1 == other_low | 1
    }
}

/// Seven bits a byte, lowest first; the eighth says that more follow. The very lowest is the sign.
fn push_step(steps: &mut Vec<u8>, step: i64) {
    let mut rest = step.unsigned_abs() << 1 | u64::from(step < 0);
    while rest > 0x7f {
        steps.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    steps.push((rest & 0x7f) as u8);
}

fn take_step(steps: &mut &[u8]) -> i64 {
    let (mut number, mut shift) = (0, 0);
    while let Some((byte, rest)) = steps.split_first() {
        *steps = rest;
        number |= i64::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            break;
        }
    }
    let step = number >> 1;
    if number & 1 == 1 { -step } else { step }
}

/// The texts of the fields at these places.
fn texts<'f>(places: &[usize], fields: &'f Fields) -> impl Iterator<Item = (usize, &'f str)> {
    let text = |place: &usize| Some((*place, fields.get(*place).and_then(Value::as_text)?));
    places.iter().filter_map(text)
}

#[cfg(test)]
mod tests {
    use super::{Carriers, IdHash};

    const fn id(number: u8, is_looked_for: bool) -> IdHash {
        IdHash([number, 0, 0, 0, 0, 0, if is_looked_for { 9 } else { 8 }])
    }

    #[test]
    fn who_carries_what_comes_out_as_it_went_in() {
        let numbers = [0, 1, 2, 900, 0, 900, 64, 63, u32::MAX, 0, u32::MAX - 1];
        let mut carriers = Carriers::default();
        for (hash, number) in (0..).zip(numbers) {
            carriers.add(id(hash, true), number);
        }

        let carried: Vec<_> = carriers.carried().collect();

        let expected: Vec<_> = (0..)
            .zip(numbers)
            .map(|(hash, number)| (id(hash, true), number))
            .collect();
        assert_eq!(carried, expected);
    }

    #[test]
    fn an_entry_takes_eight_bytes() {
        let mut carriers = Carriers::default();
        for number in 0..1_000 {
            carriers.add(id(1, true), number);
        }

        assert_eq!((size_of::<IdHash>(), carriers.steps.len()), (7, 1_000));
    }

    #[test]
    fn those_who_share_something_that_is_looked_for_are_found() {
        let mut carriers = Carriers::default();
        for (number, carries) in [
            (1, id(1, true)),
            (2, id(2, true)),
            (3, id(1, true)),
            // The same customer, twice.
            (4, id(4, true)),
            (4, id(4, true)),
            // Nobody looks for the first two; for the others somebody does.
            (5, id(5, false)),
            (6, id(5, false)),
            (7, id(7, false)),
            (8, id(7, true)),
        ] {
            carriers.add(carries, number);
        }
        let mut sharing: Vec<u32> = carriers.sharing().collect();
        sharing.sort_unstable();

        assert_eq!(sharing, [1, 3, 7, 8]);
    }
}

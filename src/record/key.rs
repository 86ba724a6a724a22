//! What makes two rows one customer, and two bodies the same content.
//!
//! Both are keyed hashes: without the journal's secret nobody can test a guess of a name or an id
//! against them.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::{Draft, PolicyHash, merge::policy_id};
use crate::contract::Contract;

/// What makes two rows the same customer: a keyed hash of the identifying fields.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordKey([u8; 16]);

/// A body's keyed hash: equal bodies have equal fingerprints.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 16]);

/// Makes keys and fingerprints with the secret of one journal.
#[derive(Clone)]
pub struct Hasher {
    keys: Hmac<Sha256>,
    fingerprints: Hmac<Sha256>,
}

/// Raised whenever keys or fingerprints are made in another way, so that old ones no longer match.
const VERSION: u8 = 1;

impl Hasher {
    /// A hasher with this secret.
    pub fn new(secret: &[u8; 32]) -> Self {
        // HMAC fills a shorter secret with zeros to the hash's block, so this is the same key.
        let mut block = [0; 64];
        for (to, from) in block.iter_mut().zip(secret) {
            *to = *from;
        }
        let start = |purpose: &[u8]| {
            let mut mac = Hmac::<Sha256>::new(&block.into());
            mac.update(&[VERSION]);
            mac.update(purpose);
            mac
        };
        Self {
            keys: start(b"key"),
            fingerprints: start(b"fingerprint"),
        }
    }

    /// The key of a record that a row tells of: the first of `key_fields` (places in the contract's table)
    /// that has a value, else the API's fallback fields together; where the record is a policy, with what tells
    /// that from others. None when it has neither.
    pub fn key(
        &self,
        contract: &Contract,
        key_fields: &[usize],
        draft: &Draft,
    ) -> Option<RecordKey> {
        let customer = &draft.customer;
        let identifier = key_fields
            .iter()
            .find_map(|index| Some((*index, customer.get(*index)?.as_text()?)));
        if let Some((index, text)) = identifier {
            let name = contract.fields.get(index)?.name;
            return Some(self.identified(name, text));
        }
        self.fallback_key(contract, draft)
    }

    /// The key of a record that is known by that identifier.
    pub fn identified(&self, field: &str, id: &str) -> RecordKey {
        let mut mac = self.keys.clone();
        mac.update(field.as_bytes());
        mac.update(&[0]);
        mac.update(id.as_bytes());
        RecordKey(shorten(mac))
    }

    /// Names differ in case from row to row; the same person is meant.
    fn fallback_key(&self, contract: &Contract, draft: &Draft) -> Option<RecordKey> {
        let mut mac = self.keys.clone();
        let mut found = false;
        for name in contract.matching.fallback {
            mac.update(name.as_bytes());
            mac.update(&[0]);
            if let Some(text) = draft.customer.text(contract.fields, name) {
                found = true;
                mac.update(text.to_lowercase().as_bytes());
            }
            mac.update(&[0]);
        }
        let list = contract.policies.as_ref().filter(|list| list.inline);
        for (name, text) in list.iter().flat_map(|list| {
            let table = list.fields;
            let id = policy_id(contract, &draft.policy);
            let told_by = list.told_by.iter().filter(|_| id.is_none());
            let told_by = told_by.map(|name| (*name, draft.policy.text(table, name).unwrap_or("")));
            let needs_telling = !contract.matching.policy.is_empty();
            id.into_iter()
                .chain(told_by)
                .filter(move |_| needs_telling)
                .collect::<Vec<_>>()
        }) {
            mac.update(name.as_bytes());
            mac.update(&[0]);
            mac.update(text.as_bytes());
            mac.update(&[0]);
        }
        found.then(|| RecordKey(shorten(mac)))
    }

    /// What tells a row without a key from others: its cells.
    pub fn cells<'c>(&self, cells: impl Iterator<Item = &'c str>) -> RecordKey {
        let mut mac = self.keys.clone();
        mac.update(b"cells");
        for cell in cells {
            mac.update(&[0]);
            mac.update(cell.as_bytes());
        }
        RecordKey(shorten(mac))
    }

    /// What tells a policy from the others of its customer: the identifier by which the API matches it.
    pub fn policy(&self, field: &str, id: &str) -> PolicyHash {
        let mut mac = self.keys.clone();
        mac.update(field.as_bytes());
        mac.update(&[0]);
        mac.update(id.as_bytes());
        let [first, ..] = *shorten(mac).as_chunks().0 else {
            return PolicyHash::default();
        };
        PolicyHash(first)
    }

    /// The fingerprint of a body.
    pub fn fingerprint(&self, body: &[u8]) -> Fingerprint {
        let mut mac = self.fingerprints.clone();
        mac.update(body);
        Fingerprint(shorten(mac))
    }
}

impl RecordKey {
    /// The key's bytes, as the journal keeps them.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The key of those bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Eight of its bytes as a number: already uniformly spread, so good enough for a hash table.
    pub fn spread(&self) -> u64 {
        self.0
            .first_chunk()
            .map_or(0, |bytes| u64::from_le_bytes(*bytes))
    }
}

impl Fingerprint {
    /// The fingerprint's bytes, as the journal keeps them.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl std::fmt::Debug for RecordKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "RecordKey({:016x})", self.spread())
    }
}

impl std::fmt::Debug for Fingerprint {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Fingerprint")
    }
}

/// Half of a SHA-256 is plenty: a collision among a billion records has a chance of 1 in 10^20.
fn shorten(mac: Hmac<Sha256>) -> [u8; 16] {
    let digest = mac.finalize().into_bytes();
    let mut short = [0; 16];
    for (to, from) in short.iter_mut().zip(digest) {
        *to = from;
    }
    short
}

//! The API's ids of policies, by the ids under which other systems know them.
//!
//! Packed, 24 bytes each: a keyed hash of the other system's id, then the API's own. What was told later counts.

use uuid::Uuid;

use super::{Hasher, PolicyHash};
use crate::{contract::CustomerId, private::Private};

/// A policy as an answer shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldPolicy {
    /// The API's id.
    pub id: CustomerId,
    /// The ids that others give it, by the contract's names.
    pub known_by: Vec<(&'static str, Private<String>)>,
}

/// Ids of one customer's policies, packed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyIds(Vec<u8>);

/// The length of an entry.
const ENTRY: usize = 24;
/// No customer has more, and what is remembered of one does not grow without end.
const MOST: usize = 400;

impl PolicyIds {
    /// Packs what an answer tells; none where it tells nothing.
    pub fn of(policies: &[ToldPolicy], hasher: &Hasher) -> Option<Self> {
        let mut bytes = Vec::new();
        for policy in policies {
            for (name, id) in &policy.known_by {
                bytes.extend_from_slice(&hasher.policy(name, id.expose()).0);
                bytes.extend_from_slice(policy.id.as_bytes());
            }
        }
        (!bytes.is_empty()).then_some(Self(bytes))
    }

    /// The bytes, as the journal keeps them.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// What is known once `told` has come to what was `known` before, both packed.
    pub fn overlaid(known: &[u8], told: &[u8]) -> Vec<u8> {
        let mut all = told.to_vec();
        let (known, _) = known.as_chunks::<ENTRY>();
        let (told, _) = told.as_chunks::<ENTRY>();
        let is_told = |entry: &[u8; ENTRY]| {
            told.iter()
                .any(|new| new.first_chunk::<8>() == entry.first_chunk::<8>())
        };
        for entry in known.iter().filter(|entry| !is_told(entry)) {
            if all.len() < MOST * ENTRY {
                all.extend_from_slice(entry);
            }
        }
        all
    }

    /// What packed bytes hold.
    pub fn read(bytes: &[u8]) -> impl Iterator<Item = (PolicyHash, CustomerId)> {
        let (entries, _) = bytes.as_chunks::<ENTRY>();
        entries.iter().filter_map(|entry| {
            let (hash, id) = entry.split_first_chunk::<8>()?;
            let id = Uuid::from_slice(id).ok()?;
            Some((PolicyHash(*hash), CustomerId::from_uuid(id)?))
        })
    }
}

//! The API's ids that earlier answers told, to be looked up by the ids of other systems.

use std::collections::{HashMap, hash_map::Entry};

use rusqlite::params;

use super::{Error, Journal, RunPlan};
use crate::{
    contract::CustomerId,
    record::{PolicyHash, PolicyIds, RecordKey},
};

/// What is known of where a run sends to, by whatever operation it came to be known.
#[derive(Debug, Default)]
pub struct KnownIds {
    /// By the key of a customer's records. None where two customers go by one.
    customers: HashMap<RecordKey, Option<CustomerId>>,
    /// By a policy's hash: its customer, its own id, and whether it came by another operation than this one.
    policies: HashMap<PolicyHash, Option<KnownPolicy>>,
}

/// A policy whose id was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownPolicy {
    /// The customer that has it, where that is known.
    pub customer: Option<CustomerId>,
    /// Its id.
    pub id: CustomerId,
    /// True when the operation that asks has made it itself.
    pub is_own: bool,
}

impl Journal {
    /// The ids that are known of where a run sends to.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read, or what succeeded cannot be folded.
    pub fn known_ids(&mut self, plan: &RunPlan) -> Result<KnownIds, Error> {
        self.fold()?;
        let mut statement = self.connection.prepare(
            "SELECT key, customer_id, policy_ids, target = ?3 FROM known
             WHERE account = ?1 AND address = ?2 AND (customer_id IS NOT NULL OR policy_ids IS NOT NULL)",
        )?;
        let mut rows = statement.query(params![plan.account, plan.address, plan.target])?;
        let mut known = KnownIds::default();
        while let Some(row) = rows.next()? {
            let customer = row.get_ref(1)?.as_str_or_null();
            let customer = customer.map_err(rusqlite::Error::from)?;
            let customer = customer.and_then(CustomerId::parse);
            if let Some(id) = customer {
                add(&mut known.customers, RecordKey::from_bytes(row.get(0)?), id);
            }
            let is_own = row.get(3)?;
            let policies = row.get_ref(2)?.as_blob_or_null();
            let policies = policies.map_err(rusqlite::Error::from)?;
            for (hash, id) in PolicyIds::read(policies.unwrap_or_default()) {
                let policy = KnownPolicy {
                    customer,
                    id,
                    is_own,
                };
                known.add_policy(hash, policy);
            }
        }
        Ok(known)
    }
}

impl KnownIds {
    /// The customer whose records go by that key.
    pub fn customer(&self, key: &RecordKey) -> Option<CustomerId> {
        self.customers.get(key).copied().flatten()
    }

    /// The policy of that hash.
    pub fn policy(&self, hash: &PolicyHash) -> Option<KnownPolicy> {
        self.policies.get(hash).copied().flatten()
    }

    /// One policy may be known by several operations; two of one id are none that could be told.
    fn add_policy(&mut self, hash: PolicyHash, policy: KnownPolicy) {
        match self.policies.entry(hash) {
            Entry::Vacant(vacant) => _ = vacant.insert(Some(policy)),
            Entry::Occupied(mut known) => {
                let both = known.get().filter(|known| known.id == policy.id);
                known.insert(both.map(|known| KnownPolicy {
                    customer: known.customer.or(policy.customer),
                    is_own: known.is_own || policy.is_own,
                    ..known
                }));
            }
        }
    }
}

fn add<K: std::hash::Hash + Eq>(map: &mut HashMap<K, Option<CustomerId>>, key: K, id: CustomerId) {
    map.entry(key)
        .and_modify(|known| *known = known.filter(|known| *known == id))
        .or_insert(Some(id));
}

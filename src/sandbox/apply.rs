//! A valid record applied to what is held: found or created, updated member by member.
//!
//! Where the pages are silent: an absent member leaves what is held and null clears it; a created policy
//! without a status is Active; policies that a record does not carry are left alone, except that creating
//! one ends the customer's older ones. Those are the policies that were held before the record came, so
//! the order of the record's own policies does not matter.

use std::time::SystemTime;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{
    Error, matching,
    store::{Customer, Policy, Work},
};
use crate::contract::Contract;

/// When a request is applied.
pub(super) struct Moment {
    /// The time stamp, ISO 8601 with milliseconds.
    pub(super) stamp: String,
    /// The day in UTC.
    pub(super) today: NaiveDate,
}

impl From<SystemTime> for Moment {
    fn from(time: SystemTime) -> Self {
        let time = DateTime::<Utc>::from(time);
        Self {
            stamp: time.to_rfc3339_opts(SecondsFormat::Millis, true),
            today: time.date_naive(),
        }
    }
}

/// What applying a record changed.
pub(super) struct Change {
    pub(super) customer: Customer,
    pub(super) policies: Vec<PolicyChange>,
}

/// A policy that was created, updated or terminated.
pub(super) struct PolicyChange {
    pub(super) policy: Policy,
    /// The status held before; null when there was no policy.
    pub(super) previous_status: Value,
}

/// Applies one record.
///
/// # Errors
///
/// When the store fails; the request's transaction is rolled back then.
pub(super) fn record(
    contract: &Contract,
    work: &mut Work<'_>,
    record: &Map<String, Value>,
    moment: &Moment,
) -> Result<Change, Error> {
    let held = known_customer(contract, work, record)?;
    let is_new = held.is_none();
    let mut customer = held.unwrap_or_else(|| new_customer(moment));
    let before = matching::identities(&contract.matching, &customer);
    update_customer(contract, &mut customer, record, moment);
    work.save_customer(&mut customer)?;
    let after = matching::identities(&contract.matching, &customer);
    work.save_identities(customer.id, &before, &after)?;
    let policies = apply_policies(contract, work, customer.id, record, moment)?;
    work.note_body(&digest(record), customer.id)?;
    count_record(work, is_new);
    Ok(Change { customer, policies })
}

/// The customer that a record is about.
pub(super) fn known_customer(
    contract: &Contract,
    work: &Work<'_>,
    record: &Map<String, Value>,
) -> Result<Option<Customer>, Error> {
    let Some(identity) = matching::deciding(&contract.matching, record) else {
        return Ok(None);
    };
    match work.find(&identity)? {
        Some(id) => work.customer(id),
        None => Ok(None),
    }
}

fn new_customer(moment: &Moment) -> Customer {
    Customer {
        id: 0,
        created_at: moment.stamp.clone(),
        updated_at: String::new(),
        applied: 0,
        members: Map::new(),
        custom_fields: Map::new(),
    }
}

fn update_customer(
    contract: &Contract,
    customer: &mut Customer,
    record: &Map<String, Value>,
    moment: &Moment,
) {
    for field in contract.fields {
        take(&mut customer.members, field.name, record);
    }
    if let Some(list) = &contract.custom_fields {
        for entry in items(record, list.name) {
            if let Some(key) = entry.get(list.key).and_then(Value::as_str) {
                let value = entry.get(list.value).cloned().unwrap_or_default();
                customer.custom_fields.insert(key.to_owned(), value);
            }
        }
    }
    customer.updated_at.clone_from(&moment.stamp);
    customer.applied += 1;
}

fn apply_policies(
    contract: &Contract,
    work: &mut Work<'_>,
    customer: i64,
    record: &Map<String, Value>,
    moment: &Moment,
) -> Result<Vec<PolicyChange>, Error> {
    let Some(list) = &contract.policies else {
        return Ok(Vec::new());
    };
    let wanted = items(record, list.name);
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let mut book = Book::new(work.policies(customer)?);
    for policy in wanted {
        let place = matching::policy(&contract.matching, &book.policies, policy);
        let place = place.unwrap_or_else(|| book.create(moment));
        book.update(place, contract, policy);
    }
    book.terminate_old_ones(moment);
    book.save(work, customer, moment)
}

/// A customer's policies while a record is applied to them.
struct Book {
    policies: Vec<Policy>,
    /// How many were held before the record came.
    held: usize,
    /// The status that each had before.
    previous: Vec<Value>,
    touched: Vec<Touch>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Touch {
    None,
    Created,
    Updated,
    Terminated,
}

impl Book {
    fn new(policies: Vec<Policy>) -> Self {
        Self {
            held: policies.len(),
            previous: policies.iter().map(status).collect(),
            touched: vec![Touch::None; policies.len()],
            policies,
        }
    }

    fn create(&mut self, moment: &Moment) -> usize {
        let status = ("status".to_owned(), Value::from("Active"));
        self.policies.push(Policy {
            id: 0,
            created_at: moment.stamp.clone(),
            updated_at: String::new(),
            applied: 0,
            members: Map::from_iter([status]),
        });
        self.previous.push(Value::Null);
        self.touched.push(Touch::Created);
        self.policies.len() - 1
    }

    fn update(&mut self, place: usize, contract: &Contract, wanted: &Map<String, Value>) {
        if let Some(policy) = self.policies.get_mut(place) {
            for field in contract.policy_fields() {
                take(&mut policy.members, field.name, wanted);
            }
            policy.applied += 1;
        }
        if let Some(touch @ Touch::None) = self.touched.get_mut(place) {
            *touch = Touch::Updated;
        }
    }

    /// The side effect of page F2.
    fn terminate_old_ones(&mut self, moment: &Moment) {
        if !self.touched.contains(&Touch::Created) {
            return;
        }
        let held = self
            .policies
            .iter_mut()
            .zip(&mut self.touched)
            .take(self.held);
        for (policy, touch) in held {
            let is_terminated = status(policy) == "Terminated";
            if !is_terminated && matching::is_more_than_a_year_old(policy, moment.today) {
                let terminated = Value::from("Terminated");
                policy.members.insert("status".to_owned(), terminated);
                *touch = Touch::Terminated;
            }
        }
    }

    fn save(
        self,
        work: &mut Work<'_>,
        customer: i64,
        moment: &Moment,
    ) -> Result<Vec<PolicyChange>, Error> {
        let mut changes = Vec::new();
        let policies = self.policies.into_iter().zip(self.previous);
        for ((mut policy, previous_status), touch) in policies.zip(self.touched) {
            let counted = &mut work.tally;
            match touch {
                Touch::None => continue,
                Touch::Created => {
                    counted.policies += 1;
                    counted.policies_created += 1;
                }
                Touch::Updated => counted.policies_updated += 1,
                Touch::Terminated => counted.terminated += 1,
            }
            policy.updated_at.clone_from(&moment.stamp);
            work.save_policy(customer, &mut policy)?;
            changes.push(PolicyChange {
                policy,
                previous_status,
            });
        }
        Ok(changes)
    }
}

/// Takes a member over: absent leaves what is held, null clears it.
pub(super) fn take(held: &mut Map<String, Value>, name: &str, from: &Map<String, Value>) {
    match from.get(name) {
        None => {}
        Some(Value::Null) => _ = held.remove(name),
        Some(value) => _ = held.insert(name.to_owned(), value.clone()),
    }
}

fn items<'a>(record: &'a Map<String, Value>, name: &str) -> Vec<&'a Map<String, Value>> {
    let items = record.get(name).and_then(Value::as_array);
    items
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .collect()
}

fn status(policy: &Policy) -> Value {
    policy.members.get("status").cloned().unwrap_or_default()
}

/// What makes two bodies the same: their members and values, whatever the order of the members.
pub(super) fn digest(record: &Map<String, Value>) -> [u8; 16] {
    let text = Value::from(record.clone()).to_string();
    let digest = Sha256::digest(text);
    digest.first_chunk().copied().unwrap_or_default()
}

fn count_record(work: &mut Work<'_>, is_new: bool) {
    let tally = &mut work.tally;
    tally.records_applied += 1;
    if is_new {
        tally.customers += 1;
        tally.records_created += 1;
    } else {
        tally.records_updated += 1;
    }
}

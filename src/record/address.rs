//! The ids of a record that stand in its request's path, written before its JSON.
//!
//! Ids of the API are UUIDs of 36 characters each, so nothing parts them, and what is journaled of a record is
//! still one run of bytes: what it says and whom it is said to. A record without such ids is its JSON alone.

use std::borrow::Cow;

use super::Fields;
use crate::contract::{Contract, CustomerId};

/// How long an id is.
const ID: usize = 36;

/// Appends the ids of a record's path.
pub(super) fn write(out: &mut Vec<u8>, contract: &Contract, customer: &Fields) {
    for (index, _) in contract.path_ids.iter().enumerate() {
        let id = customer.get(index).and_then(|value| value.as_text());
        out.extend_from_slice(id.unwrap_or_default().as_bytes());
    }
}

/// The JSON of a record, behind the ids of its path.
pub fn body_of<'b>(contract: &Contract, bytes: &'b [u8]) -> &'b [u8] {
    bytes
        .get(contract.path_ids.len() * ID..)
        .unwrap_or_default()
}

/// The path of a record's request, below the base URL.
pub fn path_of(contract: &'static Contract, bytes: &[u8]) -> Cow<'static, str> {
    let mut path = Cow::Borrowed(contract.path);
    for (index, id) in contract.path_ids.iter().enumerate() {
        let written = id_at(index, bytes).map(|id| id.to_string());
        path = path.replace(id.slot, &written.unwrap_or_default()).into();
    }
    path
}

/// The API's id of the customer that a record is about, where its path says it.
pub fn customer_of(contract: &Contract, bytes: &[u8]) -> Option<CustomerId> {
    contract.path_ids.first()?;
    id_at(0, bytes)
}

/// The API's id of the policy that a record is about, where its path says it.
pub fn policy_of(contract: &Contract, bytes: &[u8]) -> Option<CustomerId> {
    contract.path_ids.get(1)?;
    id_at(1, bytes)
}

fn id_at(index: usize, bytes: &[u8]) -> Option<CustomerId> {
    let id = bytes.get(index * ID..(index + 1) * ID)?;
    CustomerId::parse(std::str::from_utf8(id).ok()?)
}

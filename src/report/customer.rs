//! One customer as the API shows it, for the person who asked for it by its id.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::envelope;
use crate::contract::CUSTOMER;

/// The fields that hold something, one a line, and the policies below.
pub fn customer_text(customer: &Map<String, Value>) -> String {
    let mut text = String::new();
    write_members(&mut text, customer, "");
    let policies = customer.get(CUSTOMER.policies).and_then(Value::as_array);
    for (number, policy) in (1..).zip(policies.into_iter().flatten()) {
        let _ = writeln!(text, "\npolicy {number}");
        match policy.as_object() {
            Some(policy) => write_members(&mut text, policy, "  "),
            None => _ = writeln!(text, "  {policy}"),
        }
    }
    text
}

/// The API's own object, under `customer`.
pub fn customer_json(customer: &Map<String, Value>) -> Value {
    envelope::object(0, json!({ "customer": customer }))
}

fn write_members(text: &mut String, members: &Map<String, Value>, indent: &str) {
    let shown: Vec<(&String, String)> = members
        .iter()
        .filter(|(name, _)| *name != CUSTOMER.policies)
        .filter_map(|(name, value)| Some((name, plain(value)?)))
        .collect();
    let width = shown
        .iter()
        .map(|(name, _)| name.len())
        .max()
        .unwrap_or_default();
    for (name, value) in shown {
        let _ = writeln!(text, "{indent}{name:width$}  {value}");
    }
}

/// A value as people read it, in one line; none where there is nothing to be read.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(text.replace(['\n', '\r'], " ")),
        Value::Array(items) if items.is_empty() => None,
        _ => Some(value.to_string()),
    }
}

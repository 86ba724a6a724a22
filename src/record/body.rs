//! A record's JSON: written once, in staging, and sent byte for byte. Where ids stand in the request's path,
//! they are written before it ([`address`]).

use super::{Fields, address};
use crate::{
    contract::{Contract, Field},
    normalize::Value,
};
use compact_str::CompactString;

/// Appends the JSON of one record to `out`: the customer's fields in the contract's order, then custom
/// fields, then policies; lists that are empty are left out.
pub(super) fn write(
    out: &mut Vec<u8>,
    contract: &Contract,
    custom_keys: &[String],
    (customer, custom): (&Fields, &[(u16, CompactString)]),
    policies: &[&Fields],
) {
    address::write(out, contract, customer);
    out.push(b'{');
    let mut first = true;
    write_fields(
        out,
        (contract.fields, contract.path_ids.len()),
        customer,
        &mut first,
    );
    write_custom_fields(out, contract, custom_keys, custom, &mut first);
    if let Some(list) = contract.policies.as_ref().filter(|list| list.inline) {
        for policy in policies {
            write_fields(out, (list.fields, 0), policy, &mut first);
        }
    } else if let Some(list) = contract.policies.as_ref().filter(|_| !policies.is_empty()) {
        write_name(out, list.name, &mut first);
        out.push(b'[');
        for (index, policy) in policies.iter().enumerate() {
            out.extend_from_slice(if index == 0 { b"{" } else { b",{" });
            write_fields(out, (list.fields, 0), policy, &mut true);
            out.push(b'}');
        }
        out.push(b']');
    }
    out.push(b'}');
}

/// The fields from that place of the table on.
fn write_fields(
    out: &mut Vec<u8>,
    (table, from): (&[Field], usize),
    fields: &Fields,
    first: &mut bool,
) {
    for (index, value) in fields.iter().filter(|(index, _)| *index >= from) {
        if let Some(field) = table.get(index) {
            write_name(out, field.name, first);
            write_value(out, value);
        }
    }
}

fn write_custom_fields(
    out: &mut Vec<u8>,
    contract: &Contract,
    keys: &[String],
    values: &[(u16, CompactString)],
    first: &mut bool,
) {
    let Some(list) = contract
        .custom_fields
        .as_ref()
        .filter(|_| !values.is_empty())
    else {
        return;
    };
    write_name(out, list.name, first);
    out.push(b'[');
    let mut first_entry = true;
    for (place, value) in values {
        let Some(key) = keys.get(usize::from(*place)) else {
            continue;
        };
        if !std::mem::take(&mut first_entry) {
            out.push(b',');
        }
        out.push(b'{');
        let mut first_member = true;
        write_name(out, list.key, &mut first_member);
        write_text(out, key);
        write_name(out, list.value, &mut first_member);
        write_text(out, value);
        out.push(b'}');
    }
    out.push(b']');
}

/// Names come from the contract's tables, which hold nothing that JSON would have to escape.
fn write_name(out: &mut Vec<u8>, name: &str, first: &mut bool) {
    if !std::mem::take(first) {
        out.push(b',');
    }
    out.push(b'"');
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
}

fn write_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Text(text) => write_text(out, text),
        Value::Integer(number) => out.extend_from_slice(number.to_string().as_bytes()),
        Value::Boolean(true) => out.extend_from_slice(b"true"),
        Value::Boolean(false) => out.extend_from_slice(b"false"),
        Value::Json(json) => out.extend_from_slice(json.as_bytes()),
        Value::Null => out.extend_from_slice(b"null"),
    }
}

fn write_text(out: &mut Vec<u8>, text: &str) {
    let plain = text
        .bytes()
        .all(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\');
    if plain {
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    } else {
        // Writing text into a `Vec` cannot fail: neither the writer nor the value has a way to.
        let _ = serde_json::to_writer(out, text);
    }
}

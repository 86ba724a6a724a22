//! The API's tables of one operation as JSON, for programs that make or check mappings.

use serde_json::{Value, json};

use crate::contract::{Contract, Evidence, Field, PathId, Policies, Presence, Rule, Word};

/// Everything that the tables say of an operation, by the names that mappings use.
pub fn contract_json(contract: &Contract) -> Value {
    let custom = contract.custom_fields.as_ref();
    json!({
        "target": contract.name,
        "method": contract.method,
        "path": contract.path,
        "max_records": contract.max_records,
        "resend": contract.resend.name(),
        "path_ids": contract.path_ids.iter().map(|id| path_id_json(contract, id)).collect::<Value>(),
        "fields": fields_json(contract.body_fields()),
        "custom_fields": custom.map(|list| json!({
            "name": list.name, "max": list.max, "key": list.key, "value": list.value,
        })),
        "policy": contract.policies.as_ref().map(policies_json),
        "matching": {
            "customer": contract.matching.customer,
            "fallback": contract.matching.fallback,
            "policy": contract.matching.policy,
        },
        "rules": contract.rules.iter().map(rule_json).collect::<Value>(),
    })
}

/// The id of a path is a field as well.
fn path_id_json(contract: &Contract, id: &PathId) -> Value {
    let place = contract.field_index(id.field);
    let mut object = place
        .and_then(|place| contract.fields.get(place))
        .map_or_else(|| json!({}), field_json);
    if let Some(members) = object.as_object_mut() {
        members.insert("slot".to_owned(), id.slot.into());
    }
    object
}

fn policies_json(list: &Policies) -> Value {
    let plan = list.plan.as_ref();
    json!({
        "name": list.name,
        "inline": list.inline,
        "max": list.max,
        "effective": list.effective,
        "status": list.status,
        "agent": list.agent,
        "plan_code": plan.map(|plan| json!({ "code": plan.code, "type": plan.of_type })),
        "told_by": list.told_by,
        "fields": fields_json(list.fields),
    })
}

fn fields_json(fields: &[Field]) -> Value {
    fields.iter().map(field_json).collect()
}

fn field_json(field: &Field) -> Value {
    let words = field.kind.words();
    let unsettled = words.iter().filter(|word| !word.is_settled());
    json!({
        "name": field.name,
        "about": field.about,
        "type": field.kind.name(),
        "takes": field.kind.describe(),
        "max_length": field.kind.max_length(),
        "words": texts_json(words),
        "unsettled_words": texts_json(unsettled),
        "required": field.presence == Presence::Required,
        "nullable": field.presence == Presence::Nullable,
        "documented": field.evidence == Evidence::Documented,
        "pages": pages_json(field.pages),
    })
}

fn texts_json(words: impl IntoIterator<Item = &'static Word>) -> Value {
    words.into_iter().map(|word| word.text).collect()
}

/// The tables write the pages of a field in one text.
fn pages_json(pages: &str) -> Value {
    pages.split_whitespace().collect()
}

fn rule_json(rule: &Rule) -> Value {
    match rule {
        Rule::AnyOf { fields, because } => json!({ "any_of": fields, "because": because }),
    }
}

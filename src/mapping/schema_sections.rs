//! The sections of a mapping file's JSON Schema that hold no rules.

use serde_json::{Map, Value, json};

use super::{
    compile::ALLOWABLE,
    schema::{column, keyed, table},
};
use crate::{
    contract::{Contract, Field},
    format::Separator,
    problem::Code,
};

/// A share, such as `85%` or `12.5%`.
const SHARE: &str = r"^\s*[0-9]+(\.[0-9]{1,2})?\s*%\s*$";

/// A length of time, such as `26h`.
const TIME: &str = r"^\s*[0-9]+\s*[smhd]\s*$";

/// `[source]`.
pub(super) fn source() -> Value {
    let separators = Separator::ALL.iter().flat_map(|separator| {
        let itself = char::from(separator.byte()).to_string();
        [separator.name().to_owned(), itself]
    });
    let one_of = ["is", "is_not", "matches"].map(|key| json!({ "required": [key] }));
    let mut skip = required(
        table(json!({
            "column": column(),
            "is": keyed("the texts of the cells; an empty one for a blank cell", strings()),
            "is_not": keyed("the texts of the cells that stay; a blank one stays too", strings()),
            "matches": keyed("a pattern of the cells", json!({ "type": "string" })),
            "because": keyed("why, as the counts of skipped rows say it", json!({ "type": "string" })),
            "optional": keyed("a file may lack the column", json!({ "type": "boolean" })),
        })),
        &["column", "because"],
    );
    if let Some(members) = skip.as_object_mut() {
        members.insert("oneOf".to_owned(), json!(one_of));
    }
    let section = table(json!({
        "separator": keyed("what stands between two cells of a text file; found by looking when absent",
            json!({ "enum": separators.collect::<Vec<_>>() })),
        "encoding": keyed("how a text file writes its characters; found by looking when absent", text()),
        "sheet": keyed("the name of a workbook's sheet, in any case", text()),
        "required": keyed("columns that every file has to have, whether a rule reads them or not",
            json!({ "type": "array", "items": column() })),
        "blank": keyed("the texts that mean nothing", strings()),
        "skip": keyed("rows that are left out", json!({ "type": "array", "items": skip })),
    }));
    keyed("how files are read", section)
}

/// `[guard]`.
pub(super) fn guard() -> Value {
    let share = |says: &str| keyed(says, json!({ "type": "string", "pattern": SHARE }));
    let count = |says: &str| keyed(says, json!({ "type": "integer", "minimum": 0 }));
    let flag = |says: &str| keyed(says, json!({ "type": "boolean" }));
    let texts = |says: &str| keyed(says, json!({ "anyOf": [text(), strings()] }));
    let needed = required(
        table(json!({ "column": column(), "text": text() })),
        &["column", "text"],
    );
    let section = table(json!({
        "min_rows": count("a file with fewer rows is not sent"),
        "min_rows_of_last": share("nor one with fewer rows than this share of the last finished whole run"),
        "max_age": keyed("nor one that was exported longer ago, such as 26h",
            json!({ "type": "string", "pattern": TIME })),
        "older_file": flag("false lets a file pass that was exported before the last one sent"),
        "lost_column": flag("false lets a file pass that lacks a mapped column which the last one had"),
        "blank_column": share("nor one in which a mapped column is filled in less than this share of the rows of before"),
        "must_contain": keyed("texts that a column has to hold at least once",
            json!({ "type": "array", "items": needed })),
        "own_npns": texts("the agency's own NPNs; those of the profile when absent"),
        "agent_column": texts("the columns that name a row's agent; the mapping's NPN fields when absent"),
        "foreign_agent": share("nor one of which more than this share of the rows names another agent"),
        "max_rejected": share("nor one of which more than this share of the rows was rejected"),
        "rebaseline": share("nor one that sends more than this share of the book again only because the mapping or the program changed"),
        "max_created": count("nor one that could create more customers"),
        "max_terminations": count("nor one that could end more policies, customers of unknown past counted in"),
        "max_failed": share("a run stops when more than this share of the answered records failed"),
    }));
    keyed(
        "checks before and while a run sends; each can be let through once by --allow",
        section,
    )
}

/// `[record]`.
pub(super) fn record(contract: &Contract) -> Value {
    let ids = contract.matching.customer;
    let policy: Vec<&str> = names(contract.policy_fields()).collect();
    let allowable: Vec<&str> = ALLOWABLE.iter().map(|code| code.as_str()).collect();
    let newest = required(
        table(json!({ "column": column(), "optional": { "type": "boolean" } })),
        &["column"],
    );
    let section = table(json!({
        "key": keyed("the ids of which the first that is not blank makes rows one customer, in the API's order",
            json!({ "type": "array", "items": { "enum": ids }, "uniqueItems": true })),
        "newest": keyed("the column that says which of two rows is newer", json!({ "anyOf": [column(), newest] })),
        "policy_dates": keyed("how dates other than the date of birth are sent, such as %m/%d/%Y", text()),
        "policy_if": keyed("the policy fields of which one has to be there for a row to tell of a policy",
            json!({ "type": "array", "items": { "enum": policy }, "minItems": 1 })),
        "refresh": keyed("what succeeded longer ago is sent again, though it did not change, such as 30d",
            json!({ "type": "string", "pattern": TIME })),
        "allow": keyed("what is not held back", json!({ "type": "array", "items": { "enum": allowable } })),
    }));
    keyed("how rows become records", section)
}

/// `[[test]]`.
pub(super) fn tests(contract: &Contract) -> Value {
    let codes: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    let any = || json!({ "type": ["string", "number", "boolean"] });
    let cells = json!({ "type": "object", "additionalProperties": {
        "anyOf": [any(), { "type": "object" }]
    }});
    let policy = names(contract.policy_fields());
    let policy: Map<String, Value> = policy.map(|name| (name.to_owned(), any())).collect();
    let fields = names(contract.fields).chain(names(contract.policy_fields()));
    let mut expect: Map<String, Value> = fields.map(|name| (name.to_owned(), any())).collect();
    let dotted = names(contract.policy_fields()).map(|name| (format!("policy.{name}"), any()));
    expect.extend(dotted);
    // The policy's fields, or its id in the path.
    let of_policy = match contract.field_index("policy") {
        Some(_) => json!({ "anyOf": [any(), table(Value::Object(policy))] }),
        None => table(Value::Object(policy)),
    };
    for (key, takes) in [
        (
            "reject",
            keyed("the row is rejected for that", json!({ "enum": codes })),
        ),
        (
            "held",
            keyed("the record is held back for that", json!({ "enum": codes })),
        ),
        (
            "skip",
            keyed(
                "the row is left out",
                json!({ "type": ["boolean", "string"] }),
            ),
        ),
        ("policy", of_policy),
        ("custom_fields", cells.clone()),
    ] {
        expect.insert(key.to_owned(), takes);
    }
    let mut expect = table(Value::Object(expect));
    if let Some(members) = expect.as_object_mut() {
        members.insert(
            "patternProperties".to_owned(),
            json!({ r"^custom_fields\.": any() }),
        );
    }
    let test = required(
        table(json!({
            "why": keyed("what the test is about", json!({ "type": "string" })),
            "given": keyed("a row: cells by their columns, blank where not given", cells),
            "expect": keyed("what has to come of it; \"\" for nothing, \"(cleared)\" for null", expect),
        })),
        &["given", "expect"],
    );
    keyed(
        "what has to come of a row, run by `mapping test`",
        json!({ "type": "array", "items": test }),
    )
}

fn names(fields: &'static [Field]) -> impl Iterator<Item = &'static str> {
    fields.iter().map(|field| field.name)
}

fn required(mut table: Value, keys: &[&str]) -> Value {
    if let Some(members) = table.as_object_mut() {
        members.insert("required".to_owned(), json!(keys));
    }
    table
}

fn text() -> Value {
    json!({ "type": "string", "pattern": r"\S" })
}

fn strings() -> Value {
    json!({ "type": "array", "items": { "type": "string" } })
}

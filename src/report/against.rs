//! What a change of the mapping alters: records that would go out otherwise, field by field, never a value.

use std::{collections::BTreeMap, fmt::Write as _, time::Duration};

use serde_json::{Map, Value, json};

use super::{counted, duration, grouped};
use crate::{
    contract::Contract,
    journal::{Compared, RowBooks},
    record::body_of,
};

/// Where two mappings differ in what they make of the same rows.
#[derive(Debug, Clone)]
pub struct Alteration {
    contract: &'static Contract,
    /// By field.
    fields: BTreeMap<String, FieldCount>,
}

/// How many records a field differs in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct FieldCount {
    changed: u64,
    came: u64,
    went: u64,
}

/// What an alteration comes to.
#[derive(Debug, Clone, Copy)]
pub struct Against<'a> {
    /// The other mapping, as people named it.
    pub other: &'a str,
    /// The rows with the other mapping, and with this one.
    pub rows: (RowBooks, RowBooks),
    /// The records of both.
    pub compared: Compared,
    /// What differs in them.
    pub alteration: &'a Alteration,
    /// How many requests the altered records take that a sync would send.
    pub requests: u64,
    /// How long that takes at the rate.
    pub expected: Duration,
}

impl Alteration {
    /// Nothing yet, of records of that operation.
    pub const fn new(contract: &'static Contract) -> Self {
        Self {
            contract,
            fields: BTreeMap::new(),
        }
    }

    /// Counts in which fields two bodies of one customer differ; a field counts once for each record.
    pub fn add(&mut self, before: &[u8], now: &[u8]) {
        let read = |body| serde_json::from_slice(body_of(self.contract, body));
        let (Ok(Value::Object(before)), Ok(Value::Object(now))) = (read(before), read(now)) else {
            return;
        };
        let mut altered = BTreeMap::new();
        let (before, now) = (self.parts(before), self.parts(now));
        differ("", &before.own, &now.own, &mut altered);
        differ("customFields.", &before.custom, &now.custom, &mut altered);
        self.policies_differ(before.policies, now.policies, &mut altered);
        for (field, how) in altered {
            let count = self.fields.entry(field).or_default();
            match how {
                How::Changed => count.changed += 1,
                How::Came => count.came += 1,
                How::Went => count.went += 1,
            }
        }
    }

    fn parts(&self, body: Map<String, Value>) -> Parts {
        let mut parts = Parts {
            own: body,
            custom: Map::new(),
            policies: Vec::new(),
        };
        if let Some(list) = &self.contract.custom_fields
            && let Some(Value::Array(entries)) = parts.own.remove(list.name)
        {
            for entry in entries {
                let key = entry.get(list.key).and_then(Value::as_str);
                let value = entry.get(list.value).cloned();
                parts.custom.insert(
                    key.unwrap_or_default().to_owned(),
                    value.unwrap_or_default(),
                );
            }
        }
        if let Some(list) = &self.contract.policies
            && let Some(Value::Array(policies)) = parts.own.remove(list.name)
        {
            parts.policies = policies;
        }
        parts
    }

    /// Policies of one id are one; the others are taken in their order.
    fn policies_differ(&self, before: Vec<Value>, mut now: Vec<Value>, altered: &mut Altered) {
        let mut left = Vec::new();
        let mut pairs = Vec::new();
        for old in before {
            let id = self.policy_id(&old);
            let same = now
                .iter()
                .position(|new| id.is_some() && self.policy_id(new) == id);
            match same {
                Some(at) => pairs.push((old, now.remove(at))),
                None => left.push(old),
            }
        }
        let both = left.len().min(now.len());
        pairs.extend(left.drain(..both).zip(now.drain(..both)));
        for (old, new) in pairs {
            if let (Value::Object(old), Value::Object(new)) = (old, new) {
                differ("policy.", &old, &new, altered);
            }
        }
        if !left.is_empty() {
            altered.insert("policy".to_owned(), How::Went);
        } else if !now.is_empty() {
            altered.insert("policy".to_owned(), How::Came);
        }
    }

    fn policy_id<'p>(&self, policy: &'p Value) -> Option<(&'static str, &'p str)> {
        let mut names = self.contract.matching.policy.iter();
        names.find_map(|name| Some((*name, policy.get(name)?.as_str()?)))
    }
}

/// A body, taken apart.
struct Parts {
    own: Map<String, Value>,
    custom: Map<String, Value>,
    policies: Vec<Value>,
}

/// How a field of a record differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    Changed,
    Came,
    Went,
}

type Altered = BTreeMap<String, How>;

fn differ(
    prefix: &str,
    before: &Map<String, Value>,
    now: &Map<String, Value>,
    altered: &mut Altered,
) {
    for (name, value) in before {
        let how = match now.get(name) {
            Some(other) if other == value => continue,
            Some(_) => How::Changed,
            None => How::Went,
        };
        altered.insert(format!("{prefix}{name}"), how);
    }
    for name in now.keys().filter(|name| !before.contains_key(*name)) {
        altered.insert(format!("{prefix}{name}"), How::Came);
    }
}

impl Against<'_> {
    /// The alteration as text.
    pub fn text(&self) -> String {
        let compared = self.compared;
        let (before, now) = self.rows;
        let mut text = format!("\nbeside the mapping {}\n", self.other);
        let _ = writeln!(
            text,
            "  records   {} the same, {} altered, {} added, {} gone",
            grouped(compared.same),
            grouped(compared.changed),
            grouped(compared.added),
            grouped(compared.gone)
        );
        for (name, before, now) in [
            ("rejected", before.rejected, now.rejected),
            ("skipped", before.skipped, now.skipped),
        ] {
            if before != now {
                let (now, before) = (grouped(now), grouped(before));
                let _ = writeln!(text, "  rows      {now} {name}, {before} with the other");
            }
        }
        for (field, count) in &self.alteration.fields {
            let parts = [
                (count.changed, "altered"),
                (count.came, "with a value now"),
                (count.went, "without one now"),
            ];
            let parts = parts.iter().filter(|(count, _)| *count > 0);
            let parts: Vec<String> = parts
                .map(|(count, what)| format!("{} {what}", grouped(*count)))
                .collect();
            let _ = writeln!(text, "  {field}: {}", parts.join(", "));
        }
        let _ = writeln!(
            text,
            "  that costs {} for {}: about {} at the rate",
            counted(self.requests, "request"),
            counted(compared.to_send, "record"),
            duration(self.expected.as_secs_f64())
        );
        text
    }

    /// The alteration as JSON.
    pub fn json(&self) -> Value {
        let compared = self.compared;
        let fields = self.alteration.fields.iter().map(|(field, count)| {
            json!({ "field": field, "changed": count.changed, "came": count.came, "went": count.went })
        });
        json!({
            "mapping": self.other,
            "records": {
                "same": compared.same, "changed": compared.changed, "added": compared.added,
                "gone": compared.gone,
            },
            "rows": { "before": self.rows.0, "now": self.rows.1 },
            "fields": fields.collect::<Value>(),
            "to_send": compared.to_send,
            "requests": self.requests,
            "seconds": self.expected.as_secs_f64(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Alteration;
    use crate::contract::Target;

    fn altered(before: &str, now: &str) -> String {
        let mut alteration = Alteration::new(Target::SyncAca.contract());
        alteration.add(before.as_bytes(), now.as_bytes());
        let fields = alteration
            .fields
            .iter()
            .map(|(field, count)| format!("{field} {}{}{}", count.changed, count.came, count.went));
        fields.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn a_field_is_altered_or_comes_or_goes() {
        assert_eq!(
            altered(
                r#"{"firstName":"Ana","city":"Miami","state":"FL"}"#,
                r#"{"firstName":"ANA","state":"FL","county":"Dade"}"#
            ),
            "city 001, county 010, firstName 100"
        );
    }

    #[test]
    fn policies_are_matched_by_their_ids_else_by_their_order() {
        let policy = |id: &str, plan: &str| {
            format!(r#"{{"healthSherpaPolicyId":"{id}","planName":"{plan}"}}"#)
        };
        let body = |policies: &[String]| format!(r#"{{"policies":[{}]}}"#, policies.join(","));
        let (one, two) = (policy("1", "A"), policy("2", "B"));

        assert_eq!(
            altered(
                &body(&[one.clone(), two.clone()]),
                &body(&[two.clone(), policy("1", "C")])
            ),
            "policy.planName 100"
        );
        assert_eq!(
            altered(
                &body(std::slice::from_ref(&one)),
                &body(&[policy("3", "A")])
            ),
            "policy.healthSherpaPolicyId 100"
        );
        assert_eq!(
            altered(&body(&[one.clone(), two]), &body(&[one])),
            "policy 001"
        );
    }
}

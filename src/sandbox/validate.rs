//! Whether a request's body follows the contract; every violation is named, none repeats a value.

use serde::Serialize;
use serde_json::{Map, Value};

use super::shape::{self, Level};
use crate::contract::{Contract, Field, Presence, Rule};

/// One thing that is wrong with a request, as the API's `errors[]` words it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Violation {
    /// The way to the member: `records`, `0`, `phoneNumber`.
    pub(super) path: Vec<String>,
    pub(super) message: String,
    pub(super) expected: String,
    /// The JSON type received; `undefined` when nothing was.
    pub(super) received: &'static str,
    pub(super) code: &'static str,
}

/// The records of a body that follows the contract.
///
/// # Errors
///
/// Every violation in it.
pub(super) fn records<'a>(
    contract: &Contract,
    body: &'a Value,
) -> Result<Vec<&'a Map<String, Value>>, Vec<Violation>> {
    let mut check = Check::default();
    let records = check.body(contract, body);
    if check.violations.is_empty() {
        Ok(records)
    } else {
        Err(check.violations)
    }
}

/// A body that is a record by itself.
///
/// # Errors
///
/// Every violation in it.
pub(super) fn bare<'a>(
    contract: &Contract,
    body: &'a Value,
) -> Result<&'a Map<String, Value>, Vec<Violation>> {
    let mut check = Check::default();
    let place = Place::BODY;
    let record = check.object(place, Some(body));
    if let Some(record) = record {
        let (fields, policy) = (contract.body_fields(), contract.policy_fields());
        check.no_others(place, record, |name| {
            is_field(fields, name) || is_field(policy, name)
        });
        check.fields(fields, Level::Customer, place, record);
        check.fields(policy, Level::Policy, place, record);
    }
    match record {
        Some(record) if check.violations.is_empty() => Ok(record),
        _ => Err(check.violations),
    }
}

impl Violation {
    /// An id in the path that is none.
    pub(super) fn of_path(name: &str) -> Self {
        Self {
            path: vec![name.to_owned()],
            message: "Invalid value: expected a UUID".to_owned(),
            expected: "uuid".to_owned(),
            received: "string",
            code: "invalid_string",
        }
    }
}

/// Where in the body something stands.
#[derive(Clone, Copy)]
struct Place<'a> {
    within: Option<&'a Place<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Body,
    Member(&'a str),
    Item(usize),
}

impl Place<'_> {
    const BODY: Self = Place {
        within: None,
        step: Step::Body,
    };

    fn at<'p>(&'p self, step: Step<'p>) -> Place<'p> {
        Place {
            within: Some(self),
            step,
        }
    }

    fn path(&self) -> Vec<String> {
        let mut path = self.within.map(Place::path).unwrap_or_default();
        match self.step {
            Step::Body => {}
            Step::Member(name) => path.push(name.to_owned()),
            Step::Item(index) => path.push(index.to_string()),
        }
        path
    }
}

#[derive(Default)]
struct Check {
    violations: Vec<Violation>,
}

impl Check {
    fn body<'a>(&mut self, contract: &Contract, body: &'a Value) -> Vec<&'a Map<String, Value>> {
        let Some(members) = self.object(Place::BODY, Some(body)) else {
            return Vec::new();
        };
        self.no_others(Place::BODY, members, |name| name == "records");
        let body = Place::BODY;
        let place = body.at(Step::Member("records"));
        let items = self.list(place, members.get("records"), (1, contract.max_records));
        for (index, item) in items.iter().enumerate() {
            self.record(contract, place.at(Step::Item(index)), item);
        }
        items.iter().filter_map(Value::as_object).collect()
    }

    fn record(&mut self, contract: &Contract, place: Place<'_>, item: &Value) {
        let Some(record) = self.object(place, Some(item)) else {
            return;
        };
        let lists = [
            contract.policies.as_ref().map(|list| list.name),
            contract.custom_fields.as_ref().map(|list| list.name),
        ];
        self.no_others(place, record, |name| {
            is_field(contract.fields, name) || lists.contains(&Some(name))
        });
        self.fields(contract.fields, Level::Customer, place, record);
        self.rules(contract.rules, place, record);
        self.policies(contract, place, record);
        self.custom_fields(contract, place, record);
    }

    fn policies(&mut self, contract: &Contract, place: Place<'_>, record: &Map<String, Value>) {
        let Some(list) = &contract.policies else {
            return;
        };
        let Some(items) = record.get(list.name) else {
            return;
        };
        let place = place.at(Step::Member(list.name));
        for (index, item) in self
            .list(place, Some(items), (0, list.max))
            .iter()
            .enumerate()
        {
            let place = place.at(Step::Item(index));
            if let Some(policy) = self.object(place, Some(item)) {
                self.no_others(place, policy, |name| is_field(list.fields, name));
                self.fields(list.fields, Level::Policy, place, policy);
            }
        }
    }

    fn custom_fields(
        &mut self,
        contract: &Contract,
        place: Place<'_>,
        record: &Map<String, Value>,
    ) {
        let Some(list) = &contract.custom_fields else {
            return;
        };
        let Some(items) = record.get(list.name) else {
            return;
        };
        let place = place.at(Step::Member(list.name));
        for (index, item) in self
            .list(place, Some(items), (0, list.max))
            .iter()
            .enumerate()
        {
            let place = place.at(Step::Item(index));
            let Some(entry) = self.object(place, Some(item)) else {
                continue;
            };
            self.no_others(place, entry, |name| name == list.key || name == list.value);
            for name in [list.key, list.value] {
                if !entry.get(name).is_some_and(Value::is_string) {
                    self.wrong_type(place.at(Step::Member(name)), "string", entry.get(name));
                }
            }
        }
    }

    fn fields(
        &mut self,
        fields: &[Field],
        level: Level,
        place: Place<'_>,
        members: &Map<String, Value>,
    ) {
        for field in fields {
            let place = place.at(Step::Member(field.name));
            match members.get(field.name) {
                None | Some(Value::Null) if field.presence == Presence::Nullable => {}
                None if field.presence == Presence::Optional => {}
                None => self.wrong_type(place, shape::type_of(field.kind), None),
                Some(value) => self.value(field, level, place, value),
            }
        }
    }

    fn value(&mut self, field: &Field, level: Level, place: Place<'_>, value: &Value) {
        if !shape::has_type(field.kind, value) {
            self.wrong_type(place, shape::type_of(field.kind), Some(value));
        } else if let Err(misfit) = shape::check(field.kind, level, value) {
            self.violations.push(Violation {
                path: place.path(),
                message: format!("Invalid value: expected {}", misfit.expected),
                expected: misfit.expected,
                received: shape::name_of(Some(value)),
                code: misfit.code,
            });
        }
    }

    fn rules(&mut self, rules: &[Rule], place: Place<'_>, record: &Map<String, Value>) {
        for Rule::AnyOf { fields, because } in rules {
            let present = |name: &&str| record.get(*name).is_some_and(|value| !value.is_null());
            if let Some(first) = fields.first().filter(|_| !fields.iter().any(present)) {
                self.violations.push(Violation {
                    path: place.at(Step::Member(first)).path(),
                    message: format!("One of {} is required: {because}", fields.join(", ")),
                    expected: fields.join(" | "),
                    received: shape::name_of(record.get(*first)),
                    code: "custom",
                });
            }
        }
    }

    fn object<'a>(
        &mut self,
        place: Place<'_>,
        value: Option<&'a Value>,
    ) -> Option<&'a Map<String, Value>> {
        let object = value.and_then(Value::as_object);
        if object.is_none() {
            self.wrong_type(place, "object", value);
        }
        object
    }

    fn list<'a>(
        &mut self,
        place: Place<'_>,
        value: Option<&'a Value>,
        (least, most): (usize, usize),
    ) -> &'a [Value] {
        let Some(items) = value.and_then(Value::as_array) else {
            self.wrong_type(place, "array", value);
            return &[];
        };
        if items.len() < least || items.len() > most {
            self.violations.push(Violation {
                path: place.path(),
                message: format!("Expected {least} to {most} items"),
                expected: format!("array of {least} to {most} items"),
                received: "array",
                code: if items.len() < least {
                    "too_small"
                } else {
                    "too_big"
                },
            });
        }
        items
    }

    fn no_others(
        &mut self,
        place: Place<'_>,
        members: &Map<String, Value>,
        is_known: impl Fn(&str) -> bool,
    ) {
        for (name, value) in members.iter().filter(|(name, _)| !is_known(name)) {
            self.violations.push(Violation {
                path: place.at(Step::Member(name)).path(),
                message: "Unrecognized member".to_owned(),
                expected: "undefined".to_owned(),
                received: shape::name_of(Some(value)),
                code: "unrecognized_keys",
            });
        }
    }

    fn wrong_type(&mut self, place: Place<'_>, expected: &str, received: Option<&Value>) {
        let received = shape::name_of(received);
        self.violations.push(Violation {
            path: place.path(),
            message: format!("Invalid input: expected {expected}, received {received}"),
            expected: expected.to_owned(),
            received,
            code: "invalid_type",
        });
    }
}

fn is_field(fields: &[Field], name: &str) -> bool {
    fields.iter().any(|field| field.name == name)
}

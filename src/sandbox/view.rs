//! How the API shows what is held: a customer under the names of its pages, in their order.
//!
//! Phone numbers are shown as `+1XXXXXXXXXX` and dates of birth as `YYYY-MM-DD`, as page W1 says of the
//! webhooks, whichever accepted shape they came in.

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::{
    apply::{Change, PolicyChange},
    matching,
    store::{Customer, Policy},
};
use crate::contract::{CUSTOMER, Contract, RESULT_NAMES, Renamed, Target};

/// A JSON object whose members keep their order.
pub(super) struct Members(Vec<(&'static str, Shown)>);

/// What a member holds.
enum Shown {
    Value(Value),
    List(Vec<Members>),
}

/// The 73 names of pages S3 and S4, in their order.
const REST: [&str; 73] = [
    "id",
    "createdAt",
    "createdBy",
    "updatedAt",
    "updatedBy",
    "clientId",
    "clientCustomerId",
    "status",
    "qualificationStatus",
    "intent",
    "isDecisionMaker",
    "disqualificationReason",
    "productInterest",
    "productFamily",
    "salutation",
    "suffix",
    "firstName",
    "middleName",
    "lastName",
    "preferredName",
    "callerId",
    "lineType",
    "email",
    "dateOfBirth",
    "language",
    "ethnicity",
    "gender",
    "maritalStatus",
    "postalCode",
    "timezone",
    "state",
    "city",
    "county",
    "address",
    "address2",
    "mbiNumber",
    "medicareCard",
    "medicarePartADate",
    "medicarePartBDate",
    "medicaid",
    "medicaidNumber",
    "socialSecurityDisability",
    "veteran",
    "vaNumber",
    "healthSherpaCustomerId",
    "householdIncome",
    "annualIncome",
    "filingStatus",
    "dependentCount",
    "subsidyAmount",
    "subsidyEligible",
    "existingCoverage",
    "existingCoveragePlanName",
    "existingCoverageCarrier",
    "desiredCoverageStartDate",
    "currentSourceId",
    "originalSourceId",
    "agentName",
    "agentNpn",
    "memberId",
    "carrierName",
    "planName",
    "planCode",
    "enrollmentDate",
    "effectiveDate",
    "carrierAssignedCustomerId",
    "doNotCall",
    "doNotSMS",
    "doNotEmail",
    "doNotMail",
    "lastContactedAt",
    "convertedAt",
    "testCustomer",
];

/// The names of page W1 in their order, as far as it shows them, then those that sync can fill.
const WEBHOOK: &[&str] = &[
    "id",
    "createdAt",
    "updatedAt",
    "externalId",
    "status",
    "firstName",
    "middleName",
    "lastName",
    "salutation",
    "suffix",
    "preferredName",
    "phoneNumber",
    "lineType",
    "email",
    "dateOfBirth",
    "language",
    "ethnicity",
    "gender",
    "maritalStatus",
    "address",
    "address2",
    "city",
    "county",
    "state",
    "postalCode",
    "timezone",
    "mbiNumber",
    "medicareCard",
    "medicarePartADate",
    "medicarePartBDate",
    "hasMedicaid",
    "medicaidNumber",
    "socialSecurityDisability",
    "veteran",
    "vaNumber",
    "healthSherpaCustomerId",
    "carrierAssignedCustomerId",
    "householdIncome",
    "filingStatus",
    "dependentCount",
    "isDecisionMaker",
    "doNotCall",
    "doNotSMS",
    "doNotEmail",
    "doNotMail",
];

/// The account that every customer of a sandbox belongs to.
const CLIENT: &str = "00000000-0000-4000-a000-000000000001";

/// The id of a customer. Ids count up, so that a rehearsal can be read and repeated.
pub(super) fn customer_id(number: i64) -> String {
    format!("00000000-0000-4000-8000-{number:012x}")
}

/// The number behind a customer's id; none for an id that the sandbox never gives.
pub(super) fn customer_number(id: &str) -> Option<i64> {
    let digits = id.strip_prefix("00000000-0000-4000-8000-")?;
    i64::from_str_radix(digits, 16).ok()
}

/// The id of a policy.
pub(super) fn policy_id(number: i64) -> String {
    format!("00000000-0000-4000-9000-{number:012x}")
}

/// The number behind a policy's id.
pub(super) fn policy_number(id: &str) -> Option<i64> {
    let digits = id.strip_prefix("00000000-0000-4000-9000-")?;
    i64::from_str_radix(digits, 16).ok()
}

/// A customer as `PATCH /v2/customers/{id}` answers it: the names of page S3.
pub(super) fn customer(customer: &Customer) -> Members {
    let shown = |name: &'static str| (name, Shown::Value(rest_member(customer, name)));
    Members(REST.into_iter().map(shown).collect())
}

/// A policy by itself, with every field of its page.
pub(super) fn policy(contract: &Contract, customer: i64, policy: &Policy) -> Members {
    Members(policy_members(contract, customer, policy))
}

/// A customer as `GET /v2/customers/{id}` shows it.
pub(super) fn rest(contract: &Contract, customer: &Customer, policies: &[Policy]) -> Members {
    let shown = |name: &'static str| (name, Shown::Value(rest_member(customer, name)));
    let mut members: Vec<_> = REST.into_iter().map(shown).collect();
    for name in [
        "desiredCoverageStart",
        "lastCallDate",
        "lastCallDisposition",
        "source",
    ] {
        members.push((name, Shown::Value(Value::Null)));
    }
    members.push(("totalCalls", Shown::Value(Value::from(0))));
    members.push(("campaigns", Shown::List(Vec::new())));
    members.push((
        CUSTOMER.custom_fields,
        Shown::Value(custom_fields(customer)),
    ));
    let policies = policies
        .iter()
        .map(|policy| Members(policy_members(contract, customer.id, policy)));
    members.push((CUSTOMER.policies, Shown::List(policies.collect())));
    for name in [
        "prescriptions",
        "providers",
        "scopeOfAppointments",
        "dependents",
    ] {
        members.push((name, Shown::List(Vec::new())));
    }
    Members(members)
}

/// A customer as `results[]` shows it, with only the policies that the request changed.
pub(super) fn result(contract: &Contract, change: &Change) -> Members {
    let customer = &change.customer;
    let shown = |name: &&'static str| (*name, Shown::Value(webhook_member(customer, name)));
    let mut members: Vec<_> = WEBHOOK.iter().map(shown).collect();
    members.push(("customFields", Shown::Value(custom_fields(customer))));
    let policies = change
        .policies
        .iter()
        .map(|policy| changed_policy(contract, customer.id, policy));
    members.push(("policies", Shown::List(policies.collect())));
    Members(members)
}

/// A customer as `/sandbox/dump` shows it: the request's names, the values as they were sent.
pub(super) fn dump(customer: &Customer, policies: &[Policy], bodies: &[String]) -> Value {
    let mut members = customer.members.clone();
    members.insert("id".to_owned(), customer_id(customer.id).into());
    members.insert("createdAt".to_owned(), customer.created_at.clone().into());
    members.insert("updatedAt".to_owned(), customer.updated_at.clone().into());
    members.insert("applied".to_owned(), customer.applied.into());
    members.insert("bodies".to_owned(), bodies.into());
    members.insert("customFields".to_owned(), custom_fields(customer));
    let policies: Vec<Value> = policies.iter().map(dumped_policy).collect();
    members.insert("policies".to_owned(), policies.into());
    Value::from(members)
}

fn dumped_policy(policy: &Policy) -> Value {
    let mut members = policy.members.clone();
    members.insert("id".to_owned(), policy_id(policy.id).into());
    members.insert("createdAt".to_owned(), policy.created_at.clone().into());
    members.insert("updatedAt".to_owned(), policy.updated_at.clone().into());
    members.insert("applied".to_owned(), policy.applied.into());
    members.entry("policyType").or_insert(Value::from("ACA"));
    Value::from(members)
}

fn changed_policy(contract: &Contract, customer: i64, change: &PolicyChange) -> Members {
    let mut members = policy_members(contract, customer, &change.policy);
    let previous = change.previous_status.clone();
    members.push(("previousStatus", Shown::Value(previous)));
    Members(members)
}

fn policy_members(
    contract: &Contract,
    customer: i64,
    policy: &Policy,
) -> Vec<(&'static str, Shown)> {
    let value = |text: &str| Shown::Value(Value::from(text));
    let held_type = policy.members.get("policyType");
    let mut members = vec![
        ("id", value(&policy_id(policy.id))),
        ("createdAt", value(&policy.created_at)),
        ("updatedAt", value(&policy.updated_at)),
        ("customerId", value(&customer_id(customer))),
        (
            "policyType",
            Shown::Value(held_type.cloned().unwrap_or_else(|| "ACA".into())),
        ),
    ];
    // What came by the policy's own operations is shown too.
    let others = Target::UpdatePolicy.contract().policy_fields().iter();
    let others = others.filter(|field| {
        contract.policy_field_index(field.name).is_none() && policy.members.contains_key(field.name)
    });
    let fields = contract.policy_fields().iter().chain(others);
    let is_told = |name: &str| matches!(name, "customerId" | "policyType");
    for field in fields.filter(|field| !is_told(field.name)) {
        let held = policy.members.get(field.name).cloned();
        members.push((field.name, Shown::Value(held.unwrap_or_default())));
    }
    members
}

fn rest_member(customer: &Customer, name: &str) -> Value {
    match name {
        "clientId" => Value::from(CLIENT),
        "testCustomer" => customer
            .members
            .get(name)
            .cloned()
            .unwrap_or(Value::from(true)),
        _ => member(customer, Renamed::sent_name(CUSTOMER.renamed, name)),
    }
}

fn webhook_member(customer: &Customer, name: &str) -> Value {
    member(customer, Renamed::sent_name(RESULT_NAMES, name))
}

/// A member of a customer by the request's name; null when nothing is held.
fn member(customer: &Customer, name: &str) -> Value {
    let text = |text: &str| Value::from(text);
    match name {
        "id" => Value::from(customer_id(customer.id)),
        "createdAt" => text(&customer.created_at),
        "updatedAt" => text(&customer.updated_at),
        "phoneNumber" => match matching::text(&customer.members, name) {
            Some(number) => Value::from(matching::phone(number)),
            None => Value::Null,
        },
        "dateOfBirth" => match matching::text(&customer.members, name) {
            Some(day) => {
                matching::date(day).map_or_else(|| text(day), |date| date.to_string().into())
            }
            None => Value::Null,
        },
        _ => customer.members.get(name).cloned().unwrap_or_default(),
    }
}

fn custom_fields(customer: &Customer) -> Value {
    let entry = |(key, value): (&String, &Value)| json!({ "fieldKey": key, "value": value });
    customer.custom_fields.iter().map(entry).collect()
}

impl Serialize for Members {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, shown)| (name, shown)))
    }
}

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Value(value) => value.serialize(serializer),
            Self::List(items) => items.serialize(serializer),
        }
    }
}

//! The operations whose request is one record: a customer updated, a policy created or updated.
//!
//! Where the pages are silent: an absent member leaves what is held and null clears it; each POST creates a
//! policy, whatever the customer has; a policy is not moved to another customer (409).

use axum::http::StatusCode;
use serde_json::{Map, Value};

use super::{
    Error, Sandbox,
    answer::Answer,
    apply::{self, Moment},
    carriers,
    exchange::{self, Wanted, parse},
    faults::{Plan, Refuse, Spoil},
    matching,
    store::{Customer, Policy, Work},
    validate::{self, Violation},
    view,
};
use crate::contract::{CUSTOMER, Contract, CustomerId, PlanCodeForm, Renamed, Resend};

type Record = Map<String, Value>;
/// An answer that says why nothing was applied.
type Refusal = Box<Answer>;

/// Applies a request of one record and answers it.
///
/// # Errors
///
/// The answer to a request that is not applied.
pub(super) fn perform(sandbox: &Sandbox, plan: &Plan, wanted: &Wanted) -> Result<Answer, Refusal> {
    let contract = wanted.target.contract();
    for (id, named) in wanted.ids.iter().zip(contract.path_ids) {
        if CustomerId::parse(id).is_none() {
            let name = named.slot.trim_matches(['{', '}']);
            return Err(Box::new(Answer::invalid(&[Violation::of_path(name)])));
        }
    }
    let body = parse(&wanted.body)?;
    let record = validate::bare(contract, &body)
        .map_err(|violations| Box::new(Answer::invalid(&violations)))?;
    refuse_chosen(sandbox, plan, wanted)?;
    let moment = Moment::from(sandbox.now());
    let done = sandbox
        .store()
        .transact(|work| apply_one(work, (contract, &wanted.ids), record, &moment));
    let shown = done.map_err(|_| Box::new(Answer::internal_error()))??;
    let status = match contract.resend {
        Resend::ReadBack => StatusCode::CREATED,
        Resend::Matched | Resend::Harmless => StatusCode::OK,
    };
    Ok(if plan.spoil == Some(Spoil::Missing) {
        Answer::json(status, &Record::new())
    } else {
        Answer::json(status, &shown)
    })
}

/// Refuses the record when a fault chose it.
fn refuse_chosen(sandbox: &Sandbox, plan: &Plan, wanted: &Wanted) -> Result<(), Refusal> {
    let number = sandbox.traffic().records.next();
    let ids = wanted.ids.join(" ");
    Err(Box::new(match plan.of_record(Some(&ids), number) {
        None => return Ok(()),
        Some(Refuse::Request) => Answer::invalid(&[Violation::of_all(Vec::new())]),
        Some(Refuse::RequestUnnamed) => Answer::invalid(&Vec::<Violation>::new()),
        Some(Refuse::Record | Refuse::RecordUnnamed) => conflict("The record could not be saved"),
    }))
}

fn conflict(message: &str) -> Answer {
    Answer::error(StatusCode::CONFLICT, "CONFLICT", message)
}

fn apply_one(
    work: &mut Work<'_>,
    (contract, ids): (&'static Contract, &[String]),
    record: &Record,
    moment: &Moment,
) -> Result<Result<view::Members, Refusal>, Error> {
    let number = ids.first().and_then(|id| view::customer_number(id));
    let customer = match number {
        Some(number) => work.customer(number)?,
        None => None,
    };
    let Some(customer) = customer else {
        return Ok(Err(Box::new(Answer::not_found("Customer not found"))));
    };
    if !contract.is_of_policy() {
        return update_customer(work, contract, (customer, record), moment).map(Ok);
    }
    let policy = match ids.get(1) {
        None => Some(new_policy(moment)),
        Some(id) => match view::policy_number(id) {
            Some(number) => work.policy(customer.id, number)?,
            None => None,
        },
    };
    let Some(policy) = policy else {
        return Ok(Err(Box::new(Answer::not_found("Policy not found"))));
    };
    if record
        .get("customerId")
        .is_some_and(|id| Some(id.as_str().unwrap_or_default()) != ids.first().map(String::as_str))
    {
        let message = "The policy belongs to another customer";
        return Ok(Err(Box::new(conflict(message))));
    }
    save_policy(work, contract, (&customer, policy), record, moment)
}

fn update_customer(
    work: &mut Work<'_>,
    contract: &Contract,
    (mut customer, record): (Customer, &Record),
    moment: &Moment,
) -> Result<view::Members, Error> {
    let sync = &exchange::CONTRACT.matching;
    let before = matching::identities(sync, &customer);
    for field in contract.body_fields() {
        // Held under the names of the sync request, which a customer mostly comes by.
        let held = Renamed::sent_name(CUSTOMER.renamed, field.name);
        if let Some(value) = record.get(field.name) {
            let renamed = Map::from_iter([(held.to_owned(), value.clone())]);
            apply::take(&mut customer.members, held, &renamed);
        }
    }
    customer.updated_at.clone_from(&moment.stamp);
    customer.applied += 1;
    work.save_customer(&mut customer)?;
    let after = matching::identities(sync, &customer);
    work.save_identities(customer.id, &before, &after)?;
    work.note_body(&apply::digest(record), customer.id)?;
    work.tally.records_applied += 1;
    work.tally.records_updated += 1;
    Ok(view::customer(&customer))
}

fn new_policy(moment: &Moment) -> Policy {
    let status = ("status".to_owned(), Value::from("Active"));
    Policy {
        id: 0,
        created_at: moment.stamp.clone(),
        updated_at: String::new(),
        applied: 0,
        members: Map::from_iter([status]),
    }
}

fn save_policy(
    work: &mut Work<'_>,
    contract: &'static Contract,
    (customer, mut policy): (&Customer, Policy),
    record: &Record,
    moment: &Moment,
) -> Result<Result<view::Members, Refusal>, Error> {
    let is_new = policy.id == 0;
    for field in contract.policy_fields() {
        apply::take(&mut policy.members, field.name, record);
    }
    if record.contains_key("planCode") || record.contains_key("policyType") {
        match settled_code(&policy.members) {
            Ok(Some(code)) => _ = policy.members.insert("planCode".to_owned(), code.into()),
            Ok(None) => (),
            Err(violation) => return Ok(Err(Box::new(Answer::invalid(&[violation])))),
        }
    }
    let state = matching::text(&customer.members, "state");
    let carrier = matching::text(&policy.members, "carrierName");
    if let Some((id, name)) = carrier.and_then(|name| carriers::resolve(name, state)) {
        policy.members.insert("carrierName".to_owned(), name.into());
        policy.members.insert("carrierId".to_owned(), id.into());
    }
    policy.updated_at.clone_from(&moment.stamp);
    policy.applied += 1;
    work.save_policy(customer.id, &mut policy)?;
    work.note_body(&apply::digest(record), customer.id)?;
    let counted = &mut work.tally;
    counted.records_applied += 1;
    counted.policies += u64::from(is_new);
    counted.policies_created += u64::from(is_new);
    counted.policies_updated += u64::from(!is_new);
    Ok(Ok(view::policy(contract, customer.id, &policy)))
}

/// A policy's plan code in the canonical form, where its type asks for one. Read off page S2, not off our own
/// normalizing.
fn settled_code(policy: &Record) -> Result<Option<String>, Violation> {
    let (of_type, code) = (
        matching::text(policy, "policyType").unwrap_or("ACA"),
        matching::text(policy, "planCode"),
    );
    let (Some(PlanCodeForm::Contract { starts }), Some(code)) = (PlanCodeForm::of(of_type), code)
    else {
        return Ok(None);
    };
    let bare = code.replace('-', "").to_ascii_uppercase();
    let (letter, digits) = bare.split_at_checked(1).unwrap_or_default();
    let is_whole = digits.len() == 10 && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_whole || letter.is_empty() || !starts.contains(letter) {
        return Err(Violation {
            path: vec!["planCode".to_owned()],
            message: format!("Invalid plan code for a policy of type {of_type}"),
            expected: format!("a complete CMS code that starts with one of {starts}"),
            received: "string",
            code: "custom",
        });
    }
    let part = |range: std::ops::Range<usize>| digits.get(range).unwrap_or_default();
    Ok(Some(format!(
        "{letter}{}-{}-{}",
        part(0..4),
        part(4..7),
        part(7..10)
    )))
}

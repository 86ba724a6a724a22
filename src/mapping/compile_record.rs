//! What concerns several rules of a mapping at once: the key, the fields that have to be there, and
//! what says that a row tells of a policy.

use super::{
    file::MappingFile,
    mistakes::{Mistakes, Place},
    origin::Origin,
    rule::Rule,
    rule_file::RuleFile,
    suggest::did_you_mean,
    translation::fold,
};
use crate::contract::{Contract, Kind, Presence, Rule as ContractRule};

/// Every field that the API always asks for, and one of each group of which it asks for any.
pub(super) fn check_complete(
    file: &MappingFile,
    contract: &Contract,
    (customer, policy): (&[Rule], &[Rule]),
    mistakes: &mut Mistakes<'_>,
) {
    let section = Place::new(first_of(&file.fields), "fields");
    let path = Place::new(first_of(&file.path), "path");
    // A field that is misspelled or has a mistake of its own needs no second complaint.
    let is_there = |name: &str| {
        customer.iter().any(|rule| rule.field.name == name)
            || file
                .path
                .iter()
                .chain(&file.fields)
                .any(|rule| fold(&rule.name.value) == fold(name))
    };
    let ids = contract.path_ids.len();
    for (index, field) in contract.fields.iter().enumerate() {
        if field.presence == Presence::Required && !is_there(field.name) {
            let section = if index < ids { &path } else { &section };
            let message = format!("`{}` is missing: the API always asks for it", field.name);
            mistakes.add_with(section, message, format!("{} = \"column\"", field.name));
        }
    }
    check_policy(file, contract, policy, mistakes);
    for rule in contract.rules {
        let ContractRule::AnyOf { fields, because } = rule;
        if !fields.iter().any(|name| is_there(name)) {
            let message = format!("one of {} is missing: {because}", fields.join(", "));
            let hint = fields.first().map(|name| format!("{name} = \"column\""));
            mistakes.add_with(&section, message, hint);
        }
    }
}

/// What the API always asks for of a policy, where a record is one.
fn check_policy(
    file: &MappingFile,
    contract: &Contract,
    policy: &[Rule],
    mistakes: &mut Mistakes<'_>,
) {
    if !contract.is_of_policy() {
        return;
    }
    let section = Place::new(first_of(&file.policy), "policy");
    let is_there = |name: &str| {
        policy.iter().any(|rule| rule.field.name == name)
            || file
                .policy
                .iter()
                .any(|rule| fold(&rule.name.value) == fold(name))
    };
    for field in contract.policy_fields() {
        if field.presence == Presence::Required && !is_there(field.name) {
            let message = format!("`{}` is missing: the API always asks for it", field.name);
            mistakes.add_with(&section, message, format!("{} = \"column\"", field.name));
        }
    }
    if file.policy.is_empty() {
        let hint = format!(
            "`aca-sync mapping fields {}` lists its fields",
            contract.name
        );
        mistakes.add_with(&section, "[policy] is missing: it says what is sent", hint);
    }
}

/// Ties each rule with `else_from` to the field that it names.
pub(super) fn link_else_from(
    file: &MappingFile,
    contract: &Contract,
    customer: &mut [Rule],
    mistakes: &mut Mistakes<'_>,
) {
    for rule in &file.fields {
        let Some(written) = &rule.else_from else {
            continue;
        };
        let has_column = rule.column.is_some();
        match state_field(&written.value, has_column, contract, customer) {
            Ok(index) => {
                let name = rule.name.value.as_str();
                let own = customer.iter_mut().find(|own| own.field.name == name);
                if let Some(own) = own {
                    own.else_from = Some(index);
                }
            }
            Err((message, hint)) => mistakes.add_with(&written.place, message, hint),
        }
    }
}

/// The place of the field that gives a time zone, or what is wrong with it and what was meant.
fn state_field(
    name: &str,
    has_column: bool,
    contract: &Contract,
    customer: &[Rule],
) -> Result<usize, (String, Option<String>)> {
    let mut places = (0..).zip(contract.fields);
    let Some((index, field)) = places.find(|(_, field)| field.name == name) else {
        let message = "`else_from` names no field of the customer".to_owned();
        let names = contract.fields.iter().map(|field| field.name);
        return Err((message, did_you_mean(name, names)));
    };
    if field.kind != Kind::State {
        let message = "only a field that holds a state can give a time zone".to_owned();
        return Err((message, None));
    }
    // With a column of its own the rule still does something, and a note tells of the rest.
    if !has_column && !customer.iter().any(|rule| rule.field.index == index) {
        let message = format!("`{name}` is not mapped, so it gives nothing");
        return Err((message, Some(format!("{name} = \"column\""))));
    }
    Ok(index)
}

/// The key's fields. They have to be mapped, and to follow the order in which the API looks at them:
/// else two rows that are one customer to the API would be two to us.
pub(super) fn key(
    file: &MappingFile,
    contract: &Contract,
    customer: &[Rule],
    mistakes: &mut Mistakes<'_>,
) -> Vec<usize> {
    let order = contract.matching.customer;
    let mut places = Vec::new();
    let mut last = None;
    for written in &file.record.key {
        let name = written.value.as_str();
        let Some(rank) = order.iter().position(|known| *known == name) else {
            let hint = did_you_mean(name, order.iter().copied())
                .unwrap_or_else(|| format!("one of: {}", order.join(", ")));
            let message = format!("the API does not find customers by `{name}`");
            mistakes.add_with(&written.place, message, hint);
            continue;
        };
        if last.is_some_and(|last| rank <= last) {
            let hint = format!("keep the API's order: {}", order.join(", "));
            mistakes.add_with(
                &written.place,
                format!("the API looks at `{name}` earlier"),
                hint,
            );
        }
        last = Some(rank);
        match customer.iter().find(|rule| rule.field.name == name) {
            Some(rule) => places.push(rule.field.index),
            None if file.fields.iter().any(|rule| rule.name.value == name) => {}
            None => mistakes.add(
                &written.place,
                format!("`{name}` is not mapped in [fields]"),
            ),
        }
    }
    places
}

/// Marks the policy rules whose value says that a row tells of a policy at all.
pub(super) fn mark_telling(file: &MappingFile, policy: &mut [Rule], mistakes: &mut Mistakes<'_>) {
    let Some(names) = &file.record.policy_if else {
        for rule in policy.iter_mut() {
            // People counted are no policy yet, and a constant stands in every row.
            rule.tells_of_policy = match &rule.origin {
                Origin::Constant(_) => false,
                Origin::Made(made) => !made.counts(),
                Origin::Columns { .. } | Origin::Elsewhere => true,
            };
        }
        if !policy.is_empty() && !policy.iter().any(|rule| rule.tells_of_policy) {
            let place = Place::new(first_of(&file.policy), "policy");
            mistakes.add(
                &place,
                "every policy field is a constant or a count, so no row tells of a policy",
            );
        }
        return;
    };
    for written in &names.value {
        match policy
            .iter_mut()
            .find(|rule| rule.field.name == written.value)
        {
            Some(rule) => rule.tells_of_policy = true,
            None if file
                .policy
                .iter()
                .any(|rule| rule.name.value == written.value) => {}
            None => {
                let mapped = policy.iter().map(|rule| rule.field.name);
                let hint = did_you_mean(&written.value, mapped);
                let message = format!("`{}` is not mapped in [policy]", written.value);
                mistakes.add_with(&written.place, message, hint);
            }
        }
    }
    if names.value.is_empty() {
        mistakes.add(
            &names.place,
            "`policy_if` lists no field, so no row tells of a policy",
        );
    }
}

fn first_of(rules: &[RuleFile]) -> usize {
    rules
        .iter()
        .map(|rule| rule.name.place.at)
        .min()
        .unwrap_or(0)
}

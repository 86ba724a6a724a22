//! What is allowed and worth knowing about a mapping, told by `mapping check`.

use std::fmt;

use super::{
    meaning::Meaning,
    origin::Origin,
    rule::{Blank, Rule},
    translation::Translation,
};
use crate::{
    contract::{Contract, Evidence, Kind, Resend},
    header::fold,
    normalize::Value,
    problem::Code,
};

/// Something that is allowed, and that the mapping's author should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The key concerned, with its section.
    pub key: String,
    /// What there is to know, as a sentence fragment.
    pub text: String,
}

impl fmt::Display for Note {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.key, self.text)
    }
}

pub(super) fn notes(meaning: &Meaning) -> Vec<Note> {
    let contract = meaning.target.contract();
    let mut notes = Vec::new();
    inferred_fields(meaning, contract, &mut notes);
    unsettled_words(meaning, &mut notes);
    matching(meaning, contract, &mut notes);
    echoed(meaning, contract, &mut notes);
    zone_without_state(meaning, contract, &mut notes);
    plan_codes(meaning, contract, &mut notes);
    cleared(meaning, &mut notes);
    allowed(meaning, &mut notes);
    numbers_from_elsewhere(meaning, &mut notes);
    notes
}

/// A mapping that several agencies share names the numbers of none.
fn numbers_from_elsewhere(meaning: &Meaning, notes: &mut Vec<Note>) {
    let foreign = meaning.guards.foreign_agent.as_ref();
    if foreign.is_some_and(|foreign| foreign.own.is_empty()) {
        let text = "without `own_npns` the agency's numbers are those of the profile (`npns`)";
        note(notes, "guard.foreign_agent", text);
    }
}

/// What the mapping allows by name, and would not happen otherwise.
fn allowed(meaning: &Meaning, notes: &mut Vec<Note>) {
    for code in &meaning.allowed {
        let text = match code {
            Code::RecordRowRejected => {
                "a customer is sent without what its rejected rows would have said"
            }
            Code::PolicyWithoutId => {
                "a policy without an id is sent: each send may create another and end older ones"
            }
            _ => continue,
        };
        note(notes, "record.allow", format!("{code}: {text}"));
    }
    for (key, rule) in meaning.rules().filter(|(_, rule)| rule.allows_opt_in) {
        let text = "`allow_opt_in`: a cell that says no switches the do-not-contact off";
        note(notes, key.as_str(), text);
        if rule.on_blank == Blank::Clear {
            let text = "a blank cell clears the do-not-contact";
            note(notes, key, text);
        }
    }
}

fn note(notes: &mut Vec<Note>, key: impl Into<String>, text: impl Into<String>) {
    notes.push(Note {
        key: key.into(),
        text: text.into(),
    });
}

fn inferred_fields(meaning: &Meaning, contract: &Contract, notes: &mut Vec<Note>) {
    let sections = [
        ("fields", &meaning.customer, contract.fields),
        ("policy", &meaning.policy, contract.policy_fields()),
    ];
    for (section, rules, table) in sections {
        let fields = rules.iter().filter_map(|rule| table.get(rule.field.index));
        for field in fields.filter(|field| field.evidence == Evidence::Inferred) {
            let text = format!(
                "no page shows this field's name; it was concluded from pages {}",
                field.pages
            );
            note(notes, format!("{section}.{}", field.name), text);
        }
    }
}

/// Words that some versions of the API's pages do not have, where the mapping itself spells them.
fn unsettled_words(meaning: &Meaning, notes: &mut Vec<Note>) {
    for (key, rule) in meaning.rules() {
        let Kind::Choice(words) = rule.field.kind else {
            continue;
        };
        let spelled = spelled(rule);
        for word in words.iter().filter(|word| !word.is_settled()) {
            if spelled.contains(&word.text) {
                let pages = word.pages.join(", ");
                let text = format!(
                    "{:?} is a word of {} of {} page versions ({pages}); the API may refuse it",
                    word.text,
                    word.pages.len(),
                    word.versions
                );
                note(notes, key.as_str(), text);
            }
        }
    }
}

fn spelled(rule: &Rule) -> Vec<&str> {
    let constant = match &rule.origin {
        Origin::Constant(value) => value.as_text(),
        Origin::Columns { .. } | Origin::Elsewhere | Origin::Made(_) => None,
    };
    let translated = rule.translation.iter().flat_map(Translation::pairs);
    translated
        .filter_map(|(_, value)| Value::as_text(value))
        .chain(constant)
        .collect()
}

/// How the API will find customers and policies, where that differs from what one may expect.
fn matching(meaning: &Meaning, contract: &Contract, notes: &mut Vec<Note>) {
    match contract.resend {
        Resend::Matched => (),
        Resend::Harmless => return,
        Resend::ReadBack => return unmatched(meaning, contract, notes),
    }
    let order = contract.matching.customer;
    let mapped = |name: &str| meaning.customer.iter().any(|rule| rule.field.name == name);
    let in_key = |name: &str| {
        let place = contract.field_index(name);
        place.is_some_and(|place| meaning.key.contains(&place))
    };
    if meaning.key.is_empty() && !contract.matching.fallback.is_empty() {
        let text = format!(
            "there is none, so customers are told apart by {} together; exports often mask the date of birth",
            contract.matching.fallback.join(", ")
        );
        note(notes, "record.key", text);
    }
    for name in order.iter().filter(|name| mapped(name) && !in_key(name)) {
        if !shares_a_column_with_key(meaning, name) {
            let text = format!("the API finds customers by `{name}` too, and the key does not");
            note(notes, "record.key", text);
        }
    }
    let matched = meaning.rules().filter(|(_, rule)| rule.field.is_matched);
    for (key, _) in matched.filter(|(_, rule)| rule.is_optional()) {
        let text = "where a file lacks the column, the API takes the next id and may not find the same one";
        note(notes, key, text);
    }
    let has_policy_id = meaning.policy.iter().any(|rule| rule.field.is_matched);
    if !meaning.policy.is_empty() && !has_policy_id {
        let text = if meaning.allowed.contains(&Code::PolicyWithoutId) {
            "no policy id is mapped: each send may create another policy and end older ones"
        } else {
            "no policy id is mapped, so every record with a policy is held back"
        };
        note(notes, "policy", text);
    }
}

/// What is created is recognized later by an id, or by other fields together.
fn unmatched(meaning: &Meaning, contract: &Contract, notes: &mut Vec<Note>) {
    let Some(list) = &contract.policies else {
        return;
    };
    let mapped = |name: &&str| meaning.policy.iter().any(|rule| rule.field.name == *name);
    let has_id = contract.matching.policy.iter().any(&mapped);
    if !has_id && !list.told_by.iter().all(mapped) {
        let text = format!(
            "neither a policy id is mapped nor all of {}, so every record is held back: nobody could tell whether the policy is there already",
            list.told_by.join(", ")
        );
        note(notes, "policy", text);
    }
}

/// The rules for plan codes differ by the policy's type.
fn plan_codes(meaning: &Meaning, contract: &Contract, notes: &mut Vec<Note>) {
    let plan = contract
        .policies
        .as_ref()
        .and_then(|list| list.plan.as_ref());
    let Some(plan) = plan else { return };
    let mapped = |name: &str| meaning.policy.iter().any(|rule| rule.field.name == name);
    if mapped(plan.code) && !mapped(plan.of_type) {
        let text = format!(
            "not checked: the rules for plan codes depend on `{}`, which is not mapped",
            plan.of_type
        );
        note(notes, format!("policy.{}", plan.code), text);
    }
}

/// Null clears what the API has, and only on request.
fn cleared(meaning: &Meaning, notes: &mut Vec<Note>) {
    let clears = |rule: &Rule| rule.on_blank == Blank::Clear && !rule.allows_opt_in;
    for (key, _) in meaning.rules().filter(|(_, rule)| clears(rule)) {
        note(notes, key, "a blank cell clears what the API has");
    }
}

/// Answers name a record by one field alone, so two records should not share its value.
fn echoed(meaning: &Meaning, contract: &Contract, notes: &mut Vec<Note>) {
    let Some(name) = contract.echoed else { return };
    let Some(rule) = meaning.customer.iter().find(|rule| rule.field.name == name) else {
        let text = "not mapped: where an answer names a failed record by it alone, more requests are \
                    needed to find which one is meant";
        note(notes, format!("fields.{name}"), text);
        return;
    };
    let is_key = meaning.key.first() == Some(&rule.field.index);
    if !is_key && !shares_a_column_with_key(meaning, name) {
        let text =
            "not unique by construction: it is neither the key nor read from the key's column";
        note(notes, format!("fields.{name}"), text);
    }
}

fn zone_without_state(meaning: &Meaning, contract: &Contract, notes: &mut Vec<Note>) {
    for rule in &meaning.customer {
        let state = rule.else_from.and_then(|index| contract.fields.get(index));
        let is_mapped = |name| meaning.customer.iter().any(|rule| rule.field.name == name);
        if let Some(state) = state.filter(|state| !is_mapped(state.name)) {
            let text = format!(
                "`{}` is not mapped, so a blank cell gives no time zone",
                state.name
            );
            note(notes, format!("fields.{}", rule.field.name), text);
        }
    }
}

/// True when the field reads the same column as the key's first field.
fn shares_a_column_with_key(meaning: &Meaning, name: &str) -> bool {
    let rule_of = |found: &dyn Fn(&Rule) -> bool| meaning.customer.iter().find(|rule| found(rule));
    let column = |rule: &Rule| rule.columns().first().map(|name| fold(name));
    let own = rule_of(&|rule| rule.field.name == name).and_then(column);
    let first = meaning.key.first();
    let keys = rule_of(&|rule| Some(&rule.field.index) == first).and_then(column);
    own.is_some() && own == keys
}

//! What a mapping means once it is checked: rules in the contract's order.

use std::time::Duration;

use regex::Regex;

use super::{
    blank::Blanks, column_pattern::ColumnPattern, guard::Guards, origin::Origin, rule::Rule,
    test_case::TestCase,
};
use crate::{
    contract::Target,
    format::Format,
    header::fold,
    normalize::DateOutput,
    problem::Code,
    record::{Assembly, Hasher},
};

/// A checked mapping.
#[derive(Debug)]
pub(super) struct Meaning {
    pub(super) name: String,
    pub(super) target: Target,
    pub(super) format: Format,
    /// Columns that every file has to have, whether a rule reads them or not.
    pub(super) required: Vec<String>,
    pub(super) blanks: Blanks,
    pub(super) skips: Vec<Skip>,
    /// As the file has them.
    pub(super) guards: Guards,
    pub(super) key: Vec<usize>,
    pub(super) newest: Option<Newest>,
    pub(super) output: DateOutput,
    /// The same as the mapping spells it; empty for the default.
    pub(super) output_written: String,
    /// What succeeded longer ago is sent again, though it did not change.
    pub(super) refresh: Option<Duration>,
    pub(super) allowed: Vec<Code>,
    pub(super) customer: Vec<Rule>,
    pub(super) policy: Vec<Rule>,
    pub(super) custom: Vec<Rule>,
    pub(super) custom_keys: Vec<String>,
    pub(super) tests: Vec<TestCase>,
}

/// Rows that the mapping leaves out on purpose.
#[derive(Debug, Clone)]
pub struct Skip {
    /// Why, in the mapping's words; the counts of skipped rows carry it.
    pub because: String,
    pub(super) column: String,
    pub(super) optional: bool,
    pub(super) when: When,
}

/// Which cells make a skip leave a row out. Words are folded, and an empty one stands for a blank cell.
#[derive(Debug, Clone)]
pub(super) enum When {
    Is(Vec<String>),
    /// A blank cell says nothing, so it is not another word.
    IsNot(Vec<String>),
    Matches(Regex),
}

/// The column that says which of two rows is newer.
#[derive(Debug)]
pub(super) struct Newest {
    pub(super) column: String,
    pub(super) optional: bool,
}

/// What a mapping's key asks of a header: one of some columns, by the key's name.
pub(super) struct Wanted<'m> {
    pub(super) key: String,
    pub(super) columns: Vec<&'m str>,
    pub(super) optional: bool,
}

impl Meaning {
    /// What its records are made with.
    pub(super) fn assembly(&self, hasher: Hasher) -> Assembly<'_> {
        let table = (self.target.contract(), self.custom_keys.as_slice());
        Assembly::new(table, hasher, &self.output, &self.allowed)
    }

    /// The customer's identifiers of which two records may share one although their keys differ.
    pub(super) fn id_fields_beside_key(&self) -> Vec<usize> {
        let first = self.key.first();
        let keys = self
            .customer
            .iter()
            .find(|rule| Some(&rule.field.index) == first);
        let tells_the_same =
            |rule: &Rule| keys.is_some_and(|keys| reads_plainly_the_same(rule, keys));
        let ids = self.customer.iter().filter(|rule| rule.field.is_matched);
        ids.filter(|rule| !tells_the_same(rule))
            .map(|rule| rule.field.index)
            .collect()
    }

    /// The ids of the path that are looked up: their places, and by which field.
    pub(super) fn lookups(&self) -> Vec<(usize, &'static str)> {
        let rules = self.customer.iter();
        rules
            .filter_map(|rule| Some((rule.field.index, rule.lookup?)))
            .collect()
    }

    /// The places of a policy's type and of its plan code among the policy's fields, and the rule of the code;
    /// none unless both are mapped and the target has rules for codes.
    pub(super) fn plan_code(&self) -> Option<(usize, usize, usize)> {
        let contract = self.target.contract();
        let plan = contract.policies.as_ref()?.plan.as_ref()?;
        let rule = |name| self.policy.iter().position(|rule| rule.field.name == name);
        rule(plan.of_type)?;
        let at = rule(plan.code)?;
        let place = |name| contract.policy_field_index(name);
        Some((place(plan.of_type)?, place(plan.code)?, at))
    }

    /// Every rule with its key in the file.
    pub(super) fn rules(&self) -> impl Iterator<Item = (String, &Rule)> {
        let ids = self.target.contract().path_ids.len();
        let customer = self.customer.iter().map(move |rule| {
            let is_in_path = rule.field.index < ids;
            (if is_in_path { "path" } else { "fields" }, rule)
        });
        let policy = self.policy.iter().map(|rule| ("policy", rule));
        let custom = (0..).zip(&self.custom).map(|(index, rule): (usize, _)| {
            let key = self.custom_keys.get(index).map_or("", String::as_str);
            (format!("custom_fields.{key}"), rule)
        });
        customer
            .chain(policy)
            .map(|(section, rule)| (format!("{section}.{}", rule.field.name), rule))
            .chain(custom)
    }

    /// Everything that the mapping asks of a header, in the order in which it is reported.
    pub(super) fn wanted(&self) -> Vec<Wanted<'_>> {
        let one = |key: &str, column, optional| Wanted {
            key: key.to_owned(),
            columns: vec![column],
            optional,
        };
        let required = self.required.iter();
        let required = required.map(|column| one("source.required", column.as_str(), false));
        let skips = self.skips.iter();
        let skips = skips.map(|skip| one("source.skip", skip.column.as_str(), skip.optional));
        let newest = self.newest.iter();
        let newest = newest.map(|newest| one("record.newest", &newest.column, newest.optional));
        let rules = self.rules().flat_map(|(key, rule)| {
            let others = rule.other_columns().into_iter();
            // As many columns repeat as a file has.
            let is_optional = |name| rule.is_optional() || ColumnPattern::of(name).is_some();
            let others = others.map(|name| one(&key, name, is_optional(name)));
            let others: Vec<_> = others.collect();
            let counts = matches!(&rule.origin, Origin::Made(made) if made.counts());
            let first = (!rule.columns().is_empty()).then(|| Wanted {
                key,
                columns: rule.columns().iter().map(String::as_str).collect(),
                optional: rule.is_optional() || counts,
            });
            first.into_iter().chain(others)
        });
        required.chain(skips).chain(newest).chain(rules).collect()
    }

    /// The names and patterns of all columns that the mapping reads, each once.
    pub(super) fn columns(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for name in self.wanted().into_iter().flat_map(|wanted| wanted.columns) {
            if !names.iter().any(|known| fold(known) == fold(name)) {
                names.push(name);
            }
        }
        names
    }
}

/// True when two rules give the same text for every row: they read the same columns, and change nothing.
fn reads_plainly_the_same(one: &Rule, other: &Rule) -> bool {
    let is_plain = |rule: &Rule| rule.capture.is_none() && rule.translation.is_none();
    let columns = |rule: &Rule| {
        rule.columns()
            .iter()
            .map(|name| fold(name))
            .collect::<Vec<_>>()
    };
    let both_are_plain = is_plain(one) && is_plain(other);
    both_are_plain && !one.columns().is_empty() && columns(one) == columns(other)
}

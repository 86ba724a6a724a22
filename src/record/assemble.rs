//! Drafts of one customer become what is sent: merged, checked as a whole, cut into parts, written.

use compact_str::CompactString;

use super::{Draft, Fields, Fingerprint, Hasher, body};
use crate::{
    contract::{Contract, Presence, Rule},
    normalize::Value,
    problem::{Code, Problem},
};

/// What a mapping decides about all of its records.
#[derive(Clone)]
pub struct Assembly<'m> {
    /// The target's table.
    pub contract: &'static Contract,
    /// The keys of the custom fields, by the places that drafts use.
    pub custom_keys: &'m [String],
    /// Makes the fingerprints.
    pub hasher: Hasher,
    /// True when the mapping lets policies pass that the API could not match.
    pub allows_policies_without_id: bool,
}

/// What is journaled of one record beside its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// The hash of the body's bytes.
    pub fingerprint: Fingerprint,
    /// How long the body is; parts lie end to end in the buffer they were written to.
    pub length: usize,
    /// True when sending it twice does no harm.
    pub harmless: bool,
    /// Why it is held back, if it is.
    pub hazard: Option<Code>,
}

impl Assembly<'_> {
    /// Writes the record that one draft gives. A row tells of one policy at most, so there is one part.
    ///
    /// # Errors
    ///
    /// The record's own problems: a required field that is missing, a rule that is broken. Another row
    /// of the same customer may still mend them.
    pub fn single(&self, draft: &Draft, out: &mut Vec<u8>) -> Result<Part, Vec<Problem>> {
        self.check(&draft.customer)?;
        let policy: &[&Fields] = if draft.policy.is_empty() {
            &[]
        } else {
            &[&draft.policy]
        };
        Ok(self.write_part((&draft.customer, &draft.custom), policy, draft.hazard, out))
    }

    /// Writes the record that several drafts of one customer give, in as many parts as its policies
    /// need. `drafts` are in the order of their rows.
    ///
    /// # Errors
    ///
    /// As for [`Self::single`], judged on the merged record.
    pub fn merged(&self, drafts: Vec<Draft>, out: &mut Vec<u8>) -> Result<Vec<Part>, Vec<Problem>> {
        // Rows may stand in any order, so not the first hazard but the first in the order of codes.
        let hazard = drafts.iter().filter_map(|draft| draft.hazard).min();
        let whole = self.merge(drafts);
        self.check(&whole.customer)?;
        let most = self.contract.policies.as_ref().map_or(1, |list| list.max);
        let policies: Vec<&Fields> = whole.policies.iter().collect();
        let mut groups: Vec<&[&Fields]> = policies.chunks(most).collect();
        if groups.is_empty() {
            groups.push(&[]);
        }
        let customer = (&whole.customer, whole.custom.as_slice());
        Ok(groups
            .into_iter()
            .map(|group| self.write_part(customer, group, hazard, out))
            .collect())
    }

    /// The newest row wins where rows disagree, a later one where none is newer; a row that says
    /// nothing of a field takes nothing away.
    fn merge(&self, mut drafts: Vec<Draft>) -> Whole {
        drafts.sort_by_key(|draft| draft.newest);
        let mut whole = Whole::default();
        for draft in drafts {
            overlay(&mut whole.customer, &draft.customer);
            for (place, value) in draft.custom {
                whole.custom.retain(|(other, _)| *other != place);
                whole.custom.push((place, value));
            }
            if !draft.policy.is_empty() {
                self.add_policy(&mut whole.policies, draft.policy);
            }
        }
        whole.custom.sort_by_key(|(place, _)| *place);
        whole
    }

    /// Two rows with the same policy id tell of one policy; so do two that say exactly the same.
    fn add_policy(&self, policies: &mut Vec<Fields>, policy: Fields) {
        let same = policies
            .iter_mut()
            .find(|other| match self.policy_id(&policy) {
                Some(id) => self.policy_id(other) == Some(id),
                None => **other == policy,
            });
        match same {
            Some(known) => overlay(known, &policy),
            None => policies.push(policy),
        }
    }

    /// The identifier by which the API matches a policy, with the name of its field.
    fn policy_id<'f>(&self, policy: &'f Fields) -> Option<(&'static str, &'f str)> {
        let table = self.contract.policy_fields();
        self.contract
            .matching
            .policy
            .iter()
            .find_map(|name| Some((*name, policy.text(table, name)?)))
    }

    fn check(&self, customer: &Fields) -> Result<(), Vec<Problem>> {
        let missing = self
            .contract
            .fields
            .iter()
            .enumerate()
            .filter(|(index, field)| {
                let value = customer.get(*index).filter(|value| **value != Value::Null);
                field.presence == Presence::Required && value.is_none()
            })
            .map(|(_, field)| Problem::of_field(Code::RequiredMissing, field.name));
        let broken = self.contract.rules.iter().filter_map(|rule| match rule {
            Rule::AnyOf { fields, .. } => {
                let any = fields
                    .iter()
                    .any(|name| customer.text(self.contract.fields, name).is_some());
                (!any).then(|| {
                    Problem::of_field(Code::RuleAnyOf, fields.first().copied().unwrap_or_default())
                })
            }
        });
        let problems: Vec<_> = missing.chain(broken).collect();
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems)
        }
    }

    fn write_part(
        &self,
        customer: (&Fields, &[(u16, CompactString)]),
        policies: &[&Fields],
        hazard: Option<Code>,
        out: &mut Vec<u8>,
    ) -> Part {
        let start = out.len();
        body::write(out, self.contract, self.custom_keys, customer, policies);
        let written = out.get(start..).unwrap_or_default();
        let every_policy_has_an_id = policies
            .iter()
            .all(|policy| self.policy_id(policy).is_some());
        let is_safe = every_policy_has_an_id || self.allows_policies_without_id;
        Part {
            fingerprint: self.hasher.fingerprint(written),
            length: written.len(),
            harmless: every_policy_has_an_id && self.is_matched(customer.0),
            hazard: hazard.or((!is_safe).then_some(Code::PolicyWithoutId)),
        }
    }

    /// True when the API would find the customer again: by an identifier, or by all fallback fields
    /// (page F2).
    fn is_matched(&self, customer: &Fields) -> bool {
        let matching = &self.contract.matching;
        let has = |name: &&'static str| customer.text(self.contract.fields, name).is_some();
        matching.customer.iter().any(&has) || matching.fallback.iter().all(has)
    }
}

#[derive(Default)]
struct Whole {
    customer: Fields,
    custom: Vec<(u16, CompactString)>,
    policies: Vec<Fields>,
}

fn overlay(base: &mut Fields, newer: &Fields) {
    for (index, value) in newer.iter() {
        base.set(index, value.clone());
    }
}

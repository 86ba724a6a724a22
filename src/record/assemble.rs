//! Drafts of one customer become what is sent: merged, checked as a whole, cut into parts, written.

use compact_str::CompactString;

use super::{
    Conflict, Draft, Facts, Fields, Fingerprint, Hasher, OptOuts, address, body,
    facts::FactPlaces,
    merge::{duplicates, merge, policy_id},
    person::{self, Person},
};
use crate::{
    contract::{Contract, CustomerId, Field, Presence, Resend, Rule},
    normalize::{DateOutput, Value, clocks_contradict},
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
    /// How dates other than births are written.
    pub dates: &'m DateOutput,
    /// The hazards that the mapping lets pass.
    pub allowed: &'m [Code],
    places: FactPlaces,
}

/// What is journaled of one record beside its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The hash of the body's bytes.
    pub fingerprint: Fingerprint,
    /// How long the body is; parts lie end to end in the buffer they were written to.
    pub length: usize,
    /// True when sending it twice does no harm.
    pub harmless: bool,
    /// Why it is held back, if it is.
    pub hazard: Option<Code>,
    /// What is remembered of it once its body is gone.
    pub facts: Facts,
    /// The API's id of the customer, where the request's path says it.
    pub customer: Option<CustomerId>,
}

/// What several rows of one customer became. Rows are told by their places among the drafts.
#[derive(Debug, PartialEq, Eq)]
pub struct Merged {
    /// As many as its policies need.
    pub parts: Vec<Part>,
    /// In what the rows disagree.
    pub conflicts: Vec<Conflict>,
    /// Rows that say exactly what another one says, with the first that says it.
    pub duplicates: Vec<(usize, usize)>,
}

impl<'m> Assembly<'m> {
    /// What a mapping decides: the target's table with the keys of custom fields, how dates other than births
    /// are written, and the hazards that it lets pass.
    pub fn new(
        (contract, custom_keys): (&'static Contract, &'m [String]),
        hasher: Hasher,
        dates: &'m DateOutput,
        allowed: &'m [Code],
    ) -> Self {
        Self {
            contract,
            custom_keys,
            hasher,
            dates,
            allowed,
            places: FactPlaces::of(contract),
        }
    }

    /// Which opt-outs a row switches on and off, whatever else is wrong with it.
    pub fn opt_outs(&self, draft: &Draft) -> OptOuts {
        self.places.opt_outs(&draft.customer)
    }

    /// Writes the record that one draft gives. A row tells of one policy at most, so there is one part.
    ///
    /// # Errors
    ///
    /// The record's own problems: a required field that is missing, a rule that is broken. Another row
    /// of the same customer may still mend them.
    pub fn single(&self, draft: &Draft, out: &mut Vec<u8>) -> Result<Part, Vec<Problem>> {
        self.check(&draft.customer, std::slice::from_ref(&draft.policy))?;
        let policy: &[&Fields] = if draft.policy.is_empty() {
            &[]
        } else {
            &[&draft.policy]
        };
        let hazard = self.hazard(&draft.customer, [draft.hazard]);
        Ok(self.write_part((&draft.customer, &draft.custom), policy, hazard, out))
    }

    /// Writes the record that several drafts of one customer give. `drafts` are in the order of their
    /// rows.
    ///
    /// # Errors
    ///
    /// As for [`Self::single`], judged on the merged record.
    pub fn merged(&self, drafts: Vec<Draft>, out: &mut Vec<u8>) -> Result<Merged, Vec<Problem>> {
        // Rows may stand in any order, so not the first hazard but the first in the order of codes.
        let hazard = drafts.iter().filter_map(|draft| draft.hazard).min();
        let people = drafts.iter().map(|draft| self.person(&draft.customer));
        let two_people = person::are_several(people).then_some(Code::IdentifierTwoPeople);
        let duplicates = duplicates(&drafts);
        let whole = merge(self.contract, self.dates, drafts);
        self.check(&whole.customer, &whole.policies)?;
        let most = self.contract.policies.as_ref().map_or(1, |list| list.max);
        let policies: Vec<&Fields> = whole.policies.iter().collect();
        let mut groups: Vec<&[&Fields]> = policies.chunks(most).collect();
        if groups.is_empty() {
            groups.push(&[]);
        }
        let customer = (&whole.customer, whole.custom.as_slice());
        let hazard = self.hazard(&whole.customer, [hazard, two_people]);
        let parts = groups
            .into_iter()
            .map(|group| self.write_part(customer, group, hazard, out));
        Ok(Merged {
            parts: parts.collect(),
            conflicts: whole.conflicts,
            duplicates,
        })
    }

    fn person(&self, customer: &Fields) -> Person {
        let names = &self.contract.person;
        let text = |name| customer.text(self.contract.fields, name);
        Person::new(
            text(names.first_name),
            text(names.last_name),
            text(names.born),
        )
    }

    /// The first of the hazards that is not allowed: one of those found, or where the customer lives.
    fn hazard<const N: usize>(&self, customer: &Fields, found: [Option<Code>; N]) -> Option<Code> {
        let names = &self.contract.place;
        let text = |name| customer.text(self.contract.fields, name);
        let contradiction =
            || clocks_contradict(text(names.zone), text(names.state), text(names.postal_code));
        let mut found = found.into_iter().flatten();
        found
            .find(|code| !self.allowed.contains(code))
            .or_else(|| self.unless_allowed(Code::TimeZoneContradiction, contradiction))
    }

    fn unless_allowed(&self, code: Code, is_there: impl FnOnce() -> bool) -> Option<Code> {
        (!self.allowed.contains(&code) && is_there()).then_some(code)
    }

    fn check(&self, customer: &Fields, policies: &[Fields]) -> Result<(), Vec<Problem>> {
        let told = policies.iter().filter(|policy| !policy.is_empty());
        let of_policies = told.flat_map(|policy| missing(self.contract.policy_fields(), policy));
        let missing = missing(self.contract.fields, customer).chain(of_policies);
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
        let mut problems: Vec<_> = missing.chain(broken).collect();
        let ids = self.contract.path_ids.len();
        let says_something = customer.iter().any(|(index, _)| index >= ids)
            || policies.iter().any(|policy| !policy.is_empty());
        if problems.is_empty() && !says_something {
            problems.push(Problem::of_row(Code::RecordEmpty));
        }
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
        let every_policy_is_told = policies.iter().all(|policy| self.is_told(policy));
        let without_id = || self.unless_allowed(Code::PolicyWithoutId, || !every_policy_is_told);
        Part {
            customer: address::customer_of(self.contract, written),
            fingerprint: self.hasher.fingerprint(written),
            length: written.len(),
            harmless: match self.contract.resend {
                Resend::Matched => every_policy_is_told && self.is_matched(customer.0),
                Resend::Harmless => true,
                Resend::ReadBack => false,
            },
            hazard: hazard.or_else(without_id),
            facts: self.places.facts(
                (self.contract, &self.hasher, self.dates),
                customer.0,
                policies,
            ),
        }
    }

    /// True when a policy can be recognized: by an identifier, or where nothing else tells it, by what tells
    /// policies apart that have none; and always where the path names it.
    fn is_told(&self, policy: &Fields) -> bool {
        let list = self.contract.policies.as_ref().filter(|list| list.inline);
        policy_id(self.contract, policy).is_some()
            || list.is_some_and(|list| {
                let mut names = list.told_by.iter();
                self.contract.resend == Resend::Harmless
                    || names.all(|name| policy.text(list.fields, name).is_some())
            })
    }

    /// True when the API would find the customer again: by an identifier, or by all fallback fields
    /// (page F2).
    fn is_matched(&self, customer: &Fields) -> bool {
        let matching = &self.contract.matching;
        let has = |name: &&'static str| customer.text(self.contract.fields, name).is_some();
        matching.customer.iter().any(&has) || matching.fallback.iter().all(has)
    }
}

/// The fields of a table that the API always asks for and that are not there.
fn missing(table: &'static [Field], fields: &Fields) -> impl Iterator<Item = Problem> {
    let is_there = |index| fields.get(index).is_some_and(|value| *value != Value::Null);
    let required = (0..)
        .zip(table)
        .filter(move |(index, field)| field.presence == Presence::Required && !is_there(*index));
    required.map(|(_, field)| Problem::of_field(Code::RequiredMissing, field.name))
}

//! Ids in a request's path that a file does not hold: looked up by the ids that it does hold, among what the
//! API's earlier answers told.

use crate::{
    contract::{Contract, CustomerId, Resend, Target},
    journal::{Journal, KnownIds, RunPlan},
    mapping::{BoundMapping, Mapped, Mapping},
    normalize::Value,
    problem::{Code, Problem},
    record::Hasher,
};

use super::Error;

/// Looks ids up, where the mapping asks for it.
pub(super) struct Lookup {
    contract: &'static Contract,
    hasher: Hasher,
    /// The ids of the path to be looked up: their places, and by which field.
    wanted: Vec<(usize, &'static str)>,
    known: KnownIds,
}

impl Lookup {
    /// Reads what is known, unless nobody asks.
    pub(super) fn of(
        journal: &mut Journal,
        (mapping, plan): (&Mapping, &RunPlan),
    ) -> Result<Self, Error> {
        let (contract, wanted) = (mapping.target().contract(), mapping.lookups());
        let asks = !wanted.is_empty() || contract.resend == Resend::ReadBack;
        Ok(Self {
            contract,
            hasher: journal.hasher(),
            wanted,
            known: if asks {
                journal.known_ids(plan)?
            } else {
                KnownIds::default()
            },
        })
    }

    /// Puts the API's ids in the place of those that a row holds. A row of which one is not known is of no
    /// use; one that would create a policy which the customer has already is held.
    pub(super) fn resolve(&self, bound: &BoundMapping, mapped: &mut Mapped) {
        for (place, field) in &self.wanted {
            let told = mapped.draft.customer.get(*place).and_then(Value::as_text);
            let Some(told) = told else { continue };
            if let Some(id) = self.find(*place, field, told) {
                let id = Value::text(id.to_string());
                mapped.draft.customer.set(*place, id);
                continue;
            }
            let name = self.contract.fields.get(*place).map(|field| field.name);
            mapped.problems.push(Problem {
                column: bound.path_column(*place),
                ..Problem::of_field(Code::PathUnresolved, name.unwrap_or_default())
            });
        }
        if self.contract.resend == Resend::ReadBack && self.is_there(mapped) {
            mapped.draft.hazard.get_or_insert(Code::PolicyExists);
        }
    }

    fn find(&self, place: usize, field: &str, told: &str) -> Option<CustomerId> {
        let policies = Target::SyncAca.contract().matching.policy;
        let policy = || self.known.policy(&self.hasher.policy(field, told));
        match (place, policies.contains(&field)) {
            (0, false) => self.known.customer(&self.hasher.identified(field, told)),
            (0, true) => policy()?.customer,
            _ => Some(policy()?.id),
        }
    }

    /// True when a policy with one of the row's ids is known to be the customer's, by another operation than
    /// this one, whose own doings the journal compares itself.
    fn is_there(&self, mapped: &Mapped) -> bool {
        let customer = mapped.draft.customer.get(0).and_then(Value::as_text);
        let customer = customer.and_then(CustomerId::parse);
        let table = self.contract.policy_fields();
        let mut names = self.contract.matching.policy.iter();
        names.any(|name| {
            let id = mapped.draft.policy.text(table, name);
            let known = id.and_then(|id| self.known.policy(&self.hasher.policy(name, id)));
            known.is_some_and(|known| {
                !known.is_own && known.customer.is_none_or(|of| Some(of) == customer)
            })
        })
    }
}

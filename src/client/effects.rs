//! What an entry of an answer's `results` tells of its record: whether the customer is new, and what became
//! of the policies that the request changed.

use std::cell::OnceCell;

use serde::Deserialize;

use super::{
    Parcel,
    loose::{Entry, FromBare, List, Loose},
    response::ResultItem,
};
use crate::{
    contract::{CUSTOMER, CustomerId, Target},
    private::Private,
    record::{ChangeKind, Effects, PolicyChange, ToldPolicy},
};

/// The longest status and the longest id of a policy that are kept, in bytes.
const LONGEST: usize = 64;
/// Stands for a status that does not look like one.
const UNREADABLE: &str = "?";

/// A policy, in an answer or in a request: what tells it from others, and its status.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct PolicyItem {
    id: Loose,
    health_sherpa_policy_id: Loose,
    carrier_assigned_policy_id: Loose,
    status: Loose,
    /// None where there is no such member: null says that the policy is new.
    #[serde(deserialize_with = "there")]
    previous_status: Option<Loose>,
}

/// What the records of one request ask for. Read from the request's body only once an answer shows a policy
/// with another status than before, which is rare.
pub(super) struct Wishes<'p> {
    parcel: &'p Parcel<'p>,
    records: OnceCell<Vec<Entry<Wish>>>,
}

/// The policies of one record.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Wish {
    policies: List<PolicyItem>,
}

/// A policy whose status was the one and is the other.
struct Changed<'a> {
    policy: &'a PolicyItem,
    from: &'a str,
    to: &'a str,
}

impl<'p> Wishes<'p> {
    pub(super) const fn of(parcel: &'p Parcel<'p>) -> Self {
        Self {
            parcel,
            records: OnceCell::new(),
        }
    }

    /// The policies that the record at that place carries.
    fn policies(&self, place: usize) -> &[PolicyItem] {
        let records = self.records.get_or_init(|| records(&self.parcel.body));
        records
            .get(place)
            .map_or(&[], |Entry(wish)| wish.policies.0.as_slice())
    }

    /// The change as it is kept, with the policy's place in its record and by whose wish it came.
    fn explain(&self, changed: &Changed<'_>, record: usize) -> PolicyChange {
        let identifiers = self.parcel.contract.matching.policy;
        let mut place = None;
        let mut is_asked_for = false;
        for (at, wanted) in self.policies(record).iter().enumerate() {
            if wanted.means(changed.policy, identifiers) {
                place = place.or_else(|| u16::try_from(at).ok());
                is_asked_for |= wanted.status.words().is_some_and(is_ended);
            }
        }
        let is_by_itself = is_ended(changed.to) && !is_asked_for;
        PolicyChange {
            kind: if is_by_itself {
                ChangeKind::Ended
            } else {
                ChangeKind::Flipped
            },
            policy_id: kept_id(&changed.policy.id),
            from: kept_status(changed.from),
            to: kept_status(changed.to),
            place,
        }
    }
}

/// What an entry tells of the record at that place in its request; none where it does not tell it of every
/// policy that it shows, or shows no list of them.
pub(super) fn effects(entry: &ResultItem, record: usize, wishes: &Wishes<'_>) -> Option<Effects> {
    let mut effects = Effects {
        customer_created: entry.tells_of_new_customer(),
        ..Effects::default()
    };
    for policy in entry.policies()? {
        let Loose::Text(to) = &policy.status else {
            return None;
        };
        let from = match policy.previous_status.as_ref()? {
            Loose::Absent => {
                effects.policies_created += 1;
                continue;
            }
            Loose::Text(from) => from,
            _ => return None,
        };
        let mut is_updated = true;
        if !same(from, to) {
            let change = wishes.explain(&Changed { policy, from, to }, record);
            is_updated = change.kind != ChangeKind::Ended;
            effects.changes.push(change);
        }
        effects.policies_updated += u32::from(is_updated);
    }
    Some(effects)
}

/// The policies that an entry shows with the API's id of each, and by what they are known elsewhere.
pub(super) fn told_policies(entry: &ResultItem) -> Vec<ToldPolicy> {
    let policies = entry.policies().unwrap_or_default();
    policies.iter().filter_map(PolicyItem::told).collect()
}

impl PolicyItem {
    /// The policy's ids; none where the answer does not tell the API's own.
    pub(super) fn told(&self) -> Option<ToldPolicy> {
        let id = CustomerId::parse(&self.id.identifier()?)?;
        let names = Target::SyncAca.contract().matching.policy.iter();
        let known = names.filter_map(|name| Some((*name, Private::new(self.identifier(name)?))));
        Some(ToldPolicy {
            id,
            known_by: known.collect(),
        })
    }

    /// One of the identifiers by which the API matches policies, by the contract's name.
    fn identifier(&self, field: &str) -> Option<String> {
        match field {
            "healthSherpaPolicyId" => self.health_sherpa_policy_id.identifier(),
            "carrierAssignedPolicyId" => self.carrier_assigned_policy_id.identifier(),
            _ => None,
        }
    }

    /// True when a policy that was sent is the one that an answer shows: the first identifier that it
    /// carries decides.
    fn means(&self, shown: &Self, identifiers: &[&str]) -> bool {
        let mut carried = identifiers
            .iter()
            .filter_map(|field| Some((*field, self.identifier(field)?)));
        carried
            .next()
            .is_some_and(|(field, id)| shown.identifier(field) == Some(id))
    }
}

impl FromBare for PolicyItem {
    /// A bare value is no policy, and tells nothing.
    fn from_bare(_: Loose) -> Self {
        Self::default()
    }
}

impl FromBare for Wish {
    fn from_bare(_: Loose) -> Self {
        Self::default()
    }
}

/// A member that is there, be it null.
fn there<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Loose>, D::Error> {
    Loose::deserialize(deserializer).map(Some)
}

/// What the records of a request's body ask for, as many as it has.
fn records(body: &[u8]) -> Vec<Entry<Wish>> {
    #[derive(Deserialize)]
    struct Request {
        records: Vec<Entry<Wish>>,
    }
    serde_json::from_slice(body).map_or_else(|_| Vec::new(), |request: Request| request.records)
}

fn is_ended(status: &str) -> bool {
    same(status, CUSTOMER.ended.word)
}

fn same(one: &str, other: &str) -> bool {
    one.trim().eq_ignore_ascii_case(other.trim())
}

/// A status that looks like one; nothing else may come into the journal under that name.
fn kept_status(status: &str) -> String {
    let status = status.trim();
    let is_status = (1..=LONGEST).contains(&status.len())
        && status
            .bytes()
            .all(|byte| byte.is_ascii_alphabetic() || b" -".contains(&byte));
    if is_status { status } else { UNREADABLE }.to_owned()
}

/// An id that looks like one.
fn kept_id(id: &Loose) -> Option<String> {
    id.identifier().filter(|id| {
        id.len() <= LONGEST
            && id
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    })
}

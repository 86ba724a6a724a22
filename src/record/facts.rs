//! What is remembered of a record once its body is gone: opt-outs, and how its policies stand.
//!
//! A few dozen bytes a record, written in staging and folded into what is known of its customer once the
//! record has succeeded. Policies are told by keyed hashes; names, numbers and plans are not in it.

use chrono::{Datelike, Months, NaiveDate};

use super::{Fields, Hasher, merge::policy_id};
use crate::{
    contract::{CUSTOMER, Contract},
    normalize::{DateOutput, Value},
};

/// What is remembered of a record, as bytes: the version, opt-outs on and off, how many policies have
/// an identifier and how many do not, then each policy with its hash, its marks, first day, status and agent.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Facts(Box<[u8]>);

/// The same, to be looked at.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FactsView {
    /// Which opt-outs the record carries.
    pub opt_outs: OptOuts,
    /// How many of its policies carry no identifier that the API matches.
    pub without_id: u8,
    /// The others.
    pub policies: Vec<PolicyFacts>,
}

/// How one policy stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PolicyFacts {
    /// Which policy it is, within its customer.
    pub policy: PolicyHash,
    /// True when the last record of the customer carried it.
    pub is_carried: bool,
    /// Its first day.
    pub effective: Option<NaiveDate>,
    /// Its status, in the API's words; empty where the record did not say.
    pub status: String,
    /// The agent of record's National Producer Number, without leading zeros; empty where the record did not
    /// say.
    pub agent: String,
}

/// A keyed hash of the identifier by which the API matches a policy.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, PartialOrd, Ord)]
pub struct PolicyHash(pub [u8; 8]);

/// Opt-outs by their place in the contract's list: which a record switches on, and which off.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct OptOuts {
    on: u8,
    off: u8,
}

/// Where the contract's tables have what is remembered.
#[derive(Clone, Debug)]
pub(super) struct FactPlaces {
    opt_outs: Vec<usize>,
    status: Option<usize>,
    effective: Option<usize>,
    agent: Option<usize>,
}

/// Raised when the bytes change their meaning; what has another number is not known.
const VERSION: u8 = 1;
/// More policies than a customer ever has; older ones are let go.
const MOST_POLICIES: usize = 100;

impl FactPlaces {
    pub(super) fn of(contract: &Contract) -> Self {
        let opt_outs = contract.opt_outs.iter();
        let policy = |name: fn(&crate::contract::Policies) -> &'static str| {
            let list = contract.policies.as_ref()?;
            contract.policy_field_index(name(list))
        };
        Self {
            opt_outs: opt_outs
                .filter_map(|name| contract.field_index(name))
                .collect(),
            status: policy(|list| list.status),
            effective: policy(|list| list.effective),
            agent: policy(|list| list.agent),
        }
    }

    /// Which opt-outs a customer's fields switch on and off.
    pub(super) fn opt_outs(&self, customer: &Fields) -> OptOuts {
        let mut found = OptOuts::default();
        for (bit, place) in self.opt_outs.iter().enumerate() {
            match customer.get(*place) {
                Some(Value::Boolean(true)) => found.on |= 1 << bit,
                Some(Value::Boolean(false) | Value::Null) => found.off |= 1 << bit,
                _ => (),
            }
        }
        found
    }

    pub(super) fn facts(
        &self,
        (contract, hasher, dates): (&Contract, &Hasher, &DateOutput),
        customer: &Fields,
        policies: &[&Fields],
    ) -> Facts {
        let mut view = FactsView {
            opt_outs: self.opt_outs(customer),
            ..FactsView::default()
        };
        for policy in policies {
            let text = |place: Option<usize>| policy.get(place?).and_then(Value::as_text);
            // A record that is a policy is told by its key already.
            let itself = contract.is_of_policy().then_some(("", ""));
            match policy_id(contract, policy).or(itself) {
                None => view.without_id = view.without_id.saturating_add(1),
                Some((name, id)) => view.policies.push(PolicyFacts {
                    policy: hasher.policy(name, id),
                    is_carried: true,
                    effective: text(self.effective).and_then(|text| dates.read(text)),
                    status: text(self.status).unwrap_or_default().to_owned(),
                    agent: text(self.agent)
                        .and_then(npn)
                        .unwrap_or_default()
                        .to_owned(),
                }),
            }
        }
        Facts::of(&view)
    }
}

impl Facts {
    /// Packs what is remembered.
    pub fn of(view: &FactsView) -> Self {
        let OptOuts { on, off } = view.opt_outs;
        let mut bytes = Vec::with_capacity(5 + 32 * view.policies.len());
        let with_id = u8::try_from(view.policies.len()).unwrap_or(u8::MAX);
        bytes.extend_from_slice(&[VERSION, on, off, with_id, view.without_id]);
        for policy in view.policies.iter().take(MOST_POLICIES) {
            bytes.extend_from_slice(&policy.policy.0);
            bytes.push(u8::from(policy.is_carried));
            let day = policy.effective.map_or(0, |day| day.num_days_from_ce());
            bytes.extend_from_slice(&day.to_le_bytes());
            for text in [&policy.status, &policy.agent] {
                push_text(&mut bytes, text);
            }
        }
        Self(bytes.into())
    }

    /// The bytes, as the journal keeps them.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Which opt-outs it carries.
    pub fn opt_outs(&self) -> OptOuts {
        Self::opt_outs_in(&self.0)
    }

    /// Which opt-outs what the journal kept carries.
    pub fn opt_outs_in(bytes: &[u8]) -> OptOuts {
        match *bytes {
            [VERSION, on, off, ..] => OptOuts { on, off },
            _ => OptOuts::default(),
        }
    }

    /// How many policies there are in what the journal kept.
    pub fn policies_in(bytes: &[u8]) -> u16 {
        match *bytes {
            [VERSION, _, _, with_id, without_id, ..] => u16::from(with_id) + u16::from(without_id),
            _ => 0,
        }
    }
}

impl FactsView {
    /// Reads what the journal kept; none where another release wrote it in another way.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let (&[VERSION, on, off, _, without_id], mut rest) = bytes.split_first_chunk()? else {
            return None;
        };
        let mut policies = Vec::new();
        while !rest.is_empty() {
            let (hash, after) = rest.split_first_chunk()?;
            let (&[is_carried], after) = after.split_first_chunk()?;
            let (day, mut after) = after.split_first_chunk()?;
            let status = take_text(&mut after)?;
            let agent = take_text(&mut after)?;
            let day = i32::from_le_bytes(*day);
            policies.push(PolicyFacts {
                policy: PolicyHash(*hash),
                is_carried: is_carried == 1,
                effective: (day != 0)
                    .then(|| NaiveDate::from_num_days_from_ce_opt(day))
                    .flatten(),
                status,
                agent,
            });
            rest = after;
        }
        Some(Self {
            opt_outs: OptOuts { on, off },
            without_id,
            policies,
        })
    }

    /// What is known of a customer once `newer` was delivered to whom `self` was known of. A policy that
    /// the newer record does not carry is still there; an opt-out stays on unless it is switched off.
    #[must_use]
    pub fn overlaid(self, newer: Self) -> Self {
        let is_replaced = |old: &PolicyFacts| {
            let mut new = newer.policies.iter();
            new.any(|new| new.policy == old.policy)
        };
        let gone = self.policies.into_iter().filter(|old| !is_replaced(old));
        let gone: Vec<_> = gone
            .map(|old| PolicyFacts {
                is_carried: false,
                ..old
            })
            .collect();
        let opt_outs = OptOuts {
            on: self.opt_outs.on & !newer.opt_outs.off | newer.opt_outs.on,
            off: 0,
        };
        let mut policies = newer.policies;
        policies.extend(gone);
        Self {
            opt_outs,
            without_id: newer.without_id,
            policies,
        }
    }

    /// The policy of that hash.
    pub fn policy(&self, policy: PolicyHash) -> Option<&PolicyFacts> {
        self.policies.iter().find(|known| known.policy == policy)
    }
}

impl PolicyFacts {
    /// True when creating a policy would end this one, by the API's rule (page F2): it has been in effect
    /// for more than a year, and did not end yet.
    pub fn may_be_ended(&self, today: NaiveDate) -> bool {
        let year_ago = today.checked_sub_months(Months::new(12));
        let is_old = self
            .effective
            .zip(year_ago)
            .is_some_and(|(effective, year_ago)| effective < year_ago);
        is_old && !self.is_ended()
    }

    /// True when its status says that it has ended.
    pub fn is_ended(&self) -> bool {
        self.status == CUSTOMER.ended.word
    }
}

impl OptOuts {
    /// True when none is switched on.
    pub const fn is_none(self) -> bool {
        self.on == 0
    }

    /// True when some are switched on that are not known to be on already.
    pub const fn adds_to(self, known: Self) -> bool {
        self.on & !known.on != 0
    }
}

/// A National Producer Number without leading zeros. Anything else in its place could be a person's data,
/// and is not remembered.
fn npn(text: &str) -> Option<&str> {
    let is_number = text.len() <= 10 && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.trim_start_matches('0'))
}

/// Texts are short; what is longer than 255 bytes is cut at a character's end.
fn push_text(bytes: &mut Vec<u8>, text: &str) {
    let ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
    let fitting = ends.take_while(|end| u8::try_from(*end).is_ok());
    let end = fitting.last().unwrap_or_default();
    let text = text.get(..end).unwrap_or_default();
    bytes.push(u8::try_from(text.len()).unwrap_or(u8::MAX));
    bytes.extend_from_slice(text.as_bytes());
}

fn take_text(bytes: &mut &[u8]) -> Option<String> {
    let (length, rest) = bytes.split_first()?;
    let (text, rest) = rest.split_at_checked(usize::from(*length))?;
    *bytes = rest;
    Some(std::str::from_utf8(text).ok()?.to_owned())
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::{Facts, FactsView, OptOuts, PolicyFacts, PolicyHash};

    fn policy(number: u8, status: &str) -> PolicyFacts {
        PolicyFacts {
            policy: PolicyHash([number; 8]),
            is_carried: true,
            effective: NaiveDate::from_ymd_opt(2025, 1, number.into()),
            status: status.to_owned(),
            agent: "1234567".to_owned(),
        }
    }

    fn view(on: u8, off: u8, policies: Vec<PolicyFacts>) -> FactsView {
        FactsView {
            opt_outs: OptOuts { on, off },
            without_id: 2,
            policies,
        }
    }

    #[test]
    fn what_is_packed_reads_back() {
        for facts in [
            view(0, 0, vec![]),
            view(
                5,
                2,
                vec![
                    policy(1, "Active"),
                    PolicyFacts {
                        effective: None,
                        status: String::new(),
                        agent: String::new(),
                        is_carried: false,
                        ..policy(2, "")
                    },
                ],
            ),
        ] {
            assert_eq!(
                FactsView::read(Facts::of(&facts).as_bytes()),
                Some(facts.clone())
            );
            assert_eq!(Facts::of(&facts).opt_outs(), facts.opt_outs);
        }
        assert_eq!(FactsView::read(&[9, 0, 0, 0, 0]), None);
        assert_eq!(FactsView::read(&[]), None);
    }

    #[test]
    fn a_longer_text_is_cut_between_characters() {
        let long = PolicyFacts {
            status: "é".repeat(200),
            ..policy(1, "")
        };

        let read = FactsView::read(Facts::of(&view(0, 0, vec![long])).as_bytes()).unwrap();

        assert_eq!(read.policies[0].status, "é".repeat(127));
    }

    #[test]
    fn what_a_newer_record_does_not_say_stays_known() {
        let known = view(0b11, 0, vec![policy(1, "Active"), policy(2, "Active")]);
        let newer = view(0b100, 0b1, vec![policy(2, "Terminated")]);

        let now = known.overlaid(newer);

        assert_eq!(now.opt_outs, OptOuts { on: 0b110, off: 0 });
        let seen: Vec<_> = now
            .policies
            .iter()
            .map(|policy| {
                (
                    policy.policy.0[0],
                    policy.status.as_str(),
                    policy.is_carried,
                )
            })
            .collect();
        assert_eq!(seen, [(2, "Terminated", true), (1, "Active", false)]);
    }

    #[test]
    fn the_api_ends_what_has_been_in_effect_for_more_than_a_year() {
        let today = NaiveDate::from_ymd_opt(2026, 1, 2).unwrap();
        let cases = [
            (policy(1, "Active"), true),
            (policy(2, "Active"), false),
            (policy(1, "Terminated"), false),
            (
                PolicyFacts {
                    effective: None,
                    ..policy(1, "Active")
                },
                false,
            ),
        ];

        for (policy, expected) in cases {
            assert_eq!(policy.may_be_ended(today), expected);
        }
    }
}

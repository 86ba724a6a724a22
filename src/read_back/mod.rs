//! A body as it was sent, held against the customer as the API shows it now: field by field, with a
//! verdict on whether the body was applied.
//!
//! The API keeps no bytes: it shows phone numbers, dates, states and numbers in spellings of its own, some
//! fields under other names, and carriers by their canonical names. What means the same is the same here,
//! and what nobody can tell is said to be so. Fields that were not sent are not looked at. Pure: nothing
//! here asks the API, and no output but [`Compared`]'s two private values holds a value.

mod policy;
mod spelling;
mod tally;

use serde_json::{Map, Value};

pub use self::tally::{Counts, Example, FieldFinding, Keep, Tally};

use self::{
    policy::{Whereabouts, find, find_by_id},
    spelling::{Likeness, likeness, likeness_of_free_text},
};
use crate::{
    contract::{CUSTOMER, Contract, CustomFields, Field, Liberty, RESULT_NAMES, Renamed},
    private::Private,
    record::{body_of, policy_of},
};

/// A JSON object.
type Members = Map<String, Value>;

/// How a field is shown, beside how it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Finding {
    /// As it was sent, whatever the spelling.
    Same,
    /// Something else is shown.
    Differs,
    /// Nothing is shown.
    Missing,
    /// The policy is shown as ended and was not sent as such: the API does that to a customer's older
    /// policies when a newer one is created.
    Ended,
    /// Nobody can tell: the API puts something of its own in its place, or does not show such fields.
    NotComparable,
}

/// One field of a body, beside what the API shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// The field: `firstName`, `policies.status`, `customFields.lead_source`; `policies` is a whole one.
    pub field: String,
    /// Which policy of the body, counted from 0.
    pub policy: Option<usize>,
    /// How it is shown.
    pub finding: Finding,
    /// What was sent.
    pub sent: Private<Value>,
    /// What is shown; null where nothing is.
    pub read: Private<Value>,
}

/// A whole body beside what the API shows.
#[derive(Debug, Clone, Default)]
pub struct Comparison {
    /// Every field that was sent.
    pub fields: Vec<Compared>,
    /// By policy of the body: whether it was found.
    policies: Vec<Whereabouts>,
}

/// Whether a body was applied, as far as what is shown can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// Everything that can be compared is as it was sent.
    Applied,
    /// None of what would be new is there.
    NotApplied,
    /// Anything between.
    Unclear,
}

/// Compares a record's bytes with the customer as the API shows it; none when the bytes are no record.
pub fn compare(contract: &Contract, bytes: &[u8], shown: &Members) -> Option<Comparison> {
    let sent: Members = serde_json::from_slice(body_of(contract, bytes)).ok()?;
    let mut comparison = Comparison::default();
    comparison.add_fields(contract.body_fields(), None, (&sent, shown), "");
    if let Some(list) = &contract.custom_fields {
        comparison.add_custom_fields(list, (&sent, shown));
    }
    if let Some(list) = &contract.policies {
        let wanted = if list.inline {
            vec![&sent]
        } else {
            objects(sent.get(list.name)).unwrap_or_default()
        };
        let held = objects(shown.get(CUSTOMER.policies));
        let places = match policy_of(contract, bytes) {
            Some(id) => vec![find_by_id(id, held.as_deref())],
            None => find(contract, &wanted, held.as_deref()),
        };
        comparison.add_policies((contract, places), &wanted, held.as_deref());
    }
    Some(comparison)
}

impl Finding {
    /// The finding in a word or two, for people and machines.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Differs => "differs",
            Self::Missing => "missing",
            Self::Ended => "ended",
            Self::NotComparable => "not comparable",
        }
    }

    /// True when what is shown is not what was sent.
    pub const fn is_difference(self) -> bool {
        matches!(self, Self::Differs | Self::Missing)
    }
}

impl Compared {
    /// The field with its policy's place in the body, such as `policies[2].status`.
    pub fn path(&self) -> String {
        match (self.policy, self.field.split_once('.')) {
            (Some(place), Some((list, field))) => format!("{list}[{place}].{field}"),
            (Some(place), None) => format!("{}[{place}]", self.field),
            (None, _) => self.field.clone(),
        }
    }
}

impl Comparison {
    /// True when something is shown that is not what was sent.
    pub fn differs(&self) -> bool {
        self.fields
            .iter()
            .any(|compared| compared.finding.is_difference())
    }

    /// Whether the body was applied.
    pub fn judgement(&self) -> Judgement {
        let any = |finding| {
            self.fields
                .iter()
                .any(|compared| compared.finding == finding)
        };
        let nowhere = |place: &Whereabouts| *place == Whereabouts::Nowhere;
        let is_untold = self.policies.contains(&Whereabouts::Untold);
        if !self.differs() && !is_untold && any(Finding::Same) && self.explains_what_ended() {
            return Judgement::Applied;
        }
        let is_absent = if self.policies.is_empty() {
            self.differs()
        } else {
            self.policies.iter().all(nowhere)
        };
        if is_absent {
            Judgement::NotApplied
        } else {
            Judgement::Unclear
        }
    }

    /// A body's policy that is shown as ended says nothing of the body by itself: it may have been ended
    /// before. A newer policy of the same body that is there says it.
    fn explains_what_ended(&self) -> bool {
        let ended = |place: usize| {
            let mut fields = self.fields.iter();
            fields.any(|one| one.policy == Some(place) && one.finding == Finding::Ended)
        };
        let count = self.policies.len();
        count == 0 || (0..count).any(|place| !ended(place))
    }

    fn add(&mut self, place: (String, Option<usize>), finding: Finding, (sent, read): Pair<'_>) {
        self.fields.push(Compared {
            field: place.0,
            policy: place.1,
            finding,
            sent: Private::new(sent.clone()),
            read: Private::new(read.cloned().unwrap_or_default()),
        });
    }

    fn add_fields(
        &mut self,
        table: &[Field],
        policy: Option<usize>,
        (sent, shown): (&Members, &Members),
        prefix: &str,
    ) {
        for field in table {
            let Some(value) = sent.get(field.name) else {
                continue;
            };
            let read = read_member(shown, field.name);
            let finding = match finding_of(field, (value, read)) {
                Finding::Differs if policy.is_some() && is_ended(field, read) => Finding::Ended,
                finding => finding,
            };
            let name = format!("{prefix}{}", field.name);
            self.add((name, policy), finding, (value, read));
        }
    }

    fn add_custom_fields(&mut self, list: &CustomFields, (sent, shown): (&Members, &Members)) {
        let held = objects(shown.get(CUSTOMER.custom_fields));
        let is_readable = |entry: &&Members| entry.contains_key(list.key);
        let held = held.filter(|entries| entries.iter().all(is_readable));
        for entry in objects(sent.get(list.name)).unwrap_or_default() {
            let Some(key) = entry.get(list.key).and_then(Value::as_str) else {
                continue;
            };
            let value = entry.get(list.value).unwrap_or(&Value::Null);
            let found = held.as_ref().and_then(|entries| {
                let mut entries = entries.iter();
                entries.find(|entry| entry.get(list.key).and_then(Value::as_str) == Some(key))
            });
            let read = found.and_then(|entry| entry.get(list.value));
            let finding = match (&held, found, read) {
                (None, ..) | (_, Some(_), None) => Finding::NotComparable,
                _ => of_likeness((value, read), likeness_of_free_text),
            };
            self.add(
                (format!("{}.{key}", list.name), None),
                finding,
                (value, read),
            );
        }
    }

    fn add_policies(
        &mut self,
        (contract, places): (&Contract, Vec<Whereabouts>),
        wanted: &[&Members],
        held: Option<&[&Members]>,
    ) {
        for (number, (policy, place)) in wanted.iter().zip(&places).enumerate() {
            let found = match (place, held) {
                (Whereabouts::At(at), Some(held)) => held.get(*at),
                _ => None,
            };
            let list = CUSTOMER.policies;
            if let Some(found) = found {
                let prefix = format!("{list}.");
                let table = contract.policy_fields();
                self.add_fields(table, Some(number), (policy, found), &prefix);
            } else {
                let finding = match place {
                    Whereabouts::Nowhere => Finding::Missing,
                    _ => Finding::NotComparable,
                };
                let sent = Value::from((*policy).clone());
                self.add((list.to_owned(), Some(number)), finding, (&sent, None));
            }
        }
        self.policies = places;
    }
}

/// What was sent, and what is shown for it.
type Pair<'v> = (&'v Value, Option<&'v Value>);

/// A member by the name under which the page shows it, else by any other that a version of the pages gives.
fn read_member<'s>(shown: &'s Members, sent: &str) -> Option<&'s Value> {
    let names = [
        Renamed::shown_name(CUSTOMER.renamed, sent),
        sent,
        Renamed::shown_name(RESULT_NAMES, sent),
    ];
    names.iter().find_map(|name| shown.get(*name))
}

fn finding_of(field: &Field, (sent, read): Pair<'_>) -> Finding {
    let liberty = CUSTOMER.liberty(field.name);
    if read.is_none() && liberty == Some(Liberty::MayLack) {
        return Finding::NotComparable;
    }
    of_likeness((sent, read), |sent, read| likeness(field, sent, read))
}

fn of_likeness((sent, read): Pair<'_>, likeness: impl Fn(&Value, &Value) -> Likeness) -> Finding {
    match (is_nothing(sent), read.filter(|read| !is_nothing(read))) {
        (true, None) => Finding::Same,
        (false, None) => Finding::Missing,
        (true, Some(_)) => Finding::Differs,
        (false, Some(read)) => match likeness(sent, read) {
            Likeness::Same => Finding::Same,
            Likeness::Other => Finding::Differs,
            Likeness::Untold => Finding::NotComparable,
        },
    }
}

/// True for what stands for no value: null, or a text without anything in it.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        _ => false,
    }
}

fn is_ended(field: &Field, read: Option<&Value>) -> bool {
    let ended = &CUSTOMER.ended;
    let word = Value::from(ended.word);
    let says_so = |read: &Value| likeness(field, &word, read) == Likeness::Same;
    field.name == ended.field && read.is_some_and(says_so)
}

/// The objects of a list; none when it is no list of objects.
fn objects(value: Option<&Value>) -> Option<Vec<&Members>> {
    value?.as_array()?.iter().map(Value::as_object).collect()
}

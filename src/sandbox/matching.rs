//! Which customer and which policy a record is about, by the rules of page F2.
//!
//! Where the page is silent: a null or empty identifier is not present; an identifier that is present and
//! known to nobody creates a customer, it does not fall to the next one; comparing is exact, but for the
//! phone number and the date of birth, whose shapes do not matter. Of several customers the oldest one
//! is meant.

use chrono::{Months, NaiveDate};
use serde_json::{Map, Value};

use super::store::{Customer, Policy};
use crate::contract::Matching;

/// One thing that a customer can be found by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    /// The place of the identifier in the contract's list; its length for the fallback.
    pub(super) kind: usize,
    pub(super) value: String,
}

/// The identity that decides about a record; none when the record is a new customer whatever is held.
pub(super) fn deciding(matching: &Matching, record: &Map<String, Value>) -> Option<Identity> {
    identifiers(matching, record)
        .next()
        .or_else(|| fallback(matching, record))
}

/// Everything that a customer can be found by.
pub(super) fn identities(matching: &Matching, customer: &Customer) -> Vec<Identity> {
    identifiers(matching, &customer.members)
        .chain(fallback(matching, &customer.members))
        .collect()
}

/// The place of the held policy that a record's policy is about.
pub(super) fn policy(
    matching: &Matching,
    held: &[Policy],
    wanted: &Map<String, Value>,
) -> Option<usize> {
    let (name, value) = matching
        .policy
        .iter()
        .find_map(|name| Some((name, text(wanted, name)?)))?;
    held.iter()
        .position(|policy| text(&policy.members, name) == Some(value))
}

/// True when a policy has been in effect for more than one year.
pub(super) fn is_more_than_a_year_old(policy: &Policy, today: NaiveDate) -> bool {
    let effective = text(&policy.members, "effectiveDate").and_then(date);
    let year_ago = today.checked_sub_months(Months::new(12));
    effective
        .zip(year_ago)
        .is_some_and(|(effective, year_ago)| effective < year_ago)
}

/// A date in one of the shapes that a policy date may come in: ISO, perhaps with a time, or US.
pub(super) fn date(text: &str) -> Option<NaiveDate> {
    let day = text.get(..10)?;
    ["%Y-%m-%d", "%m/%d/%Y", "%m-%d-%Y"]
        .iter()
        .find_map(|shape| NaiveDate::parse_from_str(day, shape).ok())
}

/// A phone number as the API shows it, whichever accepted shape it came in.
pub(super) fn phone(text: &str) -> String {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let ten = digits
        .len()
        .checked_sub(10)
        .and_then(|from| digits.get(from..));
    format!("+1{}", ten.unwrap_or(&digits))
}

/// A member's text; none when it is absent, null or empty.
pub(super) fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    members.get(name)?.as_str().filter(|text| !text.is_empty())
}

fn identifiers<'a>(
    matching: &'a Matching,
    members: &'a Map<String, Value>,
) -> impl Iterator<Item = Identity> + 'a {
    matching
        .customer
        .iter()
        .enumerate()
        .filter_map(|(kind, name)| {
            let value = text(members, name)?.to_owned();
            Some(Identity { kind, value })
        })
}

fn fallback(matching: &Matching, members: &Map<String, Value>) -> Option<Identity> {
    let parts: Vec<String> = matching
        .fallback
        .iter()
        .map(|name| text(members, name).map(|text| comparable(name, text)))
        .collect::<Option<_>>()?;
    Some(Identity {
        kind: matching.customer.len(),
        value: parts.join("\u{1f}"),
    })
}

fn comparable(name: &str, text: &str) -> String {
    match name {
        "phoneNumber" => phone(text),
        "dateOfBirth" => date(text).map_or_else(|| text.to_owned(), |date| date.to_string()),
        _ => text.to_owned(),
    }
}

//! The names of carriers that a run would send, beside those that the API knows.
//!
//! No page shows the list's shape, so every text that is a name by the look of its member counts as known.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::Error;
use crate::{
    contract::CARRIERS,
    header::fold,
    journal::{Journal, Pending},
    record::{Outgoing, RunId},
    toml_file::suggest::closest,
};

/// The names in a run, and in how many of its records each stands.
#[derive(Debug, Default)]
pub struct CarrierNames(BTreeMap<String, u64>);

/// A name that the API may not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strange {
    /// As the records have it.
    pub name: String,
    /// How many records.
    pub records: u64,
    /// The known name that comes closest, if any is close.
    pub nearest: Option<String>,
}

/// So many records are looked at at a time.
const AT_A_TIME: usize = 1000;
/// The members of a carrier in which names stand, beside the one that the page gives.
const NAMES: &[&str] = &["name", "alias", "aliases"];

/// The names of carriers in the records that a run would send. Its bodies have to be kept.
///
/// # Errors
///
/// When the journal cannot be read.
pub fn carrier_names(journal: &Journal, run: RunId) -> Result<CarrierNames, Error> {
    let mut names = CarrierNames::default();
    let mut bodies = journal.pending(run)?;
    for opts_out in [false, true] {
        names.add_all((journal, &mut bodies), opts_out)?;
    }
    Ok(names)
}

impl CarrierNames {
    fn add_all(
        &mut self,
        (journal, bodies): (&Journal, &mut Pending),
        opts_out: bool,
    ) -> Result<(), Error> {
        let mut from = 0;
        loop {
            let records = journal.next_pending(bodies, (from, opts_out), AT_A_TIME)?;
            let Some(last) = records.last() else {
                return Ok(());
            };
            from = last.id.number.saturating_add(1);
            for record in &records {
                self.add(record);
            }
        }
    }

    /// A member's name in quotes with a colon behind it can only be the member: inside a text, a quote is
    /// written `\"`.
    fn add(&mut self, record: &Outgoing) {
        let member = format!("\"{}\":", CARRIERS.field);
        for start in memchr::memmem::find_iter(&record.body, member.as_bytes()) {
            let value = record.body.get(start + member.len()..).unwrap_or_default();
            let mut texts = serde_json::Deserializer::from_slice(value).into_iter::<String>();
            if let Some(Ok(name)) = texts.next() {
                *self.0.entry(name).or_default() += 1;
            }
        }
    }

    /// How many different names there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The names that are not among those that the API shows; none where it shows no names, or not all.
    pub fn strange(&self, shown: &Map<String, Value>) -> Option<Vec<Strange>> {
        if shown.get("nextPage").is_some_and(|page| !page.is_null()) {
            return None;
        }
        let mut known = Vec::new();
        collect(shown, &mut known);
        if known.is_empty() {
            return None;
        }
        let known_names = || {
            known
                .iter()
                .map(String::as_str)
                .chain(CARRIERS.generic.iter().copied())
        };
        let is_known = |name: &str| known_names().any(|known| fold(known) == fold(name));
        let strange = self.0.iter().filter(|(name, _)| !is_known(name));
        let strange = strange.map(|(name, records)| Strange {
            name: name.clone(),
            records: *records,
            nearest: closest(name, known_names()).map(str::to_owned),
        });
        Some(strange.collect())
    }
}

fn collect(shown: &Map<String, Value>, known: &mut Vec<String>) {
    for (name, value) in shown {
        if name == CARRIERS.name || NAMES.contains(&name.as_str()) {
            collect_texts(value, known);
        } else {
            collect_within(value, known);
        }
    }
}

fn collect_within(value: &Value, known: &mut Vec<String>) {
    match value {
        Value::Object(members) => collect(members, known),
        Value::Array(items) => items.iter().for_each(|item| collect_within(item, known)),
        _ => (),
    }
}

fn collect_texts(value: &Value, known: &mut Vec<String>) {
    match value {
        Value::String(text) => known.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| collect_texts(item, known)),
        Value::Object(members) => collect(members, known),
        _ => (),
    }
}

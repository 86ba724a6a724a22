//! The people whom nobody may call, whatever an export says of them: a list of phone numbers and
//! identifiers, by which every record that it matches gets its do-not-call.

use std::{collections::HashSet, fs, path::Path};

use compact_str::CompactString;
use sha2::{Digest as _, Sha256};

use super::Error;
use crate::{
    contract::Contract,
    normalize::{PhoneNumber, Value},
    record::Fields,
};

/// A list that was read.
#[derive(Debug, Clone)]
pub struct Suppression {
    phones: HashSet<CompactString>,
    ids: HashSet<CompactString>,
    digest: [u8; 32],
}

/// A list as it applies to one target.
#[derive(Debug, Clone, Copy)]
pub(super) struct Suppressing<'s> {
    list: &'s Suppression,
    contract: &'static Contract,
    phone: usize,
    do_not_call: usize,
}

impl Suppression {
    /// Reads a list: the first cell of each line of a CSV or text file is a phone number in any form, or an
    /// identifier by which the API matches customers. A heading matches nobody.
    ///
    /// # Errors
    ///
    /// When the file cannot be read: a list that is left out would let people be called.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let unreadable = |why: String| Error::Suppression {
            path: path.to_owned(),
            why,
        };
        let bytes = fs::read(path).map_err(|error| unreadable(error.to_string()))?;
        let text = std::str::from_utf8(&bytes)
            .map_err(|error| unreadable(format!("it is not UTF-8: {error}")))?;
        let mut list = Self {
            phones: HashSet::new(),
            ids: HashSet::new(),
            digest: Sha256::digest(&bytes).into(),
        };
        let text = text.trim_start_matches('\u{feff}');
        let mut lines = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        for line in lines.records() {
            let line = line.map_err(|error| unreadable(error.to_string()))?;
            let Some(cell) = line.get(0).filter(|cell| !cell.is_empty()) else {
                continue;
            };
            if let Ok((phone, _)) = PhoneNumber::parse(cell) {
                list.phones.insert(CompactString::new(phone.as_str()));
            }
            // Ten digits may be an identifier as well.
            list.ids.insert(CompactString::new(cell));
        }
        Ok(list)
    }

    /// How many people it names.
    pub fn entries(&self) -> usize {
        self.ids.len()
    }

    /// The hash of the file: another list makes another run.
    pub(super) const fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// The list as it applies to a target; none where that has no do-not-call.
    pub(super) fn on(&self, contract: &'static Contract) -> Option<Suppressing<'_>> {
        Some(Suppressing {
            list: self,
            contract,
            phone: contract.field_index(contract.phone)?,
            do_not_call: contract.field_index(contract.opt_outs.first()?)?,
        })
    }
}

impl Suppressing<'_> {
    /// Switches do-not-call on where the list names the customer. True when it does.
    pub(super) fn apply(&self, customer: &mut Fields) -> bool {
        let text = |place: usize| customer.get(place).and_then(Value::as_text);
        let is_listed = text(self.phone).is_some_and(|phone| self.list.phones.contains(phone))
            || self.contract.matching.customer.iter().any(|name| {
                let id = customer.text(self.contract.fields, name);
                id.is_some_and(|id| self.list.ids.contains(id))
            });
        if is_listed {
            customer.set(self.do_not_call, Value::Boolean(true));
        }
        is_listed
    }
}

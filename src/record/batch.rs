//! The records of one request: never none, never more than the target allows, never two that an
//! answer could not tell apart, never harmless ones among others.

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor};

use super::RecordId;
use crate::contract::Contract;

/// A record on its way out: its place in the journal and the bytes that are sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Where the journal keeps it.
    pub id: RecordId,
    /// Its JSON, as written in staging.
    pub body: Vec<u8>,
    /// True when sending it twice does no harm.
    pub harmless: bool,
    /// How often it was sent before.
    pub attempts: u32,
}

/// The records of one request.
pub struct Batch {
    contract: &'static Contract,
    most: usize,
    records: Vec<Outgoing>,
    /// By what the API's errors would name each record.
    names: Vec<Option<String>>,
}

impl Batch {
    /// A batch that begins with this record and takes `most` of them, or as many as the target allows.
    pub fn of(contract: &'static Contract, most: usize, first: Outgoing) -> Self {
        let name = echoed_name(contract, &first.body);
        Self {
            contract,
            most: most.clamp(1, contract.max_records),
            records: vec![first],
            names: vec![name],
        }
    }

    /// True when no further record fits.
    pub fn is_full(&self) -> bool {
        self.records.len() >= self.most
    }

    /// Adds a record.
    ///
    /// # Errors
    ///
    /// Gives the record back when it may not ride along: the batch is full, a record of the same name
    /// is in it, or the one is harmless to re-send and the others are not.
    pub fn add(&mut self, record: Outgoing) -> Result<(), Outgoing> {
        let kind_differs = self.is_harmless() != record.harmless;
        if self.is_full() || kind_differs {
            return Err(record);
        }
        let name = echoed_name(self.contract, &record.body);
        if name.is_some() && self.names.contains(&name) {
            return Err(record);
        }
        self.records.push(record);
        self.names.push(name);
        Ok(())
    }

    /// The records, in the order in which they are sent.
    pub fn records(&self) -> &[Outgoing] {
        &self.records
    }

    /// The names by which an answer can tell the records apart; none where a record has no such name.
    pub fn names(&self) -> &[Option<String>] {
        &self.names
    }

    /// The journal places of its records.
    pub fn ids(&self) -> Vec<RecordId> {
        self.records.iter().map(|record| record.id).collect()
    }

    /// True when sending it twice does no harm.
    pub fn is_harmless(&self) -> bool {
        self.records.first().is_some_and(|record| record.harmless)
    }

    /// How often the records were sent before, at most.
    pub fn attempts(&self) -> u32 {
        self.records
            .iter()
            .map(|record| record.attempts)
            .max()
            .unwrap_or_default()
    }

    /// The request's JSON: the bodies, joined.
    pub fn request_body(&self) -> Vec<u8> {
        let bodies: usize = self
            .records
            .iter()
            .map(|record| record.body.len() + 1)
            .sum();
        let mut request = Vec::with_capacity(bodies + 16);
        request.extend_from_slice(b"{\"records\":[");
        for (index, record) in self.records.iter().enumerate() {
            if index > 0 {
                request.push(b',');
            }
            request.extend_from_slice(&record.body);
        }
        request.extend_from_slice(b"]}");
        request
    }
}

impl std::fmt::Debug for Outgoing {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "Outgoing({:?}, {} bytes)",
            self.id,
            self.body.len()
        )
    }
}

/// Names are the customers' own ids, so they are not shown.
impl std::fmt::Debug for Batch {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "Batch({} {:?}, at most {})",
            self.contract.name, self.records, self.most
        )
    }
}

/// The value of the field by which the API's errors name a record, read from its body.
fn echoed_name(contract: &Contract, body: &[u8]) -> Option<String> {
    let member = contract.echoed?;
    Member(member)
        .deserialize(&mut serde_json::Deserializer::from_slice(body))
        .ok()?
}

/// Reads one member of a JSON object and passes over the others.
struct Member(&'static str);

impl<'de> DeserializeSeed<'de> for Member {
    type Value = Option<String>;

    fn deserialize<D: serde::Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Member {
    type Value = Option<String>;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a record")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(name) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            if name == self.0 {
                found = map.next_value()?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

//! The records of one request: never none, never more than the target allows, never two that an
//! answer could not tell apart, never harmless ones among others.

use std::borrow::Cow;

use memchr::memmem;

use super::{RecordId, address};
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

    /// The path of the request, below the base URL.
    pub fn path(&self) -> Cow<'static, str> {
        let first = self.records.first();
        let bytes = first.map_or(&[][..], |record| &record.body);
        address::path_of(self.contract, bytes)
    }

    /// The request's JSON: the bodies, joined, or the one that it is.
    pub fn request_body(&self) -> Vec<u8> {
        let Some(envelope) = self.contract.envelope else {
            let first = self.records.first();
            let body = first.map(|record| address::body_of(self.contract, &record.body));
            return body.unwrap_or_default().to_vec();
        };
        let bodies: usize = self
            .records
            .iter()
            .map(|record| record.body.len() + 1)
            .sum();
        let mut request = Vec::with_capacity(bodies + 16);
        request.extend_from_slice(b"{\"");
        request.extend_from_slice(envelope.as_bytes());
        request.extend_from_slice(b"\":[");
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
///
/// Inside a text a quote is written `\"`, so the member's name in quotes with a colon behind it can only
/// be the member. The lists in a record come last and have no field of that name.
fn echoed_name(contract: &Contract, body: &[u8]) -> Option<String> {
    let member = format!("\"{}\":", contract.echoed?);
    let start = memmem::find(body, member.as_bytes())? + member.len();
    serde_json::Deserializer::from_slice(body.get(start..)?)
        .into_iter::<String>()
        .next()?
        .ok()
}

#[cfg(test)]
mod tests {
    use super::echoed_name;
    use crate::contract::Target;

    #[test]
    fn a_record_is_named_by_its_member_and_not_by_texts_that_look_like_it() {
        let contract = Target::SyncAca.contract();
        for (body, name) in [
            (
                r#"{"firstName":"Ana","externalId":"7 \"x\"","policies":[{}]}"#,
                Some(r#"7 "x""#),
            ),
            (
                r#"{"firstName":"\"externalId\":\"8\"","externalId":"7"}"#,
                Some("7"),
            ),
            (r#"{"firstName":"\\","externalId":"7"}"#, Some("7")),
            (
                r#"{"firstName":"externalId","customFields":[{"key":"externalId","value":"8"}]}"#,
                None,
            ),
            (r#"{"externalId":null,"policies":[]}"#, None),
            (r#"{"firstName":"Ana"}"#, None),
        ] {
            assert_eq!(
                echoed_name(contract, body.as_bytes()).as_deref(),
                name,
                "{body}"
            );
        }
        let lists = contract.policy_fields().iter();
        assert!(
            lists
                .map(|field| Some(field.name))
                .all(|name| name != contract.echoed)
        );
    }
}

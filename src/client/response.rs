//! An answer as it came over the wire, and what its body says.

use reqwest::header::HeaderMap;
use serde::Deserialize;

use super::{
    Bytes,
    effects::PolicyItem,
    loose::{Entry, FromBare, List, Loose, Steps},
};
use crate::{private::Private, record::Reason};

/// The longest message that is kept, in characters.
const LONGEST_MESSAGE: usize = 2000;
/// The longest code that is kept, in bytes.
const LONGEST_CODE: usize = 64;
/// The most digits in a code.
const MOST_DIGITS: usize = 4;
/// The code where the API gives none.
pub(super) const NO_CODE: &str = "api.error";

/// What came back for one request.
#[derive(Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; none when it broke off or was too large to be read.
    pub body: Option<Bytes>,
}

impl Answer {
    /// The text of a header.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// What the body says; none when it is no JSON object.
    pub(super) fn content(&self) -> Option<Content> {
        let body = self.body.as_deref()?;
        // A struct would also be read from a list, member by member.
        let starts = body.iter().find(|byte| !byte.is_ascii_whitespace())?;
        (*starts == b'{')
            .then(|| serde_json::from_slice(body).ok())
            .flatten()
    }
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Answer({})", self.status)
    }
}

/// All that any version of the pages shows in an answer's body, as far as we make use of it.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Content {
    pub(super) succeeded: Loose,
    pub(super) failed: Loose,
    pub(super) errors: List<ErrorItem>,
    pub(super) failed_records: List<FailedRecord>,
    pub(super) results: List<ResultItem>,
    pub(super) code: Loose,
    pub(super) message: Loose,
    pub(super) retry_after: Loose,
}

/// One entry of `errors`.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ErrorItem {
    pub(super) id: Loose,
    pub(super) external_id: Loose,
    pub(super) index: Loose,
    pub(super) path: Steps,
    pub(super) error: Loose,
    pub(super) message: Loose,
    pub(super) code: Loose,
}

/// One entry of `failedRecords`.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct FailedRecord {
    pub(super) index: Loose,
    pub(super) external_id: Loose,
    pub(super) error: Loose,
    pub(super) message: Loose,
}

/// One entry of `results`: a customer, or something that holds one.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ResultItem {
    pub(super) id: Loose,
    pub(super) external_id: Loose,
    pub(super) health_sherpa_customer_id: Loose,
    pub(super) carrier_assigned_customer_id: Loose,
    pub(super) created_at: Loose,
    pub(super) updated_at: Loose,
    /// None where there is no such member; an empty list says that no policy was changed.
    pub(super) policies: Option<List<PolicyItem>>,
    pub(super) customer: Entry<Customer>,
    pub(super) success: Loose,
    pub(super) error: Loose,
}

/// The customer inside an entry of `results`.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Customer {
    pub(super) id: Loose,
    pub(super) external_id: Loose,
    pub(super) health_sherpa_customer_id: Loose,
    pub(super) carrier_assigned_customer_id: Loose,
    pub(super) created_at: Loose,
    pub(super) updated_at: Loose,
    pub(super) policies: Option<List<PolicyItem>>,
}

impl ErrorItem {
    /// What the entry says to a person.
    pub(super) fn words(&self) -> Option<&str> {
        self.error.words().or_else(|| self.message.words())
    }

    /// The entry's own code, or that of the error inside it.
    pub(super) fn code(&self) -> Option<&str> {
        match &self.error {
            Loose::Error { .. } => self.error.code(),
            _ => None,
        }
        .or_else(|| self.code.code())
    }
}

impl FailedRecord {
    /// What the entry says to a person.
    pub(super) fn words(&self) -> Option<&str> {
        self.error.words().or_else(|| self.message.words())
    }
}

impl ResultItem {
    /// The API's id of the customer.
    pub(super) fn customer_id(&self) -> Option<String> {
        let Entry(customer) = &self.customer;
        customer.id.identifier().or_else(|| self.id.identifier())
    }

    /// Our id of the customer, as the API knows it.
    pub(super) fn external_id(&self) -> Option<String> {
        self.identifier("externalId")
    }

    /// One of the identifiers by which the API matches customers, by the contract's name.
    pub(super) fn identifier(&self, field: &str) -> Option<String> {
        let Entry(customer) = &self.customer;
        let (own, below) = match field {
            "externalId" => (&self.external_id, &customer.external_id),
            "healthSherpaCustomerId" => (
                &self.health_sherpa_customer_id,
                &customer.health_sherpa_customer_id,
            ),
            "carrierAssignedCustomerId" => (
                &self.carrier_assigned_customer_id,
                &customer.carrier_assigned_customer_id,
            ),
            _ => return None,
        };
        own.identifier().or_else(|| below.identifier())
    }

    /// The policies that it shows, in the entry or in the customer inside it; none where there is no list.
    pub(super) fn policies(&self) -> Option<&[PolicyItem]> {
        let Entry(customer) = &self.customer;
        let List(policies) = self.policies.as_ref().or(customer.policies.as_ref())?;
        Some(policies)
    }

    /// True when the customer was never updated since it was created, as far as the entry tells.
    pub(super) fn tells_of_new_customer(&self) -> Option<bool> {
        let Entry(customer) = &self.customer;
        are_same_time(&customer.created_at, &customer.updated_at)
            .or_else(|| are_same_time(&self.created_at, &self.updated_at))
    }

    /// True when the entry itself says that it is no success.
    pub(super) fn tells_of_failure(&self) -> bool {
        self.success == Loose::Truth(false)
            || !matches!(self.error, Loose::Absent | Loose::Truth(false))
    }
}

/// Whether two times that are told are the same.
fn are_same_time(one: &Loose, other: &Loose) -> Option<bool> {
    match (one, other) {
        (Loose::Text(one), Loose::Text(other)) if !one.is_empty() && !other.is_empty() => {
            Some(one == other)
        }
        (Loose::Whole(one), Loose::Whole(other)) => Some(one == other),
        _ => None,
    }
}

impl FromBare for ErrorItem {
    fn from_bare(bare: Loose) -> Self {
        Self {
            error: bare,
            ..Self::default()
        }
    }
}

impl FromBare for FailedRecord {
    /// A bare number is an index.
    fn from_bare(bare: Loose) -> Self {
        Self {
            index: bare,
            ..Self::default()
        }
    }
}

impl FromBare for ResultItem {
    fn from_bare(_: Loose) -> Self {
        Self::default()
    }
}

impl FromBare for Customer {
    fn from_bare(_: Loose) -> Self {
        Self::default()
    }
}

/// The API's words, made fit to be kept: a code only when it looks like one (it is shown and logged,
/// and must not carry people's data), the message within bounds.
pub(super) fn reason(code: Option<&str>, message: &str) -> Reason {
    let code = code.filter(|code| is_code(code)).unwrap_or(NO_CODE);
    Reason {
        code: code.to_owned(),
        message: Private::new(message.chars().take(LONGEST_MESSAGE).collect()),
    }
}

/// True for a word of letters, `_`, `.`, `-` and few digits: more digits could be a phone number.
fn is_code(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    text.len() <= LONGEST_CODE
        && digits <= MOST_DIGITS
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
}

//! The table for `GET /v2/customers/{id}`: under which names, and in which spellings of its own, the API
//! shows a customer that was sent to it.

use std::fmt;

use uuid::{Uuid, Variant};

/// What the pages say about reading one customer (pages S4, S2, W1).
pub const CUSTOMER: CustomerView = CustomerView {
    method: "GET",
    path: "/v2/customers/{id}",
    renamed: &[
        Renamed::of("externalId", "clientCustomerId"),
        Renamed::of("phoneNumber", "callerId"),
    ],
    id: "id",
    policies: "policies",
    custom_fields: "customFields",
    policy_without_id: &["planCode", "effectiveDate"],
    ended: Ended {
        field: "status",
        word: "Terminated",
    },
    liberties: &[
        ("email", Liberty::AnyCase),
        ("planCode", Liberty::AnyDashes),
        ("carrierName", Liberty::Resolved),
        ("planState", Liberty::MayLack),
        ("planCounty", Liberty::MayLack),
        (
            "status",
            Liberty::AlsoCalled {
                word: "Pending",
                also: "Pending Effectuation",
            },
        ),
    ],
};

/// The names that `results[]` and the webhooks give to what was sent under others (pages F2, W1).
pub const RESULT_NAMES: &[Renamed] = &[Renamed::of("medicaid", "hasMedicaid")];

/// What page S2 says of the list of carriers: where it is. Its shape is not shown, but a carrier has a display
/// name and aliases.
pub const CARRIERS: CarrierList = CarrierList {
    path: "/v2/carriers",
    name: "displayName",
    field: "carrierName",
    generic: &["BCBS", "Blue Cross Blue Shield"],
};

/// Where the API lists the carriers that it knows.
#[derive(Debug)]
pub struct CarrierList {
    /// The path below the base URL.
    pub path: &'static str,
    /// The member of a carrier that holds its name.
    pub name: &'static str,
    /// The field of a policy that is resolved against the list.
    pub field: &'static str,
    /// Names that the API makes into another one by the customer's state.
    pub generic: &'static [&'static str],
}

/// How a customer is asked for, and how the answer shows what was sent.
#[derive(Debug)]
pub struct CustomerView {
    /// The HTTP method.
    pub method: &'static str,
    /// The path below the base URL; `{id}` stands for the customer's id.
    pub path: &'static str,
    /// The fields that are shown under another name than they are sent; all others keep theirs.
    pub renamed: &'static [Renamed],
    /// The member that holds the API's id, of a customer as of a policy.
    pub id: &'static str,
    /// The member that lists the policies; their fields keep their names.
    pub policies: &'static str,
    /// The member that lists the custom fields. The pages do not show what an entry looks like.
    pub custom_fields: &'static str,
    /// By which fields together a policy is told from others that carries no identifier.
    pub policy_without_id: &'static [&'static str],
    /// How a policy is shown that the API has ended by itself, because a newer one was created.
    pub ended: Ended,
    /// Where the API may show something else than it was sent, and mean the same.
    pub liberties: &'static [(&'static str, Liberty)],
}

/// A field that is shown under another name than it is sent.
#[derive(Debug)]
pub struct Renamed {
    /// The name in a request.
    pub sent: &'static str,
    /// The name in an answer.
    pub shown: &'static str,
}

/// How a policy is shown that the API has ended.
#[derive(Debug)]
pub struct Ended {
    /// The field.
    pub field: &'static str,
    /// What it says then.
    pub word: &'static str,
}

/// What the API may make of a value and still mean the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Liberty {
    /// Upper and lower case mean the same.
    AnyCase,
    /// Dashes may come or go.
    AnyDashes,
    /// The API puts a canonical name in its place (page S2), which nobody here can tell.
    Resolved,
    /// The page's list of names does not have it.
    MayLack,
    /// A word that some versions of the pages call by another one.
    AlsoCalled {
        /// The word.
        word: &'static str,
        /// The other one.
        also: &'static str,
    },
}

/// The API's id of a customer: a UUID of the versions 1 to 8 of RFC 4122, or the one of all zeros or all
/// ones (page S3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CustomerId(Uuid);

impl Renamed {
    const fn of(sent: &'static str, shown: &'static str) -> Self {
        Self { sent, shown }
    }

    /// The name in a request of what `names` show as `shown`.
    pub fn sent_name<'n>(names: &[Self], shown: &'n str) -> &'n str {
        let found = names.iter().find(|renamed| renamed.shown == shown);
        found.map_or(shown, |renamed| renamed.sent)
    }

    /// The name by which `names` show what is sent as `sent`.
    pub fn shown_name<'n>(names: &[Self], sent: &'n str) -> &'n str {
        let found = names.iter().find(|renamed| renamed.sent == sent);
        found.map_or(sent, |renamed| renamed.shown)
    }
}

impl CustomerView {
    /// The path of one customer.
    pub fn path_of(&self, id: CustomerId) -> String {
        self.path.replace("{id}", &id.to_string())
    }

    /// What the API may make of a field's value.
    pub fn liberty(&self, field: &str) -> Option<Liberty> {
        let found = self.liberties.iter().find(|(name, _)| *name == field);
        found.map(|(_, liberty)| *liberty)
    }
}

impl CustomerId {
    /// How an id is written, for messages.
    pub const PATTERN: &'static str = "a UUID such as 1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed";

    /// Reads an id written with four hyphens, in any case.
    pub fn parse(text: &str) -> Option<Self> {
        Self::from_uuid(Uuid::try_parse(text).ok().filter(|_| text.len() == 36)?)
    }

    /// The id that is this UUID.
    pub fn from_uuid(id: Uuid) -> Option<Self> {
        let is_versioned = (1..=8).contains(&id.get_version_num());
        let is_known =
            id.is_nil() || id.is_max() || (is_versioned && id.get_variant() == Variant::RFC4122);
        is_known.then_some(Self(id))
    }

    /// Its 16 bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

impl fmt::Display for CustomerId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

//! The API's rules as tables: the only place where a field's name, type, limit or list is spelled.
//!
//! Mapping, normalizing, validation, the sandbox, the help texts and the docs all read these tables.
//! Page labels (`S0`, `F1`, `M2` …) name the versions of the API's documentation that a row rests on.
//! Nothing here reads a file, waits, or knows HTTP.

mod customer;
mod customer_update;
mod field;
mod plan_code;
mod policy;
mod sync_aca;
mod vocabulary;

pub use customer::{
    CARRIERS, CUSTOMER, CarrierList, CustomerId, CustomerView, Ended, Liberty, RESULT_NAMES,
    Renamed,
};
pub use field::{Evidence, Field, Kind, Presence, Word};
pub use plan_code::{PLAN_CODES, PlanCodeForm, PlanCodeRule, PlanCodes};
pub use vocabulary::{
    CUSTOMER_STATUSES, ELECTION_PERIODS, EXCHANGE_STATUSES, EXISTING_COVERAGES, GENDERS, INTENTS,
    LINE_TYPES, MARITAL_STATUSES, METAL_LEVELS, POLICY_STATUSES, POLICY_TYPES, PREMIUM_MODES,
    QUALIFICATIONS, WRITTEN_AS,
};

/// An API operation that a mapping can feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Target {
    /// `POST /v2/sync/aca`: customers with their ACA policies, in batches.
    SyncAca,
    /// `PATCH /v2/customers/{id}`: one customer, by the API's id.
    UpdateCustomer,
    /// `POST /v2/customers/{id}/policies`: a new policy of one customer.
    CreatePolicy,
    /// `PATCH /v2/customers/{id}/policies/{policyId}`: one policy, by the API's ids.
    UpdatePolicy,
}

impl Target {
    /// Every target, in the order in which the help shows them.
    pub const ALL: &'static [Self] = &[
        Self::SyncAca,
        Self::UpdateCustomer,
        Self::CreatePolicy,
        Self::UpdatePolicy,
    ];

    /// The target's name in mappings, journal and commands.
    pub const fn name(self) -> &'static str {
        self.contract().name
    }

    /// The target of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|target| target.name() == name)
    }

    /// The table of this target.
    pub const fn contract(self) -> &'static Contract {
        match self {
            Self::SyncAca => &sync_aca::CONTRACT,
            Self::UpdateCustomer => &customer_update::CONTRACT,
            Self::CreatePolicy => &policy::CREATE,
            Self::UpdatePolicy => &policy::UPDATE,
        }
    }
}

/// Everything the pages say about one operation.
#[derive(Debug)]
pub struct Contract {
    /// The target's name, as mappings write it.
    pub name: &'static str,
    /// The HTTP method.
    pub method: &'static str,
    /// The path below the base URL; names in braces stand for ids.
    pub path: &'static str,
    /// The ids in the path, in its order. They are the first of [`Self::fields`], and no part of the body.
    pub path_ids: &'static [PathId],
    /// The member that lists the records of a request; none where the body is the record itself.
    pub envelope: Option<&'static str>,
    /// How many records one request may hold, at most.
    pub max_records: usize,
    /// What it takes for a record to be sent twice without harm.
    pub resend: Resend,
    /// The record's own fields, in the page's order, which is the order they are sent in.
    pub fields: &'static [Field],
    /// The list of policies inside a record, if the operation takes one.
    pub policies: Option<Policies>,
    /// The list of custom fields inside a record, if the operation takes one.
    pub custom_fields: Option<CustomFields>,
    /// How the API finds the customer and policy that a record is about.
    pub matching: Matching,
    /// The fields that say who a customer is.
    pub person: Person,
    /// The fields that say where a customer lives, as far as clocks go.
    pub place: Place,
    /// The field that holds the phone number.
    pub phone: &'static str,
    /// The fields by which a customer asks not to be contacted; the first is about calls.
    pub opt_outs: &'static [&'static str],
    /// The field by which the API's answers name a record, if they do.
    pub echoed: Option<&'static str>,
    /// Rules that concern more than one field.
    pub rules: &'static [Rule],
}

/// An id in a request's path.
#[derive(Debug)]
pub struct PathId {
    /// The field that holds it, as mappings name it.
    pub field: &'static str,
    /// What stands for it in [`Contract::path`].
    pub slot: &'static str,
    /// What it names, for messages.
    pub about: &'static str,
}

/// What it takes for a record to be sent twice without harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resend {
    /// The API finds customer and policies again by what the record carries ([`Contract::matching`]).
    Matched,
    /// The path says what the request is about, so that saying it twice changes nothing.
    Harmless,
    /// Each request makes something new: what became of one is found out by reading the customer back.
    ReadBack,
}

/// The policies of a record: a list inside it, or the one policy that it is.
#[derive(Debug)]
pub struct Policies {
    /// The list's name, for messages also where there is no list.
    pub name: &'static str,
    /// True where the record itself is the policy: its fields are members of the body.
    pub inline: bool,
    /// How many policies one record may hold, at most.
    pub max: usize,
    /// A policy's fields, in the order they are sent in.
    pub fields: &'static [Field],
    /// The field that says since when a policy is in effect. Creating a policy ends older ones by it.
    pub effective: &'static str,
    /// The field that says how a policy stands.
    pub status: &'static str,
    /// The field that names the agent of record, by National Producer Number.
    pub agent: &'static str,
    /// The fields that plan codes and their rules concern; none where the pages state no rule.
    pub plan: Option<PlanCodes>,
    /// By which fields together a policy is told from others that carries no identifier; all of them have
    /// to be there.
    pub told_by: &'static [&'static str],
}

/// The list of custom fields inside a record.
#[derive(Debug)]
pub struct CustomFields {
    /// The member's name.
    pub name: &'static str,
    /// How many entries one record may hold, at most.
    pub max: usize,
    /// The name of an entry's key member.
    pub key: &'static str,
    /// The name of an entry's value member.
    pub value: &'static str,
}

/// How the API decides which customer and which policy a record is about (page F2).
#[derive(Debug)]
pub struct Matching {
    /// Fields that identify a customer; the first one present decides.
    pub customer: &'static [&'static str],
    /// Fields that identify a customer together, when none of [`Self::customer`] is present.
    pub fallback: &'static [&'static str],
    /// Fields that identify a policy; the first one present decides.
    pub policy: &'static [&'static str],
}

/// The fields that say who a customer is.
#[derive(Debug)]
pub struct Person {
    /// The first name.
    pub first_name: &'static str,
    /// The last name.
    pub last_name: &'static str,
    /// The date of birth.
    pub born: &'static str,
}

/// The fields that say where a customer lives, and so when they may be called.
#[derive(Debug)]
pub struct Place {
    /// The time zone.
    pub zone: &'static str,
    /// The state.
    pub state: &'static str,
    /// The postal code.
    pub postal_code: &'static str,
}

/// A rule that concerns more than one field of a record.
#[derive(Debug)]
pub enum Rule {
    /// At least one of these fields must be present.
    AnyOf {
        /// The fields' names.
        fields: &'static [&'static str],
        /// Why the API asks for it.
        because: &'static str,
    },
}

impl Resend {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Matched => "matched",
            Self::Harmless => "harmless",
            Self::ReadBack => "read_back",
        }
    }
}

impl Person {
    /// Where a record does not say who its customer is.
    pub const UNTOLD: Self = Self {
        first_name: "",
        last_name: "",
        born: "",
    };
}

impl Place {
    /// Where a record does not say where its customer lives.
    pub const UNTOLD: Self = Self {
        zone: "",
        state: "",
        postal_code: "",
    };
}

impl Contract {
    /// The fields of a record that stand in its body.
    pub fn body_fields(&self) -> &'static [Field] {
        self.fields.get(self.path_ids.len()..).unwrap_or_default()
    }

    /// True where a record is a policy.
    pub fn is_of_policy(&self) -> bool {
        self.policies.as_ref().is_some_and(|list| list.inline)
    }

    /// The place of a record field in [`Self::fields`].
    pub fn field_index(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }

    /// A policy's fields; none where the operation takes no policies.
    pub fn policy_fields(&self) -> &'static [Field] {
        self.policies
            .as_ref()
            .map_or(&[], |policies| policies.fields)
    }

    /// The place of a policy field in [`Self::policy_fields`].
    pub fn policy_field_index(&self, name: &str) -> Option<usize> {
        self.policy_fields()
            .iter()
            .position(|field| field.name == name)
    }
}

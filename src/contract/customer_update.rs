//! The table for `PATCH /v2/customers/{id}`: every field of a customer that has a name.
//!
//! Page S3 shows types without names, U1 names up to the agent's number; the others are told by aligning S3's
//! types with its response. The last slots of S3 have no name on any page and are never sent.

use super::{
    Contract, Field, Kind, Matching, PathId, Person, Place, Resend,
    vocabulary::{
        CUSTOMER_STATUSES, EXISTING_COVERAGES, GENDERS, INTENTS, LINE_TYPES, MARITAL_STATUSES,
        QUALIFICATIONS,
    },
};

pub(super) const CONTRACT: Contract = Contract {
    name: "update-customer",
    method: "PATCH",
    path: "/v2/customers/{id}",
    path_ids: &[CUSTOMER_ID],
    envelope: None,
    max_records: 1,
    resend: Resend::Harmless,
    fields: FIELDS,
    policies: None,
    custom_fields: None,
    matching: Matching {
        customer: &[],
        fallback: &[CUSTOMER_ID.field],
        policy: &[],
    },
    person: Person {
        first_name: "firstName",
        last_name: "lastName",
        born: "dateOfBirth",
    },
    place: Place {
        zone: "timezone",
        state: "state",
        postal_code: "postalCode",
    },
    phone: "callerId",
    opt_outs: &["doNotCall", "doNotSMS", "doNotEmail", "doNotMail"],
    echoed: None,
    rules: &[],
};

/// The customer's id in the path.
pub(super) const CUSTOMER_ID: PathId = PathId {
    field: "customer",
    slot: "{id}",
    about: "customer",
};

/// The same as a field, which stands first in every table of a path.
pub(super) const CUSTOMER_FIELD: Field = Field::required(
    CUSTOMER_ID.field,
    Kind::Uuid,
    "the API's id of the customer, in the path",
)
.on("S1 S2 S3");

const TEXT: Kind = Kind::Text { max: usize::MAX };
const TEXT_255: Kind = Kind::Text { max: 255 };
const TEXT_50: Kind = Kind::Text { max: 50 };
const NAME: Kind = Kind::Name { max: 255 };
const ID_255: Kind = Kind::Identifier { max: 255 };

/// A field that U1 names.
const fn named(name: &'static str, kind: Kind, about: &'static str) -> Field {
    Field::nullable(name, kind, about).on("S3 U1")
}

/// A field whose name is told by S3's response alone.
const fn aligned(name: &'static str, kind: Kind, about: &'static str) -> Field {
    Field::nullable(name, kind, about).inferred("S3")
}

#[rustfmt::skip]
const FIELDS: &[Field] = &[
    CUSTOMER_FIELD,
    named("createdBy", Kind::Uuid, "who created the customer"),
    named("updatedBy", Kind::Uuid, "who updated the customer"),
    Field::optional("clientId", Kind::Uuid, "the account that the customer belongs to").on("S3 U1"),
    named("clientCustomerId", ID_255, "your own id of the customer"),
    named("status", Kind::Choice(CUSTOMER_STATUSES), "how the customer stands"),
    named("qualificationStatus", Kind::Choice(QUALIFICATIONS), "whether the customer qualifies"),
    named("intent", Kind::Choice(INTENTS), "how much the customer means to buy"),
    named("isDecisionMaker", Kind::Boolean, "decides for the household"),
    named("disqualificationReason", TEXT_255, "why the customer does not qualify"),
    named("productInterest", TEXT_255, "product of interest"),
    named("productFamily", TEXT_255, "family of that product"),
    named("salutation", TEXT_50, "salutation"),
    named("suffix", TEXT_50, "suffix of the name"),
    named("firstName", NAME, "first name"),
    named("middleName", NAME, "middle name"),
    named("lastName", NAME, "last name"),
    named("preferredName", NAME, "name to be called by"),
    Field::optional("callerId", Kind::Phone, "phone number").on("S3 U1"),
    named("lineType", Kind::Choice(LINE_TYPES), "kind of the phone line"),
    named("email", TEXT_255, "e-mail address"),
    named("dateOfBirth", Kind::BirthDate, "date of birth"),
    named("language", TEXT_50, "preferred language"),
    named("ethnicity", TEXT_50, "ethnicity"),
    named("gender", Kind::Choice(GENDERS), "gender"),
    named("maritalStatus", Kind::Choice(MARITAL_STATUSES), "marital status"),
    named("postalCode", Kind::PostalCode, "postal code"),
    named("timezone", Kind::TimeZone, "time zone"),
    named("state", Kind::State, "state of residence"),
    named("city", TEXT_255, "city"),
    named("county", TEXT_255, "county"),
    named("address", TEXT_255, "street address"),
    named("address2", TEXT_255, "second line of the address"),
    named("mbiNumber", ID_255, "Medicare Beneficiary Identifier"),
    named("medicareCard", Kind::Boolean, "has a Medicare card"),
    named("medicarePartADate", Kind::Date, "first day of Medicare Part A"),
    named("medicarePartBDate", Kind::Date, "first day of Medicare Part B"),
    named("medicaid", Kind::Boolean, "has Medicaid"),
    named("medicaidNumber", ID_255, "Medicaid number"),
    named("socialSecurityDisability", Kind::Boolean, "receives disability benefits"),
    named("veteran", Kind::Boolean, "is a veteran"),
    named("vaNumber", ID_255, "Veterans Affairs number"),
    named("healthSherpaCustomerId", ID_255, "HealthSherpa's id of the customer"),
    named("householdIncome", Kind::Integer, "yearly household income in whole dollars"),
    named("annualIncome", Kind::Integer, "yearly income in whole dollars"),
    named("filingStatus", TEXT_50, "tax filing status"),
    named("dependentCount", Kind::Integer, "number of dependents"),
    named("subsidyAmount", Kind::Integer, "subsidy in whole dollars"),
    named("subsidyEligible", Kind::Boolean, "may have a subsidy"),
    named("existingCoverage", Kind::Choice(EXISTING_COVERAGES), "what covers the customer already"),
    named("existingCoveragePlanName", TEXT_255, "plan of that coverage"),
    named("existingCoverageCarrier", TEXT_255, "carrier of that coverage"),
    named("desiredCoverageStartDate", Kind::Date, "first day of coverage that is wished for"),
    named("currentSourceId", Kind::Uuid, "source that the customer has now"),
    named("originalSourceId", Kind::Uuid, "source that the customer came from"),
    named("agentName", TEXT_255, "name of the agent"),
    named("agentNpn", Kind::Integer, "agent: National Producer Number, a number here"),
    aligned("memberId", Kind::Uuid, "member of the team who has the customer"),
    Field::nullable("customData", Kind::Json, "anything of your own").inferred("U1 S3"),
    aligned("carrierName", TEXT_255, "name of the carrier"),
    aligned("planName", TEXT_255, "name of the plan"),
    aligned("planCode", ID_255, "the plan's code"),
    aligned("enrollmentDate", Kind::Date, "day of enrollment"),
    aligned("effectiveDate", Kind::Date, "first day of coverage"),
    aligned("carrierAssignedCustomerId", ID_255, "the carrier's id of the customer"),
    aligned("doNotCall", Kind::Boolean, "asked not to be called"),
    aligned("doNotSMS", Kind::Boolean, "asked not to be texted"),
    aligned("doNotEmail", Kind::Boolean, "asked not to be e-mailed"),
    aligned("doNotMail", Kind::Boolean, "asked not to be written to"),
    aligned("lastContactedAt", TEXT, "when the customer was last contacted"),
    aligned("convertedAt", TEXT, "when the customer was won"),
    Field::optional("testCustomer", Kind::Boolean, "is no real customer").inferred("S3"),
];

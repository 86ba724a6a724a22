//! The table for `POST /v2/sync/aca`: customer and policy fields, limits, matching.

use super::{
    Contract, CustomFields, Field, Kind, Matching, Person, Place, Policies, Resend, Rule,
    vocabulary::{GENDERS, MARITAL_STATUSES, POLICY_STATUSES},
};

pub(super) const CONTRACT: Contract = Contract {
    name: "sync-aca",
    method: "POST",
    path: "/v2/sync/aca",
    path_ids: &[],
    envelope: Some("records"),
    max_records: 100,
    resend: Resend::Matched,
    fields: CUSTOMER,
    policies: Some(Policies {
        name: "policies",
        inline: false,
        max: 10,
        fields: POLICY,
        effective: "effectiveDate",
        status: "status",
        agent: "aorNpn",
        plan: None,
        told_by: &[],
    }),
    custom_fields: Some(CustomFields {
        name: "customFields",
        max: 50,
        key: "fieldKey",
        value: "value",
    }),
    matching: Matching {
        customer: &[
            "healthSherpaCustomerId",
            "externalId",
            "carrierAssignedCustomerId",
        ],
        fallback: &["firstName", "lastName", "dateOfBirth", "phoneNumber"],
        policy: &["healthSherpaPolicyId", "carrierAssignedPolicyId"],
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
    phone: "phoneNumber",
    opt_outs: &["doNotCall", "doNotSMS", "doNotEmail", "doNotMail"],
    echoed: Some("externalId"),
    rules: &[Rule::AnyOf {
        fields: &["postalCode", "timezone"],
        because: "the API needs one of them to know when a person may be called (TCPA)",
    }],
};

const TEXT_255: Kind = Kind::Text { max: 255 };
const TEXT_50: Kind = Kind::Text { max: 50 };
const NAME: Kind = Kind::Name { max: 255 };
const ID_255: Kind = Kind::Identifier { max: 255 };
const ID_50: Kind = Kind::Identifier { max: 50 };

/// Names from page M2, types and limits from F1, descriptions from S0; the page's own order.
const CUSTOMER: &[Field] = &[
    Field::required("firstName", NAME, "first name"),
    Field::required("lastName", NAME, "last name"),
    Field::required("phoneNumber", Kind::Phone, "phone number"),
    Field::nullable("email", TEXT_255, "e-mail address"),
    Field::nullable(
        "postalCode",
        Kind::PostalCode,
        "postal code; needed when there is no time zone",
    ),
    Field::nullable(
        "timezone",
        Kind::TimeZone,
        "time zone; needed when there is no postal code",
    ),
    Field::nullable("state", Kind::State, "state of residence"),
    Field::nullable("city", TEXT_255, "city"),
    Field::nullable("county", TEXT_255, "county"),
    Field::nullable("address", TEXT_255, "street address"),
    Field::nullable("address2", TEXT_255, "second line of the address"),
    Field::nullable("dateOfBirth", Kind::BirthDate, "date of birth"),
    Field::nullable("language", TEXT_50, "preferred language"),
    Field::nullable("gender", Kind::Choice(GENDERS), "gender"),
    Field::nullable(
        "maritalStatus",
        Kind::Choice(MARITAL_STATUSES),
        "marital status",
    ),
    Field::nullable("filingStatus", TEXT_50, "tax filing status"),
    Field::nullable("dependentCount", Kind::Integer, "number of dependents"),
    Field::nullable(
        "householdIncome",
        Kind::Integer,
        "yearly household income in whole dollars",
    ),
    Field::nullable(
        "isDecisionMaker",
        Kind::Boolean,
        "decides for the household",
    ),
    Field::nullable("medicaid", Kind::Boolean, "has Medicaid"),
    Field::nullable("medicaidNumber", ID_255, "Medicaid number"),
    Field::nullable("veteran", Kind::Boolean, "is a veteran"),
    Field::nullable("vaNumber", ID_255, "Veterans Affairs number"),
    Field::nullable(
        "socialSecurityDisability",
        Kind::Boolean,
        "receives disability benefits",
    ),
    Field::nullable(
        "carrierAssignedCustomerId",
        ID_255,
        "the carrier's id of the customer; third in matching",
    ),
    Field::nullable("doNotCall", Kind::Boolean, "asked not to be called"),
    Field::nullable("doNotSMS", Kind::Boolean, "asked not to be texted"),
    Field::nullable("doNotEmail", Kind::Boolean, "asked not to be e-mailed"),
    Field::nullable("doNotMail", Kind::Boolean, "asked not to be written to"),
    Field::nullable(
        "healthSherpaCustomerId",
        ID_255,
        "HealthSherpa's id of the customer; first in matching",
    ),
    Field::nullable(
        "externalId",
        ID_255,
        "your own id of the customer; second in matching, and errors name it",
    ),
];

/// Names from page M2 where it shows them; types and limits from the same fields on page S1.
const POLICY: &[Field] = &[
    Field::nullable("planName", TEXT_255, "name of the plan").on("M2 S1"),
    Field::nullable("planCode", ID_255, "the plan's code").on("M2 S1"),
    Field::nullable("carrierName", TEXT_255, "name of the carrier").on("M2 S1"),
    Field::nullable("effectiveDate", Kind::Date, "first day of coverage").on("M2 S1"),
    Field::nullable("enrollmentDate", Kind::Date, "day of enrollment").on("M2 S1"),
    Field::nullable("aorNpn", ID_50, "agent of record: National Producer Number").on("M2 S1"),
    Field::nullable(
        "writingAgentNpn",
        ID_50,
        "writing agent: National Producer Number",
    )
    .on("M2 S1"),
    Field::nullable("policyNumber", ID_255, "policy number").on("M2 S1"),
    Field::nullable(
        "policySubType",
        Kind::Text { max: 100 },
        "kind of policy within ACA",
    )
    .on("M2 S1"),
    Field::nullable("applicationId", ID_255, "id of the application").on("M2 S1"),
    Field::nullable("planState", Kind::State, "state of the policy").on("M2 S1"),
    Field::nullable("planCounty", TEXT_255, "county of the policy").on("M2 S1"),
    Field::nullable(
        "carrierAssignedPolicyId",
        ID_255,
        "the carrier's id of the policy; second in matching",
    )
    .on("M2 S1"),
    Field::nullable(
        "status",
        Kind::Choice(POLICY_STATUSES),
        "current status of the policy",
    )
    .on("M2 S1 P1 C1"),
    Field::nullable(
        "applicationApprovalDate",
        Kind::Date,
        "day the application was approved",
    )
    .on("M2 S1"),
    Field::nullable("terminationDate", Kind::Date, "last day of coverage").on("M2 S1"),
    Field::nullable("renewalDate", Kind::Date, "day of renewal").on("M2 S1"),
    Field::nullable("aorFirstName", NAME, "agent of record: first name").inferred("S0 S1"),
    Field::nullable("aorLastName", NAME, "agent of record: last name").inferred("S0 S1"),
    Field::nullable("policyLives", Kind::Integer, "number of people covered").inferred("S0 S1"),
    Field::nullable(
        "healthSherpaPolicyId",
        ID_255,
        "HealthSherpa's id of the policy; first in matching",
    )
    .inferred("S0 S1"),
];

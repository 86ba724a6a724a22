//! The tables for `POST /v2/customers/{id}/policies` and `PATCH /v2/customers/{id}/policies/{policyId}`.
//!
//! Page S1 names and types every field of the PATCH. The POST shows few names (S2's example) and the types of
//! some (P1), in the same order; its other fields are those of S1.

use super::{
    Contract, Field, Kind, Matching, PathId, Person, Place, PlanCodes, Policies, Resend,
    customer_update::{CUSTOMER_FIELD, CUSTOMER_ID},
    vocabulary::{
        ELECTION_PERIODS, EXCHANGE_STATUSES, METAL_LEVELS, POLICY_STATUSES, POLICY_TYPES,
        PREMIUM_MODES, WRITTEN_AS,
    },
};

pub(super) const UPDATE: Contract = Contract {
    name: "update-policy",
    method: "PATCH",
    path: "/v2/customers/{id}/policies/{policyId}",
    path_ids: &[CUSTOMER_ID, POLICY_ID],
    resend: Resend::Harmless,
    fields: &[CUSTOMER_FIELD, POLICY_FIELD],
    policies: Some(policies(UPDATED)),
    matching: Matching {
        customer: &[],
        fallback: &[CUSTOMER_ID.field, POLICY_ID.field],
        policy: &[],
    },
    ..BARE
};

pub(super) const CREATE: Contract = Contract {
    name: "create-policy",
    method: "POST",
    path: "/v2/customers/{id}/policies",
    path_ids: &[CUSTOMER_ID],
    resend: Resend::ReadBack,
    fields: &[CUSTOMER_FIELD],
    policies: Some(policies(CREATED)),
    matching: Matching {
        customer: &[],
        fallback: &[CUSTOMER_ID.field],
        policy: &["healthSherpaPolicyId", "carrierAssignedPolicyId"],
    },
    ..BARE
};

/// What both have in common: a request is one policy, and tells nothing of the person.
const BARE: Contract = Contract {
    name: "",
    method: "",
    path: "",
    path_ids: &[],
    envelope: None,
    max_records: 1,
    resend: Resend::ReadBack,
    fields: &[],
    policies: None,
    custom_fields: None,
    matching: Matching {
        customer: &[],
        fallback: &[],
        policy: &[],
    },
    person: Person::UNTOLD,
    place: Place::UNTOLD,
    phone: "",
    opt_outs: &[],
    echoed: None,
    rules: &[],
};

const POLICY_ID: PathId = PathId {
    field: "policy",
    slot: "{policyId}",
    about: "policy",
};

const POLICY_FIELD: Field = Field::required(
    POLICY_ID.field,
    Kind::Uuid,
    "the API's id of the policy, in the path",
)
.on("S1");

const fn policies(fields: &'static [Field]) -> Policies {
    Policies {
        name: "policies",
        inline: true,
        max: 1,
        fields,
        effective: "effectiveDate",
        status: "status",
        agent: "aorNpn",
        plan: Some(PlanCodes {
            code: "planCode",
            of_type: "policyType",
        }),
        told_by: &["planCode", "effectiveDate", "carrierName"],
    }
}

const TEXT: Kind = Kind::Text { max: usize::MAX };
const TEXT_255: Kind = Kind::Text { max: 255 };
const TEXT_100: Kind = Kind::Text { max: 100 };
const NAME: Kind = Kind::Name { max: 255 };
const ID_255: Kind = Kind::Identifier { max: 255 };
const ID_100: Kind = Kind::Identifier { max: 100 };
const ID_50: Kind = Kind::Identifier { max: 50 };
const TYPE: Kind = Kind::Choice(POLICY_TYPES);

/// A field of the PATCH.
const fn updated(name: &'static str, kind: Kind, about: &'static str) -> Field {
    Field::nullable(name, kind, about).on("S1")
}

/// A field of the POST that its page names.
const fn shown(name: &'static str, kind: Kind, about: &'static str) -> Field {
    Field::nullable(name, kind, about).on("S2 S1")
}

/// A field of the POST that is told by the order of S1 and P1, and by the response.
const fn aligned(name: &'static str, kind: Kind, about: &'static str) -> Field {
    Field::nullable(name, kind, about).inferred("P1 S2 S1")
}

/// The first rows, then those that both tables have: `$of` makes a row, `$shown` one that S2's example has.
macro_rules! table {
    ($of:ident $shown:ident [$($first:expr,)*]) => {
        &[
            $($first,)*
            $of("policySubType", TEXT_100, "kind of policy within its type"),
            $of("policyNumber", ID_255, "policy number"),
            $of("applicationId", ID_255, "id of the application"),
            $shown("carrierName", TEXT_255, "name of the carrier, resolved by the API against its list"),
            $shown("planName", TEXT_255, "name of the plan"),
            $shown("planCode", ID_255, "the plan's code; rules depend on policyType"),
            $of("planState", Kind::State, "state of the policy"),
            $of("planCounty", TEXT_255, "county of the policy"),
            $of("carrierAssignedPolicyId", ID_255, "the carrier's id of the policy"),
            $of("healthSherpaPolicyId", ID_255, "HealthSherpa's id of the policy"),
            $of("sunFireEnrollmentCode", ID_255, "SunFire's code of the enrollment"),
            $of("hiosId", ID_255, "the plan's HIOS id"),
            $of("metalLevel", Kind::Choice(METAL_LEVELS), "metal level of the plan"),
            $of("status", Kind::Choice(POLICY_STATUSES), "current status of the policy"),
            $of("applicationApprovalDate", Kind::Date, "day the application was approved"),
            $of("effectiveDate", Kind::Date, "first day of coverage"),
            $of("terminationDate", Kind::Date, "last day of coverage"),
            $of("renewalDate", Kind::Date, "day of renewal"),
            $of("enrollmentDate", Kind::Date, "day of enrollment"),
            $of("cancelledDate", Kind::Date, "day of the cancellation"),
            $of("electionPeriod", Kind::Choice(ELECTION_PERIODS), "election period"),
            $of("gracePeriodStartDate", Kind::Date, "first day of the grace period"),
            $of("paidThroughDate", Kind::Date, "last day that is paid for"),
            $of("ffmApplicationId", ID_255, "the marketplace's id of the application"),
            $of("ffmSubscriberId", ID_255, "the marketplace's id of the subscriber"),
            $of("aorAgentId", Kind::Uuid, "agent of record: the API's id"),
            $shown("aorFirstName", NAME, "agent of record: first name"),
            $shown("aorLastName", NAME, "agent of record: last name"),
            $shown("aorNpn", ID_50, "agent of record: National Producer Number"),
            $of("writingAgentNpn", ID_50, "writing agent: National Producer Number"),
            $of("writingAgentName", NAME, "writing agent: name"),
            $of("sepType", TEXT_255, "special enrollment period: type"),
            $of("sepCode", ID_100, "special enrollment period: code"),
            $of("sepStartDate", Kind::Date, "special enrollment period: first day"),
            $of("sepEndDate", Kind::Date, "special enrollment period: last day"),
            $of("sepDocumentationReceived", Kind::Boolean, "special enrollment period: documents are there"),
            $of("sepDocumentationDate", Kind::Date, "special enrollment period: day of the documents"),
            $of("sepNotes", TEXT, "special enrollment period: notes"),
            $of("monthlyPremium", Kind::Money, "monthly premium"),
            $of("deductible", Kind::Money, "deductible"),
            $of("outOfPocketMax", Kind::Money, "most to be paid out of pocket"),
            $of("subsidyAmount", Kind::Money, "subsidy"),
            $of("usingSubsidy", Kind::Boolean, "uses a subsidy"),
            $of("premiumMode", Kind::Choice(PREMIUM_MODES), "how often the premium is due"),
            $of("grossPremium", Kind::Money, "premium before the subsidy"),
            $of("netPremium", Kind::Money, "premium after the subsidy"),
            $of("initialCommission", Kind::Money, "commission of the first year"),
            $of("renewalCommission", Kind::Money, "commission of a renewal"),
            $of("spifAmount", Kind::Money, "sales incentive"),
            $shown("policyLives", Kind::Integer, "number of people covered"),
            $of("wasAgent", Kind::Boolean, "was sold by an agent"),
            $of("writtenAs", Kind::Choice(WRITTEN_AS), "as what the policy was written"),
            $of("isReplacing", TEXT_255, "what the policy replaces"),
            $of("isRewrite", Kind::Boolean, "is a rewrite"),
            $of("hospitalNetwork", TEXT_255, "network of hospitals"),
            $of("pcpNetwork", TEXT_255, "network of primary care"),
            $of("dailyBenefit", TEXT, "benefit a day"),
            $of("eliminationPeriod", Kind::Integer, "elimination period"),
            $of("benefitPeriod", Kind::Integer, "benefit period"),
            $of("hasCola", Kind::Boolean, "is adjusted to the cost of living"),
            $of("deathBenefit", TEXT, "death benefit"),
            $of("term", Kind::Integer, "term"),
            $of("maturityDate", Kind::Date, "day of maturity"),
            $of("riders", TEXT, "riders"),
            $of("exchangeStatus", Kind::Choice(EXCHANGE_STATUSES), "on which exchange the policy is"),
            $of("billingMethod", TEXT_100, "how it is billed"),
            $of("benefitReminder", TEXT, "reminder of benefits"),
            $of("surveyCompleted", Kind::Boolean, "the survey is done"),
            $of("reasonForPurchase", TEXT, "why it was bought"),
            $of("policyNotes", TEXT, "notes"),
        ]
    };
}

const UPDATED: &[Field] = table!(updated updated [
    updated("createdBy", Kind::Uuid, "who created the policy"),
    updated("updatedBy", Kind::Uuid, "who updated the policy"),
    Field::optional("customerId", Kind::Uuid, "the customer that the policy shall belong to").on("S1"),
    Field::optional("policyType", TYPE, "type of the policy").on("S1 U2"),
]);

const CREATED: &[Field] = table!(aligned shown [
    Field::required("policyType", TYPE, "type of the policy").inferred("P1"),
    aligned("createdBy", Kind::Uuid, "who created the policy"),
    aligned("updatedBy", Kind::Uuid, "who updated the policy"),
]);

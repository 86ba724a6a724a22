//! The contract's tables against themselves and against what the API's pages say.

use std::collections::BTreeSet;

use aca_sync::{
    contract::{
        Contract, Evidence, Field, GENDERS, Kind, METAL_LEVELS, POLICY_STATUSES, POLICY_TYPES,
        Presence, Resend, Rule, Target,
    },
    normalize::plan_code,
    problem::Code,
};

fn contracts() -> impl Iterator<Item = &'static Contract> {
    Target::ALL.iter().map(|target| target.contract())
}

/// The customer's and the policy's table of every target.
fn tables() -> impl Iterator<Item = &'static [Field]> {
    contracts().flat_map(|contract| [contract.fields, contract.policy_fields()])
}

#[test]
fn a_target_is_found_by_its_name() {
    for target in Target::ALL {
        assert_eq!(Target::from_name(target.name()), Some(*target));
    }
    assert_eq!(Target::from_name("sync-medicare"), None);
}

#[test]
fn every_field_is_in_its_table_once_and_is_found_there() {
    for contract in contracts() {
        for (index, field) in contract.fields.iter().enumerate() {
            assert_eq!(contract.field_index(field.name), Some(index));
        }
        for (index, field) in contract.policy_fields().iter().enumerate() {
            assert_eq!(contract.policy_field_index(field.name), Some(index));
        }
        assert_eq!(contract.field_index("nickname"), None);
    }
}

/// Bodies write names as they stand, and values are kept by their field's place in one byte.
#[test]
fn names_need_no_escaping_and_places_fit_a_byte() {
    for table in tables() {
        assert!(u8::try_from(table.len()).is_ok());
        for field in table {
            assert!(
                field.name.chars().all(|c| c.is_ascii_alphanumeric()),
                "{}",
                field.name
            );
        }
    }
}

#[test]
fn what_the_rules_name_is_in_the_tables() {
    for contract in contracts() {
        let matching = &contract.matching;
        let mut named: Vec<&str> = [matching.customer, matching.fallback].concat();
        named.extend(contract.echoed);
        for Rule::AnyOf { fields, .. } in contract.rules {
            named.extend(*fields);
        }
        for name in named {
            assert!(contract.field_index(name).is_some(), "{name}");
        }
        for name in matching.policy {
            assert!(contract.policy_field_index(name).is_some(), "{name}");
        }
        if let Some(list) = &contract.policies {
            let plan = list.plan.iter().flat_map(|plan| [plan.code, plan.of_type]);
            for name in list.told_by.iter().copied().chain(plan) {
                assert!(contract.policy_field_index(name).is_some(), "{name}");
            }
        }
    }
}

/// The ids of a path stand first in the table, as what they are, and every slot of the path has one.
#[test]
fn the_ids_of_a_path_come_first_and_fill_it() {
    for contract in contracts() {
        let mut path = contract.path.to_owned();
        for (id, field) in contract.path_ids.iter().zip(contract.fields) {
            assert_eq!((id.field, Kind::Uuid), (field.name, field.kind));
            assert_eq!(field.presence, Presence::Required);
            assert!(path.contains(id.slot), "{path}");
            path = path.replace(id.slot, "");
        }
        assert!(!path.contains('{'), "{path}");
        assert_eq!(contract.envelope.is_none(), contract.max_records == 1);
    }
}

/// What names a customer or a policy must keep its case and inner characters.
#[test]
fn what_identifies_is_an_identifier() {
    for contract in contracts() {
        for name in contract.matching.customer {
            let field = &contract.fields[contract.field_index(name).unwrap()];
            assert!(matches!(field.kind, Kind::Identifier { .. }), "{name}");
        }
        for name in contract.matching.policy {
            let field = &contract.policy_fields()[contract.policy_field_index(name).unwrap()];
            assert!(matches!(field.kind, Kind::Identifier { .. }), "{name}");
        }
    }
}

/// Page S0: 1 to 100 records, at most 10 policies and 50 custom fields; page F2: the matching order.
#[test]
fn sync_aca_is_what_its_pages_say() {
    let contract = Target::SyncAca.contract();
    let policies = contract.policies.as_ref().unwrap();
    let custom = contract.custom_fields.as_ref().unwrap();

    assert_eq!((contract.method, contract.path), ("POST", "/v2/sync/aca"));
    assert_eq!(
        (contract.max_records, policies.max, custom.max),
        (100, 10, 50)
    );
    assert_eq!((policies.name, custom.name), ("policies", "customFields"));
    assert_eq!((custom.key, custom.value), ("fieldKey", "value"));
    assert_eq!(
        contract.matching.customer,
        [
            "healthSherpaCustomerId",
            "externalId",
            "carrierAssignedCustomerId"
        ]
    );
    assert_eq!(
        contract.matching.fallback,
        ["firstName", "lastName", "dateOfBirth", "phoneNumber"]
    );
    assert_eq!(
        contract.matching.policy,
        ["healthSherpaPolicyId", "carrierAssignedPolicyId"]
    );
    assert_eq!(contract.echoed, Some("externalId"));
}

#[test]
fn three_fields_are_required_and_one_of_two_more() {
    let contract = Target::SyncAca.contract();
    let required: Vec<_> = contract
        .fields
        .iter()
        .filter(|field| field.presence == Presence::Required)
        .map(|field| field.name)
        .collect();

    assert_eq!(required, ["firstName", "lastName", "phoneNumber"]);
    let [Rule::AnyOf { fields, .. }] = contract.rules else {
        panic!("sync-aca has one rule");
    };
    assert_eq!(*fields, ["postalCode", "timezone"]);
    assert!(
        contract
            .policy_fields()
            .iter()
            .all(|field| field.presence == Presence::Nullable)
    );
}

/// The server sets it; nobody may send it.
#[test]
fn the_policy_type_is_not_sent() {
    assert_eq!(
        Target::SyncAca.contract().policy_field_index("policyType"),
        None
    );
}

#[test]
fn lengths_are_those_of_the_pages() {
    let contract = Target::SyncAca.contract();
    let customer = |name| contract.fields[contract.field_index(name).unwrap()].kind;
    let policy = |name| contract.policy_fields()[contract.policy_field_index(name).unwrap()].kind;

    for (kind, longest) in [
        (customer("firstName"), Some(255)),
        (customer("email"), Some(255)),
        (customer("language"), Some(50)),
        (customer("filingStatus"), Some(50)),
        (customer("externalId"), Some(255)),
        (customer("dependentCount"), None),
        (policy("planName"), Some(255)),
        (policy("aorNpn"), Some(50)),
        (policy("policySubType"), Some(100)),
    ] {
        assert_eq!(kind.max_length(), longest, "{}", kind.describe());
    }
    assert_eq!(policy("planState"), Kind::State);
}

/// `sync/aca` shows no list of its own; only what all three pages that show one agree on is safe.
#[test]
fn a_policy_status_is_settled_where_all_pages_agree() {
    let settled: Vec<_> = POLICY_STATUSES
        .iter()
        .filter(|word| word.is_settled())
        .map(|word| word.text)
        .collect();

    assert_eq!(
        settled,
        [
            "Active",
            "Pending",
            "Suspended",
            "Cancelled",
            "Terminated",
            "Not Approved"
        ]
    );
    assert_eq!(POLICY_STATUSES.len(), 12);
    assert!(GENDERS.iter().all(aca_sync::contract::Word::is_settled));
}

#[test]
fn a_list_has_each_word_once() {
    for field in tables().flatten() {
        let words = field.kind.words();
        let texts: BTreeSet<_> = words.iter().map(|word| word.text).collect();
        assert_eq!(texts.len(), words.len(), "{}", field.name);
        assert!(
            words.iter().all(|word| !word.pages.is_empty()),
            "{}",
            field.name
        );
    }
}

/// Pages S3, S2 and S1: one record a request, addressed by the ids in the path.
#[test]
fn the_targets_of_one_record_are_what_their_pages_say() {
    let of = |target: Target| {
        let contract = target.contract();
        let ids: Vec<_> = contract.path_ids.iter().map(|id| id.field).collect();
        (contract.method, contract.path, ids, contract.resend)
    };
    assert_eq!(
        of(Target::UpdateCustomer),
        (
            "PATCH",
            "/v2/customers/{id}",
            vec!["customer"],
            Resend::Harmless
        )
    );
    assert_eq!(
        of(Target::CreatePolicy),
        (
            "POST",
            "/v2/customers/{id}/policies",
            vec!["customer"],
            Resend::ReadBack
        )
    );
    assert_eq!(
        of(Target::UpdatePolicy),
        (
            "PATCH",
            "/v2/customers/{id}/policies/{policyId}",
            vec!["customer", "policy"],
            Resend::Harmless
        )
    );
    assert!(!Target::UpdateCustomer.contract().is_of_policy());
    assert!(Target::CreatePolicy.contract().is_of_policy());
    assert!(Target::UpdatePolicy.contract().is_of_policy());
}

/// The 71 named slots of page S3, in its order; the three without a name are not there.
#[test]
fn every_named_field_of_a_customer_is_in_the_table() {
    let names: Vec<_> = Target::UpdateCustomer
        .contract()
        .body_fields()
        .iter()
        .map(|field| field.name)
        .collect();
    assert_eq!(names.join(" "), CUSTOMER_NAMES);
    assert_eq!(names.len(), 71);
}

const CUSTOMER_NAMES: &str = "createdBy updatedBy clientId clientCustomerId status \
qualificationStatus intent isDecisionMaker disqualificationReason productInterest productFamily salutation \
suffix firstName middleName lastName preferredName callerId lineType email dateOfBirth language ethnicity \
gender maritalStatus postalCode timezone state city county address address2 mbiNumber medicareCard \
medicarePartADate medicarePartBDate medicaid medicaidNumber socialSecurityDisability veteran vaNumber \
healthSherpaCustomerId householdIncome annualIncome filingStatus dependentCount subsidyAmount subsidyEligible \
existingCoverage existingCoveragePlanName existingCoverageCarrier desiredCoverageStartDate currentSourceId \
originalSourceId agentName agentNpn memberId customData carrierName planName planCode enrollmentDate \
effectiveDate carrierAssignedCustomerId doNotCall doNotSMS doNotEmail doNotMail lastContactedAt convertedAt \
testCustomer";

/// The 74 members of page S1's body, in its order.
#[test]
fn every_field_of_a_policy_is_in_the_tables() {
    let names = |target: Target| -> Vec<_> {
        let fields = target.contract().policy_fields().iter();
        fields.map(|field| field.name).collect()
    };
    let updated = names(Target::UpdatePolicy);
    assert_eq!(updated.join(" "), POLICY_NAMES);

    let mut created = names(Target::CreatePolicy);
    assert_eq!(created.first(), Some(&"policyType"));
    created.retain(|name| *name != "policyType");
    let others = updated
        .into_iter()
        .filter(|name| !["customerId", "policyType"].contains(name));
    assert_eq!(created, others.collect::<Vec<_>>());
}

const POLICY_NAMES: &str = "createdBy updatedBy customerId policyType policySubType policyNumber \
applicationId carrierName planName planCode planState planCounty carrierAssignedPolicyId healthSherpaPolicyId \
sunFireEnrollmentCode hiosId metalLevel status applicationApprovalDate effectiveDate terminationDate \
renewalDate enrollmentDate cancelledDate electionPeriod gracePeriodStartDate paidThroughDate ffmApplicationId \
ffmSubscriberId aorAgentId aorFirstName aorLastName aorNpn writingAgentNpn writingAgentName sepType sepCode \
sepStartDate sepEndDate sepDocumentationReceived sepDocumentationDate sepNotes monthlyPremium deductible \
outOfPocketMax subsidyAmount usingSubsidy premiumMode grossPremium netPremium initialCommission \
renewalCommission spifAmount policyLives wasAgent writtenAs isReplacing isRewrite hospitalNetwork pcpNetwork \
dailyBenefit eliminationPeriod benefitPeriod hasCola deathBenefit term maturityDate riders exchangeStatus \
billingMethod benefitReminder surveyCompleted reasonForPurchase policyNotes";

/// Money is text on policies and a whole number on customers; what may be absent is not always null.
#[test]
fn types_and_nullability_are_those_of_the_pages() {
    let customer = |name| {
        let contract = Target::UpdateCustomer.contract();
        let field = &contract.fields[contract.field_index(name).unwrap()];
        (field.kind, field.presence)
    };
    let policy = |target: Target, name| {
        let contract = target.contract();
        let field = &contract.policy_fields()[contract.policy_field_index(name).unwrap()];
        (field.kind, field.presence)
    };
    assert_eq!(
        customer("subsidyAmount"),
        (Kind::Integer, Presence::Nullable)
    );
    assert_eq!(customer("agentNpn"), (Kind::Integer, Presence::Nullable));
    assert_eq!(customer("callerId"), (Kind::Phone, Presence::Optional));
    assert_eq!(customer("clientId"), (Kind::Uuid, Presence::Optional));
    assert_eq!(customer("memberId"), (Kind::Uuid, Presence::Nullable));
    assert_eq!(customer("customData"), (Kind::Json, Presence::Nullable));
    for target in [Target::UpdatePolicy, Target::CreatePolicy] {
        for money in [
            "monthlyPremium",
            "deductible",
            "subsidyAmount",
            "spifAmount",
        ] {
            assert_eq!(
                policy(target, money),
                (Kind::Money, Presence::Nullable),
                "{money}"
            );
        }
        assert_eq!(policy(target, "aorNpn").0.max_length(), Some(50));
        assert_eq!(policy(target, "sepCode").0.max_length(), Some(100));
        assert_eq!(policy(target, "policyNotes").0.max_length(), None);
    }
    let of_type = |target| policy(target, "policyType").1;
    assert_eq!(of_type(Target::UpdatePolicy), Presence::Optional);
    assert_eq!(of_type(Target::CreatePolicy), Presence::Required);
}

/// Lists are the union of what the versions show, and say which version has which word.
#[test]
fn only_newer_pages_have_the_expanded_bronze() {
    let words: Vec<_> = METAL_LEVELS
        .iter()
        .map(|word| (word.text, word.is_settled()))
        .collect();
    assert_eq!(
        words,
        [
            ("Catastrophic", true),
            ("Bronze", true),
            ("Expanded Bronze", false),
            ("Silver", true),
            ("Gold", true),
            ("Platinum", true)
        ]
    );
    assert_eq!(POLICY_TYPES.len(), 16);
}

/// What a page names is documented; what was told by aligning versions is not.
#[test]
fn what_no_page_names_is_inferred() {
    let inferred =
        |fields: &'static [Field]| fields.iter().filter(|it| it.evidence == Evidence::Inferred);
    let customer = inferred(Target::UpdateCustomer.contract().fields);
    let customer: Vec<_> = customer.map(|field| field.name).collect();
    assert_eq!(customer.first(), Some(&"memberId"));
    assert_eq!(customer.len(), 15);
    assert_eq!(
        inferred(Target::UpdatePolicy.contract().policy_fields()).count(),
        0
    );
    let created = Target::CreatePolicy.contract().policy_fields().iter();
    let shown = created.filter(|field| field.evidence == Evidence::Documented);
    assert_eq!(
        shown.map(|field| field.name).collect::<Vec<_>>(),
        [
            "carrierName",
            "planName",
            "planCode",
            "aorFirstName",
            "aorLastName",
            "aorNpn",
            "policyLives"
        ]
    );
}

/// Page S2: MA and MAPD start with H or R, PDP with S, H, R, E or X; dashes are optional, and kept.
#[test]
fn plan_codes_follow_the_rule_of_their_policys_type() {
    for (of_type, code, expected) in [
        ("MA", "H1234001000", Ok("H1234-001-000")),
        ("MAPD", "r1234-001-000", Ok("R1234-001-000")),
        ("PDP", "S5601-001-000", Ok("S5601-001-000")),
        ("PDP", "X5601001000", Ok("X5601-001-000")),
        ("MA", "S5601-001-000", Err(Code::PlanCodeMedicare)),
        ("MAPD", "H1234-001", Err(Code::PlanCodeMedicare)),
        ("MA", "H123-4001-000", Err(Code::PlanCodeMedicare)),
        ("PDP", "A5601-001-000", Err(Code::PlanCodeDrugPlan)),
        ("MS", "Plan G (any)", Ok("Plan G (any)")),
        ("Dental", "x", Ok("x")),
        ("ACA", "12345FL0010001", Ok("12345FL0010001")),
        ("ACA", "12345fl0010001-04", Ok("12345FL0010001-04")),
        ("ACA", "12345FL001000104", Ok("12345FL001000104")),
        ("ACA", "H1234-001-000", Err(Code::PlanCodeHios)),
        ("ACA", "12345FL00100011", Err(Code::PlanCodeHios)),
    ] {
        let found = plan_code(of_type, code);
        assert_eq!(
            found.as_deref().map_err(|code| *code),
            expected,
            "{of_type} {code}"
        );
    }
}

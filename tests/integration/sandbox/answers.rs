//! What the answers look like: the two versions of a sync answer, and a customer.

use aca_sync::sandbox::{AnswerShape, Options};
use serde_json::{Value, json};

use super::{Server, StoppedClock, ana, ana_with};

/// The 73 names of pages S3 and S4, in their order.
const NAMES: &str = "id createdAt createdBy updatedAt updatedBy clientId clientCustomerId status \
    qualificationStatus intent isDecisionMaker disqualificationReason productInterest productFamily \
    salutation suffix firstName middleName lastName preferredName callerId lineType email dateOfBirth \
    language ethnicity gender maritalStatus postalCode timezone state city county address address2 \
    mbiNumber medicareCard medicarePartADate medicarePartBDate medicaid medicaidNumber \
    socialSecurityDisability veteran vaNumber healthSherpaCustomerId householdIncome annualIncome \
    filingStatus dependentCount subsidyAmount subsidyEligible existingCoverage existingCoveragePlanName \
    existingCoverageCarrier desiredCoverageStartDate currentSourceId originalSourceId agentName agentNpn \
    memberId carrierName planName planCode enrollmentDate effectiveDate carrierAssignedCustomerId \
    doNotCall doNotSMS doNotEmail doNotMail lastContactedAt convertedAt testCustomer";

const TAIL: [&str; 12] = [
    "desiredCoverageStart",
    "totalCalls",
    "lastCallDate",
    "lastCallDisposition",
    "campaigns",
    "source",
    "customFields",
    "policies",
    "prescriptions",
    "providers",
    "scopeOfAppointments",
    "dependents",
];

#[tokio::test]
async fn the_older_answer_only_counts() {
    let options = StoppedClock::at_noon().options();
    let server = Server::start(Options {
        answer: AnswerShape::Old,
        ..options
    })
    .await;

    let reply = server.sync(json!([ana()])).await;

    assert_eq!(
        reply.body,
        json!({ "succeeded": 1, "failed": 0, "errors": [] })
    );
}

#[tokio::test]
async fn the_newer_answer_shows_each_customer_under_the_webhooks_names() {
    let server = Server::plain().await;
    let record = ana_with(json!({
        "externalId": "A", "healthSherpaCustomerId": "1001", "phoneNumber": "(305) 555-0123",
        "dateOfBirth": "01/31/1980", "medicaid": true, "householdIncome": 41_000,
        "policies": [{ "carrierAssignedPolicyId": "C1" }],
    }));

    let reply = server.sync(json!([record, ana()])).await;

    let results = reply.body["results"].as_array().unwrap();
    assert_eq!(
        (reply.body["succeeded"].as_u64(), results.len()),
        (Some(2), 2)
    );
    let first = &results[0];
    for (name, expected) in [
        ("externalId", json!("A")),
        ("healthSherpaCustomerId", json!("1001")),
        ("firstName", json!("Ana")),
        ("phoneNumber", json!("+13055550123")),
        ("dateOfBirth", json!("1980-01-31")),
        ("hasMedicaid", json!(true)),
        ("householdIncome", json!(41_000)),
        ("createdAt", json!("2026-03-15T12:00:00.000Z")),
        ("middleName", Value::Null),
    ] {
        assert_eq!(first[name], expected, "{name}");
    }
    assert!(first.get("medicaid").is_none() && first.get("callerId").is_none());
    assert_eq!(first["policies"][0]["carrierAssignedPolicyId"], "C1");
    assert_ne!(first["id"], results[1]["id"]);
    assert_eq!(results[1]["policies"], json!([]));
}

#[tokio::test]
async fn policies_that_a_record_does_not_carry_are_not_in_the_answer() {
    let server = Server::plain().await;
    let two = json!([{ "healthSherpaPolicyId": "P1" }, { "healthSherpaPolicyId": "P2" }]);
    server
        .sync(json!([ana_with(
            json!({ "externalId": "A", "policies": two })
        )]))
        .await;

    let one = json!([{ "healthSherpaPolicyId": "P2", "status": "Cancelled" }]);
    let reply = server
        .sync(json!([ana_with(
            json!({ "externalId": "A", "policies": one })
        )]))
        .await;

    let policies = reply.body["results"][0]["policies"].as_array().unwrap();
    assert_eq!(policies.len(), 1);
    assert_eq!(policies[0]["healthSherpaPolicyId"], "P2");
    assert_eq!(
        (&policies[0]["status"], &policies[0]["previousStatus"]),
        (&json!("Cancelled"), &json!("Active"))
    );
}

#[tokio::test]
async fn a_customer_is_shown_under_the_names_of_its_page() {
    let server = Server::plain().await;
    let record = ana_with(json!({
        "externalId": "A", "medicaid": false,
        "customFields": [{ "fieldKey": "lead_source", "value": "export" }],
        "policies": [{ "healthSherpaPolicyId": "P1", "policyLives": 2 }],
    }));
    let synced = server.sync(json!([record])).await;
    let id = synced.body["results"][0]["id"].as_str().unwrap().to_owned();

    let reply = server.get(&format!("/v2/customers/{id}")).await;

    assert_eq!(reply.status, 200);
    let shown = |name: &&str| !reply.text.contains(&format!("\"{name}\":"));
    let missing: Vec<&str> = NAMES.split(' ').chain(TAIL).filter(shown).collect();
    assert!(missing.is_empty(), "{missing:?}");
    let members = reply.body.as_object().unwrap();
    assert_eq!(members.len(), 73 + TAIL.len());
    assert_eq!(
        (&members["id"], &members["clientCustomerId"]),
        (&json!(id), &json!("A"))
    );
    assert_eq!(
        (&members["callerId"], &members["medicaid"]),
        (&json!("+13055550123"), &json!(false))
    );
    assert_eq!(
        members["customFields"],
        json!([{ "fieldKey": "lead_source", "value": "export" }])
    );
    let policy = &members["policies"][0];
    assert_eq!(
        (&policy["healthSherpaPolicyId"], &policy["policyLives"]),
        (&json!("P1"), &json!(2))
    );
    assert_eq!(
        (&policy["customerId"], &policy["policyType"]),
        (&json!(id), &json!("ACA"))
    );
}

#[tokio::test]
async fn the_first_names_of_a_customer_come_in_the_pages_order() {
    let server = Server::plain().await;
    let synced = server.sync(json!([ana()])).await;
    let id = synced.body["results"][0]["id"].as_str().unwrap().to_owned();

    let text = server.get(&format!("/v2/customers/{id}")).await.text;

    let places: Vec<_> = NAMES
        .split(' ')
        .map(|name| text.find(&format!("\"{name}\":")).unwrap())
        .collect();
    assert!(places.is_sorted());
}

#[tokio::test]
async fn a_customer_that_is_not_held_is_not_found_and_a_malformed_id_is_refused() {
    let server = Server::plain().await;

    for (id, status, code) in [
        ("00000000-0000-0000-0000-000000000000", 404, "NOT_FOUND"),
        ("497f6eca-6276-4993-bfeb-53cbbbba6f08", 404, "NOT_FOUND"),
        ("00000000-0000-4000-8000-000000000001", 404, "NOT_FOUND"),
        (
            "497f6eca-6276-0993-bfeb-53cbbbba6f08",
            422,
            "VALIDATION_ERROR",
        ),
        ("497f6eca62764993bfeb53cbbbba6f08", 422, "VALIDATION_ERROR"),
        ("1001", 422, "VALIDATION_ERROR"),
    ] {
        let reply = server.get(&format!("/v2/customers/{id}")).await;

        assert_eq!(
            (reply.status, reply.body["code"].as_str()),
            (status, Some(code)),
            "{id}"
        );
    }
}

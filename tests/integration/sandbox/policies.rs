//! Which policy a record is about, and the older ones that creating one ends.

use serde_json::{Value, json};

use super::{Reply, Server, ana_with};

async fn sync(server: &Server, policies: Value) -> Reply {
    let record = ana_with(json!({ "externalId": "A", "policies": policies }));
    let reply = server.sync(json!([record])).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply
}

/// The held policies' plan names and statuses.
fn held(server: &Server) -> Vec<(Value, Value)> {
    let customers = server.customers();
    let policies = customers[0]["policies"].as_array().unwrap();
    policies
        .iter()
        .map(|policy| (policy["planName"].clone(), policy["status"].clone()))
        .collect()
}

/// The changed policies of the answer, as plan name, status and previous status.
fn changed(reply: &Reply) -> Vec<Value> {
    let policies = reply.body["results"][0]["policies"].as_array().unwrap();
    policies
        .iter()
        .map(|policy| {
            json!([
                policy["planName"],
                policy["status"],
                policy["previousStatus"]
            ])
        })
        .collect()
}

#[tokio::test]
async fn either_id_finds_the_policy_and_the_first_one_present_decides() {
    for name in ["healthSherpaPolicyId", "carrierAssignedPolicyId"] {
        let server = Server::plain().await;
        sync(&server, json!([{ (name): "P1", "planName": "Bronze" }])).await;
        sync(&server, json!([{ (name): "P1", "planName": "Silver" }])).await;

        assert_eq!(
            held(&server),
            [(json!("Silver"), json!("Active"))],
            "{name}"
        );
    }

    let server = Server::plain().await;
    sync(&server, json!([{ "carrierAssignedPolicyId": "C1" }])).await;
    sync(
        &server,
        json!([{ "healthSherpaPolicyId": "P1", "carrierAssignedPolicyId": "C1" }]),
    )
    .await;
    assert_eq!(held(&server).len(), 2);
}

#[tokio::test]
async fn a_policy_without_an_id_is_created_each_time() {
    let server = Server::plain().await;

    sync(&server, json!([{ "planName": "Silver" }])).await;
    sync(&server, json!([{ "planName": "Silver" }])).await;

    assert_eq!(held(&server).len(), 2);
    assert_eq!(server.sandbox.tally().policies_created, 2);
}

#[tokio::test]
async fn the_same_policy_id_at_another_customer_is_another_policy() {
    let server = Server::plain().await;
    let policies = json!([{ "healthSherpaPolicyId": "P1" }]);
    let a = ana_with(json!({ "externalId": "A", "policies": policies }));
    let b = ana_with(json!({ "externalId": "B", "policies": policies }));

    server.sync(json!([a, b])).await;

    assert_eq!(server.sandbox.tally().policies, 2);
}

#[tokio::test]
async fn every_policy_is_an_aca_policy_and_active_unless_it_says_otherwise() {
    let server = Server::plain().await;

    let reply = sync(&server, json!([{ "healthSherpaPolicyId": "P1" }])).await;

    let policy = &reply.body["results"][0]["policies"][0];
    assert_eq!(
        (&policy["policyType"], &policy["status"]),
        (&json!("ACA"), &json!("Active"))
    );
    assert_eq!(policy["previousStatus"], Value::Null);
    assert_eq!(policy["healthSherpaPolicyId"], "P1");
}

#[tokio::test]
async fn creating_a_policy_terminates_those_in_effect_for_more_than_a_year() {
    // Today is 2026-03-15.
    for (effective, ends) in [
        ("2025-03-14", true),
        ("03/14/2025", true),
        ("2025-03-14T00:00:00Z", true),
        ("2025-03-15", false),
        ("2026-01-01", false),
        ("soon", false),
    ] {
        let server = Server::plain().await;
        let old =
            json!({ "healthSherpaPolicyId": "P1", "planName": "old", "effectiveDate": effective });
        sync(&server, json!([old])).await;

        let reply = sync(
            &server,
            json!([{ "healthSherpaPolicyId": "P2", "planName": "new" }]),
        )
        .await;

        let status = if ends { "Terminated" } else { "Active" };
        assert_eq!(
            held(&server)[0],
            (json!("old"), json!(status)),
            "{effective}"
        );
        let mut expected = vec![json!(["new", "Active", null])];
        if ends {
            expected.insert(0, json!(["old", "Terminated", "Active"]));
        }
        assert_eq!(changed(&reply), expected, "{effective}");
        assert_eq!(server.sandbox.tally().terminated, u64::from(ends));
    }
}

#[tokio::test]
async fn updating_a_policy_terminates_nothing() {
    let server = Server::plain().await;
    let old =
        json!({ "healthSherpaPolicyId": "P1", "planName": "old", "effectiveDate": "2020-01-01" });
    sync(&server, json!([old])).await;

    let reply = sync(
        &server,
        json!([{ "healthSherpaPolicyId": "P1", "status": "Pending" }]),
    )
    .await;

    assert_eq!(changed(&reply), [json!(["old", "Pending", "Active"])]);
    assert_eq!(server.sandbox.tally().terminated, 0);
}

#[tokio::test]
async fn a_record_that_brings_its_old_policies_along_ends_only_those_held_before() {
    let server = Server::plain().await;
    let old = |id: &str| json!({ "healthSherpaPolicyId": id, "planName": id, "effectiveDate": "2020-01-01" });
    sync(&server, json!([old("P1")])).await;

    let reply = sync(&server, json!([old("P2"), old("P1"), old("P3")])).await;

    assert_eq!(
        changed(&reply),
        [
            json!(["P1", "Terminated", "Active"]),
            json!(["P2", "Active", null]),
            json!(["P3", "Active", null]),
        ]
    );
}

#[tokio::test]
async fn a_policy_that_is_already_terminated_is_not_reported_again() {
    let server = Server::plain().await;
    let old = json!({
        "healthSherpaPolicyId": "P1", "planName": "old", "effectiveDate": "2020-01-01",
        "status": "Terminated",
    });
    sync(&server, json!([old])).await;

    let reply = sync(
        &server,
        json!([{ "healthSherpaPolicyId": "P2", "planName": "new" }]),
    )
    .await;

    assert_eq!(changed(&reply), [json!(["new", "Active", null])]);
    assert_eq!(server.sandbox.tally().terminated, 0);
}

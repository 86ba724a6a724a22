//! What the contract asks for is checked before anything is applied, and what is wrong is named.

use serde_json::{Value, json};

use super::{KEY, Server, ana, ana_with};

/// The violations of one record, as `path code received`.
async fn violations(server: &Server, record: Value) -> Vec<String> {
    let reply = server.sync(json!([record])).await;
    if reply.status == 200 {
        return Vec::new();
    }
    assert_eq!(reply.status, 422);
    assert_eq!(reply.body["code"], "VALIDATION_ERROR");
    let errors = reply.body["errors"].as_array().unwrap();
    errors.iter().map(line).collect()
}

fn line(error: &Value) -> String {
    let path: Vec<&str> = error["path"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step.as_str().unwrap())
        .collect();
    assert!(error["message"].is_string() && error["expected"].is_string());
    let text = |name: &str| error[name].as_str().unwrap().to_owned();
    format!("{} {} {}", path.join("."), text("code"), text("received"))
}

#[tokio::test]
async fn valid_values_of_every_kind_are_taken() {
    let server = Server::plain().await;
    let long = "x".repeat(255);
    // Two UTF-16 units each.
    let pairs = "😀".repeat(25);
    for members in [
        json!({ "phoneNumber": "3055550123" }),
        json!({ "phoneNumber": "(305) 555-0123" }),
        json!({ "postalCode": null, "timezone": "America/Indiana/Knox" }),
        json!({ "postalCode": null, "timezone": "MST" }),
        json!({ "firstName": long, "city": long }),
        json!({ "language": pairs }),
        json!({ "state": "x".repeat(50) }),
        json!({ "dateOfBirth": "02-29/1980" }),
        json!({ "gender": "Prefer Not to Say", "maritalStatus": "Domestic Partnership" }),
        json!({ "householdIncome": 2_147_483_647, "dependentCount": -2_147_483_648 }),
        json!({ "doNotCall": true, "medicaid": null, "email": null, "gender": null }),
        json!({ "customFields": [{ "fieldKey": "lead_source", "value": "export" }] }),
        json!({ "customFields": vec![json!({ "fieldKey": "k", "value": "v" }); 50] }),
        json!({ "policies": [], "customFields": [] }),
        json!({ "policies": vec![json!({ "healthSherpaPolicyId": "P1" }); 10] }),
        json!({ "policies": [{ "status": "Expired", "planState": "FL", "policyLives": 3 }] }),
        json!({ "policies": [{ "effectiveDate": "first of May", "status": null }] }),
    ] {
        let found = violations(&server, ana_with(members.clone())).await;

        assert!(found.is_empty(), "{members}: {found:?}");
    }
}

#[tokio::test]
async fn a_value_outside_the_contract_is_named_by_its_path() {
    each_is_named(&[
        (json!({ "firstName": null }), "firstName invalid_type null"),
        (json!({ "lastName": 7 }), "lastName invalid_type number"),
        (
            json!({ "phoneNumber": "305-555-0123" }),
            "phoneNumber invalid_string string",
        ),
        (
            json!({ "postalCode": "33101-1234" }),
            "postalCode invalid_string string",
        ),
        (
            json!({ "timezone": "Eastern" }),
            "timezone invalid_string string",
        ),
        (
            json!({ "dateOfBirth": "1980-02-29" }),
            "dateOfBirth invalid_string string",
        ),
        (
            json!({ "gender": "male" }),
            "gender invalid_enum_value string",
        ),
        (
            json!({ "doNotCall": "true" }),
            "doNotCall invalid_type string",
        ),
        (
            json!({ "householdIncome": 1.5 }),
            "householdIncome invalid_type number",
        ),
        (
            json!({ "middleName": "B" }),
            "middleName unrecognized_keys string",
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_value_beyond_its_limit_is_named() {
    let (below, above) = (-2_147_483_649_i64, 2_147_483_648_i64);
    each_is_named(&[
        (json!({ "city": "x".repeat(256) }), "city too_big string"),
        (
            json!({ "language": "😀".repeat(26) }),
            "language too_big string",
        ),
        (json!({ "state": "x".repeat(51) }), "state too_big string"),
        (
            json!({ "householdIncome": above }),
            "householdIncome too_big number",
        ),
        (
            json!({ "householdIncome": below }),
            "householdIncome too_small number",
        ),
    ])
    .await;
}

#[tokio::test]
async fn what_is_wrong_in_a_policy_is_named_by_its_place() {
    let policy = |policy: Value| json!({ "policies": [{}, policy] });
    let state = "policies.1.planState invalid_string string";
    let kind = "policies.1.policyType unrecognized_keys string";
    each_is_named(&[
        (json!({ "policies": null }), "policies invalid_type null"),
        (
            json!({ "policies": vec![json!({}); 11] }),
            "policies too_big array",
        ),
        (policy(json!("P1")), "policies.1 invalid_type string"),
        (
            policy(json!({ "status": "Live" })),
            "policies.1.status invalid_enum_value string",
        ),
        (policy(json!({ "planState": "Florida" })), state),
        (policy(json!({ "policyType": "ACA" })), kind),
        (
            policy(json!({ "aorNpn": "9".repeat(51) })),
            "policies.1.aorNpn too_big string",
        ),
    ])
    .await;
}

#[tokio::test]
async fn what_is_wrong_in_a_custom_field_is_named_by_its_place() {
    let field = |field: Value| json!({ "customFields": [field] });
    let too_many = vec![json!({ "fieldKey": "k", "value": "v" }); 51];
    let missing = "customFields.0.value invalid_type undefined";
    let number = "customFields.0.value invalid_type number";
    let other = "customFields.0.label unrecognized_keys string";
    each_is_named(&[
        (
            json!({ "customFields": too_many }),
            "customFields too_big array",
        ),
        (field(json!({ "fieldKey": "k" })), missing),
        (field(json!({ "fieldKey": "k", "value": 1 })), number),
        (
            field(json!({ "fieldKey": "k", "value": "v", "label": "" })),
            other,
        ),
    ])
    .await;
}

/// Sends each of these instead of a valid member, and expects exactly this one violation.
async fn each_is_named(cases: &[(Value, &str)]) {
    let server = Server::plain().await;
    for (members, expected) in cases {
        let found = violations(&server, ana_with(members.clone())).await;

        assert_eq!(found, [format!("records.0.{expected}")], "{members}");
    }
    assert_eq!(server.sandbox.tally().records_applied, 0);
}

#[tokio::test]
async fn a_missing_required_member_is_named() {
    let server = Server::plain().await;

    let found = violations(&server, json!({ "postalCode": "33101" })).await;

    assert_eq!(
        found,
        [
            "records.0.firstName invalid_type undefined",
            "records.0.lastName invalid_type undefined",
            "records.0.phoneNumber invalid_type undefined",
        ]
    );
}

#[tokio::test]
async fn a_postal_code_or_a_time_zone_has_to_be_there() {
    let server = Server::plain().await;

    let neither = violations(&server, ana_with(json!({ "postalCode": null }))).await;

    assert_eq!(neither, ["records.0.postalCode custom null"]);
}

#[tokio::test]
async fn one_bad_record_refuses_its_whole_request_and_no_value_is_repeated() {
    let server = Server::plain().await;
    let bad = ana_with(json!({ "phoneNumber": "000-secret", "email": 5 }));

    let reply = server.sync(json!([ana(), bad, ana()])).await;

    assert_eq!(reply.status, 422);
    let lines: Vec<String> = reply.body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(line)
        .collect();
    assert_eq!(
        lines,
        [
            "records.1.phoneNumber invalid_string string",
            "records.1.email invalid_type number",
        ]
    );
    assert!(!reply.text.contains("secret"));
    assert_eq!(server.sandbox.tally().customers, 0);
    assert_eq!(server.sandbox.tally().refused, 1);
}

#[tokio::test]
async fn a_request_holds_1_to_100_records_and_nothing_else() {
    let server = Server::plain().await;
    for (body, expected) in [
        (json!([]), " invalid_type array"),
        (json!({}), "records invalid_type undefined"),
        (json!({ "records": {} }), "records invalid_type object"),
        (json!({ "records": [] }), "records too_small array"),
        (
            json!({ "records": vec![ana(); 101] }),
            "records too_big array",
        ),
        (json!({ "records": [7] }), "records.0 invalid_type number"),
        (
            json!({ "records": [ana()], "dryRun": true }),
            "dryRun unrecognized_keys boolean",
        ),
    ] {
        let reply = server.post(KEY, body.to_string()).await.unwrap();

        assert_eq!(reply.status, 422);
        assert_eq!(line(&reply.body["errors"][0]), expected);
    }

    let full = server.sync(json!(vec![ana(); 100])).await;
    assert_eq!((full.status, &full.body["succeeded"]), (200, &json!(100)));
}

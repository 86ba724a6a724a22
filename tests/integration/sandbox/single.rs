//! The operations whose request is one record.

use serde_json::{Value, json};

use super::{KEY, Reply, Server, ana_with, reply};

const NOBODY: &str = "00000000-0000-4000-8000-00000000ffff";

impl Server {
    async fn change(&self, method: &str, path: &str, body: Value) -> Reply {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let request = self
            .client
            .request(method, self.url(path))
            .header("x-api-key", KEY)
            .header("content-type", "application/json")
            .body(body.to_string());
        reply(request).await.unwrap()
    }

    /// One customer with one policy, and the paths of both.
    async fn ana(&self) -> (String, String) {
        let policy =
            json!({ "healthSherpaPolicyId": "P1", "planName": "Silver", "status": "Pending" });
        let ana = ana_with(json!({
            "healthSherpaCustomerId": "1", "state": "IL", "policies": [policy],
        }));
        self.sync(json!([ana])).await;
        let customer = self.customers().remove(0);
        let path = format!("/v2/customers/{}", customer["id"].as_str().unwrap());
        let policy = customer["policies"][0]["id"].as_str().unwrap();
        let policy = format!("{path}/policies/{policy}");
        (path, policy)
    }
}

#[tokio::test]
async fn a_customer_is_updated_member_by_member_and_found_by_its_new_ids() {
    let server = Server::plain().await;
    let (path, _) = server.ana().await;

    let body = json!({ "callerId": "+13055550142", "clientCustomerId": "own", "lastName": null, "customData": [1] });
    let answer = server.change("PATCH", &path, body).await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.body["callerId"], "+13055550142");
    assert_eq!(
        (&answer.body["firstName"], &answer.body["lastName"]),
        (&json!("Ana"), &Value::Null)
    );
    assert_eq!(server.get(&path).await.body["clientCustomerId"], "own");
    server
        .sync(json!([ana_with(json!({ "externalId": "own" }))]))
        .await;
    assert_eq!(server.sandbox.tally().customers, 1);
}

#[tokio::test]
async fn a_policy_is_made_by_each_post_and_shown_with_its_customer() {
    let server = Server::plain().await;
    let (path, _) = server.ana().await;
    let body = json!({ "policyType": "MA", "carrierName": "UHC", "planCode": "H1234001000" });

    for _ in 0..2 {
        let answer = server
            .change("POST", &format!("{path}/policies"), body.clone())
            .await;
        assert_eq!(answer.status, 201);
        assert_eq!(answer.body["planCode"], "H1234-001-000");
        assert_eq!(answer.body["carrierName"], "UnitedHealthcare");
        assert_eq!(answer.body["status"], "Active");
    }

    let shown = server.get(&path).await.body;
    assert_eq!(shown["policies"].as_array().unwrap().len(), 3);
    assert_eq!(shown["policies"][2]["policyType"], "MA");
    assert_eq!(server.sandbox.tally().policies_created, 3);
    let times = &server.sandbox.dump()["applied_bodies"]["max_times"];
    assert_eq!(*times, 2);
}

#[tokio::test]
async fn a_policy_is_updated_where_the_path_leads_to_it() {
    let server = Server::plain().await;
    let (path, policy) = server.ana().await;

    let body = json!({ "carrierName": "BCBS", "monthlyPremium": "12.50", "planName": null });
    let answer = server.change("PATCH", &policy, body).await;

    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.body["carrierName"],
        "Blue Cross and Blue Shield of Illinois"
    );
    let shown = server.get(&path).await.body["policies"][0].clone();
    assert_eq!(shown["monthlyPremium"], "12.50");
    assert_eq!(
        (&shown["planName"], &shown["status"]),
        (&Value::Null, &json!("Pending"))
    );
}

#[tokio::test]
async fn what_leads_nowhere_or_breaks_the_contract_changes_nothing() {
    let server = Server::plain().await;
    let (path, policy) = server.ana().await;
    let before = server.customers();
    let policies = format!("{path}/policies");
    let of_nobody = format!("/v2/customers/{NOBODY}");

    let invalid = [
        ("PATCH", "/v2/customers/1", json!({})),
        ("PATCH", &path, json!({ "phoneNumber": "+13055550123" })),
        ("PATCH", &path, json!({ "callerId": null })),
        ("POST", &policies, json!({ "planName": "X" })),
        (
            "POST",
            &policies,
            json!({ "policyType": "MA", "planCode": "S1234001000" }),
        ),
        ("PATCH", &policy, json!({ "monthlyPremium": 12.5 })),
    ];
    for (method, path, body) in invalid {
        let answer = server.change(method, path, body).await;
        assert_eq!(answer.status, 422, "{method} {path}");
        assert_eq!(answer.body["code"], "VALIDATION_ERROR");
    }
    let made = format!("{of_nobody}/policies");
    let other = format!("{policies}/{NOBODY}");
    let nowhere = [
        ("PATCH", &of_nobody, json!({ "firstName": "X" })),
        ("POST", &made, json!({ "policyType": "MA" })),
        ("PATCH", &other, json!({ "status": "Active" })),
    ];
    for (method, path, body) in nowhere {
        let answer = server.change(method, path, body).await;
        assert_eq!(answer.status, 404, "{method} {path}");
        assert_eq!(answer.body["code"], "NOT_FOUND");
    }
    let moved = json!({ "customerId": NOBODY });
    assert_eq!(server.change("PATCH", &policy, moved).await.status, 409);
    assert_eq!(server.customers(), before);
}

#[tokio::test]
async fn carriers_are_listed_and_a_fault_takes_the_permission_away() {
    let server = Server::failing("403@2").await;
    let (path, _) = server.ana().await;

    let refused = server
        .change("PATCH", &path, json!({ "firstName": "X" }))
        .await;
    let listed = server.get("/v2/carriers").await;

    assert_eq!(
        (refused.status, &refused.body["code"]),
        (403, &json!("FORBIDDEN"))
    );
    assert_eq!(listed.status, 200);
    assert_eq!(listed.body["items"][0]["displayName"], "Aetna");
    assert_eq!(server.customers()[0]["firstName"], "Ana");
}

//! Which customer a record is about, and what becomes of its members.

use serde_json::{Value, json};

use super::{Server, ana, ana_with};

/// How many customers there are after these records, each sent in a request of its own.
async fn customers_after(records: &[Value]) -> usize {
    let server = Server::plain().await;
    for record in records {
        let reply = server.sync(json!([record])).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
    }
    server.customers().len()
}

#[tokio::test]
async fn every_identifier_finds_its_customer() {
    for name in [
        "healthSherpaCustomerId",
        "externalId",
        "carrierAssignedCustomerId",
    ] {
        let first = ana_with(json!({ (name): "1001" }));
        let again =
            ana_with(json!({ (name): "1001", "firstName": "Anna", "phoneNumber": "3055550199" }));
        let other = ana_with(json!({ (name): "1002" }));

        assert_eq!(customers_after(&[first.clone(), again]).await, 1, "{name}");
        assert_eq!(customers_after(&[first, other]).await, 2, "{name}");
    }
}

#[tokio::test]
async fn the_first_identifier_present_decides_even_when_it_is_known_to_nobody() {
    let held = ana_with(json!({ "externalId": "A" }));
    let new_id = ana_with(json!({ "healthSherpaCustomerId": "1001", "externalId": "A" }));

    assert_eq!(customers_after(&[held, new_id]).await, 2);
}

#[tokio::test]
async fn a_null_or_empty_identifier_is_not_present() {
    let held = ana_with(json!({ "externalId": "A" }));
    for absent in [json!(null), json!("")] {
        let record = ana_with(json!({ "healthSherpaCustomerId": absent, "externalId": "A" }));

        assert_eq!(
            customers_after(&[held.clone(), record]).await,
            1,
            "{absent}"
        );
    }
}

#[tokio::test]
async fn without_identifiers_name_birth_date_and_phone_decide_in_any_accepted_shape() {
    let record = ana_with(json!({ "dateOfBirth": "01/31/1980" }));
    let same = ana_with(json!({ "dateOfBirth": "01-31-1980", "phoneNumber": "(305) 555-0123" }));
    let other_day = ana_with(json!({ "dateOfBirth": "02/01/1980" }));
    let other_name = ana_with(json!({ "dateOfBirth": "01/31/1980", "lastName": "Li" }));
    let identified = ana_with(json!({ "dateOfBirth": "01/31/1980", "externalId": "A" }));

    assert_eq!(customers_after(&[record.clone(), same]).await, 1);
    assert_eq!(customers_after(&[record.clone(), other_day]).await, 2);
    assert_eq!(customers_after(&[record.clone(), other_name]).await, 2);
    assert_eq!(
        customers_after(&[record.clone(), identified.clone()]).await,
        2
    );
    assert_eq!(customers_after(&[identified, record]).await, 1);
}

#[tokio::test]
async fn twins_without_identifiers_and_birth_date_are_two_customers() {
    assert_eq!(customers_after(&[ana(), ana()]).await, 2);

    let server = Server::plain().await;
    let reply = server.sync(json!([ana(), ana()])).await;

    assert_eq!(reply.body["succeeded"], 2);
    assert_eq!(server.customers().len(), 2);
    let bodies = &server.sandbox.dump()["applied_bodies"];
    assert_eq!(
        [&bodies["total"], &bodies["distinct"], &bodies["max_times"]],
        [2, 1, 2]
    );
}

#[tokio::test]
async fn two_records_of_one_customer_in_one_request_are_applied_in_order() {
    let server = Server::plain().await;
    let first = ana_with(json!({ "externalId": "A", "city": "Miami" }));
    let second = ana_with(json!({ "externalId": "A", "city": "Tampa" }));

    let reply = server.sync(json!([first, second])).await;

    assert_eq!(reply.body["results"].as_array().unwrap().len(), 2);
    let customers = server.customers();
    assert_eq!(customers.len(), 1);
    assert_eq!(
        (&customers[0]["city"], &customers[0]["applied"]),
        (&json!("Tampa"), &json!(2))
    );
    let tally = server.sandbox.tally();
    assert_eq!(
        (
            tally.records_applied,
            tally.records_created,
            tally.records_updated
        ),
        (2, 1, 1)
    );
}

#[tokio::test]
async fn an_absent_member_leaves_what_is_held_and_null_clears_it() {
    let server = Server::plain().await;
    let first = json!({
        "externalId": "A", "city": "Miami", "county": "Dade", "doNotCall": true,
        "customFields": [{ "fieldKey": "source", "value": "a" }, { "fieldKey": "tag", "value": "b" }],
    });
    server.sync(json!([ana_with(first)])).await;

    let second = json!({
        "externalId": "A", "city": null,
        "customFields": [{ "fieldKey": "tag", "value": "c" }],
    });
    server.sync(json!([ana_with(second)])).await;

    let customer = &server.customers()[0];
    assert_eq!(customer["city"], Value::Null);
    assert_eq!(
        (&customer["county"], &customer["doNotCall"]),
        (&json!("Dade"), &json!(true))
    );
    assert_eq!(
        customer["customFields"],
        json!([{ "fieldKey": "source", "value": "a" }, { "fieldKey": "tag", "value": "c" }])
    );
}

#[tokio::test]
async fn a_customer_is_found_by_what_it_is_now_called_and_no_longer_by_what_it_was() {
    let server = Server::plain().await;
    server
        .sync(json!([ana_with(
            json!({ "healthSherpaCustomerId": "1", "externalId": "A" })
        )]))
        .await;
    server
        .sync(json!([ana_with(
            json!({ "healthSherpaCustomerId": "1", "externalId": "B" })
        )]))
        .await;

    server
        .sync(json!([ana_with(
            json!({ "externalId": "B", "city": "Miami" })
        )]))
        .await;
    server
        .sync(json!([ana_with(
            json!({ "externalId": "A", "city": "Tampa" })
        )]))
        .await;

    let customers = server.customers();
    assert_eq!(customers.len(), 2);
    assert_eq!(
        (&customers[0]["externalId"], &customers[0]["city"]),
        (&json!("B"), &json!("Miami"))
    );
    assert_eq!(
        (&customers[1]["externalId"], &customers[1]["city"]),
        (&json!("A"), &json!("Tampa"))
    );
}

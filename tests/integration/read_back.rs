//! Bodies beside the customer as the API shows it: what means the same is the same, what does not is told.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests are not `in tests` for clippy, and a failed one is a failed test"
)]

use std::sync::atomic::{AtomicU64, Ordering};

use aca_sync::{
    contract::{CUSTOMER, Contract, CustomerId, Field, Kind, Liberty, Presence, Target},
    read_back::{Comparison, Finding, Judgement, compare},
};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use tokio::runtime::Runtime;

use crate::support::{KEY, Server};

const CONTRACT: &Contract = Target::SyncAca.contract();

fn compared(body: &Value, shown: &Value) -> Comparison {
    compare(
        CONTRACT,
        body.to_string().as_bytes(),
        shown.as_object().unwrap(),
    )
    .unwrap()
}

/// What is found of the only field of a body.
fn finding(body: &Value, shown: &Value) -> Finding {
    let found = compared(body, shown).fields;
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].finding
}

/// Each field that is not the same, with what was found.
fn found(body: &Value, shown: &Value) -> Vec<(String, Finding)> {
    let fields = compared(body, shown).fields.into_iter();
    let fields = fields.filter(|one| one.finding != Finding::Same);
    fields.map(|one| (one.path(), one.finding)).collect()
}

#[test]
fn the_api_s_own_spellings_are_the_same() {
    for (field, sent, read) in [
        ("firstName", json!("Ana  María"), json!(" Ana María ")),
        ("email", json!("Ana@Example.com"), json!("ana@example.COM")),
        ("postalCode", json!("33101"), json!("33101-1234")),
        ("postalCode", json!("00501"), json!(501)),
        ("timezone", json!("America/New_York"), json!("EST")),
        ("timezone", json!("PST"), json!("US/Pacific")),
        ("state", json!("FL"), json!("Florida")),
        ("state", json!("FL"), json!("fl")),
        ("dateOfBirth", json!("01/31/1980"), json!("1980-01-31")),
        (
            "dateOfBirth",
            json!("01/31/1980"),
            json!("1980-01-31T00:00:00.000Z"),
        ),
        ("dateOfBirth", json!("01/31/1980"), json!("01-31-1980")),
        ("gender", json!("Non-Binary"), json!("non-binary")),
        ("dependentCount", json!(3), json!("3")),
        ("householdIncome", json!(41000), json!(41000.0)),
        ("householdIncome", json!(41000), json!("41000.00")),
        ("medicaid", json!(true), json!("true")),
        ("address2", json!("120.5"), json!(120.50)),
        ("address2", json!("120.5"), json!("120.50")),
        ("medicaidNumber", json!("123"), json!(123)),
        ("city", json!(null), json!("")),
        ("city", json!(""), json!(null)),
    ] {
        let (body, shown) = (json!({ field: sent }), json!({ field: read }));
        assert_eq!(
            finding(&body, &shown),
            Finding::Same,
            "{field} {sent} {read}"
        );
    }
    for read in [
        "+13055550123",
        "(305) 555-0123",
        "305-555-0123",
        "1 305 555 0123",
        "3055550123",
    ] {
        let (body, shown) = (
            json!({ "phoneNumber": "+13055550123" }),
            json!({ "callerId": read }),
        );
        assert_eq!(finding(&body, &shown), Finding::Same, "{read}");
    }
    for (name, shown) in [
        ("externalId", "clientCustomerId"),
        ("medicaidNumber", "medicaidNumber"),
    ] {
        assert_eq!(
            finding(&json!({ name: "A1" }), &json!({ shown: "A1" })),
            Finding::Same
        );
    }
    // A null that was sent and a member that is not shown at all.
    assert_eq!(finding(&json!({ "city": null }), &json!({})), Finding::Same);
}

/// Field, what was sent, what is shown, what is found.
#[rustfmt::skip]
const OTHERS: &[(&str, &str, &str, Finding)] = &[
    ("firstName", r#""Ana""#, r#""ana""#, Finding::Differs),
    ("firstName", r#""Ana""#, "null", Finding::Missing),
    ("firstName", r#""Ana""#, r#"" ""#, Finding::Missing),
    ("city", "null", r#""Miami""#, Finding::Differs),
    ("postalCode", r#""33101""#, r#""33102-1234""#, Finding::Differs),
    ("timezone", r#""America/New_York""#, r#""CST""#, Finding::Differs),
    ("state", r#""FL""#, r#""Georgia""#, Finding::Differs),
    ("dateOfBirth", r#""01/02/1980""#, r#""1980-02-01""#, Finding::Differs),
    ("dependentCount", "3", r#""30""#, Finding::Differs),
    ("householdIncome", "41000", "41000.5", Finding::Differs),
    ("medicaid", "true", "false", Finding::Differs),
    ("doNotCall", "true", "null", Finding::Missing),
    ("medicaidNumber", r#""0123""#, "123", Finding::Differs),
    ("medicaidNumber", r#""ab1""#, r#""AB1""#, Finding::Differs),
    ("email", r#""ana@example.com""#, r#""bo@example.com""#, Finding::Differs),
    ("address2", r#""120.5""#, r#""120.05""#, Finding::Differs),
    ("city", r#""Miami""#, r#"["Miami"]"#, Finding::NotComparable),
];

#[test]
fn what_does_not_mean_the_same_is_told() {
    let parsed = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    for (field, sent, read, expected) in OTHERS {
        let body = json!({ *field: parsed(sent) });
        let shown = json!({ *field: parsed(read) });
        assert_eq!(finding(&body, &shown), *expected, "{field} {sent} {read}");
    }
    let phone = json!({ "phoneNumber": "+13055550123" });
    let shown = json!({ "callerId": "3055550124" });
    assert_eq!(finding(&phone, &shown), Finding::Differs);
    assert_eq!(finding(&phone, &json!({})), Finding::Missing);
}

#[test]
fn fields_that_were_not_sent_are_not_looked_at() {
    let shown = json!({ "firstName": "Ana", "lastName": "Lee", "city": "Miami", "status": "Lead" });

    assert!(found(&json!({ "firstName": "Ana" }), &shown).is_empty());
}

#[test]
fn custom_fields_are_compared_where_they_are_shown_as_they_were_sent() {
    let sent =
        |value: Value| json!({ "customFields": [{ "fieldKey": "lead_source", "value": value }] });
    for (value, shown, expected) in [
        (
            json!("Ads"),
            json!([{ "fieldKey": "lead_source", "value": "Ads" }]),
            Finding::Same,
        ),
        (
            json!("true"),
            json!([{ "fieldKey": "lead_source", "value": true }]),
            Finding::Same,
        ),
        (
            json!("7"),
            json!([{ "fieldKey": "lead_source", "value": 7.0 }]),
            Finding::Same,
        ),
        (
            json!("2026-01-05"),
            json!([{ "fieldKey": "lead_source", "value": "1/5/2026" }]),
            Finding::Same,
        ),
        (
            json!("Ads"),
            json!([{ "fieldKey": "lead_source", "value": "Web" }]),
            Finding::Differs,
        ),
        (
            json!("Ads"),
            json!([{ "fieldKey": "other", "value": "Ads" }]),
            Finding::Missing,
        ),
        (json!("Ads"), json!([]), Finding::Missing),
        (
            json!("Ads"),
            json!([{ "fieldKey": "lead_source", "textValue": "Ads" }]),
            Finding::NotComparable,
        ),
        (
            json!("Ads"),
            json!([{ "definition": 7, "textValue": "Ads" }]),
            Finding::NotComparable,
        ),
        (json!("Ads"), json!(null), Finding::NotComparable),
    ] {
        let shown = json!({ "customFields": shown });
        assert_eq!(finding(&sent(value), &shown), expected, "{shown}");
    }
}

/// What is found of these policies beside those, but for what is the same.
fn expect_policies(why: &str, sent: &Value, shown: &Value, expected: Option<(&str, Finding)>) {
    let found = found(&json!({ "policies": sent }), &json!({ "policies": shown }));
    let expected: Vec<_> = expected
        .map(|(path, one)| (path.to_owned(), one))
        .into_iter()
        .collect();
    assert_eq!(found, expected, "{why}");
}

#[test]
#[rustfmt::skip]
fn a_policy_is_found_by_its_ids() {
    let first = |id: &str| json!({ "healthSherpaPolicyId": id });
    let both = |id: &str, carrier: &str| json!({ "healthSherpaPolicyId": id, "carrierAssignedPolicyId": carrier });
    let second = json!({ "carrierAssignedPolicyId": "C2" });
    let missing = Some(("policies[0]", Finding::Missing));
    for (why, sent, shown, expected) in [
        ("by the first id", json!([first("P1")]), json!([first("P0"), first("P1")]), None),
        ("the first id has the last word", json!([both("P1", "C2")]), json!([both("P9", "C2")]), missing),
        ("by the second id", json!([both("P1", "C2")]), json!([second]), Some(("policies[0].healthSherpaPolicyId", Finding::Missing))),
        ("the second id may change", json!([both("P1", "C2")]), json!([both("P1", "C1")]), Some(("policies[0].carrierAssignedPolicyId", Finding::Differs))),
        ("another id is another policy", json!([{ "healthSherpaPolicyId": "P1", "planCode": "A" }]),
            json!([{ "healthSherpaPolicyId": "P2", "planCode": "A" }]), missing),
        ("the page does not list its state", json!([{ "healthSherpaPolicyId": "P1", "planState": "FL" }]), json!([first("P1")]),
            Some(("policies[0].planState", Finding::NotComparable))),
        ("no list is shown", json!([first("P1")]), json!(null), Some(("policies[0]", Finding::NotComparable))),
    ] {
        expect_policies(why, &sent, &shown, expected);
    }
}

#[test]
#[rustfmt::skip]
fn a_policy_without_ids_is_found_by_plan_date_and_carrier() {
    let plan = |carrier: &str| json!({
        "planCode": "12345-FL-0010001", "effectiveDate": "2026-01-01", "carrierName": carrier, "policyLives": 2
    });
    let undashed = json!({
        "planCode": "12345FL0010001", "effectiveDate": "01/01/2026", "carrierName": "Oscar", "policyLives": 2
    });
    let untold = Some(("policies[0]", Finding::NotComparable));
    for (why, sent, shown, expected) in [
        ("by plan and date", json!([plan("Oscar")]), json!([undashed]), None),
        ("only the carrier differs", json!([plan("OSC")]), json!([undashed]), Some(("policies[0].carrierName", Finding::NotComparable))),
        ("the carrier chooses", json!([plan("oscar")]), json!([plan("Cigna"), plan("Oscar")]), None),
        ("nobody chooses", json!([plan("Ambetter")]), json!([plan("Cigna"), plan("Oscar")]), untold),
        ("two of one kind", json!([plan("Oscar"), plan("Oscar")]), json!([plan("Oscar")]), Some(("policies[1]", Finding::Missing))),
        ("nothing to tell it by", json!([{ "policyLives": 2 }]), json!([{ "policyLives": 2 }]), untold),
        ("not there", json!([plan("Oscar")]), json!([]), Some(("policies[0]", Finding::Missing))),
    ] {
        expect_policies(why, &sent, &shown, expected);
    }
}

#[test]
fn a_policy_that_the_api_has_ended_is_told_apart() {
    let policy =
        |status: &str| json!({ "policies": [{ "healthSherpaPolicyId": "P1", "status": status }] });
    let of = |sent: &str, shown: &str| found(&policy(sent), &policy(shown));
    let is = |finding| vec![("policies[0].status".to_owned(), finding)];

    assert_eq!(of("Active", "Terminated"), is(Finding::Ended));
    assert_eq!(of("Active", "terminated"), is(Finding::Ended));
    assert_eq!(of("Active", "Cancelled"), is(Finding::Differs));
    assert_eq!(of("Pending", "Pending Effectuation"), vec![]);
    assert_eq!(of("Pending Effectuation", "Pending"), vec![]);
    assert_eq!(of("Terminated", "Terminated"), vec![]);
    assert_eq!(of("Terminated", "Active"), is(Finding::Differs));
}

#[test]
#[rustfmt::skip]
fn a_body_is_judged_by_all_that_is_shown() {
    let ana = |city: &str, policies: Value| json!({ "firstName": "Ana", "city": city, "policies": policies });
    let policy = |id: &str, status: &str| json!({ "healthSherpaPolicyId": id, "status": status });
    let bare = |city: &str| json!({ "firstName": "Ana", "city": city });
    let (old, new, ended) = (policy("P1", "Active"), policy("P2", "Active"), policy("P1", "Terminated"));
    let custom = json!({ "customFields": [{ "fieldKey": "a", "value": "b" }] });
    for (why, body, shown, expected) in [
        ("all as sent", ana("Miami", json!([new])), ana("Miami", json!([old, new])), Judgement::Applied),
        ("no policy there", ana("Miami", json!([new])), ana("Miami", json!([old])), Judgement::NotApplied),
        ("nothing there", ana("Miami", json!([new])), ana("Tampa", json!([])), Judgement::NotApplied),
        ("one of two", ana("Miami", json!([old, new])), ana("Miami", json!([old])), Judgement::Unclear),
        ("the policy without the city", ana("Miami", json!([new])), ana("Tampa", json!([new])), Judgement::Unclear),
        ("policies not shown", ana("Miami", json!([new])), ana("Miami", json!(null)), Judgement::Unclear),
        ("ended by the newer one", ana("Miami", json!([old, new])), ana("Miami", json!([ended, new])), Judgement::Applied),
        ("ended, nobody knows when", ana("Miami", json!([old])), ana("Miami", json!([ended])), Judgement::Unclear),
        ("no policies, as sent", bare("Miami"), ana("Miami", json!([old])), Judgement::Applied),
        ("no policies, one differs", bare("Miami"), bare("Tampa"), Judgement::NotApplied),
        ("nothing that can be compared", custom, json!({}), Judgement::Unclear),
    ] {
        assert_eq!(compared(&body, &shown).judgement(), expected, "{why}");
    }
}

#[test]
fn nothing_that_is_found_prints_a_value() {
    let body = json!({ "firstName": "Qzcanary", "policies": [{ "planName": "Qzcanary" }] });
    let found = compared(&body, &json!({ "firstName": "Qzcanary2", "policies": [] }));

    assert!(!format!("{found:?}").contains("Qzcanary"));
}

#[test]
fn ids_of_customers_follow_the_page_s_pattern() {
    for id in [
        "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed",
        "1B9D6BCD-BBFD-4B2D-9B5D-AB8DFBBD4BED",
        "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
    ] {
        let parsed = CustomerId::parse(id).unwrap();
        assert_eq!(parsed.to_string(), id.to_lowercase());
        assert_eq!(
            CUSTOMER.path_of(parsed),
            format!("/v2/customers/{}", id.to_lowercase())
        );
    }
    for text in [
        "",
        "1001",
        "1b9d6bcdbbfd4b2d9b5dab8dfbbd4bed",
        "1b9d6bcd-bbfd-9b2d-9b5d-ab8dfbbd4bed",
        "1b9d6bcd-bbfd-4b2d-1b5d-ab8dfbbd4bed",
        "{1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed}",
        "../../../v2/sync/aca?aaaaaaaaaaaaaaaaaaaa",
    ] {
        assert_eq!(CustomerId::parse(text), None, "{text}");
    }
}

/// The real sandbox, asked over HTTP.
struct Api {
    server: Server,
    runtime: Runtime,
    http: reqwest::Client,
}

/// No two bodies are about one customer.
static NUMBER: AtomicU64 = AtomicU64::new(0);

impl Api {
    fn new() -> Self {
        Self {
            server: Server::new(),
            runtime: Runtime::new().unwrap(),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
        }
    }

    /// Sends a body and reads the customer back.
    fn apply(&self, body: &Value) -> Value {
        let ask = |request: reqwest::RequestBuilder| async {
            let answer = request.header("x-api-key", KEY).send().await.unwrap();
            serde_json::from_str(&answer.text().await.unwrap()).unwrap()
        };
        self.runtime.block_on(async {
            let url = self.server.url();
            let post = self.http.post(format!("{url}/v2/sync/aca"));
            let post = post.header("content-type", "application/json");
            let answer: Value = ask(post.body(json!({ "records": [body] }).to_string())).await;
            assert_eq!(answer["succeeded"], 1, "{answer} {body}");
            let id = answer["results"][0]["id"].as_str().unwrap();
            ask(self.http.get(format!("{url}/v2/customers/{id}"))).await
        })
    }
}

fn value_of(field: &Field) -> BoxedStrategy<Value> {
    let text = |pattern: &str| {
        proptest::string::string_regex(pattern)
            .unwrap()
            .prop_map(Value::from)
    };
    let words = |words: &[&str]| {
        let words: Vec<Value> = words.iter().map(|word| json!(word)).collect();
        proptest::sample::select(words).boxed()
    };
    match field.kind {
        Kind::Text { .. } | Kind::Name { .. } => {
            text("[A-Za-zäéñ'.,#-]{1,9}( [A-Za-z0-9.]{1,9}){0,2}").boxed()
        }
        Kind::Identifier { .. } => text("[A-Za-z0-9-]{1,20}").boxed(),
        Kind::Phone => text(r"(\+1|)[2-9]055550[1-9][0-9]{2}|\(305\) 555-01[0-9]{2}").boxed(),
        Kind::PostalCode => text("[1-8][0-9]{4}").boxed(),
        Kind::TimeZone => words(&[
            "America/New_York",
            "America/Denver",
            "EST",
            "CST",
            "MST",
            "PST",
        ]),
        Kind::State => words(&["FL", "TX", "CA"]),
        Kind::BirthDate => {
            text("(0[1-9]|1[0-2])[-/](0[1-9]|1[0-9]|2[0-8])[-/]19[3-9][0-9]").boxed()
        }
        Kind::Date => text("202[0-7]-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])").boxed(),
        Kind::Choice(listed) => {
            let listed: Vec<&str> = listed.iter().map(|word| word.text).collect();
            words(&listed)
        }
        Kind::Integer => any::<i32>().prop_map(Value::from).boxed(),
        Kind::Boolean => any::<bool>().prop_map(Value::from).boxed(),
        Kind::Uuid => words(&["1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed"]),
        Kind::Money => text(r"[1-9][0-9]{0,3}\.[0-9][1-9]").boxed(),
        Kind::Json => Just(json!({ "a": [1, true] })).boxed(),
    }
}

/// Some fields of a table: absent, null or with a value; required ones always with a value.
fn members_of(table: &'static [Field]) -> BoxedStrategy<Map<String, Value>> {
    let one = |field: &'static Field| {
        let filled = value_of(field);
        let member = match field.presence {
            Presence::Required => filled.prop_map(Some).boxed(),
            Presence::Optional => prop_oneof![1 => Just(None), 3 => filled.prop_map(Some)].boxed(),
            Presence::Nullable => prop_oneof![
                2 => Just(None), 1 => Just(Some(Value::Null)), 4 => filled.prop_map(Some)
            ]
            .boxed(),
        };
        member.prop_map(move |value| Some((field.name.to_owned(), value?)))
    };
    let members: Vec<_> = table.iter().map(one).collect();
    members
        .prop_map(|members| members.into_iter().flatten().collect())
        .boxed()
}

prop_compose! {
    fn body()(
        mut customer in members_of(CONTRACT.fields),
        policies in proptest::collection::vec(members_of(CONTRACT.policy_fields()), 0..4),
        custom in proptest::collection::btree_map("[a-z_]{1,8}", "[A-Za-z0-9 ]{1,9}", 0..3),
    ) -> Value {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        customer.insert("healthSherpaCustomerId".to_owned(), json!(format!("hs-{number}")));
        customer.insert("postalCode".to_owned(), json!("33101"));
        let custom: Value = custom.into_iter().map(|(key, value)| json!({ "fieldKey": key, "value": value })).collect();
        let policies: Value = policies.into_iter().enumerate().map(|(place, policy)| distinct(place, policy)).collect();
        customer.insert("customFields".to_owned(), custom);
        customer.insert("policies".to_owned(), policies);
        customer.into()
    }
}

/// Every policy can be told from its siblings, by an id or by its plan.
fn distinct(place: usize, mut policy: Map<String, Value>) -> Value {
    for name in ["healthSherpaPolicyId", "carrierAssignedPolicyId"] {
        if let Some(Value::String(id)) = policy.get_mut(name) {
            *id = format!("{id}~{place}");
        }
    }
    policy.insert("planCode".to_owned(), json!(format!("plan {place}")));
    policy.into()
}

/// Another value of the same kind, which no spelling makes the same.
fn another(field: &Field, value: &Value) -> Value {
    let other = |one: &str, two: &str| json!(if value == one { two } else { one });
    match field.kind {
        Kind::Text { .. } | Kind::Name { .. } | Kind::Identifier { .. } => {
            json!(format!("{}x", value.as_str().unwrap()))
        }
        Kind::Phone => json!("+12125550199"),
        Kind::PostalCode => other("90210", "10001"),
        Kind::TimeZone => json!("America/Phoenix"),
        Kind::State => json!("GA"),
        Kind::BirthDate => json!("12/31/1929"),
        Kind::Date => json!("2019-12-31"),
        Kind::Choice(words) => {
            let word = words
                .iter()
                .find(|word| word.text != value && !word.text.starts_with("Pending"));
            json!(word.unwrap().text)
        }
        Kind::Integer => json!(value.as_i64().unwrap().wrapping_add(1)),
        Kind::Boolean => json!(!value.as_bool().unwrap()),
        Kind::Uuid => json!("2c9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed"),
        Kind::Money => json!("99999.01"),
        Kind::Json => json!("another"),
    }
}

/// The bodies that differ from this one in a single field, each with that field's place.
fn with_one_changed(body: &Value) -> Vec<(&'static Field, bool, Value)> {
    let mut changed = Vec::new();
    for field in CONTRACT.fields {
        if let Some(value) = body.get(field.name).filter(|value| !value.is_null()) {
            let mut other = body.clone();
            other[field.name] = another(field, value);
            changed.push((field, false, other));
        }
    }
    for (place, policy) in body["policies"].as_array().unwrap().iter().enumerate() {
        for field in CONTRACT.policy_fields() {
            if let Some(value) = policy.get(field.name).filter(|value| !value.is_null()) {
                let mut other = body.clone();
                other["policies"][place][field.name] = another(field, value);
                changed.push((field, true, other));
            }
        }
    }
    changed
}

#[test]
fn what_the_sandbox_applied_reads_back_as_applied_and_a_single_change_is_told() {
    let api = Api::new();
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        source_file: Some(file!()),
        ..ProptestConfig::with_cases(60)
    });
    let checked = runner.run(&body(), |body| {
        let shown = api.apply(&body);

        let comparison = compared(&body, &shown);
        let told: Vec<_> = found(&body, &shown);
        prop_assert!(told.is_empty(), "{told:?}\n{body}\n{shown}");
        prop_assert_eq!(comparison.judgement(), Judgement::Applied);
        for (field, is_policy, changed) in with_one_changed(&body) {
            let told = compared(&changed, &shown);
            let is_resolved = CUSTOMER.liberty(field.name) == Some(Liberty::Resolved);
            prop_assert!(
                is_resolved || told.differs() || has(&told, Finding::Ended),
                "{}\n{changed}\n{shown}",
                field.name
            );
            let at_its_place = told.fields.iter().any(|one| {
                one.finding != Finding::Same
                    && (one.field.ends_with(field.name) || (is_policy && one.field == "policies"))
            });
            prop_assert!(at_its_place, "{}\n{changed}\n{shown}", field.name);
        }
        Ok(())
    });
    checked.unwrap();
}

fn has(comparison: &Comparison, finding: Finding) -> bool {
    comparison.fields.iter().any(|one| one.finding == finding)
}

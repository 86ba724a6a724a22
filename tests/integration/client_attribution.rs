//! Which records an answer says to have succeeded, and which it only seems to.

use aca_sync::{
    client::Verdict,
    record::{Outcome, Reply},
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::client_answers::{brief, ids, judged, judged_request, settled};

/// Batch, answer, outcomes, why.
const ACCOUNTS: &str = r#"
a b c | {"succeeded":3,"failed":0,"errors":[]} | ok ok ok | all said to be well
a b c | {"succeeded":3,"failed":0} | ok ok ok | no list of errors is an empty one
- - - | {"succeeded":3,"failed":0,"errors":null} | ok ok ok | ids are not needed for that
a b c | {"succeeded":3,"errors":[]} | ? ? ? | a count is missing
a b c | {"succeeded":2,"failed":0,"errors":[]} | ? ? ? | one is not accounted for
a b c | {"succeeded":4,"failed":0,"errors":[]} | ? ? ? | more than were sent
a b c | {"succeeded":-3,"failed":6} | ? ? ? | a count that is none
a b c | {"succeeded":2.5,"failed":0.5} | ? ? ? | half a record
a b c | {"succeeded":18446744073709551615,"failed":4} | ? ? ? | a sum that wraps around to what was sent
a b c | {"succeeded":3,"failed":0,"errors":[{"externalId":"b","error":"bad"}]} | ? ? ? | counts and errors disagree
a b c | {"succeeded":3,"failed":0,"errors":["bad"]} | ? ? ? | an error about nobody
a b c | {"succeeded":2,"failed":1,"errors":[{"externalId":"b","error":"bad"}]} | ok failed:bad ok | the one that failed is named
a b c | {"succeeded":2,"failed":1,"errors":[{"externalId":"b","error":{"message":"bad"}}]} | ok failed:bad ok | an error as an object
a b c | {"succeeded":2,"failed":1,"errors":[{"externalId":"b"}]} | ok failed:the API gave no reason ok | an error without words
7 8 9 | {"succeeded":2,"failed":1,"errors":[{"externalId":8,"error":"bad"}]} | ok failed:bad ok | an id as a number
a b c | {"succeeded":2,"failed":1,"errors":[{"id":"b","externalId":null,"error":"bad"}]} | ok failed:bad ok | named by id
a b c | {"succeeded":2,"failed":1,"errors":[{"path":["records",1,"email"],"message":"bad"}]} | ok failed:email: bad ok | named by path
a b c | {"succeeded":2,"failed":1,"failedRecords":[{"index":1}],"errors":[{"externalId":"b","error":"bad"}]} | ok failed:bad ok | named twice
a b c | {"succeeded":2,"failed":1,"errors":[{"path":["records","1"],"externalId":"a","error":"bad"}]} | ? ? ? | path and id disagree
a b c | {"succeeded":2,"failed":1,"errors":[{"externalId":"b","error":"bad"},{"externalId":"b","error":"worse"}]} | ok failed:bad; worse ok | two errors of one record
a b c | {"succeeded":1,"failed":2,"errors":[{"externalId":"b","error":"bad"},{"externalId":"b","error":"worse"}]} | ? failed:bad; worse ? | two failed, one is named twice
a b c | {"succeeded":1,"failed":2,"errors":[{"externalId":"b","error":"bad"},{"externalId":"z","error":"who"}]} | ? failed:bad ? | a stranger among the named
a b c | {"succeeded":2,"failed":1,"errors":[{"externalId":"b","error":"bad"},{"externalId":"z","error":"who"}]} | ? failed:bad ? | a stranger beside the one that failed
a b c | {"succeeded":2,"failed":1,"errors":[{"externalId":"b","error":"bad"},{"externalId":"c","error":"bad"}]} | ? ? ? | more named than failed
a b b | {"succeeded":2,"failed":1,"errors":[{"externalId":"b","error":"bad"}]} | ? ? ? | two records share the id
a b - | {"succeeded":2,"failed":1,"errors":[{"externalId":null,"error":"bad"}]} | ? ? ? | an error without an id
a b c | {"errors":[{"externalId":"b","error":"bad"}]} | ? failed:bad ? | no counts, one named
a b c | {"succeeded":0,"failed":3,"errors":[{"error":"down"},{"error":"down"}]} | failed:down failed:down failed:down | all failed for one reason
a b c | {"succeeded":0,"failed":3,"message":"down"} | failed:down failed:down failed:down | the reason stands above
a b c | {"succeeded":0,"failed":3,"errors":[{"externalId":"a","error":"bad"},{"error":"down"}]} | failed:bad failed:down failed:down | all failed, one of them by name
a b c | {"succeeded":0,"failed":3} | failed:the API gave no reason failed:the API gave no reason failed:the API gave no reason | all failed without a word
a b | {"succeeded":0,"failed":2,"errors":[{"error":"bad"},{"error":"worse"}]} | failed:one of: bad; worse failed:one of: bad; worse | all failed, and whose words are whose is not said
a b | {"succeeded":0,"failed":2,"message":"down","errors":[{"externalId":"z"},{"externalId":"y"}]} | failed:down failed:down | errors of strangers without words
"#;

/// Batch of two that succeeded by the counts, `results`, outcomes, why.
const RESULTS: &str = r#"
a b | [{"id":"1","externalId":"a"},{"id":"2","externalId":"b"}] | ok=1 ok=2 | by external id
a b | [{"customer":{"id":"2","externalId":"b"}},{"customer":{"id":"1","externalId":"a"}}] | ok=1 ok=2 | in any order, one level down
- - | [{"id":"1"},{"customer":{"id":"2"}}] | ok=1 ok=2 | by position, as many as were sent
a - | [{"id":"2"},{"id":"1","externalId":"a"}] | ok=1 ok | not in the order sent
a b | [{"id":"1","externalId":"z"},{"id":"2","externalId":"b"}] | ok ok=2 | known to the API by another id
a b | [{"id":"1","externalId":"a"}] | ok=1 ? | one is missing
- - | [{"id":"1"}] | ? ? | one is missing, no telling which
a b | [{"id":"1","externalId":"a"},{"id":"1","externalId":"a"}] | ok=1 ? | one twice, one not at all
a b | [{"id":"1","externalId":"a"},{"externalId":"b","error":"bad"}] | ok=1 ? | an error among the results
a b | [{"id":"1","externalId":"a"},{"externalId":"b","success":false}] | ok=1 ? | no success after all
- - | [{"id":"1"},{"error":"bad"}] | ok=1 ? | no success, by position
a b | [] | ok ok | a version without results
"#;

/// Batch of three, answer, outcomes, why: errors that name nobody, and results that tell who was meant.
const BY_RESULTS: &str = r#"
a b c | {"succeeded":2,"failed":1,"errors":[{"error":"bad"}],"results":[{"id":"1","externalId":"a"},{"id":"3","externalId":"c"}]} | ok=1 failed:bad ok=3 | who is not shown has failed
- - - | {"succeeded":2,"failed":1,"errors":[{"error":"bad"}],"results":[{"id":"1","healthSherpaCustomerId":"h0"},{"customer":{"id":"3","healthSherpaCustomerId":"h2"}}]} | ok=1 failed:bad ok=3 | by another identifier
- - - | {"succeeded":3,"failed":0,"results":[{"id":"3","carrierAssignedCustomerId":"c2"},{"id":"2","healthSherpaCustomerId":"h1"},{"id":"1","carrierAssignedCustomerId":"c0","healthSherpaCustomerId":"h0"}]} | ok=1 ok=2 ok=3 | in any order
- - - | {"succeeded":3,"failed":0,"results":[{"id":"1","healthSherpaCustomerId":"h0","carrierAssignedCustomerId":"c1"},{"id":"2"},{"id":"3"}]} | ok ok=2 ok=3 | identifiers of two records
a b c | {"succeeded":1,"failed":2,"errors":[{"error":"bad"},{"error":"worse"}],"results":[{"id":"1","externalId":"a"}]} | ok=1 failed:one of: bad; worse failed:one of: bad; worse | whose words are whose is not said
a b c | {"succeeded":1,"failed":2,"errors":[{"externalId":"b","error":"bad"},{"error":"worse"}],"results":[{"id":"1","externalId":"a"}]} | ok=1 failed:bad failed:worse | one is named
a b c | {"succeeded":2,"failed":1,"errors":[{"error":"bad"}],"results":[{"id":"1","externalId":"a"}]} | ok=1 ? ? | shown is shown, and of the others nothing is known
a b c | {"succeeded":2,"failed":1,"errors":[{"error":"bad"}],"results":[{"id":"1","externalId":"a"},{"id":"9","externalId":"z"}]} | ok=1 ? ? | a stranger is shown
a b c | {"succeeded":2,"failed":1,"errors":[{"error":"bad"}],"results":[{"id":"1","externalId":"a"},{"id":"1","externalId":"a"}]} | ? ? ? | one is shown twice
a b c | {"succeeded":1,"failed":2,"errors":[{"error":"bad"}],"results":[{"id":"1","externalId":"a"},{"id":"3","externalId":"c"}]} | ? ? ? | more are shown than succeeded
a b c | {"succeeded":2,"failed":1,"errors":[{"error":"bad"}],"results":[{"id":"1","externalId":"a"},{"id":"3","externalId":"c","success":false}]} | ? ? ? | one that is shown has not succeeded
a b c | {"succeeded":2,"failed":0,"errors":[{"error":"bad"}],"results":[{"id":"1","externalId":"a"},{"id":"3","externalId":"c"}]} | ? ? ? | the counts do not add up
a b c | {"succeeded":2,"failed":1,"errors":[{"externalId":"a","error":"bad"}],"results":[{"id":"1","externalId":"a"},{"id":"3","externalId":"c"}]} | failed:bad ? ok=3 | named, and shown all the same
"#;

/// The lines of a table, in four columns.
fn lines(table: &str) -> impl Iterator<Item = [&str; 4]> {
    table
        .lines()
        .filter(|line| !line.is_empty())
        .map(|line| line.split(" | ").collect::<Vec<_>>().try_into().unwrap())
}

#[test]
fn a_record_succeeds_only_when_the_answer_accounts_for_it() {
    for [batch, body, expected, why] in lines(ACCOUNTS) {
        assert_eq!(brief(&settled(body, &ids(batch))), expected, "{why}");
    }
}

#[test]
fn results_tell_who_was_meant_where_errors_name_nobody() {
    let request = r#"{"records":[{"healthSherpaCustomerId":"h0","carrierAssignedCustomerId":"c0"},
        {"healthSherpaCustomerId":"h1","carrierAssignedCustomerId":"c1"},
        {"healthSherpaCustomerId":"h2","carrierAssignedCustomerId":"c2"}]}"#;
    for [batch, body, expected, why] in lines(BY_RESULTS) {
        let verdict = judged_request(200, Some(body), (request.to_owned(), &ids(batch)));
        let Verdict::Reply(Reply::Settled(outcomes)) = verdict else {
            unreachable!("{verdict:?}");
        };
        assert_eq!(brief(&outcomes), expected, "{why}");
    }
}

/// Every status that takes a request says the same of its records, and none of the others says that one of
/// them has succeeded, whatever the body.
#[test]
fn every_status_and_every_shape_of_answer_agree_on_who_has_succeeded() {
    let results = lines(RESULTS).map(|[batch, results, ..]| {
        let body = format!(r#"{{"succeeded":2,"failed":0,"errors":[],"results":{results}}}"#);
        (ids(batch), body)
    });
    let answers = lines(ACCOUNTS)
        .chain(lines(BY_RESULTS))
        .map(|[batch, body, ..]| (ids(batch), body.to_owned()))
        .chain(results);

    let mut judgements = 0;
    for (batch, body) in answers {
        let taken = judged(200, Some(&body), &batch);
        let refused = judged(422, Some(&body), &batch);
        for status in 100..=599 {
            let verdict = judged(status, Some(&body), &batch);
            judgements += 1;
            match (status, &verdict) {
                (200..=299, _) => assert_eq!(verdict, taken, "{status} {body}"),
                (400 | 413 | 422, Verdict::Reply(Reply::Refused(refusal))) => {
                    let named = |verdict: &Verdict| match verdict {
                        Verdict::Reply(Reply::Refused(refusal)) => refusal.named.clone(),
                        _ => Vec::new(),
                    };
                    assert_eq!(refusal.named, named(&refused), "{status} {body}");
                }
                (400 | 413 | 422, _) => unreachable!("{status} {verdict:?}"),
                (429, _) => assert!(matches!(verdict, Verdict::TryAgainAfter(_)), "{body}"),
                (408 | 500.., Verdict::Reply(Reply::Doubtful { .. }))
                | (_, Verdict::Reply(Reply::Halt(_))) => {}
                _ => unreachable!("{status} {verdict:?}"),
            }
        }
    }
    assert!(judgements > 50 * 500, "{judgements}");
}

#[test]
fn results_tell_customer_ids_and_take_back_what_they_contradict() {
    for [batch, results, expected, why] in lines(RESULTS) {
        let body = format!(r#"{{"succeeded":2,"failed":0,"errors":[],"results":{results}}}"#);
        assert_eq!(brief(&settled(&body, &ids(batch))), expected, "{why}");
    }
}

/// An external id: mostly one of the batch, sometimes a stranger, nothing, or no text at all.
fn id_like() -> impl Strategy<Value = Value> {
    prop_oneof![
        6 => "[a-e]".prop_map(Value::from),
        1 => Just(Value::Null),
        1 => any::<u8>().prop_map(Value::from),
        1 => Just(json!({"id": []})),
    ]
}

/// Any JSON, in which the names that we read turn up anywhere.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        id_like(),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        let names = prop::sample::select(vec![
            "id",
            "externalId",
            "error",
            "message",
            "index",
            "path",
            "customer",
            "success",
            "code",
            "policies",
            "status",
            "previousStatus",
            "createdAt",
            "updatedAt",
            "x",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::hash_map(names.prop_map(str::to_owned), inner, 0..5)
                .prop_map(Value::from_iter),
        ]
    })
}

fn any_answer() -> impl Strategy<Value = Value> {
    let error = (id_like(), "[x-z]").prop_map(|(id, words)| json!({"externalId":id,"error":words}));
    let result = id_like().prop_map(|id| json!({"externalId":id,"id":"c"}));
    let list = |items: BoxedStrategy<Value>| prop_oneof![4 => prop::collection::vec(items, 0..6).prop_map(Value::from), 1 => any_json()];
    (0u64..7, 0u64..7, list(error.boxed()), list(result.boxed()), any_json()).prop_map(
        |(succeeded, failed, errors, results, named)| {
            json!({"succeeded":succeeded,"failed":failed,"errors":errors,"results":results,"failedRecords":named})
        },
    )
}

proptest! {
    #[test]
    fn no_answer_makes_more_successes_than_it_counts(
        batch in prop::collection::vec(prop::option::weighted(0.9, "[a-e]"), 1..6),
        answer in any_answer(),
    ) {
        let outcomes = settled(&answer.to_string(), &batch);

        prop_assert_eq!(outcomes.len(), batch.len());
        let successes = outcomes.iter().filter(|one| matches!(one, Outcome::Succeeded(_))).count() as u64;
        let (succeeded, failed) = (answer["succeeded"].as_u64().unwrap(), answer["failed"].as_u64().unwrap());
        if succeeded + failed == batch.len() as u64 {
            prop_assert!(successes <= succeeded);
        } else {
            prop_assert_eq!(successes, 0);
        }
        let failures = outcomes.iter().filter(|one| matches!(one, Outcome::Failed(_))).count() as u64;
        prop_assert!(failures <= failed || succeeded + failed != batch.len() as u64, "{failures} failures");
        for error in answer["errors"].as_array().into_iter().flatten() {
            for (id, outcome) in batch.iter().zip(&outcomes) {
                let named = id.is_some() && error["externalId"].as_str() == id.as_deref();
                let succeeded = matches!(outcome, Outcome::Succeeded(_));
                prop_assert!(!(named && succeeded));
            }
        }
    }

    #[test]
    fn no_body_upsets_the_judge(status in 100u16..600, body in any_json(), names in 0usize..5) {
        let body = json!({"errors": body, "failedRecords": body, "results": body, "code": body,
                          "message": body, "retryAfter": body, "succeeded": body, "failed": body});
        let batch = vec![Some("a".to_owned()); names];
        if let Verdict::Reply(Reply::Settled(outcomes)) = judged(status, Some(&body.to_string()), &batch) {
            prop_assert_eq!(outcomes.len(), names);
        }
    }
}

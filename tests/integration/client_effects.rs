//! What an answer tells of what it has changed: customers and policies, and whose wish a change of status was.

use std::fmt::Write as _;

use aca_sync::{
    client::Verdict,
    record::{Applied, ChangeKind, Effects, Outcome, PolicyChange, Reply},
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::client_answers::{ids, judged_request};

/// A request of two records, `a` and `b`, of which the first carries these policies.
fn request(policies: &Value) -> String {
    json!({"records": [{"externalId": "a", "policies": policies}, {"externalId": "b"}]}).to_string()
}

/// What the answer with this entry for `a` says of it, when the record carried these policies.
fn applied(entry: &Value, policies: &Value) -> Applied {
    let answer = json!({"succeeded": 2, "failed": 0, "errors": [],
                        "results": [entry, {"externalId": "b", "id": "2"}]});
    let sent = (request(policies), &*ids("a b"));
    let verdict = judged_request(200, Some(&answer.to_string()), sent);
    let Verdict::Reply(Reply::Settled(outcomes)) = verdict else {
        unreachable!("{verdict:?}");
    };
    match outcomes.into_iter().next() {
        Some(Outcome::Succeeded(applied)) => applied,
        other => unreachable!("{other:?}"),
    }
}

/// What is told where the entry for `a` shows these policies.
fn told(shown: &Value, policies: &Value) -> Option<Effects> {
    let entry = json!({"id": "1", "externalId": "a", "policies": shown});
    applied(&entry, policies).effects
}

/// Effects in brief: `1 created, 2 updated; ended Active > Terminated at 0 (p-1)`.
fn brief(effects: Option<&Effects>) -> String {
    let Some(effects) = effects else {
        return "nothing".to_owned();
    };
    let mut text = format!(
        "{} created, {} updated",
        effects.policies_created, effects.policies_updated
    );
    for change in &effects.changes {
        let PolicyChange { from, to, .. } = change;
        let _ = write!(text, "; {} {from} > {to}", change.kind.as_str());
        if let Some(place) = change.place {
            let _ = write!(text, " at {place}");
        }
        if let Some(id) = &change.policy_id {
            let _ = write!(text, " ({id})");
        }
    }
    text
}

/// What an answer shows (id, status before, status now), what was sent (id, status), what that tells, why;
/// `-` stands for none.
const POLICIES: &str = r"
 | | 0 created, 0 updated | nothing was changed
1 - Active, 2 Active Active | | 1 created, 1 updated | no status is another
9 Active Terminated, 1 - Active | 1 Active | 1 created, 0 updated; ended Active > Terminated (p-9) | it is not in the body
2 Pending Terminated, 1 - Active | 1 Active, 2 Active | 1 created, 0 updated; ended Pending > Terminated at 1 (p-2) | it is, with another status
1 Active Terminated | 1 - | 0 created, 0 updated; ended Active > Terminated at 0 (p-1) | it is, with none
1 Active Terminated | 1 Terminated | 0 created, 1 updated; flipped Active > Terminated at 0 (p-1) | the body asked for it
1 Active Terminated | 1 Active, 1 Terminated | 0 created, 1 updated; flipped Active > Terminated at 0 (p-1) | one of two did
1 Pending Active | 1 Active | 0 created, 1 updated; flipped Pending > Active at 0 (p-1) | a status of the body
1 Terminated Active | | 0 created, 1 updated; flipped Terminated > Active (p-1) | back again, and not by the body
1 active Active | | 0 created, 1 updated | the same in another spelling
1 - Terminated | | 1 created, 0 updated | what was not there cannot be ended
";

/// The policies of a cell, each an object of these members.
fn policies(cell: &str, members: &[&str]) -> Value {
    let policies = cell.split(',').filter(|policy| !policy.trim().is_empty());
    let policy = |policy: &str| -> Value {
        let words = policy.split_whitespace();
        let value = |word: &str| (word != "-").then(|| Value::from(word));
        let members = members.iter().map(|name| (*name).to_owned());
        members
            .zip(words.map(value))
            .map(|(name, value)| (name, value.unwrap_or_default()))
            .collect()
    };
    policies.map(policy).collect()
}

#[test]
fn policies_are_counted_as_created_updated_or_ended() {
    for line in POLICIES.lines().filter(|line| !line.is_empty()) {
        let cells: Vec<&str> = line.split('|').collect();
        let [shown, sent, expected, why] = cells.try_into().unwrap();
        let mut shown = policies(shown, &["healthSherpaPolicyId", "previousStatus", "status"]);
        for policy in shown.as_array_mut().unwrap() {
            policy["id"] = format!("p-{}", policy["healthSherpaPolicyId"].as_str().unwrap()).into();
        }
        let sent = policies(sent, &["healthSherpaPolicyId", "status"]);

        let told = told(&shown, &sent);

        assert_eq!(brief(told.as_ref()), expected.trim(), "{why}");
    }
}

#[test]
fn a_policy_is_found_in_its_record_by_the_first_identifier_that_it_carries() {
    let shown = |hs: Value, carrier: Value| json!([{"healthSherpaPolicyId": hs, "carrierAssignedPolicyId": carrier, "previousStatus": "Pending", "status": "Active"}]);
    let policies = json!([
        {"carrierAssignedPolicyId": "c0"},
        {"healthSherpaPolicyId": "h1", "carrierAssignedPolicyId": "c1"},
        {"healthSherpaPolicyId": "", "carrierAssignedPolicyId": "c2"},
        {"planName": "Silver"},
        {"healthSherpaPolicyId": "4"},
    ]);
    for (shown, place) in [
        (shown("h1".into(), "other".into()), Some(1)),
        (shown("h0".into(), "c0".into()), Some(0)),
        (shown("h0".into(), "c1".into()), None),
        (shown(Value::Null, "c2".into()), Some(2)),
        (shown(4.into(), Value::Null), Some(4)),
        (shown(Value::Null, Value::Null), None),
    ] {
        let effects = told(&shown, &policies).unwrap();
        assert_eq!(effects.changes[0].place, place, "{shown}");
    }
}

#[test]
fn what_has_another_shape_tells_nothing_and_costs_no_success() {
    let policy = json!({"id": "p", "previousStatus": "Active", "status": "Active"});
    let with = |name: &str, value: Value| {
        let mut policy = policy.clone();
        policy[name] = value;
        json!([policy])
    };
    let without = |name: &str| {
        let mut policy = policy.clone();
        policy.as_object_mut().unwrap().remove(name);
        json!([policy])
    };
    for shown in [
        Value::Null,
        json!("none"),
        json!(3),
        json!({"items": []}),
        json!([3]),
        json!([null]),
        json!([[policy]]),
        json!([policy, "and more"]),
        with("status", Value::Null),
        with("status", 1.into()),
        with("status", json!({"message": "Active"})),
        with("previousStatus", 1.into()),
        with("previousStatus", json!(["Active"])),
        without("status"),
        without("previousStatus"),
    ] {
        let told = told(&shown, &json!([]));
        // A list of one entry counts as that entry, as everywhere in an answer.
        let expected = if shown == json!([[policy]]) {
            "0 created, 1 updated"
        } else {
            "nothing"
        };
        assert_eq!(brief(told.as_ref()), expected, "{shown}");
    }
    let entry = json!({"id": "1", "externalId": "a"});
    let expected = Applied {
        customer_id: Some("1".to_owned()),
        policies: Vec::new(),
        effects: None,
    };
    assert_eq!(applied(&entry, &json!([])), expected);
}

#[test]
fn what_stands_in_the_customer_inside_an_entry_is_told_too() {
    let policies = json!([{"previousStatus": null, "status": "Active"}]);
    let times = json!({"createdAt": "x", "updatedAt": "x"});
    let inside = json!({"customer": {"id": "1", "externalId": "a", "createdAt": "x", "updatedAt": "x", "policies": policies}});
    let beside = json!({"customer": {"id": "1", "externalId": "a", "createdAt": "x", "updatedAt": "x"}, "policies": policies});
    let mut flat = times;
    flat["externalId"] = "a".into();
    flat["policies"] = policies;
    for entry in [inside, beside, flat] {
        let effects = applied(&entry, &json!([])).effects.unwrap();
        assert_eq!(
            (effects.customer_created, effects.policies_created),
            (Some(true), 1),
            "{entry}"
        );
    }
}

#[test]
fn a_customer_is_new_when_it_was_never_updated_since_it_was_created() {
    for (created, updated, expected) in [
        (
            json!("2026-01-02T03:04:05.678Z"),
            json!("2026-01-02T03:04:05.678Z"),
            Some(true),
        ),
        (
            json!("2026-01-02T03:04:05.678Z"),
            json!("2026-01-03T03:04:05.678Z"),
            Some(false),
        ),
        (
            json!(1_767_322_800_000_u64),
            json!(1_767_322_800_000_u64),
            Some(true),
        ),
        (
            json!(1_767_322_800_000_u64),
            json!(1_767_322_800_001_u64),
            Some(false),
        ),
        (json!("2026-01-02"), json!(1_767_322_800_000_u64), None),
        (json!("2026-01-02"), Value::Null, None),
        (Value::Null, Value::Null, None),
        (json!(""), json!(""), None),
        (json!({"at": 1}), json!({"at": 1}), None),
    ] {
        let entry =
            json!({"externalId": "a", "createdAt": created, "updatedAt": updated, "policies": []});
        let effects = applied(&entry, &json!([])).effects.unwrap();
        assert_eq!(effects.customer_created, expected, "{entry}");
    }
}

/// A name or a number that comes under the name of a status or an id must not get into the journal.
#[test]
fn a_status_and_an_id_are_kept_only_when_they_look_like_one() {
    let change = |id: Value, from: &str, to: &str| {
        let shown = json!([{"id": id, "previousStatus": from, "status": to}]);
        told(&shown, &json!([])).unwrap().changes.remove(0)
    };
    let uuid = "00000000-0000-4000-9000-000000000001";
    let plain = change(uuid.into(), "Not Approved", "On-Hold");
    assert_eq!(plain.policy_id.as_deref(), Some(uuid));
    assert_eq!((&*plain.from, &*plain.to), ("Not Approved", "On-Hold"));

    for odd in [
        "3055550123",
        "ana@example.com",
        "",
        &"a".repeat(65),
        "Active\u{7}",
    ] {
        let change = change(json!("ana lee"), "Active", odd);
        assert_eq!((&*change.from, &*change.to), ("Active", "?"), "{odd}");
        assert_eq!(change.policy_id, None);
    }
    let ended = change("x".repeat(65).into(), "4 Active", "Terminated");
    assert_eq!((ended.kind, &*ended.from), (ChangeKind::Ended, "?"));
    assert_eq!(ended.policy_id, None);
}

fn any_status() -> impl Strategy<Value = Value> {
    prop_oneof![
        6 => prop::sample::select(vec!["Active", "Pending", "Terminated"]).prop_map(Value::from),
        1 => Just(Value::Null),
        1 => any::<u8>().prop_map(Value::from),
        1 => Just(json!([{"message": "Active"}])),
    ]
}

proptest! {
    /// Whatever the policies look like: a record that succeeded stays so, each policy is counted once, and
    /// what is kept of a status is no other text than one of a few letters.
    #[test]
    fn every_policy_that_is_shown_is_counted_once_or_nothing_is_told(
        shown in prop::collection::vec((any_status(), any_status(), 0u8..4), 0..6),
        sent in prop::collection::vec((any_status(), 0u8..4), 0..4),
    ) {
        let shown: Vec<Value> = shown.into_iter().map(|(previous, status, id)| {
            json!({"healthSherpaPolicyId": id, "previousStatus": previous, "status": status})
        }).collect();
        let sent: Vec<Value> = sent.into_iter().map(|(status, id)| {
            json!({"healthSherpaPolicyId": id.to_string(), "status": status})
        }).collect();

        let effects = told(&json!(shown), &json!(sent));

        let is_told = |policy: &Value| {
            policy["status"].is_string() && (policy["previousStatus"].is_string() || policy["previousStatus"].is_null())
        };
        prop_assert_eq!(effects.is_some(), shown.iter().all(is_told));
        let Some(effects) = effects else { return Ok(()); };
        let counted = effects.policies_created as usize + effects.policies_updated as usize + effects.policies_ended();
        prop_assert_eq!(counted, shown.len());
        for change in &effects.changes {
            prop_assert!(change.from != change.to);
            prop_assert!(change.place.is_none_or(|place| usize::from(place) < sent.len()));
            prop_assert!(change.kind == ChangeKind::Flipped || change.to == "Terminated");
        }
    }
}

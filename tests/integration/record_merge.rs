//! Rows of one customer become one record: which row wins, which policies are one, where parts begin.

#![expect(clippy::unwrap_used, reason = "a broken helper fails its test")]

use aca_sync::{
    normalize::Value,
    problem::{Code, Problem},
    record::{Conflict, Draft, Fields, Part},
};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::record::{ana, assembly, contract, customer, draft, policy};

const KEYS: [&str; 2] = ["lead_source", "note"];

/// The parts of these rows, with what their bodies say.
fn merged(drafts: Vec<Draft>) -> Result<Vec<(Part, Json)>, Vec<Problem>> {
    let keys = KEYS.map(str::to_owned);
    let mut bodies = Vec::new();
    let parts = assembly(&keys).merged(drafts, &mut bodies)?.parts;
    let mut rest = bodies.as_slice();
    let read = |part: Part| {
        let (body, after) = rest.split_at(part.length);
        rest = after;
        (part, serde_json::from_slice(body).unwrap())
    };
    let parts = parts.into_iter().map(read).collect();
    assert!(rest.is_empty(), "the parts lie end to end");
    Ok(parts)
}

fn one(drafts: Vec<Draft>) -> Json {
    let mut parts = merged(drafts).unwrap();
    assert_eq!(parts.len(), 1);
    parts.remove(0).1
}

fn at(newest: Option<i64>, customer: Fields) -> Draft {
    Draft {
        newest,
        ..draft(customer, Fields::default())
    }
}

fn with_policy(id: &str, more: &[(&str, &str)]) -> Draft {
    let fields = [&[("healthSherpaPolicyId", id)], more].concat();
    draft(ana(&[("externalId", "1")]), policy(&fields))
}

#[test]
fn the_newest_row_wins_wherever_it_stands() {
    let old = at(Some(100), ana(&[("city", "Miami")]));
    let new = at(Some(200), ana(&[("city", "Tampa")]));
    let undated = at(None, ana(&[("city", "Ocala")]));

    for rows in [
        vec![old.clone(), new.clone(), undated.clone()],
        vec![new.clone(), undated.clone(), old.clone()],
        vec![undated, old, new],
    ] {
        assert_eq!(one(rows)["city"], "Tampa");
    }
}

#[test]
fn the_later_row_wins_where_none_is_newer() {
    for newest in [None, Some(100)] {
        let rows = vec![
            at(newest, ana(&[("city", "Miami")])),
            at(newest, ana(&[("city", "Tampa")])),
        ];
        assert_eq!(one(rows)["city"], "Tampa");
    }
}

#[test]
fn a_row_that_says_nothing_takes_nothing_away() {
    let mut says_null = customer(&[]);
    says_null.set(contract().field_index("county").unwrap(), Value::Null);
    let rows = vec![
        at(Some(1), ana(&[("city", "Miami"), ("county", "Dade")])),
        at(Some(2), customer(&[("email", "ana@example.com")])),
        at(Some(3), says_null),
    ];

    let record = one(rows);

    assert_eq!(record["city"], "Miami");
    assert_eq!(record["email"], "ana@example.com");
    assert_eq!(record["county"], Json::Null, "null is a word, not silence");
}

#[test]
fn custom_fields_merge_by_their_key() {
    let row = |newest, custom: &[(u16, &str)]| Draft {
        custom: custom
            .iter()
            .map(|(place, text)| (*place, (*text).into()))
            .collect(),
        ..at(Some(newest), ana(&[]))
    };

    let record = one(vec![
        row(2, &[(1, "new")]),
        row(1, &[(0, "web"), (1, "old")]),
    ]);

    assert_eq!(
        record["customFields"],
        json!([
            {"fieldKey": "lead_source", "value": "web"},
            {"fieldKey": "note", "value": "new"},
        ])
    );
}

#[test]
fn what_one_row_lacks_another_may_bring() {
    let nameless = customer(&[
        ("phoneNumber", "+13055550123"),
        ("timezone", "America/Chicago"),
    ]);
    let homeless = customer(&[("firstName", "Ana"), ("lastName", "Lee")]);
    let rows = vec![
        draft(nameless.clone(), Fields::default()),
        draft(homeless, Fields::default()),
    ];

    assert_eq!(one(rows)["firstName"], "Ana");
    assert_eq!(
        merged(vec![draft(nameless, Fields::default())]).unwrap_err(),
        [
            Problem::of_field(Code::RequiredMissing, "firstName"),
            Problem::of_field(Code::RequiredMissing, "lastName"),
        ]
    );
}

#[test]
fn one_row_gives_the_same_record_merged_or_not() {
    let row = Draft {
        custom: vec![(0, "web".into())],
        ..with_policy("P1", &[("status", "Active")])
    };
    let keys = KEYS.map(str::to_owned);
    let (mut alone, mut together) = (Vec::new(), Vec::new());

    let part = assembly(&keys).single(&row, &mut alone).unwrap();
    let merged = assembly(&keys).merged(vec![row], &mut together).unwrap();

    assert_eq!(merged.parts, [part]);
    assert_eq!(alone, together);
}

#[test]
fn two_rows_with_one_policy_id_tell_of_one_policy() {
    let older = Draft {
        newest: Some(1),
        ..with_policy("P1", &[("planName", "Gold"), ("status", "Pending")])
    };
    let newer = Draft {
        newest: Some(2),
        ..with_policy("P1", &[("status", "Active")])
    };

    let record = one(vec![newer, older, with_policy("P2", &[])]);

    assert_eq!(
        record["policies"],
        json!([
            {"healthSherpaPolicyId": "P2"},
            {"planName": "Gold", "status": "Active", "healthSherpaPolicyId": "P1"},
        ])
    );
}

#[test]
fn the_same_text_as_another_kind_of_id_is_another_policy() {
    let other = draft(ana(&[]), policy(&[("carrierAssignedPolicyId", "P1")]));

    let record = one(vec![with_policy("P1", &[]), other]);

    assert_eq!(record["policies"].as_array().unwrap().len(), 2);
}

#[test]
fn policies_without_an_id_are_one_only_when_they_say_the_same() {
    let row = |plan| draft(ana(&[]), policy(&[("planName", plan)]));

    let parts = merged(vec![row("Gold"), row("Silver"), row("Gold")]).unwrap();

    let (part, body) = &parts[0];
    assert_eq!(body["policies"].as_array().unwrap().len(), 2);
    assert_eq!(part.hazard, Some(Code::PolicyWithoutId));
    assert!(!part.harmless);
}

#[test]
fn policies_beyond_ten_go_in_further_parts_with_the_same_customer() {
    for (policies, sizes) in [
        (10, vec![10]),
        (11, vec![10, 1]),
        (20, vec![10, 10]),
        (25, vec![10, 10, 5]),
    ] {
        let rows = (0..policies).map(|n| with_policy(&format!("P{n}"), &[]));

        let parts = merged(rows.collect()).unwrap();

        let found: Vec<_> = parts
            .iter()
            .map(|(_, body)| body["policies"].as_array().unwrap().len())
            .collect();
        assert_eq!(found, sizes);
        let ids: Vec<_> = parts
            .iter()
            .flat_map(|(_, body)| body["policies"].as_array().unwrap())
            .map(|policy| policy["healthSherpaPolicyId"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(
            ids,
            (0..policies).map(|n| format!("P{n}")).collect::<Vec<_>>()
        );
        let customers: Vec<Json> = parts
            .iter()
            .map(|(_, body)| {
                let mut body = body.clone();
                body.as_object_mut().unwrap().remove("policies");
                body
            })
            .collect();
        assert!(customers.windows(2).all(|pair| pair[0] == pair[1]));
    }
}

#[test]
fn each_part_is_judged_by_its_own_policies() {
    let rows = (0..10).map(|n| with_policy(&format!("P{n}"), &[]));
    let nameless = draft(ana(&[]), policy(&[("planName", "Gold")]));

    let parts = merged(rows.chain([nameless]).collect()).unwrap();

    let judged: Vec<_> = parts
        .iter()
        .map(|(part, _)| (part.harmless, part.hazard))
        .collect();
    assert_eq!(judged, [(true, None), (false, Some(Code::PolicyWithoutId))]);
}

#[test]
fn a_hazard_of_one_row_holds_all_parts() {
    let mut rows: Vec<_> = (0..11)
        .map(|n| with_policy(&format!("P{n}"), &[]))
        .collect();
    rows[4].hazard = Some(Code::IdentifierSeveral);

    let hazards: Vec<_> = merged(rows)
        .unwrap()
        .iter()
        .map(|(part, _)| part.hazard)
        .collect();

    assert_eq!(hazards, [Some(Code::IdentifierSeveral); 2]);
}

fn conflicts(drafts: Vec<Draft>) -> Vec<(String, usize, usize)> {
    let keys = KEYS.map(str::to_owned);
    let merged = assembly(&keys).merged(drafts, &mut Vec::new()).unwrap();
    let name = |conflict: &Conflict| {
        let name = conflict.field.name(contract(), &keys);
        (name, conflict.kept, conflict.lost)
    };
    merged.conflicts.iter().map(name).collect()
}

#[test]
fn a_conflict_names_the_row_that_counts_and_the_one_that_does_not() {
    let custom = |newest, text: &str| Draft {
        custom: vec![(1, text.into())],
        ..at(Some(newest), ana(&[("city", text)]))
    };
    let name = |name: &str, kept, lost| (name.to_owned(), kept, lost);

    assert_eq!(
        conflicts(vec![custom(3, "new"), custom(1, "old"), custom(2, "old")]),
        [name("city", 0, 1), name("custom_fields.note", 0, 1)]
    );
    assert_eq!(
        conflicts(vec![custom(1, "a"), custom(2, "b"), custom(3, "a")]),
        [name("city", 2, 1), name("custom_fields.note", 2, 1)]
    );
    assert_eq!(conflicts(vec![custom(1, "a"), custom(2, "a")]), []);
    assert_eq!(
        conflicts(vec![at(None, ana(&[])), at(None, ana(&[("city", "a")]))]),
        [],
        "silence contradicts nothing"
    );
}

#[test]
fn a_policy_s_conflicts_are_its_own() {
    let rows = vec![
        with_policy("P1", &[("status", "Active")]),
        with_policy("P2", &[("status", "Pending")]),
        with_policy("P1", &[("status", "Terminated")]),
        with_policy("P2", &[("status", "Active")]),
    ];

    let name = || "policy.status".to_owned();
    assert_eq!(conflicts(rows), [(name(), 2, 0), (name(), 3, 1)]);
}

#[test]
fn a_row_that_differs_in_its_date_alone_says_nothing_new() {
    let row = |newest| Draft {
        newest,
        ..with_policy("P1", &[])
    };
    let keys = KEYS.map(str::to_owned);
    let rows = vec![
        row(Some(2)),
        with_policy("P2", &[]),
        row(Some(1)),
        row(None),
    ];

    let merged = assembly(&keys).merged(rows, &mut Vec::new()).unwrap();

    assert_eq!(merged.duplicates, [(2, 0), (3, 0)]);
}

/// A row as chance would have it: few fields, few words, so that rows disagree.
fn any_row() -> impl Strategy<Value = Draft> {
    let word = || prop::sample::select(vec!["a", "b", "c"]);
    let customer = prop::collection::vec((3..31_usize, word()), 0..5);
    let policy_fields = prop::collection::vec((0..12_usize, word()), 0..3);
    let policy_id = prop::option::of(0..14_u8);
    let custom = prop::collection::btree_map(0..2_u16, word(), 0..2);
    let hazard = prop::option::weighted(
        0.1,
        prop::sample::select(vec![Code::IdentifierSeveral, Code::PolicyWithoutId]),
    );
    (customer, policy_fields, policy_id, custom, hazard).prop_map(
        |(fields, policy_fields, policy_id, custom, hazard)| {
            let (mut customer, mut policy) = (ana(&[]), Fields::default());
            for (index, word) in fields {
                customer.set(index, Value::text(word));
            }
            for (index, word) in policy_fields {
                policy.set(index, Value::text(word));
            }
            if let Some(id) = policy_id {
                let index = contract().policy_field_index("healthSherpaPolicyId");
                policy.set(index.unwrap(), Value::text(format!("P{id}")));
            }
            let custom = custom.into_iter().map(|(place, word)| (place, word.into()));
            Draft {
                custom: custom.collect(),
                hazard,
                ..draft(customer, policy)
            }
        },
    )
}

fn rows_and_their_shuffle() -> impl Strategy<Value = (Vec<Draft>, Vec<Draft>)> {
    prop::collection::vec(any_row(), 1..30)
        .prop_map(|mut rows| {
            for (row, newest) in rows.iter_mut().zip(1..) {
                row.newest = Some(newest);
            }
            rows
        })
        .prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle()))
}

proptest! {
    #[test]
    fn the_order_of_rows_is_all_one_where_each_has_its_own_date(
        (rows, shuffled) in rows_and_their_shuffle(),
    ) {
        prop_assert_eq!(merged(rows), merged(shuffled));
    }
}

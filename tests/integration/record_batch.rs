//! Batches: what may ride together, and the bytes that a request is made of.

#![expect(clippy::unwrap_used, reason = "a broken helper fails its test")]

use std::collections::BTreeSet;

use aca_sync::record::{Batch, Outgoing, RecordId, RunId};
use proptest::prelude::*;

use crate::record::contract;

fn outgoing(number: u32, harmless: bool, body: &str) -> Outgoing {
    Outgoing {
        id: RecordId {
            run: RunId(1),
            number,
        },
        body: body.as_bytes().to_vec(),
        harmless,
        attempts: number % 3,
    }
}

fn named(number: u32, name: &str) -> Outgoing {
    let body = serde_json::json!({"firstName": "Ana", "externalId": name});
    outgoing(number, true, &body.to_string())
}

fn batch_of(records: impl IntoIterator<Item = Outgoing>) -> Batch {
    let mut records = records.into_iter();
    let mut batch = Batch::of(contract(), 100, records.next().unwrap());
    for record in records {
        batch.add(record).unwrap();
    }
    batch
}

#[test]
fn a_request_is_the_bodies_joined_byte_for_byte() {
    let one = outgoing(0, true, "{\"a\" : 1 }");
    let other = outgoing(1, true, "{\"firstName\":\"Zo\u{eb}\"}");

    assert_eq!(
        batch_of([one.clone()]).request_body(),
        b"{\"records\":[{\"a\" : 1 }]}"
    );
    assert_eq!(
        batch_of([one, other]).request_body(),
        "{\"records\":[{\"a\" : 1 },{\"firstName\":\"Zoë\"}]}".as_bytes()
    );
}

#[test]
fn a_batch_takes_a_hundred_and_gives_the_next_one_back() {
    let mut batch = batch_of((0..100).map(|number| outgoing(number, true, "{}")));

    assert!(batch.is_full());
    assert_eq!(
        batch.add(outgoing(100, true, "{}")).unwrap_err().id.number,
        100
    );
    assert_eq!(batch.records().len(), 100);
}

#[test]
fn a_size_asked_for_is_kept_within_the_target_s_limit() {
    for (asked, taken) in [
        (0, 1),
        (1, 1),
        (7, 7),
        (100, 100),
        (101, 100),
        (usize::MAX, 100),
    ] {
        let mut batch = Batch::of(contract(), asked, outgoing(0, true, "{}"));
        let added = (1..200).filter(|number| batch.add(outgoing(*number, true, "{}")).is_ok());
        assert_eq!(added.count() + 1, taken, "asked for {asked}");
    }
}

#[test]
fn two_records_that_an_answer_could_not_tell_apart_never_ride_together() {
    let mut batch = batch_of([named(0, "E1"), named(1, "E2")]);

    assert_eq!(batch.add(named(2, "E1")).unwrap_err().id.number, 2);
    assert!(batch.add(named(3, "e1")).is_ok(), "ids keep their case");
    let escaped = r#"{"externalId":"\u0045\u0032"}"#;
    assert!(
        batch.add(outgoing(4, true, escaped)).is_err(),
        "the same id, spelled otherwise"
    );
    assert!(batch.add(outgoing(5, true, "{}")).is_ok());
    assert!(batch.add(outgoing(6, true, "{}")).is_ok());
    assert_eq!(
        batch.names(),
        [Some("E1"), Some("E2"), Some("e1"), None, None].map(|name| name.map(str::to_owned))
    );
}

#[test]
fn only_the_record_s_own_name_counts() {
    let nested = r#"{"customFields":[{"fieldKey":"externalId","value":"E1"}],"policies":[{"planName":"\"externalId\":\"E1\""}]}"#;
    let cleared = r#"{"externalId":null}"#;

    let batch = batch_of([
        named(0, "E1"),
        outgoing(1, true, nested),
        outgoing(2, true, cleared),
        outgoing(3, true, cleared),
    ]);

    assert_eq!(batch.records().len(), 4);
}

#[test]
fn harmless_records_and_others_never_mix() {
    for first in [true, false] {
        let mut batch = Batch::of(contract(), 100, outgoing(0, first, "{}"));

        assert!(batch.add(outgoing(1, !first, "{}")).is_err());
        assert!(batch.add(outgoing(2, first, "{}")).is_ok());
        assert_eq!(batch.is_harmless(), first);
        assert_eq!(batch.attempts(), 2);
    }
}

#[test]
fn no_value_of_a_batch_prints() {
    let batch = batch_of([named(0, "Sentinel")]);

    for printed in [format!("{batch:?}"), format!("{:?}", batch.records())] {
        assert!(!printed.contains("Sentinel"), "{printed}");
    }
}

proptest! {
    #[test]
    fn whatever_is_offered_a_batch_keeps_its_promises(
        most in 0..130_usize,
        offered in prop::collection::vec((any::<bool>(), prop::option::of(0..60_u32)), 1..150),
    ) {
        let record = |(number, (harmless, name)): (u32, &(bool, Option<u32>))| {
            let body = name.map_or("{}".to_owned(), |name| format!("{{\"externalId\":\"E{name}\"}}"));
            outgoing(number, *harmless, &body)
        };
        let mut records = (0..).zip(&offered).map(record);
        let mut batch = Batch::of(contract(), most, records.next().unwrap());
        let mut given_back = 0;
        for record in records {
            given_back += usize::from(batch.add(record).is_err());
        }

        prop_assert_eq!(batch.records().len() + given_back, offered.len());
        prop_assert!(batch.records().len() <= most.clamp(1, 100));
        let kinds: BTreeSet<_> = batch.records().iter().map(|record| record.harmless).collect();
        prop_assert_eq!(kinds.len(), 1);
        let names: Vec<_> = batch.names().iter().flatten().collect();
        prop_assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
        let request: serde_json::Value = serde_json::from_slice(&batch.request_body()).unwrap();
        prop_assert_eq!(request["records"].as_array().unwrap().len(), batch.records().len());
        prop_assert_eq!(batch.ids().len(), batch.records().len());
    }
}

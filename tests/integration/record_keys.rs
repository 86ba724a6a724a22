//! What makes two rows one customer, when a re-send is harmless, what is held, and what never prints.

#![expect(clippy::unwrap_used, reason = "a broken helper fails its test")]

use aca_sync::{
    normalize::{DateOutput, Value},
    problem::Code,
    record::{Assembly, Draft, Fields, Hasher, RecordKey},
};
use serde_json::Value as Json;

use crate::record::{SECRET, ana, contract, customer, draft, policy, single};

/// Page F2: an identifier or all four fallback fields find the customer, an id finds each policy.
#[test]
fn a_record_is_harmless_to_send_again_when_customer_and_policies_are_found_again() {
    let with_id = |name| ana(&[(name, "1001")]);
    let by_hs = policy(&[("healthSherpaPolicyId", "P1")]);
    let by_carrier = policy(&[("carrierAssignedPolicyId", "C1")]);
    let by_nothing = policy(&[("policyNumber", "N1"), ("applicationId", "A1")]);
    let fallback = ana(&[("dateOfBirth", "01/31/1990")]);
    let none = Fields::default;

    for (harmless, why, customer, policy) in [
        (
            true,
            "first identifier",
            with_id("healthSherpaCustomerId"),
            none(),
        ),
        (true, "second identifier", with_id("externalId"), none()),
        (
            true,
            "third identifier",
            with_id("carrierAssignedCustomerId"),
            none(),
        ),
        (true, "all fallback fields", fallback.clone(), none()),
        (false, "no date of birth", ana(&[]), none()),
        (false, "other ids", with_id("medicaidNumber"), none()),
        (
            true,
            "policy by its first id",
            fallback.clone(),
            by_hs.clone(),
        ),
        (
            true,
            "policy by its second id",
            with_id("externalId"),
            by_carrier,
        ),
        (false, "policy by no id", with_id("externalId"), by_nothing),
        (false, "policy found, customer not", ana(&[]), by_hs),
    ] {
        let (part, _) = single(&draft(customer, policy)).unwrap();
        assert_eq!(part.harmless, harmless, "{why}");
    }
}

#[test]
fn an_identifier_that_is_cleared_finds_nobody() {
    let mut cleared = ana(&[]);
    let index = contract().field_index("externalId").unwrap();
    cleared.set(index, Value::Null);

    let (part, body) = single(&draft(cleared, Fields::default())).unwrap();

    assert!(!part.harmless);
    assert_eq!(body["externalId"], Json::Null);
}

#[test]
fn a_policy_without_an_id_is_held_unless_the_mapping_allows_it() {
    let draft = draft(ana(&[("externalId", "1")]), policy(&[("planName", "Gold")]));
    let dates = DateOutput::default();
    let allowed = [Code::PolicyWithoutId];
    let allowing = Assembly::new((contract(), &[]), Hasher::new(&SECRET), &dates, &allowed);

    let (held, _) = single(&draft).unwrap();
    let allowed = allowing.single(&draft, &mut Vec::new()).unwrap();

    assert_eq!(held.hazard, Some(Code::PolicyWithoutId));
    assert_eq!(allowed.hazard, None);
    assert!(!allowed.harmless, "allowed is not harmless");
}

#[test]
fn a_hazard_that_the_mapping_saw_holds_the_record() {
    let draft = Draft {
        hazard: Some(Code::IdentifierSeveral),
        ..draft(ana(&[("externalId", "1")]), Fields::default())
    };

    assert_eq!(
        single(&draft).unwrap().0.hazard,
        Some(Code::IdentifierSeveral)
    );
}

fn key(key_fields: &[&str], fields: &Fields) -> Option<RecordKey> {
    let places: Vec<usize> = key_fields
        .iter()
        .map(|name| contract().field_index(name).unwrap())
        .collect();
    let draft = Draft {
        customer: fields.clone(),
        ..Draft::default()
    };
    Hasher::new(&SECRET).key(contract(), &places, &draft)
}

#[test]
fn a_key_is_the_first_identifier_and_ignores_what_may_change() {
    let order = ["healthSherpaCustomerId", "externalId"];
    let ids = [("healthSherpaCustomerId", "HS1"), ("externalId", "E1")];
    let moved = customer(&[("firstName", "Anna"), ids[0], ("externalId", "E2")]);
    let by_external = key(&order, &ana(&[ids[1]]));

    assert_eq!(key(&order, &ana(&ids)), key(&order, &moved));
    assert_ne!(key(&order, &ana(&ids)), by_external);
    assert_eq!(by_external, key(&["externalId"], &moved_back()));
    assert_ne!(by_external, key(&order, &ana(&[("externalId", "e1")])));
}

fn moved_back() -> Fields {
    customer(&[("lastName", "Smith"), ("externalId", "E1")])
}

#[test]
fn the_same_text_in_another_field_is_another_customer() {
    let of = |name| key(&[name], &ana(&[(name, "1001")]));

    assert_ne!(of("healthSherpaCustomerId"), of("externalId"));
    assert_ne!(of("externalId"), of("carrierAssignedCustomerId"));
}

#[test]
fn without_an_identifier_the_fallback_fields_are_the_key_whatever_their_case() {
    let born = ("dateOfBirth", "01/31/1990");
    let upper = customer(&[
        ("firstName", "ANA"),
        ("lastName", "LEE"),
        ("phoneNumber", "+13055550123"),
        born,
        ("city", "Miami"),
    ]);
    let swapped = customer(&[("firstName", "Lee"), ("lastName", "Ana")]);
    let straight = customer(&[("firstName", "Ana"), ("lastName", "Lee")]);
    let joined = customer(&[("firstName", "AnaLee")]);

    assert_eq!(key(&["externalId"], &ana(&[born])), key(&[], &upper));
    assert_ne!(key(&[], &ana(&[])), key(&[], &upper));
    assert_ne!(key(&[], &swapped), key(&[], &straight));
    assert_ne!(key(&[], &joined), key(&[], &straight));
    assert_eq!(key(&["externalId"], &customer(&[("city", "Miami")])), None);
}

#[test]
fn another_secret_makes_other_keys_and_fingerprints() {
    let (one, other) = (Hasher::new(&SECRET), Hasher::new(&[8; 32]));
    let draft = Draft {
        customer: ana(&[]),
        ..Draft::default()
    };

    assert_ne!(
        one.key(contract(), &[], &draft),
        other.key(contract(), &[], &draft)
    );
    assert_ne!(one.fingerprint(b"{}"), other.fingerprint(b"{}"));
    assert_eq!(
        one.fingerprint(b"{}"),
        Hasher::new(&SECRET).fingerprint(b"{}")
    );
    assert_ne!(one.fingerprint(b"{}"), one.fingerprint(b"{} "));
}

#[test]
fn no_value_of_a_record_prints() {
    let draft = Draft {
        custom: vec![(0, "Sentinel".into())],
        ..draft(
            ana(&[("city", "Sentinel"), ("externalId", "Sentinel")]),
            policy(&[("planName", "Sentinel")]),
        )
    };
    let key = key(&["externalId"], &draft.customer);
    let part = single(&draft).unwrap().0;

    for printed in [
        format!("{draft:?}"),
        format!("{:?} {:?}", draft.customer, draft.policy),
        format!("{:?} {:?}", Value::text("Sentinel"), Value::Integer(55_501)),
        format!("{:?} {:?}", Value::Boolean(true), Value::Boolean(false)),
        format!("{key:?} {:?}", part.fingerprint),
    ] {
        assert!(!printed.contains("Sentinel"), "{printed}");
        assert!(!printed.contains("55501"), "{printed}");
        assert!(!printed.contains("true") && !printed.contains("false"));
    }
}

//! The contract's tables against themselves and against what the API's pages say.

use std::collections::BTreeSet;

use aca_sync::contract::{Contract, Field, GENDERS, Kind, POLICY_STATUSES, Presence, Rule, Target};

fn contracts() -> impl Iterator<Item = &'static Contract> {
    Target::ALL.iter().map(|target| target.contract())
}

/// The customer's and the policy's table of every target.
fn tables() -> impl Iterator<Item = &'static [Field]> {
    contracts().flat_map(|contract| [contract.fields, contract.policy_fields()])
}

#[test]
fn a_target_is_found_by_its_name() {
    for target in Target::ALL {
        assert_eq!(Target::from_name(target.name()), Some(*target));
    }
    assert_eq!(Target::from_name("sync-medicare"), None);
}

#[test]
fn every_field_is_in_its_table_once_and_is_found_there() {
    for contract in contracts() {
        for (index, field) in contract.fields.iter().enumerate() {
            assert_eq!(contract.field_index(field.name), Some(index));
        }
        for (index, field) in contract.policy_fields().iter().enumerate() {
            assert_eq!(contract.policy_field_index(field.name), Some(index));
        }
        assert_eq!(contract.field_index("middleName"), None);
    }
}

/// Bodies write names as they stand, and values are kept by their field's place in one byte.
#[test]
fn names_need_no_escaping_and_places_fit_a_byte() {
    for table in tables() {
        assert!(u8::try_from(table.len()).is_ok());
        for field in table {
            assert!(
                field.name.chars().all(|c| c.is_ascii_alphanumeric()),
                "{}",
                field.name
            );
        }
    }
}

#[test]
fn what_the_rules_name_is_in_the_tables() {
    for contract in contracts() {
        let matching = &contract.matching;
        let mut named: Vec<&str> = [matching.customer, matching.fallback].concat();
        named.extend(contract.echoed);
        for Rule::AnyOf { fields, .. } in contract.rules {
            named.extend(*fields);
        }
        for name in named {
            assert!(contract.field_index(name).is_some(), "{name}");
        }
        for name in matching.policy {
            assert!(contract.policy_field_index(name).is_some(), "{name}");
        }
    }
}

/// What names a customer or a policy must keep its case and inner characters.
#[test]
fn what_identifies_is_an_identifier() {
    for contract in contracts() {
        for name in contract.matching.customer {
            let field = &contract.fields[contract.field_index(name).unwrap()];
            assert!(matches!(field.kind, Kind::Identifier { .. }), "{name}");
        }
        for name in contract.matching.policy {
            let field = &contract.policy_fields()[contract.policy_field_index(name).unwrap()];
            assert!(matches!(field.kind, Kind::Identifier { .. }), "{name}");
        }
    }
}

/// Page S0: 1 to 100 records, at most 10 policies and 50 custom fields; page F2: the matching order.
#[test]
fn sync_aca_is_what_its_pages_say() {
    let contract = Target::SyncAca.contract();
    let policies = contract.policies.as_ref().unwrap();
    let custom = contract.custom_fields.as_ref().unwrap();

    assert_eq!((contract.method, contract.path), ("POST", "/v2/sync/aca"));
    assert_eq!(
        (contract.max_records, policies.max, custom.max),
        (100, 10, 50)
    );
    assert_eq!((policies.name, custom.name), ("policies", "customFields"));
    assert_eq!((custom.key, custom.value), ("fieldKey", "value"));
    assert_eq!(
        contract.matching.customer,
        [
            "healthSherpaCustomerId",
            "externalId",
            "carrierAssignedCustomerId"
        ]
    );
    assert_eq!(
        contract.matching.fallback,
        ["firstName", "lastName", "dateOfBirth", "phoneNumber"]
    );
    assert_eq!(
        contract.matching.policy,
        ["healthSherpaPolicyId", "carrierAssignedPolicyId"]
    );
    assert_eq!(contract.echoed, Some("externalId"));
}

#[test]
fn three_fields_are_required_and_one_of_two_more() {
    let contract = Target::SyncAca.contract();
    let required: Vec<_> = contract
        .fields
        .iter()
        .filter(|field| field.presence == Presence::Required)
        .map(|field| field.name)
        .collect();

    assert_eq!(required, ["firstName", "lastName", "phoneNumber"]);
    let [Rule::AnyOf { fields, .. }] = contract.rules else {
        panic!("sync-aca has one rule");
    };
    assert_eq!(*fields, ["postalCode", "timezone"]);
    assert!(
        contract
            .policy_fields()
            .iter()
            .all(|field| field.presence == Presence::Nullable)
    );
}

/// The server sets it; nobody may send it.
#[test]
fn the_policy_type_is_not_sent() {
    assert_eq!(
        Target::SyncAca.contract().policy_field_index("policyType"),
        None
    );
}

#[test]
fn lengths_are_those_of_the_pages() {
    let contract = Target::SyncAca.contract();
    let customer = |name| contract.fields[contract.field_index(name).unwrap()].kind;
    let policy = |name| contract.policy_fields()[contract.policy_field_index(name).unwrap()].kind;

    for (kind, longest) in [
        (customer("firstName"), Some(255)),
        (customer("email"), Some(255)),
        (customer("language"), Some(50)),
        (customer("filingStatus"), Some(50)),
        (customer("externalId"), Some(255)),
        (customer("dependentCount"), None),
        (policy("planName"), Some(255)),
        (policy("aorNpn"), Some(50)),
        (policy("policySubType"), Some(100)),
    ] {
        assert_eq!(kind.max_length(), longest, "{}", kind.describe());
    }
    assert_eq!(policy("planState"), Kind::State);
}

/// `sync/aca` shows no list of its own; only what all three pages that show one agree on is safe.
#[test]
fn a_policy_status_is_settled_where_all_pages_agree() {
    let settled: Vec<_> = POLICY_STATUSES
        .iter()
        .filter(|word| word.is_settled())
        .map(|word| word.text)
        .collect();

    assert_eq!(
        settled,
        [
            "Active",
            "Pending",
            "Suspended",
            "Cancelled",
            "Terminated",
            "Not Approved"
        ]
    );
    assert_eq!(POLICY_STATUSES.len(), 12);
    assert!(GENDERS.iter().all(aca_sync::contract::Word::is_settled));
}

#[test]
fn a_list_has_each_word_once() {
    for field in tables().flatten() {
        let words = field.kind.words();
        let texts: BTreeSet<_> = words.iter().map(|word| word.text).collect();
        assert_eq!(texts.len(), words.len(), "{}", field.name);
        assert!(
            words.iter().all(|word| !word.pages.is_empty()),
            "{}",
            field.name
        );
    }
}

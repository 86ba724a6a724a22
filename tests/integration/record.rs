//! A record's JSON: what it says for any text, and what has to be there before it is written.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a broken helper fails its test"
)]

use std::sync::LazyLock;

use aca_sync::{
    contract::{Contract, Target},
    normalize::{DateOutput, Value},
    problem::{Code, Problem},
    record::{Assembly, Draft, Fields, Hasher, Part},
};
use proptest::prelude::*;
use serde_json::{Map, Value as Json};

pub(crate) const SECRET: [u8; 32] = [7; 32];

static DATES: LazyLock<DateOutput> = LazyLock::new(DateOutput::default);

pub(crate) fn contract() -> &'static Contract {
    Target::SyncAca.contract()
}

pub(crate) fn assembly(custom_keys: &[String]) -> Assembly<'_> {
    Assembly::new((contract(), custom_keys), Hasher::new(&SECRET), &DATES, &[])
}

/// Customer fields by name.
pub(crate) fn customer(values: &[(&str, &str)]) -> Fields {
    let mut fields = Fields::default();
    for (name, text) in values {
        fields.set(contract().field_index(name).unwrap(), Value::text(text));
    }
    fields
}

/// Policy fields by name.
pub(crate) fn policy(values: &[(&str, &str)]) -> Fields {
    let mut fields = Fields::default();
    for (name, text) in values {
        let index = contract().policy_field_index(name).unwrap();
        fields.set(index, Value::text(text));
    }
    fields
}

/// The least that a customer has to say, and these fields besides.
pub(crate) fn ana(more: &[(&str, &str)]) -> Fields {
    let least = [
        ("firstName", "Ana"),
        ("lastName", "Lee"),
        ("phoneNumber", "+13055550123"),
        ("postalCode", "33101"),
    ];
    customer(&[&least, more].concat())
}

pub(crate) fn draft(customer: Fields, policy: Fields) -> Draft {
    Draft {
        customer,
        policy,
        ..Draft::default()
    }
}

pub(crate) fn single(draft: &Draft) -> Result<(Part, Json), Vec<Problem>> {
    let mut body = Vec::new();
    let part = assembly(&[]).single(draft, &mut body)?;
    assert_eq!(part.length, body.len());
    Ok((part, serde_json::from_slice(&body).unwrap()))
}

#[test]
fn a_body_has_the_fields_in_the_contract_s_order_and_nothing_empty() {
    let keys = ["lead_source".to_owned(), "note".to_owned()];
    let mut fields = Fields::default();
    let set = |fields: &mut Fields, name, value| {
        fields.set(contract().field_index(name).unwrap(), value);
    };
    set(&mut fields, "doNotCall", Value::Boolean(true));
    set(&mut fields, "medicaid", Value::Boolean(false));
    set(&mut fields, "householdIncome", Value::Integer(-42));
    set(&mut fields, "email", Value::Null);
    for (name, value) in [
        ("timezone", "America/New_York"),
        ("phoneNumber", "+13055550123"),
    ] {
        set(&mut fields, name, Value::text(value));
    }
    set(&mut fields, "lastName", Value::text("O\"Neil\\"));
    set(&mut fields, "firstName", Value::text("Zoë"));
    let draft = Draft {
        custom: vec![(1, "\u{1}a".into())],
        ..draft(
            fields,
            policy(&[("status", "Active"), ("planName", "Gold")]),
        )
    };
    let mut body = b"before".to_vec();

    let part = assembly(&keys).single(&draft, &mut body).unwrap();

    let expected = concat!(
        r#"{"firstName":"Zoë","lastName":"O\"Neil\\","phoneNumber":"+13055550123","email":null,"#,
        r#""timezone":"America/New_York","householdIncome":-42,"medicaid":false,"doNotCall":true,"#,
        r#""customFields":[{"fieldKey":"note","value":"\u0001a"}],"#,
        r#""policies":[{"planName":"Gold","status":"Active"}]}"#
    );
    assert_eq!(
        std::str::from_utf8(&body).unwrap(),
        format!("before{expected}")
    );
    assert_eq!(part.length, expected.len());
}

proptest! {
    #[test]
    fn a_body_says_what_went_in_whatever_the_text(
        texts in prop::collection::vec((0..31_usize, wild_text()), 0..12),
        policy_texts in prop::collection::vec((0..21_usize, wild_text()), 0..6),
        custom in wild_text(),
        number in any::<i32>(),
    ) {
        let keys = ["a \"key\"\n".to_owned()];
        let (mut fields, mut expected) = (ana(&[]), as_json(&ana(&[])));
        for (index, text) in &texts {
            fields.set(*index, Value::text(text));
            expected.insert(contract().fields[*index].name.to_owned(), text.as_str().into());
        }
        let income = contract().field_index("householdIncome").unwrap();
        fields.set(income, Value::Integer(number));
        expected.insert("householdIncome".to_owned(), number.into());
        let (mut policy, mut policy_expected) = (Fields::default(), Map::new());
        for (index, text) in &policy_texts {
            policy.set(*index, Value::text(text));
            let name = contract().policy_fields()[*index].name;
            policy_expected.insert(name.to_owned(), text.as_str().into());
        }
        let entry = serde_json::json!([{"fieldKey": keys[0], "value": custom}]);
        expected.insert("customFields".to_owned(), entry);
        if !policy_expected.is_empty() {
            expected.insert("policies".to_owned(), Json::Array(vec![policy_expected.into()]));
        }
        let draft = Draft { custom: vec![(0, custom.into())], ..draft(fields, policy) };
        let mut body = Vec::new();

        assembly(&keys).single(&draft, &mut body).unwrap();

        prop_assert_eq!(serde_json::from_slice::<Json>(&body).unwrap(), Json::Object(expected));
    }
}

/// Any text, with what JSON has to escape more often than chance would have it.
fn wild_text() -> impl Strategy<Value = String> {
    let special = prop::sample::select(vec![
        "\"",
        "\\",
        "\u{0}",
        "\n",
        "\u{1f}",
        "\u{7f}",
        "\u{2028}",
        "😀",
        "\u{feff}",
        "</script>",
    ]);
    prop::collection::vec(
        prop_oneof![special.prop_map(str::to_owned), any::<String>()],
        0..4,
    )
    .prop_map(|pieces| pieces.concat())
}

fn as_json(fields: &Fields) -> Map<String, Json> {
    fields
        .iter()
        .map(|(index, value)| {
            let text = value.as_text().unwrap().into();
            (contract().fields[index].name.to_owned(), text)
        })
        .collect()
}

#[test]
fn all_that_is_missing_is_named_at_once() {
    let problems = single(&draft(customer(&[("lastName", "Lee")]), Fields::default())).unwrap_err();

    assert_eq!(
        problems,
        [
            Problem::of_field(Code::RequiredMissing, "firstName"),
            Problem::of_field(Code::RequiredMissing, "phoneNumber"),
            Problem::of_field(Code::RuleAnyOf, "postalCode"),
        ]
    );
}

#[test]
fn a_time_zone_does_for_a_postal_code_and_null_does_for_nothing() {
    let index = |name| contract().field_index(name).unwrap();
    let mut by_zone = ana(&[("timezone", "America/Chicago")]);
    by_zone.set(index("postalCode"), Value::Null);
    let mut nowhere = ana(&[]);
    nowhere.set(index("postalCode"), Value::Null);
    let mut nameless = ana(&[]);
    nameless.set(index("firstName"), Value::Null);

    assert!(single(&draft(by_zone, Fields::default())).is_ok());
    assert_eq!(
        single(&draft(nowhere, Fields::default())).unwrap_err(),
        [Problem::of_field(Code::RuleAnyOf, "postalCode")]
    );
    assert_eq!(
        single(&draft(nameless, Fields::default())).unwrap_err(),
        [Problem::of_field(Code::RequiredMissing, "firstName")]
    );
}

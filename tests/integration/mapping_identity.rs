//! Which rules are refused or noted because they could harm customers or policies.

use aca_sync::{contract::Target, mapping::Mapping, normalize::Value, problem::Code};

use crate::mapping::{customer, mapped, mapping};

fn notes(mapping: &Mapping) -> Vec<String> {
    mapping.notes().iter().map(ToString::to_string).collect()
}

fn has_note(mapping: &Mapping, start: &str) -> bool {
    notes(mapping).iter().any(|note| note.starts_with(start))
}

#[test]
fn several_ids_in_one_cell_hold_the_record_and_none_of_them_is_taken() {
    let mapping = mapping(
        "externalId = \"id\"\n[policy]\nhealthSherpaPolicyId = \"policy\"\nplanName = \"plan\"\n",
    );

    let several = mapped(
        &mapping,
        &[("id", "1"), ("policy", "9001; 9002"), ("plan", "Gold")],
    );
    let one = mapped(
        &mapping,
        &[("id", "1"), ("policy", "9001"), ("plan", "Gold")],
    );

    let place = Target::SyncAca
        .contract()
        .policy_field_index("healthSherpaPolicyId")
        .unwrap();
    assert_eq!(several.draft.hazard, Some(Code::IdentifierSeveral));
    assert_eq!(several.draft.policy.get(place), None);
    assert!(several.problems.is_empty());
    assert_eq!(one.draft.hazard, None);
    assert_eq!(one.draft.policy.get(place), Some(&Value::text("9001")));
}

#[test]
fn a_do_not_call_is_switched_on_and_never_off() {
    let plain = mapping("doNotCall = \"dnc\"\n");
    let allowed = mapping("doNotCall = { column = \"dnc\", allow_opt_in = true }\n");
    let translated = mapping(
        "doNotSMS = { column = \"dnc\", values = { stop = true }, otherwise = \"keep\" }\n",
    );
    let call = |mapping, cell| customer(&mapped(mapping, &[("dnc", cell)]), "doNotCall").cloned();
    let text = |cell| customer(&mapped(&translated, &[("dnc", cell)]), "doNotSMS").cloned();

    assert_eq!(call(&plain, "Yes"), Some(Value::Boolean(true)));
    assert_eq!(call(&plain, "No"), None);
    assert_eq!(call(&allowed, "No"), Some(Value::Boolean(false)));
    assert_eq!(text("STOP"), Some(Value::Boolean(true)));
    assert_eq!(text("No"), None);
}

#[test]
fn a_constant_alone_does_not_make_a_policy() {
    let mapping =
        mapping("[policy]\ncarrierName = { value = \"Example Health\" }\nplanName = \"plan\"\n");

    assert!(mapped(&mapping, &[("plan", "")]).draft.policy.is_empty());
    assert_eq!(mapped(&mapping, &[("plan", "Gold")]).draft.policy.len(), 2);
}

#[test]
fn a_row_tells_of_a_policy_when_one_of_the_named_fields_is_there() {
    let mapping = mapping(
        "state = \"state\"\n[record]\npolicy_if = [\"status\", \"healthSherpaPolicyId\"]\n\
         [policy]\nhealthSherpaPolicyId = \"policy\"\nstatus = { column = \"status\", on_blank = \"clear\" }\nplanState = \"state\"\n",
    );
    let fields = |policy, status| {
        let cells = [("policy", policy), ("status", status), ("state", "FL")];
        mapped(&mapping, &cells).draft.policy.len()
    };

    assert_eq!(fields("", ""), 0);
    assert_eq!(fields("9001", ""), 3);
    assert_eq!(fields("", "Active"), 2);
}

#[test]
fn the_key_is_given_as_places_in_the_contract_and_none_means_the_fallback() {
    let contract = Target::SyncAca.contract();
    let keyed = mapping(
        "healthSherpaCustomerId = \"hs\"\nexternalId = \"id\"\n[record]\nkey = [\"healthSherpaCustomerId\", \"externalId\"]\n",
    );

    let places =
        ["healthSherpaCustomerId", "externalId"].map(|name| contract.field_index(name).unwrap());
    assert_eq!(keyed.key_fields(), places);
    assert!(mapping("").key_fields().is_empty());
    assert_eq!(
        keyed.customer_id_columns(),
        [("healthSherpaCustomerId", "hs"), ("externalId", "id")]
    );
    assert!(keyed.policy_id_columns().is_empty());
}

#[test]
fn an_external_id_that_two_records_could_share_is_noted() {
    let key = "[record]\nkey = [\"healthSherpaCustomerId\"]\n";
    let same = mapping(&format!(
        "healthSherpaCustomerId = \"id\"\nexternalId = \"ID\"\n{key}"
    ));
    let other = mapping(&format!(
        "healthSherpaCustomerId = \"id\"\nexternalId = \"crm\"\n{key}"
    ));
    let none = mapping(&format!("healthSherpaCustomerId = \"id\"\n{key}"));

    assert!(!has_note(&same, "fields.externalId"));
    assert!(has_note(
        &other,
        "fields.externalId: not unique by construction"
    ));
    assert!(has_note(
        &other,
        "record.key: the API finds customers by `externalId` too"
    ));
    assert!(has_note(&none, "fields.externalId: not mapped"));
    assert!(has_note(&mapping(""), "record.key: there is none"));
}

#[test]
fn inferred_fields_and_words_of_some_page_versions_are_noted() {
    let mapping = mapping(
        "[policy]\npolicyLives = \"lives\"\nstatus = { column = \"s\", values = { P = \"Pending Effectuation\", A = \"Active\" } }\n",
    );

    assert!(has_note(
        &mapping,
        "policy.policyLives: no page shows this field's name"
    ));
    assert!(has_note(
        &mapping,
        "policy.status: \"Pending Effectuation\" is a word of 2 of 3 page versions"
    ));
    assert!(
        !notes(&mapping)
            .iter()
            .any(|note| note.contains("\"Active\""))
    );
    assert!(has_note(
        &mapping,
        "policy: no policy id is mapped, so every record with a policy is held back"
    ));
}

#[test]
fn what_is_held_back_is_allowed_by_name_only() {
    let strict = mapping("");
    let loose = mapping("[record]\nallow = [\"policy.without_id\"]\n");

    assert!(!strict.allows(Code::PolicyWithoutId));
    assert!(loose.allows(Code::PolicyWithoutId) && !loose.allows(Code::RecordRowRejected));
}

#[test]
fn what_a_mapping_allows_is_noted() {
    let mapping = mapping(
        "doNotCall = { column = \"dnc\", allow_opt_in = true, on_blank = \"clear\" }\ndoNotSMS = \"dnc\"\n\
         [record]\nallow = [\"record.row_rejected\", \"policy.without_id\"]\n",
    );

    assert!(mapping.allows(Code::RecordRowRejected) && mapping.allows(Code::PolicyWithoutId));
    for start in [
        "record.allow: record.row_rejected:",
        "record.allow: policy.without_id:",
        "fields.doNotCall: `allow_opt_in`",
        "fields.doNotCall: a blank cell clears",
    ] {
        assert!(has_note(&mapping, start), "{start}");
    }
    assert!(!has_note(&mapping, "fields.doNotSMS"));
}

#[test]
fn an_opt_in_is_allowed_for_each_way_of_saying_no() {
    let call = |rule: &str, cell| {
        let mapping = mapping(&format!("doNotCall = {{ {rule} }}\n"));
        customer(&mapped(&mapping, &[("dnc", cell)]), "doNotCall").cloned()
    };
    let no = Some(Value::Boolean(false));

    let words = "column = \"dnc\", values = { start = false, stop = true }, allow_opt_in = true";
    assert_eq!(call(words, "START"), no);
    assert_eq!(call(words, "stop"), Some(Value::Boolean(true)));
    assert_eq!(call("value = false, allow_opt_in = true", ""), no);
    let cleared = "column = \"dnc\", on_blank = \"clear\", allow_opt_in = true";
    assert_eq!(call(cleared, ""), Some(Value::Null));
    assert_eq!(call("column = \"dnc\", allow_opt_in = false", "no"), None);
}

#[test]
fn guards_are_parsed_and_what_is_not_said_is_not_checked() {
    let text = "[guard]\nmin_rows = 50\nmin_rows_of_last = \"85%\"\nmax_age = \"26h\"\n";

    let mapping = mapping(text);
    let guards = mapping.guards();

    assert_eq!(guards.min_rows, Some(50));
    assert_eq!(guards.min_rows_of_last.unwrap().to_string(), "85%");
    assert_eq!(guards.max_age.unwrap().as_secs(), 26 * 60 * 60);
    assert!(guards.max_rejected.is_none() && guards.max_failed.is_none());
}

//! Which columns a mapping finds in a header, and what it says of the others.

#![expect(
    clippy::unwrap_used,
    reason = "clippy does not count the helpers of an integration test as tests"
)]

use aca_sync::{
    header::Header,
    mapping::{ColumnMistake, Mapping, Unmet},
};

use crate::mapping::mapping;

fn mistakes(mapping: &Mapping, header: &[&str]) -> Vec<ColumnMistake> {
    mapping.bind(&Header::new(header)).unwrap_err().columns
}

#[test]
fn columns_match_ignoring_case_spaces_and_underscores() {
    let mapping = mapping("address2 = \"unit_no\"\n");

    let header = Header::new([
        "First", "LAST", "Phone", "z i p", "Unit No", "notes", "_row",
    ]);
    let bound = mapping.bind(&header).unwrap();

    assert_eq!(bound.unused_columns().collect::<Vec<_>>(), ["notes"]);
    assert_eq!(bound.absent_columns().count(), 0);
}

#[test]
fn every_missing_and_doubled_column_is_named_in_one_go() {
    let mapping = mapping(
        "email = \"e_mail\"\nexternalId = \"client_id\"\n[source]\nrequired = [\"phone\", \"status\"]\n\
         [policy]\nplanState = \"state\"\n",
    );

    let error = mapping
        .bind(&Header::new([
            "first",
            "Last",
            "last",
            "Phones",
            "zip",
            "State",
            "Clients ID",
        ]))
        .unwrap_err();

    let message = "the file does not fit the mapping x: 5 columns to put right\n\n  \
        source.required, fields.phoneNumber: no column \"phone\"; did you mean \"Phones\"?\n  \
        source.required: no column \"status\"; did you mean \"State\"?\n  \
        fields.lastName: several columns are named \"last\": numbers 2 and 3\n  \
        fields.email: no column \"e_mail\"\n  \
        fields.externalId: no column \"client_id\"; did you mean \"Clients ID\"?";
    assert_eq!(error.to_string(), message);
}

#[test]
fn a_list_needs_one_of_its_columns_and_a_doubled_one_is_never_guessed() {
    let mapping = mapping("address = { column = [\"address\", \"street_address\"] }\n");
    let required = ["first", "last", "phone", "zip"];
    let with = |more: &[&'static str]| [&required[..], more].concat();

    assert!(
        mapping
            .bind(&Header::new(with(&["Street Address"])))
            .is_ok()
    );
    let missing = mistakes(&mapping, &with(&[]));
    let doubled = mistakes(&mapping, &with(&["address", "Address"]));

    let missing = missing.first().unwrap();
    assert_eq!(missing.columns, ["address", "street_address"]);
    assert_eq!(missing.what, Unmet::Missing { similar: None });
    let numbers = vec![5, 6];
    assert_eq!(doubled.first().unwrap().what, Unmet::Doubled { numbers });
}

#[test]
fn an_optional_column_may_be_absent_and_is_told() {
    let mapping = mapping(
        "county = { column = \"county\", optional = true }\nstate = { column = \"state\", optional = true }\n\
         timezone = { column = \"tz\", else_from = \"state\" }\n\
         [record]\nnewest = { column = \"synced\", optional = true }\n\
         [source]\nskip = [{ column = \"applying\", is = [\"No\"], because = \"x\", optional = true }]\n",
    );

    let bound = mapping
        .bind(&Header::new(["first", "last", "phone", "zip"]))
        .unwrap();

    let absent: Vec<&str> = bound.absent_columns().collect();
    assert_eq!(absent, ["applying", "synced", "tz", "state", "county"]);
}

#[test]
fn columns_that_this_program_added_are_neither_read_nor_unused() {
    let mapping = mapping("");

    let header = Header::new(["first", "last", "phone", "zip", "_run", "_code"]);

    assert_eq!(mapping.bind(&header).unwrap().unused_columns().count(), 0);
}

#[test]
fn a_long_text_where_a_name_should_be_is_not_repeated() {
    let mapping = mapping("email = \"client_email_address\"\n");

    let cell = "client_email_address of a person who must not be printed";
    let mistakes = mistakes(&mapping, &["first", "last", "phone", "zip", cell]);

    assert_eq!(
        mistakes.first().unwrap().what,
        Unmet::Missing { similar: None }
    );
}

#[test]
fn a_bound_mapping_is_shared_across_threads() {
    fn shared<T: Send + Sync>() {}

    shared::<aca_sync::mapping::BoundMapping>();
    shared::<Mapping>();
}

#[test]
fn what_a_header_lacks_is_what_binding_finds_missing() {
    let mapping = mapping(
        "email = \"e_mail\"\naddress = { column = [\"address\", \"street\"] }\n\
         city = { column = \"city\", optional = true }\nexternalId = \"id\"\n\
         [source]\nrequired = [\"PHONE\", \"status\"]\n\
         skip = [{ column = \"kind\", is = [\"x\"], because = \"x\" }]\n\
         [record]\nnewest = \"synced\"\n[policy]\nplanState = \"state\"\nplanCounty = \"state\"\n",
    );
    let full = [
        "first", "last", "phone", "zip", "e_mail", "street", "id", "status", "kind", "synced",
        "state",
    ];

    for (header, lacking) in [
        (vec![], 11),
        (vec!["Clients report", "", ""], 11),
        (vec!["_first", "last"], 10),
        (vec!["First", "LAST", "Phone", "z i p"], 7),
        (full[1..].to_vec(), 1),
        (full.to_vec(), 0),
        (full.iter().chain(&full).copied().collect(), 0),
    ] {
        let names = Header::new(&header);
        assert_eq!(mapping.lacks(&names), lacking, "{header:?}");
        let missing = |it: &&ColumnMistake| matches!(it.what, Unmet::Missing { .. });
        let bound = mapping.bind(&names);
        let missing =
            bound.map_or_else(|error| error.columns.iter().filter(missing).count(), |_| 0);
        assert_eq!(missing, lacking, "{header:?}");
    }
}

//! A small made-up list of carriers, and how a name is resolved against it.
//!
//! Page S2: any display name or alias is accepted, and a generic Blue Cross Blue Shield becomes the plan of the
//! customer's state. What the API makes of a name that it does not know is on no page; here it stays as it is.

use serde_json::{Value, json};

use crate::contract::CARRIERS;

/// The carriers: display name, aliases, and the state of a Blue Cross Blue Shield plan.
const LIST: &[(&str, &[&str], Option<&str>)] = &[
    ("Aetna", &["Aetna CVS Health", "CVS Aetna"], None),
    ("Ambetter", &["Ambetter Health"], None),
    ("Anthem", &["Anthem BCBS"], Some("IN")),
    (
        "Blue Cross and Blue Shield of Illinois",
        &["BCBSIL"],
        Some("IL"),
    ),
    (
        "Blue Cross and Blue Shield of Texas",
        &["BCBSTX"],
        Some("TX"),
    ),
    ("Cigna", &["Cigna Health and Life Insurance Company"], None),
    ("Florida Blue", &["BCBSFL"], Some("FL")),
    ("Humana", &[], None),
    ("Molina Healthcare", &["Molina"], None),
    ("Oscar", &["Oscar Health"], None),
    ("UnitedHealthcare", &["UHC", "United Healthcare"], None),
];

/// The list as `GET /v2/carriers` gives it.
pub(super) fn all() -> Value {
    let items: Vec<Value> = LIST
        .iter()
        .enumerate()
        .map(|(place, (name, aliases, _))| {
            json!({ "id": id(place), CARRIERS.name: name, "aliases": aliases })
        })
        .collect();
    json!({ "itemsTotal": items.len(), "currentPage": 1, "nextPage": null, "prevPage": null, "items": items })
}

/// The carrier that a name means, with its id; none for an unknown name.
pub(super) fn resolve(name: &str, state: Option<&str>) -> Option<(String, &'static str)> {
    let means = |other: &str| other.eq_ignore_ascii_case(name.trim());
    let is_generic = CARRIERS.generic.iter().any(|other| means(other));
    let place = LIST.iter().position(|(display, aliases, of_state)| {
        means(display)
            || aliases.iter().any(|alias| means(alias))
            || (is_generic && of_state.is_some() && *of_state == state)
    })?;
    LIST.get(place).map(|(display, ..)| (id(place), *display))
}

fn id(place: usize) -> String {
    format!("00000000-0000-4000-b000-{place:012x}")
}

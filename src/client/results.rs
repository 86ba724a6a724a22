//! Which records of a request an answer's `results` are about, told by the identifiers in them.

use std::{cell::OnceCell, collections::HashMap};

use serde_json::{Map, Value};

use super::{Parcel, response::ResultItem};

/// The records of one request by the identifiers that the API matches. Read from the request's body only
/// when an answer leaves no other way: with external ids there mostly is one.
pub(super) struct Identities<'p> {
    parcel: &'p Parcel<'p>,
    /// By field and value: the place; none where several records share the value.
    places: OnceCell<HashMap<(&'static str, String), Option<usize>>>,
}

/// What `results` shows: for each entry the record that it is about, where that can be told.
pub(super) struct Shown {
    pub(super) places: Vec<Option<usize>>,
    /// True when some entry is about a record that another entry is about too.
    pub(super) has_doubles: bool,
}

impl<'p> Identities<'p> {
    pub(super) const fn of(parcel: &'p Parcel<'p>) -> Self {
        Self {
            parcel,
            places: OnceCell::new(),
        }
    }

    /// The one record that all identifiers of the entry lead to; none when they lead to several.
    fn place(&self, entry: &ResultItem) -> Option<usize> {
        let mut found = None;
        for field in self.parcel.contract.matching.customer {
            let Some(id) = entry.identifier(field) else {
                continue;
            };
            let place = self.places().get(&(*field, id)).copied();
            match (found, place) {
                (_, Some(None)) => return None,
                (Some(one), Some(Some(other))) if one != other => return None,
                (None, Some(place)) => found = place,
                _ => {}
            }
        }
        found
    }

    /// True when the entry carries an identifier that the API matches.
    fn are_in(&self, entry: &ResultItem) -> bool {
        let mut fields = self.parcel.contract.matching.customer.iter();
        fields.any(|field| entry.identifier(field).is_some())
    }

    fn places(&self) -> &HashMap<(&'static str, String), Option<usize>> {
        self.places.get_or_init(|| {
            let mut places = HashMap::new();
            for (place, record) in records(&self.parcel.body).iter().enumerate() {
                for field in self.parcel.contract.matching.customer {
                    if let Some(id) = record.get(*field).and_then(Value::as_str) {
                        places
                            .entry((*field, id.to_owned()))
                            .and_modify(|place| *place = None)
                            .or_insert(Some(place));
                    }
                }
            }
            places
        })
    }
}

/// The records of a request's body, as many as it has.
fn records(body: &[u8]) -> Vec<Map<String, Value>> {
    #[derive(serde::Deserialize)]
    struct Request {
        records: Vec<Map<String, Value>>,
    }
    serde_json::from_slice(body).map_or_else(|_| Vec::new(), |request: Request| request.records)
}

impl Shown {
    /// Ties each entry to a record: by external id, else by the other identifiers. By position only where
    /// everything succeeded, there are as many entries as records, and no tied one stands elsewhere.
    pub(super) fn of(
        results: &[ResultItem],
        by_external_id: impl Fn(&str) -> Option<usize>,
        identities: &Identities<'_>,
        in_order_of: Option<usize>,
    ) -> Self {
        let mut places: Vec<Option<usize>> = results
            .iter()
            .map(|entry| match entry.external_id() {
                Some(id) => by_external_id(&id).or_else(|| identities.place(entry)),
                None => identities.place(entry),
            })
            .collect();
        let in_order = in_order_of == Some(results.len())
            && (places.iter().enumerate()).all(|(at, place)| place.is_none_or(|place| place == at));
        if in_order {
            for (at, (place, entry)) in places.iter_mut().zip(results).enumerate() {
                if !identities.are_in(entry) {
                    *place = Some(at);
                }
            }
        }
        let mut told: Vec<usize> = places.iter().flatten().copied().collect();
        let all = told.len();
        told.sort_unstable();
        told.dedup();
        Self {
            has_doubles: told.len() < all,
            places,
        }
    }
}

//! Which records of a request an answer names as bad, and in what words.

use std::collections::{BTreeMap, HashMap};

use super::{
    Parcel,
    effects::Wishes,
    loose::Loose,
    response::{Content, ErrorItem, FailedRecord, reason},
    results::Identities,
};
use crate::record::Reason;

/// What an error means when it comes without words.
const NO_WORDS: &str = "the API gave no reason";

/// The records of one request, as far as an answer can name them.
pub(super) struct Sent<'a> {
    external_ids: &'a [Option<String>],
    /// The place of each external id; none where several records share it.
    places: HashMap<&'a str, Option<usize>>,
    /// The records by all of their identifiers.
    pub(super) identities: Identities<'a>,
    /// What the records ask for.
    pub(super) wishes: Wishes<'a>,
}

/// The records that an answer names, and what it says without naming anyone.
#[derive(Default)]
pub(super) struct Blame {
    /// What the answer says of each record that it names.
    pub(super) named: BTreeMap<usize, Charge>,
    /// How many entries name no single record.
    pub(super) untied: usize,
}

/// What an answer says of one record.
#[derive(Default)]
pub(super) struct Charge {
    code: Option<String>,
    messages: Vec<String>,
}

impl<'a> Sent<'a> {
    pub(super) fn of(parcel: &'a Parcel<'a>) -> Self {
        let external_ids = parcel.external_ids;
        let mut places = HashMap::with_capacity(external_ids.len());
        for (place, id) in external_ids.iter().enumerate() {
            if let Some(id) = id.as_deref().filter(|id| !id.is_empty()) {
                places
                    .entry(id)
                    .and_modify(|place| *place = None)
                    .or_insert(Some(place));
            }
        }
        Self {
            external_ids,
            places,
            identities: Identities::of(parcel),
            wishes: Wishes::of(parcel),
        }
    }

    /// How many records were sent.
    pub(super) const fn len(&self) -> usize {
        self.external_ids.len()
    }

    /// The one record with that external id.
    pub(super) fn with_external_id(&self, id: &str) -> Option<usize> {
        self.places.get(id).copied().flatten()
    }

    /// The record at that index, unless the external id beside it belongs to another: then the API
    /// counts otherwise than we think, and the index says nothing.
    fn at(&self, index: u64, external_id: &Loose) -> Option<usize> {
        let place = usize::try_from(index).ok()?;
        let ours = self.external_ids.get(place)?;
        let agrees = external_id.identifier().is_none_or(|id| Some(id) == *ours);
        agrees.then_some(place)
    }

    fn of_failed_record(&self, entry: &FailedRecord) -> Option<usize> {
        match entry.index.whole() {
            Some(index) => self.at(index, &entry.external_id),
            None => self.with_external_id(&entry.external_id.identifier()?),
        }
    }

    fn of_error(&self, entry: &ErrorItem) -> Option<usize> {
        let by_path = place_in(&entry.path.0).map(|(index, _)| index);
        if let Some(index) = by_path.or_else(|| entry.index.whole()) {
            return self.at(index, &entry.external_id);
        }
        let id = entry
            .external_id
            .identifier()
            .or_else(|| entry.id.identifier())?;
        self.with_external_id(&id)
    }
}

impl Blame {
    /// Everyone whom `failedRecords` or `errors` names.
    pub(super) fn of(content: &Content, sent: &Sent<'_>) -> Self {
        let mut blame = Self::default();
        for entry in &content.failed_records.0 {
            match sent.of_failed_record(entry) {
                Some(place) => blame.charge(place, None, entry.words().map(str::to_owned)),
                None => blame.untied += 1,
            }
        }
        for entry in &content.errors.0 {
            match sent.of_error(entry) {
                Some(place) => blame.charge(place, entry.code(), with_field(entry)),
                None => blame.untied += 1,
            }
        }
        blame
    }

    /// Only those whom `failedRecords` names, where it names anyone; what `errors` says of them stays.
    pub(super) fn narrowed_to_failed_records(mut self, content: &Content, sent: &Sent<'_>) -> Self {
        let places: Vec<usize> = (content.failed_records.0.iter())
            .filter_map(|entry| sent.of_failed_record(entry))
            .collect();
        if !places.is_empty() {
            self.named.retain(|place, _| places.contains(place));
        }
        self
    }

    fn charge(&mut self, place: usize, code: Option<&str>, message: Option<String>) {
        let charge = self.named.entry(place).or_default();
        if charge.code.is_none() {
            charge.code = code.map(str::to_owned);
        }
        if let Some(message) = message
            && !charge.messages.contains(&message)
        {
            charge.messages.push(message);
        }
    }
}

impl Charge {
    /// The charge as a reason, with `code` in place of a code of its own.
    pub(super) fn into_reason(self, code: Option<&str>, message: Option<&str>) -> Reason {
        let words = if self.messages.is_empty() {
            message.unwrap_or(NO_WORDS).to_owned()
        } else {
            self.messages.join("; ")
        };
        reason(code.or(self.code.as_deref()), &words)
    }
}

/// The one thing that an answer says of everyone: all errors say the same, or none says anything and the
/// answer as a whole does.
pub(super) fn only_reason(content: &Content) -> Option<Reason> {
    let mut errors = content.errors.0.iter();
    let Some(first) = errors.next() else {
        let words = content.message.words()?;
        return Some(reason(content.code.code(), words));
    };
    let words = first.words()?;
    errors
        .all(|error| error.words() == Some(words))
        .then(|| reason(first.code().or(content.code.code()), words))
}

/// Why records failed that no error names: the one reason that all nameless errors give, else all of them.
pub(super) fn nameless_reason(content: &Content, sent: &Sent<'_>) -> Reason {
    let nameless = content
        .errors
        .0
        .iter()
        .filter(|entry| sent.of_error(entry).is_none());
    let mut code = content.code.code();
    let mut words: Vec<&str> = Vec::new();
    for entry in nameless {
        code = entry.code().or(code);
        if let Some(said) = entry.words().filter(|said| !words.contains(said)) {
            words.push(said);
        }
    }
    let said = match words.as_slice() {
        [] => content.message.words().unwrap_or(NO_WORDS).to_owned(),
        [only] => (*only).to_owned(),
        several => format!("one of: {}", several.join("; ")),
    };
    reason(code, &said)
}

/// `field: message`, where the entry says which field.
fn with_field(entry: &ErrorItem) -> Option<String> {
    let words = entry.words()?;
    let field = place_in(&entry.path.0).map_or_else(String::new, |(_, field)| field.join("."));
    Some(if field.is_empty() {
        words.to_owned()
    } else {
        format!("{field}: {words}")
    })
}

/// The index after `records`, and the steps below it.
fn place_in(steps: &[String]) -> Option<(u64, &[String])> {
    let at = steps.iter().position(|step| step == "records")?;
    let (index, field) = steps.get(at + 1..)?.split_first()?;
    Some((index.parse().ok()?, field))
}

//! JSON read without insisting on its shape: what an answer holds is used, what it does not is absent.
//!
//! The API's pages disagree on the shape of answers, and an answer that cannot be read leaves a hundred
//! records in doubt. So a number may come as text, an error as text or object, a list may be missing.

use std::{fmt, marker::PhantomData};

use compact_str::CompactString;
use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};

/// Any JSON value, as far as we make use of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) enum Loose {
    /// Not there, or null.
    #[default]
    Absent,
    /// Text; most of it is short, and costs no memory of its own then.
    Text(CompactString),
    /// A whole number that is not negative.
    Whole(u64),
    /// Any other number.
    Number(f64),
    /// True or false.
    Truth(bool),
    /// An object that tells of an error.
    Error {
        /// Its `message`, else its `error`.
        message: Option<String>,
        /// Its `code`.
        code: Option<String>,
    },
    /// A list, which we make no use of here.
    List,
}

impl Loose {
    /// The whole number that this is, also when it came as text.
    pub(super) fn whole(&self) -> Option<u64> {
        match self {
            Self::Whole(number) => Some(*number),
            Self::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// The text of an identifier: not empty, and as text also when it came as a number.
    pub(super) fn identifier(&self) -> Option<String> {
        match self {
            Self::Text(text) if !text.is_empty() => Some(text.to_string()),
            Self::Whole(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// What it says to a person, if anything.
    pub(super) fn words(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text.as_str()),
            Self::Error { message, .. } => message.as_deref(),
            _ => None,
        }
        .filter(|words| !words.trim().is_empty())
    }

    /// The code of an error object, or the text itself.
    pub(super) fn code(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Error { code, .. } => code.as_deref(),
            _ => None,
        }
    }
}

/// A list whose entries may be objects or bare values; a single value counts as a list of one.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct List<T>(pub(super) Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// What a bare value means where an object is expected.
pub(super) trait FromBare {
    /// The object that the bare value stands for.
    fn from_bare(bare: Loose) -> Self;
}

/// One entry: an object, or a bare value that stands for one.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Entry<T>(pub(super) T);

/// Where in a request an error lies: the steps of a path, given as a list or as dotted text.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Steps(pub(super) Vec<String>);

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LooseVisitor)
    }
}

struct LooseVisitor;

impl<'de> Visitor<'de> for LooseVisitor {
    type Value = Loose;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any value")
    }

    fn visit_unit<E: Error>(self) -> Result<Loose, E> {
        Ok(Loose::Absent)
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<Loose, E> {
        Ok(Loose::Truth(truth))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Loose, E> {
        Ok(Loose::Whole(number))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Loose, E> {
        Ok(u64::try_from(number).map_or(Loose::Number(-1.0), Loose::Whole))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Loose, E> {
        Ok(Loose::Number(number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Loose, E> {
        Ok(Loose::Text(text.into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Loose, A::Error> {
        let (mut message, mut error, mut code) = (None, None, None);
        while let Some(name) = map.next_key::<String>()? {
            let place = match name.as_str() {
                "message" => &mut message,
                "error" => &mut error,
                "code" => &mut code,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            *place = map.next_value::<Loose>()?.words().map(str::to_owned);
        }
        Ok(Loose::Error {
            message: message.or(error),
            code,
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Loose, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Loose::List)
    }
}

impl<'de, T: Deserialize<'de> + FromBare> Deserialize<'de> for Entry<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_any(ListVisitor(PhantomData))
            .map(|entries: List<T>| {
                // A list where one object is expected says nothing that could be told apart.
                let mut entries = entries.0.into_iter();
                match (entries.next(), entries.next()) {
                    (Some(only), None) => Self(only),
                    _ => Self(T::from_bare(Loose::Absent)),
                }
            })
    }
}

impl<'de, T: Deserialize<'de> + FromBare> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ListVisitor(PhantomData))
    }
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de> + FromBare> Visitor<'de> for ListVisitor<T> {
    type Value = List<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_unit<E: Error>(self) -> Result<List<T>, E> {
        Ok(List::default())
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<List<T>, E> {
        Ok(List(vec![T::from_bare(Loose::Truth(truth))]))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<List<T>, E> {
        Ok(List(vec![T::from_bare(Loose::Whole(number))]))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<List<T>, E> {
        Ok(List(vec![T::from_bare(Loose::Number(-1.0))]))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<List<T>, E> {
        Ok(List(vec![T::from_bare(Loose::Number(number))]))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<List<T>, E> {
        Ok(List(vec![T::from_bare(Loose::Text(text.into()))]))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<List<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(|only| List(vec![only]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<List<T>, A::Error> {
        let mut entries = Vec::new();
        while let Some(Entry(entry)) = list.next_element::<Entry<T>>()? {
            entries.push(entry);
        }
        Ok(List(entries))
    }
}

impl<'de> Deserialize<'de> for Steps {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let steps = List::<Step>::deserialize(deserializer)?.0;
        Ok(Self(steps.into_iter().flat_map(|step| step.0).collect()))
    }
}

/// One step of a path, or several where they came as one dotted text.
struct Step(Vec<String>);

impl<'de> Deserialize<'de> for Step {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Loose::deserialize(deserializer).map(Self::from_bare)
    }
}

impl FromBare for Step {
    fn from_bare(bare: Loose) -> Self {
        let text = bare.identifier().unwrap_or_default();
        let steps = text.split(['.', '[', ']']).filter(|step| !step.is_empty());
        Self(steps.map(str::to_owned).collect())
    }
}

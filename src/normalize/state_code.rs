//! States, the District of Columbia and territories: two letters, a name, and the zone where there is one.

use super::text;
use crate::{private::Private, problem::Code};

/// The two letters of a state, of the District of Columbia or of a territory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StateCode(Private<&'static str>);

impl StateCode {
    /// Reads two letters or a full name, ignoring case, dots and spaces.
    ///
    /// # Errors
    ///
    /// [`Code::StateUnknown`].
    pub fn parse(text: &str) -> Result<Self, Code> {
        let state = by_letters(text).or_else(|| by_words(text));
        state
            .map(|(letters, ..)| Self(Private::new(letters)))
            .ok_or(Code::StateUnknown)
    }

    /// The two letters.
    pub const fn as_str(&self) -> &'static str {
        self.0.expose()
    }
}

/// The time zone of a state that lies in one zone as a whole, by law. Many do not: a Texan may live in
/// El Paso, and calling someone an hour early is what the rule about zones is there to prevent.
/// Arizona counts as one zone, although the Navajo Nation keeps daylight saving time.
pub fn zone_of_state(two_letters: &str) -> Option<&'static str> {
    by_letters(two_letters).and_then(|(.., zone)| *zone)
}

/// The time zones of a state, the one where most of its people live first.
pub(super) fn zones_of_state(two_letters: &str) -> Option<(&'static str, Option<&'static str>)> {
    if let Some(zone) = zone_of_state(two_letters) {
        return Some((zone, None));
    }
    let (_, first, second) = IN_TWO_ZONES
        .iter()
        .find(|(letters, ..)| letters.eq_ignore_ascii_case(two_letters))?;
    Some((first, Some(second)))
}

type State = (&'static str, &'static str, Option<&'static str>);

fn by_letters(text: &str) -> Option<&'static State> {
    // Two bytes compare at once; ignoring case letter by letter takes ten times as long.
    let wanted: [u8; 2] = text.as_bytes().try_into().ok()?;
    let wanted = wanted.map(|letter| letter.to_ascii_uppercase());
    STATES
        .iter()
        .find(|(letters, ..)| letters.as_bytes() == wanted)
}

fn by_words(text: &str) -> Option<&'static State> {
    let is_word = |c: char| c.is_ascii_alphabetic() || matches!(c, '.' | ',' | ' ');
    if !text.chars().all(is_word) {
        return None;
    }
    let folded = text::fold(text);
    let names = |wanted: &str| {
        STATES
            .iter()
            .find(|(_, name, _)| text::folds_to(name, wanted))
    };
    let alias = || OTHER_NAMES.iter().find(|(name, _)| *name == folded);
    by_letters(&folded)
        .or_else(|| names(&folded))
        .or_else(|| by_letters(alias()?.1))
}

/// Folded names beside the ones in [`STATES`].
const OTHER_NAMES: &[(&str, &str)] = &[
    ("washingtondc", "DC"),
    ("virginislands", "VI"),
    ("usvirginislands", "VI"),
    ("unitedstatesvirginislands", "VI"),
    ("cnmi", "MP"),
];

/// The states that lie in two zones, with the one where most of their people live first.
const IN_TWO_ZONES: &[(&str, &str, &str)] = &[
    ("AK", "America/Anchorage", "America/Adak"),
    ("FL", "America/New_York", "America/Chicago"),
    ("ID", "America/Boise", "America/Los_Angeles"),
    ("IN", "America/Indiana/Indianapolis", "America/Chicago"),
    ("KS", "America/Chicago", "America/Denver"),
    ("KY", "America/New_York", "America/Chicago"),
    ("MI", "America/Detroit", "America/Menominee"),
    ("ND", "America/Chicago", "America/Denver"),
    ("NE", "America/Chicago", "America/Denver"),
    ("NV", "America/Los_Angeles", "America/Denver"),
    ("OR", "America/Los_Angeles", "America/Boise"),
    ("SD", "America/Chicago", "America/Denver"),
    ("TN", "America/Chicago", "America/New_York"),
    ("TX", "America/Chicago", "America/Denver"),
];

const EASTERN: Option<&str> = Some("America/New_York");
const CENTRAL: Option<&str> = Some("America/Chicago");
const MOUNTAIN: Option<&str> = Some("America/Denver");
const PACIFIC: Option<&str> = Some("America/Los_Angeles");

const STATES: &[State] = &[
    ("AL", "Alabama", CENTRAL),
    ("AK", "Alaska", None),
    ("AZ", "Arizona", Some("America/Phoenix")),
    ("AR", "Arkansas", CENTRAL),
    ("CA", "California", PACIFIC),
    ("CO", "Colorado", MOUNTAIN),
    ("CT", "Connecticut", EASTERN),
    ("DE", "Delaware", EASTERN),
    ("DC", "District of Columbia", EASTERN),
    ("FL", "Florida", None),
    ("GA", "Georgia", EASTERN),
    ("HI", "Hawaii", Some("Pacific/Honolulu")),
    ("ID", "Idaho", None),
    ("IL", "Illinois", CENTRAL),
    ("IN", "Indiana", None),
    ("IA", "Iowa", CENTRAL),
    ("KS", "Kansas", None),
    ("KY", "Kentucky", None),
    ("LA", "Louisiana", CENTRAL),
    ("ME", "Maine", EASTERN),
    ("MD", "Maryland", EASTERN),
    ("MA", "Massachusetts", EASTERN),
    ("MI", "Michigan", None),
    ("MN", "Minnesota", CENTRAL),
    ("MS", "Mississippi", CENTRAL),
    ("MO", "Missouri", CENTRAL),
    ("MT", "Montana", MOUNTAIN),
    ("NE", "Nebraska", None),
    ("NV", "Nevada", None),
    ("NH", "New Hampshire", EASTERN),
    ("NJ", "New Jersey", EASTERN),
    ("NM", "New Mexico", MOUNTAIN),
    ("NY", "New York", EASTERN),
    ("NC", "North Carolina", EASTERN),
    ("ND", "North Dakota", None),
    ("OH", "Ohio", EASTERN),
    ("OK", "Oklahoma", CENTRAL),
    ("OR", "Oregon", None),
    ("PA", "Pennsylvania", EASTERN),
    ("RI", "Rhode Island", EASTERN),
    ("SC", "South Carolina", EASTERN),
    ("SD", "South Dakota", None),
    ("TN", "Tennessee", None),
    ("TX", "Texas", None),
    ("UT", "Utah", MOUNTAIN),
    ("VT", "Vermont", EASTERN),
    ("VA", "Virginia", EASTERN),
    ("WA", "Washington", PACIFIC),
    ("WV", "West Virginia", EASTERN),
    ("WI", "Wisconsin", CENTRAL),
    ("WY", "Wyoming", MOUNTAIN),
    ("AS", "American Samoa", Some("Pacific/Pago_Pago")),
    ("GU", "Guam", Some("Pacific/Guam")),
    ("MP", "Northern Mariana Islands", Some("Pacific/Saipan")),
    ("PR", "Puerto Rico", Some("America/Puerto_Rico")),
    ("VI", "U.S. Virgin Islands", Some("America/St_Thomas")),
];

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;

    use super::{STATES, zones_of_state};

    #[test]
    fn every_state_has_its_zones_and_each_is_an_iana_name() {
        for (letters, _, only) in STATES {
            let (first, second) = zones_of_state(letters).unwrap();

            assert_eq!(second.is_none(), only.is_some(), "{letters}");
            for name in [Some(first), second].into_iter().flatten() {
                assert_eq!(name.parse::<Tz>().map(Tz::name), Ok(name));
            }
        }
        assert_eq!(zones_of_state("XX"), None);
    }
}

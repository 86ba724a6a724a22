//! Time zones as IANA names, whatever a system calls them.

use chrono_tz::{TZ_VARIANTS, Tz};

use super::text;
use crate::{private::Private, problem::Code};

/// A time zone that the IANA database knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TimeZone(Private<&'static str>);

impl TimeZone {
    /// Reads an IANA name in any case, or what people, Windows and Rails call the zones of the United
    /// States and its territories: `EST`, `Eastern`, `Eastern Standard Time`, `US/Eastern`,
    /// `(GMT-05:00) Eastern Time (US & Canada)`.
    ///
    /// `EST` and `EDT` both name where people live, not an offset: each becomes `America/New_York`.
    ///
    /// # Errors
    ///
    /// [`Code::TimeZoneUnknown`].
    pub fn parse(text: &str) -> Result<Self, Code> {
        let plain = text
            .starts_with("America/")
            .then(|| text.parse::<Tz>().ok());
        plain
            .flatten()
            .map(Tz::name)
            .or_else(|| by_words(text))
            .or_else(|| by_name(text))
            .map(|name| Self(Private::new(name)))
            .ok_or(Code::TimeZoneUnknown)
    }

    /// The IANA name.
    pub const fn as_str(&self) -> &'static str {
        self.0.expose()
    }
}

fn by_name(text: &str) -> Option<&'static str> {
    let wanted = text.replace(' ', "_");
    TZ_VARIANTS
        .iter()
        .map(|zone| zone.name())
        .find(|name| name.eq_ignore_ascii_case(&wanted))
}

fn by_words(text: &str) -> Option<&'static str> {
    let folded = text::fold(without_offset(text));
    // What Windows calls Arizona reads like a part of the Mountain zone, and has no summer time.
    if folded == "usmountainstandardtime" {
        return Some("America/Phoenix");
    }
    let base = [
        "usandcanada",
        "uscanada",
        "zone",
        "time",
        "standard",
        "daylight",
    ]
    .iter()
    .fold(folded.as_str(), |word, ending| {
        word.strip_suffix(ending).unwrap_or(word)
    });
    let (_, name) = WORDS.iter().find(|(words, _)| words.contains(&base))?;
    Some(name)
}

/// Takes off the `(GMT-05:00)` that Rails and Windows show before a zone's name.
fn without_offset(text: &str) -> &str {
    let Some((offset, name)) = text.strip_prefix('(').and_then(|rest| rest.split_once(')')) else {
        return text;
    };
    if offset.starts_with("GMT") || offset.starts_with("UTC") {
        name
    } else {
        text
    }
}

/// Folded words, without `time`, `standard`, `daylight` at their end.
const WORDS: &[(&[&str], &str)] = &[
    (
        &["eastern", "et", "est", "edt", "est5edt", "useastern"],
        "America/New_York",
    ),
    (
        &["central", "ct", "cst", "cdt", "cst6cdt", "uscentral"],
        "America/Chicago",
    ),
    (
        &["mountain", "mt", "mst", "mdt", "mst7mdt", "usmountain"],
        "America/Denver",
    ),
    (
        &["pacific", "pt", "pst", "pdt", "pst8pdt", "uspacific"],
        "America/Los_Angeles",
    ),
    (&["arizona", "usarizona"], "America/Phoenix"),
    (
        &["alaska", "alaskan", "akst", "akdt", "akt", "usalaska"],
        "America/Anchorage",
    ),
    (&["aleutian", "usaleutian", "hdt"], "America/Adak"),
    (
        &["hawaii", "hawaiian", "hawaiialeutian", "hst", "ushawaii"],
        "Pacific/Honolulu",
    ),
    (&["usmichigan"], "America/Detroit"),
    (
        &["indianaeast", "useastindiana"],
        "America/Indiana/Indianapolis",
    ),
    (&["usindianastarke"], "America/Indiana/Knox"),
    (&["atlantic", "ast", "puertorico"], "America/Puerto_Rico"),
    (&["guam", "chamorro", "chst"], "Pacific/Guam"),
    (&["americansamoa", "sst", "ussamoa"], "Pacific/Pago_Pago"),
];

//! Whether a time zone, a state and a postal code can all be true of somebody: is there a clock that
//! could hang on the wall in each of them?

use std::ops::{BitAnd, BitOr};

use chrono::{NaiveDate, NaiveDateTime, Offset, TimeZone as _};
use chrono_tz::Tz;

use super::zone_of_state;

/// Clocks of the United States and its territories. Zones that show the same time in winter and in
/// summer have one clock, whatever they are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Clocks(u16);

impl Clocks {
    const NONE: Self = Self(0);
    const EASTERN: Self = Self(1);
    const CENTRAL: Self = Self(1 << 1);
    const MOUNTAIN: Self = Self(1 << 2);
    const PACIFIC: Self = Self(1 << 3);
    const ALASKA: Self = Self(1 << 4);
    const ALEUTIAN: Self = Self(1 << 5);
    /// Mountain time without summer time.
    const ARIZONA: Self = Self(1 << 6);
    const HAWAII: Self = Self(1 << 7);
    /// Puerto Rico and the Virgin Islands: no summer time.
    const ATLANTIC: Self = Self(1 << 8);
    const SAMOA: Self = Self(1 << 9);
    const CHAMORRO: Self = Self(1 << 10);
}

impl BitAnd for Clocks {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl BitOr for Clocks {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// True when no clock fits all that is said of where somebody lives: an IANA zone, the two letters of a
/// state, five digits of a postal code. What is not said, or says nothing of a clock (the postal codes of
/// the armed forces), contradicts nothing.
pub fn clocks_contradict(
    zone: Option<&str>,
    state: Option<&str>,
    postal_code: Option<&str>,
) -> bool {
    let said = [
        zone.map(of_zone),
        state.and_then(of_state),
        postal_code.and_then(of_postal_code),
    ];
    // A zone abroad, alone, contradicts nobody.
    let is_compared = said.iter().flatten().count() > 1;
    is_compared && said.into_iter().flatten().reduce(BitAnd::bitand) == Some(Clocks::NONE)
}

/// The clock of a zone; none of these where it is one that no state has.
fn of_zone(name: &str) -> Clocks {
    let usual = USUAL.iter().find(|(usual, _)| *usual == name);
    usual.map_or_else(|| by_offsets(name), |(_, clock)| *clock)
}

fn by_offsets(name: &str) -> Clocks {
    let Ok(zone) = name.parse::<Tz>() else {
        return Clocks::NONE;
    };
    let shows = |zone: Tz| {
        [1, 7].map(|month| {
            let noon = noon_of_the_15th(month);
            zone.offset_from_utc_datetime(&noon).fix().local_minus_utc()
        })
    };
    let same = |other: &str| {
        other
            .parse::<Tz>()
            .is_ok_and(|other| shows(other) == shows(zone))
    };
    USUAL
        .iter()
        .find(|(usual, _)| same(usual))
        .map_or(Clocks::NONE, |(_, clock)| *clock)
}

/// A year like any other since 2007, so that the same file is judged the same every year.
fn noon_of_the_15th(month: u32) -> NaiveDateTime {
    NaiveDate::from_ymd_opt(2026, month, 15)
        .unwrap_or_default()
        .and_hms_opt(12, 0, 0)
        .unwrap_or_default()
}

/// All clocks of a state; none of these for two letters that are no state's.
fn of_state(two_letters: &str) -> Option<Clocks> {
    let several = SEVERAL.iter().find(|(state, _)| *state == two_letters);
    several
        .map(|(_, clocks)| *clocks)
        .or_else(|| zone_of_state(two_letters).map(of_zone))
}

/// The clocks of the state that a postal code's first three digits are given to. A few codes on a border
/// serve houses beyond it, mostly with the same clock.
fn of_postal_code(five_digits: &str) -> Option<Clocks> {
    let prefix: u16 = five_digits.get(..3)?.parse().ok()?;
    let after = PREFIXES.partition_point(|(first, _)| *first <= prefix);
    let (_, state) = PREFIXES.get(after.checked_sub(1)?)?;
    of_state(state)
}

const USUAL: &[(&str, Clocks)] = &[
    ("America/New_York", Clocks::EASTERN),
    ("America/Chicago", Clocks::CENTRAL),
    ("America/Denver", Clocks::MOUNTAIN),
    ("America/Los_Angeles", Clocks::PACIFIC),
    ("America/Phoenix", Clocks::ARIZONA),
    ("America/Anchorage", Clocks::ALASKA),
    ("America/Adak", Clocks::ALEUTIAN),
    ("Pacific/Honolulu", Clocks::HAWAII),
    ("America/Puerto_Rico", Clocks::ATLANTIC),
    ("Pacific/Pago_Pago", Clocks::SAMOA),
    ("Pacific/Guam", Clocks::CHAMORRO),
];

/// The states with more than one clock; of all others `zone_of_state` knows the one. The Navajo Nation in
/// Arizona keeps summer time.
const SEVERAL: &[(&str, Clocks)] = &[
    ("AK", Clocks(Clocks::ALASKA.0 | Clocks::ALEUTIAN.0)),
    ("AZ", Clocks(Clocks::ARIZONA.0 | Clocks::MOUNTAIN.0)),
    ("FL", EASTERN_OR_CENTRAL),
    ("ID", MOUNTAIN_OR_PACIFIC),
    ("IN", EASTERN_OR_CENTRAL),
    ("KS", CENTRAL_OR_MOUNTAIN),
    ("KY", EASTERN_OR_CENTRAL),
    ("MI", EASTERN_OR_CENTRAL),
    ("NE", CENTRAL_OR_MOUNTAIN),
    ("NV", MOUNTAIN_OR_PACIFIC),
    ("ND", CENTRAL_OR_MOUNTAIN),
    ("OR", MOUNTAIN_OR_PACIFIC),
    ("SD", CENTRAL_OR_MOUNTAIN),
    ("TN", EASTERN_OR_CENTRAL),
    ("TX", CENTRAL_OR_MOUNTAIN),
];

const EASTERN_OR_CENTRAL: Clocks = Clocks(Clocks::EASTERN.0 | Clocks::CENTRAL.0);
const CENTRAL_OR_MOUNTAIN: Clocks = Clocks(Clocks::CENTRAL.0 | Clocks::MOUNTAIN.0);
const MOUNTAIN_OR_PACIFIC: Clocks = Clocks(Clocks::MOUNTAIN.0 | Clocks::PACIFIC.0);

/// The first of the prefixes that the Postal Service gives to each state, in order; a range ends where the
/// next begins. Nothing follows the armed forces' prefixes, those not in use, and 969, which Guam shares
/// with islands of other zones.
#[rustfmt::skip]
const PREFIXES: &[(u16, &str)] = &[
    (0, ""), (5, "NY"), (6, "PR"), (8, "VI"), (9, "PR"), (10, "MA"), (28, "RI"), (30, "NH"), (39, "ME"), (50, "VT"),
    (55, "MA"), (56, "VT"), (60, "CT"), (70, "NJ"), (90, ""), (100, "NY"), (150, "PA"), (197, "DE"), (200, "DC"),
    (201, "VA"), (202, "DC"), (206, "MD"), (220, "VA"), (247, "WV"), (270, "NC"), (290, "SC"), (300, "GA"), (320, "FL"),
    (340, ""), (341, "FL"), (350, "AL"), (370, "TN"), (386, "MS"), (398, "GA"), (400, "KY"), (430, "OH"), (460, "IN"),
    (480, "MI"), (500, "IA"), (530, "WI"), (550, "MN"), (570, "SD"), (580, "ND"), (590, "MT"), (600, "IL"), (630, "MO"),
    (660, "KS"), (680, "NE"), (700, "LA"), (716, "AR"), (730, "OK"), (733, "TX"), (734, "OK"), (750, "TX"), (800, "CO"),
    (820, "WY"), (832, "ID"), (840, "UT"), (850, "AZ"), (870, "NM"), (885, "TX"), (889, "NV"), (900, "CA"), (962, ""),
    (967, "HI"), (969, ""), (970, "OR"), (980, "WA"), (995, "AK"),
];

#[cfg(test)]
mod tests {
    use super::{Clocks, PREFIXES, SEVERAL, clocks_contradict, of_postal_code, of_state, of_zone};

    #[test]
    fn what_may_be_true_at_once_contradicts_nothing() {
        for (zone, state, postal_code) in [
            (Some("America/New_York"), Some("FL"), Some("33101")),
            (Some("America/Chicago"), Some("FL"), Some("32501")),
            (Some("America/Denver"), Some("TX"), Some("88510")),
            (Some("America/Detroit"), Some("OH"), None),
            (Some("America/Indiana/Indianapolis"), Some("KY"), None),
            (Some("America/Denver"), Some("AZ"), Some("86515")),
            (Some("America/Boise"), None, Some("83414")),
            (Some("America/Juneau"), Some("AK"), Some("99801")),
            (Some("America/New_York"), Some("VT"), Some("05501")),
            (Some("America/Chicago"), None, Some("96201")),
            (Some("America/Chicago"), None, Some("96950")),
            (None, Some("CT"), Some("06390")),
            (None, Some("GA"), None),
            (Some("Europe/Berlin"), None, None),
            (None, None, None),
        ] {
            let said = (zone, state, postal_code);
            assert!(!clocks_contradict(zone, state, postal_code), "{said:?}");
        }
    }

    #[test]
    fn what_cannot_be_true_at_once_is_a_contradiction() {
        for (zone, state, postal_code) in [
            (Some("America/Los_Angeles"), Some("FL"), Some("33101")),
            (Some("America/New_York"), Some("TX"), None),
            (Some("America/Chicago"), None, Some("10001")),
            (Some("America/Denver"), Some("HI"), None),
            (Some("America/Panama"), Some("FL"), None),
            (Some("Europe/Berlin"), None, Some("33101")),
            (None, Some("FL"), Some("90001")),
            // Each two of them might.
            (Some("America/Chicago"), Some("TN"), Some("30301")),
        ] {
            let said = (zone, state, postal_code);
            assert!(clocks_contradict(zone, state, postal_code), "{said:?}");
        }
    }

    #[test]
    fn the_tables_hold_together() {
        assert!(PREFIXES.windows(2).all(|pair| pair[0].0 < pair[1].0));
        let named = PREFIXES.iter().filter(|(_, state)| !state.is_empty());
        for (prefix, state) in named {
            let clocks = of_state(state);
            assert!(clocks.is_some_and(|clocks| clocks != Clocks::NONE));
            assert_eq!(of_postal_code(&format!("{prefix:03}01")), clocks);
        }
        for (state, _) in SEVERAL.iter().filter(|(state, _)| *state != "AZ") {
            assert_eq!(super::zone_of_state(state), None, "{state}");
        }
        assert_eq!(of_zone("America/St_Thomas"), Clocks::ATLANTIC);
        assert_eq!(of_zone("Pacific/Saipan"), Clocks::CHAMORRO);
    }
}

//! The day on which a time stamp fell where the customer lives.

use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone as _};
use chrono_tz::Tz;

use super::{
    CalendarDate, Clean, Rules, TimeZone, bare, date,
    state_code::zones_of_state,
    timestamp::{Rest, TimeOfDay},
};
use crate::problem::{Code, Repair};

/// The zone in which a column writes its times, unless a cell itself says another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatedZone(Tz);

/// Where a customer lives, as far as a row tells: in a zone, in one of two, or nobody knows.
#[derive(Clone, Copy, Default)]
pub struct Home {
    zone: Option<Tz>,
    other: Option<Tz>,
}

impl StatedZone {
    /// Reads a zone as a cell's text is read.
    ///
    /// # Errors
    ///
    /// [`Code::TimeZoneUnknown`].
    pub fn parse(text: &str) -> Result<Self, Code> {
        let name = TimeZone::parse(text.trim())?;
        let zone = name.as_str().parse();
        zone.map(Self).map_err(|_| Code::TimeZoneUnknown)
    }

    /// The IANA name.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// The instant of a time in this zone. A time that the clocks skip counts as if they had not been set
    /// yet; of one that they show twice it is the first.
    fn instant(self, local: NaiveDateTime) -> NaiveDateTime {
        let offset = self.0.offset_from_local_datetime(&local).earliest();
        let offset = offset.unwrap_or_else(|| {
            let day_before = local.checked_sub_days(Days::new(1)).unwrap_or(local);
            self.0.offset_from_utc_datetime(&day_before)
        });
        local - offset.fix()
    }
}

impl Home {
    /// The home of a customer with that time zone, an IANA name; else with that state's two letters.
    pub fn of(timezone: Option<&str>, state: Option<&str>) -> Self {
        if let Some(zone) = timezone.and_then(|name| name.parse().ok()) {
            return Self {
                zone: Some(zone),
                other: None,
            };
        }
        let Some((first, second)) = state.and_then(zones_of_state) else {
            return Self::default();
        };
        Self {
            zone: first.parse().ok(),
            other: second.and_then(|name| name.parse().ok()),
        }
    }

    /// The day of an instant, and whether it is beyond doubt. A state in two zones leaves no doubt in all
    /// but an hour of the day.
    fn day(self, instant: NaiveDateTime) -> Option<(NaiveDate, bool)> {
        let day = |zone: Tz| zone.from_utc_datetime(&instant).date_naive();
        let first = day(self.zone?);
        Some((first, self.other.is_none_or(|other| day(other) == first)))
    }
}

/// The local day of a time stamp that is written in `stated`, in the output format of the rules. A zone in
/// the cell itself counts more than `stated`. A date without a time of day stands as it is. Where nobody
/// knows the customer's zone, so does a time stamp's, and it is counted.
///
/// # Errors
///
/// The `Date…` codes.
pub fn local_day(
    text: &str,
    rules: &Rules<'_>,
    stated: StatedZone,
    home: Home,
) -> Result<Clean, Code> {
    bare(text, |text| {
        date::read(text, rules.date_formats, |civil, rest| {
            let written = civil.on_calendar()?;
            let as_written = CalendarDate::in_range(written)?;
            let Rest::Time(time) = rest else {
                return Ok(date::written(as_written, rules));
            };
            if as_written.is_none() {
                return Ok(date::written(None, rules));
            }
            let Some((day, is_certain)) = home.day(instant(written, time, stated)) else {
                return Ok(guessed(date::written(as_written, rules)));
            };
            let local = date::written(CalendarDate::in_range(day)?, rules);
            Ok(if is_certain { local } else { guessed(local) })
        })
    })
}

fn instant(day: NaiveDate, time: TimeOfDay, stated: StatedZone) -> NaiveDateTime {
    let local = day.and_time(NaiveTime::MIN) + TimeDelta::seconds(time.seconds);
    match time.ahead {
        Some(ahead) => local - TimeDelta::seconds(ahead),
        None => stated.instant(local),
    }
}

fn guessed(clean: Clean) -> Clean {
    Clean {
        repair: clean.repair.or(Some(Repair::ZoneUnknown)),
        ..clean
    }
}

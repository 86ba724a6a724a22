//! How old an export is, and whether it is older than another: by the time in its name, else by the
//! column that says which row is newer, else by when the file was last written.

use std::cmp::Reverse;

use chrono::{Days, NaiveDate, NaiveTime};

use super::StageOptions;
use crate::{
    inbox::{ExportName, ExportTime},
    origin::Origin,
};

/// When an export was made, by everything that tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ExportTimes {
    /// On the clock of whoever named the files.
    name: Option<ExportTime>,
    /// In seconds since 1970.
    column: Option<i64>,
    /// In seconds since 1970.
    written: i64,
}

/// What told the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    Name,
    Column,
    File,
}

/// The time it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Now {
    /// In seconds since 1970.
    pub(super) seconds: i64,
    /// How far the clock on the wall is ahead of UTC, in seconds.
    pub(super) ahead: i64,
    pub(super) today: NaiveDate,
}

const DAY: i64 = 24 * 60 * 60;

impl Now {
    /// The time that a run is staged at.
    pub(super) const fn of(options: &StageOptions) -> Self {
        Self {
            seconds: options.now / 1000,
            ahead: options.ahead,
            today: options.today,
        }
    }
}

impl ExportTimes {
    /// The times of an export in these tables, each with when it was last written. `column` is the
    /// greatest value in the column that says which row is newer.
    pub(super) fn of<'o>(
        tables: impl Iterator<Item = (&'o Origin, i64)>,
        column: Option<i64>,
        today: NaiveDate,
    ) -> Self {
        let mut names = Vec::new();
        let mut written = None;
        for (origin, modified) in tables {
            names.push(time_in_name(origin).filter(|time| is_possible(*time, today)));
            written = written.max(Some(modified));
        }
        // A name without a time says nothing of whether it is the newest.
        let names: Option<Vec<ExportTime>> = names.into_iter().collect();
        Self {
            name: names
                .and_then(|names| names.into_iter().min_by_key(|time| Reverse(start(*time)))),
            column,
            written: written.unwrap_or_default(),
        }
    }

    /// How many seconds old the export is, at least.
    pub(super) fn age(&self, now: Now) -> (Told, u64) {
        let (told, made) = match (self.name, self.column) {
            (Some(name), _) => (Told::Name, latest(name) - now.ahead),
            (None, Some(column)) => (Told::Column, column),
            (None, None) => (Told::File, self.written),
        };
        (told, u64::try_from(now.seconds - made).unwrap_or_default())
    }

    /// By how many seconds the export is older than `last`; negative when it is newer. Only times of
    /// one kind are compared, by the first kind that tells of both.
    pub(super) fn behind(&self, last: &Self) -> (Told, i64) {
        if let Some((name, last)) = self.name.zip(last.name) {
            return (Told::Name, between(name, last));
        }
        if let Some((column, last)) = self.column.zip(last.column) {
            return (Told::Column, last - column);
        }
        (Told::File, last.written - self.written)
    }
}

impl Told {
    /// What told the time, in words; `newest` is the column's name.
    pub(super) fn words(self, newest: Option<&str>) -> String {
        match self {
            Self::Name => "by the time in its name".to_owned(),
            Self::Column => format!("by the column {}", newest.unwrap_or("newest")),
            Self::File => "by when the file was last written".to_owned(),
        }
    }
}

/// The file's own name, or that of the member of an archive.
fn time_in_name(origin: &Origin) -> Option<ExportTime> {
    let file = origin.path.file_name().unwrap_or_default();
    let of = |name: &str| ExportName::read(name).exported;
    of(&file.to_string_lossy()).or_else(|| {
        let member = origin.member.as_deref()?;
        of(member.rsplit(['/', '\\']).next().unwrap_or(member))
    })
}

/// False for a day that is still to come everywhere: the name speaks of something else.
fn is_possible(time: ExportTime, today: NaiveDate) -> bool {
    let tomorrow = today.checked_add_days(Days::new(1));
    tomorrow.is_none_or(|tomorrow| time.day() <= tomorrow)
}

/// The first second that the time can mean.
fn start(time: ExportTime) -> i64 {
    let moment = time.moment();
    let moment = moment.unwrap_or_else(|| time.day().and_time(NaiveTime::MIN));
    moment.and_utc().timestamp()
}

/// The last second that the time can mean.
fn latest(time: ExportTime) -> i64 {
    match time.moment() {
        Some(_) => start(time),
        None => start(time) + DAY - 1,
    }
}

/// By how much `one` is older than `other`; whole days where one of them says no more than the day.
fn between(one: ExportTime, other: ExportTime) -> i64 {
    match (one, other) {
        (ExportTime::Moment(_), ExportTime::Moment(_)) => start(other) - start(one),
        _ => other.day().signed_duration_since(one.day()).num_seconds(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use chrono::NaiveDate;

    use super::{ExportTimes, Now, Told};
    use crate::origin::Origin;

    const TODAY: NaiveDate = NaiveDate::from_ymd_opt(2026, 11, 20).unwrap();
    /// 2026-11-20 12:00:00 UTC.
    const NOON: i64 = 1_795_176_000;
    const HOUR: i64 = 3600;

    fn times(names: &[&str], column: Option<i64>, written: i64) -> ExportTimes {
        let origins: Vec<Origin> = names
            .iter()
            .map(|name| Origin::of_file(Path::new(name)))
            .collect();
        let tables = origins.iter().map(|origin| (origin, written));
        ExportTimes::of(tables, column, TODAY)
    }

    fn age(times: ExportTimes, ahead: i64) -> (Told, u64) {
        times.age(Now {
            seconds: NOON,
            ahead,
            today: TODAY,
        })
    }

    #[test]
    fn an_age_is_told_by_name_else_column_else_file() {
        let named = times(&["in/c-20261120T091500.csv"], Some(NOON), NOON);
        assert_eq!(age(named, 0), (Told::Name, 9900));
        // A clock five hours behind UTC shows 7 o'clock: the name is ahead of it.
        assert_eq!(age(named, -5 * HOUR), (Told::Name, 0));
        let columned = times(&["c.csv"], Some(NOON - HOUR), NOON);
        assert_eq!(age(columned, 0), (Told::Column, 3600));
        assert_eq!(age(times(&["c.csv"], None, NOON - 5), 0), (Told::File, 5));
        // A day alone counts to its end, one to come is none, and all names of a run have to say one.
        let days = times(&["c 2026-11-18.csv", "c 2026-11-19.csv"], None, 0);
        assert_eq!(age(days, 0), (Told::Name, 12 * 3600 + 1));
        let to_come = times(&["c 2026-12-31.csv"], None, NOON);
        assert_eq!(age(to_come, 0), (Told::File, 0));
        let mixed = times(&["c 2026-11-19.csv", "d.csv"], None, NOON);
        assert_eq!(age(mixed, 0), (Told::File, 0));
    }

    #[test]
    fn only_times_of_one_kind_are_compared() {
        let named = |name: &str| times(&[name], Some(0), 0);
        let morning = named("c-20261120T031500.csv");
        let evening = named("c-20261120T201500.csv");
        assert_eq!(morning.behind(&evening), (Told::Name, 17 * HOUR));
        assert_eq!(evening.behind(&morning), (Told::Name, -17 * HOUR));
        let day = named("c-20261120.csv");
        assert_eq!(day.behind(&evening), (Told::Name, 0));
        assert_eq!(
            named("c-20261118.csv").behind(&evening),
            (Told::Name, 48 * HOUR)
        );
        let unnamed = times(&["c.csv"], Some(NOON), 7);
        assert_eq!(morning.behind(&unnamed), (Told::Column, NOON));
        let bare = times(&["c.csv"], None, 9);
        assert_eq!(unnamed.behind(&bare), (Told::File, 2));
    }

    #[test]
    fn the_member_of_an_archive_tells_where_the_archive_does_not() {
        let origin = Origin {
            member: Some("book/policies_20261119.csv".to_owned()),
            ..Origin::of_file(Path::new("policies.zip"))
        };
        let times = ExportTimes::of([(&origin, NOON)].into_iter(), None, TODAY);

        assert_eq!(age(times, 0).0, Told::Name);
    }
}

//! How old an export is, as far as its file tells.

use chrono::{DateTime, Local};
use serde_json::{Value, json};

use super::counted;
use crate::{
    inbox::{ExportName, ExportTime},
    origin::{Origin, STANDARD_INPUT},
};

/// When an export was made, or at least written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ExportAge {
    /// Its name says the second: so many seconds ago, on this machine's clock.
    Named(i64),
    /// Its name says the day: so many days ago.
    NamedDay(i64),
    /// Nothing says when it was made; the file was last written so many seconds ago.
    Written(i64),
}

impl ExportAge {
    /// The age of a table that was last written at `modified`, in seconds since 1970; none for standard input,
    /// which is as old as its reading.
    pub(super) fn of(origin: &Origin, modified: i64, now: DateTime<Local>) -> Option<Self> {
        let path = &origin.path;
        if path.as_os_str() == STANDARD_INPUT {
            return None;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let names = origin.member.as_deref().into_iter().chain([&*name]);
        let mut exported = names.filter_map(|name| ExportName::read(name).exported);
        let here = now.naive_local();
        Some(match exported.next() {
            Some(ExportTime::Moment(moment)) => Self::Named((here - moment).num_seconds()),
            Some(ExportTime::Day(day)) => Self::NamedDay((here.date() - day).num_days()),
            None => Self::Written(now.timestamp() - modified),
        })
    }

    /// The age in words.
    pub(super) fn text(self) -> String {
        match self {
            Self::Named(seconds) => format!("exported {} by its name", ago(seconds)),
            Self::NamedDay(0) => "exported today by its name".to_owned(),
            Self::NamedDay(days) => format!("exported {} by its name", ago(days * 86_400)),
            Self::Written(seconds) => format!("written {}", ago(seconds)),
        }
    }

    /// The age as JSON: seconds, and where they are from.
    pub(super) fn json(self) -> Value {
        match self {
            Self::Named(seconds) => json!({ "seconds": seconds, "from": "name" }),
            Self::NamedDay(days) => json!({ "seconds": days * 86_400, "from": "day_in_name" }),
            Self::Written(seconds) => json!({ "seconds": seconds, "from": "modified" }),
        }
    }
}

/// The largest unit of which there is a whole one.
pub(super) fn ago(seconds: i64) -> String {
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
    let unit = units.iter().find(|(length, _)| seconds >= *length);
    match unit {
        Some((length, name)) => {
            let count = u64::try_from(seconds / length).unwrap_or_default();
            format!("{} ago", counted(count, name))
        }
        // Clocks differ by a little, and zones by up to a day.
        None if seconds < -60 => "in the future".to_owned(),
        None => "just now".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::ExportAge;

    #[test]
    fn an_age_is_told_in_its_largest_unit() {
        for (age, expected) in [
            (ExportAge::Written(59), "written just now"),
            (ExportAge::Written(-5), "written just now"),
            (ExportAge::Written(119), "written 1 minute ago"),
            (ExportAge::Named(7_300), "exported 2 hours ago by its name"),
            (
                ExportAge::Named(-7_300),
                "exported in the future by its name",
            ),
            (ExportAge::NamedDay(0), "exported today by its name"),
            (ExportAge::NamedDay(3), "exported 3 days ago by its name"),
        ] {
            assert_eq!(age.text(), expected);
        }
    }
}

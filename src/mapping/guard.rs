//! The checks that a mapping asks for before and while a run sends.

use std::{fmt, time::Duration};

use super::{
    file::GuardFile,
    toml_walk::{Mistakes, Written},
};

/// What `[guard]` asks for; what it does not name is not checked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Guards {
    /// A file with fewer rows is not sent.
    pub min_rows: Option<u64>,
    /// Nor is one with fewer rows than this share of the last finished whole run.
    pub min_rows_of_last: Option<Share>,
    /// Nor is one that was exported longer ago.
    pub max_age: Option<Duration>,
    /// Nor is one of which more than this share of the rows was rejected.
    pub max_rejected: Option<Share>,
    /// A run stops when more than this share of the answered records failed.
    pub max_failed: Option<Share>,
}

/// A share of a whole, exact to a hundredth of a percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share {
    hundredths_of_percent: u32,
}

impl Share {
    const WHOLE: u32 = 10_000;

    /// Reads `85%` or `12.5%`.
    pub fn parse(text: &str) -> Option<Self> {
        let number = text.trim().strip_suffix('%')?.trim_end();
        let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
        let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !is_digits(whole) || !is_digits(fraction) || fraction.len() > 2 {
            return None;
        }
        let fraction: u32 = format!("{fraction:0<2}").parse().ok()?;
        let whole: u32 = whole.parse().ok()?;
        let hundredths_of_percent = whole.checked_mul(100)?.checked_add(fraction)?;
        (hundredths_of_percent <= Self::WHOLE).then_some(Self {
            hundredths_of_percent,
        })
    }

    /// True when `part` is more than this share of `whole`.
    pub fn is_exceeded_by(self, part: u64, whole: u64) -> bool {
        scaled(part) > self.limit(whole)
    }

    /// True when `part` is less than this share of `whole`.
    pub fn is_missed_by(self, part: u64, whole: u64) -> bool {
        scaled(part) < self.limit(whole)
    }

    fn limit(self, whole: u64) -> u128 {
        u128::from(whole) * u128::from(self.hundredths_of_percent)
    }
}

fn scaled(part: u64) -> u128 {
    u128::from(part) * u128::from(Share::WHOLE)
}

impl fmt::Display for Share {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (
            self.hundredths_of_percent / 100,
            self.hundredths_of_percent % 100,
        );
        match rest {
            0 => write!(formatter, "{whole}%"),
            tenths if tenths % 10 == 0 => write!(formatter, "{whole}.{}%", tenths / 10),
            _ => write!(formatter, "{whole}.{rest:02}%"),
        }
    }
}

/// Reads `26h`, `90m`, `45s` or `2d`.
pub(super) fn parse_duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let unit = text.chars().last()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        _ => return None,
    };
    let number: u64 = text.strip_suffix(unit)?.trim_end().parse().ok()?;
    number.checked_mul(seconds).map(Duration::from_secs)
}

pub(super) fn compile(file: &GuardFile, mistakes: &mut Mistakes<'_>) -> Guards {
    Guards {
        min_rows: file.min_rows.as_ref().map(|written| written.value),
        min_rows_of_last: share(file.min_rows_of_last.as_ref(), mistakes),
        max_age: duration(file.max_age.as_ref(), mistakes),
        max_rejected: share(file.max_rejected.as_ref(), mistakes),
        max_failed: share(file.max_failed.as_ref(), mistakes),
    }
}

fn share(written: Option<&Written<String>>, mistakes: &mut Mistakes<'_>) -> Option<Share> {
    let written = written?;
    let share = Share::parse(&written.value);
    if share.is_none() {
        mistakes.add_with(
            &written.place,
            "this is not a share from 0% to 100%",
            "write it like \"85%\" or \"12.5%\"".to_owned(),
        );
    }
    share
}

fn duration(written: Option<&Written<String>>, mistakes: &mut Mistakes<'_>) -> Option<Duration> {
    let written = written?;
    let duration = parse_duration(&written.value);
    if duration.is_none() {
        mistakes.add_with(
            &written.place,
            "this is not a length of time",
            "write it like \"26h\", \"90m\" or \"2d\"".to_owned(),
        );
    }
    duration
}

#[cfg(test)]
mod tests {
    use super::{Share, parse_duration};

    #[test]
    fn a_share_reads_back_as_it_is_written_and_compares_exactly() {
        for text in ["0%", "10%", "12.5%", "99.95%", "100%"] {
            assert_eq!(Share::parse(text).unwrap().to_string(), text);
        }
        for text in ["", "85", "0.85", "-1%", "101%", "1.234%", "%", "x%"] {
            assert_eq!(Share::parse(text), None, "{text}");
        }
        let tenth = Share::parse("10%").unwrap();
        assert!(!tenth.is_exceeded_by(10, 100) && tenth.is_exceeded_by(11, 100));
        assert!(!tenth.is_missed_by(10, 100) && tenth.is_missed_by(9, 100));
    }

    #[test]
    fn a_length_of_time_has_one_unit() {
        assert_eq!(parse_duration("26h").unwrap().as_secs(), 93_600);
        assert_eq!(parse_duration("2d").unwrap().as_secs(), 172_800);
        for text in ["", "26", "h", "1h30m", "-2h", "2é"] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }
}

//! What a file's name says of the export in it: when it was made, and which part of it this is.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

/// What a file's name says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportName {
    /// When the export was made.
    pub exported: Option<ExportTime>,
    /// Which part of the export the file is.
    pub part: Option<Part>,
    /// The name without its part and endings; the parts of one export share it.
    pub set: String,
}

/// When an export was made, on the clock of whoever named the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportTime {
    /// The name says no more than the day.
    Day(NaiveDate),
    /// The name says the second.
    Moment(NaiveDateTime),
}

/// One of the files that an export was split into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Which one, counted from 1.
    pub number: u16,
    /// How many there are.
    pub of: u16,
}

/// The endings of files that hold a table, or are a packed one.
pub(super) const TABLE_ENDINGS: &[&str] = &[
    "csv", "tsv", "txt", "xlsx", "xlsm", "xlsb", "xls", "ods", "gz", "zip",
];

/// What stands between the words of a name.
const BETWEEN_WORDS: [char; 4] = ['-', '_', ' ', '.'];

/// Digits of a name with no other digit beside them.
#[derive(Debug, Clone, Copy)]
struct Run<'n> {
    start: usize,
    digits: &'n str,
}

impl ExportName {
    /// Reads the name of a file, without its folder: `…-export-7-20261120T031500-1-of-3.csv`,
    /// `clients 2026-11-20 part 1 of 3.xlsx`. Of several times the last counts, and one that says the
    /// second before one that says the day: other numbers may look like a day.
    pub fn read(file_name: &str) -> Self {
        let name = without_endings(file_name);
        let runs = digit_runs(name);
        let (part, set) = part_and_set(name, &runs);
        Self {
            exported: export_time(name, &runs),
            part,
            set,
        }
    }
}

impl ExportTime {
    /// The day.
    pub fn day(self) -> NaiveDate {
        match self {
            Self::Day(day) => day,
            Self::Moment(moment) => moment.date(),
        }
    }

    /// The second, where the name says it.
    pub const fn moment(self) -> Option<NaiveDateTime> {
        match self {
            Self::Day(_) => None,
            Self::Moment(moment) => Some(moment),
        }
    }
}

/// The ending of a name, without its dot.
pub(super) fn ending(name: &str) -> Option<&str> {
    name.rsplit_once('.').map(|(_, ending)| ending)
}

pub(super) fn is_table_ending(ending: &str) -> bool {
    TABLE_ENDINGS
        .iter()
        .any(|known| known.eq_ignore_ascii_case(ending))
}

/// `clients.csv.gz` is called `clients`; a dot before anything else is part of the name.
fn without_endings(file_name: &str) -> &str {
    let mut name = file_name;
    while let Some((before, ending)) = name.rsplit_once('.')
        && is_table_ending(ending)
    {
        name = before;
    }
    name.trim()
}

fn digit_runs(name: &str) -> Vec<Run<'_>> {
    let is_other = |c: char| !c.is_ascii_digit();
    let mut start = 0;
    let mut runs = Vec::new();
    for piece in name.split_inclusive(is_other) {
        let digits = piece.trim_end_matches(is_other);
        if !digits.is_empty() {
            runs.push(Run { start, digits });
        }
        start += piece.len();
    }
    runs
}

impl<'n> Run<'n> {
    fn end(self) -> usize {
        self.start + self.digits.len()
    }

    /// The number, when it has that many digits.
    fn of_length(self, length: usize) -> Option<u32> {
        let digits = (self.digits.len() == length).then_some(self.digits)?;
        digits.parse().ok()
    }

    /// What stands between this and a later run.
    fn until(self, next: Self, name: &'n str) -> &'n str {
        name.get(self.end()..next.start).unwrap_or_default()
    }
}

fn export_time(name: &str, runs: &[Run<'_>]) -> Option<ExportTime> {
    let mut found = None;
    let mut rest = runs;
    while let [_, after @ ..] = rest {
        match (found, time_at_start(name, rest)) {
            (_, None) | (Some(ExportTime::Moment(_)), Some(ExportTime::Day(_))) => (),
            (_, later) => found = later,
        }
        rest = after;
    }
    found
}

/// The time that the first of these runs begins.
fn time_at_start(name: &str, runs: &[Run<'_>]) -> Option<ExportTime> {
    let (day, last, after) = match runs {
        [compact, after @ ..] if compact.digits.len() == 8 => {
            let number = compact.of_length(8)?;
            let day = day(number / 10_000, number / 100 % 100, number % 100)?;
            (day, *compact, after)
        }
        [year, month, date, after @ ..] => {
            let separator = year.until(*month, name);
            let is_date =
                matches!(separator, "-" | "_" | ".") && separator == month.until(*date, name);
            let day = day(year.of_length(4)?, month.of_length(2)?, date.of_length(2)?)?;
            (is_date.then_some(day)?, *date, after)
        }
        _ => return None,
    };
    let clock = after.first().filter(|clock| {
        let glue = last.until(**clock, name);
        glue.eq_ignore_ascii_case("t")
    });
    let time = clock.and_then(|clock| time_of_day(clock.of_length(6)?));
    Some(match time {
        Some(time) => ExportTime::Moment(day.and_time(time)),
        None => ExportTime::Day(day),
    })
}

fn day(year: u32, month: u32, day: u32) -> Option<NaiveDate> {
    let year = i32::try_from(year).ok()?;
    let day = NaiveDate::from_ymd_opt(year, month, day)?;
    (2000..=2099).contains(&year).then_some(day)
}

fn time_of_day(clock: u32) -> Option<NaiveTime> {
    NaiveTime::from_hms_opt(clock / 10_000, clock / 100 % 100, clock % 100)
}

/// The last `N of M` of a name, and the name without it.
fn part_and_set(name: &str, runs: &[Run<'_>]) -> (Option<Part>, String) {
    let found = runs.windows(2).rev().find_map(|pair| match pair {
        [number, of] => {
            let (part, before) = part_at(name, *number, *of)?;
            Some((part, before, name.get(of.end()..)?))
        }
        _ => None,
    });
    match found {
        Some((part, "", after)) => (
            Some(part),
            after.trim_start_matches(BETWEEN_WORDS).to_owned(),
        ),
        Some((part, before, after)) => (Some(part), format!("{before}{after}")),
        None => (None, name.to_owned()),
    }
}

/// The part that two neighbouring runs name, and what stands before it.
fn part_at<'n>(name: &'n str, number: Run<'n>, of: Run<'n>) -> Option<(Part, &'n str)> {
    let word = number.until(of, name).trim_matches(BETWEEN_WORDS);
    let ends = name.get(of.end()..)?;
    if !word.eq_ignore_ascii_case("of") || ends.starts_with(char::is_alphanumeric) {
        return None;
    }
    let before = name.get(..number.start)?;
    let bare = before.trim_end_matches(BETWEEN_WORDS);
    let before = match without_the_word_part(bare) {
        Some(before) => before,
        None if before.ends_with(char::is_alphanumeric) => return None,
        None => bare,
    };
    let small = |run: Run<'_>| {
        let digits = (run.digits.len() <= 3).then_some(run.digits)?;
        digits.parse::<u16>().ok()
    };
    let part = Part {
        number: small(number)?,
        of: small(of)?,
    };
    (1..=part.of)
        .contains(&part.number)
        .then_some((part, before))
}

fn without_the_word_part(text: &str) -> Option<&str> {
    let (before, word) = text.split_at_checked(text.len().checked_sub("part".len())?)?;
    let is_word = word.eq_ignore_ascii_case("part") && !before.ends_with(char::is_alphanumeric);
    is_word.then(|| before.trim_end_matches(BETWEEN_WORDS))
}

#[cfg(test)]
mod tests {
    use super::{ExportName, ExportTime, Part};

    fn written(time: ExportTime) -> String {
        match time {
            ExportTime::Day(day) => day.to_string(),
            ExportTime::Moment(moment) => moment.to_string(),
        }
    }

    #[test]
    fn a_name_says_when_an_export_was_made() {
        let cases = [
            (
                "on_ex_applications-export-4711-20261120T031500-1-of-1.csv",
                "2026-11-20 03:15:00",
            ),
            // The number of the account looks like a day.
            (
                "on_ex_applications-export-20991231-20261120T031500-1-of-1.csv",
                "2026-11-20 03:15:00",
            ),
            ("20261120T031500 for 2026-11-30.csv", "2026-11-20 03:15:00"),
            ("2026-11-20t031500.csv", "2026-11-20 03:15:00"),
            ("clients 2026-11-20.csv", "2026-11-20"),
            ("clients_2026_11_20.xlsx", "2026-11-20"),
            ("clients.2026.11.20.csv.gz", "2026-11-20"),
            ("policies_20261120(1).csv", "2026-11-20"),
            ("2026-01-01 to 2026-11-20.csv", "2026-11-20"),
            ("20240229.csv", "2024-02-29"),
            ("20261120T996000.csv", "2026-11-20"),
            ("20261120T0315.csv", "2026-11-20"),
            ("20261120-031500.csv", "2026-11-20"),
            ("20260229.csv", ""),
            ("2026-13-01.csv", ""),
            ("1999-12-31.csv", ""),
            ("21000101.csv", ""),
            ("120261120.csv", ""),
            ("20261120031500.csv", ""),
            ("2026-11_20.csv", ""),
            ("2026-1-2.csv", ""),
            ("clients.csv", ""),
            ("", ""),
            ("ä٣2026-11-20é.csv", "2026-11-20"),
        ];

        for (name, expected) in cases {
            let time = ExportName::read(name).exported;
            assert_eq!(time.map(written).unwrap_or_default(), expected, "{name}");
        }
    }

    #[test]
    fn a_name_says_which_part_of_which_export_it_is() {
        let cases = [
            (
                "on_ex_applications-export-47-20261120T031500-2-of-3.csv",
                Some((2, 3)),
                "on_ex_applications-export-47-20261120T031500",
            ),
            ("clients part 1 of 3.csv.gz", Some((1, 3)), "clients"),
            ("clients - Part 1 of 3.csv", Some((1, 3)), "clients"),
            ("clients_1_of_3.csv", Some((1, 3)), "clients"),
            ("clients-01-of-12.csv", Some((1, 12)), "clients"),
            ("clients-part1of3.csv", Some((1, 3)), "clients"),
            ("1 of 3 clients.csv", Some((1, 3)), "clients"),
            ("clients 1 of 3 final.csv", Some((1, 3)), "clients final"),
            ("clients-1-of-2 (1).csv", Some((1, 2)), "clients (1)"),
            ("q 3 of 4, part 1 of 2.csv", Some((1, 2)), "q 3 of 4,"),
            ("counterpart 1 of 2.csv", Some((1, 2)), "counterpart"),
            ("clients-4-of-3.csv", None, "clients-4-of-3"),
            ("clients-0-of-3.csv", None, "clients-0-of-3"),
            ("clients 1 of 2026.csv", None, "clients 1 of 2026"),
            ("1 of 3rd.csv", None, "1 of 3rd"),
            ("b1 of 3.csv", None, "b1 of 3"),
            ("1 off 3.csv", None, "1 off 3"),
            ("healthsherpa .csv", None, "healthsherpa"),
            ("clients.final.CSV", None, "clients.final"),
            ("part", None, "part"),
        ];

        for (name, part, set) in cases {
            let read = ExportName::read(name);
            let part = part.map(|(number, of)| Part { number, of });
            assert_eq!((read.part, read.set.as_str()), (part, set), "{name}");
        }
    }
}

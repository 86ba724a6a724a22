//! A length of time as files say it: a number and one unit.

use std::time::Duration;

use super::mistakes::{Mistakes, Written};

/// The length of time that is written, or a mistake.
pub(crate) fn length_of_time(
    written: Option<&Written<String>>,
    mistakes: &mut Mistakes<'_>,
) -> Option<Duration> {
    let written = written?;
    let length = parse_duration(&written.value);
    if length.is_none() {
        mistakes.add_with(
            &written.place,
            "this is not a length of time",
            "write it like \"26h\", \"90m\" or \"2d\"".to_owned(),
        );
    }
    length
}

/// Reads `26h`, `90m`, `45s` or `2d`.
pub(crate) fn parse_duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let digits = text.trim_end_matches(|c: char| c.is_alphabetic());
    let seconds = match text.strip_prefix(digits)? {
        "s" => 1,
        "m" | "min" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return None,
    };
    let number: u64 = digits.trim_end().parse().ok()?;
    number.checked_mul(seconds).map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::parse_duration;

    #[test]
    fn a_length_of_time_has_one_unit() {
        assert_eq!(parse_duration("26h").unwrap().as_secs(), 93_600);
        assert_eq!(parse_duration("5 min").unwrap().as_secs(), 300);
        assert_eq!(parse_duration("2d").unwrap().as_secs(), 172_800);
        for text in ["", "26", "h", "1h30m", "-2h", "2é"] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }
}

//! What a number format makes of a number: a clock time, a digit mask, or nothing that changes its text.
//!
//! A format that shows digits which the number itself does not have is part of what a person typed: a ZIP
//! code kept as 1234 in the format `00000` is 01234. Everything else that a format does (thousands,
//! currency, percent, decimals) is dress, and the number's plain text stands.

use super::digit_mask::Mask;

/// What a cell's format does to its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shown {
    /// The plain number; as a date where the reader finds the format to be one.
    Plain,
    /// Only the time of day.
    Clock,
    /// Digits at fixed places.
    Mask(Mask),
}

impl Shown {
    pub(super) fn by(format: &str) -> Self {
        if let Some(mask) = Mask::of(format) {
            Self::Mask(mask)
        } else if is_clock(format) {
            Self::Clock
        } else {
            Self::Plain
        }
    }
}

/// Splits at the semicolons outside quotes, escapes and brackets.
pub(super) fn split_sections(format: &str) -> impl Iterator<Item = &str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    format.split(move |c| {
        if is_escaped {
            is_escaped = false;
            return false;
        }
        match c {
            '"' => is_quoted = !is_quoted,
            '\\' | '_' | '*' if !is_quoted => is_escaped = true,
            ';' => return !is_quoted,
            _ => {}
        }
        false
    })
}

/// True of a format that shows hours or seconds and neither day, month by name, nor year.
fn is_clock(format: &str) -> bool {
    let Some(section) = split_sections(format).next() else {
        return false;
    };
    let letters = outside_literals(section);
    let holds = |wanted: &[char]| letters.contains(|c| wanted.contains(&c));
    holds(&['h', 's']) && !holds(&['d', 'y']) && !letters.contains("mmm")
}

/// A section in lower case, without quoted, escaped and bracketed text.
fn outside_literals(section: &str) -> String {
    let mut letters = String::new();
    let mut chars = section.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' | '_' | '*' => drop(chars.next()),
            '"' => chars.by_ref().take_while(|c| *c != '"').for_each(drop),
            '[' => chars.by_ref().take_while(|c| *c != ']').for_each(drop),
            c => letters.push(c.to_ascii_lowercase()),
        }
    }
    letters
}

#[cfg(test)]
mod tests {
    use super::Shown;

    fn shown(format: &str, number: u64) -> String {
        let mut text = String::new();
        match Shown::by(format) {
            Shown::Mask(mask) if mask.write(number, &mut text) => text,
            Shown::Mask(_) | Shown::Plain => "plain".to_owned(),
            Shown::Clock => "clock".to_owned(),
        }
    }

    #[test]
    fn masks_show_digits_where_the_format_puts_them() {
        let phone = r"[<=9999999]###\-####;\(###\)\ ###\-####";
        let cases = [
            ("00000", 1_234, "01234"),
            ("00000", 123_456, "123456"),
            ("00000", 0, "00000"),
            ("000-00-0000", 12_345_678, "012-34-5678"),
            (r"000\-00\-0000", 12_345_678, "012-34-5678"),
            ("00000-0000", 12_345_678, "01234-5678"),
            ("(000) 000-0000", 7_135_550_123, "(713) 555-0123"),
            ("[<=9999999]###-####;(###) ###-####", 5_550_123, "555-0123"),
            (phone, 7_135_550_123, "(713) 555-0123"),
            (phone, 17_135_550_123, "(1713) 555-0123"),
            (r"00\/00\/0000", 1_151_980, "01/15/1980"),
            ("\"ID\"0000", 42, "ID0042"),
            ("\"A;B\"000;000", 7, "A;B007"),
            ("00000_)", 42, "00042"),
            ("[$-409]00000", 42, "00042"),
            ("[Red]00000", 42, "00042"),
            ("00000;00000;\"none\"", 0, "plain"),
            ("00000;;;@", 42, "00042"),
            ("#00", 5, "05"),
            ("???-0000", 12_345, "  1-2345"),
            ("###-####", 5, "-5"),
        ];
        for (format, number, text) in cases {
            assert_eq!(shown(format, number), text, "{format}");
        }
    }

    #[test]
    fn dress_changes_nothing() {
        for format in [
            "General",
            "0",
            "#",
            "@",
            "0.00",
            "00.00",
            "#,##0",
            "0%",
            "0.00E+00",
            "$#,##0",
            "# ?/?",
            "0 \"units\"",
            "\"$\"0",
            "#,##0 ;(#,##0)",
            "yyyy-mm-dd",
            "m/d/yy h:mm",
            "mmm-yy",
            "\"hms\"0",
            "00/00/0000",
            "",
            "\"",
            "[",
            "\\",
            "_",
        ] {
            assert_eq!(shown(format, 42), "plain", "{format}");
        }
    }

    #[test]
    fn clocks_show_no_day() {
        for format in [
            "h:mm",
            "h:mm:ss AM/PM",
            "mm:ss",
            "[$-409]h:mm;@",
            "hh\"d\":mm",
        ] {
            assert_eq!(shown(format, 42), "clock", "{format}");
        }
    }
}

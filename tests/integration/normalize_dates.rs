//! The date forms that a mapping declares for a column, and for what is sent.

#![expect(
    clippy::unwrap_used,
    reason = "a broken fixture or helper fails its test"
)]

use aca_sync::{
    contract::Kind,
    normalize::{Clean, DateFormat, DateOutput, FormatError, Rules, Value, normalize},
    problem::Code,
};
use chrono::NaiveDate;
use proptest::prelude::{prop_assert_eq, proptest};

#[test]
fn a_declared_format_alone_decides_what_a_date_is() {
    let day_first = ["%d/%m/%Y"];

    assert_eq!(date(&day_first, "25/12/2026"), Ok(text("2026-12-25")));
    assert_eq!(date(&day_first, "5/1/2026"), Ok(text("2026-01-05")));
    assert_eq!(date(&day_first, "12/25/2026"), Err(Code::DateImpossible));
    assert_eq!(date(&day_first, "2026-12-25"), Err(Code::DateUnreadable));
    assert_eq!(date(&day_first, "46054"), Err(Code::DateAmbiguous));
}

#[test]
fn formats_are_tried_in_order() {
    let formats = ["%m/%d/%Y", "%d.%m.%Y", "%b %d, %Y"];

    assert_eq!(date(&formats, "1/5/2026"), Ok(text("2026-01-05")));
    assert_eq!(date(&formats, "5.1.2026"), Ok(text("2026-01-05")));
    assert_eq!(date(&formats, "january 5, 2026"), Ok(text("2026-01-05")));
    assert_eq!(date(&formats, "2.30.2026"), Err(Code::DateImpossible));
}

#[test]
fn a_year_is_read_in_as_many_digits_as_the_format_says() {
    assert_eq!(date(&["%m/%d/%Y"], "6/2/63"), Err(Code::DateUnreadable));
    assert_eq!(date(&["%m/%d/%y"], "6/2/1963"), Err(Code::DateUnreadable));
    assert_eq!(
        read(Kind::BirthDate, &["%m/%d/%y"], "6/2/63"),
        Ok(text("06/02/1963"))
    );
    assert_eq!(date(&["%D"], "1/5/26"), Ok(text("2026-01-05")));
    assert_eq!(date(&["%m%d%Y"], "01052026"), Ok(text("2026-01-05")));
}

#[test]
fn a_time_of_day_is_read_where_the_format_has_one_and_changes_no_day() {
    let formats = ["%m/%d/%Y %I:%M:%S %p", "%FT%H:%M:%S%z"];

    assert_eq!(
        date(&formats, "1/5/2026  11:59:59 PM"),
        Ok(text("2026-01-05"))
    );
    assert_eq!(
        date(&formats, "2026-01-05T23:59:59-05:00"),
        Ok(text("2026-01-05"))
    );
    assert_eq!(
        date(&formats, "2026-01-05T25:00:00Z"),
        Err(Code::DateUnreadable)
    );
    assert_eq!(date(&formats, "2026-01-05"), Err(Code::DateUnreadable));
}

#[test]
fn a_format_that_cannot_say_a_day_is_refused() {
    let lacks = |part, specifier| Err(FormatError::Lacks { part, specifier });
    for (format, error) in [
        ("%m/%d", lacks("year", "%Y")),
        ("%d %Y", lacks("month", "%m")),
        ("%B %Y", lacks("day", "%d")),
        ("", lacks("year", "%Y")),
        ("%F %Y", Err(FormatError::Repeated { part: "year" })),
        ("%m/%d/%", Err(FormatError::Dangling)),
        (
            "%m/%d/%Q",
            Err(FormatError::Unknown {
                specifier: "Q".to_owned(),
            }),
        ),
    ] {
        assert_eq!(DateFormat::parse(format).map(|_| ()), error, "{format}");
        assert_eq!(DateOutput::parse(format).map(|_| ()), error, "{format}");
    }
    assert_eq!(
        DateFormat::parse("%m/%d/%Q").unwrap_err().to_string(),
        "%Q is not known in a date format; use %Y, %y, %m, %d, %b, %B, %F or %D"
    );
}

#[test]
fn dates_are_sent_in_the_output_format_and_births_never() {
    for (format, sent) in [
        ("%Y-%m-%d", "2026-01-05"),
        ("%m/%d/%Y", "01/05/2026"),
        ("%-m/%-d/%Y", "1/5/2026"),
        ("%B %-d, %Y", "January 5, 2026"),
        ("%d-%b-%Y", "05-Jan-2026"),
        ("%Y%m%d", "20260105"),
    ] {
        let output = DateOutput::parse(format).unwrap();
        let send = |kind| normalize(kind, "1/5/2026", &rules(&[], &output));

        assert_eq!(send(Kind::Date), Ok(text(sent)), "{format}");
        assert_eq!(send(Kind::BirthDate), Ok(text("01/05/2026")), "{format}");
    }
}

#[test]
fn dates_are_not_sent_with_short_years_or_times() {
    for (format, specifier) in [
        ("%m/%d/%y", "%y"),
        ("%D", "%y"),
        ("%F %H", "%H"),
        ("%F%z", "%z"),
    ] {
        assert_eq!(
            DateOutput::parse(format),
            Err(FormatError::NotSent { specifier }),
            "{format}"
        );
    }
}

proptest! {
    #[test]
    fn every_day_survives_every_form(
        year in 1900..2099_i32, ordinal in 1..=365_u32, form in 0..FORMS.len(),
    ) {
        let day = NaiveDate::from_yo_opt(year, ordinal).unwrap();
        let written = day.format(FORMS[form]).to_string();
        let sent = day.format("%Y-%m-%d").to_string();

        prop_assert_eq!(date(&[], &written), Ok(text(&sent)), "{}", &written);
        prop_assert_eq!(date(&[FORMS[form]], &written), Ok(text(&sent)), "{}", written);
    }
}

const FORMS: &[&str] = &[
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y%m%d",
    "%m/%d/%Y",
    "%-m/%-d/%Y",
    "%m-%d-%Y",
    "%b %d, %Y",
    "%B %-d, %Y",
    "%d-%b-%Y",
    "%d %B %Y",
];

fn date(formats: &[&str], given: &str) -> Result<Clean, Code> {
    read(Kind::Date, formats, given)
}

fn read(kind: Kind, formats: &[&str], given: &str) -> Result<Clean, Code> {
    let formats: Vec<_> = formats
        .iter()
        .map(|format| DateFormat::parse(format).unwrap())
        .collect();
    normalize(kind, given, &rules(&formats, &DateOutput::default()))
}

fn rules<'m>(date_formats: &'m [DateFormat], date_output: &'m DateOutput) -> Rules<'m> {
    Rules {
        today: NaiveDate::from_ymd_opt(2026, 11, 20).unwrap(),
        date_formats,
        date_output,
    }
}

fn text(text: &str) -> Clean {
    Clean::of(Value::text(text))
}

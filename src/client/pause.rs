//! How long the API asks to wait: `retryAfter` in the body, else the `Retry-After` header, else a minute.

use std::time::{Duration, SystemTime};

use chrono::{DateTime, NaiveDateTime, Utc};

use super::{loose::Loose, response::Answer};

/// The wait when the API does not say: the length of its documented window (page A1).
const DEFAULT: Duration = Duration::from_secs(60);
/// The shortest wait, so that a server that says "0" is not asked again in the same moment.
const SHORTEST: Duration = Duration::from_secs(1);
/// A wait beyond this is no wait but a mistake (a date instead of a duration); still never less is
/// waited than asked, the caller stops instead.
const LONGEST_SECONDS: f64 = 1e9;

/// The wait that the answer asks for; never shorter than it says.
pub(super) fn asked_wait(answer: &Answer, now: SystemTime) -> Duration {
    let from_body = || wait_of(&answer.content()?.retry_after);
    let from_header = || {
        let text = answer.header("retry-after")?;
        from_text(text).or_else(|| Some(until(date(text)?, answer, now)))
    };
    from_body()
        .or_else(from_header)
        .map_or(DEFAULT, |wait| wait.max(SHORTEST))
}

fn wait_of(value: &Loose) -> Option<Duration> {
    match value {
        Loose::Whole(seconds) => Some(Duration::from_secs(*seconds).min(longest())),
        Loose::Number(seconds) => from_seconds(*seconds),
        Loose::Text(text) => from_text(text),
        _ => None,
    }
}

fn from_text(text: &str) -> Option<Duration> {
    from_seconds(text.trim().parse().ok()?)
}

/// Nothing for what is no length of time: negative, infinite, not a number.
fn from_seconds(seconds: f64) -> Option<Duration> {
    let is_length = seconds.is_finite() && seconds >= 0.0;
    is_length.then(|| Duration::from_secs_f64(seconds.min(LONGEST_SECONDS)))
}

fn longest() -> Duration {
    Duration::from_secs_f64(LONGEST_SECONDS)
}

/// The time from the answer's own date, if it has one, else from our clock: two clocks may differ.
fn until(end: DateTime<Utc>, answer: &Answer, now: SystemTime) -> Duration {
    let start = answer
        .header("date")
        .and_then(date)
        .unwrap_or_else(|| DateTime::<Utc>::from(now));
    // A date that has passed asks for no further wait.
    (end - start).to_std().unwrap_or_default().min(longest())
}

/// The three forms of a date in HTTP (RFC 9110, 5.6.7).
fn date(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    if let Ok(date) = DateTime::parse_from_rfc2822(text) {
        return Some(date.to_utc());
    }
    ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
        .map(|date| date.and_utc())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use reqwest::header::{HeaderMap, HeaderValue};

    use super::{Answer, asked_wait};

    const MONDAY_NOON: &str = "Mon, 07 Nov 1994 12:00:00 GMT";

    /// Body, headers, seconds to wait, why. It is Sun, 06 Nov 1994 08:49:37 GMT.
    type Case = (
        &'static str,
        &'static [(&'static str, &'static str)],
        u64,
        &'static str,
    );

    #[rustfmt::skip]
    const CASES: &[Case] = &[
        (r#"{"retryAfter":42}"#, &[("retry-after", "7")], 42, "the body wins"),
        (r#"{"retryAfter":"42"}"#, &[], 42, "a number as text"),
        (r#"{"retryAfter":0}"#, &[], 1, "never at once"),
        (r#"{"retryAfter":-5}"#, &[("retry-after", "7")], 7, "no length of time"),
        (r#"{"retryAfter":"NaN"}"#, &[], 60, "not a number"),
        (r#"{"retryAfter":"inf"}"#, &[], 60, "no end"),
        (r#"{"retryAfter":1e300}"#, &[], 1_000_000_000, "absurd, and still far too long to wait"),
        (r#"{"retryAfter":18446744073709551615}"#, &[], 1_000_000_000, "absurd too"),
        (r#"{"retryAfter":null}"#, &[("retry-after", " 7 ")], 7, "null is nothing"),
        (r#"{"retryAfter":{"a":1}}"#, &[], 60, "an object"),
        ("<html>", &[("retry-after", "7")], 7, "no JSON"),
        ("", &[("retry-after", "-7")], 60, "negative"),
        ("", &[("retry-after", "Sun, 06 Nov 1994 08:50:07 GMT")], 30, "a date"),
        ("", &[("retry-after", "Sunday, 06-Nov-94 08:50:07 GMT")], 30, "a date as in RFC 850"),
        ("", &[("retry-after", "Sun Nov  6 08:50:07 1994")], 30, "a date as in C"),
        ("", &[("retry-after", "Sun, 06 Nov 1994 08:00:00 GMT")], 1, "a date that has passed"),
        ("", &[("retry-after", "Mon, 07 Nov 1994 12:00:30 GMT"), ("date", MONDAY_NOON)], 30, "by the server's own clock"),
        (r#"{"retryAfter":0.2}"#, &[], 1, "less than a second"),
        (r#"{"retryAfter":7.0}"#, &[], 7, "a fraction that is none"),
        (r#"{"retryAfter":"1e1"}"#, &[], 10, "a number however it is written"),
        (r#"{"retryAfter":99999999999999999999999999999999}"#, &[], 1_000_000_000, "more digits than any number has"),
        (r#"{"retryAfter":"99999999999999999999999999999999"}"#, &[], 1_000_000_000, "the same as text"),
        (r#"{"retryAfter":-0.0}"#, &[], 1, "nothing, below zero"),
        (r#"{"retryAfter":"soon"}"#, &[("retry-after", "7")], 7, "a word, and a header"),
        (r#"{"retryAfter":""}"#, &[("retry-after", "7")], 7, "empty, and a header"),
        (r#"{"retryAfter":true}"#, &[], 60, "neither number nor text"),
        (r#"{"retryAfter":7}"#, &[("retry-after", "Sun, 06 Nov 1994 08:50:07 GMT")], 7, "the body wins over a date"),
        ("", &[("retry-after", "99999999999999999999999999999999")], 1_000_000_000, "a header without measure"),
        ("", &[("retry-after", "0")], 1, "a header, never at once"),
        ("", &[("retry-after", "7.5s")], 60, "a header with a unit"),
        ("", &[("retry-after", "soon")], 60, "a header with a word"),
        ("", &[("retry-after", "")], 60, "an empty header"),
        ("", &[("retry-after", "Fri, 31 Dec 9999 23:59:59 GMT")], 1_000_000_000, "a date far away"),
        ("", &[("retry-after", "Thu, 01 Jan 1970 00:00:00 GMT")], 1, "a date long past"),
        ("", &[("retry-after", "Sun, 06 Nov 1994 09:50:07 +0100")], 30, "a date with an offset"),
        ("", &[("retry-after", "Sun, 06 Nov 1994 08:50:07 GMT"), ("date", "today")], 30, "by our clock when its own is no date"),
        ("", &[], 60, "nothing"),
    ];

    #[test]
    fn the_wait_is_read_from_body_then_header_then_assumed() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);

        for (body, headers, seconds, why) in CASES {
            let mut map = HeaderMap::new();
            for (name, value) in *headers {
                map.insert(*name, HeaderValue::from_static(value));
            }
            let answer = Answer {
                status: 429,
                headers: map,
                body: Some(body.as_bytes().to_vec().into()),
            };
            let wait = asked_wait(&answer, now);
            assert_eq!(wait, Duration::from_secs(*seconds), "{why}");
        }
    }
}

//! What the journal tells people and machines: counts, codes and rows, never a value.
//!
//! Nothing here writes to a terminal or a file; each report is text that its caller prints.

mod acknowledgements;
mod against;
mod apart;
mod apart_out;
mod audit;
mod books;
mod changes;
mod closed;
mod customer;
mod damage;
mod delivered;
mod envelope;
mod explained;
mod export_age;
mod fields;
mod findings;
mod identification;
mod merging;
mod metrics;
mod notice;
mod pace;
mod page;
mod plan;
mod reading;
mod runs;
mod shape;
mod summary;
mod summary_json;
mod to_fix;
mod verified;

pub use acknowledgements::acknowledgements_text;
pub use against::{Against, Alteration};
pub use apart::{ApartLayout, ApartRows};
pub use apart_out::{ApartError, ApartForm, MOST_SHEET_ROWS};
pub use audit::audit_text;
pub use books::{Verdict, books_json, books_text};
pub use changes::{ChangedRow, changes, write_changes};
pub use closed::{closed_json, closed_text};
pub use customer::{customer_json, customer_text};
pub use damage::{Damage, damage};
pub use envelope::object;
pub use explained::{Asked, Explained, explain_customer, explain_row, sources_with_row};
pub use fields::contract_json;
pub use findings::{Findings, findings, findings_with_cells};
pub use identification::{Columns, identification};
pub use metrics::Metrics;
pub use notice::Notice;
pub use pace::PaceBooks;
pub use page::Page;
pub use plan::Plan;
pub use reading::{other_sheets_text, reading_json, reading_text};
pub use runs::runs_text;
pub use shape::Cells;
pub use summary::Summary;
pub use summary_json::forecast_json;
pub use verified::Verified;

use chrono::{DateTime, Local};

/// A count with its noun, as people say it: `1 row`, `2,000 rows`.
pub fn counted(count: u64, noun: &str) -> String {
    let number = grouped(count);
    if count == 1 {
        format!("{number} {noun}")
    } else {
        format!("{number} {noun}s")
    }
}

/// A number with its thousands set apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A time as people say it: `0.4 s`, `2 min 10 s`, `1 h 5 min`.
pub fn duration(seconds: f64) -> String {
    if seconds < 60.0 {
        return format!("{seconds:.1} s");
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "positive, and whole seconds are meant"
    )]
    let whole = seconds.round() as u64;
    match (whole / 3600, whole / 60 % 60, whole % 60) {
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

/// A moment as people write it, in UTC so that two machines agree. Milliseconds since 1970.
fn moment(milliseconds: i64) -> String {
    chrono::DateTime::from_timestamp_millis(milliseconds).map_or_else(
        || "?".to_owned(),
        |time| time.format("%Y-%m-%d %H:%M:%S UTC").to_string(),
    )
}

/// A time of day as people say it, with its date where that is not today's.
fn clock(time: DateTime<Local>, now: DateTime<Local>) -> String {
    if time.date_naive() == now.date_naive() {
        time.format("at %H:%M").to_string()
    } else {
        time.format("on %Y-%m-%d at %H:%M").to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::{counted, duration, grouped};

    #[test]
    fn numbers_read_as_people_say_them() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(counted(1, "row"), "1 row");
        assert_eq!(counted(2_000, "row"), "2,000 rows");
        assert_eq!(duration(0.44), "0.4 s");
        assert_eq!(duration(130.2), "2 min 10 s");
        assert_eq!(duration(3_900.0), "1 h 5 min");
    }
}

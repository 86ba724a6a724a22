//! Books of business in the layouts of carriers: invented people, with the quirks that each layout has.

#[path = "columns.rs"]
mod columns;
#[path = "without_phones.rs"]
mod without_phones;

use std::error::Error;

use self::columns::{AMBETTER, CIGNA, JARVIS, MOLINA, OSCAR};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// A household with its policy.
struct Policy {
    first: &'static str,
    last: &'static str,
    born: (u16, u8, u8),
    state: &'static str,
    zip: &'static str,
    city: &'static str,
    county: &'static str,
    /// How many people it covers.
    lives: u8,
    premium: &'static str,
    /// The last day, where the policy has ended.
    ended: Option<(u16, u8, u8)>,
}

const fn policy(
    (first, last): (&'static str, &'static str),
    born: (u16, u8, u8),
    (state, zip, city, county): (&'static str, &'static str, &'static str, &'static str),
    (lives, premium): (u8, &'static str),
    ended: Option<(u16, u8, u8)>,
) -> Policy {
    Policy {
        first,
        last,
        born,
        state,
        zip,
        city,
        county,
        lives,
        premium,
        ended,
    }
}

const GEORGIA: (&str, &str, &str, &str) = ("GA", "30303", "Atlanta", "Fulton");
const OHIO: (&str, &str, &str, &str) = ("OH", "43004", "Blacklick", "Franklin");
/// A state in two time zones.
const FLORIDA: (&str, &str, &str, &str) = ("FL", "33101", "Miami", "Miami-Dade");

#[rustfmt::skip]
const POLICIES: &[Policy] = &[
    policy(("Ana", "Lee"), (1963, 12, 30), GEORGIA, (1, "412.50"), None),
    policy(("José", "Núñez"), (1971, 2, 3), GEORGIA, (2, "1234.56"), None),
    policy(("Mary Ann", "O'Hara"), (1985, 7, 14), OHIO, (4, "1890.00"), None),
    policy(("Robert", "Smith Jr"), (1990, 1, 9), OHIO, (1, "388.10"), Some((2026, 3, 31))),
    policy(("Wei", "Chen"), (1978, 11, 21), GEORGIA, (3, "0.00"), None),
    policy(("Luz", "de la Cruz"), (1969, 5, 5), FLORIDA, (2, "955.25"), None),
    policy(("Ben", "Katz"), (2001, 8, 28), GEORGIA, (1, "301.00"), None),
    policy(("Fatima", "Haddad"), (1994, 4, 17), OHIO, (5, "2210.75"), Some((2025, 12, 31))),
];

const START: (u16, u8, u8) = (2026, 1, 1);
const PAID_THROUGH: (u16, u8, u8) = (2026, 10, 31);

/// All books: the file's name and its bytes.
pub(crate) fn all() -> Outcome<Vec<(&'static str, Vec<u8>)>> {
    let mut books = vec![
        ("ambetter.csv", ambetter()?),
        ("oscar.csv", oscar()?),
        ("jarvis.xlsx", jarvis()?),
        ("cigna.xlsx", cigna()?),
        ("molina.csv", molina()?),
    ];
    books.extend(without_phones::all()?);
    Ok(books)
}

impl Policy {
    fn email(&self) -> String {
        let name: String = self
            .first
            .chars()
            .filter(char::is_ascii_alphabetic)
            .collect();
        format!("{}@example.com", name.to_lowercase())
    }

    fn phone(index: usize) -> String {
        format!("404555{:04}", 101 + index)
    }
}

fn us_date((year, month, day): (u16, u8, u8)) -> String {
    format!("{month}/{day}/{year}")
}

fn with_sign(premium: &str) -> String {
    match premium.split_once('.') {
        Some((whole, cents)) if whole.len() > 3 => {
            let (thousands, rest) = whole.split_at(whole.len() - 3);
            format!("${thousands},{rest}.{cents}")
        }
        _ => format!("${premium}"),
    }
}

/// A book in text; each row has as many cells as there are columns.
fn csv_of(columns: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> Outcome<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(columns)?;
    for row in rows {
        writer.write_record(&row)?;
    }
    Ok(writer.into_inner()?)
}

/// Ids stand behind an apostrophe, a policy without end ends in 9999, and no column holds a status.
fn ambetter() -> Outcome<Vec<u8>> {
    let row = |(index, policy): (usize, &Policy)| {
        let end = policy.ended.map_or("12/31/9999".to_owned(), us_date);
        [
            "Sam Roe",
            "12345678",
            &format!("'U7000{index:04}"),
            "Ambetter Balanced Care 11",
            policy.first,
            policy.last,
            &us_date(START),
            "12/31/9999",
            &us_date(START),
            &end,
            &us_date(PAID_THROUGH),
            "$0.00",
            &with_sign(policy.premium),
            policy.county,
            policy.state,
            "On",
            &format!("'000{:07}", 41_000 + index),
            &Policy::phone(index),
            &policy.email(),
            &us_date(policy.born),
            "No",
            "Yes",
            &policy.lives.to_string(),
            "Roe Insurance",
            "Renewal",
        ]
        .map(str::to_owned)
        .to_vec()
    };
    csv_of(AMBETTER, POLICIES.iter().enumerate().map(row))
}

/// The name in one cell, the address in another, money with its sign.
fn oscar() -> Outcome<Vec<u8>> {
    const STATUSES: &[&str] = &["Active", "Grace period", "Delinquent", "Unpaid binder"];
    let row = |(index, policy): (usize, &Policy)| {
        let status = match policy.ended {
            Some(_) => "Inactive",
            None => STATUSES
                .get(index % STATUSES.len())
                .copied()
                .unwrap_or_default(),
        };
        [
            format!("{} {}", policy.first, policy.last).as_str(),
            &format!("OSC{:08}", 52_000_100 + index),
            &us_date(policy.born),
            &policy.email(),
            &Policy::phone(index),
            &format!(
                "{} Main St, {}, {} {}",
                10 + index,
                policy.city,
                policy.state,
                policy.zip
            ),
            policy.state,
            &us_date(START),
            &policy.ended.map_or("12/31/2026".to_owned(), us_date),
            status,
            &with_sign(policy.premium),
            "$0.00",
            "Yes",
            "Yes",
            &policy.lives.to_string(),
        ]
        .map(str::to_owned)
        .to_vec()
    };
    csv_of(OSCAR, POLICIES.iter().enumerate().map(row))
}

/// A row for each member, of which the holder's number ends in 01, below two title rows.
fn jarvis() -> Outcome<Vec<u8>> {
    let mut rows = Vec::new();
    for (index, policy) in POLICIES.iter().enumerate() {
        for member in 1..=policy.lives {
            let (first, born) = if member == 1 {
                (policy.first.to_owned(), policy.born)
            } else {
                (
                    format!("Kit {}", char::from(b'A' + member)),
                    (2015, 6, member),
                )
            };
            let letter = if policy.ended.is_some() { "I" } else { "A" };
            let text = |text: &str| Typed::Text(text.to_owned());
            rows.push(vec![
                Typed::Text(first),
                text(policy.last),
                Typed::Date(born),
                Typed::Text(format!("9{:06}{member:02}", 600 + index)),
                Typed::Number(Policy::phone(index).parse()?),
                Typed::Text(policy.email()),
                Typed::Text(format!("{} Main St", 10 + index)),
                text(""),
                text(policy.city),
                text(policy.state),
                Typed::Number(policy.zip.parse()?),
                text(policy.county),
                Typed::Text(format!("UHC{:06}", 8_100 + index)),
                Typed::Date(START),
                policy.ended.map_or_else(|| text(""), Typed::Date),
                // Early files leave it blank.
                text(if index == 0 { "" } else { letter }),
                text(letter),
                Typed::Text(format!("{}", 4_400_000_100_u64 + index as u64)),
                Typed::Date(PAID_THROUGH),
                Typed::Number(policy.premium.parse()?),
                Typed::Number(0.0),
                text("On"),
                text("N"),
                Typed::Number(policy.lives.into()),
                text("A77"),
                text("Active"),
                text("Sam Roe"),
            ]);
        }
    }
    book_of(&["Book of Business", "As of 11/20/2026"], JARVIS, rows)
}

/// Dates and money are typed, the phone number is text.
fn cigna() -> Outcome<Vec<u8>> {
    let mut rows = Vec::new();
    for (index, policy) in POLICIES.iter().enumerate() {
        let text = |text: &str| Typed::Text(text.to_owned());
        let phone = Policy::phone(index);
        let (area, rest) = phone.split_at(3);
        let (exchange, line) = rest.split_at(3);
        rows.push(vec![
            Typed::Text(format!("C{:08}", 31_000_200 + index)),
            Typed::Text(format!("{}-3", 4_400_000_100_u64 + index as u64)),
            text(policy.first),
            text(policy.last),
            Typed::Text(format!("({area}) {exchange}-{line}")),
            Typed::Text(policy.email()),
            text(policy.state),
            Typed::Date(START),
            policy.ended.map_or_else(|| text(""), Typed::Date),
            Typed::Date(PAID_THROUGH),
            Typed::Number(policy.premium.parse()?),
            Typed::Number(0.0),
            text(if policy.ended.is_some() {
                "Terminated"
            } else {
                "Active"
            }),
            text("ON"),
        ]);
    }
    book_of(&[], CIGNA, rows)
}

/// A row for each member; one phone number has been through a spreadsheet.
fn molina() -> Outcome<Vec<u8>> {
    let mut rows = Vec::new();
    for (index, policy) in POLICIES.iter().enumerate() {
        let subscriber = format!("000{:07}", 77_100 + index);
        for member in 1..=policy.lives {
            let is_holder = member == 1;
            let (first, relationship) = match member {
                1 => (policy.first.to_owned(), "Self"),
                2 => ("Kit".to_owned(), "Spouse"),
                _ => (format!("Kit {member}"), "Child"),
            };
            let id = if is_holder {
                subscriber.clone()
            } else {
                format!("000{:07}", 99_000 + index * 10 + usize::from(member))
            };
            let phone = if index == 4 {
                "4.04556E+09".to_owned()
            } else {
                Policy::phone(index)
            };
            rows.push(
                [
                    subscriber.as_str(),
                    &id,
                    &first,
                    policy.last,
                    &us_date(if is_holder {
                        policy.born
                    } else {
                        (2015, 6, member)
                    }),
                    &phone,
                    &format!("{} Main St", 10 + index),
                    "",
                    policy.city,
                    policy.state,
                    policy.zip,
                    &us_date(START),
                    &policy.ended.map_or("12/31/2026".to_owned(), us_date),
                    &us_date(PAID_THROUGH),
                    policy.premium,
                    "0.00",
                    if policy.ended.is_some() {
                        "Termed"
                    } else {
                        "Active"
                    },
                    &policy.lives.to_string(),
                    relationship,
                ]
                .map(str::to_owned)
                .to_vec(),
            );
        }
    }
    csv_of(MOLINA, rows)
}

/// A cell of a workbook.
enum Typed {
    Text(String),
    Number(f64),
    Date((u16, u8, u8)),
}

fn book_of(titles: &[&str], columns: &[&str], rows: Vec<Vec<Typed>>) -> Outcome<Vec<u8>> {
    let mut book = Workbook::new();
    // The same bytes each time.
    let made = ExcelDateTime::from_ymd(2026, 11, 20)?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&made));
    let sheet = book.add_worksheet();
    let date = Format::new().set_num_format("m/d/yyyy");
    let mut row_number = 0;
    for title in titles {
        sheet.write(row_number, 0, *title)?;
        row_number += 1;
    }
    for (column, name) in (0..).zip(columns) {
        sheet.write(row_number, column, *name)?;
    }
    for row in rows {
        row_number += 1;
        for (column, cell) in (0..).zip(row) {
            match cell {
                Typed::Text(text) if text.is_empty() => continue,
                Typed::Text(text) => sheet.write(row_number, column, text)?,
                Typed::Number(number) => sheet.write(row_number, column, number)?,
                Typed::Date((year, month, day)) => {
                    let day = ExcelDateTime::from_ymd(year, month, day)?;
                    sheet.write_with_format(row_number, column, &day, &date)?
                }
            };
        }
    }
    Ok(book.save_to_buffer()?)
}

//! Phone numbers against the phone number library, which decides what is valid.

use aca_sync::{normalize::PhoneNumber, problem::Code};
use phonenumber::{Mode, country};
use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

/// Exchanges that share no rule with one another, among them the ones that are special elsewhere.
const EXCHANGES: &[u16] = &[
    200, 211, 222, 234, 311, 345, 400, 411, 456, 500, 511, 555, 567, 611, 678, 700, 711, 789, 811,
    876, 900, 911, 950, 976, 989, 999,
];

#[test]
fn every_area_code_is_judged_as_the_library_judges_it() {
    let mut differing = Vec::new();
    for area in 200..=999 {
        for exchange in EXCHANGES {
            let number = format!("{area}{exchange}0123");
            let ours = PhoneNumber::parse(&number).ok();
            let ours = ours.as_ref().map(|(phone, _)| phone.as_str());
            if ours != library(&number).as_deref() {
                differing.push(number);
            }
        }
    }

    assert!(
        differing.is_empty(),
        "the table of area codes differs from the library: {differing:?}"
    );
}

#[test]
fn a_number_is_always_plus_one_and_ten_digits() {
    let (phone, repair) = PhoneNumber::parse("(305) 555-0123").unwrap();

    assert_eq!(phone.as_str(), "+13055550123");
    assert_eq!(repair, None);
    assert_eq!(format!("{phone:?}"), "PhoneNumber((private))");
}

proptest! {
    #[test]
    fn what_the_library_reads_is_read_alike(
        text in "(\\+1|1)?[ .(-]{0,2}[2-9][0-9]{2}[ .)-]{0,2}[0-9]{3}[ ./-]{0,2}[0-9]{4}",
    ) {
        let theirs = library(&text).filter(|it| !text.ends_with(".0") && !is_unlikely(it));
        if let Some(theirs) = theirs {
            let ours = PhoneNumber::parse(&text).map(|(phone, _)| phone.as_str().to_owned());
            prop_assert_eq!(ours, Ok(theirs), "{}", text);
        }
    }

    #[test]
    fn what_the_library_refuses_is_never_accepted(text in "[0-9(). +/x#-]{7,18}|[0-9]{10}") {
        if let Ok((phone, _)) = PhoneNumber::parse(&text) {
            let theirs = library(phone.as_str());
            prop_assert_eq!(theirs.as_deref(), Some(phone.as_str()), "{}", text);
        }
    }

    #[test]
    fn without_a_repair_every_digit_counts(text in "[0-9(). +/-]{10,18}") {
        if let Ok((phone, None)) = PhoneNumber::parse(&text) {
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            prop_assert_eq!(phone.as_str().trim_start_matches("+1"), digits.trim_start_matches('1'));
        }
    }

    #[test]
    fn letters_among_the_digits_never_become_digits(
        head in "[2-9][0-9]{5}", letters in "[A-Wa-w]{1,4}", tail in "[0-9]{0,4}",
    ) {
        let read = PhoneNumber::parse(&format!("{head}{letters}{tail}"));

        prop_assert!(matches!(
            read,
            Err(Code::PhoneNotANumber | Code::PhoneScientific)
        ));
    }
}

fn library(text: &str) -> Option<String> {
    let number = phonenumber::parse(Some(country::US), text).ok()?;
    let is_ours = number.country().code() == 1 && phonenumber::is_valid(&number);
    is_ours.then(|| number.format().mode(Mode::E164).to_string())
}

/// What the library's patterns let through and we do not: placeholders, and exchanges below 200, which
/// the numbering plan has nowhere.
fn is_unlikely(number: &str) -> bool {
    let national = number.trim_start_matches("+1");
    let is_placeholder = national
        .bytes()
        .all(|byte| national.starts_with(byte as char));
    is_placeholder || national[3..].starts_with(['0', '1'])
}

//! How workbooks write numbers and dates.

use chrono::NaiveDate;

/// The day from which a workbook counts its dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Epoch {
    Y1900,
    Y1904,
}

impl Epoch {
    /// The number that stands for a date; right from March 1900 on.
    pub(super) fn serial(self, year: i32, month: u32, day: u32) -> f64 {
        let start = match self {
            Self::Y1900 => NaiveDate::from_ymd_opt(1899, 12, 30),
            Self::Y1904 => NaiveDate::from_ymd_opt(1904, 1, 1),
        };
        let date = NaiveDate::from_ymd_opt(year, month, day).unwrap();
        let days = date.signed_duration_since(start.unwrap()).num_days();
        f64::from(i32::try_from(days).unwrap())
    }
}

/// The format of date cells that a workbook defines itself; the built-in one is number 14.
pub(super) const DATE_FORMAT: &str = "yyyy\\-mm\\-dd";

/// Dates of some columns have the built-in format, dates of the others the workbook's own.
pub(super) fn has_own_date_format(column: usize) -> bool {
    column.is_multiple_of(2)
}

/// The short form of binary workbooks: a whole number, or a hundred times the number, in 30 bits.
pub(super) fn rk(number: f64) -> Option<u32> {
    [(1.0, 0b10), (100.0, 0b11)]
        .into_iter()
        .find_map(|(scale, flags): (f64, u32)| {
            let whole = (number * scale).round();
            let value: i32 = whole.to_string().parse().ok()?;
            let is_exact = (whole / scale).to_bits() == number.to_bits();
            let fits = value.unsigned_abs() < 1 << 29;
            (is_exact && fits).then(|| (value << 2).cast_unsigned() | flags)
        })
}

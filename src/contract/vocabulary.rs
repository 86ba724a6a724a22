//! The closed word lists: every word that any version of a page shows, with the versions that do.

use super::Word;

/// A customer's gender (page F1).
pub const GENDERS: &[Word] = &[
    f1("Male"),
    f1("Female"),
    f1("Non-Binary"),
    f1("Other"),
    f1("Prefer Not to Say"),
];

/// A customer's marital status (page F1).
pub const MARITAL_STATUSES: &[Word] = &[
    f1("Single"),
    f1("Married"),
    f1("Divorced"),
    f1("Widowed"),
    f1("Separated"),
    f1("Domestic Partnership"),
];

/// A policy's status. No page shows the list of `sync/aca` itself; these are the lists of the policy
/// pages and of the customer list's filter, which disagree.
pub const POLICY_STATUSES: &[Word] = &[
    status("Active", &["S1", "P1", "C1"]),
    status("Pending", &["S1", "P1", "C1"]),
    status("Pending Effectuation", &["P1", "C1"]),
    status("Pending Followup", &["P1", "C1"]),
    status("Suspended", &["S1", "P1", "C1"]),
    status("Cancelled", &["S1", "P1", "C1"]),
    status("Terminated", &["S1", "P1", "C1"]),
    status("Future Cancel", &["P1", "C1"]),
    status("Deceased", &["P1", "C1"]),
    status("Not Approved", &["S1", "P1", "C1"]),
    status("Lapsed", &["S1"]),
    status("Expired", &["S1"]),
];

const fn f1(text: &'static str) -> Word {
    Word {
        text,
        pages: &["F1"],
        versions: 1,
    }
}

const fn status(text: &'static str, pages: &'static [&'static str]) -> Word {
    Word {
        text,
        pages,
        versions: 3,
    }
}

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

/// A customer's status (pages S3, C2).
pub const CUSTOMER_STATUSES: &[Word] = &[s3("Lead"), s3("Active"), s3("Inactive")];

/// Whether a customer qualifies (page S3).
pub const QUALIFICATIONS: &[Word] = &[
    s3("Qualified"),
    s3("Disqualified"),
    s3("Pending Review"),
    s3("Needs Information"),
    s3("In Progress"),
];

/// How much a customer means to buy (page S3).
pub const INTENTS: &[Word] = &[s3("High"), s3("Medium"), s3("Low"), s3("Unknown")];

/// The kind of a phone line (page S3).
pub const LINE_TYPES: &[Word] = &[
    s3("landline"),
    s3("mobile"),
    s3("fixedVoip"),
    s3("nonFixedVoip"),
    s3("personal"),
    s3("tollFree"),
    s3("premium"),
    s3("sharedCost"),
    s3("uan"),
    s3("voicemail"),
    s3("pager"),
    s3("unknown"),
];

/// What covers a customer already (page S3).
pub const EXISTING_COVERAGES: &[Word] = &[
    s3("None"),
    s3("Medicare Advantage"),
    s3("Original Medicare"),
    s3("Medicaid"),
    s3("Employer"),
    s3("Marketplace/ACA"),
    s3("Other"),
];

/// A policy's type. All versions that show the list agree (pages S1, P1, U2, C2).
pub const POLICY_TYPES: &[Word] = &[
    of_type("MA"),
    of_type("MAPD"),
    of_type("PDP"),
    of_type("MS"),
    of_type("ACA"),
    of_type("LTC"),
    of_type("Individual Health"),
    of_type("FE"),
    of_type("Annuity"),
    of_type("Life"),
    of_type("Dental"),
    of_type("Vision"),
    of_type("Hospital Indemnity"),
    of_type("Cancer"),
    of_type("Accident"),
    of_type("Group"),
];

/// A plan's metal level; the newer page has one more.
pub const METAL_LEVELS: &[Word] = &[
    of_metal("Catastrophic", &["S1", "P1"]),
    of_metal("Bronze", &["S1", "P1"]),
    of_metal("Expanded Bronze", &["P1"]),
    of_metal("Silver", &["S1", "P1"]),
    of_metal("Gold", &["S1", "P1"]),
    of_metal("Platinum", &["S1", "P1"]),
];

/// When somebody may enroll (page S1).
pub const ELECTION_PERIODS: &[Word] = &[
    s1("IEP"),
    s1("AEP"),
    s1("OEP"),
    s1("SEP"),
    s1("ICEP"),
    s1("MA-OEP"),
];

/// How often a premium is due (page S1).
pub const PREMIUM_MODES: &[Word] = &[
    s1("Monthly"),
    s1("Quarterly"),
    s1("Semi-Annual"),
    s1("Annual"),
];

/// As what a policy was written (page S1).
pub const WRITTEN_AS: &[Word] = &[
    s1("New Business"),
    s1("Like Plan Change"),
    s1("Unlike Plan Change"),
    s1("Reinstatement"),
    s1("Rewrite"),
];

/// On which exchange a policy is (page S1).
pub const EXCHANGE_STATUSES: &[Word] = &[
    s1("FFM"),
    s1("SBM"),
    s1("SBM FP"),
    s1("OFF EXCHANGE"),
    s1("PRIVATE EXCHANGE"),
    s1("UNKNOWN"),
];

const fn only(text: &'static str, pages: &'static [&'static str]) -> Word {
    Word {
        text,
        pages,
        versions: pages.len(),
    }
}

const fn s1(text: &'static str) -> Word {
    only(text, &["S1"])
}

const fn s3(text: &'static str) -> Word {
    only(text, &["S3"])
}

const fn of_type(text: &'static str) -> Word {
    only(text, &["S1", "P1", "U2", "C2"])
}

const fn of_metal(text: &'static str, pages: &'static [&'static str]) -> Word {
    Word {
        text,
        pages,
        versions: 2,
    }
}

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

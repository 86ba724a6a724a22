//! The list of quirks, in the order of the rows of `clients-dirty.csv`.

use super::quirks::{
    Change::{
        AllEmpty, Beyond, Cells, Header, Line, Missing, NotUtf8, Nothing, SameCustomer, StrayQuote,
    },
    End::{self, Held, Rejected, Skipped, Staged},
    Quirk,
};

type Texts = &'static [(&'static str, &'static str)];

const fn quirk(
    about: &'static str,
    change: super::quirks::Change,
    end: End,
    code: &'static str,
    note: &'static str,
) -> Quirk {
    Quirk {
        about,
        change,
        end,
        code,
        note,
    }
}

const fn fine(about: &'static str, cells: Texts, note: &'static str) -> Quirk {
    quirk(about, Cells(cells), Staged, "", note)
}

const fn mended(about: &'static str, cells: Texts, code: &'static str) -> Quirk {
    quirk(about, Cells(cells), Staged, code, "")
}

const fn refused(about: &'static str, cells: Texts, code: &'static str) -> Quirk {
    quirk(about, Cells(cells), Rejected, code, "")
}

const fn clean(about: &'static str) -> Quirk {
    quirk(about, Nothing, Staged, "", "")
}

/// One more policy of the customer before, whose newest row it is.
const fn another(about: &'static str, cells: Texts) -> Quirk {
    quirk(
        about,
        SameCustomer(cells),
        Staged,
        "",
        "the same customer's",
    )
}

#[rustfmt::skip]
pub(crate) const QUIRKS: &[Quirk] = &[
    clean("a clean row"),

    mended("phone with a `.0` tail", &[("phone", "3055550101.0")], "repair.float_tail"),
    refused("phone in scientific notation", &[("phone", "3.05555e+09")], "phone.scientific"),
    fine("phone of 11 digits", &[("phone", "13055550102")], ""),
    fine("phone with country code and signs", &[("phone", "+1 (305) 555-0103")], ""),
    fine("phone with dots", &[("phone", "305.555.0104")], ""),
    mended("phone with `x12`", &[("phone", "305-555-0105 x12")], "repair.extension_dropped"),
    mended("phone with `ext. 45`", &[("phone", "(305) 555-0106 ext. 45")], "repair.extension_dropped"),
    mended("phone behind an apostrophe", &[("phone", "'3055550107")], "repair.text_protection"),
    mended("phone as a text formula", &[("phone", "=\"3055550108\"")], "repair.text_protection"),
    refused("phone of zeros", &[("phone", "0000000000")], "phone.not_assigned"),
    refused("phone of nines", &[("phone", "9999999999")], "phone.not_assigned"),
    refused("phone 1234567890", &[("phone", "1234567890")], "phone.not_assigned"),
    refused("phone without area code", &[("phone", "555-0109")], "phone.too_few_digits"),
    refused("phone of 5 digits", &[("phone", "55501")], "phone.too_few_digits"),
    refused("phone of 12 digits", &[("phone", "305555011099")], "phone.too_many_digits"),
    refused("two phones in a cell", &[("phone", "3055550111 / 7865550111")], "phone.several"),
    refused("phone in words", &[("phone", "call first")], "phone.not_a_number"),
    refused("phone of another country", &[("phone", "+44 20 7946 0958")], "phone.foreign"),
    refused("no phone", &[("phone", "")], "required.missing"),
    refused("a dash for a phone", &[("phone", "-")], "required.missing"),
    refused("a masked phone", &[("phone", "**********")], "required.missing"),

    mended("ZIP code with a `.0` tail", &[("zip_code", "33125.0"), ("state", "FL")], "repair.float_tail"),
    mended("ZIP+4", &[("zip_code", "33125-1234"), ("state", "FL")], "repair.plus_four_dropped"),
    mended("ZIP code without its leading zero", &[("zip_code", "3103"), ("state", "NH")], "repair.leading_zero"),
    refused("ZIP code of letters", &[("zip_code", "MIAMI")], "postal_code.unreadable"),
    refused("neither ZIP code nor state", &[("zip_code", ""), ("state", "")], "rule.any_of"),
    refused("no ZIP code, and a state in two time zones", &[("zip_code", ""), ("state", "FL")], "rule.any_of"),
    fine("no ZIP code, and a state in one time zone", &[("zip_code", ""), ("state", "GA")], "the state gives the time zone"),
    fine("state spelled out", &[("zip_code", "33125"), ("state", "Florida")], ""),
    refused("no such state", &[("state", "ZZ")], "state.unknown"),

    refused("effective date on February 30th", &[("effective_date", "2/30/2026")], "date.impossible"),
    refused("effective date with the day first", &[("effective_date", "25/12/2026")], "date.impossible"),
    refused("effective date in words", &[("effective_date", "first of May")], "date.unreadable"),
    refused("effective date as a bare day count", &[("effective_date", "46054")], "date.ambiguous"),
    fine("effective date with a two-digit year", &[("effective_date", "1/1/26")], ""),
    fine("effective date in ISO form", &[("effective_date", "2026-03-01")], ""),
    fine("effective date with time and zone", &[("effective_date", "2026-03-01T05:00:00Z")], "the day as it stands"),
    fine("`false` for an effective date", &[("effective_date", "false")], "without it"),
    fine("a dash for an effective date", &[("effective_date", "-")], "without it"),
    fine("expiration date 12/31/9999", &[("expiration_date", "12/31/9999")], "that column is not sent"),
    fine("date of birth with a two-digit year", &[("dob", "12/30/63")], "born in 1963"),
    fine("date of birth on February 30th", &[("dob", "2/30/1980")], "without it"),
    fine("date of birth with the day first", &[("dob", "25/12/1980")], "without it"),
    fine("date of birth in the future", &[("dob", "1/1/2091")], "without it"),
    fine("date of birth masked", &[("dob", "**/**/****")], "without it"),
    fine("no submission date", &[("submission_date", "")], "sold all the same"),

    fine("`NA` for an e-mail address", &[("email", "NA")], "without it"),
    fine("`nan` for a county", &[("county", "nan")], "without it"),
    fine("`None` for an apartment", &[("unit", "None")], "without it"),
    fine("`N/A` for a city", &[("city", "N/A")], "without it"),
    fine("`******` for an income", &[("household_income", "******")], "without it"),
    fine("`Na` for a last name", &[("last_name", "Na")], "a name, no marker"),
    fine("income with dollar sign and comma", &[("household_income", "$45,000")], ""),
    refused("income in words", &[("household_income", "about 40k")], "number.unreadable"),
    refused("income with cents", &[("household_income", "45000.50")], "number.fraction"),
    fine("gender in capitals", &[("gender", "FEMALE")], ""),
    fine("language as a locale", &[("preferred_language", "es_MX")], ""),

    fine("status blank", &[("policy_status", "")], "the policy goes without a status"),
    refused("status that nobody knows", &[("policy_status", "On Hold")], "value.not_listed"),
    fine("status `Canceled`", &[("policy_status", "Canceled")], "as Cancelled"),
    fine("status in lower case", &[("policy_status", "effectuated")], ""),
    fine("status in capitals with a space", &[("policy_status", "PENDING EFFECTUATION")], ""),
    fine("status with underscore", &[("policy_status", "pending_followups")], ""),
    fine("status with spaces around", &[("policy_status", "  Pending Termination ")], ""),
    fine("status `pending effectuated`", &[("policy_status", "pending effectuated")], "as PendingEffectuation"),

    fine("agent of record without NPN", &[("policy_aor", "Dana Placeholder")], "without the NPN"),
    fine("agent of record is a referral", &[("policy_aor", "HealthSherpa referral")], "without the NPN"),
    fine("agent of record `None`", &[("policy_aor", "None")], "without the NPN"),
    fine("agent of record blank", &[("policy_aor", "")], "without the NPN"),

    mended("customer id with a `.0` tail", &[("healthsherpa_id", "790000001.0")], "repair.float_tail"),
    mended("customer id behind an apostrophe", &[("healthsherpa_id", "'790000002")], "repair.text_protection"),
    refused("customer id in scientific notation", &[("healthsherpa_id", "7.9E+08")], "identifier.scientific"),
    fine("no customer id, real date of birth", &[("healthsherpa_id", ""), ("dob", "5/17/1971")], "matched by name, date of birth and phone"),
    fine("no customer id, no date of birth", &[("healthsherpa_id", ""), ("dob", "**/**/****")], "the API cannot match it: never re-sent unasked"),
    quirk("several policy ids, semicolon", Cells(&[("healthsherpa_policy_ids", "890000001;890000002")]), Held, "identifier.several", ""),
    quirk("several policy ids, comma", Cells(&[("healthsherpa_policy_ids", "890000003, 890000004")]), Held, "identifier.several", ""),
    quirk("several policy ids, bar", Cells(&[("healthsherpa_policy_ids", "890000005|890000006")]), Held, "identifier.several", ""),
    mended("policy id with a `.0` tail", &[("healthsherpa_policy_ids", "890000007.0")], "repair.float_tail"),
    fine("no policy id, the carrier's is there", &[("healthsherpa_policy_ids", ""), ("issuer_assigned_policy_id", "OAK00009001")], "matched by the carrier's id"),
    quirk("no policy id, and none of the carrier", Cells(&[("healthsherpa_policy_ids", ""), ("issuer_assigned_policy_id", "")]), Held, "policy.without_id", ""),
    fine("`nan` for the carrier's policy id", &[("issuer_assigned_policy_id", "nan")], "without it"),
    fine("subscriber id that lost its zeros", &[("ffm_subscriber_id", "9001")], "as it stands"),

    fine("name with spaces around", &[("first_name", "  Ana  "), ("last_name", "Lee   ")], "trimmed"),
    fine("name with accents, in capitals", &[("first_name", "MARÍA JOSÉ"), ("last_name", "NÚÑEZ")], "case kept"),
    fine("name with apostrophe", &[("last_name", "D'Angelo")], ""),
    fine("name with a typographic apostrophe", &[("last_name", "O’Neal")], ""),
    fine("name with hyphen and suffix", &[("last_name", "Peña-Ortiz Jr.")], ""),
    fine("name with a nickname in quotes", &[("first_name", "Robert \"Bob\"")], ""),
    fine("name with a comma", &[("last_name", "Reed, III")], ""),
    mended("name with a control character", &[("first_name", "An\u{7}a")], "repair.control_characters"),
    refused("no first name", &[("first_name", "")], "required.missing"),
    fine("a line break in the notes", &[("policy_status_notes", "Called twice\nno answer, try \"after six\"")], "one row on two lines"),
    clean("a clean row after the row of two lines"),

    quirk("cells missing at the end", Missing(3), Rejected, "row.too_few_cells", ""),
    quirk("a cell too many", Beyond(&["", "extra"]), Rejected, "row.too_many_cells", ""),
    quirk("blank cells beyond the header", Beyond(&["", " "]), Staged, "", ""),
    quirk("a quote that is never closed", StrayQuote("city"), Rejected, "row.unclosed_quote", ""),
    clean("a clean row after the open quote"),
    quirk("a byte that is not UTF-8", NotUtf8("first_name"), Rejected, "row.undecodable", ""),
    quirk("an empty line", Line(""), Skipped, "", "blank"),
    quirk("nothing but separators", AllEmpty, Skipped, "", "blank"),
    quirk("nothing but spaces", Line("    "), Skipped, "", "blank"),
    quirk("the header again", Header, Skipped, "", "repeated header"),
    quirk("a primary applicant who does not apply", Cells(&[("applying", "No")]), Skipped, "", "not an applicant"),
    fine("an archived application", &[("archived", "Yes")], ""),

    clean("a row that comes twice"),
    another("the same row again", &[]),
    clean("a policy whose status changes"),
    another("the same policy, synchronized later, terminated", &[("policy_status", "Terminated"), ("last_ede_sync", "2026-11-16T08:00:00Z")]),

    fine("a customer with 11 policies: 1", &[("healthsherpa_policy_ids", "890000101")], "11 policies are two parts"),
    another("a customer with 11 policies: 2", &[("healthsherpa_policy_ids", "890000102"), ("issuer_assigned_policy_id", "")]),
    another("a customer with 11 policies: 3", &[("healthsherpa_policy_ids", "890000103"), ("issuer_assigned_policy_id", "")]),
    another("a customer with 11 policies: 4", &[("healthsherpa_policy_ids", "890000104"), ("issuer_assigned_policy_id", "")]),
    another("a customer with 11 policies: 5", &[("healthsherpa_policy_ids", "890000105"), ("issuer_assigned_policy_id", "")]),
    another("a customer with 11 policies: 6", &[("healthsherpa_policy_ids", "890000106"), ("issuer_assigned_policy_id", "")]),
    another("a customer with 11 policies: 7", &[("healthsherpa_policy_ids", "890000107"), ("issuer_assigned_policy_id", "")]),
    another("a customer with 11 policies: 8", &[("healthsherpa_policy_ids", "890000108"), ("issuer_assigned_policy_id", "")]),
    another("a customer with 11 policies: 9", &[("healthsherpa_policy_ids", "890000109"), ("issuer_assigned_policy_id", "")]),
    another("a customer with 11 policies: 10", &[("healthsherpa_policy_ids", "890000110"), ("issuer_assigned_policy_id", "")]),
    another("a customer with 11 policies: 11", &[("healthsherpa_policy_ids", "890000111"), ("issuer_assigned_policy_id", "")]),
    clean("a clean row at the end"),
];

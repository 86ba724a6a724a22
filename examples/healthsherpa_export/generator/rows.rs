//! Rows of a HealthSherpa "Clients" export, cell by cell.

use std::io::{self, Write};

use super::{
    people::{Customer, Name},
    policies::{OWNER, Policy},
};

/// The export's columns in order.
pub(crate) const COLUMNS: &[&str] = &[
    "healthsherpa_id",
    "first_name",
    "last_name",
    "gender",
    "dob",
    "ssn",
    "applying",
    "phone",
    "email",
    "address",
    "unit",
    "city",
    "state",
    "zip_code",
    "county",
    "preferred_language",
    "household_size",
    "household_income",
    "applicant_count",
    "issuer",
    "plan_name",
    "plan_hios_id",
    "net_premium",
    "effective_date",
    "expiration_date",
    "submission_date",
    "policy_status",
    "policy_status_notes",
    "policy_aor",
    "agent",
    "npn_used",
    "healthsherpa_policy_ids",
    "issuer_assigned_policy_id",
    "ffm_app_id",
    "ffm_subscriber_id",
    "transaction_id",
    "last_ede_sync",
    "archived",
    "spouse_first_name",
    "spouse_last_name",
    "other_1_first_name",
    "other_1_last_name",
];

/// A row being put together: its cells end to end. Kept from row to row for its memory.
#[derive(Default)]
pub(crate) struct Row {
    text: String,
    ends: Vec<usize>,
}

impl Row {
    /// Replaces the row by what the export says of that policy.
    pub(crate) fn fill(&mut self, customer: &Customer, policy: &Policy) {
        self.text.clear();
        self.ends.clear();
        self.fill_person(customer);
        self.fill_household(customer);
        self.fill_plan(customer, policy);
        self.fill_policy(policy);
        self.fill_ids(policy);
        self.fill_relatives(customer);
    }

    /// The cells in order.
    pub(crate) fn cells(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts
            .zip(&self.ends)
            .map(|(start, end)| self.text.get(start..*end).unwrap_or_default())
    }

    fn fill_person(&mut self, customer: &Customer) {
        self.number(700_000_000 + customer.number);
        self.cell(&[customer.first_name.text]);
        self.cell(&[customer.last_name.text]);
        self.cell(&[customer.first_name.gender]);
        match customer.birth {
            Some((year, month, day)) => self.date(year, month, day),
            None => self.cell(&["**/**/****"]),
        }
        self.cell(&["***-**-****"]);
        self.cell(&["Yes"]);
        self.put(&[customer.place.area_code, "55501"]);
        self.digits(customer.line, 2);
        self.end_cell();
        if customer.has_email {
            self.put(&[customer.first_name.plain, ".", customer.last_name.plain]);
            self.digits(customer.number, 1);
            self.put(&["@example.com"]);
        }
        self.end_cell();
    }

    fn fill_household(&mut self, customer: &Customer) {
        self.digits(customer.house, 1);
        self.cell(&[" ", customer.street]);
        if let Some(unit) = customer.unit {
            self.put(&["Apt "]);
            self.digits(unit, 1);
        }
        self.end_cell();
        self.cell(&[customer.place.city]);
        self.cell(&[customer.place.state]);
        self.cell(&[customer.zip]);
        self.cell(&[customer.place.county]);
        self.cell(&[customer.language]);
        self.number(customer.people());
        match customer.income {
            Some(income) => self.number(income),
            None => self.cell(&["******"]),
        }
        self.number(customer.people());
    }

    fn fill_plan(&mut self, customer: &Customer, policy: &Policy) {
        self.cell(&[policy.carrier.name]);
        self.cell(&[policy.plan.name]);
        self.cell(&[policy.carrier.hios, customer.place.state, policy.plan.hios]);
        self.money(policy.net_cents);
    }

    fn fill_policy(&mut self, policy: &Policy) {
        let (year, month) = policy.starts;
        self.date(year, month, 1);
        self.date(year, policy.ends.0, policy.ends.1);
        if policy.is_submission_known {
            // Sold in the month before coverage starts.
            let is_january = month == 1;
            let before = if is_january { 12 } else { month - 1 };
            self.date(year - u64::from(is_january), before, 1 + policy.id % 15);
        } else {
            self.end_cell();
        }
        self.cell(&[policy.status.text]);
        self.cell(&[policy.status.notes]);
        self.cell(&[policy.agent.name, " (NPN: ", policy.agent.npn, ")"]);
        self.cell(&[OWNER.name]);
        self.cell(&[policy.agent.npn]);
    }

    fn fill_ids(&mut self, policy: &Policy) {
        self.number(policy.id);
        if policy.has_carrier_id {
            self.put(&[policy.carrier.prefix]);
            self.digits(policy.id % 100_000_000, 8);
        }
        self.end_cell();
        self.number(5_000_000_000 + policy.id);
        self.digits((policy.id + 1_234_567) % 10_000_000, 10);
        self.end_cell();
        self.number(3_000_000_000 + policy.id);
        // An archived application is no longer synchronized.
        let day = if policy.is_archived { "06" } else { "15" };
        let (hour, minute, second) = policy.synced;
        self.put(&["2026-11-", day, "T"]);
        for (part, after) in [(hour, ":"), (minute, ":"), (second, "Z")] {
            self.digits(part, 2);
            self.put(&[after]);
        }
        self.end_cell();
        self.cell(&[if policy.is_archived { "Yes" } else { "No" }]);
    }

    fn fill_relatives(&mut self, customer: &Customer) {
        let last_name = customer.last_name.text;
        for relative in [customer.spouse, customer.child] {
            let name = relative.map(|name: &Name| name.text);
            self.cell(&[name.unwrap_or_default()]);
            self.cell(&[name.map(|_| last_name).unwrap_or_default()]);
        }
    }

    fn cell(&mut self, parts: &[&str]) {
        self.put(parts);
        self.end_cell();
    }

    fn number(&mut self, value: u64) {
        self.digits(value, 1);
        self.end_cell();
    }

    /// A date as the export writes it: month and day without zeros in front.
    fn date(&mut self, year: u64, month: u64, day: u64) {
        self.digits(month, 1);
        self.put(&["/"]);
        self.digits(day, 1);
        self.put(&["/"]);
        self.number(year);
    }

    fn money(&mut self, cents: u64) {
        self.digits(cents / 100, 1);
        if cents > 0 {
            self.put(&["."]);
            self.digits(cents % 100, 2);
        }
        self.end_cell();
    }

    fn put(&mut self, parts: &[&str]) {
        for part in parts {
            self.text.push_str(part);
        }
    }

    /// A number with zeros in front up to that width, at most 20 digits.
    fn digits(&mut self, value: u64, width: usize) {
        let mut digits = [b'0'; 20];
        let (mut rest, mut length) = (value, 0);
        for place in digits.iter_mut().rev() {
            *place += u8::try_from(rest % 10).unwrap_or_default();
            rest /= 10;
            length += 1;
            if rest == 0 && length >= width {
                break;
            }
        }
        let digits = digits.get(20 - length..).unwrap_or_default();
        self.text
            .push_str(std::str::from_utf8(digits).unwrap_or_default());
    }

    fn end_cell(&mut self) {
        self.ends.push(self.text.len());
    }
}

/// Writes cells as one line, quoted where they have to be.
pub(crate) fn write_line<C: AsRef<[u8]>>(
    out: &mut impl Write,
    cells: impl IntoIterator<Item = C>,
) -> io::Result<()> {
    for (index, cell) in cells.into_iter().enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        write_cell(out, cell.as_ref())?;
    }
    out.write_all(b"\n")
}

fn write_cell(out: &mut impl Write, cell: &[u8]) -> io::Result<()> {
    let needs_quotes = memchr::memchr3(b',', b'"', b'\n', cell).is_some();
    if !needs_quotes {
        return out.write_all(cell);
    }
    out.write_all(b"\"")?;
    for (index, part) in cell.split(|byte| *byte == b'"').enumerate() {
        if index > 0 {
            out.write_all(b"\"\"")?;
        }
        out.write_all(part)?;
    }
    out.write_all(b"\"")
}

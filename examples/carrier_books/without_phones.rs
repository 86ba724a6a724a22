//! Books that carry no phone number, so that nobody can be made a customer of them: Anthem in both layouts,
//! Aetna CVS and Florida Blue in two each.

use super::{Outcome, PAID_THROUGH, POLICIES, Policy, START, csv_of, us_date, with_sign};

#[rustfmt::skip]
const ANTHEM: &[&str] = &[
    "Client Name", "Client ID", "State", "Effective Date", "Original Effective Date", "Cancellation Date",
    "Status", "Bill Status", "Bill Due Date", "Exchange", "Group Size", "Market", "Plan Name",
    "New Business", "Funding Type",
];

/// What the extended layout has besides.
#[rustfmt::skip]
const ANTHEM_MORE: &[&str] = &[
    "Birth Date", "Phone #", "Home Address 1", "Home Address 2", "Home City", "Home State Code",
    "Home Zip Code", "Status Reason", "Emo App Id",
];

#[rustfmt::skip]
const AETNA_2025: &[&str] = &[
    "First Name", "Last Name", "Relationship", "Policy Status", "Financial Status", "Effective Date",
    "Paid Through Date", "Issuer Assigned ID", "Plan ID", "Metal Tier", "Marketplace", "Subscriber Status",
];

#[rustfmt::skip]
const AETNA: &[&str] = &[
    "Member Name", "DOB", "Relationship", "Primary Contact", "Mailing Address", "State", "Zip", "County",
    "Plan Effective Date", "Paid Through Date", "Monthly Premium", "Account Status", "Payment Status",
    "AutoPay Status", "Household Size", "Issuer Assigned ID", "Exchange Assigned ID", "Member Plan ID",
    "Member Plan Name", "Metal Tier",
];

#[rustfmt::skip]
const FLORIDA_2025: &[&str] = &[
    "Agency Name", "Agent Name", "Contract ID", "Member FB_UID", "Member Full Name", "County Name",
    "Coverage Effective Date", "Premium Amount", "Contract Status", "Contract Member Count", "Product Type",
    "Metal Level",
];

#[rustfmt::skip]
const FLORIDA: &[&str] = &[
    "HCC_ID", "MEMBER_CIP_ID", "MEMBER_FULL_NAME", "MEMBER_COUNTY_NM", "CONTRACT_EFCV_DT", "CONTRACT_EPRN_DT",
    "IS_SUBSCRIBER", "PRODUCT_NAME", "PLAN_TYPE", "AGENT_FULL_NM", "AGENCY_AOR", "INSPOLICY_ID",
];

/// All of them: the file's name and its bytes.
pub(super) fn all() -> Outcome<Vec<(&'static str, Vec<u8>)>> {
    Ok(vec![
        ("anthem.csv", anthem()?),
        ("anthem-extended.txt", anthem_extended()),
        ("aetna-cvs-2025.csv", aetna_2025()?),
        ("aetna-cvs.csv", aetna()?),
        ("florida-blue-2025.csv", florida_2025()?),
        ("florida-blue.csv", florida()?),
    ])
}

/// Whose policies are in these books, and under which ids.
fn policies() -> impl Iterator<Item = (usize, &'static Policy)> {
    POLICIES.iter().enumerate()
}

fn owned(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|cell| (*cell).to_owned()).collect()
}

fn anthem_rows() -> Vec<Vec<String>> {
    const STATUSES: &[&str] = &["Active", "Future Active", "Pending Effectuation"];
    let row = |(index, policy): (usize, &Policy)| {
        let status = match policy.ended {
            Some(_) => "Inactive",
            None => STATUSES.get(index % 3).copied().unwrap_or_default(),
        };
        owned(&[
            &format!("{}, {}", policy.last, policy.first),
            &format!("ANT{:06}", 700 + index),
            policy.state,
            &us_date(START),
            &us_date(START),
            &policy.ended.map_or(String::new(), us_date),
            status,
            "Current",
            "12/1/2026",
            "On",
            &policy.lives.to_string(),
            "Individual",
            "Anthem Silver Pathway",
            "N",
            "ACA",
        ])
    };
    policies().map(row).collect()
}

/// Latin-1, below a title.
fn anthem() -> Outcome<Vec<u8>> {
    let text = String::from_utf8(csv_of(ANTHEM, anthem_rows())?)?;
    let titled = format!("Producer ToolBox Clients report\n{text}");
    // Every character of the names has its own number in Latin-1.
    let bytes = titled.chars().map(u8::try_from);
    Ok(bytes.collect::<Result<_, _>>()?)
}

/// Tabs, UTF-16 behind a byte order mark that was written out as text.
fn anthem_extended() -> Vec<u8> {
    let mut lines = vec![[ANTHEM, ANTHEM_MORE].concat().join("\t")];
    for ((index, policy), row) in policies().zip(anthem_rows()) {
        let more = [
            us_date(policy.born),
            // Masked more often than not, and of no use here.
            String::new(),
            format!("{} Main St", 10 + index),
            String::new(),
            policy.city.to_owned(),
            policy.state.to_owned(),
            policy.zip.to_owned(),
            String::new(),
            format!("EMO{index}"),
        ];
        lines.push([row, more.to_vec()].concat().join("\t"));
    }
    let text = lines.join("\r\n") + "\r\n";
    let units = text.encode_utf16().flat_map(u16::to_le_bytes);
    b"\xef\xbf\xbd\xef\xbf\xbd"
        .iter()
        .copied()
        .chain(units)
        .collect()
}

/// A row for each member, as (the policy's number, the policy, the member's number from 1).
fn members() -> impl Iterator<Item = (usize, &'static Policy, u8)> {
    policies().flat_map(|(index, policy)| (1..=policy.lives).map(move |it| (index, policy, it)))
}

fn member_name(policy: &Policy, member: u8) -> String {
    match member {
        1 => policy.first.to_owned(),
        _ => format!("Kit {}", char::from(b'A' + member)),
    }
}

const fn relationship(member: u8) -> &'static str {
    match member {
        1 => "Self",
        2 => "Spouse",
        _ => "Child",
    }
}

fn aetna_2025() -> Outcome<Vec<u8>> {
    let row = |(index, policy, member): (usize, &Policy, u8)| {
        let status = if policy.ended.is_some() {
            "Terminated"
        } else {
            "Active"
        };
        owned(&[
            &member_name(policy, member),
            policy.last,
            relationship(member),
            status,
            "Current",
            &us_date(START),
            &us_date(PAID_THROUGH),
            &format!("AET{:06}", 800 + index),
            "98765GA0010001",
            "Silver",
            "On",
            status,
        ])
    };
    csv_of(AETNA_2025, members().map(row))
}

fn aetna() -> Outcome<Vec<u8>> {
    let row = |(index, policy, member): (usize, &Policy, u8)| {
        let born = if member == 1 {
            policy.born
        } else {
            (2015, 6, member)
        };
        owned(&[
            &format!("{}, {}", policy.last, member_name(policy, member)),
            &us_date(born),
            relationship(member),
            "",
            &format!("{} Main St, {}", 10 + index, policy.city),
            policy.state,
            policy.zip,
            policy.county,
            &us_date(START),
            &us_date(PAID_THROUGH),
            &with_sign(policy.premium),
            if policy.ended.is_some() {
                "Terminated"
            } else {
                "Active"
            },
            "Current",
            "On",
            &policy.lives.to_string(),
            &format!("AET{:06}", 800 + index),
            &format!("000{:07}", 41_000 + index),
            "98765GA0010001",
            "Aetna CVS Silver",
            "Silver",
        ])
    };
    csv_of(AETNA, members().map(row))
}

fn florida_2025() -> Outcome<Vec<u8>> {
    const STATUSES: &[&str] = &["ACTV", "PEND"];
    let row = |(index, policy): (usize, &Policy)| {
        owned(&[
            "Roe Insurance",
            "Sam Roe",
            &format!("FLB{:06}", 900 + index),
            &format!("U{index}"),
            &format!("{} {}", policy.first, policy.last),
            "FLORIDA MIAMI-DADE",
            &us_date(START),
            &with_sign(policy.premium),
            match policy.ended {
                Some((2025, ..)) => "CANCEL",
                Some(_) => "TERM",
                None => STATUSES.get(index % 2).copied().unwrap_or_default(),
            },
            &policy.lives.to_string(),
            "BlueOptions",
            "Gold",
        ])
    };
    csv_of(FLORIDA_2025, policies().map(row))
}

fn florida() -> Outcome<Vec<u8>> {
    let row = |(index, policy, member): (usize, &Policy, u8)| {
        owned(&[
            &format!("H{:06}", 900 + index),
            &format!("C{index}{member}"),
            &format!("{} {}", member_name(policy, member), policy.last),
            "FLORIDA MIAMI-DADE",
            &us_date(START),
            &policy.ended.map_or("12/31/9999".to_owned(), us_date),
            if member == 1 { "Y" } else { "N" },
            "BlueOptions Gold 1424",
            "IU65",
            "Sam Roe",
            "Roe Insurance",
            &format!("FLB{:06}", 900 + index),
        ])
    };
    csv_of(FLORIDA, members().map(row))
}

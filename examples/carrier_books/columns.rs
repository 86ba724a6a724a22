//! The columns of carriers' books of business, as their exports name them.

#[rustfmt::skip]
pub(super) const AMBETTER: &[&str] = &[
    "Broker Name", "Broker NPN", "Policy Number", "Plan Name", "Insured First Name", "Insured Last Name",
    "Broker Effective Date", "Broker Term Date", "Policy Effective Date", "Policy Term Date",
    "Paid Through Date", "Member Responsibility", "Monthly Premium Amount", "County", "State",
    "On/Off Exchange", "Exchange Subscriber ID", "Member Phone Number", "Member Email",
    "Member Date Of Birth", "Autopay", "Eligible for Commission", "Number of Members", "Payable Agent",
    "Renewal Type",
];

#[rustfmt::skip]
pub(super) const OSCAR: &[&str] = &[
    "Member name", "Member ID", "Date of birth", "Email", "Phone number", "Mailing address", "State",
    "Coverage start date", "Coverage end date", "Policy status", "Premium amount", "Balance", "Autopay",
    "On exchange", "Lives",
];

#[rustfmt::skip]
pub(super) const JARVIS: &[&str] = &[
    "memberFirstName", "memberLastName", "dateOfBirth", "memberNumber", "memberPhone", "memberEmail",
    "memberAddress1", "memberAddress2", "memberCity", "memberState", "memberZip", "memberCounty",
    "policyId", "policyEffectiveDate", "policyTermDate", "planStatus", "memberStatus", "IFP - FFM APP ID",
    "paidThroughDate", "monthlyPremiumAmount", "memberResponsibility", "onOffExchange", "autopayStatus",
    "memberCount", "agentId", "agentIdStatus", "agentName",
];

#[rustfmt::skip]
pub(super) const CIGNA: &[&str] = &[
    "Subscriber ID (Detail Case #)", "Application Id", "Primary First Name", "Primary Last Name",
    "Customer Phone Number", "Customer Email Address", "State", "Effective Date", "Termination Date",
    "Paid Through Date", "Total Premium", "Premium - Customer Responsibility", "Policy Status",
    "ON/OFF Exchange",
];

#[rustfmt::skip]
pub(super) const MOLINA: &[&str] = &[
    "Subscriber_ID", "HIX_ID", "Member_First_Name", "Member_Last_Name", "dob", "Member_Bussiness_Phone",
    "Address1", "Address2", "City", "State", "Zip", "Effective_date", "End_Date", "Paid_Through_Date",
    "Total_Premium", "Member_Premium", "Status", "Member_Count", "Relationship",
];

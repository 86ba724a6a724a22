//! What a plan's code looks like, by the type of its policy (page S2; for ACA, the marketplace's own ids).

/// The fields of a policy that plan codes concern.
#[derive(Debug)]
pub struct PlanCodes {
    /// The field that holds the code.
    pub code: &'static str,
    /// The field that holds the policy's type, by which the rules differ.
    pub of_type: &'static str,
}

/// The form of codes for some types of policies.
#[derive(Debug)]
pub struct PlanCodeRule {
    /// The types, in the API's words.
    pub types: &'static [&'static str],
    /// The form.
    pub form: PlanCodeForm,
}

/// The form of a plan's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanCodeForm {
    /// A complete contract-style code of the Centers for Medicare & Medicaid Services: a letter and four
    /// digits, three of the plan, three of the segment. Dashes are optional; it is kept with them.
    Contract {
        /// The letters that it may start with.
        starts: &'static str,
    },
    /// A plan id of the Health Insurance Oversight System: 14 characters (five digits, two letters, seven
    /// digits), perhaps with the two digits of a variant.
    Hios,
}

/// The rules. Codes of other types, MS among them, are the carrier's own and free.
pub const PLAN_CODES: &[PlanCodeRule] = &[
    PlanCodeRule {
        types: &["MA", "MAPD"],
        form: PlanCodeForm::Contract { starts: "HR" },
    },
    PlanCodeRule {
        types: &["PDP"],
        form: PlanCodeForm::Contract { starts: "SHREX" },
    },
    PlanCodeRule {
        types: &["ACA"],
        form: PlanCodeForm::Hios,
    },
];

impl PlanCodeForm {
    /// The form for policies of that type; none where codes are free.
    pub fn of(policy_type: &str) -> Option<Self> {
        let mut rules = PLAN_CODES.iter();
        let found = rules.find(|rule| rule.types.contains(&policy_type));
        found.map(|rule| rule.form)
    }
}

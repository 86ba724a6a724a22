//! Plan codes against the rules for their policy's type, and in the form in which the API keeps them.

use compact_str::{CompactString, format_compact};

use crate::{contract::PlanCodeForm, problem::Code};

/// The digits of a contract-style code behind its letter.
const CONTRACT_DIGITS: usize = 10;
/// The length of a HIOS id without its variant.
const HIOS: usize = 14;
/// The length of a variant.
const VARIANT: usize = 2;

/// A plan code as it is sent for a policy of that type: contract-style codes with dashes, ids of the
/// marketplace in upper case. Codes of other types stay as they are.
///
/// # Errors
///
/// The `PlanCode…` codes, by the rule that is broken.
pub fn plan_code(policy_type: &str, code: &str) -> Result<CompactString, Code> {
    match PlanCodeForm::of(policy_type) {
        None => Ok(code.into()),
        Some(PlanCodeForm::Hios) => hios(code).ok_or(Code::PlanCodeHios),
        Some(PlanCodeForm::Contract { starts }) => {
            let broken = if starts.contains('S') {
                Code::PlanCodeDrugPlan
            } else {
                Code::PlanCodeMedicare
            };
            contract(code, starts).ok_or(broken)
        }
    }
}

/// `H1234-001-000`, also when it comes as `h1234001000`; dashes stand where they belong or nowhere.
fn contract(code: &str, starts: &str) -> Option<CompactString> {
    let bare: String = match code.split('-').collect::<Vec<_>>().as_slice() {
        [one] => (*one).to_owned(),
        [contract, plan, segment] if [contract.len(), plan.len(), segment.len()] == [5, 3, 3] => {
            [*contract, *plan, *segment].concat()
        }
        _ => return None,
    };
    let mut letters = bare.chars();
    let first = letters.next()?.to_ascii_uppercase();
    let digits = letters.as_str();
    let is_whole = digits.len() == CONTRACT_DIGITS && digits.bytes().all(|b| b.is_ascii_digit());
    if !is_whole || !starts.contains(first) {
        return None;
    }
    let (contract, rest) = digits.split_at_checked(4)?;
    let (plan, segment) = rest.split_at_checked(3)?;
    Some(format_compact!("{first}{contract}-{plan}-{segment}"))
}

/// Five digits, two letters, seven digits; behind them perhaps a variant, with a dash or without.
fn hios(code: &str) -> Option<CompactString> {
    let (plan, variant) = code.split_at_checked(HIOS)?;
    let variant_digits = variant.strip_prefix('-').unwrap_or(variant);
    let has_form = plan.bytes().enumerate().all(|(place, byte)| match place {
        5 | 6 => byte.is_ascii_alphabetic(),
        _ => byte.is_ascii_digit(),
    });
    let is_variant = variant.is_empty()
        || (variant_digits.len() == VARIANT
            && variant_digits.bytes().all(|byte| byte.is_ascii_digit()));
    (has_form && is_variant).then(|| code.to_ascii_uppercase().into())
}

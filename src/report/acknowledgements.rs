//! What stands acknowledged, a line each.

use std::fmt::Write as _;

use super::moment;
use crate::journal::Acknowledgement;

/// Which problems somebody leaves as they are, since when, for how long and why.
pub fn acknowledgements_text(standing: &[Acknowledgement]) -> String {
    if standing.is_empty() {
        return "nothing is acknowledged".to_owned();
    }
    let mut text = String::from("acknowledged\n");
    for one in standing {
        let what = one.code.as_deref().unwrap_or("(a customer)");
        let until = one
            .until
            .map_or_else(String::new, |until| format!(", until {}", moment(until)));
        let _ = writeln!(
            text,
            "  {what:<26} {} (by {}, {}{until})",
            one.because,
            one.user,
            moment(one.at)
        );
    }
    text
}

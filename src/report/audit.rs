//! Who ran which command on what, a line each.

use std::fmt::Write as _;

use super::moment;
use crate::journal::Audited;

/// One line an entry, oldest first; further lines of its details stand below it.
pub fn audit_text(entries: &[Audited]) -> String {
    let mut text =
        String::from("when                     who                  verb      run   what\n");
    for entry in entries {
        let who = format!("{}@{}", entry.user, entry.host);
        let run = entry.run.map(|run| run.0.to_string()).unwrap_or_default();
        let details = entry.details.replace(
            '\n',
            "\n                                                                ",
        );
        let _ = writeln!(
            text,
            "{}  {who:<20} {:<9} {run:<5} {details}",
            moment(entry.at),
            entry.verb
        );
    }
    text
}

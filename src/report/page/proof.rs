//! The evidence: what was read by what, who did what, and when the data goes.

use std::fmt::Write as _;

use maud::{Markup, html};

use super::{Page, section};
use crate::{
    journal::{Audited, ReadSource},
    report::{counted, moment},
};

impl Page {
    pub(super) fn proof(&self) -> Markup {
        let run = &self.run;
        let evidence = &self.evidence;
        let content = html! {
            dl {
                dt { "Run" } dd { (run.id.0) ", started " (moment(run.started_at)) }
                dt { "Program" } dd { "aca-sync " (evidence.program) }
                dt { "Mapping" }
                dd { (run.mapping) ", SHA-256 of its meaning " code.hash { (hex(&evidence.mapping_digest)) } }
                @for source in &evidence.sources { (file(source)) }
                dt { "Last exit code" }
                dd { @match run.exit { Some(exit) => (exit), None => "none yet" } }
                dt { "Cells and records" } dd { (self.erasing()) }
            }
            (self.let_pass())
            (self.who())
        };
        section("evidence", "Evidence", &content)
    }

    /// When people's data goes.
    fn erasing(&self) -> String {
        let evidence = &self.evidence;
        match (evidence.is_erased, evidence.erased_at) {
            (true, None) => "erased; counts, codes and row numbers stay".to_owned(),
            (true, Some(at)) => format!(
                "erased but for the records that are still open; these go on {} at the latest",
                self.clock(at)
            ),
            (false, Some(at)) => format!(
                "kept until the next run of this mapping is over, at the latest until {}; counts, codes and row numbers stay",
                self.clock(at)
            ),
            (false, None) => {
                "kept until the run is over, and for seven days at most from then".to_owned()
            }
        }
    }

    fn let_pass(&self) -> Markup {
        let is_pass = |line: &&Audited| line.details.starts_with(LET_PASS);
        let passes: Vec<&Audited> = self.audited.iter().filter(is_pass).collect();
        html! {
            h3 { "Guards let pass" }
            @if passes.is_empty() {
                p { "None." }
            } @else {
                ul { @for line in passes { li { (line.details) " (" (line.user) ", " (self.clock(line.at)) ")" } } }
            }
        }
    }

    fn who(&self) -> Markup {
        html! {
            h3 { "Who did what with this run" }
            @if self.audited.is_empty() {
                p { "Nobody is on record." }
            } @else {
                div.wide {
                    table {
                        caption.hidden { "The audit of this run" }
                        thead { tr {
                            th scope="col" { "When" } th scope="col" { "Who" } th scope="col" { "Command" } th scope="col" { "What" }
                        } }
                        tbody {
                            @for line in &self.audited {
                                tr {
                                    th scope="row" { (self.clock(line.at)) }
                                    td data-label="Who" { (line.user) " at " (line.host) }
                                    td data-label="Command" { code { (line.verb) } } td data-label="What" { (told(line)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// How the audit's lines begin that say of a guard that it was let pass.
const LET_PASS: &str = "the guard ";

/// Commands of which the audit tells counts and guards.
const SENDING: [&str; 4] = ["sync", "resume", "retry", "resolve"];

/// What the audit tells of a command that sends. The page may be mailed: where files lie is nobody else's
/// business, and what people say of a reason may name somebody.
fn told(line: &Audited) -> String {
    if !SENDING.contains(&line.verb.as_str()) {
        return String::new();
    }
    let words = line.details.split(' ').map(|word| {
        if word.contains(['/', '\\']) {
            "…"
        } else {
            word
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

fn file(source: &ReadSource) -> Markup {
    html! {
        dt { "File" }
        dd {
            (source.origin.short()) ", " (counted(source.size, "byte"))
            @if !source.read_as.is_empty() { ", read as " (source.read_as) }
            ", SHA-256 " code.hash { (hex(&source.sha256)) }
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

//! What is wrong, one kind each, told apart by whether it is new: what to do, and why.

use maud::{Markup, html};

use super::{Page, figures::figure, section};
use crate::{
    journal::{CodeCount, RunState, Trouble, TroubleKind},
    record::RunId,
    report::{
        counted,
        findings::{Findings, explain},
        grouped,
    },
};

/// One kind of problem.
#[derive(Debug, Clone)]
pub(super) struct Task {
    pub(super) kind: TroubleKind,
    /// True for records in doubt that nothing but a word settles.
    is_stuck: bool,
    pub(super) code: String,
    /// The column or the field; empty where no single one is concerned.
    column: String,
    pub(super) count: u64,
    pub(super) fresh: u64,
    /// How many somebody has looked at and leaves as they are.
    pub(super) acknowledged: u64,
    /// When the oldest that stands was seen first, in milliseconds since 1970.
    pub(super) oldest: Option<i64>,
    message: &'static str,
    advice: &'static str,
    /// The first rows, in words.
    pub(super) places: String,
}

/// How many standing kinds are named among what is to be done; the tables have all.
const MOST_STANDING: usize = 8;

/// All kinds of problems of a run: new ones first, then the most frequent.
pub(super) fn tasks(findings: &Findings, troubles: &[Trouble]) -> Vec<Task> {
    let kinds = [
        (TroubleKind::Rejected, &findings.rejected, false),
        (TroubleKind::Failed, &findings.failed, false),
        (TroubleKind::InDoubt, &findings.stuck, true),
        (TroubleKind::Held, &findings.held, false),
        (TroubleKind::InDoubt, &findings.in_doubt, false),
    ];
    let mut all: Vec<Task> = Vec::new();
    for (kind, groups, is_stuck) in kinds {
        all.extend(groups.iter().map(|group| {
            let known = |one: &&Trouble| one.kind == kind && one.code == group.code;
            let trouble = troubles.iter().find(known);
            let places = findings.places(group);
            Task::of((kind, is_stuck), group, trouble, places)
        }));
    }
    all.sort_by_key(|task| std::cmp::Reverse((task.fresh > 0, task.count)));
    all
}

impl Task {
    /// Where nothing tells since when, everything is new.
    fn of(
        (kind, is_stuck): (TroubleKind, bool),
        group: &CodeCount,
        trouble: Option<&Trouble>,
        places: String,
    ) -> Self {
        let (message, advice) = match explain(&group.code) {
            (message, _) if is_stuck => (message, "`aca-sync resolve` settles it"),
            told => told,
        };
        let names = [group.column.as_str(), group.field.as_str()];
        let column = names.into_iter().find(|name| !name.is_empty());
        let fresh = trouble.map_or(group.count, |one| one.fresh.min(group.count));
        let known = trouble.map_or(0, |one| one.acknowledged.min(group.count - fresh));
        Self {
            kind,
            is_stuck,
            code: group.code.clone(),
            column: column.unwrap_or_default().to_owned(),
            count: group.count,
            fresh,
            acknowledged: known,
            oldest: trouble.and_then(|one| one.oldest),
            message,
            advice,
            places,
        }
    }

    pub(super) const fn standing(&self) -> u64 {
        self.count - self.fresh - self.acknowledged
    }

    pub(super) fn why(&self) -> Markup {
        html! {
            @if !self.column.is_empty() { b { (self.column) } ": " }
            (with_commands(self.message))
        }
    }

    pub(super) fn advice(&self) -> Markup {
        with_commands(self.advice)
    }

    const fn what(&self) -> &'static str {
        match self.kind {
            TroubleKind::Rejected => "rejected row",
            TroubleKind::Failed => "failed record",
            TroubleKind::Held => "held record",
            TroubleKind::InDoubt if self.is_stuck => "record in doubt that waits for your word",
            TroubleKind::InDoubt => "record in doubt",
        }
    }

    fn item(&self, count: u64, also: &str) -> Markup {
        let what = match self.what() {
            "record in doubt that waits for your word" if count > 1 => {
                format!(
                    "{} records in doubt that wait for your word",
                    grouped(count)
                )
            }
            "record in doubt" if count > 1 => format!("{} records in doubt", grouped(count)),
            what => counted(count, what),
        };
        html! {
            li {
                b { (what) } (also) ": " (self.why()) "; "
                em { (self.advice()) } ". "
                span.faint { (self.places) }
            }
        }
    }
}

impl Page {
    pub(super) fn to_do(&self) -> Markup {
        let (fresh, standing) = self.summary.problems();
        let first = self.first_steps();
        let new: Vec<&Task> = self.open.iter().filter(|task| task.fresh > 0).collect();
        let is_old = |task: &&Task| task.fresh == 0 && task.standing() > 0;
        let old: Vec<&Task> = self.open.iter().filter(is_old).collect();
        let known = self.summary.acknowledged();
        let is_older = fresh + standing + known != self.summary.open();
        let content = html! {
            @if first.is_empty() && self.open.is_empty() {
                p { "Nothing. Every row is accounted for." }
            }
            @if !first.is_empty() {
                h3 { "First" }
                ul.tasks { @for step in &first { li { (step) } } }
            }
            @if !self.open.is_empty() && is_older {
                p.faint { "New and standing ones were told apart when the work on the run ended; since then some were settled, or taken over by a later run." }
            }
            @if !new.is_empty() {
                h3 { "New" @if !is_older { ": " (figure("problems.new", fresh)) } }
                ul.tasks {
                    @for task in new {
                        @let also = match task.standing() {
                            0 => String::new(),
                            more => format!(" (and {} that stood before)", grouped(more)),
                        };
                        (task.item(task.fresh, &also))
                    }
                }
            }
            @if !old.is_empty() {
                h3 { "Standing since earlier runs" @if !is_older { ": " (figure("problems.standing", standing)) } }
                ul.tasks {
                    @for task in old.iter().take(MOST_STANDING) { (task.item(task.standing(), "")) }
                    @if old.len() > MOST_STANDING {
                        li { (counted((old.len() - MOST_STANDING) as u64, "kind")) " more, in the tables below." }
                    }
                }
            }
            @if known > 0 {
                p { "Acknowledged, and nothing to do: " (figure("problems.acknowledged", known)) "." }
            }
        };
        section("to-do", "To do", &content)
    }

    /// What comes before all problems of single rows.
    fn first_steps(&self) -> Vec<Markup> {
        let (run, place) = (self.run.id.0, &self.place);
        let records = self.summary.books.records;
        let mut steps = Vec::new();
        if let Some(rows) = self.undelivered_rows() {
            steps.push(html! {
                strong { "See to opt-outs that were not delivered" } ", " (rows)
                ": correct these rows and sync again today, or switch do-not-contact on in careCycle by hand."
            });
        }
        if self.run.state != RunState::Finished {
            let open = records.pending + records.in_flight;
            steps.push(html! {
                "Go on with the run: " code { "aca-sync resume " (run) (place) } " sends the "
                (counted(open, "record")) " that still wait."
            });
        }
        if self.findings().has_stuck() {
            steps.push(html! {
                "Settle what is in doubt: " code { "aca-sync resolve " (run) " --verify" (place) }
                " reads these customers back."
            });
        }
        if self.summary.books.imbalance().is_some() {
            steps.push(
                html! { strong { "The books of this run do not balance" } ": please report it." },
            );
        }
        steps
    }

    /// Why rows were rejected and records failed, with the rows.
    pub(super) fn failures(&self) -> Markup {
        let is_failure = |task: &&Task| task.kind != TroubleKind::Held;
        let failures: Vec<&Task> = self.tasks.iter().filter(is_failure).collect();
        let content = html! {
            @if failures.is_empty() {
                p { "No row was rejected and no record failed." }
            } @else {
                @if self.summary.closed().rows > 0 {
                    p {
                        (counted(self.summary.closed().rows, "rejected row")) " came back corrected since, in "
                        (runs_text(&self.summary.closed().by)) "."
                    }
                }
                div.wide {
                    table {
                        caption.hidden { "Rejected rows, failed records and records in doubt by reason" }
                        thead { tr {
                            th scope="col" { "What" } th.number scope="col" { "Count" } th scope="col" { "Why" }
                            th scope="col" { "What to do" } th scope="col" { "First rows" }
                        } }
                        tbody {
                            @for task in failures {
                                tr {
                                    th scope="row" { (task.kind.as_str().replace('_', " ")) }
                                    td.number data-label="Count" { (grouped(task.count)) }
                                    td data-label="Why" { (task.why()) " " code { (task.code) } }
                                    td data-label="What to do" { (task.advice()) }
                                    td data-label="First rows" { (task.places) }
                                }
                            }
                        }
                    }
                }
            }
        };
        section("failures", "What did not arrive, by reason", &content)
    }
}

fn runs_text(runs: &[RunId]) -> String {
    let runs: Vec<String> = runs.iter().map(|run| format!("run {}", run.0)).collect();
    runs.join(", ")
}

/// A text in which commands stand between backticks.
fn with_commands(text: &str) -> Markup {
    html! {
        @for (place, part) in text.split('`').enumerate() {
            @if place % 2 == 0 { (part) } @else { code { (part) } }
        }
    }
}

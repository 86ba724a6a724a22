//! What is held back on purpose, why, and for how long already.

use maud::{Markup, html};

use super::{Page, section, tasks::Task};
use crate::{
    journal::TroubleKind,
    report::{counted, grouped},
};

/// A day in milliseconds.
const DAY: i64 = 86_400_000;

impl Page {
    pub(super) fn held(&self) -> Markup {
        let is_held = |task: &&Task| task.kind == TroubleKind::Held;
        let held: Vec<&Task> = self.tasks.iter().filter(is_held).collect();
        let content = html! {
            @if held.is_empty() {
                p { "Nothing is held back." }
            } @else {
                p { "These records would do harm, or the API has refused just them before; they go once that is gone." }
                div.wide { (self.held_table(&held)) }
            }
            @if !self.acknowledgements.is_empty() { (self.acknowledged()) }
        };
        section("held", "Held back", &content)
    }

    fn held_table(&self, held: &[&Task]) -> Markup {
        html! {
            table {
                caption.hidden { "Records held back, by reason" }
                thead { tr {
                    th scope="col" { "Why" } th.number scope="col" { "Count" } th.number scope="col" { "New" }
                    th.number scope="col" { "Acknowledged" }
                    th scope="col" { "The oldest" } th scope="col" { "What to do" } th scope="col" { "First rows" }
                } }
                tbody {
                    @for task in held {
                        tr {
                            th scope="row" { (task.why()) " " code { (task.code) } }
                            td.number data-label="Count" { (grouped(task.count)) }
                            td.number data-label="New" { (grouped(task.fresh)) }
                            td.number data-label="Acknowledged" { (grouped(task.acknowledged)) }
                            td data-label="The oldest" { (self.age(task)) }
                            td data-label="What to do" { (task.advice()) }
                            td data-label="First rows" { (task.places) }
                        }
                    }
                }
            }
        }
    }

    /// What somebody leaves as it is. Why is free text, in which anything may stand, so it is not told.
    fn acknowledged(&self) -> Markup {
        html! {
            h3 { "Acknowledged" }
            div.wide {
                table {
                    caption.hidden { "What is acknowledged" }
                    thead { tr {
                        th scope="col" { "What" } th scope="col" { "By" } th scope="col" { "Since" }
                        th scope="col" { "Until" }
                    } }
                    tbody {
                        @for one in &self.acknowledgements {
                            tr {
                                th scope="row" { @match &one.code { Some(code) => code { (code) }, None => "one customer" } }
                                td data-label="By" { (one.user) }
                                td data-label="Since" { (self.clock(one.at)) ", " (self.days_since(one.at)) }
                                td data-label="Until" { @match one.until { Some(at) => (self.clock(at)), None => "for good" } }
                            }
                        }
                    }
                }
            }
        }
    }

    fn days_since(&self, at: i64) -> String {
        let days = (self.now().timestamp_millis() - at) / DAY;
        counted(u64::try_from(days).unwrap_or_default(), "day")
    }

    /// For how long the oldest has been there.
    fn age(&self, task: &Task) -> String {
        let Some(since) = task.oldest.filter(|_| task.standing() > 0) else {
            return if task.acknowledged == task.count {
                "acknowledged".to_owned()
            } else {
                "new in this run".to_owned()
            };
        };
        format!("{}, since {}", self.days_since(since), self.clock(since))
    }
}

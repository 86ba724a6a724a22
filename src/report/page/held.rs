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
        };
        section("held", "Held back", &content)
    }

    fn held_table(&self, held: &[&Task]) -> Markup {
        html! {
            table {
                caption.hidden { "Records held back, by reason" }
                thead { tr {
                    th scope="col" { "Why" } th.number scope="col" { "Count" } th.number scope="col" { "New" }
                    th scope="col" { "The oldest" } th scope="col" { "What to do" } th scope="col" { "First rows" }
                } }
                tbody {
                    @for task in held {
                        tr {
                            th scope="row" { (task.why()) " " code { (task.code) } }
                            td.number data-label="Count" { (grouped(task.count)) }
                            td.number data-label="New" { (grouped(task.fresh)) }
                            td data-label="The oldest" { (self.age(task)) }
                            td data-label="What to do" { (task.advice()) }
                            td data-label="First rows" { (task.places) }
                        }
                    }
                }
            }
        }
    }

    /// For how long the oldest has been there.
    fn age(&self, task: &Task) -> String {
        let Some(since) = task.oldest.filter(|_| task.standing() > 0) else {
            return "new in this run".to_owned();
        };
        let days = (self.now().timestamp_millis() - since) / DAY;
        let days = u64::try_from(days).unwrap_or_default();
        format!("{}, since {}", counted(days, "day"), self.clock(since))
    }
}

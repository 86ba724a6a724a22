//! The run's requests over time, and when the API asked to wait.

use maud::{Markup, html};

use super::{
    Page,
    chart::{Column, Part, columns},
    figures::figure,
    section,
};
use crate::{
    journal::{Stretch, Traffic},
    report::{counted, duration, grouped},
};

impl Page {
    pub(super) fn requests(&self) -> Markup {
        let content = match &self.traffic {
            None => html! { p { "No request was made for this run." } },
            Some(traffic) => self.traffic_picture(traffic),
        };
        section("requests", "Requests over time", &content)
    }

    fn traffic_picture(&self, traffic: &Traffic) -> Markup {
        let throttled: u64 = traffic.stretches.iter().map(|it| it.throttled).sum();
        let stretches = whole(traffic);
        let columns_of = stretches.iter().map(|stretch| Column {
            parts: parts(stretch),
            shaded: self.shaded(traffic, *stretch),
        });
        let drawn: Vec<Column> = columns_of.collect();
        let tells = |it: &&Stretch| it.sent > 0 || self.shaded(traffic, **it) > 0;
        let pauses = self.pace.count();
        html! {
            figure {
                figcaption {
                    "From " (self.clock(traffic.begun_at)) " on, a column for each " (width(traffic)) "; "
                    @if throttled == 0 {
                        "the API never asked to wait (429)."
                    } @else {
                        span.swatch.warn {} "the API asked to wait (429) " (counted(throttled, "time")) "."
                    }
                    br;
                    @if pauses > 0 { span.swatch.shade {} }
                    "Pauses: " (figure("pauses.count", pauses))
                    @if let Some(text) = self.pace.pauses_text() { (text) }
                    "."
                }
                (columns("traffic", "Requests over time", &drawn))
            }
            details {
                summary { "The same as a table" }
                table.narrow {
                    caption.hidden { "Requests over time" }
                    thead { tr {
                        th scope="col" { "Begun at" } th.number scope="col" { "Requests" } th.number scope="col" { "429" }
                        th.number scope="col" { "Paused" }
                    } }
                    tbody {
                        @for stretch in stretches.iter().filter(tells) {
                            tr {
                                th scope="row" { (self.second(begun_at(traffic, *stretch))) }
                                td.number { (grouped(stretch.sent)) } td.number { (grouped(stretch.throttled)) }
                                td.number { (duration(self.paused(traffic, *stretch))) }
                            }
                        }
                    }
                }
            }
        }
    }

    /// How many seconds of a stretch nothing was sent.
    fn paused(&self, traffic: &Traffic, stretch: Stretch) -> f64 {
        let from = begun_at(traffic, stretch);
        self.pace.paused_between(from, from + traffic.width)
    }

    /// The same in thousandths of the stretch.
    fn shaded(&self, traffic: &Traffic, stretch: Stretch) -> u64 {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "no stretch is longer than a week, and no pause of it shorter than nothing"
        )]
        ((self.paused(traffic, stretch) * 1e6 / traffic.width as f64).ceil() as u64)
    }

    /// A moment to the second.
    fn second(&self, at: i64) -> String {
        let seconds = at.rem_euclid(60_000) / 1000;
        format!("{}:{seconds:02}", self.clock(at))
    }
}

fn begun_at(traffic: &Traffic, stretch: Stretch) -> i64 {
    let number = i64::try_from(stretch.number).unwrap_or_default();
    traffic.begun_at + number * traffic.width
}

/// The stretches with those between them in which nothing was sent, as far as they fit a picture.
fn whole(traffic: &Traffic) -> Vec<Stretch> {
    let last = (traffic.ended_at - traffic.begun_at).max(0) / traffic.width.max(1);
    let last = u64::try_from(last).unwrap_or_default();
    let most = u64::try_from(super::STRETCHES).unwrap_or_default();
    (0..=last.min(most))
        .map(|number| {
            let found = traffic.stretches.iter().find(|it| it.number == number);
            found.copied().unwrap_or(Stretch {
                number,
                ..Stretch::default()
            })
        })
        .collect()
}

/// What was answered with 429 was sent, too.
fn parts(stretch: &Stretch) -> Vec<Part> {
    let throttled = stretch.throttled.min(stretch.sent);
    vec![
        Part::of("sent", "good", stretch.sent - throttled),
        Part::of("429", "warn", throttled),
    ]
}

fn width(traffic: &Traffic) -> String {
    match traffic.width / 1000 {
        1 => "second".to_owned(),
        60 => "minute".to_owned(),
        3_600 => "hour".to_owned(),
        86_400 => "day".to_owned(),
        604_800 => "week".to_owned(),
        seconds @ ..60 => format!("{seconds} seconds"),
        seconds @ ..3_600 => format!("{} minutes", seconds / 60),
        seconds => duration(f64::from(u32::try_from(seconds).unwrap_or(u32::MAX))),
    }
}

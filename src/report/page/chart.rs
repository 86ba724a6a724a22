//! Pictures as inline SVG: a bar of parts, and columns side by side. Whoever draws one puts a table beside it.

use maud::{Markup, html};

use crate::report::{counted, grouped};

/// A part of a bar or of a column.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    pub(super) name: &'static str,
    /// Its colour, by the name that the style gives it.
    pub(super) tone: &'static str,
    pub(super) count: u64,
}

impl Part {
    pub(super) const fn of(name: &'static str, tone: &'static str, count: u64) -> Self {
        Self { name, tone, count }
    }
}

/// A column of parts that stand on one another.
#[derive(Debug, Clone, Default)]
pub(super) struct Column {
    pub(super) parts: Vec<Part>,
    /// How much of its place is shaded, in thousandths.
    pub(super) shaded: u64,
}

impl Column {
    pub(super) const fn of(parts: Vec<Part>) -> Self {
        Self { parts, shaded: 0 }
    }
}

/// How wide a bar is, in units of its own.
const BAR: u64 = 1_000;
/// How wide a part is at least that is there at all.
const LEAST: u64 = 8;
/// How wide a column is with the gap beside it, and how high the highest.
const COLUMN: usize = 12;
const GAP: usize = 2;
/// For how many columns there is room at least.
const FEWEST: usize = 10;
const HEIGHT: u64 = 100;

/// A bar of parts, as wide as the page.
pub(super) fn bar(id: &str, title: &str, parts: &[Part]) -> Markup {
    let total: u64 = parts.iter().map(|part| part.count).sum();
    let there = parts.iter().filter(|part| part.count > 0);
    let mut at = 0;
    let mut drawn = Vec::new();
    for part in there.clone() {
        let width = share(part.count, total, BAR).max(LEAST);
        drawn.push((part.tone, at, width));
        at += width;
    }
    let words: Vec<String> = there
        .map(|part| format!("{} {}", grouped(part.count), part.name))
        .collect();
    let (title_id, desc_id) = (format!("{id}-title"), format!("{id}-desc"));
    html! {
        svg.bar role="img" aria-labelledby={ (title_id) " " (desc_id) }
            viewBox={ "0 0 " (at.max(1)) " 40" } preserveAspectRatio="none" {
            title id=(title_id) { (title) }
            desc id=(desc_id) { (words.join(", ")) }
            @if drawn.is_empty() {
                rect.none x="0" y="0" width="1" height="40" {}
            }
            @for (tone, at, width) in drawn {
                rect class=(tone) x=(at) y="0" width=(width) height="40" {}
            }
        }
    }
}

/// Columns side by side; the highest is as high as the picture.
pub(super) fn columns(id: &str, title: &str, columns: &[Column]) -> Markup {
    let height = |column: &Column| column.parts.iter().map(|part| part.count).sum::<u64>();
    let most = columns.iter().map(height).max().unwrap_or_default();
    // A few columns are not as wide as the page.
    let width = columns.len().max(FEWEST) * COLUMN;
    let (title_id, desc_id) = (format!("{id}-title"), format!("{id}-desc"));
    html! {
        svg.columns role="img" aria-labelledby={ (title_id) " " (desc_id) }
            viewBox={ "0 0 " (width) " " (HEIGHT) } preserveAspectRatio="none" {
            title id=(title_id) { (title) }
            desc id=(desc_id) {
                (counted(columns.len() as u64, "column")) ", the highest stands for " (grouped(most)) "; the table has the numbers"
            }
            rect.base x="0" y=(HEIGHT - 1) width=(width) height="1" {}
            @for (place, column) in columns.iter().enumerate() {
                @if column.shaded > 0 {
                    rect.shade x=(place * COLUMN) y="0" width=(shade(column.shaded)) height=(HEIGHT) {}
                }
                @for (tone, at, high) in stacked(&column.parts, most) {
                    rect class=(tone) x=(place * COLUMN) y=(at) width=(COLUMN - GAP) height=(high) {}
                }
            }
        }
    }
}

/// Tone, upper end and height of each part of a column.
fn stacked(parts: &[Part], most: u64) -> Vec<(&'static str, u64, u64)> {
    let mut top = HEIGHT;
    let there = parts.iter().filter(|part| part.count > 0);
    there
        .map(|part| {
            let high = share(part.count, most, HEIGHT).max(2).min(top);
            top -= high;
            (part.tone, top, high)
        })
        .collect()
}

/// The width of so many thousandths of a column's place, with the gap beside it.
fn shade(thousandths: u64) -> u64 {
    share(thousandths.min(1_000), 1_000, COLUMN as u64).max(1)
}

/// A count's share of so many units.
fn share(count: u64, of: u64, units: u64) -> u64 {
    let share = u128::from(count) * u128::from(units) / u128::from(of.max(1));
    u64::try_from(share).unwrap_or(units)
}

#[cfg(test)]
mod tests {
    use super::{Column, Part, bar, columns};

    #[test]
    fn a_part_that_is_there_is_seen_however_small_it_is() {
        let parts = [
            Part::of("good", "good", u64::MAX / 2),
            Part::of("bad", "bad", 1),
        ];

        let drawn = bar("id", "title", &parts).into_string();

        assert!(
            drawn.contains(r#"<rect class="bad" x="999" y="0" width="8""#),
            "{drawn}"
        );
    }

    #[test]
    fn columns_stay_within_their_picture() {
        let column = |high, low| {
            Column::of(vec![
                Part::of("high", "good", high),
                Part::of("low", "warn", low),
            ])
        };
        let shaded = Column {
            shaded: 2_000,
            ..Column::default()
        };

        let drawn = columns("id", "title", &[column(1_000, 1), column(0, 0), shaded]).into_string();

        assert!(drawn.contains(r#"viewBox="0 0 120 100""#), "{drawn}");
        assert!(drawn.contains(r#"y="1" width="10" height="99""#), "{drawn}");
        assert!(drawn.contains(r#"y="0" width="10" height="1""#), "{drawn}");
        assert!(
            drawn.contains(r#"<rect class="shade" x="24" y="0" width="12" height="100""#),
            "{drawn}"
        );
    }
}

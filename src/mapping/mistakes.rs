//! Where things stand in a mapping file, and the mistakes found so far.

use std::ops::Range;

use super::error::Mistake;

/// Something that stands in the file, and where.
#[derive(Debug, Clone)]
pub(super) struct Written<T> {
    pub(super) value: T,
    pub(super) place: Place,
}

/// Where something stands: its bytes and the key it belongs to.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) at: usize,
    /// The first byte behind it.
    end: usize,
    pub(super) key: String,
}

impl Place {
    /// The place of something of which only the start is known.
    pub(super) fn new(at: usize, key: impl Into<String>) -> Self {
        Self::of(at..at, key)
    }

    pub(super) fn of(span: Range<usize>, key: impl Into<String>) -> Self {
        Self {
            at: span.start,
            end: span.end,
            key: key.into(),
        }
    }
}

/// The mistakes found so far.
pub(super) struct Mistakes<'t> {
    text: &'t str,
    list: Vec<Mistake>,
}

impl<'t> Mistakes<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            list: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, place: &Place, message: impl Into<String>) {
        self.push(place, message.into(), None);
    }

    pub(super) fn add_with(
        &mut self,
        place: &Place,
        message: impl Into<String>,
        hint: impl Into<Option<String>>,
    ) {
        self.push(place, message.into(), hint.into());
    }

    /// The line of a place, counted from 1.
    pub(super) fn line(&self, at: usize) -> usize {
        let before = self.text.get(..at).unwrap_or(self.text);
        before.bytes().filter(|byte| *byte == b'\n').count() + 1
    }

    /// True for a text that was meant as a mapping. Somebody may have named an export instead, and what
    /// stands in that is shown to nobody.
    pub(super) fn is_mapping(&self) -> bool {
        let starts_rules = |line: &str| line.trim_start().starts_with("[fields");
        self.text.lines().any(starts_rules)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// All of them in the file's order.
    pub(super) fn into_list(mut self) -> Vec<Mistake> {
        self.list
            .sort_by_key(|mistake| (mistake.line, mistake.column));
        self.list.dedup();
        self.list
    }

    fn push(&mut self, place: &Place, message: String, hint: Option<String>) {
        let (before, from) = self
            .text
            .split_at_checked(place.at)
            .unwrap_or((self.text, ""));
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        let start = before.get(line_start..).unwrap_or_default();
        let rest = from.lines().next().unwrap_or_default();
        let length = place.end.saturating_sub(place.at);
        self.list.push(Mistake {
            line: self.line(place.at),
            column: start.chars().count() + 1,
            key: place.key.clone(),
            message,
            hint,
            source: self.is_mapping().then(|| format!("{start}{rest}")),
            // What goes on in other lines is marked to the end of its first.
            length: rest.get(..length).unwrap_or(rest).chars().count(),
        });
    }
}

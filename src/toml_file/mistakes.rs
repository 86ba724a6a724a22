//! Where things stand in a file, and the mistakes found so far.

use std::ops::Range;

use super::Mistake;

/// Something that stands in the file, and where.
#[derive(Debug, Clone)]
pub(crate) struct Written<T> {
    pub(crate) value: T,
    pub(crate) place: Place,
}

/// Where something stands: its bytes and the key it belongs to.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) at: usize,
    /// The first byte behind it.
    end: usize,
    pub(crate) key: String,
}

impl Place {
    /// The place of something of which only the start is known.
    pub(crate) fn new(at: usize, key: impl Into<String>) -> Self {
        Self::of(at..at, key)
    }

    pub(crate) fn of(span: Range<usize>, key: impl Into<String>) -> Self {
        Self {
            at: span.start,
            end: span.end,
            key: key.into(),
        }
    }
}

/// The mistakes found so far.
pub(crate) struct Mistakes<'t> {
    text: &'t str,
    shown: bool,
    quoted: &'static str,
    list: Vec<Mistake>,
}

impl<'t> Mistakes<'t> {
    /// Of a text whose lines are `shown` with their mistakes. `quoted` says what stands between quotes in it.
    pub(crate) const fn new(text: &'t str, shown: bool, quoted: &'static str) -> Self {
        Self {
            text,
            shown,
            quoted,
            list: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, place: &Place, message: impl Into<String>) {
        self.push(place, message.into(), None);
    }

    pub(crate) fn add_with(
        &mut self,
        place: &Place,
        message: impl Into<String>,
        hint: impl Into<Option<String>>,
    ) {
        self.push(place, message.into(), hint.into());
    }

    /// The line of a place, counted from 1.
    pub(crate) fn line(&self, at: usize) -> usize {
        let before = self.text.get(..at).unwrap_or(self.text);
        before.bytes().filter(|byte| *byte == b'\n').count() + 1
    }

    /// True where lines are shown.
    pub(crate) const fn are_shown(&self) -> bool {
        self.shown
    }

    /// What stands between quotes in such a file, as a hint.
    pub(crate) const fn of_quotes(&self) -> &'static str {
        self.quoted
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// All of them in the file's order.
    pub(crate) fn into_list(mut self) -> Vec<Mistake> {
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
            source: self.shown.then(|| format!("{start}{rest}")),
            // What goes on in other lines is marked to the end of its first.
            length: rest.get(..length).unwrap_or(rest).chars().count(),
        });
    }
}

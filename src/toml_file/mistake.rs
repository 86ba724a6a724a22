//! One mistake in a file, and how it is drawn: its line with the place marked, and what would be accepted.

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};

/// One mistake in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The line, counted from 1.
    pub line: usize,
    /// The character in the line, counted from 1.
    pub column: usize,
    /// The key concerned, with the sections that it lies in; empty when the file cannot be read.
    pub key: String,
    /// What is wrong.
    pub message: String,
    /// What would be accepted, or what to do.
    pub hint: Option<String>,
    /// The line as it stands in the file; none where it could hold what nobody is to see.
    pub source: Option<String>,
    /// How many characters of the line are meant; none where something is missing.
    pub length: usize,
}

impl Mistake {
    /// What is wrong, the line with the place marked, and what would be accepted.
    fn drawing<'m>(&'m self, file: &'m str) -> Group<'m> {
        let title = if self.key.is_empty() {
            self.message.clone()
        } else {
            format!("{}: {}", self.key, self.message)
        };
        let hint = self.hint.as_deref().map(|hint| Level::HELP.message(hint));
        let title = Level::ERROR.no_name().primary_title(title);
        let group = match &self.source {
            Some(source) => title.element(self.line(source).path(file)),
            None => title.element(Origin::path(file).line(self.line).char_column(self.column)),
        };
        group.elements(hint)
    }

    /// The line with the place marked.
    fn line<'m>(&self, source: &'m str) -> Snippet<'m, Annotation<'m>> {
        let byte = |characters: usize| {
            let mut places = source.char_indices().skip(characters);
            places.next().map_or(source.len(), |(byte, _)| byte)
        };
        let start = self.column.saturating_sub(1);
        let marked = byte(start)..byte(start + self.length);
        Snippet::source(source)
            .line_start(self.line)
            .annotation(AnnotationKind::Primary.span(marked))
    }
}

/// All mistakes of a file of that kind, such as a mapping, each below an empty line.
pub(crate) fn told(kind: &str, file: &str, mistakes: &[Mistake]) -> String {
    let renderer = Renderer::plain();
    let drawings = mistakes.iter().map(|mistake| {
        let drawing = renderer.render(&[mistake.drawing(file)]);
        format!("\n\n{drawing}")
    });
    let drawings: String = drawings.collect();
    let plural = if mistakes.len() == 1 { "" } else { "s" };
    let count = mistakes.len();
    format!("the {kind} {file} has {count} mistake{plural}{drawings}")
}

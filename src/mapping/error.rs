//! What is wrong with a mapping file by itself, and where a mapping and a file's header do not meet.

use std::fmt;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};

/// Everything that is wrong with one mapping file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// The file's name, as it was given.
    pub file: String,
    /// The mistakes, in the file's order; never empty.
    pub mistakes: Vec<Mistake>,
}

/// One mistake in a mapping file.
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
    /// The line as it stands in the file; none where the file may be something else than a mapping.
    pub source: Option<String>,
    /// How many characters of the line are meant; none where something is missing.
    pub length: usize,
}

/// Every column that a mapping asks for and a header does not have exactly once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BindError {
    /// The mapping's name.
    pub mapping: String,
    /// The columns, in the mapping's order; never empty.
    pub columns: Vec<ColumnMistake>,
}

/// One column that a header lacks, or has more than once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnMistake {
    /// The mapping's keys that ask for it, such as `fields.phoneNumber`.
    pub keys: Vec<String>,
    /// The column's name, as the mapping spells it; several where any one of them would do.
    pub columns: Vec<String>,
    /// Whether it is missing or doubled.
    pub what: Unmet,
}

/// How a header fails to have a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unmet {
    /// No column of that name.
    Missing {
        /// The header's name that comes closest.
        similar: Option<String>,
    },
    /// Several columns of that name.
    Doubled {
        /// Their numbers, counted from 1.
        numbers: Vec<usize>,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = counted(self.mistakes.len(), "mistake");
        write!(formatter, "the mapping {} has {count}", self.file)?;
        let renderer = Renderer::plain();
        for mistake in &self.mistakes {
            let drawing = renderer.render(&[mistake.drawing(&self.file)]);
            write!(formatter, "\n\n{drawing}")?;
        }
        Ok(())
    }
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

impl fmt::Display for BindError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = counted(self.columns.len(), "column");
        writeln!(
            formatter,
            "the file does not fit the mapping {}: {count} to put right\n",
            self.mapping
        )?;
        for (index, column) in self.columns.iter().enumerate() {
            if index > 0 {
                writeln!(formatter)?;
            }
            write!(formatter, "  {column}")?;
        }
        Ok(())
    }
}

impl fmt::Display for ColumnMistake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self
            .columns
            .iter()
            .map(|name| format!("{name:?}"))
            .collect();
        let names = names.join(" or ");
        write!(formatter, "{}: ", self.keys.join(", "))?;
        match &self.what {
            Unmet::Missing { similar: None } => write!(formatter, "no column {names}"),
            Unmet::Missing {
                similar: Some(similar),
            } => write!(formatter, "no column {names}; did you mean {similar:?}?"),
            Unmet::Doubled { numbers } => {
                let numbers: Vec<String> = numbers.iter().map(usize::to_string).collect();
                write!(
                    formatter,
                    "several columns are named {names}: numbers {}",
                    numbers.join(" and ")
                )
            }
        }
    }
}

impl std::error::Error for Error {}

impl std::error::Error for BindError {}

fn counted(count: usize, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}

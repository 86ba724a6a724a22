//! What is wrong with a configuration file.

use crate::toml_file::{Mistake, told};

/// Everything that is wrong with one configuration file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", told("configuration", file, mistakes))]
pub struct Error {
    /// The file's name, as it was given.
    pub file: String,
    /// The mistakes, in the file's order; never empty. None of them shows what stands in the file.
    pub mistakes: Vec<Mistake>,
}

impl Error {
    /// The mistakes on one line, each with its place.
    pub fn on_one_line(&self) -> String {
        let told = self.mistakes.iter().map(|mistake| {
            let (line, column, message) = (mistake.line, mistake.column, &mistake.message);
            let key = if mistake.key.is_empty() {
                String::new()
            } else {
                format!("{}: ", mistake.key)
            };
            format!("{}:{line}:{column}: {key}{message}", self.file)
        });
        told.collect::<Vec<_>>().join("; ")
    }
}

//! The texts that a workbook keeps once, however many cells show them.

use std::collections::HashMap;

#[derive(Default)]
pub(super) struct Strings {
    texts: Vec<String>,
    indexes: HashMap<String, u32>,
    uses: u32,
}

impl Strings {
    /// The text's number, which it gets when it is first seen.
    pub(super) fn index(&mut self, text: &str) -> u32 {
        self.uses += 1;
        if let Some(index) = self.indexes.get(text) {
            return *index;
        }
        let index = self.len();
        self.texts.push(text.to_owned());
        self.indexes.insert(text.to_owned(), index);
        index
    }

    pub(super) fn texts(&self) -> &[String] {
        &self.texts
    }

    /// How many texts there are.
    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.texts.len()).unwrap()
    }

    /// How many cells show one of them.
    pub(super) fn uses(&self) -> u32 {
        self.uses
    }
}

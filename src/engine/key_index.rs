//! Which customers a run has met: a key's record number, in some 30 bytes a record.

use hashbrown::HashTable;

use crate::record::RecordKey;

/// Record numbers by key, in the order in which the keys were first met.
#[derive(Default)]
pub(super) struct KeyIndex {
    /// By number.
    keys: Vec<RecordKey>,
    /// Numbers, found by their key's hash; the keys themselves lie in `keys` only.
    numbers: HashTable<u32>,
    /// Numbers given to later parts, which have no key of their own here.
    parts: u32,
}

impl KeyIndex {
    /// The number of a customer met before.
    pub(super) fn find(&self, key: &RecordKey) -> Option<u32> {
        self.numbers
            .find(key.spread(), |number| {
                self.keys.get(*number as usize) == Some(key)
            })
            .copied()
    }

    /// Gives a customer that was not met before its number.
    pub(super) fn add(&mut self, key: RecordKey) -> u32 {
        let number = self.count();
        self.keys.push(key);
        let keys = &self.keys;
        self.numbers.insert_unique(key.spread(), number, |number| {
            keys.get(*number as usize).map_or(0, RecordKey::spread)
        });
        number
    }

    /// The key of a number.
    pub(super) fn key(&self, number: u32) -> Option<RecordKey> {
        self.keys.get(number as usize).copied()
    }

    /// A number for a later part of a customer; no customer may be added after that.
    pub(super) fn add_part(&mut self) -> u32 {
        let number = self.count() + self.parts;
        self.parts += 1;
        number
    }

    fn count(&self) -> u32 {
        u32::try_from(self.keys.len()).unwrap_or(u32::MAX)
    }
}

//! A record's or a policy's values by contract field, in contract order.

use crate::{contract::Field, normalize::Value};

/// Values by their field's place in a contract table, each place at most once, in the table's order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Fields {
    values: Vec<(u8, Value)>,
}

impl Fields {
    /// No values, with room for `capacity`.
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            values: Vec::with_capacity(capacity),
        }
    }

    /// True when no field has a value.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// How many fields have a value.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// The value of the field at that place.
    pub fn get(&self, index: usize) -> Option<&Value> {
        self.position(index)
            .ok()
            .and_then(|at| self.values.get(at))
            .map(|(_, value)| value)
    }

    /// The text of the field of that name in `table`.
    pub fn text(&self, table: &[Field], name: &str) -> Option<&str> {
        let index = table.iter().position(|field| field.name == name)?;
        self.get(index)?.as_text()
    }

    /// Gives the field at that place a value, replacing an earlier one.
    pub fn set(&mut self, index: usize, value: Value) {
        let Ok(place) = u8::try_from(index) else {
            return;
        };
        match self.position(index) {
            Ok(at) => {
                if let Some(slot) = self.values.get_mut(at) {
                    slot.1 = value;
                }
            }
            Err(at) if at == self.values.len() => self.values.push((place, value)),
            Err(at) => self.values.insert(at, (place, value)),
        }
    }

    /// All values with their places, in the table's order.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &Value)> {
        self.values
            .iter()
            .map(|(index, value)| (usize::from(*index), value))
    }

    fn position(&self, index: usize) -> Result<usize, usize> {
        // Mappings fill fields in the table's order, so a new one nearly always goes last.
        match self.values.last() {
            Some((last, _)) if usize::from(*last) < index => Err(self.values.len()),
            None => Err(0),
            Some(_) => self
                .values
                .binary_search_by_key(&index, |(place, _)| usize::from(*place)),
        }
    }
}

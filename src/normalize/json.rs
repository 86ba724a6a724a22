//! Cells for fields that take any JSON: what is JSON goes as it is meant, a text in quotes too; all else is text.

use super::{Clean, Value, text};

/// JSON without white space between its parts, the members of objects in order. A bare `null` says nothing, as a blank cell does; clearing is
/// what the mapping's `on_blank` is for.
pub(super) fn normalize(cell: &str) -> Clean {
    let cell = text::trim(cell);
    if cell.is_empty() {
        return text::nothing(None);
    }
    match serde_json::from_str::<serde_json::Value>(cell) {
        Ok(serde_json::Value::Null) => text::nothing(None),
        Ok(value) => Clean::of(Value::Json(value.to_string().into())),
        Err(_) => Clean::of(Value::text(cell)),
    }
}

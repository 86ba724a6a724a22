//! The one object that `--json` prints: what those of all commands have in common.

use serde_json::{Value, json};

/// The version of the objects' shape. Members are only ever added to it; where one goes, or comes to mean
/// something else, it rises.
const SCHEMA_VERSION: u32 = 1;

/// The object of a command that ends with `exit`, with these members; without it for one that goes on.
pub fn object(exit: impl Into<Option<u8>>, members: Value) -> Value {
    let mut object = json!({ "schema_version": SCHEMA_VERSION });
    if let (Some(object), Value::Object(members)) = (object.as_object_mut(), members) {
        object.extend(exit.into().map(|exit| ("exit".to_owned(), exit.into())));
        object.extend(members);
    }
    object
}

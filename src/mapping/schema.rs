//! The JSON Schema of a mapping file, by which editors complete and check what is typed.
//!
//! Fields, words and limits come from the contract, the words of keys from the rules that read them. A
//! schema says less than `mapping check`: it never refuses what that accepts, and leaves to it what takes
//! more than one look, such as a pattern that cannot be read or a word that is listed twice.

use serde_json::{Map, Value, json};

use super::{
    compile_rule::{Duty, lookups},
    rule::{Blank, Invalid, NoMatch, Otherwise},
    schema_sections::{guard, record, source, tests},
};
use crate::contract::{Contract, Field, Kind, Presence, Rule, Target, Word};

/// The dialect that the schema is written in.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// A column's name: something, and no name of this program's own.
const COLUMN: &str = r"^\s*[^_\s]";

/// What a rule feeds, as far as its keys differ by it.
#[derive(Clone, Copy)]
struct Role {
    kind: Kind,
    duty: Duty,
    /// The API finds customers or policies by it.
    is_matched: bool,
    /// Of an id in the path: its place.
    place: usize,
}

/// The schema of mapping files for all targets.
pub fn schema() -> Value {
    let mut targets: Vec<Value> = Target::ALL
        .iter()
        .map(|target| mapping(target.contract()))
        .collect();
    let mut schema = match targets.pop() {
        Some(only) if targets.is_empty() => only,
        last => {
            targets.extend(last);
            json!({ "oneOf": targets })
        }
    };
    if let Some(members) = schema.as_object_mut() {
        members.insert("$schema".to_owned(), json!(DIALECT));
        members.insert("title".to_owned(), json!("aca-sync mapping"));
        members.insert("$defs".to_owned(), definitions());
    }
    schema
}

/// A key of a section with what it takes and what it says.
pub(super) fn keyed(says: &str, mut takes: Value) -> Value {
    if let Some(members) = takes.as_object_mut() {
        members.insert("description".to_owned(), json!(says));
    }
    takes
}

/// A table with these keys and no other.
pub(super) fn table(properties: Value) -> Value {
    let mut table = Map::new();
    table.insert("type".to_owned(), json!("object"));
    table.insert("additionalProperties".to_owned(), json!(false));
    table.insert("properties".to_owned(), properties);
    Value::Object(table)
}

pub(super) fn column() -> Value {
    json!({ "type": "string", "pattern": COLUMN })
}

fn mapping(contract: &'static Contract) -> Value {
    let matching = &contract.matching;
    let mut properties = json!({
        "version": keyed("the version of the format", json!({ "const": 1 })),
        "name": keyed("runs and guards know the mapping by it", json!({ "type": "string", "pattern": r"\S" })),
        "target": keyed("the API operation that the mapping feeds", json!({ "const": contract.name })),
        "source": source(),
        "guard": guard(),
        "record": record(contract),
        "test": tests(contract),
    });
    let mut sections = vec![];
    if let Some(members) = properties.as_object_mut() {
        if !contract.path_ids.is_empty() {
            members.insert("path".to_owned(), path(contract));
            sections.push("path");
        }
        if !contract.body_fields().is_empty() {
            members.insert("fields".to_owned(), fields(contract));
            sections.push("fields");
        }
        if contract.policies.is_some() {
            let mut section = table(rules(
                contract.policy_fields(),
                (matching.policy, &[]),
                false,
            ));
            let required = required(contract.policy_fields());
            if contract.is_of_policy()
                && let Some(members) = section.as_object_mut()
            {
                members.insert("required".to_owned(), json!(required));
                sections.push("policy");
            }
            let says = "one policy of the customer: field = \"column\", or a table";
            members.insert("policy".to_owned(), keyed(says, section));
        }
        if let Some(list) = &contract.custom_fields {
            let rules = json!({
                "type": "object",
                "maxProperties": list.max,
                "propertyNames": { "pattern": r"[^\s_]" },
                "additionalProperties": Role::custom().reference(),
            });
            let says = "your account's own fields, by the keys of your settings page";
            members.insert("custom_fields".to_owned(), keyed(says, rules));
        }
    }
    let mut mapping = table(properties);
    if let Some(members) = mapping.as_object_mut() {
        let required = [vec!["version", "name", "target"], sections].concat();
        members.insert("required".to_owned(), json!(required));
    }
    mapping
}

/// `[path]`: the API's ids that stand in the request's path.
fn path(contract: &'static Contract) -> Value {
    let ids = contract.path_ids.iter().enumerate().map(|(place, id)| {
        let says = format!("the API's id of the {}: a column, or a table", id.about);
        let role = Role::of_path(place);
        (id.field.to_owned(), keyed(&says, role.reference()))
    });
    let mut section = table(Value::Object(ids.collect()));
    if let Some(members) = section.as_object_mut() {
        let names: Vec<&str> = contract.path_ids.iter().map(|id| id.field).collect();
        members.insert("required".to_owned(), json!(names));
    }
    keyed("the ids in the request's path", section)
}

/// The names of the fields that the API always asks for.
fn required(fields: &'static [Field]) -> Vec<&'static str> {
    let required = fields.iter();
    let required = required.filter(|field| field.presence == Presence::Required);
    required.map(|field| field.name).collect()
}

/// `[fields]`, with what the API always asks for.
fn fields(contract: &'static Contract) -> Value {
    let required = required(contract.body_fields());
    let groups = contract.rules.iter().map(|Rule::AnyOf { fields, .. }| {
        let any = fields.iter().map(|name| json!({ "required": [name] }));
        json!({ "anyOf": any.collect::<Vec<_>>() })
    });
    let rules = rules(
        contract.body_fields(),
        (contract.matching.customer, contract.opt_outs),
        true,
    );
    let mut section = table(rules);
    if let Some(members) = section.as_object_mut() {
        members.insert("required".to_owned(), json!(required));
        let groups: Vec<Value> = groups.collect();
        if !groups.is_empty() {
            members.insert("allOf".to_owned(), json!(groups));
        }
    }
    keyed("the customer: field = \"column\", or a table", section)
}

/// A rule for each field, described as the contract describes it.
fn rules(
    fields: &'static [Field],
    (matched, opt_outs): (&[&str], &[&str]),
    is_customer: bool,
) -> Value {
    let rules = fields.iter().map(|field| {
        let role = Role::of(field, (matched, opt_outs), is_customer);
        let says = format!("{} ({})", field.about, field.kind.describe());
        (field.name.to_owned(), keyed(&says, role.reference()))
    });
    Value::Object(rules.collect())
}

/// A rule: the name of a column, or a table.
fn rule(role: Role) -> Value {
    let keys = RULE_KEYS.iter().filter_map(|(key, _)| {
        let takes = takes(key, role)?;
        Some(((*key).to_owned(), takes))
    });
    let mut long = table(Value::Object(keys.collect::<Map<_, _>>()));
    let about_cells = [
        "column",
        "values",
        "formats",
        "capture",
        "on_blank",
        "on_invalid",
        "else_from",
        "optional",
    ];
    let excluded = about_cells.map(|key| json!({ "required": [key] }));
    let origins = ["column", "value", "template", "count", "join", "else_from"]
        .map(|key| json!({ "required": [key] }));
    if let Some(members) = long.as_object_mut() {
        members.insert("anyOf".to_owned(), json!(origins));
        let pairs =
            json!({ "otherwise": ["values"], "capture": ["no_match"], "no_match": ["capture"] });
        members.insert("dependentRequired".to_owned(), pairs);
        let alone = json!({ "value": { "not": { "anyOf": excluded } } });
        members.insert("dependentSchemas".to_owned(), alone);
    }
    json!({ "anyOf": [{ "$ref": "#/$defs/column_name" }, long] })
}

/// The keys of a rule and what they say.
const RULE_KEYS: &[(&str, &str)] = &[
    (
        "column",
        "the column, or a list of which the first that is not blank counts",
    ),
    ("value", "the same value for every row; stands alone"),
    (
        "template",
        "a text with columns in braces, such as \"{first_name} {last_name}\"",
    ),
    ("part", "that part of a whole name"),
    ("count", "how many columns are not blank"),
    ("join", "a text for each number that columns have, joined"),
    ("values", "words of the file translated into the API's"),
    ("otherwise", "what a word means that `values` does not list"),
    ("formats", "how dates are written, such as %m/%d/%Y"),
    (
        "capture",
        "a pattern; its group `value`, else its first group, is the part of the cell that counts",
    ),
    (
        "no_match",
        "what a cell means that `capture` does not match",
    ),
    ("pad", "how many digits an id has, leading zeros among them"),
    ("zone", "the time zone of the column's time stamps"),
    ("on_blank", "what a blank cell means"),
    ("on_invalid", "what a cell means that cannot be used"),
    (
        "else_from",
        "the state field that gives the time zone when the cell is blank or the column absent",
    ),
    ("allow_opt_in", "send false as well"),
    ("optional", "a file may lack the column"),
    (
        "lookup",
        "the field whose id the column holds; the API's own is what its earlier answers told for it",
    ),
];

/// What a key takes in a rule of that role; none where it has no place.
fn takes(key: &str, role: Role) -> Option<Value> {
    let shared = || json!({ "$ref": format!("#/$defs/{key}") });
    let is_date = matches!(role.kind, Kind::Date | Kind::BirthDate);
    let can_clear = !role.is_matched
        && !matches!(
            role.duty,
            Duty::Required | Duty::Path | Duty::NeverNull | Duty::Custom
        );
    let one_of = |words: &mut dyn Iterator<Item = &'static str>| json!({ "enum": words.collect::<Vec<_>>() });
    Some(match key {
        "column" if role.is_matched => json!({ "$ref": "#/$defs/one_column" }),
        "value" if role.is_matched || role.kind == Kind::BirthDate => return None,
        "values" | "template" if role.is_matched => return None,
        "zone" if role.kind != Kind::Date => return None,
        "value" => value(role.kind),
        "values" => json!({ "type": "object", "additionalProperties": value(role.kind) }),
        "formats" if !is_date => return None,
        "else_from" if role.duty != Duty::Zone => return None,
        "allow_opt_in" if role.duty != Duty::OptOut => return None,
        "no_match" | "on_blank" if !can_clear => {
            let words: Vec<&str> = if key == "no_match" {
                NoMatch::WORDS.iter().map(|(word, _)| *word).collect()
            } else {
                Blank::WORDS.iter().map(|(word, _)| *word).collect()
            };
            one_of(&mut words.into_iter().filter(|word| *word != "clear"))
        }
        "on_invalid" if role.is_matched => {
            let words = Invalid::WORDS.iter().map(|(word, _)| *word);
            one_of(&mut words.filter(|word| *word != "omit"))
        }
        "lookup" if role.duty != Duty::Path => return None,
        "lookup" => json!({ "enum": lookups(role.place) }),
        "optional" if matches!(role.duty, Duty::Required | Duty::Path) => json!({ "const": false }),
        _ => shared(),
    })
}

/// A value that the mapping spells itself. The API's words are offered; others may mean the same.
fn value(kind: Kind) -> Value {
    let scalar = json!({ "$ref": "#/$defs/scalar" });
    let words: Vec<&str> = kind.words().iter().map(|word| word.text).collect();
    match kind {
        Kind::Choice(_) => json!({ "anyOf": [{ "enum": words }, scalar] }),
        _ => scalar,
    }
}

/// What the rules share, by the key that it belongs to.
fn definitions() -> Value {
    let words = |words: Vec<&str>| json!({ "enum": words });
    let list = json!({ "type": "array", "items": column(), "minItems": 1 });
    let fields = Target::ALL
        .iter()
        .flat_map(|target| target.contract().fields);
    let states = fields.filter(|field| field.kind == Kind::State);
    let states: Vec<&str> = states.map(|field| field.name).collect();
    let shared = json!({
        "column_name": keyed("a column's name, ignoring case, spaces and underscores", column()),
        "one_column": { "anyOf": [column(), { "type": "array", "items": column(), "minItems": 1, "maxItems": 1 }] },
        "scalar": { "type": ["string", "number", "boolean"] },
        "column": { "anyOf": [column(), list] },
        "otherwise": words(Otherwise::WORDS.iter().map(|(word, _)| *word).collect()),
        "formats": { "type": "array", "items": { "type": "string" } },
        "capture": { "type": "string", "pattern": r"\(" },
        "no_match": words(NoMatch::WORDS.iter().map(|(word, _)| *word).collect()),
        "template": { "type": "string", "pattern": r"\{" },
        "part": { "enum": ["first", "last"] },
        "count": count(),
        "join": join(),
        "pad": { "type": "integer", "minimum": 2 },
        "zone": { "type": "string" },
        "on_blank": words(Blank::WORDS.iter().map(|(word, _)| *word).collect()),
        "on_invalid": words(Invalid::WORDS.iter().map(|(word, _)| *word).collect()),
        "else_from": { "enum": states },
        "allow_opt_in": { "type": "boolean" },
        "optional": { "type": "boolean" },
    });
    let Value::Object(shared) = shared else {
        return shared;
    };
    let described = shared.into_iter().map(|(key, takes)| {
        let says = RULE_KEYS.iter().find(|(known, _)| *known == key);
        let takes = says.map_or(takes.clone(), |(_, says)| keyed(says, takes));
        (key, takes)
    });
    let rules = roles().into_iter().map(|role| (role.name(), rule(role)));
    Value::Object(described.chain(rules).collect())
}

/// `count = { … }`: columns, `{n}` standing for any number in their names.
fn count() -> Value {
    let columns =
        json!({ "anyOf": [column(), { "type": "array", "items": column(), "minItems": 1 }] });
    let mut count =
        table(json!({ "columns": columns, "plus": { "type": "integer", "minimum": 0 } }));
    if let Some(members) = count.as_object_mut() {
        members.insert("required".to_owned(), json!(["columns"]));
    }
    count
}

/// `join = { … }`: a template for each number, and what stands between two of them.
fn join() -> Value {
    let text = json!({ "type": "string" });
    let each = json!({ "anyOf": [text, { "type": "array", "items": text, "minItems": 1 }] });
    let mut join = table(json!({ "each": each, "with": text }));
    if let Some(members) = join.as_object_mut() {
        members.insert("required".to_owned(), json!(["each"]));
    }
    join
}

/// Every role that a rule can have; some come more than once.
fn roles() -> Vec<Role> {
    let mut roles = vec![Role::custom(), Role::of_path(0), Role::of_path(1)];
    for contract in Target::ALL.iter().map(|target| target.contract()) {
        let matching = &contract.matching;
        let customer = contract.body_fields().iter();
        roles.extend(
            customer.map(|field| Role::of(field, (matching.customer, contract.opt_outs), true)),
        );
        let policy = contract.policy_fields().iter();
        roles.extend(policy.map(|field| Role::of(field, (matching.policy, &[]), false)));
    }
    roles
}

impl Role {
    fn of(field: &Field, (matched, opt_outs): (&[&str], &[&str]), is_customer: bool) -> Self {
        let duty = match field.kind {
            _ if field.presence == Presence::Required => Duty::Required,
            _ if field.presence == Presence::Optional => Duty::NeverNull,
            _ if opt_outs.contains(&field.name) => Duty::OptOut,
            Kind::TimeZone if is_customer => Duty::Zone,
            _ => Duty::Plain,
        };
        Self {
            kind: field.kind,
            duty,
            is_matched: matched.contains(&field.name),
            place: 0,
        }
    }

    /// A name for what its rule takes; roles of one name take the same.
    fn name(self) -> String {
        let name = match (self.duty, self.kind) {
            (Duty::Path, _) if self.place == 0 => "rule_path_customer",
            (Duty::Path, _) => "rule_path_policy",
            _ if self.is_matched => "rule_id",
            (Duty::Required, Kind::Choice(words)) => return choice("rule_required_choice", words),
            (Duty::NeverNull, Kind::Choice(words)) => {
                return choice("rule_never_null_choice", words);
            }
            (Duty::Required, _) => "rule_required",
            (Duty::NeverNull, _) => "rule_never_null",
            (Duty::OptOut, _) => "rule_opt_out",
            (Duty::Zone, _) => "rule_time_zone",
            (Duty::Custom, _) => "rule_custom",
            (Duty::Plain, Kind::BirthDate) => "rule_birth_date",
            (Duty::Plain, Kind::Date) => "rule_date",
            (Duty::Plain, Kind::Choice(words)) => return choice("rule_choice", words),
            (Duty::Plain, _) => "rule",
        };
        name.to_owned()
    }

    fn reference(self) -> Value {
        json!({ "$ref": format!("#/$defs/{}", self.name()) })
    }

    const fn of_path(place: usize) -> Self {
        Self {
            kind: Kind::Uuid,
            duty: Duty::Path,
            is_matched: true,
            place,
        }
    }

    const fn custom() -> Self {
        Self {
            kind: Kind::Text { max: usize::MAX },
            duty: Duty::Custom,
            is_matched: false,
            place: 0,
        }
    }
}

/// A list's name by its first word, which no two lists share.
fn choice(role: &str, words: &[Word]) -> String {
    let first = words.first().map_or("", |word| word.text);
    format!("{role}_{}", first.replace(' ', "_"))
}

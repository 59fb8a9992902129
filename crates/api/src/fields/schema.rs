//! The JSON Schema (2020-12, as OpenAPI 3.1 uses it) of a request body, made from the same table
//! that reads it.

use serde_json::{Map, Value, json};

use super::{Field, Kind, NOT_BLANK};
use framewright_core::url_rules::MAX_URL_BYTES;

/// The schema of an endpoint's body; `more_models` are the names that configuration adds.
#[must_use]
pub fn schema(fields: &[Field], more_models: &[String]) -> Value {
    let properties: Map<String, Value> = fields
        .iter()
        .map(|field| (field.name.to_owned(), property(field, more_models)))
        .collect();
    let required: Vec<&str> = fields
        .iter()
        .filter(|field| field.required)
        .map(|field| field.name)
        .collect();
    json!({ "type": "object", "properties": properties, "required": required })
}

/// One field; an optional one may also be `null` or `""`, which mean that it is absent.
fn property(field: &Field, more_models: &[String]) -> Value {
    let mut schema = kind(field.kind, more_models);
    if !field.required {
        schema = match schema.get_mut("enum").and_then(Value::as_array_mut) {
            Some(allowed) => {
                allowed.extend([json!(""), Value::Null]);
                schema
            }
            None => json!({ "anyOf": [schema, { "enum": ["", null] }] }),
        };
    }
    schema["description"] = json!(field.about);
    schema
}

fn kind(kind: Kind, more_models: &[String]) -> Value {
    match kind {
        Kind::Text { max } => json!({
            "type": "string", "minLength": 1, "maxLength": max,
            "allOf": [{ "pattern": NOT_BLANK }, { "pattern": "^[^\\u0000]*$" }]
        }),
        Kind::Choice(words) => json!({ "enum": words }),
        Kind::Model(words) => {
            let all: Vec<&str> = words
                .iter()
                .copied()
                .chain(more_models.iter().map(String::as_str))
                .collect();
            json!({ "enum": all })
        }
        Kind::OneOf(numbers) => json!({ "enum": numbers_and_texts(numbers.iter().copied()) }),
        Kind::Whole { min, max } => json!({ "enum": numbers_and_texts(min..=max) }),
        Kind::Fraction => json!({ "anyOf": [
            { "type": "number", "minimum": 0, "maximum": 1 },
            { "type": "string", "pattern": "^(0(\\.[0-9]+)?|1(\\.0+)?)$" }
        ] }),
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::MediaUrl | Kind::WebhookUrl => json!({
            "type": "string", "maxLength": MAX_URL_BYTES,
            "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://[^\\s\\\\]+$"
        }),
        Kind::Secret { max } => {
            json!({ "type": "string", "maxLength": max, "pattern": "^[\\u0021-\\u007e]+$" })
        }
        Kind::TaskId => json!({ "type": "string", "minLength": 1 }),
        Kind::TaskIds { min, max } => json!({
            "type": "array", "items": { "type": "string" }, "minItems": min, "maxItems": max
        }),
    }
}

/// Whole numbers as numbers and as text, as the reader takes them.
fn numbers_and_texts(numbers: impl Iterator<Item = i64> + Clone) -> Vec<Value> {
    let texts = numbers.clone().map(|number| json!(number.to_string()));
    numbers.map(|number| json!(number)).chain(texts).collect()
}

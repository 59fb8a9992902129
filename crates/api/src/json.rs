//! Reads a body as JSON, strictly: one object, no key twice, no deeper than 32. Not a reader of
//! fields: what the object means is `fields`' business.
//!
//! Two readers of one body that has a key twice see two requests, and a depth that one of them
//! cannot take brings it down; so neither is accepted here, although `serde_json` would.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::error::Problem;

/// Arrays and objects inside one another.
const MAX_DEPTH: usize = 32;

/// The object in `body`.
///
/// # Errors
/// One problem that says where the text stops being JSON, or what else is wrong with it.
pub fn read_object(body: &[u8]) -> Result<Map<String, Value>, Problem> {
    if body.is_empty() {
        return Err(Problem::request(
            "the body is empty; send a JSON object with the fields of this endpoint",
        ));
    }
    let mut reader = serde_json::Deserializer::from_slice(body);
    let value = Strict { depth: 0 }
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value))
        .map_err(|error| Problem::request(format!("the body is not valid JSON: {error}")))?;
    match value {
        Value::Object(object) => Ok(object),
        _ => Err(Problem::request("the body must be a JSON object")),
    }
}

/// Builds a value and counts how deep it stands.
#[derive(Clone, Copy)]
struct Strict {
    depth: usize,
}

impl Strict {
    fn inside<E: Error>(self) -> Result<Self, E> {
        match self.depth < MAX_DEPTH {
            true => Ok(Self {
                depth: self.depth + 1,
            }),
            false => Err(E::custom(format_args!(
                "it is nested deeper than {MAX_DEPTH}"
            ))),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("a number is out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inside)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(inside)?;
            if object.insert(key, value).is_some() {
                return Err(A::Error::custom("an object has the same key twice"));
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::read_object;

    #[test]
    fn an_ordinary_object_is_read_in_order() {
        let object = read_object(br#" {"b":[1,2.5,-3],"a":{"c":null,"d":"x"}} "#)
            .expect("it is a plain object");
        assert_eq!(
            serde_json::to_string(&object).expect("it is plain"),
            r#"{"b":[1,2.5,-3],"a":{"c":null,"d":"x"}}"#
        );
    }

    #[test]
    fn thirty_two_levels_pass_and_one_more_does_not() {
        let nested =
            |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
        assert!(read_object(nested(31).as_bytes()).is_ok());
        assert!(read_object(nested(32).as_bytes()).is_err());
    }

    #[test]
    fn what_is_not_one_plain_object_is_refused() {
        for body in [
            "",
            "[]",
            "null",
            "{",
            "{}x",
            "{} {}",
            "// c\n{}",
            "{'a':1}",
            r#"{"a":1,"a":2}"#,
            r#"{"pr\u006fmpt":"a","prompt":"b"}"#,
            r#"{"x":{"a":1,"a":1}}"#,
            r#"{"a":1e999}"#,
            r#"{"a":NaN}"#,
            r#"{"a":"\ud83d"}"#,
            "{\"a\":\"\u{0}\"}",
            "\u{feff}{}",
        ] {
            assert!(read_object(body.as_bytes()).is_err(), "{body:?}");
        }
    }
}

//! A body as JSON: one object in which no field stands twice; and what is wrong with it, in words for people.
//!
//! Owns those words. Never knows a command.

use std::fmt;

use serde::de::{DeserializeOwned, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::{Map, Value};

#[cfg(test)]
mod tests;

/// The object that a body is. The error is a sentence.
pub(crate) fn object(body: &[u8]) -> Result<Map<String, Value>, String> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let parsed = json.deserialize_any(Strict).and_then(|value| json.end().map(|()| value));
    match parsed {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(other) => Err(format!("the body must be an object, {{...}}, not {}", kind_of(&other))),
        Err(error) => Err(match error.classify() {
            Category::Eof => "the body is not JSON: it ends too early".to_owned(),
            Category::Data => without_place(&error.to_string()).to_owned(),
            Category::Syntax | Category::Io => {
                format!("the body is not JSON: line {}, column {}", error.line(), error.column())
            }
        }),
    }
}

/// What the fields say. The error is a sentence.
pub(crate) fn read<T: DeserializeOwned>(fields: Map<String, Value>) -> Result<T, String> {
    serde_path_to_error::deserialize(Value::Object(fields)).map_err(|error| {
        let path = error.path().to_string();
        let at = if path == "." { "the body" } else { &path };
        reword(at, &error.inner().to_string())
    })
}

/// Any JSON, in which no object has a field twice.
struct Strict;

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            if fields.contains_key(&name) {
                return Err(A::Error::custom(format_args!("the field {name} is there twice")));
            }
            fields.insert(name, map.next_value_seed(Strict)?);
        }
        Ok(Value::Object(fields))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(Strict)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
}

impl<'de> serde::de::DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Value, D::Error> {
        json.deserialize_any(self)
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// serde speaks to programmers: the same for people, where its sentence is known.
fn reword(at: &str, said: &str) -> String {
    let said = without_place(said);
    if let Some(name) = said.strip_prefix("missing field ") {
        let name = name.trim_matches('`');
        return match at {
            "the body" => format!("the field {name} is missing"),
            at => format!("the field {name} of {at} is missing"),
        };
    }
    if let Some((name, fields)) = after(said, "unknown field ") {
        return match fields {
            None => format!("there is no field {name}; leave it out"),
            Some(fields) => format!("there is no field {name}; there is {fields}"),
        };
    }
    if let Some((given, Some(allowed))) = after(said, "unknown variant ") {
        return format!("{at} must be {allowed}, not {given:?}");
    }
    let wrong = said.strip_prefix("invalid type: ").or(said.strip_prefix("invalid value: "));
    if let Some((given, expected)) = wrong.and_then(|rest| rest.rsplit_once(", expected ")) {
        return format!("{at} must be {}, not {}", wanted(expected), shown(given));
    }
    if said.starts_with("UUID parsing failed") {
        return format!("{at} must be a UUID");
    }
    format!("{at}: {said}")
}

/// The name, and what would have been right, of `{start}`name`, expected one of `a`, `b``.
fn after(said: &str, start: &str) -> Option<(String, Option<String>)> {
    let rest = said.strip_prefix(start)?;
    // A list of several has commas of its own.
    let (name, expected) = rest.split_once(", expected ").or_else(|| rest.rsplit_once(", "))?;
    let listed = expected.contains('`').then(|| expected.replace('`', ""));
    Some((name.trim_matches('`').to_owned(), listed))
}

fn wanted(expected: &str) -> &str {
    match expected {
        "u8" => "a whole number from 0 to 255",
        "a nonzero u8" => "a whole number from 1 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" => "a whole number, 0 or more",
        "a string" | "a borrowed string" | "str" | "string or map" => "a text",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a map" => "an object",
        _ if expected.contains("UUID") => "a UUID",
        _ if expected.contains("enum ") || expected.contains("struct ") => "an object",
        _ => expected,
    }
}

fn shown(given: &str) -> String {
    match given.split_once(' ') {
        Some(("string", text)) => text.to_owned(),
        Some(("integer" | "boolean", value)) => value.trim_matches('`').to_owned(),
        Some(("floating", value)) => {
            value.trim_start_matches("point ").trim_matches('`').to_owned()
        }
        _ => match given {
            "map" => "an object".to_owned(),
            "sequence" => "a list".to_owned(),
            other => other.to_owned(),
        },
    }
}

fn without_place(said: &str) -> &str {
    said.rsplit_once(" at line ").map_or(said, |(said, _)| said)
}

//! The settings file: TOML to one list of names and texts.
//!
//! Owns its shape: plain keys, and `[limits]`. Never interprets a value; that is done by the same parsers that
//! read flags and environment.

use std::collections::BTreeMap;
use std::path::Path;

use clap::{Args as _, Command};
use toml::{Table, Value};

use super::limits::Limits;
use super::settings::Settings;

const LIMITS: &str = "limits";
/// The one setting that is a list.
const LIST: &str = "allowed_origins";

/// The texts of each setting named in a file, by field name.
pub(super) type FileValues = BTreeMap<String, Vec<String>>;

/// Reads and checks the names in a settings file. The error is one sentence.
pub(super) fn read(path: &Path) -> Result<FileValues, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("the settings file {} cannot be read: {error}", path.display()))?;
    parse(&text)
        .map_err(|sentence| format!("the settings file {} is refused: {sentence}", path.display()))
}

pub(super) fn parse(text: &str) -> Result<FileValues, String> {
    let table: Table =
        text.parse().map_err(|error: toml::de::Error| error.to_string().trim_end().to_owned())?;
    let mut values = FileValues::new();
    for (key, value) in table {
        if key != LIMITS {
            add(&mut values, &key, &value)?;
            continue;
        }
        let limits = value
            .as_table()
            .ok_or("limits must be a table: write [limits] and the limits below it")?;
        for (key, value) in limits {
            add(&mut values, &format!("{LIMITS}.{key}"), value)?;
        }
    }
    Ok(values)
}

fn add(values: &mut FileValues, key: &str, value: &Value) -> Result<(), String> {
    if !known_keys().iter().any(|known| known == key) {
        return Err(unknown(key));
    }
    if value.is_array() && key != LIST {
        return Err(format!("{key} is one value, not a list"));
    }
    let items = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    let texts = items.iter().map(|item| scalar(key, item)).collect::<Result<_, _>>()?;
    values.insert(key.rsplit('.').next().unwrap_or(key).to_owned(), texts);
    Ok(())
}

fn scalar(key: &str, value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Integer(number) => Ok(number.to_string()),
        Value::Float(number) => Ok(number.to_string()),
        Value::Boolean(flag) => Ok(flag.to_string()),
        Value::Datetime(_) | Value::Array(_) | Value::Table(_) => {
            Err(format!("{key} must be a text, a number, true or false"))
        }
    }
}

fn unknown(key: &str) -> String {
    let known = known_keys();
    let last = |name: &str| name.rsplit('.').next().unwrap_or(name).to_owned();
    let nearest = known.iter().max_by(|a, b| {
        let likeness = |name: &str| strsim::jaro_winkler(&last(name), &last(key));
        likeness(a).total_cmp(&likeness(b))
    });
    match nearest {
        Some(name) => format!("there is no setting {key:?}; the nearest is {name:?}"),
        None => format!("there is no setting {key:?}"),
    }
}

/// The key of each setting as the file spells it.
pub(super) fn known_keys() -> Vec<String> {
    let settings = Settings::augment_args(Command::new(""));
    let ids = settings.get_arguments().map(|arg| arg.get_id().as_str());
    ids.filter(|id| *id != "config").map(key_of).collect()
}

/// How the file spells the setting with this field name.
pub(super) fn key_of(id: &str) -> String {
    let limits = Limits::augment_args(Command::new(""));
    let is_limit = limits.get_arguments().any(|arg| arg.get_id() == id);
    if is_limit { format!("{LIMITS}.{id}") } else { id.to_owned() }
}

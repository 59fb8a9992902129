//! `"env:NAME"` and `"file:PATH"` in provider tables: the value stands elsewhere. Reads them once,
//! at start, so that a missing one is known before the first task needs it.

use std::{env, fs};

use toml::Value;

use super::{
    ConfigError,
    layers::{Origin, Setting},
};

/// Replaces every reference inside the value of a provider list.
///
/// # Errors
/// [`ConfigError::Setting`] when a variable is not set or a file cannot be read.
pub(super) fn resolve(setting: &mut Setting) -> Result<(), ConfigError> {
    if setting.path != ["provider"] {
        return Ok(());
    }
    let origin = setting.origin.clone();
    visit(&mut setting.value, &origin)
}

fn visit(value: &mut Value, origin: &Origin) -> Result<(), ConfigError> {
    match value {
        Value::String(text) => {
            if let Some(secret) = read(text, origin)? {
                *text = secret;
            }
            Ok(())
        }
        Value::Array(items) => items.iter_mut().try_for_each(|item| visit(item, origin)),
        Value::Table(table) => table
            .iter_mut()
            .try_for_each(|(_, item)| visit(item, origin)),
        _ => Ok(()),
    }
}

/// The secret that `text` refers to; `None` when it is no reference.
fn read(text: &str, origin: &Origin) -> Result<Option<String>, ConfigError> {
    let refuse = |problem| ConfigError::Setting {
        origin: origin.clone(),
        problem,
    };
    if let Some(name) = text.strip_prefix("env:") {
        let missing = |_| refuse(format!("{text:?}: set the environment variable {name}"));
        return env::var(name).map(Some).map_err(missing);
    }
    let Some(path) = text.strip_prefix("file:") else {
        return Ok(None);
    };
    let content = fs::read_to_string(path).map_err(|error| refuse(format!("{text:?}: {error}")))?;
    match content.lines().next().map(str::trim_end) {
        Some(line) if !line.is_empty() => Ok(Some(line.to_owned())),
        _ => Err(refuse(format!("{text:?}: the first line is empty"))),
    }
}

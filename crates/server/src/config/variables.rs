//! Settings from the environment: which variable names which setting, and how its text becomes a
//! value. The variable wins over the file.

use toml::Value;

use super::{
    ConfigError,
    layers::{Layers, Origin, Setting},
};

const PREFIX: &str = "FRAMEWRIGHT_";

/// Variables of ours that are no settings: secrets, read where they are used, and the file's name.
const OTHERS: [&str; 6] = [
    "FRAMEWRIGHT_BOOTSTRAP_KEY",
    "FRAMEWRIGHT_CONFIG",
    "FRAMEWRIGHT_MASTER_KEY",
    "FRAMEWRIGHT_S3_ACCESS_KEY_ID",
    "FRAMEWRIGHT_S3_SECRET_ACCESS_KEY",
    "FRAMEWRIGHT_S3_SESSION_TOKEN",
];

/// The variable of a setting: `FRAMEWRIGHT_WEBHOOKS_PER_RECEIVER` for `webhooks.per_receiver`,
/// `FRAMEWRIGHT_LISTEN` for `server.listen`.
pub(super) fn name_of(path: &[String]) -> String {
    let path = match path {
        [section, rest @ ..] if section == "server" && !rest.is_empty() => rest,
        path => path,
    };
    format!("{PREFIX}{}", path.join("_").to_uppercase())
}

/// The settings among `environment`, and the names that begin like ours and are none.
///
/// Unknown ones are not an error, unlike in the file: Kubernetes sets `FRAMEWRIGHT_PORT` and more
/// by itself in every pod beside a service of our name.
pub(super) fn read(
    layers: &Layers,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<(Vec<Setting>, Vec<String>), ConfigError> {
    let (mut found, mut unknown) = (Vec::new(), Vec::new());
    let paths = layers.paths();
    for (variable, text) in environment {
        if !variable.starts_with(PREFIX) || OTHERS.contains(&variable.as_str()) {
            continue;
        }
        let Some(path) = paths.iter().find(|path| name_of(path) == variable) else {
            unknown.push(variable);
            continue;
        };
        let origin = Origin::Variable(variable);
        let value = value(&text, layers.find(path), &origin)?;
        found.push(Setting {
            path: path.clone(),
            value,
            origin,
        });
    }
    Ok((found, unknown))
}

/// Reads `text` as the type that the setting has now. Text that does not fit stays text: reading
/// the whole configuration then says what was expected.
fn value(text: &str, now: Option<&Value>, origin: &Origin) -> Result<Value, ConfigError> {
    let listed = matches!(now, None | Some(Value::Array(_) | Value::Table(_)));
    if listed && text.trim_start().starts_with(['[', '{']) {
        return toml::from_str::<toml::Table>(&format!("value = {text}"))
            .ok()
            .and_then(|mut table| table.remove("value"))
            .ok_or_else(|| ConfigError::Setting {
                origin: origin.clone(),
                problem: "the value is not a TOML array or inline table".to_owned(),
            });
    }
    let plain = || Value::String(text.to_owned());
    Ok(match now {
        Some(Value::Integer(_)) => text.trim().parse().map_or_else(|_| plain(), Value::Integer),
        Some(Value::Boolean(_)) => text.trim().parse().map_or_else(|_| plain(), Value::Boolean),
        Some(Value::Array(_)) => {
            let items = text
                .split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty());
            Value::Array(items.map(|item| Value::String(item.to_owned())).collect())
        }
        _ => plain(),
    })
}

//! APIFRAME as an upstream: its first API, which is also the one that this server speaks, and its
//! second, which is another product with other models. One kind with a setting `version`, since they
//! are one vendor's and one account's.

mod v1;
mod v2;

use std::sync::Arc;

use crate::provider::Provider;
use crate::registry::{Context, SettingsError};

/// The kind `apiframe`: the settings of every vendor, `version` (`v1`, which is meant without it, or
/// `v2`), and those of the version.
///
/// # Errors
/// [`SettingsError`] for an unknown or wrong setting.
pub fn make(
    name: &str,
    table: &toml::Table,
    context: &Context,
) -> Result<Arc<dyn Provider>, SettingsError> {
    let mut table = table.clone();
    let version = table.remove("version");
    match version.as_ref().map(toml::Value::as_str) {
        None | Some(Some("v1")) => v1::make(name, &table, context),
        Some(Some("v2")) => v2::make(name, &table, context),
        Some(_) => Err(SettingsError::Setting {
            provider: name.to_owned(),
            why: "version must be \"v1\" or \"v2\"".to_owned(),
        }),
    }
}

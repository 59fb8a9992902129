//! The configuration: read from the embedded defaults, a file, the environment and the command
//! line, checked as a whole before anything starts. What the settings mean stands in
//! `config.default.toml`.

mod bounds;
mod layers;
mod routes;
mod secrets;
pub mod sections;
mod storage;
mod values;
mod variables;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use toml::Value;

use self::layers::{Layers, Setting};
pub use self::{
    layers::{DEFAULTS, Origin},
    sections::{Config, Extend, LogFormat, Provider, Role, Route},
    storage::{BlobLinks, BlobPlace, S3},
};

/// Why there is no configuration. Every case says where and what to do.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("cannot read the configuration file {}: {source}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{path} line {line}: not TOML: {problem}")]
    Syntax {
        path: String,
        line: usize,
        problem: String,
    },
    #[error("{origin}: {problem}")]
    Setting { origin: Origin, problem: String },
    #[error("{0}")]
    Together(String),
}

/// What the command line sets, over file and environment.
#[derive(Debug, Default, Clone)]
pub struct Overrides {
    pub data: Option<PathBuf>,
    pub listen: Option<String>,
    pub role: Option<String>,
    pub tls_cert: Option<PathBuf>,
    pub tls_key: Option<PathBuf>,
}

impl Overrides {
    fn settings(self) -> impl Iterator<Item = Setting> {
        let text = |path: PathBuf| path.display().to_string();
        [
            ("data", "--data", self.data.map(text)),
            ("listen", "--listen", self.listen),
            ("role", "--role", self.role),
            ("tls_cert", "--tls-cert", self.tls_cert.map(text)),
            ("tls_key", "--tls-key", self.tls_key.map(text)),
        ]
        .into_iter()
        .filter_map(|(key, option, value)| {
            let path = vec!["server".to_owned(), key.to_owned()];
            Some(Setting {
                path,
                value: Value::String(value?),
                origin: Origin::Option(option),
            })
        })
    }
}

/// A configuration that has been read, and what is worth a word about it.
#[derive(Debug)]
pub struct Loaded {
    pub config: Config,
    /// Environment variables that begin like ours and are no settings.
    pub ignored_variables: Vec<String>,
}

/// Reads the layers one over the other.
///
/// # Errors
/// The first thing that is wrong, with its line, variable or option.
pub fn load(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (String, String)>,
    overrides: Overrides,
) -> Result<Loaded, ConfigError> {
    let mut layers = Layers::defaults();
    if let Some(path) = file {
        let text = fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        lay_all(
            &mut layers,
            layers::of_file(&path.display().to_string(), &text)?,
        )?;
    }
    let (variables, ignored_variables) = variables::read(&layers, environment)?;
    lay_all(&mut layers, variables)?;
    lay_all(&mut layers, overrides.settings())?;
    Ok(Loaded {
        config: layers.finish()?,
        ignored_variables,
    })
}

fn lay_all(
    layers: &mut Layers,
    settings: impl IntoIterator<Item = Setting>,
) -> Result<(), ConfigError> {
    for mut setting in settings {
        secrets::resolve(&mut setting)?;
        layers.lay(setting)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;

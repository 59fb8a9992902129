//! How the settings come together: the defaults, over them the file, over them the environment,
//! over them the command line. Each setting is laid on alone and the whole is read again, so that
//! whatever is wrong with it is reported with the line or the variable that it came from. (A
//! configuration has a hundred settings at most and is read once.)

use std::fmt;

use serde::Deserialize;
use toml::{Table, Value, de::DeTable};

use super::{ConfigError, bounds, sections::Config};

/// The embedded defaults, which are the manual too.
pub const DEFAULTS: &str = include_str!("../config.default.toml");

/// Tables whose keys are the operator's.
const OPEN: [&str; 1] = ["aliases"];

/// Lists of tables, which are not in the defaults.
const LISTS: [&str; 2] = ["provider", "route"];

/// Where a setting was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    File { path: String, line: usize },
    Variable(String),
    Option(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line } => write!(out, "{path} line {line}"),
            Self::Variable(name) => write!(out, "the environment variable {name}"),
            Self::Option(name) => write!(out, "the option {name}"),
        }
    }
}

/// One setting of one layer.
pub(super) struct Setting {
    pub(super) path: Vec<String>,
    pub(super) value: Value,
    pub(super) origin: Origin,
}

/// The settings so far, as a table that always reads as a [`Config`].
pub(super) struct Layers {
    table: Table,
    config: Config,
}

impl Layers {
    /// The defaults alone.
    pub(super) fn defaults() -> Self {
        let table: Table = toml::from_str(DEFAULTS).expect("a test reads the embedded defaults");
        let config = Config::deserialize(table.clone()).expect("a test reads the defaults' types");
        Self { table, config }
    }

    /// Whether the defaults have a setting, or an open table, of this path.
    pub(super) fn knows(&self, path: &[String]) -> bool {
        is_list(path) || is_open(path) || self.find(path).is_some_and(|value| !value.is_table())
    }

    /// The default (or what has been laid over it), to learn the type from.
    pub(super) fn find(&self, path: &[String]) -> Option<&Value> {
        let (last, above) = path.split_last()?;
        let mut table = &self.table;
        for name in above {
            table = table.get(name)?.as_table()?;
        }
        table.get(last)
    }

    /// The names inside a section, for a message.
    fn siblings(&self, path: &[String]) -> Vec<String> {
        let section = match path {
            [] | [_] => Some(&self.table),
            [above @ .., _] => self.find(above).and_then(Value::as_table),
        };
        section
            .map(|table| table.keys().cloned().collect())
            .unwrap_or_default()
    }

    /// Every setting that exists, by path.
    pub(super) fn paths(&self) -> Vec<Vec<String>> {
        let mut paths: Vec<_> = LISTS.iter().map(|name| vec![(*name).to_owned()]).collect();
        for (section, value) in &self.table {
            let section = section.clone();
            match value.as_table() {
                Some(table) if !is_open(std::slice::from_ref(&section)) => {
                    paths.extend(table.keys().map(|key| vec![section.clone(), key.clone()]));
                }
                _ => paths.push(vec![section]),
            }
        }
        paths
    }

    /// Lays one setting over the rest.
    ///
    /// # Errors
    /// [`ConfigError::Setting`] when there is no such setting or the value does not fit it.
    pub(super) fn lay(&mut self, setting: Setting) -> Result<(), ConfigError> {
        let Setting {
            path,
            value,
            origin,
        } = setting;
        let refuse = |problem: String| ConfigError::Setting {
            origin: origin.clone(),
            problem,
        };
        if !self.knows(&path) {
            return Err(refuse(self.unknown(&path)));
        }
        let mut table = self.table.clone();
        insert(&mut table, &path, value);
        let name = path.join(".");
        let config = Config::deserialize(table.clone())
            .map_err(|error| refuse(format!("{name}: {}", first_line(error.message()))))?;
        bounds::single(&config).map_err(refuse)?;
        (self.table, self.config) = (table, config);
        Ok(())
    }

    /// The whole, once every layer lies.
    ///
    /// # Errors
    /// [`ConfigError::Together`] when settings contradict each other.
    pub(super) fn finish(self) -> Result<Config, ConfigError> {
        bounds::together(&self.config).map_err(ConfigError::Together)?;
        Ok(self.config)
    }

    fn unknown(&self, path: &[String]) -> String {
        let (name, known) = (path.join("."), self.siblings(path).join(", "));
        let place = match path {
            [_] => "the sections are".to_owned(),
            [section, ..] if self.table.contains_key(section) => format!("[{section}] has"),
            _ => return self.unknown(&path[..1]),
        };
        format!("there is no setting {name:?}; {place}: {known}")
    }
}

fn is_list(path: &[String]) -> bool {
    matches!(path, [name] if LISTS.contains(&name.as_str()))
}

fn is_open(path: &[String]) -> bool {
    matches!(path, [name] if OPEN.contains(&name.as_str()))
}

fn insert(table: &mut Table, path: &[String], value: Value) {
    match path {
        [] => {}
        [last] => {
            table.insert(last.clone(), value);
        }
        [first, rest @ ..] => {
            let below = table
                .entry(first.clone())
                .or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(below) = below {
                insert(below, rest, value);
            }
        }
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// The settings of a file, in its order, each with its line.
///
/// # Errors
/// [`ConfigError::Syntax`] when the text is not TOML.
pub(super) fn of_file(path: &str, text: &str) -> Result<Vec<Setting>, ConfigError> {
    let syntax = |error: toml::de::Error| ConfigError::Syntax {
        path: path.to_owned(),
        line: error.span().map_or(1, |span| line_of(text, span.start)),
        problem: error.message().to_owned(),
    };
    let table: Table = toml::from_str(text).map_err(syntax)?;
    let spans = DeTable::parse(text).map_err(syntax)?;
    let mut found = Vec::new();
    let mut above = Vec::new();
    collect(
        &table,
        spans.get_ref(),
        &mut above,
        &mut |path_in, value, at| {
            let line = line_of(text, at);
            let origin = Origin::File {
                path: path.to_owned(),
                line,
            };
            found.push(Setting {
                path: path_in.to_vec(),
                value: value.clone(),
                origin,
            });
        },
    );
    found.sort_by_key(|setting| match setting.origin {
        Origin::File { line, .. } => line,
        _ => 0,
    });
    Ok(found)
}

/// Calls `each` with every leaf of `table`: its path, its value, and the offset of its key.
fn collect(
    table: &Table,
    spans: &DeTable<'_>,
    above: &mut Vec<String>,
    each: &mut impl FnMut(&[String], &Value, usize),
) {
    for (key, place) in spans {
        let name = key.get_ref().to_string();
        let Some(value) = table.get(&name) else {
            continue;
        };
        above.push(name);
        match (value.as_table(), place.get_ref().as_table()) {
            (Some(inner), Some(places)) if !is_open(above) => collect(inner, places, above, each),
            _ => each(above, value, key.span().start),
        }
        above.pop();
    }
}

/// The number of the line that holds the byte at `offset`, from 1.
fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes()
        .iter()
        .take(offset)
        .filter(|byte| **byte == b'\n')
        .count()
        + 1
}

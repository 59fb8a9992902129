//! What a request gave, field by field, after reading: typed, and the absent told apart from the
//! wrong. Not the spec of a task: an endpoint makes that from these.

use super::Field;

/// What became of one field.
#[derive(Clone, Debug, PartialEq)]
pub enum Given {
    /// Left out, `null` or `""`.
    Absent,
    /// Given, and a problem was noted; rules between fields stay silent about it.
    Wrong,
    Text(String),
    Whole(i64),
    Number(f64),
    Flag(bool),
    Texts(Vec<String>),
}

/// The fields of one request, in the order of the endpoint's table.
#[derive(Clone, Debug, Default)]
pub struct Values {
    given: Vec<(&'static str, Given)>,
}

impl Values {
    pub(super) fn push(&mut self, field: &Field, given: Given) {
        self.given.push((field.name, given));
    }

    fn get(&self, name: &str) -> Option<&Given> {
        self.given
            .iter()
            .find(|(field, _)| *field == name)
            .map(|(_, given)| given)
    }

    /// Whether the field was left out (and not merely wrong).
    #[must_use]
    pub fn is_absent(&self, name: &str) -> bool {
        matches!(self.get(name), None | Some(Given::Absent))
    }

    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Given::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The text of a required field; empty only where a problem was noted.
    #[must_use]
    pub fn words(&self, name: &str) -> String {
        self.text(name).unwrap_or_default().to_owned()
    }

    #[must_use]
    pub fn whole(&self, name: &str) -> Option<i64> {
        match self.get(name)? {
            Given::Whole(number) => Some(*number),
            _ => None,
        }
    }

    /// A duration in seconds, or the default where none was given.
    #[must_use]
    pub fn seconds(&self, name: &str, default: u32) -> u32 {
        self.whole(name)
            .and_then(|number| u32::try_from(number).ok())
            .unwrap_or(default)
    }

    #[must_use]
    pub fn number(&self, name: &str) -> Option<f64> {
        match self.get(name)? {
            Given::Number(number) => Some(*number),
            _ => None,
        }
    }

    #[must_use]
    pub fn flag(&self, name: &str) -> Option<bool> {
        match self.get(name)? {
            Given::Flag(flag) => Some(*flag),
            _ => None,
        }
    }

    #[must_use]
    pub fn texts(&self, name: &str) -> &[String] {
        match self.get(name) {
            Some(Given::Texts(texts)) => texts,
            _ => &[],
        }
    }

    /// The same text for two requests that say the same, whatever their order, white space and
    /// spelling: what the idempotency hash is taken over. A default that is written out counts as
    /// said: defaults and aliases are the server's, and a replay must find its task although they
    /// have changed since.
    #[must_use]
    pub fn canonical(&self) -> String {
        let mut text = String::new();
        for (name, given) in &self.given {
            let value = match given {
                Given::Absent | Given::Wrong => continue,
                Given::Text(value) => format!("{value:?}"),
                Given::Whole(value) => value.to_string(),
                Given::Number(value) => value.to_string(),
                Given::Flag(value) => value.to_string(),
                Given::Texts(values) => format!("{values:?}"),
            };
            text.push_str(name);
            text.push('=');
            text.push_str(&value);
            text.push('\n');
        }
        text
    }
}

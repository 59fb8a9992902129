//! The domain of Framewright as values and rules: no IO.

pub mod address;
pub mod url_rules;

//! How single values are read: texts that are addresses, networks or URLs, and "" for none.

use std::{fmt::Display, str::FromStr};

use framewright_core::address::range;
use ipnet::IpNet;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, de::Error};

/// A text that is a `T`.
pub(super) fn parsed<'de, T, D>(from: D) -> Result<T, D::Error>
where
    T: FromStr<Err: Display>,
    D: Deserializer<'de>,
{
    let text = String::deserialize(from)?;
    text.parse()
        .map_err(|error| D::Error::custom(format!("{text:?}: {error}")))
}

/// A text that is a `T`, or none when it is empty.
pub(super) fn optional<'de, T, D>(from: D) -> Result<Option<T>, D::Error>
where
    T: FromStr<Err: Display>,
    D: Deserializer<'de>,
{
    let text = String::deserialize(from)?;
    if text.is_empty() {
        return Ok(None);
    }
    let value = text
        .parse()
        .map_err(|error| D::Error::custom(format!("{text:?}: {error}")))?;
    Ok(Some(value))
}

/// A text that is never shown, `""` for none.
pub(super) fn secret<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SecretString>, D::Error> {
    let text = String::deserialize(from)?;
    Ok((!text.is_empty()).then(|| text.into()))
}

/// A list of networks; a single address is the network of itself.
pub(super) fn networks<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<IpNet>, D::Error> {
    let texts = Vec::<String>::deserialize(from)?;
    let read =
        |text: &String| range(text).map_err(|error| D::Error::custom(format!("{text:?} {error}")));
    texts.iter().map(read).collect()
}

//! One line of the list as a value: what is sent, and what is expected. It knows no server.

use std::io::Read;

use anyhow::Context;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

const CASES: &str = include_str!("../../data/bad_inputs.jsonl");

/// How a case is acted out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// One well-formed HTTP request, whatever its body.
    Plain,
    /// Bytes on a socket of its own.
    Socket,
    /// Several steps, or a peer that misbehaves.
    Steps,
}

/// One case.
#[derive(Clone, Debug)]
pub struct Case {
    /// Such as `URL-004`.
    pub id: String,
    /// The id up to its dash.
    pub category: String,
    pub how: How,
    pub method: String,
    pub path: String,
    /// `200`, `400`, `401`, `4xx`, `never5xx` or `no-connect`.
    pub expect: String,
    /// What is wrong with it, for people; the acted-out cases are told apart by it.
    pub note: String,
    /// Exactly these, where the case names any.
    pub headers: Option<Vec<(String, String)>>,
    pub body: Vec<u8>,
}

/// Every case of the list, in its order.
///
/// # Errors
/// For a line that is no case.
pub fn all() -> anyhow::Result<Vec<Case>> {
    let read = |line: &str| {
        let value: Value = serde_json::from_str(line)?;
        read(&value)
    };
    CASES
        .lines()
        .map(|line| read(line).with_context(|| line.chars().take(100).collect::<String>()))
        .collect()
}

impl Case {
    /// The body as JSON; null where it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

fn read(value: &Value) -> anyhow::Result<Case> {
    let text = |name: &str| {
        let text = value[name].as_str();
        text.map(str::to_owned)
            .with_context(|| format!("no {name}"))
    };
    Ok(Case {
        id: text("id")?,
        category: text("cat")?,
        how: match value["how"].as_str() {
            Some("json" | "raw") => How::Plain,
            Some("http") => How::Socket,
            _ => How::Steps,
        },
        method: text("method")?,
        path: text("path")?,
        expect: text("expect")?,
        note: text("note")?,
        headers: headers(value)?,
        body: body(value)?,
    })
}

fn headers(value: &Value) -> anyhow::Result<Option<Vec<(String, String)>>> {
    let given = match value["headers_gz_b64"].as_str() {
        Some(packed) => serde_json::from_slice(&unpack(packed)?)?,
        None => value["headers"].clone(),
    };
    let pair = |(name, value): (&String, &Value)| {
        let value = value.as_str().unwrap_or_default();
        (name.clone(), value.to_owned())
    };
    Ok(given
        .as_object()
        .map(|given| given.iter().map(pair).collect()))
}

fn body(value: &Value) -> anyhow::Result<Vec<u8>> {
    if let Some(packed) = value["body_gz_b64"].as_str() {
        return unpack(packed);
    }
    match (value["body_b64"].as_str(), &value["body"]) {
        (Some(text), _) => Ok(STANDARD.decode(text)?),
        (None, Value::Null) => Ok(Vec::new()),
        (None, body) => Ok(body.to_string().into_bytes()),
    }
}

fn unpack(packed: &str) -> anyhow::Result<Vec<u8>> {
    let packed = STANDARD.decode(packed)?;
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut bytes)?;
    Ok(bytes)
}

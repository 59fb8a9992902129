//! A request that is written down before it is sent: path and JSON body, with the media left out
//! and named instead, so that the text is small, and whole again at every resend. Not the vendor's
//! fields: those are the adapter's.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use framewright_core::task::Input;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::provider::Prepared;
use crate::registry::InputFiles;

/// The only member of an object that stands for an input's bytes. No vendor has a field of this
/// name, and a client's words are strings, never objects.
const MARK: &str = "$input";

/// A request before its media are filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Path and query at the vendor's origin.
    pub path: String,
    pub body: Value,
}

/// How an input stands in a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Form {
    /// `data:<mime>;base64,…`
    DataUri,
    /// Bare base64.
    Base64,
}

#[derive(Serialize, Deserialize)]
struct Named {
    blob: String,
    mime: String,
    /// Part of the text, and so of its hash: the same body means the same bytes.
    sha256: String,
    form: Form,
}

/// The input as a data URI.
#[must_use]
pub fn data_uri(input: &Input) -> Value {
    named(input, Form::DataUri)
}

/// The input as bare base64.
#[must_use]
pub fn bare_base64(input: &Input) -> Value {
    named(input, Form::Base64)
}

fn named(input: &Input, form: Form) -> Value {
    let named = Named {
        blob: input.blob.clone(),
        mime: input.mime.clone(),
        sha256: input.sha256.clone(),
        form,
    };
    json!({ MARK: named })
}

impl Draft {
    #[must_use]
    pub fn new(path: impl Into<String>, body: Value) -> Self {
        Self {
            path: path.into(),
            body,
        }
    }

    /// What is stored with the intent.
    #[must_use]
    pub fn prepared(&self) -> Prepared {
        let text = json!(self).to_string();
        let body_hash = hex::encode(Sha256::digest(&text));
        Prepared { text, body_hash }
    }

    /// Reads what [`Draft::prepared`] wrote.
    ///
    /// # Errors
    /// Where the text is something else.
    pub fn read(prepared: &str) -> serde_json::Result<Self> {
        serde_json::from_str(prepared)
    }

    /// The bytes of the body with every input in its place.
    ///
    /// # Errors
    /// Where an input cannot be read.
    pub async fn filled(&self, inputs: &dyn InputFiles) -> std::io::Result<Bytes> {
        let mut body = self.body.clone();
        for place in places(&mut body) {
            let named: Named = serde_json::from_value(place[MARK].take())?;
            let bytes = tokio::fs::read(inputs.path(&named.blob).await?).await?;
            let encoded = STANDARD.encode(bytes);
            *place = match named.form {
                Form::DataUri => json!(format!("data:{};base64,{encoded}", named.mime)),
                Form::Base64 => json!(encoded),
            };
        }
        Ok(serde_json::to_vec(&body)?.into())
    }
}

/// Every object that stands for an input.
fn places(value: &mut Value) -> Vec<&mut Value> {
    if value.get(MARK).is_some() {
        return vec![value];
    }
    match value {
        Value::Object(members) => members.values_mut().flat_map(places).collect(),
        Value::Array(items) => items.iter_mut().flat_map(places).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use async_trait::async_trait;
    use framewright_core::spec::Role;
    use framewright_core::task::Input;
    use serde_json::{Value, json};

    use super::{Draft, bare_base64, data_uri};
    use crate::registry::InputFiles;

    struct Shelf(PathBuf);

    #[async_trait]
    impl InputFiles for Shelf {
        async fn path(&self, blob: &str) -> std::io::Result<PathBuf> {
            Ok(self.0.join(blob))
        }
    }

    fn input() -> Input {
        Input {
            role: Role::Start,
            blob: "b".into(),
            sha256: "aa".into(),
            bytes: 3,
            mime: "image/png".into(),
            width: 1,
            height: 1,
        }
    }

    fn shelf(at: &Path) -> Shelf {
        std::fs::write(at.join("b"), b"abc").expect("it is written");
        Shelf(at.to_owned())
    }

    #[tokio::test]
    async fn inputs_stand_in_the_text_by_name_and_in_the_body_whole() {
        let dir = tempfile::tempdir().expect("a directory");
        let body = json!({"image": data_uri(&input()), "all": [{"url": bare_base64(&input())}]});
        let prepared = Draft::new("/x", body).prepared();
        assert!(!prepared.text.contains("YWJj"));
        let draft = Draft::read(&prepared.text).expect("it was written so");
        let filled = draft.filled(&shelf(dir.path())).await.expect("it is there");
        let filled: Value = serde_json::from_slice(&filled).expect("it is JSON");
        let whole = json!({"image": "data:image/png;base64,YWJj", "all": [{"url": "YWJj"}]});
        assert_eq!(filled, whole);
    }

    #[tokio::test]
    async fn a_missing_input_is_an_error_and_not_an_empty_body() {
        let dir = tempfile::tempdir().expect("a directory");
        let draft = Draft::new("/x", json!({"image": data_uri(&input())}));
        let shelf = Shelf(dir.path().to_owned());
        assert!(draft.filled(&shelf).await.is_err());
    }

    #[test]
    fn the_hash_follows_the_bytes_of_the_inputs() {
        let of = |sha256: &str| {
            let input = Input {
                sha256: sha256.into(),
                ..input()
            };
            Draft::new("/x", json!({"image": data_uri(&input)}))
                .prepared()
                .body_hash
        };
        assert_eq!(of("aa"), of("aa"));
        assert_ne!(of("aa"), of("bb"));
    }
}

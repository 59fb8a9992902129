//! How media come to APIFRAME, which takes nothing but URLs: a small image or sound through its own
//! upload, which is free; everything else by a link to this server, where upstreams can reach it.

use framewright_core::spec::Role;
use framewright_core::task::Input;
use framewright_outbound::Request;
use http::{Method, header::AUTHORIZATION};
use serde_json::Value;

use super::{V1, bare};
use crate::call::{detail, unprepared};
use crate::multipart::{FilePart, form};
use crate::provider::{PrepareError, ProviderKey};
use crate::upstream::extension;

/// The largest upload, bytes (documented: 2 MB).
const UPLOAD_MAX: u64 = 2_000_000;

/// One of its two uploads: path, the form's field, the answer's member.
struct Door {
    path: &'static str,
    field: &'static str,
    answer: &'static str,
}

const IMAGE: Door = Door {
    path: "/upload",
    field: "image",
    answer: "imageURL",
};

const AUDIO: Door = Door {
    path: "/upload-audio",
    field: "audio",
    answer: "audioURL",
};

impl V1 {
    /// A URL from which the upstream can fetch the input.
    pub(super) async fn url(
        &self,
        input: &Input,
        key: &ProviderKey,
    ) -> Result<String, PrepareError> {
        let door = match input.role {
            Role::Start | Role::End => Some(IMAGE),
            Role::Audio => Some(AUDIO),
            Role::Video | Role::Parent => None,
        };
        if let Some(door) = door.filter(|_| input.bytes <= UPLOAD_MAX) {
            return self.upload(input, &door, key).await;
        }
        self.upstream.link(input)
    }

    async fn upload(
        &self,
        input: &Input,
        door: &Door,
        key: &ProviderKey,
    ) -> Result<String, PrepareError> {
        let later = |error: std::io::Error| PrepareError::Later(error.to_string());
        let path = self
            .upstream
            .inputs
            .path(&input.blob)
            .await
            .map_err(later)?;
        let bytes = tokio::fs::read(path).await.map_err(later)?;
        let file = FilePart {
            name: door.field,
            filename: &format!("{}.{}", input.role.word(), extension(&input.mime)),
            mime: &input.mime,
            bytes: &bytes,
            sha256: &input.sha256,
        };
        let (headers, body) = form([], &file);
        let mut request = Request::new(Method::POST, self.upstream.path(door.path));
        request.headers = headers;
        request.body = body;
        let request = request.header(AUTHORIZATION, bare(key));
        let answer = self.upstream.ask(request).await;
        let answer = answer.map_err(|error| unprepared(&error))?;
        if !answer.status.is_success() {
            return Err(self.upstream.no_place(&answer));
        }
        let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let url = said[door.answer].as_str().map(str::to_owned);
        url.ok_or_else(|| PrepareError::Later(detail(&answer)))
    }
}

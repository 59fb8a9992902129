//! Media too large for the body: an upload slot from Runway, then a form to the storage it names
//! (as the official SDK does). The `runway://` URI lives for 24 hours, longer than a task may wait.

use framewright_core::failure::{Failure, FailureCode};
use framewright_core::task::Input;
use framewright_outbound::{Answer, Request};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Runway, signed};
use crate::call::{DEFINITE, detail, poll_refused, unprepared};
use crate::multipart::{FilePart, form};
use crate::provider::{PollError, PrepareError, ProviderKey};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Slot {
    upload_url: String,
    /// Go into the form as they are, in order.
    fields: Map<String, Value>,
    runway_uri: String,
}

impl Runway {
    /// Brings an input to Runway's own storage; its URI there.
    pub(super) async fn upload(
        &self,
        input: &Input,
        key: &ProviderKey,
    ) -> Result<String, PrepareError> {
        let filename = format!("{}.{}", input.role.word(), extension(&input.mime));
        let slot = self.slot(&filename, key).await?;
        let path = self.upstream.inputs.path(&input.blob).await;
        let path = path.map_err(|error| PrepareError::Later(error.to_string()))?;
        let bytes = tokio::fs::read(path).await;
        let bytes = bytes.map_err(|error| PrepareError::Later(error.to_string()))?;
        let fields = slot.fields.iter();
        let fields = fields.filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)));
        let part = FilePart {
            name: "file",
            filename: &filename,
            mime: &input.mime,
            bytes: &bytes,
            sha256: &input.sha256,
        };
        let (headers, body) = form(fields, &part);
        let posted = self
            .upstream
            .hand_over(&slot.upload_url, headers, body)
            .await;
        let posted = posted.map_err(|error| unprepared(&error))?;
        match posted.status {
            status if status.is_success() => Ok(slot.runway_uri),
            status if status.is_client_error() => Err(PrepareError::Never(not_taken(&format!(
                "the upload was answered {}",
                status.as_u16()
            )))),
            status => Err(PrepareError::Later(format!(
                "the upload was answered {}",
                status.as_u16()
            ))),
        }
    }

    async fn slot(&self, filename: &str, key: &ProviderKey) -> Result<Slot, PrepareError> {
        let asked = json!({"filename": filename, "type": "ephemeral"}).to_string();
        let request = Request::post_json(self.upstream.path("/v1/uploads"), asked);
        let answer = self.upstream.ask(signed(request, key)).await;
        let answer = answer.map_err(|error| unprepared(&error))?;
        if !answer.status.is_success() {
            return Err(self.no_slot(&answer));
        }
        serde_json::from_slice(&answer.body).map_err(|_| PrepareError::Later(detail(&answer)))
    }

    fn no_slot(&self, answer: &Answer) -> PrepareError {
        match poll_refused(answer, self.upstream.now()) {
            PollError::NoAnswer(said) if DEFINITE.contains(&answer.status.as_u16()) => {
                PrepareError::Never(not_taken(&said))
            }
            error => unprepared(&error),
        }
    }
}

fn not_taken(detail: &str) -> Failure {
    let public = "the provider did not take an input of the task";
    Failure::new(FailureCode::Rejected, public).with_detail(detail)
}

/// By MIME subtype; the vendor looks at the bytes.
fn extension(mime: &str) -> &str {
    match mime.rsplit_once('/').map_or(mime, |(_, subtype)| subtype) {
        "quicktime" => "mov",
        subtype => subtype,
    }
}

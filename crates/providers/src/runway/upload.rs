//! Media too large for the body: an upload slot from Runway, then a form to the storage it names
//! (as the official SDK does). The `runway://` URI lives for 24 hours, as long as a task may wait.

use framewright_core::task::Input;
use framewright_outbound::Request;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Runway, signed};
use crate::call::{detail, unprepared};
use crate::provider::{PrepareError, ProviderKey};
use crate::upstream::extension;

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
        let fields = slot.fields.iter();
        let fields = fields.filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)));
        let to = &slot.upload_url;
        self.upstream.upload(to, fields, &filename, input).await?;
        Ok(slot.runway_uri)
    }

    async fn slot(&self, filename: &str, key: &ProviderKey) -> Result<Slot, PrepareError> {
        let asked = json!({"filename": filename, "type": "ephemeral"}).to_string();
        let request = Request::post_json(self.upstream.path("/v1/uploads"), asked);
        let answer = self.upstream.ask(signed(request, key)).await;
        let answer = answer.map_err(|error| unprepared(&error))?;
        if !answer.status.is_success() {
            return Err(self.upstream.no_place(&answer));
        }
        serde_json::from_slice(&answer.body).map_err(|_| PrepareError::Later(detail(&answer)))
    }
}

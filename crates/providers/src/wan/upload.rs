//! Media that cannot stand in the body: sound, for which no data URL is documented, and large images.
//! A policy from DashScope, then a form to the storage it names, as the official SDK does it. The
//! `oss://` URL lives for 48 hours, longer than a task may wait.

use framewright_core::task::Input;
use framewright_outbound::Request;
use serde::Deserialize;

use super::Wan;
use crate::call::{detail, segment, unprepared};
use crate::provider::{PrepareError, ProviderKey};
use crate::upstream::extension;

/// Where the policy stands: `data` in the documents, `output` in older answers.
#[derive(Deserialize)]
struct Envelope {
    #[serde(alias = "output")]
    data: Policy,
}

/// Goes into the form as it is.
#[derive(Deserialize)]
struct Policy {
    oss_access_key_id: String,
    signature: String,
    policy: String,
    upload_dir: String,
    upload_host: String,
    x_oss_object_acl: String,
    x_oss_forbid_overwrite: String,
}

impl Wan {
    /// Brings an input to DashScope's own storage; its URL there.
    pub(super) async fn upload(
        &self,
        input: &Input,
        model: &str,
        key: &ProviderKey,
    ) -> Result<String, PrepareError> {
        let policy = self.policy(model, key).await?;
        let filename = format!("{}.{}", input.sha256, extension(&input.mime));
        let object = format!("{}/{filename}", policy.upload_dir);
        let fields = [
            ("OSSAccessKeyId", policy.oss_access_key_id.as_str()),
            ("Signature", &policy.signature),
            ("policy", &policy.policy),
            ("key", &object),
            ("x-oss-object-acl", &policy.x_oss_object_acl),
            ("x-oss-forbid-overwrite", &policy.x_oss_forbid_overwrite),
            ("success_action_status", "200"),
            ("x-oss-content-type", &input.mime),
        ];
        let to = &policy.upload_host;
        self.upstream.upload(to, fields, &filename, input).await?;
        Ok(format!("oss://{object}"))
    }

    async fn policy(&self, model: &str, key: &ProviderKey) -> Result<Policy, PrepareError> {
        let path = format!("/uploads?action=getPolicy&model={}", segment(model));
        let request = self.signed(Request::get(self.upstream.path(&path)), key);
        let answer = self.upstream.ask(request).await;
        let answer = answer.map_err(|error| unprepared(&error))?;
        if !answer.status.is_success() {
            return Err(self.upstream.no_place(&answer));
        }
        let envelope: Result<Envelope, _> = serde_json::from_slice(&answer.body);
        let envelope = envelope.map_err(|_| PrepareError::Later(detail(&answer)))?;
        Ok(envelope.data)
    }
}

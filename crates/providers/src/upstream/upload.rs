//! Bringing an input to storage that a vendor names for it: free, before anything is bought. How a
//! vendor is asked for the place is its adapter's.

use std::time::Duration;

use framewright_core::failure::{Failure, FailureCode};
use framewright_core::task::Input;
use framewright_outbound::{Answer, PostLimits};
use http::StatusCode;

use super::Upstream;
use crate::call::{DEFINITE, poll_lost, poll_refused, unprepared};
use crate::multipart::{FilePart, form};
use crate::provider::{PollError, PrepareError};

/// The longest that the upload of one input may take.
const LONGEST: Duration = Duration::from_secs(300);

impl Upstream {
    /// Posts an input as the file of a form, with the vendor's own fields before it. No credential of
    /// ours goes along, and the guarded client judges the address: the URL came from outside.
    ///
    /// # Errors
    /// [`PrepareError`]: later where it may work then, never where the storage refused it.
    pub async fn upload<'a>(
        &self,
        url: &str,
        fields: impl IntoIterator<Item = (&'a str, &'a str)>,
        filename: &str,
        input: &Input,
    ) -> Result<(), PrepareError> {
        let later = |error: std::io::Error| PrepareError::Later(error.to_string());
        let path = self.inputs.path(&input.blob).await.map_err(later)?;
        let bytes = tokio::fs::read(path).await.map_err(later)?;
        let file = FilePart {
            name: "file",
            filename,
            mime: &input.mime,
            bytes: &bytes,
            sha256: &input.sha256,
        };
        let (headers, body) = form(fields, &file);
        let limits = PostLimits {
            total: LONGEST,
            ..PostLimits::default()
        };
        let posted = self.outbound.guarded().post(url, headers, body, &limits);
        let posted = posted
            .await
            .map_err(|error| unprepared(&poll_lost(&error)))?;
        let said = || format!("the upload was answered {}", posted.status.as_u16());
        match posted.status {
            status if status.is_success() => Ok(()),
            // Storage that forbids overwriting has the file already.
            StatusCode::CONFLICT => Ok(()),
            status if status.is_client_error() => Err(not_taken(&said())),
            _ => Err(PrepareError::Later(said())),
        }
    }

    /// What it means that the vendor named no place for an input.
    pub fn no_place(&self, answer: &Answer) -> PrepareError {
        match poll_refused(answer, self.now()) {
            PollError::NoAnswer(said) if DEFINITE.contains(&answer.status.as_u16()) => {
                not_taken(&said)
            }
            error => unprepared(&error),
        }
    }
}

fn not_taken(detail: &str) -> PrepareError {
    let public = "the provider did not take an input of the task";
    PrepareError::Never(Failure::new(FailureCode::Rejected, public).with_detail(detail))
}

/// The end of a file's name, by its MIME type; vendors look at the bytes.
#[must_use]
pub fn extension(mime: &str) -> &str {
    match mime.rsplit_once('/').map_or(mime, |(_, subtype)| subtype) {
        "quicktime" => "mov",
        "mpeg" => "mp3",
        subtype => subtype,
    }
}

//! Why a blob could not be written or read, told apart only where a caller acts differently, and what
//! of a bucket's answer an operator can do something about. S3 says it in a short code inside its
//! error body; object_store hands that body on as text.

use std::path::{Path, PathBuf};

/// Why a blob could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    #[error("other bytes are stored under this name: {0}")]
    Exists(String),
    #[error("there is no blob {0}")]
    Missing(String),
    /// A name that we would not make.
    #[error("no name of a blob: {0:?}")]
    Name(String),
    /// The bucket cannot be reached, is too slow or asks for fewer requests. Nothing is stored; the
    /// next try may do.
    #[error("the bucket does not answer as it should: {0}")]
    Away(String),
    /// The bucket knows us not, or not for this. No try helps before the operator does.
    #[error("the bucket refuses this server: {0}")]
    Refused(String),
    #[error("blob storage failed")]
    Storage(#[source] object_store::Error),
    #[error("the blob directory {path} cannot be used")]
    Directory {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
}

impl BlobError {
    pub(super) fn directory(path: &Path, source: std::io::Error) -> Self {
        Self::Directory {
            path: path.to_owned(),
            source,
        }
    }
}

/// What went wrong with the blob `key`.
pub(super) fn of_blob(key: &str, error: object_store::Error) -> BlobError {
    use object_store::Error;
    match error {
        Error::NotFound { source, .. } => match code(&source.to_string()) {
            Some("NoSuchBucket") => refused("NoSuchBucket"),
            _ => BlobError::Missing(key.to_owned()),
        },
        Error::AlreadyExists { .. } | Error::Precondition { .. } => {
            BlobError::Exists(key.to_owned())
        }
        other => of_storage(other),
    }
}

/// What went wrong with storage, whatever it was asked for.
pub(super) fn of_storage(error: object_store::Error) -> BlobError {
    use object_store::Error;
    let text = match &error {
        Error::PermissionDenied { source, .. } | Error::Unauthenticated { source, .. } => {
            // A question without a body in the answer (HEAD) has no code.
            return refused(code(&source.to_string()).unwrap_or("AccessDenied"));
        }
        Error::NotFound { source, .. } => source.to_string(),
        Error::Generic {
            store: "S3",
            source,
        } => source.to_string(),
        _ => return BlobError::Storage(error),
    };
    match code(&text) {
        Some(code) if advice(code).is_some() => refused(code),
        Some(code) => BlobError::Away(code.to_owned()),
        None => BlobError::Away(chain(&error)),
    }
}

fn refused(code: &str) -> BlobError {
    let advice = advice(code).unwrap_or("look at its credentials and at the bucket's policy");
    BlobError::Refused(format!("{code}: {advice}"))
}

/// What an operator can do about a code (S3 API reference, "Error responses").
fn advice(code: &str) -> Option<&'static str> {
    Some(match code {
        "AccessDenied" => {
            "these credentials may not do this; look at them and at the bucket's policy"
        }
        "RequestTimeTooSkewed" => {
            "the clocks of this machine and of the bucket are more than 15 minutes apart; set ours"
        }
        "InvalidAccessKeyId" => "there is no such access key; look at AWS_ACCESS_KEY_ID",
        "SignatureDoesNotMatch" => {
            "the secret access key is another; look at AWS_SECRET_ACCESS_KEY"
        }
        "ExpiredToken" | "InvalidToken" => "the session token is over; renew AWS_SESSION_TOKEN",
        "NoSuchBucket" => "there is no such bucket; make it, or name another in blobs",
        "PermanentRedirect" | "AuthorizationHeaderMalformed" => {
            "the bucket is in another region; set s3.region"
        }
        _ => return None,
    })
}

/// The `<Code>` of an error body of S3 inside a text.
fn code(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("<Code>")?;
    let (code, _) = rest.split_once("</Code>")?;
    let plain = code.len() <= 64 && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    plain.then_some(code)
}

/// An error and its causes, without the bytes of a page that answered in the bucket's stead.
fn chain(error: &object_store::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text.lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take(300)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{BlobError, of_blob, of_storage};

    fn generic(text: &str) -> object_store::Error {
        object_store::Error::Generic {
            store: "S3",
            source: text.into(),
        }
    }

    #[test]
    fn a_bucket_that_wants_rest_is_away_and_one_that_refuses_says_what_to_do() {
        let slow = of_storage(generic("503: <Error><Code>SlowDown</Code></Error>"));
        assert!(matches!(slow, BlobError::Away(code) if code == "SlowDown"));
        let skewed = object_store::Error::PermissionDenied {
            path: "x".into(),
            source: "403: <Error><Code>RequestTimeTooSkewed</Code></Error>".into(),
        };
        let told = of_storage(skewed).to_string();
        assert!(told.contains("15 minutes"), "{told}");
        let silent = of_storage(generic("connection refused"));
        assert!(matches!(silent, BlobError::Away(why) if why.contains("connection refused")));
    }

    #[test]
    fn a_missing_bucket_is_no_missing_blob() {
        let missing = |source: &str| object_store::Error::NotFound {
            path: "x".into(),
            source: source.into(),
        };
        let bucket = of_blob("x", missing("404: <Code>NoSuchBucket</Code>"));
        assert!(matches!(bucket, BlobError::Refused(_)));
        let blob = of_blob("x", missing("404: <Code>NoSuchKey</Code>"));
        assert!(matches!(blob, BlobError::Missing(key) if key == "x"));
    }
}

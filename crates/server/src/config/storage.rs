//! Where blobs are kept, as an operator writes it: a directory, or `s3://bucket/prefix` with the
//! section `[s3]`. Credentials are no settings: they come from the environment, where they are used.

use std::{fmt, path::PathBuf, str::FromStr};

use serde::Deserialize;
use url::Url;

use super::values::optional;

/// A directory or a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlobPlace {
    Directory(PathBuf),
    Bucket {
        name: String,
        /// Without slashes at its ends; empty for the whole bucket.
        prefix: String,
    },
}

/// Why a text names no place for blobs.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "write a directory, or s3://bucket/prefix with letters, digits, \"-\", \"_\" and \".\" only"
)]
pub struct NoPlace;

impl FromStr for BlobPlace {
    type Err = NoPlace;

    fn from_str(text: &str) -> Result<Self, NoPlace> {
        let Some(rest) = text.strip_prefix("s3://") else {
            // A scheme that we do not speak is no directory of that name.
            return match text.contains("://") {
                true => Err(NoPlace),
                false => Ok(Self::Directory(text.into())),
            };
        };
        let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = prefix.trim_end_matches('/');
        let plain = |part: &str| {
            let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
            !part.is_empty() && !part.starts_with('.') && part.bytes().all(known)
        };
        match plain(name) && (prefix.is_empty() || prefix.split('/').all(plain)) {
            true => Ok(Self::Bucket {
                name: name.to_owned(),
                prefix: prefix.to_owned(),
            }),
            false => Err(NoPlace),
        }
    }
}

impl fmt::Display for BlobPlace {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory(path) => path.display().fmt(out),
            Self::Bucket { name, prefix } if prefix.is_empty() => write!(out, "s3://{name}"),
            Self::Bucket { name, prefix } => write!(out, "s3://{name}/{prefix}"),
        }
    }
}

/// What a link to a file leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BlobLinks {
    /// The bytes, through this server.
    Stream,
    /// A link of a few minutes to the bucket.
    Redirect,
}

/// How the bucket is reached.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct S3 {
    /// Absent: Amazon's.
    #[serde(deserialize_with = "optional")]
    pub endpoint: Option<Url>,
    /// Absent: `endpoint`.
    #[serde(deserialize_with = "optional")]
    pub public_endpoint: Option<Url>,
    pub region: String,
    pub path_style: bool,
}

#[cfg(test)]
mod tests {
    use super::BlobPlace;

    #[test]
    fn a_place_is_a_directory_or_a_bucket_with_a_plain_prefix() {
        for (text, shown) in [
            ("/var/blobs", "/var/blobs"),
            ("s3", "s3"),
            ("s3://videos", "s3://videos"),
            ("s3://my.videos/a/b-c/", "s3://my.videos/a/b-c"),
        ] {
            let place: BlobPlace = text.parse().expect(text);
            assert_eq!(place.to_string(), shown);
        }
        for wrong in [
            "s3://",
            "s3:///x",
            "s3://a//b",
            "s3://a/../b",
            "s3://key:secret@a",
            "gs://a",
        ] {
            wrong.parse::<BlobPlace>().expect_err(wrong);
        }
    }
}

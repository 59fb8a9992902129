//! Blob storage as configured, with the credentials of the environment.

use std::{collections::BTreeMap, path::Path};

use anyhow::Context as _;
use framewright_store::{Blobs, BucketOptions};
use secrecy::SecretString;

use crate::config::{BlobPlace, Config};

/// Credentials of a bucket, by the names of Amazon's variables in lower case.
pub type Credentials = BTreeMap<String, SecretString>;

/// Opens the storage that the configuration names, with files of this machine in `directory`. A bucket
/// is not asked for anything yet.
///
/// # Errors
/// When a directory cannot be made, or the settings are none of a bucket.
pub fn open(config: &Config, credentials: &Credentials, directory: &Path) -> anyhow::Result<Blobs> {
    let opened = match &config.server.blobs {
        None => Blobs::local(&directory.join("blobs")),
        Some(BlobPlace::Directory(path)) => Blobs::local(path),
        Some(BlobPlace::Bucket { name, prefix }) => {
            let options = BucketOptions {
                bucket: name.clone(),
                prefix: prefix.clone(),
                region: config.s3.region.clone(),
                endpoint: config.s3.endpoint.clone(),
                public_endpoint: config.s3.public_endpoint.clone(),
                path_style: config.s3.path_style,
                credentials: credentials.clone(),
            };
            Blobs::bucket(&options, &directory.join("copies"))
        }
    };
    opened.context("opening the blob storage")
}

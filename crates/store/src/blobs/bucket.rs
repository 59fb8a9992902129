//! A bucket of S3 or of a server that speaks like it: how it is reached, and links of a few minutes
//! that it honours by itself. What is put there, and when, is the writer's.

mod once;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::signer::{SignedUrlOptions, Signer as _};
use object_store::{BackoffConfig, ClientOptions, ObjectStore, RetryConfig};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use self::once::Once;
use super::fault::{BlobError, of_storage};

/// Tries of one request after the first, within [`PATIENCE`]: what is longer is for due times.
const RETRIES: usize = 3;

/// From the first try of a request to the last.
const PATIENCE: Duration = Duration::from_secs(20);

/// The longest that a bucket may say nothing while a request or an answer is under way.
const SILENCE: Duration = Duration::from_secs(60);

const CONNECT: Duration = Duration::from_secs(5);

/// Where a bucket is and how it is reached.
#[derive(Clone, Debug)]
pub struct BucketOptions {
    pub bucket: String,
    /// Parts of letters, digits, `-`, `_`, `.` with slashes between; empty for the whole bucket. One
    /// database's own: what its rows do not name is swept.
    pub prefix: String,
    pub region: String,
    /// Scheme and host; absent: Amazon's of the region.
    pub endpoint: Option<Url>,
    /// As clients reach it; absent: like `endpoint`.
    pub public_endpoint: Option<Url>,
    /// The bucket in the path and not in the host name.
    pub path_style: bool,
    /// By the names that Amazon's tools give the variables, in lower case (`aws_access_key_id`). Empty:
    /// the role of the machine.
    pub credentials: BTreeMap<String, SecretString>,
}

/// An open bucket.
pub(super) struct Bucket {
    /// With every key under the prefix.
    pub storage: Arc<dyn ObjectStore>,
    /// Signs for the public endpoint and is never asked for anything.
    public: AmazonS3,
    prefix: Path,
}

impl Bucket {
    pub fn open(options: &BucketOptions) -> Result<Self, BlobError> {
        // reqwest looks for the process's provider; one that is installed already is this one.
        drop(rustls::crypto::ring::default_provider().install_default());
        let prefix =
            Path::parse(&options.prefix).map_err(|_| BlobError::Name(options.prefix.clone()))?;
        let inside = client(options, options.endpoint.as_ref())?;
        let public = options.public_endpoint.as_ref();
        let public = client(options, public.or(options.endpoint.as_ref()))?;
        Ok(Self {
            storage: Arc::new(PrefixStore::new(inside, prefix.clone())),
            public,
            prefix,
        })
    }

    /// A link to the bucket's own copy that anyone may follow for `lasts`, with the answer's headers
    /// signed into it.
    pub async fn link(
        &self,
        key: &Path,
        mime: &str,
        disposition: &str,
        lasts: Duration,
    ) -> Result<Url, BlobError> {
        let place = self.prefix.parts().chain(key.parts()).collect::<Path>();
        let headers = SignedUrlOptions::default().with_query([
            ("response-content-type", mime),
            ("response-content-disposition", disposition),
            ("response-cache-control", "private, no-cache"),
        ]);
        let signed = self
            .public
            .signed_url_opts(Method::GET, &place, lasts, &headers);
        signed.await.map_err(of_storage)
    }
}

fn client(options: &BucketOptions, endpoint: Option<&Url>) -> Result<AmazonS3, BlobError> {
    let mut builder = AmazonS3Builder::new();
    for (name, value) in &options.credentials {
        let name = name.parse().map_err(BlobError::Storage)?;
        builder = builder.with_config(name, value.expose_secret());
    }
    if let Some(endpoint) = endpoint {
        builder = builder.with_endpoint(address(endpoint, options));
    }
    builder
        .with_bucket_name(&options.bucket)
        .with_region(&options.region)
        .with_virtual_hosted_style_request(!options.path_style)
        // Bulk deletes are unknown to some servers, and blobs go one by one.
        .with_disable_bulk_delete(true)
        .with_retry(retry())
        .with_client_options(client_options())
        .with_http_connector(Once)
        .build()
        .map_err(BlobError::Storage)
}

/// The builder takes an endpoint of the host style with the bucket in it already.
fn address(endpoint: &Url, options: &BucketOptions) -> String {
    let mut address = endpoint.clone();
    if !options.path_style
        && let Some(host) = endpoint.host_str()
        && address
            .set_host(Some(&format!("{}.{host}", options.bucket)))
            .is_err()
    {
        // An address of numbers has no names below it.
        address = endpoint.clone();
    }
    address.as_str().trim_end_matches('/').to_owned()
}

fn retry() -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(200),
            max_backoff: Duration::from_secs(5),
            base: 3.0,
        },
        max_retries: RETRIES,
        retry_timeout: PATIENCE,
    }
}

/// No bound on a whole answer: a client that reads slowly is served as long as it reads.
fn client_options() -> ClientOptions {
    ClientOptions::new()
        .with_timeout_disabled()
        .with_read_timeout(SILENCE)
        .with_connect_timeout(CONNECT)
        .with_allow_http(true)
}

//! A fresh database on the PostgreSQL server and a fresh prefix in the S3 bucket that the environment
//! names, for tests that ask the same of every database and of every storage. Built with the feature `scratch` alone, which no shipped binary has.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use secrecy::SecretString;
use tokio_postgres::{Config, NoTls};
use url::Url;

use crate::{Blobs, BucketOptions};

/// The variable with the URL of a server where databases may be made and thrown away.
pub const SERVER: &str = "FRAMEWRIGHT_TEST_POSTGRES";

/// The variable with a bucket to fill: `http://KEY:SECRET@HOST:PORT/BUCKET`.
pub const BUCKET: &str = "FRAMEWRIGHT_TEST_S3";

/// The variable with the URL of a pooler before that server; where it is set, the databases are used
/// through it.
pub const POOLER: &str = "FRAMEWRIGHT_TEST_POOLER";

static MADE: AtomicU64 = AtomicU64::new(0);

/// The master key of every test over PostgreSQL, where one is required.
pub const MASTER_KEY: &str = "5c7a1e5c7a1e5c7a1e5c7a1e5c7a1e5c7a1e5c7a1e5c7a1e5c7a1e5c7a1e5c7a";

/// The URL of a new, empty database; none where the environment names no server: the test is then
/// about SQLite. Its name begins with `suite` and no other database of the server has it.
///
/// # Panics
/// Where the server cannot be reached or refuses: a test that was asked for must not pass silently.
pub async fn database(suite: &str) -> Option<SecretString> {
    let server = std::env::var(SERVER).ok()?;
    let (process, number) = (std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
    let name = &format!("{suite}_{process}_{number}");
    let config: Config = server.parse().expect("the variable holds a PostgreSQL URL");
    let (client, connection) = config.connect(NoTls).await.expect("the server answers");
    let create = async {
        let sql = format!("CREATE DATABASE {name} TEMPLATE template0");
        let made = client.batch_execute(&sql).await;
        made.expect("a database is made");
        drop(client);
    };
    let (_, ended) = tokio::join!(create, connection);
    ended.expect("the connection ends well");
    let way = std::env::var(POOLER).unwrap_or(server);
    Some(SecretString::from(url(&way, name)))
}

/// Empty blob storage: in the bucket that the environment names, with its copies in `directory`; else in
/// `directory`. The same for the same directory.
///
/// # Panics
/// Where the variable holds no such URL, or the directory cannot be made.
#[must_use]
pub fn blobs(directory: &Path) -> Blobs {
    let blobs = match bucket(directory) {
        None => Blobs::local(directory),
        Some(options) => Blobs::bucket(&options, directory),
    };
    blobs.expect("storage opens")
}

/// The bucket that the environment names, under a prefix made of the directory's path; none where it
/// names none.
///
/// # Panics
/// Where the variable holds no such URL.
#[must_use]
pub fn bucket(directory: &Path) -> Option<BucketOptions> {
    let url = Url::parse(&std::env::var(BUCKET).ok()?).expect("the variable holds a URL");
    let parts: Vec<_> = directory.iter().filter_map(|part| part.to_str()).collect();
    let mut endpoint = url.clone();
    endpoint.set_path("");
    let bare = endpoint.set_username("").and(endpoint.set_password(None));
    bare.expect("a URL with a host can have no user");
    let secret = |name: &str, value: &str| (name.to_owned(), SecretString::from(value));
    Some(BucketOptions {
        bucket: url.path().trim_matches('/').to_owned(),
        prefix: parts[1..].join("/").replace("/.", "/"),
        region: "us-east-1".to_owned(),
        endpoint: Some(endpoint),
        public_endpoint: None,
        path_style: true,
        credentials: [
            secret("aws_access_key_id", url.username()),
            secret("aws_secret_access_key", url.password().unwrap_or_default()),
        ]
        .into(),
    })
}

/// The server's URL with another database.
fn url(server: &str, name: &str) -> String {
    let (head, query) = match server.split_once('?') {
        Some((head, query)) => (head, format!("?{query}")),
        None => (server, String::new()),
    };
    let head = head.trim_end_matches('/');
    let authority = head.find("://").map_or(0, |at| at + 3);
    let end = head[authority..]
        .find('/')
        .map_or(head.len(), |at| authority + at);
    format!("{}/{name}{query}", &head[..end])
}

#[cfg(test)]
mod tests {
    use super::url;

    #[test]
    fn the_database_is_swapped_and_the_rest_stays() {
        let swapped = url("postgres://u@h:1/postgres?host=/tmp/x", "t1");
        assert_eq!(swapped, "postgres://u@h:1/t1?host=/tmp/x");
        assert_eq!(url("postgres://u@h:1", "t2"), "postgres://u@h:1/t2");
    }
}

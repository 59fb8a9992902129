//! Copies of the whole store: taken while servers run, put into an empty database of either kind. What
//! is in one: every row but those of running processes, and, unless left out, every blob that a row
//! names. Secrets stay sealed in it: without the master key they do not open. The form of the file is
//! `format`'s business; what a restored store believes is `incarnation`'s.

mod format;
mod restore;
mod target;
mod write;

use std::path::PathBuf;

use crate::blobs::BlobError;
use crate::error::StoreError;

pub use restore::{Restored, restore};

/// Every table of a backup. Not `nodes`, which are the processes of one life, nor `meta`, which each
/// database writes for itself.
pub(crate) const TABLES: [&str; 15] = [
    "accounts",
    "api_keys",
    "tasks",
    "inputs",
    "attempts",
    "attempt_slots",
    "answers",
    "outputs",
    "uploads",
    "deliveries",
    "delivery_attempts",
    "credit_entries",
    "idempotency",
    "task_events",
    "provider_keys",
];

/// The server's own keys, apart because a restore opens them first.
pub(crate) const KEYS: &str = "server_keys";

/// What a backup took, or a restore put back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    pub rows: u64,
    pub blobs: u64,
    /// Of blobs.
    pub bytes: u64,
    /// Blobs that a row named and storage did not have: retention, or a delete, took them meanwhile.
    pub missing: u64,
}

/// Why there is no backup, or nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("the file {path} cannot be used")]
    File {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    /// A backup never takes the place of another.
    #[error("the file {path} exists; name another, or remove it")]
    Exists { path: PathBuf },
    #[error("the file is no whole backup: {0}")]
    Damaged(String),
    #[error("the backup was made by a newer version (schema {found}): use the newer binary")]
    TooNew { found: i64 },
    /// Only an empty database is restored into.
    #[error("there is a database already at {place}; a backup goes into an empty one")]
    NotEmpty { place: String },
    #[error("a blob of the name {0} exists already, with other bytes")]
    OtherBlob(String),
    #[error(
        "the keys in the backup do not open: give the master key of the server that made it, in \
         FRAMEWRIGHT_MASTER_KEY or as the file master.key in the data directory"
    )]
    WrongMasterKey,
    #[error("the backup cannot be put into the database at {place}: {why}")]
    Target { place: String, why: String },
    #[error(transparent)]
    Open(#[from] crate::store::OpenError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Blob(#[from] BlobError),
}

#[cfg(test)]
mod tests {
    use super::{KEYS, TABLES};
    use crate::migrations::{VERSION, make};
    use rusqlite::Connection;

    #[test]
    fn no_table_is_forgotten() {
        let mut db = Connection::open_in_memory().expect("a database in memory");
        make(&mut db, VERSION).expect("the schema");
        let sql = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name";
        let mut statement = db.prepare(sql).expect("SQL");
        let names = statement.query_map([], |row| row.get(0)).expect("a list");
        let names: Vec<String> = names.collect::<Result<_, _>>().expect("names");
        let mut ours = TABLES.to_vec();
        ours.extend([KEYS, "meta", "nodes"]);
        ours.sort_unstable();
        assert_eq!(names, ours);
    }
}

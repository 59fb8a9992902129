//! The handle that every verb hangs on: the database, the server's keys, the clock. Opens and closes;
//! the verbs themselves are in their own files.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use framewright_core::clock::{Clock, Millis};
use hmac::{Hmac, KeyInit};
use rand::RngCore;
use secrecy::SecretString;
use sha2::Sha256;

use crate::chance::Chance;
use crate::claim::Turns;
use crate::db::{Db, Row, Stats, Stmt, Tx, args};
use crate::error::StoreError;
use crate::incarnation::{self, Incarnation};
use crate::links::LinkKeys;
use crate::lock::{DirectoryFault, DirectoryLock, prepare};
use crate::master_key::{MasterKeyFault, master_key};
use crate::migrations::{Upgrade, migrate};
use crate::postgres::Postgres;
use crate::seal::Seal;
use crate::server_keys;
use crate::sqlite::{Sqlite, open_writer};
use crate::submit::Backlog;

/// What this process is to the data directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenMode {
    /// The server: takes the lock, brings the schema up to date, and knows that no node of an earlier
    /// process is alive.
    Serve,
    /// A command of the operator, perhaps beside a running server: takes no lock and upgrades
    /// nothing; it fills an empty directory.
    Beside,
}

/// How to open the store.
pub struct StoreOptions {
    /// Holds `framewright.db`, `lock`, `master.key` and, by default, the blobs. Made where missing.
    pub data_dir: PathBuf,
    /// `postgres://…`, shared with other nodes; absent: `<data>/framewright.db`.
    pub database: Option<SecretString>,
    pub mode: OpenMode,
    /// Reader connections; a few more than the runtime has threads.
    pub readers: usize,
    /// 64 hexadecimal digits or base64 of 32 bytes; absent: `<data>/master.key`. Required over
    /// PostgreSQL: all nodes have the same.
    pub master_key: Option<SecretString>,
    pub clock: Arc<dyn Clock>,
    /// A cryptographic generator: keys and nonces come from it.
    pub rng: Box<dyn RngCore + Send>,
}

/// Why the store does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Directory(#[from] DirectoryFault),
    #[error(transparent)]
    MasterKey(#[from] MasterKeyFault),
    /// The file is no database of ours, is too new, or cannot promise durability.
    #[error("the database {place} cannot be used: {why}")]
    Database { place: String, why: String },
    /// Nodes that make their own keys could not read each other's secrets.
    #[error(
        "a master key is needed over PostgreSQL, the same on every node: set FRAMEWRIGHT_MASTER_KEY \
         to 64 hexadecimal digits"
    )]
    NoMasterKey,
    /// The server's keys were sealed under another master key.
    #[error(
        "the server's keys do not open: give the master key that this database was started with"
    )]
    WrongMasterKey,
    #[error("the database could not be read at start")]
    Store(#[source] StoreError),
}

impl From<StoreError> for OpenError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Sealed(_) => Self::WrongMasterKey,
            other => Self::Store(other),
        }
    }
}

/// The store. Cheap to clone; the last clone closes it.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    db: Db,
    clock: Arc<dyn Clock>,
    chance: Arc<Chance>,
    master: [u8; 32],
    seal: Seal,
    /// Keyed once: a digest then costs one HMAC of a short text.
    pepper: Hmac<Sha256>,
    links: LinkKeys,
    backlog: Backlog,
    turns: Turns,
    life: Option<Incarnation>,
    /// Whether nodes are judged by the database's clock.
    by_database: AtomicBool,
    _lock: Option<DirectoryLock>,
}

impl Store {
    /// Opens the store, and makes what is missing: directory, database, schema, keys.
    ///
    /// # Errors
    /// [`OpenError`] says what to do where the operator can do something.
    pub async fn open(options: StoreOptions) -> Result<Self, OpenError> {
        let lock = enter(&options)?;
        let db = open_database(&options).await?;
        Self::over(db, options, lock).await
    }

    /// The store over a database whose schema is in place.
    pub(crate) async fn over(
        db: Db,
        options: StoreOptions,
        lock: Option<DirectoryLock>,
    ) -> Result<Self, OpenError> {
        let serving = options.mode == OpenMode::Serve;
        let chance = Arc::new(Chance::new(options.rng));
        let key_file = options.data_dir.join("master.key");
        let master = master_key(options.master_key.as_ref(), &key_file, &chance)?;
        let now = options.clock.now();
        let keys = server_keys::load(&db, &master, &chance, now).await?;
        if serving && options.database.is_none() {
            bury_former_nodes(&db).await?;
        }
        let life = incarnation::read(&db).await?;
        Ok(Self {
            inner: Arc::new(Inner {
                db,
                clock: options.clock,
                chance,
                master,
                seal: keys.seal,
                pepper: Hmac::new_from_slice(&keys.pepper)
                    .expect("HMAC takes a key of any length (RFC 2104)"),
                links: keys.links,
                backlog: Backlog::default(),
                turns: Turns::default(),
                life,
                by_database: AtomicBool::new(false),
                _lock: lock,
            }),
        })
    }

    /// What the writer did so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.inner.db.stats()
    }

    /// Returns when the store takes no more writes, with the reason: the process should end.
    pub async fn stopped(&self) -> Arc<str> {
        self.inner.db.stopped().await
    }

    /// The keys that sign links to files, as they were when the store was opened.
    #[must_use]
    pub fn links(&self) -> &LinkKeys {
        &self.inner.links
    }

    /// Adds a signing key for links that end later than any given out so far; it is used from the
    /// next start on. `retention` is the longest that the server was ever configured with.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be written.
    pub async fn rotate_link_key(&self, retention: Millis) -> Result<(), StoreError> {
        let (inner, now) = (&self.inner, self.now());
        let chance = &inner.chance;
        server_keys::rotate_link_key(&inner.db, &inner.master, chance, retention, now).await
    }

    /// From now on this process's heartbeats are written, and those of others judged, by the clock of a
    /// database server instead of its own: nodes whose clocks differ do not take each other for dead.
    /// Without it, as in tests, the clock of the options counts.
    pub fn judge_nodes_by_database(&self) {
        self.inner.by_database.store(true, Ordering::Relaxed);
    }

    /// The time of heartbeats where this process's clock says `now`. Read before the heartbeat is
    /// written, so it is never later than the write: a node is at worst judged by a moment too old.
    pub(crate) async fn node_time(&self, now: Millis) -> Result<Millis, StoreError> {
        match self.inner.by_database.load(Ordering::Relaxed) {
            true => self.inner.db.time(now).await,
            false => Ok(now),
        }
    }

    /// The present life of the database, where it is not the first; as it was when the store was
    /// opened.
    #[must_use]
    pub fn incarnation(&self) -> Option<Incarnation> {
        self.inner.life
    }

    pub(crate) fn db(&self) -> &Db {
        &self.inner.db
    }

    pub(crate) fn seal(&self) -> &Seal {
        &self.inner.seal
    }

    pub(crate) fn pepper(&self) -> Hmac<Sha256> {
        self.inner.pepper.clone()
    }

    pub(crate) fn chance(&self) -> &Chance {
        &self.inner.chance
    }

    pub(crate) fn backlog(&self) -> &Backlog {
        &self.inner.backlog
    }

    pub(crate) fn turns(&self) -> &Turns {
        &self.inner.turns
    }

    pub(crate) fn now(&self) -> Millis {
        self.inner.clock.now()
    }

    /// A write of one statement whose caller only wants to know how many rows it touched.
    pub(crate) async fn execute(&self, stmt: Stmt) -> Result<u64, StoreError> {
        let done = self.db().write(Tx(vec![stmt])).await;
        let done = done.map_err(crate::db::TxError::into_store_error)?;
        Ok(done.first().map_or(0, |done| done.changed))
    }

    /// A point read of at most one row.
    pub(crate) async fn row(
        &self,
        sql: &'static str,
        args: Vec<crate::db::Val>,
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.db().point(sql, args).await?.pop())
    }
}

/// Prepares the directory, and takes its lock where the server is to run.
pub(crate) fn enter(options: &StoreOptions) -> Result<Option<DirectoryLock>, OpenError> {
    let dir = &options.data_dir;
    prepare(dir)?;
    let serving = options.mode == OpenMode::Serve;
    let lock = serving.then(|| DirectoryLock::take(dir)).transpose()?;
    if options.database.is_some() && options.master_key.is_none() {
        return Err(OpenError::NoMasterKey);
    }
    Ok(lock)
}

async fn open_database(options: &StoreOptions) -> Result<Db, OpenError> {
    let Some(url) = &options.database else {
        let (connection, file) = open_connection(options)?;
        let sqlite = Sqlite::start(connection, &file, options.readers);
        return sqlite
            .map(Db::Sqlite)
            .map_err(|error| unusable(&file, &error));
    };
    let opened = Postgres::open(url, upgrade(options)).await;
    let postgres = opened.map_err(|fault| OpenError::Database {
        // Its URL holds a password.
        place: "on PostgreSQL".to_owned(),
        why: fault.to_string(),
    })?;
    Ok(Db::Postgres(postgres))
}

fn upgrade(options: &StoreOptions) -> Upgrade {
    match options.mode {
        OpenMode::Serve => Upgrade::Yes,
        OpenMode::Beside => Upgrade::OnlyEmpty,
    }
}

/// The connection that writes to SQLite's file, its schema in place, and the file.
pub(crate) fn open_connection(
    options: &StoreOptions,
) -> Result<(rusqlite::Connection, PathBuf), OpenError> {
    let file = options.data_dir.join("framewright.db");
    let mut connection = open_writer(&file).map_err(|error| unusable(&file, &error))?;
    migrate(&mut connection, upgrade(options)).map_err(|error| unusable(&file, &error))?;
    Ok((connection, file))
}

pub(crate) fn unusable(file: &Path, error: &impl ToString) -> OpenError {
    OpenError::Database {
        place: file.display().to_string(),
        why: error.to_string(),
    }
}

/// The lock proves that the processes of all nodes in the table are gone: no need to wait for their
/// time to live.
async fn bury_former_nodes(db: &Db) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE nodes SET dead = 1 WHERE dead = 0";
    let tx = Tx(vec![Stmt::new("former nodes", SQL, args![])]);
    let done = db.write(tx).await;
    done.map(drop).map_err(crate::db::TxError::into_store_error)
}

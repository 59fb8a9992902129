//! SQLite as the store uses it: WAL, FULL, one writer thread with group commit and a savepoint per
//! transaction, readers beside it.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};

use axum::body::Bytes;
use rusqlite::{Connection, OptionalExtension, params};
use tokio::sync::oneshot;

/// Reader connections: a few more than there are threads to use them.
const READERS: usize = 4;

/// Most transactions in one commit.
const GROUP: usize = 512;

const SCHEMA: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE tasks (id TEXT PRIMARY KEY, account TEXT, created INTEGER, body BLOB) STRICT;
    CREATE TABLE holds (task TEXT PRIMARY KEY, credits INTEGER) STRICT;
    CREATE TABLE events (task TEXT, seq INTEGER, PRIMARY KEY (task, seq)) STRICT;
    INSERT INTO tasks VALUES ('known', 'account', 0, x'7b7d');
";

struct Wanted {
    body: Bytes,
    done: oneshot::Sender<i64>,
}

/// The open database.
pub(super) struct Database {
    writer: Mutex<Sender<Wanted>>,
    readers: Vec<Mutex<Connection>>,
    next: AtomicUsize,
}

impl Database {
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        let connection = Connection::open(path)?;
        connection.execute_batch(SCHEMA)?;
        let readers = (0..READERS)
            .map(|_| Connection::open(path).map(Mutex::new))
            .collect::<Result<_, _>>()?;
        let (writer, wanted) = channel();
        std::thread::spawn(move || write(&connection, &wanted));
        Ok(Self {
            writer: Mutex::new(writer),
            readers,
            next: AtomicUsize::new(0),
        })
    }

    /// One prepared point read, on the caller's thread.
    pub(super) fn point(&self) -> rusqlite::Result<Vec<u8>> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed) % self.readers.len();
        let reader = self.readers[turn]
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let mut statement = reader.prepare_cached("SELECT body FROM tasks WHERE id = $1")?;
        Ok(statement
            .query_row(["known"], |row| row.get(0))
            .optional()?
            .unwrap_or_default())
    }

    /// Three rows in one transaction, on disk when it returns.
    pub(super) async fn three(&self, body: Bytes) -> Option<i64> {
        let (done, answer) = oneshot::channel();
        let wanted = Wanted { body, done };
        self.writer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .send(wanted)
            .ok()?;
        answer.await.ok()
    }
}

fn write(connection: &Connection, wanted: &Receiver<Wanted>) {
    let mut number = 0;
    while let Ok(first) = wanted.recv() {
        let group: Vec<Wanted> = std::iter::once(first)
            .chain(wanted.try_iter().take(GROUP))
            .collect();
        let written = group
            .iter()
            .map(|one| {
                number += 1;
                (number, one)
            })
            .collect::<Vec<_>>();
        let ids: Vec<i64> = written.iter().map(|(number, _)| *number).collect();
        if commit(connection, &written).is_ok() {
            for (one, id) in group.into_iter().zip(ids) {
                one.done.send(id).unwrap_or_default();
            }
        }
    }
}

fn commit(connection: &Connection, group: &[(i64, &Wanted)]) -> rusqlite::Result<()> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    for (number, one) in group {
        connection.prepare_cached("SAVEPOINT one")?.execute([])?;
        let id = format!("task-{number}");
        connection
            .prepare_cached("INSERT INTO tasks VALUES ($1, 'account', $2, $3)")?
            .execute(params![id, number, &one.body[..]])?;
        connection
            .prepare_cached("INSERT INTO holds VALUES ($1, 0)")?
            .execute([&id])?;
        connection
            .prepare_cached("INSERT INTO events VALUES ($1, 1)")?
            .execute([&id])?;
        connection.prepare_cached("RELEASE one")?.execute([])?;
    }
    connection.execute_batch("COMMIT")
}

//! Putting a backup into an empty database, of either kind. First the whole file is read and judged;
//! then rows and blobs are put in place, and only then the database is there. Whatever fails before
//! leaves none, and the same restore may be tried again.

use std::path::Path;
use std::sync::Arc;

use framewright_core::crash::crash_point;
use secrecy::SecretString;
use sha2::{Digest, Sha256};

use super::format::{Head, Line, Reader, to_row};
use super::target::Target;
use super::{BackupError, Copied, KEYS, TABLES};
use crate::blobs::{BlobError, Blobs};
use crate::chance::Chance;
use crate::db::{Row, Val};
use crate::incarnation::{Resume, begins};
use crate::lock::{DirectoryLock, prepare};
use crate::master_key::master_key;
use crate::migrations::VERSION;
use crate::seal::Seal;
use crate::server_keys;
use crate::store::{OpenError, StoreOptions};

/// Rows put in at once.
const BATCH: usize = 500;

/// What was put back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restored {
    pub copied: Copied,
    /// When the backup was made, epoch ms.
    pub made: i64,
    /// Whether the blobs were in it.
    pub with_blobs: bool,
}

/// Puts the backup `from` into the empty database that `options` name, and its blobs into `blobs`. The
/// store then begins a new incarnation, in which nothing that may have been bought since the backup
/// is bought again; `resume` says what becomes of tasks that had not been begun.
///
/// # Errors
/// [`BackupError`]; the database is then as empty as before.
pub async fn restore(
    options: StoreOptions,
    from: &Path,
    blobs: &Blobs,
    resume: Resume,
) -> Result<Restored, BackupError> {
    let StoreOptions {
        data_dir,
        database,
        master_key,
        clock,
        rng,
        ..
    } = options;
    prepare(&data_dir).map_err(OpenError::from)?;
    let _lock = DirectoryLock::take(&data_dir).map_err(OpenError::from)?;
    let judged = judge(from).await?;
    if database.is_some() && master_key.is_none() {
        return Err(OpenError::NoMasterKey.into());
    }
    let chance = Arc::new(Chance::new(rng));
    open_keys(&data_dir, master_key.as_ref(), &chance, &judged.keys)?;
    let mut target = Target::open(&data_dir, database.as_ref(), judged.head.schema).await?;
    let (mut reader, head) = Reader::open(from).await?;
    let mut copied = Copied::default();
    let mut latest = clock.now().max(head.made);
    rows_in(&mut reader, &mut target, &mut copied, &mut latest, blobs).await?;
    crash_point("K22");
    target.publish(begins(latest, resume)).await?;
    Ok(Restored {
        copied,
        made: head.made,
        with_blobs: head.blobs,
    })
}

/// What is known of a file that is whole.
struct Judged {
    head: Head,
    keys: Vec<(Vec<String>, Row)>,
}

/// Reads all of a file: its hash, its tables' names, each blob's hash.
async fn judge(from: &Path) -> Result<Judged, BackupError> {
    let (mut reader, head) = Reader::open(from).await?;
    // A column more than this schema has would be lost.
    if head.schema > VERSION {
        return Err(BackupError::TooNew { found: head.schema });
    }
    let (mut keys, mut at) = (Vec::new(), (String::new(), Vec::new()));
    loop {
        match reader.line().await? {
            Line::Table { name, columns } => at = known(name, columns)?,
            Line::Row(cells) if at.0 == KEYS => keys.push((at.1.clone(), to_row(cells)?)),
            Line::Row(cells) => drop(to_row(cells)?),
            Line::Blob(_) => drop(blob_of(&mut reader, None).await?),
            Line::Missing(_) => {}
            Line::End { .. } => return Ok(Judged { head, keys }),
            Line::Backup(_) | Line::Raw(_) | Line::Whole { .. } => return Err(out_of_place()),
        }
    }
}

/// Only names of ours become part of a statement.
fn known(name: String, columns: Vec<String>) -> Result<(String, Vec<String>), BackupError> {
    let plain = |column: &String| {
        !column.is_empty()
            && column
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b == b'_' || b.is_ascii_digit())
    };
    let ours = name == KEYS || TABLES.contains(&name.as_str());
    if ours && columns.iter().all(plain) {
        return Ok((name, columns));
    }
    Err(BackupError::Damaged(format!("it has a table {name:?}")))
}

fn out_of_place() -> BackupError {
    BackupError::Damaged("a line of it is out of place".into())
}

/// Whether the operator's master key opens the keys in the file: asked before anything is written.
fn open_keys(
    data_dir: &Path,
    given: Option<&SecretString>,
    chance: &Arc<Chance>,
    keys: &[(Vec<String>, Row)],
) -> Result<(), BackupError> {
    let file = data_dir.join("master.key");
    if given.is_none() && !file.exists() {
        return Err(BackupError::WrongMasterKey);
    }
    let master = master_key(given, &file, chance).map_err(OpenError::from)?;
    let master = Seal::new(&master, Arc::clone(chance));
    let open = |(columns, row): &(Vec<String>, Row)| server_keys::opens(&master, columns, row);
    match keys.iter().all(open) {
        true => Ok(()),
        false => Err(BackupError::WrongMasterKey),
    }
}

/// Puts rows and blobs in place, up to the end of the file. `latest` becomes the latest moment at which
/// a task or an attempt was made.
async fn rows_in(
    reader: &mut Reader,
    target: &mut Target,
    copied: &mut Copied,
    latest: &mut i64,
    blobs: &Blobs,
) -> Result<(), BackupError> {
    let (mut at, mut rows) = ((String::new(), Vec::new()), Vec::new());
    loop {
        let line = reader.line().await?;
        let goes_on = matches!(line, Line::Row(_)) && rows.len() < BATCH;
        if !goes_on && !rows.is_empty() {
            copied.rows += rows.len() as u64;
            target
                .insert(&at.0, &at.1, std::mem::take(&mut rows))
                .await?;
        }
        match line {
            Line::Table { name, columns } => at = known(name, columns)?,
            Line::Row(cells) => {
                let row = to_row(cells)?;
                *latest = (*latest).max(made(&at.1, &row));
                rows.push(row);
            }
            Line::Blob(key) => {
                let bytes = blob_of(reader, Some((blobs, &key))).await?;
                copied.blobs += 1;
                copied.bytes += bytes;
            }
            Line::Missing(_) => copied.missing += 1,
            Line::End { .. } => return Ok(()),
            Line::Backup(_) | Line::Raw(_) | Line::Whole { .. } => return Err(out_of_place()),
        }
    }
}

/// When a row says that it was made; never for one that says nothing.
fn made(columns: &[String], row: &Row) -> i64 {
    let at = columns.iter().position(|column| column == "created");
    match at.and_then(|at| row.get(at)) {
        Some(Val::Int(created)) => *created,
        _ => i64::MIN,
    }
}

/// Reads the bytes of a blob and holds them against their hash; stores them where told to. One that
/// is there already with the same bytes is what an earlier try left.
async fn blob_of(reader: &mut Reader, into: Option<(&Blobs, &str)>) -> Result<u64, BackupError> {
    let mut writer = match into {
        Some((blobs, key)) => Some(blobs.create(key).await?),
        None => None,
    };
    let (mut hash, mut count) = (Sha256::new(), 0);
    let sha256 = loop {
        match reader.line().await? {
            Line::Raw(length) => {
                let bytes = reader.raw(length).await?;
                hash.update(&bytes);
                count += bytes.len() as u64;
                if let Some(writer) = &mut writer {
                    writer.write(&bytes).await?;
                }
            }
            Line::Whole { bytes, sha256 } if bytes == count => break sha256,
            _ => return Err(out_of_place()),
        }
    };
    if sha256 != hex::encode(hash.finalize()) {
        return Err(BackupError::Damaged("the bytes of a blob changed".into()));
    }
    if let (Some(writer), Some((blobs, key))) = (writer, into) {
        match writer.finish().await {
            Err(BlobError::Exists(_)) => same(blobs, key, &sha256).await?,
            written => drop(written?),
        }
    }
    Ok(count)
}

async fn same(blobs: &Blobs, key: &str, sha256: &str) -> Result<(), BackupError> {
    use futures_util::TryStreamExt as _;
    let mut stream = blobs.read(key, None).await?;
    let mut hash = Sha256::new();
    while let Some(chunk) = stream.try_next().await? {
        hash.update(&chunk);
    }
    match hex::encode(hash.finalize()) == sha256 {
        true => Ok(()),
        false => Err(BackupError::OtherBlob(key.to_owned())),
    }
}

//! The form of a backup: one JSON value a line, some followed by raw bytes, and in the end a hash over
//! all before it. Neutral: nothing in it says which database it came from. Knows no table.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::fs::File;
use tokio::io::{
    AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, BufWriter,
};

use super::BackupError;
use crate::db::{Row, Val};

/// The form that this binary writes, and the newest that it reads.
pub(super) const FORM: u32 = 1;

/// Longest line that is read, in bytes; the longest written is a delivery's body and its frame.
const LINE: u64 = 64 << 20;

/// Most raw bytes behind one line.
pub(super) const RAW: usize = 1 << 20;

/// One line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line {
    /// The first.
    Backup(Head),
    /// The rows behind it are of this table, their cells in this order.
    Table {
        name: String,
        columns: Vec<String>,
    },
    Row(Vec<Value>),
    /// The raw bytes behind it are of this blob.
    Blob(String),
    /// So many raw bytes and a line feed follow.
    Raw(usize),
    /// All of the blob was told.
    Whole {
        bytes: u64,
        sha256: String,
    },
    /// A row names this blob, and storage does not have it.
    Missing(String),
    /// The last.
    End {
        rows: u64,
        blobs: u64,
        sha256: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    pub form: u32,
    /// The version of the schema.
    pub schema: i64,
    /// Epoch ms.
    pub made: i64,
    /// Whether the blobs are in it.
    pub blobs: bool,
}

/// Integers, texts and nothing are JSON's own; bytes are told apart by a wrapping object.
pub(super) fn to_cells(row: Row) -> Vec<Value> {
    let cell = |val| match val {
        Val::Null => Value::Null,
        Val::Int(number) => number.into(),
        Val::Real(number) => number.into(),
        Val::Text(text) => text.into(),
        Val::Blob(bytes) => json!({ "b64": STANDARD.encode(bytes) }),
    };
    row.into_iter().map(cell).collect()
}

/// # Errors
/// [`BackupError::Damaged`] for a cell that [`to_cells`] does not make.
pub(super) fn to_row(cells: Vec<Value>) -> Result<Row, BackupError> {
    let no_cell = || BackupError::Damaged("a cell is of no type of ours".into());
    let val = |cell: Value| match cell {
        Value::Null => Ok(Val::Null),
        Value::String(text) => Ok(Val::Text(text)),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Ok(Val::Int(whole)),
            (None, Some(real)) => Ok(Val::Real(real)),
            (None, None) => Err(no_cell()),
        },
        Value::Object(object) => {
            let text = object.get("b64").and_then(Value::as_str);
            let bytes = text.and_then(|text| STANDARD.decode(text).ok());
            bytes.map(Val::Blob).ok_or_else(no_cell)
        }
        Value::Bool(_) | Value::Array(_) => Err(no_cell()),
    };
    cells.into_iter().map(val).collect()
}

/// A backup on its way.
pub(super) struct Writer {
    file: BufWriter<File>,
    path: PathBuf,
    hash: Sha256,
}

impl Writer {
    /// # Errors
    /// [`BackupError::File`] where it cannot be made.
    pub async fn create(path: &Path) -> Result<Self, BackupError> {
        let file = File::create(path).await;
        Ok(Self {
            file: BufWriter::with_capacity(RAW, file.map_err(|source| fault(path, source))?),
            path: path.to_owned(),
            hash: Sha256::new(),
        })
    }

    pub async fn line(&mut self, line: &Line) -> Result<(), BackupError> {
        let mut text = serde_json::to_vec(line).expect("a line is of strings and numbers");
        text.push(b'\n');
        self.bytes(&text).await
    }

    /// Raw bytes, in lines of at most [`RAW`].
    pub async fn raw(&mut self, bytes: &[u8]) -> Result<(), BackupError> {
        for part in bytes.chunks(RAW) {
            self.line(&Line::Raw(part.len())).await?;
            self.bytes(part).await?;
            self.bytes(b"\n").await?;
        }
        Ok(())
    }

    async fn bytes(&mut self, bytes: &[u8]) -> Result<(), BackupError> {
        self.hash.update(bytes);
        let written = self.file.write_all(bytes).await;
        written.map_err(|source| fault(&self.path, source))
    }

    /// Writes the last line and has all of it on disk.
    pub async fn finish(mut self, rows: u64, blobs: u64) -> Result<(), BackupError> {
        let sha256 = hex::encode(self.hash.clone().finalize());
        self.line(&Line::End {
            rows,
            blobs,
            sha256,
        })
        .await?;
        let synced = async {
            self.file.flush().await?;
            self.file.get_ref().sync_all().await
        };
        synced.await.map_err(|source| fault(&self.path, source))
    }
}

/// A backup being read.
pub(super) struct Reader {
    file: BufReader<File>,
    path: PathBuf,
    hash: Sha256,
}

impl Reader {
    /// Opens a backup and reads its first line.
    ///
    /// # Errors
    /// [`BackupError::Damaged`] where it is none, or of a form that is not known here.
    pub async fn open(path: &Path) -> Result<(Self, Head), BackupError> {
        let file = File::open(path).await;
        let mut reader = Self {
            file: BufReader::with_capacity(RAW, file.map_err(|source| fault(path, source))?),
            path: path.to_owned(),
            hash: Sha256::new(),
        };
        match reader.line().await {
            Ok(Line::Backup(head)) if (1..=FORM).contains(&head.form) => Ok((reader, head)),
            Ok(Line::Backup(head)) => {
                let why = format!("it has the form {}, this binary reads {FORM}", head.form);
                Err(BackupError::Damaged(why))
            }
            _ => Err(BackupError::Damaged(
                "it does not begin like a backup".into(),
            )),
        }
    }

    /// The next line; the last one only where its hash is that of all before it.
    pub async fn line(&mut self) -> Result<Line, BackupError> {
        let mut text = Vec::new();
        let mut limited = (&mut self.file).take(LINE);
        let read = limited.read_until(b'\n', &mut text).await;
        read.map_err(|source| fault(&self.path, source))?;
        if text.last() != Some(&b'\n') {
            return Err(BackupError::Damaged("it ends too early".into()));
        }
        let line = serde_json::from_slice(&text);
        let line = line.map_err(|_| BackupError::Damaged("a line of it is none of ours".into()))?;
        if let Line::End { sha256, .. } = &line
            && *sha256 != hex::encode(self.hash.clone().finalize())
        {
            let why = "its bytes are not those that were written";
            return Err(BackupError::Damaged(why.into()));
        }
        self.hash.update(&text);
        Ok(line)
    }

    /// The raw bytes behind a line that announced so many.
    pub async fn raw(&mut self, count: usize) -> Result<Vec<u8>, BackupError> {
        if count > RAW {
            return Err(BackupError::Damaged("a part of a blob is too long".into()));
        }
        let mut bytes = vec![0; count + 1];
        let read = self.file.read_exact(&mut bytes).await;
        read.map_err(|_| BackupError::Damaged("it ends too early".into()))?;
        self.hash.update(&bytes);
        bytes.pop();
        Ok(bytes)
    }
}

pub(super) fn fault(path: &Path, source: std::io::Error) -> BackupError {
    BackupError::File {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::{Val, to_cells, to_row};

    #[test]
    fn every_cell_comes_back_as_it_was() {
        let row = vec![
            Val::Null,
            Val::Int(i64::MIN),
            Val::Int(9_007_199_254_740_993),
            Val::Real(0.1),
            Val::Text("{\"b64\":\"\"}\n\u{0}".into()),
            Val::Blob(vec![0, 10, 255]),
        ];
        let text = serde_json::to_string(&to_cells(row.clone())).expect("JSON");
        let cells = serde_json::from_str(&text).expect("JSON");
        assert_eq!(to_row(cells).expect("cells"), row);
    }
}

//! What a power failure leaves of the database: of every write that the kernel was asked for, only
//! what was synced afterwards. Read from a trace of the server's system calls (strace); the worst
//! case, since a real disk may have kept more.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};

use super::process::Home;

/// The files that must survive; what else lies in the data directory is left as it is.
const FILES: [&str; 2] = ["framewright.db", "framewright.db-wal"];

/// The index of the log: made anew by whoever opens the database.
const INDEX: &str = "framewright.db-shm";

/// One change of a file that is not yet on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Cut { length: usize },
}

/// One file as the kernel has it and as the disk has it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Kept {
    synced: Vec<u8>,
    waiting: Vec<Change>,
}

impl Kept {
    fn sync(&mut self) {
        for change in self.waiting.drain(..) {
            match change {
                Change::Cut { length } => self.synced.resize(length, 0),
                Change::Write { at, bytes } => {
                    let end = at + bytes.len();
                    self.synced.resize(self.synced.len().max(end), 0);
                    self.synced[at..end].copy_from_slice(&bytes);
                }
            }
        }
    }
}

/// Puts strace before the server; its trace goes into this file.
pub fn traced(home: &mut Home, trace: &Path) {
    let calls = "trace=lseek,write,pwrite64,ftruncate,fsync,fdatasync";
    let words = [
        "strace", "-f", "-y", "-xx", "-s", "1000000", "-e", calls, "-o",
    ];
    home.under = words.map(str::to_owned).to_vec();
    home.under.push(trace.display().to_string());
}

/// Takes from the database of a dead server what was not synced; returns how many bytes of writes
/// that were.
///
/// # Errors
/// When the trace cannot be read or names no write of the database.
pub fn fail(home: &Home, trace: &Path) -> anyhow::Result<usize> {
    let text = std::fs::read_to_string(trace).context("read the trace")?;
    let kept = replay(&text);
    ensure!(!kept.is_empty(), "the trace names no write of the database");
    let mut lost = 0;
    for name in FILES {
        let path = home.data().join(name);
        let Some(file) = kept.get(&path) else {
            continue;
        };
        lost += file.waiting.iter().map(Change::size).sum::<usize>();
        std::fs::write(&path, &file.synced)?;
    }
    let index = home.data().join(INDEX);
    if index.exists() {
        std::fs::remove_file(index)?;
    }
    Ok(lost)
}

impl Change {
    fn size(&self) -> usize {
        match self {
            Self::Write { bytes, .. } => bytes.len(),
            Self::Cut { .. } => 0,
        }
    }
}

/// What each file of the database was after these calls.
fn replay(trace: &str) -> BTreeMap<PathBuf, Kept> {
    let mut files: BTreeMap<PathBuf, Kept> = BTreeMap::new();
    let mut at: HashMap<String, usize> = HashMap::new();
    for call in trace.lines().filter_map(Call::read) {
        let name = call.path.file_name().and_then(|name| name.to_str());
        if !name.is_some_and(|name| FILES.contains(&name)) {
            continue;
        }
        let file = files.entry(call.path.clone()).or_default();
        match (call.name, call.numbers()) {
            ("fsync" | "fdatasync", _) => file.sync(),
            ("ftruncate", numbers) => file.waiting.push(Change::Cut {
                length: numbers.first().copied().unwrap_or_default(),
            }),
            ("lseek", numbers) => {
                at.insert(
                    call.file.clone(),
                    numbers.first().copied().unwrap_or_default(),
                );
            }
            ("pwrite64", numbers) => {
                let at = numbers.last().copied().unwrap_or_default();
                file.waiting.push(Change::Write {
                    at,
                    bytes: call.bytes(),
                });
            }
            ("write", _) => {
                let (place, bytes) = (at.entry(call.file.clone()).or_default(), call.bytes());
                let at = *place;
                *place += bytes.len();
                file.waiting.push(Change::Write { at, bytes });
            }
            _ => {}
        }
    }
    files
}

/// One line of the trace: `4711 write(12</tmp/x>, "\x00…", 4096) = 4096`. A call that another thread's
/// cut in two counts where it begins: one thread alone writes, and it waits for each to end.
struct Call<'a> {
    name: &'a str,
    /// The handle with its path, as strace writes it.
    file: String,
    path: PathBuf,
    rest: &'a str,
}

impl<'a> Call<'a> {
    fn read(line: &'a str) -> Option<Self> {
        let (_, call) = line.trim_start().split_once(' ')?;
        let (name, arguments) = call.trim_start().split_once('(')?;
        let (handle, rest) = arguments.split_once('<')?;
        let (path, rest) = rest.split_once('>')?;
        let bytes = unescaped(path);
        Some(Self {
            name,
            file: format!("{handle}<{path}>"),
            path: PathBuf::from(String::from_utf8(bytes).ok()?),
            rest,
        })
    }

    /// The text between the quotes.
    fn bytes(&self) -> Vec<u8> {
        let text = self.rest.split('"').nth(1);
        text.map(unescaped).unwrap_or_default()
    }

    /// The plain numbers among the arguments behind the handle.
    fn numbers(&self) -> Vec<usize> {
        let arguments = self.rest.split(") = ").next().unwrap_or_default();
        let arguments = arguments.split(['"', ',', ' ', ')']);
        arguments.filter_map(|word| word.parse().ok()).collect()
    }
}

/// `\x2f` as the byte that it is; whatever is written plainly stays.
fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() / 4);
    let mut left = text.as_bytes();
    while let Some((&first, rest)) = left.split_first() {
        let code = rest.strip_prefix(b"x").and_then(|rest| rest.get(..2));
        let byte = code
            .filter(|_| first == b'\\')
            .and_then(|code| u8::from_str_radix(std::str::from_utf8(code).ok()?, 16).ok());
        bytes.push(byte.unwrap_or(first));
        left = &rest[if byte.is_some() { 3 } else { 0 }..];
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::{PathBuf, replay};

    const TRACE: &str = r#"
71 lseek(9</d/framewright.db-wal>, 0, SEEK_SET) = 0
71 write(9</d/framewright.db-wal>, "\x61\x62", 2) = 2
71 write(9</d/framewright.db-wal>, "\x63", 1 <unfinished ...>
72 write(3</d/else>, "\x7a", 1) = 1
71 <... write resumed>) = 1
71 fdatasync(9<\x2f\x64\x2f\x66\x72\x61\x6d\x65\x77\x72\x69\x67\x68\x74\x2e\x64\x62\x2d\x77\x61\x6c>) = 0
71 pwrite64(9</d/framewright.db-wal>, "\x78\x79", 2, 1) = 2
"#;

    #[test]
    fn what_was_synced_stays_and_what_came_later_waits() {
        let files = replay(TRACE);
        assert_eq!(files.len(), 1);
        let wal = &files[&PathBuf::from("/d/framewright.db-wal")];
        assert_eq!(wal.synced, b"abc");
        assert_eq!(wal.waiting.len(), 1);
    }
}

//! The ledger file: one line per purchase, synced before anybody hears of it. It is what the checker
//! believes, so it must survive a kill of either side.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

/// One job that the provider accepted, and so one purchase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purchase {
    pub job: String,
    /// The client key it came with; empty for a purchase without one.
    pub key: String,
    /// SHA-256 of the request body, lower-case hex.
    pub body_hash: String,
}

/// The open ledger.
#[derive(Debug)]
pub struct Book {
    file: File,
    by_key: HashMap<String, Purchase>,
    count: usize,
}

/// What the ledger says to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    Bought(Purchase),
    /// The key is known with the same body: the earlier purchase.
    Known(Purchase),
    /// The key is known with another body.
    Conflict,
}

impl Book {
    /// Opens a ledger file, reading what an earlier run bought.
    ///
    /// # Errors
    /// Of the file system; a line that is not a purchase.
    pub fn open(path: &Path) -> std::io::Result<Self> {
        let bought = read(path)?;
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        let count = bought.len();
        let keyed = bought.into_iter().filter(|p| !p.key.is_empty());
        Ok(Self {
            file,
            by_key: keyed.map(|p| (p.key.clone(), p)).collect(),
            count,
        })
    }

    /// Buys, unless the key is known. On disk when it returns.
    ///
    /// # Errors
    /// Of the file system; then nothing may be promised to anybody.
    pub fn buy(&mut self, key: &str, body_hash: &str) -> std::io::Result<Entry> {
        if let Some(known) = self.by_key.get(key) {
            let same = known.body_hash == body_hash;
            return Ok(if same {
                Entry::Known(known.clone())
            } else {
                Entry::Conflict
            });
        }
        self.count += 1;
        let purchase = Purchase {
            job: format!("job-{}", self.count),
            key: key.to_owned(),
            body_hash: body_hash.to_owned(),
        };
        let mut line = serde_json::to_vec(&purchase)?;
        line.push(b'\n');
        self.file.write_all(&line)?;
        self.file.sync_data()?;
        if !key.is_empty() {
            self.by_key.insert(key.to_owned(), purchase.clone());
        }
        Ok(Entry::Bought(purchase))
    }
}

/// Every purchase in a ledger file, in order; none where there is no file.
///
/// # Errors
/// Of the file system; a line that is not a purchase.
pub fn read(path: &Path) -> std::io::Result<Vec<Purchase>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    BufReader::new(file)
        .lines()
        .map(|line| Ok(serde_json::from_str(&line?)?))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Book, Entry, read};

    #[test]
    fn a_key_buys_once_even_after_the_ledger_was_reopened() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("ledger");
        let mut book = Book::open(&path).expect("it opens");
        let Entry::Bought(first) = book.buy("k", "aa").expect("it writes") else {
            panic!("the first buys")
        };
        drop(book);
        let mut again = Book::open(&path).expect("it opens");
        assert_eq!(
            again.buy("k", "aa").expect("it reads"),
            Entry::Known(first.clone())
        );
        assert_eq!(again.buy("k", "bb").expect("it reads"), Entry::Conflict);
        assert_eq!(read(&path).expect("it reads"), [first]);
    }

    #[test]
    fn without_a_key_every_request_buys() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("ledger");
        let mut book = Book::open(&path).expect("it opens");
        for _ in 0..2 {
            assert!(matches!(book.buy("", "aa"), Ok(Entry::Bought(_))));
        }
        assert_eq!(read(&path).expect("it reads").len(), 2);
    }
}

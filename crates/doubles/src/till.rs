//! The ledger of purchases: one line of JSON for each, synced before anybody hears of it. It is what
//! a checker believes, so it must survive a kill of either side. It knows no vendor and no state of
//! a job.

use std::collections::{BTreeMap, HashMap};
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// One job that an upstream accepted, and so one purchase.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purchase {
    /// Whose ledger it stands in: the name of the double.
    pub double: String,
    /// The upstream job's id.
    pub job: String,
    /// The client's key where the upstream honours one; empty for a purchase without.
    pub key: String,
    /// SHA-256 of the request body, lower-case hex.
    pub body_hash: String,
    /// The request body; bytes that are no UTF-8 are replaced.
    pub body: String,
    /// Every header of the request, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// When it was bought, in milliseconds of the wall clock.
    pub at_ms: i64,
    /// What the double itself has to know of the job and the body does not say, such as the path's
    /// model; mostly null.
    #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
    pub note: serde_json::Value,
}

impl Purchase {
    /// The request body as JSON; null where it is none.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

/// What somebody wants to buy.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// The client's key, where the upstream honours one; else empty.
    pub key: &'a str,
    pub headers: &'a http::HeaderMap,
    pub body: &'a [u8],
}

/// The open ledger.
#[derive(Debug)]
pub struct Till {
    double: String,
    file: File,
    all: Vec<Purchase>,
    by_key: HashMap<String, usize>,
}

/// What the ledger says to an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    Bought(Purchase),
    /// The key is known with the same body: the earlier purchase.
    Known(Purchase),
    /// The key is known with another body: the earlier purchase.
    Conflict(Purchase),
}

impl Till {
    /// Opens the ledger file of one double, reading what an earlier run bought.
    ///
    /// # Errors
    /// Of the file system; a line that is not a purchase.
    pub fn open(path: &Path, double: &str) -> std::io::Result<Self> {
        let all = read(path)?;
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        let keyed = all.iter().enumerate().filter(|(_, p)| !p.key.is_empty());
        Ok(Self {
            double: double.to_owned(),
            file,
            by_key: keyed.map(|(at, p)| (p.key.clone(), at)).collect(),
            all,
        })
    }

    /// Every purchase, oldest first.
    #[must_use]
    pub fn all(&self) -> &[Purchase] {
        &self.all
    }

    /// Buys, unless the key is known. On disk when it returns. `job` names the new job by the
    /// number of this purchase in the ledger, from 1.
    ///
    /// # Errors
    /// Of the file system; then nothing may be promised to anybody.
    pub fn buy(
        &mut self,
        order: Order<'_>,
        job: impl FnOnce(usize) -> String,
    ) -> std::io::Result<Entry> {
        self.buy_noting(order, serde_json::Value::Null, job)
    }

    /// The same with a [`Purchase::note`].
    ///
    /// # Errors
    /// As [`Till::buy`].
    pub fn buy_noting(
        &mut self,
        order: Order<'_>,
        note: serde_json::Value,
        job: impl FnOnce(usize) -> String,
    ) -> std::io::Result<Entry> {
        let body_hash = hex::encode(Sha256::digest(order.body));
        if let Some(&at) = self.by_key.get(order.key) {
            let known = self.all[at].clone();
            let same = known.body_hash == body_hash;
            return Ok(if same {
                Entry::Known(known)
            } else {
                Entry::Conflict(known)
            });
        }
        let purchase = Purchase {
            double: self.double.clone(),
            job: job(self.all.len() + 1),
            key: order.key.to_owned(),
            body_hash,
            body: String::from_utf8_lossy(order.body).into_owned(),
            headers: named(order.headers),
            at_ms: now(),
            note,
        };
        self.write(&purchase)?;
        Ok(Entry::Bought(purchase))
    }

    fn write(&mut self, purchase: &Purchase) -> std::io::Result<()> {
        let mut line = serde_json::to_vec(purchase)?;
        line.push(b'\n');
        self.file.write_all(&line)?;
        self.file.sync_data()?;
        if !purchase.key.is_empty() {
            self.by_key.insert(purchase.key.clone(), self.all.len());
        }
        self.all.push(purchase.clone());
        Ok(())
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

/// Headers as text by their lower-case names; values that are no text are replaced.
pub(crate) fn named(headers: &http::HeaderMap) -> BTreeMap<String, String> {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers
        .iter()
        .map(|(name, value)| (name.to_string(), text(value)))
        .collect()
}

/// Milliseconds of the wall clock.
#[expect(
    clippy::disallowed_methods,
    reason = "an upstream has a clock of its own, which no test of ours moves"
)]
pub(crate) fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

#[cfg(test)]
mod tests {
    use super::{Entry, Order, Till, read};

    fn buy(till: &mut Till, key: &str, body: &str) -> Entry {
        let headers = http::HeaderMap::new();
        let order = Order {
            key,
            headers: &headers,
            body: body.as_bytes(),
        };
        till.buy(order, |n| format!("job-{n}")).expect("it writes")
    }

    #[test]
    fn a_key_buys_once_even_after_the_ledger_was_reopened() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("ledger");
        let mut till = Till::open(&path, "a").expect("it opens");
        let Entry::Bought(first) = buy(&mut till, "k", "aa") else {
            panic!("the first buys")
        };
        drop(till);
        let mut again = Till::open(&path, "a").expect("it opens");
        assert_eq!(buy(&mut again, "k", "aa"), Entry::Known(first.clone()));
        assert_eq!(buy(&mut again, "k", "bb"), Entry::Conflict(first.clone()));
        assert_eq!(read(&path).expect("it reads"), [first]);
    }

    #[test]
    fn without_a_key_every_request_buys() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("ledger");
        let mut till = Till::open(&path, "a").expect("it opens");
        for _ in 0..2 {
            assert!(matches!(buy(&mut till, "", "aa"), Entry::Bought(_)));
        }
        let jobs = read(&path).expect("it reads").into_iter().map(|p| p.job);
        assert_eq!(jobs.collect::<Vec<_>>(), ["job-1", "job-2"]);
    }
}

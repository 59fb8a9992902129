//! The data directory: made for its owner alone, and held by one server at a time. What lies in it
//! is the store's.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Read, Seek, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    process,
};

use framewright_core::clock::Millis;

/// Why the directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    #[error("cannot use the data directory {}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error(
        "the data directory {0} can be read by others (mode {mode:o}); it holds keys: run \
         `chmod 700 {0}`, or name another with --data",
        path.display()
    )]
    Open { path: PathBuf, mode: u32 },
    #[error(
        "the data directory {} is in use by {holder}; stop that server, or name another directory \
         with --data",
        path.display()
    )]
    Held { path: PathBuf, holder: String },
}

/// Makes `path` with mode 0700 if it is missing.
///
/// # Errors
/// [`DirectoryError::Open`] when it exists and others may look into it.
pub fn prepare(path: &Path) -> Result<(), DirectoryError> {
    let io = |source| DirectoryError::Io {
        path: path.to_owned(),
        source,
    };
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(io)?;
    let mode = fs::metadata(path).map_err(io)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(DirectoryError::Open {
            path: path.to_owned(),
            mode,
        });
    }
    Ok(())
}

/// The right to serve from a data directory; the system takes it back when the process ends.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "held for its lock, not read")] File);

impl Lock {
    /// Takes the lock and writes into it who holds it, for the message of whoever comes second.
    ///
    /// # Errors
    /// [`DirectoryError::Held`] when another server has it.
    pub fn take(path: &Path, listen: &str, now: Millis) -> Result<Self, DirectoryError> {
        let io = |source| DirectoryError::Io {
            path: path.to_owned(),
            source,
        };
        // Not truncated on opening: the text may be the holder's.
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path.join("lock"))
            .map_err(io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let path = path.to_owned();
                return Err(DirectoryError::Held {
                    path,
                    holder: holder(&mut file),
                });
            }
            Err(TryLockError::Error(source)) => return Err(io(source)),
        }
        let since = jiff::Timestamp::from_millisecond(now).unwrap_or_default();
        let text = format!(
            "process {} listening on {listen} since {since}\n",
            process::id()
        );
        file.set_len(0)
            .and_then(|()| file.write_all(text.as_bytes()))
            .map_err(io)?;
        Ok(Self(file))
    }
}

/// What the holder wrote about itself; it may be just about to.
fn holder(file: &mut File) -> String {
    let mut text = String::new();
    let read = file
        .rewind()
        .and_then(|()| file.take(200).read_to_string(&mut text));
    match text.trim() {
        "" => "another process".to_owned(),
        _ if read.is_err() => "another process".to_owned(),
        words => words.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_server_learns_who_holds_the_directory() {
        let directory = tempfile::tempdir().expect("a directory");
        let first = Lock::take(directory.path(), "127.0.0.1:8787", 0).expect("free");
        let error = Lock::take(directory.path(), "127.0.0.1:1", 0)
            .expect_err("held")
            .to_string();
        assert!(
            error.contains(&format!("process {}", process::id())),
            "{error}"
        );
        assert!(error.contains("127.0.0.1:8787 since 1970-01-01") && error.contains("--data"));
        drop(first);
        Lock::take(directory.path(), "127.0.0.1:1", 0).expect("free again");
    }

    #[test]
    fn a_directory_that_others_can_read_is_refused() {
        let outer = tempfile::tempdir().expect("a directory");
        let path = outer.path().join("data");
        prepare(&path).expect("made");
        assert_eq!(
            fs::metadata(&path).expect("there").permissions().mode() & 0o777,
            0o700
        );
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("opened");
        let error = prepare(&path).expect_err("open to others").to_string();
        assert!(error.contains("chmod 700"), "{error}");
    }
}

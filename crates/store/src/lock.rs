//! The data directory: its lock, held for the life of the process that serves it, and its rights. Two
//! servers on one directory would each believe they own every task.

use std::fs::{File, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

/// Why a data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryFault {
    #[error("the data directory {path} is in use by {holder}")]
    Held { path: PathBuf, holder: String },
    #[error("the data directory {path} is open to other users: run chmod 700 on it")]
    Open { path: PathBuf },
    #[error("the data directory {path} cannot be used")]
    Io {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
}

/// The lock on a data directory; released when dropped, and by the system when the process dies.
#[derive(Debug)]
pub(crate) struct DirectoryLock {
    _file: File,
}

impl DirectoryLock {
    /// Takes the lock without waiting and leaves this process's id in the file for whoever asks.
    ///
    /// # Errors
    /// [`DirectoryFault::Held`] names the holder.
    pub fn take(directory: &Path) -> Result<Self, DirectoryFault> {
        let fault = |source| io_fault(directory, source);
        let mut file = std::fs::OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(directory.join("lock"))
            .map_err(fault)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(DirectoryFault::Held {
                    path: directory.to_owned(),
                    holder: holder(&mut file),
                });
            }
            Err(TryLockError::Error(source)) => return Err(fault(source)),
        }
        file.set_len(0).map_err(fault)?;
        file.rewind().map_err(fault)?;
        write!(file, "{}", std::process::id()).map_err(fault)?;
        Ok(Self { _file: file })
    }
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    match file.read_to_string(&mut text) {
        Ok(_) if !text.is_empty() => format!("the process {text}"),
        _ => "another process".to_owned(),
    }
}

/// Makes the directory for this user alone, or refuses one that others may look into: it holds
/// clients' videos and sealed secrets with their key.
///
/// # Errors
/// [`DirectoryFault`] where it cannot be made or is open to others.
pub(crate) fn prepare(directory: &Path) -> Result<(), DirectoryFault> {
    make_private(directory).map_err(|source| io_fault(directory, source))?;
    close_to_others(directory)
}

/// Makes a directory, and those above it, for this user alone; one that is there is left as it is.
pub(crate) fn make_private(directory: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

/// Gives a synced file its name, and syncs the name.
pub(crate) fn publish(part: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::rename(part, to)?;
    let directory = match to.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    File::open(directory)?.sync_all()
}

/// An empty directory (a fresh volume, `mkdir data`) is closed; one with content is somebody's
/// decision and is only refused.
#[cfg(unix)]
fn close_to_others(directory: &Path) -> Result<(), DirectoryFault> {
    use std::os::unix::fs::PermissionsExt as _;
    let fault = |source| io_fault(directory, source);
    let mode = std::fs::metadata(directory)
        .map_err(fault)?
        .permissions()
        .mode();
    if mode & 0o077 == 0 {
        return Ok(());
    }
    let is_empty = std::fs::read_dir(directory)
        .map_err(fault)?
        .next()
        .is_none();
    if !is_empty {
        return Err(DirectoryFault::Open {
            path: directory.to_owned(),
        });
    }
    std::fs::set_permissions(directory, std::fs::Permissions::from_mode(0o700)).map_err(fault)
}

#[cfg(not(unix))]
fn close_to_others(_directory: &Path) -> Result<(), DirectoryFault> {
    Ok(())
}

fn io_fault(directory: &Path, source: std::io::Error) -> DirectoryFault {
    DirectoryFault::Io {
        path: directory.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::{DirectoryFault, DirectoryLock, prepare};

    #[test]
    fn the_second_to_take_the_lock_is_told_who_holds_it() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let held = DirectoryLock::take(dir.path()).expect("free");
        match DirectoryLock::take(dir.path()) {
            Err(DirectoryFault::Held { holder, .. }) => {
                assert_eq!(holder, format!("the process {}", std::process::id()));
            }
            other => panic!("it is held, yet: {other:?}"),
        }
        drop(held);
        DirectoryLock::take(dir.path()).expect("free again");
    }

    #[cfg(unix)]
    #[test]
    fn a_directory_with_content_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().expect("a temporary directory");
        let data = dir.path().join("a/b");
        prepare(&data).expect("made");
        let open = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(&data, open.clone()).expect("chmod");
        prepare(&data).expect("empty, so it is closed");
        let mode = std::fs::metadata(&data)
            .expect("there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o700);
        std::fs::write(data.join("x"), "").expect("content");
        std::fs::set_permissions(&data, open).expect("chmod");
        assert!(matches!(prepare(&data), Err(DirectoryFault::Open { .. })));
    }
}

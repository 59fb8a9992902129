//! How often the process died over a render: a byte in a file beside it for every start, the file
//! taken away at every end that the process lived to see. Three bytes without an end, and the render
//! is not begun again: it may be what brings the process down.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Deaths after which a render is not begun again.
const DEATHS: u64 = 3;

/// A render that has begun.
#[derive(Debug)]
pub(super) struct Marker(PathBuf);

/// Why a render does not begin.
#[derive(Debug)]
pub(super) enum Refused {
    TooManyDeaths,
    Io(io::Error),
}

impl Marker {
    /// Notes that a render begins, on disk before it does.
    pub fn put(scratch: &Path, name: &str) -> Result<Self, Refused> {
        let path = scratch.join(format!("{name}.started"));
        let deaths = fs::metadata(&path).map_or(0, |file| file.len());
        if deaths >= DEATHS {
            return Err(Refused::TooManyDeaths);
        }
        write(&path).map_err(Refused::Io)?;
        Ok(Self(path))
    }

    /// Notes that it ended, one way or another.
    pub fn take_away(self) {
        if let Err(error) = fs::remove_file(&self.0) {
            tracing::warn!(%error, "could not take away the marker of a render");
        }
    }
}

fn write(path: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    file.write_all(b".")?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::{Marker, Refused};

    #[test]
    fn three_starts_without_an_end_are_enough_and_an_end_clears_them() {
        let scratch = tempfile::tempdir().expect("a temporary directory");
        let put = || Marker::put(scratch.path(), "job");
        for _ in 0..2 {
            drop(put().expect("begins"));
        }
        put().expect("begins a third time").take_away();
        for _ in 0..3 {
            drop(put().expect("begins"));
        }
        assert!(matches!(put(), Err(Refused::TooManyDeaths)));
    }
}

//! The one film that every double sells, a real H.264 file of five seconds made by
//! `crates/studio/examples/film.rs`, and the mark that makes each job's its own.

use bytes::Bytes;

/// 640x360, 24 frames a second, 120 frames, silent.
pub const FILM: &[u8] = include_bytes!("../data/film.mp4");

/// An MP4 with a `free` box after its end that holds `mark`: players skip it, and the file's hash is
/// the mark's own.
#[must_use]
pub fn marked(video: &[u8], mark: &str) -> Bytes {
    let size = u32::try_from(8 + mark.len()).unwrap_or(8);
    let parts = [video, &size.to_be_bytes(), b"free", mark.as_bytes()];
    Bytes::from(parts.concat())
}

/// Output number `index` of a job.
#[must_use]
pub fn output(job: &str, index: &str) -> Bytes {
    marked(FILM, &format!("{job}/{index}"))
}

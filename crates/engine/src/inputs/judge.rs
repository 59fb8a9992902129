//! Whether a file is what its field takes, told from its own bytes and never from a name or header.
//! Gives clauses that can follow the field's name.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use framewright_core::media::{self, Family, Format, HEAD_BYTES};
use framewright_core::spec::Role;
use framewright_studio::decode::{Limits, Reader};
use framewright_studio::error::StudioError;
use framewright_studio::frame::Size;
use framewright_studio::probe;

use crate::supervisor::blocking;

/// The most pixels of an image: what a decoder will hold at once, four bytes each.
const MAX_PIXELS: u64 = 50_000_000;

/// How long audio may play (wan-imagine page: 3 to 30 s).
const AUDIO: (Duration, Duration) = (Duration::from_secs(3), Duration::from_secs(30));

/// What was seen in a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub mime: &'static str,
    /// Pixels as shown; 0 for audio.
    pub width: u32,
    pub height: u32,
}

/// Judges a file of `bytes` bytes for its role.
pub(super) async fn judge(role: Role, bytes: u64, cap: u64, path: PathBuf) -> Result<Seen, String> {
    if bytes > cap {
        return Err(format!("it is larger than {} MB", cap >> 20));
    }
    let seen = blocking(move || match role {
        Role::Start | Role::End => image(&path),
        Role::Audio => audio(&path),
        Role::Video | Role::Parent => video(&path),
    });
    seen.await
        .unwrap_or_else(|| Err("it cannot be read".into()))
}

fn image(path: &Path) -> Result<Seen, String> {
    let bytes = std::fs::read(path).map_err(|_| gone())?;
    let image = media::image(&bytes).map_err(|problem| format!("it {problem}"))?;
    if image.pixels() > MAX_PIXELS {
        return Err(format!(
            "it has {} x {} pixels; at most {} megapixels are accepted",
            image.width,
            image.height,
            MAX_PIXELS / 1_000_000
        ));
    }
    let (width, height) = image.upright_size();
    Ok(Seen {
        mime: image.format.mime(),
        width,
        height,
    })
}

fn audio(path: &Path) -> Result<Seen, String> {
    let bytes = std::fs::read(path).map_err(|_| gone())?;
    let audio =
        media::audio(&bytes, bytes.len() as u64).map_err(|problem| format!("it {problem}"))?;
    let (least, most) = AUDIO;
    if audio.duration < least || audio.duration > most {
        return Err(format!(
            "it plays for {:.1} s; 3 to 30 s are accepted",
            audio.duration.as_secs_f64()
        ));
    }
    Ok(Seen {
        mime: audio.format.mime(),
        width: 0,
        height: 0,
    })
}

fn video(path: &Path) -> Result<Seen, String> {
    let mut head = Vec::with_capacity(HEAD_BYTES);
    let file = std::fs::File::open(path).map_err(|_| gone())?;
    file.take(HEAD_BYTES as u64)
        .read_to_end(&mut head)
        .map_err(|_| gone())?;
    let format =
        media::sniff_as(Family::Video, &head).map_err(|problem| format!("it {problem}"))?;
    let size = video_size(format, path).map_err(|error| error.to_string())?;
    Ok(Seen {
        mime: format.mime(),
        width: size.width,
        height: size.height,
    })
}

/// The head suffices for MP4 and MOV; what only ffmpeg reads has to be opened.
fn video_size(format: Format, path: &Path) -> Result<Size, StudioError> {
    let limits = Limits::default();
    match format {
        Format::Mp4 | Format::QuickTime => probe::read(path, &limits).map(|info| info.size),
        _ => Reader::open(path, 24, &limits).map(|reader| reader.size()),
    }
}

fn gone() -> String {
    "it cannot be read from storage".into()
}

#[cfg(test)]
mod tests {
    use super::{Seen, image};

    /// The head of a PNG that says it has so many pixels.
    fn png(width: u32, height: u32) -> tempfile::NamedTempFile {
        use std::io::Write as _;
        let mut bytes = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR".to_vec();
        bytes.extend(width.to_be_bytes());
        bytes.extend(height.to_be_bytes());
        bytes.extend([8, 2, 0, 0, 0, 0, 0, 0, 0]);
        let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
        file.write_all(&bytes).expect("a small write");
        file
    }

    #[test]
    fn a_picture_of_too_many_pixels_is_refused_before_it_is_decoded() {
        let small = image(png(640, 480).path());
        let mime = "image/png";
        assert_eq!(
            small,
            Ok(Seen {
                mime,
                width: 640,
                height: 480
            })
        );
        let bomb = image(png(60_000, 60_000).path()).expect_err("3.6 gigapixels");
        assert!(bomb.contains("megapixels"), "{bomb}");
    }

    #[test]
    fn a_file_that_is_no_picture_says_what_it_is() {
        use std::io::Write as _;
        let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
        file.write_all(b"<html>").expect("a small write");
        let refused = image(file.path()).expect_err("not a picture");
        assert!(refused.starts_with("it is "), "{refused}");
    }
}

//! What a media file is, told from its first bytes: format, size, orientation, transparency, duration.
//!
//! Pure functions over a slice. Nothing is decoded and nothing is allocated after a number in the
//! file, so a hostile file costs no more than reading it once. A pass is not proof that a decoder
//! will take it. Names and `Content-Type` headers are never believed.
//!
//! Images up to the cap are small enough to be passed whole; so is audio. For video the first
//! [`HEAD_BYTES`] say what it is, and the rest is the demuxer's business.

mod audio;
mod exif;
mod image;
mod mp3;
mod read;
mod sniff;
mod wav;

pub use audio::{Audio, audio};
pub use exif::Orientation;
pub use image::{Image, image};
pub use sniff::sniff;

/// How many first bytes suffice to [`sniff`] any format.
pub const HEAD_BYTES: usize = 4096;

/// A format that an input may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JPEG, ITU-T T.81.
    Jpeg,
    /// PNG, animated or not; the first frame counts.
    Png,
    /// Windows bitmap.
    Bmp,
    /// WebP, lossy or lossless; of an animation the first frame counts.
    Webp,
    /// WAV with PCM or float samples.
    Wav,
    /// MPEG layer III.
    Mp3,
    /// ISO base media, by its `ftyp`.
    Mp4,
    /// QuickTime, by its `ftyp` or by an old file's first atom.
    QuickTime,
    /// Matroska.
    Matroska,
    /// WebM.
    Webm,
}

/// What an input is used as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// A still image.
    Image,
    /// A sound track.
    Audio,
    /// A moving picture.
    Video,
}

impl Family {
    /// With its article, for a sentence.
    fn named(self) -> &'static str {
        match self {
            Self::Image => "an image (JPEG, PNG, WEBP or BMP)",
            Self::Audio => "audio (WAV or MP3)",
            Self::Video => "a video (MP4)",
        }
    }
}

impl Format {
    /// What inputs of this format are used as.
    pub fn family(self) -> Family {
        match self {
            Self::Jpeg | Self::Png | Self::Bmp | Self::Webp => Family::Image,
            Self::Wav | Self::Mp3 => Family::Audio,
            Self::Mp4 | Self::QuickTime | Self::Matroska | Self::Webm => Family::Video,
        }
    }

    /// The media type (IANA), from our own look and not from a header.
    pub fn mime(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Bmp => "image/bmp",
            Self::Webp => "image/webp",
            Self::Wav => "audio/wav",
            Self::Mp3 => "audio/mpeg",
            Self::Mp4 => "video/mp4",
            Self::QuickTime => "video/quicktime",
            Self::Matroska => "video/x-matroska",
            Self::Webm => "video/webm",
        }
    }

    /// The usual file extension, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Bmp => "bmp",
            Self::Webp => "webp",
            Self::Wav => "wav",
            Self::Mp3 => "mp3",
            Self::Mp4 => "mp4",
            Self::QuickTime => "mov",
            Self::Matroska => "mkv",
            Self::Webm => "webm",
        }
    }

    /// With its article, for a sentence.
    fn named(self) -> &'static str {
        match self {
            Self::Jpeg => "a JPEG image",
            Self::Png => "a PNG image",
            Self::Bmp => "a BMP image",
            Self::Webp => "a WEBP image",
            Self::Wav => "a WAV file",
            Self::Mp3 => "an MP3 file",
            Self::Mp4 => "an MP4 file",
            Self::QuickTime => "a QuickTime file",
            Self::Matroska => "a Matroska file",
            Self::Webm => "a WebM file",
        }
    }
}

/// Why a file cannot be an input. The text follows a field's name and goes to the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MediaProblem {
    /// A known format that is not accepted.
    #[error("is {found}; send {instead}")]
    NotAccepted {
        /// What it is, with its article.
        found: &'static str,
        /// What to send.
        instead: &'static str,
    },
    /// Nothing known begins like this.
    #[error("is not an image, audio or video file that this server knows")]
    Unknown,
    /// An accepted format in the wrong place.
    #[error("is {}; {} is wanted here", .found.named(), .wanted.named())]
    WrongFamily {
        /// What it is.
        found: Format,
        /// What the field is for.
        wanted: Family,
    },
    /// An accepted format whose head makes no sense or is cut off.
    #[error("is {} that cannot be read: {what}", .format.named())]
    Broken {
        /// What it begins as.
        format: Format,
        /// What is wrong with it.
        what: &'static str,
    },
}

/// The format, if it is of this family.
///
/// # Errors
/// As [`sniff`], and [`MediaProblem::WrongFamily`].
pub fn sniff_as(wanted: Family, head: &[u8]) -> Result<Format, MediaProblem> {
    let found = sniff(head)?;
    match found.family() == wanted {
        true => Ok(found),
        false => Err(MediaProblem::WrongFamily { found, wanted }),
    }
}

//! Everything that can go wrong between an order and an MP4, with only the cases a caller treats
//! differently. Not a log: `Display` is fit for the person who sent the file, the private detail is
//! the `source`.

use std::io;

/// Why a clip could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StudioError {
    /// The disk or the file system refused; nothing is known about the media itself.
    #[error("could not {what}")]
    Io {
        what: &'static str,
        source: io::Error,
    },

    /// The bytes are not the media they claim to be, or they are damaged.
    #[error("the {kind} cannot be read: {why}")]
    Malformed { kind: Media, why: String },

    /// A format that only ffmpeg reads, and no `ffmpeg` is on PATH.
    #[error(
        "the video is {codec}, which needs ffmpeg to read: install the Debian package `ffmpeg` on \
         the server, or send MP4 with H.264 (8 bit, 4:2:0, progressive)"
    )]
    NeedsFfmpeg { codec: String },

    /// ffmpeg is there and could not read the file either, or ran past its time.
    #[error("the video cannot be read by ffmpeg: {why}")]
    Ffmpeg { why: String },

    /// More pixels, seconds or samples than the caller's limits allow.
    #[error("the {kind} is too large: {what} is {found}, at most {limit} allowed")]
    TooLarge {
        kind: Media,
        what: &'static str,
        found: u64,
        limit: u64,
    },

    /// New frames do not fit the file they are to follow, or a size that H.264 cannot hold.
    #[error("the clip cannot be made: {why}")]
    Impossible { why: String },

    /// An encoder failed on frames or sound that we made: a bug or an exhausted machine.
    #[error("the {kind} could not be encoded: {why}")]
    Encode { kind: Media, why: String },

    /// The caller's progress function said `Break`; the partial file is gone.
    #[error("the clip was cancelled")]
    Cancelled,
}

/// Which of a caller's files, or which part of ours, an error is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    Video,
    Audio,
}

impl std::fmt::Display for Media {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Video => "video",
            Self::Audio => "audio",
        })
    }
}

impl StudioError {
    /// For `map_err` on IO: says what was attempted.
    pub(crate) fn io(what: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { what, source }
    }

    /// A video that is damaged or not a video.
    pub(crate) fn bad_video(why: impl Into<String>) -> Self {
        Self::Malformed {
            kind: Media::Video,
            why: why.into(),
        }
    }

    /// Sound that is damaged or not sound.
    pub(crate) fn bad_audio(why: impl Into<String>) -> Self {
        Self::Malformed {
            kind: Media::Audio,
            why: why.into(),
        }
    }

    /// The H.264 encoder failed.
    pub(crate) fn encode_video(why: impl std::fmt::Display) -> Self {
        Self::Encode {
            kind: Media::Video,
            why: why.to_string(),
        }
    }

    /// The AAC encoder failed.
    pub(crate) fn encode_audio(why: impl std::fmt::Display) -> Self {
        Self::Encode {
            kind: Media::Audio,
            why: why.to_string(),
        }
    }
}

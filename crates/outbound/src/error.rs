//! What can go wrong outside, with the text for the caller apart from the detail for the log.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use framewright_core::address::Denied;
use framewright_core::url_rules::UrlProblem;

/// Why the clients could not be built.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The user agent is not a valid header value.
    #[error("the user agent must be visible ASCII characters")]
    UserAgent,
    /// The CA file cannot be read, or holds no certificate.
    #[error("read certificate authorities from {path}: {detail}")]
    CaFile {
        /// The file named in the config.
        path: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
    /// The resolver refused its configuration.
    #[error("set up the DNS resolver: {0}")]
    Dns(String),
    /// The TLS library refused its configuration.
    #[error("set up TLS: {0}")]
    Tls(String),
}

/// Why a request had no usable answer.
///
/// `Display` is the private detail, for logs and for attempts; [`FetchError::public_text`] is for
/// the client who named the URL.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The URL, or one it redirected to, breaks a rule that needs no network.
    #[error("url refused: {0}")]
    BadUrl(UrlProblem),
    /// The host is, resolves to, or connected as an address that may not be reached.
    #[error("address refused: {0}")]
    Denied(Denied),
    /// The name has no address, too many, or nobody could say in time.
    #[error("resolve host: {0}")]
    Dns(String),
    /// No address took the connection in time.
    #[error("connect: {0}")]
    Connect(String),
    /// The TLS handshake failed, a certificate that is not valid for the host included.
    #[error("tls: {0}")]
    Tls(String),
    /// The answer was not HTTP/1.1 as we accept it, or its head was too large.
    #[error("read answer: {0}")]
    Protocol(String),
    /// The body is compressed although we asked for it plain; never unpacked, so no bomb can be.
    #[error("answer has a content-encoding although identity was asked for")]
    Encoded,
    /// The status was not a success that carries a body.
    #[error("answered {0}")]
    Status(u16),
    /// More redirects than allowed.
    #[error("too many redirects")]
    TooManyRedirects,
    /// The body is, or says it is, larger than the cap in bytes.
    #[error("body larger than {cap} bytes")]
    TooLarge {
        /// The cap, in bytes.
        cap: u64,
    },
    /// A success without a single byte.
    #[error("empty body")]
    Empty,
    /// Nothing came for this long.
    #[error("nothing received for {} s", .after.as_secs())]
    Stalled {
        /// The longest silence allowed.
        after: Duration,
    },
    /// The time for the whole request was over.
    #[error("deadline passed")]
    Deadline,
    /// The connection ended before the body did.
    #[error("connection ended before the body did: {0}")]
    Truncated(String),
    /// Our own side could not take the bytes.
    #[error("store received bytes: {0}")]
    Sink(io::Error),
}

impl FetchError {
    /// What to tell the client who named the URL; a clause that can follow the field's name.
    ///
    /// A name that does not resolve and one that resolves to a private address read the same, so
    /// that nobody can map the network behind this server by asking.
    pub fn public_text(&self) -> String {
        match self {
            Self::BadUrl(problem) => problem.to_string(),
            Self::Denied(_) | Self::Dns(_) => "its host has no public address".into(),
            Self::Connect(_) => "its server does not accept connections".into(),
            Self::Tls(_) => "its server has no valid certificate for this host".into(),
            Self::Protocol(_) => "its server did not answer in valid HTTP".into(),
            Self::Encoded => "its server sent a compressed answer; serve the file as it is".into(),
            Self::Status(status) => format!("its server answered {status}"),
            Self::TooManyRedirects => "it redirects too many times".into(),
            Self::TooLarge { cap } => format!("it is larger than {}", size(*cap)),
            Self::Empty => "its server sent an empty file".into(),
            Self::Stalled { after } => {
                format!("its server sent nothing for {} seconds", after.as_secs())
            }
            Self::Deadline => "it could not be downloaded in time".into(),
            Self::Truncated(_) => "its server ended the download too early".into(),
            Self::Sink(_) => "it could not be stored".into(),
        }
    }

    /// Whether the same request may fare better later, with nothing changed by the caller.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Status(status) => matches!(status, 408 | 425 | 429 | 500..),
            Self::Dns(_) | Self::Connect(_) | Self::Protocol(_) | Self::Stalled { .. } => true,
            Self::Deadline | Self::Truncated(_) | Self::Sink(_) => true,
            Self::BadUrl(_) | Self::Denied(_) | Self::Tls(_) | Self::Encoded => false,
            Self::TooManyRedirects | Self::TooLarge { .. } | Self::Empty => false,
        }
    }
}

/// Whole decimal megabytes where the cap is made of them, as the limits are documented.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{bytes} bytes"),
        _ if bytes.is_multiple_of(1 << 20) => format!("{} MB", bytes >> 20),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}

/// Why a request that may not simply be repeated had no readable answer: the difference that the
/// paid submit rests on.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// Not one byte of the request left: the name, the connection or TLS failed. Safe to repeat.
    #[error("not sent: {0}")]
    NotSent(FetchError),
    /// The request, or a part of it, may have arrived; what became of it is not known.
    #[error("outcome unknown: {0}")]
    Unknown(FetchError),
}

impl CallError {
    /// The cause, whichever side of the send it lies on.
    pub fn cause(&self) -> &FetchError {
        match self {
            Self::NotSent(cause) | Self::Unknown(cause) => cause,
        }
    }
}

//! The one small MP4 that the ledger sells: a real H.264 file of 24 frames, made here.

use axum::body::Bytes;
use framewright_studio::clip::{ClipPlan, Labels, write};
use framewright_studio::error::StudioError;
use framewright_studio::frame::{Frame, Shot, Size};

/// Plain frames that get brighter, so that no two are alike.
struct Dawn;

impl Shot for Dawn {
    fn paint(&mut self, n: u32, out: &mut Frame) {
        out.y
            .fill(u8::try_from(32 + 8 * (n % 24)).unwrap_or(u8::MAX));
        out.u.fill(128);
        out.v.fill(128);
    }
}

/// Its bytes; the same on every call.
///
/// # Errors
/// When it cannot be written to a temporary directory.
pub fn small() -> Result<Bytes, anyhow::Error> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("small.mp4");
    let plan = ClipPlan {
        size: Size {
            width: 64,
            height: 36,
        },
        fps: 24,
        frames: 24,
        audio: None,
        after: None,
        labels: Labels::default(),
    };
    write(&plan, &mut Dawn, &path, &mut |_, _| {
        std::ops::ControlFlow::Continue(())
    })
    .map_err(|error: StudioError| anyhow::anyhow!("make the ledger's video: {error}"))?;
    Ok(Bytes::from(std::fs::read(path)?))
}

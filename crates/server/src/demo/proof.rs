//! Whether a file is what was ordered: every frame decoded, every number compared, and what HTTP
//! says of it too.

use std::{fs, path::Path};

use anyhow::Context as _;
use framewright_studio::{
    decode::Limits,
    probe::{self, ClipInfo},
};
use http::{
    StatusCode,
    header::{CONTENT_RANGE, ETAG},
};
use sha2::{Digest, Sha256};
use tokio::task::spawn_blocking;

use super::{client::Client, orders::Expect};

/// Everything we make has this many frames a second.
const FPS: f64 = 24.0;

/// How much of a file is asked for as a range, in bytes.
const PART: usize = 1_024;

/// One file, and what is wrong with it.
pub(super) struct Proven {
    pub(super) name: String,
    pub(super) sha256: String,
    pub(super) info: Option<ClipInfo>,
    /// Empty: everything is right.
    pub(super) problems: Vec<String>,
}

/// Downloads a link into `path` and judges what came.
pub(super) async fn prove(client: &Client, link: &str, path: &Path, expect: Expect) -> Proven {
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let mut proven = Proven {
        name,
        sha256: String::new(),
        info: None,
        problems: Vec::new(),
    };
    if let Err(error) = download(client, link, path, &mut proven).await {
        proven.problems.push(format!("{error:#}"));
        return proven;
    }
    let file = path.to_owned();
    let judged = spawn_blocking(move || judge(&file, expect)).await;
    match judged
        .map_err(anyhow::Error::from)
        .and_then(|judged| judged)
    {
        Ok((info, problems)) => {
            proven.info = Some(info);
            proven.problems.extend(problems);
        }
        Err(error) => proven.problems.push(format!("{error:#}")),
    }
    proven
}

async fn download(
    client: &Client,
    link: &str,
    path: &Path,
    proven: &mut Proven,
) -> anyhow::Result<()> {
    let whole = client.download(link, None).await.context("downloading")?;
    anyhow::ensure!(
        whole.status == StatusCode::OK,
        "the link answers {}",
        whole.status
    );
    proven.sha256 = hex::encode(Sha256::digest(&whole.body));
    fs::write(path, &whole.body).with_context(|| format!("writing {}", path.display()))?;
    let tag = format!("\"{}\"", proven.sha256);
    if whole
        .headers
        .get(ETAG)
        .is_none_or(|etag| etag.as_bytes() != tag.as_bytes())
    {
        proven
            .problems
            .push("the ETag is not the SHA-256 of the bytes".to_owned());
    }
    let last = PART - 1;
    let part = client
        .download(link, Some(&format!("bytes=0-{last}")))
        .await?;
    let range = format!("bytes 0-{last}/{}", whole.body.len());
    let named = part
        .headers
        .get(CONTENT_RANGE)
        .is_some_and(|found| found.as_bytes() == range.as_bytes());
    let same = whole.body.get(..PART) == Some(&part.body[..]);
    if !(part.status == StatusCode::PARTIAL_CONTENT && named && same) {
        proven
            .problems
            .push(format!("a range answers {} and not that part", part.status));
    }
    Ok(())
}

/// Reads and decodes the file.
fn judge(path: &Path, expect: Expect) -> anyhow::Result<(ClipInfo, Vec<String>)> {
    let limits = Limits::default();
    let info = probe::read(path, &limits)?;
    let decoded = probe::verify(path, &limits).context("decoding to the last frame")?;
    let mut problems = differences(&info, expect);
    if decoded != info.frames {
        problems.push(format!("{decoded} of {} frames decode", info.frames));
    }
    Ok((info, problems))
}

fn differences(info: &ClipInfo, expect: Expect) -> Vec<String> {
    let mut problems = Vec::new();
    let mut check = |right: bool, problem: String| {
        if !right {
            problems.push(problem);
        }
    };
    check(
        info.video_codec.starts_with("avc1."),
        format!("codec {}", info.video_codec),
    );
    check(
        (info.fps - FPS).abs() < 0.01,
        format!("{:.3} frames a second", info.fps),
    );
    let wanted_ms = f64::from(expect.seconds) * 1_000.0;
    let off_ms = (info.duration_ms as f64 - wanted_ms).abs();
    let slack_ms = f64::from(expect.slack) * 1_000.0 / FPS;
    check(
        off_ms <= slack_ms,
        format!("{} ms instead of {wanted_ms}", info.duration_ms),
    );
    check(
        fits(info, expect),
        format!("{}x{}", info.size.width, info.size.height),
    );
    let aac = info
        .audio_codec
        .as_deref()
        .is_some_and(|codec| codec.starts_with("mp4a.40"));
    check(
        aac == expect.sound,
        format!("sound: {}", info.audio_codec.as_deref().unwrap_or("none")),
    );
    problems
}

/// The lines that were asked for, and the shape within the pixel or two that even sizes cost.
fn fits(info: &ClipInfo, expect: Expect) -> bool {
    let (width, height) = (info.size.width, info.size.height);
    let (across, down) = (u64::from(width), u64::from(height));
    let (ratio_across, ratio_down) = (u64::from(expect.ratio.0), u64::from(expect.ratio.1));
    let off = (across * ratio_down).abs_diff(down * ratio_across);
    width.min(height) == expect.lines && off <= 3 * ratio_across.max(ratio_down)
}

#[cfg(test)]
mod tests {
    use framewright_studio::frame::Size;

    use super::*;

    fn clip(width: u32, height: u32) -> ClipInfo {
        ClipInfo {
            size: Size { width, height },
            frames: 120,
            fps: 24.0,
            duration_ms: 5_000,
            video_codec: "avc1.42c01f".to_owned(),
            audio_codec: None,
            rotation: 0,
            bytes: 1,
        }
    }

    const WIDE: Expect = Expect {
        videos: 1,
        seconds: 5,
        slack: 1,
        ratio: (16, 9),
        lines: 480,
        sound: false,
    };

    #[test]
    fn what_was_ordered_is_right() {
        assert!(differences(&clip(854, 480), WIDE).is_empty());
        assert!(
            differences(
                &clip(480, 854),
                Expect {
                    ratio: (9, 16),
                    ..WIDE
                }
            )
            .is_empty()
        );
    }

    #[test]
    fn every_difference_is_found() {
        let wrong = [
            clip(1280, 720),
            clip(480, 854),
            clip(640, 480),
            ClipInfo {
                fps: 25.0,
                ..clip(854, 480)
            },
            ClipInfo {
                duration_ms: 4_950,
                ..clip(854, 480)
            },
            ClipInfo {
                video_codec: "hvc1".to_owned(),
                ..clip(854, 480)
            },
            ClipInfo {
                audio_codec: Some("mp4a.40.2".to_owned()),
                ..clip(854, 480)
            },
        ];
        for info in wrong {
            assert_eq!(differences(&info, WIDE).len(), 1, "{info:?}");
        }
        assert_eq!(
            differences(
                &clip(854, 480),
                Expect {
                    sound: true,
                    ..WIDE
                }
            )
            .len(),
            1
        );
    }
}

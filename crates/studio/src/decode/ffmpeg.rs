//! Everything that we do not decode ourselves, by a separate `ffmpeg` process where one is
//! installed. The file is a stranger's, so the process sees this one file and a pipe, has a time
//! limit, a cap on memory and size, and does not outlive its reader.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;

use super::{Decoder, Limits, Shown};
use crate::error::StudioError;
use crate::frame::{Frame, Size};

/// The most bytes in one allocation of ffmpeg's (its `-max_alloc`).
const MAX_ALLOCATION: u64 = 512 << 20;

/// A video being decoded by a child process, at a steady rate.
pub struct Ffmpeg {
    child: Arc<Mutex<Child>>,
    /// Set by the watch before it kills: what ends then is not the video.
    late: Arc<AtomicBool>,
    frames: BufReader<ChildStdout>,
    size: Size,
    fps: u32,
    given: u64,
    most: u64,
    /// Dropped with the reader: tells the watch that nobody waits any more.
    _watched: mpsc::Sender<()>,
}

impl Ffmpeg {
    /// Starts ffmpeg on a file; `codec` is what the file is, for the error where there is no ffmpeg.
    ///
    /// # Errors
    /// [`StudioError::NeedsFfmpeg`], or [`StudioError::Ffmpeg`] when it cannot read the file either.
    pub fn open(
        path: &Path,
        fps: u32,
        codec: String,
        limits: &Limits,
    ) -> Result<Self, StudioError> {
        let program = on_path("ffmpeg").ok_or(StudioError::NeedsFfmpeg { codec })?;
        let mut child = Command::new(program)
            .args(arguments(path, fps, limits))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(StudioError::io("start ffmpeg"))?;
        let out = child
            .stdout
            .take()
            .expect("stdout was asked to be a pipe just above");
        let child = Arc::new(Mutex::new(child));
        let late = Arc::new(AtomicBool::new(false));
        let watched = watch(&child, &late, limits);
        let mut frames = BufReader::new(out);
        // The child is under watch before the first blocking read of its output.
        let size = stream_header(&mut frames)?;
        let most = limits.max_duration_ms * u64::from(fps) / 1000 + 1;
        Ok(Self {
            child,
            late,
            frames,
            size,
            fps,
            given: 0,
            most,
            _watched: watched,
        })
    }

    fn read_frame(&mut self) -> std::io::Result<Frame> {
        let mut frame = Frame::black(self.size);
        self.frames.read_exact(&mut frame.y)?;
        self.frames.read_exact(&mut frame.u)?;
        self.frames.read_exact(&mut frame.v)?;
        Ok(frame)
    }

    /// After the last byte. Its exit status would say little more: ffmpeg shows what it can of a
    /// damaged file and calls that a success.
    fn end(&self) -> Result<Option<Shown>, StudioError> {
        if self.late.load(Ordering::Acquire) {
            return Err(unreadable("it took too long"));
        }
        Ok(None)
    }
}

impl Decoder for Ffmpeg {
    fn size(&self) -> Size {
        self.size
    }

    fn timescale(&self) -> u32 {
        self.fps
    }

    fn next_shown(&mut self) -> Result<Option<Shown>, StudioError> {
        if self.given == self.most {
            return Err(unreadable("it is longer than allowed"));
        }
        let mut head = Vec::new();
        let read = self
            .frames
            .by_ref()
            .take(MAX_LINE)
            .read_until(b'\n', &mut head);
        if read.map_err(StudioError::io("read from ffmpeg"))? == 0 {
            return self.end();
        }
        if !head.starts_with(b"FRAME") {
            return Err(unreadable("it sent something else than frames"));
        }
        let frame = self
            .read_frame()
            .map_err(|_| unreadable("a frame broke off"))?;
        self.given += 1;
        Ok(Some(Shown {
            from: self.given - 1,
            until: self.given,
            frame,
        }))
    }
}

impl Drop for Ffmpeg {
    fn drop(&mut self) {
        stop(&self.child);
    }
}

/// Longest header line that is read: ffmpeg's have under 100 bytes.
const MAX_LINE: u64 = 1024;

fn unreadable(why: &str) -> StudioError {
    StudioError::Ffmpeg {
        why: why.to_owned(),
    }
}

/// Kills the child after its time, unless the reader goes first.
fn watch(child: &Arc<Mutex<Child>>, late: &Arc<AtomicBool>, limits: &Limits) -> mpsc::Sender<()> {
    let (watched, gone) = mpsc::channel::<()>();
    let (child, late, timeout) = (Arc::clone(child), Arc::clone(late), limits.ffmpeg_timeout);
    thread::spawn(move || {
        if gone.recv_timeout(timeout) == Err(mpsc::RecvTimeoutError::Timeout) {
            late.store(true, Ordering::Release);
            stop(&child);
        }
    });
    watched
}

/// Kills and reaps. Both are harmless on a process that has ended.
fn stop(child: &Mutex<Child>) {
    let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
    // An error means that it is gone already, which is what is wanted.
    let _ = child.kill();
    let _ = child.wait();
}

/// One file in, frames as YUV4MPEG out: upright, BT.709 limited, 4:2:0, at `fps`, made smaller where
/// they have more pixels than allowed.
fn arguments(path: &Path, fps: u32, limits: &Limits) -> Vec<OsString> {
    let area = limits.max_pixels;
    // Scaled by the root of what is too much; never up; even sides of at least 16.
    let shrink = format!("min(1,sqrt({area}/(iw*ih)))");
    let side = |side: &str| format!("max(16,2*floor({side}*{shrink}/2))");
    let scale = format!(
        "scale=w='{}':h='{}':out_color_matrix=bt709:out_range=tv",
        side("iw"),
        side("ih")
    );
    let filters = format!("fps={fps},{scale},format=yuv420p");
    // A second more than allowed, so that what is too long is seen to be.
    let seconds = (limits.max_duration_ms.div_ceil(1000) + 1).to_string();
    let mut file = OsString::from("file:");
    file.push(path);
    let alloc = MAX_ALLOCATION.to_string();
    let mut args: Vec<OsString> = [
        "-nostdin",
        "-v",
        "quiet",
        "-threads",
        "1",
        "-max_alloc",
        &alloc,
    ]
    .map(OsString::from)
    .to_vec();
    args.extend(["-protocol_whitelist", "file,pipe", "-i"].map(OsString::from));
    args.push(file);
    let rest = [
        "-map", "0:v:0", "-an", "-sn", "-dn", "-t", &seconds, "-vf", &filters,
    ];
    args.extend(rest.map(OsString::from));
    args.extend(["-f", "yuv4mpegpipe", "pipe:1"].map(OsString::from));
    args
}

/// Size from the first line, such as `YUV4MPEG2 W640 H360 F24:1 …`.
fn stream_header(frames: &mut impl BufRead) -> Result<Size, StudioError> {
    let mut line = Vec::new();
    let read = frames.take(MAX_LINE).read_until(b'\n', &mut line);
    read.map_err(StudioError::io("read from ffmpeg"))?;
    let line = String::from_utf8_lossy(&line);
    let field = |name: char| {
        let field = line
            .split_ascii_whitespace()
            .find_map(|field| field.strip_prefix(name));
        field.and_then(|digits| digits.parse::<u32>().ok())
    };
    match (field('W'), field('H')) {
        (Some(width), Some(height)) if line.starts_with("YUV4MPEG2 ") => Ok(Size { width, height }),
        _ => Err(unreadable("it knows no picture in it")),
    }
}

/// A program by the directories of PATH.
fn on_path(name: &str) -> Option<PathBuf> {
    let directories = std::env::var_os("PATH")?;
    std::env::split_paths(&directories)
        .map(|dir| dir.join(name))
        .find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_stands_in_the_first_line() {
        let mut line = &b"YUV4MPEG2 W640 H360 F24:1 Ip A1:1 C420mpeg2 XYSCSS=420MPEG2\nFRAME\n"[..];
        let size = stream_header(&mut line).expect("a header");
        assert_eq!(
            size,
            Size {
                width: 640,
                height: 360
            }
        );
        assert_eq!(line, b"FRAME\n");
        assert!(stream_header(&mut &b""[..]).is_err());
        assert!(stream_header(&mut &b"YUV4MPEG2 Wide\n"[..]).is_err());
    }

    #[test]
    fn ffmpeg_may_open_the_file_and_a_pipe_and_nothing_else() {
        let args = arguments(Path::new("-i http://x"), 24, &Limits::default());
        let args: Vec<_> = args.iter().map(|arg| arg.to_string_lossy()).collect();
        let input = args.iter().position(|arg| arg == "-i").expect("an input");
        assert_eq!(args[input - 1], "file,pipe");
        assert_eq!(args[input + 1], "file:-i http://x");
    }
}

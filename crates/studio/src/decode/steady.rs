//! Any file at a steady rate: frames that come too often are left out, frames that stay are
//! repeated.

use std::path::Path;

use super::{Decoder, Limits, Shown, open};
use crate::error::StudioError;
use crate::frame::{Frame, FrameSource, Size};

/// A video read at a fixed rate: each call gives the frame that is on screen then.
pub struct Reader {
    decoder: Box<dyn Decoder>,
    fps: u32,
    /// Number of the next frame to give.
    next: u64,
    now: Option<Shown>,
    ahead: Option<Shown>,
}

impl Reader {
    /// Opens MP4 or MOV with H.264 by ourselves, anything else through ffmpeg where it is installed.
    ///
    /// # Errors
    /// [`StudioError::NeedsFfmpeg`], [`StudioError::Malformed`], [`StudioError::TooLarge`].
    pub fn open(path: &Path, fps: u32, limits: &Limits) -> Result<Self, StudioError> {
        Self::new(open(path, fps, limits)?, fps)
    }

    fn new(mut decoder: Box<dyn Decoder>, fps: u32) -> Result<Self, StudioError> {
        let now = decoder.next_shown()?;
        let ahead = decoder.next_shown()?;
        Ok(Self {
            decoder,
            fps: fps.max(1),
            next: 0,
            now,
            ahead,
        })
    }

    /// Size of every frame, as shown: rotation is applied, odd edges are cut.
    #[must_use]
    pub fn size(&self) -> Size {
        self.decoder.size()
    }

    /// The frame nearest to `n / fps` seconds for n = 0, 1, 2 …; none past the end.
    ///
    /// # Errors
    /// As [`Self::open`], at the place where the file is damaged.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, StudioError> {
        while self
            .ahead
            .as_ref()
            .is_some_and(|ahead| self.is_due(ahead.from))
        {
            self.now = self.ahead.take();
            self.ahead = self.decoder.next_shown()?;
        }
        // The last frame stays for its own duration, rounded like all the others.
        let over =
            self.ahead.is_none() && self.now.as_ref().is_none_or(|now| self.is_due(now.until));
        self.next += 1;
        match (&self.now, &self.ahead) {
            _ if over => Ok(None),
            // Most frames are shown once: those need no copy.
            (Some(_), Some(ahead)) if self.is_due(ahead.from) => {
                Ok(self.now.take().map(|now| now.frame))
            }
            (now, _) => Ok(now.as_ref().map(|now| now.frame.clone())),
        }
    }

    /// Whether a time in ticks has come for the frame numbered `next`: half a frame early counts.
    fn is_due(&self, ticks: u64) -> bool {
        let scale = u128::from(self.decoder.timescale());
        let double = |n: u64| u128::from(n) * 2;
        double(ticks) * u128::from(self.fps) < (double(self.next) + 1) * scale
    }
}

impl FrameSource for Reader {
    fn next_frame(&mut self) -> Result<Option<Frame>, StudioError> {
        Reader::next_frame(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frames of 16 x 16 whose first sample is their number.
    struct Numbered {
        timescale: u32,
        times: std::vec::IntoIter<(u8, u64, u64)>,
    }

    impl Decoder for Numbered {
        fn size(&self) -> Size {
            Size {
                width: 16,
                height: 16,
            }
        }

        fn timescale(&self) -> u32 {
            self.timescale
        }

        fn next_shown(&mut self) -> Result<Option<Shown>, StudioError> {
            Ok(self.times.next().map(|(n, from, until)| {
                let mut frame = Frame::black(self.size());
                frame.y[0] = n;
                Shown { from, until, frame }
            }))
        }
    }

    fn read(timescale: u32, ticks: u64, count: u8, fps: u32) -> Vec<u8> {
        let times = (0..count).map(|n| (n, u64::from(n) * ticks, u64::from(n + 1) * ticks));
        let times = times.collect::<Vec<_>>().into_iter();
        let mut reader =
            Reader::new(Box::new(Numbered { timescale, times }), fps).expect("a decoder");
        std::iter::from_fn(|| reader.next_frame().expect("no error"))
            .map(|f| f.y[0])
            .collect()
    }

    #[test]
    fn the_same_rate_gives_every_frame_once() {
        assert_eq!(read(12_288, 512, 5, 24), [0, 1, 2, 3, 4]);
        // 23.976: a thousandth slower, no frame more or less in a short clip.
        assert_eq!(read(24_000, 1001, 5, 24), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn half_the_rate_repeats_and_twice_the_rate_leaves_out() {
        assert_eq!(read(12, 1, 3, 24), [0, 0, 1, 1, 2, 2]);
        assert_eq!(read(48, 1, 6, 24), [0, 2, 4]);
    }

    #[test]
    fn thirty_a_second_become_twenty_four_and_last_as_long() {
        assert_eq!(read(30, 1, 30, 24).len(), 24);
        assert_eq!(read(25, 1, 25, 24).len(), 24);
    }

    #[test]
    fn an_empty_file_gives_no_frame() {
        assert!(read(24, 1, 0, 24).is_empty());
    }
}

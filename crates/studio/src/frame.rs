//! A picture in memory: planar YUV 4:2:0, the one form that everything here draws, moves and
//! encodes. Not a file format and not a colour manager: BT.709, limited range, 8 bits, always.

use crate::error::StudioError;

/// Width and height in pixels, both even and at least 16 (4:2:0 has half-size chroma planes).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Size {
    pub width: u32,
    pub height: u32,
}

impl Size {
    /// The nearest size that 4:2:0 can hold: odd edges lose a pixel, tiny ones grow to 16.
    #[must_use]
    pub fn even(width: u32, height: u32) -> Self {
        Self {
            width: (width & !1).max(16),
            height: (height & !1).max(16),
        }
    }

    /// Luma samples in a frame.
    #[must_use]
    pub fn area(self) -> usize {
        self.width as usize * self.height as usize
    }
}

/// One frame: `y` is `width * height` samples, `u` and `v` are a quarter of that each, rows packed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    pub size: Size,
    pub y: Vec<u8>,
    pub u: Vec<u8>,
    pub v: Vec<u8>,
}

impl Frame {
    /// A black frame (luma 16, chroma 128: limited range).
    #[must_use]
    pub fn black(size: Size) -> Self {
        let quarter = size.area() / 4;
        Self {
            size,
            y: vec![16; size.area()],
            u: vec![128; quarter],
            v: vec![128; quarter],
        }
    }
}

/// Something that can paint frame `n` of a clip, in order, without knowing who encodes it.
///
/// `paint` is called with `n` rising from 0 by one; `out` has the clip's size and holds whatever was
/// painted before, so every sample must be written. The same shot paints the same samples on every
/// machine and in every run.
pub trait Shot: Send {
    fn paint(&mut self, n: u32, out: &mut Frame);

    /// What went wrong so far, for a shot that depends on somebody's file: it goes on painting what
    /// it last had, and whoever writes the clip asks afterwards. Given once, then forgotten.
    fn trouble(&mut self) -> Option<StudioError> {
        None
    }
}

/// Frames that come from elsewhere, in the order they are shown, 24 for each second.
pub trait FrameSource: Send {
    /// The next frame, in whatever size the source has; none past the end, and again none after.
    ///
    /// # Errors
    /// Any [`StudioError`] of reading; the source is then at its end.
    fn next_frame(&mut self) -> Result<Option<Frame>, StudioError>;
}

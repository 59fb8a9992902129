//! Somebody's video, painted anew: each frame is brought to size, perhaps turned upside down, and
//! given the look that the words ask for. Every frame is treated alike and alone, so what does not
//! change in the source does not flicker. Not a decoder: frames come from a [`FrameSource`].

mod grade;
mod look;
mod strokes;
mod words;

pub use look::Look;

use crate::error::StudioError;
use crate::frame::{Frame, FrameSource, Shot, Size};
use crate::refit;
use grade::Grade;
use strokes::Strokes;

/// How to paint a video.
#[derive(Clone, Copy, Debug)]
pub struct StyleOrder<'a> {
    /// Words such as "anime", "sketch", "noir", "at night"; without any a gentle film grade.
    pub prompt: &'a str,
    /// Turn top to bottom.
    pub flip: bool,
    pub size: Size,
    /// Chooses the grain of the paper.
    pub seed: u64,
}

/// A video in a new look.
pub struct Restyle {
    source: Box<dyn FrameSource>,
    size: Size,
    flip: bool,
    strokes: Strokes,
    grade: Grade,
    /// What was painted last: shown on when the source ends early.
    held: Option<Frame>,
    trouble: Option<StudioError>,
}

impl Restyle {
    /// Chooses the look by the prompt; reads nothing from the source yet.
    #[must_use]
    pub fn new(order: &StyleOrder, source: Box<dyn FrameSource>) -> Self {
        let look = Look::for_prompt(order.prompt);
        Self {
            source,
            size: order.size,
            flip: order.flip,
            strokes: Strokes::new(&look, order.size),
            grade: Grade::new(&look, order.size, order.seed),
            held: None,
            trouble: None,
        }
    }

    fn next(&mut self) -> Option<Frame> {
        match self.source.next_frame() {
            Ok(frame) => frame,
            Err(error) => {
                self.trouble.get_or_insert(error);
                None
            }
        }
    }

    fn restyled(&mut self, frame: Frame) -> Frame {
        let mut frame = refit::into_size(frame, self.size);
        if self.flip {
            turn_over(&mut frame);
        }
        let lines = self.strokes.draw(&mut frame);
        self.grade.apply(&mut frame, lines);
        frame
    }
}

impl Shot for Restyle {
    fn paint(&mut self, _n: u32, out: &mut Frame) {
        if let Some(frame) = self.next() {
            self.held = Some(self.restyled(frame));
        }
        match &self.held {
            Some(frame) => out.clone_from(frame),
            None => out.clone_from(&Frame::black(self.size)),
        }
    }

    fn trouble(&mut self) -> Option<StudioError> {
        self.trouble.take()
    }
}

/// Rows in reverse order, in every plane.
fn turn_over(frame: &mut Frame) {
    let width = frame.size.width as usize;
    for (plane, width) in [
        (&mut frame.y, width),
        (&mut frame.u, width / 2),
        (&mut frame.v, width / 2),
    ] {
        let rows = plane.len() / width;
        let (top, bottom) = plane.split_at_mut(rows / 2 * width);
        let from_below = bottom.chunks_exact_mut(width).rev();
        for (upper, lower) in top.chunks_exact_mut(width).zip(from_below) {
            upper.swap_with_slice(lower);
        }
    }
}

#[cfg(test)]
mod tests;

//! A frame brought to another size: its middle, in the new shape, as a picture is fitted. Not a
//! change of rate: sources give 24 frames a second already.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use crate::frame::{Frame, Size};

/// The frame at `size`, cropped at two sides where the shapes differ (Catmull-Rom).
#[must_use]
pub fn into_size(frame: Frame, size: Size) -> Frame {
    if frame.size == size {
        frame
    } else {
        refit(&frame, size)
    }
}

/// As [`into_size`], of a frame that is still needed.
#[must_use]
pub fn refit(frame: &Frame, size: Size) -> Frame {
    if frame.size == size {
        return frame.clone();
    }
    let half = |s: Size| (s.width / 2, s.height / 2);
    let (from, to) = (
        (frame.size.width, frame.size.height),
        (size.width, size.height),
    );
    Frame {
        size,
        y: plane(&frame.y, from, to),
        u: plane(&frame.u, half(frame.size), half(size)),
        v: plane(&frame.v, half(frame.size), half(size)),
    }
}

fn plane(samples: &[u8], from: (u32, u32), to: (u32, u32)) -> Vec<u8> {
    let source = ImageRef::new(from.0, from.1, samples, PixelType::U8)
        .expect("a frame's planes have the lengths that its size says");
    let mut target = Image::new(to.0, to.1, PixelType::U8);
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom))
        .fit_into_destination(None);
    Resizer::new()
        .resize(&source, &mut target, &options)
        .expect("both sides are one byte deep and the crop lies inside the source");
    target.into_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flat_frame_stays_flat_at_any_size() {
        let mut frame = Frame::black(Size {
            width: 64,
            height: 32,
        });
        frame.u.fill(90);
        let fitted = refit(
            &frame,
            Size {
                width: 48,
                height: 96,
            },
        );
        assert_eq!(fitted.y.len(), 48 * 96);
        assert!(fitted.y.iter().all(|&y| y == 16) && fitted.u.iter().all(|&u| u == 90));
    }
}

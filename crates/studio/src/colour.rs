//! One pixel's way between RGB and the studio's YUV (BT.709, limited range, 8 bits), in integers so
//! that every machine rounds alike. Not a colour manager: profiles and other matrices stay outside.

use crate::frame::{Frame, Size};

/// Luma of an RGB pixel, 16..=235 (ITU-R BT.709, item 3.2, scaled by 65536).
#[must_use]
pub fn luma([r, g, b]: [u8; 3]) -> u8 {
    let sum = 11_966 * u32::from(r) + 40_254 * u32::from(g) + 4_064 * u32::from(b);
    (16 + ((sum + 32_768) >> 16)) as u8
}

/// Chroma `[u, v]` of an RGB pixel, 16..=240 around 128.
#[must_use]
pub fn chroma([r, g, b]: [u8; 3]) -> [u8; 2] {
    let [r, g, b] = [i32::from(r), i32::from(g), i32::from(b)];
    let u = -6_596 * r - 22_189 * g + 28_785 * b;
    let v = 28_784 * r - 26_145 * g - 2_639 * b;
    [u, v].map(|c| (128 + ((c + 32_768) >> 16)) as u8)
}

/// The RGB pixel that a YUV sample shows; what lies outside RGB is clamped.
#[must_use]
pub fn rgb(y: u8, u: u8, v: u8) -> [u8; 3] {
    let y = 76_309 * (i32::from(y) - 16);
    let [u, v] = [i32::from(u) - 128, i32::from(v) - 128];
    let channel = |c: i32| ((c + 32_768) >> 16).clamp(0, 255) as u8;
    [
        channel(y + 117_489 * v),
        channel(y - 13_975 * u - 34_925 * v),
        channel(y + 138_438 * u),
    ]
}

/// A frame from packed RGB rows of exactly `size`; each chroma sample is the mean of its 2 x 2 block.
///
/// # Panics
/// When `pixels` does not hold `3 * size.area()` bytes: the caller has mixed up two sizes.
#[must_use]
pub fn frame_from_rgb(size: Size, pixels: &[u8]) -> Frame {
    assert_eq!(pixels.len(), 3 * size.area(), "RGB bytes and size disagree");
    let mut frame = Frame::black(size);
    let (pixels, _) = pixels.as_chunks::<3>();
    for (y, &pixel) in frame.y.iter_mut().zip(pixels) {
        *y = luma(pixel);
    }
    let width = size.width as usize;
    let chroma_samples = frame.u.iter_mut().zip(&mut frame.v);
    let blocks = pixels.chunks_exact(2 * width).flat_map(|rows| {
        let (top, bottom) = rows.split_at(width);
        top.as_chunks::<2>().0.iter().zip(bottom.as_chunks::<2>().0)
    });
    for ((u, v), (&[a, b], &[c, d])) in chroma_samples.zip(blocks) {
        [*u, *v] = chroma(mean_of_four([a, b, c, d]));
    }
    frame
}

fn mean_of_four(pixels: [[u8; 3]; 4]) -> [u8; 3] {
    std::array::from_fn(|i| {
        let sum: u16 = pixels.iter().map(|p| u16::from(p[i])).sum();
        ((sum + 2) / 4) as u8
    })
}

/// Packed RGB rows of a frame, for stills; chroma is repeated, not interpolated.
#[must_use]
pub fn frame_to_rgb(frame: &Frame) -> Vec<u8> {
    let width = frame.size.width as usize;
    let mut pixels = Vec::with_capacity(3 * frame.size.area());
    for (row, luma_row) in frame.y.chunks_exact(width).enumerate() {
        let chroma_row = row / 2 * (width / 2);
        for (x, &y) in luma_row.iter().enumerate() {
            let at = chroma_row + x / 2;
            pixels.extend_from_slice(&rgb(y, frame.u[at], frame.v[at]));
        }
    }
    pixels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_and_black_meet_the_ends_of_limited_range() {
        assert_eq!((luma([0; 3]), luma([255; 3])), (16, 235));
        assert_eq!((chroma([0; 3]), chroma([255; 3])), ([128, 128], [128, 128]));
    }

    #[test]
    fn colours_come_back_within_two_steps() {
        for pixel in [
            [255, 0, 0],
            [0, 255, 0],
            [0, 0, 255],
            [12, 200, 90],
            [250, 240, 10],
        ] {
            let [u, v] = chroma(pixel);
            let back = rgb(luma(pixel), u, v);
            for (a, b) in pixel.iter().zip(back) {
                assert!(a.abs_diff(b) <= 2, "{pixel:?} came back as {back:?}");
            }
        }
    }

    #[test]
    fn a_frame_keeps_flat_colour_in_every_plane() {
        let size = Size {
            width: 16,
            height: 16,
        };
        let frame = frame_from_rgb(size, &[200, 40, 90].repeat(size.area()));
        assert!(frame.y.iter().all(|&y| y == luma([200, 40, 90])));
        assert!(frame.u.iter().all(|&u| u == chroma([200, 40, 90])[0]));
    }
}

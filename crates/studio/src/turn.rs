//! A frame as its file wants it shown: turned by quarters, and in limited range. Exact: samples
//! move or are mapped one by one, nothing is interpolated between pixels.

use crate::frame::{Frame, Size};

/// `frame` turned clockwise by 0, 90, 180 or 270 degrees.
pub(crate) fn turned(frame: Frame, degrees: u16) -> Frame {
    if degrees == 0 {
        return frame;
    }
    let Size { width, height } = frame.size;
    let size = if degrees == 180 {
        frame.size
    } else {
        Size {
            width: height,
            height: width,
        }
    };
    let plane = |samples: &[u8], half: u32| {
        turned_plane(
            samples,
            (width / half) as usize,
            (height / half) as usize,
            degrees,
        )
    };
    Frame {
        size,
        y: plane(&frame.y, 1),
        u: plane(&frame.u, 2),
        v: plane(&frame.v, 2),
    }
}

fn turned_plane(samples: &[u8], width: usize, height: usize, degrees: u16) -> Vec<u8> {
    let column = |x: usize, up: bool| {
        let rows = samples.chunks_exact(width);
        let picked = move |row: &[u8]| row[x];
        let rows: Box<dyn Iterator<Item = &[u8]>> = if up {
            Box::new(rows.rev())
        } else {
            Box::new(rows)
        };
        rows.map(picked)
    };
    let mut out = Vec::with_capacity(width * height);
    match degrees {
        90 => (0..width).for_each(|x| out.extend(column(x, true))),
        180 => out.extend(samples.iter().rev()),
        _ => (0..width).rev().for_each(|x| out.extend(column(x, false))),
    }
    out
}

/// Maps full range (0..=255) to limited range (luma 16..=235, chroma 16..=240), BT.709 3.
pub(crate) fn limit_range(frame: &mut Frame) {
    let luma = table(|x| 16.0 + x * 219.0 / 255.0);
    let chroma = table(|x| 128.0 + (x - 128.0) * 224.0 / 255.0);
    frame.y.iter_mut().for_each(|x| *x = luma[usize::from(*x)]);
    frame
        .u
        .iter_mut()
        .chain(&mut frame.v)
        .for_each(|x| *x = chroma[usize::from(*x)]);
}

fn table(map: impl Fn(f32) -> f32) -> [u8; 256] {
    std::array::from_fn(|n| map(n as f32).round().clamp(0.0, 255.0) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 4 x 2, so that a wrong axis shows.
    fn numbered() -> Frame {
        let size = Size {
            width: 4,
            height: 2,
        };
        Frame {
            size,
            y: (0..8).collect(),
            u: vec![10, 11],
            v: vec![20, 21],
        }
    }

    #[test]
    fn a_quarter_turn_brings_the_left_edge_to_the_top() {
        let turned = turned(numbered(), 90);
        assert_eq!(
            turned.size,
            Size {
                width: 2,
                height: 4
            }
        );
        assert_eq!(turned.y, [4, 0, 5, 1, 6, 2, 7, 3]);
        assert_eq!(turned.u, [10, 11]);
    }

    #[test]
    fn turns_add_up_to_a_whole_one() {
        for (first, second) in [(90, 270), (180, 180), (270, 90), (0, 0)] {
            assert_eq!(turned(turned(numbered(), first), second), numbered());
        }
        assert_eq!(turned(numbered(), 180), turned(turned(numbered(), 90), 90));
    }

    #[test]
    fn black_white_and_grey_keep_their_meaning_in_limited_range() {
        let mut frame = numbered();
        frame.y = vec![0, 255, 128, 0, 0, 0, 0, 0];
        frame.u = vec![128, 255];
        limit_range(&mut frame);
        assert_eq!(frame.y[..3], [16, 235, 126]);
        assert_eq!(frame.u, [128, 240]);
    }
}

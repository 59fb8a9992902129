//! Pictures for tests: a scene with depth, bare gradients, a flat colour and a page of text-like
//! marks, all computed.

use crate::frame::Size;
use crate::grain;
use crate::picture::Picture;

/// The size that tests render at: small enough to be quick, large enough for flow.
pub const SIZE: Size = Size {
    width: 480,
    height: 270,
};

fn draw(pixel: impl Fn(f32, f32) -> [f32; 3]) -> Picture {
    let Size { width, height } = SIZE;
    let rgb = (0..width * height)
        .flat_map(|i| pixel((i % width) as f32, (i / width) as f32))
        .map(|c| c.clamp(0.0, 255.0) as u8)
        .collect();
    Picture::from_rgb(width, height, rgb)
}

/// Sky, hills, a meadow and a round thing in the middle, everything with some grain.
pub fn landscape(seed: u64) -> Picture {
    draw(|x, y| {
        let hills = 120.0 + 25.0 * grain::smooth(seed, 90.0, x, 0.0);
        let leaves = 28.0 * grain::smooth(seed + 1, 9.0, x, y);
        let (dx, dy) = (x - 250.0, y - 160.0);
        if dx * dx + dy * dy < 45.0 * 45.0 {
            [200.0 + leaves, 90.0 + leaves, 60.0]
        } else if y > hills {
            [70.0 + leaves, 110.0 + 0.2 * y + leaves, 50.0 + leaves]
        } else {
            let cloud = 20.0 * grain::smooth(seed + 2, 50.0, x, y);
            [150.0 + cloud, 180.0 + cloud, 225.0 + cloud]
        }
    })
}

/// From one colour to another, left to right or top to bottom.
pub fn gradient(downwards: bool) -> Picture {
    draw(|x, y| {
        let t = if downwards {
            y / SIZE.height as f32
        } else {
            x / SIZE.width as f32
        };
        [40.0 + 150.0 * t, 90.0 + 60.0 * t, 200.0 - 120.0 * t]
    })
}

/// One colour.
pub fn flat(colour: [f32; 3]) -> Picture {
    draw(|_, _| colour)
}

/// Dark marks in lines on white, like a page seen from afar.
pub fn text() -> Picture {
    draw(|x, y| {
        let (column, row) = ((x / 7.0) as u32, (y / 18.0) as u32);
        let in_line = (3.0..13.0).contains(&(y % 18.0)) && (30.0..450.0).contains(&x);
        let word_gap = grain::signed(3, column, row) < -0.6;
        let stroke = grain::signed(4, (x / 2.0) as u32, (y / 3.0) as u32) > -0.1;
        if in_line && stroke && !word_gap {
            [25.0; 3]
        } else {
            [250.0; 3]
        }
    })
}

//! The places that the contact sheets show when nobody gives a picture: painted, so that they hold
//! edges, gradients and things at several depths. Drawing only.

use framewright_studio::picture::Picture;
use tiny_skia::{
    Color, FillRule, GradientStop, LinearGradient, Paint, PathBuilder, Pixmap, Point, Rect,
    SpreadMode, Transform,
};

use crate::{Outcome, SIZE};

/// A lake among hills with a house and a tree; `hour` 0 is before sunset, 1 after, the sun lower and
/// everything a little further left.
pub fn evening(hour: f32) -> Outcome<Picture> {
    let mut canvas = canvas(
        [64.0 - 40.0 * hour, 107.0 - 64.0 * hour, 184.0 - 76.0 * hour],
        [250.0, 184.0 - 64.0 * hour, 115.0],
    )?;
    let shift = -60.0 * hour;
    let sun = (900.0 + shift, 300.0 + 90.0 * hour);
    disc(&mut canvas, sun.0, sun.1, 70.0, [255, 232, 180]);
    hills(&mut canvas, shift);
    water(&mut canvas, shift);
    house(&mut canvas, shift);
    tree(&mut canvas, 1.5 * shift);
    Ok(picture(&canvas))
}

fn hills(canvas: &mut Pixmap, shift: f32) {
    let tints = [[120, 110, 150], [90, 90, 120], [60, 75, 85]];
    for (i, tint) in tints.into_iter().enumerate() {
        let base = 380.0 + 60.0 * i as f32;
        let points = (0..=16).map(|k| {
            let wave = ((k * (7 + 4 * i) + 3 * i) % 11) as f32;
            let x = k as f32 * 90.0 - 60.0 + shift * (0.4 + 0.3 * i as f32);
            (x, base - 14.0 * wave)
        });
        hill(canvas, points, tint);
    }
}

fn water(canvas: &mut Pixmap, shift: f32) {
    rect(canvas, 0.0, 540.0, 1280.0, 180.0, [70, 96, 120]);
    for i in 0..70 {
        let (x, y) = ((i * 197 % 1280) as f32, 548.0 + (i * 83 % 160) as f32);
        let width = 50.0 + (i % 5) as f32 * 14.0;
        rect(canvas, x + shift, y, width, 2.5, [230, 190, 150]);
    }
}

fn house(canvas: &mut Pixmap, shift: f32) {
    rect(canvas, 330.0 + shift, 430.0, 150.0, 120.0, [150, 70, 50]);
    let roof = [(310.0, 430.0), (405.0, 350.0), (500.0, 430.0)];
    let roof = roof.map(|(x, y)| (x + shift, y));
    hill(canvas, roof.into_iter(), [80, 40, 35]);
    for k in 0..3 {
        let x = 345.0 + shift + 45.0 * k as f32;
        rect(canvas, x, 460.0, 25.0, 32.0, [255, 220, 120]);
    }
}

fn tree(canvas: &mut Pixmap, shift: f32) {
    rect(canvas, 1020.0 + shift, 400.0, 26.0, 260.0, [50, 34, 26]);
    for i in 0..60 {
        let (x, y) = ((i * 53 % 210) as f32, (i * 37 % 170) as f32);
        let tint = [30 + i as u8, 80 + 2 * (i % 30) as u8, 40];
        disc(canvas, 930.0 + x + shift, 260.0 + y, 26.0, tint);
    }
}

/// Flowers under a plain sky: nothing in common with the evening.
pub fn meadow() -> Outcome<Picture> {
    let mut canvas = canvas([128.0, 190.0, 242.0], [230.0, 245.0, 255.0])?;
    rect(&mut canvas, 0.0, 420.0, 1280.0, 300.0, [90, 150, 70]);
    for i in 0..260 {
        let row = (i / 10) as f32;
        let (x, y) = ((i * 331 % 1300) as f32, 425.0 + row * 11.0);
        let tint = [
            [230, 60, 80],
            [250, 210, 70],
            [240, 240, 250],
            [150, 90, 200],
        ][i % 4];
        disc(&mut canvas, x, y, 3.0 + row * 0.6, tint);
    }
    Ok(picture(&canvas))
}

fn canvas(top: [f32; 3], bottom: [f32; 3]) -> Outcome<Pixmap> {
    let [top, bottom] =
        [top, bottom].map(|[r, g, b]| Color::from_rgba8(r as u8, g as u8, b as u8, 255));
    let mut canvas = Pixmap::new(SIZE.width, SIZE.height).ok_or("a canvas has pixels")?;
    let sky = LinearGradient::new(
        Point::from_xy(0.0, 0.0),
        Point::from_xy(0.0, 520.0),
        vec![GradientStop::new(0.0, top), GradientStop::new(1.0, bottom)],
        SpreadMode::Pad,
        Transform::identity(),
    )
    .ok_or("a gradient has length")?;
    let whole = Rect::from_xywh(0.0, 0.0, 1280.0, 720.0).ok_or("a canvas has an area")?;
    canvas.fill_rect(
        whole,
        &Paint {
            shader: sky,
            ..Paint::default()
        },
        Transform::identity(),
        None,
    );
    Ok(canvas)
}

fn ink([r, g, b]: [u8; 3]) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color_rgba8(r, g, b, 255);
    paint
}

fn rect(canvas: &mut Pixmap, x: f32, y: f32, width: f32, height: f32, tint: [u8; 3]) {
    if let Some(rect) = Rect::from_xywh(x, y, width, height) {
        canvas.fill_rect(rect, &ink(tint), Transform::identity(), None);
    }
}

fn disc(canvas: &mut Pixmap, x: f32, y: f32, radius: f32, tint: [u8; 3]) {
    if let Some(path) = PathBuilder::from_circle(x, y, radius) {
        canvas.fill_path(
            &path,
            &ink(tint),
            FillRule::Winding,
            Transform::identity(),
            None,
        );
    }
}

fn hill(canvas: &mut Pixmap, points: impl Iterator<Item = (f32, f32)>, tint: [u8; 3]) {
    let mut path = PathBuilder::new();
    let mut last = 0.0;
    for (i, (x, y)) in points.enumerate() {
        if i == 0 {
            path.move_to(x, y);
        } else {
            path.line_to(x, y);
        }
        last = x;
    }
    if last > 600.0 {
        path.line_to(last, 720.0);
        path.line_to(-200.0, 720.0);
    }
    path.close();
    if let Some(path) = path.finish() {
        canvas.fill_path(
            &path,
            &ink(tint),
            FillRule::Winding,
            Transform::identity(),
            None,
        );
    }
}

fn picture(canvas: &Pixmap) -> Picture {
    let rgb = canvas
        .pixels()
        .iter()
        .flat_map(|p| [p.red(), p.green(), p.blue()])
        .collect();
    Picture::from_rgb(SIZE.width, SIZE.height, rgb)
}

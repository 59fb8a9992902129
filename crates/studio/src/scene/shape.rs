//! Outlines that figures are built of: blobs through points, limbs with a thickness, polygons. Only
//! geometry; ink and pixels are `easel`.

use super::curve::mix;
use tiny_skia::{Path, PathBuilder, Rect};

/// A point in a figure's own units, y down.
pub type Spot = (f32, f32);

/// A closed smooth outline through the points (Catmull-Rom); nothing for fewer than three.
#[must_use]
pub fn blob(points: &[Spot]) -> Option<Path> {
    let n = points.len();
    if n < 3 {
        return None;
    }
    let mut path = PathBuilder::new();
    path.move_to(points[0].0, points[0].1);
    for i in 0..n {
        let [a, b, c, d] = [i + n - 1, i, i + 1, i + 2].map(|k| points[k % n]);
        curve(&mut path, a, b, c, d);
    }
    path.close();
    path.finish()
}

/// An open smooth line through the points, to be stroked.
#[must_use]
pub fn line(points: &[Spot]) -> Option<Path> {
    let last = points.len().checked_sub(1)?;
    let mut path = PathBuilder::new();
    path.move_to(points[0].0, points[0].1);
    for i in 0..last {
        let [a, b, c, d] = [i.saturating_sub(1), i, i + 1, (i + 2).min(last)].map(|k| points[k]);
        curve(&mut path, a, b, c, d);
    }
    path.finish()
}

/// The part of a Catmull-Rom spline between `b` and `c`, as a cubic.
fn curve(path: &mut PathBuilder, a: Spot, b: Spot, c: Spot, d: Spot) {
    let (x1, y1) = (b.0 + (c.0 - a.0) / 6.0, b.1 + (c.1 - a.1) / 6.0);
    let (x2, y2) = (c.0 - (d.0 - b.0) / 6.0, c.1 - (d.1 - b.1) / 6.0);
    path.cubic_to(x1, y1, x2, y2, c.0, c.1);
}

/// A closed outline with straight edges.
#[must_use]
pub fn polygon(points: &[Spot]) -> Option<Path> {
    let (first, rest) = points.split_first()?;
    let mut path = PathBuilder::new();
    path.move_to(first.0, first.1);
    rest.iter().for_each(|spot| path.line_to(spot.0, spot.1));
    path.close();
    path.finish()
}

/// An ellipse around a centre.
#[must_use]
pub fn oval(centre: Spot, rx: f32, ry: f32) -> Option<Path> {
    let rect = Rect::from_ltrb(centre.0 - rx, centre.1 - ry, centre.0 + rx, centre.1 + ry)?;
    PathBuilder::from_oval(rect)
}

/// A box between two corners.
#[must_use]
pub fn rect(left: f32, top: f32, right: f32, bottom: f32) -> Option<Path> {
    Rect::from_ltrb(left, top, right, bottom).map(PathBuilder::from_rect)
}

/// A limb: round joints of given radii with straight tapering flesh between.
#[must_use]
pub fn limb(joints: &[(Spot, f32)]) -> Option<Path> {
    let mut path = PathBuilder::new();
    for &((x, y), radius) in joints {
        path.push_circle(x, y, radius);
    }
    for pair in joints.windows(2) {
        flesh(&mut path, pair[0], pair[1]);
    }
    path.finish()
}

/// The quadrilateral between two joints, wound like the circles so that nothing cancels out.
fn flesh(path: &mut PathBuilder, (a, ra): (Spot, f32), (b, rb): (Spot, f32)) {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let length = (dx * dx + dy * dy).sqrt();
    if length < 1e-6 {
        return;
    }
    let (nx, ny) = (-dy / length, dx / length);
    path.move_to(a.0 - nx * ra, a.1 - ny * ra);
    path.line_to(b.0 - nx * rb, b.1 - ny * rb);
    path.line_to(b.0 + nx * rb, b.1 + ny * rb);
    path.line_to(a.0 + nx * ra, a.1 + ny * ra);
    path.close();
}

/// The joint between `from` and `to` of two bones of these lengths; `side` (1 or -1) says to which
/// side it bends. A target out of reach is pointed at.
#[must_use]
pub fn knee(from: Spot, to: Spot, upper: f32, lower: f32, side: f32) -> Spot {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length = (dx * dx + dy * dy)
        .sqrt()
        .clamp(1e-4, (upper + lower) * 0.999);
    let along = (upper * upper - lower * lower + length * length) / (2.0 * length);
    let out = (upper * upper - along * along).max(0.0).sqrt() * side;
    let (ux, uy) = (dx / length, dy / length);
    (
        from.0 + ux * along - uy * out,
        from.1 + uy * along + ux * out,
    )
}

/// The point between two.
#[must_use]
pub fn between(a: Spot, b: Spot, t: f32) -> Spot {
    (mix(a.0, b.0, t), mix(a.1, b.1, t))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_knee_keeps_the_length_of_both_bones() {
        let far = |a: Spot, b: Spot| ((a.0 - b.0).powi(2) + (a.1 - b.1).powi(2)).sqrt();
        let (hip, foot) = ((0.0, 0.0), (0.3, 0.7));
        for side in [-1.0, 1.0] {
            let joint = knee(hip, foot, 0.5, 0.4, side);
            assert!((far(hip, joint) - 0.5).abs() < 1e-4);
            assert!((far(joint, foot) - 0.4).abs() < 1e-4);
        }
    }

    #[test]
    fn joints_and_flesh_are_wound_the_same_way() {
        let limb = limb(&[((2.0, 2.0), 1.0), ((8.0, 6.0), 2.0)]).expect("two joints");
        let mut pixmap = tiny_skia::Pixmap::new(12, 12).expect("a small pixmap");
        let paint = tiny_skia::Paint::default();
        let (rule, to) = (
            tiny_skia::FillRule::Winding,
            tiny_skia::Transform::identity(),
        );
        pixmap.fill_path(&limb, &paint, rule, to, None);
        let alpha = |x, y| pixmap.pixel(x, y).expect("inside").alpha();
        assert_eq!([alpha(2, 2), alpha(5, 4), alpha(8, 6)], [255; 3]);
        assert_eq!(alpha(11, 0), 0);
    }
}

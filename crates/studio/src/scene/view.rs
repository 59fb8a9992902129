//! The camera of a scene: where it looks at each moment and how far it gets. It moves over flat
//! layers of different depth, so what is near slides faster than what is far.

use super::curve::{cosine, mix, sine, smooth};
use super::story::{Action, Camera, Kind, Story};
use crate::frame::Size;
use crate::rng::Rng;

/// Where the camera is: what stands at depth 1 is shifted by the whole of `x` and `y`, what stands
/// at depth 0 (infinitely far) not at all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    /// Pixels to the right.
    pub x: f32,
    /// Pixels down.
    pub y: f32,
    /// At least 1, as seen at depth 1.
    pub zoom: f32,
}

impl View {
    /// How much larger things look at this depth; far things grow less, as when a camera walks in.
    #[must_use]
    pub fn zoom_at(&self, depth: f32) -> f32 {
        1.0 + (self.zoom - 1.0) * (0.35 + 0.65 * depth)
    }

    /// Where a point of the world at this depth is on the screen, in pixels.
    #[must_use]
    pub fn place(&self, size: Size, depth: f32, x: f32, y: f32) -> (f32, f32) {
        let (middle_x, middle_y) = (size.width as f32 / 2.0, size.height as f32 / 2.0);
        let zoom = self.zoom_at(depth);
        let to = |at: f32, shift: f32, middle: f32| (at - shift * depth - middle) * zoom + middle;
        (to(x, self.x, middle_x), to(y, self.y, middle_y))
    }
}

/// One camera move over a whole clip.
#[derive(Clone, Debug)]
pub struct Move {
    from: View,
    to: View,
    /// Pixels of sideways swing, there and back: an orbit seen from inside.
    swing: f32,
    frames: u32,
}

/// The furthest the camera gets, in pixels at depth 1; layers are painted that much larger.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reach {
    pub left: f32,
    pub right: f32,
    pub up: f32,
    pub down: f32,
}

impl Move {
    /// The move that the story asks for; seed and variant choose what it leaves open.
    #[must_use]
    pub fn new(story: &Story, size: Size, frames: u32, seed: u64, variant: u32) -> Self {
        let (w, h) = (size.width as f32, size.height as f32);
        let mut rng = Rng::new(seed, 11 + u64::from(variant));
        let [(fx, fy, fz), (tx, ty, tz)] = ends(story.camera, variant, &mut rng);
        let chase = chase(story) * w * frames as f32 / 24.0;
        Self {
            from: View {
                x: fx * w,
                y: fy * h,
                zoom: fz,
            },
            to: View {
                x: tx * w + chase,
                y: ty * h,
                zoom: tz,
            },
            swing: if story.camera == Camera::Orbit {
                0.16 * w
            } else {
                0.0
            },
            frames: frames.max(2),
        }
    }

    /// The view at frame `n`, eased at both ends unless the camera follows someone.
    #[must_use]
    pub fn at(&self, n: u32) -> View {
        let even = n as f32 / (self.frames - 1) as f32;
        let t = mix(even, smooth(-0.15, 1.15, even), 0.6);
        let swing = -self.swing * cosine(even * 0.5);
        View {
            x: mix(self.from.x, self.to.x, t) + swing,
            y: mix(self.from.y, self.to.y, t) - self.swing * 0.1 * sine(even * 0.5),
            zoom: mix(self.from.zoom, self.to.zoom, t) + if self.swing > 0.0 { 0.06 } else { 0.0 },
        }
    }

    /// The furthest views of the clip.
    #[must_use]
    pub fn reach(&self) -> Reach {
        let (a, b) = (self.from, self.to);
        let lift = self.swing * 0.1;
        Reach {
            left: (-a.x.min(b.x) + self.swing).max(0.0),
            right: (a.x.max(b.x) + self.swing).max(0.0),
            up: (-a.y.min(b.y) + lift).max(0.0),
            down: a.y.max(b.y).max(0.0),
        }
    }
}

/// Both ends of a move as (x, y, zoom), x and y in frame widths and heights.
fn ends(camera: Camera, variant: u32, rng: &mut Rng) -> [(f32, f32, f32); 2] {
    let far = rng.range(0.07, 0.09);
    match camera {
        Camera::Still => [(0.0, 0.0, 1.0); 2],
        Camera::PanLeft => [(0.15, 0.0, 1.0), (-0.15, 0.0, 1.0)],
        Camera::PanRight => [(-0.15, 0.0, 1.0), (0.15, 0.0, 1.0)],
        Camera::TiltUp => [(0.0, 0.08, 1.04), (0.0, -0.08, 1.04)],
        Camera::TiltDown => [(0.0, -0.08, 1.04), (0.0, 0.08, 1.04)],
        Camera::ZoomIn => [(0.0, 0.0, 1.0), (0.0, 0.0, 1.38)],
        Camera::ZoomOut => [(0.0, 0.0, 1.38), (0.0, 0.0, 1.0)],
        Camera::Orbit => [(0.0, 0.0, 1.0); 2],
        Camera::Aerial => [(-0.05, 0.07, 1.0), (0.05, -0.02, 1.22)],
        Camera::Drift => match (variant + u32::from(rng.chance(0.5))) % 4 {
            0 => [(-far, 0.0, 1.0), (far, 0.0, 1.0)],
            1 => [(far, 0.0, 1.0), (-far, 0.0, 1.0)],
            2 => [(-0.02, 0.03, 1.0), (0.02, -0.02, 1.16)],
            _ => [(0.03, -0.02, 1.16), (-0.03, 0.03, 1.0)],
        },
    }
}

/// Frame widths per second that the camera runs along with someone fast.
fn chase(story: &Story) -> f32 {
    let drives = story.has(Kind::Car);
    let runs = story.action == Action::Run && story.cast.iter().any(|cast| is_runner(cast.kind));
    match (drives, runs) {
        (true, true) => 0.5,
        (true, false) => 0.3,
        (false, true) => 0.28,
        (false, false) => 0.0,
    }
}

fn is_runner(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Cat | Kind::Dog | Kind::Horse | Kind::Person | Kind::Robot
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::words::read;

    const SIZE: Size = Size {
        width: 640,
        height: 360,
    };

    fn ends_of(prompt: &str) -> (View, View) {
        let shot = Move::new(&read(prompt, ""), SIZE, 121, 1, 0);
        (shot.at(0), shot.at(120))
    }

    #[test]
    fn the_camera_goes_where_its_words_say() {
        let (a, b) = ends_of("a forest, pan left");
        assert!(b.x < a.x - 100.0);
        let (a, b) = ends_of("a forest, zoom in");
        assert!(b.zoom > a.zoom + 0.3);
        let (a, b) = ends_of("a forest, tilt up");
        assert!(b.y < a.y - 40.0);
        let (a, b) = ends_of("a forest, static shot");
        assert_eq!(a, b);
    }

    #[test]
    fn no_view_is_beyond_the_reach() {
        for camera in [
            "pan left",
            "orbit",
            "aerial",
            "zoom in",
            "tilt down",
            "dog running",
        ] {
            for variant in 0..4 {
                let shot = Move::new(&read(camera, ""), SIZE, 121, 5, variant);
                let reach = shot.reach();
                for view in (0..121).map(|n| shot.at(n)) {
                    assert!(view.x >= -reach.left - 0.01 && view.x <= reach.right + 0.01);
                    assert!(view.y >= -reach.up - 0.01 && view.y <= reach.down + 0.01);
                    assert!(view.zoom >= 1.0);
                }
            }
        }
    }

    #[test]
    fn near_things_move_more_than_far_ones() {
        let view = View {
            x: 40.0,
            y: 0.0,
            zoom: 1.0,
        };
        let shift = |depth| 320.0 - view.place(SIZE, depth, 320.0, 100.0).0;
        assert_eq!((shift(0.0), shift(0.5), shift(1.0)), (0.0, 20.0, 40.0));
    }
}

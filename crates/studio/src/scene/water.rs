//! Water seen from above it: the picture over the horizon, mirrored, bent and tinted by waves that
//! come towards the viewer. It draws what the elements before it drew, so it must stand after them.

use super::colour::Rgb;
use super::curve::{falloff, mix, smooth};
use super::element::{Element, Moment};
use super::sky;
use super::stage::Stage;
use super::story::{Place, Weather};
use crate::frame::Frame;
use crate::rng::noise2;

/// Side of the wave texture, which repeats; a power of two.
const TEXTURE: usize = 256;

/// A water surface from the horizon to the lower edge.
pub struct Water {
    texture: Vec<i8>,
    horizon: f32,
    unit: f32,
    deep: [f32; 3],
    glitter: Glitter,
    /// 0 for a pond, 1 for a sea in a storm.
    rough: f32,
    mirror: Vec<u8>,
}

/// Sparks on the waves below the sun or the moon.
struct Glitter {
    colour: [f32; 3],
    x: f32,
    half: f32,
    strength: f32,
}

impl Water {
    #[must_use]
    pub fn new(stage: &Stage) -> Self {
        let p = stage.palette;
        let deep = Rgb::hex(0x0e4a66).mix(Rgb::hex(0x176d84), 0.4);
        let deep = deep.under(p.light).mix(p.upper, 0.38).mix(p.zenith, 0.12);
        let rough = match (stage.story.weather, stage.story.is_in(Place::Sea)) {
            (Weather::Storm, _) => 1.0,
            (Weather::Rain, true) => 0.75,
            (_, true) => 0.55,
            _ => 0.22,
        };
        Self {
            texture: waves(stage.noise(200)),
            horizon: stage.horizon,
            unit: stage.unit,
            deep: deep.yuv(),
            glitter: Glitter {
                colour: p.sun.mix(p.glow, 0.4).yuv(),
                x: sky::sun(stage).0,
                half: stage.unit * 0.16,
                strength: p.clearness,
            },
            rough,
            mirror: Vec::new(),
        }
    }

    /// One plane: `ratio` is 1 for luma and 2 for chroma, `part` which of Y, U, V it is.
    fn draw_plane(&mut self, at: &Moment, plane: &mut [u8], width: usize, ratio: f32, part: usize) {
        let rows = plane.len() / width;
        let horizon = self.line(at, rows as f32 * ratio, width as f32 * ratio);
        let first = ((horizon / ratio).ceil().max(1.0) as usize).min(rows);
        let mut mirror = std::mem::take(&mut self.mirror);
        for row in first..rows {
            let surface =
                self.surface(at, (row as f32 + 0.5) * ratio, horizon, rows as f32 * ratio);
            let above = (horizon - surface.below * surface.fold) / ratio;
            let source = (above.max(0.0) as usize).min(first - 1);
            mirror.clear();
            mirror.extend_from_slice(&plane[source * width..(source + 1) * width]);
            let out = &mut plane[row * width..(row + 1) * width];
            self.draw_row(at, &surface, &mirror, out, (ratio, part));
        }
        self.mirror = mirror;
    }

    /// The horizon's row on the screen now.
    fn line(&self, at: &Moment, height: f32, width: f32) -> f32 {
        let size = crate::frame::Size {
            width: width as u32,
            height: height as u32,
        };
        at.view.place(size, 0.1, 0.0, self.horizon).1
    }

    fn surface(&self, at: &Moment, y: f32, horizon: f32, height: f32) -> Surface {
        let below = (y - horizon).max(0.5);
        let near = below / (height - horizon).max(1.0);
        let far = 1.0 / (near + 0.045);
        let time = at.seconds;
        Surface {
            below,
            near,
            fold: mix(0.9, 0.75, near),
            step: far * 620.0 / self.unit,
            shift: at.view.x * mix(0.2, 1.0, near) * far * 620.0 / self.unit / 3.0,
            rows: [
                wrap(far * 150.0 + time * mix(26.0, 44.0, self.rough)),
                wrap(far * 97.0 + 91.0 + time * mix(17.0, 31.0, self.rough)),
            ],
        }
    }

    fn draw_row(
        &self,
        at: &Moment,
        surface: &Surface,
        mirror: &[u8],
        out: &mut [u8],
        (ratio, part): (f32, usize),
    ) {
        let near = surface.near;
        let share = mix(0.16, 0.62, smooth(0.0, 1.0, near)) * mix(0.75, 1.1, self.rough);
        let bend = surface.below * mix(0.07, 0.3, self.rough) / ratio + 1.5;
        let swell = if part == 0 {
            mix(7.0, 30.0, self.rough) * smooth(-0.05, 0.7, near)
        } else {
            0.0
        };
        let tilt = |value: f32| (value * 65536.0) as i32;
        let (bend, swell, share) = (tilt(bend / 127.0), tilt(swell / 127.0), tilt(share));
        let deep = tilt(self.deep[part]);
        let [first, second] = surface
            .rows
            .map(|row| &self.texture[row * TEXTURE..][..TEXTURE]);
        let scale = surface.step * ratio / 3.0;
        let (mut a, step_a) = (tilt_wide(surface.shift), tilt_wide(scale));
        let drift = tilt_wide(at.seconds * 13.0);
        let (mut b, step_b) = (
            tilt_wide(surface.shift * 0.61) + drift,
            tilt_wide(scale * 0.61),
        );
        let last = mirror.len() as i32 - 1;
        let sparks = self.sparks(at, mirror.len(), ratio, near);
        for (column, sample) in out.iter_mut().enumerate() {
            let wave = i32::from(first[(a >> 16) as usize & (TEXTURE - 1)])
                + i32::from(second[(b >> 16) as usize & (TEXTURE - 1)]);
            a = a.wrapping_add(step_a);
            b = b.wrapping_add(step_b);
            let seen = (column as i32 + ((wave * bend) >> 16)).clamp(0, last);
            let reflected = i32::from(mirror[seen as usize]) << 16;
            let mut value = reflected + (((deep - reflected) >> 8) * (share >> 8)) + wave * swell;
            if wave > sparks.above && column >= sparks.from && column < sparks.to {
                value += sparks.gain(column, wave)
                    * ((self.glitter.colour[part] as i32) - (value >> 16));
            }
            *sample = (value >> 16).clamp(0, 255) as u8;
        }
    }

    fn sparks(&self, at: &Moment, width: usize, ratio: f32, near: f32) -> Sparks {
        let x = (self.glitter.x - at.view.x * 0.02) / ratio;
        let half = self.glitter.half * mix(0.35, 1.5, near) / ratio;
        let inside = |x: f32| x.clamp(0.0, width as f32) as usize;
        let strength = self.glitter.strength;
        let on = strength > 0.05;
        Sparks {
            above: mix(12.0, 46.0, near.min(1.0)) as i32,
            from: if on { inside(x - half * 2.0) } else { 0 },
            to: if on { inside(x + half * 2.0) } else { 0 },
            x,
            half,
            strength,
        }
    }
}

/// What one row of the frame shows of the water.
struct Surface {
    /// Pixels below the horizon, and the same as 0..1.
    below: f32,
    near: f32,
    /// Rows of the picture above per row of the mirror.
    fold: f32,
    /// Texture columns per pixel, times three, and the first one's shift.
    step: f32,
    shift: f32,
    rows: [usize; 2],
}

struct Sparks {
    above: i32,
    from: usize,
    to: usize,
    x: f32,
    half: f32,
    strength: f32,
}

impl Sparks {
    /// How much of the spark's colour is added, 0..65536.
    fn gain(&self, column: usize, wave: i32) -> i32 {
        let apart = column as f32 - self.x;
        let fade = (falloff(apart * apart, self.half * 0.75) - 0.12).max(0.0);
        let lift = ((wave - self.above) as f32 / 26.0).min(1.0);
        (fade * lift * self.strength * 60_000.0) as i32
    }
}

impl Element for Water {
    fn draw(&mut self, at: &Moment, out: &mut Frame) {
        let (width, half) = (out.size.width as usize, out.size.width as usize / 2);
        self.draw_plane(at, &mut out.y, width, 1.0, 0);
        self.draw_plane(at, &mut out.u, half, 2.0, 1);
        self.draw_plane(at, &mut out.v, half, 2.0, 2);
    }
}

fn wrap(row: f32) -> usize {
    row as i64 as usize & (TEXTURE - 1)
}

fn tilt_wide(value: f32) -> i64 {
    (value * 65536.0) as i64
}

/// Long crests, in -64..64, that repeat on both axes.
fn waves(seed: u32) -> Vec<i8> {
    let octave = |x: usize, y: usize, columns: usize, rows: usize, seed: u32| {
        let (u, v) = (x as f32 / TEXTURE as f32, y as f32 / TEXTURE as f32);
        let (c, r) = (columns as f32, rows as f32);
        let wrapped = |du: f32, dv: f32| noise2((u + du) * c, (v + dv) * r, seed);
        let upper = mix(wrapped(0.0, 0.0), wrapped(-1.0, 0.0), u);
        let lower = mix(wrapped(0.0, -1.0), wrapped(-1.0, -1.0), u);
        mix(upper, lower, v) - 0.5
    };
    let height = |i: usize| {
        let (x, y) = (i % TEXTURE, i / TEXTURE);
        octave(x, y, 10, 24, seed)
            + 0.6 * octave(x, y, 24, 56, seed + 1)
            + 0.3 * octave(x, y, 64, 110, seed + 2)
    };
    (0..TEXTURE * TEXTURE)
        .map(|i| (height(i) * 105.0).clamp(-64.0, 63.0) as i8)
        .collect()
}

//! A skyline: rows of towers fading into the haze, windows that light up, and lights that move in
//! the air of a city of the future.

use super::colour::Rgb;
use super::curve::{fraction, mix, sine};
use super::easel::{Bounds, Easel, Stand};
use super::element::{Element, Moment, Plate};
use super::layer::Layer;
use super::shape::{line, oval, polygon, rect};
use super::stage::{Elements, Stage};
use super::story::{Mood, Weather};
use crate::frame::{Frame, Size};
use crate::rng::Rng;

const ROWS: u32 = 4;
/// Neon of a futuristic city.
const NEON: [u32; 4] = [0x35e0ff, 0xff4fc3, 0x9a6bff, 0xffc14a];

/// All rows of towers, the farthest first. `rows` bounds them: someone may stand before the last.
#[must_use]
pub fn skyline(stage: &Stage, rows: std::ops::Range<u32>) -> Elements {
    let mut elements = Elements::new();
    for row in rows {
        let (plate, windows) = towers(stage, row, 1.0);
        elements.push(Box::new(plate));
        elements.push(Box::new(windows));
        if is_future(stage) && row == 1 {
            elements.push(Box::new(Traffic::new(stage)));
        }
    }
    elements
}

/// One row of low houses in front of everything.
#[must_use]
pub fn low_row(stage: &Stage) -> Elements {
    let (plate, windows) = towers(stage, ROWS - 1, 0.42);
    vec![Box::new(plate), Box::new(windows)]
}

/// Every row there is.
#[must_use]
pub fn all_rows() -> std::ops::Range<u32> {
    0..ROWS
}

fn is_future(stage: &Stage) -> bool {
    stage.story.mood == Mood::Futuristic
}

/// One row's measures and colours while it is drawn.
struct Street<'a> {
    stage: &'a Stage<'a>,
    near: f32,
    distance: f32,
    foot: f32,
    /// Height beside the usual.
    stature: f32,
    windows: Vec<Window>,
    rng: Rng,
}

/// A window that changes during the clip.
struct Window {
    x: f32,
    y: f32,
    width: f32,
    height: f32,
    colour: Rgb,
    pace: f32,
    phase: f32,
}

fn towers(stage: &Stage, row: u32, stature: f32) -> (Plate, Windows) {
    let near = row as f32 / (ROWS - 1) as f32;
    let depth = mix(0.1, 0.5, near);
    let (left, right) = stage.sides(depth);
    let left = left - 60.0;
    let top = -stage.reach.up - 4.0;
    let foot = stage.horizon + stage.height * mix(0.0, 0.05, near);
    let even = |length: f32| (length as u32 + 2) & !1;
    let bottom = (foot + stage.height * 0.08).min(stage.height + stage.reach.down);
    let size = Size {
        width: even(right + 120.0 - left),
        height: even(bottom - top),
    };
    let mut easel = Easel::sheet(size, -left, -top);
    let rng = stage.rng(500 + u64::from(row));
    let distance = mix(0.74, 0.06, near);
    let mut street = Street {
        stage,
        near,
        distance,
        foot,
        stature,
        windows: Vec::new(),
        rng,
    };
    let mut x = left;
    while x < right + 60.0 {
        x += street.tower(&mut easel, x, bottom);
    }
    let layer = easel.into_sheet().map(|pixmap| Layer::from_pixmap(&pixmap));
    let layer =
        layer.unwrap_or_else(|| Layer::paint(Size::even(16, 16), |_, _| super::layer::Paint::NONE));
    (
        Plate::new(layer, left, top, depth),
        Windows {
            windows: street.windows,
            depth,
            lamps: stage.palette.lamps,
        },
    )
}

impl Street<'_> {
    /// Draws one tower and says how far the next one is.
    fn tower(&mut self, easel: &mut Easel, x: f32, bottom: f32) -> f32 {
        let (stage, future) = (self.stage, is_future(self.stage));
        let unit = stage.unit;
        let width = unit * self.rng.range(0.06, 0.13) * mix(0.75, 1.15, self.near);
        let tallest = self.stature * if future { 0.66 } else { 0.5 };
        let tall = unit
            * mix(tallest, tallest * 0.62, self.near)
            * (0.3 + 0.7 * self.rng.unit() * self.rng.range(0.6, 1.0));
        let top = self.foot - tall;
        let p = stage.palette;
        let stone = [0x8a93a3, 0x76808f, 0xa09a94, 0x6a7688][(self.rng.unit() * 4.0) as usize % 4];
        let stone = if future {
            Rgb::hex(stone).mix(Rgb::hex(0x2a2d52), 0.7)
        } else {
            Rgb::hex(stone)
        };
        let wall =
            p.far(stone.scale(0.72), self.distance)
                .scale(mix(1.0, 0.72, p.lamps * self.near));
        let low = wall.mix(p.haze, 0.3 * (1.0 - self.near * 0.6));
        let taper = if future && self.rng.chance(0.5) {
            width * 0.22
        } else {
            0.0
        };
        let body = [
            (x + taper, top),
            (x + width - taper, top),
            (x + width, bottom),
            (x, bottom),
        ];
        easel.fade(polygon(&body), ((0.0, top), wall), ((0.0, bottom), low));
        let shade = [
            (x + width * 0.72 - taper * 0.4, top),
            (x + width - taper, top),
            (x + width, bottom),
            (x + width * 0.72, bottom),
        ];
        easel.glaze(polygon(&shade), Rgb::hex(0x05060c), 0.2 * self.near + 0.08);
        self.roof(easel, x, top, width);
        self.panes(easel, (x + taper, top), width - 2.0 * taper);
        if future && self.near > 0.2 && self.rng.chance(0.6) {
            self.neon(easel, x, top, width, taper);
        }
        width * self.rng.range(0.86, 1.12)
    }

    fn roof(&mut self, easel: &mut Easel, x: f32, top: f32, width: f32) {
        let p = self.stage.palette;
        let ink = p.far(Rgb::hex(0x5b6472).scale(0.7), self.distance);
        let middle = x + width / 2.0;
        match (self.rng.unit() * 4.0) as u32 {
            0 => {
                let mast = top - width * self.rng.range(0.4, 0.9);
                easel.stroke(
                    line(&[(middle, top), (middle, mast)]),
                    (width * 0.03).max(1.2),
                    ink,
                );
                if p.lamps > 0.4 {
                    easel.glow((middle, mast), width * 0.12, Rgb::hex(0xff4a3a), 0.9);
                }
            }
            1 => easel.fill(
                rect(
                    middle - width * 0.3,
                    top - width * 0.16,
                    middle + width * 0.3,
                    top + 1.0,
                ),
                ink,
            ),
            2 => {
                let spire = [
                    (middle - width * 0.32, top + 1.0),
                    (middle, top - width * 0.55),
                    (middle + width * 0.32, top + 1.0),
                ];
                easel.fill(polygon(&spire), ink);
            }
            _ => {}
        }
        if self.stage.story.weather == Weather::Snow {
            easel.fill(
                rect(x, top - 2.0, x + width, top + width * 0.05),
                p.lit(Rgb::hex(0xf2f6fa)),
            );
        }
    }

    fn panes(&mut self, easel: &mut Easel, (x, top): (f32, f32), width: f32) {
        if self.near < 0.2 {
            return;
        }
        let p = self.stage.palette;
        let columns = ((width / (self.stage.unit * mix(0.011, 0.019, self.near))) as u32).max(3);
        let step = width / columns as f32;
        let (w, h) = (step * 0.5, step * 0.62);
        let glass = p
            .far(Rgb::hex(0x3b4c60), self.distance)
            .mix(p.horizon, 0.22 * (1.0 - p.lamps));
        let share = mix(0.1, 0.46, p.lamps);
        let mut y = top + step;
        while y < self.foot - step {
            for column in 0..columns {
                let px = x + (column as f32 + 0.25) * step;
                let lit = p.lamps > 0.2 && self.rng.chance(share);
                let lamp = self.lamp();
                let ink = if lit {
                    glass.mix(lamp, (0.4 + 0.6 * p.lamps) * (1.0 - self.distance * 0.7))
                } else {
                    glass
                };
                easel.fill(rect(px, y, px + w, y + h), ink);
                if p.lamps > 0.2 && self.near > 0.3 && self.rng.chance(0.035) {
                    let (pace, phase) = (self.rng.range(0.04, 0.16), self.rng.unit());
                    self.windows.push(Window {
                        x: px,
                        y,
                        width: w,
                        height: h,
                        colour: lamp,
                        pace,
                        phase,
                    });
                }
            }
            y += step * 1.25;
        }
    }

    fn lamp(&mut self) -> Rgb {
        let future = is_future(self.stage);
        let pick = self.rng.unit();
        if future && pick < 0.35 {
            return Rgb::hex(NEON[(pick * 11.4) as usize % NEON.len()]);
        }
        Rgb::hex([0xffd58a, 0xffe7b8, 0xffc46b, 0xe6f0ff][(pick * 3.99) as usize])
    }

    fn neon(&mut self, easel: &mut Easel, x: f32, top: f32, width: f32, taper: f32) {
        let ink = Rgb::hex(NEON[(self.rng.unit() * 4.0) as usize % NEON.len()])
            .mix(self.stage.palette.haze, self.distance * 0.6);
        let thick = (width * 0.03).max(1.4);
        let side = if self.rng.chance(0.5) {
            (x + taper, x)
        } else {
            (x + width - taper, x + width)
        };
        easel.glaze(
            polygon(&[
                (side.0 - thick * 3.0, top),
                (side.0 + thick * 3.0, top),
                (side.1 + thick * 3.0, self.foot),
                (side.1 - thick * 3.0, self.foot),
            ]),
            ink,
            0.16,
        );
        easel.stroke(line(&[(side.0, top), (side.1, self.foot)]), thick, ink);
        let level = top + self.rng.range(0.05, 0.3) * (self.foot - top);
        easel.stroke(
            line(&[(x + taper, level), (x + width - taper, level)]),
            thick,
            ink,
        );
    }
}

/// Windows whose lamps go on and off.
struct Windows {
    windows: Vec<Window>,
    depth: f32,
    lamps: f32,
}

impl Element for Windows {
    fn draw(&mut self, at: &Moment, out: &mut Frame) {
        let (w, h) = (out.size.width as f32, out.size.height as f32);
        let zoom = at.view.zoom_at(self.depth);
        for window in &self.windows {
            if fraction(at.seconds * window.pace + window.phase) > 0.5 {
                continue;
            }
            let (x, y) = at.view.place(out.size, self.depth, window.x, window.y);
            let (right, low) = (x + window.width * zoom, y + window.height * zoom);
            if x >= 0.0 && y >= 0.0 && right < w && low < h {
                light(out, [x, y, right, low], window.colour, self.lamps);
            }
        }
    }
}

/// Fills a small box of luma; chroma follows where a sample lies inside.
fn light(out: &mut Frame, [left, top, right, low]: [f32; 4], colour: Rgb, share: f32) {
    let width = out.size.width as usize;
    let yuv = colour.yuv();
    let blend = |old: u8, new: f32| mix(f32::from(old), new, share * 0.85) as u8;
    for row in top as usize..(low as usize).max(top as usize + 1) {
        for sample in &mut out.y
            [row * width + left as usize..row * width + (right as usize).max(left as usize + 1)]
        {
            *sample = blend(*sample, yuv[0]);
        }
    }
    let at = (top + low) as usize / 4 * (width / 2) + (left + right) as usize / 4;
    out.u[at] = blend(out.u[at], yuv[1]);
    out.v[at] = blend(out.v[at], yuv[2]);
}

/// Lights of flying cars, in lanes between the towers.
struct Traffic {
    cars: Vec<(f32, f32, f32, Rgb)>,
    width: f32,
    unit: f32,
    easel: Easel,
}

impl Traffic {
    fn new(stage: &Stage) -> Self {
        let mut rng = stage.rng(540);
        let car = |k: u32| {
            let lane = (k % 4) as f32;
            let y = stage.horizon - stage.unit * (0.16 + 0.09 * lane) + rng.range(-3.0, 3.0);
            let way = if k.is_multiple_of(2) { 1.0 } else { -1.0 };
            let speed = way * stage.unit * rng.range(0.1, 0.2);
            let ink = if way > 0.0 {
                Rgb::hex(0xfff0d0)
            } else {
                Rgb::hex(0xff5a4a)
            };
            (rng.unit(), y, speed, ink)
        };
        Self {
            cars: (0..22).map(car).collect(),
            width: stage.width,
            unit: stage.unit,
            easel: Easel::default(),
        }
    }
}

impl Element for Traffic {
    fn draw(&mut self, at: &Moment, out: &mut Frame) {
        let r = self.unit * 0.012;
        let bounds = Bounds {
            left: -4.0,
            top: -1.0,
            right: 4.0,
            bottom: 1.0,
        };
        for &(start, y, speed, ink) in &self.cars {
            let lap = self.width * 1.2;
            let x = fraction(start + speed * at.seconds / lap) * lap - self.width * 0.1;
            let (_, y) = at.view.place(
                out.size,
                0.25,
                x,
                y + self.unit * 0.004 * sine(at.seconds * 0.4 + start),
            );
            let stand = Stand {
                x,
                y,
                scale: r,
                flip: speed < 0.0,
                lean: 0.0,
            };
            if self.easel.begin(out.size, bounds, stand) {
                self.easel.glow((0.0, 0.0), 1.0, ink, 0.9);
                self.easel
                    .fill(oval((0.0, 0.0), 0.22, 0.22), Rgb::hex(0xffffff));
                self.easel.glaze(
                    polygon(&[(-0.1, -0.12), (-4.0, 0.0), (-0.1, 0.12)]),
                    ink,
                    0.4,
                );
                self.easel.finish(out);
            }
        }
    }
}

//! A room with a window: the world outside is painted first, this is the wall and the floor before
//! it, with a hole where the window is.

use super::colour::Rgb;
use super::curve::{falloff, mix, smooth};
use super::easel::{Bounds, Easel, Stand};
use super::element::{Element, Moment, Plate};
use super::layer::{Layer, Paint};
use super::shape::{blob, limb, line, oval, polygon, rect};
use super::stage::{Elements, Stage};
use crate::frame::{Frame, Size};
use crate::rng::{fractal2, grid, noise1};

const DEPTH: f32 = 0.55;

/// Edges of the parts of the room, in pixels.
struct Plan {
    window: [f32; 4],
    skirting: f32,
}

impl Plan {
    fn new(stage: &Stage) -> Self {
        let (w, h, u) = (stage.width, stage.height, stage.unit);
        let middle = w * 0.36;
        Self {
            window: [
                middle - u * 0.3,
                h * 0.13,
                middle + u * 0.3,
                h * 0.13 + u * 0.46,
            ],
            skirting: h * 0.7,
        }
    }
}

/// The walls, the floor and what stands in the room.
#[must_use]
pub fn inside(stage: &Stage) -> Elements {
    let plan = Plan::new(stage);
    let mut elements: Elements = vec![wall(stage, &plan), floor(stage, &plan)];
    elements.extend(furniture(stage, &plan));
    elements.push(Box::new(Lamp {
        x: stage.width * 0.8,
        y: plan.skirting - stage.unit * 0.33,
        unit: stage.unit,
        lamps: stage.palette.lamps,
        easel: Easel::default(),
    }));
    elements
}

/// Light in the room: the day from outside, or a warm lamp.
fn light(stage: &Stage) -> Rgb {
    let p = stage.palette;
    p.light.mix(Rgb::hex(0xd9a878), 0.72 * p.lamps)
}

fn wall(stage: &Stage, plan: &Plan) -> Box<dyn Element> {
    let light = light(stage);
    let paint = stage.story.tint.map_or(Rgb::hex(0xcfc4b2), |tint| {
        super::palette::paint(tint).mix(Rgb::hex(0xd8d0c4), 0.6)
    });
    let [left, top, right, low] = plan.window;
    let frame = stage.unit * 0.022;
    let seed = stage.noise(1100);
    let lamp_at = (stage.width * 0.8, plan.skirting - stage.unit * 0.36);
    let lamps = stage.palette.lamps;
    Box::new(
        stage.plate((DEPTH, DEPTH), (0.0, plan.skirting + 4.0), 1.0, |x, y| {
            let hole = smooth(left, left + 1.5, x)
                * smooth(right, right - 1.5, x)
                * smooth(top, top + 1.5, y)
                * smooth(low, low - 1.5, y);
            let bar = bars(x, y, plan.window, stage.unit * 0.009);
            let outer = x > left - frame && x < right + frame && y > top - frame && y < low + frame;
            let away = falloff(
                ((x - left - right) / 2.0 - (right - left) / 4.0).powi(2) * 0.02
                    + (y - low).powi(2),
                stage.unit * 0.9,
            );
            let plaster = fractal2(x / 90.0, y / 90.0, 3, seed) - 0.5;
            let (dx, dy) = (x - lamp_at.0, y - lamp_at.1);
            let warm = falloff(dx * dx + dy * dy, stage.unit * 0.3) * lamps;
            let shade = 0.74 + 0.2 * away * (1.0 - lamps) + plaster * 0.05
                - 0.12 * smooth(0.0, stage.height * 0.25, plan.skirting - y) * lamps;
            let mut rgb = paint
                .under(light)
                .scale(shade)
                .mix(Rgb::hex(0xffc27a), warm * 0.55);
            if y > plan.skirting - stage.unit * 0.035 {
                rgb = Rgb::hex(0xefe9dd).under(light).scale(0.78);
            }
            if outer {
                rgb = Rgb::hex(0xf6f2ea)
                    .under(light)
                    .scale(if x > (left + right) / 2.0 { 0.82 } else { 0.92 });
            }
            Paint {
                rgb,
                cover: 1.0 - hole * (1.0 - bar),
            }
        }),
    )
}

/// The cross of a window's bars.
fn bars(x: f32, y: f32, [left, top, right, low]: [f32; 4], half: f32) -> f32 {
    let (cx, cy) = ((left + right) / 2.0, mix(top, low, 0.42));
    let near = (x - cx).abs().min((y - cy).abs());
    smooth(half + 0.8, half - 0.8, near)
}

fn floor(stage: &Stage, plan: &Plan) -> Box<dyn Element> {
    let light = light(stage);
    let seed = stage.noise(1110);
    let [left, _, right, _] = plan.window;
    let (top, bottom) = (plan.skirting, stage.height);
    let day = (1.0 - stage.palette.lamps) * stage.palette.clearness;
    Box::new(stage.plate((DEPTH, 1.0), (top, bottom), 1.0, |x, y| {
        let t = ((y - top) / (bottom - top)).clamp(0.0, 1.0);
        let spread = (x - stage.width / 2.0) / (0.72 + 0.55 * t);
        let board = spread / (stage.unit * 0.085);
        let plank = board.floor() as i32;
        let along = 1.0 / (t + 0.5) * 4.0 + grid(plank, 1, seed) * 5.0;
        let tone = 0.86
            + 0.2 * grid(plank, along as i32, seed)
            + 0.1 * (fractal2(board * 3.0, along * 5.0, 3, seed) - 0.5);
        let gap =
            smooth(0.0, 0.045, board - board.floor()) * smooth(1.0, 0.955, board - board.floor());
        let wood = Rgb::hex(0xa9764a)
            .under(light)
            .scale(tone * (0.72 + 0.28 * gap) * (0.78 + 0.22 * t));
        let slide = (y - top) * 0.55;
        let patch = smooth(left + slide, left + slide + 26.0, x)
            * smooth(right + slide * 1.5, right + slide * 1.5 - 26.0, x)
            * smooth(0.06, 0.16, t)
            * smooth(0.9, 0.7, t);
        Paint {
            rgb: wood.mix(stage.palette.glow, patch * 0.36 * day),
            cover: ((y - top) / 2.0).clamp(0.0, 1.0),
        }
    }))
}

fn furniture(stage: &Stage, plan: &Plan) -> Elements {
    let u = stage.unit;
    let (left, right) = stage.sides(DEPTH);
    let left = left - 20.0;
    let even = |length: f32| (length as u32 + 2) & !1;
    let size = Size {
        width: even(right + 40.0 - left),
        height: even(stage.height * 0.98),
    };
    let mut easel = Easel::sheet(size, -left, 0.0);
    let lit = |hex: u32, k: f32| Rgb::hex(hex).under(light(stage)).scale(k);
    curtains(&mut easel, plan, u, lit(0x7f94a8, 0.95));
    picture(
        &mut easel,
        (stage.width * 0.8, stage.height * 0.27),
        u,
        &lit,
    );
    sofa(
        &mut easel,
        (stage.width * 0.72, plan.skirting + u * 0.055),
        u,
        &lit,
    );
    plant(
        &mut easel,
        (stage.width * 0.09, plan.skirting + u * 0.07),
        u,
        &lit,
    );
    let stand = stage.width * 0.8 + u * 0.0;
    easel.stroke(
        line(&[
            (stand, plan.skirting - u * 0.3),
            (stand, plan.skirting - u * 0.14),
        ]),
        u * 0.01,
        lit(0x5a4c40, 0.7),
    );
    let Some(pixmap) = easel.into_sheet() else {
        return Vec::new();
    };
    vec![Box::new(Plate::new(
        Layer::from_pixmap(&pixmap),
        left,
        0.0,
        DEPTH,
    ))]
}

fn curtains(easel: &mut Easel, plan: &Plan, u: f32, cloth: Rgb) {
    let [left, top, right, low] = plan.window;
    easel.stroke(
        line(&[
            (left - u * 0.14, top - u * 0.05),
            (right + u * 0.14, top - u * 0.05),
        ]),
        u * 0.014,
        cloth.scale(0.45),
    );
    for (edge, side) in [(left, -1.0), (right, 1.0)] {
        for fold in 0..5 {
            let x = edge + side * u * (0.105 - 0.028 * fold as f32);
            let tie = x + side * u * 0.012 * (4 - fold) as f32;
            let half = u * 0.019;
            let path = [
                (x - half, top - u * 0.045),
                (x + half, top - u * 0.045),
                (tie + half, low + u * 0.06),
                (tie - half, low + u * 0.06),
            ];
            let tone = if fold % 2 == 0 { 1.0 } else { 0.82 };
            easel.fill(polygon(&path), cloth.scale(tone));
        }
    }
}

fn picture(easel: &mut Easel, (x, y): (f32, f32), u: f32, lit: &impl Fn(u32, f32) -> Rgb) {
    let (w, h) = (u * 0.12, u * 0.085);
    easel.fill(
        rect(x - w - 4.0, y - h - 4.0, x + w + 4.0, y + h + 4.0),
        lit(0x6a4f38, 0.8),
    );
    easel.fade(
        rect(x - w, y - h, x + w, y + h),
        ((x, y - h), lit(0xf2c79a, 0.95)),
        ((x, y + h), lit(0xc9806a, 0.9)),
    );
    easel.fill(
        oval((x + w * 0.3, y - h * 0.1), h * 0.26, h * 0.26),
        lit(0xfff2d0, 1.0),
    );
    easel.fill(
        polygon(&[
            (x - w, y + h),
            (x - w, y + h * 0.4),
            (x - w * 0.3, y - h * 0.1),
            (x + w * 0.2, y + h * 0.5),
            (x + w * 0.6, y + h * 0.2),
            (x + w, y + h * 0.6),
            (x + w, y + h),
        ]),
        lit(0x5d6f8a, 0.9),
    );
}

fn sofa(easel: &mut Easel, (x, y): (f32, f32), u: f32, lit: &impl Fn(u32, f32) -> Rgb) {
    let base = 0x4f7c78;
    easel.glaze(oval((x, y), u * 0.37, u * 0.03), Rgb::hex(0x0a0806), 0.3);
    for side in [-1.0, 1.0] {
        easel.fill(
            rect(
                x + side * u * 0.28 - 4.0,
                y - u * 0.05,
                x + side * u * 0.28 + 4.0,
                y,
            ),
            lit(0x4a3424, 0.8),
        );
    }
    let back = [
        (x - u * 0.3, y - u * 0.05),
        (x - u * 0.31, y - u * 0.24),
        (x - u * 0.24, y - u * 0.285),
        (x + u * 0.24, y - u * 0.285),
        (x + u * 0.31, y - u * 0.24),
        (x + u * 0.3, y - u * 0.05),
    ];
    easel.fade(
        blob(&back),
        ((x, y - u * 0.28), lit(base, 0.98)),
        ((x, y), lit(base, 0.6)),
    );
    easel.fade(
        rect(x - u * 0.29, y - u * 0.14, x - u * 0.004, y - u * 0.045),
        ((x, y - u * 0.14), lit(base, 1.16)),
        ((x, y - u * 0.04), lit(base, 0.78)),
    );
    easel.fade(
        rect(x + u * 0.004, y - u * 0.14, x + u * 0.29, y - u * 0.045),
        ((x, y - u * 0.14), lit(base, 1.12)),
        ((x, y - u * 0.04), lit(base, 0.74)),
    );
    for side in [-1.0, 1.0] {
        easel.fill(
            limb(&[
                ((x + side * u * 0.315, y - u * 0.17), u * 0.042),
                ((x + side * u * 0.315, y - u * 0.06), u * 0.04),
            ]),
            lit(base, 0.88),
        );
    }
    let cushion = [
        (x - u * 0.22, y - u * 0.13),
        (x - u * 0.25, y - u * 0.23),
        (x - u * 0.14, y - u * 0.24),
        (x - u * 0.12, y - u * 0.13),
    ];
    easel.fill(blob(&cushion), lit(0xd9a04e, 0.98));
}

fn plant(easel: &mut Easel, (x, y): (f32, f32), u: f32, lit: &impl Fn(u32, f32) -> Rgb) {
    for k in 0..9 {
        let t = k as f32 / 8.0 - 0.5;
        let long = u * (0.3 - 0.22 * t * t);
        let tip = (x + t * u * 0.34, y - u * 0.12 - long);
        let side = u * 0.028;
        let leaf = [
            (x, y - u * 0.1),
            (x + t * u * 0.14 - side, y - u * 0.1 - long * 0.5),
            tip,
            (x + t * u * 0.2 + side, y - u * 0.1 - long * 0.45),
        ];
        easel.fill(
            blob(&leaf),
            lit(0x4a8a4c, 0.7 + 0.3 * ((k * 5 % 9) as f32 / 9.0)),
        );
    }
    let pot = [
        (x - u * 0.06, y - u * 0.13),
        (x + u * 0.06, y - u * 0.13),
        (x + u * 0.045, y),
        (x - u * 0.045, y),
    ];
    easel.fill(polygon(&pot), lit(0xb9694a, 0.95));
}

/// A lamp on a stand; it burns in the dark and its light trembles a little.
struct Lamp {
    x: f32,
    y: f32,
    unit: f32,
    lamps: f32,
    easel: Easel,
}

impl Element for Lamp {
    fn draw(&mut self, at: &Moment, out: &mut Frame) {
        let (x, y) = at.view.place(out.size, DEPTH, self.x, self.y);
        let stand = Stand {
            x,
            y,
            scale: self.unit * at.view.zoom_at(DEPTH),
            flip: false,
            lean: 0.0,
        };
        let bounds = Bounds {
            left: -0.3,
            top: -0.3,
            right: 0.3,
            bottom: 0.3,
        };
        if !self.easel.begin(out.size, bounds, stand) {
            return;
        }
        let tremble = 0.94 + 0.06 * noise1(at.seconds * 2.3, 4);
        let shade = [
            (-0.045, -0.06),
            (0.045, -0.06),
            (0.075, 0.045),
            (-0.075, 0.045),
        ];
        let cold = Rgb::hex(0xcfc4ae);
        let ink = cold.mix(Rgb::hex(0xffdf9e), self.lamps);
        if self.lamps > 0.2 {
            self.easel.glow(
                (0.0, 0.0),
                0.28,
                Rgb::hex(0xffc878),
                0.62 * self.lamps * tremble,
            );
        }
        self.easel.fade(
            polygon(&shade),
            ((0.0, -0.06), ink.scale(0.86)),
            ((0.0, 0.045), ink),
        );
        self.easel.finish(out);
    }
}

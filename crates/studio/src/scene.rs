//! Text to video: an animated scene that follows the words of a prompt. `words` reads the prompt,
//! `plot` decides what is in the picture, one file per noun paints it, `element` moves it. Not a
//! generative model, and it says so on every frame.

pub mod blit;
pub mod calm;
pub mod city;
pub mod colour;
pub mod curve;
pub mod deep;
pub mod easel;
pub mod element;
pub mod figure;
pub mod fire;
pub mod flowers;
pub mod forest;
pub mod ground;
pub mod land;
pub mod layer;
pub mod palette;
pub mod plot;
pub mod room;
pub mod shape;
pub mod sky;
pub mod space;
pub mod spray;
pub mod stage;
pub mod story;
pub mod troupe;
pub mod view;
pub mod water;
pub mod weather;
pub mod words;

use crate::frame::{Frame, Shot, Size};
use crate::title::Label;
use element::Moment;
use stage::{Elements, Stage};
use view::Move;

/// Frames per second that scenes are timed for.
const RATE: f32 = 24.0;

/// What a scene is made from; the same order gives the same samples.
#[derive(Clone, Copy, Debug)]
pub struct SceneOrder<'a> {
    pub prompt: &'a str,
    /// What must not be seen; may be empty.
    pub negative_prompt: &'a str,
    pub size: Size,
    /// The length of the clip at 24 frames per second, at least 1.
    pub frames: u32,
    pub seed: u64,
    /// Which of several takes of the same prompt, from 0: another layout and camera move.
    pub variant: u32,
}

/// An animated scene, ready to be painted frame by frame.
pub struct Scene {
    elements: Elements,
    camera: Move,
    label: Label,
}

impl Scene {
    /// Reads the prompt and paints all that does not change; takes up to some tenths of a second.
    #[must_use]
    pub fn new(order: &SceneOrder<'_>) -> Self {
        let story = words::read(order.prompt, order.negative_prompt);
        let camera = Move::new(&story, order.size, order.frames, order.seed, order.variant);
        let seed = order
            .seed
            .wrapping_add(u64::from(order.variant).wrapping_mul(0x9e37_79b9));
        let stage = Stage::new(&story, order.size, order.frames, camera.reach(), seed);
        let elements = plot::elements(&stage);
        Self {
            elements,
            camera,
            label: Label::new(order.size, Some(order.prompt)),
        }
    }
}

impl Shot for Scene {
    fn paint(&mut self, n: u32, out: &mut Frame) {
        let moment = Moment {
            n,
            seconds: n as f32 / RATE,
            view: self.camera.at(n),
        };
        for element in &mut self.elements {
            element.draw(&moment, out);
        }
        self.label.draw(out);
    }
}

#[cfg(test)]
mod tests;

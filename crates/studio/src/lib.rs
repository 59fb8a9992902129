//! Pixels: draw, move, morph, decode, encode, mux, join. Knows nothing of tasks, providers or
//! requests: an order comes in as values, an MP4 file goes out, and the same order gives the same
//! bytes.

pub mod audio;
pub mod camera;
pub mod carry_on;
pub mod clip;
pub mod colour;
pub mod decode;
pub mod demux;
mod ease;
pub mod encode;
pub mod error;
pub mod flow;
pub mod frame;
mod grain;
pub mod heal;
mod join;
pub mod measure;
pub mod morph;
pub mod mux;
mod nal;
pub mod picture;
pub mod probe;
mod raster;
pub mod refit;
pub mod rng;
#[cfg(test)]
mod sample;
pub mod scene;
pub mod splice;
pub mod still;
pub mod style;
pub mod title;
mod turn;
pub mod warp;

//! One file and one line per kind.

pub mod apiframe;
mod fal;
mod kling;
mod legnext;
pub mod midjourney_proxy;
mod replicate;
mod runway;
mod wan;

use crate::fixture::Fixture;

pub fn all() -> Vec<Fixture> {
    vec![
        apiframe::first(),
        apiframe::second(),
        fal::fixture(),
        kling::legacy(),
        kling::new_standard(),
        legnext::fixture(),
        midjourney_proxy::fixture(),
        replicate::fixture(),
        runway::fixture(),
        wan::fixture(),
    ]
}

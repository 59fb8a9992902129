//! One file and one line per kind.

mod kling;
pub mod apiframe;
pub mod midjourney_proxy;
mod runway;
mod wan;

use crate::fixture::Fixture;

pub fn all() -> Vec<Fixture> {
    vec![
        apiframe::first(),
        apiframe::second(),
        kling::legacy(),
        kling::new_standard(),
        midjourney_proxy::fixture(),
        runway::fixture(),
        wan::fixture(),
    ]
}

//! One file and one line per kind.

mod runway;
mod wan;

use crate::fixture::Fixture;

pub fn all() -> Vec<Fixture> {
    vec![runway::fixture(), wan::fixture()]
}

//! One file and one line per kind.

mod runway;

use crate::fixture::Fixture;

pub fn all() -> Vec<Fixture> {
    vec![
        runway::fixture(), //
    ]
}

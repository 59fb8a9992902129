//! Every double there is, one line each; nothing else lists them.

use crate::double::Double;

/// The doubles by the order of their names.
pub const ALL: &[&Double] = &[
    &crate::apiframe_v1::DOUBLE,
    &crate::apiframe_v2::DOUBLE,
    &crate::dashscope::DOUBLE,
    &crate::fal::DOUBLE,
    &crate::kling::DOUBLE,
    &crate::legnext::DOUBLE,
    &crate::midjourney_proxy::DOUBLE,
    &crate::replicate::DOUBLE,
    &crate::runway::DOUBLE,
];

/// The double of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Double> {
    ALL.iter().copied().find(|double| double.name == name)
}

//! The one table of sizes: which frame a preview has for the aspect and the lines that were asked
//! for, or for the media it is made from.

use framewright_core::spec::{Mode, Role, Spec};
use framewright_core::task::Input;
use framewright_studio::frame::Size;

/// Lines of the short side where the request names none: one video, or several of one task.
const LINES_OF_ONE: u32 = 720;
const LINES_OF_MANY: u32 = 480;

/// A picture that is longer than this against its short side is cropped to it: 21 to 9.
const LONGEST: f64 = 21.0 / 9.0;

/// The frame of a preview of this spec.
///
/// | asked for | frame |
/// |---|---|
/// | extend | that of the parent |
/// | 16:9, 480 / 720 / 1080 lines | 854 x 480 / 1280 x 720 / 1920 x 1080 |
/// | another aspect | the lines are the short side |
/// | no aspect | that of the start image or video, no longer than 21:9 |
/// | no lines | 720; 480 where a task makes several videos; a video is not made larger |
pub(super) fn size(spec: &Spec, inputs: &[Input]) -> Size {
    let media = |role: Role| inputs.iter().find(|input| input.role == role);
    if let Some(parent) = media(Role::Parent) {
        return Size::even(parent.width, parent.height);
    }
    let source = media(Role::Start).or_else(|| media(Role::Video));
    let source = source.filter(|input| input.width > 0 && input.height > 0);
    let own = source.map(|input| f64::from(input.width) / f64::from(input.height));
    let asked = spec
        .aspect
        .map(|aspect| f64::from(aspect.width) / f64::from(aspect.height.max(1)));
    let ratio = asked
        .or(own)
        .unwrap_or(16.0 / 9.0)
        .clamp(1.0 / LONGEST, LONGEST);
    let short = source.map_or(u32::MAX, |input| input.width.min(input.height));
    let lines = spec.lines.unwrap_or(match spec.mode {
        Mode::Video => LINES_OF_ONE.min(short),
        _ if spec.slots > 1 => LINES_OF_MANY,
        _ => LINES_OF_ONE,
    });
    shaped(ratio, lines)
}

/// `lines` on the short side, the long side to the nearest even number.
fn shaped(ratio: f64, lines: u32) -> Size {
    let long = |factor: f64| 2 * (f64::from(lines) * factor / 2.0).round() as u32;
    match ratio >= 1.0 {
        true => Size::even(long(ratio), lines),
        false => Size::even(lines, long(1.0 / ratio)),
    }
}

#[cfg(test)]
mod tests {
    use super::shaped;

    #[test]
    fn the_table_holds() {
        let sizes = [
            ((16, 9), 480, (854, 480)),
            ((16, 9), 720, (1280, 720)),
            ((16, 9), 1080, (1920, 1080)),
            ((9, 16), 720, (720, 1280)),
            ((1, 1), 720, (720, 720)),
            ((4, 3), 480, (640, 480)),
            ((3, 4), 720, (720, 960)),
            ((21, 9), 720, (1680, 720)),
        ];
        for ((w, h), lines, expected) in sizes {
            let size = shaped(f64::from(w) / f64::from(h), lines);
            assert_eq!((size.width, size.height), expected, "{w}:{h} at {lines}");
        }
    }
}

//! Curves of progress over time, 0 to 1, from plain arithmetic: no sine or power of the platform's
//! library, whose last bit differs between machines.

/// Starts from rest, cruises, and ends slower but still moving.
///
/// `t` in 0..=1. The speed rises over the first fifth, and falls over the last third to two fifths
/// of the cruising speed: a clip that goes on in another must not have come to rest.
#[must_use]
pub fn travel(t: f32) -> f32 {
    const RISE: f32 = 0.2;
    const FALL: f32 = 0.33;
    const LAST_SPEED: f32 = 0.4;
    const WHOLE: f32 = 1.0 - RISE / 2.0 - FALL * (1.0 - LAST_SPEED) / 2.0;
    let t = t.clamp(0.0, 1.0);
    let rising = t.min(RISE);
    let cruising = (t - RISE).max(0.0);
    let falling = (t - (1.0 - FALL)).max(0.0);
    let lost = (1.0 - LAST_SPEED) * falling * falling / (2.0 * FALL);
    (rising * rising / (2.0 * RISE) + cruising - lost) / WHOLE
}

/// From rest to rest: 3t^2 - 2t^3, with `t` clamped to 0..=1.
#[must_use]
pub fn smooth(t: f32) -> f32 {
    let t = t.clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Rises from 0 to 1 at the middle and falls back, at rest at all three: 16 t^2 (1-t)^2.
#[must_use]
pub fn swell(t: f32) -> f32 {
    let t = t.clamp(0.0, 1.0);
    let half = 4.0 * t * (1.0 - t);
    half * half
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_curve_starts_and_ends_where_it_says() {
        assert_eq!((travel(0.0), smooth(0.0), swell(0.0)), (0.0, 0.0, 0.0));
        assert!((travel(1.0) - 1.0).abs() < 1e-6);
        assert_eq!((smooth(1.0), swell(0.5), swell(1.0)), (1.0, 1.0, 0.0));
    }

    #[test]
    fn travel_never_turns_back_or_jumps() {
        let at: Vec<f32> = (0..=240).map(|i| travel(i as f32 / 240.0)).collect();
        for pair in at.windows(2) {
            let step = pair[1] - pair[0];
            assert!((0.0..0.006).contains(&step), "a step of {step}");
        }
    }
}

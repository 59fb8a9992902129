//! The few curves that everything drawn moves along. Only `+ - * /`, `floor` and `sqrt`, which are
//! the same on every machine; a libm sine is not, so none is used.

/// Sine of an angle in turns (1.0 is a full circle), within 0.0012 of the true value.
#[must_use]
pub fn sine(turns: f32) -> f32 {
    let t = turns - turns.floor() - 0.5;
    let parabola = 8.0 * t - 16.0 * t * t.abs();
    -(0.225 * (parabola * parabola.abs() - parabola) + parabola)
}

/// Cosine of an angle in turns.
#[must_use]
pub fn cosine(turns: f32) -> f32 {
    sine(turns + 0.25)
}

/// From `a` at 0 to `b` at 1, straight on beyond.
#[must_use]
pub fn mix(a: f32, b: f32, t: f32) -> f32 {
    a + (b - a) * t
}

/// 0 up to `low`, 1 from `high` on, soft between; `low` may be the greater one.
#[must_use]
pub fn smooth(low: f32, high: f32, x: f32) -> f32 {
    let t = ((x - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// A hill of height 1 at distance 0, a half at distance `half`, never quite 0.
#[must_use]
pub fn falloff(distance_squared: f32, half: f32) -> f32 {
    1.0 / (1.0 + distance_squared / (half * half))
}

/// The fraction of a repeating step: 0..1.
#[must_use]
pub fn fraction(x: f32) -> f32 {
    x - x.floor()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sine_is_close_to_the_true_one_all_around() {
        for i in -200..400 {
            let turns = i as f32 / 100.0;
            let truth = (f64::from(turns) * std::f64::consts::TAU).sin() as f32;
            assert!(
                (sine(turns) - truth).abs() < 0.0012,
                "{turns}: {} {truth}",
                sine(turns)
            );
        }
    }

    #[test]
    fn smooth_runs_both_ways() {
        assert_eq!(smooth(0.0, 1.0, -1.0), 0.0);
        assert_eq!(smooth(0.0, 1.0, 2.0), 1.0);
        assert_eq!(smooth(1.0, 0.0, 2.0), 0.0);
        assert_eq!(smooth(0.0, 2.0, 1.0), 0.5);
    }
}

//! One rate to another by a windowed sinc. Exact in length, not in a hurry: at most half a minute
//! of sound with an unusual rate passes through here.

/// Zero crossings of the sinc on each side of a sample.
const CROSSINGS: f64 = 16.0;

/// `plane` at `from` samples a second, at `to` samples a second; as long in time, rounded up.
pub(super) fn resample(plane: &[f32], from: u32, to: u32) -> Vec<f32> {
    let length = (plane.len() as u64 * u64::from(to)).div_ceil(u64::from(from));
    let step = f64::from(from) / f64::from(to);
    // Going down, the filter has to end where the new rate does, or what is above folds back.
    let cutoff = (1.0 / step).min(1.0);
    (0..length)
        .map(|n| sample(plane, n as f64 * step, cutoff))
        .collect()
}

/// The value of `plane` at the fractional place `at`.
fn sample(plane: &[f32], at: f64, cutoff: f64) -> f32 {
    let reach = CROSSINGS / cutoff;
    let first = (at - reach).ceil().max(0.0) as usize;
    let last = ((at + reach).floor() as usize).min(plane.len().saturating_sub(1));
    let weigh = |n: usize| {
        let x = (n as f64 - at) * cutoff;
        cutoff * sinc(x) * hann(x / CROSSINGS)
    };
    (first..=last)
        .map(|n| f64::from(plane[n]) * weigh(n))
        .sum::<f64>() as f32
}

fn sinc(x: f64) -> f64 {
    let x = x * std::f64::consts::PI;
    if x.abs() < 1e-9 { 1.0 } else { x.sin() / x }
}

/// The Hann window over -1..=1.
fn hann(x: f64) -> f64 {
    0.5 + 0.5 * (x * std::f64::consts::PI).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hz: f64, rate: u32, samples: usize) -> Vec<f32> {
        let step = hz / f64::from(rate) * std::f64::consts::TAU;
        (0..samples)
            .map(|n| (n as f64 * step).sin() as f32)
            .collect()
    }

    #[test]
    fn a_tone_keeps_its_pitch_and_its_level() {
        let up = resample(&tone(1000.0, 32_000, 3200), 32_000, 48_000);
        assert_eq!(up.len(), 4800);
        let want = tone(1000.0, 48_000, 4800);
        let worst = (200..4600)
            .map(|n| (up[n] - want[n]).abs())
            .fold(0.0, f32::max);
        assert!(worst < 0.01, "off by {worst}");
    }

    #[test]
    fn what_the_new_rate_cannot_hold_is_gone_and_not_folded() {
        let down = resample(&tone(40_000.0, 96_000, 9600), 96_000, 48_000);
        let loudest = down[200..4600]
            .iter()
            .fold(0.0, |max: f32, x| max.max(x.abs()));
        assert!(loudest < 0.01, "{loudest} is left");
    }
}

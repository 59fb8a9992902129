//! Noise that is the same everywhere: a hash of integers, and smooth fields made from it. Not for
//! secrets and not a stream: the same place always has the same value.

/// A well-mixed 64-bit value for a seed and a place (SplitMix64's finaliser).
#[must_use]
pub fn hash(seed: u64, x: u32, y: u32) -> u64 {
    let place = (u64::from(x) << 32) | u64::from(y);
    let mut z = seed.wrapping_add(place.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A value in -1.0..1.0 for a seed and a place.
#[must_use]
pub fn signed(seed: u64, x: u32, y: u32) -> f32 {
    (hash(seed, x, y) >> 40) as f32 / 8_388_608.0 - 1.0
}

/// Smooth noise in -1.0..1.0 whose hills are about `scale` pixels across; `x` and `y` from 0.
#[must_use]
pub fn smooth(seed: u64, scale: f32, x: f32, y: f32) -> f32 {
    let (x, y) = (x / scale, y / scale);
    let (cell_x, cell_y) = (x as u32, y as u32);
    let [fx, fy] = [x - cell_x as f32, y - cell_y as f32].map(crate::ease::smooth);
    let corner = |dx, dy| signed(seed, cell_x + dx, cell_y + dy);
    let top = corner(0, 0) + (corner(1, 0) - corner(0, 0)) * fx;
    let bottom = corner(0, 1) + (corner(1, 1) - corner(0, 1)) * fx;
    top + (bottom - top) * fy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_centred_and_differs_by_seed() {
        let mean = |seed| (0..4096).map(|i| signed(seed, i % 64, i / 64)).sum::<f32>() / 4096.0;
        assert!(mean(1).abs() < 0.05 && mean(2).abs() < 0.05);
        assert_ne!(signed(1, 3, 4), signed(2, 3, 4));
        assert_ne!(signed(1, 3, 4), signed(1, 4, 3));
    }

    #[test]
    fn smooth_noise_has_no_steps() {
        for i in 0..500 {
            let x = i as f32 * 0.5;
            let step = smooth(9, 16.0, x + 0.5, 7.0) - smooth(9, 16.0, x, 7.0);
            assert!(step.abs() < 0.12, "a step of {step} at {x}");
        }
    }
}

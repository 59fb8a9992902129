//! Numbers that look random and are not: a small generator and hash noise, the same on every
//! machine. Not for secrets, and not fed by the clock or the operating system.

/// A splitmix64 generator: the same seed gives the same numbers for ever.
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    /// A generator for one purpose: `stream` keeps two uses of one seed apart.
    #[must_use]
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut rng = Self(seed ^ stream.wrapping_mul(0xd134_2543_de82_ef95));
        rng.bits();
        rng
    }

    /// The next 64 bits (Steele, Lea, Flood: "Fast splittable pseudorandom number generators").
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number in 0..1, 1 excluded, with 24 bits, all of which an `f32` holds.
    pub fn unit(&mut self) -> f32 {
        (self.bits() >> 40) as f32 / 16_777_216.0
    }

    /// A number in `low..high`.
    pub fn range(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    /// True with the given chance, 0..1.
    pub fn chance(&mut self, chance: f32) -> bool {
        self.unit() < chance
    }
}

/// 0..1 for a point of the integer grid.
#[must_use]
pub fn grid(x: i32, y: i32, seed: u32) -> f32 {
    let mut h = (x as u32).wrapping_mul(0x9e37_79b1)
        ^ (y as u32).wrapping_mul(0x85eb_ca77)
        ^ seed.wrapping_mul(0xc2b2_ae3d);
    h = (h ^ (h >> 15)).wrapping_mul(0x2c1b_3c6d);
    h = (h ^ (h >> 12)).wrapping_mul(0x297a_2d39);
    ((h ^ (h >> 15)) >> 8) as f32 / 16_777_216.0
}

/// Smooth noise in 0..1 over a line, one bump per unit.
#[must_use]
pub fn noise1(x: f32, seed: u32) -> f32 {
    let cell = x.floor();
    let t = fade(x - cell);
    let i = cell as i32;
    grid(i, 0, seed) * (1.0 - t) + grid(i + 1, 0, seed) * t
}

/// Smooth noise in 0..1 over a plane, one bump per unit.
#[must_use]
pub fn noise2(x: f32, y: f32, seed: u32) -> f32 {
    let (cx, cy) = (x.floor(), y.floor());
    let (tx, ty) = (fade(x - cx), fade(y - cy));
    let (i, j) = (cx as i32, cy as i32);
    let top = grid(i, j, seed) * (1.0 - tx) + grid(i + 1, j, seed) * tx;
    let low = grid(i, j + 1, seed) * (1.0 - tx) + grid(i + 1, j + 1, seed) * tx;
    top * (1.0 - ty) + low * ty
}

/// Octaves of `noise1`, each twice as fine and half as strong; still in 0..1.
#[must_use]
pub fn fractal1(x: f32, octaves: u32, seed: u32) -> f32 {
    octaves_of(octaves, |scale, k| noise1(x * scale, seed.wrapping_add(k)))
}

/// Octaves of `noise2`, each twice as fine and half as strong; still in 0..1.
#[must_use]
pub fn fractal2(x: f32, y: f32, octaves: u32, seed: u32) -> f32 {
    octaves_of(octaves, |scale, k| {
        noise2(x * scale, y * scale, seed.wrapping_add(k))
    })
}

fn octaves_of(octaves: u32, noise: impl Fn(f32, u32) -> f32) -> f32 {
    let (mut sum, mut weight, mut scale, mut all) = (0.0, 1.0, 1.0, 0.0);
    for k in 0..octaves {
        sum += weight * noise(scale, k);
        all += weight;
        weight *= 0.5;
        scale *= 2.0;
    }
    sum / all
}

fn fade(t: f32) -> f32 {
    t * t * (3.0 - 2.0 * t)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_numbers_and_another_stream_others() {
        let take = |seed, stream| {
            let mut rng = Rng::new(seed, stream);
            (0..8).map(|_| rng.bits()).collect::<Vec<_>>()
        };
        assert_eq!(take(7, 1), take(7, 1));
        assert_ne!(take(7, 1), take(7, 2));
        assert_ne!(take(7, 1), take(8, 1));
    }

    #[test]
    fn noise_stays_between_nought_and_one_and_has_no_jumps() {
        let mut last = fractal2(-10.0, 3.0, 5, 9);
        for i in 1..20_000 {
            let now = fractal2(-10.0 + i as f32 * 0.001, 3.0, 5, 9);
            assert!((0.0..=1.0).contains(&now));
            assert!((now - last).abs() < 0.02, "a jump at step {i}");
            last = now;
        }
    }

    #[test]
    fn units_fill_their_range_evenly() {
        let mut rng = Rng::new(3, 0);
        let mean = (0..4000).map(|_| rng.unit()).sum::<f32>() / 4000.0;
        assert!((mean - 0.5).abs() < 0.03, "mean {mean}");
    }
}

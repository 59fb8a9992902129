//! From the frame a client wants to the words for it: the nearest size to an image, the exact one to
//! an aspect ratio that was named.

use framewright_core::spec::Aspect;

/// How far a size may be from a named aspect ratio and still be it: Runway's 21:9 is 1584:672, its
/// 4:3 is 1104:832.
const SAME: f64 = 0.03;

/// The nearest of `W:H` texts to a shape.
pub(super) fn nearest<'a>(sizes: impl IntoIterator<Item = &'a str>, shape: f64) -> Option<&'a str> {
    let far = |size: &&str| distance(size, shape);
    sizes.into_iter().min_by(|a, b| far(a).total_cmp(&far(b)))
}

/// The one of `W:H` texts that is this aspect ratio.
pub(super) fn exact<'a>(
    sizes: impl IntoIterator<Item = &'a str>,
    aspect: Aspect,
) -> Option<&'a str> {
    let shape = shape(aspect.width, aspect.height)?;
    nearest(sizes, shape).filter(|size| distance(size, shape) < SAME)
}

/// Width by height; none where either is not known.
pub(super) fn shape(width: u32, height: u32) -> Option<f64> {
    (width > 0 && height > 0).then(|| f64::from(width) / f64::from(height))
}

/// How far apart two shapes are, the same for both ways up.
fn distance(size: &str, shape: f64) -> f64 {
    let read = |(width, height): (&str, &str)| {
        let (width, height): (f64, f64) = (width.parse().ok()?, height.parse().ok()?);
        Some((width / height / shape).ln().abs())
    };
    size.split_once(':').and_then(read).unwrap_or(f64::INFINITY)
}

/// The common name of a size, for a sentence.
pub(super) fn common_name(size: &str) -> &str {
    const NAMES: [&str; 8] = ["16:9", "9:16", "1:1", "4:3", "3:4", "21:9", "3:2", "2:3"];
    let (width, height) = size.split_once(':').unwrap_or(("1", "1"));
    let named = width.parse().ok().zip(height.parse().ok());
    let named = named.and_then(|(width, height)| exact(NAMES, Aspect { width, height }));
    named.unwrap_or(size)
}

#[cfg(test)]
mod tests {
    use super::{Aspect, common_name, exact, nearest};

    const SIZES: [&str; 6] = [
        "1280:720", "720:1280", "1104:832", "832:1104", "960:960", "1584:672",
    ];

    #[test]
    fn a_named_aspect_ratio_is_met_or_refused() {
        let of = |width, height| exact(SIZES, Aspect { width, height });
        assert_eq!(of(16, 9), Some("1280:720"));
        assert_eq!(of(21, 9), Some("1584:672"));
        assert_eq!(of(3, 4), Some("832:1104"));
        assert_eq!(of(3, 2), None);
        assert_eq!(of(16, 0), None);
    }

    #[test]
    fn an_image_gets_the_nearest_size() {
        for (width, height, size) in [
            (4000.0, 2250.0, "1280:720"),
            (1000.0, 1100.0, "960:960"),
            (100.0, 4000.0, "720:1280"),
            (3000.0, 1000.0, "1584:672"),
        ] {
            assert_eq!(nearest(SIZES, width / height), Some(size));
        }
    }

    #[test]
    fn sizes_are_told_by_the_names_that_clients_use() {
        assert_eq!(
            SIZES.map(common_name),
            ["16:9", "9:16", "4:3", "3:4", "1:1", "21:9"]
        );
    }
}

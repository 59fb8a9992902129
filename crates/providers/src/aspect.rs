//! From the frame a client wants to a vendor's word for it: the nearest size to an image, the exact
//! one to an aspect ratio that was named. Sizes are `W:H`, `W*H` or `WxH`.

use framewright_core::spec::Aspect;

use crate::provider::Unsupported;
use crate::takes::unsupported;

/// How far a size may be from a named aspect ratio and still be it: Runway's 21:9 is 1584:672, its
/// 4:3 is 1104:832.
const SAME: f64 = 0.03;

/// The nearest of these sizes to a shape.
#[must_use]
pub fn nearest<'a>(sizes: impl IntoIterator<Item = &'a str>, shape: f64) -> Option<&'a str> {
    let far = |size: &&str| distance(size, shape);
    sizes.into_iter().min_by(|a, b| far(a).total_cmp(&far(b)))
}

/// The one of these sizes that is this aspect ratio.
#[must_use]
pub fn exact<'a>(sizes: impl IntoIterator<Item = &'a str>, aspect: Aspect) -> Option<&'a str> {
    let shape = shape(aspect.width, aspect.height)?;
    nearest(sizes, shape).filter(|size| distance(size, shape) < SAME)
}

/// Width by height as one number; none where either is not known.
#[must_use]
pub fn shape(width: u32, height: u32) -> Option<f64> {
    (width > 0 && height > 0).then(|| f64::from(width) / f64::from(height))
}

/// How far apart two shapes are, the same for both ways up.
fn distance(size: &str, shape: f64) -> f64 {
    let parts = parts(size);
    parts.map_or(f64::INFINITY, |(width, height)| {
        (f64::from(width) / f64::from(height) / shape).ln().abs()
    })
}

fn parts(size: &str) -> Option<(u32, u32)> {
    let (width, height) = size.split_once([':', '*', 'x'])?;
    let parts = (width.parse().ok()?, height.parse().ok()?);
    (parts.0 > 0 && parts.1 > 0).then_some(parts)
}

/// The name that clients use for a size; the size itself where there is none.
#[must_use]
pub fn common_name(size: &str) -> &str {
    const NAMES: [&str; 8] = ["16:9", "9:16", "1:1", "4:3", "3:4", "21:9", "3:2", "2:3"];
    let aspect = parts(size).map(|(width, height)| Aspect { width, height });
    let named = aspect.and_then(|aspect| exact(NAMES, aspect));
    named.unwrap_or(size)
}

/// The refusal of an aspect ratio that is none of these sizes.
#[must_use]
pub fn none_of(sizes: &[&str], model: &str) -> Unsupported {
    let names: Vec<_> = sizes.iter().map(|size| common_name(size)).collect();
    unsupported(format!(
        "aspect_ratio must be one of: {} with {model}",
        names.join(", ")
    ))
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
        assert_eq!(
            exact(
                ["960*960", "1088*832"],
                Aspect {
                    width: 4,
                    height: 3
                }
            ),
            Some("1088*832")
        );
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

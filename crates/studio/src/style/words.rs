//! Which words of a prompt ask for which look. A table and its reading, nothing else.

use super::Look;

/// Words, each matched whole, and the look they stand for.
pub type Entry = (&'static [&'static str], Look);

/// What a picture is made with.
pub const MEDIA: [Entry; 8] = [
    (
        &[
            "sketch", "pencil", "drawing", "drawn", "charcoal", "line art", "ink",
        ],
        Look::SKETCH,
    ),
    (
        &[
            "watercolor",
            "watercolour",
            "aquarelle",
            "gouache",
            "ghibli",
        ],
        Look::WATERCOLOUR,
    ),
    (
        &[
            "oil",
            "painting",
            "painted",
            "painterly",
            "impressionist",
            "van gogh",
            "monet",
        ],
        Look::OIL,
    ),
    (
        &[
            "anime",
            "manga",
            "cartoon",
            "comic",
            "cel shaded",
            "toon",
            "pixar",
            "animation",
        ],
        Look::CARTOON,
    ),
    (
        &[
            "neon",
            "cyberpunk",
            "synthwave",
            "vaporwave",
            "tron",
            "futuristic",
        ],
        Look::NEON,
    ),
    (
        &[
            "noir",
            "black and white",
            "monochrome",
            "b w",
            "grayscale",
            "greyscale",
        ],
        Look::NOIR,
    ),
    (
        &[
            "vintage",
            "sepia",
            "retro",
            "old film",
            "antique",
            "nostalgic",
            "super 8",
            "1920s",
        ],
        Look::VINTAGE,
    ),
    (
        &[
            "dream",
            "dreamy",
            "ethereal",
            "soft",
            "fairy tale",
            "pastel",
            "hazy",
        ],
        Look::DREAM,
    ),
];

/// What light it stands in.
pub const MOODS: [Entry; 4] = [
    (
        &["night", "midnight", "moonlight", "moonlit", "dark"],
        Look::NIGHT,
    ),
    (
        &[
            "golden",
            "golden hour",
            "sunset",
            "sunrise",
            "dusk",
            "dawn",
            "autumn",
        ],
        Look::GOLDEN,
    ),
    (
        &[
            "cold", "cool", "winter", "icy", "ice", "snow", "frozen", "blue", "arctic",
        ],
        Look::COLD,
    ),
    (
        &[
            "warm", "summer", "sunny", "cosy", "cozy", "desert", "orange",
        ],
        Look::WARM,
    ),
];

/// The first entry of a table that a prompt names. Letters of either case, and any mark for a space.
pub fn find(prompt: &str, table: &'static [Entry]) -> Option<&'static Look> {
    let spaced = spaced(prompt);
    let named = |word: &&str| spaced.contains(&format!(" {word} "));
    table
        .iter()
        .find(|(words, _)| words.iter().any(named))
        .map(|(_, look)| look)
}

/// Lower case, single spaces for all that is no letter or digit, one at either end.
fn spaced(prompt: &str) -> String {
    let lower = prompt.to_lowercase();
    let words = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    words.fold(String::from(" "), |text, word| text + word + " ")
}

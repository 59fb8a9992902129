//! The fifteen videos of the demo: what is asked for, in the words of the API, and what must come
//! of it.

use serde_json::{Value, json};

/// One request and what is expected of its files.
#[derive(Clone)]
pub(super) struct Order {
    /// For the progress bar.
    pub(super) label: &'static str,
    /// The files are called this, with a number where there are several.
    pub(super) file: &'static str,
    pub(super) path: &'static str,
    /// Without the webhook.
    pub(super) body: Value,
    pub(super) expect: Expect,
}

/// What every file of an order must be.
#[derive(Clone, Copy)]
pub(super) struct Expect {
    pub(super) videos: usize,
    pub(super) seconds: u32,
    /// How many frames it may be off: one, or two where a video continues another.
    pub(super) slack: u32,
    /// Width to height.
    pub(super) ratio: (u32, u32),
    /// The short side in pixels.
    pub(super) lines: u32,
    pub(super) sound: bool,
}

/// One video of five seconds, wide, 720 lines, silent: what most orders expect.
const USUAL: Expect = Expect {
    videos: 1,
    seconds: 5,
    slack: 1,
    ratio: (16, 9),
    lines: 720,
    sound: false,
};

/// Where the media are found.
pub(super) struct Urls {
    pub(super) start_image: String,
    pub(super) end_image: String,
    pub(super) video: String,
    pub(super) audio: String,
}

/// Four variants of a camera over the start image: Midjourney's style of endpoint.
pub(super) fn imagine(urls: &Urls) -> Order {
    Order {
        label: "imagine-video: a still comes alive",
        file: "imagine",
        path: "/imagine-video",
        body: json!({
            "prompt": "waves roll in as the sun goes down",
            "image_url": urls.start_image,
            "motion": "high",
        }),
        expect: Expect {
            videos: 4,
            lines: 480,
            ..USUAL
        },
    }
}

/// Four continuations of the second variant.
pub(super) fn extend(parent: &str) -> Order {
    Order {
        label: "imagine-video-extend: its no. 2 goes on",
        file: "extend",
        path: "/imagine-video-extend",
        body: json!({
            "parent_task_id": parent,
            "index": "2",
            "prompt": "the camera keeps moving along the coast",
        }),
        expect: Expect {
            videos: 4,
            seconds: 9,
            slack: 2,
            lines: 480,
            ..USUAL
        },
    }
}

/// Everything that waits for nothing else.
pub(super) fn singles(urls: &Urls) -> Vec<Order> {
    let mut orders = runway(urls);
    orders.extend(kling(urls));
    orders.extend(wan(urls));
    orders
}

fn runway(urls: &Urls) -> Vec<Order> {
    vec![
        Order {
            label: "runway: text, upright",
            file: "runway-text",
            path: "/runway-imagine",
            body: json!({
                "prompt": "a black cat walks along a wall in a rainy city at night",
                "generation_type": "text2video",
                "aspect_ratio": "9:16",
            }),
            expect: Expect {
                ratio: (9, 16),
                ..USUAL
            },
        },
        Order {
            label: "runway: from one still to another",
            file: "runway-image",
            path: "/runway-imagine",
            body: json!({
                "prompt": "day turns into night",
                "generation_type": "image2video",
                "image_url": urls.start_image,
                "end_image_url": urls.end_image,
                "aspect_ratio": "16:9",
            }),
            expect: USUAL,
        },
        Order {
            label: "runway: a clip restyled and flipped",
            file: "runway-video",
            path: "/runway-imagine",
            body: json!({
                "prompt": "an old film in sepia",
                "generation_type": "video2video",
                "video_url": urls.video,
                "flip": true,
            }),
            expect: Expect {
                lines: 480,
                ..USUAL
            },
        },
    ]
}

fn kling(urls: &Urls) -> Vec<Order> {
    vec![
        Order {
            label: "kling: text",
            file: "kling-text",
            path: "/kling-imagine",
            body: json!({
                "prompt": "a sailing ship on a calm sea, snowy mountains behind, dawn",
                "negative_prompt": "birds",
                "generation_type": "text2video",
                "aspect_ratio": "16:9",
            }),
            expect: USUAL,
        },
        Order {
            label: "kling: from one still to another",
            file: "kling-image",
            path: "/kling-imagine",
            body: json!({
                "prompt": "the moon rises slowly",
                "generation_type": "image2video",
                "image_url": urls.start_image,
                "end_image_url": urls.end_image,
                "aspect_ratio": "16:9",
            }),
            expect: USUAL,
        },
    ]
}

fn wan(urls: &Urls) -> Vec<Order> {
    vec![
        Order {
            label: "wan: text, small",
            file: "wan-text",
            path: "/wan-imagine",
            body: json!({
                "prompt": "a dog runs through a meadow of flowers in the morning sun",
                "model": "wan2.5",
                "resolution": "480P",
            }),
            expect: Expect {
                lines: 480,
                ..USUAL
            },
        },
        Order {
            label: "wan: a still with a melody",
            file: "wan-image-sound",
            path: "/wan-imagine",
            body: json!({
                "prompt": "the light sweeps over the water",
                "model": "wan2.6",
                "resolution": "720P",
                "image_url": urls.start_image,
                "audio_url": urls.audio,
            }),
            expect: Expect {
                sound: true,
                ..USUAL
            },
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_makes_fifteen_videos_under_names_of_their_own() {
        let text = String::new;
        let (start_image, end_image, video, audio) = (text(), text(), text(), text());
        let urls = Urls {
            start_image,
            end_image,
            video,
            audio,
        };
        let mut orders = singles(&urls);
        orders.extend([imagine(&urls), extend("")]);
        assert_eq!(
            orders
                .iter()
                .map(|order| order.expect.videos)
                .sum::<usize>(),
            15
        );
        orders.sort_by_key(|order| order.file);
        orders.dedup_by_key(|order| order.file);
        assert_eq!(orders.len(), 9);
    }
}

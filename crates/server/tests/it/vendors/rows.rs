//! What each kind is asked over HTTP and what its vendor must have sold: one row a kind, and one more
//! where it speaks two APIs. In what was sold, a star in a text stands for what only this task
//! knows, and `{job}` for the vendor's first job.

use serde_json::{Value, json};

/// One kind, its settings, and its requests in order.
pub struct Row {
    pub kind: &'static str,
    /// The name of its double.
    pub double: &'static str,
    pub key: &'static str,
    /// What follows the double's address in `base_url`.
    pub base_path: &'static str,
    /// Lines of the provider's table beside the usual ones.
    pub settings: &'static str,
    pub asks: Vec<Ask>,
}

/// A request to this server and what comes of it.
pub struct Ask {
    pub path: &'static str,
    pub body: Value,
    /// Videos of the finished task.
    pub files: usize,
    pub sold: Sold,
}

/// The paid request: its path without a query, and its body.
pub struct Sold {
    pub path: &'static str,
    pub body: Value,
}

/// Where a vendor is told to post.
const CALLBACK: &str = "https://video.example.com/callbacks/vendor/*";
const DATA: &str = "data:image/png;base64,*";
const LINK: &str = "https://video.example.com/*";

pub fn all() -> Vec<Row> {
    vec![
        runway(),
        kling(),
        wan(),
        fal(),
        replicate(),
        apiframe_v1(),
        apiframe_v2(),
        midjourney_proxy(),
        legnext(),
    ]
}

fn row(kind: &'static str, asks: Vec<Ask>) -> Row {
    Row {
        kind,
        double: kind,
        key: "key-of-the-tests",
        base_path: "",
        settings: "",
        asks,
    }
}

fn ask(path: &'static str, body: Value, files: usize, sold: (&'static str, Value)) -> Ask {
    let (at, what) = sold;
    Ask {
        path,
        body,
        files,
        sold: Sold {
            path: at,
            body: what,
        },
    }
}

/// Words to a video, by an endpoint that asks how.
fn words(path: &'static str, sold: (&'static str, Value)) -> Ask {
    let body = json!({ "prompt": "a cat", "generation_type": "text2video" });
    ask(path, body, 1, sold)
}

/// A picture to four videos.
fn imagine(sold: (&'static str, Value)) -> Ask {
    let body = json!({ "prompt": "a cat", "image_url": "{picture}" });
    ask("/imagine-video", body, 4, sold)
}

/// The third of four videos continued.
fn extend(sold: (&'static str, Value)) -> Ask {
    let body = json!({ "prompt": "and runs", "parent_task_id": "{task}", "index": "3" });
    ask("/imagine-video-extend", body, 4, sold)
}

fn runway() -> Row {
    let body = json!({
        "model": "gen4.5", "promptText": "a cat", "ratio": "1280:720", "duration": 5,
    });
    let sold = ("/v1/text_to_video", body);
    row("runway", vec![words("/runway-imagine", sold)])
}

fn kling() -> Row {
    let body = json!({
        "model_name": "kling-v2-5-turbo", "prompt": "a cat", "mode": "std", "duration": "5",
        "aspect_ratio": "16:9", "external_task_id": "*", "callback_url": CALLBACK,
    });
    let sold = ("/v1/videos/text2video", body);
    row("kling", vec![words("/kling-imagine", sold)])
}

fn wan() -> Row {
    let asked = json!({ "model": "wan2.6", "prompt": "a cat", "resolution": "720P" });
    let body = json!({
        "model": "wan2.6-t2v", "input": { "prompt": "a cat" },
        "parameters": { "size": "1280*720", "duration": 5 },
    });
    let path = "/api/v1/services/aigc/video-generation/video-synthesis";
    Row {
        double: "dashscope",
        base_path: "/api/v1",
        ..row("wan", vec![ask("/wan-imagine", asked, 1, (path, body))])
    }
}

fn fal() -> Row {
    let asked = json!({
        "prompt": "a cat", "generation_type": "image2video", "image_url": "{picture}",
    });
    let body = json!({ "prompt": "a cat", "image_url": DATA, "duration": "5", "cfg_scale": 0.5 });
    let path = "/fal-ai/kling-video/v2.5-turbo/standard/image-to-video";
    Row {
        key: "id:secret",
        ..row("fal", vec![ask("/kling-imagine", asked, 1, (path, body))])
    }
}

fn replicate() -> Row {
    let asked = json!({ "model": "wan2.6", "prompt": "a cat", "image_url": "{picture}" });
    let body = json!({
        "input": { "prompt": "a cat", "image": DATA, "resolution": "1080p", "duration": 5 },
        "webhook": CALLBACK, "webhook_events_filter": ["completed"],
    });
    let path = "/v1/models/wan-video/wan-2.6-i2v/predictions";
    row(
        "replicate",
        vec![ask("/wan-imagine", asked, 1, (path, body))],
    )
}

fn apiframe_v1() -> Row {
    let first = json!({
        "prompt": "a cat", "image_url": "https://cdn.apiframe.pro/images/*", "motion": "low",
    });
    let second = json!({
        "parent_task_id": "{job}", "index": "3", "prompt": "and runs", "motion": "low",
    });
    let asks = vec![
        imagine(("/imagine-video", first)),
        extend(("/imagine-video-extend", second)),
    ];
    Row {
        double: "apiframe_v1",
        ..row("apiframe", asks)
    }
}

fn apiframe_v2() -> Row {
    let body = json!({
        "model": "midjourney-video", "prompt": "a cat",
        "midjourneyVideoParams": { "start_image": LINK, "motion": "low" },
        "webhookUrl": CALLBACK, "webhookEvents": ["completed", "failed"],
    });
    Row {
        double: "apiframe_v2",
        settings: "version = \"v2\"",
        ..row("apiframe", vec![imagine(("/v2/videos/generate", body))])
    }
}

fn midjourney_proxy() -> Row {
    let first = json!({
        "prompt": "a cat", "image": DATA, "motion": "low", "batchSize": 4, "state": "*",
        "notifyHook": CALLBACK,
    });
    let second = json!({
        "prompt": "and runs", "action": "extend", "taskId": "{job}", "index": 2, "motion": "low",
        "batchSize": 4, "state": "*", "notifyHook": CALLBACK,
    });
    let path = "/mj/submit/video";
    Row {
        settings: "accept_terms_risk = true",
        ..row(
            "midjourney_proxy",
            vec![imagine((path, first)), extend((path, second))],
        )
    }
}

fn legnext() -> Row {
    let first = json!({
        "prompt": format!("{LINK} a cat --motion low"), "callback": CALLBACK,
    });
    let second = json!({
        "jobId": "{job}", "videoNo": 2, "prompt": "and runs --motion low", "callback": CALLBACK,
    });
    let asks = vec![
        imagine(("/api/v1/video-diffusion", first)),
        extend(("/api/v1/extend-video", second)),
    ];
    Row {
        base_path: "/api",
        settings: "accept_terms_risk = true",
        ..row("legnext", asks)
    }
}

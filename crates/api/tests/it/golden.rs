//! Our bytes for the request and the answers of each page, kept in files that name the page and
//! every departure from it. `UPDATE_GOLDEN=1` writes them anew; a reader then sees the difference.

use std::fmt::Write as _;

use axum::body::Body;
use http::{Method, Request};
use serde_json::{Value, json};

use crate::stage::{Answer, Stage, with_key};
use crate::wire::{IMAGE, fail, finish, imagine, kling, run};

const UPDATE: &str = "UPDATE_GOLDEN";

/// What every page shares, and we do otherwise.
const SHARED: &str = "\
Departures of every page:
- `{ msg: \"Invalid request\" }` of the page is not JSON; ours is, lists every problem, and adds `field`
  to an item and `message` (the first problem) beside the list.
- Hosts are ours, ids are ours.
";

/// One exchange after another, as text.
struct Transcript {
    name: &'static str,
    text: String,
}

impl Transcript {
    fn new(name: &'static str, head: &str) -> Self {
        Self {
            name,
            text: format!("{head}{SHARED}"),
        }
    }

    fn add(&mut self, what: &str, method: &str, path: &str, body: &Value, answer: &Answer) {
        let status = answer.status.as_u16();
        writeln!(self.text, "\n## {what}\n> {method} {path}").expect("text takes text");
        if !body.is_null() {
            writeln!(self.text, "> {body}").expect("text takes text");
        }
        writeln!(self.text, "< {status}\n< {}", answer.text()).expect("text takes text");
    }

    async fn post(&mut self, stage: &Stage, what: &str, path: &str, body: &Value) -> Answer {
        let answer = stage.post(path, body).await;
        self.add(what, "POST", path, body, &answer);
        answer
    }

    /// Compares with the file, or writes it.
    fn finish(self) {
        let file = format!(
            "{}/tests/golden/{}.txt",
            env!("CARGO_MANIFEST_DIR"),
            self.name
        );
        if std::env::var_os(UPDATE).is_some() {
            std::fs::write(&file, &self.text).expect("the golden file can be written");
        }
        let kept = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(
            kept == self.text,
            "{file} differs; now it is:\n{}",
            self.text
        );
    }
}

/// A page's request and the answers through its task's life, with 4 or 1 videos.
async fn page(name: &'static str, head: &str, path: &str, body: Value, videos: u8, bad: Value) {
    let stage = Stage::new().await;
    let body = with_parent(&stage, body).await;
    let mut transcript = Transcript::new(name, head);
    let answer = transcript
        .post(&stage, "The task has been submitted", path, &body)
        .await;
    let id = crate::stage::task_id(&answer);
    let ask = json!({ "task_id": id.as_str() });
    transcript.post(&stage, "Queued", "/fetch", &ask).await;
    run(&stage, &id, 40).await;
    transcript.post(&stage, "Processing", "/fetch", &ask).await;
    finish(&stage, &id, videos, 5_000).await;
    transcript.post(&stage, "Finished", "/fetch", &ask).await;
    transcript
        .post(&stage, "Bad request: every problem is listed", path, &bad)
        .await;
    let request = Request::post(path).header("host", "video.example");
    let request = request
        .body(Body::from(body.to_string()))
        .expect("it is valid");
    let answer = stage.send(request).await;
    transcript.add("Invalid API key", "POST", path, &body, &answer);
    transcript.finish();
}

/// A request that names a parent gets one that is finished.
async fn with_parent(stage: &Stage, mut body: Value) -> Value {
    if body.get("parent_task_id").is_some() {
        let parent = stage.submit("/imagine-video", &imagine()).await;
        finish(stage, &parent, 4, 5_000).await;
        body["parent_task_id"] = json!(parent.as_str());
    }
    body
}

#[tokio::test]
async fn imagine_video_speaks_as_its_page_says() {
    let head = "\
Page: imagine-video (POST /imagine-video).
Departures of this page:
- The finished body carries `status` and `percentage` too: the official clients wait for ever without.
- The page's processing body has a trailing comma; ours is JSON.
";
    let body = json!({
        "prompt": "a cat dancing", "image_url": IMAGE,
        "webhook_url": "https://hooks.example.com/x", "webhook_secret": "abc123"
    });
    let bad = json!({ "prompt": 5, "motion": 7 });
    page("imagine-video", head, "/imagine-video", body, 4, bad).await;
}

#[tokio::test]
async fn imagine_video_extend_speaks_as_its_page_says() {
    let head = "\
Page: imagine-video-extend (POST /imagine-video-extend).
Departures of this page:
- The finished body carries `status` and `percentage` too: the official clients wait for ever without.
- `index` is taken as a number too.
- `image_url` is where the new part goes: it starts where the parent ends.
- The page's samples post to /imagine-video: they make a plain imagine-video there.
";
    let body = json!({
        "prompt": "a cat dancing", "parent_task_id": "", "index": "1", "image_url": IMAGE,
        "webhook_url": "https://hooks.example.com/x", "webhook_secret": "abc123"
    });
    let bad = json!({ "parent_task_id": "29e983ca-7e86-4017-a9e3", "index": "5", "motion": "LOW" });
    page(
        "imagine-video-extend",
        head,
        "/imagine-video-extend",
        body,
        4,
        bad,
    )
    .await;
}

#[tokio::test]
async fn runway_imagine_speaks_as_its_page_says() {
    let head = "\
Page: runway-imagine (POST /runway-imagine).
Departures of this page:
- What the page leaves open: model gen3a_turbo, 5 seconds, 16:9; `duration` is taken as text too.
- `flip` turns the picture top to bottom.
";
    let body = json!({
        "prompt": "A colossal mech suit towering over a futuristic cityscape, its powerful weapons \
                   primed for battle against an unseen threat.",
        "generation_type": "text2video",
        "webhook_url": "https://hooks.example.com/x", "webhook_secret": "abc123"
    });
    let bad = json!({
        "prompt": "a", "generation_type": "image2video", "end_image_url": IMAGE, "duration": 6,
        "aspect_ratio": "2:1", "model": "gen5", "flip": "yes"
    });
    page("runway-imagine", head, "/runway-imagine", body, 1, bad).await;
}

#[tokio::test]
async fn kling_imagine_speaks_as_its_page_says() {
    let head = "\
Page: kling-imagine (POST /kling-imagine).
Departures of this page:
- What the page leaves open: model kling-v1-6 (kling-v1-5 with mode pro), std, 5 seconds, 16:9,
  cfg_scale 0.5; `duration` and `cfg_scale` are taken as text too.
";
    let body = kling(&json!({ "negative_prompt": "dogs", "mode": "pro", "cfg_scale": 0.7 }));
    let bad = json!({
        "prompt": " ", "generation_type": "video2video", "mode": "pro", "model": "kling-v1",
        "cfg_scale": 1.1, "webhook_url": "ftp://hooks.example.com/x", "webhook_secret": "a b"
    });
    page("kling-imagine", head, "/kling-imagine", body, 1, bad).await;
}

#[tokio::test]
async fn wan_imagine_speaks_as_its_page_says() {
    let head = "\
Page: wan-imagine (POST /wan-imagine).
Departures of this page:
- `audio_url` is typed boolean on the page and described as a URL: it is a URL, a boolean is a 400.
- What the page leaves open: 5 seconds, 1080P, 16:9; `duration` is taken as text too.
- Neither prompt nor image_url is a 400 with every model.
";
    let body = json!({
        "prompt": "a cat", "model": "wan2.5", "resolution": "480P", "duration": 10,
        "audio_url": "https://assets.example.com/a.wav"
    });
    let bad = json!({
        "model": "wan2.6-flash", "resolution": "480P", "duration": 16, "audio_url": true,
        "negative_prompt": "x".repeat(501)
    });
    page("wan-imagine", head, "/wan-imagine", body, 1, bad).await;
}

#[tokio::test]
async fn fetch_and_its_kin_speak_as_decided() {
    let head = "\
Pages: fetch, fetch-many, account (apiframe.md 4 and 6).
Departures of these pages:
- The vendor shows no failed body and no answer for an unknown id; ours are these.
- `POST /cancel` is ours.
";
    let stage = Stage::new().await;
    let mut transcript = Transcript::new("fetch", head);
    let failed = stage.submit("/kling-imagine", &kling(&json!({}))).await;
    fail(&stage, &failed, "image_url: the server answered 404").await;
    let finished = stage.submit("/imagine-video", &imagine()).await;
    finish(&stage, &finished, 3, 5_000).await;
    let queued = stage.submit("/kling-imagine", &kling(&json!({}))).await;
    let ask = json!({ "task_id": failed.as_str() });
    transcript.post(&stage, "Failed", "/fetch", &ask).await;
    let unknown = json!({ "task_id": "29e983ca-7e86-4017-a9e3-ef6fe9cd5f2a" });
    transcript
        .post(&stage, "Unknown id", "/fetch", &unknown)
        .await;
    let many = json!({ "task_ids": [
        finished.as_str(), "not-an-id", failed.as_str(), queued.as_str(), failed.as_str()
    ] });
    transcript
        .post(&stage, "Order and repeats are kept", "/fetch-many", &many)
        .await;
    transcript
        .post(
            &stage,
            "Too few",
            "/fetch-many",
            &json!({ "task_ids": ["a"] }),
        )
        .await;
    let ask = json!({ "task_id": queued.as_str() });
    transcript
        .post(&stage, "The wish is noted", "/cancel", &ask)
        .await;
    let answer = stage.get("/account").await;
    transcript.add("Account", "GET", "/account", &Value::Null, &answer);
    transcript.finish();
}

#[tokio::test]
async fn errors_speak_as_decided() {
    let head = "\
Pages: the errors of every page (apiframe.md 3), and what no page says.
Departures:
- 404, 405, 409 and 429 are on no page; they have the shape of the 400.
";
    let stage = Stage::new().await;
    let mut transcript = Transcript::new("errors", head);
    for (what, path, body) in [
        ("Not JSON", "/fetch", "{"),
        ("Not an object", "/fetch", "[]"),
        ("A key twice", "/fetch", r#"{"task_id":"a","task_id":"b"}"#),
        ("A path of images", "/imagine", "{}"),
        ("No such path", "/nothing", "{}"),
    ] {
        let answer = stage.send(with_key(Method::POST, path, body)).await;
        transcript.add(what, "POST", path, &Value::String(body.to_owned()), &answer);
    }
    let large = format!("{{\"prompt\":\"{}\"}}", "x".repeat(70_000));
    let answer = stage
        .send(with_key(Method::POST, "/kling-imagine", large))
        .await;
    transcript.add("Too large", "POST", "/kling-imagine", &Value::Null, &answer);
    let answer = stage.get("/kling-imagine").await;
    transcript.add(
        "Wrong method",
        "GET",
        "/kling-imagine",
        &Value::Null,
        &answer,
    );
    transcript.finish();
}

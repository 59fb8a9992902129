//! Progress as a client sees it: renders held at known frames, and what /fetch says of them.

use std::{
    sync::{Arc, Condvar, Mutex},
    thread::{self, ThreadId},
};

use framewright_providers::{Registry, preview::Preview, provider::Provider};
use serde_json::json;

use crate::app::TestApp;

/// Of a video of five seconds.
const FRAMES: u32 = 120;

/// Holds each of four render threads at a frame of its own.
#[derive(Default)]
struct Holds {
    at: Mutex<Seats>,
    moved: Condvar,
}

#[derive(Default)]
struct Seats {
    frames: [u32; 4],
    threads: Vec<ThreadId>,
}

impl Holds {
    /// Called on a render thread after every frame; returns when the thread may go on.
    fn pass(&self, done: u32) {
        let mut seats = self.at.lock().expect("no panics here");
        let this = thread::current().id();
        if !seats.threads.contains(&this) {
            seats.threads.push(this);
        }
        let seat = seats.threads.iter().position(|thread| *thread == this);
        let seat = seat.expect("it has one now");
        let held = |seats: &mut Seats| done >= seats.frames[seat];
        let passed = self.moved.wait_while(seats, held);
        drop(passed.expect("no panics here"));
    }

    fn move_to(&self, frames: [u32; 4]) {
        self.at.lock().expect("no panics here").frames = frames;
        self.moved.notify_all();
    }
}

/// The preview, whose render threads these holds stop.
fn held_preview(holds: &Arc<Holds>) -> Registry {
    let holds = Arc::clone(holds);
    Registry::shipped().with("preview", move |name, table, context| {
        let holds = Arc::clone(&holds);
        let on_frame = Arc::new(move |done, _| holds.pass(done));
        let preview = Preview::new(name, table, context, Some(on_frame))?;
        Ok(Arc::new(preview) as Arc<dyn Provider>)
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn fetch_tells_the_mean_of_the_slots_in_stored_steps_of_ten() {
    let holds = Arc::new(Holds::default());
    let app = TestApp::of(held_preview(&holds), |config| config.preview.renders = 4).await;
    let image = app.upload_picture().await;
    let body = json!({ "prompt": "a cat", "image_url": image });
    let id = app.submit("/imagine-video", &body).await;

    let mut told = Vec::new();
    for frames in [
        [1, 1, 1, 97],
        [13, 40, 46, 97],
        [50, 50, 51, 97],
        [80, 80, 87, 97],
        [110, 112, 111, 111],
    ] {
        holds.move_to(frames);
        let sum: u32 = frames.iter().sum();
        let step = 98 * sum / (4 * FRAMES) / 10 * 10;
        let step = step.to_string();
        let reached = |task: &serde_json::Value| task["percentage"] == step;
        app.fetched(&id, reached).await;
        // It stays there however often the engine looks.
        app.time.push(5_000);
        let (_, task) = app.post("/fetch", &json!({ "task_id": id })).await;
        assert!(reached(&task), "{task}");
        told.push(step);
    }
    assert_eq!(told, ["20", "40", "50", "70", "90"]);
    holds.move_to([u32::MAX; 4]);
    let end = app.ended(&id).await;
    assert_eq!(
        (&end["status"], &end["percentage"]),
        (&json!("finished"), &json!(100))
    );
}

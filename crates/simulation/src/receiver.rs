//! The clients' webhook receiver as a host: keeps every post, and while the weather is bad it answers
//! late, wrongly or not at all. What it heard outlives its crashes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use framewright_core::clock::Millis;
use http::StatusCode;
use rand::Rng;
use rand::rngs::StdRng;
use tokio::time::sleep;

use crate::clock::elapsed;
use crate::http::{Answer, Asked};
use crate::trace::Trace;

/// One post.
#[derive(Clone, Debug)]
pub struct Heard {
    /// The path names the task.
    pub path: String,
    pub id: String,
    pub body: String,
}

/// The receiver.
pub struct Receiver {
    /// When its faults end, ms.
    pub calm_at: Millis,
    pub trace: Trace,
    pub log: Mutex<Log>,
}

/// What it keeps.
pub struct Log {
    pub chance: StdRng,
    pub heard: Vec<Heard>,
}

impl Receiver {
    /// Every post, in order.
    #[must_use]
    pub fn heard(&self) -> Vec<Heard> {
        self.log().heard.clone()
    }

    /// Listens until its host goes.
    ///
    /// # Errors
    /// As [`crate::http::serve`].
    pub async fn live(self: Arc<Self>) -> std::io::Result<()> {
        crate::http::serve(move |asked| self.clone().answer(asked)).await
    }

    async fn answer(self: Arc<Self>, asked: Asked) -> Answer {
        let heard = Heard {
            path: asked.uri.path().to_owned(),
            id: asked.header("webhook-id").to_owned(),
            body: String::from_utf8_lossy(&asked.body).into_owned(),
        };
        self.trace.note(&format!(
            "receiver heard {} {} {}",
            heard.path, heard.id, heard.body
        ));
        let fault = {
            let mut log = self.log();
            log.heard.push(heard);
            match elapsed() < self.calm_at {
                true => log.chance.random_range(0..16),
                false => 16,
            }
        };
        match fault {
            0 => Answer::status(StatusCode::INTERNAL_SERVER_ERROR),
            1 => Answer::Nothing,
            2 => {
                sleep(Duration::from_secs(20)).await;
                Answer::status(StatusCode::OK)
            }
            _ => Answer::status(StatusCode::OK),
        }
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

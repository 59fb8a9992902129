//! The ledger calling its client back: it says the job's name at the URL that came with the purchase,
//! again and again until somebody takes it, as vendors do.

use std::time::Duration;

use serde_json::json;

/// From the purchase to the first call: the answer has usually arrived by then.
const FIRST: Duration = Duration::from_millis(300);

/// Between two calls of one job.
const AGAIN: Duration = Duration::from_millis(400);

/// Calls before it gives up.
const CALLS: usize = 300;

/// Calls until the client answers that it took it, or that there is no such attempt.
pub(super) async fn call_back(url: String, job: String) {
    let client = crate::http::client();
    tokio::time::sleep(FIRST).await;
    for _ in 0..CALLS {
        let request = client.post(&url).json(&json!({ "job": job }));
        match request.send().await {
            Ok(answer) if !answer.status().is_server_error() => return,
            _ => tokio::time::sleep(AGAIN).await,
        }
    }
}

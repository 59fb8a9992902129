//! A double calling its client back. Never by itself: a test moves a job by hand, so that it knows
//! when the post was made and what was said to it.

use std::time::Duration;

use crate::double::Callback;
use crate::script::Stage;
use crate::world::World;

/// What came of moving a job.
#[derive(Clone, Debug)]
pub struct Moved {
    /// Where the job stands now.
    pub stage: Stage,
    /// The status that the client answered; none where nothing was posted or nothing answered.
    pub heard: Option<u16>,
}

/// Moves a job one stage and posts what the vendor would post. None for a job that is not there.
pub async fn advance(world: &World, job: &str) -> Option<Moved> {
    let view = world.look(job)?;
    let callback = world.double().callback.and_then(|make| make(world, &view));
    let heard = match callback {
        Some(callback) => post(callback).await.ok(),
        None => None,
    };
    let stage = view.stage;
    Some(Moved { stage, heard })
}

/// Posts once, without following redirects.
///
/// # Errors
/// Of the transport; the time limit is 10 s.
#[expect(
    clippy::disallowed_methods,
    reason = "it plays the vendors' senders, which are none of the server's"
)]
pub async fn post(callback: Callback) -> Result<u16, reqwest::Error> {
    // Built beside the store, reqwest has TLS and wants its provider, used or not.
    drop(rustls::crypto::ring::default_provider().install_default());
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(10))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()?;
    let mut request = client.post(&callback.url).body(callback.body);
    for (name, value) in &callback.headers {
        request = request.header(name, value);
    }
    Ok(request.send().await?.status().as_u16())
}

//! A double calling its client back. By hand, a test moves a job and knows when the post was made and
//! what was said to it; by itself, where the script says so, a double walks each job that it sold to its
//! end and posts what the vendor would, as often as it takes. What is posted is the vendor's double's.

use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinSet;

use crate::double::Callback;
use crate::script::Stage;
use crate::world::{Shared, World};

/// Between two posts of one callback that nobody took.
const AGAIN: Duration = Duration::from_millis(300);

/// Posts of one callback before it is given up: a client that restarts hears of it.
const POSTS: usize = 400;

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

/// Walks every job that it is told of, each by itself, until nobody can tell it of more. Jobs still
/// under way when it is dropped are heard of no more.
pub(crate) async fn by_itself(world: Shared, mut sold: UnboundedReceiver<String>) {
    let mut walks = JoinSet::new();
    loop {
        tokio::select! {
            job = sold.recv() => match job {
                Some(job) => { walks.spawn(walk(Shared::clone(&world), job)); }
                None => return,
            },
            Some(_) = walks.join_next() => {}
        }
    }
}

/// From the acceptance to the last stage, with the vendor's post at each that has one.
async fn walk(world: Shared, job: String) {
    while let Some(view) = world.look(&job) {
        let callback = world.double().callback.and_then(|make| make(&world, &view));
        if let Some(callback) = callback {
            insist(callback).await;
        }
        if world.is_last(&view) {
            return;
        }
    }
}

/// Posts until the client takes it or says that it wants it no more (any status below 500), as vendors
/// do; only sooner, and with each post signed as at first, which holds for the minutes that vendors allow.
async fn insist(callback: Callback) {
    for _ in 0..POSTS {
        match post(callback.clone()).await {
            Ok(status) if status < 500 => return,
            _ => tokio::time::sleep(AGAIN).await,
        }
    }
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
    // Where another crate of the build brings TLS into the client, it has to be named; that it was
    // before is no fault.
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

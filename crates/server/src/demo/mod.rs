//! The demo: a sandbox server on a free port, and a client that asks it over real HTTP for fifteen
//! videos, receives its webhooks, downloads every file and proves each one. It uses nothing of the
//! server but its address, a key and a signing secret.

mod client;
mod hooks;
mod media;
mod melody;
mod orders;
mod progress;
mod proof;
mod report;

use std::{fs, path::Path, sync::Arc, time::Duration};

use anyhow::{Context as _, bail};
use framewright_core::clock::{Clock, Millis, SECOND};
use framewright_providers::Registry;
use framewright_store::{NewKey, Scopes};
use futures_util::{FutureExt as _, future::join_all};
use rand::{RngCore as _, SeedableRng as _, rngs::StdRng};
use secrecy::ExposeSecret as _;
use serde_json::Value;
use tokio::{
    task::spawn_blocking,
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

use self::{
    client::{Client, Fetched},
    hooks::Hooks,
    media::Media,
    orders::{Order, Urls},
    progress::{Bar, Progress},
    proof::Proven,
};
use crate::{
    app::{App, AppOptions},
    clock::SystemClock,
    config::{self, Overrides},
};

/// Between two looks at a task.
const POLL: Duration = Duration::from_millis(500);

/// Longer than any order takes on one slow core.
const PATIENCE: Millis = 20 * 60 * SECOND;

/// What one order came to.
struct Done {
    order: Order,
    /// The id of the task, once there is one.
    task: String,
    files: Vec<Proven>,
    /// What is wrong with the order as a whole.
    problem: Option<String>,
}

/// Runs the demo; the videos are left in `out`. True when everything is right.
///
/// # Errors
/// When the server does not start or the media cannot be made; what is wrong with a video is
/// reported in the table instead.
pub async fn run(out: &Path, registry: Registry) -> anyhow::Result<bool> {
    let began = SystemClock.uptime();
    fs::create_dir_all(out).with_context(|| format!("making {}", out.display()))?;
    let data = tempfile::tempdir().context("making a temporary data directory")?;
    let progress = Progress::new();
    progress.say("drawing two stills and a clip, composing a melody");
    let directory = data.path().join("media");
    let media = spawn_blocking(move || media::make(&directory)).await??;
    let app = start(&data.path().join("server"), registry).await?;
    progress.say(&format!("a sandbox server listens on {}", app.base_url()));
    let done = visit(&app, media, out, &progress).await;
    app.stop().await;
    let (done, hooks) = done?;
    let seconds = (SystemClock.uptime() - began) / SECOND;
    Ok(report::print(&done, &hooks, out, seconds))
}

async fn start(data: &Path, registry: Registry) -> anyhow::Result<App> {
    let overrides = Overrides {
        data: Some(data.to_owned()),
        listen: Some("127.0.0.1:0".to_owned()),
        ..Overrides::default()
    };
    let config = config::load(None, [], overrides)?.config;
    App::start(AppOptions {
        sandbox: true,
        registry,
        ..AppOptions::new(config)
    })
    .await
}

/// Everything between the server's start and its stop.
async fn visit(
    app: &App,
    media: Media,
    out: &Path,
    progress: &Progress,
) -> anyhow::Result<(Vec<Done>, Arc<Hooks>)> {
    let (key, signing_secrets) = account(app).await?;
    let closing = CancellationToken::new();
    let opening = Hooks::open(
        secret(),
        signing_secrets,
        media.video.clone(),
        closing.clone(),
    );
    let (hooks, receiving) = opening.await?;
    let client = Client::new(app.outbound().trusted().clone(), app.base_url(), &key)?;
    let asking = async {
        let urls = place(&client, &media, &hooks).await?;
        let visitor = Visitor {
            client: &client,
            hooks: &hooks,
            out,
            progress,
        };
        Ok(visitor.all(&urls).await)
    };
    let (done, ()) = tokio::join!(asking.inspect(|_| closing.cancel()), receiving);
    done.map(|done| (done, hooks))
}

/// A key, and what webhooks are signed with.
async fn account(app: &App) -> anyhow::Result<(String, Vec<String>)> {
    let store = app.store();
    let account = app.first_account().await?;
    let secrets = store
        .signing_secrets(&account.id, SystemClock.now())
        .await?;
    let secrets = secrets
        .iter()
        .map(|secret| secret.0.expose_secret().to_owned())
        .collect();
    let new = NewKey {
        account: account.id,
        label: "demo".to_owned(),
        scopes: Scopes::CLIENT,
    };
    let (_, key) = store.create_key(&new).await?;
    Ok((key.expose_secret().to_owned(), secrets))
}

/// A secret for `webhook_secret`.
fn secret() -> String {
    let mut bytes = [0; 16];
    StdRng::from_os_rng().fill_bytes(&mut bytes);
    hex::encode(bytes)
}

/// Uploads the stills and the melody; the clip is served by the receiver's own site.
async fn place(client: &Client, media: &Media, hooks: &Hooks) -> anyhow::Result<Urls> {
    let image = |name, file| client.upload("/upload", "image", name, file);
    Ok(Urls {
        start_image: image("start.bmp", &media.start_image).await?,
        end_image: image("end.bmp", &media.end_image).await?,
        audio: client
            .upload("/upload-audio", "audio", "melody.mp3", &media.audio)
            .await?,
        video: hooks.video_url(),
    })
}

/// Whoever places the orders.
struct Visitor<'a> {
    client: &'a Client,
    hooks: &'a Hooks,
    out: &'a Path,
    progress: &'a Progress,
}

impl Visitor<'_> {
    /// Places all orders at once; the extend follows its parent.
    async fn all(&self, urls: &Urls) -> Vec<Done> {
        let chain = async {
            let imagine = self.order(orders::imagine(urls)).await;
            let extend = self.order(orders::extend(&imagine.task)).await;
            vec![imagine, extend]
        };
        let singles = orders::singles(urls)
            .into_iter()
            .map(|order| self.order(order));
        let (mut done, others) = tokio::join!(chain, join_all(singles));
        done.extend(others);
        done
    }

    /// Places one order and follows it to its files.
    async fn order(&self, order: Order) -> Done {
        let bar = self.progress.bar(order.label);
        let mut done = Done {
            order,
            task: String::new(),
            files: Vec::new(),
            problem: None,
        };
        let outcome = self.follow(&mut done, bar).await;
        done.problem = outcome.err().map(|error| format!("{error:#}"));
        done
    }

    async fn follow(&self, done: &mut Done, mut bar: Bar) -> anyhow::Result<()> {
        let followed = self.to_files(done, &mut bar).await;
        bar.end(match &followed {
            Ok(()) if done.files.iter().all(|file| file.problems.is_empty()) => "right",
            _ => "WRONG",
        });
        followed
    }

    async fn to_files(&self, done: &mut Done, bar: &mut Bar) -> anyhow::Result<()> {
        let mut body = done.order.body.clone();
        body["webhook_url"] = Value::from(self.hooks.url());
        body["webhook_secret"] = Value::from(self.hooks.secret.as_str());
        done.task = self.client.submit(done.order.path, &body).await?;
        let ended = self.until_ended(&done.task, bar).await?;
        let posted = self.hooks.ended(&done.task).await?;
        if ended.status != "finished" {
            bail!("{}: {}", ended.status, ended.message);
        }
        for (number, link) in ended.videos.iter().enumerate() {
            let name = file_name(&done.order, number);
            let path = self.out.join(name);
            let expect = done.order.expect;
            done.files
                .push(proof::prove(self.client, link, &path, expect).await);
        }
        let expected = done.order.expect.videos;
        if done.files.len() != expected {
            bail!("{} videos instead of {expected}", done.files.len());
        }
        if posted != ended.body {
            bail!("the webhook's bytes are not those of /fetch");
        }
        Ok(())
    }

    /// Polls until the task has ended, as a client does.
    async fn until_ended(&self, task: &str, bar: &mut Bar) -> anyhow::Result<Fetched> {
        let began = SystemClock.uptime();
        let mut pace = interval(POLL);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while SystemClock.uptime() - began < PATIENCE {
            pace.tick().await;
            let fetched = self.client.fetch(task).await?;
            if fetched.status != "processing" {
                bar.at(100);
                return Ok(fetched);
            }
            bar.at(fetched.percentage);
        }
        bail!("it did not end within {} minutes", PATIENCE / SECOND / 60)
    }
}

fn file_name(order: &Order, number: usize) -> String {
    match order.expect.videos {
        1 => format!("{}.mp4", order.file),
        _ => format!("{}-{}.mp4", order.file, number + 1),
    }
}

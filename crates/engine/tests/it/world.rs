//! Everything around an engine under test: a store in a directory of its own, a clock, providers
//! that outlive the engine, one account, and ways to submit, wait, crash and look.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use framewright_core::address::{Allow, range};
use framewright_core::change::Rules;
use framewright_core::clock::{Clock, Millis};
use framewright_core::id::{AccountId, TaskId};
use framewright_core::spec::{Mode, Spec, TaskType};
use framewright_core::task::{Task, Webhook};
use framewright_engine::{
    Drained, Engine, EngineHandle, Hop, Metrics, OwnFile, OwnUrlError, OwnUrls, Parts, Routes,
    Rule, Settings, Times,
};
use framewright_outbound::{Outbound, OutboundConfig};
use framewright_providers::{Provider, Providers};
use framewright_store::{
    Blobs, Caps, Detail, Limits, NewAccount, NewTask, OpenMode, Store, StoreOptions, Submitted,
    scratch,
};
use framewright_studio::clip::{self, ClipPlan, Labels};
use framewright_studio::frame::{Frame, Shot, Size};
use rand::{SeedableRng, rngs::StdRng};
use secrecy::SecretString;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::clock::ManualClock;
use crate::scripted::Scripted;

/// Longer than any healthy wait of a test, of the wall clock: a guard, nothing is timed by it.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// How long the engine may be silent before the test lets time go by.
const SILENCE: Duration = Duration::from_millis(15);

/// Where the world's providers may call back to.
pub const PUBLIC_URL: &str = "https://us.example/video";

pub struct World {
    dir: TempDir,
    /// The database, where it is not a file in the directory.
    database: Option<SecretString>,
    pub clock: Arc<ManualClock>,
    pub store: Store,
    pub account: AccountId,
    pub video: PathBuf,
    providers: Vec<Arc<Scripted>>,
    running: Option<Process>,
    /// How far the clock is moved when nothing happens, ms.
    pub step: Millis,
}

/// An engine in a runtime of its own, as a process has. Dropped, it ends where it stands, as by a
/// kill.
pub struct Process {
    runtime: Option<Runtime>,
    /// None once it drains.
    engine: Option<EngineHandle>,
}

impl Process {
    fn start(parts: Parts) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        let engine = {
            let _inside = runtime.enter();
            Engine::start(parts)
        };
        Self {
            runtime: Some(runtime),
            engine: Some(engine),
        }
    }

    pub fn engine(&self) -> &EngineHandle {
        self.engine.as_ref().expect("it does not drain yet")
    }

    /// What SIGTERM does. Its runtime lives on: what was cut short still runs until this is dropped.
    pub async fn drain(&mut self, grace: Millis) -> Drained {
        let engine = self.engine.take().expect("drained once");
        engine.drain(grace).await
    }

    /// Returns when nothing of it runs any more.
    fn kill(mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(PATIENCE);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// No URL is ours.
struct NoOwnUrls;

#[async_trait]
impl OwnUrls for NoOwnUrls {
    async fn find(
        &self,
        _account: &AccountId,
        _url: &str,
        _now: Millis,
    ) -> Result<Option<OwnFile>, OwnUrlError> {
        Ok(None)
    }
}

impl World {
    /// A world whose route asks these providers in turn, with a running engine.
    pub async fn with(providers: &[&Arc<Scripted>]) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let clock = Arc::new(ManualClock::new());
        let database = scratch::database("engine").await;
        let store = open(&dir, database.as_ref(), &clock).await;
        let account = store
            .ensure_account(&new_account())
            .await
            .expect("an account")
            .id;
        let video = dir.path().join("made.mp4");
        std::fs::write(&video, small_video()).expect("a small file");
        let mut world = Self {
            dir,
            database,
            clock,
            store,
            account,
            video,
            providers: providers
                .iter()
                .map(|provider| Arc::clone(provider))
                .collect(),
            running: None,
            step: 250,
        };
        world.start();
        world
    }

    /// Starts an engine where none runs.
    pub fn start(&mut self) {
        self.running = Some(Process::start(self.parts()));
    }

    fn parts(&self) -> Parts {
        let providers: Providers = self.providers.iter().map(Scripted::configured).collect();
        let hops = self.providers.iter().map(|provider| Hop {
            provider: provider.name().to_owned(),
            upstream_model: "m".into(),
        });
        let rule = Rule {
            hops: hops.collect(),
            ..Rule::default()
        };
        let outbound = OutboundConfig {
            allow: Allow {
                ranges: vec![range("127.0.0.0/8").expect("a range")],
                own_ports: Vec::new(),
            },
            ..OutboundConfig::default()
        };
        Parts {
            store: self.store.clone(),
            blobs: self.blobs(),
            times: Times::new(self.clock.clone(), self.clock.clone()),
            rng: Box::new(StdRng::from_os_rng()),
            routes: Routes::new(vec![rule], providers.clone()),
            providers,
            outbound: Outbound::new(outbound).expect("clients"),
            render: Arc::new(|task: &Task, now| {
                format!(
                    "{{\"status\":\"{}\",\"p\":{}}}",
                    task.status.word(),
                    task.shown_progress(now)
                )
                .into()
            }),
            own: Arc::new(NoOwnUrls),
            rules: Rules::default(),
            settings: Settings {
                public_url: Some(PUBLIC_URL.into()),
                ..Settings::default()
            },
            metrics: Arc::new(Metrics::new()),
        }
    }

    pub fn blobs(&self) -> Blobs {
        scratch::blobs(&self.dir.path().join("blobs"))
    }

    pub fn engine(&self) -> &EngineHandle {
        self.running.as_ref().expect("an engine runs").engine()
    }

    /// Takes the engine out, to be drained.
    pub fn leaving(&mut self) -> Process {
        self.running.take().expect("an engine runs")
    }

    /// Kills the engine and starts another process over the same directory.
    pub async fn restart(self) -> Self {
        let Self {
            dir,
            database,
            clock,
            store,
            account,
            video,
            providers,
            running,
            step,
        } = self;
        let killed = tokio::task::spawn_blocking(|| running.map(Process::kill));
        killed.await.expect("it ends");
        drop(store);
        let store = open(&dir, database.as_ref(), &clock).await;
        let mut world = Self {
            dir,
            database,
            clock,
            store,
            account,
            video,
            providers,
            running: None,
            step,
        };
        world.start();
        world
    }

    /// A text task of one slot whose lane is the first provider.
    pub fn task(&self) -> Task {
        let now = self.clock.now();
        let id = TaskId::fresh(now, &mut StdRng::from_os_rng());
        let lane = self.providers[0].name();
        Task {
            price: 10,
            base_url: "http://127.0.0.1:8787".into(),
            ..Task::queued(id, self.account.clone(), spec(1), lane, now)
        }
    }

    pub fn task_with_webhook(&self, url: &str) -> Task {
        Task {
            webhook: Some(Webhook {
                url: url.to_owned(),
                secret: Some("mine".into()),
            }),
            ..self.task()
        }
    }

    pub async fn submit(&self, task: Task) -> TaskId {
        let new = NewTask {
            task,
            idempotency: None,
            limits: Limits {
                account_unfinished: 1_000,
                queue: 1_000,
            },
        };
        let Submitted::New(id) = self.store.submit(new).await.expect("taken in") else {
            panic!("nothing is replayed here");
        };
        if let Some(process) = &self.running {
            process.engine().hurry();
        }
        id
    }

    pub async fn detail(&self, id: &TaskId) -> Detail {
        let detail = self
            .store
            .detail(&self.account, id)
            .await
            .expect("readable");
        detail.expect("the task is there")
    }

    /// Waits until the task is as wanted. Whenever the engine has nothing to do, time goes by.
    pub async fn until(&self, id: &TaskId, wanted: impl Fn(&Detail) -> bool) -> Detail {
        let look = async {
            loop {
                let mut written = self.engine().written();
                let detail = self.detail(id).await;
                if wanted(&detail) {
                    return detail;
                }
                if tokio::time::timeout(SILENCE, written.changed())
                    .await
                    .is_err()
                {
                    self.clock.advance(self.step);
                }
            }
        };
        match tokio::time::timeout(PATIENCE, look).await {
            Ok(detail) => detail,
            Err(_) => panic!("it did not come to that: {:#?}", self.detail(id).await),
        }
    }

    pub async fn until_status(&self, id: &TaskId, word: &str) -> Detail {
        self.until(id, |detail| detail.task.status.word() == word)
            .await
    }

    /// Waits until the provider is as wanted; time goes by as in `until`.
    pub async fn until_provider(&self, provider: &Scripted, wanted: impl Fn(&Scripted) -> bool) {
        let look = async {
            loop {
                let mut changed = provider.changed();
                if wanted(provider) {
                    return;
                }
                if tokio::time::timeout(SILENCE, changed.changed())
                    .await
                    .is_err()
                {
                    self.clock.advance(self.step);
                }
            }
        };
        tokio::time::timeout(PATIENCE, look)
            .await
            .expect("the provider comes to that");
    }
}

pub fn spec(slots: u8) -> Spec {
    Spec {
        prompt: "a cat".into(),
        ..Spec::new(TaskType::new("kling-video"), Mode::Text).with_slots(slots)
    }
}

async fn open(dir: &TempDir, database: Option<&SecretString>, clock: &Arc<ManualClock>) -> Store {
    let options = StoreOptions {
        data_dir: dir.path().to_owned(),
        database: database.cloned(),
        mode: OpenMode::Serve,
        readers: 2,
        master_key: database.map(|_| SecretString::from(scratch::MASTER_KEY)),
        clock: clock.clone(),
        rng: Box::new(StdRng::from_os_rng()),
    };
    Store::open(options).await.expect("it opens")
}

fn new_account() -> NewAccount {
    NewAccount {
        name: "first".into(),
        email: "first@example.com".into(),
        plan: "self-hosted".into(),
        credit_limit: None,
        caps: Caps::default(),
    }
}

/// A real MP4 of a few frames, made once.
fn small_video() -> &'static [u8] {
    static VIDEO: OnceLock<Vec<u8>> = OnceLock::new();
    VIDEO.get_or_init(|| {
        struct Grey;
        impl Shot for Grey {
            fn paint(&mut self, n: u32, out: &mut Frame) {
                out.y.fill(40 + n as u8);
                out.u.fill(128);
                out.v.fill(128);
            }
        }
        let dir = tempfile::tempdir().expect("a temporary directory");
        let out = dir.path().join("small.mp4");
        let plan = ClipPlan {
            size: Size::even(64, 36),
            fps: 24,
            frames: 6,
            audio: None,
            after: None,
            labels: Labels::default(),
        };
        clip::write(&plan, &mut Grey, &out, &mut |_, _| {
            std::ops::ControlFlow::Continue(())
        })
        .expect("a clip");
        std::fs::read(out).expect("it is there")
    })
}

//! A whole server inside the test: real HTTP in front, the real engine and the preview behind, and a
//! time that flows like the machine's but can be pushed ahead by days. It fails a test that leaves
//! work behind.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering::Relaxed},
    },
    time::Duration,
};

use framewright_core::clock::{Clock, Millis};
use framewright_engine::Timer;
use framewright_outbound::{Answer, CallLimits, Origin, Request};
use framewright_providers::Registry;
use framewright_server::{
    app::{App, AppOptions, Credentials},
    clock::SystemClock,
    config::{self, BlobPlace, Config, Overrides, S3},
};
use framewright_store::{Filter, NewKey, Scopes, scratch};
use futures_util::{FutureExt as _, future::BoxFuture};
use http::{
    HeaderValue,
    header::{AUTHORIZATION, CONTENT_TYPE},
};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{runtime::Handle, sync::watch, task::block_in_place, time::sleep};

/// Longer than anything takes, on the system's clock; only a hang runs into it.
const PATIENCE: Duration = Duration::from_secs(120);

/// The machine's time and what the test has added to it.
pub struct PushedTime {
    ahead: AtomicI64,
    pushed: watch::Sender<()>,
}

impl PushedTime {
    fn new() -> Arc<Self> {
        let (pushed, _) = watch::channel(());
        Arc::new(Self {
            ahead: AtomicI64::new(0),
            pushed,
        })
    }

    /// Lets `span` pass at once; every wait that it covers ends.
    pub fn push(&self, span: Millis) {
        self.ahead.fetch_add(span, Relaxed);
        self.pushed.send_replace(());
    }
}

impl Clock for PushedTime {
    fn now(&self) -> Millis {
        SystemClock.now() + self.ahead.load(Relaxed)
    }

    fn uptime(&self) -> Millis {
        SystemClock.uptime() + self.ahead.load(Relaxed)
    }
}

/// Waits by a pushed time.
struct PushedTimer(Arc<PushedTime>);

impl Timer for PushedTimer {
    fn wait(&self, span: Millis) -> BoxFuture<'static, ()> {
        let time = Arc::clone(&self.0);
        let due = time.uptime() + span;
        async move {
            let mut pushed = time.pushed.subscribe();
            while let Ok(left @ 1..) = u64::try_from(due - time.uptime()) {
                tokio::select! {
                    () = sleep(Duration::from_millis(left)) => {}
                    changed = pushed.changed() => changed.expect("this future holds the sender"),
                }
            }
        }
        .boxed()
    }
}

/// A server and its only user.
pub struct TestApp {
    pub time: Arc<PushedTime>,
    pub base_url: String,
    app: Option<App>,
    key: HeaderValue,
    _data: TempDir,
}

impl TestApp {
    /// A sandbox with the default configuration.
    pub async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// A sandbox whose configuration `change` has changed.
    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::of(Registry::shipped(), change).await
    }

    /// As [`Self::with`], of these kinds of providers.
    pub async fn of(registry: Registry, change: impl FnOnce(&mut Config)) -> Self {
        let data = tempfile::tempdir().expect("a directory");
        let overrides = Overrides {
            data: Some(data.path().join("data")),
            listen: Some("127.0.0.1:0".to_owned()),
            ..Overrides::default()
        };
        let mut config = config::load(None, [], overrides)
            .expect("the defaults")
            .config;
        config.server.database = scratch::database("app").await;
        let credentials = in_a_bucket(&mut config, data.path());
        change(&mut config);
        let time = PushedTime::new();
        let app = App::start(AppOptions {
            sandbox: true,
            registry,
            credentials,
            clock: Arc::<PushedTime>::clone(&time),
            timer: Arc::new(PushedTimer(Arc::clone(&time))),
            master_key: Some(SecretString::from(scratch::MASTER_KEY)),
            ..AppOptions::new(config)
        })
        .await
        .expect("the server starts");
        let key = key_of(&app).await;
        Self {
            time,
            base_url: app.base_url().to_owned(),
            app: Some(app),
            key,
            _data: data,
        }
    }

    pub fn app(&self) -> &App {
        self.app.as_ref().expect("only `stop` takes it away")
    }

    /// Sends a request as the user.
    pub async fn send(&self, url: &str, request: Request) -> Answer {
        let request = request.header(AUTHORIZATION, self.key.clone());
        self.send_without_key(url, request).await
    }

    /// To somebody else, who is not to be told the key.
    pub async fn send_without_key(&self, url: &str, request: Request) -> Answer {
        let limits = CallLimits {
            max_bytes: 64 << 20,
            total: PATIENCE,
        };
        let origin = Origin::of(url).expect("an origin");
        let request = request.limits(limits);
        let called = self.app().outbound().trusted().call(&origin, request).await;
        called.expect("an answer")
    }

    /// Posts JSON to a path.
    pub async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let path = format!("{}{path}", self.prefix());
        let answer = self
            .send(&self.base_url, Request::post_json(path, body.to_string()))
            .await;
        (
            answer.status.as_u16(),
            serde_json::from_slice(&answer.body).expect("JSON"),
        )
    }

    /// Gets a path or a whole URL of this server.
    pub async fn get(&self, place: &str) -> Answer {
        let path = place.strip_prefix(&self.base_url).unwrap_or(place);
        let path = format!("{}{path}", self.prefix());
        self.send(&self.base_url, Request::get(path)).await
    }

    fn prefix(&self) -> String {
        url::Url::parse(&self.base_url)
            .expect("a URL")
            .path()
            .trim_end_matches('/')
            .to_owned()
    }

    /// Submits and answers the id.
    pub async fn submit(&self, path: &str, body: &Value) -> String {
        let (status, answer) = self.post(path, body).await;
        assert_eq!(status, 200, "{answer}");
        answer["task_id"].as_str().expect("an id").to_owned()
    }

    /// Uploads a small picture and answers its link.
    pub async fn upload_picture(&self) -> String {
        let picture = include_bytes!("picture.png");
        let head =
            "--b\r\ncontent-disposition: form-data; name=\"image\"; filename=\"a.png\"\r\n\r\n";
        let form = [head.as_bytes(), picture, b"\r\n--b--\r\n"].concat();
        let mut request = Request::post_json("/upload", form);
        let multipart = HeaderValue::from_static("multipart/form-data; boundary=b");
        request.headers.insert(CONTENT_TYPE, multipart);
        let answer = self.send(&self.base_url, request).await;
        let answer: Value = serde_json::from_slice(&answer.body).expect("JSON");
        answer["imageURL"].as_str().expect("a link").to_owned()
    }

    /// What /fetch says once it is as wanted; looks whenever the engine has written.
    pub async fn fetched(&self, id: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let mut written = self.app().engine().written();
        let following = async {
            loop {
                written.borrow_and_update();
                let (_, task) = self.post("/fetch", &json!({ "task_id": id })).await;
                if wanted(&task) {
                    return task;
                }
                written.changed().await.expect("the engine runs");
            }
        };
        let found = tokio::time::timeout(PATIENCE, following).await;
        found.expect("it comes to that")
    }

    /// Waits for the end of a task; answers what /fetch says then.
    pub async fn ended(&self, id: &str) -> Value {
        self.fetched(id, |task| task["status"] != "processing")
            .await
    }

    /// Stops the server and answers whether it gave everything back.
    pub async fn stop(mut self) -> framewright_engine::Drained {
        self.assert_nothing_left().await;
        self.app.take().expect("stopped once").stop().await
    }

    /// No task open, no webhook owed.
    async fn assert_nothing_left(&self) {
        let store = self.app().store();
        let statuses = ["queued", "running", "storing"].map(str::to_owned).to_vec();
        let open = Filter {
            statuses,
            ..Filter::default()
        };
        let left = store
            .list(None, &open, None, 10)
            .await
            .expect("a list")
            .tasks;
        assert!(left.is_empty(), "left behind: {:?}", left[0].id);
        let all = store
            .list(None, &Filter::default(), None, 100)
            .await
            .expect("a list")
            .tasks;
        for task in all {
            let detail = store
                .detail(&task.account, &task.id)
                .await
                .expect("a detail");
            let owed = detail.iter().flat_map(|detail| &detail.deliveries);
            let owed = owed.filter(|delivery| delivery.status == "pending").count();
            assert_eq!(owed, 0, "webhooks of {} are still owed", task.id);
        }
    }
}

impl Drop for TestApp {
    /// A test that already fails is not told more.
    fn drop(&mut self) {
        if self.app.is_some() && !std::thread::panicking() {
            block_in_place(|| Handle::current().block_on(self.assert_nothing_left()));
        }
    }
}

/// Puts the server's blobs into the bucket that the environment names, if it names one; what opens it.
fn in_a_bucket(config: &mut Config, data: &Path) -> Credentials {
    let Some(bucket) = scratch::bucket(data) else {
        return Credentials::new();
    };
    config.server.blobs = Some(BlobPlace::Bucket {
        name: bucket.bucket,
        prefix: bucket.prefix,
    });
    config.s3 = S3 {
        endpoint: bucket.endpoint,
        public_endpoint: bucket.public_endpoint,
        region: bucket.region,
        path_style: bucket.path_style,
    };
    bucket.credentials
}

async fn key_of(app: &App) -> HeaderValue {
    let account = app.first_account().await.expect("an account").id;
    let new = NewKey {
        account,
        label: "test".to_owned(),
        scopes: Scopes::CLIENT,
    };
    let (_, key) = app.store().create_key(&new).await.expect("a key");
    HeaderValue::from_str(key.expose_secret()).expect("visible ASCII")
}

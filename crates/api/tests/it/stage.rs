//! The stage of every test: a store, blobs, a clock that is moved by hand, an account with a key,
//! and the router over them. Each answer is checked against the OpenAPI document on its way out.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use bytes::Bytes;
use framewright_api::{ApiParts, ApiSettings, NoRoute, Opening, Readiness, Verdict, router};
use framewright_core::clock::{Clock, DAY, Millis};
use framewright_core::id::{AccountId, AttemptId, NodeId, TaskId};
use framewright_core::work::Work;
use framewright_store::{
    Blobs, Caps, KeyRow, Lease, NewAccount, NewKey, OpenMode, Scopes, Store, StoreOptions, scratch,
};
use http::{HeaderMap, Method, Request, StatusCode};
use rand::SeedableRng;
use rand::rngs::StdRng;
use secrecy::SecretString;
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::document::Document;

/// The key of the stage's account: one that the caller brought along.
pub const KEY: &str = "29e983ca-7e86-4017-a9e3-test-stage-key";

/// When every test begins: 2026-11-01T00:00:00Z.
pub const START: Millis = 1_793_491_200_000;

/// A clock that stands still until it is moved.
pub struct HandClock(AtomicI64);

impl HandClock {
    pub fn advance(&self, by: Millis) {
        self.0.fetch_add(by, Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Millis {
        self.0.load(Ordering::SeqCst)
    }

    fn uptime(&self) -> Millis {
        self.now() - START
    }
}

/// Everything a test touches.
pub struct Stage {
    pub store: Store,
    pub blobs: Blobs,
    pub clock: Arc<HandClock>,
    pub account: AccountId,
    pub key: KeyRow,
    pub drain: CancellationToken,
    /// How often the engine was told to hurry.
    pub hurries: Arc<AtomicUsize>,
    router: Router,
    document: Document,
    node: NodeId,
    leases: Mutex<HashMap<TaskId, Lease<Work>>>,
    attempts: AtomicUsize,
    _directory: tempfile::TempDir,
}

/// One answer, whole.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("every body of the API is JSON")
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("the body is text")
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("the header is text"))
    }

    /// The messages of an error.
    pub fn messages(&self) -> Vec<String> {
        let body = self.json();
        let errors = body["errors"].as_array().cloned().unwrap_or_default();
        errors
            .iter()
            .map(|error| error["msg"].as_str().unwrap_or_default().to_owned())
            .collect()
    }
}

impl Stage {
    pub async fn new() -> Self {
        Self::with(ApiSettings::default()).await
    }

    /// A stage with settings of its own. Randomness is seeded, so that two runs make the same bytes.
    pub async fn with(settings: ApiSettings) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory can be made");
        let clock = Arc::new(HandClock(AtomicI64::new(START)));
        let database = scratch::database("api").await;
        let store = open(directory.path(), database, &clock).await;
        let blobs = scratch::blobs(&directory.path().join("blobs"));
        let (account, key) = account_with_key(&store, "stage", KEY).await;
        let node = NodeId::fresh(START, &mut StdRng::seed_from_u64(3));
        store
            .register_node(&node, START)
            .await
            .expect("a node can be made known");
        let hurries = Arc::new(AtomicUsize::new(0));
        let drain = CancellationToken::new();
        let parts = ApiParts {
            store: store.clone(),
            blobs: blobs.clone(),
            links: Arc::new(store.links().clone()),
            clock: clock.clone(),
            rng: Box::new(StdRng::seed_from_u64(1)),
            route: Arc::new(route),
            callback: Arc::new(|callback| {
                let taken = callback.nonce == "known" && callback.provider == "fal";
                Box::pin(async move {
                    Ok(match taken {
                        true => Verdict::Taken,
                        false => Verdict::Refused,
                    })
                })
            }),
            hurry: {
                let hurries = hurries.clone();
                Arc::new(move || {
                    hurries.fetch_add(1, Ordering::SeqCst);
                })
            },
            metrics_text: Arc::new(|| "# EOF\n".to_owned()),
            readiness: Arc::new(|| Readiness {
                ready: true,
                details: BTreeMap::from([("provider".to_owned(), "preview".to_owned())]),
            }),
            drain: drain.clone(),
            settings,
        };
        let router = router(parts);
        let document = Document::of(&router).await;
        Self {
            store,
            blobs,
            clock,
            account,
            key,
            drain,
            hurries,
            router,
            document,
            node,
            leases: Mutex::default(),
            attempts: AtomicUsize::new(9),
            _directory: directory,
        }
    }

    pub fn document(&self) -> &Document {
        &self.document
    }

    /// Sends a request as it is. The answer is checked against the document.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let answer = call(&self.router, request).await;
        self.document.check(&method, &path, &answer);
        answer
    }

    /// The router itself, for answers that do not end.
    pub async fn open_stream(&self, request: Request<Body>) -> axum::response::Response {
        let Ok(response) = self.router.clone().oneshot(request).await;
        response
    }

    /// A POST of JSON with the stage's key.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(with_key(Method::POST, path, body.to_string()))
            .await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(with_key(Method::GET, path, Body::empty())).await
    }

    /// Submits and returns the id, which the request must get.
    pub async fn submit(&self, path: &str, body: &Value) -> TaskId {
        let answer = self.post(path, body).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        task_id(&answer)
    }

    pub async fn fetch(&self, id: &TaskId) -> Answer {
        self.post("/fetch", &serde_json::json!({ "task_id": id.as_str() }))
            .await
    }

    /// The task as stored.
    pub async fn stored(&self, id: &TaskId) -> framewright_core::task::Task {
        let task = self
            .store
            .task(&self.account, id)
            .await
            .expect("the store can be read");
        task.expect("the task is there")
    }

    /// How many tasks the account has.
    pub async fn count(&self) -> usize {
        let page = self
            .store
            .list(None, &framewright_store::Filter::default(), None, 10_000)
            .await;
        page.expect("the store can be read").tasks.len()
    }

    /// Leases the task once, changes its work and commits it, as the engine would.
    pub async fn work(&self, id: &TaskId, edit: impl FnOnce(&mut Work)) {
        let known = self.leases.lock().expect("no test panicked").remove(id);
        let now = self.clock.now();
        let lease = match known {
            Some(lease) => lease,
            None => {
                let claimed = self.store.claim_one(&self.node, id, now).await;
                claimed
                    .expect("the store can be written")
                    .expect("the task is free")
            }
        };
        let change = crate::wire::change(&lease.work, edit, now);
        let lease = self
            .store
            .commit(&lease, change, now)
            .await
            .expect("the lease holds");
        self.leases
            .lock()
            .expect("no test panicked")
            .insert(id.clone(), lease);
    }

    /// Stores a video of these bytes and returns the name of its blob.
    pub async fn store_video(&self, name: &str, bytes: &[u8]) -> framewright_store::Written {
        let mut writer = self.blobs.create(name).await.expect("a blob can be made");
        writer.write(bytes).await.expect("a blob can be written");
        writer.finish().await.expect("a blob can be finished")
    }

    /// An id for an attempt of a test.
    pub fn attempt_id(&self) -> AttemptId {
        let number = self.attempts.fetch_add(1, Ordering::SeqCst);
        AttemptId::fresh(self.clock.now(), &mut StdRng::seed_from_u64(number as u64))
    }
}

/// When a task that ended at the start is forgotten.
pub const EXPIRES: Millis = START + 7 * DAY;

/// A request with the stage's key and, where it has a body, the JSON type.
pub fn with_key(method: Method, path: &str, body: impl Into<Body>) -> Request<Body> {
    Request::builder()
        .method(method)
        .uri(path)
        .header("host", "video.example")
        .header("authorization", KEY)
        .header("content-type", "application/json")
        .body(body.into())
        .expect("the test's request is valid")
}

pub fn task_id(answer: &Answer) -> TaskId {
    let body = answer.json();
    let text = body["task_id"].as_str().expect("a submit answers an id");
    TaskId::parse(text).expect("the id is a UUID")
}

/// Sends one request and reads the whole answer.
pub async fn call(router: &Router, request: Request<Body>) -> Answer {
    let Ok(response) = router.clone().oneshot(request).await;
    let (head, body) = response.into_parts();
    let body = to_bytes(body, 64 << 20)
        .await
        .expect("the body comes to its end");
    Answer {
        status: head.status,
        headers: head.headers,
        body,
    }
}

/// An account and a key of it that the caller brought along.
pub async fn account_with_key(store: &Store, name: &str, key: &str) -> (AccountId, KeyRow) {
    let account = NewAccount {
        name: name.to_owned(),
        email: format!("{name}@example.com"),
        plan: "self-hosted".to_owned(),
        credit_limit: None,
        caps: Caps::default(),
    };
    let account = store
        .ensure_account(&account)
        .await
        .expect("an account can be made");
    let new = NewKey {
        account: account.id.clone(),
        label: "test".to_owned(),
        scopes: Scopes::CLIENT,
    };
    let secret = SecretString::from(key.to_owned());
    store
        .import_key(&new, &secret)
        .await
        .expect("a key can be imported")
        .expect("it is a key");
    let digest = store.digest(key).expect("it is a key");
    let row = store
        .find_key(&digest)
        .await
        .expect("the store can be read")
        .expect("it is there");
    (account.id, row)
}

async fn open(
    directory: &std::path::Path,
    database: Option<SecretString>,
    clock: &Arc<HandClock>,
) -> Store {
    let options = StoreOptions {
        data_dir: directory.to_owned(),
        database,
        mode: OpenMode::Serve,
        readers: 2,
        master_key: Some(SecretString::from("11".repeat(32))),
        clock: clock.clone(),
        rng: Box::new(StdRng::seed_from_u64(2)),
    };
    Store::open(options).await.expect("the store opens")
}

/// Everything is made by `preview`, but for a model that no provider has.
fn route(spec: &framewright_core::spec::Spec) -> Result<Opening, NoRoute> {
    match spec.model.as_str() {
        "unroutable" => Err(NoRoute {
            public: "no provider of this server makes this model".to_owned(),
        }),
        model => Ok(Opening {
            lane: "preview".to_owned(),
            price: (model == "priced").then_some(7),
        }),
    }
}

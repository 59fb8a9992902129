//! A store in a directory of its own, a clock that is moved by hand, and tasks to put into it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use framewright_core::attempt::{Attempt, AttemptStatus, Class, Spend, UpstreamJob};
use framewright_core::change::{Fact, Rules, Seen, apply};
use framewright_core::clock::{Clock, DAY, HOUR, Millis, SECOND};
use framewright_core::delivery::NewDelivery;
use framewright_core::id::{AccountId, AttemptId, DeliveryId, NodeId, TaskId};
use framewright_core::spec::{Mode, Spec, TaskType};
use framewright_core::task::{Need, Output, Task, Webhook};
use framewright_core::work::{Answer, Work};
use framewright_store::{
    Caps, ClaimAsk, CommitError, Lease, Limits, NewAccount, NewTask, OpenMode, Store, StoreOptions,
    Submitted, Teller, scratch,
};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use secrecy::SecretString;
use tempfile::TempDir;

/// The lane and provider of every task here.
pub const LANE: &str = "ledger";
pub const KEY: &str = "main";
pub const START: Millis = 1_800_000_000_000;

/// A clock that stands still until it is moved.
pub struct Moved(AtomicI64);

impl Clock for Moved {
    fn now(&self) -> Millis {
        self.0.load(Ordering::SeqCst)
    }

    fn uptime(&self) -> Millis {
        self.now()
    }
}

/// One store with one account and one node.
pub struct World {
    pub dir: TempDir,
    /// The database, where it is not a file in the directory.
    pub database: Option<SecretString>,
    pub clock: Arc<Moved>,
    pub store: Store,
    pub account: AccountId,
    pub node: NodeId,
}

/// Ids here need only differ.
static NEXT: AtomicU64 = AtomicU64::new(1);

pub fn id() -> String {
    let number = NEXT.fetch_add(1, Ordering::SeqCst);
    format!("00000000-0000-7000-8000-{number:012x}")
}

pub fn options(dir: &TempDir, database: Option<&SecretString>, clock: &Arc<Moved>) -> StoreOptions {
    StoreOptions {
        data_dir: dir.path().to_owned(),
        database: database.cloned(),
        mode: OpenMode::Serve,
        readers: 4,
        master_key: database.map(|_| SecretString::from(scratch::MASTER_KEY)),
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        rng: Box::new(StdRng::seed_from_u64(NEXT.fetch_add(1, Ordering::SeqCst))),
    }
}

impl World {
    pub async fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let clock = Arc::new(Moved(AtomicI64::new(START)));
        let database = scratch::database("store").await;
        let opening = Store::open(options(&dir, database.as_ref(), &clock));
        let store = opening.await.expect("it opens");
        let account = make_account(&store, "first", None).await;
        let node = NodeId::stored(id());
        store.register_node(&node, START).await.expect("registered");
        store.set_limit(LANE, KEY, 1_000).await.expect("a limit");
        Self {
            dir,
            database,
            clock,
            store,
            account,
            node,
        }
    }

    /// Closes the store and opens it again, as another process would.
    pub async fn reopened(self) -> Self {
        let Self {
            dir,
            database,
            clock,
            store,
            account,
            ..
        } = self;
        drop(store);
        let store = open_when_free(&dir, database.as_ref(), &clock).await;
        let node = NodeId::stored(id());
        store
            .register_node(&node, clock.now())
            .await
            .expect("registered");
        Self {
            dir,
            database,
            clock,
            store,
            account,
            node,
        }
    }

    pub fn now(&self) -> Millis {
        self.clock.now()
    }

    pub fn pass(&self, span: Millis) {
        self.clock.0.fetch_add(span, Ordering::SeqCst);
    }

    /// A text task of this world's account that costs 10 credits and has a webhook.
    pub fn task(&self) -> Task {
        task_of(&self.account, self.now())
    }

    pub fn new_task(&self) -> NewTask {
        new(self.task())
    }

    pub async fn submitted(&self) -> TaskId {
        match self.store.submit(self.new_task()).await.expect("taken in") {
            Submitted::New(id) => id,
            Submitted::Replayed(id) => panic!("{id} is no replay"),
        }
    }

    pub fn ask(&self, need: Need, limit: usize) -> ClaimAsk {
        ClaimAsk {
            node: self.node.clone(),
            now: self.now(),
            need,
            lanes: vec![(LANE.to_owned(), limit)],
        }
    }

    /// Claims the only task that waits for a permit.
    pub async fn claimed(&self) -> Lease<Work> {
        let mut leases = self
            .store
            .claim(&self.ask(Need::Permit, 10))
            .await
            .expect("claimed");
        assert_eq!(leases.len(), 1, "exactly one task waits");
        leases.remove(0)
    }

    /// Submits and claims a task.
    pub async fn leased(&self) -> Lease<Work> {
        let id = self.submitted().await;
        let lease = self.store.claim_one(&self.node, &id, self.now()).await;
        lease.expect("claimed").expect("it is due")
    }

    /// Applies a fact and commits the change.
    pub async fn tell(&self, lease: &Lease<Work>, fact: Fact) -> Result<Lease<Work>, CommitError> {
        let mut change = apply(&lease.work, fact, &Rules::default(), self.now()).expect("allowed");
        let webhook = lease.work.task.webhook.as_ref();
        if let (Some(webhook), Some(_)) = (webhook, &change.settle) {
            change.delivery = Some(delivery(webhook, self.now()));
        }
        self.store.commit(lease, change, self.now()).await
    }

    /// As [`Self::tell`], for facts that must go through.
    pub async fn told(&self, lease: &Lease<Work>, fact: Fact) -> Lease<Work> {
        self.tell(lease, fact).await.expect("committed")
    }

    /// Opens an attempt for the first slot.
    pub async fn intended(&self, lease: &Lease<Work>) -> Lease<Work> {
        self.told(lease, Fact::Opened(Box::new(self.attempt(&[0]))))
            .await
    }

    /// Opens an attempt and has it accepted, its answer filed first as the engine does.
    pub async fn running(&self, lease: &Lease<Work>) -> Lease<Work> {
        let lease = self.intended(lease).await;
        let attempt = lease.work.attempts[0].id.clone();
        let answer = accepted("job");
        let teller = Teller::Owner {
            node: &lease.node,
            epoch: lease.epoch,
        };
        let filed = self
            .store
            .file_answer(&attempt, &answer, teller, self.now())
            .await;
        filed.expect("filed");
        self.told(&lease, Fact::Answered { attempt, answer }).await
    }

    /// A task of one slot from submit to its end, one commit per step.
    pub async fn finished(&self) -> Lease<Work> {
        let lease = self.leased().await;
        let lease = self.running(&lease).await;
        let attempt = lease.work.attempts[0].id.clone();
        let seen = Seen::Done {
            spend: Spend::Unknown,
        };
        let lease = self
            .told(
                &lease,
                Fact::Observed {
                    attempt: attempt.clone(),
                    seen,
                },
            )
            .await;
        let outputs = vec![output(&attempt, 0, 0)];
        self.told(&lease, Fact::Collected { attempt, outputs })
            .await
    }

    pub fn attempt(&self, slots: &[u8]) -> Attempt {
        let now = self.now();
        let id = id();
        Attempt {
            submit_key: format!("key-{id}"),
            nonce: format!("nonce-{id}"),
            provider: LANE.to_owned(),
            key_name: KEY.to_owned(),
            origin: "http://127.0.0.1:9".to_owned(),
            upstream_model: "m".to_owned(),
            class: Class::A,
            status: AttemptStatus::Intent,
            prepared: "{}".to_owned(),
            body_hash: "00".to_owned(),
            sent_at: Some(now),
            ..Attempt::due(AttemptId::stored(id), slots.to_vec(), now)
        }
    }
}

/// The lock goes with the last clone of the store; a reader of the old one may still be at work.
async fn open_when_free(
    dir: &TempDir,
    database: Option<&SecretString>,
    clock: &Arc<Moved>,
) -> Store {
    Store::open(options(dir, database, clock))
        .await
        .expect("it opens again")
}

pub async fn make_account(store: &Store, name: &str, credit_limit: Option<i64>) -> AccountId {
    let new = NewAccount {
        name: name.to_owned(),
        email: format!("{name}@example.com"),
        plan: "self-hosted".to_owned(),
        credit_limit,
        caps: Caps::default(),
    };
    store.ensure_account(&new).await.expect("an account").id
}

pub fn new(task: Task) -> NewTask {
    NewTask {
        task,
        idempotency: None,
        limits: Limits {
            account_unfinished: 100_000,
            queue: 100_000,
        },
    }
}

pub fn task_of(account: &AccountId, now: Millis) -> Task {
    let spec = Spec {
        model: "kling-v1-6".to_owned(),
        prompt: "the sea".to_owned(),
        cfg_scale: Some(0.5),
        ..Spec::new(TaskType::new("kling-video"), Mode::Text)
    };
    Task {
        base_url: "http://127.0.0.1:8787".to_owned(),
        price: 10,
        webhook: Some(Webhook {
            url: "http://receiver.example:81/hook?x".to_owned(),
            secret: Some("s3cret".to_owned()),
        }),
        ..Task::queued(TaskId::stored(id()), account.clone(), spec, LANE, now)
    }
}

pub fn accepted(job: &str) -> Answer {
    Answer::Accepted {
        job: UpstreamJob(job.to_owned()),
        spend: Spend::Known {
            micros: 50_000,
            currency: "USD".to_owned(),
        },
        deadline_ms: 2 * HOUR,
        expected_ms: Some(30 * SECOND),
    }
}

pub fn output(attempt: &AttemptId, slot: u8, job_index: u8) -> Output {
    Output {
        position: 0,
        slot,
        attempt: attempt.clone(),
        job_index,
        blob: format!("a/t/{attempt}-{job_index}-1.mp4"),
        sha256: "ab".repeat(32),
        bytes: 1_000,
        width: 1280,
        height: 720,
        frames: 120,
        duration_ms: 5 * SECOND,
    }
}

pub fn delivery(webhook: &Webhook, now: Millis) -> NewDelivery {
    NewDelivery {
        id: DeliveryId::stored(id()),
        url: webhook.url.clone(),
        secret: webhook.secret.clone(),
        body: br#"{"status":"finished"}"#.to_vec(),
        due: now + SECOND,
    }
}

/// Longer than everything is kept.
pub const LATER: Millis = 40 * DAY;

//! A node that lost its lease and does not know it: it was stopped between the provider's answer and
//! its commit, another node took over and finished the task, and now it goes on. Played over a real
//! store, so that the fence is what stops it and nothing else.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use framewright_api::render;
use framewright_core::attempt::{Attempt, AttemptStatus, Class, Spend, UpstreamJob};
use framewright_core::change::{Fact, Rules, Seen, apply};
use framewright_core::clock::{Clock, HOUR, MINUTE, Millis};
use framewright_core::failure::{Failure, FailureCode};
use framewright_core::id::{AttemptId, NodeId, TaskId};
use framewright_core::spec::{Mode, Spec, TaskType};
use framewright_core::task::{Need, Output, Task};
use framewright_core::work::{Answer, Work};
use framewright_store::{
    AccountRow, Caps, ClaimAsk, CommitError, Lease, Limits, NewAccount, NewTask, OpenMode, Store,
    StoreOptions,
};
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::checker::{Bought, Credits, History, Shown};
use crate::clock::ManualClock;

const LANE: &str = "ledger";

struct Stage {
    store: Store,
    clock: Arc<ManualClock>,
    account: AccountRow,
    rng: StdRng,
}

/// Plays it in `directory` and returns the history for the checker.
///
/// # Errors
/// Of the store; a refused commit of the zombie is no error.
pub async fn play(directory: &Path) -> anyhow::Result<History> {
    let mut stage = Stage::open(directory).await?;
    let task = stage.submit().await?;
    let zombie = stage.node().await?;
    let lease = stage.claim(&zombie, Need::Permit).await?;
    let opened = Fact::Opened(Box::new(attempt(stage.clock.now())));
    let lease = stage.commit(lease, opened).await?;
    // Another task's hold, so that a second settlement of ours would not show as a negative sum.
    stage.submit().await?;
    stage.clock.advance(MINUTE);
    let second = stage.second_node_finishes().await?;
    let seen = stage.body(&task).await?;
    stage.zombie_goes_on(lease).await?;
    stage.history(&task, seen, &second).await
}

impl Stage {
    async fn open(directory: &Path) -> anyhow::Result<Self> {
        let clock = Arc::new(ManualClock::at(1_700_000_000_000));
        let store = Store::open(StoreOptions {
            data_dir: directory.join("data"),
            database: None,
            mode: OpenMode::Serve,
            readers: 1,
            master_key: None,
            clock: clock.clone(),
            rng: Box::new(StdRng::seed_from_u64(1)),
        })
        .await?;
        let account = store
            .ensure_account(&NewAccount {
                name: "zombie".into(),
                email: String::new(),
                plan: String::new(),
                credit_limit: None,
                caps: Caps::default(),
            })
            .await?;
        store.set_limit(LANE, "till", 10).await?;
        Ok(Self {
            store,
            clock,
            account,
            rng: StdRng::seed_from_u64(2),
        })
    }

    async fn submit(&mut self) -> anyhow::Result<TaskId> {
        let id = TaskId::fresh(self.clock.now(), &mut self.rng);
        let task = task(&id, &self.account, self.clock.now());
        let limits = Limits {
            account_unfinished: 10,
            queue: 10,
        };
        self.store
            .submit(NewTask {
                task,
                idempotency: None,
                limits,
            })
            .await?;
        Ok(id)
    }

    async fn node(&mut self) -> anyhow::Result<NodeId> {
        let node = NodeId::fresh(self.clock.now(), &mut self.rng);
        self.store.register_node(&node, self.clock.now()).await?;
        Ok(node)
    }

    async fn claim(&self, node: &NodeId, need: Need) -> anyhow::Result<Lease<Work>> {
        let lanes = vec![(LANE.to_owned(), 1)];
        let ask = ClaimAsk {
            node: node.clone(),
            now: self.clock.now(),
            need,
            lanes,
        };
        let mut leases = self.store.claim(&ask).await?;
        leases
            .pop()
            .ok_or_else(|| anyhow::anyhow!("nothing to claim"))
    }

    async fn commit(&self, lease: Lease<Work>, fact: Fact) -> anyhow::Result<Lease<Work>> {
        let now = self.clock.now();
        let change = apply(&lease.work, fact, &Rules::default(), now)?;
        Ok(self.store.commit(&lease, change, now).await?)
    }

    /// The zombie's lease is over: another node takes the task and brings it to its end.
    async fn second_node_finishes(&mut self) -> anyhow::Result<AttemptId> {
        let node = self.node().await?;
        self.store
            .take_over_dead(self.clock.now(), MINUTE / 2, 10)
            .await?;
        let mut lease = self.claim(&node, Need::Owner).await?;
        let id = lease.work.attempts[0].id.clone();
        let accepted = Answer::Accepted {
            job: UpstreamJob("job-1".into()),
            spend: Spend::Unknown,
            deadline_ms: HOUR,
            expected_ms: None,
        };
        for fact in [
            Fact::Orphaned(id.clone()),
            Fact::Answered {
                attempt: id.clone(),
                answer: accepted,
            },
            Fact::Observed {
                attempt: id.clone(),
                seen: Seen::Done {
                    spend: Spend::Unknown,
                },
            },
            Fact::Collected {
                attempt: id.clone(),
                outputs: vec![output(&id)],
            },
        ] {
            lease = self.commit(lease, fact).await?;
        }
        Ok(id)
    }

    /// It believes that the provider refused, and says so.
    async fn zombie_goes_on(&self, lease: Lease<Work>) -> anyhow::Result<()> {
        let id = lease.work.attempts[0].id.clone();
        let refused = Failure::new(FailureCode::Content, "the provider refused the prompt");
        let fact = Fact::Answered {
            attempt: id,
            answer: Answer::Rejected(refused),
        };
        match self.commit(lease, fact).await {
            Ok(_) => Ok(()),
            Err(error) => match error.downcast_ref() {
                Some(CommitError::Lost) => Ok(()),
                _ => Err(error),
            },
        }
    }

    async fn body(&self, task: &TaskId) -> anyhow::Result<Vec<u8>> {
        let stored = self.store.task(&self.account.id, task).await?;
        let stored = stored.ok_or_else(|| anyhow::anyhow!("the task is gone"))?;
        Ok(render(&stored, self.store.links(), self.clock.now()).to_vec())
    }

    async fn history(
        &self,
        task: &TaskId,
        seen: Vec<u8>,
        attempt: &AttemptId,
    ) -> anyhow::Result<History> {
        let bought = Bought {
            slots: vec![0],
            upstream_job: Some(attempt.to_string()),
        };
        let shown = Shown {
            body: self.body(task).await?,
            attempts: vec![bought],
        };
        let mut credits = Credits::default();
        let entries = self.store.entries(&self.account.id, 100).await?;
        for entry in entries.iter().filter(|entry| entry.task == *task) {
            match entry.entry.as_str() {
                "hold" => credits.held += entry.credits,
                "capture" => credits.captured += entry.credits,
                _ => credits.released += entry.credits,
            }
        }
        Ok(History {
            fetched: BTreeMap::from([(task.to_string(), vec![seen])]),
            shown: BTreeMap::from([(task.to_string(), shown)]),
            credits,
            ..History::default()
        })
    }
}

fn task(id: &TaskId, account: &AccountRow, now: i64) -> Task {
    let spec = Spec {
        prompt: "a cat".into(),
        ..Spec::new(TaskType::new("kling-video"), Mode::Text)
    };
    Task {
        base_url: "http://127.0.0.1".into(),
        price: 5,
        version: 1,
        ..Task::queued(id.clone(), account.id.clone(), spec, LANE, now)
    }
}

fn attempt(now: Millis) -> Attempt {
    Attempt {
        provider: LANE.into(),
        key_name: "till".into(),
        class: Class::A,
        status: AttemptStatus::Intent,
        submit_key: "key".into(),
        prepared: "{}".into(),
        body_hash: "00".into(),
        nonce: "nonce".into(),
        ..Attempt::due(AttemptId::stored("attempt"), vec![0], now)
    }
}

fn output(attempt: &AttemptId) -> Output {
    Output {
        position: 0,
        slot: 0,
        attempt: attempt.clone(),
        job_index: 0,
        blob: "blob".into(),
        sha256: "00".into(),
        bytes: 1,
        width: 16,
        height: 16,
        frames: 1,
        duration_ms: 42,
    }
}

//! The clients as a host: they send their tasks, now and then no longer want one, and look at all of
//! them every second. They keep what they were told and what they saw.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use framewright_core::clock::{Clock, Millis};
use framewright_core::id::{AccountId, TaskId};
use framewright_core::spec::{Mode, Spec, TaskType};
use framewright_core::task::{Task, Webhook};
use framewright_store::{Limits, NewTask, OpenMode, Store, Submitted};
use rand::SeedableRng;
use rand::rngs::StdRng;
use tokio::time::sleep;

use crate::clock::{HostClock, elapsed};
use crate::database::Database;
use crate::node::{Ground, render};
use crate::plan::{Plan, TaskPlan};

/// Credits of one output.
pub const PRICE: i64 = 10;

/// Between two looks at all tasks.
const LOOK: Duration = Duration::from_secs(1);

/// What a client saw of a task at one moment, where it was not what it had seen before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub terminal: bool,
    pub percentage: u8,
    pub body: String,
}

/// What all clients know.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// The task of each number of the plan, where it was acknowledged.
    pub acknowledged: BTreeMap<usize, TaskId>,
    /// By number: what was seen, in order.
    pub seen: BTreeMap<usize, Vec<Seen>>,
    /// Acknowledged tasks that were not there when somebody looked.
    pub missed: Vec<TaskId>,
}

/// The clients of a run.
pub struct Clients {
    pub plan: Plan,
    pub ground: Arc<Ground>,
    pub account: AccountId,
    /// Scheme and host of the receiver.
    pub receiver: String,
    pub told: Mutex<Told>,
}

/// The prompt of task number `n`, by which the vendors' books name it.
#[must_use]
pub fn prompt(number: usize) -> String {
    format!("task {number}")
}

impl Clients {
    /// What they were told so far.
    #[must_use]
    pub fn all_told(&self) -> Told {
        self.told().clone()
    }

    /// Sends and looks until the run ends.
    ///
    /// # Errors
    /// When the database does not open: a mistake of the run itself.
    pub async fn live(self: Arc<Self>) -> turmoil::Result {
        let trace = &self.ground.trace;
        let way = Database::calm("clients", trace);
        let store = self
            .ground
            .store(OpenMode::Beside, HostClock::default(), 3, way)
            .await?;
        let mut chance = StdRng::seed_from_u64(self.plan.seed ^ 4);
        let mut looked_at = 0;
        loop {
            for (number, task) in self.plan.tasks.iter().enumerate() {
                if due(task.at, looked_at) {
                    self.send(&store, number, task, &mut chance).await;
                }
                if task.cancel_at.is_some_and(|at| due(at, looked_at)) {
                    self.cancel(&store, number).await;
                }
            }
            looked_at = elapsed();
            self.look(&store).await;
            sleep(LOOK).await;
        }
    }

    async fn send(&self, store: &Store, number: usize, plan: &TaskPlan, chance: &mut StdRng) {
        let now = HostClock::default().now();
        let spec = Spec {
            prompt: prompt(number),
            ..Spec::new(TaskType::new(plan.route), Mode::Text).with_slots(plan.slots)
        };
        let lane = plan.route.split('+').next().unwrap_or(plan.route);
        let id = TaskId::fresh(now, chance);
        let webhook = plan.webhook.then(|| Webhook {
            url: format!("{}/{number}", self.receiver),
            secret: None,
        });
        let task = Task {
            price: PRICE * i64::from(plan.slots),
            base_url: "http://nodes".into(),
            webhook,
            ..Task::queued(id, self.account.clone(), spec, lane, now)
        };
        let limits = Limits {
            account_unfinished: 1_000,
            queue: 1_000,
        };
        let new = NewTask {
            task,
            idempotency: None,
            limits,
        };
        if let Ok(Submitted::New(id)) = store.submit(new).await {
            self.ground
                .trace
                .note(&format!("clients sent {number} as {id}"));
            self.told().acknowledged.insert(number, id);
        }
    }

    async fn cancel(&self, store: &Store, number: usize) {
        let id = self.told().acknowledged.get(&number).cloned();
        if let Some(id) = id {
            let asked = store.cancel(&self.account, &id).await.is_ok();
            self.ground
                .trace
                .note(&format!("clients cancel {number}: {asked}"));
        }
    }

    async fn look(&self, store: &Store) {
        let acknowledged = self.told().acknowledged.clone();
        for (number, id) in acknowledged {
            match store.task(&self.account, &id).await {
                Ok(Some(task)) => self.see(number, &task),
                Ok(None) => self.told().missed.push(id),
                // A look that fails shows nothing.
                Err(_) => {}
            }
        }
    }

    fn see(&self, number: usize, task: &Task) {
        let seen = Seen {
            terminal: task.status.is_terminal(),
            percentage: task.shown_progress(HostClock::default().now()),
            body: render(task),
        };
        let mut told = self.told();
        let all = told.seen.entry(number).or_default();
        if all.last() != Some(&seen) {
            all.push(seen);
        }
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn due(at: Millis, looked_at: Millis) -> bool {
    at > looked_at && at <= elapsed()
}

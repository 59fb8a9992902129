//! Taking due tasks that nobody owns, for one of three reasons: inputs to be fetched, permits to be
//! had, or an owner to be. Looks often, and at once where somebody in this process knows of work.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use framewright_core::clock::{MINUTE, Millis};
use framewright_core::crash::crash_point;
use framewright_core::task::Need;
use framewright_core::work::Work;
use framewright_store::{ClaimAsk, Lease, StoreError};

use crate::driver;
use crate::shared::Shared;

/// Tasks claimed for one reason in one look: a claim is one statement, and others wait behind it.
const BATCH: usize = 256;

/// Between two looks for tasks whose queue deadline has passed while no permit came, ms of uptime.
const OVERDUE_EVERY: Millis = MINUTE;

/// Claims until the engine stops.
pub(crate) async fn run(shared: Arc<Shared>) {
    let mut overdue_at = shared.times.uptime();
    loop {
        let mut full = false;
        if shared.trust.holds(shared.times.uptime()) {
            for need in [Need::Owner, Need::Inputs, Need::Permit] {
                full |= look(&shared, need).await;
            }
            wake_nudged(&shared).await;
            find_astray(&shared).await;
            if shared.times.uptime() >= overdue_at {
                claim_overdue(&shared).await;
                overdue_at = shared.times.uptime() + OVERDUE_EVERY;
            }
        }
        shared.metrics.driving(shared.board.count());
        if full {
            continue;
        }
        tokio::select! {
            biased;
            () = shared.hurry.notified() => {}
            () = shared.times.wait(shared.settings.look_every_ms) => {}
        }
    }
}

/// Claims for one reason; says whether there may be more at once.
async fn look(shared: &Arc<Shared>, need: Need) -> bool {
    let claimed = match claim(shared, need).await {
        Ok(claimed) => claimed,
        Err(error) => {
            shared.metrics.store_fault();
            tracing::warn!(%error, need = need.word(), "could not look for work");
            // Where the outcome is unknown the tasks may be ours.
            shared.astray.store(true, Ordering::Relaxed);
            return false;
        }
    };
    let full = claimed.len() >= BATCH;
    for lease in claimed {
        begin(shared, lease, need);
    }
    full
}

async fn claim(shared: &Shared, need: Need) -> Result<Vec<Lease<Work>>, StoreError> {
    let room = shared
        .settings
        .max_tasks
        .saturating_sub(shared.board.count())
        .min(BATCH);
    let lanes = match need {
        Need::Owner => each_lane(shared, room),
        Need::Inputs => {
            let intakes = shared
                .settings
                .max_intakes
                .saturating_sub(shared.board.intakes());
            each_lane(shared, intakes.min(room))
        }
        Need::Permit => free_lanes(shared, room).await?,
    };
    let ask = ClaimAsk {
        node: shared.node.clone(),
        now: shared.times.now(),
        need,
        lanes,
    };
    shared.store.claim(&ask).await
}

fn each_lane(shared: &Shared, limit: usize) -> Vec<(String, usize)> {
    let names = shared
        .providers
        .iter()
        .map(|provider| provider.name().to_owned());
    names.map(|name| (name, limit)).collect()
}

/// As many tasks as the lane's keys have permits free, and a tenth more, less those that are about
/// to take one.
async fn free_lanes(shared: &Shared, room: usize) -> Result<Vec<(String, usize)>, StoreError> {
    let now = shared.times.now();
    let keys = shared.store.permits(now).await?;
    let lanes = each_lane(shared, room).into_iter().map(|(lane, room)| {
        let usable = |key: &&framewright_store::Permits| {
            key.provider == lane && key.down.is_none() && key.cool_until <= now
        };
        let free: i64 = keys
            .iter()
            .filter(usable)
            .map(|key| (key.max_in_flight - key.in_flight).max(0))
            .sum();
        let free = usize::try_from(free).unwrap_or(0);
        let wanted = (free + free / 10).saturating_sub(shared.board.opening(&lane));
        (lane, wanted.min(room))
    });
    Ok(lanes.collect())
}

fn begin(shared: &Arc<Shared>, lease: Lease<Work>, need: Need) {
    crash_point("K5");
    let task = &lease.work.task;
    let seat = shared.board.take(&task.id, &task.lane, need);
    let shared = shared.clone();
    let supervisor = shared.supervisor.clone();
    supervisor.spawn("driver", async move {
        let seat = match seat {
            Some(seat) => seat,
            None => {
                let task = &lease.work.task;
                shared.board.wait_for(&task.id, &task.lane, need).await
            }
        };
        driver::drive(shared, lease, seat).await;
    });
}

/// Finds tasks that this node owns and nobody here drives: a claim's answer was lost, or a driver
/// went down and could not give its task back.
async fn find_astray(shared: &Arc<Shared>) {
    if !shared.astray.swap(false, Ordering::Relaxed) {
        return;
    }
    match shared.store.owned(&shared.node).await {
        Ok(owned) => {
            let astray = owned
                .into_iter()
                .filter(|o| !shared.board.has(&o.work.task.id));
            astray.for_each(|lease| begin(shared, lease, Need::Owner));
        }
        Err(error) => {
            shared.metrics.store_fault();
            tracing::warn!(%error, "could not look for tasks that went astray");
            shared.astray.store(true, Ordering::Relaxed);
        }
    }
}

/// Takes the tasks that waited too long, whatever their lane: their drivers end them.
async fn claim_overdue(shared: &Arc<Shared>) {
    let now = shared.times.now();
    let claimed = async {
        for id in shared.store.overdue(now, BATCH).await? {
            if let Some(lease) = shared.store.claim_one(&shared.node, &id, now).await? {
                begin(shared, lease, Need::Owner);
            }
        }
        Ok::<(), StoreError>(())
    };
    if let Err(error) = claimed.await {
        shared.metrics.store_fault();
        shared.astray.store(true, Ordering::Relaxed);
        tracing::warn!(%error, "could not look for overdue tasks");
    }
}

/// Wakes the drivers of tasks for which somebody wrote a wish.
async fn wake_nudged(shared: &Shared) {
    match shared.store.nudged(&shared.node).await {
        Ok(tasks) => tasks.iter().for_each(|task| shared.board.wake(task)),
        Err(error) => {
            shared.metrics.store_fault();
            tracing::warn!(%error, "could not look for wishes");
        }
    }
}

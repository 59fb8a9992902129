//! Bringing the outputs of one attempt into storage: streamed, never whole in memory, each into a
//! blob of its own that nobody overwrites, hashed and counted on the way and looked into at the end.

mod joined;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use framewright_core::attempt::Attempt;
use framewright_core::change::Fact;
use framewright_core::clock::Millis;
use framewright_core::failure::{Failure, FailureCode};
use framewright_core::id::{AccountId, TaskId};
use framewright_core::retry::COLLECT;
use framewright_core::spec::Role;
use framewright_core::task::Output;
use framewright_core::work::Work;
use framewright_outbound::{FetchError, GetLimits, Origin};
use framewright_providers::Source;
use framewright_store::{Lease, Written};
use framewright_studio::decode::Limits;
use framewright_studio::probe::{self, ClipInfo};
use tokio::io::AsyncReadExt;

use crate::act::{Bundle, Came, Stored};
use crate::heavy::{Patient, quarantined};
use crate::routes::Way;
use crate::shared::Shared;
use crate::sink::BlobSink;

/// Downloads of one output before it is given up.
const TRIES: u32 = 5;

/// From the first byte to the last of one download.
const TOTAL: Duration = Duration::from_secs(15 * 60);

/// How long our own storage may rest when it did not take an output.
const STORAGE_PAUSE: Millis = 30_000;

/// A local file is copied in pieces of this many bytes.
const PIECE: usize = 256 * 1024;

/// Whose outputs, and under which fence number: it is part of the blob's name, so that a former
/// owner's late write cannot meet ours.
pub(crate) struct Shelf {
    pub account: AccountId,
    pub task: TaskId,
    pub epoch: i64,
    /// Processes that died over the task's media.
    pub deaths: i64,
    /// The blob of the parent that every output is joined behind.
    pub parent: Option<String>,
}

impl Shelf {
    /// Of a task in the hands of its owner.
    pub fn of(lease: &Lease<Work>) -> Self {
        let (task, inputs) = (&lease.work.task, &lease.work.inputs);
        let parent = inputs.iter().find(|input| input.role == Role::Parent);
        let joined = Way::of(&task.spec, inputs) == Way::Joined;
        Self {
            account: task.account.clone(),
            task: task.id.clone(),
            epoch: lease.epoch,
            deaths: lease.deaths,
            parent: parent.filter(|_| joined).map(|parent| parent.blob.clone()),
        }
    }

    fn patient(&self) -> Patient {
        Patient {
            task: self.task.clone(),
            deaths: self.deaths,
        }
    }
}

/// Why one output is not stored.
enum Trouble {
    /// The link has died: a new one may be had for the asking.
    Dead,
    /// It may work later.
    Passing(String),
    /// It never will: not a video, too large.
    Never(String),
    /// Our own storage.
    Ours(String),
    /// It must not be touched again.
    Quarantined,
}

/// Stores every source that is not stored yet.
pub(crate) async fn collect(
    shared: Arc<Shared>,
    shelf: Shelf,
    attempt: Attempt,
    mut got: Bundle,
) -> Came {
    let mut lost = Vec::new();
    for index in 0..got.sources.len().min(attempt.slots.len()) {
        let stored = got
            .stored
            .iter()
            .any(|output| usize::from(output.job_index) == index);
        if stored {
            continue;
        }
        match store(&shared, &shelf, &attempt, &got.sources[index], index).await {
            Ok(output) => got.stored.push(output),
            Err(Trouble::Dead) => return ended(got, Stored::Dead),
            Err(Trouble::Ours(detail)) => {
                tracing::error!(task.id = %shelf.task, detail, "could not store an output yet");
                return ended(got, Stored::Later(STORAGE_PAUSE));
            }
            Err(Trouble::Passing(detail) | Trouble::Never(detail)) => {
                lost.push(not_stored().with_detail(detail));
            }
            Err(Trouble::Quarantined) => lost.push(quarantined()),
        }
    }
    let fact = decided(&attempt, &got, lost);
    ended(got, Stored::Fact(fact))
}

fn ended(got: Bundle, end: Stored) -> Came {
    Came::Stored { got, end }
}

/// What was stored counts, even where something else was lost.
fn decided(attempt: &Attempt, got: &Bundle, lost: Vec<Failure>) -> Fact {
    let attempt = attempt.id.clone();
    if !got.stored.is_empty() {
        let outputs = got.stored.clone();
        return Fact::Collected { attempt, outputs };
    }
    let failure = lost.into_iter().next().unwrap_or_else(not_stored);
    Fact::CollectFailed { attempt, failure }
}

fn not_stored() -> Failure {
    Failure::new(
        FailureCode::StoringFailed,
        "the video was made, but it could not be brought into storage",
    )
}

/// Stores one source, trying again while that may help.
async fn store(
    shared: &Shared,
    shelf: &Shelf,
    attempt: &Attempt,
    source: &Source,
    index: usize,
) -> Result<Output, Trouble> {
    let mut tries = 0;
    loop {
        let name = format!(
            "{}/{}/{}-{index}-{}{}.mp4",
            shelf.account,
            shelf.task,
            attempt.id,
            shelf.epoch,
            // A name that was finished and then refused is not used again.
            if tries == 0 {
                String::new()
            } else {
                format!("-{tries}")
            }
        );
        match store_once(shared, shelf, attempt, source, index, &name).await {
            Err(Trouble::Passing(detail)) if tries + 1 < TRIES => {
                tracing::warn!(task.id = %shelf.task, detail, "an output broke off; trying again");
            }
            end => return end,
        }
        shared
            .times
            .wait(COLLECT.wait(tries, shared.chance.share()))
            .await;
        tries += 1;
    }
}

async fn store_once(
    shared: &Shared,
    shelf: &Shelf,
    attempt: &Attempt,
    source: &Source,
    index: usize,
    name: &str,
) -> Result<Output, Trouble> {
    let (blob, info) = match &shelf.parent {
        None => receive(shared, attempt, source, name).await?,
        Some(parent) => {
            let part = format!("{name}.part");
            receive(shared, attempt, source, &part).await?;
            joined::behind(shared, shelf, parent, &part, name).await?
        }
    };
    shared.metrics.stored(blob.bytes);
    Ok(Output {
        position: 0,
        slot: attempt.slots[index],
        attempt: attempt.id.clone(),
        job_index: u8::try_from(index).unwrap_or(u8::MAX),
        blob: name.to_owned(),
        sha256: blob.sha256,
        bytes: blob.bytes,
        width: info.size.width,
        height: info.size.height,
        frames: info.frames,
        duration_ms: Millis::try_from(info.duration_ms).unwrap_or(Millis::MAX),
    })
}

/// Brings a source into a blob that is a video.
async fn receive(
    shared: &Shared,
    attempt: &Attempt,
    source: &Source,
    name: &str,
) -> Result<(Written, ClipInfo), Trouble> {
    let mut sink = BlobSink::create(&shared.blobs, name, shared.settings.max_output_bytes)
        .await
        .map_err(ours)?;
    fill(shared, attempt, source, &mut sink).await?;
    let blob = sink.finish().await.map_err(ours)?;
    Ok((blob, look_into(shared, name).await?))
}

/// The head of the stored file; one that is no video is taken away again.
async fn look_into(shared: &Shared, name: &str) -> Result<ClipInfo, Trouble> {
    let path = shared.blobs.local_path(name).await.map_err(ours)?;
    let probe = move || probe::read(&path, &Limits::default());
    let read = shared.blocking(probe).await;
    let why = match read {
        Some(Ok(info)) => return Ok(info),
        Some(Err(error)) => error.to_string(),
        None => "the prober panicked".to_owned(),
    };
    if let Err(error) = shared.blobs.delete(name).await {
        tracing::warn!(%error, "could not delete a refused blob; the sweep will");
    }
    Err(Trouble::Passing(why))
}

async fn fill(
    shared: &Shared,
    attempt: &Attempt,
    source: &Source,
    sink: &mut BlobSink,
) -> Result<(), Trouble> {
    let limits = GetLimits::new(shared.settings.max_output_bytes, TOTAL);
    let fetched = match source {
        Source::File(path) => return copy(path, sink).await,
        Source::Url(url) => {
            shared
                .outbound
                .guarded()
                .get_to_sink(url, &limits, sink)
                .await
        }
        Source::Own(path) => {
            let asked = shared.asked(attempt);
            let (provider, key) = asked.ok_or_else(|| Trouble::Never(NOT_CONFIGURED.into()))?;
            let origin = Origin::of(&attempt.origin).map_err(|e| Trouble::Never(e.to_string()))?;
            let headers = provider.own_headers(&key);
            let trusted = shared.outbound.trusted();
            trusted
                .get_to_sink(&origin, path, headers, &limits, sink)
                .await
        }
    };
    fetched.map(drop).map_err(|error| trouble(&error))
}

const NOT_CONFIGURED: &str = "the provider is not configured any more";

/// 401 to 410 on a link that was just handed out means that it has expired or was used up.
fn trouble(error: &FetchError) -> Trouble {
    match error {
        FetchError::Status(401 | 403 | 404 | 410) => Trouble::Dead,
        FetchError::Sink(cause) => Trouble::Ours(cause.to_string()),
        error if error.may_pass() => Trouble::Passing(error.to_string()),
        error => Trouble::Never(error.to_string()),
    }
}

async fn copy(path: &Path, sink: &mut BlobSink) -> Result<(), Trouble> {
    let dead = |_: std::io::Error| Trouble::Dead;
    let mut file = tokio::fs::File::open(path).await.map_err(dead)?;
    let mut piece = vec![0; PIECE];
    loop {
        let read = file.read(&mut piece).await.map_err(dead)?;
        if read == 0 {
            return Ok(());
        }
        sink.take(&piece[..read])
            .await
            .map_err(|error| Trouble::Ours(error.to_string()))?;
    }
}

fn ours(error: impl std::fmt::Display) -> Trouble {
    Trouble::Ours(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::{Trouble, trouble};
    use framewright_outbound::FetchError;

    #[test]
    fn a_dead_link_is_asked_for_again_and_a_weak_one_is_tried_again() {
        for status in [401, 403, 404, 410] {
            assert!(matches!(
                trouble(&FetchError::Status(status)),
                Trouble::Dead
            ));
        }
        for status in [408, 429, 500, 503] {
            assert!(matches!(
                trouble(&FetchError::Status(status)),
                Trouble::Passing(_)
            ));
        }
        let large = FetchError::TooLarge { cap: 1 };
        assert!(matches!(trouble(&large), Trouble::Never(_)));
    }
}

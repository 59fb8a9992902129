//! The provider inside this process: previews drawn by the studio, without a model, a key or a
//! network, labelled as what they are. Class A: its upstream job is the render order itself, so a
//! resend and a poll after a restart begin the same render again and nothing is bought twice.

mod order;
mod pool;
mod render;
mod size;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use framewright_core::attempt::{Class, Spend, UpstreamJob};
use framewright_core::clock::HOUR;
use framewright_core::defaults::midjourney::{LONGEST_MS, LONGEST_SLACK_MS};
use framewright_core::spec::{Mode, Role, Spec};
use framewright_core::work::Progress;
use secrecy::SecretString;
use sha2::{Digest, Sha256};

use self::order::{Media, RenderOrder, job_name};
use self::pool::{Ordered, Pool, State};
use self::render::Files;
use crate::provider::{
    Observation, Order, Pace, Plan, PollError, PrepareError, Prepared, Provider, ProviderKey,
    Sending, SubmitError, Taken, Unsupported, Wanted,
};
use crate::registry::{Context, InputFiles, SettingsError};

pub use self::pool::OnFrame;

/// A render that nobody asked for since is swept at the start: longer than any task waits for it.
const SWEPT_AFTER: Duration = Duration::from_secs(26 * 3600);

/// Jobs that may wait for a thread beside those that are drawn.
const WAITING: usize = 8;

/// The preview provider.
pub struct Preview {
    name: String,
    keys: [ProviderKey; 1],
    inputs: Arc<dyn InputFiles>,
    pool: Pool,
}

/// The kind `preview`: its table has `renders` (default: the cores less one, at least 1).
///
/// # Errors
/// [`SettingsError`] for another setting, or where the scratch directory cannot be used.
pub fn make(
    name: &str,
    table: &toml::Table,
    context: &Context,
) -> Result<Arc<dyn Provider>, SettingsError> {
    Ok(Arc::new(Preview::new(name, table, context, None)?))
}

impl Preview {
    /// As [`make`]; `on_frame` is called on the render thread after every frame.
    ///
    /// # Errors
    /// As [`make`].
    pub fn new(
        name: &str,
        table: &toml::Table,
        context: &Context,
        on_frame: Option<OnFrame>,
    ) -> Result<Self, SettingsError> {
        let renders = renders(name, table)?;
        let scratch = context.scratch.join(name);
        let trouble = |source| SettingsError::Scratch {
            provider: name.to_owned(),
            source,
        };
        prepare_scratch(&scratch).map_err(trouble)?;
        let in_flight = u32::try_from(renders + WAITING).unwrap_or(u32::MAX);
        Ok(Self {
            name: name.to_owned(),
            keys: [ProviderKey {
                name: "local".into(),
                secret: SecretString::default(),
                max_in_flight: in_flight,
            }],
            inputs: context.inputs.clone(),
            pool: Pool::start(renders, scratch, on_frame).map_err(trouble)?,
        })
    }

    /// Begins a job that is not known, or was lost with the process.
    async fn begin(&self, name: String, order: RenderOrder) -> Result<(), PollError> {
        let files = self.files(&order.media).await;
        let files = files.map_err(|error| PollError::NoAnswer(error.to_string()))?;
        self.pool.order(Ordered { name, order, files });
        Ok(())
    }

    async fn files(&self, media: &Media) -> std::io::Result<Files> {
        Ok(Files {
            start: self.file(media.start.as_deref()).await?,
            end: self.file(media.end.as_deref()).await?,
            video: self.file(media.video.as_deref()).await?,
            audio: self.file(media.audio.as_deref()).await?,
            parent: self.file(media.parent.as_deref()).await?,
        })
    }

    async fn file(&self, blob: Option<&str>) -> std::io::Result<Option<PathBuf>> {
        match blob {
            Some(blob) => self.inputs.path(blob).await.map(Some),
            None => Ok(None),
        }
    }

    async fn look(&self, job: &UpstreamJob) -> Result<Observation, PollError> {
        let name = job_name(&job.0);
        let running = |progress| Observation::Running {
            progress: Some(progress),
            look_again: None,
        };
        Ok(match self.pool.state(&name) {
            None => match RenderOrder::read(&job.0) {
                None => Observation::Gone,
                Some(order) => {
                    self.begin(name, order).await?;
                    running(Progress::NONE)
                }
            },
            Some(State::Queued) => running(Progress::NONE),
            Some(State::Rendering { done, frames }) => running(Progress::of(done, frames)),
            Some(State::Done(file)) => Observation::Done {
                outputs: vec![crate::provider::Source::File(file)],
                spend: free(),
            },
            Some(State::Failed(failure)) => Observation::Failed {
                failure,
                spend: free(),
            },
        })
    }
}

#[async_trait]
impl Provider for Preview {
    fn name(&self) -> &str {
        &self.name
    }

    fn class(&self) -> Class {
        Class::A
    }

    fn origin(&self) -> &str {
        ""
    }

    fn keys(&self) -> &[ProviderKey] {
        &self.keys
    }

    fn pace(&self) -> Pace {
        Pace {
            first_poll_ms: 250,
            poll_every_ms: 500,
            batch: 64,
            polls_per_second: None,
            deadline_ms: 2 * HOUR,
        }
    }

    fn supports(&self, wanted: &Wanted<'_>) -> Result<Plan, Unsupported> {
        let missing = missing(wanted.spec);
        let too_long = wanted
            .parent_ms
            .and_then(|parent_ms| too_long(wanted.spec, parent_ms));
        match missing.or(too_long) {
            Some(public) => Err(Unsupported { public }),
            None => Ok(Plan {
                slots_per_job: 1,
                upstream_model: "preview".into(),
            }),
        }
    }

    async fn prepare(
        &self,
        order: &Order<'_>,
        _key: &ProviderKey,
    ) -> Result<Prepared, PrepareError> {
        let text = RenderOrder::of(order).text();
        let body_hash = hex::encode(Sha256::digest(text.as_bytes()));
        Ok(Prepared { text, body_hash })
    }

    async fn submit(
        &self,
        sending: &Sending<'_>,
        _key: &ProviderKey,
    ) -> Result<Taken, SubmitError> {
        let Some(mut order) = RenderOrder::read(sending.prepared) else {
            return Err(SubmitError::Rejected(unreadable()));
        };
        order.key = sending.submit_key.to_owned();
        let job = UpstreamJob(order.text());
        let begun = self.begin(job_name(&job.0), order).await;
        // It is taken either way: a poll begins what could not be begun now.
        if let Err(error) = begun {
            tracing::warn!(%error, "a render waits for its inputs");
        }
        let spend = free();
        Ok(Taken { job, spend })
    }

    async fn poll(
        &self,
        jobs: &[UpstreamJob],
        _key: &ProviderKey,
    ) -> Vec<Result<Observation, PollError>> {
        let mut seen = Vec::with_capacity(jobs.len());
        for job in jobs {
            seen.push(self.look(job).await);
        }
        seen
    }

    async fn cancel(&self, job: &UpstreamJob, _key: &ProviderKey) -> Result<(), PollError> {
        self.pool.cancel(&job_name(&job.0));
        Ok(())
    }

    async fn settled(&self, job: &UpstreamJob) {
        self.pool.forget(&job_name(&job.0));
    }

    async fn stop(&self) {
        self.pool.stop();
    }
}

/// A preview costs nobody anything.
fn free() -> Spend {
    Spend::Known {
        micros: 0,
        currency: "USD".into(),
    }
}

fn unreadable() -> framewright_core::failure::Failure {
    use framewright_core::failure::{Failure, FailureCode};
    Failure::new(FailureCode::Rejected, "the render order cannot be read")
}

/// What a mode cannot do without.
fn missing(spec: &Spec) -> Option<String> {
    let named = |role: Role| spec.inputs.iter().any(|input| input.role == role);
    match spec.mode {
        Mode::Image if !named(Role::Start) => {
            Some("a video from an image needs a start image".into())
        }
        Mode::Video if !named(Role::Video) => Some("a video from a video needs a video".into()),
        Mode::Extend if spec.parent.is_none() => Some("an extend needs a parent".into()),
        _ => None,
    }
}

fn too_long(spec: &Spec, parent_ms: i64) -> Option<String> {
    let longest = LONGEST_MS + LONGEST_SLACK_MS;
    let whole = parent_ms + i64::from(spec.duration_s) * 1_000;
    (spec.mode == Mode::Extend && whole > longest).then(|| {
        format!(
            "the video is {:.1} s long already; an extend adds {} s, and {} s is the longest",
            parent_ms as f64 / 1_000.0,
            spec.duration_s,
            LONGEST_MS / 1_000
        )
    })
}

fn renders(name: &str, table: &toml::Table) -> Result<usize, SettingsError> {
    let refused = |why: String| SettingsError::Setting {
        provider: name.to_owned(),
        why,
    };
    if let Some(other) = table.keys().find(|key| *key != "renders") {
        return Err(refused(format!(
            "unknown setting `{other}`; it has `renders`"
        )));
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    match table.get("renders") {
        None => Ok(cores.saturating_sub(1).max(1)),
        Some(value) => value
            .as_integer()
            .and_then(|renders| usize::try_from(renders).ok())
            .filter(|renders| (1..=256).contains(renders))
            .ok_or_else(|| refused("`renders` must be a number from 1 to 256".into())),
    }
}

/// Makes the directory and takes away what no task can want any more. Renders that broke off leave
/// a `.part`, which the next render of the same name writes anew.
fn prepare_scratch(scratch: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(scratch)?;
    for entry in std::fs::read_dir(scratch)? {
        let entry = entry?;
        let age = entry.metadata()?.modified()?.elapsed().unwrap_or_default();
        if age > SWEPT_AFTER {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

//! What every provider is to the engine: the trait and its values. Knows no protocol.

use std::path::PathBuf;

use async_trait::async_trait;
use bytes::Bytes;
use framewright_core::attempt::{Class, Spend, UpstreamJob};
use framewright_core::clock::Millis;
use framewright_core::failure::{Failure, FailureCode};
use framewright_core::spec::Spec;
use framewright_core::task::Input;
use framewright_core::work::Progress;
use http::HeaderMap;
use secrecy::SecretString;

/// A configured back end: an instance of one kind, under the operator's name for it.
#[async_trait]
pub trait Provider: Send + Sync {
    /// The operator's name for this instance; frozen on every attempt.
    fn name(&self) -> &str;

    /// What this instance offers against a lost answer, as it is configured.
    fn class(&self) -> Class;

    /// Scheme, host and port that requests go to; frozen on every attempt. Empty for a provider
    /// inside this process.
    fn origin(&self) -> &str;

    /// The credentials at the vendor, at least one.
    fn keys(&self) -> &[ProviderKey];

    /// How often and for how long to look.
    fn pace(&self) -> Pace;

    /// How long such a video takes from acceptance to done, in ms, for providers that report no
    /// progress; none where they do.
    fn expected_ms(&self, _spec: &Spec) -> Option<Millis> {
        None
    }

    /// Whether it can make this, and how. Pure: the same question has the same answer.
    ///
    /// # Errors
    /// [`Unsupported`] with a sentence for the client.
    fn supports(&self, wanted: &Wanted<'_>) -> Result<Plan, Unsupported>;

    /// Makes everything that a submit needs, by free calls only. The text is stored with the intent
    /// and is all that any resend reads.
    ///
    /// # Errors
    /// [`PrepareError`]; nothing was bought.
    async fn prepare(&self, order: &Order<'_>, key: &ProviderKey)
    -> Result<Prepared, PrepareError>;

    /// Sends exactly one paid request: a pure function of its arguments, with no clock and no fresh
    /// signature in it.
    ///
    /// # Errors
    /// [`SubmitError`], which says whether anything may have been bought.
    async fn submit(&self, sending: &Sending<'_>, key: &ProviderKey) -> Result<Taken, SubmitError>;

    /// Looks at jobs once, in one request where the upstream can: as many answers as jobs, in order.
    async fn poll(
        &self,
        jobs: &[UpstreamJob],
        key: &ProviderKey,
    ) -> Vec<Result<Observation, PollError>>;

    /// Asks whether a request that may have left has arrived (classes B and C).
    ///
    /// # Errors
    /// [`PollError`]: nothing was learnt.
    async fn find(&self, _sent: &Sent<'_>, _key: &ProviderKey) -> Result<Found, PollError> {
        Ok(Found::None)
    }

    /// Asks the upstream to stop, where it can. Its answer moves nothing: the next poll shows.
    ///
    /// # Errors
    /// [`PollError`]: it may still run.
    async fn cancel(&self, _job: &UpstreamJob, _key: &ProviderKey) -> Result<(), PollError> {
        Ok(())
    }

    /// The engine needs nothing of this job any more: what the provider itself kept may go.
    async fn settled(&self, _job: &UpstreamJob) {}

    /// The process is about to end in good order: what runs inside it is broken off, and begins again
    /// when it is polled by the next one.
    async fn stop(&self) {}

    /// Headers with the credential, for a [`Source::Own`] at the frozen origin.
    fn own_headers(&self, _key: &ProviderKey) -> HeaderMap {
        HeaderMap::new()
    }

    /// Whether a submit is to name a URL of ours that the vendor posts to. It must where nothing else
    /// brings a lost answer back (class D); elsewhere it spares polls.
    fn called_back(&self) -> bool {
        self.class() == Class::D
    }

    /// What the vendor's signatures are checked with, where it publishes that: asked for rarely and
    /// kept by the caller. None where the secret is a setting, or where the vendor does not sign.
    ///
    /// # Errors
    /// [`PollError`]: nothing was learnt.
    async fn signing_keys(&self, _key: &ProviderKey) -> Result<Option<Bytes>, PollError> {
        Ok(None)
    }

    /// Judges an inbound callback. Pure; its body is a reason to look now and, where signed, the
    /// name of the job, never status or outputs.
    fn callback(&self, _inbound: &Inbound<'_>) -> Verdict {
        Verdict::default()
    }

    /// Asks the vendor for the state of the account, by a free call; one line for the operator.
    ///
    /// # Errors
    /// [`PollError`]: the key is not accepted, or the vendor cannot be reached.
    async fn check(&self, _key: &ProviderKey) -> Result<String, PollError> {
        Ok("nothing to ask".to_owned())
    }
}

/// One credential of a provider at its vendor.
#[derive(Clone, Debug)]
pub struct ProviderKey {
    /// The operator's name for it; frozen on every attempt.
    pub name: String,
    pub secret: SecretString,
    /// Upstream jobs in flight at once, at least 1.
    pub max_in_flight: u32,
}

/// How often and for how long to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// From acceptance to the first poll, ms.
    pub first_poll_ms: Millis,
    /// Between polls, ms, before jitter.
    pub poll_every_ms: Millis,
    /// Most jobs in one poll, at least 1.
    pub batch: usize,
    /// Most polls a second with one key, where the vendor counts them; at least 1.
    pub polls_per_second: Option<u32>,
    /// From acceptance to giving the job up, ms.
    pub deadline_ms: Millis,
}

/// A question to [`Provider::supports`].
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    pub spec: &'a Spec,
    /// The route's name for the model at this provider; may be empty.
    pub upstream_model: &'a str,
    /// Length of the output that an extend continues, ms, where it is known already.
    pub parent_ms: Option<Millis>,
}

/// How a provider would make it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Slots that one job fills, at least 1.
    pub slots_per_job: u8,
    /// The model as the vendor names it.
    pub upstream_model: String,
}

/// It cannot be made here; the sentence is for the client and says what to change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{public}")]
pub struct Unsupported {
    pub public: String,
}

/// What is to be made by one attempt.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    pub spec: &'a Spec,
    /// Which slots of the task, from 0.
    pub slots: &'a [u8],
    pub upstream_model: &'a str,
    pub inputs: &'a [Input],
    /// The upstream job that an extend continues, where this provider made it.
    pub parent: Option<ParentJob<'a>>,
}

/// The job of this provider and key that made the output which an extend continues.
#[derive(Clone, Copy, Debug)]
pub struct ParentJob<'a> {
    pub job: &'a UpstreamJob,
    /// Which of the job's outputs, from 0.
    pub job_index: u8,
}

/// A request that is ready to be sent, as often as it takes, always the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// Small text that the provider alone reads.
    pub text: String,
    /// SHA-256 of the request body, lower-case hex.
    pub body_hash: String,
}

/// Why nothing could be prepared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrepareError {
    /// It may work later.
    #[error("prepare the request: {0}")]
    Later(String),
    /// It never will, here.
    #[error("prepare the request: {}", .0.detail)]
    Never(Failure),
}

/// What cannot be made is not made by asking again.
impl From<Unsupported> for PrepareError {
    fn from(refusal: Unsupported) -> Self {
        Self::Never(Failure::new(FailureCode::Rejected, refusal.public))
    }
}

/// What a submit sends.
#[derive(Clone, Copy, Debug)]
pub struct Sending<'a> {
    /// [`Prepared::text`].
    pub prepared: &'a str,
    pub upstream_model: &'a str,
    /// The client key, or the id we choose; the same on every resend.
    pub submit_key: &'a str,
    /// Where the upstream may call back, where there is a public URL.
    pub callback_url: Option<&'a str>,
}

/// An accepted submit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    pub job: UpstreamJob,
    pub spend: Spend,
}

/// Why a submit was not accepted, and whether anything may have been bought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubmitError {
    /// Not one byte of the request left.
    NotSent { detail: String },
    /// A status that the provider documents as refused before any work.
    Shed { detail: String },
    /// Too many requests or jobs; nothing was bought.
    Busy {
        /// What the upstream asked for, ms.
        retry_after: Option<Millis>,
        detail: String,
    },
    /// Refused for good, nothing was bought.
    Rejected(Failure),
    /// The key is not accepted.
    Unauthorized { detail: String },
    /// The operator's balance there is used up.
    OutOfMoney { detail: String },
    /// Refused for what the prompt or an input shows.
    Content(Failure),
    /// Everything else: it may have been bought.
    Unknown { detail: String },
}

/// What one poll showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observation {
    Running {
        /// Where the upstream reports one.
        progress: Option<Progress>,
        /// How long to wait before the next look, ms, where the upstream says so.
        look_again: Option<Millis>,
    },
    Done {
        outputs: Vec<Source>,
        spend: Spend,
    },
    Failed {
        failure: Failure,
        spend: Spend,
    },
    /// The upstream does not know the job.
    Gone,
}

/// Where an output lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Fetched guarded, without credentials.
    Url(String),
    /// A path at the origin frozen on the attempt, fetched with its credentials.
    Own(String),
    /// A file of a provider inside this process.
    File(PathBuf),
}

/// Why a poll taught nothing about the job.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PollError {
    /// The key's trouble, not the job's.
    #[error("the key is not accepted")]
    Unauthorized,
    #[error("the provider is busy")]
    Busy {
        /// What the upstream asked for, ms.
        retry_after: Option<Millis>,
    },
    #[error("no readable answer: {0}")]
    NoAnswer(String),
}

/// What is known of a request that may have left.
#[derive(Clone, Copy, Debug)]
pub struct Sent<'a> {
    pub submit_key: &'a str,
    pub upstream_model: &'a str,
    pub body_hash: &'a str,
    pub first_sent_at: Millis,
}

/// What [`Provider::find`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    None,
    One(UpstreamJob),
    /// More than one could be it: not for a machine to decide.
    Many,
}

/// A callback that came in at the URL of one attempt: its nonce was right.
#[derive(Clone, Copy, Debug)]
pub struct Inbound<'a> {
    pub headers: &'a HeaderMap,
    /// The bytes as they came: signatures are over these.
    pub body: &'a [u8],
    pub now: Millis,
    /// The attempt's key at the vendor.
    pub key: &'a ProviderKey,
    /// The last answer of [`Provider::signing_keys`].
    pub signing_keys: Option<&'a [u8]>,
    /// What the attempt sent: where a job's name has parts that the body does not tell.
    pub prepared: &'a str,
}

/// What an inbound callback is worth.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it is what it says it is: its nonce, and its signature where the vendor signs.
    pub accepted: bool,
    /// The job it is about, where signature and nonce vouch for that.
    pub names: Option<UpstreamJob>,
}

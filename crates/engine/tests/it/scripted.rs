//! A provider in memory that answers as scripted and keeps a ledger of what was bought. It outlives
//! the engines of its test, as a vendor outlives our processes.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use framewright_core::attempt::{Class, Spend, UpstreamJob};
use framewright_core::clock::HOUR;
use framewright_core::failure::{Failure, FailureCode};
use framewright_core::spec::{Mode, Role};
use framewright_core::work::Progress;
use framewright_providers::{
    Configured, Inbound, Observation, OnUnknown, Order, Pace, Plan, PollError, PrepareError,
    Prepared, Provider, ProviderKey, Sending, Source, SubmitError, Taken, Unsupported, Verdict,
    Wanted,
};
use secrecy::SecretString;
use tokio::sync::watch;

/// What comes of a submit.
pub enum Reply {
    Take,
    /// It is bought, and the answer is lost.
    TakeAndLose,
    Busy,
    Reject,
    NotSent,
    /// It is bought when the sender fires, and answered then.
    TakeWhen(watch::Receiver<bool>),
}

/// One request that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived {
    pub key: String,
    pub body: String,
}

/// One request as it was to be prepared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    pub mode: Mode,
    pub key: String,
    pub seconds: u32,
    /// The roles of the inputs that came with it.
    pub inputs: Vec<Role>,
    /// The job that is continued, and which of its outputs.
    pub parent: Option<(String, u8)>,
}

#[derive(Default)]
struct Book {
    prepared: Vec<Placed>,
    replies: VecDeque<Reply>,
    arrived: Vec<Arrived>,
    /// Jobs by key, or by number where keys mean nothing here.
    bought: BTreeMap<String, String>,
    jobs: BTreeMap<String, Observation>,
    cancelled: Vec<String>,
    settled: Vec<String>,
    polls: usize,
    /// Polls to come that are not answered.
    deaf: usize,
    retired: bool,
    on_unknown: OnUnknown,
    /// What its callbacks are signed with today, and how often it was asked for that.
    signing: Option<String>,
    asked_for_keys: usize,
    callback_urls: Vec<Option<String>>,
}

pub struct Scripted {
    name: String,
    class: Class,
    keys: Vec<ProviderKey>,
    /// What it can make; everything where none.
    modes: Option<Vec<Mode>>,
    book: Mutex<Book>,
    changed: watch::Sender<u64>,
}

impl Scripted {
    pub fn new(name: &str, class: Class) -> Arc<Self> {
        Self::with_permits(name, class, 100)
    }

    pub fn with_permits(name: &str, class: Class, max_in_flight: u32) -> Arc<Self> {
        Self::made_of(name, class, &["main"], max_in_flight, None)
    }

    /// One with these keys, which are used in turn.
    pub fn with_keys(name: &str, class: Class, keys: &[&str]) -> Arc<Self> {
        Self::made_of(name, class, keys, 100, None)
    }

    /// One that makes videos of these modes only.
    pub fn for_modes(name: &str, class: Class, modes: &[Mode]) -> Arc<Self> {
        Self::made_of(name, class, &["main"], 100, Some(modes.to_vec()))
    }

    fn made_of(
        name: &str,
        class: Class,
        keys: &[&str],
        max_in_flight: u32,
        modes: Option<Vec<Mode>>,
    ) -> Arc<Self> {
        let key = |name: &&str| ProviderKey {
            name: (*name).to_owned(),
            secret: SecretString::default(),
            max_in_flight,
        };
        Arc::new(Self {
            name: name.to_owned(),
            class,
            keys: keys.iter().map(key).collect(),
            modes,
            book: Mutex::default(),
            changed: watch::Sender::new(0),
        })
    }

    /// Every request that it prepared, in order.
    pub fn prepared(&self) -> Vec<Placed> {
        self.book().prepared.clone()
    }

    /// The next submits are answered so; then everything is taken.
    pub fn replies(&self, replies: impl IntoIterator<Item = Reply>) {
        self.book().replies.extend(replies);
    }

    pub fn arrived(&self) -> Vec<Arrived> {
        self.book().arrived.clone()
    }

    pub fn bought(&self) -> usize {
        self.book().bought.len()
    }

    pub fn cancelled(&self) -> Vec<String> {
        self.book().cancelled.clone()
    }

    pub fn settled(&self) -> Vec<String> {
        self.book().settled.clone()
    }

    /// The next looks at its jobs are not answered.
    pub fn deaf_for(&self, polls: usize) {
        self.book().deaf = polls;
    }

    /// What its operator says of it from the next start of an engine on.
    pub fn configure(&self, retired: bool, on_unknown: OnUnknown) {
        let mut book = self.book();
        (book.retired, book.on_unknown) = (retired, on_unknown);
    }

    /// It and what its operator says of it.
    pub fn configured(self: &Arc<Self>) -> Configured {
        let book = self.book();
        Configured {
            retired: book.retired,
            on_unknown: book.on_unknown,
            ..Configured::from(Arc::clone(self) as Arc<dyn Provider>)
        }
    }

    /// From now on its callbacks are signed with this.
    pub fn signs_with(&self, key: &str) {
        self.book().signing = Some(key.to_owned());
    }

    pub fn asked_for_keys(&self) -> usize {
        self.book().asked_for_keys
    }

    /// Where each submit said that it may be called back.
    pub fn callback_urls(&self) -> Vec<Option<String>> {
        self.book().callback_urls.clone()
    }

    pub fn polls(&self) -> usize {
        self.book().polls
    }

    /// Every job, those to come included, shows this from now on.
    pub fn all_jobs(&self, seen: &Observation) {
        let mut book = self.book();
        for shown in book.jobs.values_mut() {
            *shown = seen.clone();
        }
        book.jobs.insert(String::new(), seen.clone());
    }

    pub fn finish_all(&self, video: &Path) {
        self.all_jobs(&Observation::Done {
            outputs: vec![Source::File(video.to_owned())],
            spend: Spend::Unknown,
        });
    }

    pub fn progress_all(&self, percent: u8) {
        self.all_jobs(&Observation::Running {
            progress: Some(Progress::percent(percent)),
            look_again: None,
        });
    }

    pub fn changed(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn buy(&self, key: &str) -> UpstreamJob {
        let mut book = self.book();
        let number = book.bought.len() + 1;
        // A class A provider sells one job per key, however often it is asked.
        let entry = match self.class {
            Class::A => key.to_owned(),
            _ => format!("{key}-{number}"),
        };
        let job = format!("{}-job-{number}", self.name);
        let job = book.bought.entry(entry).or_insert(job).clone();
        let shown = book.jobs.get("").cloned().unwrap_or(Observation::Running {
            progress: None,
            look_again: None,
        });
        book.jobs.entry(job.clone()).or_insert(shown);
        UpstreamJob(job)
    }

    fn tell(&self) {
        self.changed.send_modify(|count| *count += 1);
    }
}

#[async_trait]
impl Provider for Scripted {
    fn name(&self) -> &str {
        &self.name
    }

    fn class(&self) -> Class {
        self.class
    }

    fn origin(&self) -> &str {
        "http://scripted.invalid:80"
    }

    fn keys(&self) -> &[ProviderKey] {
        &self.keys
    }

    fn pace(&self) -> Pace {
        Pace {
            first_poll_ms: 1_000,
            poll_every_ms: 2_000,
            batch: 10,
            polls_per_second: None,
            deadline_ms: HOUR,
        }
    }

    fn supports(&self, wanted: &Wanted<'_>) -> Result<Plan, Unsupported> {
        let mode = wanted.spec.mode;
        if self
            .modes
            .as_ref()
            .is_some_and(|modes| !modes.contains(&mode))
        {
            return Err(Unsupported {
                public: format!("nothing is made from {} here", mode.word()),
            });
        }
        Ok(Plan {
            slots_per_job: 1,
            upstream_model: wanted.upstream_model.to_owned(),
        })
    }

    async fn prepare(
        &self,
        order: &Order<'_>,
        key: &ProviderKey,
    ) -> Result<Prepared, PrepareError> {
        self.book().prepared.push(Placed {
            mode: order.spec.mode,
            key: key.name.clone(),
            seconds: order.spec.duration_s,
            inputs: order.inputs.iter().map(|input| input.role).collect(),
            parent: order
                .parent
                .map(|parent| (parent.job.0.clone(), parent.job_index)),
        });
        Ok(Prepared {
            text: format!("{} {:?}", order.spec.prompt, order.slots),
            body_hash: "00".into(),
        })
    }

    async fn submit(
        &self,
        sending: &Sending<'_>,
        _key: &ProviderKey,
    ) -> Result<Taken, SubmitError> {
        let reply = {
            let mut book = self.book();
            book.arrived.push(Arrived {
                key: sending.submit_key.to_owned(),
                body: sending.prepared.to_owned(),
            });
            let url = sending.callback_url.map(str::to_owned);
            book.callback_urls.push(url);
            book.replies.pop_front().unwrap_or(Reply::Take)
        };
        self.tell();
        let detail = String::new();
        match reply {
            Reply::Take => {}
            Reply::TakeAndLose => {
                self.buy(sending.submit_key);
                return Err(SubmitError::Unknown { detail });
            }
            Reply::Busy => {
                return Err(SubmitError::Busy {
                    retry_after: Some(3_000),
                    detail,
                });
            }
            Reply::NotSent => return Err(SubmitError::NotSent { detail }),
            Reply::Reject => {
                let refusal = Failure::new(FailureCode::Rejected, "not for us");
                return Err(SubmitError::Rejected(refusal));
            }
            Reply::TakeWhen(mut now) => {
                now.wait_for(|now| *now).await.expect("the test fires it");
            }
        }
        Ok(Taken {
            job: self.buy(sending.submit_key),
            spend: Spend::Unknown,
        })
    }

    async fn poll(
        &self,
        jobs: &[UpstreamJob],
        _key: &ProviderKey,
    ) -> Vec<Result<Observation, PollError>> {
        let mut book = self.book();
        book.polls += jobs.len();
        if book.deaf > 0 {
            book.deaf -= 1;
            drop(book);
            self.tell();
            return vec![Err(PollError::NoAnswer("deaf".into())); jobs.len()];
        }
        let seen = jobs
            .iter()
            .map(|job| Ok(book.jobs.get(&job.0).cloned().unwrap_or(Observation::Gone)))
            .collect();
        drop(book);
        self.tell();
        seen
    }

    async fn cancel(&self, job: &UpstreamJob, _key: &ProviderKey) -> Result<(), PollError> {
        self.book().cancelled.push(job.0.clone());
        self.tell();
        Ok(())
    }

    async fn signing_keys(&self, _key: &ProviderKey) -> Result<Option<Bytes>, PollError> {
        let mut book = self.book();
        book.asked_for_keys += 1;
        Ok(book.signing.clone().map(Bytes::from))
    }

    /// Signed by saying the key, and naming the job in the body, as far as there is one.
    fn callback(&self, inbound: &Inbound<'_>) -> Verdict {
        let said = inbound.headers.get("signed").map(|said| said.as_bytes());
        let names = String::from_utf8_lossy(inbound.body).into_owned();
        Verdict {
            accepted: said == inbound.signing_keys,
            names: (!names.is_empty()).then_some(UpstreamJob(names)),
        }
    }

    async fn settled(&self, job: &UpstreamJob) {
        self.book().settled.push(job.0.clone());
        self.tell();
    }
}

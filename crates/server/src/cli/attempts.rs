//! `attempts`: purchases whose outcome nobody learnt, and upstream jobs that run for nobody, beside a
//! running server. What the operator found out at the vendor is filed as the vendor's own answer would
//! be.

use anyhow::{Context as _, bail};
use clap::{ArgGroup, Args, Subcommand};
use framewright_core::attempt::{Attempt, AttemptStatus, Spend, UpstreamJob};
use framewright_core::clock::{HOUR, Millis};
use framewright_core::failure::{Failure, FailureCode};
use framewright_core::id::AttemptId;
use framewright_core::work::Answer;
use framewright_store::{TaskAttempt, Teller};
use serde::Serialize;

use super::{
    place::{Opened, Place},
    text::{moment, plain, table},
};

/// How long a job that the operator named may take, from now.
const DEADLINE: Millis = 2 * HOUR;

#[derive(Debug, Args)]
pub(super) struct Attempts {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Requests that may have been bought, and upstream jobs that go on although their task has ended
    List(List),
    /// Say what became of a request whose answer was lost, as the vendor's own pages show it
    #[command(group(ArgGroup::new("outcome").required(true)))]
    Settle {
        /// Its id, as `attempts list` shows it
        id: String,
        /// The vendor has it, under this name: it is watched, and its output kept
        #[arg(long, group = "outcome")]
        job: Option<String>,
        /// The vendor never had it
        #[arg(long, group = "outcome")]
        not_bought: bool,
    },
}

#[derive(Debug, Args)]
struct List {
    /// Only requests whose outcome is unknown
    #[arg(long, conflicts_with = "abandoned")]
    unknown: bool,
    /// Only upstream jobs of tasks that have ended
    #[arg(long)]
    abandoned: bool,
    /// How many of each
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    limit: u16,
    /// As JSON, one object a line
    #[arg(long)]
    json: bool,
}

impl Attempts {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let opened = self.place.open().await?;
        match self.action {
            Action::List(list) => list.run(&opened).await,
            Action::Settle { id, job, .. } => settle(&opened, &id, job).await,
        }
    }
}

impl List {
    async fn run(&self, opened: &Opened) -> anyhow::Result<()> {
        let both = [AttemptStatus::Unknown, AttemptStatus::Abandoned];
        let statuses = match (self.unknown, self.abandoned) {
            (true, _) => &both[..1],
            (_, true) => &both[1..],
            _ => &both[..],
        };
        let found = opened.store.attempts(statuses, self.limit.into()).await?;
        if self.json {
            for found in &found {
                println!("{}", serde_json::to_string(&Line::of(found))?);
            }
            return Ok(());
        }
        let heading = ["ID", "TASK", "PROVIDER", "KEY", "STATUS", "SENT", "JOB"];
        let rows: Vec<_> = found.iter().map(row).collect();
        print!("{}", table(&heading, &rows));
        Ok(())
    }
}

fn row(TaskAttempt { task, attempt }: &TaskAttempt) -> Vec<String> {
    let job = attempt.upstream_job.as_ref();
    vec![
        attempt.id.to_string(),
        task.to_string(),
        attempt.provider.clone(),
        attempt.key_name.clone(),
        attempt.status.word().to_owned(),
        moment(attempt.sent_at.unwrap_or(attempt.created)),
        job.map_or_else(String::new, |job| plain(&job.0)),
    ]
}

/// One attempt as JSON; times are milliseconds since the Unix epoch.
#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    task: &'a str,
    provider: &'a str,
    key: &'a str,
    class: &'static str,
    status: &'static str,
    created_at: Millis,
    sent_at: Option<Millis>,
    /// Until when the server itself looks into it.
    resolve_until: Option<Millis>,
    job: Option<&'a str>,
    cost_micros: Option<i64>,
    currency: Option<&'a str>,
}

impl<'a> Line<'a> {
    fn of(TaskAttempt { task, attempt }: &'a TaskAttempt) -> Self {
        let cost = cost(attempt);
        Self {
            id: attempt.id.as_str(),
            task: task.as_str(),
            provider: &attempt.provider,
            key: &attempt.key_name,
            class: attempt.class.word(),
            status: attempt.status.word(),
            created_at: attempt.created,
            sent_at: attempt.sent_at,
            resolve_until: attempt.resolve_until,
            job: attempt.upstream_job.as_ref().map(|job| job.0.as_str()),
            cost_micros: cost.map(|(micros, _)| micros),
            currency: cost.map(|(_, currency)| currency),
        }
    }
}

fn cost(attempt: &Attempt) -> Option<(i64, &str)> {
    match &attempt.spend {
        Spend::Unknown => None,
        Spend::Estimated { micros, currency } | Spend::Known { micros, currency } => {
            Some((*micros, currency))
        }
    }
}

async fn settle(opened: &Opened, id: &str, job: Option<String>) -> anyhow::Result<()> {
    let known = AttemptId::parse(id).with_context(|| {
        format!("{id:?} is no attempt id; `framewright attempts list` shows them")
    })?;
    let found = opened.store.attempt(&known).await?;
    let attempt = found
        .with_context(|| format!("there is no attempt {id}"))?
        .attempt;
    if attempt.status != AttemptStatus::Unknown {
        bail!(
            "the attempt {id} is {}, and its outcome known: there is nothing to settle",
            attempt.status.word()
        );
    }
    let answer = match job.map(|job| job.trim().to_owned()) {
        Some(job) if job.is_empty() => bail!("the job's name is empty"),
        Some(job) => Answer::Accepted {
            job: UpstreamJob(job),
            spend: Spend::Unknown,
            deadline_ms: DEADLINE,
            expected_ms: None,
        },
        None => Answer::Rejected(Failure::new(
            FailureCode::Rejected,
            "the provider never took the request",
        )),
    };
    let now = opened.clock.now();
    let filed = opened
        .store
        .file_answer(&attempt.id, &answer, Teller::Other, now)
        .await?;
    if filed.job_known_elsewhere {
        eprintln!("note: another attempt has this upstream job too");
    }
    match filed.fresh {
        true => {
            println!(
                "filed; a running server sees it within two seconds, else the next start does"
            );
        }
        false => println!("that was filed before"),
    }
    Ok(())
}

//! `tasks`: what the operator can see of tasks and do to them, beside a running server.

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use framewright_core::{id::TaskId, task::Task};
use framewright_store::{Detail, Filter};

use super::{
    place::{Opened, Place},
    text::{moment, plain, table},
};

/// How much of a text of a stranger is shown, in characters.
const SHOWN: usize = 200;

#[derive(Debug, Args)]
pub(super) struct Tasks {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// The newest tasks
    List {
        /// Only those of this account
        #[arg(long)]
        account: Option<String>,
        /// Only those with this status: queued, running, storing, finished, failed or cancelled
        #[arg(long)]
        status: Vec<String>,
        /// How many
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
        limit: u16,
    },
    /// Everything about one task
    Show { id: String },
    /// Ask for the end of a task, as its client could
    Cancel { id: String },
}

impl Tasks {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let opened = self.place.open().await?;
        match self.action {
            Action::List {
                account,
                status,
                limit,
            } => list(&opened, account.as_deref(), status, limit).await,
            Action::Show { id } => show(&opened, &find(&opened, &id).await?).await,
            Action::Cancel { id } => cancel(&opened, &find(&opened, &id).await?).await,
        }
    }
}

async fn find(opened: &Opened, id: &str) -> anyhow::Result<Task> {
    let known = TaskId::parse(id)
        .with_context(|| format!("{id:?} is no task id; they look like a UUID"))?;
    let task = opened.store.operator_task(&known).await?;
    task.with_context(|| {
        format!("there is no task {id}; it may be past its retention (`framewright tasks list`)")
    })
}

async fn list(
    opened: &Opened,
    account: Option<&str>,
    statuses: Vec<String>,
    limit: u16,
) -> anyhow::Result<()> {
    let account = match account {
        Some(name) => Some(opened.account(name).await?.id),
        None => None,
    };
    let filter = Filter {
        statuses,
        ..Filter::default()
    };
    let page = opened
        .store
        .list(account.as_ref(), &filter, None, limit.into())
        .await?;
    let rows: Vec<_> = page.tasks.iter().map(|task| row(task, opened)).collect();
    print!(
        "{}",
        table(&["ID", "CREATED", "TYPE", "STATUS", "PROGRESS"], &rows)
    );
    if page.next.is_some() {
        println!("there are more; --limit shows them");
    }
    Ok(())
}

fn row(task: &Task, opened: &Opened) -> Vec<String> {
    vec![
        task.id.to_string(),
        moment(task.created),
        task.spec.task_type.as_str().to_owned(),
        task.status.word().to_owned(),
        format!("{} %", task.shown_progress(opened.clock.now())),
    ]
}

async fn show(opened: &Opened, task: &Task) -> anyhow::Result<()> {
    let detail = opened.store.detail(&task.account, &task.id).await?;
    let Some(detail) = detail else {
        bail!("the task {} has just been deleted", task.id);
    };
    let heading = ["ID", "CREATED", "TYPE", "STATUS", "PROGRESS"];
    print!("{}", table(&heading, &[row(&detail.task, opened)]));
    println!("\nprompt: {}", cut(&detail.task.spec.prompt));
    if let Some(failure) = detail.task.failure() {
        println!("failure: {}: {}", failure.code.word(), cut(&failure.public));
        println!("detail: {}", cut(&failure.detail));
    }
    print!(
        "\n{}",
        table(
            &["ATTEMPT", "PROVIDER", "KEY", "STATUS"],
            &attempts(&detail)
        )
    );
    print!(
        "\n{}",
        table(&["OUTPUT", "SIZE", "BYTES", "SHA-256"], &outputs(&detail))
    );
    print!(
        "\n{}",
        table(&["WEBHOOK", "STATUS", "TRIES"], &deliveries(&detail))
    );
    Ok(())
}

fn cut(text: &str) -> String {
    plain(&text.chars().take(SHOWN).collect::<String>())
}

fn attempts(detail: &Detail) -> Vec<Vec<String>> {
    let row = |attempt: &framewright_core::attempt::Attempt| {
        vec![
            attempt.id.to_string(),
            attempt.provider.clone(),
            attempt.key_name.clone(),
            attempt.status.word().to_owned(),
        ]
    };
    detail.attempts.iter().map(row).collect()
}

fn outputs(detail: &Detail) -> Vec<Vec<String>> {
    let row = |output: &framewright_core::task::Output| {
        vec![
            output.position.to_string(),
            format!("{}x{}", output.width, output.height),
            output.bytes.to_string(),
            output.sha256.clone(),
        ]
    };
    detail.outputs.iter().map(row).collect()
}

fn deliveries(detail: &Detail) -> Vec<Vec<String>> {
    let row = |delivery: &framewright_store::DeliveryDetail| {
        vec![
            cut(&framewright_outbound::redact_url(&delivery.url)),
            delivery.status.clone(),
            delivery.tries.len().to_string(),
        ]
    };
    detail.deliveries.iter().map(row).collect()
}

async fn cancel(opened: &Opened, task: &Task) -> anyhow::Result<()> {
    match opened.store.cancel(&task.account, &task.id).await? {
        Some(after) if after.cancel_asked => {
            println!("asked; a running server sees it within a second, else the next start does");
        }
        Some(after) => println!("nothing to do: the task is {}", after.status.word()),
        None => bail!("the task {} has just been deleted", task.id),
    }
    Ok(())
}

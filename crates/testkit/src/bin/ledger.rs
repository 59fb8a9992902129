//! The ledger provider as a process of its own, so that it lives on while a server is killed.
//! Prints its base URL as the first line, then serves until it is killed.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use clap::Parser;
use framewright_testkit::ledger::{service, video};

/// A paid provider in miniature for tests.
#[derive(Parser)]
struct Args {
    /// The ledger file; created where there is none.
    #[arg(long)]
    book: PathBuf,
    /// From purchase to done, in milliseconds.
    #[arg(long, default_value_t = 50)]
    work_ms: u64,
    /// Whether running jobs say how far they are.
    #[arg(long)]
    progress: bool,
    /// What the names of its jobs begin with.
    #[arg(long, default_value = "job")]
    jobs: String,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let manners = service::Manners {
        work: Duration::from_millis(args.work_ms),
        reports_progress: args.progress,
        jobs: args.jobs,
    };
    let router = service::router(&args.book, manners, video::small()?)
        .with_context(|| format!("open the ledger {}", args.book.display()))?;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    println!("http://{}", listener.local_addr()?);
    axum::serve(listener, router).await.context("serve")
}

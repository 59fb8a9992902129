//! The doubles of upstreams as a process of their own, for clients in other languages. Writes where
//! they listen to a file, as one JSON object of name to base URL, then serves until it is killed.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Parser;
use framewright_doubles::{Doubles, registry};

/// Doubles of paid upstreams on free ports of loopback.
#[derive(Parser)]
struct Args {
    /// Gets a JSON object of name to base URL, `control` among them, once all listen.
    #[arg(long)]
    ports_file: PathBuf,
    /// Where their ledgers are kept; a temporary directory if not said.
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Only these, separated by commas; all if not said.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Serves over TLS as `https://localhost` and writes the certificate to trust here.
    #[arg(long)]
    tls: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let temporary = tempfile::tempdir()?;
    let dir = args.dir.as_deref().unwrap_or(temporary.path());
    std::fs::create_dir_all(dir).with_context(|| format!("make {}", dir.display()))?;
    let all = || registry::ALL.iter().map(|double| double.name).collect();
    let names: Vec<&str> = match args.only.is_empty() {
        true => all(),
        false => args.only.iter().map(String::as_str).collect(),
    };
    let doubles = match &args.tls {
        None => Doubles::start(dir, &names).await?,
        Some(path) => {
            let doubles = Doubles::start_tls(dir, &names).await?;
            std::fs::write(path, doubles.certificate().unwrap_or_default())?;
            doubles
        }
    };
    publish(&args.ports_file, &doubles)?;
    doubles.serve().await;
    Ok(())
}

/// The file appears whole or not at all: somebody waits for it.
fn publish(path: &Path, doubles: &Doubles) -> anyhow::Result<()> {
    let part = path.with_extension("part");
    std::fs::write(&part, serde_json::to_vec_pretty(&doubles.urls())?)?;
    std::fs::rename(&part, path).with_context(|| format!("write {}", path.display()))
}

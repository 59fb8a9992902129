//! Serves the floors on a free port of loopback and prints the base URL as the first line.

use anyhow::Context;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let directory = tempfile::tempdir()?;
    let router = framewright_testkit::floors::router(directory.path())?;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    println!("http://{}", listener.local_addr()?);
    axum::serve(listener, router).await.context("serve")
}

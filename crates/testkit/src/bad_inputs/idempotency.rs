//! Idempotency keys: replays in sequence and in other words, keys at their bounds.

use anyhow::{Context, bail, ensure};

use super::case::Case;
use super::judge::expected;
use super::wire::{Answer, ask, request};
use super::world::World;

const PATH: &str = "/wan-imagine";
const BODY: &str = r#"{"prompt":"a cat","model":"wan2.5","resolution":"480P"}"#;
/// The same request to a reader of JSON.
const SAME: &str = "{ \"resolution\" : \"480P\",\n\t\"model\":\"wan2.5\", \"prompt\":\"a cat\" }\n";

pub(super) async fn act(world: &World, case: &Case) -> anyhow::Result<()> {
    let note = case.note.as_str();
    match note.split(" -> ").next().unwrap_or_default() {
        "same key, same body, twice in sequence" => replayed(world, "twice", BODY).await,
        "key with CRLF / NUL / non-ASCII" => odd_keys(world, &case.expect).await,
        "key of 255 chars" => replayed(world, &"k".repeat(255), BODY).await,
        "first call refused for no credit, retry after top-up works" => topped_up(world).await,
        what if what.starts_with("same key, body equal") => replayed(world, "worded", SAME).await,
        other => bail!("no steps for {other:?}"),
    }
}

async fn post(world: &World, key: &str, idempotency: &str, body: &str) -> anyhow::Result<Answer> {
    let mut headers = world.json_headers(key);
    headers.push(("Idempotency-Key".into(), idempotency.into()));
    let answer = ask(
        world.port(),
        &request("POST", PATH, &headers, body.as_bytes()),
    )
    .await?;
    if let Some(task) = answer.task() {
        world.acknowledged(task);
    }
    Ok(answer)
}

/// Both answers name one task. That there is one row is seen at the end: another would be one that
/// nobody was promised.
async fn replayed(world: &World, key: &str, again: &str) -> anyhow::Result<()> {
    let first = post(world, world.key(), key, BODY).await?;
    let second = post(world, world.key(), key, again).await?;
    let task = first
        .task()
        .with_context(|| format!("first: {}", first.text()))?;
    ensure!(
        second.task().as_ref() == Some(&task),
        "again: {}",
        second.text()
    );
    Ok(())
}

async fn odd_keys(world: &World, expect: &str) -> anyhow::Result<()> {
    for key in ["a\rb", "a\nb", "a\0b", "\u{e9}", "\u{1f600}"] {
        let answer = post(world, world.key(), key, BODY).await?;
        expected(expect, &answer).with_context(|| format!("{key:?}"))?;
    }
    Ok(())
}

async fn topped_up(world: &World) -> anyhow::Result<()> {
    const NAME: &str = "out-of-credit";
    let key = world.account(NAME, Some(0)).await?;
    let refused = post(world, &key, "paid", BODY).await?;
    expected("4xx", &refused)?;
    world.top_up(NAME, 1).await?;
    let taken = post(world, &key, "paid", BODY).await?;
    expected("200", &taken)
}

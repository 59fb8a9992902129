//! Cases of one HTTP request with any body and any headers.

use super::case::Case;
use super::judge::judge;
use super::wire::{ask, request};
use super::world::World;

pub(super) async fn act(world: &World, case: &Case) -> anyhow::Result<()> {
    let fill = |text: &str| world.fill(text);
    // Placeholders stand in text only; other bytes are sent as they are.
    let body = match std::str::from_utf8(&case.body) {
        Ok(text) => fill(text).into_bytes(),
        Err(_) => case.body.clone(),
    };
    let headers = match &case.headers {
        Some(given) => given
            .iter()
            .map(|(name, value)| (name.clone(), fill(value)))
            .collect(),
        None => world.json_headers(world.key()),
    };
    let bytes = request(&case.method, &fill(&case.path), &headers, &body);
    let answer = ask(world.port(), &bytes).await?;
    if let (true, Some(task)) = (case.path != "/fetch", answer.task()) {
        world.acknowledged(task);
    }
    judge(case, &answer)
}

//! The hostile inputs of `data/bad_inputs.jsonl`, acted out against a real server: requests, raw
//! sockets, origins and receivers that misbehave, names that lie. One file per way of acting; which
//! cases run, and what they come to, is put together here. Single requests are also tested inside the
//! API's own suite; this is the one with a process, a disk and a network.

mod asks;
pub mod case;
mod cast;
mod credit;
mod dns;
mod fetched;
mod hooked;
mod http2;
mod idempotency;
mod judge;
mod lies;
mod links;
mod lives;
mod names;
mod peer;
mod plain;
pub mod report;
mod sequences;
mod sockets;
mod upstream;
mod vendor;
mod verdict;
mod wire;
pub mod world;

use anyhow::bail;

use case::{Case, How};
use world::World;

/// Acts one case out and judges what came of it.
///
/// # Errors
/// What is wrong, in words, or that nothing here can act the case out.
pub async fn act(world: &World, case: &Case) -> anyhow::Result<()> {
    match (case.category.as_str(), case.how) {
        ("URL", _) if case.expect == "no-connect" => names::act(world, case).await?,
        ("FETCHED", _) => fetched::act(world, case).await?,
        ("HOOKED", _) => hooked::act(world, case).await?,
        ("SIGN", _) => links::act(world, case).await?,
        ("IDEM", _) => idempotency::act(world, case).await?,
        ("SEQ", _) => sequences::act(world, case).await?,
        ("UPST", _) => upstream::act(world, case).await?,
        (_, How::Plain) => plain::act(world, case).await?,
        (_, How::Socket) => sockets::act(world, case).await?,
        (category, How::Steps) => bail!("nothing acts out {category}"),
    }
    world.still_ready().await
}

//! The last frame of a parent as the start image of its continuation: taken once, kept as an input
//! like any other. That it is there says that the extend is joined here.

use std::path::Path;

use framewright_core::spec::Role;
use framewright_core::task::{Input, Task};
use framewright_studio::decode::{self, Limits};
use framewright_studio::error::StudioError;
use framewright_studio::frame::Size;
use framewright_studio::still;

use super::{Trouble, bad};
use crate::heavy::{Heavy, Patient, Undone, quarantined};
use crate::shared::Shared;
use crate::sink::BlobSink;

/// The start image of an extend of `parent`.
pub(super) async fn start(
    shared: &Shared,
    task: &Task,
    parent: &Input,
    epoch: i64,
    deaths: i64,
) -> Result<Input, Trouble> {
    let path = shared.blobs.local_path(&parent.blob).await.map_err(ours)?;
    let patient = Patient {
        task: task.id.clone(),
        deaths,
    };
    let taken = Heavy::work(shared, &patient, move |_| take(&path)).await;
    let (jpeg, size) = match taken {
        Ok(Ok(taken)) => taken,
        Ok(Err(error)) => return Err(unreadable(&error.to_string())),
        Err(Undone::Panicked) => return Err(unreadable("it is damaged")),
        Err(Undone::Quarantined) => return Err(Trouble::Bad(quarantined())),
        Err(Undone::Store(error)) => return Err(ours(error)),
    };
    let role = Role::Start;
    let blob = format!(
        "{}/{}/input-{}-{epoch}-0",
        task.account,
        task.id,
        role.word()
    );
    let cap = jpeg.len() as u64;
    let mut sink = BlobSink::create(&shared.blobs, &blob, cap)
        .await
        .map_err(ours)?;
    sink.take(&jpeg).await.map_err(ours)?;
    let written = sink.finish().await.map_err(ours)?;
    Ok(Input {
        role,
        blob,
        sha256: written.sha256,
        bytes: written.bytes,
        mime: "image/jpeg".into(),
        width: size.width,
        height: size.height,
    })
}

fn take(path: &Path) -> Result<(Vec<u8>, Size), StudioError> {
    let frame = decode::last_frame(path, &Limits::default())?;
    Ok((still::jpeg(&frame)?, frame.size))
}

fn unreadable(why: &str) -> Trouble {
    bad(
        "parent_task_id",
        &format!("its last frame cannot be taken: {why}"),
    )
}

fn ours(error: impl std::fmt::Display) -> Trouble {
    Trouble::Ours(error.to_string())
}

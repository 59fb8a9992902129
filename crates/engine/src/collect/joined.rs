//! The new part of an extend, joined behind its parent: what is stored is the whole. Where a process
//! dies over it, the part is collected and joined again; after three, the slot fails.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use framewright_store::Written;
use framewright_studio::error::StudioError;
use framewright_studio::probe::ClipInfo;
use framewright_studio::splice::{self, Spliced};

use super::{Shelf, Trouble, copy, ours};
use crate::heavy::{Heavy, Undone};
use crate::shared::Shared;
use crate::sink::BlobSink;

/// Joins a stored part behind the parent into a blob `name`, and takes the part away.
pub(super) async fn behind(
    shared: &Shared,
    shelf: &Shelf,
    parent: &str,
    part: &str,
    name: &str,
) -> Result<(Written, ClipInfo), Trouble> {
    let stored = whole(shared, shelf, parent, part, name).await;
    if let Err(error) = shared.blobs.delete(part).await {
        tracing::warn!(%error, "could not delete a part that was joined; the sweep will");
    }
    stored
}

async fn whole(
    shared: &Shared,
    shelf: &Shelf,
    parent: &str,
    part: &str,
    name: &str,
) -> Result<(Written, ClipInfo), Trouble> {
    let parent = shared.blobs.local_path(parent).await.map_err(ours)?;
    let file = Scratch(shared.blobs.scratch(name).await.map_err(ours)?);
    let info = join(shared, shelf, parent, part, &file.0).await?;
    Ok((store(shared, &file.0, name).await?, info))
}

async fn join(
    shared: &Shared,
    shelf: &Shelf,
    parent: PathBuf,
    part: &str,
    out: &Path,
) -> Result<ClipInfo, Trouble> {
    let part = shared.blobs.local_path(part).await.map_err(ours)?;
    let out = out.to_owned();
    let patient = shelf.patient();
    let joining = Heavy::work(shared, &patient, move |called_off| {
        splice::splice(
            &parent,
            &part,
            &out,
            &mut |_, _| match called_off.is_set() {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            },
        )
    });
    match joining.await {
        Ok(Ok((info, spliced))) => {
            tracing::debug!(task.id = %shelf.task, how = how(spliced), "joined an extend");
            Ok(info)
        }
        Ok(Err(error @ StudioError::Io { .. })) => Err(ours(error)),
        Ok(Err(error)) => Err(Trouble::Never(error.to_string())),
        Err(Undone::Quarantined) => Err(Trouble::Quarantined),
        Err(Undone::Panicked) => Err(Trouble::Never("joining it panicked".to_owned())),
        Err(Undone::Store(error)) => Err(ours(error)),
    }
}

fn how(spliced: Spliced) -> &'static str {
    match spliced {
        Spliced::Copied => "copied",
        Spliced::PartEncoded => "part encoded",
        Spliced::Encoded => "encoded",
    }
}

async fn store(shared: &Shared, file: &Path, name: &str) -> Result<Written, Trouble> {
    let cap = shared.settings.max_output_bytes;
    let mut sink = BlobSink::create(&shared.blobs, name, cap)
        .await
        .map_err(ours)?;
    copy(file, &mut sink)
        .await
        .map_err(|trouble| match trouble {
            // The file is ours: what is wrong with it is no dead link.
            Trouble::Dead => Trouble::Ours("the joined file went away".to_owned()),
            other => other,
        })?;
    sink.finish().await.map_err(ours)
}

/// A file that goes when this does.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        // Gone already where nothing was made; the sweep takes what will not go.
        let _ = std::fs::remove_file(&self.0);
    }
}

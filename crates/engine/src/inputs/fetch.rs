//! Where the bytes of an input come from: our own storage for a URL of ours, else a guarded
//! download into a blob.

use std::time::Duration;

use framewright_core::clock::Millis;
use framewright_core::retry::COLLECT;
use framewright_core::spec::{InputUrl, Role};
use framewright_core::task::{Input, Task};
use framewright_outbound::{FetchError, GetLimits};

use super::{Trouble, bad, judge};
use crate::own_urls::{OwnFile, OwnUrlError};
use crate::shared::Shared;
use crate::sink::BlobSink;

/// Downloads of one input before its task fails.
const TRIES: u32 = 3;

/// From the first lookup to the last byte.
const TOTAL: Duration = Duration::from_secs(120);

/// Brings in one input and judges it.
pub(super) async fn input(
    shared: &Shared,
    task: &Task,
    named: &InputUrl,
    epoch: i64,
) -> Result<Input, Trouble> {
    let now = shared.times.now();
    let file = match shared.own.find(&task.account, &named.url, now).await {
        Ok(Some(own)) => own,
        Ok(None) => download(shared, task, named, epoch).await?,
        Err(OwnUrlError::Refused(cause)) => return Err(bad(&named.field, &cause)),
        Err(OwnUrlError::Store(error)) => return Err(Trouble::Ours(error.to_string())),
    };
    let path = shared.blobs.local_path(&file.blob).await;
    let path = path.map_err(|error| Trouble::Ours(error.to_string()))?;
    let seen = judge::judge(named.role, file.bytes, cap(shared, named.role), path).await;
    let seen = seen.map_err(|cause| bad(&named.field, &cause))?;
    Ok(Input {
        role: named.role,
        blob: file.blob,
        sha256: file.sha256,
        bytes: file.bytes,
        mime: seen.mime.to_owned(),
        width: seen.width,
        height: seen.height,
    })
}

/// Downloads into a blob, trying again while that may help.
async fn download(
    shared: &Shared,
    task: &Task,
    named: &InputUrl,
    epoch: i64,
) -> Result<OwnFile, Trouble> {
    let mut tries = 0;
    loop {
        let blob = format!(
            "{}/{}/input-{}-{epoch}-{tries}",
            task.account,
            task.id,
            named.role.word()
        );
        match download_once(shared, named, &blob).await {
            Err(Failed::Fetch(error)) if error.may_pass() && tries + 1 < TRIES => {}
            Err(Failed::Fetch(error)) => return Err(bad(&named.field, &error.public_text())),
            Err(Failed::Ours(detail)) => return Err(Trouble::Ours(detail)),
            Ok(file) => return Ok(file),
        }
        wait(shared, tries).await;
        tries += 1;
    }
}

async fn wait(shared: &Shared, tries: u32) {
    let wait: Millis = COLLECT.wait(tries, shared.chance.share());
    shared.times.wait(wait).await;
}

enum Failed {
    Fetch(FetchError),
    Ours(String),
}

async fn download_once(shared: &Shared, named: &InputUrl, blob: &str) -> Result<OwnFile, Failed> {
    let cap = cap(shared, named.role);
    let ours = |error: framewright_store::BlobError| Failed::Ours(error.to_string());
    let mut sink = BlobSink::create(&shared.blobs, blob, cap)
        .await
        .map_err(ours)?;
    let limits = GetLimits::new(cap, TOTAL);
    let fetched = shared
        .outbound
        .guarded()
        .get_to_sink(&named.url, &limits, &mut sink)
        .await;
    match fetched {
        Err(FetchError::Sink(cause)) => return Err(Failed::Ours(cause.to_string())),
        Err(error) => return Err(Failed::Fetch(error)),
        Ok(_) => {}
    }
    let finished = sink.finish().await.map_err(ours)?;
    Ok(OwnFile {
        blob: blob.to_owned(),
        sha256: finished.sha256,
        bytes: finished.bytes,
    })
}

fn cap(shared: &Shared, role: Role) -> u64 {
    match role {
        Role::Start | Role::End => shared.settings.max_image_bytes,
        Role::Audio => shared.settings.max_audio_bytes,
        Role::Video | Role::Parent => shared.settings.max_video_bytes,
    }
}

//! `backup`, `restore` and `mark-restored`: a copy of everything while the server runs, and a server
//! that goes on from one without buying anything twice.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use framewright_store::{Copied, OpenMode, Resume};

use super::place::{Place, bucket_credentials, store_options};
use crate::{app, config::Overrides};

/// Backs up the database and the files, beside a running server.
#[derive(Debug, Args)]
pub(super) struct Backup {
    #[command(flatten)]
    place: Place,
    /// The new file; its owner alone can read it
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Leave out videos and uploads: their storage has a backup of its own
    #[arg(long)]
    without_blobs: bool,
}

impl Backup {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let opened = self.place.open().await?;
        let blobs = match self.without_blobs {
            true => None,
            false => Some(opened.blobs()?),
        };
        let copied = opened.store.backup(&self.out, blobs.as_ref()).await;
        let copied = copied.context("no backup was made")?;
        println!("{}: {}", self.out.display(), told(&copied));
        Ok(())
    }
}

/// What becomes of tasks that had not been begun.
#[derive(Debug, Args)]
struct Begun {
    /// Make the tasks that were still waiting too; without it those that may have been bought since
    /// the backup, where no provider can tell, end as of unknown outcome. For when you know that
    /// nothing was bought since
    #[arg(long)]
    resume_queued: bool,
}

impl Begun {
    fn resume(&self) -> Resume {
        match self.resume_queued {
            true => Resume::Queued,
            false => Resume::Doubted,
        }
    }
}

/// Puts a backup into an empty database, of either kind.
#[derive(Debug, Args)]
pub(super) struct Restore {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    begun: Begun,
    /// The backup
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Restore {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let config = self.place.load(Overrides::default())?.config;
        let options = store_options(&config, OpenMode::Serve);
        let blobs = app::blobs::open(&config, &bucket_credentials(), &config.server.data)?;
        let restored =
            framewright_store::restore(options, &self.file, &blobs, self.begun.resume()).await;
        let restored = restored.context("nothing was restored")?;
        println!("restored: {}", told(&restored.copied));
        if !restored.with_blobs {
            println!("the backup has no videos and uploads: put their storage back as well");
        }
        println!("tasks that may have been bought since the backup are not bought again");
        Ok(())
    }
}

/// For a database that was put back by other means.
#[derive(Debug, Args)]
pub(super) struct MarkRestored {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    begun: Begun,
}

impl MarkRestored {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let opened = self.place.open_alone().await?;
        opened.store.mark_restored(self.begun.resume()).await?;
        println!("marked: tasks that may have been bought since are not bought again");
        Ok(())
    }
}

fn told(copied: &Copied) -> String {
    let Copied {
        rows,
        blobs,
        bytes,
        missing,
    } = copied;
    let gone = match missing {
        0 => String::new(),
        gone => format!("; {gone} files were gone, as after the end of their retention"),
    };
    format!("{rows} rows, {blobs} files of {bytes} bytes{gone}")
}

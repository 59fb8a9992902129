//! `demo`: the first thing to run; see the module of that name.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use framewright_providers::Registry;

use super::{FAILED, place::private_files};
use crate::{config::LogFormat, demo, telemetry};

#[derive(Debug, Args)]
pub(super) struct Demo {
    /// Where to leave the videos
    #[arg(long, value_name = "DIR", default_value = "./framewright-demo")]
    out: PathBuf,
}

impl Demo {
    pub(super) async fn run(self, registry: Registry) -> anyhow::Result<ExitCode> {
        let lines = telemetry::start(LogFormat::Text, "warn")?;
        private_files();
        let right = demo::run(&self.out, registry).await;
        lines.flush();
        Ok(match right? {
            true => ExitCode::SUCCESS,
            false => ExitCode::from(FAILED),
        })
    }
}

//! The command line: which commands there are. One file each; what they share is in `place`.

mod attempts;
mod backup;
mod check_config;
mod demo;

mod keys;
mod place;
mod serve;
mod tasks;
mod text;
mod webhook;

use std::process::ExitCode;

pub(crate) use self::text::table;
use clap::{Parser, Subcommand};
use framewright_providers::Registry;

/// A command that did not do what it was asked to.
const FAILED: u8 = 1;

/// Framewright: one video API over many back ends, on your own machine.
#[derive(Debug, Parser)]
#[command(name = "framewright", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server
    Serve(serve::Serve),

    /// Make fifteen videos through a server of its own, and check every one
    Demo(demo::Demo),
    /// Make, import, list and revoke API keys
    Keys(keys::Keys),
    /// Look at tasks and cancel them
    Tasks(tasks::Tasks),
    /// Find and settle purchases whose outcome is unknown
    Attempts(attempts::Attempts),
    /// Copy the database and the files into one file, while servers run
    Backup(backup::Backup),
    /// Put a backup into an empty database, of either kind
    Restore(backup::Restore),
    /// Say that the database was put back from a copy made by other means
    MarkRestored(backup::MarkRestored),
    /// Read the configuration and say what is wrong with it, without starting anything
    CheckConfig(check_config::CheckConfig),
    /// Try a webhook receiver
    Webhook(webhook::Webhook),
}

/// Runs the command of the process's arguments, with the shipped kinds of providers as `extend`
/// leaves them.
///
/// A binary of its own adds a kind here and is otherwise the same server. Exit codes: 0 done, 1 failed, 2 wrong usage (clap's), 143 ended by a second signal.
#[must_use]
pub fn run(extend: impl FnOnce(Registry) -> Registry) -> ExitCode {
    let registry = extend(Registry::shipped());
    let cli = Cli::parse();
    let outcome = place::runtime().and_then(|runtime| {
        let done = runtime.block_on(dispatch(cli.command, registry));
        // A blocking task that hangs must not keep the process.
        runtime.shutdown_background();
        done
    });
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("framewright: {error:#}");
            ExitCode::from(FAILED)
        }
    }
}

async fn dispatch(command: Command, registry: Registry) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve(serve) => serve.run(registry).await,

        Command::Demo(demo) => demo.run(registry).await,
        Command::Keys(keys) => keys.run().await.map(|()| ExitCode::SUCCESS),
        Command::Tasks(tasks) => tasks.run().await.map(|()| ExitCode::SUCCESS),
        Command::Attempts(attempts) => attempts.run().await.map(|()| ExitCode::SUCCESS),
        Command::Backup(backup) => backup.run().await.map(|()| ExitCode::SUCCESS),
        Command::Restore(restore) => restore.run().await.map(|()| ExitCode::SUCCESS),
        Command::MarkRestored(mark) => mark.run().await.map(|()| ExitCode::SUCCESS),
        Command::CheckConfig(check) => check.run(&registry).await,
        Command::Webhook(webhook) => webhook.run().await,
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_well_formed() {
        super::Cli::command().debug_assert();
    }
}

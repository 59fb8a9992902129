//! What holds of a whole run, beside what each case expects.

use std::collections::BTreeSet;

use anyhow::ensure;

use super::world::World;
use crate::crash::gather;

/// The most memory that the server may ever hold under this suite, in KiB.
const MEMORY_KIB: u64 = 256 << 10;

impl World {
    /// What holds of the whole run: nobody reached the sink, every task in the store was promised to
    /// somebody, and the log shows no panic and nothing that an operator would have to act on.
    ///
    /// # Errors
    /// Naming the first that does not hold.
    pub async fn judge_run(&self) -> anyhow::Result<()> {
        let reached = self.sink.requests();
        ensure!(
            self.sink.connections() == 0,
            "the sink was reached: {reached:?}"
        );
        let stored = gather::tasks(&self.store).await?;
        let promised = self.promised();
        let rows: BTreeSet<String> = stored.iter().map(|task| task.id.to_string()).collect();
        let unasked: Vec<_> = rows.difference(&promised).collect();
        ensure!(unasked.is_empty(), "tasks without a 200: {unasked:?}");
        let lost: Vec<_> = promised.difference(&rows).collect();
        ensure!(lost.is_empty(), "a 200 without a task: {lost:?}");
        let log = self.life.log();
        // One upstream refuses its key and answers nothing: the operator's to hear of.
        let words = [
            "a provider refused our key",
            "a provider does not answer submits",
        ];
        let known = |line: &str| words.iter().any(|words| line.contains(words));
        let loud =
            |line: &&str| line.contains("panicked") || (line.contains("ERROR") && !known(line));
        let loud: Vec<_> = log.lines().filter(loud).take(5).collect();
        ensure!(loud.is_empty(), "the server's log: {loud:#?}");
        self.small_enough()
    }

    /// Bombs, floods and bodies over every cap leave the server small: what it held at most so far.
    ///
    /// # Errors
    /// When that was too much. A system that does not tell is believed.
    pub(super) fn small_enough(&self) -> anyhow::Result<()> {
        let peak = self.peak_kib().unwrap_or_default();
        ensure!(peak <= MEMORY_KIB, "the server held {peak} KiB");
        Ok(())
    }

    /// The most memory that the server ever held, in KiB; none where the system does not say.
    #[must_use]
    pub fn peak_kib(&self) -> Option<u64> {
        let path = format!("/proc/{}/status", self.life.pid()?);
        let status = std::fs::read_to_string(path).ok()?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))?;
        line.trim().strip_suffix("kB")?.trim().parse().ok()
    }
}

//! Logs: text or JSON lines on standard error, filtered, never blocking what they tell about; and
//! the counters of the process itself. What may be logged is decided where it is logged.

mod lines;

use std::{
    panic,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use framewright_store::Stats;
use tracing_subscriber::EnvFilter;

pub use self::lines::Lines;
use crate::config::LogFormat;

static PANICS: AtomicU64 = AtomicU64::new(0);

/// Starts logging to standard error, for the life of the process.
///
/// The first call decides; a later one (a second server in one process) changes nothing.
/// Keep the returned [`Lines`] and [`Lines::flush`] it before the process ends.
///
/// # Errors
/// When `filter` cannot be read.
pub fn start(format: LogFormat, filter: &str) -> anyhow::Result<Lines> {
    let filter = EnvFilter::try_new(filter)?;
    let lines = Lines::to(std::io::stderr());
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(lines.clone())
        .with_ansi(false);
    let started = match format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    if started.is_ok() {
        panic::set_hook(Box::new(log_panic));
    }
    Ok(lines)
}

fn log_panic(info: &panic::PanicHookInfo<'_>) {
    PANICS.fetch_add(1, Relaxed);
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    let message = info.payload_as_str().unwrap_or("no message");
    tracing::error!(place, message, "panicked; please report this as a bug");
}

/// The counters of the process and of its store in the Prometheus text format, to stand before the
/// engine's.
#[must_use]
pub fn metrics_text(lines: Option<&Lines>, store: &Stats) -> String {
    let panics = PANICS.load(Relaxed);
    let dropped = lines.map_or(0, Lines::dropped);
    let (commits, rows) = (store.fsyncs, store.rows_written);
    format!(
        "# HELP framewright_panics Panics of this process. Any is a bug.\n\
         # TYPE framewright_panics counter\n\
         framewright_panics_total {panics}\n\
         # HELP framewright_log_lines_dropped Log lines lost because nobody read standard error.\n\
         # TYPE framewright_log_lines_dropped counter\n\
         framewright_log_lines_dropped_total {dropped}\n\
         # HELP framewright_store_commits Group commits that wrote something, each with an fsync.\n\
         # TYPE framewright_store_commits counter\n\
         framewright_store_commits_total {commits}\n\
         # HELP framewright_store_rows Rows inserted, changed or removed.\n\
         # TYPE framewright_store_rows counter\n\
         framewright_store_rows_total {rows}\n"
    )
}

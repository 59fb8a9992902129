//! The table at the end: one line a file, and what is wrong where something is.

use std::path::Path;

use super::{Done, hooks::Hooks, proof::Proven};
use crate::cli::table;

const HEADING: [&str; 7] = [
    "FILE", "SIZE", "SECONDS", "FRAMES", "SOUND", "SHA-256", "RESULT",
];

/// How many videos the demo is about.
const VIDEOS: usize = 15;

/// Prints the table; true when everything is right.
pub(super) fn print(done: &[Done], hooks: &Hooks, out: &Path, seconds: i64) -> bool {
    let files: Vec<_> = done.iter().flat_map(|done| &done.files).collect();
    let rows: Vec<_> = files.iter().map(|file| row(file)).collect();
    println!("\n{}", table(&HEADING, &rows));
    let problems = problems(done, hooks);
    for problem in &problems {
        println!("WRONG: {problem}");
    }
    let right = files.iter().filter(|file| file.problems.is_empty()).count();
    let (ended, progress, _) = hooks.sums();
    println!(
        "{right} of {VIDEOS} videos are right; {ended} tasks told their end by webhook, {progress} \
         posts of progress, all signed; {seconds} seconds"
    );
    println!(
        "The videos are previews, drawn without a model; they are in {}",
        out.display()
    );
    problems.is_empty() && right == VIDEOS
}

fn row(file: &Proven) -> Vec<String> {
    let info = file.info.as_ref();
    let cell = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    vec![
        file.name.clone(),
        cell(info.map(|info| format!("{}x{}", info.size.width, info.size.height))),
        cell(info.map(|info| format!("{:.3}", info.duration_ms as f64 / 1_000.0))),
        cell(info.map(|info| info.frames.to_string())),
        cell(info.map(|info| if info.has_audio() { "AAC" } else { "none" }.to_owned())),
        file.sha256.chars().take(12).collect(),
        if file.problems.is_empty() {
            "right"
        } else {
            "WRONG"
        }
        .to_owned(),
    ]
}

fn problems(done: &[Done], hooks: &Hooks) -> Vec<String> {
    let mut problems = Vec::new();
    for done in done {
        problems.extend(
            done.problem
                .as_ref()
                .map(|why| format!("{}: {why}", done.order.label)),
        );
        for file in &done.files {
            let named = |problem: &String| format!("{}: {problem}", file.name);
            problems.extend(file.problems.iter().map(named));
        }
    }
    let (ended, _, refused) = hooks.sums();
    problems.extend(
        refused
            .into_iter()
            .map(|why| format!("a webhook was not believed: {why}")),
    );
    if ended != done.len() {
        problems.push(format!(
            "{ended} of {} tasks told their end by webhook",
            done.len()
        ));
    }
    problems
}

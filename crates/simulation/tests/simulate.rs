//! Runs seeds of the simulation on all cores, each core in a process of its own, and says which seed
//! broke a promise. `--seed 17` repeats one and prints its trace; `--twin no-fence` plants a fault in
//! the product and fails unless a seed breaks because of it.

use std::collections::BTreeMap;
use std::panic;
use std::process::{Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, ensure};
use clap::Parser;
use simulation::plan::Plan;
use simulation::run::{Outcome, run};

/// Minutes that nobody answers for are waited for as a tenth of themselves; by the environment, since
/// only crash points read it.
const SHORTEN: (&str, &str) = ("SHORTEN", "10");

/// The engines in simulated time and on a simulated network, by seeds.
#[derive(Parser)]
struct Arguments {
    /// How many seeds are run.
    #[arg(long, default_value_t = 300)]
    seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Runs this one alone and prints all that happened.
    #[arg(long, env = "SEED")]
    seed: Option<u64>,
    /// Of every process's seeds, so many are run twice, and the traces compared.
    #[arg(long, default_value_t = 5)]
    twice: u64,
    /// Plants this fault; a seed must break then.
    #[arg(long)]
    twin: Option<String>,
    /// Processes; by default as many as there are cores.
    #[arg(long)]
    jobs: Option<u64>,
    /// This process is one of several: every which seed is its own.
    #[arg(long, hide = true)]
    every: Option<u64>,
}

/// What many runs came to, by what is counted.
type Sums = BTreeMap<String, i64>;

/// Panics of this process.
static PANICS: AtomicU64 = AtomicU64::new(0);

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    if let Some(every) = arguments.every {
        return share(&arguments, every).map(|()| ExitCode::SUCCESS);
    }
    let sums = spread(&arguments)?;
    let breaches = sums.get("breaches").copied().unwrap_or(0);
    let counts: Vec<String> = sums
        .iter()
        .map(|(what, count)| format!("{count} {what}"))
        .collect();
    println!("simulation: {}", counts.join(", "));
    if let Some(twin) = &arguments.twin {
        let word = if breaches > 0 { "caught" } else { "NOT CAUGHT" };
        println!("simulation: the twin {twin} is {word}");
        return Ok(ExitCode::from(u8::from(breaches == 0)));
    }
    Ok(ExitCode::from(u8::from(breaches > 0)))
}

/// Starts the processes and adds up what they print.
fn spread(arguments: &Arguments) -> anyhow::Result<Sums> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    let jobs = arguments
        .seed
        .map_or(arguments.jobs.unwrap_or(cores), |_| 1)
        .max(1);
    let started: Vec<_> = (0..jobs)
        .map(|job| start(arguments, job, jobs))
        .collect::<Result<_, _>>()?;
    let mut sums = Sums::new();
    for child in started {
        let output = child.wait_with_output()?;
        ensure!(
            output.status.success(),
            "a process of the simulation ended with {}",
            output.status
        );
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            match line
                .strip_prefix("SUM ")
                .and_then(|sum| sum.split_once(' '))
            {
                Some((count, what)) => {
                    *sums.entry(what.to_owned()).or_default() += count.parse::<i64>()?;
                }
                None => println!("{line}"),
            }
        }
    }
    Ok(sums)
}

fn start(arguments: &Arguments, job: u64, jobs: u64) -> anyhow::Result<std::process::Child> {
    let mut command = Command::new(std::env::current_exe()?);
    command.env(SHORTEN.0, SHORTEN.1).stdout(Stdio::piped());
    command.args(["--every", &jobs.to_string()]);
    command.args(["--from", &(arguments.from + job).to_string()]);
    command.args(["--seeds", &(arguments.from + arguments.seeds).to_string()]);
    command.args(["--twice", &arguments.twice.to_string()]);
    if let Some(seed) = arguments.seed {
        command.args(["--seed", &seed.to_string()]);
    }
    if let Some(twin) = &arguments.twin {
        command.env("TWIN", twin);
    }
    command
        .spawn()
        .context("could not start a process of the simulation")
}

/// The seeds of this process; `--seeds` is where they end.
fn share(arguments: &Arguments, every: u64) -> anyhow::Result<()> {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        PANICS.fetch_add(1, Ordering::SeqCst);
        usual(info);
    }));
    let mut sums = Sums::new();
    if let Some(seed) = arguments.seed {
        let outcome = once(seed, &mut sums)?;
        println!("{}", outcome.trace.all().join("\n"));
        report(seed, &outcome, &mut sums);
    } else {
        let step = usize::try_from(every)?;
        for (count, seed) in (arguments.from..arguments.seeds).step_by(step).enumerate() {
            let outcome = once(seed, &mut sums)?;
            report(seed, &outcome, &mut sums);
            if (count as u64) < arguments.twice {
                compare(seed, &outcome, &mut sums)?;
            }
        }
    }
    for (what, count) in sums {
        println!("SUM {count} {what}");
    }
    Ok(())
}

fn once(seed: u64, sums: &mut Sums) -> anyhow::Result<Outcome> {
    let folder = scratch()?;
    let panics = PANICS.load(Ordering::SeqCst);
    let ran = run(&Plan::of(seed), folder.path());
    let mut outcome = ran.with_context(|| format!("seed {seed}"))?;
    if PANICS.load(Ordering::SeqCst) > panics {
        outcome.breaches.push("something panicked".into());
    }
    let mut add = |what: &str, count: i64| *sums.entry(what.to_owned()).or_default() += count;
    add("runs", 1);
    add("tasks", outcome.tasks as i64);
    add("purchases", outcome.purchases as i64);
    add("webhook posts", outcome.posts as i64);
    add("simulated seconds", outcome.lasted / 1_000);
    Ok(outcome)
}

/// A folder in memory where there is one: thousands of synced commits are no test of the disk.
fn scratch() -> std::io::Result<tempfile::TempDir> {
    let memory = std::path::Path::new("/dev/shm");
    match memory.is_dir() {
        true => tempfile::tempdir_in(memory),
        false => tempfile::tempdir(),
    }
}

fn report(seed: u64, outcome: &Outcome, sums: &mut Sums) {
    for breach in &outcome.breaches {
        println!("seed {seed}: {breach} (again: simulate --seed {seed})");
    }
    *sums.entry("breaches".into()).or_default() += outcome.breaches.len() as i64;
}

/// The same seed once more must leave the same trace.
fn compare(seed: u64, first: &Outcome, sums: &mut Sums) -> anyhow::Result<()> {
    let second = once(seed, sums)?;
    *sums.entry("traces compared".into()).or_default() += 1;
    if first.trace.hash() == second.trace.hash() {
        return Ok(());
    }
    let (one, two) = (first.trace.all(), second.trace.all());
    let at = one
        .iter()
        .zip(&two)
        .take_while(|(one, two)| one == two)
        .count();
    println!(
        "seed {seed}: two runs differ from line {at} on: {:?} and {:?}",
        one.get(at),
        two.get(at)
    );
    *sums.entry("breaches".into()).or_default() += 1;
    Ok(())
}

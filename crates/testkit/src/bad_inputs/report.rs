//! Which cases run, which do not and why, where our answer departs from the list's, and how many of
//! each category came out right. It runs nothing.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Context, ensure};

use super::case::Case;

const NOT_RUN: &str = include_str!("../../data/bad_inputs_not_run.txt");
const DEPARTURES: &str = include_str!("../../data/bad_inputs_departures.txt");

/// The cases that run, those with our own answer in the place of the list's, and what of them all
/// is left.
pub struct Selection {
    pub cases: Vec<Case>,
    /// Case and reason.
    pub not_run: Vec<(Case, &'static str)>,
    /// Id of the case, our answer, reason.
    pub departures: BTreeMap<&'static str, (&'static str, &'static str)>,
}

/// Sorts the cases by the two files. A line is `ID: reason`, `CATEGORY: reason`, or
/// `ID answer: reason`.
///
/// # Errors
/// For a line that no case fits.
pub fn select(all: Vec<Case>) -> anyhow::Result<Selection> {
    let departures: BTreeMap<_, _> = entries(DEPARTURES)
        .map(|(what, why)| {
            let (id, answer) = what.split_once(' ').context("no answer in a departure")?;
            Ok((id, (answer, why)))
        })
        .collect::<anyhow::Result<_>>()?;
    let skipped: BTreeMap<_, _> = entries(NOT_RUN).collect();
    for id in departures.keys().chain(skipped.keys()) {
        let known = all
            .iter()
            .any(|case| case.id == *id || case.category == *id);
        ensure!(known, "no case is called {id}");
    }
    let (mut cases, mut not_run) = (Vec::new(), Vec::new());
    for mut case in all {
        let skip = skipped.get(case.id.as_str());
        if let Some(why) = skip.or_else(|| skipped.get(case.category.as_str())) {
            not_run.push((case, *why));
            continue;
        }
        if let Some((answer, _)) = departures.get(case.id.as_str()) {
            case.expect = (*answer).to_owned();
        }
        cases.push(case);
    }
    Ok(Selection {
        cases,
        not_run,
        departures,
    })
}

fn entries(file: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    file.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .filter_map(|line| line.split_once(": "))
}

/// Counts by category.
#[derive(Default)]
pub struct Tally(BTreeMap<String, [usize; 4]>);

impl Tally {
    /// Of this selection and the ids of the cases that came out wrong.
    #[must_use]
    pub fn of(selection: &Selection, wrong: &[&str]) -> Self {
        let mut tally = Self::default();
        for case in &selection.cases {
            let id = case.id.as_str();
            let counts = tally.0.entry(case.category.clone()).or_default();
            counts[usize::from(wrong.contains(&id))] += 1;
            counts[3] += usize::from(selection.departures.contains_key(id));
        }
        for (case, _) in &selection.not_run {
            tally.0.entry(case.category.clone()).or_default()[2] += 1;
        }
        tally
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "category   right   wrong not run departures")?;
        let mut sums = [0; 4];
        for (category, counts) in &self.0 {
            line(f, category, counts)?;
            sums.iter_mut().zip(counts).for_each(|(sum, n)| *sum += n);
        }
        line(f, "all", &sums)
    }
}

fn line(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    [right, wrong, not, own]: &[usize; 4],
) -> fmt::Result {
    writeln!(f, "{name:<8} {right:>7} {wrong:>7} {not:>7} {own:>10}")
}

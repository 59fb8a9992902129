//! Six tables of counts and runs become one list of samples (ISO/IEC 14496-12 8.6 and 8.7), with no
//! trust in any of them.

use mp4_atom::{Co64, Ctts, Stco, Stsc, StscEntry, Stss, Stsz, StszSamples, Stts};

use super::{Sample, walk, within};
use crate::decode::Limits;
use crate::error::StudioError;

/// Reads the tables in the body of `stbl`. `bytes` is the length of the file, `entries` how many
/// descriptions there are.
pub(super) fn read(
    stbl: &[u8],
    bytes: u64,
    entries: u32,
    limits: &Limits,
) -> Result<Vec<Sample>, StudioError> {
    let sizes = walk::read::<Stsz>(stbl)
        .ok_or_else(|| bad("has no sizes"))?
        .samples;
    let count = match &sizes {
        StszSamples::Identical { count, .. } => *count,
        StszSamples::Different { sizes } => sizes.len() as u32,
    };
    within(
        "its number of frames",
        u64::from(count),
        u64::from(limits.max_samples),
    )?;
    let places = places(stbl, count)?;
    let times = times(stbl, count)?;
    let keys = walk::read::<Stss>(stbl).map(|stss| stss.entries);
    let mut samples = Vec::with_capacity(count as usize);
    let mut at = 0;
    let mut decode = 0u64;
    for (n, (place, (duration, offset))) in (0..count).zip(places.into_iter().zip(times)) {
        let size = match &sizes {
            StszSamples::Identical { size, .. } => *size,
            StszSamples::Different { sizes } => sizes[n as usize],
        };
        at = place.starts_chunk_at.unwrap_or(at);
        let key = keys
            .as_ref()
            .is_none_or(|keys| keys.binary_search(&(n + 1)).is_ok());
        let entry = place
            .description
            .checked_sub(1)
            .filter(|entry| *entry < entries);
        let entry = entry.ok_or_else(|| bad("names a description that is not there"))?;
        samples.push(Sample {
            at,
            size,
            decode,
            duration,
            offset,
            key,
            entry,
        });
        at = at
            .checked_add(u64::from(size))
            .filter(|end| *end <= bytes)
            .ok_or_else(|| bad("points outside the file: it may be cut short"))?;
        decode = decode.saturating_add(u64::from(duration));
    }
    Ok(samples)
}

fn bad(what: &str) -> StudioError {
    StudioError::bad_video(format!("its index {what}"))
}

/// Where a sample lies: at the start of a chunk, or behind the sample before it.
struct Place {
    starts_chunk_at: Option<u64>,
    description: u32,
}

/// The chunk of each of `count` samples, from `stsc` and `stco` or `co64`.
fn places(stbl: &[u8], count: u32) -> Result<Vec<Place>, StudioError> {
    let runs = walk::read::<Stsc>(stbl)
        .ok_or_else(|| bad("has no chunks"))?
        .entries;
    let chunks = match walk::read::<Stco>(stbl) {
        Some(stco) => stco.entries.into_iter().map(u64::from).collect(),
        None => {
            walk::read::<Co64>(stbl)
                .ok_or_else(|| bad("has no chunk offsets"))?
                .entries
        }
    };
    let mut places = Vec::with_capacity(count as usize);
    let mut run = 0;
    for (chunk, at) in (1u32..).zip(chunks) {
        while runs
            .get(run + 1)
            .is_some_and(|next: &StscEntry| next.first_chunk <= chunk)
        {
            run += 1;
        }
        let Some(shape) = runs.get(run) else { break };
        // The last chunk may promise more samples than there are.
        let here = shape.samples_per_chunk.min(count - places.len() as u32);
        places.extend((0..here).map(|n| Place {
            starts_chunk_at: (n == 0).then_some(at),
            description: shape.sample_description_index,
        }));
    }
    if places.len() < count as usize {
        return Err(bad("has fewer places than frames"));
    }
    Ok(places)
}

/// Duration and composition offset of each of `count` samples, from `stts` and `ctts`. Tables that
/// end early are continued with their last value, as players do.
fn times(stbl: &[u8], count: u32) -> Result<Vec<(u32, i64)>, StudioError> {
    let durations = walk::read::<Stts>(stbl)
        .ok_or_else(|| bad("has no durations"))?
        .entries;
    let offsets = walk::read::<Ctts>(stbl).map_or_else(Vec::new, |ctts| ctts.entries);
    let durations = durations
        .iter()
        .map(|run| (run.sample_count, run.sample_delta));
    // Writers of version 0 boxes store negative offsets as if they were unsigned.
    let offsets = offsets
        .iter()
        .map(|run| (run.sample_count, run.sample_offset as i32 as i64));
    Ok(unrolled(durations, count)
        .zip(unrolled(offsets, count))
        .collect())
}

/// `count` values from runs of (length, value).
fn unrolled<T: Copy + Default>(
    runs: impl Iterator<Item = (u32, T)> + Clone,
    count: u32,
) -> impl Iterator<Item = T> {
    let last = runs
        .clone()
        .last()
        .map_or_else(T::default, |(_, value)| value);
    let told = runs.flat_map(|(length, value)| std::iter::repeat_n(value, length as usize));
    told.chain(std::iter::repeat(last)).take(count as usize)
}

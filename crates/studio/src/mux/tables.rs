//! The sample tables of one track (`stts`, `ctts`, `stss`, `stsz`, `stsc`, `stco`), grown sample by
//! sample. Run lengths where the format has them.

use mp4_atom::{
    Ctts, CttsEntry, Stbl, Stco, Stsc, StscEntry, Stsd, Stss, Stsz, StszSamples, Stts, SttsEntry,
};

/// Bytes that one more sample can add to all tables together: a size, a sync entry, a run of
/// durations, a run of offsets.
pub(super) const MAX_BYTES_PER_SAMPLE: u64 = 4 + 4 + 8 + 8;

/// Bytes that one more chunk can add: an offset and a run.
pub(super) const MAX_BYTES_PER_CHUNK: u64 = 4 + 12;

#[derive(Default)]
pub(super) struct Tables {
    sizes: Vec<u32>,
    durations: Vec<SttsEntry>,
    offsets: Vec<CttsEntry>,
    /// Numbers of the keyframes, from 1.
    keys: Vec<u32>,
    chunk_offsets: Vec<u32>,
    chunk_runs: Vec<StscEntry>,
    duration: u64,
    ends_at: u64,
}

impl Tables {
    pub fn len(&self) -> u32 {
        self.sizes.len() as u32
    }

    /// Sum of the durations so far, in ticks.
    pub fn duration(&self) -> u64 {
        self.duration
    }

    /// Composition time at which the last picture shown goes away, in ticks.
    pub fn ends_at(&self) -> u64 {
        self.ends_at
    }

    pub fn push(&mut self, size: u32, duration: u32, offset: i64, key: bool) {
        self.sizes.push(size);
        self.duration += u64::from(duration);
        self.ends_at = self
            .ends_at
            .max(self.duration.saturating_add_signed(offset));
        match self.durations.last_mut() {
            Some(run) if run.sample_delta == duration => run.sample_count += 1,
            _ => self.durations.push(SttsEntry {
                sample_count: 1,
                sample_delta: duration,
            }),
        }
        match self.offsets.last_mut() {
            Some(run) if run.sample_offset == offset => run.sample_count += 1,
            _ => self.offsets.push(CttsEntry {
                sample_count: 1,
                sample_offset: offset,
            }),
        }
        if key {
            self.keys.push(self.sizes.len() as u32);
        }
    }

    /// Says that the last `samples` samples lie together at `at` and share description `entry`
    /// (from 0).
    pub fn chunk(&mut self, at: u64, samples: u32, entry: u32) {
        self.chunk_offsets
            .push(u32::try_from(at).expect("the writer stops at 4 GiB"));
        let same = self.chunk_runs.last().is_some_and(|run| {
            run.samples_per_chunk == samples && run.sample_description_index == entry + 1
        });
        if !same {
            self.chunk_runs.push(StscEntry {
                first_chunk: self.chunk_offsets.len() as u32,
                samples_per_chunk: samples,
                sample_description_index: entry + 1,
            });
        }
    }

    pub fn to_atom(&self, stsd: Stsd) -> Stbl {
        let reordered = self.offsets.iter().any(|run| run.sample_offset != 0);
        let all_keys = self.keys.len() == self.sizes.len();
        Stbl {
            stsd,
            stts: Stts {
                entries: self.durations.clone(),
            },
            ctts: reordered.then(|| Ctts {
                entries: self.offsets.clone(),
            }),
            // No `stss` means that every sample is one, as in sound.
            stss: (!all_keys).then(|| Stss {
                entries: self.keys.clone(),
            }),
            stsc: Stsc {
                entries: self.chunk_runs.clone(),
            },
            stsz: Stsz {
                samples: StszSamples::Different {
                    sizes: self.sizes.clone(),
                },
            },
            stco: Some(Stco {
                entries: self.chunk_offsets.clone(),
            }),
            ..Stbl::default()
        }
    }
}

//! The engine's numbers: what the operator may set, with its defaults, and the bounds that nobody
//! needs to.

use framewright_core::clock::Millis;

/// The most outputs' bytes that one file may have, whatever its provider says: 4 GiB.
const OUTPUT_BYTES: u64 = 4 << 30;

/// What the operator may set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Tasks that this node owns at once.
    pub max_tasks: usize,
    /// Tasks that fetch their inputs at once.
    pub max_intakes: usize,
    /// Webhook tries at once, and to one receiver.
    pub max_deliveries: usize,
    pub max_per_receiver: usize,
    /// Between two looks for work, ms; a submit in this process does not wait for it.
    pub look_every_ms: Millis,
    /// Between two rounds of pruning, ms.
    pub prune_every_ms: Millis,
    /// The most bytes of one output.
    pub max_output_bytes: u64,
    /// The most bytes of an image, of audio, of a video that a client names.
    pub max_image_bytes: u64,
    pub max_audio_bytes: u64,
    pub max_video_bytes: u64,
    /// Scheme, host and prefix that upstreams can call back to.
    pub public_url: Option<String>,
    /// Whether long work runs where it is called and not on threads of its own. Only a simulation
    /// wants that: it has one thread, so that its runs can be repeated.
    pub one_thread: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_tasks: 20_000,
            max_intakes: 32,
            max_deliveries: 512,
            max_per_receiver: 4,
            look_every_ms: 500,
            prune_every_ms: 60_000,
            max_output_bytes: OUTPUT_BYTES,
            max_image_bytes: 10 << 20,
            max_audio_bytes: 15 << 20,
            max_video_bytes: 200 << 20,
            public_url: None,
            one_thread: false,
        }
    }
}

//! What a request means where its page is silent: the numbers and words of the v1 endpoints that the
//! documents do not give, decided once. Not what an operator may set (that is configuration).

use crate::clock::{DAY, HOUR, Millis};
use crate::spec::{Aspect, Motion, Tier};

/// Shape of a video made from words alone.
pub const ASPECT: Aspect = Aspect {
    width: 16,
    height: 9,
};

/// The longest prompt, in code points, where a page names no bound.
pub const PROMPT_MAX: usize = 10_000;

/// The longest `webhook_secret`, in bytes of visible ASCII.
pub const WEBHOOK_SECRET_MAX: usize = 1_024;

/// How long a task may wait for its first acceptance.
pub const QUEUE_DEADLINE: Millis = 24 * HOUR;

/// How long a finished task and its files are kept.
pub const RETENTION: Millis = 7 * DAY;

/// `/imagine-video` and `/imagine-video-extend`; the aspect is that of the image or the parent.
pub mod midjourney {
    use super::{Millis, Motion};

    pub const DURATION_S: u32 = 5;
    pub const MOTION: Motion = Motion::Low;
    /// Videos per task.
    pub const SLOTS: u8 = 4;
    /// Seconds that one extend adds.
    pub const EXTEND_S: u32 = 4;
    /// The longest video that extends of extends may reach: 5 s and four times 4 s.
    pub const LONGEST_MS: Millis = 21_000;
    /// Vendors cut on frames, not on seconds; this much over the longest still counts as the longest.
    pub const LONGEST_SLACK_MS: Millis = 500;
}

/// `/runway-imagine`.
pub mod runway {
    pub const MODEL: &str = "gen3a_turbo";
    pub const DURATION_S: u32 = 5;
}

/// `/kling-imagine`.
pub mod kling {
    use super::Tier;

    pub const MODEL: &str = "kling-v1-6";
    /// What `mode=pro` without a model means: the only one of the page's models that has it.
    pub const PRO_MODEL: &str = "kling-v1-5";
    pub const TIER: Tier = Tier::Standard;
    pub const DURATION_S: u32 = 5;
    pub const CFG_SCALE: f64 = 0.5;
}

/// `/wan-imagine`.
pub mod wan {
    pub const DURATION_S: u32 = 5;
    /// Lines of the short side: 1080P, on wan2.5 too.
    pub const LINES: u32 = 1080;
}

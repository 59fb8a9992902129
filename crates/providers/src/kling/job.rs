//! The text of an upstream job of Kling's: which path shows it, and its id there. Jobs of both wires
//! can be looked at whichever one the config has today.

use framewright_core::attempt::UpstreamJob;

use super::models::Wire;

/// The legacy paths that sell videos; a job is shown at its own one only.
pub(super) const KINDS: [&str; 2] = ["text2video", "image2video"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Job<'a> {
    /// `<kind>/<id>`
    Legacy { kind: &'a str, id: &'a str },
    /// `<id>`
    New { id: &'a str },
}

impl<'a> Job<'a> {
    pub fn read(job: &'a UpstreamJob) -> Self {
        match job.0.split_once('/') {
            Some((kind, id)) => Self::Legacy { kind, id },
            None => Self::New { id: &job.0 },
        }
    }

    /// The job with this id that a request to this path bought; none for a path that sells nothing.
    pub fn of(path: &'a str, id: &'a str) -> Option<Self> {
        match wire_of(path) {
            Wire::New => Some(Self::New { id }),
            Wire::Legacy => {
                let kind = path.rsplit('/').next()?;
                KINDS.contains(&kind).then_some(Self::Legacy { kind, id })
            }
        }
    }

    pub fn text(self) -> UpstreamJob {
        UpstreamJob(match self {
            Self::Legacy { kind, id } => format!("{kind}/{id}"),
            Self::New { id } => id.to_owned(),
        })
    }
}

/// Which wire a path belongs to.
pub(super) fn wire_of(path: &str) -> Wire {
    match path.contains("/v1/videos/") {
        true => Wire::Legacy,
        false => Wire::New,
    }
}

#[cfg(test)]
mod tests {
    use super::Job;

    #[test]
    fn a_job_says_where_it_is_shown() {
        for (path, text) in [
            ("/v1/videos/text2video", Some("text2video/8")),
            ("/p/v1/videos/image2video", Some("image2video/8")),
            ("/image-to-video/kling-2.6", Some("8")),
            ("/v1/videos/lip-sync", None),
        ] {
            let job = Job::of(path, "8").map(Job::text);
            assert_eq!(job.as_ref().map(|job| job.0.as_str()), text, "{path}");
            if let Some(job) = job {
                assert_eq!(Some(Job::read(&job)), Job::of(path, "8"));
            }
        }
    }
}

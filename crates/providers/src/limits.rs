//! The bounds that models have in common: seconds, lines, lengths of texts. What a bound is, is the
//! adapter's table; how it is judged and told is here.

use framewright_core::spec::Spec;

use crate::provider::Unsupported;
use crate::takes::unsupported;

/// The values that `duration` may have, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seconds {
    OneOf(&'static [u32]),
    /// From, to, both included.
    Within(u32, u32),
    /// No bound is documented: the vendor judges.
    Any,
}

impl Seconds {
    /// Whether the spec's duration is one of them.
    ///
    /// # Errors
    /// [`Unsupported`] with what it may be.
    pub fn judge(&self, spec: &Spec, model: &str) -> Result<(), Unsupported> {
        let asked = spec.duration_s;
        let (fits, allowed) = match self {
            Self::Any => return Ok(()),
            Self::OneOf(all) => (all.contains(&asked), format!("one of: {}", list(all, ""))),
            Self::Within(least, most) => (
                (*least..=*most).contains(&asked),
                format!("from {least} to {most}"),
            ),
        };
        match fits {
            true => Ok(()),
            false => Err(unsupported(format!(
                "duration must be {allowed} with {model}"
            ))),
        }
    }
}

/// The lines of the short side that were asked for, none for the model's own choice.
///
/// # Errors
/// [`Unsupported`] where they are not among these, with those that are.
pub fn lines_among(spec: &Spec, all: &[u32], model: &str) -> Result<Option<u32>, Unsupported> {
    match spec.lines {
        Some(lines) if !all.contains(&lines) => Err(unsupported(match all.is_empty() {
            true => format!("resolution cannot be chosen with {model}; leave it out"),
            false => format!("resolution must be one of: {} with {model}", list(all, "P")),
        })),
        asked => Ok(asked),
    }
}

fn list(all: &[u32], unit: &str) -> String {
    let words: Vec<_> = all.iter().map(|number| format!("{number}{unit}")).collect();
    words.join(", ")
}

/// Refuses a prompt of more than `most` UTF-16 code units, which is how many vendors count.
///
/// # Errors
/// [`Unsupported`] with both lengths.
pub fn prompt_within(prompt: &str, most: usize, model: &str) -> Result<(), Unsupported> {
    text_within("prompt", prompt.encode_utf16().count(), most, model)
}

/// Refuses a text of more than `most` characters, in whatever way this vendor counts them.
///
/// # Errors
/// [`Unsupported`] with the field and both lengths.
pub fn text_within(
    field: &str,
    length: usize,
    most: usize,
    model: &str,
) -> Result<(), Unsupported> {
    match length > most {
        true => Err(unsupported(format!(
            "{field} is {length} characters long; {model} takes at most {most}"
        ))),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use framewright_core::spec::{Mode, Spec, TaskType};

    use super::{Seconds, lines_among, prompt_within};

    fn spec(duration_s: u32, lines: Option<u32>) -> Spec {
        Spec {
            duration_s,
            lines,
            ..Spec::new(TaskType::new("any"), Mode::Text)
        }
    }

    #[test]
    fn a_duration_is_refused_with_what_it_may_be() {
        for (seconds, says) in [
            (Seconds::OneOf(&[5, 10]), "one of: 5, 10 with m"),
            (Seconds::Within(2, 4), "from 2 to 4 with m"),
        ] {
            let refusal = seconds
                .judge(&spec(7, None), "m")
                .expect_err("7 is not in it");
            assert!(refusal.public.ends_with(says), "{refusal}");
        }
        for seconds in [Seconds::OneOf(&[7]), Seconds::Within(7, 7), Seconds::Any] {
            assert_eq!(seconds.judge(&spec(7, None), "m"), Ok(()));
        }
    }

    #[test]
    fn lines_are_refused_with_what_they_may_be() {
        let among = |lines| lines_among(&spec(5, lines), &[480, 720], "m");
        assert_eq!(among(None), Ok(None));
        assert_eq!(among(Some(720)), Ok(Some(720)));
        let refusal = among(Some(1080)).expect_err("1080 is not in it");
        assert!(refusal.public.contains("480P, 720P with m"), "{refusal}");
        assert!(lines_among(&spec(5, Some(720)), &[], "m").is_err());
    }

    #[test]
    fn a_prompt_is_counted_as_vendors_count_it() {
        assert!(prompt_within(&"🦊".repeat(500), 1_000, "m").is_ok());
        let refusal = prompt_within(&"🦊".repeat(501), 1_000, "m").expect_err("too long");
        assert!(refusal.public.contains("1002"), "{refusal}");
    }
}

//! The request reader: one table per endpoint says which fields it has and what each may be, and
//! from that table come both the reading (`read`) and the schema in the OpenAPI document (`schema`),
//! so the two cannot drift. Not the rules between fields: those stand with their endpoint.
//!
//! Rules for all fields: `null` and `""` are absent, unknown fields are
//! ignored, numbers may come as numeric text, and every problem of a request is collected.

mod read;
mod schema;
mod values;

pub use read::{Judge, NoJudge, read};
pub use schema::schema;
pub use values::{Given, Values};

/// One field of a request.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The request's own word for it.
    pub name: &'static str,
    /// What it may be.
    pub kind: Kind,
    /// Whether a request without it is refused.
    pub required: bool,
    /// One sentence for the OpenAPI document.
    pub about: &'static str,
}

/// What a field may be.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Text of 1 to `max` code points that is not blank.
    Text { max: usize },
    /// One of these words, exactly.
    Choice(&'static [&'static str]),
    /// A model: one of these words, or a name that the operator's routes or aliases know.
    Model(&'static [&'static str]),
    /// One of these whole numbers, rising.
    OneOf(&'static [i64]),
    /// A whole number from `min` to `max`.
    Whole { min: i64, max: i64 },
    /// A number from 0 to 1.
    Fraction,
    /// `true` or `false`.
    Flag,
    /// Where media may be fetched.
    MediaUrl,
    /// Where results are to be posted.
    WebhookUrl,
    /// 1 to `max` visible ASCII characters: it becomes the value of a header.
    Secret { max: usize },
    /// The id of a task, in whatever text the client sends: a text that is no id names no task.
    TaskId,
    /// `min` to `max` of them.
    TaskIds { min: usize, max: usize },
}

impl Field {
    /// A field that every request must bring.
    #[must_use]
    pub const fn required(name: &'static str, kind: Kind, about: &'static str) -> Self {
        Self {
            name,
            kind,
            required: true,
            about,
        }
    }

    /// A field that a request may leave out.
    #[must_use]
    pub const fn optional(name: &'static str, kind: Kind, about: &'static str) -> Self {
        Self {
            name,
            kind,
            required: false,
            about,
        }
    }
}

/// Whether nothing of a text can be seen: spaces, tabs, line ends and zero-width characters only.
/// The line and paragraph separators U+2028 and U+2029 count as text, as clients send them.
fn is_blank(text: &str) -> bool {
    text.chars().all(|c| {
        let spaces = c.is_whitespace() && !matches!(c, '\u{2028}' | '\u{2029}');
        let invisible = matches!(
            c,
            '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' | '\u{0}'
        );
        spaces || invisible
    })
}

/// `is_blank` for the schema: a character that makes a text more than blank.
const NOT_BLANK: &str = "[^\\u0000\\u0009-\\u000d\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200d\\u202f\\u205f\\u2060\\u3000\\ufeff]";

#[cfg(test)]
mod tests {
    use super::is_blank;

    #[test]
    fn blank_is_what_nobody_can_see() {
        for blank in [
            "",
            " ",
            "\n\t \u{a0}\u{3000}",
            "\u{200b}\u{200c}\u{200d}\u{feff}",
            "\u{0}",
        ] {
            assert!(is_blank(blank), "{blank:?}");
        }
        for text in ["x", " x ", "\u{2028}\u{2029}", "\u{202e}gnp.exe", "🐱"] {
            assert!(!is_blank(text), "{text:?}");
        }
    }
}

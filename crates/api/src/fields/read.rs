//! Reads the fields of a parsed object by an endpoint's table and notes every problem.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{Field, Given, Kind, Values, is_blank};
use crate::error::Problem;

/// What reading needs to know beyond the table.
pub trait Judge {
    /// Whether media may be fetched from there; the text says what is wrong, to stand after the name.
    ///
    /// # Errors
    /// What the field must be, as the end of a sentence.
    fn media_url(&self, url: &str) -> Result<(), String>;

    /// Whether results may be posted there.
    ///
    /// # Errors
    /// What the field must be, as the end of a sentence.
    fn webhook_url(&self, url: &str) -> Result<(), String>;

    /// Names that the operator's routes and aliases add to a page's own models.
    fn more_models(&self) -> &[String];
}

/// The judge of requests that have neither URLs nor models.
pub struct NoJudge;

impl Judge for NoJudge {
    fn media_url(&self, _: &str) -> Result<(), String> {
        Ok(())
    }

    fn webhook_url(&self, _: &str) -> Result<(), String> {
        Ok(())
    }

    fn more_models(&self) -> &[String] {
        &[]
    }
}

/// Reads every field of the table. A problem is noted for each one that is missing or wrong.
pub fn read(
    fields: &'static [Field],
    object: &Map<String, Value>,
    judge: &dyn Judge,
    problems: &mut Vec<Problem>,
) -> Values {
    let mut values = Values::default();
    for field in fields {
        values.push(
            field,
            read_field(field, object.get(field.name), judge, problems),
        );
    }
    values
}

fn read_field(
    field: &Field,
    value: Option<&Value>,
    judge: &dyn Judge,
    problems: &mut Vec<Problem>,
) -> Given {
    let msg = match value.filter(|value| !is_absent(value)) {
        None if field.required => format!(
            "{} is required and {}",
            field.name,
            must_be(field.kind, judge)
        ),
        None => return Given::Absent,
        Some(value) => match read_value(field.kind, value, judge) {
            Ok(given) => return given,
            Err(wrong) => format!("{} {wrong}", field.name),
        },
    };
    problems.push(Problem::field(field.name, msg));
    Given::Wrong
}

fn is_absent(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}

/// The value as its kind wants it, or what it must be.
fn read_value(kind: Kind, value: &Value, judge: &dyn Judge) -> Result<Given, Cow<'static, str>> {
    let read = match kind {
        Kind::Text { max } => text_up_to(value, max).map(text),
        Kind::Choice(words) => one_of(value, |word| words.contains(&word)),
        Kind::Model(words) => one_of(value, |word| {
            words.contains(&word) || judge.more_models().iter().any(|more| more == word)
        }),
        Kind::OneOf(numbers) => whole(value)
            .filter(|n| numbers.contains(n))
            .map(Given::Whole),
        Kind::Whole { min, max } => whole(value)
            .filter(|n| (min..=max).contains(n))
            .map(Given::Whole),
        Kind::Fraction => fraction(value).map(Given::Number),
        Kind::Flag => value.as_bool().map(Given::Flag),
        Kind::Secret { max } => value.as_str().filter(|s| is_secret(s, max)).map(text),
        Kind::TaskId => value.as_str().map(text),
        Kind::TaskIds { min, max } => texts(value, min, max).map(Given::Texts),
        Kind::MediaUrl => return url(value, |url| judge.media_url(url)),
        Kind::WebhookUrl => return url(value, |url| judge.webhook_url(url)),
    };
    read.ok_or_else(|| must_be(kind, judge))
}

/// What a value of this kind must be, to stand after the field's name.
fn must_be(kind: Kind, judge: &dyn Judge) -> Cow<'static, str> {
    match kind {
        Kind::Text { max } => {
            format!("must be text of 1 to {max} characters that is not blank").into()
        }
        Kind::Choice(words) => format!("must be one of: {}", words.join(", ")).into(),
        Kind::Model(words) => {
            let more = judge.more_models().iter().map(String::as_str);
            let all: Vec<&str> = words.iter().copied().chain(more).collect();
            format!("must be one of: {}", all.join(", ")).into()
        }
        Kind::OneOf(numbers) => {
            let all: Vec<String> = numbers.iter().map(i64::to_string).collect();
            format!("must be one of: {}", all.join(", ")).into()
        }
        Kind::Whole { min, max } => format!("must be a whole number from {min} to {max}").into(),
        Kind::Fraction => "must be a number from 0 to 1".into(),
        Kind::Flag => "must be true or false".into(),
        Kind::MediaUrl | Kind::WebhookUrl => {
            "must be a URL that starts with http:// or https://".into()
        }
        Kind::Secret { max } => format!("must be 1 to {max} visible ASCII characters").into(),
        Kind::TaskId => "must be the id of a task, as text".into(),
        Kind::TaskIds { min, max } => format!("must be a list of {min} to {max} task ids").into(),
    }
}

fn text(value: &str) -> Given {
    Given::Text(value.to_owned())
}

/// Text within bounds; without NUL, which no database takes in a text.
fn text_up_to(value: &Value, max: usize) -> Option<&str> {
    value
        .as_str()
        .filter(|text| !is_blank(text) && !text.contains('\0') && text.chars().count() <= max)
}

fn one_of(value: &Value, known: impl Fn(&str) -> bool) -> Option<Given> {
    value.as_str().filter(|word| known(word)).map(text)
}

/// A whole number: `5`, `5.0`, `5e0` and `"5"`, but not `"05"`, `"5.0"` or `" 5"`.
fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| integral(number.as_f64()?)),
        Value::String(digits) => {
            let number: i64 = digits.parse().ok()?;
            (number.to_string() == *digits).then_some(number)
        }
        _ => None,
    }
}

/// A float that is a whole number small enough to be exact.
fn integral(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0).then_some(number as i64)
}

/// A number from 0 to 1; as text only plainly written (`"0.5"`, not `".5"`, `"5e-1"` or `"00.5"`).
fn fraction(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(digits) => {
            let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
            let plain = matches!(whole, "0" | "1")
                && !part.is_empty()
                && part.bytes().all(|byte| byte.is_ascii_digit());
            plain.then(|| digits.parse().ok())??
        }
        _ => return None,
    };
    (0.0..=1.0).contains(&number).then_some(number)
}

fn is_secret(text: &str, max: usize) -> bool {
    text.len() <= max && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn texts(value: &Value, min: usize, max: usize) -> Option<Vec<String>> {
    let list = value
        .as_array()
        .filter(|list| (min..=max).contains(&list.len()))?;
    list.iter()
        .map(|item| item.as_str().map(str::to_owned))
        .collect()
}

fn url(
    value: &Value,
    check: impl Fn(&str) -> Result<(), String>,
) -> Result<Given, Cow<'static, str>> {
    let Some(url) = value.as_str() else {
        return Err("must be a URL that starts with http:// or https://, as text".into());
    };
    check(url).map(|()| text(url)).map_err(Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct AnyUrl;

    impl Judge for AnyUrl {
        fn media_url(&self, url: &str) -> Result<(), String> {
            match url.starts_with("http") {
                true => Ok(()),
                false => Err("must be a URL".into()),
            }
        }

        fn webhook_url(&self, url: &str) -> Result<(), String> {
            self.media_url(url)
        }

        fn more_models(&self) -> &[String] {
            &[]
        }
    }

    const TABLE: &[Field] = &[
        Field::required("prompt", Kind::Text { max: 4 }, ""),
        Field::required("url", Kind::MediaUrl, ""),
        Field::optional("motion", Kind::Choice(&["low", "high"]), ""),
        Field::optional("duration", Kind::OneOf(&[5, 10]), ""),
        Field::optional("scale", Kind::Fraction, ""),
    ];

    fn messages(body: &Value) -> Vec<String> {
        let mut problems = Vec::new();
        let object = body.as_object().expect("the test sends an object");
        read(TABLE, object, &AnyUrl, &mut problems);
        problems.into_iter().map(|problem| problem.msg).collect()
    }

    #[test]
    fn every_problem_is_named_with_its_field_and_what_is_allowed() {
        assert_eq!(
            messages(&serde_json::json!({"prompt": 5, "motion": 7})),
            [
                "prompt must be text of 1 to 4 characters that is not blank",
                "url is required and must be a URL that starts with http:// or https://",
                "motion must be one of: low, high",
            ]
        );
    }

    #[test]
    fn null_and_the_empty_text_are_absent_and_strangers_are_ignored() {
        let body = serde_json::json!({
            "prompt": "🐱🐱🐱🐱", "url": "http://a", "motion": null, "duration": "", "x": [1]
        });
        assert_eq!(messages(&body), Vec::<String>::new());
    }

    #[test]
    fn a_whole_number_may_be_written_in_three_ways_only() {
        for good in [
            serde_json::json!(5),
            serde_json::json!(5.0),
            serde_json::json!("5"),
        ] {
            assert_eq!(whole(&good), Some(5), "{good}");
        }
        for bad in ["05", "5.0", " 5", "+5", "5 ", "５", "five"] {
            assert_eq!(whole(&serde_json::json!(bad)), None, "{bad}");
        }
        assert_eq!(whole(&serde_json::json!(5.5)), None);
        assert_eq!(whole(&serde_json::json!(1e308)), None);
    }

    #[test]
    fn a_fraction_stays_between_its_ends() {
        for (value, wanted) in [
            (serde_json::json!(0), Some(0.0)),
            (serde_json::json!("0.5"), Some(0.5)),
            (serde_json::json!(1.0), Some(1.0)),
            (serde_json::json!(1.1), None),
            (serde_json::json!(-0.1), None),
            (serde_json::json!("1e-1"), None),
            (serde_json::json!("00.5"), None),
            (serde_json::json!("1."), None),
            (serde_json::json!(true), None),
        ] {
            assert_eq!(fraction(&value), wanted, "{value}");
        }
    }
}

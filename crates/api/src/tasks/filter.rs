//! The query of `GET /tasks`: which tasks, how many, and from where on.

use framewright_core::clock::Millis;
use framewright_store::{Cursor, Filter};
use http::request::Parts;

use crate::error::Problem;
use crate::paths::parameter;
use crate::routes::{Parameter, Shape};

/// Tasks of a page where none is asked for, and the most.
const PAGE: usize = 20;
const LARGEST_PAGE: usize = 100;

const STATUSES: [&str; 6] = [
    "queued",
    "running",
    "storing",
    "finished",
    "failed",
    "cancelled",
];

/// What the document says of the query.
pub(crate) const FILTERS: &[Parameter] = &[
    filter(
        "status",
        "One or more of queued, running, storing, finished, failed, cancelled, with commas; all if empty.",
        Shape::Matching(concat!(
            "^((queued|running|storing|finished|failed|cancelled)",
            "(,(queued|running|storing|finished|failed|cancelled))*)?$"
        )),
    ),
    filter("task_type", "Such as kling-video.", Shape::Text),
    filter(
        "created_after",
        "Milliseconds since the Unix epoch; tasks made then or later.",
        MOMENT,
    ),
    filter(
        "created_before",
        "Milliseconds since the Unix epoch; tasks made before.",
        MOMENT,
    ),
    filter(
        "limit",
        "1 to 100 tasks; 20 by default.",
        Shape::Whole {
            least: 1,
            most: LARGEST_PAGE as i64,
        },
    ),
    filter(
        "cursor",
        "The next of the page before.",
        Shape::Matching("^[A-Za-z0-9_-]{0,200}$"),
    ),
];

const MOMENT: Shape = Shape::Whole {
    least: 0,
    most: Millis::MAX,
};

const fn filter(name: &'static str, about: &'static str, shape: Shape) -> Parameter {
    Parameter {
        name,
        place: "query",
        about,
        shape,
    }
}

/// A query that was understood.
pub(super) struct Asked {
    pub filter: Filter,
    pub cursor: Option<Cursor>,
    pub limit: usize,
}

/// Reads the query; every problem is listed.
pub(super) fn read(head: &Parts) -> Result<Asked, Vec<Problem>> {
    let mut problems = Vec::new();
    let asked = Asked {
        filter: Filter {
            statuses: statuses(head, &mut problems),
            task_type: parameter(head, "task_type"),
            created_after: moment(head, "created_after", &mut problems),
            created_before: moment(head, "created_before", &mut problems),
        },
        cursor: cursor(head, &mut problems),
        limit: limit(head, &mut problems),
    };
    match problems.is_empty() {
        true => Ok(asked),
        false => Err(problems),
    }
}

fn statuses(head: &Parts, problems: &mut Vec<Problem>) -> Vec<String> {
    let text = parameter(head, "status").unwrap_or_default();
    let asked: Vec<String> = text
        .split(',')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    if asked.iter().any(|word| !STATUSES.contains(&word.as_str())) {
        let msg = format!("status must be one or more of: {}", STATUSES.join(", "));
        problems.push(Problem::field("status", msg));
    }
    asked
}

fn moment(head: &Parts, name: &'static str, problems: &mut Vec<Problem>) -> Option<Millis> {
    let text = parameter(head, name)?;
    let moment = text.parse().ok().filter(|moment| *moment >= 0);
    if moment.is_none() {
        let msg = format!("{name} must be a whole number of milliseconds since the Unix epoch");
        problems.push(Problem::field(name, msg));
    }
    moment
}

fn cursor(head: &Parts, problems: &mut Vec<Problem>) -> Option<Cursor> {
    let text = parameter(head, "cursor")?;
    let cursor = Cursor::decode(&text);
    if cursor.is_none() {
        problems.push(Problem::field(
            "cursor",
            "cursor must be the next of an earlier page",
        ));
    }
    cursor
}

fn limit(head: &Parts, problems: &mut Vec<Problem>) -> usize {
    let Some(text) = parameter(head, "limit") else {
        return PAGE;
    };
    let limit = text
        .parse()
        .ok()
        .filter(|limit| (1..=LARGEST_PAGE).contains(limit));
    limit.unwrap_or_else(|| {
        let msg = format!("limit must be a whole number from 1 to {LARGEST_PAGE}");
        problems.push(Problem::field("limit", msg));
        PAGE
    })
}

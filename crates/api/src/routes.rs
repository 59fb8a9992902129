//! Every path of the API, once: the router, the OpenAPI document, the `Allow` headers and the words
//! of a 404 are all made from this table. A new endpoint of video is a line in `v1`, not here.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::extract::{Request, State};
use axum::routing::{MethodRouter, delete, get, post};

use crate::fields::Field;
use crate::state::App;
use crate::v1::{self, Endpoint, account, fetch, submit, upload};
use crate::{callbacks, events, files, health, openapi, tasks};

/// One method of one path.
pub(crate) struct Route {
    pub method: Verb,
    /// As axum and OpenAPI both write it: `/tasks/{id}`.
    pub path: &'static str,
    /// One sentence for the OpenAPI document.
    pub about: &'static str,
    /// Whether it wants a key.
    pub key: bool,
    pub takes: Takes,
    /// Of the query and the headers; those of the path are read from `path`.
    pub parameters: &'static [Parameter],
    /// Names of the document's answers (`openapi::answers`), beside those that every route has.
    pub answers: &'static [&'static str],
    pub handler: MethodRouter<App>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    Post,
    Delete,
}

impl Verb {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }

    /// What the router answers for it, for `Allow`.
    fn allows(self) -> &'static str {
        match self {
            Self::Get => "GET, HEAD",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }
}

/// Something optional beside path and body.
#[derive(Clone, Copy)]
pub(crate) struct Parameter {
    pub name: &'static str,
    /// `query` or `header`.
    pub place: &'static str,
    pub about: &'static str,
    pub shape: Shape,
}

/// What an optional parameter's text may be. What a shape cannot say, its reader does.
#[derive(Clone, Copy)]
pub(crate) enum Shape {
    Text,
    /// Matches this pattern of ECMA-262.
    Matching(&'static str),
    /// A whole number within these bounds.
    Whole {
        least: i64,
        most: i64,
    },
}

/// The body that a route takes.
pub(crate) enum Takes {
    Nothing,
    /// An object with these fields.
    Fields(&'static [Field]),
    /// A request for video.
    Video(&'static Endpoint),
    /// A multipart form with a file in one of these fields.
    File(&'static [&'static str]),
    /// Whatever a provider posts.
    Anything,
}

const RANGE: Parameter = Parameter {
    name: "Range",
    place: "header",
    about: "One range of bytes.",
    shape: Shape::Text,
};

const LAST_EVENT: Parameter = Parameter {
    name: "Last-Event-ID",
    place: "header",
    about: "The seq of the last event seen; the stream goes on behind it.",
    shape: Shape::Text,
};

/// The whole table.
pub(crate) fn table() -> Vec<Route> {
    let mut routes: Vec<Route> = v1::ENDPOINTS.into_iter().map(video).collect();
    routes.extend(reads());
    routes.extend(uploads_and_files());
    routes.extend(extensions());
    routes.extend(operations());
    routes
}

fn video(endpoint: &'static Endpoint) -> Route {
    let handler =
        move |State(app): State<App>, request: Request| submit::submit(app, endpoint, request);
    Route {
        method: Verb::Post,
        path: endpoint.path,
        about: endpoint.summary,
        key: true,
        takes: Takes::Video(endpoint),
        parameters: &[],
        answers: &[
            "Accepted",
            "TooFewCredits",
            "Conflict",
            "TooMany",
            "Draining",
        ],
        handler: post(handler),
    }
}

/// A route that wants a key and answers from the store.
fn keyed(
    method: Verb,
    path: &'static str,
    about: &'static str,
    takes: Takes,
    answers: &'static [&'static str],
    handler: MethodRouter<App>,
) -> Route {
    Route {
        method,
        path,
        about,
        key: true,
        takes,
        parameters: &[],
        answers,
        handler,
    }
}

fn reads() -> Vec<Route> {
    use Verb::{Get, Post};
    let one = || Takes::Fields(fetch::ONE);
    vec![
        keyed(
            Post,
            "/fetch",
            "A task as it stands.",
            one(),
            &["Task"],
            post(fetch::fetch),
        ),
        keyed(
            Post,
            "/fetch-many",
            "Several tasks as they stand, in the order asked for.",
            Takes::Fields(fetch::MANY),
            &["Tasks"],
            post(fetch::fetch_many),
        ),
        keyed(
            Post,
            "/cancel",
            "Ask for a task to end; the answer is the task as it stands.",
            one(),
            &["Task"],
            post(fetch::cancel),
        ),
        keyed(
            Get,
            "/account",
            "Who the key belongs to.",
            Takes::Nothing,
            &["Account"],
            get(account::account),
        ),
    ]
}

fn uploads_and_files() -> Vec<Route> {
    let file = |path, about, handler| Route {
        method: Verb::Get,
        path,
        about,
        key: false,
        takes: Takes::Nothing,
        parameters: &[RANGE],
        answers: &[
            "File",
            "FilePart",
            "LeadsOn",
            "NotModified",
            "NoSuchRange",
            "Forbidden",
            "NotFound",
        ],
        handler,
    };
    vec![
        keyed(
            Verb::Post,
            "/upload",
            "Keep an image for use as an input.",
            Takes::File(upload::IMAGE_FIELDS),
            &["ImageUrl", "TooMany", "Draining"],
            post(upload::image),
        ),
        keyed(
            Verb::Post,
            "/upload-audio",
            "Keep a sound file for use as an input.",
            Takes::File(upload::AUDIO_FIELDS),
            &["AudioUrl", "TooMany", "Draining"],
            post(upload::audio),
        ),
        file(
            "/files/{task_id}/{name}",
            "A finished video, by a signed link.",
            get(files::output),
        ),
        file(
            "/files/uploads/{name}",
            "An uploaded file, by a signed link.",
            get(files::upload),
        ),
        file(
            "/files/inputs/{name}",
            "An input of a task, for the provider that works on it, by a signed link of a day.",
            get(files::input),
        ),
    ]
}

fn extensions() -> Vec<Route> {
    use Verb::{Delete, Get, Post};
    let none = || Takes::Nothing;
    vec![
        Route {
            parameters: tasks::FILTERS,
            ..keyed(
                Get,
                "/tasks",
                "The account's tasks, newest first, by page.",
                none(),
                &["TaskPage"],
                get(tasks::list),
            )
        },
        keyed(
            Get,
            "/tasks/{id}",
            "Everything about one task: attempts, outputs, deliveries, events.",
            none(),
            &["TaskDetail", "NotFound"],
            get(tasks::show),
        ),
        keyed(
            Delete,
            "/tasks/{id}",
            "Forget a task that has ended, with its files.",
            none(),
            &["Empty", "NotFound", "Conflict"],
            delete(tasks::remove),
        ),
        Route {
            parameters: &[LAST_EVENT],
            ..keyed(
                Get,
                "/tasks/{id}/events",
                "The task's events as they happen (server-sent events).",
                none(),
                &["Events", "NotFound"],
                get(events::events),
            )
        },
        keyed(
            Post,
            "/tasks/{id}/redeliver",
            "Send the terminal webhook of a task again.",
            none(),
            &["Empty", "NotFound", "Conflict"],
            post(tasks::redeliver),
        ),
    ]
}

fn operations() -> Vec<Route> {
    let open = |path, about, answers, handler| Route {
        method: Verb::Get,
        path,
        about,
        key: false,
        takes: Takes::Nothing,
        parameters: &[],
        answers,
        handler,
    };
    vec![
        Route {
            method: Verb::Post,
            path: "/callbacks/{provider}/{nonce}",
            about: "A provider says that a job moved; the nonce is the attempt's secret.",
            key: false,
            takes: Takes::Anything,
            parameters: &[],
            answers: &["Empty", "NotFound"],
            handler: post(callbacks::callback),
        },
        open(
            "/health",
            "The process answers.",
            &["Health"],
            get(health::health),
        ),
        open(
            "/ready",
            "Whether work sent now would be carried out.",
            &["Ready", "NotReady"],
            get(health::ready),
        ),
        open(
            "/metrics",
            "Figures for Prometheus.",
            &["Metrics"],
            get(health::metrics),
        ),
        open(
            "/openapi.json",
            "This document.",
            &["OpenApi"],
            get(openapi::serve),
        ),
    ]
}

/// The `Allow` value of each path, and every method and path in one line: they answer requests that
/// nobody should pay much for.
static ALLOWED: LazyLock<BTreeMap<&'static str, String>> = LazyLock::new(|| {
    let mut allowed: BTreeMap<&str, String> = BTreeMap::new();
    for route in table() {
        let methods = allowed.entry(route.path).or_default();
        if !methods.is_empty() {
            methods.push_str(", ");
        }
        methods.push_str(route.method.allows());
    }
    allowed
});

static NAMES: LazyLock<String> = LazyLock::new(|| {
    let names = table()
        .into_iter()
        .map(|route| format!("{} {}", route.method.word(), route.path));
    names.collect::<Vec<_>>().join(", ")
});

/// The `Allow` value of a path of the table.
pub(crate) fn methods_of(path: &str) -> &'static str {
    ALLOWED.get(path).map_or("", String::as_str)
}

/// Every method and path, for a 404.
pub(crate) fn names() -> &'static str {
    &NAMES
}

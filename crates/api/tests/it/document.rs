//! The OpenAPI document as a judge: of the answers that tests get, and of requests before they are
//! sent.

use axum::Router;
use axum::body::Body;
use http::{Method, Request};
use jsonschema::Validator;
use serde_json::{Value, json};

use crate::stage::{Answer, Stage, call};

/// Where the checked-in document lies, and how to write it anew.
const CHECKED_IN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
const UPDATE: &str = "UPDATE_OPENAPI";

pub struct Document {
    pub value: Value,
}

impl Document {
    pub async fn of(router: &Router) -> Self {
        let request = Request::get("/openapi.json")
            .body(Body::empty())
            .expect("it is valid");
        let answer = call(router, request).await;
        Self {
            value: answer.json(),
        }
    }

    /// Fails where an answer is not what the document says of its path, method and status.
    pub fn check(&self, method: &Method, path: &str, answer: &Answer) {
        let is_head = *method == Method::HEAD;
        let method = match *method {
            Method::HEAD => "get".to_owned(),
            _ => method.as_str().to_ascii_lowercase(),
        };
        let Some(operation) = self.operation(path).and_then(|all| all.get(&method)) else {
            return;
        };
        let status = answer.status.as_str();
        let reference = &operation["responses"][status]["$ref"];
        let reference = reference.as_str().unwrap_or_else(|| {
            panic!("{method} {path} answered {status}, which the document does not have")
        });
        let name = reference
            .rsplit('/')
            .next()
            .expect("a reference has a last part");
        let response = &self.value["components"]["responses"][name];
        let schema = &response["content"]["application/json"]["schema"];
        if schema.is_object() && !(is_head && answer.body.is_empty()) {
            let body = answer.json();
            let validator = self.validator(schema);
            let error = validator.validate(&body).err();
            assert!(
                error.is_none(),
                "{method} {path} {status}: {error:?} in {}",
                answer.text()
            );
        }
    }

    /// Whether the schema of an endpoint's body takes this one.
    pub fn takes(&self, path: &str, body: &Value) -> bool {
        let operation = self.operation(path).expect("the document has the path");
        let content = &operation["post"]["requestBody"]["content"];
        self.validator(&content["application/json"]["schema"])
            .is_valid(body)
    }

    fn validator(&self, schema: &Value) -> Validator {
        let mut whole = schema.clone();
        whole["components"] = json!({ "schemas": self.value["components"]["schemas"] });
        jsonschema::validator_for(&whole).expect("the document's schemas are valid")
    }

    /// The operations of the path that a request's path is an instance of; the more exact first.
    fn operation(&self, path: &str) -> Option<&Value> {
        let paths = self.value["paths"].as_object()?;
        paths.get(path).or_else(|| {
            paths
                .iter()
                .find(|(template, _)| fits(template, path))
                .map(|(_, all)| all)
        })
    }
}

fn fits(template: &str, path: &str) -> bool {
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(wanted), Some(given)) if wanted == given || wanted.starts_with('{') => {}
            _ => return false,
        }
    }
}

#[tokio::test]
async fn the_checked_in_document_is_the_one_that_is_served() {
    let stage = Stage::new().await;
    let mut served = stage.send(request("/openapi.json")).await.text().to_owned();
    served.push('\n');
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(CHECKED_IN, &served).expect("the document can be written");
    }
    let kept = std::fs::read_to_string(CHECKED_IN).unwrap_or_default();
    assert!(
        kept == served,
        "{CHECKED_IN} is not what is served; look at it with {UPDATE}=1"
    );
}

#[tokio::test]
async fn every_path_of_the_document_is_answered_and_refuses_other_methods() {
    let stage = Stage::new().await;
    let paths = stage.document().value["paths"]
        .as_object()
        .expect("there are paths")
        .clone();
    assert!(paths.len() >= 20, "{}", paths.len());
    for (template, operations) in paths {
        let path = template.replace(['{', '}'], "x");
        let request = Request::patch(&path)
            .body(Body::empty())
            .expect("it is valid");
        let answer = stage.send(request).await;
        assert_eq!(answer.status, 405, "{template}");
        for method in operations.as_object().expect("there are operations").keys() {
            let allow = answer.header("allow");
            assert!(
                allow.contains(&method.to_ascii_uppercase()),
                "{template}: {allow}"
            );
        }
    }
}

#[tokio::test]
async fn model_names_of_routes_and_aliases_are_in_the_document_and_are_taken() {
    let settings = framewright_api::ApiSettings {
        models: [("kling-video".to_owned(), vec!["kling-v2-6".to_owned()])].into(),
        aliases: [("kling-v1".to_owned(), "kling-v2-6".to_owned())].into(),
        ..framewright_api::ApiSettings::default()
    };
    let stage = Stage::with(settings).await;
    for (sent, meant) in [("kling-v2-6", "kling-v2-6"), ("kling-v1", "kling-v2-6")] {
        let body = crate::wire::kling(&json!({ "model": sent }));
        assert!(stage.document().takes("/kling-imagine", &body));
        let id = stage.submit("/kling-imagine", &body).await;
        assert_eq!(stage.stored(&id).await.spec.model, meant);
    }
}

fn request(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).expect("it is valid")
}

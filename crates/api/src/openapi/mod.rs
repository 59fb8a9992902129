//! The OpenAPI 3.1 document, made from the table of routes and the tables of fields that the router
//! and the reader use. What it says of answers is in `answers` and `shapes`.

mod answers;
mod shapes;

use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::error::json as answer;
use crate::fields;
use crate::routes::{self, Route, Shape, Takes};
use crate::state::App;
use crate::v1::models::Models;

pub(crate) async fn serve(State(app): State<App>) -> Response {
    answer(StatusCode::OK, app.openapi.clone())
}

/// The document for a configuration's model names, indented: it is read by people too.
#[must_use]
pub fn document(models: &Models) -> Bytes {
    let mut paths: Map<String, Value> = Map::new();
    for route in routes::table() {
        let operations = paths.entry(route.path).or_insert_with(|| json!({}));
        operations[route.method.word().to_ascii_lowercase()] = operation(&route, models);
    }
    let document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Framewright",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The APIFRAME v1 video API on your own server, and what it adds.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" }
        },
        "paths": paths,
        "components": {
            "schemas": shapes::all(),
            "responses": answers::all(),
            "securitySchemes": {
                "bare": { "type": "apiKey", "in": "header", "name": "Authorization" },
                "bearer": { "type": "http", "scheme": "bearer" },
                "x_api_key": { "type": "apiKey", "in": "header", "name": "X-API-Key" }
            }
        }
    });
    let text = serde_json::to_vec_pretty(&document).expect("a value has text keys only");
    Bytes::from(text)
}

fn operation(route: &Route, models: &Models) -> Value {
    let mut operation = json!({ "summary": route.about, "responses": responses(route) });
    if route.key {
        operation["security"] = json!([{ "bare": [] }, { "bearer": [] }, { "x_api_key": [] }]);
    }
    if let Some(body) = body(&route.takes, models) {
        operation["requestBody"] = body;
    }
    let parameters = parameters(route);
    if !parameters.is_empty() {
        operation["parameters"] = json!(parameters);
    }
    operation
}

/// The route's own answers, and those that its kind always may give.
fn responses(route: &Route) -> Value {
    let mut names = route.answers.to_vec();
    if route.key {
        names.extend(["Unauthorized", "Forbidden", "TooMany", "ServerError"]);
    }
    if !matches!(route.takes, Takes::Nothing) || !route.parameters.is_empty() {
        names.push("Invalid");
    }
    let responses: Map<String, Value> = names
        .iter()
        .map(|name| {
            let reference = json!({ "$ref": format!("#/components/responses/{name}") });
            (answers::status(name).to_owned(), reference)
        })
        .collect();
    Value::Object(responses)
}

fn body(takes: &Takes, models: &Models) -> Option<Value> {
    let (kind, schema) = match takes {
        Takes::Nothing => return None,
        Takes::Fields(table) => ("application/json", fields::schema(table, &[])),
        Takes::Video(endpoint) => (
            "application/json",
            fields::schema(endpoint.fields, models.more(endpoint)),
        ),
        Takes::File(names) => ("multipart/form-data", form(names)),
        Takes::Anything => ("application/json", json!({})),
    };
    Some(json!({ "required": true, "content": { kind: { "schema": schema } } }))
}

/// A form with the file under any one of the names.
fn form(names: &[&str]) -> Value {
    let file = json!({ "type": "string", "contentMediaType": "application/octet-stream" });
    let properties: Map<String, Value> = names
        .iter()
        .map(|name| ((*name).to_owned(), file.clone()))
        .collect();
    let any: Vec<Value> = names
        .iter()
        .map(|name| json!({ "required": [name] }))
        .collect();
    json!({ "type": "object", "properties": properties, "anyOf": any })
}

fn parameters(route: &Route) -> Vec<Value> {
    let in_path = route
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let mut all: Vec<Value> = in_path
        .map(|name| {
            json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } })
        })
        .collect();
    if matches!(route.takes, Takes::Video(_)) {
        all.push(json!({
            "name": "Idempotency-Key", "in": "header", "required": false,
            "description": "A repeat with the same key and the same request gets the same task.",
            "schema": { "type": "string", "pattern": "^[\\u0021-\\u007e]{1,255}$" }
        }));
    }
    all.extend(route.parameters.iter().map(|parameter| {
        json!({
            "name": parameter.name, "in": parameter.place, "required": false,
            "description": parameter.about, "schema": shape(parameter.shape)
        })
    }));
    all
}

fn shape(shape: Shape) -> Value {
    match shape {
        Shape::Text => json!({ "type": "string" }),
        Shape::Matching(pattern) => json!({ "type": "string", "pattern": pattern }),
        Shape::Whole { least, most } => {
            json!({ "type": "integer", "minimum": least, "maximum": most })
        }
    }
}

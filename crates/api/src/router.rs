//! The axum router, made from the table of routes and the parts.

use axum::{Router, middleware};
use rand::RngCore;
use tower_http::catch_panic::CatchPanicLayer;

use crate::edge::{self, RequestIds};
use crate::parts::{ApiParts, Doors};
use crate::state::App;
use crate::v1::models::Models;
use crate::{openapi, routes};

/// The API over these parts: every path answers JSON, whatever is asked of it.
pub fn router(mut parts: ApiParts) -> Router {
    let ids = RequestIds::new(parts.rng.next_u32());
    let models = Models::new(&parts.settings);
    let document = openapi::document(&models);
    let doors = parts.settings.doors;
    let app = App::new(parts, document, models);
    let mut router = Router::new();
    for route in routes::table() {
        if doors.lead_to(route.path) {
            router = router.route(route.path, route.handler);
        }
    }
    let router = match doors {
        Doors::All => router.fallback(edge::nothing_here),
        Doors::Inner => router.fallback(edge::no_clients_here),
    };
    router
        .method_not_allowed_fallback(edge::wrong_method)
        .with_state(app)
        .layer(CatchPanicLayer::custom(edge::panicked))
        .layer(middleware::from_fn_with_state(ids, edge::around))
}
